package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"peyk/accounts"
	"peyk/accounts/imap"
	"peyk/storage"
)

// bodyChunk is how many messages are asked for at once, newest first.
const bodyChunk = 1000

// fetch brings messages into the store, as much of each as keep says.
func (x *boxSync) fetch(ctx context.Context, uids []uint32, keep storage.Keep) error {
	in := x.e.store.NewIngest(x.a.ID)
	in.Before = x.before()
	done := 0
	in.Committed = func(n int, _ int64) {
		done += n
		x.e.doing(x.a.ID, "receive", done, len(uids))
	}
	x.e.doing(x.a.ID, "receive", 0, len(uids))
	err := x.fetchChunks(ctx, in, uids, keep)
	return errors.Join(err, in.Close())
}

func (x *boxSync) fetchChunks(ctx context.Context, in *storage.Ingest, uids []uint32, keep storage.Keep) error {
	for end := len(uids); end > 0; {
		start := max(0, end-bodyChunk)
		chunk := uids[start:end]
		end = start
		if err := x.get(ctx, in, chunk, keep); err != nil {
			return err
		}
	}
	if keep.Mode == storage.KeepDays {
		return in.Flush() // the bodies follow in missingBodies
	}
	return nil
}

// maxReconnects bounds how often one check of a folder looks for the messages at
// which its server breaks off.
const maxReconnects = 40

// get asks for some messages at once. There are servers that hang up over a
// message they cannot read; it is found by halving, told, and passed over.
func (x *boxSync) get(ctx context.Context, in *storage.Ingest, uids []uint32, keep storage.Keep) error {
	x.came = map[uint32]bool{}
	ask := x.envelopes
	if keep.Mode == storage.KeepFull {
		ask = x.bodies
	}
	err := ask(ctx, in, uids)
	if cause := accounts.CauseOf(err); err == nil || cause != accounts.CauseClosed && cause != accounts.CauseProtocol {
		return err
	}
	if x.reconnects++; x.reconnects > maxReconnects || x.reconnect(ctx) != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool { return x.came[uid] })
	switch len(left) {
	case 0:
		return nil
	case 1:
		x.refused(&imap.Unfetched{UIDs: left, Err: err})
		x.skip(left)
		return nil
	}
	half := len(left) / 2
	if err := x.get(ctx, in, left[half:], keep); err != nil {
		return err
	}
	return x.get(ctx, in, left[:half], keep)
}

// reconnect opens the folder again on a new connection.
func (x *boxSync) reconnect(ctx context.Context) error {
	s, err := x.e.dialIMAP(ctx, x.a)
	if err != nil {
		return err
	}
	sel, err := s.Select(ctx, x.box.Name, true)
	if err == nil && sel.UIDValidity != x.sel.UIDValidity {
		err = errRenumbered
	}
	if err != nil {
		s.Close()
		return err
	}
	x.s.Close()
	x.s = s
	return nil
}

var errRenumbered = errors.New("the folder was numbered anew meanwhile")

// bodies brings whole messages. Of one that the server cannot give, the
// envelope is taken, so that it is at least listed.
func (x *boxSync) bodies(ctx context.Context, in *storage.Ingest, uids []uint32) error {
	err := x.s.Bodies(ctx, uids, func(b imap.Body) error {
		x.came[b.UID] = true
		x.r.Bodies++
		x.r.Bytes += int64(len(b.Raw))
		return in.Add(ctx, &storage.Incoming{
			Message: storage.Message{
				Mailbox: x.box.ID, UID: b.UID, Flags: b.Flags, Keywords: b.Keywords,
				Received: b.InternalDate, Size: int64(len(b.Raw)),
			},
			Raw: b.Raw, Keep: storage.BodyFull,
		})
	})
	var refused *imap.Unfetched
	if !errors.As(err, &refused) {
		return err
	}
	x.refused(refused)
	return x.envelopes(ctx, in, refused.UIDs)
}

// skip has the next check ask for these messages again.
func (x *boxSync) skip(uids []uint32) {
	for _, uid := range uids {
		if x.skipped == 0 || uid < x.skipped {
			x.skipped = uid
		}
	}
}

func (x *boxSync) refused(u *imap.Unfetched) {
	x.r.Problems = append(x.r.Problems, fmt.Sprintf("%s: the server does not give %d messages: %v", x.box.Name, len(u.UIDs), u.Err))
}

func (x *boxSync) envelopes(ctx context.Context, in *storage.Ingest, uids []uint32) error {
	err := x.s.Envelopes(ctx, uids, func(v imap.Envelope) error {
		x.came[v.UID] = true
		return in.Add(ctx, &storage.Incoming{
			Message: storage.Message{
				Mailbox: x.box.ID, UID: v.UID, Flags: v.Flags, Keywords: v.Keywords,
				Received: v.InternalDate, Size: v.Size, Attachments: v.Attachments,
			},
			Raw: v.Header, Keep: storage.BodyNone,
		})
	})
	if refused := (*imap.Unfetched)(nil); errors.As(err, &refused) {
		x.refused(refused)
		x.skip(refused.UIDs)
		return nil
	}
	return err
}

// before looks at each arriving message inside its transaction: one that left
// meanwhile is not taken, and one that was written or moved here and waits for
// its UID is recognised instead of being made twice.
func (x *boxSync) before() func(*storage.Tx, *storage.Incoming) (bool, error) {
	var of *storage.Tx
	var gone map[uint32]bool
	return func(tx *storage.Tx, in *storage.Incoming) (bool, error) {
		if tx != of {
			var err error
			if gone, err = leaving(tx, x.a.ID, x.box.ID); err != nil {
				return false, err
			}
			of = tx
		}
		if _, err := tx.MessageWithUID(x.box.ID, in.Message.UID); err == nil {
			return true, nil // the content of a row that is here
		}
		if gone[in.Message.UID] {
			return false, nil
		}
		adopted, err := x.adopt(tx, in)
		if err == nil && !adopted {
			x.r.New++
		}
		return !adopted, err
	}
}

// adopt gives the UID of an arriving message to a row that waits for one.
func (x *boxSync) adopt(tx *storage.Tx, in *storage.Incoming) (bool, error) {
	twins, err := tx.WithMessageID(x.a.ID, in.MessageID())
	if err != nil {
		return false, err
	}
	for _, m := range twins {
		if m.Mailbox != x.box.ID || m.UID != 0 {
			continue
		}
		waits, err := placeQueued(tx, &m)
		if err != nil {
			return false, err
		}
		if waits {
			continue
		}
		m.UID, m.Flags = in.Message.UID, in.Message.Flags
		return true, tx.PutMessage(&m)
	}
	return false, nil
}

// placeQueued reports whether an operation that will give the row its UID is
// still in the queue.
func placeQueued(tx *storage.Tx, m *storage.Message) (bool, error) {
	ops, err := tx.Operations(m.Account)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(ops, func(op storage.Operation) bool {
		return op.Message == m.ID && !op.BackedOut &&
			(op.Kind == storage.OpAppend || op.Kind == storage.OpMove)
	}), nil
}

// missingBodies downloads what the folder's choice wants here and is not.
func (x *boxSync) missingBodies(ctx context.Context) error {
	if x.box.Keep.Mode != storage.KeepFull && x.box.Keep.Mode != storage.KeepDays {
		return nil
	}
	wanted, err := x.wanted()
	if err != nil || len(wanted) == 0 {
		return err
	}
	if x.sel.Name == "" {
		if x.sel, err = x.s.Select(ctx, x.box.Name, true); err != nil {
			return err
		}
		if x.sel.UIDValidity != x.box.UIDValidity {
			return nil // seen by the next check
		}
	}
	slices.Sort(wanted)
	return x.fetch(ctx, wanted, storage.Keep{Mode: storage.KeepFull})
}

func (x *boxSync) wanted() ([]uint32, error) {
	var uids []uint32
	since := time.Time{}
	if x.box.Keep.Mode == storage.KeepDays {
		since = x.e.store.Now().AddDate(0, 0, -x.box.Keep.Days)
	}
	err := x.e.store.View(func(tx *storage.Tx) error {
		box, err := tx.Mailbox(x.box.ID)
		if err != nil || box.Counts.Bodies == box.Counts.Total {
			return err
		}
		list, err := tx.List(box.ID, 0)
		if err != nil {
			return err
		}
		for _, entry := range list {
			if entry.BodyState == storage.BodyFull || entry.Date < since.Unix() {
				continue
			}
			m, err := tx.Message(entry.ID)
			if err != nil {
				return err
			}
			if m.UID != 0 {
				uids = append(uids, m.UID)
			}
		}
		return nil
	})
	return uids, err
}

// FetchBody downloads the body of one message now, on a connection of its own.
func (e *Engine) FetchBody(ctx context.Context, id storage.MessageID) error {
	var m storage.Message
	var box storage.Mailbox
	var a accounts.Account
	err := e.store.View(func(tx *storage.Tx) (err error) {
		if m, err = tx.Message(id); err != nil {
			return err
		}
		if box, err = tx.Mailbox(m.Mailbox); err != nil {
			return err
		}
		a, err = account(tx, m.Account)
		return err
	})
	if err != nil || m.BodyState == storage.BodyFull {
		return err
	}
	if a.Protocol == accounts.POP3 {
		return e.fetchRest(ctx, &a, &m)
	}
	if m.UID == 0 {
		return fmt.Errorf("message %d is being moved on the server; try again in a moment", id)
	}
	s, err := e.dialIMAP(ctx, &a)
	if err != nil {
		return err
	}
	defer s.Close()
	sel, err := s.Select(ctx, box.Name, true)
	if err != nil {
		return err
	}
	if sel.UIDValidity != box.UIDValidity {
		return fmt.Errorf("folder %q was renumbered by the server; check mail first", box.Name)
	}
	x := boxSync{e: e, a: &a, s: s, r: &Report{}, box: box, sel: sel}
	if err := x.fetch(ctx, []uint32{m.UID}, storage.Keep{Mode: storage.KeepFull}); err != nil {
		return saveFailure(err)
	}
	if x.r.Bodies == 0 {
		return fmt.Errorf("the server no longer has message %d", id)
	}
	return s.Logout(ctx)
}

// Raw gives the bytes of a message as far as they are here, or
// storage.ErrNotFound.
func (e *Engine) Raw(_ context.Context, id storage.MessageID) ([]byte, error) {
	var m storage.Message
	err := e.store.View(func(tx *storage.Tx) (err error) {
		m, err = tx.Message(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.store.MessageBody(&m)
}
