package demo

import (
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
)

// popDialogue signs in to the POP3 account.
func popDialogue(t *testing.T, w *World) *textproto.Conn {
	t.Helper()
	in := w.Accounts[1].Incoming
	c, err := textproto.Dial("tcp", in.Address())
	if err != nil {
		t.Fatal(err)
	}
	if line, err := c.ReadLine(); err != nil || !strings.HasPrefix(line, "+OK") {
		t.Fatalf("greeting %q, %v", line, err)
	}
	popCommand(t, c, "USER "+in.User)
	popCommand(t, c, "PASS "+w.Password)
	return c
}

func popCommand(t *testing.T, c *textproto.Conn, command string) string {
	t.Helper()
	if err := c.PrintfLine("%s", command); err != nil {
		t.Fatal(err)
	}
	line, err := c.ReadLine()
	if err != nil || !strings.HasPrefix(line, "+OK") {
		t.Fatalf("%s was answered %q, %v", command, line, err)
	}
	return line
}

// popStat is the number of messages in a fresh session.
func popStat(t *testing.T, w *World) int {
	t.Helper()
	c := popDialogue(t, w)
	fields := strings.Fields(popCommand(t, c, "STAT"))
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	popCommand(t, c, "QUIT")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// popLast is the newest message as it stands on the wire, dots unstuffed but
// line ends kept.
func popLast(t *testing.T, w *World) string {
	t.Helper()
	n := popStat(t, w)
	c := popDialogue(t, w)
	popCommand(t, c, "RETR "+strconv.Itoa(n))
	raw, err := io.ReadAll(c.DotReader())
	if err != nil {
		t.Fatal(err)
	}
	popCommand(t, c, "QUIT")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(raw), "\n", "\r\n")
}

func TestPOP3Inbox(t *testing.T) {
	w := start(t, Options{})
	if n := popStat(t, w); n < 50 || n > 75 {
		t.Errorf("the POP3 inbox holds %d messages", n)
	}
}
