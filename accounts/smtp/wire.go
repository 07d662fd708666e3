package smtp

import (
	"errors"
	"net"
	"time"
)

// maxReply bounds what a server may say between two commands; the longest
// honest one is the list of extensions.
const maxReply = 1 << 20

var errReplyTooLong = errors.New("the server's reply does not end")

// wire is the TCP connection, under any TLS. It gives every single read and
// write its own deadline, so that a large message may take long while a silent
// server may not, and remembers whether everything written was handed over.
//
// One goroutine uses it; only abort may be called from another.
type wire struct {
	net.Conn
	readTimeout  time.Duration
	writeTimeout time.Duration
	// readErr and writeErr are the first failures and stay: what follows fails
	// at once instead of waiting again. After a failed write what was written
	// last is incomplete: the server cannot have seen its end.
	readErr, writeErr error
	// unread is what the server may still say before the next command.
	unread int
}

func (w *wire) Read(p []byte) (int, error) {
	if w.readErr != nil {
		return 0, w.readErr
	}
	if w.unread <= 0 {
		w.readErr = errReplyTooLong
		return 0, w.readErr
	}
	n := 0
	w.readErr = w.Conn.SetReadDeadline(time.Now().Add(w.readTimeout))
	if w.readErr == nil {
		n, w.readErr = w.Conn.Read(p[:min(len(p), w.unread)])
		w.unread -= n
	}
	return n, w.readErr
}

func (w *wire) Write(p []byte) (int, error) {
	if w.writeErr != nil {
		return 0, w.writeErr
	}
	w.unread = maxReply
	n := 0
	w.writeErr = w.Conn.SetWriteDeadline(time.Now().Add(w.writeTimeout))
	if w.writeErr == nil {
		n, w.writeErr = w.Conn.Write(p)
	}
	if w.writeErr != nil {
		// The server may have told why it stopped listening; that is already
		// here or will never come.
		w.readTimeout = min(w.readTimeout, farewell)
	}
	return n, w.writeErr
}

// SetDeadline does nothing: go-mail sets one for its whole dialogue, which a
// slow but moving one would run into.
func (w *wire) SetDeadline(time.Time) error { return nil }

// abort ends any read and write at once and for good.
func (w *wire) abort() { w.Conn.Close() }
