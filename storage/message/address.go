package message

import (
	"net/mail"
	"strings"
)

// ParseAddresses reads an address list as leniently as it can be understood:
// groups are opened, commas without quotes in a name stay in it, a semicolon
// separates like a comma. An entry without an address keeps its text as Name.
func ParseAddresses(list string) []mail.Address {
	return parseAddresses(list, "")
}

func parseAddresses(list, charset string) []mail.Address {
	if list == "" {
		return nil
	}

	p := addressParser{s: list, charset: charset}
	p.parse()

	return p.out
}

type addressParser struct {
	s       string
	charset string
	pos     int
	out     []mail.Address

	phrase  strings.Builder // words outside of angle brackets
	quoted  bool            // the phrase has a quoted part
	comment string          // the last one, a name in the manner of RFC 822
	angle   string
	inAngle bool     // an angle address was seen in this entry
	pending []string // entries without an address, perhaps parts of a name

	// Set once a closing character was searched and is not in the rest: each is
	// searched in vain at most once.
	noQuote, noParen, noAngle, noSemicolon bool

	scan   wordScanner
	nested bool // the list was itself an encoded-word
}

func (p *addressParser) parse() {
	p.scan.s = p.s

	for p.pos < len(p.s) {
		switch c := p.s[p.pos]; c {
		case '"':
			p.quotedString()
		case '(':
			p.takeComment()
		case '<':
			p.takeAngle()
		case ',', ';':
			p.pos++
			p.endEntry(c == ',')
		case ':':
			p.pos++
			p.colon()
		default:
			p.words()
		}
	}

	p.endEntry(false)
	p.dropPending()
}

// words takes everything up to the next special character. The commas and
// colons inside an encoded-word are not ours.
func (p *addressParser) words() {
	end := p.pos

	for end < len(p.s) && strings.IndexByte(`"(<,;:`, p.s[end]) < 0 {
		if p.s[end] == '=' && strings.HasPrefix(p.s[end:], "=?") {
			if _, after, ok := p.scan.at(end); ok {
				end = after

				continue
			}
		}

		end++
	}

	p.phrase.WriteString(p.s[p.pos:end])
	p.pos = end
}

func (p *addressParser) quotedString() {
	p.pos++

	if p.noQuote {
		return
	}

	var text strings.Builder

	for i := p.pos; i < len(p.s); i++ {
		switch c := p.s[i]; c {
		case '\\':
			if i++; i < len(p.s) {
				text.WriteByte(p.s[i])
			}
		case '"':
			p.pos = i + 1
			p.writeQuoted(text.String())

			return
		default:
			text.WriteByte(c)
		}
	}

	p.noQuote = true
}

// writeQuoted keeps the quotes of a local part, which are part of the address.
func (p *addressParser) writeQuoted(text string) {
	p.quoted = true

	if p.pos < len(p.s) && p.s[p.pos] == '@' {
		text = `"` + text + `"`
	}

	p.phrase.WriteString(text)
}

func (p *addressParser) takeComment() {
	if p.noParen {
		p.phrase.WriteByte('(')
		p.pos++

		return
	}

	depth := 0

	for i := p.pos; i < len(p.s); i++ {
		switch p.s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.comment = p.s[p.pos+1 : i]
				p.pos = i + 1
				p.phrase.WriteByte(' ')

				return
			}
		}
	}

	p.noParen = true
}

func (p *addressParser) takeAngle() {
	start := p.pos + 1
	p.pos = start

	end := -1
	if !p.noAngle {
		end = strings.IndexByte(p.s[start:], '>')
		p.noAngle = end < 0
	}

	if end < 0 {
		// Not closed: the address ends where the entry does.
		if end = strings.IndexAny(p.s[start:], ",; "); end < 0 {
			end = len(p.s) - start
		}

		p.pos = start + end
	} else {
		p.pos = start + end + 1
	}

	if addr := cleanAddress(p.s[start : start+end]); addr != "" || !p.inAngle {
		p.angle = addr
	}

	p.inAngle = true

	p.phrase.WriteByte(' ')
}

// colon opens a group when something closes it, otherwise it is text.
func (p *addressParser) colon() {
	const longestName = 200

	if p.phrase.Len() <= longestName {
		before := strings.TrimSpace(p.phrase.String())
		if strings.EqualFold(before, "mailto") || !p.inAngle && !strings.Contains(before, "[") && p.semicolonAhead() {
			p.reset()

			return
		}
	}

	p.phrase.WriteByte(':')
}

func (p *addressParser) semicolonAhead() bool {
	p.noSemicolon = p.noSemicolon || strings.IndexByte(p.s[p.pos:], ';') < 0

	return !p.noSemicolon
}

func (p *addressParser) reset() {
	p.phrase.Reset()
	p.comment, p.angle = "", ""
	p.inAngle, p.quoted = false, false
}

// endEntry closes the entry; comma tells that it may be the first half of a
// name such as Doe, John.
func (p *addressParser) endEntry(comma bool) {
	phrase := strings.TrimSpace(p.phrase.String())
	comment, angle, inAngle := p.comment, p.angle, p.inAngle
	quoted := p.quoted
	p.reset()

	switch {
	case inAngle:
		phrase = strings.Join(append(p.pending, phrase), ", ")
		p.pending = nil

		p.add(phrase, comment, angle)

	case phrase == "":
		// A comment alone names nobody.

	case !quoted && strings.Contains(phrase, "=?") && !p.nested && p.reparse(phrase):

	case strings.Contains(phrase, "@"):
		p.dropPending()
		p.addBare(phrase, comment)

	default:
		p.pending = append(p.pending, phrase)
		if !comma {
			p.dropPending()
		}
	}
}

// reparse reads an entry that a broken writer encoded as a whole, with its
// angle brackets.
func (p *addressParser) reparse(phrase string) bool {
	decoded := decodeHeader(phrase, p.charset)
	if !strings.Contains(decoded, "@") {
		return false
	}

	p.dropPending()

	inner := addressParser{s: decoded, charset: p.charset, nested: true}
	inner.parse()
	p.out = append(p.out, inner.out...)

	return true
}

// addBare adds an address without angle brackets, or several that only spaces
// separate.
func (p *addressParser) addBare(phrase, comment string) {
	if strings.HasPrefix(phrase, `"`) {
		p.add("", comment, cleanAddress(phrase))

		return
	}

	// RFC 5322 section 4.4 has white space around the dots of an address.
	phrase = strings.Join(strings.Fields(phrase), " ")
	if strings.Contains(phrase, " .") {
		phrase = strings.ReplaceAll(strings.ReplaceAll(phrase, " . ", "."), " .", ".")
	}

	words := strings.Split(phrase, " ")

	var name []string

	found, before := false, len(p.out)

	for _, w := range words {
		if i := strings.IndexByte(w, '@'); i <= 0 || i == len(w)-1 {
			name = append(name, w)

			continue
		}

		p.add(strings.Join(name, " "), comment, cleanAddress(w))
		name, found = nil, true
	}

	switch {
	case !found:
		// "user @ example.org" and the like.
		p.add("", comment, cleanAddress(phrase))
	case len(name) > 0 && len(p.out) > before:
		if last := &p.out[len(p.out)-1]; last.Name == "" {
			last.Name = decodeHeader(strings.Join(name, " "), p.charset)
		}
	}
}

// dropPending gives up the hope that words between commas belong to an address
// to come.
func (p *addressParser) dropPending() {
	for _, word := range p.pending {
		if strings.ContainsAny(word, " \t=") || !isASCII(word) {
			p.add(word, "", "")
		} else {
			p.add("", "", word) // a local user
		}
	}

	p.pending = nil
}

func (p *addressParser) add(name, comment, addr string) {
	if name == "" {
		name = comment
	}

	name = decodeHeader(name, p.charset)
	if n := len(name); n > 1 && name[0] == '\'' && name[n-1] == '\'' {
		name = strings.TrimSpace(name[1 : n-1])
	}

	if !isPlainLine(addr) {
		addr = decodeHeader(addr, p.charset)
	}

	if strings.EqualFold(name, addr) {
		name = ""
	}

	if name != "" || addr != "" {
		p.out = append(p.out, mail.Address{Name: name, Address: addr})
	}
}

// cleanAddress takes routes (RFC 5322 section 4.4), a mailto: and white space
// from an address.
func cleanAddress(s string) string {
	s = strings.Trim(s, " \t\r\n<>")
	if !strings.HasPrefix(s, `"`) {
		s = withoutComments(s)
	}

	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}

	if strings.HasPrefix(s, "@") {
		if i := strings.IndexByte(s, ':'); i >= 0 {
			s = s[i+1:]
		}
	}

	if strings.HasPrefix(s, `"`) || !strings.ContainsAny(s, " \t\r\n\x00") {
		return s
	}

	return strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}

		return r
	}, s)
}

// withoutComments takes the comments out of an address, nested ones too.
func withoutComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}

	var out strings.Builder

	depth := 0

	for i := range len(s) {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			out.WriteByte(c)
		}
	}

	return out.String()
}
