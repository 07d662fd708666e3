package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"peyk/accounts"
	"peyk/accounts/imap"
	"peyk/storage"
)

var errNoInbox = errors.New("the list of folders has no inbox")

func (e *Engine) dialIMAP(ctx context.Context, a *accounts.Account) (*imap.Session, error) {
	password, err := e.password(ctx, a, false)
	if err != nil {
		return nil, err
	}
	return imap.Dial(ctx, a.Incoming, password, e.imapOptions())
}

func (e *Engine) imapOptions() imap.Options {
	return imap.Options{Dialer: e.o.Dialer, Timeout: e.o.Timeout, Trace: e.o.Trace, Client: e.o.Client}
}

func (e *Engine) checkIMAP(ctx context.Context, a *accounts.Account, r *Report) error {
	s, err := e.dialIMAP(ctx, a)
	if err != nil {
		return err
	}
	defer func() { s.Close() }() // the last one, after reconnections
	// A change that the server does not take must not keep new mail out.
	replayErr := e.replay(ctx, a, s, r)
	if replayErr != nil && !s.Alive() {
		again, err := e.dialIMAP(ctx, a)
		if err != nil {
			return replayErr
		}
		s.Close()
		s = again
	}
	return errors.Join(replayErr, e.receiveIMAP(ctx, a, &s, r))
}

// receiveIMAP takes in what is new in every chosen folder. The session at sp may
// become another one on the way.
func (e *Engine) receiveIMAP(ctx context.Context, a *accounts.Account, sp **imap.Session, r *Report) error {
	s := *sp
	boxes, infos, err := e.syncMailboxList(ctx, a, s)
	if err != nil {
		return err
	}
	for i := range boxes {
		x := boxSync{e: e, a: a, s: s, r: r, box: boxes[i], info: infos[i]}
		err := x.run(ctx)
		s, *sp = x.s, x.s
		if imap.Permanent(err) {
			// One folder that the server refuses must not hide the others.
			r.Problems = append(r.Problems, fmt.Sprintf("%s: %v", boxes[i].Name, err))
			continue
		}
		if err != nil {
			return err
		}
	}
	return s.Logout(ctx)
}

// chosen reports whether an account synchronises a mailbox.
func chosen(a *accounts.Account, box *storage.Mailbox) bool {
	if box.Role == storage.RoleInbox {
		return true
	}
	switch a.IMAP.Folders {
	case accounts.InboxOnly:
		return false
	case accounts.ListedFolders:
		return slices.ContainsFunc(a.IMAP.Listed, func(name string) bool { return strings.EqualFold(name, box.Name) })
	}
	return true
}

// syncMailboxList makes the folders here those of the server, and gives the
// ones to look into, the inbox first.
func (e *Engine) syncMailboxList(ctx context.Context, a *accounts.Account, s *imap.Session) ([]storage.Mailbox, []imap.MailboxInfo, error) {
	infos, err := s.Mailboxes(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !slices.ContainsFunc(infos, func(i imap.MailboxInfo) bool { return i.Role == storage.RoleInbox }) {
		// Every account has an inbox (RFC 9051 section 5.1). A list without one
		// is broken, and must not make folders vanish here.
		return nil, nil, accounts.Fail(a.Incoming, accounts.StepList, accounts.CauseProtocol, "", errNoInbox)
	}
	slices.SortStableFunc(infos, func(x, y imap.MailboxInfo) int {
		return rank(x.Role) - rank(y.Role)
	})
	var boxes []storage.Mailbox
	var use []imap.MailboxInfo
	err = e.store.Update(func(tx *storage.Tx) error {
		boxes, use = boxes[:0], use[:0]
		known, err := tx.Mailboxes(a.ID)
		if err != nil {
			return err
		}
		byName := map[string]*storage.Mailbox{}
		for i := range known {
			byName[mailboxKey(&known[i])] = &known[i]
		}
		// The list was asked for before this: what the person did to folders
		// meanwhile stands, and is seen by the next check.
		stale, err := foldersQueued(tx, a.ID)
		if err != nil {
			return err
		}
		changed := false
		for _, info := range infos {
			box := byName[infoKey(&info)]
			if box == nil && stale {
				continue
			}
			if box == nil {
				box = &storage.Mailbox{Account: a.ID, Keep: a.IMAP.Keep, ServerTotal: -1, ServerBytes: -1}
			}
			delete(byName, infoKey(&info))
			before := *box
			describe(box, &info)
			if box.ID == 0 || before != *box {
				changed = true
				if err := tx.PutMailbox(box); err != nil {
					return err
				}
			}
			if !box.NoSelect && !box.Hidden && box.Keep.Mode != storage.KeepNothing && chosen(a, box) {
				boxes, use = append(boxes, *box), append(use, info)
			}
		}
		for _, gone := range byName {
			if stale || gone.LocalOnly || gone.Role == storage.RoleInbox {
				continue
			}
			changed = true
			if err := removeServerPart(tx, gone); err != nil {
				return err
			}
		}
		if !changed {
			return errUnchanged
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, nil, fmt.Errorf("keeping the list of folders: %w", err)
	}
	return boxes, use, nil
}

func mailboxKey(m *storage.Mailbox) string {
	if m.Role == storage.RoleInbox {
		return "INBOX"
	}
	return m.Name
}

func infoKey(i *imap.MailboxInfo) string {
	if i.Role == storage.RoleInbox {
		return "INBOX"
	}
	return i.Name
}

// describe takes over what LIST says. A role that the person's choice or an
// earlier guess gave stays where the server says nothing.
func describe(box *storage.Mailbox, info *imap.MailboxInfo) {
	box.Name, box.Delimiter = info.Name, info.Delimiter
	box.NoSelect, box.Subscribed, box.LocalOnly = info.NoSelect, info.Subscribed, false
	if info.Role != storage.RoleNone {
		box.Role = info.Role
	}
	if info.HasStatus {
		box.ServerBytes = info.Bytes
	}
}

func rank(role storage.Role) int {
	return slices.Index([]storage.Role{
		storage.RoleInbox, storage.RoleDrafts, storage.RoleSent, storage.RoleArchive, storage.RoleNone,
		storage.RoleJunk, storage.RoleTrash, storage.RoleAll,
	}, role)
}

// foldersQueued reports whether a change of folders waits for the server.
func foldersQueued(tx *storage.Tx, a storage.AccountID) (bool, error) {
	ops, err := tx.Operations(a)
	return slices.ContainsFunc(ops, func(op storage.Operation) bool {
		return !op.BackedOut && (op.Kind == storage.OpCreateMailbox || op.Kind == storage.OpRenameMailbox || op.Kind == storage.OpDeleteMailbox)
	}), err
}

// removeServerPart removes a folder that the server no longer has. What was
// never there (UID 0) may be the only copy and stays, with its folder.
func removeServerPart(tx *storage.Tx, box *storage.Mailbox) error {
	entries, err := tx.UIDs(box.ID)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := tx.RemoveMessage(entry.ID); err != nil {
			return err
		}
	}
	left, err := tx.Mailbox(box.ID)
	if err != nil {
		return err
	}
	if left.Counts.Total == 0 {
		return tx.RemoveMailbox(box.ID)
	}
	left.LocalOnly, left.UIDValidity, left.UIDNext, left.HighestModSeq = true, 0, 0, 0
	return tx.PutMailbox(&left)
}
