//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package bidi

import (
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"peyk/assets"
)

// newTestEngine has the program's own faces only, so that results do not depend on the machine.
func newTestEngine(t testing.TB) *Engine {
	t.Helper()
	e, err := NewEngine(FontConfig{Regular: assets.VazirmatnRegular, Bold: assets.VazirmatnBold})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNewEngineTellsWhichFontIsBroken(t *testing.T) {
	_, err := NewEngine(FontConfig{Regular: assets.VazirmatnRegular, Bold: []byte("no font")})
	if err == nil || !strings.Contains(err.Error(), "bold") {
		t.Errorf("error %v", err)
	}
}

// linesOf lays a text out.
func linesOf(e *Engine, text string, width int) ([]Placed, *Document) {
	d := e.NewDocument(16, width, LTR)
	d.SetText(Normalize(text))
	d.LayOutAll()
	var out []Placed
	d.Visible(0, d.Height(), func(l Placed) { out = append(out, l) })
	return out, d
}

func TestWrapKeepsEveryRuneAndTheWidth(t *testing.T) {
	e := newTestEngine(t)
	text := "سلام Reza، این یک متن آمیخته (mixed) با ۱۲۳ عدد است.\n\nA long English line follows: " +
		strings.Repeat("word واژه ", 40) + "\n" + strings.Repeat("x", 300) + "\nآخر\n"
	for _, width := range []int{1, 30, 100, 333, 2000} {
		lines, d := linesOf(e, text, width)
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(l.Text())
			if l.Break {
				b.WriteByte('\n')
			}
			hanging := strings.TrimRight(l.Text(), " ")
			if got := l.Stretches(l.Start, l.Start+len([]rune(hanging))); len(got) > 0 && width > 30 {
				if covered := got[len(got)-1].Right - got[0].Left; covered > width+1 {
					t.Errorf("width %d: line %q covers %d", width, l.Text(), covered)
				}
			}
		}
		if b.String() != text {
			t.Errorf("width %d: lines hold %q", width, b.String())
		}
		if d.Height() != len(lines)*d.LineHeight() {
			t.Errorf("width %d: height %d of %d lines of %d", width, d.Height(), len(lines), d.LineHeight())
		}
	}
}

// order returns the runs of the first line from left to right.
func order(l Placed) string {
	var parts []string
	for _, p := range l.pieces {
		parts = append(parts, strings.TrimSpace(string(l.s.text[p.start:p.end])))
	}
	return strings.Join(parts, "|")
}

func TestLinesAreOrderedByLevel(t *testing.T) {
	e := newTestEngine(t)
	for _, c := range []struct{ in, want string }{
		{"ab سلام ۱۲ دنیا cd", "ab|دنیا|۱۲|سلام|cd"},
		{"abc ٣ سلام", "abc|سلام|٣"},
		{"سلام Reza خوب", "خوب|Reza|سلام"},
		{"«بررسی Q3» شروع", "» شروع|Q3|«بررسی"},
	} {
		lines, _ := linesOf(e, c.in, 2000)
		if got := order(lines[0]); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestAlignmentFollowsTheParagraph(t *testing.T) {
	e := newTestEngine(t)
	lines, _ := linesOf(e, "سلام\n\nHello\n\n12:30\nسلام\n12:30", 500)
	for i, want := range []Direction{RTL, RTL, LTR, LTR, LTR, RTL, RTL} {
		l := lines[i]
		if l.Dir != want {
			t.Errorf("line %d %q runs in %d, want %d", i, l.Text(), l.Dir, want)
		}
		if left := l.Left; (want == LTR) != (left == 0) && l.Width != 500 {
			t.Errorf("line %d begins at %d", i, left)
		}
	}
}

func TestBlanksAtTheEndOfALineHang(t *testing.T) {
	e := newTestEngine(t)
	d := e.NewDocument(16, 300, LTR)
	d.SetText("سلام abc   ")
	l := d.LineOf(Place{})
	end := l.CaretX(Place{11, true})
	if end != 0 {
		t.Errorf("the caret after the blanks stands at %d of %d, want the left end", end, l.Width)
	}
	word := l.Stretches(0, 8)
	if word[0].Left == 0 {
		t.Errorf("the words cover %v of %d: the blanks are not at the left", word, l.Width)
	}
}

// TestCaretAndHitAgree goes through the places of lines and back.
func TestCaretAndHitAgree(t *testing.T) {
	e := newTestEngine(t)
	r := rand.New(rand.NewPCG(3, 4))
	texts := []string{"سلام Reza خوب ۱۲ تا", "abc", "لا لا", "می\u200cخواهم", "a\tb\tس", "e\u0301a\u0308", ""}
	for range 400 {
		texts = append(texts, randomLine(r))
	}
	for _, text := range texts {
		lines, _ := linesOf(e, text, 5000)
		l := lines[0]
		steps := l.steps()
		for i, s := range steps {
			x := l.CaretX(s.place)
			if x != s.x.Round() {
				t.Errorf("%q: place %v stands at %d, on the way at %d", text, s.place, x, s.x.Round())
			}
			if got := l.CaretX(l.Hit(x)); got != x {
				t.Errorf("%q: a click at %d puts the caret at %d", text, x, got)
			}
			if i > 0 && s.x < steps[i-1].x {
				t.Errorf("%q: step %d goes backwards", text, i)
			}
		}
		if l.Hit(-1000) != l.Hit(0) || l.Hit(1<<30) != l.Hit(l.Width) {
			t.Errorf("%q: clicks beyond the ends go elsewhere", text)
		}
	}
}

func TestCaretInPersian(t *testing.T) {
	e := newTestEngine(t)
	lines, _ := linesOf(e, "سلام دنیا", 1000)
	l := lines[0]
	if l.CaretX(Place{}) < l.Width-1 || l.CaretX(Place{9, true}) != 0 {
		t.Errorf("ends at %d and %d of %d", l.CaretX(Place{}), l.CaretX(Place{9, true}), l.Width)
	}
	for i := 1; i <= 9; i++ {
		if l.CaretX(Place{Rune: i}) >= l.CaretX(Place{Rune: i - 1}) {
			t.Errorf("place %d is not left of the one before", i)
		}
	}
}

func TestSelectionOfMixedText(t *testing.T) {
	e := newTestEngine(t)
	lines, _ := linesOf(e, "abc سلام def", 1000)
	l := lines[0]
	// "c سل": c and the blank on the left, س and ل at the right end of the Persian word.
	got := l.Stretches(2, 6)
	if len(got) != 2 || got[0].Right >= got[1].Left {
		t.Errorf("stretches %v", got)
	}
	if all := l.Stretches(0, 12); len(all) != 1 || all[0] != (Stretch{0, l.Width}) {
		t.Errorf("the whole line covers %v of %d", all, l.Width)
	}
}

func TestMoveGoesThroughALineAsSeen(t *testing.T) {
	e := newTestEngine(t)
	d := e.NewDocument(16, 1000, LTR)
	d.SetText("ab سلام ۱۲ cd\nدوم two")
	at, last := Place{}, -1
	for range 14 {
		x, line := d.Caret(at)
		if line.From() > 0 {
			break
		}
		if x <= last {
			t.Fatalf("the caret went from %d to %d at %v", last, x, at)
		}
		last = x
		at = d.Move(at, true)
	}
	if _, line := d.Caret(at); line.From() != 14 {
		t.Errorf("after the line the caret is at %v", at)
	}
	for d.LineOf(at).From() > 0 && at.Rune > 0 { // in the Persian line "right" goes back
		next := d.Move(at, true)
		if next == at {
			t.Fatalf("stuck at %v", at)
		}
		at = next
	}
	if at.Rune != 13 {
		t.Errorf("right from the start of the Persian line leads to %v", at)
	}
}

func TestStepsAndWords(t *testing.T) {
	e := newTestEngine(t)
	d := e.NewDocument(16, 1000, LTR)
	text := "می\u200cروم e\u0301 👨‍👩‍👧 x"
	d.SetText(text)
	rs := []rune(text)
	find := func(sub string) int { return len([]rune(text[:strings.Index(text, sub)])) }
	if from, to := d.Word(1); string(rs[from:to]) != "می\u200cروم" {
		t.Errorf("word %q", string(rs[from:to]))
	}
	if at := find("👨"); d.Step(at, true) != at+5 || d.DeleteBefore(at+5) != at {
		t.Errorf("the family is not one character: %d to %d", at, d.Step(at, true))
	}
	if at := find("e\u0301"); d.DeleteBefore(at+2) != at+1 || d.Step(at, true) != at+2 {
		t.Error("a backspace takes the accent first, an arrow goes past both")
	}
	if got := d.WordStep(0, true); got != 7 {
		t.Errorf("the next word begins at %d", got)
	}
	if got := d.WordStep(7, false); got != 0 {
		t.Errorf("the word before begins at %d", got)
	}
}

func TestEllipsis(t *testing.T) {
	e := newTestEngine(t)
	style := Style{Size: 16}
	for _, text := range []string{"A long English subject", "یک موضوع فارسی بلند", "Re: پیشنهاد (Invoice 1203)", strings.Repeat("لا", 200)} {
		full, cut := e.OneLine(text, style, 0)
		if cut {
			t.Errorf("%q was cut without a limit", text)
		}
		if _, cut := e.OneLine(text, style, full.Width); cut {
			t.Errorf("%q was cut at its own width", text)
		}
		for width := full.Width - 1; width > 20; width = width * 3 / 4 {
			l, cut := e.OneLine(text, style, width)
			if !cut || l.Width > width || !strings.HasSuffix(l.Text(), "…") {
				t.Errorf("%q at %d: %q of %d", text, width, l.Text(), l.Width)
			}
			if l.Dir != full.Dir {
				t.Errorf("%q changed its direction when cut", text)
			}
			if body := strings.TrimSuffix(l.Text(), "…"); !strings.HasPrefix(text, body) {
				t.Errorf("%q became %q", text, l.Text())
			}
		}
	}
	if got := e.Ellipsize("hello", style, 1); got != "…" {
		t.Errorf("in no room: %q", got)
	}
}

func TestTabsReachStops(t *testing.T) {
	e := newTestEngine(t)
	lines, d := linesOf(e, "a\tb\nwi\tb", 1000)
	x0 := lines[0].CaretX(Place{Rune: 2})
	x1 := lines[1].CaretX(Place{Rune: 3})
	if x0 != x1 || x0 == 0 {
		t.Errorf("columns at %d and %d", x0, x1)
	}
	if d.Rune(1) != '\t' {
		t.Errorf("rune %q", d.Rune(1))
	}
}

func TestPaintPutsInkWhereTheWordsAre(t *testing.T) {
	e := newTestEngine(t)
	lines, _ := linesOf(e, "سلام Reza", 400)
	l := lines[0]
	img := image.NewRGBA(image.Rect(0, 0, l.Width, l.Height))
	red := color.NRGBA{0xff, 0, 0, 0xff}
	e.Paint(img, l.Line, 0, 0, color.Black, Ink{Start: 5, End: 9, Color: red, Underline: true})
	name := l.Stretches(5, 9)[0]
	for y := range l.Height {
		for x := range l.Width {
			c := img.RGBAAt(x, y)
			if inName := x >= name.Left-1 && x <= name.Right; c.A > 0 && (c.R > 0) != inName && x > name.Right+1 {
				t.Fatalf("a pixel at %d,%d is %v; the name covers %v", x, y, c, name)
			}
		}
	}
	if img.RGBAAt(name.Left+2, l.Ascent+2).R == 0 {
		t.Error("the link has no rule under it")
	}
}

func TestCachesStayWithinBounds(t *testing.T) {
	e := newTestEngine(t)
	e.cache = newShapeCache(5000)
	r := rand.New(rand.NewPCG(5, 6))
	img := image.NewRGBA(image.Rect(0, 0, 600, 40))
	for range 2000 {
		l, _ := e.OneLine(randomLine(r), Style{Size: 10 + 10*r.Float32()}, 0)
		e.Paint(img, l, 0, 0, color.Black)
	}
	if e.cache.runes > 5000 || len(e.cache.entries) != e.cache.order.Len() {
		t.Errorf("%d runes in %d entries", e.cache.runes, len(e.cache.entries))
	}
	if e.glyphs.bytes > maxGlyphBytes {
		t.Errorf("%d bytes of glyphs", e.glyphs.bytes)
	}
}

// hostile builds strings from what has broken text engines before.
func hostile(r *rand.Rand) string {
	parts := []string{
		"\r", "\n", "\u2028", "\u2029", "\u0085", "\x00", "\x1b", "\t", "\u202e", "\u202a", "\u202c", "\u2067", "\u2066", "\u2068",
		"\u2069", "\u200d", "\u200c", "\u200e", "\u061c", "\ufeff", "\ufffd", "\xff\xfe", "\xed\xa0\x80", "👨‍👩‍👧", "🇮🇷", "❤️", "é", "e\u0301\u0302\u0303", "س", "لا", "ﷺ",
		"۱", "٣", "א", "(", "]", "﴿", "中", "ไทย", "अ", "\U000E0001", "\U0010FFFF", "\u0600", "\u06dd", "a", " ", "fi", strings.Repeat("\u0651", 20),
	}
	var b strings.Builder
	for range r.IntN(40) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// exercise puts a text through everything.
func exercise(t testing.TB, e *Engine, text string, width int) {
	if n := strings.IndexFunc(Visual(text, Auto), isBreak); n >= 0 {
		t.Fatalf("Visual lets a separator through: %q", text)
	}
	lines, d := linesOf(e, text, width)
	img := image.NewRGBA(image.Rect(0, 0, 64, 32))
	runes := 0
	for _, l := range lines {
		runes += l.End - l.Start
		if l.Break {
			runes++
		}
		covered := 0
		for _, p := range l.pieces {
			covered += p.end - p.start
			p.clusters(func(c cluster) {
				if c.start < p.start || c.end > p.end || c.start >= c.end {
					t.Fatalf("%q: cluster %v in piece %d-%d", text, c, p.start, p.end)
				}
			})
		}
		if covered != l.End-l.Start {
			t.Fatalf("%q: line of %d runes shows %d", text, l.End-l.Start, covered)
		}
		e.Paint(img, l.Line, 0, 0, color.Black)
		for x := -10; x < width+10; x += 17 {
			if p := l.Hit(x); p.Rune < l.Start || p.Rune > l.End {
				t.Fatalf("%q: a click at %d leads to %v of %d-%d", text, x, p, l.Start, l.End)
			}
			l.RuneAt(x)
		}
		l.Stretches(l.Start, l.End)
	}
	if runes != d.Len() {
		t.Fatalf("%q: %d runes in lines, %d in all", text, runes, d.Len())
	}
	at, steps := Place{}, 0
	for ; at.Rune < d.Len() && steps < 2*d.Len()+10; steps++ {
		next := Place{Rune: d.Step(at.Rune, true)}
		if next.Rune <= at.Rune {
			t.Fatalf("%q: no step on from %d", text, at.Rune)
		}
		d.Caret(at)
		d.Move(at, true)
		d.Move(at, false)
		at = next
	}
	e.OneLine(text, Style{Size: 14}, 40)
}

func TestHostileTexts(t *testing.T) {
	e := newTestEngine(t)
	r := rand.New(rand.NewPCG(7, 8))
	for range 5000 {
		exercise(t, e, hostile(r), 20+r.IntN(300))
	}
}

func FuzzLayout(f *testing.F) {
	for _, s := range []string{"", "Re: hello\rworld", "\u2029", "سلام\u202eabc\u202c", strings.Repeat("\u202b", 200), strings.Repeat("(", 200) + "س"} {
		f.Add(s, 100)
	}
	e := newTestEngine(f)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) > 1<<12 {
			return
		}
		exercise(t, e, s, 1+width&1023)
	})
}

// TestHostileLengthsEnd holds the cost of the worst shapes of text to about that of plain words.
func TestHostileLengthsEnd(t *testing.T) {
	e := newTestEngine(t)
	for name, text := range map[string]string{
		"alternating": strings.Repeat("aس", 20000), "embeddings": strings.Repeat("\u202b", 40000) + "a", "isolates": strings.Repeat("\u2068", 40000) + "س",
		"brackets": strings.Repeat("(", 20000) + "س" + strings.Repeat(")", 20000), "marks": "س" + strings.Repeat("\u0651", 40000),
		"no blank": strings.Repeat("x", 100000),
	} {
		lines, d := linesOf(e, text, 600)
		if len(lines) == 0 || d.Len() != len([]rune(text)) {
			t.Errorf("%s: %d lines, %d runes", name, len(lines), d.Len())
		}
		Levels([]rune(text), Auto)
	}
}

// TestWidthFollowsTheSize: letters stand as far apart at a broken size as at a whole one.
func TestWidthFollowsTheSize(t *testing.T) {
	e := newTestEngine(t)
	for _, text := range []string{"Choose a message to read it, and more of the same", "پیشنهاد قرارداد ۱۴۰۵ (نسخهٔ نهایی) برای همه"} {
		large, _ := e.OneLine(text, Style{Size: 400}, 0)
		for _, size := range []float32{12.6, 13, 14, 16.1, 18.06, 18.2} {
			line, _ := e.OneLine(text, Style{Size: size}, 0)
			want := float32(large.Width) * size / 400
			if got := float32(line.Width); got < want*0.99-1 || got > want*1.01+1 {
				t.Errorf("at %v the width is %v, want %v: %q", size, got, want, text)
			}
		}
	}
}
