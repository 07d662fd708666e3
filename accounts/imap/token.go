package imap

import (
	"errors"
	"fmt"
	"strconv"
)

// kind is what a node of a response is.
type kind uint8

const (
	kindAtom kind = iota
	kindString
	kindList
)

// node is one value of a response (RFC 9051 section 4): an atom, a string
// (quoted or literal) or a parenthesized list. Text points into the response
// unless a quoted string had escapes.
type node struct {
	kind kind
	text []byte
	list []node
}

// str is the text of an atom or string; NIL is empty.
func (n node) str() string {
	if n.isNIL() || n.kind == kindList {
		return ""
	}
	return string(n.text)
}

func (n node) isNIL() bool { return n.kind == kindAtom && equalFold(n.text, "NIL") }

// needLiteral says that the value goes on with a literal of so many octets
// that has not been read yet.
type needLiteral int64

func (n needLiteral) Error() string {
	return fmt.Sprintf("a literal of %d octets is missing", int64(n))
}

var (
	errSyntax = errors.New("the response does not follow the grammar")
	errDepth  = errors.New("the response is nested too deeply")
	errNoMore = errors.New("no value is left")
)

// maxDepth bounds lists inside lists: a real BODYSTRUCTURE has a few dozen.
const maxDepth = 200

// scanner walks over one response that stands in memory without its final
// CRLF. A literal in it is {n}CRLF and its n octets.
type scanner struct {
	b   []byte
	pos int
}

func (s *scanner) done() bool { return s.pos >= len(s.b) }

func (s *scanner) peek() byte {
	if s.done() {
		return 0
	}
	return s.b[s.pos]
}

func (s *scanner) skipSpaces() {
	for s.peek() == ' ' {
		s.pos++
	}
}

// rest is what has not been walked over.
func (s *scanner) rest() []byte { return s.b[s.pos:] }

// word takes everything to the next space or parenthesis.
func (s *scanner) word() []byte {
	s.skipSpaces()
	start := s.pos
	for !s.done() && s.b[s.pos] != ' ' && s.b[s.pos] != '(' && s.b[s.pos] != ')' {
		s.pos++
	}
	return s.b[start:s.pos]
}

// value parses the next value.
func (s *scanner) value() (node, error) { return s.valueAt(0) }

func (s *scanner) valueAt(depth int) (node, error) {
	s.skipSpaces()
	switch c := s.peek(); {
	case s.done():
		return node{}, errNoMore
	case c == '(':
		return s.listAt(depth)
	case c == '"':
		return s.quoted()
	case c == '{', c == '~' && s.pos+1 < len(s.b) && s.b[s.pos+1] == '{':
		return s.literal()
	case c == ')':
		return node{}, errSyntax
	}
	start := s.pos
	for !s.done() {
		c := s.b[s.pos]
		if c == ' ' || c == '(' || c == ')' || c == '"' {
			break
		}
		s.pos++
	}
	if s.pos == start {
		return node{}, errSyntax
	}
	return node{kind: kindAtom, text: s.b[start:s.pos]}, nil
}

func (s *scanner) listAt(depth int) (node, error) {
	if depth >= maxDepth {
		return node{}, errDepth
	}
	s.pos++
	n := node{kind: kindList}
	for {
		s.skipSpaces()
		if s.done() {
			return n, errSyntax
		}
		if s.peek() == ')' {
			s.pos++
			return n, nil
		}
		item, err := s.valueAt(depth + 1)
		if err != nil {
			return n, err
		}
		n.list = append(n.list, item)
	}
}

func (s *scanner) quoted() (node, error) {
	s.pos++
	start := s.pos
	var copied []byte
	for !s.done() {
		switch c := s.b[s.pos]; c {
		case '"':
			text := s.b[start:s.pos]
			if copied != nil {
				text = append(copied, text...)
			}
			s.pos++
			return node{kind: kindString, text: text}, nil
		case '\\':
			if s.pos+1 >= len(s.b) {
				return node{}, errSyntax
			}
			copied = append(append(copied, s.b[start:s.pos]...), s.b[s.pos+1])
			s.pos += 2
			start = s.pos
		default:
			s.pos++
		}
	}
	return node{}, errSyntax
}

func (s *scanner) literal() (node, error) {
	if s.peek() == '~' { // literal8 (RFC 3516)
		s.pos++
	}
	size, length, ok := literalHead(s.rest())
	if !ok {
		return node{}, errSyntax
	}
	after := s.pos + length
	if after == len(s.b) {
		return node{}, needLiteral(size)
	}
	if after+2 > len(s.b) || s.b[after] != '\r' || s.b[after+1] != '\n' {
		return node{}, errSyntax
	}
	after += 2
	if size > int64(len(s.b)-after) {
		return node{}, errSyntax
	}
	s.pos = after + int(size)
	return node{kind: kindString, text: s.b[after:s.pos]}, nil
}

// literalHead reads {n} or {n+} at the start of b.
func literalHead(b []byte) (size int64, length int, ok bool) {
	if len(b) < 3 || b[0] != '{' {
		return 0, 0, false
	}
	end := 1
	for end < len(b) && b[end] >= '0' && b[end] <= '9' {
		end++
	}
	size, err := strconv.ParseInt(string(b[1:end]), 10, 64)
	if err != nil {
		return 0, 0, false
	}
	if end < len(b) && b[end] == '+' {
		end++
	}
	if end >= len(b) || b[end] != '}' {
		return 0, 0, false
	}
	return size, end + 1, true
}

// endsInLiteral tells whether a line announces a literal that follows it.
func endsInLiteral(line []byte) (size int64, ok bool) {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0, false
	}
	for i := len(line) - 2; i >= 0; i-- {
		if line[i] == '{' {
			size, length, ok := literalHead(line[i:])
			return size, ok && length == len(line)-i
		}
	}
	return 0, false
}

func equalFold(b []byte, upper string) bool {
	if len(b) != len(upper) {
		return false
	}
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}

// isAtom tells whether b can stand as an atom (RFC 9051 section 9, ATOM-CHAR).
func isAtom(b []byte) bool {
	for _, c := range b {
		switch c {
		case '(', ')', '{', ' ', '%', '*', '"', '\\', ']':
			return false
		}
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0
}

// isFlag tells whether b is a flag, \* of PERMANENTFLAGS included.
func isFlag(b []byte) bool {
	if len(b) > 0 && b[0] == '\\' {
		return string(b) == `\*` || isAtom(b[1:])
	}
	return isAtom(b)
}

func isNumber(b []byte, bits int) bool {
	_, err := strconv.ParseUint(string(b), 10, bits)
	return err == nil && b[0] != '+'
}

// quote writes s as a quoted string. The caller sees to it that there is no
// CR, LF or NUL in it.
func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(append(b, '"'))
}
