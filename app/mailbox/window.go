package mailbox

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// narrow is the width below which the reader takes the list's place instead of standing beside it.
const narrow = 900

// readAfter is how long a message must be open before it counts as read.
const readAfter = 800 * time.Millisecond

// The order of the panes.
const (
	paneFolders = iota
	paneList
	paneReader
)

// Reader shows one message.
type Reader interface {
	Object() fyne.CanvasObject
	// Show opens a message; Clear shows that none, or that several are chosen.
	Show(m storage.Message)
	Clear(chosen int)
	// SetBack shows or hides the way back to the list.
	SetBack(shown bool)
	// Flags tells of flags that changed in the open message.
	Flags(f storage.Flags)
	// ScrollBy scrolls the text; false at its end.
	ScrollBy(dy float32) bool
}

// Hooks are the ways out of the window. All are called on the UI goroutine.
type Hooks struct {
	Compose    func()
	Reply      func(m storage.Message, all bool)
	Forward    func(m storage.Message)
	EditDraft  func(m storage.Message)
	Settings   func(account storage.AccountID)
	AddAccount func()
	Outbox     func()
	Help       func()
	Quit       func()
	// Resized hears the widths of the panes after the person changed them.
	Resized func(widths []float32)
}

// Options is what a window is made from.
type Options struct {
	Store   Store
	Changer Changer
	Finder  Finder
	Reader  Reader
	Status  fyne.CanvasObject
	Layer   *controls.Layer
	Hooks   Hooks
	// Window is the window that the content is put into, for its keys and menus.
	Window fyne.Window
	// Do runs a function on the UI goroutine; nil is fyne.Do. Now is the clock.
	Do  func(func())
	Now func() time.Time
}

// Window is the main window's content.
type Window struct {
	o       Options
	layer   *controls.Layer
	folders *folderPane
	list    *listPane
	m       *messages
	errands *errands
	notice  *controls.Notice
	panes   *controls.Panes
	welcome *fyne.Container
	object  fyne.CanvasObject

	undos []undoable
	// open is the message in the reader.
	open      storage.Message
	readTimer *time.Timer
	roles     map[storage.MailboxID]storage.Role
	isNarrow  bool
	reading   bool
}

// New makes the content of the main window.
func New(o Options) *Window {
	if o.Do == nil {
		o.Do = fyne.Do
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &Window{o: o, layer: o.Layer, errands: newErrands(), notice: controls.NewNotice(), roles: map[storage.MailboxID]storage.Role{}}
	w.m = newMessages(o.Store, o.Finder, o.Do)
	w.folders = newFolderPane(w)
	w.list = newListPane(w, w.m)
	w.panes = controls.NewPanes(
		controls.Pane{Content: w.folders.object, Width: 27 * widgets.Unit, Least: 18 * widgets.Unit, Surface: widgets.ColorSurface},
		controls.Pane{Content: w.list.object, Width: 47 * widgets.Unit, Least: 34 * widgets.Unit},
		controls.Pane{Content: o.Reader.Object(), Least: 40 * widgets.Unit},
	)
	w.panes.OnResized = o.Hooks.Resized
	w.welcome = container.NewStack()
	w.welcome.Hide()
	foot := w.notice.Object()
	body := container.NewStack(container.New(&watchWidth{w.resized}, w.panes), w.welcome, foot)
	w.object = container.NewBorder(nil, container.NewVBox(widgets.HLine(), o.Status), nil, nil, body)
	return w
}

// Object is what is put into the window.
func (w *Window) Object() fyne.CanvasObject { return w.object }

// Run reads and works in the background until the context ends.
func (w *Window) Run(ctx context.Context) {
	var wg sync.WaitGroup
	changes := w.o.Store.Subscribe(ctx)
	wg.Go(func() { w.m.run(ctx) })
	wg.Go(func() { w.folders.run(ctx) })
	wg.Go(func() { w.errands.run(ctx) })
	wg.Go(func() { w.every(ctx) })
	w.folders.reload()
	for batch := range changes {
		w.o.Do(func() { w.changed(batch) })
	}
	wg.Wait()
}

// every keeps the relative times in the list true.
func (w *Window) every(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.o.Do(w.list.list.RefreshVisible)
		}
	}
}

func (w *Window) changed(batch []storage.Change) {
	w.m.changed(batch)
	for _, c := range batch {
		switch c := c.(type) {
		case storage.CountsChanged, storage.MailboxChanged, storage.ConnectionChanged, storage.OperationChanged, storage.Lost:
			w.folders.reload()
		case storage.FlagsChanged:
			for _, id := range c.Messages {
				if id == w.open.ID {
					w.rereadOpen(id)
				}
			}
		}
	}
}

// rereadOpen shows the open message again: its body may have come, or its flags changed elsewhere.
func (w *Window) rereadOpen(id storage.MessageID) {
	w.errands.add(func(context.Context) {
		row, err := w.readRow(id)
		if err != nil {
			return
		}
		w.o.Do(func() {
			if w.open.ID != id {
				return
			}
			bodyCame := row.BodyState != w.open.BodyState
			w.open = row
			if bodyCame {
				w.o.Reader.Show(row)
			} else {
				w.o.Reader.Flags(row.Flags)
			}
		})
	})
}

func (w *Window) readRow(id storage.MessageID) (row storage.Message, err error) {
	err = w.o.Store.View(func(tx *storage.Tx) error {
		row, err = tx.Message(id)
		return err
	})
	return row, err
}

// SetWidths sets the widths of the panes that Hooks.Resized once told.
func (w *Window) SetWidths(widths []float32) { w.panes.SetWidths(widths) }

// Show turns to another list.
func (w *Window) Show(s Scope) {
	w.leaveReader()
	w.folders.mark(s)
	w.list.show(s)
}

// FocusList gives the keyboard to the list.
func (w *Window) FocusList() { controls.Focus(w.list.list) }

// foldersChanged takes note of new folders; the first ones decide where the window begins.
func (w *Window) foldersChanged() {
	clear(w.roles)
	for _, r := range w.folders.tree.rows {
		if r.scope.Kind == OneMailbox {
			w.roles[r.scope.Mailbox] = r.role
		}
	}
	w.showWelcome(w.folders.tree.accounts == 0)
	_, known := w.folders.tree.find(w.m.scope)
	if w.m.scope.Kind == Found || known {
		return
	}
	if first, ok := w.folders.tree.first(); ok {
		w.Show(first)
		w.FocusList()
	} else if w.m.scope.Kind != Nothing {
		w.Show(Scope{})
	}
}

func (w *Window) roleOf(id storage.MailboxID) (storage.Role, bool) {
	r, ok := w.roles[id]
	return r, ok
}

// showWelcome covers everything while there is no account yet.
func (w *Window) showWelcome(shown bool) {
	if shown == w.welcome.Visible() {
		return
	}
	w.welcome.RemoveAll()
	if !shown {
		w.welcome.Hide()
		w.panes.Show()
		return
	}
	add := controls.NewButton(controls.Primary, controls.Plus, l10n.T("welcome.add"), w.o.Hooks.AddAccount)
	w.welcome.Add(controls.Blank(controls.Unread, l10n.T("welcome.title"), l10n.T("welcome.sentence"), add))
	w.welcome.Show()
	w.panes.Hide()
}

// selectionChanged opens what is chosen now. Without open, the reader is emptied only.
func (w *Window) selectionChanged(open bool) {
	w.stopReadTimer()
	w.list.updateCount()
	sel := &w.m.sel
	if sel.len() != 1 || !open {
		w.open = storage.Message{}
		w.o.Reader.Clear(sel.len())
		return
	}
	if w.isNarrow && !w.reading {
		w.open = storage.Message{}
		return
	}
	w.openMessage(sel.cursor)
}

// openMessage shows a message in the reader.
func (w *Window) openMessage(id storage.MessageID) {
	if w.open.ID == id {
		return
	}
	if row := w.m.row(id); row != nil {
		w.present(*row)
		return
	}
	w.errands.add(func(context.Context) {
		row, err := w.readRow(id)
		w.o.Do(func() {
			if err == nil && w.m.sel.cursor == id {
				w.present(row)
			}
		})
	})
}

func (w *Window) present(row storage.Message) {
	if e, ok := w.m.entry(row.ID); ok {
		row.Flags = e.Flags
	}
	w.open = row
	w.o.Reader.Show(row)
	if row.Flags.Has(storage.Seen) {
		return
	}
	w.stopReadTimer()
	w.readTimer = time.AfterFunc(readAfter, func() {
		w.o.Do(func() {
			if w.open.ID == row.ID {
				w.setFlags([]storage.MessageID{row.ID}, storage.Seen, 0)
			}
		})
	})
}

func (w *Window) stopReadTimer() {
	if w.readTimer != nil {
		w.readTimer.Stop()
		w.readTimer = nil
	}
}

// activate opens a message with a double click or Enter: a draft to be written on, others in the reader.
func (w *Window) activate(id storage.MessageID) {
	w.m.sel.only(id)
	w.list.refreshSelection()
	if row := w.m.row(id); row != nil {
		if role, _ := w.roleOf(row.Mailbox); role == storage.RoleDrafts {
			w.o.Hooks.EditDraft(*row)
			return
		}
	}
	w.enterReader()
	w.openMessage(id)
}

// enterReader puts the reader into the list's place in a narrow window.
func (w *Window) enterReader() {
	if w.isNarrow && !w.reading {
		w.reading = true
		w.applyWidth()
	}
}

// leaveReader goes back to the list in a narrow window.
func (w *Window) leaveReader() {
	if w.reading {
		w.reading = false
		w.open = storage.Message{}
		w.stopReadTimer()
		w.applyWidth()
	}
}

// Back leaves the reader of a narrow window.
func (w *Window) Back() {
	w.leaveReader()
	w.FocusList()
}

func (w *Window) resized(width float32) {
	if is := width < narrow; is != w.isNarrow {
		w.isNarrow = is
		w.reading = is && w.open.ID != 0
		w.applyWidth()
	}
}

func (w *Window) applyWidth() {
	w.panes.SetHidden(paneList, w.isNarrow && w.reading)
	w.panes.SetHidden(paneReader, w.isNarrow && !w.reading)
	w.o.Reader.SetBack(w.isNarrow && w.reading)
}

// watchWidth fills its place with one object and tells its width.
type watchWidth struct{ told func(float32) }

func (l *watchWidth) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (l *watchWidth) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.told(s.Width)
	o[0].Resize(s)
}

// IsDraft tells whether a message lies among the drafts.
func (w *Window) IsDraft(m *storage.Message) bool {
	role, _ := w.roleOf(m.Mailbox)
	return role == storage.RoleDrafts
}

// Choose chooses messages of the list, as clicks with Ctrl would.
func (w *Window) Choose(ids ...storage.MessageID) {
	for i, id := range ids {
		if i == 0 {
			w.m.sel.only(id)
		} else {
			w.m.sel.toggle(id)
		}
	}
	w.list.refreshSelection()
	w.selectionChanged(true)
}

// Chosen are the chosen messages, in the order of the list.
func (w *Window) Chosen() []storage.MessageID { return w.list.chosen() }

// Find searches for words.
func (w *Window) Find(query string) {
	w.list.search.SetText(query)
	w.list.find(query)
}
