package widgets

import (
	"cmp"
	"slices"

	"fyne.io/fyne/v2"

	"peyk/app/bidi"
)

// Span dresses runes [Start, End) of a text, counted in the normalized text (bidi.Normalize). Spans do not overlap.
type Span struct {
	Start, End int
	Bold       bool
	Tone       Tone
	Link       string // where a click leads; shown underlined in the accent colour
}

// firstSpan returns the first span that ends after r; spans are sorted.
func firstSpan(spans []Span, r int) int {
	i, _ := slices.BinarySearchFunc(spans, r, func(s Span, at int) int { return cmp.Compare(s.End, at+1) })
	return i
}

func firstInk(inks []bidi.Ink, r int) int {
	i, _ := slices.BinarySearchFunc(inks, r, func(s bidi.Ink, at int) int { return cmp.Compare(s.End, at+1) })
	return i
}

// TextView shows a long text that can be selected and copied. Each paragraph runs in its own direction; only what shows
// is painted, so the length of the text does not matter.
type TextView struct {
	textBase

	// OnLink is called for a link that was clicked, OnLinkHover for the one under the pointer and with "" after it.
	OnLink, OnLinkHover func(link string)
	// OnKey sees keys first while the text has the focus; true keeps a key from it. OnRune hears what is typed, which
	// a text that is only read has no use for.
	OnKey  func(*fyne.KeyEvent) bool
	OnRune func(r rune)
}

// NewTextView makes an empty view.
func NewTextView() *TextView {
	t := &TextView{}
	t.inset = fyne.NewSize(2*Unit, Unit)
	t.init(t, TextStyle{})
	t.onLink = func(s string) {
		if t.OnLink != nil {
			t.OnLink(s)
		}
	}
	t.onLinkHover = func(s string) {
		if t.OnLinkHover != nil {
			t.OnLinkHover(s)
		}
	}
	t.onKey = func(k *fyne.KeyEvent) bool { return t.OnKey != nil && t.OnKey(k) }
	return t
}

// TypedRune implements fyne.Focusable.
func (t *TextView) TypedRune(r rune) {
	if t.OnRune != nil {
		t.OnRune(r)
	}
}

// SetText shows a text from its beginning.
func (t *TextView) SetText(text string, spans ...Span) {
	t.links = slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return s.Start >= s.End })
	slices.SortFunc(t.links, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	t.setInks()
	t.setText(text)
	t.setBold()
	t.relayout()
	t.Refresh()
}

// setInks takes the colours of the spans from the theme.
func (t *TextView) setInks() {
	t.inks = t.inks[:0]
	for _, s := range t.links {
		switch {
		case s.Link != "":
			t.inks = append(t.inks, bidi.Ink{Start: s.Start, End: s.End, Color: Accent.Color(), Underline: true})
		case s.Tone != Normal:
			t.inks = append(t.inks, bidi.Ink{Start: s.Start, End: s.End, Color: s.Tone.Color()})
		}
	}
}

// Refresh implements fyne.CanvasObject.
func (t *TextView) Refresh() {
	t.setInks()
	t.textBase.Refresh()
}

// Text returns the text shown.
func (t *TextView) Text() string { return t.text() }

// SetHeader puts an object over the text, which scrolls with it; nil takes it away.
func (t *TextView) SetHeader(o fyne.CanvasObject) {
	t.header = o
	t.Refresh()
}

// SetFooter puts an object under the text, which scrolls with it; nil takes it away.
func (t *TextView) SetFooter(o fyne.CanvasObject) {
	t.footer = o
	t.Refresh()
}

// SetSize sets the text's size as a factor of the theme's.
func (t *TextView) SetSize(factor float32) {
	t.style.Size = factor
	t.relayout()
	t.Refresh()
}

// ScrollToTop shows the beginning.
func (t *TextView) ScrollToTop() { t.ScrollBy(-t.scroll.Y) }

// Editor is a text of many lines that can be edited.
type Editor struct {
	textBase

	// OnChanged is called after every change made by the person.
	OnChanged func()
	// OnFocus is called when the focus comes and goes.
	OnFocus func(focused bool)
}

// NewEditor makes an empty editor.
func NewEditor() *Editor {
	e := &Editor{}
	e.editable, e.inset = true, fyne.NewSize(2*Unit, Unit)
	e.init(e, TextStyle{})
	e.onChanged = func() {
		if e.OnChanged != nil {
			e.OnChanged()
		}
	}
	e.onFocus = func(on bool) {
		if e.OnFocus != nil {
			e.OnFocus(on)
		}
	}
	return e
}

// SetText replaces the whole text and forgets the edits before.
func (e *Editor) SetText(text string) { e.setText(text) }

// Text returns the text.
func (e *Editor) Text() string { return e.text() }

// SetPlaceholder sets what shows while the text is empty.
func (e *Editor) SetPlaceholder(s string) {
	e.Placeholder = s
	e.Refresh()
}

// CursorRune is the rune before which the caret stands.
func (e *Editor) CursorRune() int { return e.at.Rune }

// SetCursor puts the caret before a rune and shows it.
func (e *Editor) SetCursor(r int) {
	e.moveTo(bidi.Place{Rune: min(max(r, 0), e.doc.Len())}, false)
}

// AcceptsTab implements fyne.Tabbable.
func (e *Editor) AcceptsTab() bool { return !e.disabled }
