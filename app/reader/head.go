package reader

import (
	"image/color"
	"net/mail"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// subjectSize makes 18 points of a text size of 14.
const subjectSize = 1.29

// head is the block over a message's text: subject, people, date, and what has to be said about the message.
type head struct {
	box     *fyne.Container
	details *fyne.Container
	toggle  *controls.Button
	notes   *fyne.Container
	shown   bool
	changed func()
}

// newHead makes the head of a message. isOwn tells whether an address is the person's own.
func newHead(m *storage.Message, isOwn func(address string) bool, changed func()) *head {
	h := &head{changed: changed}
	subject := bidi.Clean(m.Subject)
	tone := widgets.Normal
	if strings.TrimSpace(subject) == "" {
		subject, tone = l10n.T("message.noSubject"), widgets.Secondary
	}
	h.details = controls.NewColumn(0.5, detailRows(m)...)
	h.details.Hide()
	h.notes = controls.NewColumn(1)
	h.toggle = controls.NewButton(controls.Quiet, controls.ChevronDown, l10n.T("message.to", "names", recipients(m, isOwn)), h.flip)
	h.toggle.SetTone(widgets.Secondary)
	h.toggle.IconLast()
	h.box = controls.NewColumn(1.5,
		widgets.NewParagraph(subject, widgets.TextStyle{Size: subjectSize, Tone: tone, Bold: true, Dir: controls.SubjectDirection(subject)}),
		h.people(m), h.details, h.notes)
	return h
}

func (h *head) object() fyne.CanvasObject {
	return controls.Inset(2*widgets.Unit, widgets.Unit, 2*widgets.Unit, 2*widgets.Unit, h.box)
}

func (h *head) flip() {
	h.shown = !h.shown
	if h.shown {
		h.details.Show()
	} else {
		h.details.Hide()
	}
	h.changed()
}

// people is the line with the sender and the date.
func (h *head) people(m *storage.Message) fyne.CanvasObject {
	name, address := l10n.T("message.noSender"), ""
	if len(m.From) > 0 {
		name, address = bidi.Clean(m.From[0].Name), bidi.Clean(m.From[0].Address)
		if strings.TrimSpace(name) == "" {
			name, address = address, ""
		}
	}
	if address != "" {
		address = "<" + address + ">"
	}
	return container.New(&peopleLayout{}, newAvatar(name),
		widgets.NewLabel(name, widgets.TextStyle{Bold: true, Shrink: true}),
		widgets.NewLabel(address, widgets.TextStyle{Tone: widgets.Secondary, Shrink: true, Dir: bidi.LTR}),
		widgets.NewLabel(l10n.DateTime(m.Date), widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9, Align: widgets.End, Shrink: true}),
		h.toggle)
}

// recipients names the first ones, the person as "me".
func recipients(m *storage.Message, isOwn func(string) bool) string {
	all := append(append([]mail.Address(nil), m.To...), m.Cc...)
	if len(all) == 0 {
		return l10n.T("message.noRecipient")
	}
	var names []string
	for _, a := range all[:min(len(all), 3)] {
		switch {
		case isOwn != nil && isOwn(a.Address):
			names = append(names, l10n.T("message.me"))
		case a.Name != "":
			names = append(names, bidi.Clean(a.Name))
		default:
			names = append(names, bidi.Clean(a.Address))
		}
	}
	text := strings.Join(names, l10n.T("list.comma"))
	if more := len(all) - len(names); more > 0 {
		text += l10n.T("message.andMore", "count", more)
	}
	return text
}

func detailRows(m *storage.Message) []fyne.CanvasObject {
	var rows []fyne.CanvasObject
	add := func(name string, list []mail.Address) {
		if len(list) > 0 {
			rows = append(rows, detail(name, addresses(list)))
		}
	}
	add(l10n.T("message.fromField"), m.From)
	add(l10n.T("message.replyToField"), m.ReplyTo)
	add(l10n.T("message.toField"), m.To)
	add(l10n.T("message.ccField"), m.Cc)
	rows = append(rows, detail(l10n.T("message.sizeField"), l10n.FileSize(m.Size)))
	return rows
}

func detail(name, value string) fyne.CanvasObject {
	return container.New(controls.Beside(11*widgets.Unit),
		widgets.NewLabel(name, widgets.TextStyle{Tone: widgets.Secondary, Shrink: true}), widgets.NewParagraph(value))
}

func addresses(list []mail.Address) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = bidi.Isolate(bidi.Clean(strings.TrimSpace(a.Name + " <" + a.Address + ">")))
	}
	return strings.Join(texts, l10n.T("list.comma"))
}

// note adds a quiet sentence under the people, perhaps with something to do.
func (h *head) note(text string, action fyne.CanvasObject) {
	line := fyne.CanvasObject(widgets.NewParagraph(text, widgets.TextStyle{Tone: widgets.Secondary, Size: 0.93}))
	if action != nil {
		line = widgets.Border(nil, nil, nil, action, line)
	}
	h.notes.Add(line)
	h.changed()
}

// peopleLayout: avatar, then name and address on one line and the recipients under them; the date at the end.
type peopleLayout struct{}

const avatarSide = 5 * widgets.Unit

func (peopleLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(160, max(avatarSide, o[1].MinSize().Height+o[4].MinSize().Height))
}

func (peopleLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	put := func(c fyne.CanvasObject, left, top, w, h float32) {
		if l10n.RTL() {
			left = s.Width - left - w
		}
		c.Move(fyne.NewPos(left, top))
		c.Resize(fyne.NewSize(max(0, w), h))
	}
	natural := func(c fyne.CanvasObject) float32 { return c.(*widgets.Label).NaturalWidth() + 1 }
	h := o[1].MinSize().Height
	x := float32(avatarSide + 1.5*widgets.Unit)
	put(o[0], 0, 0, avatarSide, avatarSide)
	dateW := min(natural(o[3]), s.Width*0.45)
	dateH := o[3].MinSize().Height
	put(o[3], s.Width-dateW, (h-dateH)/2, dateW, dateH)
	room := s.Width - x - dateW - 2*widgets.Unit
	nameW := min(natural(o[1]), room)
	put(o[1], x, 0, nameW, h)
	put(o[2], x+nameW+widgets.Unit, 0, min(natural(o[2]), room-nameW-widgets.Unit), h)
	toggle := o[4].MinSize()
	// The button's own padding hangs out, so that its text stands under the name.
	put(o[4], x-widgets.Unit, h-3, min(toggle.Width, s.Width-x), toggle.Height)
}

// avatar is a round plate with the first letter of a name.
type avatar struct {
	widget.BaseWidget
	disc   *canvas.Circle
	letter *widgets.Label
}

func newAvatar(name string) *avatar {
	a := &avatar{disc: canvas.NewCircle(color.Transparent)}
	a.letter = widgets.NewLabel(initial(name), widgets.TextStyle{Tone: widgets.Accent, Bold: true, Align: widgets.Center, Size: 1.2})
	a.ExtendBaseWidget(a)
	return a
}

func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "·"
}

func (a *avatar) CreateRenderer() fyne.WidgetRenderer {
	r := &avatarRenderer{a}
	r.Refresh()
	return r
}

type avatarRenderer struct{ a *avatar }

func (r *avatarRenderer) Destroy()           {}
func (r *avatarRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(avatarSide) }

func (r *avatarRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.a.disc, r.a.letter}
}

func (r *avatarRenderer) Layout(s fyne.Size) {
	r.a.disc.Resize(s)
	h := r.a.letter.MinSize().Height
	r.a.letter.Resize(fyne.NewSize(s.Width, h))
	r.a.letter.Move(fyne.NewPos(0, (s.Height-h)/2))
}

func (r *avatarRenderer) Refresh() {
	r.a.disc.FillColor = widgets.Color(widgets.ColorRowSelected)
	r.a.disc.Refresh()
	r.a.letter.Refresh()
}
