package pop3

import (
	"errors"
	"strings"
	"testing"
)

func TestMechanisms(t *testing.T) {
	tests := []struct {
		name string
		m    mechanism
		// said are challenge and answer in turn, after the initial response.
		initial string
		said    []string
	}{
		{
			name: "RFC 4616", m: must(newPlain("tim", "tanstaaftanstaaf")),
			initial: "\x00tim\x00tanstaaftanstaaf",
		},
		{
			name: "RFC 2195", m: &cramMD5{user: "tim", password: "tanstaaftanstaaf"},
			said: []string{"<1896.697170952@postoffice.reston.mci.net>", "tim b913a602c7eda7a495b4e6e7334d3890"},
		},
		{
			name: "LOGIN", m: &login{answers: []string{"tim", "secret"}},
			said: []string{"Username:", "tim", "Password:", "secret"},
		},
		{
			name: "RFC 7677", m: scramWithNonce("user", "pencil", "rOprNGfwEbeRWgbNEkqO"),
			initial: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			said: []string{
				"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
				"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
				"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.m.start()); got != tt.initial {
				t.Errorf("starts with %q", got)
			}
			for i := 0; i < len(tt.said); i += 2 {
				got, err := tt.m.next([]byte(tt.said[i]))
				if err != nil || string(got) != tt.said[i+1] {
					t.Fatalf("to %q: %q, %v", tt.said[i], got, err)
				}
			}
			if !tt.m.proven() {
				t.Error("not proven at the end")
			}
			if _, err := tt.m.next(nil); !errors.Is(err, errManyChallenges) {
				t.Errorf("one challenge more: %v", err)
			}
		})
	}
}

func must(m mechanism, err error) mechanism {
	if err != nil {
		panic(err)
	}
	return m
}

func TestSCRAMRefusesABadServer(t *testing.T) {
	const good = "r=nonceMORE,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	for name, first := range map[string]string{
		"other nonce":     "r=xxxx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"only our nonce":  "r=nonce,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"no salt":         "r=nonceMORE,s=,i=4096",
		"salt not base64": "r=nonceMORE,s=!,i=4096",
		"no rounds":       "r=nonceMORE,s=W22ZaJ0SNY7soEsUEjb6gQ==",
		"zero rounds":     "r=nonceMORE,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
		"endless rounds":  "r=nonceMORE,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999",
		"nothing":         "",
	} {
		if _, err := scramWithNonce("u", "p", "nonce").next([]byte(first)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s := scramWithNonce("u", "p", "nonce")
	if _, err := s.next([]byte(good)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.next([]byte("v=AAAA")); err == nil || s.proven() {
		t.Error("a wrong signature was accepted")
	}
}

func TestSASLPrep(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                "plain",
		"I\u00ADX":             "IX",
		"\u00AA":               "a",
		"\u2168":               "IX",
		"a\u00A0b":             "a b",
		"می\u200Cخواهم":        "میخواهم",
		"Ａ":                    "A",
		strings.Repeat("x", 9): "xxxxxxxxx",
	} {
		if got := saslPrep(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}
