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

// Kind is how much a button asks for attention.
type Kind int

// A screen has one Primary button at most. Quiet ones show their plate only under the pointer.
const (
	Quiet Kind = iota
	Outlined
	Primary
	Destructive
	// onPlate buttons lie on the plate of a notice.
	onPlate
)

const (
	buttonHeight = 4 * widgets.Unit
	iconSide     = 18
	corner       = 6
)

// Button is a button with a glyph, a text or both, mirrored in Persian.
type Button struct {
	widget.BaseWidget
	OnTapped func()

	kind     Kind
	icon     *Icon
	text     *widgets.Label
	tone     widgets.Tone
	hint     string
	layer    *Layer
	hovered  bool
	focused  bool
	pressed  bool
	disabled bool
	selected bool
	iconLast bool
}

// NewButton makes a button.
func NewButton(kind Kind, g Glyph, text string, tapped func()) *Button {
	b := &Button{kind: kind, OnTapped: tapped}
	b.tone = map[Kind]widgets.Tone{Primary: widgets.OnAccent, onPlate: widgets.Accent, Destructive: widgets.Danger}[kind]
	if g != GlyphNone {
		b.icon = NewIcon(g, b.tone, iconSide)
	}
	if text != "" {
		b.text = widgets.NewLabel(text, widgets.TextStyle{Tone: b.tone, Align: widgets.Center, Bold: kind == Primary || kind == onPlate})
	}
	b.ExtendBaseWidget(b)
	return b
}

// NewIconButton makes a quiet button that shows a glyph and, after a moment under the pointer, the hint.
func NewIconButton(g Glyph, hint string, layer *Layer, tapped func()) *Button {
	b := NewButton(Quiet, g, "", tapped)
	b.hint, b.layer = hint, layer
	return b
}

// SetText changes the text of a button that was made with one.
func (b *Button) SetText(s string) {
	if b.text != nil && b.text.Text() != s {
		b.text.SetText(s)
		b.Refresh()
	}
}

// SetGlyph changes the glyph of a button that was made with one.
func (b *Button) SetGlyph(g Glyph) {
	b.icon.Set(g, b.icon.tone)
}

// IconLast puts the glyph behind the text, as for what unfolds.
func (b *Button) IconLast() {
	b.iconLast = true
	b.Refresh()
}

// SetTone colours the glyph and the text of a quiet button.
func (b *Button) SetTone(t widgets.Tone) {
	b.tone = t
	b.Refresh()
}

// SetSelected marks a button as chosen among several.
func (b *Button) SetSelected(on bool) {
	if b.selected != on {
		b.selected = on
		b.Refresh()
	}
}

// Enable implements fyne.Disableable.
func (b *Button) Enable() { b.setDisabled(false) }

// Disable implements fyne.Disableable.
func (b *Button) Disable() { b.setDisabled(true) }

// Disabled implements fyne.Disableable.
func (b *Button) Disabled() bool { return b.disabled }

func (b *Button) setDisabled(v bool) {
	if b.disabled != v {
		b.disabled = v
		b.Refresh()
	}
}

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.press() }

func (b *Button) press() {
	if b.disabled {
		return
	}
	if b.layer != nil {
		b.layer.EndHint()
	}
	if b.OnTapped != nil {
		b.OnTapped()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
	if b.layer != nil {
		b.layer.Hint(b.hint, b)
	}
}

// MouseMoved implements desktop.Hoverable.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.hovered, b.pressed = false, false
	b.Refresh()
	if b.layer != nil {
		b.layer.EndHint()
	}
}

// MouseDown implements desktop.Mouseable.
func (b *Button) MouseDown(*desktop.MouseEvent) {
	b.pressed = true
	b.Refresh()
}

// MouseUp implements desktop.Mouseable.
func (b *Button) MouseUp(*desktop.MouseEvent) {
	b.pressed = false
	b.Refresh()
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() { b.setFocused(true) }

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() { b.setFocused(false) }

func (b *Button) setFocused(v bool) {
	b.focused = v
	b.Refresh()
}

// TypedRune implements fyne.Focusable.
func (b *Button) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.press()
	}
}

// MinSize makes room for what the button shows.
func (b *Button) MinSize() fyne.Size {
	if b.text == nil {
		return fyne.NewSquareSize(buttonHeight)
	}
	w := b.text.NaturalWidth() + 1 + 2*b.padding()
	if b.icon != nil {
		w += iconSide + widgets.Unit
	}
	return fyne.NewSize(w, max(buttonHeight, b.text.MinSize().Height+8))
}

func (b *Button) padding() float32 {
	if b.kind == Quiet {
		return widgets.Unit
	}
	return 1.5 * widgets.Unit
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, plate: canvas.NewRectangle(color.Transparent)}
	r.plate.CornerRadius = corner
	r.objects = []fyne.CanvasObject{r.plate}
	if b.icon != nil {
		r.objects = append(r.objects, b.icon)
	}
	if b.text != nil {
		r.objects = append(r.objects, b.text)
	}
	r.paint()
	return r
}

type buttonRenderer struct {
	b       *Button
	plate   *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *buttonRenderer) Destroy()                     {}
func (r *buttonRenderer) MinSize() fyne.Size           { return r.b.MinSize() }
func (r *buttonRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *buttonRenderer) Layout(s fyne.Size) {
	b := r.b
	r.plate.Resize(s)
	if b.text == nil {
		b.icon.Resize(s)
		return
	}
	textH := b.text.MinSize().Height
	if b.icon == nil {
		b.text.Resize(fyne.NewSize(s.Width-2*b.padding(), textH))
		b.text.Move(fyne.NewPos(b.padding(), (s.Height-textH)/2))
		return
	}
	textW := min(b.text.NaturalWidth()+1, s.Width-2*b.padding()-iconSide-widgets.Unit)
	x := (s.Width - textW - iconSide - widgets.Unit) / 2
	iconX, textX := x, x+iconSide+widgets.Unit
	if l10n.RTL() != b.iconLast {
		textX, iconX = x, x+textW+widgets.Unit
	}
	b.icon.Resize(fyne.NewSquareSize(iconSide))
	b.icon.Move(fyne.NewPos(iconX, (s.Height-iconSide)/2))
	b.text.Resize(fyne.NewSize(textW, textH))
	b.text.Move(fyne.NewPos(textX, (s.Height-textH)/2))
}

func (r *buttonRenderer) Refresh() {
	r.paint()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *buttonRenderer) paint() {
	b := r.b
	fill, stroke := color.Color(color.Transparent), color.Color(color.Transparent)
	tone := b.tone
	switch b.kind {
	case Primary:
		fill = widgets.Color(widgets.ColorAccent)
		if b.hovered {
			fill = mix(fill, theme.Color(theme.ColorNameForeground), 0.12)
		}
	case Outlined, Destructive:
		stroke = widgets.Color(widgets.ColorHairline)
		fill = theme.Color(theme.ColorNameBackground)
	}
	if (b.hovered || b.selected) && !b.disabled {
		switch b.kind {
		case Primary:
		default:
			fill = widgets.Color(widgets.ColorRowHover)
		}
	}
	if b.selected {
		fill = widgets.Color(widgets.ColorRowSelected)
		tone = widgets.Accent
	}
	if b.pressed && !b.disabled {
		fill = mix(fill, theme.Color(theme.ColorNameForeground), 0.06)
	}
	if b.disabled {
		tone = widgets.Secondary
		if b.kind == Primary {
			fill = widgets.Color(widgets.ColorHairline)
		}
	}
	if b.focused {
		stroke = widgets.Color(widgets.ColorAccent)
	}
	r.plate.FillColor, r.plate.StrokeColor, r.plate.StrokeWidth = fill, stroke, 1
	if _, _, _, alpha := stroke.RGBA(); alpha == 0 {
		r.plate.StrokeWidth = 0 // a transparent stroke darkens the edge when it is smoothed
	}
	if b.icon != nil {
		b.icon.Set(b.icon.glyph, tone)
		b.icon.Refresh()
	}
	if b.text != nil {
		style := b.text.Style()
		style.Tone = tone
		if style != b.text.Style() {
			b.text.SetStyle(style)
		}
		b.text.Refresh()
	}
	r.plate.Refresh()
}

// mix is a with part of b in it.
func mix(a, b color.Color, part float32) color.Color {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	m := func(x, y uint32) uint8 { return uint8((float32(x)*(1-part) + float32(y)*part) / 257) }
	// RGBA values are premultiplied, as color.RGBA wants them.
	return color.RGBA{m(r1, r2), m(g1, g2), m(b1, b2), m(a1, a2)}
}
