package message

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "\r\n", "Subject: x\r\n\r\nbody", plainPart, htmlPart, mailPart, mixed(plainPart, filePart, mailPart),
		alternatives(plainPart, htmlPart, eventPart),
		"From a\nSubject: =?utf-8?B?2LM?=\n =?utf-8?Q?=D8?=\nFrom: \"a, b\" <c@d>, e: f@g;\n\nx",
		"Content-Type: text/plain; format=flowed; delsp=yes\n\n> a \n> b\n-- \nc",
		"Content-Type: multipart/mixed; boundary*0=a; boundary*1*=%62\nContent-Transfer-Encoding: base64\n\nLS1hYg0K",
		"Content-Type: text/html; charset=utf-7\n\n+ADw-b+AD4- <a href=x>y",
		"A: b\n\nbegin 644 x\n#86)C\n`\nend\n",
		"Date: Mon, 32 Foo\rTo: (((\r\rx",
	} {
		f.Add([]byte(seed))
	}

	for _, path := range corpusFiles(f) {
		f.Add(readFile(f, path))
	}

	f.Fuzz(func(t *testing.T, raw []byte) {
		m := checkMessage(t, raw)
		SummarizeHeader(raw)
		Recipients(raw)

		if len(Parse(StripBcc(raw)).Bcc) > 0 {
			t.Error("Bcc stayed")
		}

		for _, d := range []Draft{ReplyDraft(m, self, true, Wording{}), ForwardDraft(m, self, Wording{})} {
			d.Date, d.MessageID = time.Unix(1e9, 0), "m@x"

			var out bytes.Buffer
			if d.Build(&out) == nil {
				checkWire(t, out.Bytes())
			}
		}
	})
}

func FuzzDecodeHeader(f *testing.F) {
	for _, seed := range []string{
		"plain", "=?utf-8?Q?=D8?= =?utf-8?Q?=B3?=", "=?utf-8?B?2LPZ?= =?utf-8?B?hA?=", "=?a?b?YQ", "\xd3\xe1\xc7\xe3", "a\x00b",
		"=?iso-2022-jp?B?GyRC?= =?iso-2022-jp?B?JD8kQQ==?=", "\"a\" <b@c>, d: e;", "a/b; c*0*=utf-8''%D8; c*1=x; d=\"e\\\"f\"",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, s string) {
		line := func(what, got string) {
			if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00\u0085\u2028\u2029") {
				t.Errorf("%s of %q: %q", what, s, got)
			}
		}

		line("DecodeHeader", DecodeHeader(s))
		line("SubjectBase", SubjectBase(s))

		for _, a := range ParseAddresses(s) {
			line("name", a.Name)
			line("address", a.Address)
		}

		_, params := mediaType(s, "text/plain")
		for _, p := range params {
			if p.Name != "boundary" {
				line("parameter", p.Value)
			}
		}

		line("file name", cleanFilename(s))

		if d := ParseDate(s); !d.IsZero() && (d.Year() < 1 || d.Year() > 10000) {
			t.Errorf("ParseDate(%q) = %v", s, d)
		}
	})
}

func FuzzDecodeCharset(f *testing.F) {
	f.Add([]byte("plain"), "")
	f.Add([]byte(persianText), "windows-1256")
	f.Add([]byte("+ImIDkQ"), "utf-7")
	f.Add([]byte("\xff\xfea\x00"), "utf-16")
	f.Add([]byte("\x1b$B$3"), "iso-2022-jp")
	f.Add([]byte("~{<:Ky~}"), "hz-gb-2312")
	f.Add([]byte("\x1b$)C\x0e>H3g"), "iso-2022-kr")
	f.Add(encode(f, charmap.Windows1256, persian1256), "utf-8")
	f.Add(encode(f, charmap.KOI8R, russianText), "")
	f.Add([]byte(doubled(f, persianText)), "utf-8")

	f.Fuzz(func(t *testing.T, data []byte, label string) {
		got := DecodeCharset(data, label)
		if !utf8.ValidString(got) {
			t.Errorf("DecodeCharset(%q, %q) = %q", data, label, got)
		}

		if charsetKey(label) == "utf8" && utf8.Valid(data) && !mayBeMojibake(string(data)) &&
			got != strings.TrimPrefix(string(data), "\ufeff") {
			t.Errorf("valid UTF-8 %q changed to %q", data, got)
		}
	})
}

func FuzzBuild(f *testing.F) {
	f.Add("Ann", "a@b.c", "subject", "text\n", "<p>html", "m@x", "a.txt", "text/plain", []byte("content"))
	f.Add("سارا", "a b@c", persianText, persianText, "", "<m@x>", "سلام.eml", "message/rfc822", []byte("Subject: x\n\ny"))
	f.Add("\r\nBcc: x", "a@b\r\nBcc: x", "=?utf-8?Q?x?=\n", "-- \n> x\nFrom y", "\r\n--=_\r\n", "\r\n", "\r\n\"\\", "a/b;c", []byte("\r--=_\n"))

	f.Fuzz(func(t *testing.T, name, address, subject, text, html, id, fileName, mediaType string, content []byte) {
		d := Draft{
			From: mail.Address{Name: name, Address: address}, To: []mail.Address{{Name: name, Address: address}}, Bcc: []mail.Address{{Address: "x@y"}},
			Subject: subject, Text: text, HTML: html, InReplyTo: id, References: []string{id, id}, UserAgent: subject,
			Date: time.Unix(1e9, 0), MessageID: id, Attachments: []Attachment{file(fileName, mediaType, content)},
		}

		var out bytes.Buffer
		if d.Build(&out) != nil {
			return
		}

		checkWire(t, out.Bytes())

		m := checkMessage(t, out.Bytes())
		if len(m.Bcc) > 0 || len(m.Root.Children) != 2 {
			t.Fatalf("Bcc %v, shape %s in\n%s", m.Bcc, shape(m.Root), out.Bytes())
		}

		if got, want := m.Subject, oneLine(validUTF8(subject)); got != want && !mayBeMojibake(want) {
			t.Errorf("subject %q, want %q", got, want)
		}

		p := m.Root.Children[1]

		got, err := p.Content()
		if p.Encoding != "base64" {
			return // line ends were made CRLF
		}

		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("content %q, want %q (%v)", got, content, err)
		}
	})
}

func FuzzHTMLToText(f *testing.F) {
	for _, seed := range []string{
		"<p>a<br>b", "<ul><li>a<ol><li>b", "<blockquote>a<blockquote>b", "<table><tr><td>a<td>b", "<a href=http://x>y</a>",
		"<pre> a\n b", "<div style=display:none>a", "<noscript><style>a</style>b", "<!--", "<a href=http://x><div>y</div>", "<title>a",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, doc string) {
		doc = validUTF8(doc)
		if got := HTMLToText(doc); !utf8.ValidString(got) || len(got) > 40*len(doc)+100 {
			t.Errorf("HTMLToText(%q) = %q", doc, got)
		}
	})
}
