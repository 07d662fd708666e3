package popserver

import (
	"fmt"
	"slices"
	"sync"
)

// Memory is a Backend in memory. The zero value has no users.
type Memory struct {
	mu    sync.Mutex
	users map[string]*maildrop
}

type maildrop struct {
	password string
	open     bool
	last     int
	messages []stored
}

// stored is a message. Its number stays when its UIDL changes.
type stored struct {
	number int
	uidl   string
	raw    []byte
}

// AddUser adds a user, or changes the password of one that is there.
func (m *Memory) AddUser(user, password string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(user).password = password
}

// drop is the user's maildrop, made when there is none; mu is held.
func (m *Memory) drop(user string) *maildrop {
	if m.users == nil {
		m.users = map[string]*maildrop{}
	}
	d := m.users[user]
	if d == nil {
		d = &maildrop{}
		m.users[user] = d
	}
	return d
}

// Deliver puts a message into the user's maildrop and returns its UIDL. A
// session that is open does not see it. raw must not be changed afterwards.
func (m *Memory) Deliver(user string, raw []byte) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.drop(user)
	d.last++
	uidl := fmt.Sprintf("%08x", d.last)
	d.messages = append(d.messages, stored{d.last, uidl, raw})
	return uidl
}

// Messages are the messages that the user's maildrop holds now, oldest first.
func (m *Memory) Messages(user string) [][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var raws [][]byte
	if d := m.users[user]; d != nil {
		for _, s := range d.messages {
			raws = append(raws, s.raw)
		}
	}
	return raws
}

// Renumber gives every message of the user a new UIDL, as servers do that
// lose their index.
func (m *Memory) Renumber(user string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.drop(user)
	// Sessions that are open keep the slice they have.
	d.messages = slices.Clone(d.messages)
	for i := range d.messages {
		d.last++
		d.messages[i].uidl = fmt.Sprintf("%08x", d.last)
	}
}

// Password makes APOP possible.
func (m *Memory) Password(user string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.users[user]
	if d == nil {
		return "", false
	}
	return d.password, true
}

// Login locks the maildrop as RFC 1939 section 4 demands.
func (m *Memory) Login(user, password string) (Mailbox, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.users[user]
	switch {
	case d == nil || d.password != password:
		return nil, ErrPassword
	case d.open:
		return nil, ErrInUse
	}
	d.open = true
	return &memoryMailbox{m, d, slices.Clone(d.messages)}, nil
}

// memoryMailbox is a session's view of a maildrop.
type memoryMailbox struct {
	memory   *Memory
	drop     *maildrop
	messages []stored
}

func (b *memoryMailbox) List() []Item {
	items := make([]Item, len(b.messages))
	for i, s := range b.messages {
		items[i] = Item{s.uidl, int64(len(s.raw))}
	}
	return items
}

func (b *memoryMailbox) Open(index int) ([]byte, error) { return b.messages[index].raw, nil }

func (b *memoryMailbox) Delete(indexes []int) error {
	gone := map[int]bool{}
	for _, i := range indexes {
		gone[b.messages[i].number] = true
	}
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	b.drop.messages = slices.DeleteFunc(slices.Clone(b.drop.messages), func(s stored) bool { return gone[s.number] })
	return nil
}

func (b *memoryMailbox) Close() {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	b.drop.open = false
}
