package controls

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// List shows rows of one height, of which only the visible ones exist. It takes the keyboard for all of them.
//
// The toolkit's own list leaves gaps between its rows that swallow clicks, and has one selected row at most.
type List struct {
	widget.BaseWidget
	// Length is the number of rows.
	Length func() int
	// Create makes an empty row.
	Create func() fyne.CanvasObject
	// Update fills a row for an index.
	Update func(index int, row fyne.CanvasObject)
	// OnVisible hears which rows are on the screen, to exclusive.
	OnVisible func(from, to int)
	// OnKey and OnRune hear the keyboard while the list has the focus.
	OnKey  func(ev *fyne.KeyEvent, mod fyne.KeyModifier) bool
	OnRune func(r rune) bool
	// OnFocus hears when the keyboard comes and goes.
	OnFocus func(focused bool)

	rowHeight float32
	body      *listBody
	clip      *container.Clip
	bar       *listBar
	offset    float32
	focused   bool
	from, to  int
}

// NewList makes a list whose rows are rowHeight high.
func NewList(rowHeight float32) *List {
	l := &List{rowHeight: rowHeight}
	l.body = &listBody{list: l, rows: map[int]fyne.CanvasObject{}}
	l.body.ExtendBaseWidget(l.body)
	l.clip = container.NewClip(l.body)
	l.bar = newListBar(l)
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer implements fyne.Widget.
func (l *List) CreateRenderer() fyne.WidgetRenderer { return &listRenderer{l} }

type listRenderer struct{ l *List }

func (r *listRenderer) Destroy()                     {}
func (r *listRenderer) MinSize() fyne.Size           { return r.l.MinSize() }
func (r *listRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.l.clip, r.l.bar} }
func (r *listRenderer) Refresh()                     { r.l.Reload() }

func (r *listRenderer) Layout(s fyne.Size) {
	r.l.clip.Resize(s)
	r.l.body.Resize(s)
	r.l.Reload()
}

// MinSize implements fyne.CanvasObject.
func (l *List) MinSize() fyne.Size { return fyne.NewSize(80, l.rowHeight) }

// RowHeight is the height of every row.
func (l *List) RowHeight() float32 { return l.rowHeight }

// Reload reads the number of rows anew and fills the visible ones.
func (l *List) Reload() {
	l.offset = max(0, min(l.offset, l.furthest()))
	l.body.arrange(true)
	l.bar.place()
}

// RefreshRow fills one row anew if it is visible.
func (l *List) RefreshRow(index int) {
	if row, ok := l.body.rows[index]; ok {
		l.Update(index, row)
	}
}

// RefreshVisible fills the visible rows anew without reading their number.
func (l *List) RefreshVisible() {
	for i, row := range l.body.rows {
		l.Update(i, row)
	}
}

// VisibleRange gives the rows on the screen, to exclusive.
func (l *List) VisibleRange() (from, to int) { return l.from, l.to }

// Row is the object that shows an index, nil while it is not visible.
func (l *List) Row(index int) fyne.CanvasObject { return l.body.rows[index] }

// PageLength is how many whole rows are seen at once.
func (l *List) PageLength() int { return max(1, int(l.Size().Height/l.rowHeight)) }

// ScrollTo makes a row visible, moving as little as possible.
func (l *List) ScrollTo(index int) {
	if index < 0 || index >= l.length() {
		return
	}
	top, view := float32(index)*l.rowHeight, l.Size().Height
	switch {
	case top < l.offset:
		l.ScrollToOffset(top)
	case top+l.rowHeight > l.offset+view:
		l.ScrollToOffset(top + l.rowHeight - view)
	}
}

// ScrollToTop shows the first row.
func (l *List) ScrollToTop() { l.ScrollToOffset(0) }

// Offset is how far the list is scrolled.
func (l *List) Offset() float32 { return l.offset }

// ScrollToOffset scrolls so far, as Offset once said.
func (l *List) ScrollToOffset(y float32) {
	l.offset = max(0, min(y, l.furthest()))
	l.body.arrange(false)
	l.bar.place()
}

// furthest is the offset at which the last row stands at the foot.
func (l *List) furthest() float32 { return max(0, l.contentHeight()-l.Size().Height) }

// Scrolled implements fyne.Scrollable.
func (l *List) Scrolled(ev *fyne.ScrollEvent) { l.ScrollToOffset(l.offset - ev.Scrolled.DY) }

// FocusGained implements fyne.Focusable.
func (l *List) FocusGained() { l.setFocused(true) }

// FocusLost implements fyne.Focusable.
func (l *List) FocusLost() { l.setFocused(false) }

// Focused tells whether the list has the keyboard.
func (l *List) Focused() bool { return l.focused }

func (l *List) setFocused(v bool) {
	l.focused = v
	if l.OnFocus != nil {
		l.OnFocus(v)
	}
}

// TypedRune implements fyne.Focusable.
func (l *List) TypedRune(r rune) {
	if l.OnRune != nil {
		l.OnRune(r)
	}
}

// TypedKey implements fyne.Focusable.
func (l *List) TypedKey(ev *fyne.KeyEvent) {
	if l.OnKey != nil {
		l.OnKey(ev, Modifiers())
	}
}

// Modifiers are the modifier keys that are down now.
func Modifiers() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// Focus gives the keyboard to an object, if it is in a window.
func Focus(o interface {
	fyne.CanvasObject
	fyne.Focusable
},
) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.Focused() != fyne.Focusable(o) {
		c.Focus(o)
	}
}

func (l *List) length() int {
	if l.Length == nil {
		return 0
	}
	return l.Length()
}

func (l *List) contentHeight() float32 { return float32(l.length()) * l.rowHeight }

// listBody holds the rows in sight. Their places are relative to what is in sight, so that a very long list does not
// run out of precision.
type listBody struct {
	widget.BaseWidget
	list *List
	rows map[int]fyne.CanvasObject
	// spare are rows out of sight, to be used again.
	spare   []fyne.CanvasObject
	objects []fyne.CanvasObject
}

func (b *listBody) CreateRenderer() fyne.WidgetRenderer { return &listBodyRenderer{b} }

type listBodyRenderer struct{ b *listBody }

func (r *listBodyRenderer) Destroy()                     {}
func (r *listBodyRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, 1) }
func (r *listBodyRenderer) Objects() []fyne.CanvasObject { return r.b.objects }
func (r *listBodyRenderer) Layout(fyne.Size)             { r.b.arrange(false) }

func (r *listBodyRenderer) Refresh() {
	for _, o := range r.b.objects {
		o.Refresh()
	}
}

// arrange puts the rows in sight into their places. With fill, those that stay are filled anew as well.
func (b *listBody) arrange(fill bool) {
	l := b.list
	size := l.Size()
	if l.Create == nil || l.Update == nil || size.Height <= 0 {
		return
	}
	n, h := l.length(), l.rowHeight
	from := min(n, int(l.offset/h))
	to := min(n, int((l.offset+size.Height)/h)+1)
	for i, row := range b.rows {
		if i < from || i >= to {
			delete(b.rows, i)
			b.spare = append(b.spare, row)
		}
	}
	if l.OnVisible != nil && (fill || from != l.from || to != l.to) {
		l.OnVisible(from, to)
	}
	l.from, l.to = from, to
	first := float32(from)*h - l.offset
	b.objects = b.objects[:0]
	for i := from; i < to; i++ {
		row, known := b.rows[i]
		if !known {
			row = b.take()
			b.rows[i] = row
		}
		row.Resize(fyne.NewSize(size.Width, h))
		row.Move(fyne.NewPos(0, first+float32(i-from)*h))
		if !known || fill {
			l.Update(i, row)
		}
		b.objects = append(b.objects, row)
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
		c.Refresh(b)
	}
}

func (b *listBody) take() fyne.CanvasObject {
	if n := len(b.spare); n > 0 {
		row := b.spare[n-1]
		b.spare = b.spare[:n-1]
		return row
	}
	return b.list.Create()
}
