package mailbox

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"peyk/app/l10n"
	"peyk/storage"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is a store with accounts and mailboxes.
type world struct {
	*testing.T
	store *storage.Store
	boxes map[string]storage.MailboxID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if err := l10n.Use("en"); err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(t.TempDir(), storage.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Verify(context.Background(), false); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t, store, map[string]storage.MailboxID{}}
}

func (w *world) update(fn func(*storage.Tx) error) {
	w.Helper()
	if err := w.store.Update(fn); err != nil {
		w.Fatal(err)
	}
}

// account adds an account with mailboxes given as name or name:role.
func (w *world) account(name string, boxes ...string) storage.AccountID {
	w.Helper()
	a := storage.Account{Name: name}
	w.update(func(tx *storage.Tx) error {
		if err := tx.PutAccount(&a); err != nil {
			return err
		}
		for _, b := range boxes {
			path, role, _ := strings.Cut(b, ":")
			m := storage.Mailbox{Account: a.ID, Name: path, Delimiter: "/", Role: storage.Role(role)}
			if err := tx.PutMailbox(&m); err != nil {
				return err
			}
			w.boxes[name+"/"+path] = m.ID
		}
		return nil
	})
	return a.ID
}

// add puts rows into a mailbox, one an hour into the past.
func (w *world) add(a storage.AccountID, box string, rows ...storage.Message) []storage.MessageID {
	w.Helper()
	var ids []storage.MessageID
	w.update(func(tx *storage.Tx) error {
		for i := range rows {
			m := &rows[i]
			m.Account, m.Mailbox = a, w.boxes[box]
			if m.Date.IsZero() {
				m.Date = noon.Add(-time.Duration(i) * time.Hour)
			}
			m.Received = m.Date
			if err := tx.PutMessage(m); err != nil {
				return err
			}
			ids = append(ids, m.ID)
		}
		return nil
	})
	return ids
}

func TestFolderPane(t *testing.T) {
	w := newWorld(t)
	one := w.account("one", "INBOX:inbox", "Zeta", "Alpha/Deep", "Alpha", "Trash:trash", "Sent:sent", "Sent/2025")
	w.add(one, "one/INBOX", storage.Message{}, storage.Message{Flags: storage.Seen})
	read := func() []string {
		var tree folderTree
		if err := w.store.View(func(tx *storage.Tx) (err error) {
			tree, err = readFolders(tx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, r := range tree.rows {
			lines = append(lines, fmt.Sprintf("%s%s %d", strings.Repeat(">", r.indent), r.name, r.count))
		}
		return lines
	}
	want := []string{"one 0", "Inbox 1", "Starred 0", "Sent 0", "Trash 0", "Alpha 0", ">Deep 0", "Sent / 2025 0", "Zeta 0"}
	if got := read(); !slices.Equal(got, want) {
		t.Errorf("one account gives\n%q\nwant\n%q", got, want)
	}
	two := w.account("two", "INBOX:inbox")
	w.add(two, "two/INBOX", storage.Message{})
	want = append([]string{"All accounts 0", "Inbox 2", "Starred 0", "one 0", "Inbox 1"}, append(want[3:], "two 0", "Inbox 1")...)
	if got := read(); !slices.Equal(got, want) {
		t.Errorf("two accounts give\n%q\nwant\n%q", got, want)
	}
}

func TestSnapshots(t *testing.T) {
	w := newWorld(t)
	one := w.account("one", "INBOX:inbox", "Trash:trash", "Work")
	two := w.account("two", "INBOX:inbox")
	a := w.add(one, "one/INBOX", storage.Message{Flags: storage.Seen}, storage.Message{Flags: storage.Flagged, Attachments: 2})
	b := w.add(two, "two/INBOX", storage.Message{Date: noon.Add(-30 * time.Minute)})
	c := w.add(one, "one/Work", storage.Message{Flags: storage.Flagged | storage.Seen, Date: noon.Add(-48 * time.Hour)})
	w.add(one, "one/Trash", storage.Message{Flags: storage.Flagged})
	tests := []struct {
		name   string
		r      request
		want   []storage.MessageID
		unread int
	}{
		{"a folder", request{scope: Scope{Kind: OneMailbox, Mailbox: w.boxes["one/INBOX"]}}, []storage.MessageID{a[0], a[1]}, 1},
		{"all inboxes", request{scope: Scope{Kind: AllInboxes}}, []storage.MessageID{a[0], b[0], a[1]}, 2},
		{"all starred but trash", request{scope: Scope{Kind: AllStarred}}, []storage.MessageID{a[1], c[0]}, 1},
		{"only unread", request{scope: Scope{Kind: AllInboxes}, filter: OnlyUnread}, []storage.MessageID{b[0], a[1]}, 2},
		{"only with files", request{scope: Scope{Kind: AllInboxes}, filter: OnlyWithFiles}, []storage.MessageID{a[1]}, 2},
		{"kept in view", request{scope: Scope{Kind: AllInboxes}, filter: OnlyUnread, keep: map[storage.MessageID]bool{a[0]: true}}, []storage.MessageID{a[0], b[0], a[1]}, 2},
		{"on the way out", request{scope: Scope{Kind: AllInboxes}, drop: map[storage.MessageID]bool{b[0]: true}}, []storage.MessageID{a[0], a[1]}, 2},
		{"found, newest first", request{scope: Scope{Kind: Found}, searched: true, found: []storage.MessageID{c[0], 999, b[0]}}, []storage.MessageID{b[0], c[0]}, 1},
		{"nothing", request{}, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := take(w.store, tt.r)
			if s.err != nil {
				t.Fatal(s.err)
			}
			var got []storage.MessageID
			for i, e := range s.entries {
				got = append(got, e.ID)
				if s.index[e.ID] != i {
					t.Errorf("message %d is indexed at %d, not %d", e.ID, s.index[e.ID], i)
				}
			}
			if !slices.Equal(got, tt.want) || s.unread != tt.unread {
				t.Errorf("got %v with %d unread, want %v with %d", got, s.unread, tt.want, tt.unread)
			}
		})
	}
}

func TestScanner(t *testing.T) {
	w := newWorld(t)
	one := w.account("one", "INBOX:inbox", "Trash:trash")
	ids := w.add(one, "one/INBOX",
		storage.Message{Subject: "Invoice 1203", From: []mail.Address{{Name: "John Smith", Address: "john@acme.example"}}},
		storage.Message{Subject: "کتاب\u200cهای علي", Preview: "شماره ۱۲۰۳"},
	)
	w.add(one, "one/Trash", storage.Message{Subject: "Invoice 1203"})
	for query, want := range map[string][]storage.MessageID{
		"invoice JOHN":    {ids[0]},
		"acme.example":    {ids[0]},
		"1203":            {ids[0], ids[1]},
		"کتابهای علی":     {ids[1]},
		"invoice missing": nil,
		"   ":             nil,
	} {
		got, err := Scanner{w.store}.Search(t.Context(), query, 10)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q finds %v, %v; want %v", query, got, err, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (Scanner{w.store}).Search(ctx, "invoice", 10); err == nil {
		t.Error("a search that was given up says nothing")
	}
}

func TestRowCache(t *testing.T) {
	c := newRowCache()
	for i := range cacheRows + 10 {
		c.put(storage.Message{ID: storage.MessageID(i + 1)})
	}
	if row, _ := c.get(1); row != nil {
		t.Error("the oldest row is still there")
	}
	c.outdate([]storage.MessageID{100})
	if row, fresh := c.get(100); row == nil || fresh {
		t.Errorf("an outdated row is %v, fresh %v", row, fresh)
	}
	c.put(storage.Message{ID: 100, Subject: "new"})
	if row, fresh := c.get(100); row == nil || !fresh || row.Subject != "new" {
		t.Errorf("a row read again is %v, fresh %v", row, fresh)
	}
}

func TestErrandsKeepTheirOrder(t *testing.T) {
	e := newErrands()
	ctx, stop := context.WithCancel(t.Context())
	var got []int
	for i := range 100 {
		e.add(func(context.Context) { got = append(got, i) })
	}
	stop()
	e.run(ctx)
	if len(got) != 100 || !slices.IsSorted(got) {
		t.Errorf("done was %v", got)
	}
}

func BenchmarkSnapshot100k(b *testing.B) {
	store, err := storage.Open(b.TempDir(), storage.Options{Now: func() time.Time { return noon }})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	a := storage.Account{Name: "one"}
	m := storage.Mailbox{Name: "INBOX", Role: storage.RoleInbox}
	if err := store.Update(func(tx *storage.Tx) error {
		if err := tx.PutAccount(&a); err != nil {
			return err
		}
		m.Account = a.ID
		if err := tx.PutMailbox(&m); err != nil {
			return err
		}
		for i := range 100_000 {
			row := storage.Message{Account: a.ID, Mailbox: m.ID, Subject: "subject", Date: noon.Add(-time.Duration(i) * time.Minute)}
			row.Received = row.Date
			if err := tx.PutMessage(&row); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s := take(store, request{scope: Scope{Kind: OneMailbox, Mailbox: m.ID}}); len(s.entries) != 100_000 {
			b.Fatal(len(s.entries), s.err)
		}
	}
}
