// Package pop3 receives mail by POP3 (RFC 1939) with CAPA (RFC 2449), STLS
// (RFC 2595) and SASL (RFC 5034): messages come back octet for octet as the
// server sent them, many on the way at a time.
//
// github.com/knadh/go-pop3 keeps the connection, sends the commands and reads
// the status lines; it is the small library that lets its caller own the
// network below it, and so the bodies.
package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	gopop3 "github.com/knadh/go-pop3"

	"peyk/accounts"
	"peyk/accounts/dial"
)

const (
	defaultTimeout = 60 * time.Second
	// quitPatience multiplies the time for QUIT, in which the server really
	// deletes: giving up early only loses the news.
	quitPatience = 3
	// maxMessage bounds one message, in octets.
	maxMessage = 200 << 20
	// maxDrain bounds what is read past of a longer one to stay in step.
	maxDrain = 1 << 30
	// maxListing bounds a CAPA, LIST or UIDL answer: more than a million lines.
	maxListing = 128 << 20
)

// errOver is what a session that has ended answers.
var errOver = errors.New("the session is over")

// Options are how to talk to a server. The zero value is ready to use.
type Options struct {
	// Dialer opens and encrypts the connection; nil is the zero Dialer.
	Dialer *dial.Dialer
	// Timeout bounds the wait for each answer, and inside a body each pause;
	// 0 is 60 s.
	Timeout time.Duration
	// Trace receives the conversation, a line each, without passwords and
	// without mail; nil writes none.
	Trace io.Writer
}

// Session is one conversation with a server, signed in. It is for one
// goroutine at a time, except Close. Every error is an *accounts.Failure, or
// wraps context.Canceled.
//
// An error of the network ends the session: each later call fails, and what
// was deleted in it does not count. An answer of -ERR does not end it.
type Session struct {
	server accounts.Server
	opt    Options
	wire   *wire
	conn   *gopop3.Conn
	caps   Capabilities
	// over is why nothing more can be said; nil while the session lives.
	over error
	// sizes are the octets of each message by number, as LIST told last.
	sizes map[int]int64
	// keep and drain are maxMessage and maxDrain but in tests.
	keep, drain int64
}

// Dial connects to s, encrypts as s.Security says (STARTTLS is demanded where
// it is chosen), and signs in with the best way that both sides know, or the
// one that s.Auth names: a SASL mechanism, "APOP", "USER" for USER and PASS,
// or "NONE" to stay unknown.
func Dial(ctx context.Context, server accounts.Server, password string, o Options) (*Session, error) {
	if o.Dialer == nil {
		o.Dialer = &dial.Dialer{}
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	s := &Session{server: server, opt: o, keep: maxMessage, drain: maxDrain}
	opener := &opener{ctx: ctx, s: s, password: password}
	client := gopop3.New(gopop3.Opt{Host: server.Host, Port: server.Port, Dialer: opener})
	conn, err := client.NewConn()
	if err == nil {
		// A context that has ended meanwhile has interrupted the wire.
		err = ctx.Err()
	}
	if err != nil {
		if s.wire != nil {
			// Nothing more than err can come of closing it.
			s.wire.Close()
		}
		return nil, failure(server, accounts.StepConnect, "opening the session", err)
	}
	s.conn = conn
	return s, nil
}

// opener is the Dialer of go-pop3: it hands over a connection that is signed
// in already and shows a greeting as if it were new.
type opener struct {
	ctx      context.Context
	s        *Session
	password string
}

// Dial ignores the address, which go-pop3 has put together without regard for
// IPv6: the server is known.
func (o *opener) Dial(string, string) (net.Conn, error) {
	s := o.s
	conn, err := s.opt.Dialer.Dial(o.ctx, s.server)
	if err != nil {
		return nil, err
	}
	s.wire = newWire(conn, s.opt.Timeout, newTracer(s.opt.Trace, secretForms(s.server.User, o.password)...))
	defer s.wire.watch(o.ctx)()
	if err := o.open(); err != nil {
		return nil, err
	}
	s.wire.replay = []byte("+OK\r\n")
	return s.wire, nil
}

// Capabilities are what the server announced last.
func (s *Session) Capabilities() Capabilities { return s.caps }

// Noop keeps the session alive.
func (s *Session) Noop(ctx context.Context) error {
	return s.simple(ctx, accounts.StepReceive, "NOOP", s.opt.Timeout)
}

// Reset takes back all deletions of this session.
func (s *Session) Reset(ctx context.Context) error {
	return s.simple(ctx, accounts.StepChange, "RSET", s.opt.Timeout)
}

// Quit ends the session in order. Only when it returns nil has the server
// confirmed the deletions of this session; after an error none may be counted
// on. The session is over either way.
func (s *Session) Quit(ctx context.Context) error {
	err := s.simple(ctx, accounts.StepChange, "QUIT", quitPatience*s.opt.Timeout)
	s.over = errors.Join(s.over, errOver)
	if closeErr := s.wire.Close(); err == nil && closeErr != nil {
		// The server has confirmed: how the connection ends changes nothing.
		s.wire.trace.received([]byte("[" + closeErr.Error() + "]"))
	}
	return err
}

// Close drops the connection without QUIT: deletions of this session do not
// happen. It may be called at any time, from any goroutine, and after Quit.
func (s *Session) Close() error {
	if err := s.wire.Close(); err != nil {
		return failure(s.server, accounts.StepReceive, "closing the connection", err)
	}
	return nil
}

// simple is a command with an answer of one line.
func (s *Session) simple(ctx context.Context, step accounts.Step, command string, patience time.Duration) error {
	end, err := s.begin(ctx, step, command)
	if err != nil {
		return err
	}
	defer end()
	if err := s.conn.Send(command); err != nil {
		return s.failed(ctx, step, command, err)
	}
	if _, err := s.status(command, patience); err != nil {
		return s.failed(ctx, step, command, err)
	}
	return nil
}

// begin starts an operation that the end of ctx interrupts; the result must be
// called when it is over.
func (s *Session) begin(ctx context.Context, step accounts.Step, doing string) (end func() bool, err error) {
	if s.over != nil {
		return nil, accounts.Fail(s.server, step, accounts.CauseClosed, "", fmt.Errorf("%s: %w", doing, s.over))
	}
	if err := ctx.Err(); err != nil {
		return nil, failure(s.server, step, doing, err)
	}
	return s.wire.watch(ctx), nil
}

// status reads the answer to a command by go-pop3. The library's own judgement
// of the line is not used: it takes an empty line for +OK and does not tell a
// refusal from nonsense.
func (s *Session) status(command string, patience time.Duration) (status, error) {
	s.wire.expectStatus(patience)
	_, err := s.conn.ReadOne()
	line := s.wire.line
	if len(line) == 0 || line[len(line)-1] != '\n' {
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return status{}, unexpected(err)
	}
	s.wire.trace.received(line)
	return parseStatus(line, command)
}

// body reads what follows a +OK into b.
func (s *Session) body(st status, b *body) error {
	s.wire.expectBody()
	err := readBody(s.wire.in, st.bareLF, b)
	s.wire.trace.receivedBody(b.size)
	return err
}

// failed makes the Failure of err, and ends the session unless the server has
// just refused: then both sides are still in step.
func (s *Session) failed(ctx context.Context, step accounts.Step, doing string, err error) error {
	if refused := (*refusal)(nil); !errors.As(err, &refused) {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		// The reason is kept as text: a later caller has not been cancelled.
		s.over = fmt.Errorf("%w since %s: %v", errOver, doing, err)
		if closeErr := s.wire.Close(); closeErr != nil {
			err = errors.Join(err, closeErr)
		}
	}
	return failure(s.server, step, doing, err)
}
