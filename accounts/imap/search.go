package imap

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/accounts"
	mail "peyk/storage/message"
)

// maxFound bounds the UIDs of one answer, which a server can write as a range
// of four milliards in twelve octets.
const maxFound = 20_000_000

var (
	errTooMany  = errors.New("the server lists more messages than a mailbox can hold")
	errNoAnswer = errors.New("the server says that the mailbox has messages, and lists none")
)

// UIDs lists the UIDs from from on in the open mailbox, sorted. It never takes
// a missing answer for an empty mailbox.
func (s *Session) UIDs(ctx context.Context, from uint32) ([]uint32, error) {
	from = max(from, 1)
	var uids []uint32
	err := s.op(ctx, accounts.StepList, func() (err error) {
		uids, err = s.uids(from)
		return err
	})
	return uids, err
}

func (s *Session) uids(from uint32) ([]uint32, error) {
	if s.exists() == 0 {
		return nil, nil
	}
	criteria := &goimap.SearchCriteria{UID: []goimap.UIDSet{{{Start: goimap.UID(from), Stop: 0}}}}
	uids, err := s.search(criteria)
	if err != nil {
		return nil, err
	}
	if len(uids) == 0 && from == 1 {
		uids, _, err = s.searchOnce(criteria, nil)
		if err == nil && len(uids) == 0 && s.exists() > 0 {
			err = errNoAnswer
		}
		if err != nil {
			return nil, err
		}
	}
	// n:* holds the last message even when n is beyond it (RFC 9051 section
	// 6.4.8).
	start, _ := slices.BinarySearch(uids, from)
	return uids[start:], nil
}

// search finds UIDs, by ranges where the server can (RFC 4731), sorted and
// without duplicates. The old way is taken when the new one is refused or ends
// without a result.
func (s *Session) search(criteria *goimap.SearchCriteria) ([]uint32, error) {
	if s.caps.ESearch {
		uids, answered, err := s.searchOnce(criteria, &goimap.SearchOptions{ReturnAll: true})
		if answered || err != nil && !refused(err) {
			return uids, err
		}
	}
	uids, _, err := s.searchOnce(criteria, nil)
	return uids, err
}

// searchOnce searches one way. answered tells a result, though perhaps empty,
// from a command that ended without one.
func (s *Session) searchOnce(criteria *goimap.SearchCriteria, options *goimap.SearchOptions) (uids []uint32, answered bool, err error) {
	d, err := s.client.UIDSearch(criteria, options).Wait()
	if err != nil {
		return nil, false, err
	}
	if d.All == nil { // ESEARCH leaves ALL out when nothing is found
		return nil, true, nil
	}
	set, ok := d.All.(goimap.UIDSet)
	if !ok { // sequence numbers, which nobody asked for
		return nil, false, nil
	}
	uids, err = expandUIDs(set)
	return uids, len(uids) > 0, err
}

func expandUIDs(set goimap.UIDSet) ([]uint32, error) {
	count := 0
	for _, r := range set {
		if r.Start == 0 || r.Stop < r.Start || uint64(r.Stop-r.Start) >= uint64(maxFound-count) {
			return nil, errTooMany
		}
		count += int(r.Stop-r.Start) + 1
	}
	uids := make([]uint32, 0, count)
	for _, r := range set {
		for u := r.Start; ; u++ {
			uids = append(uids, uint32(u))
			if u == r.Stop {
				break
			}
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// FindMessageID lists the messages of the open mailbox with a Message-ID, given
// with or without angle brackets. Servers look for it as a part of the field, so
// that one id can be found within another: what they find is looked at.
func (s *Session) FindMessageID(ctx context.Context, messageID string) ([]uint32, error) {
	id := strings.Trim(strings.TrimSpace(messageID), "<>")
	if id == "" || !quotable(id) {
		return nil, nil
	}
	var uids []uint32
	err := s.op(ctx, accounts.StepList, func() (err error) {
		uids, err = s.search(&goimap.SearchCriteria{
			Header: []goimap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}},
		})
		return err
	})
	if err != nil || len(uids) == 0 {
		return nil, err
	}
	var exact []uint32
	err = s.Envelopes(ctx, uids, func(e Envelope) error {
		if mail.SummarizeHeader(e.Header).MessageID == id {
			exact = append(exact, e.UID)
		}
		return nil
	})
	slices.Sort(exact)
	return exact, err
}

// parseUint32 reads a number that isNumber has passed.
func parseUint32(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
