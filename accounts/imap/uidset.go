package imap

import (
	"slices"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"
)

// maxSetOctets keeps a command with a set of UIDs below the 8192 octets that
// every server should accept (RFC 7162 section 4).
const maxSetOctets = 7900

// uidBatch is one command's share of a list of UIDs: sorted, without
// duplicates, and written as ranges.
type uidBatch struct {
	uids []uint32
	set  goimap.UIDSet
	text string
}

// batches sorts uids and cuts them so that each set is at most maxSetOctets
// long and has at most most UIDs; most 0 is no bound.
func batches(uids []uint32, most int) []uidBatch {
	sorted := slices.Clone(uids)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if len(sorted) > 0 && sorted[0] == 0 { // 0 would be written as *
		sorted = sorted[1:]
	}
	var all []uidBatch
	for len(sorted) > 0 {
		n := len(sorted)
		if most > 0 {
			n = min(n, most)
		}
		b := takeBatch(sorted[:n])
		all = append(all, b)
		sorted = sorted[len(b.uids):]
	}
	return all
}

// takeBatch makes a set of as many of the sorted uids as fit in one.
func takeBatch(uids []uint32) uidBatch {
	var b uidBatch
	var text strings.Builder
	taken := 0
	for taken < len(uids) {
		end := taken + 1
		for end < len(uids) && uids[end] == uids[end-1]+1 {
			end++
		}
		piece := rangeText(uids[taken], uids[end-1])
		if taken > 0 {
			if text.Len()+1+len(piece) > maxSetOctets {
				break
			}
			text.WriteByte(',')
		}
		text.WriteString(piece)
		b.set = append(b.set, goimap.UIDRange{Start: goimap.UID(uids[taken]), Stop: goimap.UID(uids[end-1])})
		taken = end
	}
	b.uids, b.text = uids[:taken], text.String()
	return b
}

func rangeText(first, last uint32) string {
	s := strconv.FormatUint(uint64(first), 10)
	if first != last {
		s += ":" + strconv.FormatUint(uint64(last), 10)
	}
	return s
}

// expandSet lists the UIDs of a set as a server wrote it, in the order written
// (COPYUID pairs by that order, RFC 4315 section 3). It fails on * and beyond
// most UIDs.
func expandSet(text string, most int) ([]uint32, bool) {
	var uids []uint32
	for piece := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(piece, ":")
		if !isRange {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 32)
		z, errZ := strconv.ParseUint(last, 10, 32)
		if errA != nil || errZ != nil || a == 0 || z == 0 {
			return nil, false
		}
		// A range may be written backwards and means the same (RFC 9051
		// section 9, seq-range).
		a, z = min(a, z), max(a, z)
		if z-a >= uint64(most-len(uids)) {
			return nil, false
		}
		for u := a; u <= z; u++ {
			uids = append(uids, uint32(u))
		}
	}
	return uids, true
}

// copied pairs the old and new UIDs of a COPYUID code. It is empty unless
// there are as many of one as of the other.
func copied(source, target string, most int) map[uint32]uint32 {
	old, ok1 := expandSet(source, most)
	now, ok2 := expandSet(target, most)
	if !ok1 || !ok2 || len(old) != len(now) {
		return nil
	}
	m := make(map[uint32]uint32, len(old))
	for i := range old {
		m[old[i]] = now[i]
	}
	return m
}
