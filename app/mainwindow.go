package app

import (
	"context"

	"fyne.io/fyne/v2"

	"peyk/accounts"
	"peyk/app/composer"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/mailbox"
	"peyk/app/reader"
	"peyk/storage"
)

// mainWindow is the window with the mail. Its content is made anew when the language changes.
type mainWindow struct {
	a      *App
	window fyne.Window
	box    *mailbox.Window
	reader *reader.View
	status *statusLine
	own    ownAddresses
	// stop ends the content's goroutines.
	stop context.CancelFunc
}

func (a *App) openMain() {
	m := &mainWindow{a: a, window: a.fyne.NewWindow("Peyk")}
	a.main = m
	m.window.SetMaster()
	m.window.SetPadded(false)
	m.build()
	m.window.Resize(fyne.NewSize(a.prefs.Width, a.prefs.Height))
	m.window.SetCloseIntercept(func() {
		a.rememberSize()
		a.quit()
	})
	m.window.Show()
}

func (a *App) rememberSize() {
	if size := a.main.window.Canvas().Size(); size.Width > 100 {
		a.prefs.Width, a.prefs.Height = size.Width, size.Height
	}
	if err := a.storePreferences(); err != nil {
		fyne.LogError("remembering the window's size", err)
	}
}

// build makes the content and starts what runs behind it.
func (m *mainWindow) build() {
	a := m.a
	ctx, stop := context.WithCancel(a.ctx)
	m.stop = stop
	m.window.SetTitle(a.title())
	layer := controls.NewLayer()
	m.status = newStatusLine(a)
	m.reader = reader.New(reader.Options{
		Source: a.o.Engine, Layer: layer, Window: m.window, IsOwn: m.own.has, IsDraft: m.isDraft,
		Actions: m.readerActions(), Do: a.do,
	})
	m.box = mailbox.New(mailbox.Options{
		Store: a.o.Store, Changer: a.o.Engine, Finder: a.o.Finder, Reader: m.reader, Status: m.status.object,
		Layer: layer, Hooks: a.hooks(), Window: m.window, Do: a.do, Now: a.now,
	})
	m.box.SetWidths(a.prefs.Panes)
	m.window.SetContent(layer.Over(m.box.Object()))
	m.box.BindKeys()
	a.withAccounts(m.own.replace)
	box, status := m.box, m.status
	a.wg.Go(func() { box.Run(ctx) })
	a.wg.Go(func() { status.run(ctx) })
}

func (a *App) title() string {
	if a.o.Demo {
		return l10n.T("app.name") + " – " + l10n.T("app.demo")
	}
	return l10n.T("app.name")
}

// rebuild makes the content anew, in another language.
func (m *mainWindow) rebuild() {
	m.close()
	m.build()
}

func (m *mainWindow) close() {
	m.stop()
	m.reader.Close()
}

func (m *mainWindow) isDraft(row *storage.Message) bool { return m.box.IsDraft(row) }

// readerActions connects the reader's buttons with the list beside it, which is made after it.
func (m *mainWindow) readerActions() reader.Actions {
	return reader.Actions{
		Reply:      func(all bool) { m.box.Reply(all) },
		Forward:    func() { m.box.Forward() },
		Archive:    func() { m.box.Archive() },
		Delete:     func() { m.box.Delete() },
		ToggleStar: func() { m.box.ToggleStar() },
		ToggleRead: func() { m.box.ToggleRead() },
		Move:       func(under fyne.CanvasObject) { m.box.ShowMoveMenu(under) },
		More:       func() []*fyne.MenuItem { return m.box.MoreMenu() },
		Back:       func() { m.box.Back() },
		EditDraft:  m.a.editDraft,
		WriteTo:    func(uri string) { m.a.compose(composer.Mailto(uri)) },
		Hover:      m.status.hover,
		Key:        func(ev *fyne.KeyEvent) bool { return m.box.Key(ev) },
		Typed:      func(r rune) bool { return m.box.Typed(r) },
	}
}

func (a *App) hooks() mailbox.Hooks {
	return mailbox.Hooks{
		Compose:    func() { a.compose(composer.Letter{}) },
		Reply:      a.reply,
		Forward:    a.forward,
		EditDraft:  a.editDraft,
		Settings:   a.openSettings,
		AddAccount: a.addAccount,
		Outbox:     a.openOutbox,
		Help:       a.openHelp,
		Quit: func() {
			a.rememberSize()
			a.quit()
		},
		Resized: func(widths []float32) {
			a.prefs.Panes = widths
			a.savePreferences()
		},
	}
}

// addAccount opens the wizard; afterwards the new account's mail is looked for.
func (a *App) addAccount() {
	if a.o.Setup == nil {
		a.openSettingsNew()
		return
	}
	a.o.Setup(a.fyne, func(id storage.AccountID) {
		if id == 0 {
			return
		}
		a.withAccounts(func(list []accounts.Account) { a.main.own.replace(list) })
		if a.settings != nil {
			a.settingsView.Reload(id)
		}
	})
}
