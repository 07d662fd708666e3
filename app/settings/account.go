package settings

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"peyk/accounts"
	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
)

// nameWidth is the column of names in the account's forms.
const nameWidth = 22 * widgets.Unit

// tab is one page of an account's form.
type tab interface {
	// object is made once.
	object() fyne.CanvasObject
	// valid shows what is wrong beside the fields and tells whether all is well.
	valid() bool
	// take writes the fields into the account.
	take(a *accounts.Account)
}

// form edits one account. Nothing changes before it is saved.
type form struct {
	v       *View
	account accounts.Account
	isNew   bool
	bar     *controls.Tabs
	body    *fyne.Container
	pages   []fyne.CanvasObject
	tabs    []tab
	status  *widgets.Paragraph
	busy    *widget.Activity
	save    *controls.Button
	test    *controls.Button
	object  fyne.CanvasObject

	general    *generalTab
	server     *serverTab
	advanced   *advancedTab
	folders    *foldersTab
	identities *identitiesTab
	signature  *signatureTab
}

func newForm(v *View, a accounts.Account) *form {
	a.Identities = slices.Clone(a.Identities)
	if len(a.Identities) == 0 {
		a.Identities = []accounts.Identity{{}}
	}
	f := &form{v: v, account: a, isNew: a.ID == 0, body: container.NewStack(), status: widgets.NewParagraph("")}
	f.build()
	return f
}

// build makes the pages; it runs again when the protocol of a new account changes.
func (f *form) build() {
	f.general, f.server, f.advanced = newGeneralTab(f), newServerTab(f), newAdvancedTab(f)
	f.folders, f.identities, f.signature = newFoldersTab(f), newIdentitiesTab(f), newSignatureTab(f)
	f.tabs = []tab{f.general, f.server, f.advanced, f.folders, f.identities, f.signature}
	f.pages = nil
	for _, t := range f.tabs {
		f.pages = append(f.pages, t.object())
	}
	f.bar = controls.NewTabs([]string{
		l10n.T("settings.general"), l10n.T("settings.server"), l10n.T("settings.advanced"),
		l10n.T("settings.folders"), l10n.T("settings.identities"), l10n.T("settings.signature"),
	}, f.show)
	title := f.account.Name
	if f.isNew {
		title = l10n.T("settings.newAccount")
	}
	head := container.NewVBox(
		widgets.NewLabel(title, widgets.TextStyle{Size: 1.29, Bold: true, Shrink: true}), f.bar.Object(), widgets.HLine())
	f.object = container.NewBorder(
		controls.Inset(2*widgets.Unit, 0, 3*widgets.Unit, 3*widgets.Unit, head),
		f.foot(), nil, nil, f.body)
	f.show(0)
}

func (f *form) rebuild() {
	f.take()
	f.build()
	f.v.page.RemoveAll()
	f.v.page.Add(f.object)
	f.v.page.Refresh()
}

func (f *form) show(i int) {
	f.bar.Choose(i)
	f.body.RemoveAll()
	f.body.Add(f.pages[i])
	f.body.Refresh()
}

func (f *form) foot() fyne.CanvasObject {
	f.save = controls.NewButton(controls.Primary, controls.GlyphNone, l10n.T("action.save"), f.store)
	f.test = controls.NewButton(controls.Outlined, controls.GlyphNone, l10n.T("settings.test"), f.probe)
	f.busy = widget.NewActivity()
	f.busy.Hide()
	var remove fyne.CanvasObject = widgets.Space(0)
	if !f.isNew {
		remove = controls.NewButton(controls.Quiet, controls.Trash, l10n.T("settings.remove"), f.remove)
	}
	row := widgets.HBox(remove, layout.NewSpacer(), f.busy, f.test, f.save)
	f.status.Hide()
	return container.NewVBox(widgets.HLine(), controls.Inset(1.5*widgets.Unit, 1.5*widgets.Unit, 3*widgets.Unit, 3*widgets.Unit,
		controls.NewColumn(1, f.status, row)))
}

func (f *form) say(text string, tone widgets.Tone) {
	f.status.SetStyle(widgets.TextStyle{Tone: tone})
	f.status.SetText(text)
	if text == "" {
		f.status.Hide()
	} else {
		f.status.Show()
	}
	f.object.Refresh()
}

func (f *form) working(on bool) {
	if on {
		f.busy.Show()
		f.busy.Start()
		f.save.Disable()
		f.test.Disable()
		return
	}
	f.busy.Stop()
	f.busy.Hide()
	f.save.Enable()
	f.test.Enable()
}

func (f *form) take() {
	for _, t := range f.tabs {
		t.take(&f.account)
	}
}

// valid shows everything that is wrong and turns to the first page that has some of it.
func (f *form) valid() bool {
	first := -1
	for i, t := range f.tabs {
		if !t.valid() && first < 0 {
			first = i
		}
	}
	if first >= 0 {
		f.show(first)
		f.say(l10n.T("wrong.form"), widgets.Danger)
		return false
	}
	return true
}

func (f *form) store() {
	if !f.valid() {
		return
	}
	f.take()
	a := f.account
	a.Identities = slices.Clone(a.Identities)
	if err := a.Validate(); err != nil {
		f.say(bidi.Clean(err.Error()), widgets.Danger)
		return
	}
	incoming, outgoing := f.server.password(), f.advanced.password()
	changes := f.folders.changes()
	f.working(true)
	f.v.wg.Go(func() {
		err := f.v.o.Engine.SaveAccount(f.v.ctx, &a, incoming, outgoing)
		for _, c := range changes {
			if err == nil {
				err = f.v.o.Engine.SetKeep(f.v.ctx, c.mailbox, c.keep, c.hidden)
			}
		}
		f.v.o.Do(func() {
			f.working(false)
			if err != nil {
				f.say(bidi.Clean(err.Error()), widgets.Danger)
				return
			}
			f.say(l10n.T("settings.saved"), widgets.Success)
			if f.isNew {
				f.v.Reload(a.ID)
			} else {
				f.v.Reload(0)
			}
		})
	})
}

// probe signs in to both servers with what the form says now.
func (f *form) probe() {
	if !f.valid() {
		return
	}
	f.take()
	a := f.account
	password := ""
	if p := f.server.password(); p != nil {
		password = *p
	}
	f.working(true)
	f.say(l10n.T("settings.testing"), widgets.Secondary)
	f.v.wg.Go(func() {
		err := f.v.o.Engine.Probe(f.v.ctx, a, password)
		f.v.o.Do(func() {
			f.working(false)
			if err != nil {
				f.say(bidi.Clean(err.Error()), widgets.Danger)
				return
			}
			f.say(l10n.T("settings.testPassed"), widgets.Success)
		})
	})
}

func (f *form) remove() {
	a := f.account
	controls.Ask(f.v.o.Window, l10n.T("settings.removeTitle", "account", a.Name),
		widgets.NewParagraph(l10n.T("settings.removeHint"), widgets.TextStyle{Tone: widgets.Secondary}),
		l10n.T("settings.remove"), controls.Destructive, func() bool {
			f.v.work(func(ctx context.Context) error {
				err := f.v.o.Engine.RemoveAccount(ctx, a.ID)
				f.v.o.Do(func() {
					if err == nil {
						f.v.choose(0)
					}
					f.v.Reload(0)
				})
				return err
			})
			return true
		})
}

// scrolled puts a form on a page that scrolls when the window is low.
func scrolled(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVScroll(padded(container.New(formWidth{}, o)))
}

// formWidth keeps fields from becoming longer than what is typed into them.
type formWidth struct{}

const formMost = 78 * widgets.Unit

func (formWidth) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (formWidth) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(s.Width, formMost)
	x := float32(0)
	if l10n.RTL() {
		x = s.Width - w
	}
	o[0].Resize(fyne.NewSize(w, s.Height))
	o[0].Move(fyne.NewPos(x, 0))
}
