// Package sync keeps the store and the servers alike: it takes in new mail,
// replays what was changed here, empties the outbox, and does so on a schedule
// or when asked. Everything a person does is first a transaction in the store;
// the servers hear of it afterwards, in order, as often as it takes.
package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"peyk/accounts"
	"peyk/accounts/dial"
	"peyk/storage"
	"peyk/storage/secret"
)

// Options change how an engine works; the zero value is right for normal use.
type Options struct {
	Dialer *dial.Dialer
	// Timeout bounds the wait for an answer of a server; 0 is 60 s.
	Timeout time.Duration
	// Trace receives the protocols' lines, secrets masked; nil keeps none.
	Trace io.Writer
	// Client is how the program names itself to servers.
	Client string
	// HelloName is the domain said in EHLO; empty is the machine's name.
	HelloName string
}

// Engine is the one who talks to servers. Its methods may be called from any
// goroutine.
type Engine struct {
	store   *storage.Store
	secrets secret.Store
	o       Options

	mu      sync.Mutex
	busy    map[storage.AccountID]*sync.Mutex
	running map[storage.OperationID]bool
	sending map[storage.OutgoingID]bool
	status  map[storage.AccountID]*Status
	watch   map[chan struct{}]struct{}
	wake    map[storage.AccountID]chan bool
}

// New makes an engine on an open store.
func New(store *storage.Store, secrets secret.Store, o Options) *Engine {
	if o.Dialer == nil {
		o.Dialer = &dial.Dialer{}
	}
	if o.Timeout == 0 {
		o.Timeout = 60 * time.Second
	}
	if o.Client == "" {
		o.Client = "Peyk"
	}
	return &Engine{
		store: store, secrets: secrets, o: o,
		busy:    map[storage.AccountID]*sync.Mutex{},
		running: map[storage.OperationID]bool{},
		sending: map[storage.OutgoingID]bool{},
		status:  map[storage.AccountID]*Status{},
		watch:   map[chan struct{}]struct{}{},
		wake:    map[storage.AccountID]chan bool{},
	}
}

// Store is where the engine keeps everything.
func (e *Engine) Store() *storage.Store { return e.store }

// Accounts lists all accounts.
func (e *Engine) Accounts() ([]accounts.Account, error) {
	var list []accounts.Account
	err := e.store.View(func(tx *storage.Tx) error {
		records, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, r := range records {
			a, err := accounts.FromRecord(r)
			if err != nil {
				return err
			}
			list = append(list, a)
		}
		return nil
	})
	return list, err
}

// Account reads one account.
func (e *Engine) Account(id storage.AccountID) (accounts.Account, error) {
	var a accounts.Account
	err := e.store.View(func(tx *storage.Tx) (err error) {
		a, err = account(tx, id)
		return err
	})
	return a, err
}

func account(tx *storage.Tx, id storage.AccountID) (accounts.Account, error) {
	r, err := tx.Account(id)
	if err != nil {
		return accounts.Account{}, err
	}
	return accounts.FromRecord(r)
}

// SaveAccount writes an account and, where they are not nil, its passwords. A
// new account (ID 0) gets its id and its first mailboxes. Passwords go first: an
// account without its password could not explain itself.
func (e *Engine) SaveAccount(ctx context.Context, a *accounts.Account, incoming, outgoing *string) error {
	if err := a.Validate(); err != nil {
		return err
	}
	isNew := a.ID == 0
	err := e.store.Update(func(tx *storage.Tx) error {
		r := storage.Account{}
		if !isNew {
			var err error
			if r, err = tx.Account(a.ID); err != nil {
				return err
			}
		}
		if err := a.Record(&r); err != nil {
			return err
		}
		if err := tx.PutAccount(&r); err != nil {
			return err
		}
		a.ID = r.ID
		if isNew {
			return firstMailboxes(tx, a)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("saving account %q: %w", a.Name, err)
	}
	if err := e.savePasswords(ctx, a, incoming, outgoing); err != nil {
		if isNew {
			// An account that cannot sign in was not made.
			undo := e.store.Update(func(tx *storage.Tx) error { return tx.RemoveAccount(a.ID) })
			a.ID = 0
			return errors.Join(err, undo)
		}
		return err
	}
	e.wakeUp(a.ID, true)
	return nil
}

func (e *Engine) savePasswords(ctx context.Context, a *accounts.Account, incoming, outgoing *string) error {
	for i, password := range []*string{incoming, outgoing} {
		if password == nil {
			continue
		}
		if err := e.secrets.Set(ctx, a.SecretKey(i == 1), *password); err != nil {
			return fmt.Errorf("keeping the password of account %q: %w", a.Name, err)
		}
	}
	return nil
}

// firstMailboxes gives a new account what is there before its server was asked.
func firstMailboxes(tx *storage.Tx, a *accounts.Account) error {
	if a.Protocol == accounts.IMAP {
		return tx.PutMailbox(&storage.Mailbox{
			Account: a.ID, Name: "INBOX", Role: storage.RoleInbox, Subscribed: true, Keep: a.IMAP.Keep,
		})
	}
	for _, box := range []struct {
		name string
		role storage.Role
	}{
		{"Inbox", storage.RoleInbox},
		{"Drafts", storage.RoleDrafts},
		{"Sent", storage.RoleSent},
		{"Archive", storage.RoleArchive},
		{"Junk", storage.RoleJunk},
		{"Trash", storage.RoleTrash},
	} {
		err := tx.PutMailbox(&storage.Mailbox{
			Account: a.ID, Name: box.name, Role: box.role, Delimiter: "/", LocalOnly: true, Subscribed: true,
			Keep: storage.Keep{Mode: storage.KeepFull},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveAccount forgets an account and everything kept of it here. Its servers
// keep their mail.
func (e *Engine) RemoveAccount(ctx context.Context, id storage.AccountID) error {
	unlock, err := e.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	a, err := e.Account(id)
	if err != nil {
		return err
	}
	if err := e.store.Update(func(tx *storage.Tx) error { return tx.RemoveAccount(id) }); err != nil {
		return fmt.Errorf("removing account %q: %w", a.Name, err)
	}
	e.forgetStatus(id)
	for _, outgoing := range []bool{false, true} {
		if err := e.secrets.Delete(ctx, a.SecretKey(outgoing)); err != nil && !errors.Is(err, secret.ErrNotFound) {
			return fmt.Errorf("forgetting the password of account %q: %w", a.Name, err)
		}
	}
	return nil
}

// password finds the password for one of the account's servers. The outgoing
// server takes the incoming one's where it has none of its own.
func (e *Engine) password(ctx context.Context, a *accounts.Account, outgoing bool) (string, error) {
	server := a.Incoming
	if outgoing {
		server = a.Outgoing
		p, err := e.secrets.Get(ctx, a.SecretKey(true))
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, secret.ErrNotFound) {
			return "", err
		}
	}
	p, err := e.secrets.Get(ctx, a.SecretKey(false))
	if errors.Is(err, secret.ErrNotFound) {
		return "", accounts.Fail(server, accounts.StepSignIn, accounts.CauseNoPassword, "", err)
	}
	return p, err
}

// lock takes an account for one conversation at a time.
func (e *Engine) lock(ctx context.Context, id storage.AccountID) (func(), error) {
	e.mu.Lock()
	m, ok := e.busy[id]
	if !ok {
		m = &sync.Mutex{}
		e.busy[id] = m
	}
	e.mu.Unlock()
	const look = 20 * time.Millisecond
	for !m.TryLock() {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(look):
		}
	}
	return m.Unlock, nil
}

// Adopt makes accounts of the given settings, or gives the settings to the
// accounts that have their names already.
func (e *Engine) Adopt(ctx context.Context, list []accounts.Account, password string) error {
	known, err := e.Accounts()
	if err != nil {
		return err
	}
	for _, a := range list {
		for _, k := range known {
			if k.Name == a.Name {
				a.ID = k.ID
			}
		}
		if err := e.SaveAccount(ctx, &a, &password, nil); err != nil {
			return err
		}
	}
	return nil
}
