package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
)

// Mirror makes a layout that does what inner does, from right to left while the surface runs that way.
func Mirror(inner fyne.Layout) fyne.Layout { return mirror{inner} }

type mirror struct{ inner fyne.Layout }

func (m mirror) MinSize(objects []fyne.CanvasObject) fyne.Size { return m.inner.MinSize(objects) }

func (m mirror) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	m.inner.Layout(objects, size)
	if !l10n.RTL() {
		return
	}
	for _, o := range objects {
		p := o.Position()
		o.Move(fyne.NewPos(size.Width-p.X-o.Size().Width, p.Y))
	}
}

// HBox puts objects side by side, the first at the start side.
func HBox(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(Mirror(layout.NewHBoxLayout()), objects...)
}

// Border puts objects around a centre; start is left in English and right in Persian. Any of them may be nil.
func Border(top, bottom, start, end fyne.CanvasObject, centre ...fyne.CanvasObject) *fyne.Container {
	objects := append([]fyne.CanvasObject(nil), centre...)
	for _, o := range []fyne.CanvasObject{top, bottom, start, end} {
		if o != nil {
			objects = append(objects, o)
		}
	}
	return container.New(Mirror(layout.NewBorderLayout(top, bottom, start, end)), objects...)
}

// HSplit parts the width between two objects by a bar that can be dragged. The sides are settled when it is made.
func HSplit(start, end fyne.CanvasObject) *container.Split {
	if l10n.RTL() {
		start, end = end, start
	}
	return container.NewHSplit(start, end)
}

// HLine is a hairline across.
func HLine() fyne.CanvasObject { return newRule(fyne.NewSize(0, 1)) }

// VLine is a hairline downwards.
func VLine() fyne.CanvasObject { return newRule(fyne.NewSize(1, 0)) }

// rule is a line that follows the theme.
type rule struct {
	widget.BaseWidget
	min  fyne.Size
	line *canvas.Rectangle
}

func newRule(min fyne.Size) *rule {
	r := &rule{min: min, line: canvas.NewRectangle(Color(ColorHairline))}
	r.ExtendBaseWidget(r)
	return r
}

// MinSize implements fyne.CanvasObject.
func (r *rule) MinSize() fyne.Size { return r.min }

// CreateRenderer implements fyne.Widget.
func (r *rule) CreateRenderer() fyne.WidgetRenderer { return &ruleRenderer{r} }

type ruleRenderer struct{ r *rule }

func (r *ruleRenderer) MinSize() fyne.Size           { return r.r.min }
func (r *ruleRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.r.line} }
func (r *ruleRenderer) Destroy()                     {}

func (r *ruleRenderer) Refresh() {
	r.r.line.FillColor = Color(ColorHairline)
	r.r.line.Refresh()
}

// Layout keeps the line thin in a container that gives it more.
func (r *ruleRenderer) Layout(s fyne.Size) {
	if r.r.min.Height > 0 {
		r.r.line.Move(fyne.NewPos(0, (s.Height-r.r.min.Height)/2))
		s.Height = r.r.min.Height
	}
	if r.r.min.Width > 0 {
		r.r.line.Move(fyne.NewPos((s.Width-r.r.min.Width)/2, 0))
		s.Width = r.r.min.Width
	}
	r.r.line.Resize(s)
}

// Space is an empty square of the given number of grid units.
func Space(units float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent) // nil would end the software painter
	r.SetMinSize(fyne.NewSquareSize(units * Unit))
	return r
}

// Pad puts the given number of grid units around an object.
func Pad(units float32, o fyne.CanvasObject) *fyne.Container {
	p := units * Unit
	return container.New(layout.NewCustomPaddedLayout(p, p, p, p), o)
}
