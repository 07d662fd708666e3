package controls

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"peyk/app/widgets"
)

// Tabs is a row of texts of which one is chosen, with a line in the accent colour under it.
type Tabs struct {
	box  *fyne.Container
	tabs []*tab
}

// NewTabs makes the row; chosen hears the index that was clicked.
func NewTabs(texts []string, chosen func(index int)) *Tabs {
	t := &Tabs{}
	var objects []fyne.CanvasObject
	for i, text := range texts {
		one := &tab{text: widgets.NewLabel(text, widgets.TextStyle{Align: widgets.Center})}
		one.tapped = func() {
			t.Choose(i)
			chosen(i)
		}
		one.ExtendBaseWidget(one)
		t.tabs = append(t.tabs, one)
		objects = append(objects, one)
	}
	t.box = widgets.HBox(objects...)
	t.Choose(0)
	return t
}

// Object is what is put into the window.
func (t *Tabs) Object() fyne.CanvasObject { return t.box }

// Choose marks a tab.
func (t *Tabs) Choose(index int) {
	for i, one := range t.tabs {
		if one.chosen != (i == index) {
			one.chosen = i == index
			one.Refresh()
		}
	}
}

// SetText changes the text of a tab.
func (t *Tabs) SetText(index int, text string) {
	t.tabs[index].text.SetText(text)
	t.tabs[index].Refresh()
}

type tab struct {
	widget.BaseWidget
	text                     *widgets.Label
	tapped                   func()
	chosen, hovered, focused bool
}

func (t *tab) Tapped(*fyne.PointEvent)        { t.tapped() }
func (t *tab) MouseIn(*desktop.MouseEvent)    { t.hovered = true; t.Refresh() }
func (t *tab) MouseMoved(*desktop.MouseEvent) {}
func (t *tab) MouseOut()                      { t.hovered = false; t.Refresh() }
func (t *tab) FocusGained()                   { t.focused = true; t.Refresh() }
func (t *tab) FocusLost()                     { t.focused = false; t.Refresh() }
func (t *tab) TypedRune(rune)                 {}

func (t *tab) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeySpace || ev.Name == fyne.KeyReturn {
		t.tapped()
	}
}

func (t *tab) MinSize() fyne.Size {
	return fyne.NewSize(t.text.NaturalWidth()+1+2*widgets.Unit, max(36, t.text.MinSize().Height+12))
}

func (t *tab) CreateRenderer() fyne.WidgetRenderer {
	r := &tabRenderer{t: t, line: canvas.NewRectangle(color.Transparent)}
	r.paint()
	return r
}

type tabRenderer struct {
	t    *tab
	line *canvas.Rectangle
}

func (r *tabRenderer) Destroy()                     {}
func (r *tabRenderer) MinSize() fyne.Size           { return r.t.MinSize() }
func (r *tabRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.t.text, r.line} }

func (r *tabRenderer) Layout(s fyne.Size) {
	h := r.t.text.MinSize().Height
	r.t.text.Move(fyne.NewPos(widgets.Unit, (s.Height-h)/2))
	r.t.text.Resize(fyne.NewSize(s.Width-2*widgets.Unit, h))
	r.line.Move(fyne.NewPos(widgets.Unit, s.Height-2))
	r.line.Resize(fyne.NewSize(s.Width-2*widgets.Unit, 2))
}

func (r *tabRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.t)
}

func (r *tabRenderer) paint() {
	style := r.t.text.Style()
	style.Tone = widgets.Secondary
	r.line.FillColor = color.Transparent
	switch {
	case r.t.chosen:
		style.Tone = widgets.Normal
		r.line.FillColor = widgets.Color(widgets.ColorAccent)
	case r.t.focused:
		r.line.FillColor = theme.Color(theme.ColorNameFocus)
	case r.t.hovered:
		style.Tone = widgets.Normal
		r.line.FillColor = widgets.Color(widgets.ColorHairline)
	}
	if style != r.t.text.Style() {
		r.t.text.SetStyle(style)
	}
	r.t.text.Refresh()
	r.line.Refresh()
}
