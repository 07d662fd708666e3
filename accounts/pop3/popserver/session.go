package popserver

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxCommand is more than RFC 2449 section 4 allows, for long SASL
	// responses.
	maxCommand = 8 << 10
	// maxStrikes ends a session that only guesses.
	maxStrikes = 10
)

// session is one client. It is in the AUTHORIZATION state while mailbox is
// nil.
type session struct {
	server *Server
	conn   net.Conn
	secure bool
	in     *bufio.Reader
	out    *bufio.Writer
	// stamp is what APOP signs; empty when it is not offered.
	stamp   string
	user    string
	mailbox Mailbox
	items   []Item
	deleted map[int]bool
	strikes int
	done    bool
}

func newSession(s *Server, conn net.Conn, number int) *session {
	_, secure := conn.(*tls.Conn)
	c := &session{server: s, conn: conn, secure: secure, deleted: map[int]bool{}}
	c.attach(conn)
	if _, ok := s.backend.(Passwords); ok {
		c.stamp = fmt.Sprintf("<%s.%d@%s>", rand.Text(), number, s.opt.Name)
	}
	return c
}

func (c *session) attach(conn net.Conn) {
	c.conn = conn
	c.in = bufio.NewReaderSize(conn, maxCommand)
	c.out = bufio.NewWriterSize(conn, 64<<10)
}

// run ends when the client quits, breaks off or says nothing sensible. What an
// end other than QUIT leaves marked is not deleted.
func (c *session) run() {
	defer c.release()
	if err := c.conn.SetDeadline(time.Now().Add(c.server.opt.IdleTimeout)); err != nil {
		return
	}
	c.ok("%s ready %s", c.server.opt.Name, c.stamp)
	for !c.done {
		line, err := c.read()
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				c.refuse("", "the command is too long")
			}
			break
		}
		verb, arg, _ := strings.Cut(line, " ")
		c.command(strings.ToUpper(verb), strings.TrimSpace(arg), arg)
		if c.strikes >= maxStrikes {
			c.done = true
		}
	}
	c.end()
}

// end sends what is still to be sent; the client may have gone already, and
// then nobody is left to be told.
func (c *session) end() {
	if err := c.flush(); err != nil {
		c.done = true
	}
}

// release frees the mailbox for the next session.
func (c *session) release() {
	if c.mailbox != nil {
		c.mailbox.Close()
		c.mailbox = nil
	}
}

// read waits for a line. Answers are kept back while further commands are
// here already: that is what makes pipelining quick.
func (c *session) read() (string, error) {
	if c.in.Buffered() == 0 {
		if err := c.flush(); err != nil {
			return "", err
		}
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.server.opt.IdleTimeout)); err != nil {
		return "", err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return string(bytes.TrimRight(line, "\r\n")), nil
}

func (c *session) flush() error { return c.out.Flush() }

// ok and the writers below leave the error to the flush that must follow: a
// bufio.Writer keeps its first one.
func (c *session) ok(format string, args ...any) {
	fmt.Fprintf(c.out, "+OK "+format+"\r\n", args...)
}

func (c *session) refuse(code, why string) {
	if code != "" {
		why = "[" + code + "] " + why
	}
	fmt.Fprintf(c.out, "-ERR %s\r\n", why)
}

// command answers one command; raw is its argument with all spaces.
func (c *session) command(verb, arg, raw string) {
	switch verb {
	case "CAPA":
		c.capa()
	case "QUIT":
		c.quit()
	case "STLS", "USER", "PASS", "APOP", "AUTH":
		if c.mailbox != nil {
			c.refuse("", "you are signed in already")
			return
		}
		c.authorization(verb, arg, raw)
	case "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET":
		if c.mailbox == nil {
			c.strikes++
			c.refuse("", "sign in first")
			return
		}
		c.transaction(verb, strings.Fields(arg))
	default:
		c.strikes++
		c.refuse("", "unknown command")
	}
}

func (c *session) capa() {
	c.ok("capabilities follow")
	lines := []string{"TOP", "UIDL", "USER", "RESP-CODES", "SASL PLAIN"}
	if !c.server.opt.NoPipelining {
		lines = append(lines, "PIPELINING")
	}
	if c.server.opt.TLS != nil && !c.secure && c.mailbox == nil {
		lines = append(lines, "STLS")
	}
	for _, l := range append(lines, "IMPLEMENTATION Peyk", ".") {
		c.out.WriteString(l + "\r\n")
	}
}

func (c *session) authorization(verb, arg, raw string) {
	switch verb {
	case "STLS":
		c.stls()
	case "USER":
		c.user = arg
		c.ok("password, please")
	case "PASS":
		if c.user == "" {
			c.refuse("", "USER comes first")
			return
		}
		// A password may begin or end with a space.
		c.login(c.user, raw)
	case "APOP":
		c.apop(arg)
	case "AUTH":
		c.auth(strings.Fields(arg))
	}
}

// stls is RFC 2595 section 4. What the client said before is forgotten.
func (c *session) stls() {
	if c.server.opt.TLS == nil || c.secure {
		c.refuse("", "there is no encryption to begin")
		return
	}
	if c.in.Buffered() > 0 {
		c.refuse("", "nothing may follow STLS before the handshake")
		c.done = true
		return
	}
	c.ok("begin")
	if err := c.flush(); err != nil {
		c.done = true
		return
	}
	conn := tls.Server(c.conn, c.server.opt.TLS)
	if err := conn.SetDeadline(time.Now().Add(c.server.opt.IdleTimeout)); err != nil {
		c.done = true
		return
	}
	if err := conn.Handshake(); err != nil {
		c.done = true
		return
	}
	c.attach(conn)
	c.secure, c.user = true, ""
}

func (c *session) apop(arg string) {
	passwords, ok := c.server.backend.(Passwords)
	user, digest, _ := strings.Cut(arg, " ")
	if !ok {
		c.refuse("", "unknown command")
		return
	}
	password, known := passwords.Password(user)
	sum := md5.Sum([]byte(c.stamp + password))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(digest))) != 1 || !known {
		c.refused(ErrPassword)
		return
	}
	c.login(user, password)
}

// auth is AUTH (RFC 5034) with PLAIN.
func (c *session) auth(args []string) {
	if len(args) == 0 || len(args) > 2 || !strings.EqualFold(args[0], "PLAIN") {
		c.refuse("", "only PLAIN is known here")
		return
	}
	response := args[len(args)-1]
	if len(args) == 1 {
		c.out.WriteString("+ \r\n")
		line, err := c.read()
		if err != nil {
			c.done = true
			return
		}
		response = line
	}
	decoded, err := base64.StdEncoding.DecodeString(response)
	parts := strings.Split(string(decoded), "\x00")
	if err != nil || len(parts) != 3 {
		c.refuse("", "the response makes no sense")
		return
	}
	c.login(parts[1], parts[2])
}

func (c *session) login(user, password string) {
	c.user = ""
	m, err := c.server.backend.Login(user, password)
	if err != nil {
		c.refused(err)
		return
	}
	c.mailbox, c.items = m, m.List()
	c.ok("%d messages", len(c.items))
}

func (c *session) refused(err error) {
	c.strikes++
	switch {
	case errors.Is(err, ErrInUse):
		c.refuse("IN-USE", err.Error())
	case errors.Is(err, ErrPassword):
		c.refuse("AUTH", err.Error())
	default:
		c.refuse("SYS/TEMP", oneLine(err.Error()))
	}
}

func (c *session) transaction(verb string, args []string) {
	switch verb {
	case "NOOP":
		c.ok("")
	case "RSET":
		clear(c.deleted)
		c.ok("")
	case "STAT":
		var octets int64
		for i, item := range c.items {
			if !c.deleted[i] {
				octets += item.Size
			}
		}
		c.ok("%d %d", len(c.items)-len(c.deleted), octets)
	case "LIST":
		c.list(args, func(item Item) string { return strconv.FormatInt(item.Size, 10) })
	case "UIDL":
		c.list(args, func(item Item) string { return item.UIDL })
	case "RETR":
		c.message(args, 1, -1)
	case "TOP":
		if lines, ok := topLines(args); ok {
			c.message(args, 2, lines)
		} else {
			c.refuse("", "TOP takes a message and a number of lines")
		}
	case "DELE":
		if i, ok := c.index(args, 1); ok {
			c.deleted[i] = true
			c.ok("marked")
		}
	}
}

func topLines(args []string) (int, bool) {
	if len(args) != 2 {
		return 0, false
	}
	lines, err := strconv.Atoi(args[1])
	return lines, err == nil && lines >= 0
}

// index is the message that the first of n arguments names; it answers itself
// when there is none.
func (c *session) index(args []string, n int) (int, bool) {
	if len(args) != n {
		c.refuse("", "wrong number of arguments")
		return 0, false
	}
	number, err := strconv.Atoi(args[0])
	if err != nil || number < 1 || number > len(c.items) || c.deleted[number-1] {
		c.refuse("", "no such message")
		return 0, false
	}
	return number - 1, true
}

func (c *session) list(args []string, show func(Item) string) {
	if len(args) > 0 {
		if i, ok := c.index(args, 1); ok {
			c.ok("%d %s", i+1, show(c.items[i]))
		}
		return
	}
	c.ok("")
	for i, item := range c.items {
		if !c.deleted[i] {
			fmt.Fprintf(c.out, "%d %s\r\n", i+1, show(item))
		}
	}
	c.out.WriteString(".\r\n")
}

func (c *session) message(args []string, n, lines int) {
	i, ok := c.index(args, n)
	if !ok {
		return
	}
	raw, err := c.mailbox.Open(i)
	if err != nil {
		c.refuse("SYS/TEMP", oneLine(err.Error()))
		return
	}
	if lines >= 0 {
		raw = top(raw, lines)
	}
	c.ok("%d octets", len(raw))
	writeStuffed(c.out, raw)
}

// quit deletes what is marked, and says +OK only when that is done and the
// mailbox is free again: a client may be back at once.
func (c *session) quit() {
	c.done = true
	defer c.release()
	if c.mailbox == nil || len(c.deleted) == 0 {
		c.ok("bye")
		return
	}
	indexes := make([]int, 0, len(c.deleted))
	for i := range c.deleted {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	if err := c.mailbox.Delete(indexes); err != nil {
		c.refuse("SYS/TEMP", oneLine(err.Error()))
		return
	}
	c.ok("bye")
}

// top is the header, the empty line and so many lines of the body.
func top(raw []byte, lines int) []byte {
	end := bytes.Index(raw, []byte("\r\n\r\n"))
	if end < 0 {
		return raw
	}
	end += 4
	for ; lines > 0 && end < len(raw); lines-- {
		i := bytes.Index(raw[end:], []byte("\r\n"))
		if i < 0 {
			return raw
		}
		end += i + 2
	}
	return raw[:end]
}

// writeStuffed writes a multi-line answer's content and its "." line (RFC 1939
// section 3). A last line without an end gets one.
func writeStuffed(w *bufio.Writer, raw []byte) {
	complete := len(raw) == 0 || bytes.HasSuffix(raw, []byte("\r\n"))
	for len(raw) > 0 {
		// raw is at the start of a line here.
		if raw[0] == '.' {
			w.WriteByte('.')
		}
		n := len(raw)
		if i := bytes.Index(raw, []byte("\r\n.")); i >= 0 {
			n = i + 2
		}
		w.Write(raw[:n])
		raw = raw[n:]
	}
	if !complete {
		w.WriteString("\r\n")
	}
	w.WriteString(".\r\n")
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
