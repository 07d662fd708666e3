package widgets

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"
)

func TestMirroring(t *testing.T) {
	for language, rtl := range map[string]bool{"en": false, "fa": true} {
		t.Run(language, func(t *testing.T) {
			inApp(t, Light, language)
			first, second, centre := Space(2), Space(3), Space(1)
			row := HBox(first, second)
			row.Resize(fyne.NewSize(200, 30))
			if got := first.Position().X > second.Position().X; got != rtl {
				t.Errorf("first at %v, second at %v", first.Position(), second.Position())
			}
			if edge := first.Position().X + first.Size().Width; rtl && edge != 200 {
				t.Errorf("the first ends at %v of 200", edge)
			}
			b := Border(nil, nil, first, second, centre)
			b.Resize(fyne.NewSize(200, 30))
			if got := first.Position().X > centre.Position().X; got != rtl {
				t.Errorf("start at %v, centre at %v", first.Position(), centre.Position())
			}
			s := HSplit(first, second)
			if got := s.Leading == second; got != rtl {
				t.Errorf("the start side of the split is on the wrong side")
			}
			if m := Mirror(layout.NewHBoxLayout()).MinSize([]fyne.CanvasObject{first, second}); m.Width < 40 {
				t.Errorf("min size %v", m)
			}
		})
	}
}

func TestLabelMeasures(t *testing.T) {
	inApp(t, Light, "fa")
	l := NewLabel("یک موضوع فارسی with English")
	if l.MinSize().Width != l.NaturalWidth() {
		t.Errorf("min %v, natural %v", l.MinSize(), l.NaturalWidth())
	}
	l.Resize(l.MinSize())
	if l.Truncated() {
		t.Error("cut at its own min size")
	}
	l.Resize(fyne.NewSize(60, 24))
	if !l.Truncated() {
		t.Error("not cut in 60 units")
	}
	l.SetStyle(TextStyle{Shrink: true})
	if w := l.MinSize().Width; w > 20 {
		t.Errorf("a shrinking label wants %v", w)
	}
	if NewLabel("x", TextStyle{Size: 2}).MinSize().Height <= l.MinSize().Height {
		t.Error("a larger text is not higher")
	}
}

func TestParagraphGrowsAsItNarrows(t *testing.T) {
	inApp(t, Light, "en")
	p := NewParagraph(strings.Repeat("چند واژهٔ فارسی and English. ", 10))
	wide, narrow := p.HeightFor(600), p.HeightFor(150)
	if narrow < 2*wide {
		t.Errorf("%v at 600, %v at 150", wide, narrow)
	}
	p.Resize(fyne.NewSize(150, 10))
	if got := p.MinSize().Height; got != narrow {
		t.Errorf("min height %v, want %v", got, narrow)
	}
	p.SetText("x")
	if got := p.MinSize().Height; got >= wide {
		t.Errorf("after the text became short: %v", got)
	}
}

func TestShortcutsByPersianLetters(t *testing.T) {
	for r, want := range map[rune]rune{'ت': 'j', 'ن': 'k', 'ش': 'a', 'ي': 'd', 'J': 'j', 'r': 'r', '؟': '?', '#': '#'} {
		if got := ShortcutRune(r); got != want {
			t.Errorf("%c is the shortcut %c, want %c", r, got, want)
		}
	}
	if got := ShortcutLetter(&fyne.KeyEvent{Name: fyne.KeyR}); got != 'r' {
		t.Errorf("R is %c", got)
	}
	if got := ShortcutLetter(&fyne.KeyEvent{Name: fyne.KeyReturn}); got != 0 {
		t.Errorf("Return is %c", got)
	}
}
