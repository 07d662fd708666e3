package message

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSummarize(t *testing.T) {
	raw := crlf(`
Return-Path: <sara@example.org>
From: =?utf-8?B?2LPYp9ix2Kcg2KfYrdmF2K/bjA==?= <sara@example.org>
Reply-To: team@example.org
To: "Smith, John" <john@example.com>, ali@example.com
Cc: Team: a@x.org;
Bcc: hidden@x.org
Subject: =?utf-8?Q?Re:_=D9=82=D8=B1=D8=A7=D8=B1=D8=AF=D8=A7=D8=AF?=
Date: Tue, 3 Mar 2026 14:02:11 +0330
Message-ID: <m1@example.org>
In-Reply-To: Your message of Monday <m0@example.org>
References: <root@example.org>
	<m0@example.org>
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

سلام، نسخهٔ نهایی   را
فرستادم.

On Monday, John wrote:
> old text

-- 
Sara
--x
Content-Type: application/pdf; name=a.pdf
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERg==
--x--
`)

	s := Summarize(raw)

	want := []struct{ name, got, want string }{
		{"from", fmt.Sprint(s.From), "[{سارا احمدی sara@example.org}]"},
		{"reply-to", fmt.Sprint(s.ReplyTo), "[{ team@example.org}]"},
		{"to", fmt.Sprint(s.To), "[{Smith, John john@example.com} { ali@example.com}]"},
		{"cc", fmt.Sprint(s.Cc), "[{ a@x.org}]"},
		{"bcc", fmt.Sprint(s.Bcc), "[{ hidden@x.org}]"},
		{"subject", s.Subject, "Re: قرارداد"},
		{"date", s.Date.Format(time.RFC3339), "2026-03-03T14:02:11+03:30"},
		{"id", s.MessageID, "m1@example.org"},
		{"in-reply-to", s.InReplyTo, "m0@example.org"},
		{"references", fmt.Sprint(s.References), "[root@example.org m0@example.org]"},
		{"preview", s.Preview, "سلام، نسخهٔ نهایی را فرستادم."},
		{"attachments", fmt.Sprint(s.Attachments), "1"},
	}
	for _, w := range want {
		if w.got != w.want {
			t.Errorf("%s: %q, want %q", w.name, w.got, w.want)
		}
	}

	head := SummarizeHeader(raw[:strings.Index(string(raw), "\r\n\r\n")+4])
	s.Preview, s.Attachments = "", 0

	if !reflect.DeepEqual(head, s) {
		t.Errorf("from the header alone:\n%+v\n%+v", head, s)
	}
}

func TestPreview(t *testing.T) {
	long := strings.Repeat("سلام ", 100)
	style := "<style>" + strings.Repeat("p{color:red}", 2000) + "</style>"

	tests := []struct{ name, raw, want string }{
		{"plain", "\nhello\nworld\n", "hello world"},
		{"quote skipped", "\nOn Mon, Ann wrote:\n\n> old\n>> older\nnew\n", "new"},
		{"Persian attribution skipped", "\nدر دوشنبه، علی نوشت:\n> کهنه\n\nنو\n", "نو"},
		{"only a quote", "\n> old\n> text\n", "old text"},
		{"signature skipped", "\nhello\n-- \nme\n", "hello"},
		{"only a signature", "\n-- \nme\n", "me"},
		{"rule skipped", "\n----------\nhello\n==========\n", "hello"},
		{"prose with a colon stays", "\n\nList:\none\n", "List: one"},
		{"long", "\n" + long, string([]rune(long)[:199])},
		{"joiner kept in words", "\nمی\u200cشود \u200c\u200c x\n", "می\u200cشود x"},
		{"filling dropped", "\na\u200b\u00ad\u034f\ufeff \u2007\u200c b\n", "a b"},
		{"controls", "\na\x01\x1b b\u2028c\n", "a b c"},
		{"html", "Content-Type: text/html\n\n<title>t</title><p>a <a href=http://x.org/y>b</a></p><p>c", "a b c"},
		{"html, hidden preheader", "Content-Type: text/html\n\n<div style='display:none'>first</div><p>then", "first then"},
		{"html, quote", "Content-Type: text/html\n\n<p>new</p><div>Ann wrote:</div><blockquote>old<p>text</blockquote>", "new"},
		{"html behind style", "Content-Type: text/html\n\n<head>" + style + "</head><p>a", "a"},
		{"quotes longer than the first look", "\n" + strings.Repeat("> old line of text\n", 1000) + "new\n", "new"},
		{"qp", "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n" + strings.Repeat("=D8=B3", 3000), strings.Repeat("س", 200)},
		{"base64", "Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n\n" +
			base64.StdEncoding.EncodeToString([]byte(strings.Repeat("سx", 8000))), strings.Repeat("سx", 100)},
		{"utf-8 cut by the first look", "Content-Type: text/plain; charset=utf-8\n\n>" + strings.Repeat("س", 6000) + "\nx", "x"},
		{"embedded message only", mixed(mailPart), "Inner mail"},
		{"nothing", "\n", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Summarize(crlf(test.raw)).Preview; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	var many strings.Builder
	for i := range 80 {
		fmt.Fprintf(&many, " <%d@x>", i)
	}

	tests := []struct{ name, in, want string }{
		{"list", "<a@x> <b@x>\t<c@x>", "[a@x b@x c@x]"},
		{"without space", "<a@x><b@x>", "[a@x b@x]"},
		{"commas", "<a@x>, <b@x>", "[a@x b@x]"},
		{"prose", "Ann's mail of Monday <a@x>", "[a@x]"},
		{"no brackets", "a@x b@x", "[a@x b@x]"},
		{"not closed", "<a@x <b@x>", "[a@x b@x]"},
		{"broken by a fold", "<a @x>", "[a@x]"},
		{"quotes and spaces", `<"a b"@x>`, `["ab"@x]`},
		{"empty", "<> <a@x>", "[a@x]"},
		{"without at", "<abc>", "[abc]"},
		{"last fifty", many.String(), ""},
	}

	for _, test := range tests {
		got := idList(test.in)
		if test.want == "" {
			if len(got) != maxReferences || got[0] != "30@x" || got[49] != "79@x" {
				t.Errorf("%s: %v", test.name, got)
			}

			continue
		}

		if fmt.Sprint(got) != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

func TestSubjectBase(t *testing.T) {
	tests := []struct {
		in, want string
		reply    bool
	}{
		{"Hello", "Hello", false},
		{"Re: Hello", "Hello", true},
		{"RE : re:Hello", "Hello", true},
		{"Re[2]: Hello", "Hello", true},
		{"Re(3): Hello", "Hello", true},
		{"Fwd: Re: Hello", "Hello", true},
		{"FW: AW: WG: SV: VS: Antw: Odp: Hello", "Hello", true},
		{"[list] Re: [list] Hello", "Hello", true},
		{"Re: [a] [b] Hello", "Hello", true},
		{"[Fwd: Hello]", "Hello", true},
		{"[Fwd: [Fwd: FW: Hello]]", "Hello", true},
		{"Hello (fwd)", "Hello", true},
		{"[urgent]", "[urgent]", false},
		{"[10:30] Hello", "[10:30] Hello", false},
		{"پاسخ: قرارداد", "قرارداد", true},
		{"ارسال: پاسخ: قرارداد", "قرارداد", true},
		{"باز ارسال : قرارداد", "قرارداد", true},
		{"\u200fپاسخ: قرارداد", "قرارداد", true},
		{"رد: العقد", "العقد", true},
		{"إعادة توجيه: العقد", "العقد", true},
		{"回复：你好", "你好", true},
		{"转发: 你好", "你好", true},
		{"Ответ: Привет", "Привет", true},
		{"YNT: Merhaba", "Merhaba", true},
		{"Report: numbers", "Report: numbers", false},
		{"Regarding: x", "Regarding: x", false},
		{"  two   spaces ", "two spaces", false},
		{"Re:", "", true},
		{"", "", false},
	}

	for _, test := range tests {
		if got := SubjectBase(test.in); got != test.want {
			t.Errorf("SubjectBase(%q) = %q, want %q", test.in, got, test.want)
		}

		if got := SubjectIsReply(test.in); got != test.reply {
			t.Errorf("SubjectIsReply(%q) = %v", test.in, got)
		}
	}
}

func TestThreadKeys(t *testing.T) {
	s := Summary{MessageID: "d", InReplyTo: "c", References: []string{"a", "b", "a", "d", "c"}}
	if got := fmt.Sprint(ThreadKeys(&s)); got != "[a b c]" {
		t.Errorf("got %s", got)
	}

	s = Summary{InReplyTo: "x", References: []string{"a"}}
	if got := fmt.Sprint(ThreadKeys(&s)); got != "[a x]" {
		t.Errorf("got %s", got)
	}

	if got := ThreadKeys(&Summary{}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
