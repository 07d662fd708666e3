package widgets

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"peyk/app/bidi"
)

func (b *textBase) takeFocus() {
	focusable, ok := b.self.(fyne.Focusable)
	if c := fyne.CurrentApp().Driver().CanvasForObject(b.self); c != nil && ok && !b.disabled {
		c.Focus(focusable)
	}
}

// FocusGained implements fyne.Focusable.
func (b *textBase) FocusGained() {
	b.focused = true
	b.showCaret()
	b.Refresh()
	if b.onFocus != nil {
		b.onFocus(true)
	}
}

// FocusLost implements fyne.Focusable.
func (b *textBase) FocusLost() {
	b.focused, b.shift = false, false
	b.history.close()
	b.stopBlink()
	b.Refresh()
	if b.onFocus != nil {
		b.onFocus(false)
	}
}

// showCaret begins the caret's blinking anew, with the caret on, as after every key.
func (b *textBase) showCaret() {
	b.caretOn = true
	if !b.focused || !b.editable {
		return
	}
	b.stopBlink()
	first := true
	b.blink = &fyne.Animation{
		Duration: 1100 * time.Millisecond, RepeatCount: fyne.AnimationRepeatForever, Curve: fyne.AnimationLinear,
		Tick: func(done float32) {
			if first { // the caret is on already
				first = false
				return
			}
			b.setCaret(done < 0.55)
		},
	}
	b.blink.Start()
}

func (b *textBase) setCaret(on bool) {
	if on == b.caretOn || b.render == nil {
		return
	}
	b.caretOn = on
	if !on {
		b.render.caret.FillColor = color.Transparent
		canvas.Refresh(b.render.caret)
		return
	}
	b.Refresh()
}

func (b *textBase) stopBlink() {
	if b.blink != nil {
		b.blink.Stop()
		b.blink = nil
	}
}

// KeyDown implements desktop.Keyable.
func (b *textBase) KeyDown(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		b.shift = true
	}
}

// KeyUp implements desktop.Keyable.
func (b *textBase) KeyUp(k *fyne.KeyEvent) {
	if k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight {
		b.shift = false
	}
}

// extending tells whether Shift is held. The driver knows it also when it went down before the focus came.
func (b *textBase) extending() bool {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
		return true
	}
	return b.shift
}

// TypedKey implements fyne.Focusable.
func (b *textBase) TypedKey(k *fyne.KeyEvent) {
	if b.onKey != nil && b.onKey(k) {
		return
	}
	if b.editable && !b.disabled && b.editKey(k.Name) {
		return
	}
	if !b.editable && b.scrollKey(k.Name) {
		return
	}
	b.caretKey(k.Name, b.extending())
}

// scrollKey moves a read-only text, whose caret does not show.
func (b *textBase) scrollKey(name fyne.KeyName) bool {
	page := b.Size().Height - 4*Unit
	switch name {
	case fyne.KeyUp:
		b.ScrollBy(-5 * Unit)
	case fyne.KeyDown:
		b.ScrollBy(5 * Unit)
	case fyne.KeyPageUp:
		b.ScrollBy(-page)
	case fyne.KeyPageDown, fyne.KeySpace:
		b.ScrollBy(page)
	case fyne.KeyHome:
		b.ScrollBy(-b.scroll.Y)
	case fyne.KeyEnd:
		b.ScrollBy(b.contentHeight())
	default:
		return !b.extending() && (name == fyne.KeyLeft || name == fyne.KeyRight)
	}
	return true
}

// caretKey moves the caret.
func (b *textBase) caretKey(name fyne.KeyName, extend bool) {
	var to bidi.Place
	keepX := false
	switch name {
	case fyne.KeyLeft, fyne.KeyRight:
		to = b.sideways(name == fyne.KeyRight, extend)
	case fyne.KeyHome:
		to = bidi.Place{Rune: b.doc.LineOf(b.at).From()}
	case fyne.KeyEnd:
		to = b.lineEnd()
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		if b.oneLine {
			return
		}
		to, keepX = b.vertical(name), true
	default:
		return
	}
	if !keepX {
		b.wantX = -1
	}
	b.moveTo(to, extend)
}

// sideways is one step left or right as seen; without Shift a selection collapses to its edge on that side.
func (b *textBase) sideways(right, extend bool) bidi.Place {
	if from, to := b.selection(); from != to && !extend {
		x0, l0 := b.doc.Caret(b.anchor)
		x1, l1 := b.doc.Caret(b.at)
		anchorFirst := x0 < x1
		if l0.Top != l1.Top {
			anchorFirst = (b.anchor.Rune < b.at.Rune) == (l1.Dir == bidi.LTR)
		}
		if anchorFirst == right {
			return b.at
		}
		return b.anchor
	}
	return b.doc.Move(b.at, right)
}

// lineEnd is the end of the caret's line. The blank that a broken line ends in hangs out of sight, so the caret stands
// before it.
func (b *textBase) lineEnd() bidi.Place {
	l := b.doc.LineOf(b.at)
	end := l.To()
	if !l.Break && end < b.doc.Len() && end > l.From() && b.doc.Rune(end-1) == ' ' {
		end--
	}
	return bidi.Place{Rune: end, Upstream: end > l.From()}
}

func (b *textBase) vertical(name fyne.KeyName) bidi.Place {
	x, line := b.doc.Caret(b.at)
	if b.wantX < 0 {
		b.wantX = x
	}
	page := max(int((b.Size().Height-4*Unit)*b.pixels), line.Height)
	y := line.Top + line.Height/2
	switch name {
	case fyne.KeyUp:
		y = line.Top - 1
	case fyne.KeyDown:
		y = line.Top + line.Height
	case fyne.KeyPageUp:
		y -= page
	case fyne.KeyPageDown:
		y += page
	}
	switch {
	case y < 0:
		return bidi.Place{}
	case y >= b.doc.Height():
		return bidi.Place{Rune: b.doc.Len(), Upstream: b.doc.Len() > 0}
	}
	return b.doc.Hit(b.wantX, y)
}

func (b *textBase) moveTo(p bidi.Place, extend bool) {
	b.at = p
	if !extend {
		b.anchor = p
	}
	b.history.close()
	b.showCaret()
	b.reveal()
	b.Refresh()
}

// word moves by a word as seen: in a Persian paragraph Ctrl+Left goes on.
func (b *textBase) word(right, extend bool) {
	forward := right == (b.doc.Direction(b.at.Rune) == bidi.LTR)
	b.wantX = -1
	if b.masked {
		end := 0
		if forward {
			end = b.doc.Len()
		}
		b.moveTo(bidi.Place{Rune: end}, extend)
		return
	}
	b.moveTo(bidi.Place{Rune: b.doc.WordStep(b.at.Rune, forward)}, extend)
}

// TypedShortcut implements fyne.Shortcutable. What is not of the text goes on to the window, which would not get it
// otherwise while the text has the focus.
func (b *textBase) TypedShortcut(s fyne.Shortcut) {
	if !b.textShortcut(s) {
		c := fyne.CurrentApp().Driver().CanvasForObject(b.self)
		if w, ok := c.(fyne.Shortcutable); ok {
			w.TypedShortcut(s)
		}
	}
}

func (b *textBase) textShortcut(s fyne.Shortcut) bool {
	can := b.editable && !b.disabled
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		b.Copy()
	case *fyne.ShortcutSelectAll:
		b.SelectAll()
	case *fyne.ShortcutCut:
		if !can {
			return false
		}
		b.cut()
	case *fyne.ShortcutPaste:
		if !can {
			return false
		}
		b.paste()
	case *fyne.ShortcutUndo:
		if !can {
			return false
		}
		b.Undo()
	case *fyne.ShortcutRedo:
		if !can {
			return false
		}
		b.Redo()
	case *desktop.CustomShortcut:
		return b.customShortcut(s, can)
	default:
		return false
	}
	return true
}

func (b *textBase) customShortcut(s *desktop.CustomShortcut, can bool) bool {
	extend := s.Modifier&fyne.KeyModifierShift != 0
	if s.Modifier&^fyne.KeyModifierShift != fyne.KeyModifierShortcutDefault {
		return false
	}
	switch s.KeyName {
	case fyne.KeyZ:
		if !can || !extend {
			return false
		}
		b.Redo()
	case fyne.KeyLeft, fyne.KeyRight:
		if !b.editable {
			return false
		}
		b.word(s.KeyName == fyne.KeyRight, extend)
	case fyne.KeyHome:
		b.moveTo(bidi.Place{}, extend)
	case fyne.KeyEnd:
		b.moveTo(bidi.Place{Rune: b.doc.Len(), Upstream: b.doc.Len() > 0}, extend)
	case fyne.KeyBackspace, fyne.KeyDelete:
		if !can {
			return false
		}
		b.deleteWord(s.KeyName == fyne.KeyDelete)
	default:
		return false
	}
	return true
}
