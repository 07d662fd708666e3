package mailbox

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// The measures of a row. Text begins behind the column of the unread dot.
const (
	rowEdge    = 1.5 * widgets.Unit
	rowText    = 3 * widgets.Unit
	rowEnd     = 2 * widgets.Unit
	dotSide    = widgets.Unit
	markSize   = 16
	actionSide = 28
)

// rowView is what a row shows.
type rowView struct {
	sender, subject, preview, time        string
	unread, starred, files, chosen, atKey bool
	known                                 bool
	answered, forwarded                   bool
}

// rowAction is a place on a row that does something of its own.
type rowAction int

const (
	noAction rowAction = iota
	actArchive
	actDelete
	actRead
	actStar
)

// rowEvents is what rows tell their list. The modifier keys decide what a press means.
type rowEvents interface {
	pressed(id storage.MessageID, mod fyne.KeyModifier)
	released(id storage.MessageID, mod fyne.KeyModifier)
	activated(id storage.MessageID)
	act(id storage.MessageID, a rowAction)
	menu(id storage.MessageID, at fyne.Position)
	dragged(id storage.MessageID, at fyne.Position)
	dropped()
	hint(text string, near fyne.CanvasObject)
}

// row shows one message of the list.
type row struct {
	widget.BaseWidget
	events rowEvents
	id     storage.MessageID
	view   rowView

	hovered bool
	// hot is the action under the pointer, armed the one that was pressed.
	hot, armed rowAction

	sender, time, subject, preview *widgets.Label
	plate, bar, line               *canvas.Rectangle
	dot                            *canvas.Circle
	star, clip, replied            *controls.Icon
	actions                        [3]*controls.Icon
	glow                           *canvas.Rectangle
}

func newRow(events rowEvents) *row {
	shrink := func(style widgets.TextStyle) *widgets.Label {
		style.Shrink = true
		return widgets.NewLabel("", style)
	}
	r := &row{
		events:  events,
		sender:  shrink(widgets.TextStyle{}),
		time:    shrink(widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9, Align: widgets.End}),
		subject: shrink(widgets.TextStyle{}),
		preview: shrink(widgets.TextStyle{Tone: widgets.Secondary}),
		plate:   canvas.NewRectangle(color.Transparent),
		bar:     canvas.NewRectangle(color.Transparent),
		line:    canvas.NewRectangle(color.Transparent),
		glow:    canvas.NewRectangle(color.Transparent),
		dot:     canvas.NewCircle(color.Transparent),
		star:    controls.NewIcon(controls.GlyphNone, widgets.Secondary, markSize),
		clip:    controls.NewIcon(controls.GlyphNone, widgets.Secondary, markSize),
		replied: controls.NewIcon(controls.GlyphNone, widgets.Secondary, 14),
	}
	r.glow.CornerRadius = 6
	for i := range r.actions {
		r.actions[i] = controls.NewIcon(controls.GlyphNone, widgets.Secondary, 18)
	}
	r.ExtendBaseWidget(r)
	return r
}

// lineHeight is the height of a line of a row's text, which follows the size of text the person chose.
func lineHeight() float32 { return widgets.NewLabel("Ag").MinSize().Height }

// rowHeight makes room for three lines and air.
func rowHeight() float32 { return 3*lineHeight() + 3*widgets.Unit }

func (r *row) show(id storage.MessageID, v rowView) {
	if r.id != id {
		r.hot, r.armed = noAction, noAction
	}
	r.id, r.view = id, v
	r.Refresh()
}

// MouseIn implements desktop.Hoverable.
func (r *row) MouseIn(ev *desktop.MouseEvent) {
	r.hovered = true
	r.hot = r.actionAt(ev.Position)
	r.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (r *row) MouseMoved(ev *desktop.MouseEvent) {
	if hot := r.actionAt(ev.Position); hot != r.hot {
		r.hot = hot
		r.events.hint(r.actionName(hot), r.actionIcon(hot))
		r.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (r *row) MouseOut() {
	r.hovered, r.hot = false, noAction
	r.events.hint("", nil)
	r.Refresh()
}

// MouseDown implements desktop.Mouseable.
func (r *row) MouseDown(ev *desktop.MouseEvent) {
	if ev.Button != desktop.MouseButtonPrimary {
		return
	}
	if r.armed = r.actionAt(ev.Position); r.armed == noAction {
		r.events.pressed(r.id, ev.Modifier)
	}
}

// MouseUp implements desktop.Mouseable.
func (r *row) MouseUp(ev *desktop.MouseEvent) {
	if ev.Button != desktop.MouseButtonPrimary {
		return
	}
	armed := r.armed
	r.armed = noAction
	switch {
	case armed == noAction:
		r.events.released(r.id, ev.Modifier)
	case armed == r.actionAt(ev.Position):
		r.events.act(r.id, armed)
	}
}

// DoubleTapped implements fyne.DoubleTappable.
func (r *row) DoubleTapped(ev *fyne.PointEvent) {
	if r.actionAt(ev.Position) == noAction {
		r.events.activated(r.id)
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (r *row) TappedSecondary(ev *fyne.PointEvent) { r.events.menu(r.id, ev.AbsolutePosition) }

// Dragged implements fyne.Draggable.
func (r *row) Dragged(ev *fyne.DragEvent) {
	if r.armed == noAction {
		r.events.dragged(r.id, ev.AbsolutePosition)
	}
}

// DragEnd implements fyne.Draggable.
func (r *row) DragEnd() { r.events.dropped() }

func (r *row) actionAt(at fyne.Position) rowAction {
	for i, icon := range r.actions {
		if r.hovered && within(at, icon, (actionSide-18)/2) {
			return actArchive + rowAction(i)
		}
	}
	if within(at, r.star, 6) {
		return actStar
	}
	return noAction
}

func within(at fyne.Position, o fyne.CanvasObject, slack float32) bool {
	p, s := o.Position(), o.Size()
	return at.X >= p.X-slack && at.X < p.X+s.Width+slack && at.Y >= p.Y-slack && at.Y < p.Y+s.Height+slack
}

func (r *row) actionIcon(a rowAction) fyne.CanvasObject {
	switch a {
	case actArchive, actDelete, actRead:
		return r.actions[a-actArchive]
	case actStar:
		return r.star
	}
	return r
}

func (r *row) actionName(a rowAction) string {
	switch a {
	case actArchive:
		return l10n.T("action.archive")
	case actDelete:
		return l10n.T("action.delete")
	case actRead:
		if r.view.unread {
			return l10n.T("action.markRead")
		}
		return l10n.T("action.markUnread")
	case actStar:
		if r.view.starred {
			return l10n.T("action.unstar")
		}
		return l10n.T("action.star")
	}
	return ""
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	x := &rowRenderer{r: r}
	x.objects = []fyne.CanvasObject{
		r.plate, r.line, r.bar, r.dot, r.sender, r.time, r.subject, r.preview, r.replied, r.star, r.clip, r.glow,
		r.actions[0], r.actions[1], r.actions[2],
	}
	x.paint()
	return x
}

type rowRenderer struct {
	r       *row
	objects []fyne.CanvasObject
}

func (x *rowRenderer) Destroy()                     {}
func (x *rowRenderer) MinSize() fyne.Size           { return fyne.NewSize(120, rowHeight()) }
func (x *rowRenderer) Objects() []fyne.CanvasObject { return x.objects }

func (x *rowRenderer) Layout(s fyne.Size) {
	r := x.r
	put := func(o fyne.CanvasObject, left, top, w, h float32) {
		if l10n.RTL() {
			left = s.Width - left - w
		}
		o.Move(fyne.NewPos(left, top))
		o.Resize(fyne.NewSize(max(0, w), h))
	}
	h := lineHeight()
	y1 := rowEdge - 1
	y2, y3 := y1+h, y1+2*h
	end := s.Width - rowEnd
	put(r.plate, 0, 0, s.Width, s.Height)
	put(r.bar, 0, 0, 3, s.Height)
	put(r.line, rowText, s.Height-1, s.Width-rowText, 1)
	put(r.dot, widgets.Unit, y1+(h-dotSide)/2, dotSide, dotSide)

	timeW := min(r.time.NaturalWidth()+1, s.Width/2)
	lineEnd := end - timeW - widgets.Unit
	if r.hovered {
		lineEnd = end - 3*actionSide - widgets.Unit
	}
	put(r.sender, rowText, y1, lineEnd-rowText, h)
	put(r.time, end-timeW, y1+(h-r.time.MinSize().Height)/2, timeW, r.time.MinSize().Height)
	for i, icon := range r.actions {
		put(icon, end-float32(3-i)*actionSide+(actionSide-18)/2+5, y1+(h-18)/2, 18, 18)
	}
	textEnd := end - markSize - widgets.Unit
	start := rowText
	if r.view.answered || r.view.forwarded {
		put(r.replied, start, y2+(h-14)/2, 14, 14)
		start += 14 + 6
	}
	subjectEnd, previewEnd := textEnd, textEnd
	if !r.view.starred && !r.hovered {
		subjectEnd = end
	}
	if !r.view.files {
		previewEnd = end
	}
	put(r.subject, start, y2, subjectEnd-start, h)
	put(r.preview, rowText, y3, previewEnd-rowText, h)
	put(r.star, end-markSize, y2+(h-markSize)/2, markSize, markSize)
	put(r.clip, end-markSize, y3+(h-markSize)/2, markSize, markSize)
	if i := int(r.hot - actArchive); r.hot != noAction && r.hot != actStar {
		at := r.actions[i].Position()
		r.glow.Move(at.SubtractXY((actionSide-18)/2, (actionSide-18)/2))
		r.glow.Resize(fyne.NewSquareSize(actionSide))
	} else {
		r.glow.Resize(fyne.Size{})
	}
}

func (x *rowRenderer) Refresh() {
	x.paint()
	x.Layout(x.r.Size())
	canvas.Refresh(x.r)
}

func (x *rowRenderer) paint() {
	r, v := x.r, &x.r.view
	set := func(l *widgets.Label, text string, bold bool, tone widgets.Tone) {
		style := l.Style()
		if style.Bold != bold || style.Tone != tone {
			style.Bold, style.Tone = bold, tone
			l.SetStyle(style)
		}
		l.SetText(text)
		l.Refresh()
	}
	subjectTone := widgets.Normal
	subject := v.subject
	if v.known && strings.TrimSpace(subject) == "" {
		subject, subjectTone = l10n.T("message.noSubject"), widgets.Secondary
	}
	set(r.sender, v.sender, v.unread, widgets.Normal)
	set(r.subject, subject, v.unread, subjectTone)
	style := r.subject.Style()
	style.Dir = controls.SubjectDirection(subject)
	r.subject.SetStyle(style)
	set(r.preview, v.preview, false, widgets.Secondary)
	timeTone := widgets.Secondary
	if v.unread {
		timeTone = widgets.Accent
	}
	set(r.time, v.time, false, timeTone)
	x.marks()

	fill := color.Color(color.Transparent)
	if r.hovered {
		fill = widgets.Color(widgets.ColorRowHover)
	}
	if v.chosen {
		fill = widgets.Color(widgets.ColorRowSelected)
	}
	r.plate.FillColor = fill
	r.line.FillColor = widgets.Color(widgets.ColorHairline)
	r.bar.FillColor, r.dot.FillColor = color.Transparent, color.Transparent
	if v.atKey {
		r.bar.FillColor = widgets.Color(widgets.ColorAccent)
	}
	if v.unread {
		r.dot.FillColor = widgets.Color(widgets.ColorAccent)
	}
	r.glow.FillColor = widgets.Color(widgets.ColorHairline)
	for _, o := range []fyne.CanvasObject{r.plate, r.line, r.bar, r.dot, r.glow} {
		o.Refresh()
	}
}

// marks sets the little drawings of a row.
func (x *rowRenderer) marks() {
	r, v := x.r, &x.r.view
	star, starTone := controls.GlyphNone, widgets.Secondary
	switch {
	case v.starred:
		star = controls.StarFilled
	case r.hovered && v.known:
		star = controls.Star
	}
	if r.hot == actStar {
		starTone = widgets.Normal
	}
	r.star.Set(star, starTone)
	clip := controls.GlyphNone
	if v.files {
		clip = controls.Clip
	}
	r.clip.Set(clip, widgets.Secondary)
	replied := controls.GlyphNone
	if v.answered {
		replied = controls.Reply
	} else if v.forwarded {
		replied = controls.Forward
	}
	r.replied.Set(replied, widgets.Secondary)

	read := controls.Unread
	if v.unread {
		read = controls.Read
	}
	for i, g := range []controls.Glyph{controls.Archive, controls.Trash, read} {
		tone := widgets.Secondary
		if r.hot == actArchive+rowAction(i) {
			tone = widgets.Normal
		}
		if r.hovered && v.known {
			r.actions[i].Set(g, tone)
		} else {
			r.actions[i].Set(controls.GlyphNone, tone)
		}
	}
	if r.hovered && v.known {
		r.time.Hide()
	} else {
		r.time.Show()
	}
}
