package mailbox

import (
	"context"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// folderPane is the side of the window: the button to write, and the folders.
type folderPane struct {
	w      *Window
	list   *controls.List
	object fyne.CanvasObject
	reads  latest[struct{}]

	tree folderTree
	// shown are the rows without those of folded accounts.
	shown  []folderRow
	folded map[storage.AccountID]bool
	marked Scope
	// over is the row that something is dragged over, -1 for none.
	over int
}

func newFolderPane(w *Window) *folderPane {
	p := &folderPane{w: w, reads: newLatest[struct{}](), folded: map[storage.AccountID]bool{}, over: -1}
	p.list = controls.NewList(folderHeight())
	p.list.Length = func() int { return len(p.shown) }
	p.list.Create = func() fyne.CanvasObject { return newFolderLine(p) }
	p.list.Update = func(i int, o fyne.CanvasObject) { p.fill(i, o.(*folderLine)) }
	p.list.OnKey = p.key
	p.list.OnRune = w.typed
	compose := controls.NewButton(controls.Primary, controls.Compose, l10n.T("action.compose"), w.Compose)
	head := controls.Inset(widgets.Unit, widgets.Unit, 1.5*widgets.Unit, 1.5*widgets.Unit, compose)
	p.object = container.NewBorder(head, nil, nil, nil, p.list)
	return p
}

func folderHeight() float32 { return max(4*widgets.Unit, lineHeight()+1.25*widgets.Unit) }

// run reads the folders whenever asked, until the context ends.
func (p *folderPane) run(ctx context.Context) {
	p.reads.serve(ctx, func(ctx context.Context, _ struct{}) {
		var tree folderTree
		err := p.w.o.Store.View(func(tx *storage.Tx) (err error) {
			tree, err = readFolders(tx)
			return err
		})
		if ctx.Err() != nil {
			return
		}
		p.w.o.Do(func() { p.replace(tree, err) })
	})
}

func (p *folderPane) reload() { p.reads.ask(struct{}{}) }

func (p *folderPane) replace(tree folderTree, err error) {
	if err != nil {
		p.w.fail(l10n.T("failed.folders"), err)
		return
	}
	p.tree = tree
	p.arrange()
	p.w.foldersChanged()
}

func (p *folderPane) arrange() {
	p.shown = p.shown[:0]
	for _, r := range p.tree.rows {
		if r.heading || r.account == 0 || !p.folded[r.account] {
			p.shown = append(p.shown, r)
		}
	}
	p.list.Reload()
}

// mark shows which list is on the screen.
func (p *folderPane) mark(s Scope) {
	p.marked = s
	p.list.RefreshVisible()
}

func (p *folderPane) fill(i int, l *folderLine) {
	if i < len(p.shown) {
		r := p.shown[i]
		l.show(r, r.selectable && !r.outbox && r.scope == p.marked, i == p.over, p.folded[r.account])
	}
}

func (p *folderPane) tapped(r folderRow) {
	switch {
	case r.heading && r.account != 0:
		p.folded[r.account] = !p.folded[r.account]
		p.arrange()
	case r.outbox:
		p.w.o.Hooks.Outbox()
	case r.selectable:
		p.w.Show(r.scope)
	}
}

func (p *folderPane) key(ev *fyne.KeyEvent, mod fyne.KeyModifier) bool {
	by := 0
	switch ev.Name {
	case fyne.KeyUp:
		by = -1
	case fyne.KeyDown:
		by = 1
	case fyne.KeyReturn, fyne.KeyRight, fyne.KeyLeft:
		controls.Focus(p.w.list.list)
		return true
	default:
		return p.w.key(ev, mod)
	}
	at := -1
	for i, r := range p.shown {
		if r.selectable && !r.outbox && r.scope == p.marked {
			at = i
		}
	}
	for i := at + by; i >= 0 && i < len(p.shown); i += by {
		if r := p.shown[i]; r.selectable && !r.outbox {
			p.w.Show(r.scope)
			p.list.ScrollTo(i)
			break
		}
	}
	return true
}

// target lights the folder under the pointer while messages of an account are dragged.
func (p *folderPane) target(at fyne.Position, account storage.AccountID) {
	over := -1
	from, to := p.list.VisibleRange()
	for i := from; i < to && i < len(p.shown); i++ {
		o := p.list.Row(i)
		if o == nil || !p.shown[i].takesDrop() || p.shown[i].account != account {
			continue
		}
		if within(at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(o)).Add(o.Position()), o, 0) {
			over = i
		}
	}
	if over != p.over {
		p.over = over
		p.list.RefreshVisible()
	}
}

// endTarget gives the folder that was under the pointer at the end.
func (p *folderPane) endTarget() (storage.MailboxID, bool) {
	over := p.over
	p.over = -1
	p.list.RefreshVisible()
	if over < 0 || over >= len(p.shown) {
		return 0, false
	}
	return p.shown[over].scope.Mailbox, true
}

func (r *folderRow) takesDrop() bool { return r.scope.Kind == OneMailbox && r.selectable }

func (p *folderPane) menu(r folderRow, at fyne.Position) {
	item := func(text string, do func()) *fyne.MenuItem { return fyne.NewMenuItem(text, do) }
	var items []*fyne.MenuItem
	switch {
	case r.heading && r.account != 0:
		items = append(items,
			item(l10n.V("action.check"), func() { p.w.o.Changer.CheckNow(r.account) }),
			item(l10n.V("folder.new"), func() { p.w.newFolder(r) }),
			item(l10n.V("action.accountSettings"), func() { p.w.o.Hooks.Settings(r.account) }))
	case r.takesDrop():
		if r.count > 0 {
			items = append(items, item(l10n.V("folder.markAllRead"), func() { p.w.markAllRead(r) }))
		}
		items = append(items, item(l10n.V("folder.newInside"), func() { p.w.newFolder(r) }))
		switch r.role {
		case storage.RoleNone:
			items = append(items,
				item(l10n.V("folder.rename"), func() { p.w.renameFolder(r) }),
				item(l10n.V("folder.delete"), func() { p.w.deleteFolder(r) }))
		case storage.RoleTrash, storage.RoleJunk:
			items = append(items, item(l10n.V("folder.emptyIt"), func() { p.w.emptyFolder(r) }))
		}
	}
	controls.ShowMenu(p.list, at, items...)
}

// folderLine shows one row of the folder pane.
type folderLine struct {
	widget.BaseWidget
	pane    *folderPane
	row     folderRow
	marked  bool
	target  bool
	folded  bool
	hovered bool

	plate *canvas.Rectangle
	icon  *controls.Icon
	name  *widgets.Label
	count *widgets.Label
}

func newFolderLine(p *folderPane) *folderLine {
	l := &folderLine{
		pane: p, plate: canvas.NewRectangle(color.Transparent), icon: controls.NewIcon(controls.GlyphNone, widgets.Secondary, 18),
		name:  widgets.NewLabel("", widgets.TextStyle{Shrink: true}),
		count: widgets.NewLabel("", widgets.TextStyle{Shrink: true, Size: 0.9, Tone: widgets.Secondary, Align: widgets.End}),
	}
	l.plate.CornerRadius = 6
	l.ExtendBaseWidget(l)
	return l
}

func (l *folderLine) show(r folderRow, marked, target, folded bool) {
	l.row, l.marked, l.target, l.folded = r, marked, target, folded
	l.Refresh()
}

// Tapped implements fyne.Tappable.
func (l *folderLine) Tapped(*fyne.PointEvent) { l.pane.tapped(l.row) }

// TappedSecondary implements fyne.SecondaryTappable.
func (l *folderLine) TappedSecondary(ev *fyne.PointEvent) { l.pane.menu(l.row, ev.AbsolutePosition) }

// MouseIn implements desktop.Hoverable.
func (l *folderLine) MouseIn(*desktop.MouseEvent) {
	l.hovered = true
	if l.row.trouble != "" {
		l.pane.w.layer.Hint(bidi.Clean(l.row.trouble), l)
	} else if l.name.Truncated() {
		l.pane.w.layer.Hint(l.row.name, l)
	}
	l.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (l *folderLine) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (l *folderLine) MouseOut() {
	l.hovered = false
	l.pane.w.layer.EndHint()
	l.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (l *folderLine) CreateRenderer() fyne.WidgetRenderer {
	r := &folderLineRenderer{l}
	r.paint()
	return r
}

type folderLineRenderer struct{ l *folderLine }

func (r *folderLineRenderer) Destroy()           {}
func (r *folderLineRenderer) MinSize() fyne.Size { return fyne.NewSize(80, folderHeight()) }

func (r *folderLineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.l.plate, r.l.icon, r.l.name, r.l.count}
}

func (r *folderLineRenderer) Layout(s fyne.Size) {
	l := r.l
	put := func(o fyne.CanvasObject, left, top, w, h float32) {
		if l10n.RTL() {
			left = s.Width - left - w
		}
		o.Move(fyne.NewPos(left, top))
		o.Resize(fyne.NewSize(max(0, w), h))
	}
	put(l.plate, widgets.Unit, 1, s.Width-2*widgets.Unit, s.Height-2)
	nameH, countH := l.name.MinSize().Height, l.count.MinSize().Height
	countW := float32(0)
	if l.count.Text() != "" {
		countW = l.count.NaturalWidth() + 1
	}
	end := s.Width - 2*widgets.Unit
	put(l.count, end-countW, (s.Height-countH)/2, countW, countH)
	if l.row.heading {
		put(l.name, 2*widgets.Unit, s.Height-nameH-5, end-2*widgets.Unit-20, nameH)
		put(l.icon, end-16, s.Height-nameH-5+(nameH-16)/2, 16, 16)
		return
	}
	x := 2*widgets.Unit + float32(l.row.indent)*1.5*widgets.Unit
	put(l.icon, x, (s.Height-18)/2, 18, 18)
	x += 18 + 1.25*widgets.Unit
	put(l.name, x, (s.Height-nameH)/2, end-countW-widgets.Unit-x, nameH)
}

func (r *folderLineRenderer) Refresh() {
	r.paint()
	r.Layout(r.l.Size())
	canvas.Refresh(r.l)
}

func (r *folderLineRenderer) paint() {
	l := r.l
	row := &l.row
	tone, iconTone, bold := widgets.Normal, widgets.Secondary, row.strong && row.count > 0
	glyph := row.glyph
	fill := color.Color(color.Transparent)
	if l.hovered && row.selectable {
		fill = widgets.Color(widgets.ColorRowHover)
	}
	if l.marked {
		fill, iconTone = widgets.Color(widgets.ColorRowSelected), widgets.Accent
	}
	if l.target {
		fill, tone, iconTone = widgets.Color(widgets.ColorAccent), widgets.OnAccent, widgets.OnAccent
	}
	size := float32(0)
	if row.heading {
		tone, bold, size = widgets.Secondary, false, 0.9
		glyph = controls.GlyphNone
		switch {
		case row.trouble != "":
			glyph, iconTone = controls.Warning, widgets.Warning
		case row.account != 0 && l.folded:
			glyph = controls.ChevronOnward
		case row.account != 0 && l.hovered:
			glyph = controls.ChevronDown
		}
	} else if row.trouble != "" {
		iconTone = widgets.Warning
	} else if !row.selectable {
		tone = widgets.Secondary
	}
	l.plate.FillColor = fill
	l.plate.Refresh()
	l.icon.Set(glyph, iconTone)
	l.name.SetStyle(widgets.TextStyle{Shrink: true, Bold: bold, Tone: tone, Size: size})
	l.name.SetText(row.name)
	count := ""
	if row.count > 0 {
		count = l10n.Number(row.count)
	}
	countTone := widgets.Secondary
	if l.target {
		countTone = widgets.OnAccent
	} else if bold {
		countTone = widgets.Accent
	}
	l.count.SetStyle(widgets.TextStyle{Shrink: true, Size: 0.9, Tone: countTone, Bold: bold, Align: widgets.End})
	l.count.SetText(count)
}
