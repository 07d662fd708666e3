package mailbox

import (
	"context"
	"maps"
	"slices"
	"sync"

	"peyk/storage"
)

// messages is the list of messages without its looks: what is in it, which rows are known, what is chosen. It belongs
// to the UI goroutine; reading is done by two goroutines of run.
type messages struct {
	store  Store
	finder Finder
	do     func(func())

	snapshots latest[request]
	wanted    latest[[]storage.MessageID]

	scope  Scope
	filter Filter
	// keep stay in a filtered list although they no longer fit, until the list is another: a message must not vanish
	// from under the eyes because it was read. drop left already, as far as the person is concerned.
	keep, drop map[storage.MessageID]bool
	turn       int
	loading    bool
	snap       *snapshot
	cache      *rowCache
	sel        selection
	from, to   int
	// found is what the search for the scope gave, once searched; endSearch gives it up.
	found     []storage.MessageID
	searched  bool
	search    context.Context
	endSearch context.CancelFunc

	// onList hears of a new list, onRows of rows that came.
	onList func(old *snapshot, cursorMoved bool)
	onRows func()
}

func newMessages(store Store, finder Finder, do func(func())) *messages {
	return &messages{
		store: store, finder: finder, do: do,
		snapshots: newLatest[request](), wanted: newLatest[[]storage.MessageID](),
		keep: map[storage.MessageID]bool{}, drop: map[storage.MessageID]bool{},
		snap: &snapshot{index: map[storage.MessageID]int{}}, cache: newRowCache(),
		onList: func(*snapshot, bool) {}, onRows: func() {},
		search: context.Background(), endSearch: func() {},
	}
}

// run reads until the context ends.
func (m *messages) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { m.snapshots.serve(ctx, m.readSnapshot) })
	wg.Go(func() { m.wanted.serve(ctx, m.readRows) })
}

func (m *messages) readSnapshot(ctx context.Context, r request) {
	if r.scope.Kind == Found && !r.searched {
		m.find(ctx, r)
		return
	}
	m.deliver(ctx, r, nil)
}

func (m *messages) deliver(ctx context.Context, r request, searchErr error) {
	s := take(m.store, r)
	if searchErr != nil {
		s.err = searchErr
	}
	if ctx.Err() != nil {
		return
	}
	m.do(func() {
		if r.turn == m.turn && r.searched {
			m.found, m.searched = r.found, true
		}
		m.replace(s, r.turn)
	})
}

// searching tells whether a search still goes on.
func (m *messages) searching() bool { return m.scope.Kind == Found && !m.searched }

// find searches the rows, which takes a moment, and shows what that gave; then the texts, which may take longer. It
// ends when the person turns to another list.
func (m *messages) find(ctx context.Context, r request) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(r.search, stop)()
	ids, err := Scanner{m.store}.Search(ctx, r.scope.Query, searchLimit)
	r.found, r.searched = ids, m.finder == nil || err != nil
	m.deliver(ctx, r, err)
	if r.searched || ctx.Err() != nil {
		return
	}
	more, err := m.finder.Search(ctx, r.scope.Query, searchLimit)
	if ctx.Err() != nil {
		return
	}
	known := map[storage.MessageID]bool{}
	for _, id := range ids {
		known[id] = true
	}
	for _, id := range more {
		if !known[id] {
			ids = append(ids, id)
		}
	}
	r.found, r.searched = ids, true
	m.deliver(ctx, r, err)
}

func (m *messages) readRows(ctx context.Context, ids []storage.MessageID) {
	rows := make([]storage.Message, 0, len(ids))
	err := m.store.View(func(tx *storage.Tx) error {
		for _, id := range ids {
			// One that is gone meanwhile leaves the list with the next snapshot.
			if row, err := tx.Message(id); err == nil {
				rows = append(rows, row)
			}
		}
		return nil
	})
	if err != nil || ctx.Err() != nil {
		return
	}
	m.do(func() {
		for _, row := range rows {
			m.cache.put(row)
		}
		m.onRows()
	})
}

// show turns to another list.
func (m *messages) show(scope Scope) {
	m.endSearch()
	m.scope, m.found, m.searched = scope, nil, false
	m.search, m.endSearch = context.WithCancel(context.Background())
	m.sel.clear()
	m.reset()
}

// setFilter narrows the list or widens it again.
func (m *messages) setFilter(f Filter) {
	m.filter = f
	m.reset()
}

func (m *messages) reset() {
	clear(m.keep)
	clear(m.drop)
	m.turn++
	m.loading = true
	m.reload()
}

// reload reads the list anew.
func (m *messages) reload() {
	m.snapshots.ask(request{
		scope: m.scope, filter: m.filter, turn: m.turn, keep: maps.Clone(m.keep), drop: maps.Clone(m.drop),
		found: m.found, searched: m.searched, search: m.search,
	})
}

func (m *messages) replace(s *snapshot, turn int) {
	if turn != m.turn {
		return
	}
	old := m.snap
	m.snap, m.loading = s, false
	moved := m.sel.carry(old, s)
	m.onList(old, moved)
}

// changed takes note of what happened in the store.
func (m *messages) changed(batch []storage.Change) {
	again := false
	for _, c := range batch {
		switch c := c.(type) {
		case storage.MessagesAdded:
			for _, id := range c.Messages {
				delete(m.drop, id) // it came back, or came here
			}
			m.cache.outdate(c.Messages)
			again = again || m.snap.touchedBy(c.Mailbox)
		case storage.MessagesRemoved:
			again = again || m.snap.touchedBy(c.Mailbox)
		case storage.FlagsChanged:
			m.cache.outdate(c.Messages)
			again = again || m.snap.touchedBy(c.Mailbox)
		case storage.MailboxChanged:
			again = again || m.snap.scope.Kind != OneMailbox
		case storage.Lost:
			m.cache.outdateAll()
			again = true
		}
	}
	if again {
		m.reload()
		m.want()
	}
}

// visible notes which rows are in sight and has those read that are missing.
func (m *messages) visible(from, to int) {
	m.from, m.to = from, to
	m.want()
}

// want asks for the rows in sight and a screen on either side.
func (m *messages) want() {
	page := max(m.to-m.from, 8)
	from, to := max(0, m.from-page), min(len(m.snap.entries), m.to+page)
	var ids []storage.MessageID
	for i := from; i < to; i++ {
		if _, fresh := m.cache.get(m.snap.entries[i].ID); !fresh {
			ids = append(ids, m.snap.entries[i].ID)
		}
	}
	if len(ids) > 0 {
		m.wanted.ask(ids)
	}
}

// row gives what is known of a message.
func (m *messages) row(id storage.MessageID) *storage.Message {
	row, _ := m.cache.get(id)
	return row
}

// entry gives a message of the list.
func (m *messages) entry(id storage.MessageID) (storage.Entry, bool) {
	i, ok := m.snap.index[id]
	if !ok {
		return storage.Entry{}, false
	}
	return m.snap.entries[i], true
}

// setFlags shows other flags at once; the store follows. Messages that the filter would drop now are kept in view.
func (m *messages) setFlags(ids []storage.MessageID, add, remove storage.Flags) {
	for _, id := range ids {
		i, ok := m.snap.index[id]
		if !ok {
			continue
		}
		e := &m.snap.entries[i]
		was := e.Flags.Has(storage.Seen)
		e.Flags = e.Flags&^remove | add
		if now := e.Flags.Has(storage.Seen); was && !now {
			m.snap.unread++
		} else if !was && now {
			m.snap.unread--
		}
		m.keep[id] = true
	}
	m.onRows()
}

// remove takes messages out of the list at once; the store follows.
func (m *messages) remove(ids []storage.MessageID) {
	for _, id := range ids {
		m.drop[id] = true
	}
	s := *m.snap
	s.entries = slices.DeleteFunc(slices.Clone(s.entries), func(e storage.Entry) bool { return m.drop[e.ID] })
	s.index = make(map[storage.MessageID]int, len(s.entries))
	for i, e := range s.entries {
		s.index[e.ID] = i
	}
	s.total -= len(m.snap.entries) - len(s.entries)
	m.replace(&s, m.turn)
}

// restore gives up on what remove did.
func (m *messages) restore(ids []storage.MessageID) {
	for _, id := range ids {
		delete(m.drop, id)
	}
	m.reload()
}

// step is the message so many places from the cursor; without a cursor, the first one.
func (m *messages) step(by int) (storage.MessageID, bool) {
	n := len(m.snap.entries)
	if n == 0 {
		return 0, false
	}
	i, ok := m.snap.index[m.sel.cursor]
	if !ok {
		return m.snap.entries[0].ID, true
	}
	return m.snap.entries[max(0, min(n-1, i+by))].ID, true
}
