//go:build linux

package cli

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peyk/accounts/dial"
	"peyk/accounts/servertest"
	mailsync "peyk/accounts/sync"
	"peyk/storage"
	"peyk/storage/secret"
)

// peyk is the program without its window on a data folder of its own.
type peyk struct {
	t      *testing.T
	dir    string
	store  *storage.Store
	engine *mailsync.Engine
	roots  *x509.CertPool
	// trace is what was said to the servers.
	trace bytes.Buffer
}

// newPeyk starts in a new folder. At the test's end the store must pass its own
// check.
func newPeyk(t *testing.T, roots *x509.CertPool) *peyk {
	t.Helper()
	p := &peyk{t: t, dir: t.TempDir(), roots: roots}
	p.open()
	t.Cleanup(func() {
		if dir := os.Getenv("PEYK_TEST_TRACE"); dir != "" && t.Failed() {
			name := filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+"-"+filepath.Base(p.dir))
			if err := os.WriteFile(name, p.trace.Bytes(), 0o600); err != nil {
				t.Error(err)
			}
		}
		p.must("verify")
		p.close()
	})
	return p
}

func (p *peyk) open() {
	p.t.Helper()
	var err error
	if p.store, err = storage.Open(p.dir, storage.Options{}); err != nil {
		p.t.Fatal(err)
	}
	secrets, err := secret.Open(p.dir, secret.Options{NoKeyring: true, Getenv: func(string) string { return "master" }})
	if err != nil {
		p.t.Fatal(err)
	}
	p.engine = mailsync.New(p.store, secrets, mailsync.Options{
		Dialer: &dial.Dialer{RootCAs: p.roots, Timeout: 5 * time.Second, Net: open}, Timeout: 20 * time.Second, HelloName: "localhost", Trace: &p.trace,
	})
}

// unknownHost is a name that the tests' resolver does not know; no real one is
// asked.
const unknownHost = "no-such-host.invalid"

func open(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(address); err == nil && host == unknownHost {
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (p *peyk) close() {
	p.t.Helper()
	if err := p.store.Close(); err != nil {
		p.t.Error(err)
	}
}

// run carries out one verb.
func (p *peyk) run(input []byte, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = Run(context.Background(), p.engine, args, Streams{In: bytes.NewReader(input), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// must carries out a verb that has to succeed, and gives its output.
func (p *peyk) must(args ...string) string {
	p.t.Helper()
	code, out, errs := p.run(nil, args...)
	if code != Done {
		p.t.Fatalf("%v: exit %d: %s", args, code, errs)
	}
	return out
}

// lines splits output into records and fields.
func lines(out string) [][]string {
	var records [][]string
	for line := range strings.Lines(out) {
		records = append(records, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return records
}

// passwordFile holds the servers' password.
func passwordFile(t *testing.T, password string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// add makes an account on the test's servers; words may change any of it.
func (p *peyk) add(name, user, protocol string, port int, security string, words ...string) {
	p.t.Helper()
	email := user
	if !strings.Contains(user, "@") {
		email += "@example.org"
	}
	p.must(append([]string{
		"account", "add", "-name", name, "-email", email, "-protocol", protocol,
		"-host", servertest.Host, "-port", fmt.Sprint(port), "-security", security, "-user", user,
		"-password-file", passwordFile(p.t, servertest.Password),
	}, words...)...)
}

// ids lists the messages of a folder by id, newest first.
func (p *peyk) ids(account, folder string) []string {
	p.t.Helper()
	var ids []string
	for _, r := range lines(p.must("list", "-account", account, "-folder", folder, "-limit", "100000")) {
		ids = append(ids, r[0])
	}
	return ids
}

// sender is the program with one IMAP account that can send, and the server that
// its mail arrives at.
func sender(t *testing.T) (*peyk, *servertest.Dovecot) {
	t.Helper()
	dovecot := servertest.StartDovecot(t)
	exim := servertest.StartExim(t, dovecot.LMTP)
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls",
		"-smtp-host", servertest.Host, "-smtp-port", fmt.Sprint(exim.SMTP), "-smtp-security", "none")
	return p, dovecot
}
