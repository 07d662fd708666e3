package sync

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"peyk/accounts"
	"peyk/accounts/pop3/popserver"
	"peyk/storage"
)

// carelessServer is a POP3 mailbox that numbers its messages from 1 after every
// session, so that a unique id comes back for another message.
type carelessServer struct {
	messages [][]byte
	deleted  int
}

func (s *carelessServer) Login(string, string) (popserver.Mailbox, error) { return s, nil }

func (s *carelessServer) List() []popserver.Item {
	var items []popserver.Item
	for i, raw := range s.messages {
		items = append(items, popserver.Item{UIDL: fmt.Sprint(i + 1), Size: int64(len(raw))})
	}
	return items
}

func (s *carelessServer) Open(i int) ([]byte, error) { return s.messages[i], nil }

func (s *carelessServer) Delete(indexes []int) error {
	s.deleted += len(indexes)
	s.messages = nil
	return nil
}

func (s *carelessServer) Close() {}

// listen serves a POP3 mailbox for the test and gives its port.
func listen(t *testing.T, backend popserver.Backend) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := popserver.New(backend, popserver.Options{})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, popserver.ErrClosed) {
			t.Error(err)
		}
	})
	return l.Addr().(*net.TCPAddr).Port
}

// TestUIDLThatComesBack: a unique id that was deleted and is there again names
// another message, which must be downloaded before it may be deleted.
func TestUIDLThatComesBack(t *testing.T) {
	server := &carelessServer{}
	b := newBench(t, accounts.POP3, func(a *accounts.Account) {
		a.POP3.LeaveOnServer = false
		a.Incoming.Port = listen(t, server)
	})
	for i := range 3 {
		server.messages = [][]byte{fmt.Appendf(nil, "Message-ID: <%d@x>\r\nSubject: s\r\n\r\nnumber %d\r\n", i, i)}
		if r, err := b.Check(t.Context(), b.account.ID); err != nil || r.New != 1 || r.DeletedOnServer != 1 {
			t.Errorf("check %d: %+v, %v", i, r, err)
		}
	}
	if n := b.counts(storage.RoleInbox).Total; n != 3 || server.deleted != 3 {
		t.Errorf("%d of 3 are here, %d were deleted there", n, server.deleted)
	}
}

// TestUIDLThatComesBackFromElsewhere: the same when another client emptied the
// mailbox.
func TestUIDLThatComesBackFromElsewhere(t *testing.T) {
	server := &carelessServer{}
	b := newBench(t, accounts.POP3, func(a *accounts.Account) { a.Incoming.Port = listen(t, server) })
	one := []byte("Message-ID: <1@x>\r\n\r\nfirst\r\n")
	two := []byte("Message-ID: <2@x>\r\n\r\na second, other message\r\n")
	for _, messages := range [][][]byte{{one}, nil, {two}, nil, {two}} {
		server.messages = messages
		if _, err := b.Check(t.Context(), b.account.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.counts(storage.RoleInbox).Total; n != 2 {
		t.Errorf("%d messages are here, want 2", n)
	}
}

func (b *bench) counts(role storage.Role) storage.Counts {
	b.t.Helper()
	var box storage.Mailbox
	b.ok(b.store.View(func(tx *storage.Tx) (err error) {
		box, err = tx.MailboxFor(b.account.ID, role)
		return err
	}))
	return box.Counts
}

// TestRenumberedUIDLs: a server that gives all messages new unique ids causes no
// second copy, and two equal messages stay two.
func TestRenumberedUIDLs(t *testing.T) {
	memory := &popserver.Memory{}
	memory.AddUser("sara", "secret")
	b := newBench(t, accounts.POP3, func(a *accounts.Account) { a.Incoming.Port = listen(t, memory) })
	for i := range 5 {
		memory.Deliver("sara", fmt.Appendf(nil, "Message-ID: <%d@x>\r\n\r\nnumber %d\r\n", i, i))
	}
	memory.Deliver("sara", []byte("Subject: twin\r\n\r\nsame\r\n"))
	memory.Deliver("sara", []byte("Subject: twin\r\n\r\nsame\r\n"))
	for _, want := range []int{7, 0} {
		if r, err := b.Check(t.Context(), b.account.ID); err != nil || r.New != want {
			t.Errorf("%+v, %v, want %d new", r, err, want)
		}
	}
	memory.Renumber("sara")
	memory.Deliver("sara", []byte("Subject: twin\r\n\r\nsame\r\n"))
	if r, err := b.Check(t.Context(), b.account.ID); err != nil || r.New != 1 {
		t.Errorf("after the renumbering: %+v, %v", r, err)
	}
	if r, err := b.Check(t.Context(), b.account.ID); err != nil || r.New != 0 || r.Bodies != 0 {
		t.Errorf("and once more: %+v, %v", r, err)
	}
	if n := b.counts(storage.RoleInbox).Total; n != 8 {
		t.Errorf("%d messages are here, want 8", n)
	}
}
