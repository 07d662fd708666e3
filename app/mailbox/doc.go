// Package mailbox is the main window: the folders, the list of messages and the place where the reader stands.
//
// The list works on ids alone. Which messages there are, in which order, is read from the store in the background as
// a snapshot; the rows that are in sight are read as they come into sight and kept for a while. Nothing here reads
// the disk on the UI goroutine.
package mailbox

import (
	"context"

	"peyk/storage"
)

// Store is what the window reads from.
type Store interface {
	View(fn func(*storage.Tx) error) error
	Subscribe(ctx context.Context) <-chan []storage.Change
}

// Changer makes changes that are at once durable here and later made on the server.
type Changer interface {
	SetFlags(ctx context.Context, ids []storage.MessageID, add, remove storage.Flags) error
	Move(ctx context.Context, ids []storage.MessageID, target storage.MailboxID) error
	MoveToRole(ctx context.Context, ids []storage.MessageID, role storage.Role) error
	// Delete moves to Trash, and from Trash out of the world.
	Delete(ctx context.Context, ids []storage.MessageID) error
	CreateMailbox(ctx context.Context, account storage.AccountID, name string) (storage.MailboxID, error)
	RenameMailbox(ctx context.Context, id storage.MailboxID, name string) error
	DeleteMailbox(ctx context.Context, id storage.MailboxID) error
	// CheckNow asks for a look at the servers, account 0 for all of them, and returns at once.
	CheckNow(account storage.AccountID)
}

// Finder finds messages by words, newest first.
type Finder interface {
	Search(ctx context.Context, query string, limit int) ([]storage.MessageID, error)
}
