package mailbox

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/storage"
)

// undoDepth is how many actions can be taken back one after the other.
const undoDepth = 50

// undoable is an action that can be taken back.
type undoable struct {
	undo func()
	// until is when it is too late; zero is never.
	until time.Time
}

// done offers to take back what was just done.
func (w *Window) done(text string, undo func()) {
	w.remember(undoable{undo: undo})
	w.notice.Undo(text, w.Undo, controls.UndoTime)
}

func (w *Window) remember(u undoable) {
	w.undos = append(w.undos, u)
	if len(w.undos) > undoDepth {
		w.undos = w.undos[1:]
	}
}

// OfferUndo offers to take back something that was done outside of the window, like sending. After stay it is too late.
func (w *Window) OfferUndo(text string, undo func(), stay time.Duration) {
	w.remember(undoable{undo: undo, until: w.o.Now().Add(stay)})
	w.notice.Undo(text, w.Undo, stay)
}

// Tell says something at the foot of the window for some seconds.
func (w *Window) Tell(text string) { w.notice.Tell(text) }

// Undo takes the last action back.
func (w *Window) Undo() {
	for n := len(w.undos); n > 0 && !w.undos[n-1].until.IsZero() && w.o.Now().After(w.undos[n-1].until); n-- {
		w.undos = w.undos[:n-1]
	}
	if len(w.undos) == 0 {
		return
	}
	last := w.undos[len(w.undos)-1]
	w.undos = w.undos[:len(w.undos)-1]
	w.notice.Hide()
	last.undo()
}

// Check looks for new mail.
func (w *Window) Check() { w.o.Changer.CheckNow(0) }

// Compose begins a new message.
func (w *Window) Compose() { w.o.Hooks.Compose() }

func (w *Window) fail(what string, err error) {
	w.notice.Fail(what+l10n.T("failed.because")+bidi.Isolate(bidi.Clean(err.Error())), "", nil)
}

// perform makes a change in the background. Should it fail, the list is set right again and the reason shown.
func (w *Window) perform(ids []storage.MessageID, what string, change func(context.Context) error) {
	w.errands.add(func(ctx context.Context) {
		if err := change(ctx); err != nil {
			w.o.Do(func() {
				w.m.restore(ids)
				w.fail(what, err)
			})
		}
	})
}

func (w *Window) setFlags(ids []storage.MessageID, add, remove storage.Flags) {
	if len(ids) == 0 {
		return
	}
	w.m.setFlags(ids, add, remove)
	if slices.Contains(ids, w.open.ID) {
		w.open.Flags = w.open.Flags&^remove | add
		w.o.Reader.Flags(w.open.Flags)
	}
	w.perform(ids, l10n.T("failed.flags"), func(ctx context.Context) error {
		return w.o.Changer.SetFlags(ctx, ids, add, remove)
	})
}

// anyLacks tells whether one of the messages does not have the flag.
func (w *Window) anyLacks(ids []storage.MessageID, f storage.Flags) bool {
	return slices.ContainsFunc(ids, func(id storage.MessageID) bool {
		e, ok := w.m.entry(id)
		if !ok && id == w.open.ID {
			e.Flags, ok = w.open.Flags, true
		}
		return ok && !e.Flags.Has(f)
	})
}

func (w *Window) toggleRead(ids []storage.MessageID) {
	w.stopReadTimer()
	if w.anyLacks(ids, storage.Seen) {
		w.setFlags(ids, storage.Seen, 0)
	} else {
		w.setFlags(ids, 0, storage.Seen)
	}
}

func (w *Window) toggleStar(ids []storage.MessageID) {
	if w.anyLacks(ids, storage.Flagged) {
		w.setFlags(ids, storage.Flagged, 0)
	} else {
		w.setFlags(ids, 0, storage.Flagged)
	}
}

// ToggleStar and the like act on the chosen messages; the reader's buttons call them.
func (w *Window) ToggleStar() { w.toggleStar(w.list.chosen()) }

// ToggleRead marks the chosen messages read, or unread when all of them are read.
func (w *Window) ToggleRead() { w.toggleRead(w.list.chosen()) }

// Archive moves the chosen messages to the archive.
func (w *Window) Archive() { w.archive(w.list.chosen()) }

// Delete moves the chosen messages to Trash.
func (w *Window) Delete() { w.remove(w.list.chosen()) }

// Junk moves the chosen messages to Junk.
func (w *Window) Junk() { w.junk(w.list.chosen()) }

// Reply answers the chosen message.
func (w *Window) Reply(all bool) {
	if w.open.ID != 0 {
		w.o.Hooks.Reply(w.open, all)
	}
}

// Forward passes the chosen message on.
func (w *Window) Forward() {
	if w.open.ID != 0 {
		w.o.Hooks.Forward(w.open)
	}
}

func (w *Window) archive(ids []storage.MessageID) {
	if w.inRole(storage.RoleArchive) {
		return
	}
	w.moveAway(ids, l10n.T("done.archived", "count", len(ids)), l10n.T("failed.move"), func(ctx context.Context) error {
		return w.o.Changer.MoveToRole(ctx, ids, storage.RoleArchive)
	})
}

func (w *Window) junk(ids []storage.MessageID) {
	if w.inRole(storage.RoleJunk) {
		w.moveAway(ids, l10n.T("done.notJunk", "count", len(ids)), l10n.T("failed.move"), func(ctx context.Context) error {
			return w.o.Changer.MoveToRole(ctx, ids, storage.RoleInbox)
		})
		return
	}
	w.moveAway(ids, l10n.T("done.junk", "count", len(ids)), l10n.T("failed.move"), func(ctx context.Context) error {
		return w.o.Changer.MoveToRole(ctx, ids, storage.RoleJunk)
	})
}

func (w *Window) moveTo(ids []storage.MessageID, target storage.MailboxID) {
	if w.m.scope.Kind == OneMailbox && w.m.scope.Mailbox == target {
		return
	}
	row, _ := w.folders.tree.find(Scope{Kind: OneMailbox, Mailbox: target})
	w.moveAway(ids, l10n.T("done.moved", "count", len(ids), "folder", row.name), l10n.T("failed.move"), func(ctx context.Context) error {
		return w.o.Changer.Move(ctx, ids, target)
	})
}

// remove deletes: to Trash without asking, since that can be undone; out of Trash only after asking.
func (w *Window) remove(ids []storage.MessageID) {
	if len(ids) == 0 {
		return
	}
	if w.inRole(storage.RoleTrash) {
		w.ask(l10n.T("ask.deleteForGood", "count", len(ids)), l10n.T("ask.deleteForGoodHint"), l10n.T("action.deleteForGood"), func() {
			w.m.remove(ids)
			w.perform(ids, l10n.T("failed.delete"), func(ctx context.Context) error { return w.o.Changer.Delete(ctx, ids) })
		})
		return
	}
	w.moveAway(ids, l10n.T("done.deleted", "count", len(ids)), l10n.T("failed.delete"), func(ctx context.Context) error {
		return w.o.Changer.Delete(ctx, ids)
	})
}

func (w *Window) inRole(r storage.Role) bool {
	if w.m.scope.Kind != OneMailbox {
		return false
	}
	role, _ := w.roleOf(w.m.scope.Mailbox)
	return role == r
}

// moveAway takes messages out of the list and offers to bring them back to where each of them was.
func (w *Window) moveAway(ids []storage.MessageID, doneText, failText string, change func(context.Context) error) {
	if len(ids) == 0 {
		return
	}
	ids = slices.Clone(ids)
	if w.m.scope.Kind != AllStarred && w.m.scope.Kind != Found {
		w.m.remove(ids)
	}
	w.errands.add(func(ctx context.Context) {
		homes, err := w.homes(ids)
		if err == nil {
			err = change(ctx)
		}
		w.o.Do(func() {
			if err != nil {
				w.m.restore(ids)
				w.fail(failText, err)
				return
			}
			w.done(doneText, func() { w.bringBack(ids, homes, failText) })
		})
	})
}

// homes tells which mailbox each message is in.
func (w *Window) homes(ids []storage.MessageID) (map[storage.MailboxID][]storage.MessageID, error) {
	homes := map[storage.MailboxID][]storage.MessageID{}
	err := w.o.Store.View(func(tx *storage.Tx) error {
		for _, id := range ids {
			m, err := tx.Message(id)
			if err != nil {
				return err
			}
			homes[m.Mailbox] = append(homes[m.Mailbox], id)
		}
		return nil
	})
	return homes, err
}

func (w *Window) bringBack(ids []storage.MessageID, homes map[storage.MailboxID][]storage.MessageID, failText string) {
	w.perform(ids, failText, func(ctx context.Context) error {
		for home, own := range homes {
			if err := w.o.Changer.Move(ctx, own, home); err != nil {
				return err
			}
		}
		w.o.Do(func() { w.m.restore(ids) })
		return nil
	})
}

// messageMenu is the context menu of the chosen messages.
func (w *Window) messageMenu() []*fyne.MenuItem {
	ids := w.list.chosen()
	item := func(text string, do func()) *fyne.MenuItem { return fyne.NewMenuItem(text, do) }
	var items []*fyne.MenuItem
	if len(ids) == 1 {
		items = append(items,
			item(l10n.V("action.reply"), func() { w.Reply(false) }),
			item(l10n.V("action.replyAll"), func() { w.Reply(true) }),
			item(l10n.V("action.forward"), w.Forward),
			fyne.NewMenuItemSeparator())
	}
	read, star := l10n.V("action.markUnread"), l10n.V("action.unstar")
	if w.anyLacks(ids, storage.Seen) {
		read = l10n.V("action.markRead")
	}
	if w.anyLacks(ids, storage.Flagged) {
		star = l10n.V("action.star")
	}
	items = append(items, item(read, w.ToggleRead), item(star, w.ToggleStar), fyne.NewMenuItemSeparator(),
		item(l10n.V("action.archive"), w.Archive))
	if move := w.moveMenu(ids); move != nil {
		items = append(items, move)
	}
	junk := l10n.V("action.junk")
	if w.inRole(storage.RoleJunk) {
		junk = l10n.V("action.notJunk")
	}
	return append(items, item(junk, w.Junk), item(l10n.V("action.delete"), w.Delete))
}

// moveMenu offers the folders of the account that the chosen messages are in, all of one account.
func (w *Window) moveMenu(ids []storage.MessageID) *fyne.MenuItem {
	targets := w.moveTargets(ids)
	if len(targets) == 0 {
		return nil
	}
	item := fyne.NewMenuItem(l10n.V("action.move"), nil)
	item.ChildMenu = fyne.NewMenu("", targets...)
	return item
}

// accountOf is the one account that all of the messages are of, 0 when there are several.
func (w *Window) accountOf(ids []storage.MessageID) storage.AccountID {
	var account storage.AccountID
	for _, id := range ids {
		row := w.m.row(id)
		if row == nil {
			continue
		}
		if account != 0 && row.Account != account {
			return 0
		}
		account = row.Account
	}
	return account
}

func (w *Window) moveTargets(ids []storage.MessageID) []*fyne.MenuItem {
	account := w.accountOf(ids)
	if account == 0 {
		return nil
	}
	var targets []*fyne.MenuItem
	for _, r := range w.folders.tree.rows {
		if r.account != account || !r.takesDrop() || r.scope == w.m.scope || r.role == storage.RoleAll {
			continue
		}
		targets = append(targets, fyne.NewMenuItem(bidi.Visual(r.name, l10n.Direction()), func() { w.moveTo(ids, r.scope.Mailbox) }))
	}
	return targets
}

// ShowMoveMenu offers the folders under an object.
func (w *Window) ShowMoveMenu(under fyne.CanvasObject) {
	controls.ShowMenuUnder(under, w.moveTargets(w.list.chosen())...)
}

// MoreMenu is what the reader's last button offers.
func (w *Window) MoreMenu() []*fyne.MenuItem {
	menu := w.messageMenu()
	return menu[min(4, len(menu)):]
}

// programMenu is the menu of the program as a whole.
func (w *Window) programMenu() []*fyne.MenuItem {
	return []*fyne.MenuItem{
		fyne.NewMenuItem(l10n.V("action.check"), w.Check),
		fyne.NewMenuItem(l10n.V("outbox.title"), w.o.Hooks.Outbox),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(l10n.V("action.addAccount"), w.o.Hooks.AddAccount),
		fyne.NewMenuItem(l10n.V("settings.title"), func() { w.o.Hooks.Settings(0) }),
		fyne.NewMenuItem(l10n.V("help.title"), w.o.Hooks.Help),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(l10n.V("action.quit"), w.o.Hooks.Quit),
	}
}
