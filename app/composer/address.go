package composer

import (
	"image/color"
	"net/mail"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/widgets"
	"peyk/storage/message"
)

// suggestions is how many people are offered at once.
const suggestions = 6

// addressField takes a list of addresses and offers people while one is typed.
type addressField struct {
	field  *widgets.Field
	people *People
	menu   *suggestMenu
	// changed hears every change.
	changed func()
}

func newAddressField(people *People, menu *suggestMenu, changed func()) *addressField {
	f := &addressField{field: widgets.NewField(), people: people, menu: menu, changed: changed}
	f.field.OnChanged = func(string) {
		f.field.SetInvalid(false)
		f.changed()
		f.offer()
	}
	f.field.OnKey = f.key
	f.field.OnFocus = func(focused bool) {
		if !focused {
			f.menu.hide()
			f.valid()
		}
	}
	f.field.OnSubmitted = func(string) { f.menu.take() }
	return f
}

func (f *addressField) list() []mail.Address { return message.ParseAddresses(f.field.Text()) }

func (f *addressField) set(list []mail.Address) { f.field.SetText(join(list)) }

// valid marks the field when something in it is no address.
func (f *addressField) valid() bool {
	ok := len(wrong(f.list())) == 0
	f.field.SetInvalid(!ok)
	return ok
}

// typing is the entry at the end of the field, and where it begins.
func typing(text string) (entry string, at int) {
	quoted := false
	for i, r := range text {
		switch r {
		case '"':
			quoted = !quoted
		case ',', ';', '،':
			if !quoted {
				at = i + len(string(r))
			}
		}
	}
	return strings.TrimSpace(text[at:]), at
}

func (f *addressField) offer() {
	entry, _ := typing(f.field.Text())
	if entry == "" || strings.HasSuffix(entry, ">") {
		f.menu.hide()
		return
	}
	list := f.people.Suggest(entry, suggestions)
	if len(list) == 1 && strings.EqualFold(list[0].Address, entry) {
		list = nil
	}
	f.menu.show(f.field, list, f.pick)
}

func (f *addressField) pick(a mail.Address) {
	text := f.field.Text()
	_, at := typing(text)
	before := strings.TrimRight(text[:at], " ")
	if before != "" {
		before += " "
	}
	f.field.SetText(before + join([]mail.Address{a}) + ", ")
	f.menu.hide()
	f.changed()
	f.focusEnd()
}

// focusEnd gives the field the keyboard, behind what is in it.
func (f *addressField) focusEnd() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f.field); c != nil {
		c.Focus(f.field)
		f.field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	}
}

func (f *addressField) key(ev *fyne.KeyEvent) bool {
	if !f.menu.visible() {
		return false
	}
	switch ev.Name {
	case fyne.KeyDown:
		f.menu.move(1)
	case fyne.KeyUp:
		f.menu.move(-1)
	case fyne.KeyReturn, fyne.KeyEnter:
		f.menu.take()
	case fyne.KeyEscape:
		f.menu.hide()
	default:
		return false
	}
	return true
}

// suggestMenu is the list of people under a field. It lies over the window's content and leaves the keyboard where it
// is.
type suggestMenu struct {
	box   *fyne.Container
	plate *canvas.Rectangle
	rows  []*suggestRow
	list  []mail.Address
	at    int
	pick  func(mail.Address)
}

func newSuggestMenu() *suggestMenu {
	m := &suggestMenu{plate: canvas.NewRectangle(color.Transparent), box: container.NewWithoutLayout()}
	m.plate.CornerRadius, m.plate.StrokeWidth = 6, 1
	m.box.Add(m.plate)
	for i := range suggestions {
		r := newSuggestRow(m, i)
		m.rows = append(m.rows, r)
		m.box.Add(r)
	}
	m.hide()
	return m
}

func (m *suggestMenu) visible() bool { return m.plate.Visible() }

func (m *suggestMenu) hide() {
	m.list = nil
	for _, o := range m.box.Objects {
		o.Hide()
	}
}

func (m *suggestMenu) show(under fyne.CanvasObject, list []mail.Address, pick func(mail.Address)) {
	m.hide()
	if len(list) == 0 {
		return
	}
	m.list, m.at, m.pick = list, 0, pick
	d := fyne.CurrentApp().Driver()
	at := d.AbsolutePositionForObject(under).Subtract(d.AbsolutePositionForObject(m.box)).AddXY(0, under.Size().Height+2)
	h := m.rows[0].MinSize().Height
	width := min(under.Size().Width, 480)
	m.plate.FillColor = widgets.Color(widgets.ColorSurface)
	m.plate.StrokeColor = widgets.Color(widgets.ColorHairline)
	m.plate.Move(at)
	m.plate.Resize(fyne.NewSize(width, h*float32(len(list))+8))
	m.plate.Show()
	for i, a := range list {
		r := m.rows[i]
		r.Move(at.AddXY(4, 4+h*float32(i)))
		r.Resize(fyne.NewSize(width-8, h))
		r.set(a)
		r.Show()
	}
	m.box.Refresh()
}

func (m *suggestMenu) move(by int) {
	m.at = (m.at + by + len(m.list)) % len(m.list)
	for _, r := range m.rows {
		r.Refresh()
	}
}

func (m *suggestMenu) take() {
	if m.visible() && m.at < len(m.list) {
		m.pick(m.list[m.at])
	}
}

type suggestRow struct {
	widget.BaseWidget
	menu  *suggestMenu
	index int
	name  *widgets.Label
	plate *canvas.Rectangle
}

func newSuggestRow(m *suggestMenu, i int) *suggestRow {
	r := &suggestRow{menu: m, index: i, name: widgets.NewLabel("", widgets.TextStyle{Shrink: true}), plate: canvas.NewRectangle(color.Transparent)}
	r.plate.CornerRadius = 4
	r.ExtendBaseWidget(r)
	return r
}

func (r *suggestRow) set(a mail.Address) {
	text := a.Address
	if a.Name != "" {
		text = bidi.Isolate(bidi.Clean(a.Name)) + "  " + bidi.Isolate(a.Address)
	}
	r.name.SetText(text)
	r.Refresh()
}

// MouseDown takes the person before the field loses the keyboard and hides the list.
func (r *suggestRow) MouseDown(*desktop.MouseEvent) {
	r.menu.at = r.index
	r.menu.take()
}

func (r *suggestRow) MouseUp(*desktop.MouseEvent)    {}
func (r *suggestRow) MouseMoved(*desktop.MouseEvent) {}
func (r *suggestRow) MouseOut()                      {}

func (r *suggestRow) MouseIn(*desktop.MouseEvent) {
	r.menu.at = r.index
	r.menu.move(0)
}

func (r *suggestRow) MinSize() fyne.Size { return fyne.NewSize(80, r.name.MinSize().Height+12) }

func (r *suggestRow) CreateRenderer() fyne.WidgetRenderer { return &suggestRowRenderer{r} }

type suggestRowRenderer struct{ r *suggestRow }

func (x *suggestRowRenderer) Destroy()           {}
func (x *suggestRowRenderer) MinSize() fyne.Size { return x.r.MinSize() }

func (x *suggestRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{x.r.plate, x.r.name}
}

func (x *suggestRowRenderer) Layout(s fyne.Size) {
	x.r.plate.Resize(s)
	x.r.name.Move(fyne.NewPos(8, 6))
	x.r.name.Resize(fyne.NewSize(s.Width-16, s.Height-12))
}

func (x *suggestRowRenderer) Refresh() {
	x.r.plate.FillColor = color.Transparent
	if x.r.menu.at == x.r.index {
		x.r.plate.FillColor = widgets.Color(widgets.ColorRowSelected)
	}
	x.r.plate.Refresh()
	x.r.name.Refresh()
}
