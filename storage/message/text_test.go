package message

import (
	"strings"
	"testing"
	"time"
)

func TestUnflow(t *testing.T) {
	tests := []struct {
		name, in, want string
		delSp          bool
	}{
		{"fixed", "a\nb\n", "a\nb\n", false},
		{"flowed", "a \nb\n", "a b\n", false},
		{"delsp", "سل \nام\n", "سلام\n", true},
		{"stuffed", " From x\n >y\n  z\n", "From x\n>y\n z\n", false},
		{"quote", "> a \n> b\n>> c \n>> d\ne\n", "> a b\n>> c d\ne\n", false},
		{"depth changes in a paragraph", "> a \nb\n", "> a \nb\n", false},
		{"signature", "a\n-- \nb\n", "a\n-- \nb\n", false},
		{"signature after a flowed line", "a \n-- \nb\n", "a \n-- \nb\n", false},
		{"empty lines", "a\n\nb\n", "a\n\nb\n", false},
		{"empty quote", "> a\n>\n> b\n", "> a\n>\n> b\n", false},
		{"open end", "a \n", "a \n", false},
		{"no end", "a \nb", "a b", false},
		{"nothing", "", "", false},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := unflow(test.in, test.delSp); got != test.want {
				t.Errorf("unflow(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestHTMLToText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "hello", "hello"},
		{"white space", "  a \n\t b  <b> c</b> d ", "a b c d"},
		{"paragraphs", "<p>a<p>b</p>\n<p>c", "a\n\nb\n\nc"},
		{"divs", "<div>a</div><div>b<div>c</div></div>", "a\nb\nc"},
		{"breaks", "a<br>b<br/>\n<br>c", "a\nb\n\nc"},
		{"headings", "<h1>a</h1>b", "a\n\nb"},
		{"entities", "a&nbsp;b &lt;c&gt; &amp; &#1587;&zwnj;x", "a b <c> & س\u200cx"},
		{"script and style", "a<script>if (x<y) z()</script><style>p{}</style><title>t</title>b", "ab"},
		{"comment", "a<!-- x -->b<!--[if mso]>c<![endif]-->d", "abd"},
		{"list", "<ul><li>a<li>b<ol start=3><li>c</li><li>d</ol></ul>e", "- a\n- b\n  3. c\n  4. d\ne"},
		{"table", "<table><tr><td>a</td> <td> b</td></tr><tr><th>c<th>d</table>", "a  b\nc  d"},
		{"table for layout", "<table><tr><td><div>a</div></td><td><p>b</p></td></tr></table>", "a\n\nb"},
		{"link", `see <a href="https://x.org/y">this</a>.`, "see this <https://x.org/y>."},
		{"link that says it", `<a href="https://x.org/">x.org</a> <a href="http://www.x.org/y">http://www.x.org/y</a>`, "x.org http://www.x.org/y"},
		{"mail link", `<a href="mailto:a@b.c">a@b.c</a> <a href="mailto:a@b.c">write</a>`, "a@b.c write <a@b.c>"},
		{"link over a block", `<a href="https://x.org/y"><div>text</div></a><div>more</div>`, "text <https://x.org/y>\nmore"},
		{"image link", `<a href="https://x.org/y"><img src=q alt=" Shop  now "></a>`, "[Shop now] <https://x.org/y>"},
		{"image link without text", `<p>a</p><a href="https://x.org/y"><img src=q></a>`, "a\n\n<https://x.org/y>"},
		{"fragment and script links", `<a href="#x">a</a><a href="javascript:y()">b</a>`, "ab"},
		{"link not closed", `<a href="https://x.org/y">a`, "a"},
		{"quote", "a<blockquote>b<p>c</p><blockquote>d</blockquote></blockquote>e", "a\n\n> b\n>\n> c\n>\n>> d\n\ne"},
		{"pre", "<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"},
		{"hidden", `a<div style="display: none">b<div>c</div></div>d<span hidden>e</span>`, "ad"},
		{"hidden and not closed", `<div style="display:none">all`, "all"},
		{"rule", "a<hr>b", "a\n----------\nb"},
		{"noscript", "<noscript><b>a</b></noscript>", "a"},
		{"broken tags", "a < b <", "a < b <"},
		{"rtl", `<p dir="rtl">سلام <b>دنیا</b></p>`, "سلام دنیا"},
		{"nothing", "", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := HTMLToText(test.in); got != test.want {
				t.Errorf("HTMLToText(%q)\n got %q\nwant %q", test.in, got, test.want)
			}
		})
	}
}

func TestHTMLToTextIsBounded(t *testing.T) {
	const n = 100_000

	for _, piece := range []string{
		"<div>", "<span>", "<blockquote>", "<ul><li>x", "<table><tr><td>x", "<a href=http://x.org/y>", "<pre>\n", "</div>", "<", "</",
		"<!--", "<div style='display:none'>", "&", "&amp", "<p a=", "<script>", "<b><i>x</b>", "<br>", "<x ", "<a href=http://x.org/y>t<div>",
	} {
		start := time.Now()

		HTMLToText(strings.Repeat(piece, n))

		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%q took %v", piece, d)
		}
	}

	start := time.Now()

	if got := HTMLToText(`<p style="` + strings.Repeat("x", 8<<20) + `">a</p>`); got != "a" {
		t.Errorf("behind a giant attribute: %q", got)
	}

	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("a giant attribute took %v", d)
	}
}

func mixed(parts ...string) string {
	return "Content-Type: multipart/mixed; boundary=mix\n\n--mix\n" + strings.Join(parts, "\n--mix\n") + "\n--mix--\n"
}

func alternatives(parts ...string) string {
	return "Content-Type: multipart/alternative; boundary=alt\n\n--alt\n" + strings.Join(parts, "\n--alt\n") + "\n--alt--\n"
}

const (
	plainPart = "Content-Type: text/plain; charset=utf-8\n\nplain"
	htmlPart  = "Content-Type: text/html; charset=utf-8\n\n<p>rich</p>"
	blankPart = "Content-Type: text/plain\n\n \n"
	filePart  = "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\n\nPDF"
	imagePart = "Content-Type: image/png\nContent-ID: <i1@x>\n\nPNG"
	notePart  = "Content-Type: text/plain; name=note.txt\nContent-Disposition: attachment; filename=note.txt\n\nnote"
	eventPart = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"
	mailPart  = "Content-Type: message/rfc822\n\nSubject: Inner mail\n\ninner"
)

func TestBodiesAndAttachments(t *testing.T) {
	related := "Content-Type: multipart/related; boundary=rel\n\n--rel\n" + htmlPart + "\n--rel\n" + imagePart + "\n--rel--\n"
	signed := "Content-Type: multipart/signed; boundary=sig\n\n--sig\n" + plainPart +
		"\n--sig\nContent-Type: application/pgp-signature; name=signature.asc\n\nSIG\n--sig--\n"
	report := "Content-Type: multipart/report; boundary=rep\n\n--rep\n" + plainPart +
		"\n--rep\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n--rep\n" + mailPart + "\n--rep--\n"

	tests := []struct{ name, raw, text, html, files string }{
		{"plain", plainPart, "plain", "", ""},
		{"html", htmlPart, "rich", "<p>rich</p>", ""},
		{"alternative", alternatives(plainPart, htmlPart), "plain", "<p>rich</p>", ""},
		{"alternative, html first", alternatives(htmlPart, plainPart), "plain", "<p>rich</p>", ""},
		{"alternative, blank text", alternatives(blankPart, htmlPart), "rich", "<p>rich</p>", ""},
		{"alternative with an invitation", alternatives(plainPart, htmlPart, eventPart), "plain", "<p>rich</p>", "attachment.ics"},
		{"alternative with related", alternatives(plainPart, related), "plain", "<p>rich</p>\n", ""},
		{"related", related, "rich", "<p>rich</p>", ""},
		{"file", mixed(plainPart, filePart), "plain", "", "a.pdf"},
		{"file first", mixed(filePart, plainPart), "plain", "", "a.pdf"},
		{"text file", mixed(plainPart, notePart), "plain", "", "note.txt"},
		{"only a text file", notePart, "note", "", "note.txt"},
		{
			"several texts", mixed(plainPart, htmlPart, plainPart), "plain\n\nrich\n\nplain",
			`<div dir="auto" style="white-space:pre-wrap">plain</div><p>rich</p><div dir="auto" style="white-space:pre-wrap">plain</div>`, "",
		},
		{"image beside text", mixed(plainPart, imagePart), "plain", "", "attachment.png"},
		{"message", mixed(plainPart, mailPart), "plain", "", "Inner mail.eml"},
		{"signed", signed, "plain", "", ""},
		{"report", report, "plain\n\nStatus: 5.1.1", "", "Inner mail.eml"},
		{"flowed", "Content-Type: text/plain; format=flowed; delsp=yes\n\nsa \nme\n", "same\n", "", ""},
		{"enriched", "Content-Type: text/enriched\n\n<bold>a</bold> << b\nc\n\nd", "a < b c\n\nd", "", ""},
		{"meta charset", "Content-Type: text/html\n\n<meta charset=windows-1251><p>\xcf\xf0", "Пр", "<meta charset=windows-1251><p>Пр", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := checkMessage(t, crlf(test.raw))
			if got := m.Text(); got != test.text {
				t.Errorf("text %q, want %q", got, test.text)
			}

			if got, _ := m.HTML(); strings.TrimSpace(got) != strings.TrimSpace(test.html) {
				t.Errorf("html %q, want %q", got, test.html)
			}

			var names []string
			for _, p := range m.Attachments() {
				names = append(names, p.Name())
			}

			if got := strings.Join(names, ","); got != test.files {
				t.Errorf("files %q, want %q", got, test.files)
			}
		})
	}

	m := Parse(crlf(related))
	if p := m.Embedded("<i1@x>"); p == nil || p.MediaType != "image/png" {
		t.Errorf("Embedded: %v", p)
	}

	if p := m.Embedded("other"); p != nil {
		t.Errorf("Embedded of another id: %v", p)
	}
}

func TestParseAs(t *testing.T) {
	m := ParseAs([]byte("Subject: \xcf\xf0\r\nContent-Type: text/plain; charset=iso-8859-2\r\n\r\n\xcf\xf0"), "windows-1251")
	if m.Text() != "Пр" || m.Subject != "Пр" || m.Preview != "Пр" {
		t.Errorf("%q %q %q", m.Text(), m.Subject, m.Preview)
	}
}

func TestTextIn(t *testing.T) {
	p := Parse([]byte("Content-Type: text/plain; charset=iso-8859-2\r\n\r\n\xcf\xf0")).Root
	if got := p.TextIn("windows-1251"); got != "Пр" {
		t.Errorf("got %q", got)
	}
}
