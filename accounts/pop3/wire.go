package pop3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// bufferSize is what one read from the network may bring: large, so that
	// bodies are searched and copied in long stretches.
	bufferSize = 256 << 10
	// maxStatusLine is far above the 512 octets of RFC 2449 section 4 and
	// bounds a server that never ends its line.
	maxStatusLine = 16 << 10
)

var errLongLine = fmt.Errorf("a status line longer than %d octets", maxStatusLine)

// past is a deadline that has always gone by.
var past = time.Unix(1, 0)

// wire is the net.Conn that go-pop3 talks through. Its Read gives out at most
// one line, so that the library's own buffer never holds more than the status
// line it asked for; everything behind that line stays in the wire's buffer,
// from where bodies are read byte for byte.
//
// Commands are collected and go out when an answer has to be waited for,
// which makes one packet of a pipelined group.
type wire struct {
	timeout time.Duration
	trace   *tracer

	// mu guards conn and interrupted: a context's end comes from another
	// goroutine.
	mu          sync.Mutex
	conn        net.Conn
	interrupted bool

	in  *bufio.Reader
	out []byte
	// answerBy ends the wait for a status line as a whole. It is zero inside a
	// body, where only standing still is a reason to give up.
	answerBy time.Time
	// line is the status line given out so far, with its line end.
	line []byte
	// replay is read before anything from the network.
	replay []byte
}

func newWire(conn net.Conn, timeout time.Duration, trace *tracer) *wire {
	w := &wire{conn: conn, timeout: timeout, trace: trace}
	w.in = bufio.NewReaderSize(source{w}, bufferSize)
	return w
}

// source is the network below the wire's buffer.
type source struct{ w *wire }

func (s source) Read(p []byte) (int, error) {
	if err := s.w.flush(); err != nil {
		return 0, err
	}
	by := s.w.answerBy
	if by.IsZero() {
		by = time.Now().Add(s.w.timeout)
	}
	conn, err := s.w.until(net.Conn.SetReadDeadline, by)
	if err != nil {
		return 0, err
	}
	return conn.Read(p)
}

// until sets a deadline unless the wire was interrupted: that deadline must
// stay.
func (w *wire) until(set func(net.Conn, time.Time) error, by time.Time) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.interrupted {
		return w.conn, nil
	}
	return w.conn, set(w.conn, by)
}

func (w *wire) flush() error {
	if len(w.out) == 0 {
		return nil
	}
	conn, err := w.until(net.Conn.SetWriteDeadline, time.Now().Add(w.timeout))
	if err != nil {
		return err
	}
	_, err = conn.Write(w.out)
	w.out = w.out[:0]
	return err
}

// watch makes the end of ctx interrupt whatever waits on the network. An
// interrupted wire is out of step for good. The caller must call the result
// when its operation is over.
func (w *wire) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.interrupted = true
		// A connection that refuses a deadline is closed, which wakes it too.
		if err := w.conn.SetDeadline(past); err != nil {
			w.conn.Close()
		}
	})
}

// replaceConn puts an encrypted connection in the place of the plain one.
func (w *wire) replaceConn(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = conn
	if w.interrupted {
		conn.Close()
	}
}

// current is the connection, free of the deadlines of earlier answers.
func (w *wire) current() (net.Conn, error) {
	return w.until(net.Conn.SetDeadline, time.Time{})
}

// expectStatus starts the wait for a status line of at most d.
func (w *wire) expectStatus(d time.Duration) {
	w.line = w.line[:0]
	w.answerBy = time.Now().Add(d)
}

// expectBody says that what follows is of any length.
func (w *wire) expectBody() { w.answerBy = time.Time{} }

// Read gives out at most one line.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.replay) > 0 {
		n := copy(p, w.replay)
		w.replay = w.replay[n:]
		return n, nil
	}
	if len(p) == 0 {
		return 0, nil
	}
	if _, err := w.in.Peek(1); err != nil {
		return 0, err
	}
	b, err := w.in.Peek(min(w.in.Buffered(), len(p)))
	if err != nil {
		return 0, err
	}
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i+1]
	}
	if len(w.line)+len(b) > maxStatusLine {
		return 0, errLongLine
	}
	n := copy(p, b)
	w.line = append(w.line, b...)
	_, err = w.in.Discard(n)
	return n, err
}

// Write keeps commands until an answer is waited for.
func (w *wire) Write(p []byte) (int, error) {
	w.trace.sent(p)
	w.out = append(w.out, p...)
	return len(p), nil
}

// writeSecret is Write with other words in the trace.
func (w *wire) writeSecret(line, shown string) {
	w.trace.sent([]byte(shown))
	w.out = append(w.out, line...)
}

// readStatus reads one line for us, as go-pop3 would.
func (w *wire) readStatus() error {
	var p [512]byte
	for {
		n, err := w.Read(p[:])
		if err != nil {
			return err
		}
		if p[n-1] == '\n' {
			return nil
		}
	}
}

// Close ends the connection without waiting for anything, not even for TLS to
// say goodbye.
func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	conn := w.conn
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (w *wire) LocalAddr() net.Addr  { return w.conn.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr { return w.conn.RemoteAddr() }

// Deadlines are the wire's own affair: a caller's would be overwritten.
func (w *wire) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (w *wire) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (w *wire) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }
