package widgets

import (
	"fyne.io/fyne/v2"

	"peyk/app/bidi"
)

// Field takes one line of text.
type Field struct {
	textBase

	// OnChanged is called after every change made by the person, OnSubmitted on Enter.
	OnChanged, OnSubmitted func(text string)
	// OnFocus is called when the focus comes and goes.
	OnFocus func(focused bool)
	// OnKey sees keys first, for lists of suggestions; true keeps a key from the field.
	OnKey func(*fyne.KeyEvent) bool
}

// NewField makes an empty field.
func NewField() *Field { return newField(false) }

// NewPasswordField makes a field that shows bullets and lets nothing be copied out of it.
func NewPasswordField() *Field { return newField(true) }

func newField(masked bool) *Field {
	f := &Field{}
	f.editable, f.oneLine, f.masked = true, true, masked
	f.inset = fyne.NewSize(1.25*Unit, 0.625*Unit)
	f.init(f, TextStyle{})
	f.onChanged = func() {
		if f.OnChanged != nil {
			f.OnChanged(f.text())
		}
	}
	f.onSubmitted = func() {
		if f.OnSubmitted != nil {
			f.OnSubmitted(f.text())
		}
	}
	f.onFocus = func(on bool) {
		if f.OnFocus != nil {
			f.OnFocus(on)
		}
	}
	f.onKey = func(k *fyne.KeyEvent) bool { return f.OnKey != nil && f.OnKey(k) }
	return f
}

// SetText replaces the text and puts the caret at its end.
func (f *Field) SetText(text string) { f.setText(text) }

// Text returns the text.
func (f *Field) Text() string { return f.text() }

// SetPlaceholder sets what shows while the field is empty.
func (f *Field) SetPlaceholder(s string) {
	f.Placeholder = s
	f.Refresh()
}

// SetDirection fixes the direction, as for addresses and hosts, which are never right to left; Auto follows the text.
func (f *Field) SetDirection(d bidi.Direction) {
	f.style.Dir = d
	f.relayout()
	f.Refresh()
}

// SetInvalid draws the border in the colour of danger until it is called with false.
func (f *Field) SetInvalid(v bool) {
	f.invalid = v
	f.Refresh()
}

// Invalid tells what SetInvalid set.
func (f *Field) Invalid() bool { return f.invalid }

// CursorRune is the rune before which the caret stands.
func (f *Field) CursorRune() int { return f.at.Rune }
