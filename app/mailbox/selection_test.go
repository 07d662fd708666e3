package mailbox

import (
	"slices"
	"testing"

	"peyk/storage"
)

func listOf(ids ...storage.MessageID) *snapshot {
	s := &snapshot{index: map[storage.MessageID]int{}}
	for i, id := range ids {
		s.entries = append(s.entries, storage.Entry{ID: id})
		s.index[id] = i
	}
	return s
}

func TestSelection(t *testing.T) {
	list := listOf(50, 40, 30, 20, 10)
	tests := []struct {
		name   string
		do     func(s *selection)
		want   []storage.MessageID
		cursor storage.MessageID
	}{
		{"one", func(s *selection) { s.only(30) }, []storage.MessageID{30}, 30},
		{"another instead", func(s *selection) { s.only(30); s.only(10) }, []storage.MessageID{10}, 10},
		{"a range downwards", func(s *selection) { s.only(40); s.extend(list, 20) }, []storage.MessageID{40, 30, 20}, 20},
		{"a range that turns round", func(s *selection) { s.only(30); s.extend(list, 10); s.extend(list, 50) }, []storage.MessageID{50, 40, 30}, 50},
		{"a range without an anchor", func(s *selection) { s.extend(list, 20) }, []storage.MessageID{20}, 20},
		{"one more", func(s *selection) { s.only(50); s.toggle(20) }, []storage.MessageID{50, 20}, 20},
		{"one less", func(s *selection) { s.only(50); s.toggle(20); s.toggle(50) }, []storage.MessageID{20}, 50},
		{"all", func(s *selection) { s.only(30); s.all(list) }, []storage.MessageID{50, 40, 30, 20, 10}, 30},
		{"none", func(s *selection) { s.only(30); s.clear() }, []storage.MessageID{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s selection
			tt.do(&s)
			if got := s.sorted(list); !slices.Equal(got, tt.want) {
				t.Errorf("chosen are %v, want %v", got, tt.want)
			}
			if s.cursor != tt.cursor {
				t.Errorf("the cursor is on %d, want %d", s.cursor, tt.cursor)
			}
		})
	}
}

func TestSelectionFollowsTheList(t *testing.T) {
	old := listOf(50, 40, 30, 20, 10)
	tests := []struct {
		name   string
		chosen []storage.MessageID
		now    *snapshot
		want   []storage.MessageID
		cursor storage.MessageID
		moved  bool
	}{
		{"nothing went", []storage.MessageID{30}, listOf(60, 50, 40, 30, 20, 10), []storage.MessageID{30}, 30, false},
		{"the next takes its place", []storage.MessageID{30}, listOf(50, 40, 20, 10), []storage.MessageID{20}, 20, true},
		{"the last one went", []storage.MessageID{10}, listOf(50, 40, 30, 20), []storage.MessageID{20}, 20, true},
		{"a run went", []storage.MessageID{40, 30}, listOf(50, 20, 10), []storage.MessageID{20}, 20, true},
		{"all went", []storage.MessageID{30}, listOf(), []storage.MessageID{}, 0, true},
		{"of two the cursor went", []storage.MessageID{50, 20}, listOf(50, 40, 30, 10), []storage.MessageID{50}, 10, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s selection
			s.only(tt.chosen[0])
			for _, id := range tt.chosen[1:] {
				s.toggle(id)
			}
			if moved := s.carry(old, tt.now); moved != tt.moved {
				t.Errorf("carry says %v, want %v", moved, tt.moved)
			}
			if got := s.sorted(tt.now); !slices.Equal(got, tt.want) {
				t.Errorf("chosen are %v, want %v", got, tt.want)
			}
			if s.cursor != tt.cursor {
				t.Errorf("the cursor is on %d, want %d", s.cursor, tt.cursor)
			}
		})
	}
}
