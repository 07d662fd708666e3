package message

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// ErrDamaged is wrapped by the error of a content that was only partly
// decodable.
var ErrDamaged = errors.New("damaged content")

// normalEncoding brings a Content-Transfer-Encoding to the name of its
// decoder, "" for the identity ones. Writers add semicolons, spaces, hyphens.
func normalEncoding(value string) string {
	value, _, _ = strings.Cut(value, ";")
	squeezed := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}

		return -1
	}, value)

	switch squeezed {
	case "base64", "b64":
		return "base64"
	case "quotedprintable", "quotedprintible", "qp":
		return "quoted-printable"
	case "xuuencode", "uuencode", "xuue", "uue", "uuencoded":
		return "uuencode"
	}

	return ""
}

// decodeTransfer undoes encoding, as normalEncoding names it. It always
// returns what could be decoded.
func decodeTransfer(body []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "base64":
		return decodeBase64(body)
	case "quoted-printable":
		return decodeQuotedPrintable(body)
	case "uuencode":
		return decodeUU(body)
	}

	return body, nil
}

const (
	b64Letter = 0x3f // the largest value of a letter
	b64Space  = 0xfd // white space
	b64Pad    = 0xfe
	b64Bad    = 0xff
)

var base64Values = func() (table [256]byte) {
	for i := range table {
		table[i] = b64Bad
	}

	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		table[alphabet[i]] = byte(i)
	}

	// RFC 4648 section 5, seen in mail although MIME does not know it.
	table['-'], table['_'] = 62, 63
	for _, c := range " \t\r\n\x00" {
		table[c] = b64Space
	}

	table['='] = b64Pad

	return table
}()

// decodeBase64 skips what is not of the alphabet, as RFC 2045 section 6.8
// asks, takes padding in the middle (concatenated encodings), and stops where
// plain text follows the padding (footers of mailing lists).
func decodeBase64(src []byte) ([]byte, error) {
	out := make([]byte, 0, len(src)/4*3+3)
	junk := 0

	var acc uint32

	n := 0

	for i := 0; i < len(src); {
		if n == 0 {
			i, out = base64Quanta(src, i, out)
			if i >= len(src) {
				break
			}
		}

		v := base64Values[src[i]]
		i++

		switch v {
		case b64Space:
		case b64Bad:
			junk++
		case b64Pad:
			out = appendQuantum(out, acc, n)
			acc, n = 0, 0

			if footer(src[i:]) {
				return out, nil
			}
		default:
			acc = acc<<6 | uint32(v)
			if n++; n == 4 {
				out = append(out, byte(acc>>16), byte(acc>>8), byte(acc))
				acc, n = 0, 0
			}
		}
	}

	out = appendQuantum(out, acc, n)

	if junk > 0 {
		return out, fmt.Errorf("decoding base64: %w: %d bytes are not of its alphabet", ErrDamaged, junk)
	}

	if n == 1 {
		return out, fmt.Errorf("decoding base64: %w: the end is cut off", ErrDamaged)
	}

	return out, nil
}

// looksBase64 reports whether what is not of the alphabet is rare at the start
// of src.
func looksBase64(src []byte) bool {
	const sample = 512

	src = src[:min(len(src), sample)]
	strange := 0

	for _, c := range src {
		if c == ' ' || base64Values[c] == b64Bad {
			strange++
		}
	}

	return strange*20 <= len(src)
}

// base64Quanta decodes whole groups of four letters as long as nothing else
// comes between them.
func base64Quanta(src []byte, i int, out []byte) (int, []byte) {
	for i+4 <= len(src) {
		a, b, c, d := base64Values[src[i]], base64Values[src[i+1]], base64Values[src[i+2]], base64Values[src[i+3]]
		if a|b|c|d > b64Letter {
			break
		}

		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
		i += 4
	}

	return i, out
}

// appendQuantum adds the bytes of an unfinished group of n letters.
func appendQuantum(out []byte, acc uint32, n int) []byte {
	switch n {
	case 2:
		return append(out, byte(acc>>4))
	case 3:
		return append(out, byte(acc>>10), byte(acc>>2))
	}

	return out
}

// footer reports whether rest, after padding, is prose and not more base64: it
// has spaces inside of lines, or other letters.
func footer(rest []byte) bool {
	const enough = 256

	rest = bytes.TrimLeft(rest[:min(len(rest), enough)], "= \t\r\n\x00")

	for i, c := range rest {
		if base64Values[c] == b64Bad {
			return true
		}

		if c == ' ' && i+1 < len(rest) && base64Values[rest[i+1]] <= b64Letter {
			return true
		}
	}

	return false
}

// decodeQuotedPrintable keeps what is no escape (RFC 2045 section 6.7, note
// on robust implementations). White space before a line end stays too: no
// transport of today adds any, and writers leave the one of "-- " and of flowed
// lines unescaped.
func decodeQuotedPrintable(src []byte) ([]byte, error) {
	out := make([]byte, 0, len(src))
	broken := 0

	for i := 0; i < len(src); {
		j := bytes.IndexByte(src[i:], '=')
		if j < 0 {
			out = append(out, src[i:]...)

			break
		}

		out = append(out, src[i:i+j]...)
		i += j

		if i+2 < len(src) && isHex(src[i+1]) && isHex(src[i+2]) {
			out = append(out, unhex(src[i+1])<<4|unhex(src[i+2]))
			i += 3

			continue
		}

		if n := softBreak(src[i+1:]); n >= 0 {
			i += 1 + n

			continue
		}

		out = append(out, '=')
		broken++
		i++
	}

	if broken > 0 {
		return out, fmt.Errorf("decoding quoted-printable: %w: %d stray equal signs", ErrDamaged, broken)
	}

	return out, nil
}

// softBreak is the length of white space up to and with a line end, or -1.
func softBreak(b []byte) int {
	for i, c := range b {
		switch c {
		case '\n':
			return i + 1
		case ' ', '\t', '\r':
		default:
			return -1
		}
	}

	return len(b)
}

// decodeUU decodes the lines between begin and end, or all lines that look
// encoded when there is no begin.
func decodeUU(src []byte) ([]byte, error) {
	out := make([]byte, 0, len(src)/4*3)

	pos := 0
	if b, ok := findUU(src, 0); ok {
		pos = b.data
	}

	for pos < len(src) {
		line, next := lineAt(src, pos)
		if bytes.Equal(line, []byte("end")) {
			return out, nil
		}

		if uuLine(line) {
			out = appendUU(out, line)
		}

		pos = next
	}

	return out, fmt.Errorf("decoding uuencode: %w: the end line is missing", ErrDamaged)
}

// uuBlock is where a uuencoded file stands in a text.
type uuBlock struct {
	start, data, end int // of the begin line, the line after it, after the end line
	name             string
}

// findUU finds the first uuencoded file at or after pos: a begin line with a
// mode, an encoded line after it, and an end line.
func findUU(src []byte, pos int) (uuBlock, bool) {
	for pos < len(src) {
		i := bytes.Index(src[pos:], []byte("begin "))
		if i < 0 {
			return uuBlock{}, false
		}

		start := pos + i
		pos = start + len("begin ")

		if start > 0 && src[start-1] != '\n' {
			continue
		}

		line, data := lineAt(src, start)

		name, ok := uuName(line)
		if !ok {
			continue
		}

		if first, _ := lineAt(src, data); !uuLine(first) {
			continue
		}

		end := uuEnd(src, data)
		if end < 0 {
			continue
		}

		return uuBlock{start: start, data: data, end: end, name: name}, true
	}

	return uuBlock{}, false
}

// uuEnd is where the block ends whose data starts at pos, or -1 where its
// lines stop looking encoded before an end line.
func uuEnd(src []byte, pos int) int {
	for pos < len(src) {
		line, next := lineAt(src, pos)
		if bytes.Equal(bytes.TrimRight(line, " \t"), []byte("end")) {
			return next
		}

		if len(line) > 0 && !uuLine(line) {
			return -1
		}

		pos = next
	}

	return -1
}

func uuName(line []byte) (string, bool) {
	mode, name, _ := bytes.Cut(line[len("begin "):], []byte(" "))
	if len(mode) < 3 || len(mode) > 4 {
		return "", false
	}

	for _, c := range mode {
		if c < '0' || c > '7' {
			return "", false
		}
	}

	return string(bytes.TrimSpace(name)), true
}

// uuLine reports whether line's length fits its count; trailing spaces may
// have been lost and a check letter may have been added.
func uuLine(line []byte) bool {
	if len(line) == 0 || line[0] < 32 || line[0] > 96 {
		return false
	}

	want := (int(line[0]-32)&63 + 2) / 3 * 4
	have := len(line) - 1

	if have > want+2 || (have < want && want-have > 60) {
		return false
	}

	for _, c := range line {
		if c < 32 || c > 96 {
			return false
		}
	}

	return true
}

func appendUU(out, line []byte) []byte {
	n := int(line[0]-32) & 63
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - 32) & 63
		}

		return 0
	}

	for i := 1; n > 0; i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		group := [3]byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
		k := min(n, 3)
		out = append(out, group[:k]...)
		n -= k
	}

	return out
}
