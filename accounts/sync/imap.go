package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"peyk/accounts"
	"peyk/accounts/imap"
	"peyk/storage"
)

var errNoInbox = errors.New("the list of folders has no inbox")

// bodyChunk is how many messages are asked for at once, newest first.
const bodyChunk = 1000

func (e *Engine) dialIMAP(ctx context.Context, a *accounts.Account) (*imap.Session, error) {
	password, err := e.password(ctx, a, false)
	if err != nil {
		return nil, err
	}
	return imap.Dial(ctx, a.Incoming, password, imap.Options{
		Dialer: e.o.Dialer, Timeout: e.o.Timeout, Trace: e.o.Trace, Client: e.o.Client,
	})
}

func (e *Engine) checkIMAP(ctx context.Context, a *accounts.Account, r *Report) error {
	s, err := e.dialIMAP(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := e.replay(ctx, a, s, r); err != nil {
		return err
	}
	boxes, infos, err := e.syncMailboxList(ctx, a, s)
	if err != nil {
		return err
	}
	for i := range boxes {
		x := boxSync{e: e, a: a, s: s, r: r, box: boxes[i], info: infos[i]}
		err := x.run(ctx)
		if imap.Permanent(err) {
			// One folder that the server refuses must not hide the others.
			r.Problems = append(r.Problems, fmt.Sprintf("%s: %v", boxes[i].Name, err))
			continue
		}
		if err != nil {
			return err
		}
	}
	return s.Logout(ctx)
}

// chosen reports whether an account synchronises a mailbox.
func chosen(a *accounts.Account, box *storage.Mailbox) bool {
	if box.Role == storage.RoleInbox {
		return true
	}
	switch a.IMAP.Folders {
	case accounts.InboxOnly:
		return false
	case accounts.ListedFolders:
		return slices.ContainsFunc(a.IMAP.Listed, func(name string) bool { return strings.EqualFold(name, box.Name) })
	}
	return true
}

// syncMailboxList makes the folders here those of the server, and gives the
// ones to look into, the inbox first.
func (e *Engine) syncMailboxList(ctx context.Context, a *accounts.Account, s *imap.Session) ([]storage.Mailbox, []imap.MailboxInfo, error) {
	infos, err := s.Mailboxes(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !slices.ContainsFunc(infos, func(i imap.MailboxInfo) bool { return i.Role == storage.RoleInbox }) {
		// Every account has an inbox (RFC 9051 section 5.1). A list without one
		// is broken, and must not make folders vanish here.
		return nil, nil, accounts.Fail(a.Incoming, accounts.StepList, accounts.CauseProtocol, "", errNoInbox)
	}
	slices.SortStableFunc(infos, func(x, y imap.MailboxInfo) int {
		return rank(x.Role) - rank(y.Role)
	})
	var boxes []storage.Mailbox
	var use []imap.MailboxInfo
	err = e.store.Update(func(tx *storage.Tx) error {
		boxes, use = boxes[:0], use[:0]
		known, err := tx.Mailboxes(a.ID)
		if err != nil {
			return err
		}
		byName := map[string]*storage.Mailbox{}
		for i := range known {
			byName[mailboxKey(&known[i])] = &known[i]
		}
		changed := false
		for _, info := range infos {
			box := byName[infoKey(&info)]
			if box == nil {
				box = &storage.Mailbox{Account: a.ID, Keep: a.IMAP.Keep, ServerTotal: -1, ServerBytes: -1}
			}
			delete(byName, infoKey(&info))
			before := *box
			describe(box, &info)
			if box.ID == 0 || before != *box {
				changed = true
				if err := tx.PutMailbox(box); err != nil {
					return err
				}
			}
			if !box.NoSelect && !box.Hidden && box.Keep.Mode != storage.KeepNothing && chosen(a, box) {
				boxes, use = append(boxes, *box), append(use, info)
			}
		}
		for _, gone := range byName {
			if gone.LocalOnly || gone.Role == storage.RoleInbox {
				continue
			}
			changed = true
			if err := tx.RemoveMailbox(gone.ID); err != nil {
				return err
			}
		}
		if !changed {
			return errUnchanged
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, nil, fmt.Errorf("keeping the list of folders: %w", err)
	}
	return boxes, use, nil
}

func mailboxKey(m *storage.Mailbox) string {
	if m.Role == storage.RoleInbox {
		return "INBOX"
	}
	return m.Name
}

func infoKey(i *imap.MailboxInfo) string {
	if i.Role == storage.RoleInbox {
		return "INBOX"
	}
	return i.Name
}

// describe takes over what LIST says. A role that the person's choice or an
// earlier guess gave stays where the server says nothing.
func describe(box *storage.Mailbox, info *imap.MailboxInfo) {
	box.Name, box.Delimiter = info.Name, info.Delimiter
	box.NoSelect, box.Subscribed, box.LocalOnly = info.NoSelect, info.Subscribed, false
	if info.Role != storage.RoleNone {
		box.Role = info.Role
	}
	if info.HasStatus {
		box.ServerBytes = info.Bytes
	}
}

func rank(role storage.Role) int {
	return slices.Index([]storage.Role{
		storage.RoleInbox, storage.RoleDrafts, storage.RoleSent, storage.RoleArchive, storage.RoleNone,
		storage.RoleJunk, storage.RoleTrash, storage.RoleAll,
	}, role)
}

// boxSync brings one mailbox here to the state of the server's.
type boxSync struct {
	e    *Engine
	a    *accounts.Account
	s    *imap.Session
	r    *Report
	box  storage.Mailbox
	info imap.MailboxInfo
	sel  imap.Selected
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
		leaving, err := leaving(tx, x.a.ID, x.box.ID)
		for uid := range leaving {
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
	uids := map[uint32]bool{}
	for _, op := range ops {
		if op.Mailbox == box && op.UID != 0 && !op.BackedOut && (op.Kind == storage.OpMove || op.Kind == storage.OpDelete) {
			uids[op.UID] = true
		}
	}
	return uids, nil
}

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
		var err error
		if keep.Mode == storage.KeepFull {
			err = x.bodies(ctx, in, chunk)
		} else {
			err = x.envelopes(ctx, in, chunk)
		}
		if err != nil {
			return err
		}
	}
	if keep.Mode == storage.KeepDays {
		return in.Flush() // the bodies follow in missingBodies
	}
	return nil
}

func (x *boxSync) bodies(ctx context.Context, in *storage.Ingest, uids []uint32) error {
	return x.s.Bodies(ctx, uids, func(b imap.Body) error {
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
}

func (x *boxSync) envelopes(ctx context.Context, in *storage.Ingest, uids []uint32) error {
	return x.s.Envelopes(ctx, uids, func(v imap.Envelope) error {
		return in.Add(ctx, &storage.Incoming{
			Message: storage.Message{
				Mailbox: x.box.ID, UID: v.UID, Flags: v.Flags, Keywords: v.Keywords,
				Received: v.InternalDate, Size: v.Size, Attachments: v.Attachments,
			},
			Raw: v.Header, Keep: storage.BodyNone,
		})
	})
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
		if in.Message.ID != 0 {
			return true, nil
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
