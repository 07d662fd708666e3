package popserver

import (
	"bufio"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// start serves b for the length of the test and returns its address.
func start(t *testing.T, b Backend, o Options) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(b, o)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// client speaks POP3 by hand.
type client struct {
	t        *testing.T
	conn     net.Conn
	in       *bufio.Reader
	greeting string
}

func connect(t *testing.T, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.greeting = c.line()
	return c
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	return line
}

func (c *client) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// want says a command and compares the beginning of each line of the answer.
func (c *client) want(command string, answer ...string) {
	c.t.Helper()
	c.say(command + "\r\n")
	for _, want := range answer {
		if got := c.line(); !strings.HasPrefix(got, want) {
			c.t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

func (c *client) wantClosed() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.in); err != nil || len(rest) > 0 {
		c.t.Errorf("not closed but %q, %v", rest, err)
	}
}

func sample() *Memory {
	m := &Memory{}
	m.AddUser("sara", " pass word ")
	m.Deliver("sara", []byte("Subject: a\r\n\r\n.1\r\n2\r\n"))
	m.Deliver("sara", []byte("x"))
	m.Deliver("sara", nil)
	return m
}

func TestSession(t *testing.T) {
	memory := sample()
	c := connect(t, start(t, memory, Options{}))
	c.want("STAT", "-ERR")
	c.want("BLAH", "-ERR")
	c.want("PASS x", "-ERR")
	c.want("CAPA", "+OK", "TOP", "UIDL", "USER", "RESP-CODES", "SASL PLAIN", "PIPELINING", "IMPLEMENTATION", ".\r\n")
	c.want("STLS", "-ERR")
	c.want("user sara", "+OK")
	c.want("PASS pass word", "-ERR [AUTH]")
	c.want("USER sara", "+OK")
	c.want("PASS  pass word ", "+OK 3")
	c.want("USER sara", "-ERR")
	c.want("STAT", "+OK 3 22\r\n")
	c.want("LIST", "+OK", "1 21\r\n", "2 1\r\n", "3 0\r\n", ".\r\n")
	c.want("LIST 2", "+OK 2 1\r\n")
	c.want("LIST 4", "-ERR")
	c.want("UIDL 3", "+OK 3 00000003\r\n")
	c.want("UIDL", "+OK", "1 00000001\r\n", "2 00000002\r\n", "3 00000003\r\n", ".\r\n")
	c.want("RETR 1", "+OK", "Subject: a\r\n", "\r\n", "..1\r\n", "2\r\n", ".\r\n")
	c.want("RETR 2", "+OK", "x\r\n", ".\r\n")
	c.want("RETR 3", "+OK", ".\r\n")
	c.want("RETR 0", "-ERR")
	c.want("RETR", "-ERR")
	c.want("TOP 1 1", "+OK", "Subject: a\r\n", "\r\n", "..1\r\n", ".\r\n")
	c.want("TOP 1 0", "+OK", "Subject: a\r\n", "\r\n", ".\r\n")
	c.want("TOP 1 x", "-ERR")
	c.want("TOP 1", "-ERR")
	c.want("DELE 1", "+OK")
	c.want("DELE 1", "-ERR")
	c.want("STAT", "+OK 2 1\r\n")
	c.want("LIST", "+OK", "2 1\r\n", "3 0\r\n", ".\r\n")
	c.want("RSET", "+OK")
	c.want("DELE 2", "+OK")
	c.want("NOOP", "+OK")
	c.want("QUIT", "+OK")
	c.wantClosed()
	if left := memory.Messages("sara"); len(left) != 2 || len(left[1]) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestPipelined(t *testing.T) {
	c := connect(t, start(t, sample(), Options{}))
	c.say("USER sara\r\nPASS  pass word \r\nRETR 2\r\nNOOP\r\nQUIT\r\n")
	rest, err := io.ReadAll(c.in)
	if want := "+OK password, please\r\n+OK 3 messages\r\n+OK 1 octets\r\nx\r\n.\r\n+OK \r\n+OK bye\r\n"; err != nil || string(rest) != want {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestSigningIn(t *testing.T) {
	address := start(t, sample(), Options{})
	plain := base64.StdEncoding.EncodeToString([]byte("\x00sara\x00 pass word "))

	c := connect(t, address)
	stamp := c.greeting[strings.IndexByte(c.greeting, '<') : strings.IndexByte(c.greeting, '>')+1]
	sum := md5.Sum([]byte(stamp + " pass word "))
	empty := md5.Sum([]byte(stamp))
	c.want("APOP sara "+strings.Repeat("0", 32), "-ERR [AUTH]")
	c.want("APOP nobody "+hex.EncodeToString(empty[:]), "-ERR [AUTH]")
	c.want("APOP sara "+hex.EncodeToString(sum[:]), "+OK")
	other := connect(t, address)
	other.want("AUTH PLAIN "+plain, "-ERR [IN-USE]")
	c.want("QUIT", "+OK")
	other.want("AUTH PLAIN", "+ \r\n")
	other.want(plain, "+OK")
	other.want("QUIT", "+OK")

	c = connect(t, address)
	c.want("AUTH PLAIN "+plain, "+OK")
	c.want("QUIT", "+OK")

	c = connect(t, address)
	c.want("AUTH", "-ERR")
	c.want("AUTH CRAM-MD5", "-ERR")
	c.want("AUTH PLAIN !", "-ERR")
	c.want("AUTH PLAIN", "+ \r\n")
	c.want("*", "-ERR")
	for range maxStrikes {
		c.want("APOP sara 0", "-ERR [AUTH]")
	}
	c.wantClosed()
}

func TestALongCommandEndsTheSession(t *testing.T) {
	c := connect(t, start(t, sample(), Options{}))
	c.say(strings.Repeat("x", maxCommand))
	if got := c.line(); !strings.HasPrefix(got, "-ERR") {
		t.Errorf("%q", got)
	}
	c.wantClosed()
}

func TestIdleTimeout(t *testing.T) {
	c := connect(t, start(t, sample(), Options{IdleTimeout: 20 * time.Millisecond}))
	c.wantClosed()
}

// broken refuses in ways that are not the user's fault.
type broken struct{ Memory }

func (b *broken) Login(user, password string) (Mailbox, error) {
	m, err := b.Memory.Login(user, password)
	if err != nil {
		return nil, errors.New("disk\r\non fire")
	}
	return brokenMailbox{m}, nil
}

type brokenMailbox struct{ Mailbox }

func (brokenMailbox) Open(int) ([]byte, error) { return nil, errors.New("no such file") }
func (brokenMailbox) Delete([]int) error       { return errors.New("read only") }

func TestBackendErrors(t *testing.T) {
	b := &broken{}
	b.AddUser("sara", "secret")
	b.Deliver("sara", []byte("x"))
	c := connect(t, start(t, b, Options{}))
	c.want("USER sara", "+OK")
	c.want("PASS x", "-ERR [SYS/TEMP] disk on fire\r\n")
	c.want("USER sara", "+OK")
	c.want("PASS secret", "+OK")
	c.want("RETR 1", "-ERR [SYS/TEMP] no such file\r\n")
	c.want("DELE 1", "+OK")
	c.want("QUIT", "-ERR [SYS/TEMP] read only\r\n")
	c.wantClosed()
}

func TestManyUsersAtOnce(t *testing.T) {
	memory := &Memory{}
	address := start(t, memory, Options{})
	for u := range 8 {
		name := fmt.Sprintf("user%d", u)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory.AddUser(name, "secret")
			for range 20 {
				memory.Deliver(name, []byte("x"))
				c := connect(t, address)
				c.say("USER " + name + "\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n")
				rest, err := io.ReadAll(c.in)
				if err != nil || !strings.HasSuffix(string(rest), "+OK marked\r\n+OK bye\r\n") {
					t.Errorf("%q, %v", rest, err)
				}
			}
		})
	}
}

func TestRenumber(t *testing.T) {
	memory := sample()
	memory.Renumber("sara")
	box, err := memory.Login("sara", " pass word ")
	if err != nil {
		t.Fatal(err)
	}
	memory.Renumber("sara")
	if err := box.Delete([]int{0}); err != nil {
		t.Fatal(err)
	}
	box.Close()
	if items := box.List(); items[0].UIDL != "00000004" {
		t.Errorf("%v", items)
	}
	if left := memory.Messages("sara"); len(left) != 2 {
		t.Errorf("%d left", len(left))
	}
}

func TestServeAfterClose(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(sample(), Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
