package message

import (
	"strings"
	"unicode/utf8"
)

// DecodeHeader decodes the encoded-words of RFC 2047 wherever they stand,
// also where that standard forbids them, and raw 8-bit bytes by guessing their
// charset. The result is one line of valid UTF-8 without control characters.
func DecodeHeader(s string) string {
	return decodeHeader(s, "")
}

// decodeHeader is DecodeHeader with the charset that raw bytes most likely are
// in.
func decodeHeader(s, charset string) string {
	if isPlainLine(s) {
		return strings.Trim(s, " ")
	}

	return oneLine(decodeWords(s, charset))
}

// isPlainLine reports that s has nothing to decode or clean.
func isPlainLine(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c > 0x7e || (c == '=' && i+1 < len(s) && s[i+1] == '?') {
			return false
		}
	}

	return true
}

// oneLine turns every control character and line or paragraph separator into a
// space and trims.
func oneLine(s string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029:
			return ' '
		case r == 0xfeff:
			return -1
		}

		return r
	}, s)

	return strings.TrimSpace(clean)
}

// wordRun collects adjacent encoded-words of one charset and encoding: writers
// split them inside a character, and inside a base64 quantum too.
type wordRun struct {
	out     *strings.Builder
	charset string
	base64  bool
	text    []byte // encoded
	bytes   []byte // decoded
}

func (r *wordRun) active() bool { return r.charset != "" }

func (r *wordRun) add(w encodedWord) {
	if r.active() && (!strings.EqualFold(r.charset, w.charset) || r.base64 != w.base64) {
		r.flush()
	}

	r.charset, r.base64 = w.charset, w.base64
	if !w.base64 {
		r.bytes = appendQ(r.bytes, w.text)

		return
	}

	r.text = append(r.text, w.text...)
	if len(r.text)%4 == 0 || strings.HasSuffix(w.text, "=") {
		r.settle()
	}
}

// settle decodes the base64 collected so far.
func (r *wordRun) settle() {
	decoded, _ := decodeBase64(r.text) // what is damaged is left out, a header has no better
	r.bytes = append(r.bytes, decoded...)
	r.text = r.text[:0]
}

func (r *wordRun) flush() {
	if !r.active() {
		return
	}

	r.settle()
	r.out.WriteString(DecodeCharset(r.bytes, r.charset))
	r.charset, r.bytes = "", r.bytes[:0]
}

func decodeWords(s, charset string) string {
	var out strings.Builder

	out.Grow(len(s))

	run := wordRun{out: &out}
	scan := wordScanner{s: s}
	done := 0

	for from := 0; ; {
		i := strings.Index(s[from:], "=?")
		if i < 0 {
			break
		}

		start := from + i

		word, end, ok := scan.at(start)
		if !ok {
			from = start + 2

			continue
		}

		gap := s[done:start]
		if !run.active() || strings.Trim(gap, " \t\r\n") != "" {
			run.flush()
			out.WriteString(decodeRaw(gap, charset))
		}

		run.add(word)

		from, done = end, end
	}

	run.flush()
	out.WriteString(decodeRaw(s[done:], charset))

	return out.String()
}

func decodeRaw(s, charset string) string {
	if isASCII(s) && strings.IndexByte(s, 0x1b) < 0 {
		return s
	}

	return DecodeCharset([]byte(s), charset)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}

	return true
}

type encodedWord struct {
	charset string
	base64  bool
	text    string
}

// wordScanner reads encoded-words; it remembers that no terminator is left so
// that a hostile line costs one search, not one for each beginning.
type wordScanner struct {
	s     string
	noEnd bool
}

// at reads the encoded-word whose "=?" is at i and returns where it ends. A
// word that the end of the line cut off counts.
func (w *wordScanner) at(i int) (encodedWord, int, bool) {
	const longestCharset = 64

	rest := w.s[i+2:]

	q := strings.IndexByte(rest[:min(len(rest), longestCharset)], '?')
	if q <= 0 || len(rest) < q+3 || rest[q+2] != '?' {
		return encodedWord{}, 0, false
	}

	charset, _, _ := strings.Cut(rest[:q], "*") // RFC 2231 section 5: a language
	if charset == "" || strings.ContainsAny(charset, " \t\r\n\"<>") {
		return encodedWord{}, 0, false
	}

	word := encodedWord{charset: charset}

	switch rest[q+1] {
	case 'b', 'B':
		word.base64 = true
	case 'q', 'Q':
	default:
		return encodedWord{}, 0, false
	}

	text := rest[q+3:]
	begin := i + 2 + q + 3

	if !w.noEnd {
		if e := strings.Index(text, "?="); e >= 0 {
			word.text = text[:e]

			return word, begin + e + 2, true
		}

		w.noEnd = true
	}

	if text == "" || strings.ContainsAny(text, " \t\r\n?\"<>") {
		return encodedWord{}, 0, false
	}

	word.text = text

	return word, len(w.s), true
}

// appendQ decodes the Q encoding of RFC 2047 section 4.2; what is no escape
// stays as it is.
func appendQ(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			dst = append(dst, ' ')
		case c == '=' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			dst = append(dst, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			dst = append(dst, c)
		}
	}

	return dst
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}
