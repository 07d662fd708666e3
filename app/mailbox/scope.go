package mailbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"peyk/storage"
)

// Kind is what a list is a list of.
type Kind int

const (
	// Nothing is before anything was chosen.
	Nothing Kind = iota
	// OneMailbox is the folder Scope.Mailbox.
	OneMailbox
	// AllInboxes are the inboxes of all accounts in one.
	AllInboxes
	// AllStarred are the starred messages of all accounts.
	AllStarred
	// Found is what a search for Scope.Query gave.
	Found
)

// Scope says which messages a list shows.
type Scope struct {
	Kind    Kind
	Mailbox storage.MailboxID
	Query   string
}

// Filter narrows a list.
type Filter int

// The filters, in the order of their buttons.
const (
	Everything Filter = iota
	OnlyUnread
	OnlyStarred
	OnlyWithFiles
)

func (f Filter) takes(e storage.Entry) bool {
	switch f {
	case OnlyUnread:
		return !e.Flags.Has(storage.Seen)
	case OnlyStarred:
		return e.Flags.Has(storage.Flagged)
	case OnlyWithFiles:
		return e.Attachments > 0
	}
	return true
}

// searchLimit bounds the answer to a search.
const searchLimit = 1000

// snapshot is a list at one moment. It is not changed once it is shown, but for the flags of entries.
type snapshot struct {
	scope   Scope
	filter  Filter
	entries []storage.Entry
	index   map[storage.MessageID]int
	// total and unread are of the whole scope, whatever the filter.
	total, unread int
	// boxes are the mailboxes whose changes matter to it; nil is all of them.
	boxes map[storage.MailboxID]bool
	err   error
}

func (s *snapshot) touchedBy(m storage.MailboxID) bool { return s.boxes == nil || s.boxes[m] }

// request asks for a snapshot. Messages in keep stay in the list although the filter would leave them out; those in
// drop are on their way out of it.
type request struct {
	scope      Scope
	filter     Filter
	keep, drop map[storage.MessageID]bool
	turn       int
	// found is what the search gave; with searched false it must be done first, and ends with search.
	found    []storage.MessageID
	searched bool
	search   context.Context
}

// take reads a snapshot.
func take(store Store, r request) *snapshot {
	s := &snapshot{scope: r.scope, filter: r.filter}
	var all []storage.Entry
	s.err = store.View(func(tx *storage.Tx) error {
		var err error
		all, s.boxes, err = entries(tx, r.scope, r.found)
		return err
	})
	s.total = len(all)
	kept := all[:0]
	for _, e := range all {
		if !e.Flags.Has(storage.Seen) {
			s.unread++
		}
		if !r.drop[e.ID] && (r.filter.takes(e) || r.keep[e.ID]) {
			kept = append(kept, e)
		}
	}
	s.entries = kept
	s.index = make(map[storage.MessageID]int, len(kept))
	for i, e := range kept {
		s.index[e.ID] = i
	}
	return s
}

func entries(tx *storage.Tx, scope Scope, found []storage.MessageID) ([]storage.Entry, map[storage.MailboxID]bool, error) {
	switch scope.Kind {
	case OneMailbox:
		list, err := tx.List(scope.Mailbox, 0)
		return list, map[storage.MailboxID]bool{scope.Mailbox: true}, err
	case AllInboxes:
		return merged(tx, func(m *storage.Mailbox) bool { return m.Role == storage.RoleInbox }, Everything)
	case AllStarred:
		return merged(tx, func(m *storage.Mailbox) bool {
			return m.Role != storage.RoleTrash && m.Role != storage.RoleJunk && m.Role != storage.RoleAll
		}, OnlyStarred)
	case Found:
		list, err := rowsAsEntries(tx, found)
		return list, nil, err
	}
	return nil, map[storage.MailboxID]bool{}, nil
}

// merged is the list of several mailboxes in one, newest first.
func merged(tx *storage.Tx, want func(*storage.Mailbox) bool, f Filter) ([]storage.Entry, map[storage.MailboxID]bool, error) {
	accounts, err := tx.Accounts()
	if err != nil {
		return nil, nil, err
	}
	boxes := map[storage.MailboxID]bool{}
	var all []storage.Entry
	for _, a := range accounts {
		mailboxes, err := tx.Mailboxes(a.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range mailboxes {
			if !want(&m) {
				continue
			}
			list, err := tx.List(m.ID, 0)
			if err != nil {
				return nil, nil, fmt.Errorf("listing %s: %w", m.Name, err)
			}
			boxes[m.ID] = true
			for _, e := range list {
				if f.takes(e) {
					all = append(all, e)
				}
			}
		}
	}
	newestFirst(all)
	return all, boxes, nil
}

// rowsAsEntries reads the entries of messages, leaving out what has gone since it was found.
func rowsAsEntries(tx *storage.Tx, ids []storage.MessageID) ([]storage.Entry, error) {
	var list []storage.Entry
	for _, id := range ids {
		m, err := tx.Message(id)
		if err != nil {
			continue
		}
		list = append(list, storage.Entry{
			ID: id, Date: m.Date.Unix(), Flags: m.Flags,
			Attachments: uint8(min(m.Attachments, 255)), BodyState: m.BodyState,
		})
	}
	newestFirst(list)
	return list, nil
}

func newestFirst(list []storage.Entry) {
	slices.SortStableFunc(list, func(a, b storage.Entry) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.ID, a.ID))
	})
}
