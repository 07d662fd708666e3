package smtp_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"peyk/accounts"
	"peyk/accounts/servertest"
)

// The points of a dialogue at which a fake stops answering, in their order.
// All but atConnect, atBody and atQueued are reached when the command was read
// and not answered; atBody is in the middle of the message, atDot after its
// end, atQueued after the 250 for it.
const (
	atConnect  = "connect"
	atEHLO     = "EHLO"
	atSTARTTLS = "STARTTLS"
	atAUTH     = "AUTH"
	atMAIL     = "MAIL"
	atRCPT     = "RCPT"
	atDATA     = "DATA"
	atBody     = "body"
	atDot      = "dot"
	atQueued   = "queued"
)

// fake is an SMTP server that does what a test says, wrong things included.
type fake struct {
	// extensions are offered in EHLO; STARTTLS only before it was used.
	extensions []string
	// replies replace the answer to a command, by its longest known beginning.
	// "greeting" and "." are the greeting and the answer to a message.
	replies map[string]string
	// stop is the point at which to end, by closing the connection or, with
	// silent, by waiting until the client closes it. In the middle of a message
	// a silent fake reads no further.
	stop   string
	silent bool
	// reached is called at stop.
	reached func()
	// sign checks a mechanism other than PLAIN and LOGIN by itself.
	sign func(say func(string) string) string
	// implicit encrypts from the first byte.
	implicit bool

	certificate *servertest.Certificate
	server      accounts.Server

	ended    chan struct{}
	mu       sync.Mutex
	commands []string
	messages [][]byte
}

func (f *fake) start(t *testing.T) *fake {
	t.Helper()
	f.certificate = servertest.NewCertificate(t, servertest.CertificateOptions{})
	f.ended = make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { f.serve(conn) })
		}
	})
	t.Cleanup(func() { close(f.ended); l.Close(); running.Wait() })
	f.server = accounts.Server{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: accounts.Plain,
		PinnedSHA256: f.certificate.SHA256,
	}
	if f.implicit {
		f.server.Security = accounts.TLS
	}
	return f
}

// dialogue is one connection to a fake.
type dialogue struct {
	*fake
	conn net.Conn
	in   *bufio.Reader
	safe bool
}

func (f *fake) serve(conn net.Conn) {
	d := &dialogue{fake: f, conn: conn}
	defer func() { d.conn.Close() }()
	if f.stops(conn, atConnect) {
		return
	}
	d.in = bufio.NewReader(conn)
	if f.implicit {
		d.upgrade()
	}
	d.say(f.reply("greeting", "220 fake ESMTP"))
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		f.note(line)
		if f.stops(d.conn, verb) || !d.answer(verb, line) {
			return
		}
	}
}

// stops reports whether the dialogue ends here, after it did.
func (f *fake) stops(conn net.Conn, point string) bool {
	if f.stop != point {
		return false
	}
	if f.reached != nil {
		f.reached()
	}
	switch {
	case f.silent && point == atBody:
		<-f.ended
	case f.silent:
		// Ends when the client does.
		_, _ = io.Copy(io.Discard, conn)
	}
	return true
}

func (f *fake) note(line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, line)
}

func (f *fake) reply(command, usual string) string {
	longest := ""
	for beginning, reply := range f.replies {
		if strings.HasPrefix(command, beginning) && len(beginning) > len(longest) {
			longest, usual = beginning, reply
		}
	}
	return usual
}

func (d *dialogue) say(text string) {
	// A client that has gone is noticed by the next read.
	_, _ = io.WriteString(d.conn, text+"\r\n")
}

func (d *dialogue) answer(verb, line string) bool {
	switch verb {
	case "EHLO":
		d.say(d.reply(line, d.offer()))
	case "STARTTLS":
		d.say(d.reply(line, "220 go on"))
		if d.replies["STARTTLS"] == "" {
			d.upgrade()
		}
	case "AUTH":
		d.say(d.reply(line, d.authenticate(line)))
	case "DATA":
		d.say(d.reply(line, "354 go on"))
		if !strings.HasPrefix(d.reply(line, "354"), "354") {
			return true
		}
		return d.message()
	case "QUIT":
		d.say("221 bye")
		return false
	default:
		d.say(d.reply(line, "250 2.0.0 ok"))
	}
	return true
}

func (d *dialogue) offer() string {
	lines := []string{"fake"}
	for _, e := range d.extensions {
		if e != "STARTTLS" || !d.safe {
			lines = append(lines, e)
		}
	}
	last := len(lines) - 1
	for i := range lines {
		lines[i] = "250" + string("- "[min(1, max(0, i-last+1))]) + lines[i]
	}
	return strings.Join(lines, "\r\n")
}

func (d *dialogue) upgrade() {
	d.conn = tls.Server(d.conn, d.certificate.ServerConfig())
	d.in = bufio.NewReader(d.conn)
	d.safe = true
}

func (d *dialogue) authenticate(line string) string {
	ask := func(challenge string) string {
		d.say("334 " + challenge)
		answer, err := d.in.ReadString('\n')
		if err != nil {
			return ""
		}
		return strings.TrimRight(answer, "\r\n")
	}
	fields := strings.Fields(line)
	if d.sign != nil {
		return d.sign(ask)
	}
	switch {
	case fields[1] == "PLAIN" && fields[2] == "AGFubmEAc2VjcmV0": // \0anna\0secret
		return "235 2.7.0 in"
	case fields[1] == "LOGIN" && ask("VXNlcm5hbWU6") == "YW5uYQ==" && ask("UGFzc3dvcmQ6") == "c2VjcmV0":
		return "235 2.7.0 in"
	}
	return "535 5.7.8 bad credentials"
}

// message reads up to the final dot and keeps what came before, unstuffed.
func (d *dialogue) message() bool {
	var raw []byte
	for {
		line, err := d.in.ReadString('\n')
		if err != nil || d.stops(d.conn, atBody) {
			return false
		}
		if line == ".\r\n" {
			break
		}
		raw = append(raw, strings.TrimPrefix(line, ".")...)
	}
	if d.stops(d.conn, atDot) {
		return false
	}
	d.mu.Lock()
	d.messages = append(d.messages, raw)
	d.mu.Unlock()
	d.say(d.reply(".", "250 2.0.0 queued as 4711"))
	return !d.stops(d.conn, atQueued)
}

// heard are the commands so far.
func (f *fake) heard() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.commands)
}

// took are the messages that were answered.
func (f *fake) took() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.messages)
}

// said finds the commands that begin so.
func (f *fake) said(beginning string) []string {
	return slices.DeleteFunc(f.heard(), func(c string) bool { return !strings.HasPrefix(c, beginning) })
}
