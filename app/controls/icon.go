package controls

import (
	"fmt"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
	"peyk/app/widgets"
)

// Glyph names a drawing.
type Glyph string

// The drawings of the program.
const (
	GlyphNone     Glyph = ""
	Compose       Glyph = "compose"
	Search        Glyph = "search"
	Check         Glyph = "check"
	Refresh       Glyph = "refresh"
	More          Glyph = "more"
	Reply         Glyph = "reply"
	ReplyAll      Glyph = "reply-all"
	Forward       Glyph = "forward"
	Archive       Glyph = "archive"
	Trash         Glyph = "trash"
	Star          Glyph = "star"
	StarFilled    Glyph = "star-filled"
	Clip          Glyph = "clip"
	Inbox         Glyph = "inbox"
	Drafts        Glyph = "drafts"
	Sent          Glyph = "sent"
	Junk          Glyph = "junk"
	Folder        Glyph = "folder"
	AllMail       Glyph = "all-mail"
	ChevronDown   Glyph = "chevron-down"
	ChevronOnward Glyph = "chevron-onward"
	Back          Glyph = "back"
	Unread        Glyph = "unread"
	Read          Glyph = "read"
	Download      Glyph = "download"
	Close         Glyph = "close"
	Warning       Glyph = "warning"
	Plus          Glyph = "plus"
	Settings      Glyph = "settings"
	Outbox        Glyph = "outbox"
	Offline       Glyph = "offline"
	Person        Glyph = "person"
	Undo          Glyph = "undo"
	Menu          Glyph = "menu"
)

// drawing is a picture on a field of 24 by 24, as SVG path data.
type drawing struct {
	strokes string
	fills   string
	// turns: it points along the line of reading and is mirrored in Persian.
	turns bool
}

const (
	starPath = "M12.00 4.00L14.29 9.44L20.18 9.94L15.71 13.81L17.05 19.56L12.00 16.50L6.95 19.56L8.29 13.81L3.82 9.94L9.71 9.44z"
	dotPath  = "M%[1]v %[2]va1.5 1.5 0 1 1-3 0a1.5 1.5 0 1 1 3 0z"
)

var drawings = map[Glyph]drawing{
	Compose:       {strokes: "M4.5 19.5l1-4.2L16 4.8l3.2 3.2L8.7 18.5z M13.8 7l3.2 3.2"},
	Search:        {strokes: "M16.5 10.5a6 6 0 1 1-12 0a6 6 0 1 1 12 0z M15 15l5 5"},
	Check:         {strokes: "M5 12.5l4.5 4.5L19 7.5"},
	Refresh:       {strokes: "M19 12a7 7 0 1 1-2.05-4.95L19.5 9.5 M19.5 4.8v4.7h-4.7"},
	More:          {fills: fmt.Sprintf(dotPath, 13.5, 5.5) + fmt.Sprintf(dotPath, 13.5, 12) + fmt.Sprintf(dotPath, 13.5, 18.5)},
	Reply:         {strokes: "M10 6l-6 6l6 6 M4 12h9a7 7 0 0 1 7 6.5", turns: true},
	ReplyAll:      {strokes: "M8 6l-6 6l6 6 M13 6l-6 6l6 6 M7 12h7.5a7 7 0 0 1 7 6.5", turns: true},
	Forward:       {strokes: "M14 6l6 6l-6 6 M20 12h-9a7 7 0 0 0-7 6.5", turns: true},
	Archive:       {strokes: "M3.5 5h17v4h-17z M5 9v10h14V9 M10 12.8h4"},
	Trash:         {strokes: "M4.5 7h15 M9.2 7V4.3h5.6V7 M6.4 7l.8 12.7h9.6L17.6 7 M10.4 11v5 M13.6 11v5"},
	Star:          {strokes: starPath},
	StarFilled:    {strokes: starPath, fills: starPath},
	Clip:          {strokes: "M15.5 8l-6.6 6.6a1.9 1.9 0 0 0 2.7 2.7l7-7a3.8 3.8 0 0 0-5.4-5.4l-7.1 7.1a5.8 5.8 0 0 0 8.2 8.2l6-6"},
	Inbox:         {strokes: "M4 13l2.5-7.5h11L20 13v6H4z M4 13h4.5l1.5 2.5h4l1.5-2.5H20"},
	Drafts:        {strokes: "M6 3.8h8l4 4v12.7H6z M14 3.8v4h4 M9 12h6 M9 15.8h6"},
	Sent:          {strokes: "M20.3 3.7L3.7 10.5l6.3 3.5l3.5 6.3z M20.3 3.7L10 14", turns: true},
	Junk:          {strokes: "M20 12a8 8 0 1 1-16 0a8 8 0 1 1 16 0z M6.4 6.4l11.2 11.2"},
	Folder:        {strokes: "M3.5 5.8h6l2 2.5h9v10.4h-17z"},
	AllMail:       {strokes: "M4 8.2l8-4l8 4l-8 4z M4 12.2l8 4l8-4 M4 16.2l8 4l8-4"},
	ChevronDown:   {strokes: "M7 10l5 5l5-5"},
	ChevronOnward: {strokes: "M10 7l5 5l-5 5", turns: true},
	Back:          {strokes: "M10.5 5.5L4 12l6.5 6.5 M4 12h16", turns: true},
	Unread:        {strokes: "M3.5 5.8h17v12.6h-17z M3.8 7l8.2 6.4L20.2 7"},
	Read:          {strokes: "M3.5 10.2L12 4l8.5 6.2v9.3h-17z M3.8 10.8l8.2 5.2l8.2-5.2"},
	Download:      {strokes: "M12 4v11 M7.5 11l4.5 4.5l4.5-4.5 M5 19.5h14"},
	Close:         {strokes: "M6.5 6.5l11 11 M17.5 6.5l-11 11"},
	Warning:       {strokes: "M12 4.2L3 19.5h18z M12 10v4.5 M12 16.8v.3"},
	Plus:          {strokes: "M12 5v14 M5 12h14"},
	Settings:      {strokes: "M4 7.5h8.5 M17.5 7.5h2.5 M17.5 7.5a2.5 2.5 0 1 1-5 0a2.5 2.5 0 1 1 5 0z M4 16.5h2.5 M11.5 16.5h8.5 M11.5 16.5a2.5 2.5 0 1 1-5 0a2.5 2.5 0 1 1 5 0z"},
	Outbox:        {strokes: "M4.5 14v5.5h15V14 M12 15V4.5 M7.8 8.5l4.2-4.2l4.2 4.2"},
	Offline:       {strokes: "M7 18.5h10a4 4 0 0 0 .6-8A6 6 0 0 0 6.2 9.7A4.4 4.4 0 0 0 7 18.5z M4.5 4.5l15.5 16"},
	Person:        {strokes: "M16 8.2a4 4 0 1 1-8 0a4 4 0 1 1 8 0z M4.5 20a7.5 7 0 0 1 15 0"},
	Undo:          {strokes: "M8.5 5L4 9.5l4.5 4.5 M4 9.5h10.5a5 5 0 0 1 0 10H9", turns: true},
	Menu:          {strokes: "M4 7h16 M4 12h16 M4 17h16"},
}

// Resource draws a glyph in a colour. Its name tells glyph, colour and side apart, since the toolkit caches by name.
func (g Glyph) Resource(c color.Color) fyne.Resource {
	d := drawings[g]
	r, gr, b, a := c.RGBA()
	if a == 0 {
		a = 1
	}
	// RGBA is premultiplied; SVG wants the plain colour and its opacity apart.
	plain := fmt.Sprintf("#%02x%02x%02x", r*255/a, gr*255/a, b*255/a)
	opacity := float32(a) / 0xffff
	side, turn := "ltr", ""
	if d.turns && l10n.RTL() {
		side, turn = "rtl", ` transform="translate(24 0) scale(-1 1)"`
	}
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><g%s>`, turn)
	if d.fills != "" {
		fmt.Fprintf(&svg, `<path d=%q fill=%q fill-opacity="%.3f" stroke="none"/>`, d.fills, plain, opacity)
	}
	for part := range strings.SplitSeq(d.strokes, " M") {
		if part == "" {
			continue
		}
		if part[0] != 'M' {
			part = "M" + part
		}
		fmt.Fprintf(&svg, `<path d=%q fill="none" stroke=%q stroke-opacity="%.3f" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
			part, plain, opacity)
	}
	svg.WriteString("</g></svg>")
	name := fmt.Sprintf("%s-%s-%s-%.3f.svg", g, side, plain[1:], opacity)
	return fyne.NewStaticResource(name, []byte(svg.String()))
}

// ToneColor is the theme's colour for a tone.
func ToneColor(t widgets.Tone) color.Color {
	switch t {
	case widgets.Secondary:
		return widgets.Color(widgets.ColorSecondaryText)
	case widgets.Accent:
		return widgets.Color(widgets.ColorAccent)
	case widgets.Danger:
		return widgets.Color(widgets.ColorDanger)
	case widgets.OnAccent:
		return widgets.Color(widgets.ColorOnAccent)
	case widgets.Success:
		return widgets.Color(widgets.ColorSuccess)
	case widgets.Warning:
		return widgets.Color(widgets.ColorWarning)
	}
	return theme.Color(theme.ColorNameForeground)
}

// Icon shows a glyph in a tone of the theme.
type Icon struct {
	widget.BaseWidget
	glyph Glyph
	tone  widgets.Tone
	size  float32
	image *canvas.Image
}

// NewIcon makes an icon that is side units of the screen wide and high.
func NewIcon(g Glyph, tone widgets.Tone, side float32) *Icon {
	i := &Icon{glyph: g, tone: tone, size: side, image: canvas.NewImageFromResource(nil)}
	i.image.FillMode = canvas.ImageFillContain
	i.ExtendBaseWidget(i)
	i.paint()
	return i
}

// Set shows another glyph or tone.
func (i *Icon) Set(g Glyph, tone widgets.Tone) {
	if i.glyph == g && i.tone == tone {
		return
	}
	i.glyph, i.tone = g, tone
	i.Refresh()
}

func (i *Icon) paint() {
	if i.glyph == GlyphNone {
		i.image.Resource = nil
		i.image.Hide()
		return
	}
	c := ToneColor(i.tone)
	if i.glyph == StarFilled {
		c = widgets.Color(widgets.ColorStar)
	}
	res := i.glyph.Resource(c)
	if i.image.Resource == nil || i.image.Resource.Name() != res.Name() {
		i.image.Resource = res
	}
	i.image.Show()
}

// MinSize is the icon's side.
func (i *Icon) MinSize() fyne.Size { return fyne.NewSquareSize(i.size) }

// CreateRenderer implements fyne.Widget.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer { return &iconRenderer{i} }

type iconRenderer struct{ i *Icon }

func (r *iconRenderer) Destroy()                     {}
func (r *iconRenderer) MinSize() fyne.Size           { return r.i.MinSize() }
func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.i.image} }

func (r *iconRenderer) Layout(s fyne.Size) {
	side := min(r.i.size, s.Width, s.Height)
	r.i.image.Resize(fyne.NewSquareSize(side))
	r.i.image.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
}

func (r *iconRenderer) Refresh() {
	r.i.paint()
	r.i.image.Refresh()
	canvas.Refresh(r.i)
}
