package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Tx is a transaction. What it returns is a copy; changing it changes nothing
// until it is put back. A Tx must not be used after its function returned.
type Tx struct {
	s  *Store
	tx *bolt.Tx

	// mailboxes holds the records that this transaction touched, so that
	// counts are written once at its end; nil in a read transaction.
	mailboxes       map[MailboxID]*Mailbox
	changes         []Change
	removedAccounts []AccountID
}

func (t *Tx) bucket(name []byte) *bolt.Bucket { return t.tx.Bucket(name) }

func (t *Tx) flush() error {
	for id, m := range t.mailboxes {
		if err := t.writeMailbox(m); err != nil {
			return err
		}
		t.changed(CountsChanged{m.Account, id})
	}
	return nil
}

func (t *Tx) writeMailbox(m *Mailbox) error {
	return putJSON(t.bucket(bMailboxes), key(uint64(m.ID)), m)
}

func (t *Tx) changed(c Change) { t.changes = join(t.changes, c) }

func putJSON(b *bolt.Bucket, k []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(k, data)
}

func getJSON[T any](b *bolt.Bucket, k []byte) (T, error) {
	var v T
	data := b.Get(k)
	if data == nil {
		return v, ErrNotFound
	}
	return v, json.Unmarshal(data, &v)
}

// listJSON reads all records of a bucket under a prefix, in key order.
func listJSON[T any](b *bolt.Bucket, prefix []byte) ([]T, error) {
	var list []T
	for k, data := range scan(b, prefix) {
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return nil, fmt.Errorf("record %x: %w", k, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// scan walks the keys of a bucket that start with prefix.
func scan(b *bolt.Bucket, prefix []byte) func(func(k, v []byte) bool) {
	return func(yield func(k, v []byte) bool) {
		c := b.Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// deleteAll removes every key that starts with prefix. The keys are collected
// first, since deleting moves a cursor.
func deleteAll(b *bolt.Bucket, prefix []byte) error {
	var keys [][]byte
	for k := range scan(b, prefix) {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// Accounts lists all accounts in the order they were made.
func (t *Tx) Accounts() ([]Account, error) { return listJSON[Account](t.bucket(bAccounts), nil) }

// Account reads one account.
func (t *Tx) Account(id AccountID) (Account, error) {
	a, err := getJSON[Account](t.bucket(bAccounts), key(uint64(id)))
	if err != nil {
		return a, fmt.Errorf("account %d: %w", id, err)
	}
	return a, nil
}

// AccountNamed finds an account by its name, without regard to case.
func (t *Tx) AccountNamed(name string) (Account, error) {
	all, err := t.Accounts()
	if err != nil {
		return Account{}, err
	}
	for _, a := range all {
		if strings.EqualFold(a.Name, name) {
			return a, nil
		}
	}
	return Account{}, fmt.Errorf("account %q: %w", name, ErrNotFound)
}

// PutAccount writes an account; one without an id gets its id here.
func (t *Tx) PutAccount(a *Account) error {
	if other, err := t.AccountNamed(a.Name); err == nil && other.ID != a.ID {
		return fmt.Errorf("there is already an account named %q", other.Name)
	}
	b := t.bucket(bAccounts)
	if a.ID == 0 {
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		a.ID = AccountID(n)
	}
	t.changed(ConnectionChanged{a.ID})
	return putJSON(b, key(uint64(a.ID)), a)
}

// RemoveAccount removes an account with everything kept of it. Its body file
// goes after the commit.
func (t *Tx) RemoveAccount(id AccountID) error {
	if _, err := t.Account(id); err != nil {
		return err
	}
	boxes, err := t.Mailboxes(id)
	if err != nil {
		return err
	}
	for _, m := range boxes {
		if err := t.RemoveMailbox(m.ID); err != nil {
			return err
		}
	}
	out, err := t.Outbox()
	if err != nil {
		return err
	}
	for _, o := range out {
		if o.Account == id {
			if err := t.RemoveOutgoing(o.ID); err != nil {
				return err
			}
		}
	}
	prefix := key(uint64(id))
	for _, name := range [][]byte{bMessageIDs, bBodyRefs, bGarbage, bLedger, bLedgerHash, bQueue} {
		if err := deleteAll(t.bucket(name), prefix); err != nil {
			return err
		}
	}
	t.removedAccounts = append(t.removedAccounts, id)
	t.changed(ConnectionChanged{id})
	return t.bucket(bAccounts).Delete(prefix)
}

// Mailboxes lists an account's mailboxes in the order they were made.
func (t *Tx) Mailboxes(a AccountID) ([]Mailbox, error) {
	all, err := listJSON[Mailbox](t.bucket(bMailboxes), nil)
	if err != nil {
		return nil, err
	}
	own := all[:0]
	for _, m := range all {
		if m.Account != a {
			continue
		}
		if touched, ok := t.mailboxes[m.ID]; ok {
			m = *touched
		}
		own = append(own, m)
	}
	return own, nil
}

// Mailbox reads one mailbox.
func (t *Tx) Mailbox(id MailboxID) (Mailbox, error) {
	if m, ok := t.mailboxes[id]; ok {
		return *m, nil
	}
	m, err := getJSON[Mailbox](t.bucket(bMailboxes), key(uint64(id)))
	if err != nil {
		return m, fmt.Errorf("mailbox %d: %w", id, err)
	}
	return m, nil
}

// MailboxNamed finds a mailbox by its full name, exactly first, then without
// regard to case. "inbox" always finds the inbox (RFC 9051 section 5.1).
func (t *Tx) MailboxNamed(a AccountID, name string) (Mailbox, error) {
	boxes, err := t.Mailboxes(a)
	if err != nil {
		return Mailbox{}, err
	}
	for _, m := range boxes {
		if m.Name == name {
			return m, nil
		}
	}
	for _, m := range boxes {
		if strings.EqualFold(m.Name, name) || m.Role == RoleInbox && strings.EqualFold(name, "inbox") {
			return m, nil
		}
	}
	return Mailbox{}, fmt.Errorf("folder %q: %w", name, ErrNotFound)
}

// MailboxFor finds the mailbox of a role.
func (t *Tx) MailboxFor(a AccountID, role Role) (Mailbox, error) {
	boxes, err := t.Mailboxes(a)
	if err != nil {
		return Mailbox{}, err
	}
	for _, m := range boxes {
		if m.Role == role {
			return m, nil
		}
	}
	return Mailbox{}, fmt.Errorf("%s folder: %w", role, ErrNotFound)
}

// PutMailbox writes a mailbox; one without an id gets its id here. Its counts
// belong to the store and are not taken from m.
func (t *Tx) PutMailbox(m *Mailbox) error {
	if m.ID == 0 {
		n, err := t.bucket(bMailboxes).NextSequence()
		if err != nil {
			return err
		}
		m.ID = MailboxID(n)
		m.Counts = Counts{}
	} else {
		old, err := t.Mailbox(m.ID)
		if err != nil {
			return err
		}
		m.Counts = old.Counts
		if old == *m {
			return nil
		}
	}
	if touched, ok := t.mailboxes[m.ID]; ok {
		*touched = *m
	}
	t.changed(MailboxChanged{m.Account, m.ID})
	return t.writeMailbox(m)
}

// RemoveMailbox removes a mailbox and the messages in it.
func (t *Tx) RemoveMailbox(id MailboxID) error {
	m, err := t.Mailbox(id)
	if err != nil {
		return err
	}
	entries, err := t.List(id, 0)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := t.RemoveMessage(e.ID); err != nil {
			return err
		}
	}
	delete(t.mailboxes, id)
	t.changed(MailboxChanged{m.Account, id})
	return t.bucket(bMailboxes).Delete(key(uint64(id)))
}

// touch gives the transaction's own record of a mailbox, to be written at the
// end.
func (t *Tx) touch(id MailboxID) (*Mailbox, error) {
	if m, ok := t.mailboxes[id]; ok {
		return m, nil
	}
	m, err := t.Mailbox(id)
	if err != nil {
		return nil, err
	}
	t.mailboxes[id] = &m
	return &m, nil
}

// Setting reads a setting; a missing one is empty.
func (t *Tx) Setting(name string) string { return string(t.bucket(bSettings).Get([]byte(name))) }

// PutSetting writes a setting.
func (t *Tx) PutSetting(name, value string) error {
	return t.bucket(bSettings).Put([]byte(name), []byte(value))
}
