package message

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// benchMessage is an alternative with size bytes of text, and a file of the
// given size.
func benchMessage(b *testing.B, text, attached int) []byte {
	b.Helper()

	words := strings.Repeat("سلام meeting invoice پروژه report ", text/40)

	var qp bytes.Buffer

	w := quotedprintable.NewWriter(&qp)
	if _, err := w.Write([]byte(words)); err != nil {
		b.Fatal(err)
	}

	if err := w.Close(); err != nil {
		b.Fatal(err)
	}

	lines := func(data []byte) string {
		var out strings.Builder

		s := base64.StdEncoding.EncodeToString(data)
		for len(s) > 76 {
			out.WriteString(s[:76] + "\n")
			s = s[76:]
		}

		return out.String() + s
	}

	body := alternatives("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"+qp.String(),
		"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"+lines([]byte("<html><body><p>"+words+"</p></body></html>")))

	if attached > 0 {
		body = mixed(body, "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\n"+
			"Content-Transfer-Encoding: base64\n\n"+lines(bytes.Repeat([]byte("PDF content "), attached/12)))
	}

	return crlf(`
Return-Path: <sara@example.org>
Received: from mx.example.org (mx.example.org [192.0.2.7]) by mail.example.org with ESMTPS id 1234 for <bench@x.org>; Tue, 3 Mar 2026 14:02:11 +0330
From: =?utf-8?B?2LPYp9ix2Kcg2KfYrdmF2K/bjA==?= <sara@example.org>
To: bench@x.org
Subject: =?utf-8?Q?Re:_=D9=82=D8=B1=D8=A7=D8=B1=D8=AF=D8=A7=D8=AF?=
Date: Tue, 3 Mar 2026 14:02:11 +0330
Message-ID: <m1@example.org>
In-Reply-To: <m0@example.org>
References: <root@example.org> <m0@example.org>
MIME-Version: 1.0
` + body)
}

func BenchmarkSummarize(b *testing.B) {
	for _, bench := range []struct {
		name           string
		text, attached int
	}{
		{"6KB", 1400, 0},
		{"20KB", 4800, 0},
		{"200KB attached", 1400, 140 << 10},
		{"20MB attached", 1400, 15 << 20},
	} {
		b.Run(bench.name, func(b *testing.B) {
			raw := benchMessage(b, bench.text, bench.attached)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()

			for b.Loop() {
				Summarize(raw)
			}
		})
	}
}

func BenchmarkSummarizeHeader(b *testing.B) {
	raw := benchMessage(b, 1400, 0)
	raw = raw[:bytes.Index(raw, []byte("\r\n\r\n"))]
	b.SetBytes(int64(len(raw)))

	for b.Loop() {
		SummarizeHeader(raw)
	}
}

func BenchmarkParse(b *testing.B) {
	raw := benchMessage(b, 4800, 0)
	b.SetBytes(int64(len(raw)))

	for b.Loop() {
		Parse(raw)
	}
}

func BenchmarkText(b *testing.B) {
	raw := benchMessage(b, 4800, 0)
	b.SetBytes(int64(len(raw)))

	for b.Loop() {
		Parse(raw).Text()
	}
}

func BenchmarkHTMLToText(b *testing.B) {
	doc := strings.Repeat("<table><tr><td style='color:red'><p>سلام <a href=\"https://example.org/x\">meeting</a> report</p></td></tr></table>\n", 400)
	b.SetBytes(int64(len(doc)))

	for b.Loop() {
		HTMLToText(doc)
	}
}

func BenchmarkBuild(b *testing.B) {
	d := testDraft()
	d.Text = strings.Repeat(persianText+"\n", 40)
	d.Attachments = []Attachment{file("a.pdf", "application/pdf", make([]byte, 1<<20))}

	var out bytes.Buffer

	b.SetBytes(1 << 20)

	for b.Loop() {
		out.Reset()

		if err := d.Build(&out); err != nil {
			b.Fatal(err)
		}
	}
}
