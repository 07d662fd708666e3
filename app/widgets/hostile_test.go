//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package widgets

import (
	"math/rand/v2"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
)

// hostile makes strings of what has ended text engines before.
func hostile(r *rand.Rand) string {
	parts := []string{
		"\r", "\n", "\u2028", "\u2029", "\u0085", "\x00", "\x1b", "\t", "\u202e", "\u202a", "\u202c", "\u2067", "\u2066", "\u2068", "\u2069",
		"\u200d", "\u200c", "\u200e", "\u061c", "\ufeff", "\ufffd", "\xff\xfe", "\xed\xa0\x80", "👨‍👩‍👧", "🇮🇷", "❤️", "e\u0301\u0302", "س", "لا", "ﷺ",
		"۱", "٣", "א", "(", "]", "﴿", "中", "ไทย", "अ", "\U000E0001", "\U0010FFFF", "\u06dd", "a", " ", "fi", strings.Repeat("\u0651", 20),
		strings.Repeat("word ", 6),
	}
	var b strings.Builder
	for range r.IntN(30) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

func TestHostileTextsInEveryWidget(t *testing.T) {
	inApp(t, Dark, "fa")
	label, shrunk := NewLabel(""), NewLabel("", TextStyle{Shrink: true, Bold: true})
	paragraph, view, editor, field := NewParagraph(""), NewTextView(), NewEditor(), NewField()
	stock, button := widget.NewLabel(""), widget.NewButton("", func() {})
	stock.Truncation = fyne.TextTruncateEllipsis
	box := container.NewGridWithRows(8, label, shrunk, paragraph, view, editor, field, stock, button)
	w := show(t, fyne.NewSize(200, 400), box)
	r := rand.New(rand.NewPCG(13, 14))
	for i := range 5000 {
		s := hostile(r)
		label.SetText(s)
		shrunk.SetText(s)
		shrunk.paint(40+i%100, 24)
		paragraph.SetText(s)
		paragraph.HeightFor(100)
		view.SetText(s, Span{Start: i % 7, End: i % 31, Link: s, Bold: i%2 == 0}, Span{Start: 40, End: 1 << 30, Tone: Danger})
		view.SelectAll()
		editor.SetText(s)
		test.Type(editor, "x")
		editor.SetCursor(r.IntN(20))
		editor.Insert(s)
		keys(editor, fyne.KeyLeft, fyne.KeyBackspace, fyne.KeyUp, fyne.KeyDelete)
		editor.Undo()
		field.SetText(s)
		field.Insert(s)
		keys(field, fyne.KeyLeft, fyne.KeyBackspace)
		stock.SetText(bidi.Visual(s, bidi.Auto))
		button.SetText(bidi.Visual(bidi.Isolate(s), bidi.RTL))
		for _, b := range []*textBase{&view.textBase, &editor.textBase, &field.textBase} {
			for _, im := range b.render.lines {
				size := im.raster.Size()
				im.raster.Generator(int(size.Width), int(size.Height))
			}
		}
		if i%100 == 0 {
			w.Resize(fyne.NewSize(float32(60+i%500), 400))
			w.Canvas().Capture()
		}
	}
}

func BenchmarkKeystrokeIn200KB(b *testing.B) {
	inApp(b, Light, "en")
	e := NewEditor()
	show(b, fyne.NewSize(600, 800), e)
	e.SetText(strings.Repeat(persianMail+"\n", 200<<10/len(persianMail)))
	e.SetCursor(e.doc.Len() / 2)
	b.ResetTimer()
	for i := range b.N {
		e.TypedRune('س')
		if i%60 == 59 {
			e.TypedRune('\n')
		}
	}
}

func BenchmarkFirstPaintOf5MB(b *testing.B) {
	inApp(b, Light, "en")
	text := strings.Repeat(persianMail+"\n", 5<<20/len(persianMail))
	for range b.N {
		v := NewTextView()
		v.Resize(fyne.NewSize(600, 800))
		v.CreateRenderer()
		v.SetText(text)
		for _, im := range v.render.lines {
			size := im.raster.Size()
			im.raster.Generator(int(size.Width), int(size.Height))
		}
	}
}

func BenchmarkScroll(b *testing.B) {
	inApp(b, Light, "en")
	v := NewTextView()
	show(b, fyne.NewSize(600, 800), v)
	v.SetText(strings.Repeat(persianMail+"\n", 200))
	b.ResetTimer()
	for range b.N {
		if !v.ScrollBy(37) {
			v.ScrollToTop()
		}
		for _, im := range v.render.lines {
			if size := im.raster.Size(); im.raster.Position().Y > 740 {
				im.raster.Generator(int(size.Width), int(size.Height))
			}
		}
	}
}
