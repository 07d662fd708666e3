// Package settings is the window with the program's and the accounts' settings.
package settings

import (
	"context"
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"peyk/accounts"
	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// Engine keeps the accounts.
type Engine interface {
	Accounts() ([]accounts.Account, error)
	// SaveAccount writes an account; a nil password is left as it is.
	SaveAccount(ctx context.Context, a *accounts.Account, incomingPassword, outgoingPassword *string) error
	RemoveAccount(ctx context.Context, id storage.AccountID) error
	// Probe signs in to both servers. An empty password is the stored one.
	Probe(ctx context.Context, a accounts.Account, password string) error
	SetKeep(ctx context.Context, mailbox storage.MailboxID, keep storage.Keep, hidden bool) error
}

// Store is what the window reads from.
type Store interface {
	View(fn func(*storage.Tx) error) error
}

// Preferences are the settings of the program as a whole.
type Preferences struct {
	// Language is a code like "fa"; empty follows the system.
	Language string
	Theme    widgets.Mode
	// TextSize is a factor, 1 is usual.
	TextSize float32
}

// Options is what the window is made from.
type Options struct {
	Engine      Engine
	Store       Store
	Window      fyne.Window
	Preferences Preferences
	// Apply takes new preferences over at once.
	Apply func(Preferences)
	// AddAccount opens the wizard; nil begins an empty form.
	AddAccount func()
	// Do runs a function on the UI goroutine; nil is fyne.Do.
	Do func(func())
}

// View is the content of the settings window.
type View struct {
	o      Options
	side   *controls.List
	page   *fyne.Container
	object fyne.CanvasObject

	list   []accounts.Account
	chosen int // 0 is the program, then the accounts
	form   *form
	ctx    context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup
}

// New makes the window's content and shows an account, or with 0 the program's settings.
func New(o Options, account storage.AccountID) *View {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	v := &View{o: o, page: container.NewStack()}
	v.ctx, v.stop = context.WithCancel(context.Background())
	v.side = controls.NewList(5 * widgets.Unit)
	v.side.Length = func() int { return len(v.list) + 2 }
	v.side.Create = func() fyne.CanvasObject { return newSideRow(v) }
	v.side.Update = func(i int, row fyne.CanvasObject) { v.fillSide(i, row.(*sideRow)) }
	side := controls.Inset(widgets.Unit, widgets.Unit, 0, 0, v.side)
	v.object = controls.NewPanes(
		controls.Pane{Content: side, Width: 27 * widgets.Unit, Least: 20 * widgets.Unit, Surface: widgets.ColorSurface},
		controls.Pane{Content: v.page, Least: 50 * widgets.Unit})
	v.choose(0)
	v.Reload(account)
	return v
}

// Object is what is put into the window.
func (v *View) Object() fyne.CanvasObject { return v.object }

// Close ends what is going on and waits for it.
func (v *View) Close() {
	v.stop()
	v.wg.Wait()
}

// Reload reads the accounts and shows one of them; 0 leaves the page as it is.
func (v *View) Reload(account storage.AccountID) {
	v.work(func(context.Context) error {
		list, err := v.o.Engine.Accounts()
		v.o.Do(func() {
			if err != nil {
				return
			}
			v.list = list
			v.follow(account)
			v.side.Reload()
		})
		return err
	})
}

// follow turns to an account, or keeps to the one that is shown while the list around it changed.
func (v *View) follow(account storage.AccountID) {
	if v.form != nil && account == 0 {
		if v.form.isNew {
			v.chosen = len(v.list) + 1
			return
		}
		for i, a := range v.list {
			if a.ID == v.form.account.ID {
				v.chosen = i + 1
				return
			}
		}
		v.choose(0)
		return
	}
	for i, a := range v.list {
		if a.ID == account {
			v.choose(i + 1)
		}
	}
}

// work runs in the background and shows what goes wrong.
func (v *View) work(do func(ctx context.Context) error) {
	v.wg.Go(func() {
		if err := do(v.ctx); err != nil && v.ctx.Err() == nil {
			v.o.Do(func() { controls.Tell(v.o.Window, l10n.T("failed.title"), bidi.Clean(err.Error())) })
		}
	})
}

func (v *View) fillSide(i int, r *sideRow) {
	switch {
	case i == 0:
		r.show(controls.Settings, l10n.T("settings.program"), v.chosen == 0, func() { v.choose(0) })
	case i <= len(v.list):
		r.show(controls.Person, v.list[i-1].Name, v.chosen == i, func() { v.choose(i) })
	default:
		r.show(controls.Plus, l10n.T("action.addAccount"), v.chosen == i, v.add)
	}
}

func (v *View) choose(i int) {
	v.chosen = i
	v.page.RemoveAll()
	if i == 0 {
		v.form = nil
		v.page.Add(v.programPage())
	} else {
		v.open(v.list[i-1])
	}
	v.page.Refresh()
	v.side.RefreshVisible()
}

func (v *View) open(a accounts.Account) {
	v.form = newForm(v, a)
	v.page.Add(v.form.object)
}

func (v *View) add() {
	if v.o.AddAccount != nil {
		v.o.AddAccount()
		return
	}
	v.chosen = len(v.list) + 1
	v.page.RemoveAll()
	v.open(accounts.Default(accounts.IMAP))
	v.page.Refresh()
	v.side.RefreshVisible()
}

// programPage has the settings that are not of an account. They take effect at once.
func (v *View) programPage() fyne.CanvasObject {
	f := controls.NewForm(18 * widgets.Unit)
	p := v.o.Preferences
	apply := func() {
		v.o.Preferences = p
		v.o.Apply(p)
	}
	languages := l10n.Languages()
	names, chosen := []string{l10n.T("settings.system")}, 0
	for i, l := range languages {
		names = append(names, l.Name)
		if l.Code == p.Language {
			chosen = i + 1
		}
	}
	f.Row(l10n.T("settings.language"), controls.Fixed(220, controls.NewChoice(names, chosen, func(i int) {
		p.Language = ""
		if i > 0 {
			p.Language = languages[i-1].Code
		}
		apply()
	})))
	themes := []string{l10n.T("settings.system"), l10n.T("settings.light"), l10n.T("settings.dark")}
	f.Row(l10n.T("settings.theme"), controls.Fixed(220, controls.NewChoice(themes, int(p.Theme), func(i int) {
		p.Theme = widgets.Mode(i)
		apply()
	})))
	sizes := []float32{0.9, 1, 1.15, 1.3, 1.5}
	texts, at := []string{
		l10n.T("settings.small"), l10n.T("settings.usual"), l10n.T("settings.large"),
		l10n.T("settings.larger"), l10n.T("settings.largest"),
	}, 1
	for i, s := range sizes {
		if s == p.TextSize {
			at = i
		}
	}
	f.Row(l10n.T("settings.textSize"), controls.Fixed(220, controls.NewChoice(texts, at, func(i int) {
		p.TextSize = sizes[i]
		apply()
	})))
	title := widgets.NewLabel(l10n.T("settings.program"), widgets.TextStyle{Size: 1.29, Bold: true, Shrink: true})
	return padded(controls.NewColumn(2, title, f.Object()))
}

func padded(o fyne.CanvasObject) fyne.CanvasObject {
	return controls.Inset(2*widgets.Unit, 2*widgets.Unit, 3*widgets.Unit, 3*widgets.Unit, o)
}

// sideRow is a line of the list at the side.
type sideRow struct {
	widget.BaseWidget
	icon    *controls.Icon
	name    *widgets.Label
	plate   *canvas.Rectangle
	tapped  func()
	chosen  bool
	hovered bool
}

func newSideRow(*View) *sideRow {
	r := &sideRow{
		icon: controls.NewIcon(controls.GlyphNone, widgets.Secondary, 18), name: widgets.NewLabel("", widgets.TextStyle{Shrink: true}),
		plate: canvas.NewRectangle(color.Transparent),
	}
	r.plate.CornerRadius = 6
	r.ExtendBaseWidget(r)
	return r
}

func (r *sideRow) show(g controls.Glyph, name string, chosen bool, tapped func()) {
	r.chosen, r.tapped = chosen, tapped
	tone := widgets.Secondary
	if chosen {
		tone = widgets.Accent
	}
	r.icon.Set(g, tone)
	r.name.SetText(name)
	r.Refresh()
}

func (r *sideRow) Tapped(*fyne.PointEvent)        { r.tapped() }
func (r *sideRow) MouseIn(*desktop.MouseEvent)    { r.hovered = true; r.Refresh() }
func (r *sideRow) MouseMoved(*desktop.MouseEvent) {}
func (r *sideRow) MouseOut()                      { r.hovered = false; r.Refresh() }

func (r *sideRow) CreateRenderer() fyne.WidgetRenderer {
	x := &sideRowRenderer{r}
	x.paint()
	return x
}

type sideRowRenderer struct{ r *sideRow }

func (x *sideRowRenderer) Destroy()           {}
func (x *sideRowRenderer) MinSize() fyne.Size { return fyne.NewSize(80, 5*widgets.Unit) }

func (x *sideRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{x.r.plate, x.r.icon, x.r.name}
}

func (x *sideRowRenderer) Layout(s fyne.Size) {
	put := func(o fyne.CanvasObject, left, top, w, h float32) {
		if l10n.RTL() {
			left = s.Width - left - w
		}
		o.Move(fyne.NewPos(left, top))
		o.Resize(fyne.NewSize(w, h))
	}
	put(x.r.plate, widgets.Unit, 2, s.Width-2*widgets.Unit, s.Height-4)
	put(x.r.icon, 2*widgets.Unit, (s.Height-18)/2, 18, 18)
	h := x.r.name.MinSize().Height
	left := 2*widgets.Unit + 18 + 1.25*widgets.Unit
	put(x.r.name, left, (s.Height-h)/2, max(0, s.Width-left-2*widgets.Unit), h)
}

func (x *sideRowRenderer) Refresh() {
	x.paint()
	canvas.Refresh(x.r)
}

func (x *sideRowRenderer) paint() {
	x.r.plate.FillColor = color.Transparent
	if x.r.hovered {
		x.r.plate.FillColor = widgets.Color(widgets.ColorRowHover)
	}
	if x.r.chosen {
		x.r.plate.FillColor = widgets.Color(widgets.ColorRowSelected)
	}
	x.r.plate.Refresh()
	x.r.icon.Refresh()
	x.r.name.Refresh()
}

// New shows an empty form for an account.
func (v *View) New() { v.add() }

// ShowPage turns to a page of the account that is shown.
func (v *View) ShowPage(i int) {
	if v.form != nil {
		v.form.show(i)
	}
}
