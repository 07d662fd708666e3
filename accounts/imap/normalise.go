package imap

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	goimap "github.com/emersion/go-imap/v2"
)

// statusLine is a status response (RFC 9051 section 7.1) taken apart.
type statusLine struct {
	kind goimap.StatusResponseType
	// code is the response code's name in capitals, arg what follows it.
	code, arg string
	text      string
}

// parseStatus reads what follows the tag: OK [CODE arg] text. A bracket that
// never closes belongs to the text.
func parseStatus(b []byte) statusLine {
	kind, rest, _ := strings.Cut(string(b), " ")
	st := statusLine{kind: goimap.StatusResponseType(strings.ToUpper(kind))}
	rest = strings.TrimSpace(rest)
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		end := "]"
		if len(inner) > 14 && strings.EqualFold(inner[:14], "PERMANENTFLAGS") {
			end = ")]" // some servers let ] stand in a flag
		}
		if code, text, ok := strings.Cut(inner, end); ok {
			name, arg, _ := strings.Cut(strings.TrimSpace(code), " ")
			st.code, st.arg = strings.ToUpper(name), strings.TrimSpace(arg)
			rest = strings.TrimSpace(text)
		}
	}
	st.text = strings.ReplaceAll(strings.ToValidUTF8(rest, "?"), "\r", " ")
	return st
}

// line writes the status for the library, without a code whose argument the
// library would stumble on.
func (st statusLine) line(tag string) []byte {
	var b bytes.Buffer
	b.WriteString(tag + " " + string(st.kind))
	if st.code != "" && isAtom([]byte(st.code)) {
		if arg, ok := st.safeArgument(); ok {
			b.WriteString(" [" + strings.TrimSpace(st.code+" "+arg) + "]")
		}
	}
	text := st.text
	switch {
	case text == "":
		text = "-"
	case text[0] == '[' && b.Len() == len(tag)+1+len(st.kind):
		text = " " + text // not to be taken for a code
	}
	b.WriteString(" " + text)
	return b.Bytes()
}

func (st statusLine) safeArgument() (string, bool) {
	switch st.code {
	case "UIDNEXT", "UIDVALIDITY":
		return st.arg, isNumber([]byte(st.arg), 32)
	case "HIGHESTMODSEQ":
		return st.arg, isNumber([]byte(st.arg), 64)
	case "PERMANENTFLAGS":
		return safeFlags([]byte(st.arg))
	case "CAPABILITY", "APPENDUID", "COPYUID":
		// Read on this side where they matter.
		return "", false
	}
	return "", true
}

// safeFlags is a flag list without the flags that are none.
func safeFlags(b []byte) (string, bool) {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] != '(' {
		return "", false
	}
	b = bytes.TrimSuffix(b[1:], []byte(")"))
	var flags []string
	for _, f := range bytes.Fields(b) {
		if isFlag(f) {
			flags = append(flags, string(f))
		}
	}
	return "(" + strings.Join(flags, " ") + ")", true
}

// tagged passes on the end of a command, or gives it to the command of this
// side that it ends.
func (w *wire) tagged(tag string, line []byte) {
	st := parseStatus(line[len(tag)+1:])
	w.mu.Lock()
	raw := w.raw
	if raw != nil && raw.tag == tag {
		w.raw = nil
	} else {
		raw = nil
	}
	w.notes.code = st.code
	w.mu.Unlock()
	if raw != nil {
		raw.done <- st
		return
	}
	w.emit(st.line(tag))
}

// continuation passes a continuation request to whoever waits for one. One
// that nobody asked for would end the library's connection.
func (w *wire) continuation(line []byte) error {
	w.mu.Lock()
	raw := w.raw
	w.mu.Unlock()
	if raw != nil {
		select {
		case raw.more <- struct{}{}:
		default:
		}
		return nil
	}
	if w.plus.Swap(false) {
		w.emit([]byte("+ ok"))
	}
	return nil
}

// untagged rewrites one untagged response for the library. A kind it does not
// know is dropped, as RFC 9051 section 7 has it: a client must be prepared to
// accept any response at all times.
func (w *wire) untagged(line []byte) error {
	s := &scanner{b: line, pos: 1}
	kind := s.word()
	if isNumber(kind, 32) {
		return w.numbered(kind, s, line)
	}
	switch name := strings.ToUpper(string(kind)); name {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		w.statusData(parseStatus(line[2:]))
		return nil
	case "SEARCH", "ESEARCH", "LIST", "LSUB", "STATUS", "QUOTA", "QUOTAROOT", "FLAGS":
		head := s.pos
		whole, err := w.whole(line)
		if err != nil {
			return err
		}
		w.data(name, whole[head:])
		return nil
	}
	return w.skipLine(line)
}

func (w *wire) numbered(number []byte, s *scanner, line []byte) error {
	switch kind := strings.ToUpper(string(s.word())); kind {
	case "EXISTS", "EXPUNGE":
		count := int(parseUint32(string(number)))
		if kind == "EXPUNGE" && count == 0 {
			return nil
		}
		w.note(func(n *notes) {
			if kind == "EXISTS" {
				n.exists, n.messages = true, count
			} else {
				n.messages = max(n.messages-1, 0)
			}
		})
		w.emit([]byte("* " + string(number) + " " + kind))
		return nil
	case "FETCH":
		return w.startFetch(string(number), line[s.pos:])
	}
	return w.skipLine(line)
}

// statusNote remembers what an untagged status says.
func (w *wire) statusNote(st statusLine) {
	w.note(func(n *notes) {
		switch {
		case st.kind == goimap.StatusResponseTypeBye:
			n.bye = st.text
		case st.code == "PERMANENTFLAGS":
			n.permanent = true
		}
	})
}

func (w *wire) statusData(st statusLine) {
	w.statusNote(st)
	if st.code == "COPYUID" {
		// MOVE tells it in an untagged OK (RFC 6851 section 4.3).
		w.mu.Lock()
		if w.raw != nil {
			w.raw.copyUID = append(w.raw.copyUID, st.arg)
		}
		w.mu.Unlock()
	}
	if st.kind != goimap.StatusResponseTypePreAuth {
		w.emit(st.line("*"))
	}
}

// data rewrites a response that stands in memory whole; b is what follows its
// name.
func (w *wire) data(name string, b []byte) {
	var line string
	ok := true
	switch name {
	case "SEARCH":
		line = searchLine(b)
	case "ESEARCH":
		line = " " + string(bytes.TrimSpace(b))
		ok = isESearch(b)
	case "LIST":
		line, ok = w.listLine(b)
	case "LSUB":
		w.subscribed(b)
		return
	case "STATUS":
		line, ok = w.statusItems(b)
	case "QUOTA":
		line, ok = quotaLine(b)
	case "QUOTAROOT":
		line, ok = w.quotaRootLine(b)
	case "FLAGS":
		line, ok = safeFlags(b)
		line = " " + line
	}
	if ok {
		w.emit([]byte("* " + name + line))
	}
}

// searchLine keeps the numbers: what a server adds to them ((MODSEQ n)) is not
// used.
func searchLine(b []byte) string {
	out := make([]byte, 0, len(b)+1)
	for field := range bytes.FieldsSeq(b) {
		if !isNumber(field, 32) {
			break
		}
		out = append(append(out, ' '), field...)
	}
	return string(out)
}

// isESearch checks an ESEARCH response (RFC 4731) for what the library fails
// on; the search is then seen to have no answer and is made the old way.
func isESearch(b []byte) bool {
	s := &scanner{b: b}
	s.skipSpaces()
	if s.peek() == '(' {
		correlator, err := s.value()
		if err != nil || len(correlator.list) != 2 {
			return false
		}
	}
	for !s.done() {
		item, err := s.value()
		if err != nil {
			return false
		}
		name := strings.ToUpper(item.str())
		if name == "UID" {
			continue
		}
		value, err := s.value()
		if err != nil || value.kind != kindAtom {
			return false
		}
		if name == "ALL" && !isSet(value.text) {
			return false
		}
		if name != "ALL" && !isNumber(value.text, 64) {
			return false
		}
		s.skipSpaces()
	}
	return true
}

// isSet tells whether b is a set of numbers without *.
func isSet(b []byte) bool {
	for piece := range bytes.SplitSeq(b, []byte(",")) {
		for end := range bytes.SplitSeq(piece, []byte(":")) {
			if !isNumber(end, 32) || string(end) == "0" {
				return false
			}
		}
	}
	return true
}

// listLine rewrites (attributes) delimiter name.
func (w *wire) listLine(b []byte) (string, bool) {
	s := &scanner{b: b}
	attrs, err1 := s.value()
	delim, err2 := s.value()
	name, err3 := s.value()
	if err1 != nil || err2 != nil || err3 != nil || attrs.kind != kindList || name.kind == kindList {
		return "", false
	}
	var kept []string
	for _, a := range attrs.list {
		if isFlag(a.text) && a.text[0] == '\\' {
			kept = append(kept, string(a.text))
		}
	}
	separator := "NIL"
	if r, _ := utf8.DecodeRuneInString(delim.str()); r > ' ' && r < 0x7f {
		separator = quote(string(r))
	}
	return " (" + strings.Join(kept, " ") + ") " + separator + " " + w.spelled(nameOf(name)), true
}

// nameOf is a mailbox name as the server spells it. A mailbox can be called
// NIL.
func nameOf(n node) string { return string(n.text) }

// statusItems rewrites name (item number …).
func (w *wire) statusItems(b []byte) (string, bool) {
	s := &scanner{b: b}
	name, err := s.value()
	if err != nil || name.kind == kindList {
		return "", false
	}
	items, err := s.value()
	if err != nil || items.kind != kindList {
		return "", false
	}
	var kept []string
	for i := 0; i+1 < len(items.list); i += 2 {
		bits := 32
		switch item := strings.ToUpper(items.list[i].str()); item {
		case "SIZE", "HIGHESTMODSEQ":
			bits = 63
			fallthrough
		case "MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN":
			if value := items.list[i+1].text; isNumber(value, bits) {
				kept = append(kept, item+" "+string(value))
			}
		}
	}
	return " " + w.spelled(nameOf(name)) + " (" + strings.Join(kept, " ") + ")", true
}

// quotaLine rewrites root (resource usage limit …).
func quotaLine(b []byte) (string, bool) {
	s := &scanner{b: b}
	root, err1 := s.value()
	resources, err2 := s.value()
	if err1 != nil || err2 != nil || root.kind == kindList || resources.kind != kindList || hasControls(root.text) {
		return "", false
	}
	var kept []string
	for i := 0; i+2 < len(resources.list); i += 3 {
		name, used, limit := resources.list[i].text, resources.list[i+1].text, resources.list[i+2].text
		if isAtom(name) && isNumber(used, 63) && isNumber(limit, 63) {
			kept = append(kept, strings.ToUpper(string(name))+" "+string(used)+" "+string(limit))
		}
	}
	return " " + quote(string(root.text)) + " (" + strings.Join(kept, " ") + ")", true
}

func (w *wire) quotaRootLine(b []byte) (string, bool) {
	s := &scanner{b: b}
	name, err := s.value()
	if err != nil || name.kind == kindList {
		return "", false
	}
	line := " " + w.spelled(nameOf(name))
	for {
		root, err := s.value()
		if err != nil || root.kind == kindList || hasControls(root.text) {
			return line, true
		}
		line += " " + quote(string(root.text))
	}
}

func hasControls(b []byte) bool {
	return bytes.ContainsFunc(b, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// spelled is a server's mailbox name as the library understands it, and
// remembers the server's spelling where that is another: raw UTF-8, or an
// ampersand that was not escaped.
func (w *wire) spelled(raw string) string {
	name := decodeName(raw)
	proper := encodeName(name)
	if proper != raw && name != "INBOX" {
		w.mu.Lock()
		w.names[proper] = raw
		w.mu.Unlock()
	}
	return quote(proper)
}

// respell puts the server's spelling of mailbox names into a command.
func (w *wire) respell(p []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	for proper, raw := range w.names {
		p = bytes.ReplaceAll(p, []byte(" "+quote(proper)), []byte(" "+rawString(raw)))
	}
	return p
}

// rawString writes octets that a server sent back to it. What cannot be quoted
// was a literal and goes as a non-synchronizing one, the best that is left.
func rawString(raw string) string {
	if strings.ContainsAny(raw, "\r\n\x00") {
		return "{" + strconv.Itoa(len(raw)) + "+}\r\n" + raw
	}
	return quote(raw)
}

// mailbox writes a mailbox name for a command of this side.
func (w *wire) mailbox(name string) string {
	return string(w.respell([]byte(" " + quote(encodeName(name)))))[1:]
}
