//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package widgets

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"peyk/app/bidi"
)

// show puts objects into a window and gives the first the focus.
func show(t testing.TB, size fyne.Size, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(size)
	if f, ok := o.(fyne.Focusable); ok {
		w.Canvas().Focus(f)
	}
	return w
}

func keys(o fyne.Focusable, names ...fyne.KeyName) {
	for _, n := range names {
		o.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func ctrl(o fyne.Shortcutable, name fyne.KeyName, more fyne.KeyModifier) {
	o.TypedShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault | more})
}

func TestTypingPersian(t *testing.T) {
	inApp(t, Light, "fa")
	e := NewEditor()
	show(t, fyne.NewSize(400, 200), e)
	changes := 0
	e.OnChanged = func() { changes++ }
	for _, r := range "می" {
		e.TypedRune(r)
	}
	e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	e.TypedRune(' ') // a layout without its own non-joiner
	e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	for _, r := range "روم 12" {
		e.TypedRune(r)
	}
	if e.Text() != "می\u200cروم 12" || changes != 9 {
		t.Errorf("text %q after %d changes", e.Text(), changes)
	}
	keys(e, fyne.KeyBackspace, fyne.KeyReturn)
	e.Insert("line\r\nbreak\x00")
	if e.Text() != "می\u200cروم 1\nline\nbreak " {
		t.Errorf("text %q", e.Text())
	}
}

func TestCaretStandsLeftOfWhatWasTypedInPersian(t *testing.T) {
	inApp(t, Light, "fa")
	f := NewField()
	show(t, fyne.NewSize(300, 34), f)
	last := float32(1e9)
	for _, r := range "سلام دنیا" {
		f.TypedRune(r)
		x := f.render.caret.Position().X
		if x > last+2 { // a ligature can be narrower than its first letter was
			t.Errorf("after %q the caret stands at %v, before it was at %v", f.Text(), x, last)
		}
		last = x
	}
	keys(f, fyne.KeyHome)
	if x := f.render.caret.Position().X; x < 280 {
		t.Errorf("Home leads to %v", x)
	}
	keys(f, fyne.KeyLeft)
	if f.CursorRune() != 1 {
		t.Errorf("Left from the start of a Persian text leads to %d", f.CursorRune())
	}
}

func TestSelectionAndClipboard(t *testing.T) {
	inApp(t, Light, "en")
	e := NewEditor()
	show(t, fyne.NewSize(400, 200), e)
	e.SetText("one سلام two")
	e.SetCursor(4)
	e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	for range 4 {
		keys(e, fyne.KeyRight)
	}
	e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	e.SetCursor(4)
	ctrl(e, fyne.KeyEnd, fyne.KeyModifierShift)
	if got := e.SelectedText(); got != "سلام two" {
		t.Errorf("selected %q", got)
	}
	e.TypedShortcut(&fyne.ShortcutCut{})
	if e.Text() != "one " || fyne.CurrentApp().Clipboard().Content() != "سلام two" {
		t.Errorf("after the cut: %q and %q", e.Text(), fyne.CurrentApp().Clipboard().Content())
	}
	e.TypedShortcut(&fyne.ShortcutPaste{})
	e.TypedShortcut(&fyne.ShortcutPaste{})
	if e.Text() != "one سلام twoسلام two" {
		t.Errorf("after two pastes: %q", e.Text())
	}
	e.TypedShortcut(&fyne.ShortcutUndo{})
	e.TypedShortcut(&fyne.ShortcutUndo{})
	e.TypedShortcut(&fyne.ShortcutUndo{})
	if e.Text() != "one سلام two" {
		t.Errorf("after undo: %q", e.Text())
	}
	ctrl(e, fyne.KeyZ, fyne.KeyModifierShift)
	if e.Text() != "one " {
		t.Errorf("after redo: %q", e.Text())
	}
}

func TestWordsByKeyboard(t *testing.T) {
	inApp(t, Light, "en")
	e := NewEditor()
	show(t, fyne.NewSize(400, 200), e)
	e.SetText("می\u200cروم به خانه\nthen go home")
	e.SetCursor(0)
	ctrl(e, fyne.KeyLeft, 0) // on, in Persian
	if e.CursorRune() != 7 {
		t.Errorf("a word on is %d", e.CursorRune())
	}
	ctrl(e, fyne.KeyDelete, 0)
	if got := e.Text(); got != "می\u200cروم خانه\nthen go home" {
		t.Errorf("after deleting a word: %q", got)
	}
	ctrl(e, fyne.KeyBackspace, 0)
	if got := e.Text(); got != "خانه\nthen go home" {
		t.Errorf("after deleting the word before: %q", got)
	}
}

func TestMouseSelects(t *testing.T) {
	inApp(t, Light, "en")
	v := NewTextView()
	show(t, fyne.NewSize(400, 200), v)
	v.SetText("first سلام دنیا line\nsecond line")
	at := func(r int) fyne.Position {
		x, l := v.doc.Caret(bidi.Place{Rune: r})
		return fyne.NewPos(v.inset.Width+float32(x)/v.pixels, v.top()+float32(l.Top+l.Height/2)/v.pixels)
	}
	press := func(p fyne.Position, m fyne.KeyModifier) {
		e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: m}
		e.Position = p
		v.MouseDown(e)
		v.MouseUp(e)
	}
	now := time.Unix(0, 0)
	v.now = func() time.Time { return now }
	press(at(8), 0)
	now = now.Add(time.Millisecond)
	press(at(8), 0)
	if got := v.SelectedText(); got != "سلام" {
		t.Errorf("two clicks select %q", got)
	}
	now = now.Add(time.Millisecond)
	press(at(8), 0)
	if got := v.SelectedText(); got != "first سلام دنیا line" {
		t.Errorf("three clicks select %q", got)
	}
	now = now.Add(time.Second)
	press(at(0), 0)
	d := &fyne.DragEvent{}
	d.Position = at(24)
	v.Dragged(d)
	if got := v.SelectedText(); got != "first سلام دنیا line\nsec" {
		t.Errorf("dragging selects %q", got)
	}
	v.TypedShortcut(&fyne.ShortcutCopy{})
	if got := fyne.CurrentApp().Clipboard().Content(); got != "first سلام دنیا line\nsec" {
		t.Errorf("copied %q", got)
	}
	now = now.Add(time.Second)
	press(at(2), 0)
	press(at(5), fyne.KeyModifierShift)
	if got := v.SelectedText(); got != "rst" {
		t.Errorf("Shift and a click select %q", got)
	}
}

func TestLinks(t *testing.T) {
	inApp(t, Light, "en")
	v := NewTextView()
	show(t, fyne.NewSize(400, 200), v)
	v.SetText("see سلام here now", Span{Start: 9, End: 13, Link: "https://example.com"})
	var clicked, hovered []string
	v.OnLink = func(s string) { clicked = append(clicked, s) }
	v.OnLinkHover = func(s string) { hovered = append(hovered, s) }
	x, l := v.doc.Caret(bidi.Place{Rune: 11})
	on := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
	on.Position = fyne.NewPos(v.inset.Width+float32(x), v.top()+float32(l.Height)/2)
	off := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
	off.Position = fyne.NewPos(v.inset.Width+1, v.top()+float32(l.Height)/2)
	v.MouseMoved(on)
	if v.Cursor() != desktop.PointerCursor {
		t.Error("no hand over a link")
	}
	v.MouseDown(on)
	v.MouseUp(on)
	v.MouseMoved(off)
	v.MouseDown(off)
	v.MouseUp(off)
	v.MouseDown(on)
	v.MouseUp(off)
	if !slices.Equal(clicked, []string{"https://example.com"}) || !slices.Equal(hovered, []string{"https://example.com", ""}) {
		t.Errorf("clicked %q, hovered %q", clicked, hovered)
	}
}

func TestPasswordGivesNothingAway(t *testing.T) {
	inApp(t, Light, "en")
	f := NewPasswordField()
	show(t, fyne.NewSize(300, 34), f)
	test.Type(f, "گذرواژه1")
	if f.Text() != "گذرواژه1" || strings.Trim(f.doc.Text(), "•") != "" {
		t.Errorf("text %q, shown %q", f.Text(), f.doc.Text())
	}
	fyne.CurrentApp().Clipboard().SetContent("before")
	f.SelectAll()
	f.TypedShortcut(&fyne.ShortcutCopy{})
	f.TypedShortcut(&fyne.ShortcutCut{})
	if got := fyne.CurrentApp().Clipboard().Content(); got != "before" || f.SelectedText() != "" || f.Text() == "" {
		t.Errorf("clipboard %q, text %q", got, f.Text())
	}
	keys(f, fyne.KeyBackspace)
	f.TypedShortcut(&fyne.ShortcutUndo{})
	if f.Text() != "گذرواژه1" {
		t.Errorf("after undo: %q", f.Text())
	}
}

func TestFieldIsOneLine(t *testing.T) {
	inApp(t, Light, "en")
	f := NewField()
	show(t, fyne.NewSize(100, 34), f)
	submitted := ""
	f.OnSubmitted = func(s string) { submitted = s }
	f.Insert("a\nb\r\nc")
	keys(f, fyne.KeyReturn)
	if submitted != "a b c" {
		t.Errorf("submitted %q", submitted)
	}
	f.Insert(strings.Repeat("x", 2*fieldLimit))
	if n := len(f.Text()); n != fieldLimit {
		t.Errorf("%d characters", n)
	}
	if x := f.render.caret.Position().X; x < 0 || x > 100 {
		t.Errorf("the caret is out of sight at %v", x)
	}
	keys(f, fyne.KeyHome)
	if f.scroll.X != 0 {
		t.Errorf("at the start the field is scrolled by %v", f.scroll.X)
	}
	taken := []fyne.KeyName{}
	f.OnKey = func(k *fyne.KeyEvent) bool { taken = append(taken, k.Name); return k.Name == fyne.KeyDown }
	keys(f, fyne.KeyDown, fyne.KeyEnd)
	if !slices.Equal(taken, []fyne.KeyName{fyne.KeyDown, fyne.KeyEnd}) || f.CursorRune() != fieldLimit {
		t.Errorf("keys %v, caret %d", taken, f.CursorRune())
	}
}

func TestShortcutsOfTheWindowAreHandedOn(t *testing.T) {
	inApp(t, Light, "en")
	e := NewEditor()
	w := show(t, fyne.NewSize(300, 100), e)
	sent := 0
	send := &desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl}
	w.Canvas().AddShortcut(send, func(fyne.Shortcut) { sent++ })
	if _, ok := w.Canvas().(fyne.Shortcutable); !ok {
		// The test canvas cannot be handed shortcuts; it is enough that the editor does not take this one.
		if e.textShortcut(send) {
			t.Error("the editor keeps Ctrl+Enter")
		}
		return
	}
	e.TypedShortcut(send)
	if sent != 1 || e.Text() != "" {
		t.Errorf("sent %d times, text %q", sent, e.Text())
	}
}

func TestDisabledTakesNothing(t *testing.T) {
	inApp(t, Light, "en")
	f := NewField()
	show(t, fyne.NewSize(100, 34), f)
	f.SetText("kept")
	f.Disable()
	test.Type(f, "x")
	keys(f, fyne.KeyBackspace)
	f.SelectAll()
	f.TypedShortcut(&fyne.ShortcutCut{})
	f.TypedShortcut(&fyne.ShortcutPaste{})
	if f.Text() != "kept" {
		t.Errorf("text %q", f.Text())
	}
}

// alphabet is what random edits type.
var alphabet = []rune("abcسلامیک۱۲12 \n()\u200c\u0651e\u0301😀")

// TestRandomEditsAgainstAPlainText drives the editor by keys and checks it against a slice of runes.
func TestRandomEditsAgainstAPlainText(t *testing.T) {
	inApp(t, Light, "en")
	e := NewEditor()
	show(t, fyne.NewSize(220, 160), e)
	now := time.Unix(0, 0)
	e.now = func() time.Time { return now }
	r := rand.New(rand.NewPCG(20, 26))
	start := "آغاز start\n"
	e.SetText(start)
	model := []rune(start)
	for i := range 20000 {
		now = now.Add(time.Duration(r.IntN(400)) * time.Millisecond)
		from, to := e.selection()
		want := model
		put := func(from, to int, s string) {
			want = slices.Concat(model[:from:from], []rune(s), model[to:])
		}
		switch op := r.IntN(20); {
		case op < 8 && len(model) < 240:
			c := alphabet[r.IntN(len(alphabet))]
			if c == '\n' {
				keys(e, fyne.KeyReturn)
			} else {
				e.TypedRune(c)
			}
			put(from, to, string(c))
		case op < 10:
			keys(e, fyne.KeyBackspace)
			if from == to && from > 0 {
				from = e.CursorRune()
			}
			put(from, to, "")
		case op < 12:
			keys(e, fyne.KeyDelete)
			if from == to && to < len(model) {
				to += len(model) - len([]rune(e.Text()))
			}
			put(from, to, "")
		case op == 12:
			s := strings.Repeat(string(alphabet[r.IntN(len(alphabet))]), r.IntN(9))
			e.Insert(s)
			put(from, to, s)
		case op == 13:
			e.SetCursor(r.IntN(len(model) + 1))
		case op == 14:
			e.at = bidi.Place{Rune: r.IntN(len(model) + 1)}
		case op == 15:
			e.Undo()
			want = []rune(e.Text())
			if r.IntN(2) == 0 {
				e.Redo()
				want = []rune(e.Text())
			}
		default:
			names := []fyne.KeyName{fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageDown, fyne.KeyPageUp}
			e.caretKey(names[r.IntN(len(names))], r.IntN(3) == 0)
		}
		if got := e.Text(); got != string(want) {
			t.Fatalf("edit %d: %q, want %q", i, got, string(want))
		}
		model = want
		if e.at.Rune < 0 || e.at.Rune > len(model) || e.anchor.Rune < 0 || e.anchor.Rune > len(model) {
			t.Fatalf("edit %d: caret %v and %v in %d runes", i, e.at, e.anchor, len(model))
		}
	}
	end := e.Text()
	for e.CanUndo() {
		e.Undo()
	}
	if e.Text() != start {
		t.Errorf("all undone it is %q", e.Text())
	}
	for range 20000 {
		e.Redo()
	}
	if e.Text() != end {
		t.Errorf("all redone it is %q, want %q", e.Text(), end)
	}
}

func TestEditorInBox(t *testing.T) {
	inApp(t, Dark, "fa")
	e := NewEditor()
	w := show(t, fyne.NewSize(300, 300), container.NewStack(e))
	e.SetText(strings.Repeat("سطر line\n", 500))
	w.Canvas().Focus(e)
	if e.scroll.Y == 0 {
		keys(e, fyne.KeyEnd) // the caret is at the end of the text; any key shows it
	}
	ctrl(e, fyne.KeyHome, 0)
	if e.scroll.Y != 0 {
		t.Errorf("at the beginning the text is scrolled by %v", e.scroll.Y)
	}
	ctrl(e, fyne.KeyEnd, 0)
	if bottom := e.contentHeight() - e.Size().Height; e.scroll.Y < bottom-1 {
		t.Errorf("at the end the text is scrolled by %v of %v", e.scroll.Y, bottom)
	}
}
