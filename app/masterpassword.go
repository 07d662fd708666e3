package app

import (
	"context"

	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage/secret"
)

// AskMasterPassword asks for the password that the file of stored passwords is encrypted with; isNew chooses one. It
// may be called from any goroutine but the UI's, waits for the person, and gives secret.ErrNoMasterPassword when they
// will not tell.
func (a *App) AskMasterPassword(ctx context.Context, isNew bool) (string, error) {
	answer := make(chan string, 1)
	var sheet *controls.Sheet
	a.do(func() { sheet = a.masterPasswordSheet(isNew, answer) })
	select {
	case <-ctx.Done():
		a.do(func() {
			if sheet != nil {
				sheet.Close()
			}
		})
		return "", ctx.Err()
	case password, told := <-answer:
		if !told {
			return "", secret.ErrNoMasterPassword
		}
		return password, nil
	}
}

// masterPasswordSheet asks over the main window. The answer is closed without one when the person cancels.
func (a *App) masterPasswordSheet(isNew bool, answer chan string) *controls.Sheet {
	title, sentence, yes := l10n.T("master.title"), l10n.T("master.sentence"), l10n.T("master.open")
	if isNew {
		title, sentence, yes = l10n.T("master.newTitle"), l10n.T("master.newSentence"), l10n.T("action.save")
	}
	first, second := widgets.NewPasswordField(), widgets.NewPasswordField()
	form := controls.NewForm(13 * widgets.Unit)
	form.Wide(widgets.NewParagraph(sentence, widgets.TextStyle{Tone: widgets.Secondary}))
	form.Row(l10n.T("server.password"), first)
	var again *controls.FormRow
	if isNew {
		again = form.Row(l10n.T("master.again"), second)
	}
	sheet := controls.Ask(a.main.window, title, form.Object(), yes, controls.Primary, func() bool {
		if first.Text() == "" {
			first.SetInvalid(true)
			return false
		}
		if isNew && first.Text() != second.Text() {
			again.Wrong(l10n.T("master.differ"))
			return false
		}
		answer <- first.Text()
		return true
	})
	sheet.OnCancel = func() { close(answer) }
	first.OnSubmitted = func(string) {
		if isNew {
			a.main.window.Canvas().Focus(second)
			return
		}
		sheet.Confirm()
	}
	second.OnSubmitted = func(string) { sheet.Confirm() }
	a.main.window.Canvas().Focus(first)
	return sheet
}
