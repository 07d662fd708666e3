// Package outbox shows what is on its way out: waiting, being sent, refused, or of unknown fate.
package outbox

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// Store is what the outbox reads from.
type Store interface {
	View(fn func(*storage.Tx) error) error
	Subscribe(ctx context.Context) <-chan []storage.Change
}

// Sender decides about messages on their way out.
type Sender interface {
	// RetrySend tries again at once, CancelSend takes a message out and gives its bytes back, DropSend takes it out
	// for good, MarkSent settles that it did go out.
	RetrySend(ctx context.Context, id storage.OutgoingID) error
	CancelSend(ctx context.Context, id storage.OutgoingID) ([]byte, error)
	DropSend(ctx context.Context, id storage.OutgoingID) error
	MarkSent(ctx context.Context, id storage.OutgoingID) error
}

// Options is what an outbox is made from.
type Options struct {
	Store  Store
	Sender Sender
	Window fyne.Window
	// Edit opens a composer with a message that was taken out.
	Edit func(account storage.AccountID, raw []byte)
	// Do runs a function on the UI goroutine; nil is fyne.Do. Now is the clock.
	Do  func(func())
	Now func() time.Time
}

// View is the outbox.
type View struct {
	o      Options
	list   *controls.List
	blank  *fyne.Container
	object fyne.CanvasObject
	items  []storage.Outgoing
	wg     sync.WaitGroup
}

// New makes an outbox; Run fills it.
func New(o Options) *View {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	v := &View{o: o, list: controls.NewList(itemHeight()), blank: container.NewStack()}
	v.list.Length = func() int { return len(v.items) }
	v.list.Create = func() fyne.CanvasObject { return newItem(v) }
	v.list.Update = func(i int, row fyne.CanvasObject) { row.(*item).show(v.items[i]) }
	v.object = container.NewStack(v.list, v.blank)
	return v
}

// Object is what is put into the window.
func (v *View) Object() fyne.CanvasObject { return v.object }

// Run keeps the list true until the context ends.
func (v *View) Run(ctx context.Context) {
	changes := v.o.Store.Subscribe(ctx)
	v.read()
	for batch := range changes {
		if slices.ContainsFunc(batch, concerns) {
			v.read()
		}
	}
	v.wg.Wait()
}

func concerns(c storage.Change) bool {
	switch c.(type) {
	case storage.OperationChanged, storage.ConnectionChanged, storage.Lost:
		return true
	}
	return false
}

// read lists what has not arrived yet.
func (v *View) read() {
	var items []storage.Outgoing
	err := v.o.Store.View(func(tx *storage.Tx) error {
		all, err := tx.Outbox()
		for _, o := range all {
			if o.State != storage.OutFiled && o.State != storage.OutSubmitted {
				items = append(items, o)
			}
		}
		return err
	})
	v.o.Do(func() {
		if err != nil {
			controls.Tell(v.o.Window, l10n.T("failed.title"), bidi.Clean(err.Error()))
			return
		}
		v.items = items
		v.blank.RemoveAll()
		if len(items) == 0 {
			v.blank.Add(controls.Blank(controls.Sent, l10n.T("outbox.empty"), "", nil))
		}
		v.blank.Refresh()
		v.list.Reload()
	})
}

// act does what the person decided, off the UI goroutine. It is a matter of milliseconds and is not given up when the
// window closes.
func (v *View) act(do func(ctx context.Context) error) {
	v.wg.Go(func() {
		if err := do(context.Background()); err != nil {
			v.o.Do(func() { controls.Tell(v.o.Window, l10n.T("failed.title"), bidi.Clean(err.Error())) })
		}
	})
}

func (v *View) edit(o storage.Outgoing) {
	v.act(func(ctx context.Context) error {
		raw, err := v.o.Sender.CancelSend(ctx, o.ID)
		if err == nil {
			v.o.Do(func() { v.o.Edit(o.Account, raw) })
		}
		return err
	})
}

func (v *View) drop(o storage.Outgoing) {
	controls.Ask(v.o.Window, l10n.T("outbox.askDelete"),
		widgets.NewParagraph(l10n.T("outbox.askDeleteHint"), widgets.TextStyle{Tone: widgets.Secondary}),
		l10n.T("action.delete"), controls.Destructive, func() bool {
			v.act(func(ctx context.Context) error { return v.o.Sender.DropSend(ctx, o.ID) })
			return true
		})
}

// State says in a sentence where a message is, and whether that wants attention.
func State(o *storage.Outgoing, now time.Time) (text string, tone widgets.Tone) {
	switch o.State {
	case storage.OutSending:
		return l10n.T("outbox.sending"), widgets.Accent
	case storage.OutUnknown:
		return l10n.T("outbox.unknown"), widgets.Warning
	case storage.OutFailed:
		return l10n.T("outbox.failed"), widgets.Danger
	case storage.OutSubmitted, storage.OutFiled:
		return l10n.T("outbox.sent"), widgets.Success
	}
	if o.NotBefore.After(now) {
		if o.Attempts > 0 {
			return l10n.T("outbox.retryAt", "time", l10n.Relative(o.NotBefore, now)), widgets.Warning
		}
		return l10n.T("outbox.soon"), widgets.Secondary
	}
	return l10n.T("outbox.waiting"), widgets.Secondary
}

// reason is what the servers said, on one line.
func reason(o *storage.Outgoing) string {
	parts := []string{}
	if o.State == storage.OutUnknown {
		return l10n.T("outbox.unknownWhy")
	}
	if o.LastError != "" {
		parts = append(parts, o.LastError)
	}
	for to, words := range o.Refused {
		parts = append(parts, to+": "+words)
	}
	slices.Sort(parts)
	return bidi.Clean(strings.Join(parts, " · "))
}

// item shows one message of the outbox.
type item struct {
	widget.BaseWidget
	box                              *fyne.Container
	view                             *View
	out                              storage.Outgoing
	subject, to, state, reason       *widgets.Label
	retry, edit, remove, sent, again *controls.Button
}

func itemHeight() float32 { return 4*widgets.NewLabel("Ag").MinSize().Height + 3*widgets.Unit }

func newItem(v *View) *item {
	shrink := func(s widgets.TextStyle) *widgets.Label { s.Shrink = true; return widgets.NewLabel("", s) }
	i := &item{
		view: v, subject: shrink(widgets.TextStyle{Bold: true}), to: shrink(widgets.TextStyle{Tone: widgets.Secondary}),
		state: shrink(widgets.TextStyle{}), reason: shrink(widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9}),
	}
	button := func(text string, do func()) *controls.Button {
		return controls.NewButton(controls.Outlined, controls.GlyphNone, text, do)
	}
	send := func() { v.act(func(ctx context.Context) error { return v.o.Sender.RetrySend(ctx, i.out.ID) }) }
	i.retry = button(l10n.T("outbox.sendNow"), send)
	i.again = button(l10n.T("outbox.sendAgain"), send)
	i.sent = button(l10n.T("outbox.itWasSent"), func() {
		v.act(func(ctx context.Context) error { return v.o.Sender.MarkSent(ctx, i.out.ID) })
	})
	i.edit = button(l10n.T("action.edit"), func() { v.edit(i.out) })
	i.remove = controls.NewButton(controls.Quiet, controls.Trash, "", func() { v.drop(i.out) })
	buttons := widgets.HBox(i.sent, i.again, i.retry, i.edit, i.remove)
	texts := container.New(layout.NewCustomPaddedVBoxLayout(0), i.subject, i.to, i.state, i.reason)
	row := widgets.Border(nil, nil, nil, container.NewCenter(buttons), texts)
	padded := controls.Inset(1.25*widgets.Unit, widgets.Unit, 2*widgets.Unit, 2*widgets.Unit, row)
	i.box = container.NewBorder(nil, widgets.HLine(), nil, nil, padded)
	i.ExtendBaseWidget(i)
	return i
}

// CreateRenderer implements fyne.Widget.
func (i *item) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(i.box) }

func (i *item) show(o storage.Outgoing) {
	i.out = o
	subject := bidi.Clean(o.Subject)
	if subject == "" {
		subject = l10n.T("message.noSubject")
	}
	i.subject.SetText(subject)
	i.to.SetText(l10n.T("list.to", "names", strings.Join(o.To, l10n.T("list.comma"))))
	text, tone := State(&o, i.view.o.Now())
	i.state.SetStyle(widgets.TextStyle{Shrink: true, Tone: tone})
	i.state.SetText(text)
	i.reason.SetText(reason(&o))
	unknown, sending := o.State == storage.OutUnknown, o.State == storage.OutSending
	show(i.sent, unknown)
	show(i.again, unknown)
	show(i.retry, !unknown && !sending)
	show(i.edit, !unknown && !sending)
	show(i.remove, !sending)
	i.box.Refresh()
}

func show(o fyne.CanvasObject, v bool) {
	if v {
		o.Show()
	} else {
		o.Hide()
	}
}
