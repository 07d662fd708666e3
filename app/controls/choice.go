package controls

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/l10n"
	"peyk/app/widgets"
)

// Choice shows one of several texts and lets another be chosen from a menu.
type Choice struct {
	widget.BaseWidget
	OnChanged func(index int)

	options          []string
	chosen           int
	text             *widgets.Label
	arrow            *Icon
	hovered, focused bool
	disabled         bool
}

// NewChoice makes a choice; changed may be nil.
func NewChoice(options []string, chosen int, changed func(index int)) *Choice {
	c := &Choice{options: options, OnChanged: changed, text: widgets.NewLabel("", widgets.TextStyle{Shrink: true})}
	c.arrow = NewIcon(ChevronDown, widgets.Secondary, 16)
	c.ExtendBaseWidget(c)
	c.Choose(chosen)
	return c
}

// Chosen is the index of what is shown.
func (c *Choice) Chosen() int { return c.chosen }

// Choose shows another option; OnChanged does not hear of it.
func (c *Choice) Choose(index int) {
	c.chosen = index
	text := ""
	if index >= 0 && index < len(c.options) {
		text = c.options[index]
	}
	c.text.SetText(text)
}

// SetOptions replaces the options.
func (c *Choice) SetOptions(options []string, chosen int) {
	c.options = options
	c.Choose(chosen)
	c.Refresh()
}

// Enable implements fyne.Disableable.
func (c *Choice) Enable() { c.disabled = false; c.Refresh() }

// Disable implements fyne.Disableable.
func (c *Choice) Disable() { c.disabled = true; c.Refresh() }

// Disabled implements fyne.Disableable.
func (c *Choice) Disabled() bool { return c.disabled }

// Tapped implements fyne.Tappable.
func (c *Choice) Tapped(*fyne.PointEvent) { c.open() }

func (c *Choice) open() {
	if c.disabled {
		return
	}
	items := make([]*fyne.MenuItem, len(c.options))
	for i, o := range c.options {
		items[i] = fyne.NewMenuItem(bidi.Visual(o, l10n.Direction()), func() { c.pick(i) })
		items[i].Checked = i == c.chosen
	}
	ShowMenuUnder(c, items...)
}

func (c *Choice) pick(i int) {
	if i < 0 || i >= len(c.options) || i == c.chosen {
		return
	}
	c.Choose(i)
	if c.OnChanged != nil {
		c.OnChanged(i)
	}
}

// MouseIn implements desktop.Hoverable.
func (c *Choice) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (c *Choice) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *Choice) MouseOut() { c.hovered = false; c.Refresh() }

// FocusGained implements fyne.Focusable.
func (c *Choice) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost implements fyne.Focusable.
func (c *Choice) FocusLost() { c.focused = false; c.Refresh() }

// TypedRune implements fyne.Focusable.
func (c *Choice) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *Choice) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.open()
	case fyne.KeyUp:
		c.pick(c.chosen - 1)
	case fyne.KeyDown:
		c.pick(c.chosen + 1)
	}
}

// MinSize makes room for the widest option.
func (c *Choice) MinSize() fyne.Size {
	w := float32(0)
	for _, o := range c.options {
		w = max(w, fyne.MeasureText(o, theme.TextSize(), fyne.TextStyle{}).Width)
	}
	return fyne.NewSize(min(w, 320)+16+3.5*widgets.Unit, buttonHeight)
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	r := &choiceRenderer{c: c, plate: canvas.NewRectangle(color.Transparent)}
	r.plate.CornerRadius, r.plate.StrokeWidth = corner, 1
	r.paint()
	return r
}

type choiceRenderer struct {
	c     *Choice
	plate *canvas.Rectangle
}

func (r *choiceRenderer) Destroy()           {}
func (r *choiceRenderer) MinSize() fyne.Size { return r.c.MinSize() }

func (r *choiceRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.plate, r.c.text, r.c.arrow}
}

func (r *choiceRenderer) Layout(s fyne.Size) {
	c := r.c
	pad := float32(1.25 * widgets.Unit)
	r.plate.Resize(s)
	h := c.text.MinSize().Height
	textX, arrowX := pad, s.Width-pad-16
	if l10n.RTL() {
		textX, arrowX = pad+16+widgets.Unit, pad
	}
	c.text.Move(fyne.NewPos(textX, (s.Height-h)/2))
	c.text.Resize(fyne.NewSize(s.Width-2*pad-16-widgets.Unit, h))
	c.arrow.Move(fyne.NewPos(arrowX, (s.Height-16)/2))
	c.arrow.Resize(fyne.NewSquareSize(16))
}

func (r *choiceRenderer) Refresh() {
	r.paint()
	r.Layout(r.c.Size())
	canvas.Refresh(r.c)
}

func (r *choiceRenderer) paint() {
	r.plate.FillColor = theme.Color(theme.ColorNameBackground)
	r.plate.StrokeColor = widgets.Color(widgets.ColorHairline)
	if r.c.hovered && !r.c.disabled {
		r.plate.FillColor = widgets.Color(widgets.ColorRowHover)
	}
	if r.c.focused {
		r.plate.StrokeColor = widgets.Color(widgets.ColorAccent)
	}
	style := r.c.text.Style()
	style.Tone = widgets.Normal
	if r.c.disabled {
		style.Tone = widgets.Secondary
	}
	if style != r.c.text.Style() {
		r.c.text.SetStyle(style)
	}
	r.plate.Refresh()
	r.c.text.Refresh()
	r.c.arrow.Refresh()
}

// ShowMenu opens a menu at a place in the window that holds near: to the right of it, in Persian to the left, moved in
// where it would leave the window. The items' texts must be in visual order.
func ShowMenu(near fyne.CanvasObject, at fyne.Position, items ...*fyne.MenuItem) {
	c := fyne.CurrentApp().Driver().CanvasForObject(near)
	if c == nil || len(items) == 0 {
		return
	}
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), c)
	size := menu.MinSize()
	if l10n.RTL() {
		at.X -= size.Width
	}
	at.X = max(4, min(at.X, c.Size().Width-size.Width-4))
	at.Y = max(4, min(at.Y, c.Size().Height-size.Height-4))
	menu.ShowAtPosition(at)
}

// ShowMenuUnder opens a menu under an object, flush with the side where reading starts.
func ShowMenuUnder(anchor fyne.CanvasObject, items ...*fyne.MenuItem) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(anchor).AddXY(0, anchor.Size().Height+2)
	if l10n.RTL() {
		at.X += anchor.Size().Width
	}
	ShowMenu(anchor, at, items...)
}
