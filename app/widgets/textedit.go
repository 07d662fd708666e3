package widgets

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"peyk/app/bidi"
)

// fieldLimit is how many runes a one-line field takes.
const fieldLimit = 4000

const bullet = '•'

func bullets(n int) string { return strings.Repeat(string(bullet), n) }

func cutRunes(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most])
}

// oneLineOf turns the line ends of a normal text into spaces, and drops one that only ends it.
func oneLineOf(s string) string {
	return strings.ReplaceAll(strings.Trim(s, "\n"), "\n", " ")
}

// replace puts text in the place of runes [from, to) and the caret after it.
func (b *textBase) replace(from, to int, text string, typed bool) {
	text = bidi.Normalize(text)
	if b.oneLine {
		text = oneLineOf(text)
		text = cutRunes(text, max(fieldLimit-(b.length()-(to-from)), 0))
	}
	inserted := []rune(text)
	if from == to && len(inserted) == 0 {
		return
	}
	e := edit{at: from, removed: b.runes(from, to), inserted: inserted, before: b.at}
	e.after = bidi.Place{Rune: from + len(inserted), Upstream: len(inserted) > 0}
	b.apply(e.at, len(e.removed), e.inserted)
	b.history.add(e, typed, b.now())
	b.edited(e.after)
}

func (b *textBase) length() int {
	if b.masked {
		return len(b.secret)
	}
	return b.doc.Len()
}

// runes returns runes [from, to) of the real text.
func (b *textBase) runes(from, to int) []rune {
	if b.masked {
		return slices.Clone(b.secret[from:to])
	}
	return b.doc.Slice(from, to)
}

func (b *textBase) apply(at, removed int, inserted []rune) {
	if b.masked {
		b.secret = slices.Replace(b.secret, at, at+removed, inserted...)
		inserted = []rune(bullets(len(inserted)))
	}
	b.doc.Replace(at, at+removed, inserted)
}

func (b *textBase) edited(at bidi.Place) {
	b.at, b.anchor, b.wantX = at, at, -1
	b.relayout()
	b.showCaret()
	b.reveal()
	b.Refresh()
	if b.onChanged != nil {
		b.onChanged()
	}
}

// Undo takes the last edit back.
func (b *textBase) Undo() {
	if e, ok := b.history.undo(); ok {
		b.apply(e.at, len(e.inserted), e.removed)
		b.edited(e.before)
	}
}

// Redo makes the edit that was taken back last again.
func (b *textBase) Redo() {
	if e, ok := b.history.redo(); ok {
		b.apply(e.at, len(e.removed), e.inserted)
		b.edited(e.after)
	}
}

// CanUndo tells whether there is an edit to take back.
func (b *textBase) CanUndo() bool { return len(b.history.done) > 0 }

// Insert puts text in the place of the selection, as pasting does.
func (b *textBase) Insert(text string) {
	from, to := b.selection()
	b.replace(from, to, text, false)
}

func (b *textBase) cut() {
	if b.masked {
		return
	}
	if from, to := b.selection(); from != to {
		b.Copy()
		b.replace(from, to, "", false)
	}
}

func (b *textBase) paste() { b.Insert(fyne.CurrentApp().Clipboard().Content()) }

// TypedRune implements fyne.Focusable. Shift+Space arrives as U+200C from a Persian keyboard; where the layout does
// not give it, Shift+Space after a Persian letter means the same.
func (b *textBase) TypedRune(r rune) {
	if !b.editable || b.disabled {
		return
	}
	from, to := b.selection()
	if r == ' ' && b.extending() && from > 0 && !b.masked && joins(b.doc.Rune(from-1)) {
		r = '\u200c'
	}
	b.replace(from, to, string(r), from == to)
}

// joins tells the Arabic letters, which a non-joiner can stand after.
func joins(r rune) bool { return unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r) }

// editKey handles the keys that change the text.
func (b *textBase) editKey(name fyne.KeyName) bool {
	from, to := b.selection()
	switch name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.oneLine {
			if b.onSubmitted != nil {
				b.onSubmitted()
			}
			return true
		}
		b.replace(from, to, "\n", from == to)
	case fyne.KeyTab:
		if b.oneLine {
			return false
		}
		b.replace(from, to, "\t", from == to)
	case fyne.KeyBackspace:
		if from == to && from > 0 {
			from = b.doc.DeleteBefore(from)
		}
		b.replace(from, to, "", true)
	case fyne.KeyDelete:
		if from == to {
			to = b.doc.Step(to, true)
		}
		b.replace(from, to, "", true)
	default:
		return false
	}
	return true
}

func (b *textBase) deleteWord(forward bool) {
	from, to := b.selection()
	if from == to {
		switch {
		case b.masked && forward:
			to = b.length()
		case b.masked:
			from = 0
		case forward:
			to = b.doc.WordStep(to, true)
		default:
			from = b.doc.WordStep(from, false)
		}
	}
	b.replace(from, to, "", false)
}

// Enable implements fyne.Disableable.
func (b *textBase) Enable() { b.setDisabled(false) }

// Disable implements fyne.Disableable.
func (b *textBase) Disable() { b.setDisabled(true) }

// Disabled implements fyne.Disableable.
func (b *textBase) Disabled() bool { return b.disabled }

func (b *textBase) setDisabled(v bool) {
	if b.disabled != v {
		b.disabled = v
		b.Refresh()
	}
}
