// Package composer is the window a message is written in.
//
// What is written is never lost: it is saved as a draft every few seconds while it changes, and when the window closes.
// The message is built once, when it is sent; its bytes go to the outbox.
package composer

import (
	"context"

	"peyk/storage"
)

// Sender takes what was written.
type Sender interface {
	// Send puts a built message into the outbox. source is the message that it answers, or forwards; draft is the draft
	// that it was written as and that goes with it. Both may be 0.
	Send(ctx context.Context, account storage.AccountID, raw []byte, source storage.MessageID, forward bool, draft storage.MessageID) (storage.OutgoingID, error)
	// SaveDraft keeps what was written so far in place of an older draft, 0 for none.
	SaveDraft(ctx context.Context, account storage.AccountID, raw []byte, replaces storage.MessageID) (storage.MessageID, error)
	// Delete removes a draft.
	Delete(ctx context.Context, ids []storage.MessageID) error
}
