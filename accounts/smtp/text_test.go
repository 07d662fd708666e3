package smtp

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzCanonicalLines(f *testing.F) {
	for _, s := range []string{"", "a", "\r", "\n", "\r\n", "\n\r", "a\r\r\nb", "\r\n.\r\n", "a\nb\rc\r\nd", "a\r\n\r", "\r\r", "\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		got := canonicalLines(raw)
		if !bytes.Equal(raw, before) {
			t.Error("the message itself was changed")
		}
		if bareEnds(got) != 0 || len(got) > 0 && !bytes.HasSuffix(got, []byte("\r\n")) {
			t.Errorf("%q became %q", raw, got)
		}
		if !bytes.Equal(canonicalLines(got), got) {
			t.Errorf("%q is not stable", got)
		}
		if text := strings.NewReplacer("\r", "", "\n", ""); text.Replace(string(got)) != text.Replace(string(raw)) {
			t.Errorf("more than ends of lines differs: %q became %q", raw, got)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "2.0.0 ok", "a\nb", "\x1b[31mred", "\xff\xfe", "سلام\u202eabc", strings.Repeat("é", 1000), " \t x \r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := words(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unprintable) || len(got) > maxWords+len("…") {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"", "a@b", "a@b> SIZE=1", "a@b\r\nDATA", `"a b"@c`, `"\""@c`, "a@[::1]", "a@(c)b", "رضا@ایران.ir", "a@b@c", "<a@b>", "a@xn--", "Reza <a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got, wide, err := path(address, true)
		if err != nil {
			return
		}
		if !strings.HasPrefix(got, "<") || !strings.HasSuffix(got, ">") || strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%q became %q", address, got)
		}
		// Outside quotes nothing may end the path early.
		if !strings.Contains(got, `"`) && strings.ContainsAny(got[1:len(got)-1], "<> ") {
			t.Errorf("%q became %q", address, got)
		}
		if !wide && !ascii(got) {
			t.Errorf("%q became %q without SMTPUTF8", address, got)
		}
	})
}
