//go:build linux

package servertest_test

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/accounts/dial"
	"peyk/accounts/servertest"
	"peyk/accounts/smtp"
)

const message = "From: anna@example.org\r\nTo: reza@example.org\r\nSubject: once\r\nMessage-ID: <once@example.org>\r\n\r\n.a dot\r\n..two\r\nend\r\n"

// await runs done until it holds.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestSubmittedMessageArrivesOnce(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	exim := servertest.StartExim(t, dovecot.LMTP)
	for _, c := range []struct {
		name     string
		security accounts.Security
		port     int
		pool     bool
		pin      string
	}{
		{"starttls", accounts.STARTTLS, exim.SMTP, true, ""},
		{"tls", accounts.TLS, exim.SMTPS, true, ""},
		{"starttls-pinned", accounts.STARTTLS, exim.SMTP, false, exim.Pin()},
		{"tls-pinned", accounts.TLS, exim.SMTPS, false, exim.Pin()},
		{"none", accounts.Plain, exim.SMTP, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &dial.Dialer{}
			if c.pool {
				d.RootCAs = exim.Pool()
			}
			to := c.name + "@example.org"
			s := accounts.Server{Host: servertest.Host, Port: c.port, Security: c.security, User: "anna@example.org", PinnedSHA256: c.pin}
			receipt, err := smtp.Submit(context.Background(), s, servertest.Password,
				smtp.Envelope{From: "anna@example.org", To: []string{"reject.me@example.org", to}}, []byte(message), smtp.Options{Dialer: d})
			if err != nil {
				t.Fatalf("%v\n%s", err, exim.Log())
			}
			if got := receipt.Refused["reject.me@example.org"]; got != "550 no such user here" || len(receipt.Refused) != 1 {
				t.Errorf("refused %v", receipt.Refused)
			}
			await(t, "the message in the mailbox", func() bool { return len(dovecot.Messages(to)) > 0 })
			stored := bytes.ReplaceAll(dovecot.Messages(to)[0], []byte("\r\n"), []byte("\n"))
			if want := bytes.ReplaceAll([]byte(message), []byte("\r\n"), []byte("\n")); !bytes.HasSuffix(stored, want) {
				t.Errorf("stored %q", stored)
			}
		})
	}
	for _, to := range []string{"starttls@example.org", "tls@example.org"} {
		if n := len(dovecot.Messages(to)); n != 1 {
			t.Errorf("%s has %d messages", to, n)
		}
	}
}

func TestWrongPasswordAtExim(t *testing.T) {
	exim := servertest.StartExim(t, 1)
	s := accounts.Server{Host: servertest.Host, Port: exim.SMTP, Security: accounts.STARTTLS, User: "anna", PinnedSHA256: exim.Pin()}
	if err := smtp.Probe(context.Background(), s, servertest.Password, smtp.Options{}); err != nil {
		t.Errorf("right password: %v", err)
	}
	err := smtp.Probe(context.Background(), s, "wrong", smtp.Options{})
	if accounts.CauseOf(err) != accounts.CausePassword {
		t.Errorf("wrong password: %v", err)
	}
}

func TestDovecotStopsAndStartsOnTheSamePorts(t *testing.T) {
	d := servertest.StartDovecot(t)
	d.Deliver("reza", []byte(message))
	d.Stop()
	for _, port := range []int{d.IMAP, d.IMAPS, d.POP3, d.POP3S, d.LMTP} {
		if conn, err := net.Dial("tcp", net.JoinHostPort(servertest.Host, strconv.Itoa(port))); err == nil {
			conn.Close()
			t.Errorf("port %d still answers", port)
		}
	}
	d.Start()
	conn, err := net.Dial("tcp", net.JoinHostPort(servertest.Host, strconv.Itoa(d.IMAP)))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := d.Messages("reza"); len(got) != 1 || string(got[0]) != message {
		t.Errorf("the mailbox has %q", got)
	}
}

func TestDovecotWithExpiredCertificate(t *testing.T) {
	d := servertest.StartDovecot(t, servertest.WithExpiredCertificate())
	s := accounts.Server{Host: servertest.Host, Port: d.IMAPS, Security: accounts.TLS}
	_, err := (&dial.Dialer{RootCAs: d.Pool()}).Dial(context.Background(), s)
	if accounts.CauseOf(err) != accounts.CauseCertExpired {
		t.Errorf("got %v", err)
	}
}
