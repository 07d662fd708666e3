//go:build linux

package cli

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"peyk/accounts/servertest"
)

// between stands between the program and a server. It shows what the program
// says to look, which may ask to hang up.
func between(t *testing.T, port int, look func(said []byte) (hangUp bool)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", net.JoinHostPort(servertest.Host, fmt.Sprint(port)))
			if err != nil {
				client.Close()
				continue
			}
			wg.Go(func() {
				defer client.Close()
				_, _ = io.Copy(client, server) // ends with either side
			})
			wg.Go(func() {
				defer server.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := client.Read(buf)
					if err != nil || look(buf[:n]) {
						return
					}
					if _, err := server.Write(buf[:n]); err != nil {
						return
					}
				}
			})
		}
	})
	return l.Addr().(*net.TCPAddr).Port
}

func (p *peyk) importMail(folder string, raw []byte) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "m.eml")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.must("import", "-account", "a", "-folder", folder, path)
}

// TestUploadThatFails: a server that hangs up over one upload still gives its new
// mail.
func TestUploadThatFails(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	port := between(t, dovecot.IMAP, func(said []byte) bool { return bytes.Contains(said, []byte(" APPEND ")) })
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", port, "none")
	p.must("check")
	p.importMail("inbox", smallMail(50))
	dovecot.Deliver("u", smallMail(1))
	if code, _, errs := p.run(nil, "check"); code != Failed || errs == "" {
		t.Errorf("exit %d, %q", code, errs)
	}
	if n := len(p.ids("a", "inbox")); n != 2 {
		t.Errorf("%d messages are here, want the imported and the new one", n)
	}
}

// TestRenameWhileListing: what a person does to folders while the server's list
// is on its way is not undone by that list.
func TestRenameWhileListing(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	dovecot.DeliverTo("u", "A", smallMail(1))
	var p *peyk
	var armed atomic.Bool
	port := between(t, dovecot.IMAP, func(said []byte) bool {
		if bytes.Contains(said, []byte(" LIST ")) && armed.CompareAndSwap(true, false) {
			if err := p.engine.RenameMailbox(t.Context(), p.box("A"), "B"); err != nil {
				t.Error(err)
			}
			p.importMail("B", smallMail(50))
		}
		return false
	})
	p = newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", port, "none")
	p.must("check")
	armed.Store(true)
	for range 2 {
		p.must("check")
	}
	if got := p.flagsBySubject("B"); len(got) != 2 {
		t.Errorf("the renamed folder holds %v", got)
	}
}

// TestMessageIDWithinAnother: a copy in Sent is not taken for there because an
// older message's id contains the new one's.
func TestMessageIDWithinAnother(t *testing.T) {
	p, dovecot := sender(t)
	dovecot.DeliverTo("u", "Sent", []byte("Message-ID: <m11@x>\r\nSubject: older\r\n\r\nolder\r\n"))
	p.must("check")
	mail := []byte("To: v@example.org\r\nMessage-ID: <11@x>\r\nSubject: newer\r\n\r\nx\r\n")
	if code, _, errs := p.run(mail, "send", "-now", "-account", "a"); code != Done {
		t.Fatal(errs)
	}
	p.must("check")
	if got := p.flagsBySubject("Sent"); len(got) != 2 {
		t.Errorf("Sent holds %v", got)
	}
}

// TestRefusedMessageHoldsNobodyUp: the next message in the outbox goes.
func TestRefusedMessageHoldsNobodyUp(t *testing.T) {
	p, _ := sender(t)
	for _, to := range []string{"reject", "v"} {
		mail := fmt.Appendf(nil, "To: %s@example.org\r\nSubject: to %s\r\n\r\nx\r\n", to, to)
		if code, _, errs := p.run(mail, "send", "-account", "a"); code != Done {
			t.Fatal(errs)
		}
	}
	if r := lines(p.must("check"))[0]; r[6] != "sent=1" {
		t.Errorf("check printed %v", r)
	}
	if out := lines(p.must("outbox")); len(out) != 1 || out[0][1] != "failed" || out[0][5] == "" {
		t.Errorf("the outbox holds %v", out)
	}
}

// TestMessageThatFailedOnce is asked for again when the server has recovered.
func TestMessageThatFailedOnce(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	for i := range 3 {
		dovecot.Deliver("u", smallMail(i))
	}
	files, err := filepath.Glob(filepath.Join(dovecot.Maildir("u"), "new", "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	path := files[1]
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls")
	if code, _, errs := p.run(nil, "check"); errs == "" {
		t.Errorf("exit %d without a word", code)
	}
	moved, err := filepath.Glob(filepath.Join(dovecot.Maildir("u"), "*", filepath.Base(path)+"*"))
	if err != nil || len(moved) != 1 {
		t.Fatalf("%v, %v", moved, err)
	}
	if err := os.Remove(moved[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(moved[0], content, 0o644); err != nil {
		t.Fatal(err)
	}
	p.must("check")
	if n := len(p.ids("a", "inbox")); n != 3 {
		t.Errorf("%d of 3 messages are here", n)
	}
}
