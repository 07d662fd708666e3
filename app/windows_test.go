package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"peyk/app/composer"
	"peyk/app/l10n"
	"peyk/app/settings"
	"peyk/app/widgets"
	"peyk/storage"
)

// inLanguage runs a test once in each language.
func inLanguage(t *testing.T, run func(t *testing.T, s *stage, language string)) {
	for language, theme := range map[string]widgets.Mode{"en": widgets.Light, "fa": widgets.Dark} {
		t.Run(language, func(t *testing.T) {
			s := newStage(t)
			furnish(s)
			s.app.prefs.Preferences = settings.Preferences{Language: language, Theme: theme, TextSize: 1}
			if err := s.app.applyLooks(); err != nil {
				t.Fatal(err)
			}
			s.open(1280, 800)
			s.until("the list is there", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Invoice 1203") })
			run(t, s, language)
		})
	}
}

// list gives the newest messages of the first account's mailbox of a role.
func (s *stage) list(role storage.Role) []storage.Entry {
	s.Helper()
	var list []storage.Entry
	if err := s.store.View(func(tx *storage.Tx) (err error) {
		list, err = tx.List(s.boxes[role], 0)
		return err
	}); err != nil {
		s.Fatal(err)
	}
	return list
}

func (s *stage) row(id storage.MessageID) storage.Message {
	s.Helper()
	var m storage.Message
	if err := s.store.View(func(tx *storage.Tx) (err error) {
		m, err = tx.Message(id)
		return err
	}); err != nil {
		s.Fatal(err)
	}
	return m
}

func TestReaderShowsAttachmentsAndHTML(t *testing.T) {
	inLanguage(t, func(t *testing.T, s *stage, language string) {
		inbox := s.list(storage.RoleInbox)
		for i, want := range []string{"contract-annex.docx", "", "Vazirmatn, for Persian and Latin"} {
			s.app.main.reader.Show(s.row(inbox[i].ID))
			if want != "" {
				s.until(want, func() bool { return strings.Contains(texts(s.app.main.reader.Object()), want) })
			}
			s.shot(s.app.main.window, "reader-"+language+"-"+string(rune('a'+i)))
		}
		s.app.main.reader.Show(s.row(inbox[4].ID))
		s.settle()
		s.shot(s.app.main.window, "reader-"+language+"-absent")
	})
}

func TestComposerAnswers(t *testing.T) {
	inLanguage(t, func(t *testing.T, s *stage, language string) {
		s.app.reply(s.row(s.list(storage.RoleInbox)[0].ID), true)
		s.until("the composer is open", func() bool { return len(s.app.drafts) == 1 })
		var w *composer.Window
		for w = range s.app.drafts {
		}
		w.Fyne().Resize(fyne.NewSize(760, 640))
		s.settle()
		s.shot(w.Fyne(), "composer-"+language)
		got := texts(w.Fyne().Content())
		for _, want := range []string{"sara@peyk.example", "Re: ", "> سلام،", "sara@example.org"} {
			if !strings.Contains(got, want) {
				t.Errorf("the answer lacks %q:\n%s", want, got)
			}
		}
		w.Send()
		s.until("the letter is in the outbox", func() bool { return len(s.app.drafts) == 0 })
		s.until("sending can be undone", func() bool {
			s.shot(s.app.main.window, "undo-"+language)
			return len(s.outgoing()) == 1 && strings.Contains(texts(s.app.main.window.Content()), l10n.T("done.sending"))
		})
		s.app.main.box.Undo()
		s.until("the letter is back", func() bool { return len(s.app.drafts) == 1 })
		if n := len(s.outgoing()); n != 0 {
			t.Errorf("%d messages are still in the outbox", n)
		}
	})
}

func (s *stage) outgoing() []storage.Outgoing {
	s.Helper()
	var out []storage.Outgoing
	if err := s.store.View(func(tx *storage.Tx) (err error) {
		out, err = tx.Outbox()
		return err
	}); err != nil {
		s.Fatal(err)
	}
	return out
}

func TestSettingsPages(t *testing.T) {
	inLanguage(t, func(t *testing.T, s *stage, language string) {
		list, err := s.engine.Accounts()
		if err != nil {
			t.Fatal(err)
		}
		s.app.openSettings(0)
		s.settle()
		s.app.settings.Resize(fyne.NewSize(920, 680))
		s.shot(s.app.settings, "settings-"+language+"-program")
		for _, a := range list {
			s.app.settingsView.Reload(a.ID)
			s.settle()
			for page := range 6 {
				s.app.settingsView.ShowPage(page)
				s.settle()
				s.shot(s.app.settings, "settings-"+language+"-"+string(a.Protocol)+"-"+string(rune('0'+page)))
			}
			got := texts(s.app.settings.Content())
			if !strings.Contains(got, a.Name) {
				t.Errorf("the page of %s shows %q", a.Name, got)
			}
		}
		s.app.settings.Close()
	})
}

func TestOutboxStates(t *testing.T) {
	inLanguage(t, func(t *testing.T, s *stage, language string) {
		m := letters[1]
		m.at = noon
		raw := s.raw(m)
		bodies, err := s.store.AddBodies(s.home, raw, raw, raw, raw)
		if err != nil {
			t.Fatal(err)
		}
		s.update(func(tx *storage.Tx) error {
			for i, o := range []storage.Outgoing{
				{State: storage.OutWaiting, NotBefore: noon.Add(5e9)},
				{State: storage.OutWaiting, NotBefore: noon.Add(9e11), Attempts: 2, LastError: "smtp.example.org: 451 4.7.1 Greylisted, try again later"},
				{State: storage.OutFailed, LastError: "550 5.1.1 no such user", Refused: map[string]string{"nobody@acme.example": "550 no such user"}},
				{State: storage.OutUnknown},
			} {
				o.Account, o.Body, o.Size, o.MessageID = s.home, bodies[i], int64(len(raw)), "x@example.org"
				o.Subject, o.To = letters[i].subject, []string{"john@acme.example"}
				if err := tx.PutOutgoing(&o); err != nil {
					return err
				}
			}
			return nil
		})
		s.store.Settle(s.home, bodies...)
		s.app.openOutbox()
		s.app.outbox.Resize(fyne.NewSize(760, 480))
		s.until("the outbox is filled", func() bool { return strings.Contains(texts(s.app.outbox.Content()), "Greylisted") })
		s.settle()
		s.shot(s.app.outbox, "outbox-"+language)
		s.shot(s.app.main.window, "outbox-main-"+language)
		s.app.outbox.Close()
	})
}

func TestWelcome(t *testing.T) {
	s := newStage(t)
	s.open(1280, 800)
	s.until("the welcome is there", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Welcome") })
	s.shot(s.app.main.window, "welcome")
	s.app.openHelp()
	s.shot(s.app.help, "help")
	s.app.help.Close()
	s.app.addAccount()
	s.settle()
	s.app.settings.Resize(fyne.NewSize(920, 680))
	s.shot(s.app.settings, "settings-new")
	if got := texts(s.app.settings.Content()); !strings.Contains(got, "New account") {
		t.Errorf("an empty form shows %q", got)
	}
	s.app.settings.Close()
}
