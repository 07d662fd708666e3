// Package app is Peyk's surface: the windows, what connects them, and the settings they are shown with.
package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"peyk/accounts"
	mailsync "peyk/accounts/sync"
	"peyk/app/composer"
	"peyk/app/l10n"
	"peyk/app/mailbox"
	"peyk/app/outbox"
	"peyk/app/reader"
	"peyk/app/settings"
	"peyk/app/widgets"
	"peyk/assets"
	"peyk/storage"
	"peyk/storage/search"
)

// ID is the application's id for the desktop.
const ID = "org.peyk.Peyk"

// Engine does what the windows ask for; *mailsync.Engine is one.
type Engine interface {
	mailbox.Changer
	outbox.Sender
	reader.Source
	settings.Engine
	Account(id storage.AccountID) (accounts.Account, error)
	Send(ctx context.Context, account storage.AccountID, raw []byte, o mailsync.SendOptions) (storage.OutgoingID, error)
	SaveDraft(ctx context.Context, account storage.AccountID, raw []byte, replaces storage.MessageID) (storage.MessageID, error)
	Status() []mailsync.Status
	WatchStatus(ctx context.Context) <-chan struct{}
}

// Options is what the application is made from.
type Options struct {
	Engine Engine
	Store  *storage.Store
	// Finder searches the texts of messages; nil reads all of them.
	Finder mailbox.Finder
	// Demo is said in the title, Version with the keys.
	Demo    bool
	Version string
	// Mailto opens a composer at the start.
	Mailto string
	// Setup opens the wizard and calls done on the UI goroutine with the new account, 0 when it was given up; nil uses
	// the form of the settings.
	Setup func(parent fyne.App, done func(storage.AccountID))
}

// App is the running application.
type App struct {
	o    Options
	fyne fyne.App
	// do runs a function on the UI goroutine.
	do     func(func())
	now    func() time.Time
	prefs  preferences
	people *composer.People

	// ctx lives as long as Run; its goroutines are in wg.
	ctx  context.Context
	wg   sync.WaitGroup
	main *mainWindow
	// drafts are the composers that are open.
	drafts       map[*composer.Window]bool
	settings     fyne.Window
	settingsView *settings.View
	outbox       fyne.Window
	help         fyne.Window
}

// New makes the application. It belongs to the main goroutine.
func New(o Options) (*App, error) { return newWith(o, fyneapp.NewWithID(ID)) }

func newWith(o Options, f fyne.App) (*App, error) {
	if o.Engine == nil || o.Store == nil {
		return nil, errors.New("the window needs an engine and a store")
	}
	if o.Finder == nil {
		o.Finder = fullText{o.Store}
	}
	a := &App{o: o, fyne: f, people: composer.NewPeople(o.Store), drafts: map[*composer.Window]bool{}, do: fyne.Do, now: time.Now}
	f.SetIcon(fyne.NewStaticResource("peyk.png", assets.Icon))
	if err := a.loadPreferences(); err != nil {
		return nil, err
	}
	if err := a.applyLooks(); err != nil {
		return nil, err
	}
	return a, nil
}

// Run shows the main window and works until it is closed or the context ends. It belongs to the main goroutine.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	a.ctx = ctx
	defer a.wg.Wait()
	defer stop()
	a.openMain()
	a.background(func(ctx context.Context) {
		if err := a.people.Read(ctx); err != nil && ctx.Err() == nil {
			fyne.LogError("reading addresses", err)
		}
	})
	end := context.AfterFunc(ctx, func() { a.do(a.quit) })
	defer end()
	if a.o.Mailto != "" {
		a.fyne.Lifecycle().SetOnStarted(func() { a.do(func() { a.compose(composer.Mailto(a.o.Mailto)) }) })
	}
	a.fyne.Run()
	a.main.close()
	return nil
}

// Raise shows the main window in front. It may be called from any goroutine.
func (a *App) Raise() {
	a.do(func() {
		if a.main != nil {
			a.main.window.Show()
			a.main.window.RequestFocus()
		}
	})
}

// OpenMailto opens a composer for a mailto URI. It may be called from any goroutine.
func (a *App) OpenMailto(uri string) { a.do(func() { a.compose(composer.Mailto(uri)) }) }

// background runs something until it ends or the application does.
func (a *App) background(do func(ctx context.Context)) {
	ctx := a.ctx
	a.wg.Go(func() { do(ctx) })
}

// quit closes all windows, and with them the application. Composers keep what
// was written in them as drafts; Run waits for that.
func (a *App) quit() {
	for w := range a.drafts {
		w.Close()
	}
	a.main.window.Close()
}

// applyLooks takes over the language, the theme and the size of text.
func (a *App) applyLooks() error {
	if err := l10n.Use(a.prefs.Language); err != nil {
		return fmt.Errorf("choosing the language: %w", err)
	}
	t, err := widgets.NewTheme(a.prefs.Theme, a.prefs.TextSize)
	if err != nil {
		return fmt.Errorf("making the theme: %w", err)
	}
	a.fyne.Settings().SetTheme(t)
	return nil
}

// withAccounts reads the accounts, in the background, and goes on with them on the UI goroutine.
func (a *App) withAccounts(then func([]accounts.Account)) {
	a.background(func(context.Context) {
		list, err := a.o.Engine.Accounts()
		a.do(func() {
			if err != nil {
				a.fail(err)
				return
			}
			then(list)
		})
	})
}

// compose opens a window with a letter.
func (a *App) compose(l composer.Letter) {
	a.withAccounts(func(list []accounts.Account) { a.openComposer(list, l) })
}

func (a *App) openComposer(list []accounts.Account, l composer.Letter) {
	var w *composer.Window
	w = composer.Open(a.fyne, composer.Options{
		Sender: sender{a.o.Engine, a.o.Store}, Accounts: list, People: a.people,
		Sent: a.sent,
		Closed: func() {
			delete(a.drafts, w)
			a.wg.Go(w.Wait)
		},
		Do:  a.do,
		Now: a.now,
	}, l)
	a.drafts[w] = true
}

// sent offers to call a letter back while it waits.
func (a *App) sent(account storage.AccountID, id storage.OutgoingID) {
	callBack := func() {
		a.background(func(ctx context.Context) {
			raw, err := a.o.Engine.CancelSend(ctx, id)
			a.do(func() {
				if err != nil {
					a.fail(err)
					return
				}
				a.compose(composer.Reopen(account, raw, 0))
			})
		})
	}
	a.background(func(context.Context) {
		var out storage.Outgoing
		err := a.o.Store.View(func(tx *storage.Tx) (err error) {
			out, err = tx.Outgoing(id)
			return err
		})
		if stay := out.NotBefore.Sub(a.now()); err == nil && stay > 0 {
			a.do(func() { a.main.box.OfferUndo(l10n.T("done.sending"), callBack, stay) })
		}
	})
}

// withRaw reads a message's bytes, downloading them if need be, and goes on on the UI goroutine.
func (a *App) withRaw(m storage.Message, then func(acc *accounts.Account, raw []byte)) {
	a.background(func(ctx context.Context) {
		raw, err := a.o.Engine.Raw(ctx, m.ID)
		if errors.Is(err, storage.ErrNotFound) {
			if err = a.o.Engine.FetchBody(ctx, m.ID); err == nil {
				raw, err = a.o.Engine.Raw(ctx, m.ID)
			}
		}
		acc, accErr := a.o.Engine.Account(m.Account)
		err = errors.Join(err, accErr)
		a.do(func() {
			if err != nil {
				a.fail(err)
				return
			}
			then(&acc, raw)
		})
	})
}

func (a *App) reply(m storage.Message, all bool) {
	a.withRaw(m, func(acc *accounts.Account, raw []byte) { a.compose(composer.Reply(acc, raw, m.ID, all)) })
}

func (a *App) forward(m storage.Message) {
	a.withRaw(m, func(acc *accounts.Account, raw []byte) { a.compose(composer.Forward(acc, raw, m.ID)) })
}

func (a *App) editDraft(m storage.Message) {
	a.withRaw(m, func(acc *accounts.Account, raw []byte) { a.compose(composer.Reopen(acc.ID, raw, m.ID)) })
}

// sender gives letters to the engine.
type sender struct {
	engine Engine
	store  *storage.Store
}

func (s sender) Send(ctx context.Context, account storage.AccountID, raw []byte, source storage.MessageID, forward bool, draft storage.MessageID) (storage.OutgoingID, error) {
	return s.engine.Send(ctx, account, raw, mailsync.SendOptions{InReplyTo: source, Forward: forward, Draft: draft})
}

func (s sender) SaveDraft(ctx context.Context, account storage.AccountID, raw []byte, replaces storage.MessageID) (storage.MessageID, error) {
	return s.engine.SaveDraft(ctx, account, raw, replaces)
}

// Delete removes a draft.
func (s sender) Delete(ctx context.Context, ids []storage.MessageID) error {
	return s.engine.Delete(ctx, ids)
}

// ownAddresses knows which addresses are the person's own.
type ownAddresses struct {
	mu  sync.Mutex
	set map[string]bool
}

func (o *ownAddresses) replace(list []accounts.Account) {
	set := map[string]bool{}
	for _, a := range list {
		for _, id := range a.Identities {
			set[strings.ToLower(id.Email)] = true
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.set = set
}

func (o *ownAddresses) has(address string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.set[strings.ToLower(address)]
}

// fullText searches by reading every message.
type fullText struct{ store *storage.Store }

func (f fullText) Search(ctx context.Context, query string, limit int) ([]storage.MessageID, error) {
	found, err := search.Scan(ctx, f.store, query, limit)
	ids := make([]storage.MessageID, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	return ids, err
}
