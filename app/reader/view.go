package reader

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// Actions are what the reader's buttons do; the main window knows how.
type Actions struct {
	Reply      func(all bool)
	Forward    func()
	Archive    func()
	Delete     func()
	ToggleStar func()
	ToggleRead func()
	Move       func(under fyne.CanvasObject)
	More       func() []*fyne.MenuItem
	Back       func()
	EditDraft  func(m storage.Message)
	// WriteTo opens a composer for a mailto link.
	WriteTo func(mailto string)
	// Hover hears which link is under the pointer, "" when none.
	Hover func(link string)
	// Key and Typed hear the keyboard while the text has it.
	Key   func(*fyne.KeyEvent) bool
	Typed func(rune) bool
}

// Options is what a reader is made from.
type Options struct {
	Source  Source
	Layer   *controls.Layer
	Window  fyne.Window
	Actions Actions
	// IsOwn tells whether an address is the person's own, IsDraft whether a message is still being written.
	IsOwn   func(address string) bool
	IsDraft func(m *storage.Message) bool
	// TempDir takes attachments that are opened; empty is the system's folder.
	TempDir string
	// OpenURL hands an address to the system; nil is the app's.
	OpenURL func(*url.URL) error
	// Do runs a function on the UI goroutine; nil is fyne.Do.
	Do func(func())
}

// View is the reader. Its methods are called on the UI goroutine.
type View struct {
	o      Options
	object fyne.CanvasObject
	text   *widgets.TextView
	tools  *fyne.Container
	back   *controls.Button
	star   *controls.Button
	unread *controls.Button
	foot   *fyne.Container
	state  *fyne.Container
	page   *fyne.Container
	blank  *fyne.Container

	message storage.Message
	letter  *letter
	head    *head
	// turn tells the answers for the open message from late ones.
	turn   int
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// New makes an empty reader.
func New(o Options) *View {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	v := &View{o: o, text: widgets.NewTextView(), foot: container.NewStack(), state: container.NewStack(), cancel: func() {}}
	v.text.OnLink = v.follow
	v.text.OnLinkHover = func(link string) {
		if o.Actions.Hover != nil {
			o.Actions.Hover(link)
		}
	}
	v.text.OnKey = v.key
	v.text.OnRune = func(r rune) {
		if o.Actions.Typed != nil {
			o.Actions.Typed(r)
		}
	}
	v.blank = container.NewStack()
	v.page = container.NewBorder(container.NewVBox(v.toolbar(), widgets.HLine()), v.foot, nil, nil, v.text, v.state)
	v.object = container.NewStack(v.page, v.blank)
	v.Clear(0)
	return v
}

// Object is what is put into the window.
func (v *View) Object() fyne.CanvasObject { return v.object }

// Close ends what is going on and waits for it.
func (v *View) Close() {
	v.turn++
	v.cancel()
	v.wg.Wait()
}

// key passes on the keys that a read-only text has no use for.
func (v *View) key(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyLeft, fyne.KeyRight:
		return false
	}
	return v.o.Actions.Key != nil && v.o.Actions.Key(ev)
}

func (v *View) toolbar() fyne.CanvasObject {
	a := &v.o.Actions
	button := func(g controls.Glyph, hint string, do func()) *controls.Button {
		return controls.NewIconButton(g, hint, v.o.Layer, do)
	}
	v.back = button(controls.Back, l10n.T("action.back"), func() { a.Back() })
	v.back.Hide()
	v.star = button(controls.Star, l10n.T("action.star"), func() { a.ToggleStar() })
	v.unread = button(controls.Unread, l10n.T("action.markUnread"), func() { a.ToggleRead() })
	move := button(controls.Folder, l10n.T("action.move"), nil)
	move.OnTapped = func() { a.Move(move) }
	more := button(controls.More, l10n.T("action.more"), nil)
	more.OnTapped = func() { controls.ShowMenuUnder(more, v.moreMenu()...) }
	v.tools = widgets.HBox(
		v.back,
		button(controls.Reply, l10n.T("action.reply"), func() { a.Reply(false) }),
		button(controls.ReplyAll, l10n.T("action.replyAll"), func() { a.Reply(true) }),
		button(controls.Forward, l10n.T("action.forward"), func() { a.Forward() }),
		widgets.Space(1.5),
		button(controls.Archive, l10n.T("action.archive"), func() { a.Archive() }),
		button(controls.Trash, l10n.T("action.delete"), func() { a.Delete() }),
		move,
		layout.NewSpacer(),
		v.unread, v.star, more)
	return controls.Inset(widgets.Unit, widgets.Unit, widgets.Unit, widgets.Unit, v.tools)
}

func (v *View) moreMenu() []*fyne.MenuItem {
	var items []*fyne.MenuItem
	if v.o.Actions.More != nil {
		items = append(items, v.o.Actions.More()...)
		items = append(items, fyne.NewMenuItemSeparator())
	}
	return append(items, fyne.NewMenuItem(l10n.V("message.copyText"), v.copyText), fyne.NewMenuItem(l10n.V("message.source"), v.showSource))
}

func (v *View) copyText() { fyne.CurrentApp().Clipboard().SetContent(v.text.Text()) }

// SetBack shows or hides the way back to the list.
func (v *View) SetBack(shown bool) {
	if shown {
		v.back.Show()
	} else {
		v.back.Hide()
	}
	v.tools.Refresh()
}

// ScrollBy scrolls the text; false at its end.
func (v *View) ScrollBy(dy float32) bool { return v.text.ScrollBy(dy) }

// Clear shows that no message is open, or how many are chosen.
func (v *View) Clear(chosen int) {
	v.stop()
	v.message, v.letter = storage.Message{}, nil
	v.blank.RemoveAll()
	if chosen > 1 {
		v.blank.Add(v.several(chosen))
	} else {
		v.blank.Add(controls.Blank(controls.Unread, l10n.T("reader.nothing"), "", nil))
	}
	v.page.Hide()
	v.blank.Show()
	v.blank.Refresh()
}

func (v *View) several(chosen int) fyne.CanvasObject {
	a := &v.o.Actions
	row := widgets.HBox(
		controls.NewButton(controls.Outlined, controls.Archive, l10n.T("action.archive"), func() { a.Archive() }),
		controls.NewButton(controls.Outlined, controls.Trash, l10n.T("action.delete"), func() { a.Delete() }),
		controls.NewButton(controls.Outlined, controls.Star, l10n.T("action.star"), func() { a.ToggleStar() }))
	title := widgets.NewLabel(l10n.T("list.selected", "count", chosen), widgets.TextStyle{Size: subjectSize, Align: widgets.Center})
	return container.NewCenter(container.NewVBox(title, widgets.Space(1), row))
}

// stop gives up the work for the message that was open.
func (v *View) stop() {
	v.turn++
	v.cancel()
	v.cancel = func() {}
	if v.o.Actions.Hover != nil {
		v.o.Actions.Hover("")
	}
}

// Show opens a message.
func (v *View) Show(m storage.Message) {
	v.stop()
	v.message, v.letter = m, nil
	v.head = newHead(&m, v.o.IsOwn, v.headChanged)
	v.text.SetText("")
	v.text.SetHeader(v.head.object())
	v.text.ScrollToTop()
	v.setFoot(nil)
	v.setState(nil)
	v.Flags(m.Flags)
	v.blank.Hide()
	v.page.Show()
	if v.o.IsDraft != nil && v.o.IsDraft(&m) {
		v.head.note(l10n.T("message.isDraft"), controls.NewButton(controls.Primary, controls.Compose, l10n.T("action.edit"),
			func() { v.o.Actions.EditDraft(m) }))
	}
	if m.BodyState != storage.BodyFull {
		v.offerDownload(nil)
		return
	}
	v.load()
}

func (v *View) headChanged() { v.text.SetHeader(v.head.object()) }

// load reads the open message in the background.
func (v *View) load() {
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	id, turn := v.message.ID, v.turn
	waiting := time.AfterFunc(200*time.Millisecond, func() {
		v.o.Do(func() {
			if v.turn == turn && v.letter == nil {
				v.setState(controls.Working(l10n.T("reader.opening")))
			}
		})
	})
	v.wg.Go(func() {
		defer cancel()
		l, err := open(ctx, v.o.Source, id)
		waiting.Stop()
		if ctx.Err() != nil {
			return
		}
		v.o.Do(func() {
			if v.turn == turn {
				v.opened(l, err)
			}
		})
	})
}

func (v *View) opened(l *letter, err error) {
	v.setState(nil)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		v.offerDownload(nil)
		return
	case err != nil:
		again := controls.NewButton(controls.Outlined, controls.GlyphNone, l10n.T("action.tryAgain"), v.load)
		v.setState(controls.Blank(controls.Warning, l10n.T("reader.failed"), bidi.Clean(err.Error()), again))
		return
	}
	v.letter = l
	if l.body.remote > 0 {
		v.head.note(l10n.T("reader.remoteImages", "count", l.body.remote), nil)
	}
	text := l.body.text
	if text == "" {
		v.head.note(l10n.T("reader.noText"), nil)
	}
	v.text.SetText(text, l.body.spans...)
	if l.cut {
		v.head.note(l10n.T("reader.cut"), nil)
	}
	v.setFoot(v.filesBar(l.files))
}

// offerDownload says that the text is not on this machine.
func (v *View) offerDownload(err error) {
	m := v.message
	sentence := l10n.T("reader.notHereSize", "size", l10n.FileSize(m.Size))
	glyph, title := controls.Download, l10n.T("reader.notHere")
	if err != nil {
		glyph, title, sentence = controls.Warning, l10n.T("reader.downloadFailed"), bidi.Clean(err.Error())
	}
	get := controls.NewButton(controls.Primary, controls.Download, l10n.T("reader.download"), v.download)
	v.setState(controls.Blank(glyph, title, sentence, get))
}

// download brings the open message from the server.
func (v *View) download() {
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel()
	v.cancel = cancel
	id, turn := v.message.ID, v.turn
	v.setState(controls.Working(l10n.T("reader.downloading")))
	v.wg.Go(func() {
		defer cancel()
		err := v.o.Source.FetchBody(ctx, id)
		if ctx.Err() != nil {
			return
		}
		v.o.Do(func() {
			switch {
			case v.turn != turn:
			case err != nil:
				v.offerDownload(err)
			default:
				v.setState(nil)
				v.load()
			}
		})
	})
}

func (v *View) setState(o fyne.CanvasObject) {
	v.state.RemoveAll()
	if o != nil {
		v.state.Add(o)
	}
	v.state.Refresh()
}

func (v *View) setFoot(o fyne.CanvasObject) {
	v.foot.RemoveAll()
	if o != nil {
		v.foot.Add(o)
	}
	v.page.Refresh()
}

// Flags tells of flags that changed in the open message.
func (v *View) Flags(f storage.Flags) {
	v.message.Flags = f
	if f.Has(storage.Flagged) {
		v.star.SetGlyph(controls.StarFilled)
	} else {
		v.star.SetGlyph(controls.Star)
	}
	if f.Has(storage.Seen) {
		v.unread.SetGlyph(controls.Unread)
	} else {
		v.unread.SetGlyph(controls.Read)
	}
}

// follow opens a link, after a question where its text says something else.
func (v *View) follow(link string) {
	u, err := url.Parse(link)
	if err != nil {
		v.fail(err)
		return
	}
	if u.Scheme == "mailto" {
		v.o.Actions.WriteTo(link)
		return
	}
	shown, real, yes := misleads(v.linkText(link), link)
	if !yes {
		v.openURL(u)
		return
	}
	controls.Ask(v.o.Window, l10n.T("link.misleadTitle"),
		widgets.NewParagraph(l10n.T("link.mislead", "shown", shown, "real", real), widgets.TextStyle{Tone: widgets.Secondary}),
		l10n.T("link.openAnyway"), controls.Destructive, func() bool { v.openURL(u); return true })
}

// linkText is the text of a link in the open message; of several the one that misleads.
func (v *View) linkText(link string) string {
	if v.letter == nil {
		return ""
	}
	runes := []rune(v.letter.body.text)
	text := ""
	for _, s := range v.letter.body.spans {
		if s.Link != link || s.End > len(runes) {
			continue
		}
		text = string(runes[s.Start:s.End])
		if _, _, yes := misleads(text, link); yes {
			break
		}
	}
	return text
}

func (v *View) openURL(u *url.URL) {
	open := v.o.OpenURL
	if open == nil {
		open = fyne.CurrentApp().OpenURL
	}
	if err := open(u); err != nil {
		v.fail(err)
	}
}

// work does something with files in the background and says when it fails.
func (v *View) work(do func() error) {
	v.wg.Go(func() {
		if err := do(); err != nil {
			v.o.Do(func() { v.fail(err) })
		}
	})
}

func (v *View) fail(err error) {
	controls.Tell(v.o.Window, l10n.T("failed.title"), bidi.Clean(err.Error()))
}

// sourceShown is how much of a message's source is shown.
const sourceShown = 1 << 20

// showSource opens a window with the message as it came.
func (v *View) showSource() {
	if v.letter == nil {
		return
	}
	raw := v.letter.raw
	w := fyne.CurrentApp().NewWindow(l10n.T("message.source"))
	text := widgets.NewTextView()
	text.SetText(sourceText(raw))
	w.SetContent(widgets.Pad(1, text))
	w.Resize(fyne.NewSize(820, 640))
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape {
			w.Close()
		}
	})
	w.Show()
}
