package message

import (
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"
)

// decodeUTF7 decodes RFC 2152. What is no shift sequence stays as it is.
func decodeUTF7(data []byte) string {
	var out strings.Builder

	out.Grow(len(data))

	for i := 0; i < len(data); {
		if data[i] != '+' {
			out.WriteByte(data[i])
			i++

			continue
		}

		i++
		if i < len(data) && data[i] == '-' {
			out.WriteByte('+')
			i++

			continue
		}

		end := i
		for end < len(data) && isBase64Letter(data[end]) {
			end++
		}

		units := utf16Units(data[i:end])
		if len(units) == 0 {
			out.WriteByte('+')

			continue
		}

		out.WriteString(string(utf16.Decode(units)))

		i = end
		if i < len(data) && data[i] == '-' {
			i++
		}
	}

	return out.String()
}

func isBase64Letter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

func utf16Units(b64 []byte) []uint16 {
	var (
		units []uint16
		acc   uint32
		bits  int
	)

	for _, c := range b64 {
		acc = acc<<6 | uint32(base64Values[c])

		if bits += 6; bits >= 16 {
			bits -= 16
			units = append(units, uint16(acc>>bits))
		}
	}

	return units
}

// iso2022KR is RFC 1557: KS X 1001 between SO and SI, which is EUC-KR without
// the high bits.
type iso2022KR struct{}

func (iso2022KR) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: transform.Chain(&shiftedKR{}, korean.EUCKR.NewDecoder())}
}

type shiftedKR struct{ shifted bool }

func (s *shiftedKR) Reset() { s.shifted = false }

func (s *shiftedKR) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	const (
		so, si, esc = 0x0e, 0x0f, 0x1b
		designator  = "\x1b$)C"
	)

	for nSrc < len(src) {
		c := src[nSrc]
		switch {
		case c == so || c == si:
			s.shifted = c == so
			nSrc++

			continue
		case c == esc && len(src)-nSrc < len(designator) && !atEOF:
			return nDst, nSrc, transform.ErrShortSrc
		case c == esc && strings.HasPrefix(string(src[nSrc:min(len(src), nSrc+len(designator))]), designator):
			nSrc += len(designator)

			continue
		}

		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}

		if c == '\n' {
			s.shifted = false // RFC 1557: a line begins unshifted
		}

		if s.shifted && c > 0x20 && c < 0x7f {
			c |= 0x80
		}

		dst[nDst] = c
		nDst++
		nSrc++
	}

	return nDst, nSrc, nil
}
