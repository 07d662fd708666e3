package imap

import (
	"fmt"
	"net"

	goimap "github.com/emersion/go-imap/v2"
)

// rawCommand is a command that this side sends past the library: LSUB, which
// it does not know; APPEND, where a refusal before the body ends its
// connection; COPY and MOVE, where it sorts the two sets of COPYUID and so
// loses which UID became which.
type rawCommand struct {
	tag  string
	more chan struct{}
	done chan statusLine
	// copyUID are the arguments of COPYUID codes, subscribed the names of LSUB
	// responses. The wire fills both before done.
	copyUID    []string
	subscribed []string
}

// run sends a command and waits for its end. A literal, if there is one,
// follows the line, which then must not end in one itself. A refusal comes
// back as *goimap.Error.
func (w *wire) run(tag, line string, literal []byte, synchronizing bool) (*rawCommand, statusLine, error) {
	raw := &rawCommand{tag: tag, more: make(chan struct{}, 1), done: make(chan statusLine, 1)}
	w.mu.Lock()
	w.raw = raw
	w.mu.Unlock()
	st, err := w.exchange(raw, tag+" "+line, literal, synchronizing)
	w.mu.Lock()
	w.raw = nil
	w.mu.Unlock()
	if err != nil {
		return raw, st, err
	}
	if st.code == "COPYUID" {
		raw.copyUID = append(raw.copyUID, st.arg)
	}
	return raw, st, st.err()
}

func (w *wire) exchange(raw *rawCommand, line string, literal []byte, synchronizing bool) (statusLine, error) {
	if literal != nil {
		plus := "+"
		if synchronizing {
			plus = ""
		}
		line += fmt.Sprintf(" {%d%s}", len(literal), plus)
	}
	w.trace.line("C: ", []byte(line))
	if err := w.send([]byte(line + "\r\n")); err != nil {
		return statusLine{}, err
	}
	if literal != nil {
		if synchronizing {
			select {
			case <-raw.more:
			case st := <-raw.done:
				return st, nil
			case <-w.dead:
				return statusLine{}, w.ended()
			}
		}
		if err := w.send(literal); err != nil {
			return statusLine{}, err
		}
		if err := w.send([]byte("\r\n")); err != nil {
			return statusLine{}, err
		}
	}
	select {
	case st := <-raw.done:
		return st, nil
	case <-w.dead:
	}
	// The answer may have come just before the end.
	select {
	case st := <-raw.done:
		return st, nil
	default:
		return statusLine{}, w.ended()
	}
}

// ended is why the connection is no more.
func (w *wire) ended() error {
	_, err := w.failure()
	if err == nil {
		return net.ErrClosed
	}
	return unexpected(err)
}

// err is the refusal that a tagged status is, in the library's type.
func (st statusLine) err() error {
	if st.kind == goimap.StatusResponseTypeOK {
		return nil
	}
	return &goimap.Error{Type: st.kind, Code: goimap.ResponseCode(st.code), Text: st.text}
}

// subscribed gives the name of an LSUB response to the command that asked.
func (w *wire) subscribed(b []byte) {
	s := &scanner{b: b}
	for range 2 { // attributes, delimiter
		if _, err := s.value(); err != nil {
			return
		}
	}
	name, err := s.value()
	if err != nil || name.kind == kindList {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.raw != nil {
		w.raw.subscribed = append(w.raw.subscribed, decodeName(nameOf(name)))
	}
}
