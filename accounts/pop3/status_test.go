package pop3

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"peyk/accounts"
)

func TestRefusalCauses(t *testing.T) {
	tests := []struct {
		line  string
		step  accounts.Step
		want  accounts.Cause
		words string
	}{
		{"-ERR [AUTH] Authentication failed.", accounts.StepSignIn, accounts.CausePassword, "Authentication failed."},
		{"-ERR invalid password", accounts.StepSignIn, accounts.CausePassword, "invalid password"},
		{"-ERR", accounts.StepSignIn, accounts.CausePassword, ""},
		{"-ERR [IN-USE] do you have another session?", accounts.StepSignIn, accounts.CauseBusy, "do you have another session?"},
		{"-ERR [in-use]", accounts.StepSignIn, accounts.CauseBusy, "[in-use]"},
		{"-ERR [LOGIN-DELAY] wait", accounts.StepSignIn, accounts.CauseBusy, "wait"},
		{"-ERR [SYS/TEMP] later", accounts.StepSignIn, accounts.CauseTemporary, "later"},
		{"-ERR [SYS/PERM] disabled", accounts.StepSignIn, accounts.CauseRejected, "disabled"},
		{"-ERR maildrop already locked", accounts.StepSignIn, accounts.CauseBusy, "maildrop already locked"},
		{"-ERR Plaintext authentication disallowed on non-secure connections.", accounts.StepSignIn, accounts.CauseMechanism, "Plaintext authentication disallowed on non-secure connections."},
		{"-ERR Too many connections", accounts.StepGreet, accounts.CauseBusy, "Too many connections"},
		{"-ERR go away", accounts.StepGreet, accounts.CauseRejected, "go away"},
		{"-ERR no such message", accounts.StepReceive, accounts.CauseRejected, "no such message"},
		{"-err [a b] odd brackets", accounts.StepReceive, accounts.CauseRejected, "[a b] odd brackets"},
	}
	for _, tt := range tests {
		_, err := parseStatus([]byte(tt.line+"\r\n"), "X")
		got := failure(accounts.Server{Host: "h", Port: 1}, tt.step, "x", err)
		f := (*accounts.Failure)(nil)
		if !errors.As(got, &f) || f.Cause != tt.want || f.Words != tt.words || f.Step != tt.step {
			t.Errorf("%q is %+v", tt.line, got)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for line, want := range map[string]string{
		"+OK\r\n":              "",
		"+OK 2 messages\r\n":   "2 messages",
		"+OK\ttab\r\n":         "tab",
		"+ok lower case\n":     "lower case",
		"+OK  two spaces \r\n": "two spaces",
	} {
		st, err := parseStatus([]byte(line), "X")
		if err != nil || st.text != want || st.bareLF != !strings.HasSuffix(line, "\r\n") {
			t.Errorf("%q is %+v, %v", line, st, err)
		}
	}
	for _, line := range []string{"\r\n", "+OKAY\r\n", "* OK IMAP\r\n", "220 smtp\r\n", "\x15\x03\x01\n", "-ERROR\r\n", " +OK\r\n"} {
		_, err := parseStatus([]byte(line), "X")
		if odd := (*nonsense)(nil); !errors.As(err, &odd) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte("+OK hi\r\n"))
	f.Add([]byte("-ERR [X] \xff\x00\r\n"))
	f.Add([]byte("-ERR []]]"))
	f.Fuzz(func(t *testing.T, line []byte) {
		_, err := parseStatus(line, "X")
		f := (*accounts.Failure)(nil)
		if err == nil {
			return
		}
		if !errors.As(failure(accounts.Server{}, accounts.StepSignIn, "x", err), &f) {
			t.Fatal(err)
		}
		if !utf8.ValidString(f.Words) || strings.ContainsAny(f.Words, "\r\n\x00") {
			t.Fatalf("words %q", f.Words)
		}
	})
}
