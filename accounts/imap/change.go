package imap

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/accounts"
	"peyk/storage"
)

// maxMoved keeps one COPY or MOVE short enough to be answered before it is
// taken for stalled.
const maxMoved = 1000

// synchronizeAbove is the size from which an APPEND asks before it sends: a
// refusal then costs a round trip, not an upload.
const synchronizeAbove = 64 << 10

// Store adds and removes flags. Forwarded is the keyword $Forwarded and is left
// alone where the mailbox does not keep it.
func (s *Session) Store(ctx context.Context, uids []uint32, add, remove storage.Flags) error {
	if !s.selected.CanKeywords && !s.selected.PermanentFlags.Has(storage.Forwarded) {
		add &^= storage.Forwarded
		remove &^= storage.Forwarded
	}
	return s.op(ctx, accounts.StepChange, func() error {
		for _, b := range batches(uids, 0) {
			if err := s.storeFlags(b, goimap.StoreFlagsAdd, add); err != nil {
				return err
			}
			if err := s.storeFlags(b, goimap.StoreFlagsDel, remove); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Session) storeFlags(b uidBatch, how goimap.StoreFlagsOp, f storage.Flags) error {
	flags := writeFlags(f)
	if len(flags) == 0 {
		return nil
	}
	return s.client.Store(b.set, &goimap.StoreFlags{Op: how, Silent: true, Flags: flags}, nil).Close()
}

// Move moves messages from the open mailbox to target and returns their new
// UIDs, as far as the server tells (UIDPLUS), and the target's UIDVALIDITY, 0
// if not told. On an error the map has what was moved before it.
//
// A server without MOVE gets copies whose originals are then expunged. Without
// UIDPLUS too, they are expunged only if that takes nobody else's messages
// along; else they stay behind marked \Deleted, and LeftDeleted counts them.
func (s *Session) Move(ctx context.Context, uids []uint32, target string) (map[uint32]uint32, uint32, error) {
	return s.transfer(ctx, uids, target, func(b uidBatch, t *transferred) error {
		if s.caps.Move {
			return s.copyUIDs("UID MOVE", b, target, t)
		}
		if err := s.copyUIDs("UID COPY", b, target, t); err != nil {
			return err
		}
		return s.expunge(b)
	})
}

// Copy copies messages from the open mailbox to target. Its results are those
// of Move.
func (s *Session) Copy(ctx context.Context, uids []uint32, target string) (map[uint32]uint32, uint32, error) {
	return s.transfer(ctx, uids, target, func(b uidBatch, t *transferred) error {
		return s.copyUIDs("UID COPY", b, target, t)
	})
}

// transferred is where copied messages went.
type transferred struct {
	uids     map[uint32]uint32
	validity uint32
}

func (s *Session) transfer(ctx context.Context, uids []uint32, target string, do func(uidBatch, *transferred) error) (map[uint32]uint32, uint32, error) {
	t := &transferred{uids: map[uint32]uint32{}}
	err := s.op(ctx, accounts.StepChange, func() error {
		for _, b := range batches(uids, maxMoved) {
			if err := do(b, t); err != nil {
				return err
			}
		}
		return nil
	})
	return t.uids, t.validity, err
}

// copyUIDs sends UID COPY or UID MOVE and reads COPYUID from wherever it comes.
// Messages that are no more there are silently not copied; a server that finds
// none of them may say NO (RFC 9051 section 6.4.9 has it say OK).
func (s *Session) copyUIDs(command string, b uidBatch, target string, t *transferred) error {
	raw, _, err := s.raw(command+" "+b.text+" "+s.wire.mailbox(target), nil, false)
	for _, code := range raw.copyUID {
		fields := strings.Fields(code)
		if len(fields) != 3 || !isNumber([]byte(fields[0]), 32) {
			continue
		}
		for old, now := range copied(fields[1], fields[2], len(b.uids)) {
			t.uids[old] = now
		}
		t.validity = parseUint32(fields[0])
	}
	return err
}

// Expunge deletes messages for good. Without UIDPLUS, see Move.
func (s *Session) Expunge(ctx context.Context, uids []uint32) error {
	return s.op(ctx, accounts.StepChange, func() error {
		for _, b := range batches(uids, maxMoved) {
			if err := s.expunge(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// LeftDeleted is how many messages this session had to leave marked \Deleted
// instead of removing them.
func (s *Session) LeftDeleted() int { return s.left }

func (s *Session) expunge(b uidBatch) error {
	if err := s.storeFlags(b, goimap.StoreFlagsAdd, storage.Deleted); err != nil {
		return err
	}
	if s.caps.UIDPlus {
		return s.client.UIDExpunge(b.set).Close()
	}
	deleted, err := s.search(&goimap.SearchCriteria{Flag: []goimap.Flag{goimap.FlagDeleted}})
	if err != nil {
		return err
	}
	others := func(uid uint32) bool {
		_, ours := slices.BinarySearch(b.uids, uid)
		return !ours
	}
	if len(deleted) == 0 || slices.ContainsFunc(deleted, others) {
		s.left += len(b.uids)
		return nil
	}
	return s.client.Expunge().Close()
}

// Append stores a message in a mailbox. uid and validity are 0 where the server
// does not tell them (UIDPLUS). A date of zero leaves it to the server.
func (s *Session) Append(ctx context.Context, name string, flags storage.Flags, date time.Time, raw []byte) (uid, validity uint32, err error) {
	err = s.op(ctx, accounts.StepSave, func() error {
		if len(raw) == 0 {
			return errEmpty
		}
		st, err := s.append(name, flags, date, raw)
		if err != nil {
			return err
		}
		fields := strings.Fields(st.arg)
		if st.code == "APPENDUID" && len(fields) == 2 && isNumber([]byte(fields[0]), 32) && isNumber([]byte(fields[1]), 32) {
			validity, uid = parseUint32(fields[0]), parseUint32(fields[1])
		}
		return nil
	})
	return uid, validity, err
}

// errEmpty keeps a literal of 0 octets from the server, which to it is a
// command given up (RFC 3502).
var errEmpty = errors.New("an empty message cannot be stored")

func (s *Session) append(name string, flags storage.Flags, date time.Time, raw []byte) (statusLine, error) {
	line := "APPEND " + s.wire.mailbox(name)
	// Whether a mailbox that is not open keeps $Forwarded is not known.
	names := make([]string, 0, len(flagNames))
	for _, f := range writeFlags(flags &^ storage.Forwarded) {
		names = append(names, string(f))
	}
	if len(names) > 0 {
		line += " (" + strings.Join(names, " ") + ")"
	}
	if !date.IsZero() {
		line += " " + quote(date.Format(dateTimeLayout))
	}
	unasked := s.caps.LiteralPlus && len(raw) <= synchronizeAbove || s.caps.LiteralMinus && len(raw) <= 4096
	_, st, err := s.raw(line, raw, !unasked)
	return st, err
}
