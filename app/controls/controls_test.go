package controls

import (
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"peyk/app/l10n"
)

func use(t *testing.T, language string) {
	t.Helper()
	if err := l10n.Use(language); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l10n.Use("en"); err != nil {
			t.Error(err)
		}
	})
}

// TestGlyphsDraw paints every drawing in both directions.
func TestGlyphsDraw(t *testing.T) {
	test.NewTempApp(t)
	for _, language := range []string{"en", "fa"} {
		use(t, language)
		for g := range drawings {
			image := canvas.NewImageFromResource(g.Resource(color.NRGBA{200, 0, 0, 128}))
			w := test.NewTempWindow(t, image)
			w.Resize(fyne.NewSize(40, 40))
			picture := w.Canvas().Capture()
			inked := false
			for y := range picture.Bounds().Dy() {
				for x := range picture.Bounds().Dx() {
					r, gr, _, _ := picture.At(x, y).RGBA()
					inked = inked || r > gr+0x2000
				}
			}
			if !inked {
				t.Errorf("%s draws nothing in %s", g, language)
			}
		}
	}
}

func TestTurningGlyphsHaveTwoNames(t *testing.T) {
	test.NewTempApp(t)
	use(t, "en")
	left, same := Back.Resource(color.Black), Trash.Resource(color.Black)
	use(t, "fa")
	if right := Back.Resource(color.Black); right.Name() == left.Name() || !strings.Contains(string(right.Content()), "scale(-1 1)") {
		t.Error("the arrow back does not turn")
	}
	if Trash.Resource(color.Black).Name() != same.Name() {
		t.Error("the bin turns")
	}
}

func TestPanesKeepTheirWidths(t *testing.T) {
	test.NewTempApp(t)
	for language, wantX := range map[string][2]float32{"en": {0, 201}, "fa": {800, 499}} {
		use(t, language)
		a, b, c := canvas.NewRectangle(color.Black), canvas.NewRectangle(color.Black), canvas.NewRectangle(color.Black)
		p := NewPanes(Pane{Content: a, Width: 200, Least: 100}, Pane{Content: b, Width: 300, Least: 200}, Pane{Content: c, Least: 300})
		w := test.NewTempWindow(t, p)
		w.SetPadded(false)
		w.Resize(fyne.NewSize(1000, 500))
		if a.Size().Width != 200 || b.Size().Width != 300 || c.Size().Width != 498 {
			t.Errorf("%s: widths %v %v %v", language, a.Size(), b.Size(), c.Size())
		}
		if a.Position().X != wantX[0] || b.Position().X != wantX[1] {
			t.Errorf("%s: places %v %v", language, a.Position(), b.Position())
		}
		p.drag(0, map[string]float32{"en": -50, "fa": 50}[language])
		if a.Size().Width != 150 {
			t.Errorf("%s: after the drag %v", language, a.Size())
		}
		w.Resize(fyne.NewSize(700, 500))
		if a.Size().Width != 150 || c.Size().Width < 300 {
			t.Errorf("%s: narrow, %v and %v", language, a.Size(), c.Size())
		}
		p.SetHidden(1, true)
		if b.Visible() || c.Size().Width != 549 {
			t.Errorf("%s: without the list the reader has %v", language, c.Size())
		}
	}
}

func TestNotice(t *testing.T) {
	test.NewTempApp(t)
	n := NewNotice()
	w := test.NewTempWindow(t, n.Object())
	w.Resize(fyne.NewSize(600, 300))
	undone := 0
	n.Undo("Message deleted", func() { undone++ }, UndoTime)
	if !n.Visible() || n.Text() != "Message deleted" {
		t.Fatalf("shown: %v, %q", n.Visible(), n.Text())
	}
	test.Tap(n.action)
	if undone != 1 || n.Visible() {
		t.Errorf("undone %d times, still shown: %v", undone, n.Visible())
	}
	n.Fail("the server said no", "", nil)
	if n.action.Visible() {
		t.Error("there is something to do about it")
	}
	test.Tap(n.close)
	if n.Visible() {
		t.Error("a failure cannot be closed")
	}
}

func TestGroupAndToggle(t *testing.T) {
	test.NewTempApp(t)
	got := -1
	g := NewGroup([]string{"a", "b", "c"}, 0, func(i int) { got = i })
	test.Tap(g.Toggles[2])
	if got != 2 || g.Chosen() != 2 || g.Toggles[0].On() || !g.Toggles[2].On() {
		t.Errorf("chosen %d, told %d", g.Chosen(), got)
	}
	test.Tap(g.Toggles[2])
	if !g.Toggles[2].On() {
		t.Error("a round mark can be turned off")
	}
	x := NewToggle("x", false, nil)
	x.Disable()
	test.Tap(x)
	if x.On() {
		t.Error("a disabled box can be ticked")
	}
}
