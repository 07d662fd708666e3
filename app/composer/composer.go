package composer

import (
	"context"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"peyk/accounts"
	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// saveEvery is how often a letter that changes is saved.
const saveEvery = 5 * time.Second

// Options is what a composer is made from.
type Options struct {
	Sender   Sender
	Accounts []accounts.Account
	People   *People
	// Sent hears that a letter is in the outbox.
	Sent func(account storage.AccountID, id storage.OutgoingID)
	// Closed hears that the window is gone.
	Closed func()
	// Do runs a function on the UI goroutine; nil is fyne.Do. Now is the clock.
	Do  func(func())
	Now func() time.Time
}

// sender is one identity of one account.
type sender struct {
	account  storage.AccountID
	identity accounts.Identity
}

// Window is a letter being written.
type Window struct {
	o       Options
	window  fyne.Window
	layer   *controls.Layer
	letter  Letter
	senders []sender
	at      int // of senders

	from        *controls.Choice
	to, cc, bcc *addressField
	ccRow       fyne.CanvasObject
	bccRow      fyne.CanvasObject
	more        *controls.Button
	subject     *widgets.Field
	body        *widgets.Editor
	files       *fyne.Container
	filesBar    *fyne.Container
	state       *widgets.Label
	send        *controls.Button
	notice      *controls.Notice
	head        *fyne.Container

	dirty, closed, sending bool
	// warned: the person was asked about what seems forgotten, and sends again.
	warned bool
	// saving keeps saves in their order; draft is what the last one made.
	saving sync.Mutex
	draft  storage.MessageID
	wg     sync.WaitGroup
	stop   context.CancelFunc
}

// Open shows a window with a letter.
func Open(app fyne.App, o Options, l Letter) *Window {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &Window{o: o, window: app.NewWindow(""), letter: l, draft: l.Draft, layer: controls.NewLayer(), notice: controls.NewNotice()}
	w.chooseSender()
	w.build()
	w.fill()
	w.bind()
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	w.wg.Go(func() { w.autosave(ctx) })
	w.window.Resize(fyne.NewSize(760, 640))
	w.window.Show()
	w.focus()
	return w
}

// Fyne is the toolkit's window.
func (w *Window) Fyne() fyne.Window { return w.window }

func (w *Window) chooseSender() {
	for _, a := range w.o.Accounts {
		for _, id := range a.Identities {
			s := sender{a.ID, id}
			if a.ID == w.letter.Account && (w.letter.From == "" || strings.EqualFold(id.Email, w.letter.From)) &&
				(len(w.senders) == 0 || w.senders[w.at].account != a.ID) {
				w.at = len(w.senders)
			}
			w.senders = append(w.senders, s)
		}
	}
}

func (w *Window) sender() sender {
	if len(w.senders) == 0 {
		return sender{}
	}
	return w.senders[w.at]
}

func (w *Window) build() {
	menu := newSuggestMenu()
	var names []string
	for _, s := range w.senders {
		names = append(names, bidi.Clean(strings.TrimSpace(s.identity.Name+" <"+s.identity.Email+">")))
	}
	w.from = controls.NewChoice(names, w.at, w.turnSender)
	w.to = newAddressField(w.o.People, menu, w.touch)
	w.cc = newAddressField(w.o.People, menu, w.touch)
	w.bcc = newAddressField(w.o.People, menu, w.touch)
	w.subject = widgets.NewField()
	w.subject.OnChanged = func(text string) {
		w.subject.SetDirection(controls.SubjectDirection(text))
		w.retitle()
		w.touch()
	}
	w.body = widgets.NewEditor()
	w.body.SetPlaceholder(l10n.T("compose.placeholder"))
	w.body.OnChanged = w.touch
	w.files = container.New(layout.NewRowWrapLayout())
	w.filesBar = container.NewVBox(widgets.HLine(), controls.Inset(8, 8, 16, 16, w.files))

	w.more = controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("compose.moreFields"), w.showCopies)
	w.ccRow, w.bccRow = w.row(l10n.T("message.ccField"), w.cc.field, nil), w.row(l10n.T("message.bccField"), w.bcc.field, nil)
	rows := []fyne.CanvasObject{}
	if len(w.senders) > 1 {
		rows = append(rows, w.row(l10n.T("message.fromField"), w.from, nil))
	}
	rows = append(rows, w.row(l10n.T("message.toField"), w.to.field, w.more), w.ccRow, w.bccRow,
		w.row(l10n.T("message.subjectField"), w.subject, nil))
	w.head = container.NewVBox(rows...)
	body := controls.Inset(widgets.Unit, 0, 2, 2, w.body)
	foot := w.notice.Object()
	page := container.NewBorder(container.NewVBox(w.toolbar(), widgets.HLine(), w.head), w.filesBar, nil, nil, container.NewStack(body, foot))
	w.window.SetPadded(false)
	w.window.SetContent(w.layer.Over(container.NewStack(page, menu.box)))
}

// row is a line of the head: a name, a field and perhaps something behind it.
func (w *Window) row(name string, field, end fyne.CanvasObject) fyne.CanvasObject {
	line := container.New(controls.Beside(9*widgets.Unit),
		widgets.NewLabel(name, widgets.TextStyle{Tone: widgets.Secondary, Shrink: true}),
		widgets.Border(nil, nil, nil, end, field))
	return controls.Inset(4, 0, 2*widgets.Unit, 2*widgets.Unit, line)
}

func (w *Window) toolbar() fyne.CanvasObject {
	w.send = controls.NewButton(controls.Primary, controls.Sent, l10n.T("compose.send"), w.Send)
	attach := controls.NewButton(controls.Quiet, controls.Clip, l10n.T("compose.attach"), w.attach)
	discard := controls.NewIconButton(controls.Trash, l10n.T("compose.discard"), w.layer, w.discard)
	w.state = widgets.NewLabel("", widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9, Align: widgets.End, Shrink: true})
	return controls.Inset(8, 8, 16, 12,
		widgets.Border(nil, nil, widgets.HBox(w.send, attach), discard, controls.Middle(w.state)))
}

// fill puts the letter into the fields.
func (w *Window) fill() {
	l := &w.letter
	w.to.set(l.To)
	w.cc.set(l.Cc)
	w.bcc.set(l.Bcc)
	w.subject.SetText(l.Subject)
	w.subject.SetDirection(controls.SubjectDirection(l.Subject))
	text := l.Text
	if !l.finished {
		if text != "" && (l.Source != 0) {
			text = "\n\n" + strings.TrimLeft(text, "\n")
		}
		if s := w.sender().identity.Signature; s != "" {
			text = signed(text, s)
		}
	}
	w.body.SetText(text)
	w.body.SetCursor(0)
	if len(l.Cc) == 0 && len(l.Bcc) == 0 {
		w.ccRow.Hide()
		w.bccRow.Hide()
	} else {
		w.more.Hide()
	}
	w.showFiles()
	w.retitle()
	w.dirty = false
}

func (w *Window) showCopies() {
	w.more.Hide()
	w.ccRow.Show()
	w.bccRow.Show()
	w.head.Refresh()
	w.window.Canvas().Focus(w.cc.field)
}

func (w *Window) focus() {
	if len(w.letter.To) == 0 {
		w.window.Canvas().Focus(w.to.field)
	} else {
		w.window.Canvas().Focus(w.body)
	}
}

func (w *Window) retitle() {
	title := bidi.Clean(w.subject.Text())
	if title == "" {
		title = l10n.T("compose.title")
	}
	w.window.SetTitle(title)
}

func (w *Window) bind() {
	w.window.SetCloseIntercept(w.Close)
	w.window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) {
		for _, u := range uris {
			w.addFile(u.Path())
		}
	})
	c := w.window.Canvas()
	bind := func(key fyne.KeyName, do func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { do() })
	}
	bind(fyne.KeyReturn, w.Send)
	bind(fyne.KeyEnter, w.Send)
	bind(fyne.KeyS, func() { w.save() })
	bind(fyne.KeyW, w.Close)
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape {
			w.Close()
		}
	})
}

// touch notes that something changed.
func (w *Window) touch() {
	w.dirty, w.warned = true, false
	w.state.SetText("")
}

func (w *Window) turnSender(i int) {
	old := w.sender().identity.Signature
	w.at = i
	text := resigned(w.body.Text(), old, w.sender().identity.Signature)
	if text != w.body.Text() {
		at := w.body.CursorRune()
		w.body.SetText(text)
		w.body.SetCursor(at)
	}
	w.touch()
}

// take reads the fields into the letter.
func (w *Window) take() Letter {
	l := w.letter
	l.To, l.Cc, l.Bcc = w.to.list(), w.cc.list(), w.bcc.list()
	l.Subject, l.Text = strings.TrimSpace(w.subject.Text()), w.body.Text()
	return l
}

// empty tells whether nothing was written that would be missed.
func (w *Window) empty() bool {
	l := w.take()
	text := strings.TrimSpace(l.Text)
	sign := strings.TrimSpace(signatureBlock(w.sender().identity.Signature))
	return len(l.To)+len(l.Cc)+len(l.Bcc)+len(l.Files) == 0 && l.Subject == "" && (text == "" || text == sign)
}

// Send checks the letter and puts it into the outbox.
func (w *Window) Send() {
	if w.sending {
		return
	}
	if problem, field := w.problem(); problem != "" {
		w.notice.Fail(problem, "", nil)
		if field != nil {
			w.window.Canvas().Focus(field)
		}
		return
	}
	l := w.take()
	if !w.warned && promises(l.Text) && len(l.Files) == 0 {
		w.warned = true
		w.notice.Fail(l10n.T("compose.forgotFile"), l10n.T("compose.sendAnyway"), w.Send)
		return
	}
	if !w.warned && l.Subject == "" {
		w.warned = true
		w.notice.Fail(l10n.T("compose.noSubject"), l10n.T("compose.sendAnyway"), w.Send)
		return
	}
	w.sending = true
	w.send.Disable()
	w.state.SetText(l10n.T("compose.sending"))
	s := w.sender()
	w.wg.Go(func() {
		w.saving.Lock() // a save under way would leave its draft behind
		defer w.saving.Unlock()
		raw, err := build(&l, s.identity, newMessageID(s.identity.Email), w.o.Now())
		var id storage.OutgoingID
		if err == nil {
			id, err = w.o.Sender.Send(context.Background(), s.account, raw, l.Source, l.Forward, w.draft)
		}
		w.o.Do(func() { w.sent(s.account, id, err) })
	})
}

func (w *Window) sent(account storage.AccountID, id storage.OutgoingID, err error) {
	w.sending = false
	w.send.Enable()
	w.state.SetText("")
	if err != nil {
		w.notice.Fail(bidi.Clean(err.Error()), "", nil)
		return
	}
	w.finish()
	if w.o.Sent != nil {
		w.o.Sent(account, id)
	}
}

// problem is what keeps the letter from being sent, and the field it is in.
func (w *Window) problem() (string, fyne.Focusable) {
	if len(w.senders) == 0 {
		return l10n.T("compose.noAccount"), nil
	}
	count := 0
	for _, f := range []*addressField{w.to, w.cc, w.bcc} {
		list := f.list()
		count += len(list)
		if bad := wrong(list); len(bad) > 0 {
			f.field.SetInvalid(true)
			return l10n.T("compose.badAddress", "address", bad[0]), f.field
		}
	}
	if count == 0 {
		return l10n.T("compose.noRecipient"), w.to.field
	}
	return "", nil
}

// autosave saves the letter every few seconds while it changes.
func (w *Window) autosave(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.o.Do(func() {
				if w.dirty && !w.sending && !w.closed && !w.empty() {
					w.save()
				}
			})
		}
	}
}

// save keeps the letter as a draft, in the background.
func (w *Window) save() {
	if len(w.senders) == 0 || w.sending {
		return
	}
	l, s := w.take(), w.sender()
	w.dirty = false
	w.wg.Go(func() {
		w.saving.Lock()
		defer w.saving.Unlock()
		raw, err := build(&l, s.identity, newMessageID(s.identity.Email), w.o.Now())
		if err == nil {
			var id storage.MessageID
			if id, err = w.o.Sender.SaveDraft(context.Background(), s.account, raw, w.draft); err == nil {
				w.draft = id
			}
		}
		w.o.Do(func() { w.saved(err) })
	})
}

func (w *Window) saved(err error) {
	if err != nil {
		w.dirty = true
		w.notice.Fail(l10n.T("compose.saveFailed")+" "+bidi.Clean(err.Error()), "", nil)
		return
	}
	if !w.dirty {
		w.state.SetText(l10n.T("compose.saved", "time", l10n.Relative(w.o.Now(), w.o.Now())))
	}
}

// Close keeps what was written as a draft and closes the window. An empty letter leaves nothing behind.
func (w *Window) Close() {
	if w.closed || w.sending {
		return
	}
	if w.dirty && !w.empty() {
		w.save()
	}
	w.finish()
}

// discard throws the letter away, after a question when there is something in it.
func (w *Window) discard() {
	throw := func() bool {
		w.finish()
		w.wg.Go(func() {
			w.saving.Lock()
			defer w.saving.Unlock()
			if w.draft == 0 {
				return
			}
			if err := w.o.Sender.Delete(context.Background(), []storage.MessageID{w.draft}); err != nil {
				fyne.LogError("removing a draft", err)
			}
		})
		return true
	}
	if w.empty() {
		throw()
		return
	}
	controls.Ask(w.window, l10n.T("compose.askDiscard"),
		widgets.NewParagraph(l10n.T("compose.askDiscardHint"), widgets.TextStyle{Tone: widgets.Secondary}),
		l10n.T("compose.discard"), controls.Destructive, throw)
}

// finish closes the window; work that was begun still ends.
func (w *Window) finish() {
	w.closed = true
	w.stop()
	w.window.SetCloseIntercept(nil)
	w.window.Close()
	if w.o.Closed != nil {
		w.o.Closed()
	}
}

// Wait waits for saves and sends that were begun.
func (w *Window) Wait() { w.wg.Wait() }
