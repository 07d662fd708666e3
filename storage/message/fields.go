package message

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// fieldWriter writes header fields folded at 78 columns. The first error
// sticks.
type fieldWriter struct {
	out *bufio.Writer
	err error
}

const (
	foldColumn  = 78
	longestWord = 75 // of an encoded-word, RFC 2047 section 2
	// longestToken is what may stand without a fold.
	longestToken = 900
)

// plain writes an ASCII value that fits a line.
func (f *fieldWriter) plain(name, value string) {
	fmt.Fprintf(f.out, "%s: %s\r\n", name, value)
}

// words writes the words of a value, each of which stays whole.
func (f *fieldWriter) words(name string, words []string) {
	f.out.WriteString(name + ":")
	column := len(name) + 1

	for i, w := range words {
		if i > 0 && column+1+len(w) > foldColumn {
			f.out.WriteString("\r\n")

			column = 0
		}

		f.out.WriteString(" " + w)
		column += 1 + len(w)
	}

	f.out.WriteString("\r\n")
}

// text writes an unstructured field; an empty one is left out.
func (f *fieldWriter) text(name, value string) {
	value = oneLine(validUTF8(value))
	if value == "" {
		return
	}

	if needsEncoding(value) {
		f.words(name, encodedWords(value, len(name)+1))

		return
	}

	f.words(name, strings.Split(value, " "))
}

// needsEncoding reports that a text would not come back as it is: not ASCII,
// like an encoded-word, with runs of spaces, or with a word too long to fold.
func needsEncoding(s string) bool {
	if !isASCII(s) || strings.Contains(s, "=?") || strings.Contains(s, "  ") {
		return true
	}

	const long = 200

	for word := range strings.SplitSeq(s, " ") {
		if len(word) > long {
			return true
		}
	}

	return false
}

// encodedWords encodes s as words of RFC 2047 that are broken between
// characters, with the encoding that is shorter. used is what stands on the
// line of the first one already.
func encodedWords(s string, used int) []string {
	const (
		start = "=?utf-8?"
		frame = len(start) + len("Q?") + len("?=")
	)

	escaped := 0
	for i := range len(s) {
		if !qSafe(s[i]) {
			escaped++
		}
	}

	quoted := escaped*2 <= len(s)/3
	limit := func(used int) int {
		room := longestWord - frame - used
		if !quoted {
			room = room / 4 * 3
		}

		return room
	}

	var words []string

	for s != "" {
		n := wordPrefix(s, limit(used), quoted)
		used = 0

		if quoted {
			words = append(words, start+"Q?"+encodeQ(s[:n])+"?=")
		} else {
			words = append(words, start+"B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		}

		s = s[n:]
	}

	return words
}

// wordPrefix is the length of the whole characters at the start of s whose
// encoding has at most limit octets.
func wordPrefix(s string, limit int, quoted bool) int {
	size := 0

	for i := 0; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])

		cost := n
		if quoted && !(n == 1 && (qSafe(s[i]) || s[i] == ' ')) {
			cost = 3 * n
		}

		if size+cost > limit {
			return i
		}

		size += cost
		i += n
	}

	return len(s)
}

// qSafe bytes stand for themselves in every place an encoded-word may have
// (RFC 2047 section 5, rule 3).
func qSafe(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("!*+-/", c) >= 0
}

func encodeQ(s string) string {
	var out strings.Builder

	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			out.WriteByte('_')
		case qSafe(c):
			out.WriteByte(c)
		default:
			out.WriteByte('=')
			out.WriteByte(hexDigits[c>>4])
			out.WriteByte(hexDigits[c&15])
		}
	}

	return out.String()
}

// addresses writes an address list; an empty one is left out.
func (f *fieldWriter) addresses(name string, list ...mail.Address) {
	var words []string

	for _, a := range list {
		spec, err := addrSpec(a.Address)
		if err != nil {
			f.fail(fmt.Errorf("%s: %w", name, err))

			return
		}

		display := oneLine(validUTF8(a.Name))
		if spec == "" {
			continue
		}

		if len(words) > 0 {
			words[len(words)-1] += ","
		}

		if display == "" {
			words = append(words, spec)
		} else {
			words = append(append(words, phrase(display)...), "<"+spec+">")
		}
	}

	if len(words) > 0 {
		f.words(name, words)
	}
}

func (f *fieldWriter) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// phrase is a display name as atoms, as a quoted-string, or encoded.
func phrase(name string) []string {
	if needsEncoding(name) {
		return encodedWords(name, len("Reply-To: "))
	}

	if !strings.ContainsAny(name, `()<>[]:;@\,."'`) {
		return strings.Split(name, " ")
	}

	return strings.Split(quoted(name), " ")
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// addrSpec is an address as it may be written: the domain in its ASCII form,
// the local part quoted where it must be, nothing that ends the line.
func addrSpec(address string) (string, error) {
	address = strings.Trim(oneLine(validUTF8(address)), "<> ")

	local, domain := address, ""
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		local, domain = address[:i], address[i+1:]
	}

	if local == "" {
		if domain != "" {
			return "", fmt.Errorf("the address %q has nothing before the @", address)
		}

		return "", nil
	}

	if n := len(local); n > 1 && local[0] == '"' && local[n-1] == '"' {
		local = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(local[1 : n-1])
	}

	if strings.ContainsAny(local, " ()<>[]:;@\\,\"") {
		local = quoted(local)
	}

	if len(local) > longestToken {
		return "", fmt.Errorf("the address %q… is too long", strings.ToValidUTF8(local[:60], ""))
	}

	if domain == "" {
		return local, nil
	}

	if len(domain) > 255 || strings.ContainsAny(domain, " ()<>;,\\\"") {
		return "", fmt.Errorf("the address %q has a domain that cannot be", address)
	}

	return local + "@" + asciiDomain(domain), nil
}

// asciiDomain turns an international domain into its ASCII form and leaves
// what is none alone.
func asciiDomain(domain string) string {
	if isASCII(domain) {
		return domain
	}

	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return domain
	}

	return ascii
}

// ids writes a list of ids in angle brackets, one a line when they are many.
func (f *fieldWriter) ids(name string, list ...string) {
	var words []string

	for _, id := range list {
		id = cleanID(id)
		if id != "" && len(id) <= longestToken {
			words = append(words, "<"+id+">")
		}
	}

	if len(words) > 0 {
		f.words(name, words)
	}
}

// params writes a field with one parameter, a file name. When it is not plain
// ASCII it is written as RFC 2231 wants; with legacy also as an encoded-word,
// which is wrong and the only thing that some readers know.
func (f *fieldWriter) params(name, value, param, file string, legacy bool) {
	file = oneLine(validUTF8(file))
	file = strings.ToValidUTF8(file[:min(len(file), longestToken)], "")

	if file == "" {
		f.plain(name, value)

		return
	}

	f.out.WriteString(name + ": " + value)

	const short = 60

	switch {
	case isASCII(file) && len(file) <= short && !strings.Contains(file, "=?"):
		f.out.WriteString(";\r\n " + param + "=" + quoted(file))
	case legacy:
		f.out.WriteString(";\r\n " + param + "=\"" + strings.Join(encodedWords(file, len(param)), "\r\n ") + "\"")
	default:
		for _, part := range extended(param, file) {
			f.out.WriteString(";\r\n " + part)
		}
	}

	f.out.WriteString("\r\n")
}

// extended is a parameter in the form of RFC 2231: percent-encoded, and in
// continuations where it is long.
func extended(param, value string) []string {
	const perLine = 50

	var pieces []string

	piece := new(strings.Builder)

	for i := range len(value) {
		c := value[i]
		if piece.Len() >= perLine {
			pieces = append(pieces, piece.String())
			piece.Reset()
		}

		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._", c) >= 0 {
			piece.WriteByte(c)
		} else {
			piece.WriteByte('%')
			piece.WriteByte(hexDigits[c>>4])
			piece.WriteByte(hexDigits[c&15])
		}
	}

	pieces = append(pieces, piece.String())
	pieces[0] = "utf-8''" + pieces[0]

	if len(pieces) == 1 {
		return []string{param + "*=" + pieces[0]}
	}

	for i := range pieces {
		pieces[i] = param + "*" + strconv.Itoa(i) + "*=" + pieces[i]
	}

	return pieces
}
