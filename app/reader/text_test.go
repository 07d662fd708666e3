package reader

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"peyk/app/bidi"
	"peyk/app/widgets"
)

func TestFromHTML(t *testing.T) {
	tests := []struct{ name, html, want string }{
		{"paragraphs", "<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"},
		{"white space", "<div>  a \n b&nbsp;&nbsp;c </div>", "a b c"},
		{"a list", "<ul><li>one<li>two<ul><li>inner</ul></ul><ol start=3><li><p>three</p></ol>", "• one\n• two\n    • inner\n\n3. three"},
		{"cells stand apart", "<table><tr><td>Price</td><td>12</td></tr><tr><td>VAT</td><td>2</td></tr></table>", "Price 12\nVAT 2"},
		{"what is hidden", "<style>p{}</style><div style='display: none'>secret</div><p hidden>x</p>shown<script>1</script>", "shown"},
		{"preformatted", "<pre>a\n  b</pre>", "a\n  b"},
		{"a rule", "a<hr>b", "a\n\n⸻\n\nb"},
		{"the words of an image", "<img src='http://x.example/a.png' alt='A cat'>", "A cat"},
		{"Persian", "<p dir=rtl>سلام <b>دنیا</b></p>", "سلام دنیا"},
		{"nothing", "", ""},
		{"broken", "<p>a<b>b</p>c</i>", "ab\n\nc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fromHTML(tt.html); got.text != tt.want {
				t.Errorf("got %q, want %q", got.text, tt.want)
			}
		})
	}
}

func TestHTMLSpans(t *testing.T) {
	w := fromHTML("<p>See <a href='https://peyk.example/'> the <b>page</b></a>, not <a href='javascript:x'>this</a>.</p><blockquote>said</blockquote><img src=//x.example/p.gif>")
	runes := []rune(w.text)
	if text := "See the page, not this.\n\nsaid"; w.text != text {
		t.Errorf("the text is %q", w.text)
	}
	got := map[string]widgets.Span{}
	for _, s := range w.spans {
		got[string(runes[s.Start:s.End])] = s
	}
	if s := got["the "]; s.Link != "https://peyk.example/" || s.Bold {
		t.Errorf("the link is %+v", s)
	}
	if s := got["page"]; !s.Bold || s.Link != "https://peyk.example/" {
		t.Errorf("the bold word is %+v", s)
	}
	if s := got["said"]; s.Tone != widgets.Secondary {
		t.Errorf("the quotation is %+v", s)
	}
	if _, ok := got["this"]; ok {
		t.Error("a script became a link")
	}
	if w.remote != 1 {
		t.Errorf("%d remote images", w.remote)
	}
}

// TestHostileHTML: what no letter contains must not hang the reader.
func TestHostileHTML(t *testing.T) {
	for name, html := range map[string]string{
		"deep blocks":  strings.Repeat("<div>", 200_000) + "x",
		"deep inlines": strings.Repeat("<b><i>", 50_000) + "x",
		"open tags":    strings.Repeat("<a href=x", 50_000),
		"many rows":    "<table>" + strings.Repeat("<tr><td>1", 50_000),
		"lists":        strings.Repeat("<ul><li>", 20_000),
		"closing":      strings.Repeat("</div>", 100_000) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			w := fromHTML(html)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			checkSpans(t, w)
		})
	}
}

func FuzzFromHTML(f *testing.F) {
	f.Add("<p>a<b>b<a href='http://x'>c</a>")
	f.Add("<ul><li>\u200fسلام<pre> x</pre><br><br><td>")
	f.Fuzz(func(t *testing.T, html string) {
		checkSpans(t, fromHTML(html))
	})
}

// checkSpans fails unless the spans stand side by side in a text that needs no more normalizing.
func checkSpans(t *testing.T, w written) {
	t.Helper()
	if bidi.Normalize(w.text) != w.text {
		t.Fatalf("the text %q changes", w.text)
	}
	at, n := 0, utf8.RuneCountInString(w.text)
	for _, s := range w.spans {
		if s.Start < at || s.End <= s.Start || s.End > n {
			t.Fatalf("span %+v after %d in %d runes", s, at, n)
		}
		at = s.End
	}
}

func FuzzFromPlain(f *testing.F) {
	f.Add("> a http://x.example/\r\n>> b\u2028c www.y.example.")
	f.Fuzz(func(t *testing.T, text string) { checkSpans(t, fromPlain(text)) })
}

func TestPlainLinks(t *testing.T) {
	tests := []struct{ text, shown, link string }{
		{"see https://peyk.example/a(b)?x=1, then", "https://peyk.example/a(b)?x=1", "https://peyk.example/a(b)?x=1"},
		{"(www.peyk.example).", "www.peyk.example", "http://www.peyk.example"},
		{"به sara@peyk.example بنویسید", "sara@peyk.example", "mailto:sara@peyk.example"},
		{"<https://peyk.example>", "https://peyk.example", "https://peyk.example"},
		{"نشانی: https://peyk.example/سلام؟", "https://peyk.example/سلام", "https://peyk.example/سلام"},
		{"no link here. v1.2", "", ""},
	}
	for _, tt := range tests {
		w := fromPlain(tt.text)
		if tt.shown == "" {
			if len(w.spans) != 0 {
				t.Errorf("%q has links %v", tt.text, w.spans)
			}
			continue
		}
		if len(w.spans) != 1 {
			t.Errorf("%q has links %v", tt.text, w.spans)
			continue
		}
		s := w.spans[0]
		if shown := string([]rune(tt.text)[s.Start:s.End]); shown != tt.shown || s.Link != tt.link {
			t.Errorf("%q links %q to %q", tt.text, shown, s.Link)
		}
	}
}

func TestQuotations(t *testing.T) {
	spans := quotations("سلام\n> a\n>> b\nc\n> d")
	if len(spans) != 2 || spans[0] != (widgets.Span{Start: 5, End: 14, Tone: widgets.Secondary}) || spans[1].End != 19 {
		t.Errorf("quotations are %+v", spans)
	}
}

func TestMisleadingLinks(t *testing.T) {
	tests := []struct {
		text, link string
		want       bool
	}{
		{"www.bank.example", "https://www.bank.example/login", false},
		{"bank.example", "https://mail.bank.example/", false},
		{"https://bank.example", "https://bank.example.evil.example/", true},
		{"www.bank.example", "http://tracker.example/r?u=1", true},
		{"click here", "http://tracker.example/", false},
		{"version 1.20", "http://tracker.example/", false},
		{"1.20", "http://tracker.example/", false},
		{"me@bank.example", "https://other.example", false},
		{"bank.example", "mailto:a@b.example", false},
	}
	for _, tt := range tests {
		if _, _, got := misleads(tt.text, tt.link); got != tt.want {
			t.Errorf("%q to %q: %v", tt.text, tt.link, got)
		}
	}
}

func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{
		"../../etc/passwd": "passwd", "a/b": "b", "": "attachment", "..": "attachment", "قرارداد.pdf": "قرارداد.pdf",
		"a:b?.txt": "a_b_.txt", "x\r\ny": "x y",
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"a.EXE": true, "a.pdf": false, "photo.jpg.scr": true, "run.sh": true, "x": false} {
		if got := runs(name); got != want {
			t.Errorf("%q runs: %v", name, got)
		}
	}
}
