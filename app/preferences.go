package app

import (
	"context"
	"encoding/json"

	"fyne.io/fyne/v2"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/settings"
	"peyk/storage"
)

// preferences are what the surface remembers. They stand in the store, not in a file of the toolkit: that one can be
// left empty by a crash.
type preferences struct {
	settings.Preferences
	Width, Height float32
	// Panes are the widths of the folders and the list.
	Panes []float32 `json:",omitempty"`
}

const preferencesKey = "window"

func (a *App) loadPreferences() error {
	a.prefs = preferences{Width: 1280, Height: 800}
	a.prefs.TextSize = 1
	var text string
	if err := a.o.Store.View(func(tx *storage.Tx) error {
		text = tx.Setting(preferencesKey)
		return nil
	}); err != nil {
		return err
	}
	if text == "" {
		return nil
	}
	p := a.prefs
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		// Looks can be chosen again; they must not keep the mail from being read.
		fyne.LogError("reading the window's settings", err)
		return nil
	}
	p.Width, p.Height = max(640, p.Width), max(420, p.Height)
	if p.TextSize < 0.8 || p.TextSize > 2 {
		p.TextSize = 1
	}
	a.prefs = p
	return nil
}

// storePreferences writes what the surface remembers.
func (a *App) storePreferences() error {
	text, err := json.Marshal(a.prefs)
	if err != nil {
		return err
	}
	return a.o.Store.Update(func(tx *storage.Tx) error { return tx.PutSetting(preferencesKey, string(text)) })
}

// savePreferences writes them in the background.
func (a *App) savePreferences() {
	text, err := json.Marshal(a.prefs)
	if err != nil {
		a.fail(err)
		return
	}
	a.background(func(context.Context) {
		err := a.o.Store.Update(func(tx *storage.Tx) error { return tx.PutSetting(preferencesKey, string(text)) })
		if err != nil {
			a.do(func() { a.fail(err) })
		}
	})
}

// setPreferences takes over new ones from the settings window. Texts and sides are settled when a window is made, so
// the windows are made anew.
func (a *App) setPreferences(p settings.Preferences) {
	old := a.prefs.Preferences
	a.prefs.Preferences = p
	if err := a.applyLooks(); err != nil {
		a.prefs.Preferences = old
		a.fail(err)
		return
	}
	a.savePreferences()
	if p.Language == old.Language && p.TextSize == old.TextSize {
		return
	}
	a.main.rebuild()
	if a.settings != nil {
		a.fillSettings(0)
	}
	if a.outbox != nil {
		a.outbox.Close()
	}
	if a.help != nil {
		a.help.Close()
	}
}

func (a *App) fail(err error) {
	controls.Tell(a.main.window, l10n.T("failed.title"), bidi.Clean(err.Error()))
}
