package message

import (
	"bytes"
	"fmt"
	"net/mail"
	"reflect"
	"strings"
	"testing"
	"time"
)

var self = []mail.Address{{Name: "Me", Address: "me@example.org"}, {Name: "Work", Address: "work@example.org"}}

func TestReplyDraft(t *testing.T) {
	base := `
From: Ann <ann@x.org>
To: Work <WORK@example.org>, Bob <bob@x.org>
Cc: cc@x.org, me@example.org
Subject: Plan
Date: Tue, 3 Mar 2026 14:02:11 +0330
Message-ID: <m2@x.org>
References: <m0@x.org> <m1@x.org>

first
> quoted
second
-- 
Ann
`
	edit := func(from, to string) string { return strings.Replace(base, from, to, 1) }

	tests := []struct {
		name, raw string
		all       bool
		from      string
		to, cc    string
	}{
		{"one", base, false, "work@example.org", "[{Ann ann@x.org}]", "[]"},
		{"all", base, true, "work@example.org", "[{Ann ann@x.org} {Bob bob@x.org}]", "[{ cc@x.org}]"},
		{"reply-to", edit("Subject", "Reply-To: list@x.org\nSubject"), false, "work@example.org", "[{ list@x.org}]", "[]"},
		{"reply-to, all", edit("Subject", "Reply-To: Bob <bob@x.org>\nSubject"), true, "work@example.org", "[{Bob bob@x.org}]", "[{ cc@x.org}]"},
		{"own message", edit("Ann <ann@x.org>", "me@example.org"), false, "work@example.org", "[{Bob bob@x.org}]", "[]"},
		{"own message, all", edit("Ann <ann@x.org>", "me@example.org"), true, "work@example.org", "[{Bob bob@x.org}]", "[{ cc@x.org}]"},
		{"note to oneself", "From: me@example.org\nTo: me@example.org\n\nx", false, "me@example.org", "[{ me@example.org}]", "[]"},
		{"nobody", "Subject: x\n\nx", true, "me@example.org", "[]", "[]"},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := ReplyDraft(Parse(crlf(test.raw)), self, test.all, Wording{})
			if d.From.Address != test.from || fmt.Sprint(d.To) != test.to || fmt.Sprint(d.Cc) != test.cc {
				t.Errorf("from %v to %v cc %v", d.From, d.To, d.Cc)
			}
		})
	}

	d := ReplyDraft(Parse(crlf(base)), self, false, Wording{})

	if want := "\n\nOn Tue, 3 Mar 2026 14:02 +0330, Ann wrote:\n> first\n>> quoted\n> second\n"; d.Text != want {
		t.Errorf("text %q, want %q", d.Text, want)
	}

	if d.Subject != "Re: Plan" || d.InReplyTo != "m2@x.org" || fmt.Sprint(d.References) != "[m0@x.org m1@x.org m2@x.org]" {
		t.Errorf("%q %q %v", d.Subject, d.InReplyTo, d.References)
	}

	persian := Wording{
		Attribution: "در {date}، {name} <{address}> نوشت:",
		FormatDate:  func(t time.Time) string { return t.Format("2006") },
	}
	if d := ReplyDraft(Parse(crlf(base)), self, false, persian); !strings.Contains(d.Text, "در 2026، Ann <ann@x.org> نوشت:\n> first") {
		t.Errorf("text %q", d.Text)
	}
}

func TestSubjectPrefixes(t *testing.T) {
	tests := []struct{ in, reply, forward string }{
		{"Plan", "Re: Plan", "Fwd: Plan"},
		{"Re: Plan", "Re: Plan", "Fwd: Re: Plan"},
		{"RE: Re[2]: Plan", "Re: Plan", "Fwd: RE: Re[2]: Plan"},
		{"AW: Plan", "Re: Plan", "Fwd: AW: Plan"},
		{"پاسخ: طرح", "Re: طرح", "Fwd: پاسخ: طرح"},
		{"FW: Plan", "Re: FW: Plan", "Fwd: Plan"},
		{"[list] Plan", "Re: [list] Plan", "Fwd: [list] Plan"},
		{"", "Re:", "Fwd:"},
	}

	for _, test := range tests {
		if got := prefixed(test.in, "Re:", replyPrefix); got != test.reply {
			t.Errorf("reply to %q: %q, want %q", test.in, got, test.reply)
		}

		if got := prefixed(test.in, "Fwd:", forwardPrefix); got != test.forward {
			t.Errorf("forward of %q: %q, want %q", test.in, got, test.forward)
		}
	}
}

func TestForwardDraft(t *testing.T) {
	m := Parse(crlf("From: Ann <ann@x.org>\nTo: me@example.org\nSubject: Plan\nMessage-ID: <m@x>\n" +
		"Date: Tue, 3 Mar 2026 14:02:11 +0330\n" + mixed(plainPart, filePart, mailPart)))
	d := ForwardDraft(m, self, Wording{})

	want := "\n\n---------- Forwarded message ----------\nFrom: Ann <ann@x.org>\nDate: Tue, 3 Mar 2026 14:02 +0330\n" +
		"Subject: Plan\nTo: me@example.org\n\nplain"
	if d.Text != want || d.Subject != "Fwd: Plan" || d.From.Address != "me@example.org" || len(d.To) != 0 {
		t.Errorf("%q %q %v", d.Text, d.Subject, d.From)
	}

	d.Date, d.MessageID = time.Now(), "f@x"
	d.To = []mail.Address{{Address: "bob@x.org"}}

	sent := Parse(build(t, &d))
	files := sent.Attachments()

	if len(files) != 2 || files[0].Name() != "a.pdf" || !files[1].IsMessage() || files[1].Message().Subject != "Inner mail" {
		t.Errorf("forwarded %d files", len(files))
	}

	if content, err := files[0].Content(); err != nil || string(content) != "PDF" {
		t.Errorf("content %q %v", content, err)
	}
}

func TestRecipients(t *testing.T) {
	raw := crlf("From: Ann <ann@x.org>, b@x.org\nTo: A <a@x.org>, Team: t@x.org;\nCc: A@X.org, c@x.org,\n d@x.org\nBcc: hidden@x.org\nTo: z@x.org\n\nTo: body@x.org\n")

	from, to := Recipients(raw)
	if from != "ann@x.org" || !reflect.DeepEqual(to, []string{"a@x.org", "t@x.org", "c@x.org", "d@x.org", "hidden@x.org", "z@x.org"}) {
		t.Errorf("from %q to %q", from, to)
	}

	if from, _ := Recipients(append([]byte("Sender: s@x.org\r\n"), raw...)); from != "s@x.org" {
		t.Errorf("from %q", from)
	}

	if from, to := Recipients(nil); from != "" || len(to) != 0 {
		t.Errorf("of nothing %q %q", from, to)
	}
}

func TestStripBcc(t *testing.T) {
	tests := []struct{ in, want string }{
		{"To: a@b\nBcc: c@d,\n\te@f\nSubject: s\n\nBcc: body\n", "To: a@b\nSubject: s\n\nBcc: body\n"},
		{"bcc: c@d\nBCC: e@f\nTo: a@b\n\nx", "To: a@b\n\nx"},
		{"To: a@b\nBcc: c@d\n\nx", "To: a@b\n\nx"},
		{"To: a@b\nBcc:\n", "To: a@b\n"},
		{"To: a@b\nX-Bcc: c\n\nx", "To: a@b\nX-Bcc: c\n\nx"},
	}

	for _, test := range tests {
		if got := StripBcc(crlf(test.in)); !bytes.Equal(got, crlf(test.want)) {
			t.Errorf("StripBcc(%q) = %q", test.in, got)
		}

		if got := StripBcc([]byte(test.in)); string(got) != test.want {
			t.Errorf("StripBcc(%q) = %q", test.in, got)
		}
	}
}
