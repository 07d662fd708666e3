package sync

import (
	"context"
	"errors"
	"slices"

	"peyk/accounts"
	"peyk/accounts/imap"
	"peyk/storage"
)

// boxSync brings one mailbox here to the state of the server's.
type boxSync struct {
	e    *Engine
	a    *accounts.Account
	s    *imap.Session
	r    *Report
	box  storage.Mailbox
	info imap.MailboxInfo
	sel  imap.Selected

	// came are the UIDs that the request under way brought.
	came       map[uint32]bool
	reconnects int
	// skipped is the lowest UID that the server would not give; 0 is none.
	skipped uint32
}

func (x *boxSync) run(ctx context.Context) error {
	if x.unchanged() {
		return x.missingBodies(ctx)
	}
	var err error
	if x.sel, err = x.s.Select(ctx, x.box.Name, true); err != nil {
		return err
	}
	if x.box.UIDValidity != x.sel.UIDValidity {
		if err := x.renumber(ctx); err != nil {
			return err
		}
	}
	if err := x.flags(ctx); err != nil {
		return err
	}
	if err := x.additions(ctx); err != nil {
		return err
	}
	if err := x.removals(ctx); err != nil {
		return err
	}
	if err := x.remember(); err != nil {
		return err
	}
	return x.missingBodies(ctx)
}

// unchanged: STATUS told already that nothing happened since the last check. It
// can only be trusted with a mod-sequence (RFC 7162), since without one flags
// change unseen.
func (x *boxSync) unchanged() bool {
	b, i := &x.box, &x.info
	return i.HasStatus && b.UIDValidity != 0 && i.UIDValidity == b.UIDValidity && i.UIDNext == b.UIDNext &&
		i.Total == b.ServerTotal && i.HighestModSeq != 0 && i.HighestModSeq == b.HighestModSeq
}

// remember writes down the state that the folder here has now.
func (x *boxSync) remember() error {
	return x.e.store.Update(func(tx *storage.Tx) error {
		box, err := tx.Mailbox(x.box.ID)
		if err != nil {
			return err
		}
		box.UIDValidity, box.UIDNext = x.sel.UIDValidity, x.sel.UIDNext
		box.HighestModSeq, box.ServerTotal = x.sel.HighestModSeq, x.sel.Exists
		if x.skipped != 0 {
			box.UIDNext, box.ServerTotal = x.skipped, -1 // asked for again
		}
		x.box = box
		return tx.PutMailbox(&box)
	})
}

// additions takes in the messages that came since the last check, newest first.
func (x *boxSync) additions(ctx context.Context) error {
	from := max(x.box.UIDNext, 1)
	if x.sel.Exists == 0 || x.sel.UIDNext != 0 && from >= x.sel.UIDNext {
		return nil
	}
	uids, err := x.s.UIDs(ctx, from)
	if err != nil {
		return err
	}
	uids, err = x.unknown(uids)
	if err != nil || len(uids) == 0 {
		return err
	}
	return x.fetch(ctx, uids, x.box.Keep)
}

// unknown leaves out the UIDs that rows here have already, and those that the
// person moved or deleted here while the server has not heard of it.
func (x *boxSync) unknown(uids []uint32) ([]uint32, error) {
	known := map[uint32]bool{}
	err := x.e.store.View(func(tx *storage.Tx) error {
		entries, err := tx.UIDs(x.box.ID)
		if err != nil {
			return err
		}
		for _, u := range entries {
			known[u.UID] = true
		}
		gone, err := leaving(tx, x.a.ID, x.box.ID)
		for uid := range gone {
			known[uid] = true
		}
		return err
	})
	return slices.DeleteFunc(uids, func(uid uint32) bool { return known[uid] }), err
}

// leaving are the UIDs of a mailbox that queued operations take out of it.
func leaving(tx *storage.Tx, a storage.AccountID, box storage.MailboxID) (map[uint32]bool, error) {
	ops, err := tx.Operations(a)
	if err != nil {
		return nil, err
	}
	m, err := tx.Mailbox(box)
	if err != nil {
		return nil, err
	}
	uids := map[uint32]bool{}
	for _, op := range ops {
		takesOut := op.Kind == storage.OpMove || op.Kind == storage.OpDelete
		// A UID means nothing under another UIDVALIDITY.
		named := op.UID != 0 && (op.UIDValidity == m.UIDValidity || m.UIDValidity == 0)
		if op.Mailbox == box && takesOut && named && !op.BackedOut {
			uids[op.UID] = true
		}
	}
	return uids, nil
}

// flags takes over the flags that changed on the server since the last check.
// What is queued here stays on top: the last change wins.
func (x *boxSync) flags(ctx context.Context) error {
	if x.box.Counts.Total == 0 || x.sel.Exists == 0 {
		return nil
	}
	since := x.box.HighestModSeq
	if since != 0 && since == x.sel.HighestModSeq {
		return nil
	}
	type state struct {
		flags    storage.Flags
		keywords []string
	}
	now := map[uint32]state{}
	err := x.s.Flags(ctx, nil, since, func(uid uint32, f storage.Flags, kw []string, _ uint64) error {
		now[uid] = state{f, kw}
		return nil
	})
	if err != nil || len(now) == 0 {
		return err
	}
	changed := 0
	err = x.e.store.Update(func(tx *storage.Tx) error {
		queued, err := queuedFlags(tx, x.a.ID)
		if err != nil {
			return err
		}
		changed = 0
		for uid, s := range now {
			m, err := tx.MessageWithUID(x.box.ID, uid)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if op, ok := queued[m.ID]; ok {
				s.flags = s.flags&^op.Remove | op.Add
			}
			if m.Flags == s.flags && slices.Equal(m.Keywords, s.keywords) {
				continue
			}
			m.Flags, m.Keywords = s.flags, s.keywords
			changed++
			if err := tx.PutMessage(&m); err != nil {
				return err
			}
		}
		if changed == 0 {
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	x.r.Changed += changed
	return err
}

// queuedFlags joins the flag changes that wait, by message.
func queuedFlags(tx *storage.Tx, a storage.AccountID) (map[storage.MessageID]storage.Operation, error) {
	ops, err := tx.Operations(a)
	if err != nil {
		return nil, err
	}
	queued := map[storage.MessageID]storage.Operation{}
	for _, op := range ops {
		if op.Kind != storage.OpStoreFlags || op.BackedOut {
			continue
		}
		q := queued[op.Message]
		q.Add, q.Remove = q.Add&^op.Remove|op.Add, q.Remove&^op.Add|op.Remove
		queued[op.Message] = q
	}
	return queued, nil
}

// removals takes out of the folder what the server no longer has in it.
func (x *boxSync) removals(ctx context.Context) error {
	var entries []storage.UIDEntry
	var gone map[uint32]bool
	err := x.e.store.View(func(tx *storage.Tx) (err error) {
		if entries, err = tx.UIDs(x.box.ID); err != nil {
			return err
		}
		gone, err = leaving(tx, x.a.ID, x.box.ID)
		return err
	})
	if err != nil {
		return err
	}
	if len(entries)+len(gone) == x.sel.Exists {
		return nil
	}
	there := map[uint32]bool{}
	if x.sel.Exists > 0 {
		uids, err := x.s.UIDs(ctx, 1)
		if err != nil {
			return err
		}
		for _, uid := range uids {
			there[uid] = true
		}
	}
	removed := 0
	err = x.e.store.Update(func(tx *storage.Tx) error {
		removed = 0
		for _, entry := range entries {
			if there[entry.UID] {
				continue
			}
			m, err := tx.MessageWithUID(x.box.ID, entry.UID)
			if errors.Is(err, storage.ErrNotFound) {
				continue // moved here meanwhile
			}
			if err != nil {
				return err
			}
			removed++
			if err := tx.RemoveMessage(m.ID); err != nil {
				return err
			}
		}
		if removed == 0 {
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	x.r.Removed += removed
	return err
}
