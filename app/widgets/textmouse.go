package widgets

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/l10n"
)

// clicks counts presses at one spot: two choose a word, three a paragraph. Waiting for the toolkit's DoubleTapped would
// hold back every single click.
type clicks struct {
	count   int
	last    time.Time
	at      fyne.Position
	pressed string     // link under the press
	span    [2]int     // what the press chose, which dragging extends
	place   bidi.Place // where the press was
	dragged bool
}

const (
	clickDelay  = 400 * time.Millisecond
	clickRadius = 4
)

func (c *clicks) press(at fyne.Position, now time.Time) {
	near := at.X-c.at.X < clickRadius && c.at.X-at.X < clickRadius && at.Y-c.at.Y < clickRadius && c.at.Y-at.Y < clickRadius
	if near && now.Sub(c.last) < clickDelay {
		c.count = c.count%3 + 1
	} else {
		c.count = 1
	}
	c.at, c.last, c.dragged = at, now, false
}

// MouseDown implements desktop.Mouseable.
func (b *textBase) MouseDown(e *desktop.MouseEvent) {
	b.takeFocus()
	x, y := b.toColumn(e.Position)
	place := b.doc.Hit(x, y)
	b.history.close()
	b.wantX = -1
	if e.Button == desktop.MouseButtonSecondary {
		if from, to := b.selection(); place.Rune < from || place.Rune > to || from == to {
			b.anchor, b.at = place, place
			b.Refresh()
		}
		return
	}
	b.clicks.press(e.Position, b.now())
	b.clicks.pressed, b.clicks.place = b.linkAt(e.Position), place
	if e.Modifier&fyne.KeyModifierShift != 0 {
		b.clicks.span = [2]int{b.anchor.Rune, b.anchor.Rune}
		b.at = place
		b.Refresh()
		return
	}
	from, to := b.chosen(place)
	b.clicks.span = [2]int{from, to}
	if from == to {
		b.anchor, b.at = place, place
	} else {
		b.anchor, b.at = bidi.Place{Rune: from}, bidi.Place{Rune: to, Upstream: true}
	}
	b.showCaret()
	b.Refresh()
}

// chosen returns what the number of clicks chooses at a place.
func (b *textBase) chosen(p bidi.Place) (from, to int) {
	switch {
	case b.clicks.count == 2 && b.masked:
		return 0, b.doc.Len()
	case b.clicks.count == 2:
		at := p.Rune
		if p.Upstream && at > 0 {
			at--
		}
		return b.doc.Word(at)
	case b.clicks.count == 3:
		return b.doc.Paragraph(p.Rune)
	}
	return p.Rune, p.Rune
}

// MouseUp implements desktop.Mouseable.
func (b *textBase) MouseUp(e *desktop.MouseEvent) {
	link := b.clicks.pressed
	b.clicks.pressed = ""
	if e.Button == desktop.MouseButtonPrimary && link != "" && !b.clicks.dragged && link == b.linkAt(e.Position) && b.onLink != nil {
		b.onLink(link)
	}
}

// Dragged implements fyne.Draggable: it extends the selection by what the first press chose by.
func (b *textBase) Dragged(e *fyne.DragEvent) {
	b.clicks.dragged = true
	if !b.oneLine {
		switch edge := Unit; {
		case e.Position.Y < edge:
			b.scroll.Y -= edge * 2
		case e.Position.Y > b.Size().Height-edge:
			b.scroll.Y += edge * 2
		}
		b.clampScroll()
	}
	x, y := b.toColumn(e.Position)
	place := b.doc.Hit(x, y)
	from, to := b.chosen(place)
	switch span := b.clicks.span; {
	case span[0] == span[1]:
		b.at = place
	case from < span[0]:
		b.anchor, b.at = bidi.Place{Rune: span[1], Upstream: true}, bidi.Place{Rune: from}
	default:
		b.anchor, b.at = bidi.Place{Rune: span[0]}, bidi.Place{Rune: max(to, span[1]), Upstream: true}
	}
	if b.oneLine {
		b.reveal()
	}
	b.Refresh()
}

// DragEnd implements fyne.Draggable.
func (b *textBase) DragEnd() {}

// Scrolled implements fyne.Scrollable.
func (b *textBase) Scrolled(e *fyne.ScrollEvent) {
	if b.oneLine {
		b.scroll.X -= e.Scrolled.DX
		b.clampScroll()
		b.Refresh()
		return
	}
	b.ScrollBy(-e.Scrolled.DY)
}

// ScrollBy moves the view by units, downwards when positive. It tells whether anything moved.
func (b *textBase) ScrollBy(dy float32) bool {
	before := b.scroll.Y
	b.scroll.Y += dy
	b.clampScroll()
	if b.scroll.Y == before {
		return false
	}
	b.Refresh()
	return true
}

// linkAt returns the link under a position.
func (b *textBase) linkAt(p fyne.Position) string {
	if len(b.links) == 0 {
		return ""
	}
	x, y := b.toColumn(p)
	r := b.doc.RuneAt(x, y)
	if r < 0 {
		return ""
	}
	for _, s := range b.links[firstSpan(b.links, r):] {
		if s.Start > r {
			break
		}
		if r < s.End && s.Link != "" {
			return s.Link
		}
	}
	return ""
}

// MouseIn implements desktop.Hoverable.
func (b *textBase) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (b *textBase) MouseMoved(e *desktop.MouseEvent) { b.hover(b.linkAt(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (b *textBase) MouseOut() { b.hover("") }

func (b *textBase) hover(link string) {
	if link == b.hovered {
		return
	}
	b.hovered = link
	if b.onLinkHover != nil {
		b.onLinkHover(link)
	}
}

// Cursor implements desktop.Cursorable.
func (b *textBase) Cursor() desktop.Cursor {
	switch {
	case b.disabled:
		return desktop.DefaultCursor
	case b.hovered != "":
		return desktop.PointerCursor
	}
	return desktop.TextCursor
}

// TappedSecondary implements fyne.SecondaryTappable. The menu opens here and not on the press, whose release would
// close it again.
func (b *textBase) TappedSecondary(e *fyne.PointEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(b.self)
	if c == nil {
		return
	}
	from, to := b.selection()
	item := func(text string, on bool, do func()) *fyne.MenuItem {
		m := fyne.NewMenuItem(text, do)
		m.Disabled = !on
		return m
	}
	some := from != to && !b.masked
	var items []*fyne.MenuItem
	if b.editable && !b.disabled {
		items = append(
			items,
			item(l10n.V("edit.undo"), len(b.history.done) > 0, b.Undo),
			item(l10n.V("edit.redo"), len(b.history.undone) > 0, b.Redo),
			fyne.NewMenuItemSeparator(),
			item(l10n.V("edit.cut"), some, b.cut),
			item(l10n.V("edit.copy"), some, b.Copy),
			item(l10n.V("edit.paste"), fyne.CurrentApp().Clipboard().Content() != "", b.paste),
		)
	} else {
		items = append(items, item(l10n.V("edit.copy"), some, b.Copy))
	}
	if link := b.linkAt(e.Position); link != "" {
		items = append(items, item(l10n.V("edit.copyLink"), true, func() { fyne.CurrentApp().Clipboard().SetContent(link) }))
	}
	items = append(items, fyne.NewMenuItemSeparator(), item(l10n.V("edit.selectAll"), b.doc.Len() > 0, b.SelectAll))
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, e.AbsolutePosition)
}
