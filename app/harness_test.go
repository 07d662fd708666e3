package app

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"peyk/accounts"
	mailsync "peyk/accounts/sync"
	"peyk/app/l10n"
	"peyk/storage"
	"peyk/storage/message"
)

// noon is the moment at which the tests' window looks at its mail.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// memory keeps secrets for a test.
type memory map[string]string

func (m memory) Get(_ context.Context, key string) (string, error) { return m[key], nil }
func (m memory) Set(_ context.Context, key, value string) error    { m[key] = value; return nil }
func (m memory) Delete(_ context.Context, key string) error        { delete(m, key); return nil }

// stage is an application on a store of its own, whose UI goroutine is the test's.
type stage struct {
	*testing.T
	app    *App
	store  *storage.Store
	engine *mailsync.Engine
	todo   chan func()
	boxes  map[storage.Role]storage.MailboxID
	home   storage.AccountID
}

// newStage makes the application without its window.
func newStage(t *testing.T) *stage {
	t.Helper()
	store, err := storage.Open(t.TempDir(), storage.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, store: store, engine: mailsync.New(store, memory{}, mailsync.Options{}), todo: make(chan func(), 1024)}
	f := test.NewTempApp(t)
	s.app, err = newWith(Options{Engine: s.engine, Store: store}, f)
	if err != nil {
		t.Fatal(err)
	}
	s.app.do = func(fn func()) { s.todo <- fn }
	s.app.now = func() time.Time { return noon }
	t.Cleanup(func() { s.close() })
	return s
}

// open shows the main window.
func (s *stage) open(width, height float32) {
	s.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s.app.ctx = ctx
	s.Cleanup(func() {
		stop()
		s.app.quit()
		s.app.main.close()
		s.drain()
	})
	s.app.prefs.Width, s.app.prefs.Height = width, height
	s.app.openMain()
	s.app.main.window.Resize(fyne.NewSize(width, height))
}

// drain lets the background end: it may still wait for the UI goroutine.
func (s *stage) drain() {
	done := make(chan struct{})
	go func() {
		s.app.wg.Wait()
		close(done)
	}()
	for {
		select {
		case fn := <-s.todo:
			fn()
		case <-done:
			return
		}
	}
}

func (s *stage) close() {
	if err := s.store.Verify(context.Background(), false); err != nil {
		s.Error(err)
	}
	if err := s.store.Close(); err != nil {
		s.Error(err)
	}
	if err := l10n.Use("en"); err != nil {
		s.Error(err)
	}
}

// until runs the UI goroutine until something is so.
func (s *stage) until(what string, is func() bool) {
	s.Helper()
	deadline := time.After(10 * time.Second)
	for !is() {
		select {
		case fn := <-s.todo:
			fn()
		case <-deadline:
			s.Fatalf("waited in vain until %s", what)
		}
	}
}

// settle runs the UI goroutine until nothing more comes for a moment.
func (s *stage) settle() {
	quiet := 150 * time.Millisecond
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		select {
		case fn := <-s.todo:
			fn()
			timer.Reset(quiet)
		case <-timer.C:
			return
		}
	}
}

// shot saves what a window shows when PEYK_SHOTS names a folder.
func (s *stage) shot(w fyne.Window, name string) {
	s.Helper()
	dir := os.Getenv("PEYK_SHOTS")
	if dir == "" {
		return
	}
	var b bytes.Buffer
	if err := png.Encode(&b, w.Canvas().Capture()); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b.Bytes(), 0o644); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) update(fn func(tx *storage.Tx) error) {
	s.Helper()
	if err := s.store.Update(fn); err != nil {
		s.Fatal(err)
	}
}

// account adds an account with the usual folders and remembers them when it is the first.
func (s *stage) account(name, address string, p accounts.Protocol) storage.AccountID {
	s.Helper()
	a := accounts.Default(p)
	a.Name = name
	a.Identities = []accounts.Identity{{Name: name, Email: address, Signature: name}}
	a.Incoming = accounts.Server{Host: "mail.example.org", Port: 993, Security: accounts.TLS, User: address}
	a.Outgoing = accounts.Server{Host: "smtp.example.org", Port: 587, Security: accounts.STARTTLS, User: address}
	if err := s.engine.SaveAccount(s.Context(), &a, nil, nil); err != nil {
		s.Fatal(err)
	}
	boxes := map[storage.Role]storage.MailboxID{}
	s.update(func(tx *storage.Tx) error {
		known, err := tx.Mailboxes(a.ID)
		if err != nil {
			return err
		}
		for _, m := range known {
			boxes[m.Role] = m.ID
		}
		for role, name := range map[storage.Role]string{
			storage.RoleInbox: "INBOX", storage.RoleDrafts: "Drafts", storage.RoleSent: "Sent",
			storage.RoleArchive: "Archive", storage.RoleJunk: "Junk", storage.RoleTrash: "Trash",
		} {
			if boxes[role] != 0 {
				continue
			}
			m := storage.Mailbox{Account: a.ID, Name: name, Delimiter: "/", Role: role, Subscribed: true, Keep: storage.Keep{Mode: storage.KeepFull}}
			if err := tx.PutMailbox(&m); err != nil {
				return err
			}
			boxes[role] = m.ID
		}
		return nil
	})
	if s.boxes == nil {
		s.boxes, s.home = boxes, a.ID
	}
	return a.ID
}

func (s *stage) folder(account storage.AccountID, name string) storage.MailboxID {
	s.Helper()
	m := storage.Mailbox{Account: account, Name: name, Delimiter: "/", Keep: storage.Keep{Mode: storage.KeepFull}}
	s.update(func(tx *storage.Tx) error { return tx.PutMailbox(&m) })
	return m.ID
}

// letter is a message to be put into a mailbox.
type letter struct {
	from, subject, text, html string
	files                     []string
	at                        time.Time
	flags                     storage.Flags
	// absent messages have no body here.
	absent bool
}

func (s *stage) raw(m letter) []byte {
	s.Helper()
	from, err := mail.ParseAddress(m.from)
	if err != nil {
		s.Fatal(err)
	}
	d := message.Draft{
		From: *from, To: []mail.Address{{Name: "Sara Ahmadi", Address: "sara@example.org"}}, Subject: m.subject, Text: m.text,
		HTML: m.html, Date: m.at, MessageID: fmt.Sprintf("%d.%x@example.org", m.at.UnixNano(), m.subject),
	}
	for _, name := range m.files {
		d.Attachments = append(d.Attachments, attachment(name))
	}
	var b bytes.Buffer
	if err := d.Build(&b); err != nil {
		s.Fatal(err)
	}
	return b.Bytes()
}

// put adds messages to a mailbox.
func (s *stage) put(account storage.AccountID, box storage.MailboxID, list ...letter) []storage.MessageID {
	s.Helper()
	rows := make([]storage.Message, len(list))
	var raws [][]byte
	for i, m := range list {
		raw := s.raw(m)
		rows[i] = storage.NewRow(account, box, raw, m.flags, m.at)
		rows[i].BodyState = storage.BodyNone
		if !m.absent {
			rows[i].BodyState = storage.BodyFull
			raws = append(raws, raw)
		}
	}
	bodies, err := s.store.AddBodies(account, raws...)
	if err != nil {
		s.Fatal(err)
	}
	defer s.store.Settle(account, bodies...)
	var ids []storage.MessageID
	s.update(func(tx *storage.Tx) error {
		next := 0
		for i := range rows {
			if rows[i].BodyState == storage.BodyFull {
				rows[i].Body = bodies[next]
				next++
			}
			if err := tx.PutMessage(&rows[i]); err != nil {
				return err
			}
			ids = append(ids, rows[i].ID)
		}
		return nil
	})
	return ids
}

// key sends a key to whatever has the keyboard, as the driver does.
func (s *stage) key(name fyne.KeyName) {
	c := s.app.main.window.Canvas()
	ev := &fyne.KeyEvent{Name: name}
	if f := c.Focused(); f != nil {
		f.TypedKey(ev)
	} else if fn := c.OnTypedKey(); fn != nil {
		fn(ev)
	}
}

// texts are all texts in sight below an object.
func texts(o fyne.CanvasObject) string {
	var all []string
	walk(o, func(o fyne.CanvasObject) {
		if t, ok := o.(interface{ Text() string }); ok && t.Text() != "" {
			all = append(all, t.Text())
		}
	})
	return strings.Join(all, "\n")
}

// walk visits an object and all visible ones in it.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			walk(c, visit)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			walk(c, visit)
		}
	}
}
