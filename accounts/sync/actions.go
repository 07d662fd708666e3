package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"peyk/accounts"
	"peyk/storage"
)

// errCrossAccount: a message cannot change its account by a move.
var errCrossAccount = errors.New("a message can only be moved to a folder of its own account")

// change runs one person's change in one transaction and wakes the accounts
// that have something to tell their servers.
func (e *Engine) change(ctx context.Context, what string, fn func(*changes) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var woken []storage.AccountID
	err := e.store.Update(func(tx *storage.Tx) error {
		c := &changes{e: e, tx: tx, accounts: map[storage.AccountID]*pending{}}
		if err := fn(c); err != nil {
			return err
		}
		woken = woken[:0]
		for id, p := range c.accounts {
			if p.queued {
				woken = append(woken, id)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for _, id := range woken {
		e.wakeUp(id, false)
	}
	return nil
}

// changes is a transaction that changes messages and queues what their servers
// must hear.
type changes struct {
	e        *Engine
	tx       *storage.Tx
	accounts map[storage.AccountID]*pending
}

// pending is an account with what already waits for its server, by message.
type pending struct {
	account accounts.Account
	flags   map[storage.MessageID]*storage.Operation
	place   map[storage.MessageID]*storage.Operation // Move or Append
	onPOP3  map[storage.MessageID]*storage.Operation
	folders map[storage.MailboxID]*storage.Operation // Create or Rename
	queued  bool
}

// account finds an account for adding to its queue.
func (c *changes) account(id storage.AccountID) (*pending, error) {
	if p, ok := c.accounts[id]; ok {
		return p, nil
	}
	a, err := account(c.tx, id)
	if err != nil {
		return nil, err
	}
	p := &pending{account: a}
	c.accounts[id] = p
	return p, nil
}

// of finds an account with what waits in its queue. Operations that the engine
// is executing are not in it: they can no longer be changed.
func (c *changes) of(id storage.AccountID) (*pending, error) {
	p, err := c.account(id)
	if err != nil || p.flags != nil {
		return p, err
	}
	ops, err := c.tx.Operations(id)
	if err != nil {
		return nil, err
	}
	p.flags = map[storage.MessageID]*storage.Operation{}
	p.place = map[storage.MessageID]*storage.Operation{}
	p.onPOP3 = map[storage.MessageID]*storage.Operation{}
	p.folders = map[storage.MailboxID]*storage.Operation{}
	for _, op := range ops {
		if op.BackedOut || c.e.isRunning(op.ID) {
			continue
		}
		switch op.Kind {
		case storage.OpStoreFlags:
			p.flags[op.Message] = &op
		case storage.OpMove, storage.OpAppend:
			p.place[op.Message] = &op
			// Flags stored before a move are stored at the old place.
			delete(p.flags, op.Message)
		case storage.OpDeleteOnServer:
			p.onPOP3[op.Message] = &op
		case storage.OpCreateMailbox, storage.OpRenameMailbox:
			p.folders[op.Mailbox] = &op
		}
	}
	return p, nil
}

func (c *changes) enqueue(p *pending, op *storage.Operation) error {
	op.Account = p.account.ID
	p.queued = true
	return c.tx.Enqueue(op)
}

// placed is an operation on the place where a message is now.
func (c *changes) placed(kind storage.OperationKind, m *storage.Message) (*storage.Operation, error) {
	box, err := c.tx.Mailbox(m.Mailbox)
	if err != nil {
		return nil, err
	}
	return &storage.Operation{
		Kind: kind, Message: m.ID, Mailbox: m.Mailbox, UID: m.UID, UIDValidity: box.UIDValidity,
	}, nil
}

// SetFlags adds and removes flags. The servers hear of it later.
func (e *Engine) SetFlags(ctx context.Context, ids []storage.MessageID, add, remove storage.Flags) error {
	return e.change(ctx, "changing flags", func(c *changes) error {
		for _, id := range ids {
			if err := c.setFlags(id, add, remove); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *changes) setFlags(id storage.MessageID, add, remove storage.Flags) error {
	m, err := c.tx.Message(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // it went while the person pressed the key
	}
	if err != nil {
		return err
	}
	flags := m.Flags&^remove | add
	if flags == m.Flags {
		return nil
	}
	set, cleared := flags&^m.Flags, m.Flags&^flags
	m.Flags = flags
	if err := c.tx.PutMessage(&m); err != nil {
		return err
	}
	p, err := c.of(m.Account)
	if err != nil || p.account.Protocol != accounts.IMAP {
		return err
	}
	if op := p.place[m.ID]; op != nil && op.Kind == storage.OpAppend {
		return nil // it will be appended with the flags it has then
	}
	if op := p.flags[m.ID]; op != nil {
		op.Add, op.Remove = op.Add&^cleared|set, op.Remove&^set|cleared
		p.queued = true
		return c.tx.PutOperation(op)
	}
	op, err := c.placed(storage.OpStoreFlags, &m)
	if err != nil {
		return err
	}
	op.Add, op.Remove = set, cleared
	p.flags[m.ID] = op
	return c.enqueue(p, op)
}

// each does something with messages. One that went while the person pressed the
// key is passed over.
func (c *changes) each(ids []storage.MessageID, do func(*storage.Message) error) error {
	for _, id := range ids {
		m, err := c.tx.Message(id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := do(&m); err != nil {
			return err
		}
	}
	return nil
}

// Move moves messages to a folder of their account. Moving them back undoes it,
// without a word to the server where it has not heard of it yet.
func (e *Engine) Move(ctx context.Context, ids []storage.MessageID, target storage.MailboxID) error {
	return e.change(ctx, "moving messages", func(c *changes) error {
		return c.each(ids, func(m *storage.Message) error { return c.move(m, target) })
	})
}

func (c *changes) move(m *storage.Message, target storage.MailboxID) error {
	if m.Mailbox == target {
		return nil
	}
	box, err := c.tx.Mailbox(target)
	if err != nil {
		return err
	}
	if box.Account != m.Account {
		return errCrossAccount
	}
	if box.NoSelect {
		return fmt.Errorf("folder %q cannot hold messages", box.Name)
	}
	p, err := c.of(m.Account)
	if err != nil {
		return err
	}
	if p.account.Protocol == accounts.POP3 {
		return c.movePOP3(p, m, target)
	}
	op := p.place[m.ID]
	switch {
	case op != nil && op.Kind == storage.OpAppend:
		op.Mailbox = target
	case op != nil && op.Mailbox == target:
		if err := c.tx.RemoveOperation(p.account.ID, op.ID); err != nil {
			return err
		}
		delete(p.place, m.ID)
		m.Mailbox, m.UID = target, op.UID
		if op.UIDValidity != box.UIDValidity {
			// The server numbered the folder anew meanwhile; the next check finds
			// the message by its Message-ID.
			m.UID = 0
			if err := forgetState(c.tx, target); err != nil {
				return err
			}
		}
		return c.tx.PutMessage(m)
	case op != nil:
		op.Target = target
	default:
		if op, err = c.placed(storage.OpMove, m); err != nil {
			return err
		}
		op.Target = target
		if err := c.enqueue(p, op); err != nil {
			return err
		}
		p.place[m.ID] = op
		delete(p.flags, m.ID)
	}
	m.Mailbox, m.UID = target, 0
	p.queued = true
	if err := c.tx.PutOperation(op); err != nil {
		return err
	}
	return c.tx.PutMessage(m)
}

// movePOP3 moves a message that the server knows nothing more of, except where
// the policy ends the server's copy with the move out of the inbox.
func (c *changes) movePOP3(p *pending, m *storage.Message, target storage.MailboxID) error {
	from, err := c.tx.Mailbox(m.Mailbox)
	if err != nil {
		return err
	}
	to, err := c.tx.Mailbox(target)
	if err != nil {
		return err
	}
	m.Mailbox = target
	if err := c.tx.PutMessage(m); err != nil {
		return err
	}
	switch {
	case to.Role == storage.RoleInbox:
		op := p.onPOP3[m.ID]
		if op == nil {
			return nil
		}
		delete(p.onPOP3, m.ID)
		return c.tx.RemoveOperation(p.account.ID, op.ID)
	case from.Role == storage.RoleInbox && p.account.POP3.RemoveWhenMoved && m.BodyState == storage.BodyFull:
		return c.endServerCopy(p, m)
	}
	return nil
}

// endServerCopy queues the deletion of a message on the POP3 server.
func (c *changes) endServerCopy(p *pending, m *storage.Message) error {
	if m.UIDL == "" || p.onPOP3[m.ID] != nil {
		return nil
	}
	op := &storage.Operation{Kind: storage.OpDeleteOnServer, Message: m.ID, UIDL: m.UIDL}
	p.onPOP3[m.ID] = op
	return c.enqueue(p, op)
}

// Delete moves messages to Trash, and deletes for good what is there already.
func (e *Engine) Delete(ctx context.Context, ids []storage.MessageID) error {
	return e.change(ctx, "deleting messages", func(c *changes) error {
		return c.each(ids, func(m *storage.Message) error {
			trash, err := c.folderFor(m.Account, storage.RoleTrash)
			if err != nil {
				return err
			}
			if m.Mailbox == trash {
				return c.expunge(m)
			}
			return c.move(m, trash)
		})
	})
}

// expunge deletes a message here at once and on the server later.
func (c *changes) expunge(m *storage.Message) error {
	p, err := c.of(m.Account)
	if err != nil {
		return err
	}
	switch op := p.place[m.ID]; {
	case p.account.Protocol == accounts.POP3:
		if p.account.POP3.RemoveWhenDeleted {
			err = c.endServerCopy(p, m)
		}
	case op != nil && op.Kind == storage.OpAppend:
		err = c.tx.RemoveOperation(p.account.ID, op.ID)
	case op != nil:
		// It never left on the server where it was: it is deleted there.
		op.Kind, op.Target = storage.OpDelete, 0
		p.queued = true
		err = c.tx.PutOperation(op)
	default:
		if op, err = c.placed(storage.OpDelete, m); err == nil {
			err = c.enqueue(p, op)
		}
	}
	if err != nil {
		return err
	}
	delete(p.place, m.ID)
	return c.tx.RemoveMessage(m.ID)
}

// folderNames are the names that folders get when Peyk has to make them.
var folderNames = map[storage.Role]string{
	storage.RoleDrafts: "Drafts", storage.RoleSent: "Sent", storage.RoleArchive: "Archive",
	storage.RoleJunk: "Junk", storage.RoleTrash: "Trash",
}

// folderFor finds the folder of a role, and makes it where the account has none.
func (c *changes) folderFor(id storage.AccountID, role storage.Role) (storage.MailboxID, error) {
	box, err := c.tx.MailboxFor(id, role)
	if !errors.Is(err, storage.ErrNotFound) {
		return box.ID, err
	}
	name, ok := folderNames[role]
	if !ok {
		return 0, err
	}
	p, err := c.account(id)
	if err != nil {
		return 0, err
	}
	box, err = c.tx.MailboxNamed(id, name)
	if err == nil {
		box.Role = role
		return box.ID, c.tx.PutMailbox(&box)
	}
	return c.createMailbox(p, name, role)
}

func (c *changes) createMailbox(p *pending, name string, role storage.Role) (storage.MailboxID, error) {
	box := storage.Mailbox{
		Account: p.account.ID, Name: name, Role: role, LocalOnly: true, Subscribed: true,
		Keep: p.account.IMAP.Keep, Delimiter: "/",
	}
	if p.account.Protocol == accounts.POP3 {
		box.Keep = storage.Keep{Mode: storage.KeepFull}
	}
	if err := c.tx.PutMailbox(&box); err != nil {
		return 0, err
	}
	if p.account.Protocol == accounts.POP3 {
		return box.ID, nil
	}
	return box.ID, c.enqueue(p, &storage.Operation{Kind: storage.OpCreateMailbox, Mailbox: box.ID, Name: name})
}

// MoveToRole moves messages to the folder that their account has for a role.
func (e *Engine) MoveToRole(ctx context.Context, ids []storage.MessageID, role storage.Role) error {
	return e.change(ctx, "moving messages", func(c *changes) error {
		return c.each(ids, func(m *storage.Message) error {
			target, err := c.folderFor(m.Account, role)
			if err != nil {
				return err
			}
			return c.move(m, target)
		})
	})
}

// CreateMailbox makes a folder, here at once and on the server later.
func (e *Engine) CreateMailbox(ctx context.Context, id storage.AccountID, name string) (storage.MailboxID, error) {
	var box storage.MailboxID
	err := e.change(ctx, "making a folder", func(c *changes) error {
		if _, err := c.tx.MailboxNamed(id, name); err == nil {
			return fmt.Errorf("there is already a folder named %q", name)
		}
		p, err := c.of(id)
		if err != nil {
			return err
		}
		box, err = c.createMailbox(p, name, storage.RoleNone)
		return err
	})
	return box, err
}

// RenameMailbox gives a folder another name.
func (e *Engine) RenameMailbox(ctx context.Context, id storage.MailboxID, name string) error {
	return e.change(ctx, "renaming a folder", func(c *changes) error {
		box, err := c.tx.Mailbox(id)
		if err != nil {
			return err
		}
		if box.Role == storage.RoleInbox {
			return errors.New("the inbox keeps its name")
		}
		if other, err := c.tx.MailboxNamed(box.Account, name); err == nil && other.ID != id {
			return fmt.Errorf("there is already a folder named %q", name)
		}
		p, err := c.of(box.Account)
		if err != nil {
			return err
		}
		old := box.Name
		if err := renameTree(c.tx, &box, name); err != nil {
			return err
		}
		if p.account.Protocol == accounts.POP3 {
			return nil
		}
		op := p.folders[id]
		switch {
		case op == nil:
			return c.enqueue(p, &storage.Operation{Kind: storage.OpRenameMailbox, Mailbox: id, Name: old, NewName: name})
		case op.Kind == storage.OpCreateMailbox:
			op.Name = name
		default:
			op.NewName = name
		}
		p.queued = true
		return c.tx.PutOperation(op)
	})
}

// renameTree renames a folder and what is below it (RFC 9051 section 6.3.6).
func renameTree(tx *storage.Tx, box *storage.Mailbox, name string) error {
	boxes, err := tx.Mailboxes(box.Account)
	if err != nil {
		return err
	}
	for _, m := range boxes {
		if below, ok := strings.CutPrefix(m.Name, box.Name+box.Delimiter); ok && box.Delimiter != "" {
			m.Name = name + box.Delimiter + below
			if err := tx.PutMailbox(&m); err != nil {
				return err
			}
		}
	}
	box.Name = name
	return tx.PutMailbox(box)
}

// DeleteMailbox removes a folder with what is in it.
func (e *Engine) DeleteMailbox(ctx context.Context, id storage.MailboxID) error {
	return e.change(ctx, "deleting a folder", func(c *changes) error {
		box, err := c.tx.Mailbox(id)
		if err != nil {
			return err
		}
		if box.Role != storage.RoleNone {
			return fmt.Errorf("folder %q is needed as %s", box.Name, box.Role)
		}
		p, err := c.of(box.Account)
		if err != nil {
			return err
		}
		if err := c.tx.RemoveMailbox(id); err != nil {
			return err
		}
		if p.account.Protocol == accounts.POP3 {
			return nil
		}
		return c.enqueue(p, &storage.Operation{Kind: storage.OpDeleteMailbox, Mailbox: id, Name: box.Name})
	})
}

// SetKeep chooses what of a folder is kept on this machine, and whether it is
// shown and synchronised at all.
func (e *Engine) SetKeep(ctx context.Context, id storage.MailboxID, keep storage.Keep, hidden bool) error {
	return e.change(ctx, "choosing what to keep", func(c *changes) error {
		box, err := c.tx.Mailbox(id)
		if err != nil {
			return err
		}
		box.Keep, box.Hidden = keep, hidden
		// The next check must look into the folder even if nothing is new there.
		box.HighestModSeq, box.ServerTotal = 0, -1
		if err := c.tx.PutMailbox(&box); err != nil {
			return err
		}
		p, err := c.of(box.Account)
		if err != nil {
			return err
		}
		p.queued = true
		return nil
	})
}
