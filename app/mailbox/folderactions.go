package mailbox

import (
	"context"
	"strings"

	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// ask puts a question that the person alone can answer over the window.
func (w *Window) ask(title, sentence, yes string, do func()) {
	controls.Ask(w.o.Window, title, widgets.NewParagraph(sentence, widgets.TextStyle{Tone: widgets.Secondary}), yes, controls.Destructive,
		func() bool { do(); return true })
}

// askName asks for the name of a folder.
func (w *Window) askName(title, name, yes string, do func(name string)) {
	field := widgets.NewField()
	field.SetPlaceholder(l10n.T("folder.name"))
	field.SetText(name)
	sheet := controls.Ask(w.o.Window, title, field, yes, controls.Primary, func() bool {
		name := strings.TrimSpace(field.Text())
		field.SetInvalid(name == "")
		if name != "" {
			do(name)
		}
		return name != ""
	})
	field.OnSubmitted = func(string) { sheet.Confirm() }
	w.o.Window.Canvas().Focus(field)
}

// folderPath is the full name of a folder called name, inside of parent if that is a folder.
func folderPath(parent folderRow, name string) string {
	if parent.heading || parent.path == "" || parent.delimiter == "" {
		return name
	}
	return parent.path + parent.delimiter + name
}

func (w *Window) newFolder(parent folderRow) {
	w.askName(l10n.T("folder.new"), "", l10n.T("action.create"), func(name string) {
		w.perform(nil, l10n.T("failed.folder"), func(ctx context.Context) error {
			_, err := w.o.Changer.CreateMailbox(ctx, parent.account, folderPath(parent, name))
			return err
		})
	})
}

func (w *Window) renameFolder(r folderRow) {
	w.askName(l10n.T("folder.rename"), r.name, l10n.T("action.rename"), func(name string) {
		path := name
		if all := parents(r.path, r.delimiter); r.delimiter != "" && len(all) > 0 {
			path = all[len(all)-1] + r.delimiter + name
		}
		w.perform(nil, l10n.T("failed.folder"), func(ctx context.Context) error {
			return w.o.Changer.RenameMailbox(ctx, r.scope.Mailbox, path)
		})
	})
}

func (w *Window) deleteFolder(r folderRow) {
	w.ask(l10n.T("ask.deleteFolder", "folder", r.name), l10n.T("ask.deleteFolderHint"), l10n.T("action.delete"), func() {
		w.perform(nil, l10n.T("failed.folder"), func(ctx context.Context) error {
			return w.o.Changer.DeleteMailbox(ctx, r.scope.Mailbox)
		})
	})
}

func (w *Window) emptyFolder(r folderRow) {
	w.ask(l10n.T("ask.empty", "folder", r.name), l10n.T("ask.deleteForGoodHint"), l10n.T("folder.emptyIt"), func() {
		w.perform(nil, l10n.T("failed.delete"), func(ctx context.Context) error {
			ids, err := w.idsOf(r.scope.Mailbox, Everything)
			if err != nil || len(ids) == 0 {
				return err
			}
			if r.role == storage.RoleTrash {
				return w.o.Changer.Delete(ctx, ids)
			}
			// Out of Junk a deletion leads to Trash first; emptying means for good.
			if err := w.o.Changer.Delete(ctx, ids); err != nil {
				return err
			}
			return w.o.Changer.Delete(ctx, ids)
		})
	})
}

func (w *Window) markAllRead(r folderRow) {
	w.perform(nil, l10n.T("failed.flags"), func(ctx context.Context) error {
		ids, err := w.idsOf(r.scope.Mailbox, OnlyUnread)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := w.o.Changer.SetFlags(ctx, ids, storage.Seen, 0); err != nil {
			return err
		}
		w.o.Do(func() {
			w.done(l10n.T("done.markedRead", "count", len(ids)), func() { w.setFlags(ids, 0, storage.Seen) })
		})
		return nil
	})
}

func (w *Window) idsOf(m storage.MailboxID, f Filter) ([]storage.MessageID, error) {
	var ids []storage.MessageID
	err := w.o.Store.View(func(tx *storage.Tx) error {
		list, err := tx.List(m, 0)
		for _, e := range list {
			if f.takes(e) {
				ids = append(ids, e.ID)
			}
		}
		return err
	})
	return ids, err
}
