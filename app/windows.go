package app

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"peyk/accounts"
	"peyk/app/composer"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/outbox"
	"peyk/app/settings"
	"peyk/app/widgets"
	"peyk/storage"
)

// openSettings shows the settings of an account, with 0 those of the program.
func (a *App) openSettings(account storage.AccountID) {
	if a.settings != nil {
		a.settingsView.Reload(account)
		a.settings.RequestFocus()
		return
	}
	a.settings = a.fyne.NewWindow("")
	a.settings.SetPadded(false)
	a.settings.Resize(fyne.NewSize(920, 680))
	a.settings.SetOnClosed(func() {
		a.settingsView.Close()
		a.settings, a.settingsView = nil, nil
		a.withAccounts(func(list []accounts.Account) { a.main.own.replace(list) })
	})
	a.fillSettings(account)
	closeOnEscape(a.settings)
	a.settings.Show()
}

// openSettingsNew shows an empty form for an account.
func (a *App) openSettingsNew() {
	a.openSettings(0)
	a.settingsView.New()
}

func (a *App) fillSettings(account storage.AccountID) {
	if a.settingsView != nil {
		a.settingsView.Close()
	}
	var add func()
	if a.o.Setup != nil {
		add = a.addAccount
	}
	a.settings.SetTitle(l10n.T("settings.title"))
	a.settingsView = settings.New(settings.Options{
		Engine: a.o.Engine, Store: a.o.Store, Window: a.settings, Preferences: a.prefs.Preferences,
		Apply: a.setPreferences, AddAccount: add, Do: a.do,
	}, account)
	a.settings.SetContent(a.settingsView.Object())
}

func (a *App) openOutbox() {
	if a.outbox != nil {
		a.outbox.RequestFocus()
		return
	}
	ctx, stop := context.WithCancel(a.ctx)
	w := a.fyne.NewWindow(l10n.T("outbox.title"))
	a.outbox = w
	w.SetPadded(false)
	view := outbox.New(outbox.Options{
		Store: a.o.Store, Sender: a.o.Engine, Window: w, Do: a.do, Now: a.now,
		Edit: func(account storage.AccountID, raw []byte) { a.compose(composer.Reopen(account, raw, 0)) },
	})
	w.SetContent(view.Object())
	w.Resize(fyne.NewSize(760, 480))
	w.SetOnClosed(func() {
		stop()
		a.outbox = nil
	})
	closeOnEscape(w)
	a.wg.Go(func() { view.Run(ctx) })
	w.Show()
}

func closeOnEscape(w fyne.Window) {
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape {
			w.Close()
		}
	})
}

// openHelp shows all keys.
func (a *App) openHelp() {
	if a.help != nil {
		a.help.RequestFocus()
		return
	}
	w := a.fyne.NewWindow(l10n.T("help.title"))
	a.help = w
	w.SetContent(helpPage(a.o.Version))
	w.SetOnClosed(func() { a.help = nil })
	closeOnEscape(w)
	w.Show()
}

func helpPage(version string) fyne.CanvasObject {
	column := func(title string, keys ...string) fyne.CanvasObject {
		rows := []fyne.CanvasObject{widgets.NewLabel(title, widgets.TextStyle{Bold: true}), widgets.Space(0.5)}
		for i := 0; i+1 < len(keys); i += 2 {
			rows = append(rows, container.New(controls.Beside(13*widgets.Unit),
				widgets.NewLabel(keys[i], widgets.TextStyle{Tone: widgets.Accent}), widgets.NewLabel(keys[i+1])))
		}
		return container.NewVBox(rows...)
	}
	reading := column(l10n.T("help.reading"),
		"J / K", l10n.T("help.nextPrevious"), "Space", l10n.T("help.readOn"), "Enter", l10n.T("help.open"),
		"Shift + ↑ ↓", l10n.T("help.stretch"), "X", l10n.T("help.choose"), "Ctrl + A", l10n.T("edit.selectAll"),
		"/", l10n.T("help.search"), "F5", l10n.T("action.check"), "?", l10n.T("help.title"))
	acting := column(l10n.T("help.acting"),
		"C / Ctrl + N", l10n.T("action.compose"), "R", l10n.T("action.reply"), "A", l10n.T("action.replyAll"),
		"F", l10n.T("action.forward"), "E", l10n.T("action.archive"), "# / Delete", l10n.T("action.delete"),
		"!", l10n.T("action.junk"), "S", l10n.T("help.star"), "U", l10n.T("help.unread"),
		"Ctrl + Z", l10n.T("edit.undo"), "Ctrl + Enter", l10n.T("compose.send"))
	foot := widgets.NewLabel(strings.TrimSpace(l10n.T("app.name")+" "+version), widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9})
	return controls.Inset(24, 24, 28, 28,
		container.NewVBox(widgets.HBox(reading, widgets.Space(5), acting), widgets.Space(1), foot))
}
