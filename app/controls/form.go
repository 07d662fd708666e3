package controls

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
	"peyk/app/widgets"
)

// Form is a column of fields with their names beside them, and under a field what is wrong with it.
type Form struct {
	box *fyne.Container
	// NameWidth is the width of the column of names.
	NameWidth float32
}

// NewForm makes an empty form.
func NewForm(nameWidth float32) *Form {
	return &Form{box: container.New(&column{gap: 1.5 * widgets.Unit}), NameWidth: nameWidth}
}

// Object is what is put into the window.
func (f *Form) Object() fyne.CanvasObject { return f.box }

// Row adds a field with its name; the returned row can say what is wrong with it.
func (f *Form) Row(name string, field fyne.CanvasObject) *FormRow {
	r := newFormRow(name, field, f.NameWidth)
	f.box.Add(r.box)
	return r
}

// Add puts any object into the column, in line with the fields.
func (f *Form) Add(o fyne.CanvasObject) *FormRow { return f.Row("", o) }

// Wide puts an object into the column that takes the whole width.
func (f *Form) Wide(o fyne.CanvasObject) { f.box.Add(o) }

// Section adds a heading with some air over it.
func (f *Form) Section(title string) {
	if len(f.box.Objects) > 0 {
		f.box.Add(widgets.Space(0.5))
	}
	f.box.Add(widgets.NewLabel(title, widgets.TextStyle{Bold: true, Shrink: true}))
}

// FormRow is a name, a field and the line under it.
type FormRow struct {
	box   *fyne.Container
	note  *widgets.Paragraph
	field fyne.CanvasObject
}

func newFormRow(name string, field fyne.CanvasObject, nameWidth float32) *FormRow {
	r := &FormRow{field: field, note: widgets.NewParagraph("", widgets.TextStyle{Size: 0.9, Tone: widgets.Danger})}
	r.note.Hide()
	label := widgets.NewLabel(name, widgets.TextStyle{Tone: widgets.Secondary, Shrink: true})
	r.box = container.New(&formRowLayout{nameWidth}, label, field, r.note)
	return r
}

// Wrong shows what is wrong with the field; an empty text is fine.
func (r *FormRow) Wrong(text string) { r.say(text, widgets.Danger) }

// Note explains the field.
func (r *FormRow) Note(text string) { r.say(text, widgets.Secondary) }

func (r *FormRow) say(text string, tone widgets.Tone) {
	if f, ok := r.field.(interface{ SetInvalid(bool) }); ok {
		f.SetInvalid(text != "" && tone == widgets.Danger)
	}
	if text == r.note.Text() && r.note.Visible() == (text != "") {
		return
	}
	r.note.SetStyle(widgets.TextStyle{Size: 0.9, Tone: tone})
	r.note.SetText(text)
	setVisible(r.note, text != "")
	r.box.Refresh()
}

// SetVisible shows the row or takes it out of the form.
func (r *FormRow) SetVisible(v bool) { setVisible(r.box, v) }

// formRowLayout puts a name beside a field and a note under the field.
type formRowLayout struct{ name float32 }

func (l *formRowLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	h := max(o[0].MinSize().Height, o[1].MinSize().Height)
	if o[2].Visible() {
		h += 2 + o[2].MinSize().Height
	}
	return fyne.NewSize(l.name+o[1].MinSize().Width, h)
}

func (l *formRowLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	fieldH := o[1].MinSize().Height
	labelH := o[0].MinSize().Height
	width := s.Width - l.name
	nameX, fieldX := float32(0), l.name
	if l10n.RTL() {
		nameX, fieldX = width, 0
	}
	o[0].Resize(fyne.NewSize(max(0, l.name-widgets.Unit), labelH))
	if l10n.RTL() {
		nameX += widgets.Unit
	}
	o[0].Move(fyne.NewPos(nameX, (min(fieldH, buttonHeight)-labelH)/2))
	o[1].Resize(fyne.NewSize(width, fieldH))
	o[1].Move(fyne.NewPos(fieldX, 0))
	if o[2].Visible() {
		o[2].Resize(fyne.NewSize(width, o[2].MinSize().Height))
		o[2].Move(fyne.NewPos(fieldX, o[1].MinSize().Height+2))
		o[2].Resize(fyne.NewSize(width, o[2].MinSize().Height))
	}
}

// column lays objects under one another over the whole width. Unlike the toolkit's box it sets the width first and
// asks for the height then, which wrapped paragraphs need.
type column struct{ gap float32 }

// NewColumn is a column of objects with units of air between them.
func NewColumn(units float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&column{units * widgets.Unit}, objects...)
}

func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	first := true
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height
		if !first {
			size.Height += c.gap
		}
		first = false
	}
	return size
}

func (c *column) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Resize(fyne.NewSize(s.Width, o.MinSize().Height))
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(s.Width, h))
		o.Move(fyne.NewPos(0, y))
		y += h + c.gap
	}
}

// Fixed holds an object at a width, at the side where reading starts.
func Fixed(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(fixedLayout{width}, o)
}

type fixedLayout struct{ width float32 }

func (l fixedLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(l.width, o[0].MinSize().Height)
}

func (l fixedLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(l.width, s.Width)
	x := float32(0)
	if l10n.RTL() {
		x = s.Width - w
	}
	o[0].Resize(fyne.NewSize(w, s.Height))
	o[0].Move(fyne.NewPos(x, 0))
}

// Middle keeps an object at its own height in the middle of a line, over the line's whole width.
func Middle(o fyne.CanvasObject) fyne.CanvasObject { return container.New(middleLine{}, o) }

type middleLine struct{}

func (middleLine) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (middleLine) Layout(o []fyne.CanvasObject, s fyne.Size) {
	h := min(s.Height, o[0].MinSize().Height)
	o[0].Resize(fyne.NewSize(s.Width, h))
	o[0].Move(fyne.NewPos(0, (s.Height-h)/2))
}

// Beside lays out a name of a fixed width and what it names beside it; the latter may be wrapped.
func Beside(name float32) fyne.Layout { return besideLayout{name} }

type besideLayout struct{ name float32 }

func (l besideLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(l.name+max(40, o[1].MinSize().Width), max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (l besideLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := max(0, s.Width-l.name)
	nameX, x := float32(0), l.name
	if l10n.RTL() {
		nameX, x = w, 0
	}
	h := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(l.name, h))
	o[1].Resize(fyne.NewSize(w, o[1].MinSize().Height))
	// A field is higher than its name, which stands in its middle; a paragraph is not, or begins beside it.
	y := float32(0)
	if _, wrapped := o[1].(*widgets.Paragraph); !wrapped {
		y = max(0, (o[1].MinSize().Height-h)/2)
	}
	o[0].Move(fyne.NewPos(nameX, y))
	o[1].Move(fyne.NewPos(x, 0))
}

// WideRow puts a field over the whole width; the returned row can say what is wrong with it.
func (f *Form) WideRow(field fyne.CanvasObject) *FormRow {
	r := newFormRow("", field, 0)
	f.box.Add(r.box)
	return r
}

// Refresh lays the form out anew after rows changed their height.
func (f *Form) Refresh() { f.box.Refresh() }

// Framed draws a hairline around an object.
func Framed(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newFrame(), container.New(layout.NewCustomPaddedLayout(4, 4, 4, 4), o))
}

// frame is a hairline around its place.
type frame struct {
	widget.BaseWidget
	line *canvas.Rectangle
}

func newFrame() *frame {
	f := &frame{line: canvas.NewRectangle(color.Transparent)}
	f.line.StrokeWidth, f.line.CornerRadius = 1, corner
	f.ExtendBaseWidget(f)
	return f
}

func (f *frame) CreateRenderer() fyne.WidgetRenderer {
	r := &frameRenderer{f}
	r.Refresh()
	return r
}

type frameRenderer struct{ f *frame }

func (r *frameRenderer) Destroy()                     {}
func (r *frameRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *frameRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.f.line} }
func (r *frameRenderer) Layout(s fyne.Size)           { r.f.line.Resize(s) }

func (r *frameRenderer) Refresh() {
	r.f.line.StrokeColor = widgets.Color(widgets.ColorHairline)
	r.f.line.Refresh()
}

// Inset puts air around an object; start is left in English and right in Persian.
func Inset(top, bottom, start, end float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(widgets.Mirror(layout.NewCustomPaddedLayout(top, bottom, start, end)), o)
}
