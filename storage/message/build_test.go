package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/mail"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func file(name, mediaType string, content []byte) Attachment {
	return Attachment{
		Name:      name,
		MediaType: mediaType,
		Open:      func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

func testDraft() Draft {
	return Draft{
		From:      mail.Address{Name: "Sara", Address: "sara@example.org"},
		To:        []mail.Address{{Name: "John", Address: "john@example.com"}},
		Subject:   "Hello",
		Text:      "Hello John\n",
		Date:      time.Date(2026, 3, 3, 14, 2, 11, 0, time.FixedZone("", 12600)),
		MessageID: "m1@example.org",
	}
}

// build builds and checks what holds for every message sent: CRLF only, line
// lengths, and one header block.
func build(t *testing.T, d *Draft) []byte {
	t.Helper()

	var out, again bytes.Buffer
	if err := d.Build(&out); err != nil {
		t.Fatalf("building: %v", err)
	}

	if err := d.Build(&again); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Errorf("built twice, not the same (%v)", err)
	}

	checkWire(t, out.Bytes())

	return out.Bytes()
}

func checkWire(t *testing.T, raw []byte) {
	t.Helper()

	for line := range bytes.SplitAfterSeq(raw, []byte("\n")) {
		text, ok := bytes.CutSuffix(line, []byte("\r\n"))
		if !ok && len(line) > 0 || bytes.ContainsAny(text, "\r\n\x00") {
			t.Fatalf("a line does not end in CRLF: %.80q", line)
		}

		if len(text) > maxLine {
			t.Fatalf("a line of %d octets: %.80q", len(text), text)
		}
	}
}

func TestBuildPlain(t *testing.T) {
	d := testDraft()
	d.Bcc = []mail.Address{{Address: "hidden@example.org"}}
	d.InReplyTo = "<m0@example.org>"
	d.References = []string{"root@example.org", "<m0@example.org>"}
	d.UserAgent = "Peyk/1.0"

	want := crlf(`
From: Sara <sara@example.org>
To: John <john@example.com>
Subject: Hello
Date: Tue, 03 Mar 2026 14:02:11 +0330
Message-ID: <m1@example.org>
In-Reply-To: <m0@example.org>
References: <root@example.org> <m0@example.org>
User-Agent: Peyk/1.0
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii; format=flowed
Content-Transfer-Encoding: 7bit

Hello John
`)

	if got := build(t, &d); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBuildStructures(t *testing.T) {
	image := file("i.png", "image/png", []byte("PNG"))
	image.ContentID, image.Inline = "i1@x", true

	tests := []struct {
		name  string
		html  string
		files []Attachment
		shape string
	}{
		{"text", "", nil, "text/plain"},
		{"html", "<p>x", nil, "multipart/alternative(text/plain text/html)"},
		{"file", "", []Attachment{file("a.pdf", "application/pdf", nil)}, "multipart/mixed(text/plain application/pdf)"},
		{"html and image", "<p>x", []Attachment{image}, "multipart/alternative(text/plain multipart/related(text/html image/png))"},
		{"image without html", "", []Attachment{image}, "multipart/mixed(text/plain image/png)"},
		{
			"all", "<p>x",
			[]Attachment{image, file("a.pdf", "", []byte("x"))},
			"multipart/mixed(multipart/alternative(text/plain multipart/related(text/html image/png)) application/pdf)",
		},
		{"type made safe", "", []Attachment{file("a.xyz", "multipart/mixed; boundary=x", nil)}, "multipart/mixed(text/plain application/octet-stream)"},
		{"type with rubbish", "", []Attachment{file("a.xyz", "a/b\r\nBcc: x", nil)}, "multipart/mixed(text/plain application/octet-stream)"},
		{"message", "", []Attachment{file("a.eml", "", []byte("Subject: x\n\ny"))}, "multipart/mixed(text/plain message/rfc822)"},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := testDraft()
			d.HTML, d.Attachments = test.html, test.files

			if got := shape(Parse(build(t, &d)).Root); got != test.shape {
				t.Errorf("shape %s, want %s", got, test.shape)
			}
		})
	}
}

func TestBuildTextEncoding(t *testing.T) {
	tests := []struct{ name, text, encoding string }{
		{"ascii", "hello\n", ""},
		{"a little beside ascii", strings.Repeat("hello world ", 20) + "süß\n", "quoted-printable"},
		{"Persian", persianText + "\n", "base64"},
		{"a long word", strings.Repeat("x", 2000) + "\n", "quoted-printable"},
		{"like a boundary", "--=_x\n", "quoted-printable"},
		{"nothing", "", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := testDraft()
			d.Text = test.text

			m := Parse(build(t, &d))
			if m.Root.Encoding != test.encoding {
				t.Errorf("encoding %q, want %q", m.Root.Encoding, test.encoding)
			}

			if got := m.Text(); got != test.text {
				t.Errorf("text %q, want %q", got, test.text)
			}
		})
	}
}

func TestFlow(t *testing.T) {
	word := "word "

	tests := []struct{ name, in, want string }{
		{"short", "a\nb\n", "a\nb\n"},
		{"trailing spaces go", "a  \n", "a\n"},
		{"stuffing", "From x\n a\n", " From x\n  a\n"},
		{"long", strings.Repeat(word, 16) + "end", strings.Repeat(word, 15) + "\nword end"},
		{"quote", "> " + strings.Repeat(word, 16) + "end", "> " + strings.Repeat(word, 15) + "\n> word end"},
		{"quote without space", ">a\n", "> a\n"},
		{"deep quote", ">> a\n>\n", ">> a\n>\n"},
		{"signature", "-- \nme\n", "-- \nme\n"},
		{"no break that makes a signature", "-- " + strings.Repeat("x", 90) + " y", "-- " + strings.Repeat("x", 90) + " \ny"},
		{"break before a quote mark", strings.Repeat("w", 74) + " > x and more", strings.Repeat("w", 74) + " \n > x and more"},
		{"one long word", strings.Repeat("x", 200), strings.Repeat("x", 200)},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := flow(test.in); got != test.want {
				t.Errorf("flow(%q)\n got %q\nwant %q", test.in, got, test.want)
			}
		})
	}
}

func TestBuildCannotBeInjected(t *testing.T) {
	const evil = "x\r\nBcc: victim@example.org\r\n\r\nbody\n\u2028\x00"

	d := testDraft()
	d.From.Name, d.To[0].Name = evil, evil
	d.ReplyTo = []mail.Address{{Name: evil, Address: "a\r\nBcc: b@c.d"}}
	d.Cc = []mail.Address{{Address: "a@b.c\r\nX-Evil: 1"}}
	d.Subject, d.InReplyTo, d.MessageID, d.UserAgent = evil, evil, "m@x\r\nBcc: y", evil
	d.References = []string{evil, "a@b>\r\nBcc: <c@d"}
	f := file(evil, evil, []byte("x"))
	f.ContentID = evil
	d.Attachments = []Attachment{f}

	var out bytes.Buffer

	if err := d.Build(&out); err == nil {
		t.Fatal("an address with a line break in its domain was accepted")
	}

	d.Cc = nil
	m := Parse(build(t, &d))

	for _, f := range m.Header {
		switch strings.ToLower(f.Name) {
		case "from", "reply-to", "to", "subject", "date", "message-id", "in-reply-to", "references", "user-agent", "mime-version", "content-type":
		default:
			t.Errorf("a field %s came in", f.Name)
		}
	}

	if shape(m.Root) != "multipart/mixed(text/plain application/octet-stream)" {
		t.Errorf("shape %s", shape(m.Root))
	}

	if len(m.Bcc) > 0 {
		t.Errorf("Bcc %v", m.Bcc)
	}
}

func TestBuildErrors(t *testing.T) {
	broken := errors.New("disk gone")

	tests := []struct {
		name string
		edit func(*Draft)
		want error
	}{
		{"no date", func(d *Draft) { d.Date = time.Time{} }, ErrIncomplete},
		{"no id", func(d *Draft) { d.MessageID = "" }, ErrIncomplete},
		{"attachment without content", func(d *Draft) { d.Attachments = []Attachment{{Name: "x"}} }, ErrIncomplete},
		{"attachment that does not open", func(d *Draft) {
			d.Attachments = []Attachment{{Name: "x", Open: func() (io.ReadCloser, error) { return nil, broken }}}
		}, broken},
		{"attachment that breaks", func(d *Draft) {
			d.Attachments = []Attachment{{Name: "x", Open: func() (io.ReadCloser, error) {
				return io.NopCloser(iotest.ErrReader(broken)), nil
			}}}
		}, broken},
		{"message that breaks", func(d *Draft) {
			d.Attachments = []Attachment{{Name: "x.eml", Open: func() (io.ReadCloser, error) {
				return io.NopCloser(iotest.ErrReader(broken)), nil
			}}}
		}, broken},
		{"address too long", func(d *Draft) { d.To[0].Address = strings.Repeat("x", 2000) + "@y" }, nil},
		{"address without local part", func(d *Draft) { d.To[0].Address = "@y" }, nil},
	}

	for _, test := range tests {
		d := testDraft()
		test.edit(&d)

		err := d.Build(io.Discard)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}

	d := testDraft()
	if err := d.Build(failingWriter{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a failing writer: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBuildAddresses(t *testing.T) {
	d := testDraft()
	d.Sender = &mail.Address{Address: "office@example.org"}
	d.To = []mail.Address{
		{Name: "سارا احمدی", Address: "sara@مثال.ایران"},
		{Name: `Smith, "J" \`, Address: "john smith@example.com"},
		{Name: "O'Hara", Address: "o@example.com"},
		{Name: strings.Repeat("نام ", 60), Address: "long@example.com"},
		{Name: "=?utf-8?Q?x?=", Address: "x@example.com"},
		{Address: `"a b"@example.com`},
		{Name: "nobody", Address: ""},
	}

	m := Parse(build(t, &d))
	want := []mail.Address{
		{Name: "سارا احمدی", Address: "sara@xn--mgbh0fb.xn--mgba3a4f16a"},
		{Name: `Smith, "J" \`, Address: `"john smith"@example.com`},
		{Name: "O'Hara", Address: "o@example.com"},
		{Name: strings.TrimSpace(strings.Repeat("نام ", 60)), Address: "long@example.com"},
		{Name: "=?utf-8?Q?x?=", Address: "x@example.com"},
		{Address: `"a b"@example.com`},
	}

	if fmt.Sprintf("%q", m.To) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", m.To, want)
	}

	if got := m.Header.Get("Sender"); got != "office@example.org" {
		t.Errorf("Sender %q", got)
	}

	if _, err := mail.ReadMessage(bytes.NewReader(build(t, &d))); err != nil {
		t.Errorf("net/mail: %v", err)
	}
}

func TestAttachedMessages(t *testing.T) {
	tests := []struct{ name, content, encoding, want string }{
		{"plain", "Subject: x\r\n\r\ny\r\n", "", "Subject: x\r\n\r\ny\r\n"},
		{"bare LF", "Subject: x\n\ny", "", "Subject: x\r\n\r\ny"},
		{"8-bit", "Subject: süß\r\n\r\ny", "base64", "Subject: süß\r\n\r\ny"},
		{"long line", "Subject: x\r\n\r\n" + strings.Repeat("y", 1001), "base64", "Subject: x\r\n\r\n" + strings.Repeat("y", 1001)},
		{"longest line", "Subject: x\r\n\r\n" + strings.Repeat("y", 998) + "\r\n", "", "Subject: x\r\n\r\n" + strings.Repeat("y", 998) + "\r\n"},
		{"boundary like ours", "Subject: x\r\n\r\n--=_y", "base64", "Subject: x\r\n\r\n--=_y"},
		{"empty", "", "", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := testDraft()
			d.Attachments = []Attachment{file("a.eml", "message/rfc822", []byte(test.content))}

			p := Parse(build(t, &d)).Root.Children[1]

			got, err := p.Content()
			if err != nil || string(got) != test.want || p.Encoding != test.encoding {
				t.Errorf("%q %q %v", p.Encoding, got, err)
			}
		})
	}
}

func TestNewMessageID(t *testing.T) {
	got := NewMessageID(bytes.NewReader(make([]byte, 20)), "example.org")
	if got != strings.Repeat("0", 32)+"@example.org" {
		t.Errorf("got %q", got)
	}

	if a, b := NewMessageID(iotest.ErrReader(io.EOF), "x"), NewMessageID(iotest.ErrReader(io.EOF), "x"); a == b {
		t.Errorf("twice %q", a)
	}

	if got := NewMessageID(bytes.NewReader(make([]byte, 20)), "<a\r\nb>"); !strings.HasSuffix(got, "@ab") {
		t.Errorf("got %q", got)
	}
}

// variant makes a draft from a seed: all that people write, in two languages.
func variant(seed uint64) Draft {
	r := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("hello contract the budget, (draft) <x@y> \"quoted\" 100% =3D a=b http://example.org/a?b=c&d=e From . .. -- > " +
		"سلام قرارداد، می\u200cخواهم نسخهٔ ۱۴۰۳/۰۵/۰۱ کتاب\u200cها (پیش\u200cنویس) «نقل» 😀 naïve Größe")
	pick := func(n int) string {
		out := make([]string, n)
		for i := range out {
			out[i] = words[r.IntN(len(words))]
		}

		return strings.Join(out, " ")
	}

	d := Draft{
		From:      mail.Address{Name: pick(1 + r.IntN(3)), Address: "me@example.org"},
		Subject:   pick(1 + r.IntN(30)),
		Date:      time.Date(2020+r.IntN(9), 1, 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.FixedZone("", (r.IntN(48)-24)*1800)),
		MessageID: fmt.Sprintf("%d@example.org", seed),
	}

	for i := range 1 + r.IntN(12) {
		d.To = append(d.To, mail.Address{Name: pick(r.IntN(4)), Address: fmt.Sprintf("to%d@example.com", i)})
	}

	for i := range r.IntN(30) {
		d.References = append(d.References, fmt.Sprintf("%d.%d@example.org", seed, i))
	}

	var text strings.Builder

	for range r.IntN(12) {
		switch r.IntN(5) {
		case 0:
			text.WriteString("\n")
		case 1:
			text.WriteString(strings.Repeat(">", 1+r.IntN(3)) + " " + pick(r.IntN(40)))
		case 2:
			text.WriteString("  " + pick(r.IntN(4)))
		default:
			text.WriteString(pick(r.IntN(60)))
		}

		text.WriteString("\n")
	}

	d.Text = text.String()
	if r.IntN(3) == 0 {
		d.HTML = "<p>" + pick(20) + "</p>"
	}

	for range r.IntN(3) {
		content := make([]byte, r.IntN(5000))
		for i := range content {
			content[i] = byte(r.Uint32())
		}

		d.Attachments = append(d.Attachments, file(strings.NewReplacer("/", "-").Replace(pick(1+r.IntN(12)))+".bin", "", content))
	}

	return d
}

// normalLines is what format=flowed keeps of a text: no spaces at the ends of
// lines, one space behind quote marks.
func normalLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		rest := strings.TrimLeft(l, ">")
		marks := l[:len(l)-len(rest)]

		if rest != "-- " {
			rest = strings.TrimRight(rest, " ")
		}

		if marks != "" {
			if rest = strings.TrimPrefix(rest, " "); rest != "" {
				rest = " " + rest
			}
		}

		lines[i] = marks + rest
	}

	return strings.Join(lines, "\n")
}

func TestBuildRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		d := variant(seed)
		m := Parse(build(t, &d))

		if got, want := m.Text(), strings.TrimLeft(normalLines(d.Text), "\n"); got != want && strings.TrimSpace(want) != "" {
			t.Errorf("%d: text\n got %q\nwant %q", seed, got, want)
		}

		if m.Subject != d.Subject || !m.Date.Equal(d.Date) || m.MessageID != d.MessageID ||
			fmt.Sprint(m.References) != fmt.Sprint(d.References) {
			t.Errorf("%d: %q %v %q %v", seed, m.Subject, m.Date, m.MessageID, m.References)
		}

		if fmt.Sprintf("%q", m.From) != fmt.Sprintf("%q", []mail.Address{d.From}) || fmt.Sprintf("%q", m.To) != fmt.Sprintf("%q", d.To) {
			t.Errorf("%d: from %q to %q\nwant %q %q", seed, m.From, m.To, d.From, d.To)
		}

		if html, _ := m.HTML(); strings.TrimSpace(html) != d.HTML {
			t.Errorf("%d: html %q, want %q", seed, html, d.HTML)
		}

		checkFiles(t, seed, m, &d)
	}
}

func checkFiles(t *testing.T, seed uint64, m *Message, d *Draft) {
	t.Helper()

	files := m.Attachments()
	if len(files) != len(d.Attachments) || m.Summary.Attachments != len(files) {
		t.Fatalf("%d: %d attachments of %d, summary %d", seed, len(files), len(d.Attachments), m.Summary.Attachments)
	}

	for i, p := range files {
		r, err := d.Attachments[i].Open()
		if err != nil {
			t.Fatal(err)
		}

		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}

		got, err := p.Content()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d: content of %q differs (%v)", seed, p.Filename, err)
		}

		if p.Filename != cleanFilename(d.Attachments[i].Name) {
			t.Errorf("%d: name %q, want %q", seed, p.Filename, d.Attachments[i].Name)
		}
	}
}
