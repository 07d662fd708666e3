package mailbox

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// searchPause is how long typing must rest before a search starts.
const searchPause = 250 * time.Millisecond

// listPane is the middle of the window: search, filters and the list.
type listPane struct {
	w      *Window
	m      *messages
	list   *controls.List
	search *widgets.Field
	empty  *fyne.Container
	count  *widgets.Label
	tabs   []*controls.Button
	object fyne.CanvasObject

	// before is the list that a search was started from.
	before      Scope
	searchTimer *time.Timer
	dragging    []storage.MessageID
	pressedOn   storage.MessageID
}

func newListPane(w *Window, m *messages) *listPane {
	p := &listPane{w: w, m: m, count: widgets.NewLabel("", widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9, Align: widgets.End})}
	p.list = controls.NewList(rowHeight())
	p.list.Length = func() int { return len(m.snap.entries) }
	p.list.Create = func() fyne.CanvasObject { return newRow(p) }
	p.list.Update = func(i int, o fyne.CanvasObject) { p.fill(i, o.(*row)) }
	p.list.OnVisible = m.visible
	p.list.OnKey = w.key
	p.list.OnRune = w.typed
	p.list.OnFocus = func(bool) { p.list.RefreshVisible() }
	p.empty = container.NewStack()
	m.onList = p.listChanged
	m.onRows = p.list.RefreshVisible

	head := controls.Inset(widgets.Unit, 0, 1.5*widgets.Unit, widgets.Unit,
		widgets.Border(nil, nil, nil, p.tools(), p.searchField()))
	bar := controls.Inset(4, 4, widgets.Unit, 2*widgets.Unit,
		widgets.Border(nil, nil, p.filters(), nil, controls.Middle(p.count)))
	top := container.NewVBox(head, bar, widgets.HLine())
	p.object = container.NewBorder(top, nil, nil, nil, p.list, p.empty)
	return p
}

func (p *listPane) searchField() fyne.CanvasObject {
	p.search = widgets.NewField()
	p.search.SetPlaceholder(l10n.T("list.search"))
	p.search.OnChanged = p.searchTyped
	p.search.OnSubmitted = func(string) { controls.Focus(p.list) }
	p.search.OnKey = func(ev *fyne.KeyEvent) bool {
		switch ev.Name {
		case fyne.KeyEscape:
			p.endSearch()
			return true
		case fyne.KeyDown:
			controls.Focus(p.list)
			return true
		}
		return false
	}
	return p.search
}

func (p *listPane) tools() fyne.CanvasObject {
	refresh := controls.NewIconButton(controls.Refresh, l10n.T("action.check"), p.w.layer, p.w.Check)
	more := controls.NewIconButton(controls.More, l10n.T("action.more"), p.w.layer, nil)
	more.OnTapped = func() { controls.ShowMenuUnder(more, p.w.programMenu()...) }
	return widgets.HBox(refresh, more)
}

func (p *listPane) filters() fyne.CanvasObject {
	make := func(f Filter, text string, g controls.Glyph, hint string) *controls.Button {
		var b *controls.Button
		if text != "" {
			b = controls.NewButton(controls.Quiet, controls.GlyphNone, text, nil)
		} else {
			b = controls.NewIconButton(g, hint, p.w.layer, nil)
		}
		b.OnTapped = func() { p.setFilter(f) }
		return b
	}
	p.tabs = []*controls.Button{
		make(Everything, l10n.T("filter.all"), controls.GlyphNone, ""),
		make(OnlyUnread, l10n.T("filter.unread"), controls.GlyphNone, ""),
		make(OnlyStarred, "", controls.Star, l10n.T("filter.starred")),
		make(OnlyWithFiles, "", controls.Clip, l10n.T("filter.attachments")),
	}
	p.tabs[Everything].SetSelected(true)
	return widgets.HBox(p.tabs[0], p.tabs[1], p.tabs[2], p.tabs[3])
}

func (p *listPane) setFilter(f Filter) {
	for i, b := range p.tabs {
		b.SetSelected(Filter(i) == f)
	}
	p.m.setFilter(f)
	p.list.ScrollToTop()
	controls.Focus(p.list)
}

// show turns to another list, with the filter taken off.
func (p *listPane) show(s Scope) {
	if s.Kind != Found {
		p.stopSearchTimer()
		p.search.SetText("")
	}
	for i, b := range p.tabs {
		b.SetSelected(Filter(i) == Everything)
	}
	p.m.filter = Everything
	p.m.show(s)
	p.list.ScrollToTop()
	p.w.selectionChanged(false)
}

func (p *listPane) searchTyped(text string) {
	p.stopSearchTimer()
	if strings.TrimSpace(text) == "" {
		if p.m.scope.Kind == Found {
			p.w.Show(p.before)
		}
		return
	}
	p.searchTimer = time.AfterFunc(searchPause, func() {
		p.w.o.Do(func() { p.find(strings.TrimSpace(p.search.Text())) })
	})
}

func (p *listPane) stopSearchTimer() {
	if p.searchTimer != nil {
		p.searchTimer.Stop()
		p.searchTimer = nil
	}
}

func (p *listPane) find(query string) {
	if query == "" {
		return
	}
	if p.m.scope.Kind != Found {
		p.before = p.m.scope
	}
	p.show(Scope{Kind: Found, Query: query})
	p.w.folders.mark(Scope{})
}

func (p *listPane) endSearch() {
	p.stopSearchTimer()
	p.search.SetText("")
	if p.m.scope.Kind == Found {
		p.w.Show(p.before)
	}
	controls.Focus(p.list)
}

// listChanged shows a new list.
func (p *listPane) listChanged(old *snapshot, cursorMoved bool) {
	m := p.m
	p.list.Reload()
	switch {
	case old.scope != m.snap.scope || old.filter != m.snap.filter:
		p.list.ScrollToTop()
	case cursorMoved:
		p.list.ScrollTo(m.snap.index[m.sel.cursor])
	}
	p.updateCount()
	p.updateEmpty()
	if cursorMoved {
		p.w.selectionChanged(true)
	}
}

func (p *listPane) updateCount() {
	text := ""
	switch n := p.m.sel.len(); {
	case n > 1:
		text = l10n.T("list.selected", "count", n)
	case p.m.snap.total > 0:
		text = l10n.T("list.total", "count", len(p.m.snap.entries))
	}
	p.count.SetText(text)
}

// updateEmpty says why a list is empty.
func (p *listPane) updateEmpty() {
	s := p.m.snap
	p.empty.RemoveAll()
	switch {
	case s.err != nil:
		again := controls.NewButton(controls.Outlined, controls.GlyphNone, l10n.T("action.tryAgain"), p.m.reload)
		p.empty.Add(controls.Blank(controls.Warning, l10n.T("list.failed"), s.err.Error(), again))
	case len(s.entries) > 0 || s.scope.Kind == Nothing:
	case p.m.searching():
		p.empty.Add(controls.Working(l10n.T("list.searching")))
	case s.scope.Kind == Found:
		p.empty.Add(controls.Blank(controls.Search, l10n.T("list.nothingFound"), l10n.T("list.nothingFoundHint"), nil))
	case s.filter != Everything:
		all := controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("list.showAll"), func() { p.setFilter(Everything) })
		p.empty.Add(controls.Blank(controls.GlyphNone, l10n.T("list.nothingFiltered"), "", all))
	default:
		row, _ := p.w.folders.tree.find(s.scope)
		p.empty.Add(controls.Blank(row.glyph, emptyTitle(row.role), "", nil))
	}
	p.empty.Refresh()
}

func emptyTitle(role storage.Role) string {
	switch role {
	case storage.RoleInbox:
		return l10n.T("list.emptyInbox")
	case storage.RoleDrafts:
		return l10n.T("list.emptyDrafts")
	case storage.RoleTrash:
		return l10n.T("list.emptyTrash")
	}
	return l10n.T("list.empty")
}

// fill shows a message in a row.
func (p *listPane) fill(i int, r *row) {
	if i >= len(p.m.snap.entries) {
		return
	}
	e := p.m.snap.entries[i]
	v := rowView{
		unread: !e.Flags.Has(storage.Seen), starred: e.Flags.Has(storage.Flagged), files: e.Attachments > 0,
		answered: e.Flags.Has(storage.Answered), forwarded: e.Flags.Has(storage.Forwarded),
		chosen: p.m.sel.has(e.ID), atKey: p.m.sel.cursor == e.ID && p.m.sel.has(e.ID),
		time: l10n.Relative(time.Unix(e.Date, 0), p.w.o.Now()),
	}
	if m := p.m.row(e.ID); m != nil {
		v.known = true
		v.subject, v.preview = m.Subject, m.Preview
		v.sender = p.partner(m)
	}
	r.show(e.ID, v)
}

// partner is whom a message is with: the sender, in folders of the person's own mail the recipients.
func (p *listPane) partner(m *storage.Message) string {
	role, _ := p.w.roleOf(m.Mailbox)
	if role == storage.RoleSent || role == storage.RoleDrafts {
		var names []string
		for _, a := range m.To {
			names = append(names, displayName(a.Name, a.Address))
		}
		if len(names) == 0 {
			return l10n.T("message.noRecipient")
		}
		return l10n.T("list.to", "names", strings.Join(names, l10n.T("list.comma")))
	}
	if len(m.From) == 0 {
		return l10n.T("message.noSender")
	}
	return displayName(m.From[0].Name, m.From[0].Address)
}

func displayName(name, address string) string {
	if name = strings.TrimSpace(name); name != "" {
		return name
	}
	return address
}

// The list's rows tell of the mouse.

func (p *listPane) pressed(id storage.MessageID, mod fyne.KeyModifier) {
	controls.Focus(p.list)
	p.pressedOn = id
	switch {
	case mod&fyne.KeyModifierShift != 0:
		p.m.sel.extend(p.m.snap, id)
	case mod&fyne.KeyModifierShortcutDefault != 0:
		p.m.sel.toggle(id)
	case p.m.sel.has(id) && p.m.sel.len() > 1:
		return // it may become a drag of them all; released decides
	default:
		p.m.sel.only(id)
	}
	p.refreshSelection()
	p.w.selectionChanged(true)
}

func (p *listPane) released(id storage.MessageID, mod fyne.KeyModifier) {
	if id == p.pressedOn && mod == 0 && p.dragging == nil && p.m.sel.len() > 1 && p.m.sel.has(id) {
		p.m.sel.only(id)
		p.refreshSelection()
		p.w.selectionChanged(true)
	}
}

func (p *listPane) activated(id storage.MessageID) { p.w.activate(id) }

func (p *listPane) act(id storage.MessageID, a rowAction) {
	ids := []storage.MessageID{id}
	switch a {
	case actArchive:
		p.w.archive(ids)
	case actDelete:
		p.w.remove(ids)
	case actRead:
		p.w.toggleRead(ids)
	case actStar:
		p.w.toggleStar(ids)
	}
}

func (p *listPane) menu(id storage.MessageID, at fyne.Position) {
	if !p.m.sel.has(id) {
		p.m.sel.only(id)
		p.refreshSelection()
		p.w.selectionChanged(true)
	}
	controls.ShowMenu(p.list, at, p.w.messageMenu()...)
}

func (p *listPane) dragged(id storage.MessageID, at fyne.Position) {
	if p.dragging == nil {
		p.dragging = []storage.MessageID{id}
		if p.m.sel.has(id) {
			p.dragging = p.m.sel.sorted(p.m.snap)
		}
	}
	p.w.layer.Ghost(l10n.T("list.dragged", "count", len(p.dragging)), at)
	p.w.folders.target(at, p.w.accountOf(p.dragging))
}

func (p *listPane) dropped() {
	ids := p.dragging
	p.dragging = nil
	p.w.layer.EndGhost()
	if target, ok := p.w.folders.endTarget(); ok && len(ids) > 0 {
		p.w.moveTo(ids, target)
	}
}

func (p *listPane) hint(text string, near fyne.CanvasObject) {
	if text == "" || near == nil {
		p.w.layer.EndHint()
		return
	}
	p.w.layer.Hint(text, near)
}

func (p *listPane) refreshSelection() {
	p.list.RefreshVisible()
	p.updateCount()
}

// move takes the cursor so many rows further, choosing the row, or all on the way while stretching.
func (p *listPane) move(by int, stretch bool) {
	id, ok := p.m.step(by)
	if !ok {
		return
	}
	if stretch {
		p.m.sel.extend(p.m.snap, id)
	} else {
		p.m.sel.only(id)
	}
	p.list.ScrollTo(p.m.snap.index[id])
	p.refreshSelection()
	p.w.selectionChanged(true)
}

// chosen are the messages that an action is for, in the order of the list.
func (p *listPane) chosen() []storage.MessageID {
	return slices.Clip(p.m.sel.sorted(p.m.snap))
}
