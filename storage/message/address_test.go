package message

import (
	"net/mail"
	"reflect"
	"testing"
)

func TestParseAddresses(t *testing.T) {
	one := func(name, address string) []mail.Address { return []mail.Address{{Name: name, Address: address}} }

	tests := []struct {
		name, in string
		want     []mail.Address
	}{
		{"bare", "a@b.c", one("", "a@b.c")},
		{"angle", "<a@b.c>", one("", "a@b.c")},
		{"name", "Ann Lee <a@b.c>", one("Ann Lee", "a@b.c")},
		{"quoted", `"Lee, Ann \"A\"" <a@b.c>`, one(`Lee, Ann "A"`, "a@b.c")},
		{"encoded", "=?utf-8?B?2LPYp9ix2Kc=?= <a@b.c>", one("سارا", "a@b.c")},
		{"encoded in quotes", `"=?utf-8?B?2LPYp9ix2Kc=?=" <a@b.c>`, one("سارا", "a@b.c")},
		{"encoded comma", "=?utf-8?Q?Lee=2C_Ann?= <a@b.c>", one("Lee, Ann", "a@b.c")},
		{"comma in an encoded-word", "=?utf-8?Q?Lee, Ann?= <a@b.c>", one("Lee, Ann", "a@b.c")},
		{"raw utf-8", "سارا احمدی <a@b.c>", one("سارا احمدی", "a@b.c")},
		{"raw latin1", "J\xf6rg <a@b.c>", one("Jörg", "a@b.c")},
		{"comment as name", "a@b.c (Ann Lee)", one("Ann Lee", "a@b.c")},
		{"nested comment", "Ann (x (y) z) <a@b.c>", one("Ann", "a@b.c")},
		{"comment inside", "<a(x)@b.c(y)>", one("", "a@b.c")},
		{"name is the address", `"x@y" <x@y>`, one("", "x@y")},
		{"name is another address", `"ceo@bank.com" <x@y>`, one("ceo@bank.com", "x@y")},
		{"name is a bare address", `ceo@bank.com <x@y>`, one("ceo@bank.com", "x@y")},
		{"single quotes", "'Ann Lee' <a@b.c>", one("Ann Lee", "a@b.c")},
		{"unquoted comma", "Lee, Ann <a@b.c>", one("Lee, Ann", "a@b.c")},
		{"two", "Ann <a@b.c>, d@e.f", []mail.Address{{Name: "Ann", Address: "a@b.c"}, {Address: "d@e.f"}}},
		{"semicolon", "a@b.c; Dan <d@e.f>;", []mail.Address{{Address: "a@b.c"}, {Name: "Dan", Address: "d@e.f"}}},
		{"spaces only between", "a@b.c d@e.f", []mail.Address{{Address: "a@b.c"}, {Address: "d@e.f"}}},
		{"group", "Team: Ann <a@b.c>, d@e.f;, g@h.i", []mail.Address{
			{Name: "Ann", Address: "a@b.c"}, {Address: "d@e.f"}, {Address: "g@h.i"},
		}},
		{"empty group", "undisclosed-recipients:;", nil},
		{"empty group with comment", "Nobody(that I know) :(x) ;", nil},
		{"colon in a name", "Re: Ann <a@b.c>", one("Re: Ann", "a@b.c")},
		{"mailto", "<mailto:a@b.c>", one("", "a@b.c")},
		{"route", "<@x,@y:a@b.c>", one("", "a@b.c")},
		{"spaces in the angle", "Ann < a@b.c >", one("Ann", "a@b.c")},
		{"spaces around dots", "a@b   . c", one("", "a@b.c")},
		{"angle not closed", "Ann <a@b.c", one("Ann", "a@b.c")},
		{"angle not closed, another follows", "Ann <a@b.c, Dan <d@e.f>", []mail.Address{
			{Name: "Ann", Address: "a@b.c,Dan<d@e.f"},
		}},
		{"quote not closed", `"Ann <a@b.c>`, one("Ann", "a@b.c")},
		{"quoted local part", `"a b"@c.d`, one("", `"a b"@c.d`)},
		{"name after the angle", "<a@b.c> Ann", one("Ann", "a@b.c")},
		{"open comment in a bare address", "(@0 0", nil},
		{"two at signs", "a@b@c.d", one("", "a@b@c.d")},
		{"local user", "root", one("", "root")},
		{"name without address", "Mail Delivery System", one("Mail Delivery System", "")},
		{"empty angle", "Ann <>", one("Ann", "")},
		{"all encoded", "=?utf-8?Q?Ann_<a@b.c>?=", one("Ann", "a@b.c")},
		{"empty entries", ",,a@b.c,,", one("", "a@b.c")},
		{"line breaks", "Ann\r\n <a@b.c>", one("Ann", "a@b.c")},
		{"nothing", "", nil},
		{"white space", "  ", nil},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ParseAddresses(unfold([]byte(test.in)))
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("ParseAddresses(%q)\n got %q\nwant %q", test.in, got, test.want)
			}
		})
	}
}
