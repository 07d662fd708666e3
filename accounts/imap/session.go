// Package imap holds one signed-in IMAP connection (RFC 3501, RFC 9051) and the
// operations on it that keeping mailboxes the same here and there needs.
//
// Outside dependency: github.com/emersion/go-imap/v2 writes the commands and
// reads the responses; it knows the extensions that make IMAP quick and is the
// one maintained client library for Go. A filter between it and the connection
// makes up for its strictness.
package imap

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"peyk/accounts"
	"peyk/accounts/dial"
)

// Options are how to talk; the zero value is usable.
type Options struct {
	// Dialer opens the connection; nil is a dial.Dialer as it comes.
	Dialer *dial.Dialer
	// Timeout ends a command during which no octet has moved for so long; 0 is
	// 60 s.
	Timeout time.Duration
	// Trace gets what both sides say, secrets and bodies left out.
	Trace io.Writer
	// Client is the name and version, "Peyk/1.0", to tell a server that asks
	// with the ID extension (RFC 2971).
	Client string
	// IdleFor is how long one IDLE command may last; 0 is 25 minutes. Servers
	// may hang up after 29 (RFC 2177).
	IdleFor time.Duration
}

const (
	defaultTimeout = 60 * time.Second
	defaultIdleFor = 25 * time.Minute
)

// Caps is what the server can do beyond the base protocol.
type Caps struct {
	Move, UIDPlus, CondStore, ESearch, SpecialUse, ListExtended, ListStatus bool
	StatusSize, Idle, Quota, Namespace, Unselect, ID                        bool
	// LiteralPlus takes any literal unasked, LiteralMinus those up to 4096
	// octets (RFC 7888).
	LiteralPlus, LiteralMinus bool
}

// Session is one signed-in connection. Its methods but Close are called by one
// goroutine at a time. A method whose context ends, or that fails with anything
// but a refusal of the server, leaves the session closed.
type Session struct {
	server  accounts.Server
	options Options
	wire    *wire
	client  *imapclient.Client
	caps    Caps

	selected Selected
	// commands counts the commands sent past the library, for their tags.
	commands int
	left     int

	strays strays
	events events

	closeOnce sync.Once
	mu        sync.Mutex
	closed    bool
}

// Dial connects, encrypts as the server's settings say and signs in. STARTTLS
// that was chosen and is not offered is a failure.
func Dial(ctx context.Context, server accounts.Server, password string, o Options) (*Session, error) {
	if o.Dialer == nil {
		o.Dialer = &dial.Dialer{}
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.IdleFor <= 0 || o.IdleFor > defaultIdleFor {
		o.IdleFor = defaultIdleFor
	}
	conn, err := o.Dialer.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	w := newWire(conn, o.Timeout, newTranscript(o.Trace))
	stop := context.AfterFunc(ctx, func() { w.abort() })
	defer stop()
	d := &dialogue{ctx: ctx, wire: w, server: server, options: o}
	w.begin()
	err = d.signIn(password)
	w.end()
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		w.abort()
		return nil, accounts.Fail(server, d.step, "", "", err)
	}
	s := &Session{server: server, options: o, wire: w, caps: capsOf(d.caps)}
	if err := s.start(d.caps); err != nil {
		w.abort()
		return nil, accounts.Fail(server, accounts.StepGreet, accounts.CauseClosed, "", err)
	}
	return s, nil
}

// start hands the signed-in connection to the library as one on which the
// server asks for no signing in (PREAUTH), with what it can do.
func (s *Session) start(caps goimap.CapSet) error {
	names := []string{"IMAP4rev1"}
	for c := range caps {
		// A server that knows both revisions speaks the older one until it is
		// asked for the newer (RFC 9051 appendix A), but the library would
		// already use the newer one's mailbox names.
		if c != goimap.CapIMAP4rev1 && c != goimap.CapIMAP4rev2 && isAtom([]byte(c)) {
			names = append(names, string(c))
		}
	}
	slices.Sort(names[1:])
	s.wire.out = []byte("* PREAUTH [CAPABILITY " + strings.Join(names, " ") + "] signed in\r\n")
	s.client = imapclient.New(s.wire, &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Expunge: func(uint32) { s.events.add(Event{Expunged: true}) },
			Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					s.events.add(Event{Exists: true, Messages: int(*d.NumMessages)})
				}
			},
			Fetch: s.stray,
		},
	})
	return s.client.WaitGreeting()
}

func capsOf(c goimap.CapSet) Caps {
	return Caps{
		Move: c.Has(goimap.CapMove), UIDPlus: c.Has(goimap.CapUIDPlus),
		CondStore: c.Has(goimap.CapCondStore), ESearch: c.Has(goimap.CapESearch),
		SpecialUse: c.Has(goimap.CapSpecialUse), ListExtended: c.Has(goimap.CapListExtended),
		ListStatus: c.Has(goimap.CapListStatus), StatusSize: c.Has(goimap.CapStatusSize),
		Idle: c.Has(goimap.CapIdle), Quota: hasQuota(c), Namespace: c.Has(goimap.CapNamespace),
		Unselect: c.Has(goimap.CapUnselect), ID: c.Has(goimap.CapID),
		LiteralPlus: c.Has(goimap.CapLiteralPlus), LiteralMinus: c.Has(goimap.CapLiteralMinus),
	}
}

func hasQuota(c goimap.CapSet) bool {
	return c.Has(goimap.CapQuota) || len(c.QuotaResourceTypes()) > 0
}

// Caps is what the server said it can do after signing in.
func (s *Session) Caps() Caps { return s.caps }

// Selected is the mailbox that is open, as it was when it was opened.
func (s *Session) Selected() Selected { return s.selected }

// Alive tells whether the session can still be used, as far as is known
// without asking the server.
func (s *Session) Alive() bool {
	if s.closedHere() {
		return false
	}
	select {
	case <-s.client.Closed():
		return false
	default:
		return true
	}
}

// op encloses the work of one method: the stall timeout runs, and the end of
// ctx cuts the connection, the only thing that surely ends a command.
func (s *Session) op(ctx context.Context, step accounts.Step, do func() error) error {
	if err := ctx.Err(); err != nil {
		return accounts.Fail(s.server, step, "", "", err)
	}
	if s.closedHere() {
		return accounts.Fail(s.server, step, accounts.CauseClosed, "", errors.New("the session is closed"))
	}
	stop := context.AfterFunc(ctx, s.cut)
	defer stop()
	s.wire.begin()
	defer s.wire.end()
	err := s.fail(ctx, step, do())
	if err != nil && !refused(err) {
		s.cut()
	}
	return err
}

// refused tells an answer of the server from a failure of the conversation.
func refused(err error) bool {
	var e *goimap.Error
	return errors.As(err, &e)
}

// cut drops the connection.
func (s *Session) cut() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.wire.abort()
}

func (s *Session) closedHere() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// raw sends a command past the library.
func (s *Session) raw(line string, literal []byte, synchronizing bool) (*rawCommand, statusLine, error) {
	s.commands++
	return s.wire.run("P"+strconv.Itoa(s.commands), line, literal, synchronizing)
}

// Noop asks the server for news and keeps the connection open.
func (s *Session) Noop(ctx context.Context) error {
	return s.op(ctx, accounts.StepReceive, func() error { return s.client.Noop().Wait() })
}

// Logout says goodbye and closes. A server that hangs up without an answer has
// done what was asked.
func (s *Session) Logout(ctx context.Context) error {
	err := s.op(ctx, accounts.StepReceive, func() error {
		err := s.client.Logout().Wait()
		if _, cut := s.wire.failure(); errors.Is(cut, io.EOF) {
			return nil
		}
		return err
	})
	return errors.Join(err, s.Close())
}

// Close drops the connection without a word and waits until nothing reads from
// it any more. It may be called more than once and from any goroutine, but not
// from inside a function that a method of the session calls.
func (s *Session) Close() error {
	s.cut()
	s.closeOnce.Do(func() {
		<-s.client.Closed()
		s.strays.wait()
	})
	return nil
}

// identity is what the ID command tells: name and version only, nothing about
// the person or the machine beyond its operating system.
func identity(client string) string {
	name, version, _ := strings.Cut(client, "/")
	fields := []string{quote("name"), quote(name)}
	if version != "" {
		fields = append(fields, quote("version"), quote(version))
	}
	fields = append(fields, quote("os"), quote(runtime.GOOS))
	return "ID (" + strings.Join(fields, " ") + ")"
}
