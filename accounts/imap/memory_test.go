package imap

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"peyk/accounts"
	"peyk/storage"
)

var fullCaps = []goimap.Cap{
	goimap.CapIMAP4rev1, goimap.CapIMAP4rev2, goimap.CapMove, goimap.CapUIDPlus, goimap.CapESearch,
	goimap.CapListExtended, goimap.CapListStatus, goimap.CapStatusSize, goimap.CapNamespace,
}

// memoryServer runs the library's own server with one user and some mailboxes.
func memoryServer(t *testing.T, security accounts.Security, caps []goimap.Cap) accounts.Server {
	t.Helper()
	memory := imapmemserver.New()
	user := imapmemserver.NewUser("sara", "secret")
	for _, name := range []string{"INBOX", "ارسال\u200cشده", "Work", "Work/R&D"} {
		if err := user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	memory.AddUser(user)
	set := goimap.CapSet{}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	certificate, pin := selfSigned(t)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		Caps: set, InsecureAuth: security == accounts.Plain, TLSConfig: config, Logger: log.New(io.Discard, "", 0),
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := serverAt(ln.Addr())
	server.Security, server.PinnedSHA256 = security, pin
	if security == accounts.TLS {
		ln = tls.NewListener(ln, config)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(ln); err != nil && !strings.Contains(err.Error(), "closed") {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return server
}

func letter(n int) []byte {
	return fmt.Appendf(nil, "From: a%d@example.org\r\nSubject: =?utf-8?b?2LPZhNin2YU=?= %d\r\nMessage-ID: <m%d@example.org>\r\n"+
		"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nbody %d\r\n"+
		"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%%PDF\r\n--x--\r\n", n, n, n, n)
}

// filled signs in, stores letters 1 to n in the inbox and opens it.
func filled(t *testing.T, server accounts.Server, n int) *Session {
	t.Helper()
	s := mustDial(t, server)
	for i := 1; i <= n; i++ {
		date := time.Date(2024, 3, 20, 3, 6, i, 0, time.UTC)
		if _, _, err := s.Append(t.Context(), "INBOX", storage.Seen, date, letter(i)); err != nil {
			t.Fatal(err)
		}
	}
	mustSelect(t, s, "INBOX")
	return s
}

func TestSecurity(t *testing.T) {
	for _, security := range []accounts.Security{accounts.Plain, accounts.STARTTLS, accounts.TLS} {
		t.Run(string(security), func(t *testing.T) {
			server := memoryServer(t, security, fullCaps)
			s := mustDial(t, server)
			if err := s.Noop(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Logout(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.Alive() {
				t.Error("the session is alive after signing out")
			}
			if security == accounts.Plain {
				return
			}
			server.PinnedSHA256 = strings.Repeat("0", 64)
			_, err := dialTo(t, server, Options{})
			failure(t, err, accounts.StepEncrypt, accounts.CauseCertChanged, "")
			server.PinnedSHA256 = ""
			_, err = dialTo(t, server, Options{})
			failure(t, err, accounts.StepEncrypt, accounts.CauseCertUntrusted, "")
		})
	}
}

func TestWrongPassword(t *testing.T) {
	server := memoryServer(t, accounts.TLS, fullCaps)
	_, err := Dial(t.Context(), server, "wrong", Options{})
	failure(t, err, accounts.StepSignIn, accounts.CausePassword, "failed")
}

func TestMailboxesOfMemoryServer(t *testing.T) {
	server := memoryServer(t, accounts.Plain, fullCaps)
	s := filled(t, server, 3)
	boxes, err := s.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]MailboxInfo{}
	for _, b := range boxes {
		byName[b.Name] = b
	}
	inbox := byName["INBOX"]
	if inbox.Role != storage.RoleInbox || !inbox.HasStatus || inbox.Total != 3 || inbox.Unseen != 0 || inbox.UIDNext != 4 || inbox.Bytes <= 0 {
		t.Errorf("inbox is %+v", inbox)
	}
	if byName["ارسال\u200cشده"].Role != storage.RoleSent {
		t.Errorf("sent is %+v", byName["ارسال\u200cشده"])
	}
	if b := byName["Work/R&D"]; b.Delimiter != "/" || !b.HasStatus {
		t.Errorf("Work/R&D is %+v", b)
	}
}

func TestFetching(t *testing.T) {
	s := filled(t, memoryServer(t, accounts.Plain, fullCaps), 5)
	ctx := t.Context()
	uids, err := s.UIDs(ctx, 2)
	if err != nil || !slices.Equal(uids, []uint32{2, 3, 4, 5}) {
		t.Fatalf("UIDs from 2: %v, %v", uids, err)
	}
	if uids, err = s.UIDs(ctx, 6); err != nil || len(uids) != 0 {
		t.Fatalf("UIDs from 6: %v, %v", uids, err)
	}
	var got []uint32
	err = s.Envelopes(ctx, []uint32{5, 1, 99}, func(e Envelope) error {
		got = append(got, e.UID)
		if e.Flags != storage.Seen || e.Attachments != 1 || e.Size != int64(len(letter(int(e.UID)))) || e.InternalDate.Second() != int(e.UID) ||
			!bytes.Contains(e.Header, fmt.Appendf(nil, "<m%d@example.org>", e.UID)) {
			t.Errorf("envelope %+v, header %q", e, e.Header)
		}
		return nil
	})
	if err != nil || !slices.Equal(got, []uint32{1, 5}) {
		t.Fatalf("envelopes of %v, %v", got, err)
	}
	got = nil
	err = s.Bodies(ctx, []uint32{1, 2, 3}, func(b Body) error {
		got = append(got, b.UID)
		if !bytes.Equal(b.Raw, letter(int(b.UID))) {
			t.Errorf("body %d is %q", b.UID, b.Raw)
		}
		return nil
	})
	if err != nil || !slices.Equal(got, []uint32{1, 2, 3}) {
		t.Fatalf("bodies of %v, %v", got, err)
	}
	found, err := s.FindMessageID(ctx, "<m4@example.org>")
	if err != nil || !slices.Equal(found, []uint32{4}) {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestFunctionThatFailsEndsTheSession(t *testing.T) {
	s := filled(t, memoryServer(t, accounts.Plain, fullCaps), 3)
	n := 0
	err := s.Bodies(t.Context(), []uint32{1, 2, 3}, func(Body) error {
		n++
		return io.ErrShortWrite
	})
	if err != io.ErrShortWrite || n != 1 || s.Alive() {
		t.Errorf("got %v after %d, alive %v", err, n, s.Alive())
	}
}

func TestFlags(t *testing.T) {
	s := filled(t, memoryServer(t, accounts.Plain, fullCaps), 4)
	ctx := t.Context()
	if err := s.Store(ctx, []uint32{1, 2}, storage.Flagged|storage.Forwarded, storage.Seen); err != nil {
		t.Fatal(err)
	}
	flags := map[uint32]storage.Flags{}
	err := s.Flags(ctx, nil, 0, func(uid uint32, f storage.Flags, _ []string, _ uint64) error {
		flags[uid] = f
		return nil
	})
	if err != nil || len(flags) != 4 || flags[1] != storage.Flagged|storage.Forwarded || flags[3] != storage.Seen {
		t.Fatalf("flags %v, %v", flags, err)
	}
}

func TestChanging(t *testing.T) {
	s := filled(t, memoryServer(t, accounts.Plain, fullCaps), 5)
	ctx := t.Context()
	moved, validity, err := s.Move(ctx, []uint32{2, 4}, "Work/R&D")
	if err != nil || validity == 0 || moved[2] != 1 || moved[4] != 2 {
		t.Fatalf("moved %v, %d, %v", moved, validity, err)
	}
	copies, _, err := s.Copy(ctx, []uint32{5}, "ارسال\u200cشده")
	if err != nil || copies[5] != 1 {
		t.Fatalf("copied %v, %v", copies, err)
	}
	if err := s.Expunge(ctx, []uint32{1}); err != nil {
		t.Fatal(err)
	}
	uids, err := s.UIDs(ctx, 0)
	if err != nil || !slices.Equal(uids, []uint32{3, 5}) {
		t.Fatalf("left %v, %v", uids, err)
	}
	uid, validity, err := s.Append(ctx, "Work", 0, time.Time{}, bytes.Repeat([]byte("x: y\r\n"), 50_000))
	if err != nil || uid != 1 || validity == 0 {
		t.Fatalf("appended as %d, %d, %v", uid, validity, err)
	}
	_, _, err = s.Append(ctx, "Nowhere", 0, time.Time{}, letter(1))
	if !Nonexistent(err) || !Permanent(err) || !s.Alive() {
		t.Fatalf("append to a mailbox that is not there: %v, alive %v", err, s.Alive())
	}
	if _, _, err := s.Append(ctx, "Work", 0, time.Time{}, nil); err == nil {
		t.Error("an empty message was stored")
	}
}

func TestManagingMailboxes(t *testing.T) {
	s := mustDial(t, memoryServer(t, accounts.Plain, fullCaps))
	ctx := t.Context()
	name := "پروژه & «تازه» 😀"
	for what, err := range map[string]error{
		"create": s.Create(ctx, name), "subscribe": s.Subscribe(ctx, name, true),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if err := s.Create(ctx, name); !Exists(err) || !Permanent(err) {
		t.Errorf("creating twice: %v", err)
	}
	if err := s.Rename(ctx, name, "نو"); err != nil {
		t.Fatal(err)
	}
	if sel := mustSelect(t, s, "نو"); sel.Exists != 0 || sel.UIDValidity == 0 || !sel.CanKeywords {
		t.Errorf("selected %+v", sel)
	}
	if err := s.Delete(ctx, "نو"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Select(ctx, "نو", true)
	failure(t, err, accounts.StepReceive, accounts.CauseRejected, "")
	if !Nonexistent(err) {
		t.Errorf("%v is not told as nonexistent", err)
	}
}

func TestIdleHearsOfMail(t *testing.T) {
	server := memoryServer(t, accounts.Plain, fullCaps)
	s := filled(t, server, 1)
	if s.options.IdleFor != defaultIdleFor {
		t.Fatalf("IDLE lasts %v", s.options.IdleFor)
	}
	s.options.IdleFor = 20 * time.Millisecond // so that it is issued anew meanwhile
	other := mustDial(t, server)
	ctx, cancel := cancelled(t)
	heard := make(chan Event, 100)
	ended := make(chan error, 1)
	go func() { ended <- s.Idle(ctx, func(e Event) { heard <- e }) }()
	for n := 2; n <= 4; n++ {
		if _, _, err := other.Append(t.Context(), "INBOX", 0, time.Time{}, letter(n)); err != nil {
			t.Fatal(err)
		}
		for e := (Event{}); e.Messages != n; e = <-heard {
			if e.Messages > n {
				t.Fatalf("heard of %d messages, there are %d", e.Messages, n)
			}
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if uids, err := s.UIDs(t.Context(), 0); err != nil || len(uids) != 4 {
		t.Errorf("after IDLE: %v, %v", uids, err)
	}
}
