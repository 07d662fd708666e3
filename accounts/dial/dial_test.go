package dial_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/accounts/dial"
	"peyk/accounts/servertest"
)

// serve answers each connection with handle until the test ends.
func serve(t *testing.T, handle func(net.Conn)) accounts.Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return accounts.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: accounts.TLS}
}

// serveTLS shows the certificate and echoes.
func serveTLS(t *testing.T, c *servertest.Certificate) accounts.Server {
	t.Helper()
	return serve(t, func(conn net.Conn) {
		secure := tls.Server(conn, c.ServerConfig())
		// Both fail where the client turns away, which is the client's to tell.
		_, _ = io.Copy(secure, secure)
		_ = secure.Close()
	})
}

func failure(t *testing.T, err error) *accounts.Failure {
	t.Helper()
	var f *accounts.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, which is not a Failure", err)
	}
	return f
}

func expect(t *testing.T, err error, step accounts.Step, cause accounts.Cause) {
	t.Helper()
	if f := failure(t, err); f.Step != step || f.Cause != cause {
		t.Errorf("got step %q cause %q (%v), want %q %q", f.Step, f.Cause, f, step, cause)
	}
}

func TestConnectFailures(t *testing.T) {
	lookUp := func(e *net.DNSError) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: e}
		}
	}
	waits := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		name   string
		dialer dial.Dialer
		server accounts.Server
		step   accounts.Step
		cause  accounts.Cause
	}{
		{
			"unknown host",
			dial.Dialer{Net: lookUp(&net.DNSError{Err: "no such host", Name: "mail.example.org", IsNotFound: true})},
			accounts.Server{Host: "mail.example.org", Port: 993},
			accounts.StepLookUp, accounts.CauseUnknownHost,
		},
		{
			"name server out of reach",
			dial.Dialer{Net: lookUp(&net.DNSError{Err: "server misbehaving", Name: "mail.example.org", IsTemporary: true})},
			accounts.Server{Host: "mail.example.org", Port: 993},
			accounts.StepLookUp, accounts.CauseUnreachable,
		},
		{
			"refused port",
			dial.Dialer{},
			accounts.Server{Host: "127.0.0.1", Port: closed.Addr().(*net.TCPAddr).Port},
			accounts.StepConnect, accounts.CauseRefused,
		},
		{
			"silence",
			dial.Dialer{Net: waits, Timeout: 20 * time.Millisecond},
			accounts.Server{Host: "127.0.0.1", Port: 1},
			accounts.StepConnect, accounts.CauseTimeout,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := c.dialer.Dial(context.Background(), c.server)
			if conn != nil {
				t.Error("a connection came with the failure")
			}
			expect(t, err, c.step, c.cause)
			if f := failure(t, err); f.Server != c.server.Address() {
				t.Errorf("the failure is about %q", f.Server)
			}
		})
	}
}

func TestCallersDeadlineIsATimeout(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	s := serve(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	_, err := (&dial.Dialer{}).Dial(ctx, s)
	expect(t, err, accounts.StepEncrypt, accounts.CauseTimeout)
}

func TestCertificates(t *testing.T) {
	good := servertest.NewCertificate(t, servertest.CertificateOptions{})
	expired := servertest.NewCertificate(t, servertest.CertificateOptions{Expired: true})
	elsewhere := servertest.NewCertificate(t, servertest.CertificateOptions{Hosts: []string{"other.example.org"}})
	const none accounts.Cause = ""
	for _, c := range []struct {
		name    string
		shown   *servertest.Certificate
		trusted bool
		pin     string
		cause   accounts.Cause
	}{
		{"trusted", good, true, "", none},
		{"self-signed", good, false, "", accounts.CauseCertUntrusted},
		{"self-signed and pinned", good, false, good.SHA256, none},
		{"pin in upper case", good, false, strings.ToUpper(good.SHA256), none},
		{"pin of another, though trusted", good, true, expired.SHA256, accounts.CauseCertChanged},
		{"expired", expired, true, "", accounts.CauseCertExpired},
		{"expired but pinned", expired, false, expired.SHA256, none},
		{"wrong host", elsewhere, true, "", accounts.CauseCertWrongHost},
		{"wrong host but pinned", elsewhere, false, elsewhere.SHA256, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serveTLS(t, c.shown)
			s.PinnedSHA256 = c.pin
			var d dial.Dialer
			if c.trusted {
				d.RootCAs = c.shown.Pool
			}
			conn, err := d.Dial(context.Background(), s)
			if c.cause == none {
				if err != nil {
					t.Fatal(err)
				}
				echo(t, conn)
				return
			}
			expect(t, err, accounts.StepEncrypt, c.cause)
			tellsCertificate(t, err, c.shown)
		})
	}
}

func echo(t *testing.T, conn net.Conn) {
	t.Helper()
	defer conn.Close()
	got := make([]byte, 5)
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

// tellsCertificate checks that a person and a program both find what to pin.
func tellsCertificate(t *testing.T, err error, shown *servertest.Certificate) {
	t.Helper()
	for _, fact := range []string{"CN=" + shown.Leaf.Subject.CommonName, "issued by", shown.SHA256} {
		if !strings.Contains(err.Error(), fact) {
			t.Errorf("%q is not in: %v", fact, err)
		}
	}
	var e *dial.CertificateError
	if !errors.As(err, &e) || dial.Fingerprint(e.Certificate) != shown.SHA256 {
		t.Errorf("no CertificateError with the certificate in %v", err)
	}
}

func TestPlainServerUnderTLS(t *testing.T) {
	s := serve(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "220 mail.example.org ESMTP\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	_, err := (&dial.Dialer{}).Dial(context.Background(), s)
	expect(t, err, accounts.StepEncrypt, accounts.CauseNotTLS)
}

func TestServerThatClosesUnderTLS(t *testing.T) {
	s := serve(t, func(net.Conn) {})
	_, err := (&dial.Dialer{}).Dial(context.Background(), s)
	expect(t, err, accounts.StepEncrypt, accounts.CauseClosed)
}

func TestSilentServerUnderTLS(t *testing.T) {
	s := serve(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	_, err := (&dial.Dialer{Timeout: 30 * time.Millisecond}).Dial(context.Background(), s)
	expect(t, err, accounts.StepEncrypt, accounts.CauseTimeout)
}

func TestSTARTTLSConnectionComesPlain(t *testing.T) {
	s := serve(t, func(conn net.Conn) { _, _ = io.Copy(conn, conn) })
	s.Security = accounts.STARTTLS
	conn, err := (&dial.Dialer{}).Dial(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	echo(t, conn)
}

func TestCancel(t *testing.T) {
	t.Run("while connecting", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		d := dial.Dialer{Net: func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		if _, err := d.Dial(ctx, accounts.Server{Host: "127.0.0.1", Port: 1}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("while encrypting", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		s := serve(t, func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 1))
			cancel()
			_, _ = io.Copy(io.Discard, conn)
		})
		_, err := (&dial.Dialer{}).Dial(ctx, s)
		if !errors.Is(err, context.Canceled) || errors.As(err, new(*accounts.Failure)) {
			t.Errorf("got %v", err)
		}
	})
}
