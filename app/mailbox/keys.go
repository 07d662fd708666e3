package mailbox

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"peyk/app/controls"
	"peyk/app/widgets"
)

// scrollStep is how far the space key scrolls a message.
const scrollStep = 320

// BindKeys connects the window's keys that work wherever the keyboard is.
func (w *Window) BindKeys() {
	c := w.o.Window.Canvas()
	bind := func(key fyne.KeyName, do func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { do() })
	}
	bind(fyne.KeyN, w.Compose)
	bind(fyne.KeyR, w.Check)
	bind(fyne.KeyK, w.focusSearch)
	bind(fyne.KeyF, w.focusSearch)
	bind(fyne.KeyComma, func() { w.o.Hooks.Settings(0) })
	bind(fyne.KeyQ, w.o.Hooks.Quit)
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.Undo() })
	c.AddShortcut(&fyne.ShortcutSelectAll{}, func(fyne.Shortcut) { w.selectAll() })
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) { w.key(ev, controls.Modifiers()) })
	c.SetOnTypedRune(func(r rune) { w.typed(r) })
}

// Key does what a key means outside of text fields; false when it means nothing.
func (w *Window) Key(ev *fyne.KeyEvent) bool { return w.key(ev, controls.Modifiers()) }

// Typed does what a typed sign means outside of text fields.
func (w *Window) Typed(r rune) bool { return w.typed(r) }

func (w *Window) key(ev *fyne.KeyEvent, mod fyne.KeyModifier) bool {
	stretch := mod&fyne.KeyModifierShift != 0
	switch ev.Name {
	case fyne.KeyDown:
		w.list.move(1, stretch)
	case fyne.KeyUp:
		w.list.move(-1, stretch)
	case fyne.KeyPageDown:
		w.list.move(w.list.list.PageLength(), stretch)
	case fyne.KeyPageUp:
		w.list.move(-w.list.list.PageLength(), stretch)
	case fyne.KeyHome:
		w.list.move(-len(w.m.snap.entries), stretch)
	case fyne.KeyEnd:
		w.list.move(len(w.m.snap.entries), stretch)
	case fyne.KeyReturn, fyne.KeyEnter:
		if w.m.sel.cursor != 0 {
			w.activate(w.m.sel.cursor)
		}
	case fyne.KeyDelete, fyne.KeyBackspace:
		w.Delete()
	case fyne.KeyEscape:
		w.escape()
	case fyne.KeySpace:
		w.space(stretch)
	case fyne.KeyF5:
		w.Check()
	default:
		if mod&^fyne.KeyModifierShift != 0 {
			return false
		}
		return w.letter(widgets.ShortcutLetter(ev), stretch)
	}
	return true
}

// letter does what a plain letter means. It is told by the place of the key, so that it works under a Persian layout.
func (w *Window) letter(r rune, shift bool) bool {
	switch {
	case r == 'j':
		w.list.move(1, shift)
	case r == 'k':
		w.list.move(-1, shift)
	case shift:
		return false
	case r == 'o':
		if w.m.sel.cursor != 0 {
			w.activate(w.m.sel.cursor)
		}
	case r == 'r':
		w.Reply(false)
	case r == 'a':
		w.Reply(true)
	case r == 'f':
		w.Forward()
	case r == 'e':
		w.Archive()
	case r == 's':
		w.ToggleStar()
	case r == 'u':
		w.ToggleRead()
	case r == 'c':
		w.Compose()
	case r == 'x':
		w.toggleChosen()
	default:
		return false
	}
	return true
}

// typed does what a sign means whose place differs between keyboards.
func (w *Window) typed(r rune) bool {
	switch r {
	case '#':
		w.Delete()
	case '!':
		w.Junk()
	case '/':
		w.focusSearch()
	case '?', '؟':
		w.o.Hooks.Help()
	default:
		return false
	}
	return true
}

func (w *Window) focusSearch() { controls.Focus(w.list.search) }

func (w *Window) selectAll() {
	w.m.sel.all(w.m.snap)
	w.list.refreshSelection()
	w.selectionChanged(true)
}

func (w *Window) toggleChosen() {
	if id := w.m.sel.cursor; id != 0 {
		w.m.sel.toggle(id)
		w.list.refreshSelection()
		w.selectionChanged(true)
	}
}

func (w *Window) escape() {
	switch {
	case w.reading:
		w.Back()
	case w.notice.Visible():
		w.notice.Hide()
	case w.m.sel.len() > 1:
		w.m.sel.only(w.m.sel.cursor)
		w.list.refreshSelection()
		w.selectionChanged(true)
	case w.m.scope.Kind == Found:
		w.list.endSearch()
	}
}

// space reads on: down the message, and at its end to the next.
func (w *Window) space(back bool) {
	if w.open.ID == 0 {
		w.list.move(0, false)
		return
	}
	step := float32(scrollStep)
	if back {
		step = -step
	}
	if !w.o.Reader.ScrollBy(step) && !back {
		w.list.move(1, false)
	}
}
