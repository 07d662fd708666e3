package imap

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// fetchResponse is a FETCH response that is being rewritten. Only the items
// that this package asks for are kept, each checked, so that one bad item of
// one message costs that item and nothing else. BODYSTRUCTURE is counted here
// and not passed on: it is what servers get wrong most.
type fetchResponse struct {
	line []byte
	pos  int
	// items is how many were passed on.
	items   int
	uid     uint32
	parts   int
	counted bool
}

const dateTimeLayout = "_2-Jan-2006 15:04:05 -0700"

func (w *wire) startFetch(number string, b []byte) error {
	open := bytes.IndexByte(b, '(')
	if open < 0 {
		return w.skipLine(b)
	}
	// The line stands in the reader's buffer; the rest of the response would
	// overwrite it.
	w.fetch = &fetchResponse{line: bytes.Clone(b[open+1:])}
	w.buf = append(w.buf, "* "+number+" FETCH ("...)
	return w.continueFetch()
}

// continueFetch rewrites items up to the next body, which Read then passes on
// untouched, or up to the end of the response.
func (w *wire) continueFetch() error {
	f := w.fetch
	if f.line == nil { // a body has ended
		line, err := w.readLine(nil)
		if err != nil {
			return err
		}
		f.line, f.pos = line, 0
	}
	for {
		s := &scanner{b: f.line, pos: f.pos}
		s.skipSpaces()
		if s.done() || s.peek() == ')' {
			w.endFetch()
			return nil
		}
		streaming, err := w.fetchItem(f, s)
		var more needLiteral
		switch {
		case errors.As(err, &more):
			if f.line, err = w.readLiteral(f.line, int64(more)); err != nil {
				return err
			}
			continue
		case err != nil:
			// What follows cannot be told apart any more.
			rest := f.line[f.pos:]
			w.endFetch()
			return w.skipLine(rest)
		case streaming:
			f.line = nil
			return nil
		}
		f.pos = s.pos
	}
}

func (w *wire) endFetch() {
	f := w.fetch
	w.fetch = nil
	if f.counted && f.uid != 0 {
		w.mu.Lock()
		w.parts[f.uid] = f.parts
		w.mu.Unlock()
	}
	if f.items == 0 {
		// The library wants a list with something in it.
		w.buf = append(w.buf, "FLAGS ()"...)
	}
	w.emit([]byte(")"))
}

// keep passes an item on.
func (w *wire) keep(item string) {
	if w.fetch.items > 0 {
		w.buf = append(w.buf, ' ')
	}
	w.fetch.items++
	w.buf = append(w.buf, item...)
}

// fetchItem rewrites the item at s. It tells whether a body follows.
func (w *wire) fetchItem(f *fetchResponse, s *scanner) (streaming bool, err error) {
	name, err := itemName(s)
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(name, "BODY[") {
		return w.bodyItem(s)
	}
	value, err := s.value()
	if err != nil {
		return false, err
	}
	switch name {
	case "UID":
		if n, err := strconv.ParseUint(string(value.text), 10, 32); err == nil && n > 0 {
			f.uid = uint32(n)
			w.keep("UID " + strconv.FormatUint(n, 10))
		}
	case "FLAGS":
		var flags []string
		for _, flag := range value.list {
			if isFlag(flag.text) && string(flag.text) != `\*` {
				flags = append(flags, string(flag.text))
			}
		}
		if value.kind == kindList {
			w.keep("FLAGS (" + strings.Join(flags, " ") + ")")
		}
	case "INTERNALDATE":
		if _, err := time.Parse(dateTimeLayout, string(value.text)); err == nil {
			w.keep("INTERNALDATE " + quote(string(value.text)))
		}
	case "RFC822.SIZE":
		if isNumber(value.text, 63) {
			w.keep("RFC822.SIZE " + string(value.text))
		}
	case "MODSEQ":
		if len(value.list) == 1 && isNumber(value.list[0].text, 63) {
			w.keep("MODSEQ (" + string(value.list[0].text) + ")")
		}
	case "BODYSTRUCTURE":
		f.parts, f.counted = countAttachments(value), true
	}
	return false, nil
}

// itemName takes the name of an item, in capitals, with its section.
func itemName(s *scanner) (string, error) {
	start := s.pos
	for !s.done() && !strings.ContainsRune(" ()[{\"", rune(s.peek())) {
		s.pos++
	}
	if s.pos == start {
		return "", errSyntax
	}
	if s.peek() == '[' {
		end := bytes.IndexByte(s.rest(), ']')
		if end < 0 {
			return "", errSyntax
		}
		s.pos += end + 1
		if s.peek() == '<' { // BODY[]<origin>
			end := bytes.IndexByte(s.rest(), '>')
			if end < 0 {
				return "", errSyntax
			}
			s.pos += end + 1
		}
	}
	return strings.ToUpper(string(s.b[start:s.pos])), nil
}

// bodyItem passes a body section on as BODY[]: each command asks for one
// section only, so its name tells nothing, and servers repeat it in many ways.
func (w *wire) bodyItem(s *scanner) (streaming bool, err error) {
	s.skipSpaces()
	if size, length, ok := literalHead(s.rest()); ok && s.pos+length == len(s.b) {
		w.keep("BODY[] {" + strconv.FormatInt(size, 10) + "}\r\n")
		w.lit = size
		return true, nil
	}
	value, err := s.value()
	if err != nil {
		return false, err
	}
	if !value.isNIL() && value.kind != kindList {
		w.keep("BODY[] {" + strconv.Itoa(len(value.text)) + "}\r\n" + string(value.text))
	}
	return false, nil
}

// unexpected turns an end in the middle of something into an error that says
// so.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
