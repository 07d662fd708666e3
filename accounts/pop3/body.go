package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errEndless ends a session whose server does not stop talking.
var errEndless = errors.New("the answer does not end")

// body takes what a multi-line answer holds, up to keep octets. What is longer
// is read to its end and thrown away, up to drain octets.
type body struct {
	raw []byte
	// size counts all octets, kept or not.
	size  int64
	keep  int64
	drain int64
}

func (b *body) add(p []byte) error {
	b.size += int64(len(p))
	switch {
	case b.size <= b.keep:
		b.raw = append(b.raw, p...)
	case b.size > b.drain:
		return errEndless
	default:
		b.raw = nil
	}
	return nil
}

// tooLarge says that the answer was longer than keep; raw is then empty.
func (b *body) tooLarge() bool { return b.size > b.keep }

// position is where a body stands between two octets.
type position uint8

const (
	inLine position = iota
	afterCR
	lineStart
)

var crlfDot = []byte("\r\n.")

// readBody reads a multi-line answer up to and with its "." line into b and
// removes the dots that the server has put before dots (RFC 1939 section 3).
// Nothing else is changed. A line ends with CRLF alone, so a lone CR or LF is
// content, unless bareLF says that the server knows only LF.
func readBody(r *bufio.Reader, bareLF bool, b *body) error {
	at := lineStart
	search := crlfDot
	if bareLF {
		search = crlfDot[1:]
	}
	for {
		chunk, err := buffered(r)
		if err != nil {
			return err
		}
		if at == lineStart && chunk[0] == '.' {
			end, err := skipDot(r, bareLF)
			if end || err != nil {
				return err
			}
			at = inLine
			continue
		}
		n := len(chunk)
		switch i := bytes.Index(chunk, search); {
		case at == afterCR && chunk[0] == '\n':
			n, at = 1, lineStart
		case i >= 0:
			n, at = i+len(search)-1, lineStart
		default:
			at = positionAfter(chunk, bareLF)
		}
		if err := b.add(chunk[:n]); err != nil {
			return err
		}
		if _, err := r.Discard(n); err != nil {
			return err
		}
	}
}

// buffered is everything that is here already, at least one octet. An end of
// the stream is unexpected: the "." line is missing.
func buffered(r *bufio.Reader) ([]byte, error) {
	if _, err := r.Peek(1); err != nil {
		return nil, unexpected(err)
	}
	return r.Peek(r.Buffered())
}

// skipDot takes the dot at the start of a line, and the rest of the line when
// it is the one that ends the answer.
func skipDot(r *bufio.Reader, bareLF bool) (end bool, err error) {
	last := ".\r\n"
	if bareLF {
		last = ".\n"
	}
	// No answer ends before its "." line, so as many octets must come; but
	// they are asked for one by one lest a shorter stream lose its dot.
	for n := 2; n <= len(last); n++ {
		p, err := r.Peek(n)
		if err != nil {
			return false, unexpected(err)
		}
		if p[n-1] != last[n-1] {
			_, err := r.Discard(1)
			return false, err
		}
	}
	_, err = r.Discard(len(last))
	return true, err
}

func positionAfter(chunk []byte, bareLF bool) position {
	switch n := len(chunk); {
	case chunk[n-1] == '\n' && (bareLF || n > 1 && chunk[n-2] == '\r'):
		return lineStart
	case chunk[n-1] == '\r':
		return afterCR
	}
	return inLine
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
