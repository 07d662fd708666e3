package message

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// shape writes a part tree as media types in brackets.
func shape(p *Part) string {
	if len(p.Children) == 0 {
		return p.MediaType
	}

	inner := make([]string, len(p.Children))
	for i, c := range p.Children {
		inner[i] = shape(c)
	}

	return p.MediaType + "(" + strings.Join(inner, " ") + ")"
}

// crlf writes test messages legibly.
func crlf(s string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimPrefix(s, "\n"), "\n", "\r\n"))
}

func TestParseBroken(t *testing.T) {
	tests := []struct {
		name    string
		raw     []byte
		shape   string
		subject string
		text    string
	}{
		{"empty", nil, "text/plain", "", ""},
		{"only a line end", []byte("\r\n"), "text/plain", "", ""},
		{"plain", crlf("Subject: s\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"bare LF", []byte("Subject: s\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"bare CR", []byte("Subject: s\rTo: a@b\r\rhello\rworld\r"), "text/plain", "s", "hello\nworld\n"},
		{"CR CR LF", []byte("Subject: s\r\r\n\r\r\nhello\r\r\n"), "text/plain", "s", "hello\n"},
		{"mbox line", crlf("From x Mon Jan 1\nSubject: s\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"mbox line inside", crlf("To: a@b\n>From x Mon Jan 1\nSubject: s\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"byte order mark", []byte("\xef\xbb\xbfSubject: s\n\nhello"), "text/plain", "s", "hello"},
		{"blank lines first", crlf("\n\nSubject: s\n\nhello"), "text/plain", "s", "hello"},
		{"no header", crlf("just text\nmore\n"), "text/plain", "", "just text\nmore\n"},
		{"no body", crlf("Subject: s\nTo: a@b\n"), "text/plain", "s", ""},
		{"no separator", crlf("Subject: s\nTo: a@b\nhello there\nmore\n"), "text/plain", "s", "hello there\nmore\n"},
		{"separator with a space", crlf("Subject: s\n \nhello\n"), "text/plain", "s", "hello\n"},
		{"fold of white space only", crlf("To: a@b\n \n c@d\nSubject: s\nX-A: b\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"line without colon", crlf("To: a@b\nrubbish here\nSubject: s\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"space before the colon", crlf("Subject : s\n\nhello\n"), "text/plain", "s", "hello\n"},
		{"folded without space", crlf("Subject: long\nsubject\nTo: a@b\n\nhello"), "text/plain", "long subject", "hello"},
		{"NULs", []byte("Subject: a\x00b\n\nhel\x00lo"), "text/plain", "a b", "hello"},
		{
			"no boundary parameter",
			crlf("Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain\n\nhello\n--x\nContent-Type: text/html\n\n<p>hi\n--x--\n"),
			"multipart/mixed(text/plain text/html)", "", "hello\n\nhi",
		},
		{
			"wrong boundary parameter",
			crlf("Content-Type: multipart/mixed; boundary=y\n\n--x\nContent-Type: text/plain\n\nhello\n--x--\n"),
			"multipart/mixed(text/plain)", "", "hello",
		},
		{
			"no boundary at all",
			crlf("Content-Type: multipart/mixed; boundary=y\n\nhello\n"), "text/plain", "", "hello\n",
		},
		{
			"empty boundary and a signature",
			crlf("Content-Type: multipart/mixed; boundary=\"\"\n\nhello\n-- \nme\n"), "text/plain", "", "hello\n-- \nme\n",
		},
		{
			"final boundary missing",
			crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\n\nworld"),
			"multipart/mixed(text/plain text/plain)", "", "hello\n\nworld",
		},
		{
			"junk behind the boundary",
			crlf("Content-Type: multipart/mixed; boundary=x\n\n--x junk\n\nhello\n--x-- junk\nepilogue"),
			"multipart/mixed(text/plain)", "", "hello",
		},
		{
			"boundary that begins another",
			crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=xy\n\n" +
				"--xy\n\na\n--xy\n\nb\n--xy--\n--x\n\nc\n--x--\n"),
			"multipart/mixed(multipart/mixed(text/plain text/plain) text/plain)", "", "a\n\nb\n\nc",
		},
		{
			"same boundary inside",
			crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=x\n\n" +
				"--x\n\na\n--x--\n--x\n\nb\n--x--\n"),
			"multipart/mixed(text/plain text/plain text/plain)", "", "a\n\nb",
		},
		{
			"preamble and epilogue",
			crlf("Content-Type: multipart/mixed; boundary=x\n\npreamble\n--x\n\nhello\n--x--\nepilogue\n"),
			"multipart/mixed(text/plain)", "", "hello",
		},
		{
			"bare CR around boundaries",
			[]byte("Content-Type: multipart/mixed; boundary=x\n\n--x\r\rhello\r--x--\r"),
			"multipart/mixed(text/plain)", "", "hello",
		},
		{
			"encoded multipart",
			crlf("Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n" +
				"LS14DQoNCmhlbGxvDQotLXgtLQ0K\n"),
			"multipart/mixed(text/plain)", "", "hello",
		},
		{
			"part without header",
			crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\nhello\nX-Note: text\n--x--\n"),
			"multipart/mixed(text/plain)", "", "hello\nX-Note: text",
		},
		{"type without subtype", crlf("Content-Type: text\n\nhello"), "text/plain", "", "hello"},
		{"type is html", crlf("Content-Type: html\n\n<b>hello</b>"), "text/html", "", "hello"},
		{"type missing, html", crlf("Subject: s\n\n<html><b>hello</b>"), "text/html", "s", "hello"},
		{"type missing, parameters there", crlf("Content-Type: charset=utf-8\n\nsüß"), "text/plain", "", "süß"},
		{"semicolon missing", crlf("Content-Type: text/plain charset=utf-8\n\nsüß"), "text/plain", "", "süß"},
		{"capitals", crlf("CONTENT-TYPE: TEXT/HTML; CHARSET=UTF-8\n\n<b>süß"), "text/html", "", "süß"},
		{
			"windows-1256 without label",
			append([]byte("Subject: s\n\n"), encode(t, charmap.Windows1256, persian1256)...),
			"text/plain", "s", persian1256,
		},
		{"8-bit in 7bit", crlf("Content-Transfer-Encoding: 7bit\n\nsüß"), "text/plain", "", "süß"},
		{"unknown transfer encoding", crlf("Content-Transfer-Encoding: nonsense\n\nhello"), "text/plain", "", "hello"},
		{"quoted-printable, oddly spelt", crlf("Content-Transfer-Encoding: Quoted-Printable;\n\na=3Db"), "text/plain", "", "a=b"},
		{"says base64, is not", crlf("Content-Transfer-Encoding: base64\n\nThis is plain text, after all. Is it?"), "text/plain", "", "This is plain text, after all. Is it?"},
		{
			"message only",
			crlf("Content-Type: message/rfc822\n\nSubject: inner\nFrom: a@b\n\nhello\n"),
			"message/rfc822", "", "From: a@b\nSubject: inner\n\nhello",
		},
		{
			"digest",
			crlf("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: one\n\nhello\n--x\n\nSubject: two\n\nworld\n--x--\n"),
			"multipart/digest(message/rfc822 message/rfc822)", "", "Subject: one\n\nhello\n\nSubject: two\n\nworld",
		},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Parse(test.raw)
			if got := shape(m.Root); got != test.shape {
				t.Errorf("shape %s, want %s", got, test.shape)
			}

			if m.Subject != test.subject {
				t.Errorf("subject %q, want %q", m.Subject, test.subject)
			}

			if got := m.Text(); got != test.text {
				t.Errorf("text %q, want %q", got, test.text)
			}
		})
	}
}

func TestParseBombs(t *testing.T) {
	deep := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}

		return b.String() + "\r\nthe end"
	}

	tests := []struct{ name, raw, want string }{
		{"deep", deep(5000), "the end"},
		{"many parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 50000) + "the end", "the end"},
		{"long header line", "Subject: " + strings.Repeat("x", 1<<20) + "\r\n\r\nthe end", "the end"},
		{"many headers", strings.Repeat("X-A: b\r\n", 1<<17) + "\r\nthe end", "the end"},
		{"many broken headers", "A: b\r\n" + strings.Repeat("x\r\n", 1<<17) + "\r\nthe end", "the end"},
		{"many folds", "Subject: x" + strings.Repeat("\r\n y", 1<<17) + "\r\n\r\nthe end", "the end"},
		{"many blank folds", "Subject: x\r\n" + strings.Repeat(" \r\n", 1<<17) + "the end", "the end"},
		{"boundary of hyphens", "Content-Type: multipart/mixed; boundary=\"" + strings.Repeat("-", 60) + "\"\r\n\r\n" + strings.Repeat("-", 1<<20) + "\r\nthe end", "the end"},
		{"uuencode without end", "A: b\r\n\r\n" + strings.Repeat("begin 644 x\r\n#86)C\r\n", 1<<16) + "the end", "the end"},
		{"messages in messages", strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 10000) + "the end", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			m := Parse([]byte(test.raw))

			if !strings.HasSuffix(strings.TrimSpace(m.Text()), test.want) {
				t.Errorf("the end is not in the text")
			}

			parts := 0
			for p := range m.Root.leaves() {
				parts++
				_ = p.Name()
			}

			if parts > maxParts+maxDepth {
				t.Errorf("%d parts", parts)
			}

			if d := time.Since(start); d > 3*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	tests := []struct{ name, field, key, want string }{
		{"token", "a/b; name=x.txt", "name", "x.txt"},
		{"quoted", `a/b; name="x y.txt"`, "name", "x y.txt"},
		{"escaped quote", `a/b; name="x\"y.txt"`, "name", `x"y.txt`},
		{"Windows path", `a/b; name="C:\temp\x.txt"`, "name", `C:\temp\x.txt`},
		{"semicolon in quotes", `a/b; name="x;y"; c=d`, "c", "d"},
		{"spaces unquoted", "a/b; name=x y.txt; c=d", "name", "x y.txt"},
		{"not closed", `a/b; name="x y.txt; c=d`, "c", "d"},
		{"first wins", "a/b; name=1; name=2", "name", "1"},
		{"no value", "a/b; flag; name=x", "name", "x"},
		{"RFC 2231", "a/b; name*=utf-8''%D8%B3%D9%84%D8%A7%D9%85.txt", "name", "سلام.txt"},
		{"RFC 2231 in windows-1256", "a/b; name*=windows-1256''%D3%E1%C7%E3", "name", "سلام"},
		{"RFC 2231 language", "a/b; name*=iso-8859-1'de'%FC", "name", "ü"},
		{"RFC 2231 without charset", "a/b; name*=%C3%BC", "name", "ü"},
		{"continuation", "a/b; name*0=ab; name*1=cd", "name", "abcd"},
		{"continuation out of order", "a/b; name*1=cd; name*0=ab", "name", "abcd"},
		{"continuation, encoded", "a/b; name*0*=utf-8''%D8; name*1*=%B3x; name*2=%41", "name", "سx%41"},
		{"extended wins", "a/b; name=old.txt; name*=utf-8''new.txt", "name", "new.txt"},
		{"RFC 2047 in a parameter", `a/b; name="=?utf-8?B?2LPZhNin2YU=?="`, "name", "سلام"},
		{"raw utf-8", "a/b; name=سلام.txt", "name", "سلام.txt"},
		{"raw latin1", "a/b; name=\"\xfc.txt\"", "name", "ü.txt"},
		{"white space around", "a/b ; name = x", "name", "x"},
		{"silly index", "a/b; name*99999999999999999999=x; c=d", "c", "d"},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			value, params := parseParamField(test.field, "")
			if value != "a/b" {
				t.Errorf("value %q", value)
			}

			if got := params.Get(test.key); got != test.want {
				t.Errorf("%s = %q, want %q", test.key, got, test.want)
			}
		})
	}
}

func TestFilenames(t *testing.T) {
	for in, want := range map[string]string{
		`x.txt`:                           "x.txt",
		`C:\temp\x.txt`:                   "x.txt",
		`../../etc/passwd`:                "passwd",
		`..`:                              "",
		"a\x00b\r\nc.txt":                 "a b  c.txt",
		"photo\u202egpj.exe":              "photogpj.exe",
		"":                                "",
		strings.Repeat("س", 200) + ".pdf": strings.Repeat("س", 125) + ".pdf",
	} {
		if got := cleanFilename(in); got != want {
			t.Errorf("cleanFilename(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTransferDecoding(t *testing.T) {
	tests := []struct {
		name, encoding, in, want string
		damaged                  bool
	}{
		{"base64", "base64", "aGVsbG8=", "hello", false},
		{"lines", "base64", "aGVs\r\nbG8=\r\n", "hello", false},
		{"junk", "base64", "aGV*s!bG8=", "hello", true},
		{"no padding", "base64", "aGVsbG8", "hello", false},
		{"cut off", "base64", "aGVsbG8hI", "hello!", true},
		{"two encodings", "base64", "aGVsbG8=aGVsbG8=", "hellohello", false},
		{"footer", "base64", "aGVsbG8=\r\n-- \r\nMailing list footer with words\r\n", "hello", false},
		{"url alphabet", "base64", "-_-_", "\xfb\xff\xbf", false},
		{"line of odd length", "base64", "aGV\r\nsbG\r\n8=", "hello", false},
		{"qp", "quoted-printable", "a=3Db=\r\nc", "a=bc", false},
		{"qp lower case", "quoted-printable", "=c3=bc", "ü", false},
		{"qp soft break with space", "quoted-printable", "a= \r\nb", "ab", false},
		{"qp bare LF", "quoted-printable", "a=\nb", "ab", false},
		{"qp broken", "quoted-printable", "a=b =ZZ 100% = =", "a=b =ZZ 100% = ", true},
		{"qp signature", "quoted-printable", "-- \r\nme", "-- \r\nme", false},
		{"uu", "uuencode", "begin 644 x\r\n#86)C\r\n`\r\nend\r\n", "abc", false},
		{"uu cut off", "uuencode", "begin 644 x\r\n#86)C\r\n", "abc", true},
		{"identity", "", "a=3D", "a=3D", false},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := decodeTransfer([]byte(test.in), test.encoding)
			if string(got) != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}

			if (err != nil) != test.damaged {
				t.Errorf("error %v, damaged %v", err, test.damaged)
			}
		})
	}
}

func TestUUEncodedFilesInText(t *testing.T) {
	m := Parse(crlf("Subject: s\n\nsee below\nbegin 644 سلام.bin\n#86)C\n`\nend\nbye, I begin 644 things\n"))

	if got := m.Text(); got != "see below\nbye, I begin 644 things\n" {
		t.Errorf("text %q", got)
	}

	files := m.Attachments()
	if len(files) != 1 || m.Summary.Attachments != 1 {
		t.Fatalf("%d attachments, summary says %d", len(files), m.Summary.Attachments)
	}

	content, err := files[0].Content()
	if err != nil || string(content) != "abc" || files[0].Name() != "سلام.bin" {
		t.Errorf("%q %q %v", files[0].Name(), content, err)
	}
}

// Raw 8-bit headers are read in the charset of the text.
func TestRawHeaderTakesCharsetOfText(t *testing.T) {
	raw := append([]byte("Subject: "), encode(t, charmap.ISO8859_7, "Θέμα")...)
	raw = append(raw, "\r\nContent-Type: text/plain; charset=iso-8859-7\r\n\r\nx"...)

	if got := Parse(raw).Subject; got != "Θέμα" {
		t.Errorf("subject %q", got)
	}

	if got := Parse(raw).Header.Get("subject"); got != "Θέμα" {
		t.Errorf("header %q", got)
	}

	if got := SummarizeHeader(raw).Subject; got != "Θέμα" {
		t.Errorf("from the header alone %q", got)
	}
}

func TestHeaderKeepsOrderAndBytes(t *testing.T) {
	raw := crlf("Received: a\n b\nX-One: =?utf-8?Q?=C3=BC?=\nReceived: c\n\nbody")
	m := Parse(raw)

	var names []string

	joined := ""

	for _, f := range m.Header {
		names = append(names, f.Name)
		joined += string(f.Raw)
	}

	if fmt.Sprint(names) != "[Received X-One Received]" || joined+"\r\nbody" != string(raw) {
		t.Errorf("%v %q", names, joined)
	}

	if got := m.Header.Values("received"); fmt.Sprint(got) != "[a b c]" || len(got) != 2 {
		t.Errorf("values %q", got)
	}

	if got := m.Header.Get("x-one"); got != "ü" {
		t.Errorf("X-One %q", got)
	}
}

// checkMessage is what must hold for any bytes.
func checkMessage(t *testing.T, raw []byte) *Message {
	t.Helper()

	m := Parse(raw)
	s := Summarize(raw)

	if fmt.Sprintf("%#v", s) != fmt.Sprintf("%#v", m.Summary) {
		t.Errorf("Summarize and Parse differ:\n%#v\n%#v", s, m.Summary)
	}

	if got := len(m.Attachments()); got != s.Attachments {
		t.Errorf("%d attachments, summary says %d", got, s.Attachments)
	}

	valid := func(what, text string) {
		if !utf8.ValidString(text) {
			t.Errorf("%s is not valid UTF-8: %q", what, text)
		}
	}

	line := func(what, text string) {
		valid(what, text)

		if strings.ContainsAny(text, "\r\n\x00\t\u0085\u2028\u2029") {
			t.Errorf("%s is more than a line: %q", what, text)
		}
	}

	valid("text", m.Text())

	html, _ := m.HTML()
	valid("html", html)
	line("subject", s.Subject)
	line("preview", s.Preview)
	line("message id", s.MessageID)

	if n := utf8.RuneCountInString(s.Preview); n > previewRunes {
		t.Errorf("preview of %d runes", n)
	}

	for _, list := range [][]string{s.References, ThreadKeys(&s)} {
		for _, id := range list {
			line("reference", id)
		}
	}

	for _, a := range append(append(s.From, s.To...), s.Cc...) {
		line("name", a.Name)
		line("address", a.Address)
	}

	for _, f := range m.Header {
		line("field", f.Text())
	}

	for _, p := range m.Attachments() {
		line("file name", p.Name())

		if content, err := p.Content(); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("content %.40q: %v", content, err)
		}
	}

	return m
}
