package imap

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
)

// peer is the server's side of a scripted conversation.
type peer struct {
	t    *testing.T
	conn net.Conn
	br   *bufio.Reader
	// tag is that of the command expected last.
	tag string
}

// errHungUp ends a script quietly when the client has gone.
var errHungUp = errors.New("the client has gone")

// listen runs a script for each connection and returns where to connect.
func listen(t *testing.T, script func(p *peer)) accounts.Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			runScript(t, conn, script)
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-done
	})
	return serverAt(ln.Addr())
}

func runScript(t *testing.T, conn net.Conn, script func(p *peer)) {
	defer conn.Close()
	defer func() {
		if r := recover(); r != nil && r != errHungUp {
			panic(r)
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Error(err)
	}
	script(&peer{t: t, conn: conn, br: bufio.NewReader(conn)})
}

func serverAt(addr net.Addr) accounts.Server {
	tcp := addr.(*net.TCPAddr)
	return accounts.Server{Host: "127.0.0.1", Port: tcp.Port, Security: accounts.Plain, User: "sara"}
}

func (p *peer) send(lines ...string) {
	for _, l := range lines {
		l = strings.ReplaceAll(l, "%t", p.tag)
		if _, err := io.WriteString(p.conn, l+"\r\n"); err != nil {
			panic(errHungUp)
		}
	}
}

func (p *peer) line() string {
	line, err := p.br.ReadString('\n')
	if err != nil {
		panic(errHungUp)
	}
	return strings.TrimRight(line, "\r\n")
}

// expect reads a command that must match the pattern after its tag.
func (p *peer) expect(pattern string) string {
	line := p.line()
	tag, command, _ := strings.Cut(line, " ")
	p.tag = tag
	if !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(command) {
		p.t.Errorf("the client sent %q, want %q", command, pattern)
		panic(errHungUp)
	}
	return command
}

// say expects a command and answers it.
func (p *peer) say(pattern string, lines ...string) {
	p.expect(pattern)
	p.send(lines...)
}

// bytes reads n octets, of a literal.
func (p *peer) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.br, b); err != nil {
		panic(errHungUp)
	}
	return b
}

// welcome greets and lets anybody in.
func (p *peer) welcome(caps string) {
	p.send("* OK [CAPABILITY IMAP4rev1 " + caps + "] ready")
	p.say("LOGIN .*", "%t OK [CAPABILITY IMAP4rev1 "+caps+"] in")
}

// opened answers a SELECT with so many messages.
func (p *peer) opened(messages int, lines ...string) {
	p.expect("SELECT .*")
	p.send(`* FLAGS (\Seen \Deleted)`, fmt.Sprintf("* %d EXISTS", messages), "* OK [UIDVALIDITY 7] v", "* OK [UIDNEXT 100] n")
	p.send(lines...)
	p.send("%t OK [READ-WRITE] open")
}

// wait holds the connection open until the client goes.
func (p *peer) wait() {
	for {
		p.line()
	}
}

func dialTo(t *testing.T, server accounts.Server, o Options) (*Session, error) {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	s, err := Dial(t.Context(), server, "secret", o)
	if err == nil {
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return s, err
}

func mustDial(t *testing.T, server accounts.Server) *Session {
	t.Helper()
	s, err := dialTo(t, server, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSelect(t *testing.T, s *Session, name string) Selected {
	t.Helper()
	sel, err := s.Select(t.Context(), name, false)
	if err != nil {
		t.Fatal(err)
	}
	return sel
}

// failure checks what an error is told as.
func failure(t *testing.T, err error, step accounts.Step, cause accounts.Cause, words string) {
	t.Helper()
	var f *accounts.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v (%T), want a failure", err, err)
	}
	if f.Step != step || f.Cause != cause || !strings.Contains(f.Words, words) {
		t.Errorf("got step %q, cause %q, words %q (%v); want %q, %q, %q", f.Step, f.Cause, f.Words, f.Err, step, cause, words)
	}
}

// selfSigned is a certificate that no authority vouches for, and its pin.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hex.EncodeToString(sum[:])
}

func cancelled(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}
