package composer

import (
	"cmp"
	"context"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"peyk/storage"
)

// Store is what people are read from.
type Store interface {
	View(fn func(*storage.Tx) error) error
}

// peopleRows is how many messages of each folder are looked at for addresses, and how many in one read transaction.
const (
	peopleRows  = 5000
	peopleBatch = 500
)

// People suggests addresses that mail was exchanged with.
type People struct {
	store Store

	mu    sync.Mutex
	known []person
}

type person struct {
	address mail.Address
	key     string // what is searched, in lower case
	weight  int
}

// NewPeople makes an empty book; Read fills it.
func NewPeople(store Store) *People { return &People{store: store} }

// Read collects the addresses of recent messages. People who were written to weigh more than those who wrote.
func (p *People) Read(ctx context.Context) error {
	seen := map[string]*person{}
	boxes, err := p.mailboxes()
	if err != nil {
		return err
	}
	for _, m := range boxes {
		if err := p.readMailbox(ctx, m, seen); err != nil {
			return err
		}
	}
	all := make([]person, 0, len(seen))
	for _, v := range seen {
		v.key = strings.ToLower(v.address.Name + " " + v.address.Address)
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b person) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.key, b.key)) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = all
	return nil
}

func (p *People) mailboxes() (boxes []storage.Mailbox, err error) {
	err = p.store.View(func(tx *storage.Tx) error {
		accounts, err := tx.Accounts()
		for _, a := range accounts {
			own, err := tx.Mailboxes(a.ID)
			if err != nil {
				return err
			}
			boxes = append(boxes, own...)
		}
		return err
	})
	return slices.DeleteFunc(boxes, func(m storage.Mailbox) bool {
		return m.Role == storage.RoleJunk || m.Role == storage.RoleTrash || m.Role == storage.RoleAll
	}), err
}

func (p *People) readMailbox(ctx context.Context, m storage.Mailbox, seen map[string]*person) error {
	var entries []storage.Entry
	if err := p.store.View(func(tx *storage.Tx) (err error) {
		entries, err = tx.List(m.ID, peopleRows)
		return err
	}); err != nil {
		return err
	}
	own := m.Role == storage.RoleSent
	for batch := range slices.Chunk(entries, peopleBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.store.View(func(tx *storage.Tx) error {
			for _, e := range batch {
				if row, err := tx.Message(e.ID); err == nil {
					count(seen, &row, own)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func count(seen map[string]*person, row *storage.Message, own bool) {
	list, weight := row.From, 1
	if own {
		list, weight = slices.Concat(row.To, row.Cc), 10
	}
	for _, a := range list {
		key := strings.ToLower(a.Address)
		if !isAddress(a.Address) || strings.Contains(key, "noreply") || strings.Contains(key, "no-reply") {
			continue
		}
		v := seen[key]
		if v == nil {
			v = &person{address: a}
			seen[key] = v
		}
		if v.address.Name == "" {
			v.address.Name = a.Name
		}
		v.weight += weight
	}
}

// Suggest gives the likeliest people for what was typed: it must begin a word of the name or the address.
func (p *People) Suggest(typed string, limit int) []mail.Address {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if typed == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []mail.Address
	for _, v := range p.known {
		if begins(v.key, typed) {
			found = append(found, v.address)
			if len(found) == limit {
				break
			}
		}
	}
	return found
}

// begins tells whether a word of key begins with typed.
func begins(key, typed string) bool {
	for at := 0; ; {
		i := strings.Index(key[at:], typed)
		if i < 0 {
			return false
		}
		at += i
		if before, _ := utf8.DecodeLastRuneInString(key[:at]); at == 0 || strings.ContainsRune(" .-_@\"'\u200c", before) {
			return true
		}
		_, size := utf8.DecodeRuneInString(key[at:])
		at += size
	}
}
