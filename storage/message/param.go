package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of a Content-Type or Content-Disposition.
type Param struct {
	Name  string // in lower case, without RFC 2231 marks
	Value string // decoded
}

// Params are in the order of the field, the first of a name being the one that
// counts.
type Params []Param

// Get returns the value of the parameter called name (in lower case), or "".
func (p Params) Get(name string) string {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value
		}
	}

	return ""
}

// maxParams bounds the work on a field made of nothing but parameters.
const maxParams = 200

// parseParamField splits a field body like `text/plain; charset=utf-8` into
// its value in lower case and its parameters.
func parseParamField(s, charset string) (string, Params) {
	value, rest, more := strings.Cut(s, ";")
	value = strings.ToLower(strings.TrimSpace(dropComments(value)))

	if !more {
		return value, nil
	}

	return value, parseParams(rest, charset)
}

func dropComments(s string) string {
	before, after, ok := strings.Cut(s, "(")
	if !ok {
		return s
	}

	_, after, _ = strings.Cut(after, ")")

	return before + after
}

// segment is one parameter as written; RFC 2231 spreads a value over several.
type segment struct {
	name    string
	value   string
	index   int // -1 when not continued
	encoded bool
}

func parseParams(s, charset string) Params {
	var segments []segment

	split := false

	for s != "" && len(segments) < maxParams {
		var name, value string

		name, value, s = nextParam(s)
		if name == "" {
			continue
		}

		seg := segmentOf(name, value)
		split = split || seg.encoded || seg.index >= 0
		segments = append(segments, seg)
	}

	params := make(Params, 0, len(segments))

	if split {
		segments = joinSegments(segments)
	}

	for _, seg := range segments {
		value := seg.value
		if !seg.encoded && seg.name != "boundary" { // which must match byte for byte
			value = decodeHeader(value, charset)
		}

		params = append(params, Param{Name: seg.name, Value: value})
	}

	return params
}

// nextParam reads one name=value. A value without quotes reaches to the next
// semicolon, whatever it contains.
func nextParam(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, "; \t\r\n")

	eq := strings.IndexAny(s, "=;")
	if eq < 0 {
		return "", "", ""
	}

	if s[eq] == ';' {
		return "", "", s[eq+1:]
	}

	name = strings.ToLower(strings.TrimSpace(s[:eq]))
	s = strings.TrimLeft(s[eq+1:], " \t\r\n")

	if strings.HasPrefix(s, `"`) {
		value, rest = quotedValue(s[1:])

		return name, value, rest
	}

	value, rest, _ = strings.Cut(s, ";")

	return name, strings.TrimSpace(value), rest
}

// quotedValue reads to the closing quote; a backslash quotes only quotes and
// backslashes because Windows paths come unquoted.
func quotedValue(s string) (value, rest string) {
	var out strings.Builder

	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			out.WriteByte(s[i])
		case c == '"':
			return out.String(), s[i+1:]
		default:
			out.WriteByte(c)
		}
	}

	// Never closed: the value ends at the semicolon, if there is one.
	value, rest, _ = strings.Cut(s, ";")

	return strings.TrimSpace(value), rest
}

// segmentOf reads the marks of RFC 2231 in a parameter name: name*, name*0,
// name*0*.
func segmentOf(name, value string) segment {
	seg := segment{name: name, value: value, index: -1}

	base, mark, ok := strings.Cut(name, "*")
	if !ok {
		return seg
	}

	digits, encoded := strings.CutSuffix(mark, "*")
	if mark == "" {
		encoded = true
	}

	if digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 {
			return seg
		}

		seg.index = n
	}

	seg.name, seg.encoded = base, encoded

	return seg
}

// joinSegments puts continued values together and decodes those that need it.
// The extended form of a name wins over the plain one, which is there for old
// readers.
func joinSegments(segments []segment) []segment {
	var out []segment

	done := map[string]bool{}

	for _, seg := range segments {
		if done[seg.name] {
			continue
		}

		done[seg.name] = true

		var parts []segment

		plain := -1

		for i, other := range segments {
			switch {
			case other.name != seg.name:
			case other.index >= 0 || other.encoded:
				parts = append(parts, other)
			case plain < 0:
				plain = i
			}
		}

		if len(parts) == 0 {
			out = append(out, segments[plain])

			continue
		}

		out = append(out, joinParts(parts))
	}

	return out
}

func joinParts(parts []segment) segment {
	slices.SortStableFunc(parts, func(a, b segment) int { return cmp.Compare(a.index, b.index) })

	var (
		raw     []byte
		charset string
		extended,
		last = false, -2
	)

	for i, part := range parts {
		if part.index == last {
			continue // a duplicate
		}

		last = part.index
		value := part.value

		if part.encoded {
			if i == 0 {
				charset, value = extendedCharset(value)
			}

			extended = true
			raw = appendPercent(raw, value)
		} else {
			raw = append(raw, value...)
		}
	}

	seg := segment{name: parts[0].name, index: -1}
	if !extended {
		seg.value = string(raw)

		return seg
	}

	seg.encoded = true
	seg.value = oneLine(DecodeCharset(raw, charset))

	return seg
}

// extendedCharset cuts charset'language' off; a value without it is
// percent-encoded UTF-8 of a careless writer.
func extendedCharset(value string) (charset, rest string) {
	charset, after, ok := strings.Cut(value, "'")
	if !ok {
		return "", value
	}

	_, rest, ok = strings.Cut(after, "'")
	if !ok {
		return charset, after
	}

	return charset, rest
}

func appendPercent(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			dst = append(dst, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2

			continue
		}

		dst = append(dst, s[i])
	}

	return dst
}
