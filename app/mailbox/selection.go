package mailbox

import (
	"slices"

	"peyk/storage"
)

// selection is which messages of a list are chosen. One of them may be the cursor, where the keyboard stands; ranges
// are stretched from the anchor.
type selection struct {
	ids            map[storage.MessageID]bool
	anchor, cursor storage.MessageID
}

func (s *selection) has(id storage.MessageID) bool { return s.ids[id] }

func (s *selection) len() int { return len(s.ids) }

// only chooses one message.
func (s *selection) only(id storage.MessageID) {
	s.ids = map[storage.MessageID]bool{id: true}
	s.anchor, s.cursor = id, id
}

func (s *selection) clear() { *s = selection{} }

// toggle adds a message or takes it out, and stretches later ranges from it.
func (s *selection) toggle(id storage.MessageID) {
	if s.ids == nil {
		s.ids = map[storage.MessageID]bool{}
	}
	if s.ids[id] {
		delete(s.ids, id)
	} else {
		s.ids[id] = true
	}
	s.anchor, s.cursor = id, id
}

// extend chooses all messages between the anchor and id.
func (s *selection) extend(list *snapshot, id storage.MessageID) {
	to, ok := list.index[id]
	if !ok {
		return
	}
	from, ok := list.index[s.anchor]
	if !ok {
		s.only(id)
		return
	}
	s.ids = make(map[storage.MessageID]bool, max(from, to)-min(from, to)+1)
	for _, e := range list.entries[min(from, to) : max(from, to)+1] {
		s.ids[e.ID] = true
	}
	s.cursor = id
}

func (s *selection) all(list *snapshot) {
	s.ids = make(map[storage.MessageID]bool, len(list.entries))
	for _, e := range list.entries {
		s.ids[e.ID] = true
	}
}

// sorted gives the chosen messages in the order of the list.
func (s *selection) sorted(list *snapshot) []storage.MessageID {
	ids := make([]storage.MessageID, 0, len(s.ids))
	for id := range s.ids {
		if _, ok := list.index[id]; ok {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b storage.MessageID) int { return list.index[a] - list.index[b] })
	return ids
}

// carry takes the selection over into a newer list: what has gone is no longer chosen, and when nothing is left the
// cursor goes to what stands in its place now. It reports whether the cursor had to go elsewhere.
func (s *selection) carry(old, now *snapshot) (moved bool) {
	for id := range s.ids {
		if _, ok := now.index[id]; !ok {
			delete(s.ids, id)
		}
	}
	if s.cursor == 0 {
		return false
	}
	if _, ok := now.index[s.cursor]; ok {
		return false
	}
	next := successor(old, now, s.cursor)
	if next == 0 {
		s.clear()
		return true
	}
	if len(s.ids) == 0 {
		s.only(next)
	} else {
		s.cursor = next
	}
	return true
}

// successor is the message that takes the place of one that left the list: the next one that is still there, else
// the one before.
func successor(old, now *snapshot, gone storage.MessageID) storage.MessageID {
	if old == nil {
		return 0
	}
	at, ok := old.index[gone]
	if !ok {
		return 0
	}
	for _, e := range old.entries[at:] {
		if _, ok := now.index[e.ID]; ok {
			return e.ID
		}
	}
	for i := at - 1; i >= 0; i-- {
		if _, ok := now.index[old.entries[i].ID]; ok {
			return old.entries[i].ID
		}
	}
	return 0
}
