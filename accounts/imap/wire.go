package imap

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// readAhead is also how much a body is read by when it is not yet known how
	// fast its reader is.
	readAhead = 64 << 10
	// maxResponse bounds what of one response is held in memory, a body that is
	// passed on as it comes apart.
	maxResponse = 64 << 20
	// writePiece is written under one deadline, so that a slow line is not taken
	// for a dead one.
	writePiece = 32 << 10
)

var (
	errTooLong   = errors.New("a response is longer than any should be")
	errGibberish = errors.New("the server sent something that is no IMAP response")
)

// wire is the connection as the library sees it. It does what the library
// leaves undone or does too strictly: it times out when nothing moves, keeps a
// masked transcript, remembers the server's last words, and rewrites each
// response into a form the library reads, because one response it cannot read
// ends its connection.
//
// Reading is done by one goroutine at a time: by signing in, then by the
// library's own.
type wire struct {
	conn    net.Conn
	br      *bufio.Reader
	timeout time.Duration
	trace   *transcript

	// What was read and not yet passed on: out, then lit octets of a body
	// straight from br, then the rest of that FETCH response.
	out   []byte
	buf   []byte
	lit   int64
	fetch *fetchResponse

	// plus tells that the library waits for a continuation request.
	plus atomic.Bool
	dead chan struct{}

	mu     sync.Mutex
	busy   int
	closed bool
	err    error
	notes  notes
	raw    *rawCommand
	names  map[string]string
	parts  map[uint32]int
}

// notes are things the server said that the library does not pass on.
type notes struct {
	bye string
	// code is the response code of the last tagged response.
	code string
	// permanent tells that PERMANENTFLAGS came, though perhaps empty.
	permanent bool
	// messages counts those in the open mailbox, since exists tells that the
	// server said how many there are. The library's own count is late: it may
	// still be that of the mailbox before when SELECT has ended.
	exists   bool
	messages int
}

func newWire(conn net.Conn, timeout time.Duration, trace *transcript) *wire {
	w := &wire{
		timeout: timeout, trace: trace, dead: make(chan struct{}),
		names: map[string]string{}, parts: map[uint32]int{},
	}
	w.use(conn)
	return w
}

// use continues on conn, which is what STARTTLS made of the former one.
func (w *wire) use(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = conn
	w.br = bufio.NewReaderSize(incoming{w}, readAhead)
}

// incoming reads the connection under the stall timeout.
type incoming struct{ w *wire }

func (in incoming) Read(p []byte) (int, error) {
	in.w.arm()
	n, err := in.w.conn.Read(p)
	if err != nil {
		in.w.failed(err)
	}
	return n, err
}

// begin and end enclose the time in which the server owes an answer.
func (w *wire) begin() {
	w.mu.Lock()
	w.busy++
	w.mu.Unlock()
	w.arm()
}

func (w *wire) end() {
	w.mu.Lock()
	w.busy--
	w.mu.Unlock()
	w.arm()
}

// arm starts the stall timeout anew, or ends it when nothing is owed.
func (w *wire) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	deadline := time.Time{}
	if w.busy > 0 {
		deadline = time.Now().Add(w.timeout)
	}
	if err := w.conn.SetReadDeadline(deadline); err != nil {
		w.failedLocked(err)
	}
}

// failed keeps the first error of the connection, unless this side ended it.
func (w *wire) failed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failedLocked(err)
}

func (w *wire) failedLocked(err error) {
	if w.err == nil && !w.closed {
		w.err = err
		close(w.dead)
	}
}

// failure is what ended the connection, and the server's last words.
func (w *wire) failure() (bye string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notes.bye, w.err
}

func (w *wire) note(change func(*notes)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.notes)
}

func (w *wire) noted() notes {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notes
}

// Close is for the library.
func (w *wire) Close() error {
	w.abort()
	return nil
}

// abort drops the connection at once, without the farewell of TLS, which could
// wait for a peer that does not read. What closing a connection that is given
// up may fail with is of no use to anybody.
func (w *wire) abort() {
	w.mu.Lock()
	if !w.closed && w.err == nil {
		close(w.dead)
	}
	w.closed = true
	conn := w.conn
	w.mu.Unlock()
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	conn.Close()
}

func (w *wire) LocalAddr() net.Addr  { return w.conn.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr { return w.conn.RemoteAddr() }

// The library's deadlines end a slow but living transfer; the stall timeout
// stands in for them.
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Write sends what the library wrote, with mailbox names as the server spells
// them.
func (w *wire) Write(p []byte) (int, error) {
	q := w.respell(p)
	w.trace.line("C: ", q)
	if err := w.send(q); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *wire) send(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), writePiece)
		w.arm()
		if err := w.conn.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
			w.failed(err)
			return err
		}
		if _, err := w.conn.Write(p[:n]); err != nil {
			w.failed(err)
			return err
		}
		p = p[n:]
	}
	return nil
}

// Read gives the library the next octets of the rewritten stream.
func (w *wire) Read(p []byte) (int, error) {
	for {
		if len(w.out) > 0 {
			n := copy(p, w.out)
			w.out = w.out[n:]
			return n, nil
		}
		if w.lit > 0 {
			n, err := w.br.Read(p[:min(int64(len(p)), w.lit)])
			w.lit -= int64(n)
			return n, err
		}
		w.buf = w.buf[:0]
		err := w.advance()
		w.out = w.buf
		if err != nil {
			w.failed(err)
			return 0, err
		}
	}
}

// advance reads on and fills buf, or leaves it empty when what came is not for
// the library.
func (w *wire) advance() error {
	if w.fetch != nil {
		return w.continueFetch()
	}
	line, err := w.readLine(nil)
	if err != nil {
		return err
	}
	w.trace.line("S: ", line)
	tag, rest, _ := strings.Cut(string(line[:min(len(line), 64)]), " ")
	switch {
	case tag == "+":
		return w.continuation(line)
	case tag == "*":
		return w.untagged(line)
	case tag == "" || rest == "":
		return fmt.Errorf("%w: %q", errGibberish, line[:min(len(line), 80)])
	}
	w.tagged(tag, line)
	return nil
}

// readLine appends the next line, without its CRLF, to b.
func (w *wire) readLine(b []byte) ([]byte, error) {
	for {
		piece, err := w.br.ReadSlice('\n')
		b = append(b, piece...)
		if len(b) > maxResponse {
			return b, errTooLong
		}
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return b, err
		}
	}
	b = b[:len(b)-1]
	if len(b) > 0 && b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
	}
	return b, nil
}

// readLiteral appends CRLF, a literal of n octets and the line after it to b.
func (w *wire) readLiteral(b []byte, n int64) ([]byte, error) {
	if n > maxResponse-int64(len(b)) {
		return b, errTooLong
	}
	b = append(b, '\r', '\n')
	start := len(b)
	b = append(b, make([]byte, n)...)
	if _, err := io.ReadFull(w.br, b[start:]); err != nil {
		return b, err
	}
	return w.readLine(b)
}

// whole appends the literals that belong to a response to its first line.
func (w *wire) whole(line []byte) ([]byte, error) {
	last := 0 // where the part after the last literal begins
	for {
		size, ok := endsInLiteral(line[last:])
		if !ok {
			return line, nil
		}
		next := len(line) + 2 + int(min(size, maxResponse))
		var err error
		if line, err = w.readLiteral(line, size); err != nil {
			return line, err
		}
		last = next
	}
}

// skipLine reads on to the end of a response of which line is not understood.
func (w *wire) skipLine(line []byte) error {
	for {
		size, ok := endsInLiteral(line)
		if !ok {
			return nil
		}
		if _, err := io.CopyN(io.Discard, w.br, size); err != nil {
			return err
		}
		var err error
		if line, err = w.readLine(nil); err != nil {
			return err
		}
	}
}

func (w *wire) emit(line []byte) { w.buf = append(append(w.buf, line...), '\r', '\n') }

// forgetParts drops what nobody took.
func (w *wire) forgetParts() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.parts)
}

// takeParts is the number of attachments that the structure of a message told
// of, once.
func (w *wire) takeParts(uid uint32) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.parts[uid]
	delete(w.parts, uid)
	return n
}
