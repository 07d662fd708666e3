package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"peyk/app/composer"
	"peyk/app/mailbox"
	"peyk/app/settings"
	"peyk/app/widgets"
	"peyk/storage"
)

// onInbox opens the window on the inbox of the first account.
func onInbox(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	furnish(s)
	s.open(1280, 800)
	s.until("the list is there", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Invoice 1203") })
	s.app.main.box.Show(mailbox.Scope{Kind: mailbox.OneMailbox, Mailbox: s.boxes[storage.RoleInbox]})
	s.settle()
	return s
}

// count is how many messages lie in the first account's mailbox of a role.
func (s *stage) count(role storage.Role) int { return len(s.list(role)) }

func TestDeleteArchiveAndUndo(t *testing.T) {
	tests := []struct {
		name string
		do   func(b *mailbox.Window)
		role storage.Role
	}{
		{"delete", (*mailbox.Window).Delete, storage.RoleTrash},
		{"archive", (*mailbox.Window).Archive, storage.RoleArchive},
		{"junk", (*mailbox.Window).Junk, storage.RoleJunk},
	}
	s := onInbox(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			box := s.app.main.box
			before := s.list(storage.RoleInbox)
			there := s.count(tt.role)
			box.Choose(before[0].ID, before[2].ID)
			tt.do(box)
			s.until("two messages went", func() bool { return s.count(tt.role) == there+2 })
			s.settle()
			if got := box.Chosen(); len(got) != 1 || got[0] != before[1].ID && got[0] != before[3].ID {
				t.Errorf("after it %v is chosen", got)
			}
			box.Undo()
			s.until("they came back", func() bool { return s.count(tt.role) == there && s.count(storage.RoleInbox) == len(before) })
			s.settle()
		})
	}
}

func TestStarAndRead(t *testing.T) {
	s := onInbox(t)
	box := s.app.main.box
	id := s.list(storage.RoleInbox)[1].ID
	box.Choose(id)
	box.ToggleStar()
	box.ToggleRead()
	s.until("the flags are set", func() bool { return s.row(id).Flags.Has(storage.Flagged | storage.Seen) })
	s.settle()
	box.ToggleStar()
	box.ToggleRead()
	s.until("the flags are gone", func() bool { return s.row(id).Flags&(storage.Flagged|storage.Seen) == 0 })
}

func TestOpeningMarksRead(t *testing.T) {
	s := onInbox(t)
	id := s.list(storage.RoleInbox)[1].ID
	s.app.main.box.FocusList()
	s.key(fyne.KeyDown)
	s.key(fyne.KeyDown)
	s.until("it is read", func() bool { return s.row(id).Flags.Has(storage.Seen) })
	if got := s.app.main.box.Chosen(); len(got) != 1 || got[0] != id {
		t.Errorf("chosen is %v", got)
	}
}

func TestNewMailComesIn(t *testing.T) {
	s := onInbox(t)
	m := letters[0]
	m.subject, m.at = "Just arrived", noon
	s.put(s.home, s.boxes[storage.RoleInbox], m)
	s.until("it is in the list", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Just arrived") })
}

func TestSearchReadsTheTexts(t *testing.T) {
	s := onInbox(t)
	m := letters[0]
	m.subject, m.text, m.at = "Nothing to see", strings.Repeat("filler ", 100)+"needle", noon
	s.put(s.home, s.boxes[storage.RoleInbox], m)
	s.app.main.box.Find("needle")
	s.until("it is found", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Nothing to see") })
	s.app.main.box.Find("no such word anywhere")
	s.until("that is said", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Nothing found") })
}

func TestClosingTheComposerSavesADraft(t *testing.T) {
	s := onInbox(t)
	before := s.count(storage.RoleDrafts)
	open := func(l composer.Letter) *composer.Window {
		s.app.compose(l)
		s.until("the composer is open", func() bool { return len(s.app.drafts) == 1 })
		for w := range s.app.drafts {
			return w
		}
		return nil
	}
	w := open(composer.Letter{})
	w.Close()
	s.settle()
	if n := s.count(storage.RoleDrafts); n != before || len(s.app.drafts) != 0 {
		t.Fatalf("an empty letter left %d drafts", n-before)
	}
	w = open(composer.Letter{Subject: "Half a thought"})
	w.Fyne().Canvas().Focused().TypedRune('a')
	w.Close()
	s.until("the draft is there", func() bool { return s.count(storage.RoleDrafts) == before+1 })
	draft := s.row(s.list(storage.RoleDrafts)[0].ID)
	if draft.Subject != "Half a thought" {
		t.Errorf("the draft is %+v", draft)
	}
	s.app.editDraft(draft)
	s.until("it is open again", func() bool { return len(s.app.drafts) == 1 })
	for w = range s.app.drafts {
	}
	if got := texts(w.Fyne().Content()); !strings.Contains(got, "Half a thought") {
		t.Errorf("the composer shows %q", got)
	}
	w.Close()
	s.settle()
	if n := s.count(storage.RoleDrafts); n != before+1 {
		t.Errorf("%d drafts", n-before)
	}
}

func TestPreferencesAreRemembered(t *testing.T) {
	s := onInbox(t)
	s.app.setPreferences(settings.Preferences{Language: "fa", Theme: widgets.Dark, TextSize: 1.3})
	s.until("the window speaks Persian", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "صندوق ورودی") })
	s.settle()
	s.shot(s.app.main.window, "large-fa")
	s.app.prefs.Panes = []float32{220, 400}
	s.app.rememberSize()
	again := &App{o: s.app.o}
	if err := again.loadPreferences(); err != nil {
		t.Fatal(err)
	}
	if p := again.prefs; p.Language != "fa" || p.Theme != widgets.Dark || p.TextSize != 1.3 || len(p.Panes) != 2 {
		t.Errorf("remembered are %+v", p)
	}
	s.update(func(tx *storage.Tx) error { return tx.PutSetting(preferencesKey, "{broken") })
	if err := again.loadPreferences(); err != nil {
		t.Errorf("broken settings keep the window from opening: %v", err)
	}
}
