//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package bidi

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"hello", "hello"},
		{"سلام\u200cدنیا", "سلام\u200cدنیا"},
		{"Re: hello\rworld", "Re: hello world"},
		{"a\r\n\tb", "a b"},
		{"a\u2028b\u2029c\u0085d", "a b c d"},
		{"\x00a\x7fb\u009f", " a b "},
		{"photo\u202egpj.exe", "photogpj.exe"},
		{"\u202a\u202b\u202c\u202d", ""},
		{"bad \xff\xfe utf", "bad \ufffd\ufffd utf"},
		{"\u2068name\u2069", "\u2068name\u2069"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	long := Clean(strings.Repeat("س", 5000))
	if n := utf8.RuneCountInString(long); n != MaxOneLine || !strings.HasSuffix(long, "…") {
		t.Errorf("a long text came out with %d runes", n)
	}
}

func TestNormalize(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\r\nb\rc\nd", "a\nb\nc\nd"},
		{"\r\n\r\n", "\n\n"},
		{"a\u2028b\u2029c\u0085d\ve\ff", "a\nb\nc\nd\ne\nf"},
		{"tab\tkept\x00\x1b[0m", "tab\tkept  [0m"},
		{"س\xffب", "س\ufffdب"},
	} {
		if got := Normalize(c.in); got != c.want {
			t.Errorf("Normalize(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestIsolateCannotBeEscaped(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"name", "\u2068name\u2069"},
		{"a\u2069b", "\u2068ab\u2069"},
		{"a\u2067b", "\u2068a\u2067b\u2069\u2069"},
		{"\u2067a\u2069\u2069b", "\u2068\u2067a\u2069b\u2069"},
	} {
		if got := Isolate(c.in); got != c.want {
			t.Errorf("Isolate(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestVisual(t *testing.T) {
	for _, c := range []struct {
		in   string
		base Direction
		want string // runs from left to right, each in logical order
	}{
		{"hello (world)", Auto, "hello (world)"},
		{"سلام", Auto, "سلام"},
		{"نامهٔ Reza در ۱۲ آبان", Auto, " آبان|۱۲| در |Reza|نامهٔ "},
		{"Hello سلام دنیا!", Auto, "Hello |سلام دنیا|!"},
		{"سلام (فوری).", Auto, "سلام (فوری)."},
		{"ab سلام ۱۲ دنیا cd", LTR, "ab | دنیا|۱۲|سلام | cd"},
		{"abc ٣ سلام", LTR, "abc | سلام|٣"},
		{"smith (fabrikam عربی) فارسی", LTR, "smith (fabrikam |عربی|) |فارسی"},
		{"Inbox (12)", RTL, "Inbox (12)"},
		{"!", RTL, "!"},
	} {
		got := Visual(c.in, c.base)
		runs := strings.FieldsFunc(got, func(r rune) bool { return r == lrm || r == rlm })
		if j := strings.Join(runs, "|"); j != c.want {
			t.Errorf("Visual(%q, %d) = %q, want %q", c.in, c.base, j, c.want)
		}
	}
}

// letters are what random lines are made of.
var letters = []string{
	"a", "b", "Z", "1", "7", "۱", "۴", "٣", "س", "لا", "م", "ی", "ش", "א", " ", " ", ".", ",", "-", "+", "/", ":", "(", ")", "[", "]", "«", "»",
	"%", "$", "?", "!", "،", "؟", "…", "&", "@", "_", "#",
}

// randomLine is from a generator, so that a failure can be had again.
func randomLine(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(24) {
		b.WriteString(letters[r.IntN(len(letters))])
	}
	return b.String()
}

// TestOrderAgainstFribidi compares with another implementation. It needs the command fribidi (Debian: libfribidi-bin).
func TestOrderAgainstFribidi(t *testing.T) {
	path, err := exec.LookPath("fribidi")
	if err != nil {
		t.Fatalf("install libfribidi-bin: %v", err)
	}
	lines := []string{
		"سلام Reza خوب ۱۲ تا", "The title is «مجنون» by Nezami", "نسخهٔ 2.5 (beta) آمد", "فایل report-v2.pdf (240 KB) رسید.",
		"تلفن: +98 21 1234", "Price: ۱۲۰۰ ریال, ok?", "a (ب) c [د] e", "a (ب c) د", "٣ + ٤ = ٧", "x ٣ س ۴ y",
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		lines = append(lines, randomLine(r))
	}
	for _, dir := range []Direction{LTR, RTL} {
		cmd := exec.Command(path, "--nopad", "--nobreak", "--novisual", "--levels", map[Direction]string{LTR: "--ltr", RTL: "--rtl"}[dir])
		cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("running fribidi: %v", err)
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(got) != len(lines) {
			t.Fatalf("fribidi wrote %d lines for %d", len(got), len(lines))
		}
		for i, line := range lines {
			levels, _ := Levels([]rune(line), dir)
			if ours := strings.Trim(fmt.Sprint(levels), "[]"); ours != strings.TrimSpace(got[i]) {
				t.Errorf("%q in %d: %s, fribidi %s", line, dir, ours, got[i])
			}
		}
	}
}
