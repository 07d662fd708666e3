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

const markSide = 18

// Toggle is a box or, in a group, a round mark with a text behind it.
type Toggle struct {
	widget.BaseWidget
	// OnChanged hears the new state after a click.
	OnChanged func(on bool)

	on, round        bool
	disabled         bool
	hovered, focused bool
	text             *widgets.Label
}

// NewToggle makes a box that can be ticked.
func NewToggle(text string, on bool, changed func(bool)) *Toggle {
	t := &Toggle{on: on, OnChanged: changed, text: widgets.NewLabel(text)}
	t.ExtendBaseWidget(t)
	return t
}

// On tells whether it is ticked.
func (t *Toggle) On() bool { return t.on }

// SetOn ticks it or not; OnChanged does not hear of it.
func (t *Toggle) SetOn(on bool) {
	if t.on != on {
		t.on = on
		t.Refresh()
	}
}

// Enable implements fyne.Disableable.
func (t *Toggle) Enable() { t.setDisabled(false) }

// Disable implements fyne.Disableable.
func (t *Toggle) Disable() { t.setDisabled(true) }

// Disabled implements fyne.Disableable.
func (t *Toggle) Disabled() bool { return t.disabled }

func (t *Toggle) setDisabled(v bool) {
	if t.disabled != v {
		t.disabled = v
		t.Refresh()
	}
}

// Tapped implements fyne.Tappable.
func (t *Toggle) Tapped(*fyne.PointEvent) { t.flip() }

func (t *Toggle) flip() {
	if t.disabled || t.round && t.on {
		return
	}
	t.on = !t.on
	t.Refresh()
	if t.OnChanged != nil {
		t.OnChanged(t.on)
	}
}

// MouseIn implements desktop.Hoverable.
func (t *Toggle) MouseIn(*desktop.MouseEvent) { t.hovered = true; t.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (t *Toggle) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *Toggle) MouseOut() { t.hovered = false; t.Refresh() }

// FocusGained implements fyne.Focusable.
func (t *Toggle) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements fyne.Focusable.
func (t *Toggle) FocusLost() { t.focused = false; t.Refresh() }

// TypedRune implements fyne.Focusable.
func (t *Toggle) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (t *Toggle) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeySpace || ev.Name == fyne.KeyReturn {
		t.flip()
	}
}

// MinSize makes room for the mark and the text.
func (t *Toggle) MinSize() fyne.Size {
	return fyne.NewSize(markSide+widgets.Unit+t.text.NaturalWidth()+1, max(28, t.text.MinSize().Height))
}

// CreateRenderer implements fyne.Widget.
func (t *Toggle) CreateRenderer() fyne.WidgetRenderer {
	r := &toggleRenderer{
		t: t, box: canvas.NewRectangle(color.Transparent), dot: canvas.NewCircle(color.Transparent),
		tick: NewIcon(Check, widgets.OnAccent, markSide-4),
	}
	r.box.StrokeWidth = 1.4
	r.paint()
	return r
}

type toggleRenderer struct {
	t    *Toggle
	box  *canvas.Rectangle
	dot  *canvas.Circle
	tick *Icon
}

func (r *toggleRenderer) Destroy()           {}
func (r *toggleRenderer) MinSize() fyne.Size { return r.t.MinSize() }

func (r *toggleRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.dot, r.tick, r.t.text}
}

func (r *toggleRenderer) Layout(s fyne.Size) {
	x, y := float32(0), (s.Height-markSide)/2
	textX := float32(markSide + widgets.Unit)
	textW := s.Width - textX
	if l10n.RTL() {
		x, textX = s.Width-markSide, 0
	}
	r.box.Move(fyne.NewPos(x, y))
	r.box.Resize(fyne.NewSquareSize(markSide))
	r.dot.Move(fyne.NewPos(x+5, y+5))
	r.dot.Resize(fyne.NewSquareSize(markSide - 10))
	r.tick.Move(fyne.NewPos(x+2, y+2))
	r.tick.Resize(fyne.NewSquareSize(markSide - 4))
	h := r.t.text.MinSize().Height
	r.t.text.Move(fyne.NewPos(textX, (s.Height-h)/2))
	r.t.text.Resize(fyne.NewSize(textW, h))
}

func (r *toggleRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.t)
}

func (r *toggleRenderer) paint() {
	t := r.t
	accent := widgets.Color(widgets.ColorAccent)
	if t.disabled {
		accent = widgets.Color(widgets.ColorSecondaryText)
	}
	r.box.CornerRadius = 4
	if t.round {
		r.box.CornerRadius = markSide / 2
	}
	r.box.FillColor, r.box.StrokeColor = color.Color(color.Transparent), widgets.Color(widgets.ColorSecondaryText)
	if t.hovered || t.focused {
		r.box.StrokeColor = accent
	}
	r.dot.FillColor = color.Transparent
	if t.on {
		r.box.StrokeColor = accent
		if t.round {
			r.dot.FillColor = accent
		} else {
			r.box.FillColor = accent
		}
	}
	if t.on && !t.round {
		r.tick.Show()
	} else {
		r.tick.Hide()
	}
	if t.focused {
		r.box.StrokeColor = theme.Color(theme.ColorNamePrimary)
	}
	style := t.text.Style()
	style.Tone = widgets.Normal
	if t.disabled {
		style.Tone = widgets.Secondary
	}
	if style != t.text.Style() {
		t.text.SetStyle(style)
	}
	t.text.Refresh()
	r.tick.Refresh()
	r.box.Refresh()
	r.dot.Refresh()
}

// Group is a set of round marks of which exactly one is on.
type Group struct {
	Toggles []*Toggle
	chosen  int
}

// NewGroup makes the marks; changed hears the index of a newly chosen one.
func NewGroup(texts []string, chosen int, changed func(index int)) *Group {
	g := &Group{chosen: chosen}
	for i, text := range texts {
		t := NewToggle(text, i == chosen, func(bool) {
			g.Choose(i)
			if changed != nil {
				changed(i)
			}
		})
		t.round = true
		g.Toggles = append(g.Toggles, t)
	}
	return g
}

// Chosen is the index of the mark that is on.
func (g *Group) Chosen() int { return g.chosen }

// Choose turns a mark on and the others off.
func (g *Group) Choose(index int) {
	g.chosen = index
	for i, t := range g.Toggles {
		t.SetOn(i == index)
	}
}
