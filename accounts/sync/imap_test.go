package sync

import (
	"fmt"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/storage"
)

// TestUndoAfterRenumbering: a move that is undone after the server numbered the
// folder anew must not give the message a UID that is another's by now.
func TestUndoAfterRenumbering(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox, archive := b.box(storage.RoleInbox), b.box(storage.RoleArchive)
	moved, other := b.message(inbox, 5), b.message(inbox, 6)
	b.ok(b.Move(t.Context(), []storage.MessageID{moved}, archive))
	b.update(func(tx *storage.Tx) error {
		box, err := tx.Mailbox(inbox)
		if err != nil {
			return err
		}
		box.UIDValidity = 99
		if err := tx.PutMailbox(&box); err != nil {
			return err
		}
		m, err := tx.Message(other)
		if err != nil {
			return err
		}
		m.UID = 5
		return tx.PutMessage(&m)
	})
	b.ok(b.Move(t.Context(), []storage.MessageID{moved}, inbox))
	if m := b.row(moved); m.UID != 0 || m.Mailbox != inbox {
		t.Errorf("the message is in %d with UID %d", m.Mailbox, m.UID)
	}
	if m := b.row(other); m.UID != 5 {
		t.Errorf("the other message has UID %d", m.UID)
	}
}

// take brings one message as a check would.
func (b *bench) take(box storage.MailboxID, uid uint32, raw string) *Report {
	b.t.Helper()
	var m storage.Mailbox
	b.ok(b.store.View(func(tx *storage.Tx) (err error) {
		m, err = tx.Mailbox(box)
		return err
	}))
	x := boxSync{e: b.Engine, a: &b.account, r: &Report{}, box: m}
	in := b.store.NewIngest(b.account.ID)
	in.Before = x.before()
	b.ok(in.Add(b.t.Context(), &storage.Incoming{
		Message: storage.Message{Mailbox: box, UID: uid}, Raw: []byte(raw), Keep: storage.BodyFull,
	}))
	b.ok(in.Close())
	return x.r
}

// TestBodyOfAKnownMessageIsNotNew, also when a row that waits for its UID has
// the same Message-ID.
func TestBodyOfAKnownMessageIsNotNew(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox := b.box(storage.RoleInbox)
	m := storage.Message{Account: b.account.ID, Mailbox: inbox, UID: 7, MessageID: "k@x"}
	waiting := storage.Message{Account: b.account.ID, Mailbox: inbox, MessageID: "k@x"}
	b.update(func(tx *storage.Tx) error {
		if err := tx.PutMessage(&m); err != nil {
			return err
		}
		return tx.PutMessage(&waiting)
	})
	if r := b.take(inbox, 7, "Message-ID: <k@x>\r\n\r\nbody"); r.New != 0 {
		t.Errorf("%d are new", r.New)
	}
	if got := b.row(m.ID); got.BodyState != storage.BodyFull {
		t.Errorf("the body did not come: %+v", got)
	}
	if r := b.take(inbox, 8, "Message-ID: <k@x>\r\n\r\nbody"); r.New != 0 || b.row(waiting.ID).UID != 8 {
		t.Errorf("the waiting row has UID %d, %d are new", b.row(waiting.ID).UID, r.New)
	}
}

// TestManyMovesSettleQuickly: the work for a command grows with the command, not
// with its square or with the queue.
func TestManyMovesSettleQuickly(t *testing.T) {
	const n = 5000
	b := newBench(t, accounts.IMAP, nil)
	inbox, archive := b.box(storage.RoleInbox), b.box(storage.RoleArchive)
	var ids []storage.MessageID
	b.update(func(tx *storage.Tx) error {
		for i := range n {
			m := storage.Message{Account: b.account.ID, Mailbox: inbox, UID: uint32(i + 1), MessageID: fmt.Sprintf("%d@x", i)}
			if err := tx.PutMessage(&m); err != nil {
				return err
			}
			ids = append(ids, m.ID)
		}
		return nil
	})
	b.ok(b.Move(t.Context(), ids, archive))
	group, err := b.claimOps(b.account.ID)
	b.ok(err)
	uids := make([]uint32, len(group))
	for i := range uids {
		uids[i] = uint32(i + 1)
	}
	start := time.Now()
	x := execution{e: b.Engine, a: &b.account, ctx: t.Context()}
	b.ok(x.done(group, func(tx *storage.Tx) error { return settleMoves(tx, group, uids, 1) }))
	b.releaseOps(group)
	// Reading the queue anew for every message takes minutes.
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("settling %d of %d moves took %v", len(group), n, took)
	}
}
