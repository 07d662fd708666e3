package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
)

// scrollBar lies over the end side of a long text. It takes the whole height; only the thumb shows.
type scrollBar struct {
	widget.BaseWidget

	b       *textBase
	thumb   *canvas.Rectangle
	hovered bool
}

func newScrollBar(b *textBase) *scrollBar {
	s := &scrollBar{b: b, thumb: canvas.NewRectangle(nil)}
	s.ExtendBaseWidget(s)
	return s
}

const minThumb = 3 * Unit

// place fits the bar to what scrolls; it hides when everything shows.
func (s *scrollBar) place() {
	b := s.b
	view, content := b.Size().Height, b.contentHeight()
	if content <= view+0.5 {
		s.Hide()
		return
	}
	s.Show()
	x := b.Size().Width - Unit
	if l10n.RTL() {
		x = 0
	}
	s.Move(fyne.NewPos(x, 0))
	s.Resize(fyne.NewSize(Unit, view))
	width := Unit / 2
	if s.hovered {
		width = Unit - 2
	}
	height := max(view*view/content, minThumb)
	s.thumb.FillColor = Color(theme.ColorNameScrollBar)
	s.thumb.CornerRadius = width / 2
	s.thumb.Move(fyne.NewPos((Unit-width)/2, b.scroll.Y/(content-view)*(view-height)))
	s.thumb.Resize(fyne.NewSize(width, height))
	s.thumb.Refresh()
}

// Dragged implements fyne.Draggable.
func (s *scrollBar) Dragged(e *fyne.DragEvent) {
	b := s.b
	view, content := b.Size().Height, b.contentHeight()
	room := view - s.thumb.Size().Height
	if room <= 0 {
		return
	}
	b.scroll.Y += e.Dragged.DY * (content - view) / room
	b.clampScroll()
	b.Refresh()
}

// DragEnd implements fyne.Draggable.
func (s *scrollBar) DragEnd() {}

// Tapped implements fyne.Tappable: a page towards the pointer.
func (s *scrollBar) Tapped(e *fyne.PointEvent) {
	step := s.b.Size().Height - 4*Unit
	if e.Position.Y < s.thumb.Position().Y {
		step = -step
	} else if e.Position.Y < s.thumb.Position().Y+s.thumb.Size().Height {
		return
	}
	s.b.ScrollBy(step)
}

// MouseIn implements desktop.Hoverable.
func (s *scrollBar) MouseIn(*desktop.MouseEvent) { s.hover(true) }

// MouseMoved implements desktop.Hoverable.
func (s *scrollBar) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (s *scrollBar) MouseOut() { s.hover(false) }

func (s *scrollBar) hover(on bool) {
	s.hovered = on
	s.place()
}

// CreateRenderer implements fyne.Widget.
func (s *scrollBar) CreateRenderer() fyne.WidgetRenderer { return &barRenderer{s} }

type barRenderer struct{ s *scrollBar }

func (r *barRenderer) Layout(fyne.Size)             {}
func (r *barRenderer) MinSize() fyne.Size           { return fyne.NewSize(Unit, minThumb) }
func (r *barRenderer) Refresh()                     { r.s.thumb.Refresh() }
func (r *barRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.s.thumb} }
func (r *barRenderer) Destroy()                     {}
