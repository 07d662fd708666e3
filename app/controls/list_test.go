package controls

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// textRow is a row that knows what it shows.
type textRow struct {
	canvas.Text
	index int
}

func newTestList(t *testing.T, n, height float32) (*List, *int) {
	t.Helper()
	test.NewTempApp(t)
	l := NewList(20)
	made := 0
	l.Length = func() int { return int(n) }
	l.Create = func() fyne.CanvasObject { made++; return &textRow{} }
	l.Update = func(i int, o fyne.CanvasObject) { o.(*textRow).index = i }
	w := test.NewTempWindow(t, l)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, height))
	return l, &made
}

func TestListMakesOnlyWhatIsSeen(t *testing.T) {
	l, made := newTestList(t, 100_000, 210)
	for _, at := range []int{0, 5, 50_000, 99_999, 17} {
		l.ScrollTo(at)
		from, to := l.VisibleRange()
		if at < from || at >= to || to-from > 12 {
			t.Fatalf("after going to %d, %d to %d are seen", at, from, to)
		}
		for i := from; i < to; i++ {
			row := l.Row(i).(*textRow)
			if row.index != i {
				t.Errorf("the row in place of %d shows %d", i, row.index)
			}
			if want := float32(i)*20 - l.Offset(); row.Position().Y-want > 0.01 || want-row.Position().Y > 0.01 {
				t.Errorf("row %d stands at %v, not %v", i, row.Position().Y, want)
			}
		}
	}
	if *made > 13 {
		t.Errorf("%d rows were made", *made)
	}
}

func TestListStaysInBounds(t *testing.T) {
	n := float32(100)
	l, _ := newTestList(t, n, 200)
	l.Length = func() int { return int(n) }
	l.Reload()
	l.ScrollTo(99)
	if l.Offset() != 1800 {
		t.Errorf("the foot is at %v", l.Offset())
	}
	n = 5
	l.Reload()
	if from, to := l.VisibleRange(); l.Offset() != 0 || from != 0 || to != 5 {
		t.Errorf("after the list became short: offset %v, %d to %d", l.Offset(), from, to)
	}
	n = 0
	l.Reload()
	l.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -50)})
	if l.Offset() != 0 {
		t.Errorf("an empty list scrolls to %v", l.Offset())
	}
	l.ScrollTo(3)
}

func BenchmarkListScroll100k(b *testing.B) {
	test.NewTempApp(b)
	l := NewList(20)
	l.Length = func() int { return 100_000 }
	l.Create = func() fyne.CanvasObject { return &textRow{} }
	l.Update = func(i int, o fyne.CanvasObject) { o.(*textRow).index = i }
	w := test.NewTempWindow(b, l)
	w.Resize(fyne.NewSize(200, 800))
	for b.Loop() {
		l.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -37)})
	}
}
