package composer

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/app/l10n"
	"peyk/storage/message"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestSignature(t *testing.T) {
	first, second := "Sara\nPeyk", "سارا"
	text := signed("> quoted", first)
	if want := "\n\n-- \nSara\nPeyk\n\n> quoted"; text != want {
		t.Errorf("signed: %q", text)
	}
	written := "Hello" + text
	if got := resigned(written, first, second); got != "Hello\n\n-- \nسارا\n\n> quoted" {
		t.Errorf("another identity: %q", got)
	}
	if got := resigned(written, first, ""); got != "Hello\n\n> quoted" {
		t.Errorf("no signature: %q", got)
	}
	if got := resigned("Hello, rewritten", first, second); got != "Hello, rewritten" {
		t.Errorf("a signature that is gone came back: %q", got)
	}
	if got := signed("", ""); got != "" {
		t.Errorf("nothing to sign gives %q", got)
	}
}

func TestMailto(t *testing.T) {
	l := Mailto("mailto:sara@peyk.example,John%20Smith%20%3Cjohn@acme.example%3E?subject=a+b%20c&body=one%0D%0Atwo&cc=x@y.example&attach=/etc/passwd")
	if len(l.To) != 2 || l.To[1].Name != "John Smith" || l.Subject != "a+b c" || l.Text != "one\ntwo" || len(l.Cc) != 1 || len(l.Files) != 0 {
		t.Errorf("got %+v", l)
	}
	for _, s := range []string{"", "mailto:", "mailto:%zz", "http://x", "mailto:?subject=%00%0d%0aBcc: a@b.example"} {
		l := Mailto(s)
		if strings.ContainsAny(l.Subject, "\r\n\x00") || len(l.Bcc) != 0 {
			t.Errorf("%q gives %+v", s, l)
		}
	}
}

func TestBuildAndReopen(t *testing.T) {
	l := Letter{
		To: []mail.Address{{Name: "Smith, John", Address: "john@acme.example"}}, Bcc: []mail.Address{{Name: "مینا", Address: "mina@peyk.example"}},
		Subject: "پیشنهاد", Text: "سلام\n\nJohn", InReplyTo: "a@b.example",
		Files: []message.Attachment{fileAttachment("letter_test.go")},
	}
	id := accounts.Identity{Name: "Sara", Email: "sara@peyk.example", ReplyTo: "office@peyk.example"}
	raw, err := build(&l, id, newMessageID(id.Email), noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, to := message.Recipients(raw); !slices.Equal(to, []string{"mina@peyk.example", "john@acme.example"}) {
		t.Errorf("recipients are %v", to)
	}
	if bytes.Contains(message.StripBcc(raw), []byte("mina@")) {
		t.Error("the hidden copy stays in what is sent")
	}
	back := Reopen(1, raw, 7)
	if back.Subject != l.Subject || back.Text != l.Text || !slices.Equal(back.To, l.To) || !slices.Equal(back.Bcc, l.Bcc) ||
		back.InReplyTo != l.InReplyTo || len(back.Files) != 1 || back.Draft != 7 {
		t.Errorf("came back as %+v", back)
	}
	content, err := readAll(back.Files[0])
	if err != nil || !bytes.Contains(content, []byte("TestBuildAndReopen")) {
		t.Errorf("the file came back as %d bytes, %v", len(content), err)
	}
}

func TestReplyIsAddressedAndQuoted(t *testing.T) {
	for language, attribution := range map[string]string{"en": "Sara wrote:", "fa": "نوشت:"} {
		if err := l10n.Use(language); err != nil {
			t.Fatal(err)
		}
		l := Letter{To: []mail.Address{{Address: "me@x.example"}, {Address: "other@x.example"}}, Subject: "Plan", Text: "one\ntwo"}
		raw, err := build(&l, accounts.Identity{Name: "Sara", Email: "sara@peyk.example"}, "id@x.example", noon)
		if err != nil {
			t.Fatal(err)
		}
		a := accounts.Account{ID: 3, Identities: []accounts.Identity{{Email: "me@x.example"}}}
		r := Reply(&a, raw, 9, true)
		if r.Subject != "Re: Plan" || r.InReplyTo != "id@x.example" || r.Source != 9 || r.Account != 3 ||
			!strings.Contains(r.Text, "> one\n> two") || !strings.Contains(r.Text, attribution) {
			t.Errorf("%s: the answer is %+v", language, r)
		}
		if all := join(append(r.To, r.Cc...)); strings.Contains(all, "me@x") || !strings.Contains(all, "other@x") {
			t.Errorf("it goes to %s", all)
		}
		if f := Forward(&a, raw, 9); !f.Forward || !strings.Contains(f.Text, "one\ntwo") {
			t.Errorf("the forward is %+v", f)
		}
	}
	if err := l10n.Use("en"); err != nil {
		t.Fatal(err)
	}
}

func TestAddresses(t *testing.T) {
	list := []mail.Address{{Name: "Smith, John", Address: "john@acme.example"}, {Address: "a@b.example"}, {Name: "سارا", Address: "s@p.example"}}
	if got := message.ParseAddresses(join(list)); !slices.Equal(got, list) {
		t.Errorf("%q reads back as %v", join(list), got)
	}
	bad := wrong(message.ParseAddresses("good@x.example, nobody, a@, @b"))
	if len(bad) != 3 {
		t.Errorf("wrong are %q", bad)
	}
	for text, want := range map[string]string{
		"a@b.example, jo": "jo", `"x, y" <a@b>; `: "", "سارا، jo": "jo", "": "", `"smith, jo`: `"smith, jo`,
	} {
		if got, _ := typing(text); got != want {
			t.Errorf("of %q is being typed %q, want %q", text, got, want)
		}
	}
}

func TestPromises(t *testing.T) {
	for text, want := range map[string]bool{
		"See the attached file": true, "قرارداد پیوست است": true, "Hello": false,
		"Hello\n> see attached": false, "Hello\n-- \nAttachment Ltd": false,
	} {
		if got := promises(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestSuggestions(t *testing.T) {
	p := NewPeople(nil)
	for i, a := range []mail.Address{{Name: "Sara Ahmadi", Address: "sara@peyk.example"}, {Name: "John Smith", Address: "js@acme.example"}, {Name: "سارا", Address: "x@y.example"}} {
		p.known = append(p.known, person{address: a, key: strings.ToLower(a.Name + " " + a.Address), weight: 10 - i})
	}
	for typed, want := range map[string]string{"ahm": "sara@peyk.example", "acme": "js@acme.example", "ara": "", "سا": "x@y.example", "": ""} {
		got := ""
		if list := p.Suggest(typed, 5); len(list) > 0 {
			got = list[0].Address
		}
		if got != want {
			t.Errorf("%q suggests %q, want %q", typed, got, want)
		}
	}
}
