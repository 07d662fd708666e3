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

// maxGroup bounds how many operations go to the server as one command.
const maxGroup = 500

func (e *Engine) isRunning(id storage.OperationID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.running[id]
}

// claimOps takes the next operations that can be one command. What is taken
// cannot be changed by the person any more until release.
func (e *Engine) claimOps(id storage.AccountID) ([]storage.Operation, error) {
	var group []storage.Operation
	// A write transaction, so that no change comes between reading and marking.
	err := e.store.Update(func(tx *storage.Tx) error {
		ops, err := tx.Operations(id)
		if err != nil {
			return err
		}
		for _, op := range ops {
			if op.BackedOut {
				continue
			}
			if len(group) > 0 && !sameCommand(&group[0], &op) || len(group) == maxGroup {
				break
			}
			if op.Kind == storage.OpAppend {
				// A second attempt must look first whether the first arrived.
				op.Attempts++
				if err := tx.PutOperation(&op); err != nil {
					return err
				}
			}
			group = append(group, op)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, op := range group {
			e.running[op.ID] = true
		}
		return nil
	})
	if err != nil {
		e.releaseOps(group)
		return nil, err
	}
	return group, nil
}

func (e *Engine) releaseOps(ops []storage.Operation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, op := range ops {
		delete(e.running, op.ID)
	}
}

// sameCommand reports whether two operations can be one command over a UID set.
func sameCommand(a, b *storage.Operation) bool {
	switch a.Kind {
	case storage.OpStoreFlags, storage.OpMove, storage.OpDelete:
	default:
		return false
	}
	return a.Kind == b.Kind && a.Mailbox == b.Mailbox && a.Target == b.Target &&
		a.Add == b.Add && a.Remove == b.Remove && a.UIDValidity == b.UIDValidity &&
		a.UID != 0 && b.UID != 0
}

// replay tells an IMAP server, in order, what was changed here. It stops at the
// first failure that may pass; a refusal for good is backed out and reported.
func (e *Engine) replay(ctx context.Context, a *accounts.Account, s *imap.Session, r *Report) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		group, err := e.claimOps(a.ID)
		if err != nil || len(group) == 0 {
			return err
		}
		e.doing(a.ID, "change", 0, 0)
		x := execution{e: e, a: a, s: s, ctx: ctx}
		err = x.run(group)
		e.releaseOps(group)
		switch {
		case err == nil:
			r.Replayed += len(group)
		case imap.Permanent(err):
			if err := e.backOut(group, err); err != nil {
				return err
			}
			r.Problems = append(r.Problems, err.Error())
		default:
			return errors.Join(err, e.postpone(group, err))
		}
	}
}

// postpone notes why the first operation of a command has to wait.
func (e *Engine) postpone(group []storage.Operation, cause error) error {
	first := group[0]
	return e.store.Update(func(tx *storage.Tx) error {
		op, err := tx.Operation(first.Account, first.ID)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		op.LastError = cause.Error()
		return tx.PutOperation(&op)
	})
}

// execution is one command being told to the server.
type execution struct {
	e   *Engine
	a   *accounts.Account
	s   *imap.Session
	ctx context.Context
}

func (x *execution) run(group []storage.Operation) error {
	op := &group[0]
	switch op.Kind {
	case storage.OpStoreFlags, storage.OpMove, storage.OpDelete:
		return x.onMessages(group)
	case storage.OpAppend:
		return x.append(op)
	case storage.OpCreateMailbox, storage.OpRenameMailbox, storage.OpDeleteMailbox, storage.OpSubscribe:
		return x.onMailbox(op)
	}
	return x.done(group, nil)
}

// done takes finished operations out of the queue, together with what changed
// because they are.
func (x *execution) done(group []storage.Operation, also func(*storage.Tx) error) error {
	return x.e.store.Update(func(tx *storage.Tx) error {
		for _, op := range group {
			if err := tx.RemoveOperation(x.a.ID, op.ID); err != nil {
				return err
			}
		}
		if also == nil {
			return nil
		}
		return also(tx)
	})
}

// selectFor opens the folder of an operation; ok is false when the folder is
// gone, here or there, and with it the reason for the operation.
func (x *execution) selectFor(id storage.MailboxID) (box storage.Mailbox, sel imap.Selected, ok bool, err error) {
	err = x.e.store.View(func(tx *storage.Tx) (err error) {
		box, err = tx.Mailbox(id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return box, sel, false, nil
	}
	if err != nil {
		return box, sel, false, err
	}
	sel, err = x.s.Select(x.ctx, box.Name, false)
	if imap.Nonexistent(err) {
		return box, sel, false, nil
	}
	return box, sel, err == nil, err
}

func (x *execution) onMessages(group []storage.Operation) error {
	op := &group[0]
	_, sel, ok, err := x.selectFor(op.Mailbox)
	if err != nil {
		return err
	}
	if !ok {
		return x.done(group, nil)
	}
	uids, err := x.uidsOf(group, sel)
	if err != nil {
		return err
	}
	present := slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool { return uid == 0 })
	slices.Sort(present)
	switch {
	case op.Kind == storage.OpMove:
		return x.move(group, uids, present)
	case len(present) == 0: // the server no longer has them
	case op.Kind == storage.OpStoreFlags:
		err = x.s.Store(x.ctx, present, op.Add, op.Remove)
	default:
		err = x.s.Expunge(x.ctx, present)
	}
	if err != nil {
		return err
	}
	return x.done(group, nil)
}

// uidsOf gives the UID of each operation's message in the selected folder, 0
// where it is not there. After a change of UIDVALIDITY, or where a move before
// did not tell, the Message-ID finds it.
func (x *execution) uidsOf(group []storage.Operation, sel imap.Selected) ([]uint32, error) {
	uids := make([]uint32, len(group))
	for i, op := range group {
		uids[i] = op.UID
		if op.UID != 0 && (op.UIDValidity == 0 || op.UIDValidity == sel.UIDValidity) {
			continue
		}
		var m storage.Message
		err := x.e.store.View(func(tx *storage.Tx) (err error) {
			m, err = tx.Message(op.Message)
			return err
		})
		uids[i] = 0
		if errors.Is(err, storage.ErrNotFound) || err == nil && m.MessageID == "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		found, err := x.s.FindMessageID(x.ctx, m.MessageID)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			uids[i] = found[len(found)-1]
		}
	}
	return uids, nil
}

// move moves messages and learns their new UIDs.
func (x *execution) move(group []storage.Operation, uids, present []uint32) error {
	target, err := x.mailbox(group[0].Target)
	if errors.Is(err, storage.ErrNotFound) {
		return x.done(group, nil)
	}
	if err != nil {
		return err
	}
	var told map[uint32]uint32
	var validity uint32
	if len(present) > 0 {
		told, validity, err = x.s.Move(x.ctx, present, target.Name)
		if imap.Nonexistent(err) {
			if err := x.s.Create(x.ctx, target.Name); err != nil {
				return err
			}
			told, validity, err = x.s.Move(x.ctx, present, target.Name)
		}
		if err != nil {
			return err
		}
	}
	moved := make([]uint32, len(group))
	for i, uid := range uids {
		moved[i] = told[uid]
	}
	if validity, err = x.findMoved(group, moved, target.Name, validity); err != nil {
		return err
	}
	return x.done(group, func(tx *storage.Tx) error { return settleMoves(tx, group, moved, validity) })
}

// findMoved looks in the target for the messages whose new UIDs the server did
// not tell: it has no UIDPLUS (RFC 4315), or they had been moved by an attempt
// whose end we did not hear.
func (x *execution) findMoved(group []storage.Operation, moved []uint32, target string, validity uint32) (uint32, error) {
	if !slices.Contains(moved, 0) {
		return validity, nil
	}
	sel, err := x.s.Select(x.ctx, target, true)
	if imap.Nonexistent(err) {
		return validity, nil
	}
	if err != nil {
		return 0, err
	}
	for i, op := range group {
		if moved[i] != 0 {
			continue
		}
		var m storage.Message
		err := x.e.store.View(func(tx *storage.Tx) (err error) {
			m, err = tx.Message(op.Message)
			return err
		})
		if errors.Is(err, storage.ErrNotFound) || err == nil && m.MessageID == "" {
			continue
		}
		if err != nil {
			return 0, err
		}
		found, err := x.s.FindMessageID(x.ctx, m.MessageID)
		if err != nil {
			return 0, err
		}
		if len(found) > 0 {
			moved[i] = found[len(found)-1]
		}
	}
	return sel.UIDValidity, nil
}

// settleMoves gives moved messages their new UIDs, and the operations that wait
// for them theirs. Where the person moved one on meanwhile, a further move
// follows. A message that is neither where it was nor where it should be was
// deleted by somebody else, and a delete wins; if the server has it after all,
// the next check brings it.
func settleMoves(tx *storage.Tx, group []storage.Operation, uids []uint32, validity uint32) error {
	waiting := map[storage.MessageID][]storage.Operation{}
	ops, err := tx.Operations(group[0].Account)
	if err != nil {
		return err
	}
	for _, op := range ops {
		waiting[op.Message] = append(waiting[op.Message], op)
	}
	for i := range group {
		if err := settleMove(tx, &group[i], waiting[group[i].Message], uids[i], validity); err != nil {
			return err
		}
	}
	return nil
}

func settleMove(tx *storage.Tx, op *storage.Operation, waiting []storage.Operation, uid, validity uint32) error {
	follow := false
	for _, later := range waiting {
		if later.ID == op.ID || later.Mailbox != op.Target || later.UID != 0 {
			continue
		}
		follow = follow || later.Kind == storage.OpMove
		later.UID, later.UIDValidity = uid, validity
		if err := tx.PutOperation(&later); err != nil {
			return err
		}
	}
	m, err := tx.Message(op.Message)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case m.Mailbox == op.Target && uid == 0:
		if err := forgetState(tx, op.Target); err != nil {
			return err
		}
		return tx.RemoveMessage(m.ID)
	case m.Mailbox == op.Target:
		if twin, err := tx.MessageWithUID(op.Target, uid); err == nil && twin.ID != m.ID {
			// A check beside this one already brought it: one row is enough.
			if err := tx.RemoveMessage(twin.ID); err != nil {
				return err
			}
		}
		m.UID = uid
		return tx.PutMessage(&m)
	case !follow:
		m.UID = 0
		if err := tx.PutMessage(&m); err != nil {
			return err
		}
		return tx.Enqueue(&storage.Operation{
			Account: op.Account, Kind: storage.OpMove, Message: m.ID,
			Mailbox: op.Target, UID: uid, UIDValidity: validity, Target: m.Mailbox,
		})
	}
	return nil
}

func (x *execution) mailbox(id storage.MailboxID) (storage.Mailbox, error) {
	var box storage.Mailbox
	err := x.e.store.View(func(tx *storage.Tx) (err error) {
		box, err = tx.Mailbox(id)
		return err
	})
	return box, err
}

// append uploads a message written here, unless an earlier attempt, or the
// server by itself, already put it there.
func (x *execution) append(op *storage.Operation) error {
	var m storage.Message
	err := x.e.store.View(func(tx *storage.Tx) (err error) {
		m, err = tx.Message(op.Message)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return x.done([]storage.Operation{*op}, nil)
	}
	if err != nil {
		return err
	}
	box, err := x.mailbox(op.Mailbox)
	if errors.Is(err, storage.ErrNotFound) {
		return x.done([]storage.Operation{*op}, nil)
	}
	if err != nil {
		return err
	}
	uid, validity, err := x.upload(op, &m, &box)
	if err != nil {
		return err
	}
	return x.done([]storage.Operation{*op}, func(tx *storage.Tx) error {
		appended := storage.Operation{ID: op.ID, Account: op.Account, Message: op.Message, Target: op.Mailbox}
		return settleMoves(tx, []storage.Operation{appended}, []uint32{uid}, validity)
	})
}

func (x *execution) upload(op *storage.Operation, m *storage.Message, box *storage.Mailbox) (uid, validity uint32, err error) {
	look := op.Attempts > 1 || box.Role == storage.RoleSent
	sel, err := x.s.Select(x.ctx, box.Name, false)
	if imap.Nonexistent(err) {
		look = false
		err = x.s.Create(x.ctx, box.Name)
	}
	if err != nil {
		return 0, 0, err
	}
	if look && m.MessageID != "" {
		found, err := x.s.FindMessageID(x.ctx, m.MessageID)
		if err != nil {
			return 0, 0, err
		}
		if len(found) > 0 {
			return found[len(found)-1], sel.UIDValidity, nil
		}
	}
	raw, err := x.e.store.MessageBody(m)
	if err != nil {
		return 0, 0, err
	}
	uid, validity, err = x.s.Append(x.ctx, box.Name, m.Flags, m.Received, raw)
	if err != nil || uid != 0 || m.MessageID == "" {
		return uid, validity, err
	}
	if sel, err = x.s.Select(x.ctx, box.Name, true); err != nil {
		return 0, 0, err
	}
	found, err := x.s.FindMessageID(x.ctx, m.MessageID)
	if err != nil || len(found) == 0 {
		return 0, 0, err
	}
	return found[len(found)-1], sel.UIDValidity, nil
}

func (x *execution) onMailbox(op *storage.Operation) error {
	box, err := x.mailbox(op.Mailbox)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	gone := err != nil
	switch op.Kind {
	case storage.OpDeleteMailbox:
		if err := x.s.Delete(x.ctx, op.Name); err != nil && !imap.Nonexistent(err) {
			return err
		}
	case storage.OpCreateMailbox:
		if gone {
			break
		}
		if err := x.s.Create(x.ctx, op.Name); err != nil && !imap.Exists(err) {
			return err
		}
		if err := x.s.Subscribe(x.ctx, op.Name, true); err != nil && !imap.Permanent(err) {
			return err
		}
	case storage.OpRenameMailbox:
		if gone {
			break
		}
		if err := x.s.Rename(x.ctx, op.Name, op.NewName); err != nil {
			return err
		}
	case storage.OpSubscribe:
		if !gone {
			if err := x.s.Subscribe(x.ctx, box.Name, box.Subscribed); err != nil {
				return err
			}
		}
	}
	return x.done([]storage.Operation{*op}, func(tx *storage.Tx) error {
		box, err := tx.Mailbox(op.Mailbox)
		if errors.Is(err, storage.ErrNotFound) || err == nil && !box.LocalOnly {
			return nil
		}
		if err != nil {
			return err
		}
		box.LocalOnly = false
		return tx.PutMailbox(&box)
	})
}

// backOut undoes here what the server refused for good. The operation stays in
// the queue, marked, until the person has seen why.
func (e *Engine) backOut(group []storage.Operation, cause error) error {
	return e.store.Update(func(tx *storage.Tx) error {
		for _, op := range group {
			if err := backOut(tx, &op); err != nil {
				return fmt.Errorf("taking back a change: %w", err)
			}
			op.BackedOut, op.LastError, op.NotBefore = true, cause.Error(), time.Time{}
			if err := tx.PutOperation(&op); err != nil {
				return err
			}
		}
		return nil
	})
}

func backOut(tx *storage.Tx, op *storage.Operation) error {
	switch op.Kind {
	case storage.OpStoreFlags:
		m, err := tx.Message(op.Message)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		m.Flags = m.Flags&^op.Add | op.Remove
		return tx.PutMessage(&m)
	case storage.OpMove:
		m, err := tx.Message(op.Message)
		if errors.Is(err, storage.ErrNotFound) || err == nil && m.Mailbox != op.Target {
			return nil
		}
		if err != nil {
			return err
		}
		m.Mailbox, m.UID = op.Mailbox, op.UID
		return tx.PutMessage(&m)
	case storage.OpDelete:
		// The row is gone; the next look into the folder brings it back.
		return forgetState(tx, op.Mailbox)
	case storage.OpRenameMailbox:
		box, err := tx.Mailbox(op.Mailbox)
		if errors.Is(err, storage.ErrNotFound) || err == nil && box.Name != op.NewName {
			return nil
		}
		if err != nil {
			return err
		}
		return renameTree(tx, &box, op.Name)
	}
	return nil
}

// forgetState makes the next check compare a folder message by message.
func forgetState(tx *storage.Tx, id storage.MailboxID) error {
	box, err := tx.Mailbox(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	box.HighestModSeq, box.ServerTotal, box.UIDNext = 0, -1, 0
	return tx.PutMailbox(&box)
}
