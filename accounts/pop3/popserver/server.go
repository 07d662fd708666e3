// Package popserver is a small POP3 server (RFC 1939) with CAPA, STLS,
// PIPELINING, RESP-CODES and AUTH PLAIN. It serves the embedded sample mailbox
// and the tests of the client; what it hands out is octet for octet what its
// Backend holds.
package popserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

var (
	// ErrPassword from a Backend is answered with the response code AUTH.
	ErrPassword = errors.New("authentication failed")
	// ErrInUse from a Backend is answered with the response code IN-USE.
	ErrInUse = errors.New("the mailbox is in use")
	// ErrClosed is what Serve returns after Close.
	ErrClosed = errors.New("the server is closed")
)

// Backend knows the users. It is called from many goroutines.
type Backend interface {
	// Login opens a mailbox for one session. Any error refuses the user; see
	// ErrPassword and ErrInUse.
	Login(user, password string) (Mailbox, error)
}

// Passwords is a Backend that can tell a user's password, which APOP needs.
type Passwords interface {
	// Password is the user's password; ok is false for an unknown user.
	Password(user string) (password string, ok bool)
}

// Item is one message of a Mailbox.
type Item struct {
	UIDL string
	// Size is in octets, as Open gives them.
	Size int64
}

// Mailbox is what one session sees: it does not change while it is open.
type Mailbox interface {
	List() []Item
	// Open gives the message at that index of List, with CRLF line ends.
	Open(index int) ([]byte, error)
	// Delete removes messages, by their indexes. It is called on QUIT alone.
	Delete(indexes []int) error
	Close()
}

// Options are how to serve. The zero value serves without encryption.
type Options struct {
	// TLS offers STLS when it is set. For TLS from the first octet give Serve
	// a listener of tls.NewListener.
	TLS *tls.Config
	// Name is the host name in the greeting; empty is "localhost".
	Name string
	// IdleTimeout ends a silent session; 0 is the ten minutes of RFC 1939.
	IdleTimeout time.Duration
	// NoPipelining leaves PIPELINING out of the capabilities.
	NoPipelining bool
}

// Server serves any number of listeners.
type Server struct {
	backend Backend
	opt     Options

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	conns     map[net.Conn]bool
	greetings int
	sessions  sync.WaitGroup
}

// New is a Server of what b holds.
func New(b Backend, o Options) *Server {
	if o.Name == "" {
		o.Name = "localhost"
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 10 * time.Minute
	}
	return &Server{
		backend:   b,
		opt:       o,
		listeners: map[net.Listener]bool{},
		conns:     map[net.Conn]bool{},
	}
}

// Serve answers on l until Close, and then returns ErrClosed. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if !s.open(l) {
		return errors.Join(ErrClosed, l.Close())
	}
	defer s.shut(l)
	for {
		conn, err := l.Accept()
		if err != nil {
			if s.isClosed() {
				return ErrClosed
			}
			return fmt.Errorf("accepting a connection: %w", err)
		}
		number, ok := s.enter(conn)
		if !ok {
			conn.Close()
			return ErrClosed
		}
		go func() {
			defer s.leave(conn)
			newSession(s, conn, number).run()
		}()
	}
}

// Close ends all listeners and sessions and waits for them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for l := range s.listeners {
		errs = append(errs, ignoreClosed(l.Close()))
	}
	for c := range s.conns {
		errs = append(errs, ignoreClosed(c.Close()))
	}
	s.mu.Unlock()
	s.sessions.Wait()
	return errors.Join(errs...)
}

func (s *Server) open(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.listeners[l] = true
	}
	return !s.closed
}

func (s *Server) shut(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
	l.Close()
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// enter counts a session, and numbers it for its greeting.
func (s *Server) enter(c net.Conn) (number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, false
	}
	s.conns[c] = true
	s.sessions.Add(1)
	s.greetings++
	return s.greetings, true
}

func (s *Server) leave(c net.Conn) {
	c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.sessions.Done()
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
