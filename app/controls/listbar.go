package controls

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
	"peyk/app/widgets"
)

const (
	barWidth = 10
	minThumb = 3 * widgets.Unit
)

// listBar lies over the side of a list where lines end; only its thumb is seen.
type listBar struct {
	widget.BaseWidget
	list    *List
	thumb   *canvas.Rectangle
	hovered bool
	dragged bool
}

func newListBar(l *List) *listBar {
	b := &listBar{list: l, thumb: canvas.NewRectangle(color.Transparent)}
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// place fits the bar to the list; it hides when every row is in sight.
func (b *listBar) place() {
	size, content := b.list.Size(), b.list.contentHeight()
	if content <= size.Height+0.5 {
		b.Hide()
		return
	}
	x := size.Width - barWidth
	if l10n.RTL() {
		x = 0
	}
	b.Move(fyne.NewPos(x, 0))
	b.Resize(fyne.NewSize(barWidth, size.Height))
	width := float32(4)
	if b.hovered || b.dragged {
		width = 6
	}
	b.thumb.FillColor = theme.Color(theme.ColorNameScrollBar)
	b.thumb.CornerRadius = width / 2
	height := b.thumbHeight()
	b.thumb.Resize(fyne.NewSize(width, height))
	b.thumb.Move(fyne.NewPos((barWidth-width)/2, b.list.offset/b.list.furthest()*(size.Height-height)))
	b.thumb.Refresh()
	b.Show()
}

func (b *listBar) thumbHeight() float32 {
	view := b.list.Size().Height
	return min(view, max(minThumb, view*view/b.list.contentHeight()))
}

// Dragged implements fyne.Draggable.
func (b *listBar) Dragged(ev *fyne.DragEvent) {
	b.dragged = true
	if way := b.list.Size().Height - b.thumbHeight(); way > 0 {
		b.list.ScrollToOffset(b.list.offset + ev.Dragged.DY/way*b.list.furthest())
	}
}

// DragEnd implements fyne.Draggable.
func (b *listBar) DragEnd() {
	b.dragged = false
	b.place()
}

// Tapped implements fyne.Tappable: a click beside the thumb turns a page.
func (b *listBar) Tapped(ev *fyne.PointEvent) {
	page := b.list.Size().Height * 0.9
	switch top := b.thumb.Position().Y; {
	case ev.Position.Y < top:
		b.list.ScrollToOffset(b.list.offset - page)
	case ev.Position.Y > top+b.thumb.Size().Height:
		b.list.ScrollToOffset(b.list.offset + page)
	}
}

// MouseIn implements desktop.Hoverable.
func (b *listBar) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.place() }

// MouseMoved implements desktop.Hoverable.
func (b *listBar) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *listBar) MouseOut() { b.hovered = false; b.place() }

// CreateRenderer implements fyne.Widget.
func (b *listBar) CreateRenderer() fyne.WidgetRenderer { return &listBarRenderer{b} }

type listBarRenderer struct{ b *listBar }

func (r *listBarRenderer) Destroy()                     {}
func (r *listBarRenderer) MinSize() fyne.Size           { return fyne.NewSize(barWidth, minThumb) }
func (r *listBarRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.b.thumb} }
func (r *listBarRenderer) Layout(fyne.Size)             {}
func (r *listBarRenderer) Refresh()                     { r.b.place() }
