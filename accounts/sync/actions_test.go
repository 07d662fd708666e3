package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/storage"
	"peyk/storage/secret"
)

var noon = time.Date(2026, 3, 21, 12, 0, 0, 0, time.UTC)

// memorySecrets is a credential store for tests.
type memorySecrets map[string]string

func (m memorySecrets) Get(_ context.Context, key string) (string, error) {
	if v, ok := m[key]; ok {
		return v, nil
	}
	return "", secret.ErrNotFound
}

func (m memorySecrets) Set(_ context.Context, key, value string) error {
	m[key] = value
	return nil
}

func (m memorySecrets) Delete(_ context.Context, key string) error {
	delete(m, key)
	return nil
}

// bench is an engine with one account that talks to nobody.
type bench struct {
	*Engine
	t       *testing.T
	account accounts.Account
}

func newBench(t *testing.T, p accounts.Protocol, change func(*accounts.Account)) *bench {
	t.Helper()
	store, err := storage.Open(t.TempDir(), storage.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Verify(context.Background(), true); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	a := accounts.Default(p)
	a.Name = "a"
	a.Identities = []accounts.Identity{{Name: "Sara", Email: "sara@example.org"}}
	a.Incoming = accounts.Server{Host: "127.0.0.1", Port: 1, Security: accounts.Plain, User: "sara"}
	a.Outgoing = a.Incoming
	if change != nil {
		change(&a)
	}
	b := &bench{Engine: New(store, memorySecrets{}, Options{}), t: t}
	password := "secret"
	if err := b.SaveAccount(t.Context(), &a, &password, nil); err != nil {
		t.Fatal(err)
	}
	b.account = a
	return b
}

func (b *bench) update(fn func(*storage.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(fn); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// box finds or makes a folder that the server knows.
func (b *bench) box(role storage.Role) storage.MailboxID {
	b.t.Helper()
	var m storage.Mailbox
	b.update(func(tx *storage.Tx) error {
		var err error
		if m, err = tx.MailboxFor(b.account.ID, role); err == nil {
			return nil
		}
		m = storage.Mailbox{Account: b.account.ID, Name: string(role), Role: role, UIDValidity: 1}
		return tx.PutMailbox(&m)
	})
	return m.ID
}

func (b *bench) message(box storage.MailboxID, uid uint32) storage.MessageID {
	b.t.Helper()
	m := storage.Message{
		Account: b.account.ID, Mailbox: box, UID: uid, UIDL: fmt.Sprintf("uidl-%d", uid),
		MessageID: fmt.Sprintf("%d@x", uid),
	}
	bodies, err := b.store.AddBodies(b.account.ID, fmt.Appendf(nil, "Message-ID: <%d@x>\r\n\r\n", uid))
	b.ok(err)
	m.Body, m.BodyState = bodies[0], storage.BodyFull
	b.update(func(tx *storage.Tx) error { return tx.PutMessage(&m) })
	return m.ID
}

// queue is what waits for the server, in short.
func (b *bench) queue() []string {
	b.t.Helper()
	var list []string
	b.ok(b.store.View(func(tx *storage.Tx) error {
		ops, err := tx.Operations(b.account.ID)
		for _, op := range ops {
			s := string(op.Kind)
			switch op.Kind {
			case storage.OpStoreFlags:
				s += fmt.Sprintf(" %d in %d +%d -%d", op.UID, op.Mailbox, op.Add, op.Remove)
			case storage.OpMove:
				s += fmt.Sprintf(" %d from %d to %d", op.UID, op.Mailbox, op.Target)
			case storage.OpDelete:
				s += fmt.Sprintf(" %d in %d", op.UID, op.Mailbox)
			case storage.OpDeleteOnServer:
				s += " " + op.UIDL
			case storage.OpAppend:
				s += fmt.Sprintf(" to %d", op.Mailbox)
			}
			list = append(list, s)
		}
		return err
	}))
	return list
}

func (b *bench) wantQueue(want ...string) {
	b.t.Helper()
	if got := b.queue(); !slices.Equal(got, want) {
		b.t.Errorf("queue %q, want %q", got, want)
	}
}

func (b *bench) row(id storage.MessageID) storage.Message {
	b.t.Helper()
	var m storage.Message
	b.ok(b.store.View(func(tx *storage.Tx) (err error) {
		m, err = tx.Message(id)
		return err
	}))
	return m
}

func TestFlagChangesJoin(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox := b.box(storage.RoleInbox)
	id := b.message(inbox, 5)
	ids := []storage.MessageID{id}
	b.ok(b.SetFlags(t.Context(), ids, storage.Seen, 0))
	b.ok(b.SetFlags(t.Context(), ids, storage.Flagged, storage.Seen))
	b.ok(b.SetFlags(t.Context(), ids, storage.Flagged, 0)) // nothing new
	b.wantQueue(fmt.Sprintf("store-flags 5 in %d +%d -%d", inbox, storage.Flagged, storage.Seen))
	if got := b.row(id).Flags; got != storage.Flagged {
		t.Errorf("flags %v", got)
	}
	b.ok(b.SetFlags(t.Context(), []storage.MessageID{id, 999}, 0, storage.Flagged)) // 999 is gone: no error
}

func TestMoveBackUndoes(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox, archive, junk := b.box(storage.RoleInbox), b.box(storage.RoleArchive), b.box(storage.RoleJunk)
	id := b.message(inbox, 5)
	ids := []storage.MessageID{id}
	b.ok(b.Move(t.Context(), ids, archive))
	b.wantQueue(fmt.Sprintf("move 5 from %d to %d", inbox, archive))
	if m := b.row(id); m.Mailbox != archive || m.UID != 0 {
		t.Errorf("the moved row is in %d with UID %d", m.Mailbox, m.UID)
	}
	b.ok(b.Move(t.Context(), ids, junk))
	b.wantQueue(fmt.Sprintf("move 5 from %d to %d", inbox, junk))
	b.ok(b.Move(t.Context(), ids, inbox))
	b.wantQueue()
	if m := b.row(id); m.Mailbox != inbox || m.UID != 5 {
		t.Errorf("the row is back in %d with UID %d", m.Mailbox, m.UID)
	}
}

// TestMoveWhileMoving: what the engine is telling the server cannot be changed;
// the second move follows the first.
func TestMoveWhileMoving(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox, archive := b.box(storage.RoleInbox), b.box(storage.RoleArchive)
	id := b.message(inbox, 5)
	ids := []storage.MessageID{id}
	b.ok(b.Move(t.Context(), ids, archive))
	group, err := b.claimOps(b.account.ID)
	b.ok(err)
	b.ok(b.Move(t.Context(), ids, inbox))
	b.wantQueue(fmt.Sprintf("move 5 from %d to %d", inbox, archive), fmt.Sprintf("move 0 from %d to %d", archive, inbox))
	// The server answers the first one.
	b.update(func(tx *storage.Tx) error {
		return errors.Join(tx.RemoveOperation(b.account.ID, group[0].ID), settleMoves(tx, group, []uint32{77}, 1))
	})
	b.releaseOps(group)
	b.wantQueue(fmt.Sprintf("move 77 from %d to %d", archive, inbox))
}

func TestDeleteGoesToTrashThenForGood(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox := b.box(storage.RoleInbox)
	id := b.message(inbox, 5)
	ids := []storage.MessageID{id}
	b.ok(b.Delete(t.Context(), ids)) // the account has no Trash yet: it is made
	trash := b.box(storage.RoleTrash)
	b.wantQueue("create-mailbox", fmt.Sprintf("move 5 from %d to %d", inbox, trash))
	b.ok(b.Delete(t.Context(), ids))
	b.wantQueue("create-mailbox", fmt.Sprintf("delete 5 in %d", inbox))
	if err := b.store.View(func(tx *storage.Tx) error { _, err := tx.Message(id); return err }); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the row: %v", err)
	}
	old := b.message(trash, 9)
	b.ok(b.Delete(t.Context(), []storage.MessageID{old}))
	b.wantQueue("create-mailbox", fmt.Sprintf("delete 5 in %d", inbox), fmt.Sprintf("delete 9 in %d", trash))
}

func TestPOP3PolicyQueues(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy accounts.POP3Policy
		act    func(b *bench, id storage.MessageID)
		want   []string
	}{
		{"leave", accounts.POP3Policy{LeaveOnServer: true}, (*bench).deleteTwice, nil},
		{"when deleted", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenDeleted: true}, (*bench).deleteTwice, []string{"delete-on-server uidl-5"}},
		{"when deleted, only in Trash", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenDeleted: true}, (*bench).deleteOnce, nil},
		{"when moved", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenMoved: true}, (*bench).archive, []string{"delete-on-server uidl-5"}},
		{"when moved, and back", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenMoved: true}, (*bench).archiveAndBack, nil},
		{"moved and deleted", accounts.POP3Policy{RemoveWhenMoved: true, RemoveWhenDeleted: true}, (*bench).deleteTwice, []string{"delete-on-server uidl-5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, accounts.POP3, func(a *accounts.Account) { a.POP3 = c.policy })
			c.act(b, b.message(b.box(storage.RoleInbox), 5))
			b.wantQueue(c.want...)
		})
	}
}

func (b *bench) deleteOnce(id storage.MessageID) {
	b.ok(b.Delete(b.t.Context(), []storage.MessageID{id}))
}

func (b *bench) deleteTwice(id storage.MessageID) {
	b.deleteOnce(id)
	b.deleteOnce(id)
}

func (b *bench) archive(id storage.MessageID) {
	b.ok(b.MoveToRole(b.t.Context(), []storage.MessageID{id}, storage.RoleArchive))
}

func (b *bench) archiveAndBack(id storage.MessageID) {
	b.archive(id)
	b.ok(b.Move(b.t.Context(), []storage.MessageID{id}, b.box(storage.RoleInbox)))
}

func TestMoveStaysInItsAccount(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	id := b.message(b.box(storage.RoleInbox), 1)
	other := accounts.Default(accounts.POP3)
	other.Name, other.Identities, other.Incoming = "b", b.account.Identities, b.account.Incoming
	b.ok(b.SaveAccount(t.Context(), &other, nil, nil))
	var target storage.Mailbox
	b.ok(b.store.View(func(tx *storage.Tx) (err error) {
		target, err = tx.MailboxFor(other.ID, storage.RoleInbox)
		return err
	}))
	if err := b.Move(t.Context(), []storage.MessageID{id}, target.ID); !errors.Is(err, errCrossAccount) {
		t.Errorf("Move = %v", err)
	}
}

func TestDraftIsReplacedAndSent(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	drafts := b.box(storage.RoleDrafts)
	raw := func(n int) []byte {
		return fmt.Appendf(nil, "From: sara@example.org\r\nTo: you@example.org\r\nMessage-ID: <draft-%d@x>\r\nSubject: s\r\n\r\ntext %d\r\n", n, n)
	}
	first, err := b.SaveDraft(t.Context(), b.account.ID, raw(1), 0)
	b.ok(err)
	second, err := b.SaveDraft(t.Context(), b.account.ID, raw(2), first)
	b.ok(err)
	// The first version never reached the server, so it leaves no trace.
	b.wantQueue(fmt.Sprintf("append to %d", drafts))
	out, err := b.Send(t.Context(), b.account.ID, raw(2), SendOptions{Draft: second})
	b.ok(err)
	b.wantQueue()
	back, err := b.CancelSend(t.Context(), out)
	b.ok(err)
	if string(back) != string(raw(2)) {
		t.Errorf("called back %q", back)
	}
}

func TestSendRefusesWhatCannotLeave(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	for name, raw := range map[string]string{
		"no recipient":  "From: a@x\r\nMessage-ID: <1@x>\r\n\r\n",
		"no Message-ID": "From: a@x\r\nTo: b@x\r\n\r\n",
	} {
		if _, err := b.Send(t.Context(), b.account.ID, []byte(raw), SendOptions{}); err == nil {
			t.Errorf("%s: sent", name)
		}
	}
}

// TestInterruptedSendAsks: a program that ended while sending does not know
// whether the message left, and must not send it again by itself.
func TestInterruptedSendAsks(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	id, err := b.Send(t.Context(), b.account.ID, []byte("From: a@x\r\nTo: b@x\r\nMessage-ID: <1@x>\r\n\r\n"), SendOptions{Now: true})
	b.ok(err)
	if _, ok, err := b.claim(id); !ok || err != nil {
		t.Fatalf("claim = %v, %v", ok, err)
	}
	b.unclaim(id)
	var r Report
	b.ok(b.sendDue(t.Context(), &b.account, true, &r))
	b.update(func(tx *storage.Tx) error {
		o, err := tx.Outgoing(id)
		if o.State != storage.OutUnknown || o.LastError == "" {
			t.Errorf("state %s, %q", o.State, o.LastError)
		}
		return err
	})
	b.ok(b.MarkSent(t.Context(), id))
	b.ok(b.sendDue(t.Context(), &b.account, true, &r))
	sent := b.box(storage.RoleSent)
	b.wantQueue("create-mailbox", fmt.Sprintf("append to %d", sent))
	if r.Sent != 0 {
		t.Errorf("%d were sent", r.Sent)
	}
}

func TestFailedSendWaitsLonger(t *testing.T) {
	b := newBench(t, accounts.POP3, nil)
	id, err := b.Send(t.Context(), b.account.ID, []byte("From: a@x\r\nTo: b@x\r\nMessage-ID: <1@x>\r\n\r\n"), SendOptions{Now: true})
	b.ok(err)
	var waits []time.Duration
	for range 3 {
		var r Report
		if err := b.sendDue(t.Context(), &b.account, true, &r); accounts.CauseOf(err) != accounts.CauseRefused {
			t.Fatalf("sendDue = %v", err)
		}
		b.update(func(tx *storage.Tx) error {
			o, err := tx.Outgoing(id)
			if o.State != storage.OutQueued || o.LastError == "" {
				t.Errorf("state %s, %q", o.State, o.LastError)
			}
			waits = append(waits, o.NotBefore.Sub(noon))
			return err
		})
	}
	if !slices.Equal(waits, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}) {
		t.Errorf("waits %v", waits)
	}
}

func TestBackOut(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	inbox, archive := b.box(storage.RoleInbox), b.box(storage.RoleArchive)
	id := b.message(inbox, 5)
	ids := []storage.MessageID{id}
	b.ok(b.SetFlags(t.Context(), ids, storage.Seen, 0))
	b.ok(b.Move(t.Context(), ids, archive))
	no := errors.New("NO [NOPERM] not yours")
	for range 2 {
		group, err := b.claimOps(b.account.ID)
		b.ok(err)
		b.ok(b.backOut(group, no))
		b.releaseOps(group)
	}
	if m := b.row(id); m.Mailbox != inbox || m.UID != 5 || m.Flags != 0 {
		t.Errorf("backed out to mailbox %d, UID %d, flags %d", m.Mailbox, m.UID, m.Flags)
	}
	b.ok(b.store.View(func(tx *storage.Tx) error {
		ops, err := tx.Operations(b.account.ID)
		for _, op := range ops {
			if !op.BackedOut || op.LastError != no.Error() {
				t.Errorf("%+v", op)
			}
		}
		return err
	}))
}

func TestRemoveAccountForgetsItsPassword(t *testing.T) {
	b := newBench(t, accounts.IMAP, nil)
	if len(b.secrets.(memorySecrets)) != 1 {
		t.Fatalf("%v", b.secrets)
	}
	b.ok(b.RemoveAccount(t.Context(), b.account.ID))
	if len(b.secrets.(memorySecrets)) != 0 {
		t.Errorf("%v", b.secrets)
	}
}
