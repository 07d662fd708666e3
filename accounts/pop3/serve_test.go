package pop3

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
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/accounts/pop3/popserver"
)

// at is a Server at the listener's address, without encryption.
func at(l net.Listener) accounts.Server {
	addr := l.Addr().(*net.TCPAddr)
	return accounts.Server{Host: "127.0.0.1", Port: addr.Port, Security: accounts.Plain, User: "sara"}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs a popserver for the length of the test.
func serve(t testing.TB, b popserver.Backend, o popserver.Options) accounts.Server {
	t.Helper()
	l := listen(t)
	return serveOn(t, l, at(l), b, o)
}

func serveOn(t testing.TB, l net.Listener, server accounts.Server, b popserver.Backend, o popserver.Options) accounts.Server {
	t.Helper()
	srv := popserver.New(b, o)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, popserver.ErrClosed) {
			t.Error(err)
		}
	})
	return server
}

// certificate is self-signed; pin is its SHA-256.
func certificate(t testing.TB) (config *tls.Config, pin string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return config, hex.EncodeToString(sum[:])
}

// play runs one conversation as the script says, a line each:
//
//	S: text    the server says text and CRLF
//	S~ "text"  the server says the quoted text as it is
//	C: text    the client says exactly that; a * at the end is any rest
//	TLS        the handshake
//	hang       nothing until the client goes away
//
// At the script's end the server closes the connection.
func play(t *testing.T, script string) accounts.Server {
	t.Helper()
	server, _ := playUntilHang(t, script)
	return server
}

// playUntilHang is play; hung is closed when the script comes to its "hang".
func playUntilHang(t *testing.T, script string) (server accounts.Server, hung <-chan struct{}) {
	t.Helper()
	hanging := make(chan struct{})
	config, pin := certificate(t)
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		p := &player{t: t, conn: conn, in: bufio.NewReader(conn), tls: config, hung: hanging}
		p.play(script)
		p.conn.Close()
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	server = at(l)
	server.PinnedSHA256 = pin
	return server, hanging
}

type player struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	tls  *tls.Config
	hung chan struct{}
}

func (p *player) play(script string) {
	for line := range strings.Lines(script) {
		if line = strings.Trim(line, "\t\n"); line == "" {
			continue
		}
		if !p.step(line) {
			return
		}
	}
}

func (p *player) step(line string) bool {
	var err error
	switch {
	case line == "hang":
		close(p.hung)
		_, err = io.Copy(io.Discard, p.in)
		return err == nil
	case line == "TLS":
		conn := tls.Server(p.conn, p.tls)
		p.conn, p.in = conn, bufio.NewReader(conn)
		return conn.HandshakeContext(context.Background()) == nil
	case strings.HasPrefix(line, "S: "):
		_, err = io.WriteString(p.conn, line[3:]+"\r\n")
	case strings.HasPrefix(line, "S~ "):
		var raw string
		if raw, err = strconv.Unquote(line[3:]); err == nil {
			_, err = io.WriteString(p.conn, raw)
		}
	case strings.HasPrefix(line, "C: "):
		return p.expect(line[3:])
	default:
		p.t.Errorf("the script has %q", line)
		return false
	}
	// The client may have gone: what it then says is the test's to judge.
	return err == nil
}

func (p *player) expect(want string) bool {
	got, err := p.in.ReadString('\n')
	if err != nil {
		p.t.Errorf("the client went away instead of saying %q", want)
		return false
	}
	got = strings.TrimSuffix(got, "\r\n")
	if prefix, any := strings.CutSuffix(want, "*"); got != want && !(any && strings.HasPrefix(got, prefix)) {
		p.t.Errorf("the client said %q, not %q", got, want)
		return false
	}
	return true
}
