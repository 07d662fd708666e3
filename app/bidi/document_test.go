//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package bidi

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sameLayout compares a document that was edited with one made at once.
func sameLayout(t *testing.T, e *Engine, d *Document, text string) {
	t.Helper()
	if got := d.Text(); got != text {
		t.Fatalf("text %q, want %q", got, text)
	}
	fresh := e.NewDocument(16, d.Width(), LTR)
	fresh.SetText(text)
	fresh.LayOutAll()
	d.LayOutAll()
	if d.Height() != fresh.Height() || d.Len() != fresh.Len() {
		t.Fatalf("%q: %d pixels and %d runes, want %d and %d", text, d.Height(), d.Len(), fresh.Height(), fresh.Len())
	}
	var want []string
	fresh.Visible(0, fresh.Height(), func(l Placed) { want = append(want, order(l)) })
	i := 0
	d.Visible(0, d.Height(), func(l Placed) {
		if i >= len(want) || order(l) != want[i] {
			t.Fatalf("%q: line %d is %q", text, i, order(l))
		}
		i++
	})
	if i != len(want) {
		t.Fatalf("%q: %d lines, want %d", text, i, len(want))
	}
}

func TestEditsLeaveTheLayoutOfTheWholeText(t *testing.T) {
	e := newTestEngine(t)
	r := rand.New(rand.NewPCG(9, 10))
	d := e.NewDocument(16, 200, LTR)
	model := []rune{}
	for range 1500 {
		from := r.IntN(len(model) + 1)
		to := min(len(model), from+r.IntN(6)*r.IntN(4))
		text := ""
		for range r.IntN(4) {
			text += randomLine(r)
			if r.IntN(3) == 0 {
				text += "\n"
			}
		}
		if len(model) > 400 {
			text = ""
			to = min(len(model), from+200)
		}
		if got, want := string(d.Slice(from, to)), string(model[from:to]); got != want {
			t.Fatalf("slice %q, want %q", got, want)
		}
		d.Replace(from, to, []rune(text))
		model = slices.Concat(model[:from:from], []rune(text), model[to:])
		sameLayout(t, e, d, string(model))
	}
}

func TestEditsInParagraphsTooLong(t *testing.T) {
	e := newTestEngine(t)
	r := rand.New(rand.NewPCG(11, 12))
	d := e.NewDocument(16, 400, LTR)
	model := []rune(strings.Repeat("واژه word ", 2000))
	d.SetText(string(model))
	for range 60 {
		from := r.IntN(len(model))
		to := min(len(model), from+[]int{0, 1, 5000}[r.IntN(3)])
		text := []string{"", "x", "\n", strings.Repeat("ab ", 1500)}[r.IntN(4)]
		d.Replace(from, to, []rune(text))
		model = slices.Concat(model[:from:from], []rune(text), model[to:])
		if d.Text() != string(model) || d.Len() != len(model) {
			t.Fatal("the text is not what the edits made of it")
		}
		for _, p := range d.paras {
			if p.n > 2*maxParagraph {
				t.Fatalf("a part of %d runes", p.n)
			}
		}
		d.LayOutAll()
		for range 20 {
			at := r.IntN(len(model) + 1)
			l := d.LineOf(Place{Rune: at})
			if at < l.From() || at > l.To() {
				t.Fatalf("offset %d is shown on the line %d-%d", at, l.From(), l.To())
			}
		}
	}
}

func TestDirectionOfEmptyParagraphFollows(t *testing.T) {
	e := newTestEngine(t)
	d := e.NewDocument(16, 400, RTL)
	if x, _ := d.Caret(Place{}); x != 400 {
		t.Errorf("the caret of an empty Persian text stands at %d", x)
	}
	d.SetText("Hello\n\n")
	if got := d.Direction(6); got != LTR {
		t.Errorf("after English: %d", got)
	}
	d.Replace(0, 5, []rune("سلام"))
	if got := d.Direction(5); got != RTL {
		t.Errorf("after it became Persian: %d", got)
	}
	d.SetDirection(LTR)
	if got := d.Direction(0); got != LTR {
		t.Errorf("forced: %d", got)
	}
}

func TestCaretAtTheEndOfABrokenLine(t *testing.T) {
	e := newTestEngine(t)
	d := e.NewDocument(16, 100, LTR)
	d.SetText("one two three four five six seven")
	first := d.LineOf(Place{})
	end := first.To()
	if down := d.LineOf(Place{Rune: end}); down.From() != end {
		t.Errorf("the place before rune %d is on the line from %d", end, down.From())
	}
	if up := d.LineOf(Place{end, true}); up.From() != 0 {
		t.Errorf("the place after rune %d is on the line from %d", end-1, up.From())
	}
}

// mixed is n bytes or a little more of mail as people write it here.
func mixed(n int) string {
	const part = "سلام Reza جان، نسخهٔ 2.5 قرارداد (contract-v2.pdf) را فرستادم و تا ساعت ۱۴:۳۰ منتظر می\u200cمانم.\n" +
		"Thanks for the quick reply — the numbers look right; see https://example.com/q3?id=42 for details.\n\n"
	return strings.Repeat(part, n/len(part)+1)
}

func BenchmarkLayoutCold10KB(b *testing.B) {
	e := newTestEngine(b)
	// The sample repeats itself; a number at each line's start makes every paragraph another.
	var text strings.Builder
	for i, l := range strings.SplitAfter(mixed(10<<10), "\n") {
		if text.Len() > 10<<10 {
			break
		}
		fmt.Fprintf(&text, "%d %s", i, l)
	}
	b.ReportAllocs()
	for range b.N {
		e.cache = newShapeCache(maxCachedRunes)
		d := e.NewDocument(14, 600, LTR)
		d.SetText(text.String())
		d.LayOutAll()
	}
}

func BenchmarkLayoutCached10KB(b *testing.B) {
	e := newTestEngine(b)
	text := mixed(10 << 10)
	for range b.N {
		d := e.NewDocument(14, 600, LTR)
		d.SetText(text)
		d.LayOutAll()
	}
}

func BenchmarkKeystrokeIn200KB(b *testing.B) {
	e := newTestEngine(b)
	d := e.NewDocument(14, 600, LTR)
	d.SetText(mixed(200 << 10))
	d.LayOutAll()
	at := d.Len() / 2
	b.ResetTimer()
	for range b.N {
		d.Replace(at, at, []rune("س"))
		at++
		d.Caret(Place{at, true})
		d.Visible(0, 600, func(Placed) {})
	}
}

func BenchmarkFirstScreenOf5MB(b *testing.B) {
	e := newTestEngine(b)
	text := mixed(5 << 20)
	img := image.NewRGBA(image.Rect(0, 0, 700, 40))
	b.ResetTimer()
	for range b.N {
		d := e.NewDocument(14, 600, LTR)
		d.SetText(Normalize(text))
		d.Visible(0, 800, func(l Placed) { e.Paint(img, l.Line, 0, 0, color.Black) })
	}
}

func BenchmarkPaint10KB(b *testing.B) {
	e := newTestEngine(b)
	d := e.NewDocument(14, 600, LTR)
	d.SetText(mixed(10 << 10))
	d.LayOutAll()
	img := image.NewRGBA(image.Rect(0, 0, 700, 40))
	b.ResetTimer()
	for range b.N {
		d.Visible(0, d.Height(), func(l Placed) { e.Paint(img, l.Line, 0, 0, color.Black) })
	}
}

func BenchmarkLevels10KB(b *testing.B) {
	text := []rune(strings.ReplaceAll(mixed(10<<10), "\n", " "))
	var r resolver
	for range b.N {
		r.resolve(text, Auto)
	}
}
