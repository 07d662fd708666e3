//go:build linux

package cli

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"peyk/accounts/servertest"
)

// trouble is a thing that goes wrong, and what the person must be told of it.
type trouble struct {
	name string
	// words make the account; port and security are set by the protocol.
	host, password string
	port           int
	security       string
	// says are parts of the sentence.
	says []string
}

// TestTroubleIsToldClearly: every failure has its own sentence with the server,
// the step and what to do, ends with exit status 1, and loses nothing.
func TestTroubleIsToldClearly(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	exim := servertest.StartExim(t, dovecot.LMTP)
	expired := servertest.StartDovecot(t, servertest.WithExpiredCertificate())
	strange := servertest.StartDovecot(t) // nobody vouches for its certificate
	roots := dovecot.Pool()
	roots.AddCert(exim.Certificate.Leaf)
	roots.AddCert(expired.Certificate.Leaf)
	closed := closedPort(t)
	for _, protocol := range []string{"imap", "pop3"} {
		plain, secure := dovecot.IMAP, strange.IMAPS
		late := expired.IMAPS
		bare := scripted(t, "* OK ready\r\n", map[string]string{
			"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%s OK done\r\n", "STARTTLS": "%s BAD what?\r\n",
		})
		words := "Authentication failed"
		if protocol == "pop3" {
			plain, secure, late = dovecot.POP3, strange.POP3S, expired.POP3S
			bare = scripted(t, "+OK ready\r\n", map[string]string{"CAPA": "+OK\r\nUSER\r\nUIDL\r\n.\r\n", "STLS": "-ERR what?\r\n"})
		}
		for _, c := range []trouble{
			{name: "wrong password", password: "wrong", says: []string{"Signing in failed", words, "Type the password again"}},
			{name: "unknown host", host: unknownHost, says: []string{"Finding the server failed", "no server of that name", "Check the server's name"}},
			{name: "refused port", port: closed, says: []string{"Connecting failed", "nothing answers on that port", "Check the port"}},
			{name: "expired certificate", port: late, security: "tls", says: []string{"Encrypting the connection failed", "expired", "Tell the server's operator"}},
			{name: "self-signed certificate", port: secure, security: "tls", says: []string{"Encrypting the connection failed", "no authority known here vouches", "trust its certificate"}},
			{name: "STARTTLS not offered", port: bare, security: "starttls", says: []string{"Encrypting the connection failed", "does not offer STARTTLS", "Choose TLS"}},
		} {
			t.Run(protocol+" "+c.name, func(t *testing.T) {
				p := newPeyk(t, roots)
				user := fmt.Sprintf("%s-%s", protocol, strings.ReplaceAll(c.name, " ", "-"))
				dovecot.Deliver(user, []byte("Subject: kept\r\n\r\ntext\r\n"))
				p.add("a", user, protocol, plain, "starttls")
				p.must("check")
				before := p.must("list", "-folder", "inbox")
				p.must(c.account("b", user, protocol, plain, t)...)
				code, _, errs := p.run(nil, "check", "-account", "b")
				c.look(t, code, errs)
				if after := p.must("list", "-account", "a", "-folder", "inbox"); after != before {
					t.Errorf("the inbox was %q and is %q", before, after)
				}
			})
		}
	}
	bare := scripted(t, "220 ready\r\n", map[string]string{"EHLO": "250 here\r\n", "STARTTLS": "502 what?\r\n", "QUIT": "221 bye\r\n"})
	for _, c := range []trouble{
		{name: "wrong password", password: "wrong", says: []string{"Signing in failed", "Incorrect authentication data", "Type the password again"}},
		{name: "unknown host", host: unknownHost, says: []string{"Finding the server failed", "no server of that name"}},
		{name: "refused port", port: closed, says: []string{"Connecting failed", "nothing answers on that port"}},
		{name: "STARTTLS not offered", port: bare, says: []string{"Encrypting the connection failed", "does not offer STARTTLS"}},
	} {
		t.Run("smtp "+c.name, func(t *testing.T) {
			p := newPeyk(t, roots)
			args := c.account("a", "u", "imap", dovecot.IMAP, t)
			port, host, security := exim.SMTP, servertest.Host, "starttls"
			if c.port != 0 {
				port = c.port
			}
			if c.host != "" {
				host = c.host
			}
			p.must(append(args, "-host", servertest.Host, "-port", fmt.Sprint(dovecot.IMAP),
				"-smtp-host", host, "-smtp-port", fmt.Sprint(port), "-smtp-security", security)...)
			mail := []byte("From: u@example.org\r\nTo: you@example.org\r\nSubject: x\r\n\r\nx\r\n")
			code, _, errs := p.run(mail, "send", "-account", "a", "-now")
			c.look(t, code, errs)
			if out := lines(p.must("outbox")); len(out) != 1 || out[0][1] != "queued" {
				t.Errorf("the outbox holds %v", out)
			}
			if got := len(dovecot.Messages("you@example.org")); got != 0 {
				t.Errorf("%d arrived", got)
			}
		})
	}
}

// account gives the words that make an account with this trouble.
func (c trouble) account(name, user, protocol string, port int, t *testing.T) []string {
	host, password, security := servertest.Host, servertest.Password, "starttls"
	if c.host != "" {
		host = c.host
	}
	if c.port != 0 {
		port = c.port
	}
	if c.password != "" {
		password = c.password
	}
	if c.security != "" {
		security = c.security
	}
	return []string{
		"account", "add", "-name", name, "-email", user + "@example.org", "-protocol", protocol,
		"-host", host, "-port", fmt.Sprint(port), "-security", security, "-user", user, "-password-file", passwordFile(t, password),
	}
}

func (c trouble) look(t *testing.T, code int, errs string) {
	t.Helper()
	if code != Failed {
		t.Errorf("exit status %d", code)
	}
	for _, part := range c.says {
		if !strings.Contains(errs, part) {
			t.Errorf("%q does not say %q", errs, part)
		}
	}
	t.Log(strings.TrimSpace(errs))
}

// closedPort is a port that nothing listens on.
func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// scripted is a server that greets and knows a few answers, by the verb; %s in
// an answer is the tag.
func scripted(t *testing.T, greeting string, answers map[string]string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go converse(conn, greeting, answers)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func converse(conn net.Conn, greeting string, answers map[string]string) {
	defer conn.Close()
	fmt.Fprint(conn, greeting)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		words := append(strings.Fields(lines.Text()), "", "")
		if answer, ok := answers[strings.ToUpper(words[0])]; ok {
			fmt.Fprint(conn, answer)
		} else if answer, ok := answers[strings.ToUpper(words[1])]; ok {
			fmt.Fprintf(conn, answer, words[0])
		} else {
			return
		}
	}
}

// TestFullDisk takes in mail on a file system with no room for it. What is in
// stays readable, the rest comes when there is room.
func TestFullDisk(t *testing.T) {
	const n = 400
	dovecot := servertest.StartDovecot(t)
	for i := range n {
		noise := strings.Repeat(fmt.Sprintf("%x ", (i+1)*7919*104729), 2000)
		dovecot.Deliver("u", withCRLF(fmt.Appendf(nil, "Subject: number %d\nMessage-ID: <%d@disk>\n\n%s\n", i, i, noise)))
		dovecot.Deliver("u", append([]byte("Subject: noise\r\nContent-Transfer-Encoding: base64\r\n\r\n"), base64Lines(pseudoRandom(i, 60_000))...))
	}
	for _, protocol := range []string{"imap", "pop3"} {
		t.Run(protocol, func(t *testing.T) {
			p := &peyk{t: t, dir: smallDisk(t, 30), roots: dovecot.Pool()}
			p.open()
			port := dovecot.IMAP
			if protocol == "pop3" {
				port = dovecot.POP3
			}
			p.add("a", "u", protocol, port, "starttls")
			code, _, errs := p.run(nil, "check")
			trouble{says: []string{"Saving failed", "the disk is full", "Free some space"}}.look(t, code, errs)
			p.must("verify")
			for _, id := range p.ids("a", "inbox") {
				p.must("show", id, "-raw")
			}
			code, _, errs = p.run(nil, "check")
			trouble{says: []string{"the disk is full"}}.look(t, code, errs)
			p.close()
			if err := syscall.Mount("", p.dir, "", syscall.MS_REMOUNT, "size=400m"); err != nil {
				t.Fatal(err)
			}
			p.open()
			p.must("check")
			if got := len(p.ids("a", "inbox")); got != 2*n {
				t.Errorf("%d messages are here, want %d", got, 2*n)
			}
			p.must("verify")
			p.close()
		})
	}
}

// smallDisk mounts a file system of so many megabytes.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "peyk-disk-")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Fatalf("mounting a small disk (the tests run as root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// pseudoRandom are bytes that do not compress.
func pseudoRandom(seed, n int) []byte {
	data := make([]byte, n)
	x := uint64(seed)*2862933555777941757 + 3037000493
	for i := range data {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		data[i] = byte(x)
	}
	return data
}
