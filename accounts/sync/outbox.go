package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"peyk/accounts"
	"peyk/accounts/smtp"
	"peyk/storage"
	"peyk/storage/message"
)

// SendOptions say how a message leaves.
type SendOptions struct {
	// InReplyTo is the row that this answers, or forwards with Forward; it is
	// marked so once the message is sent.
	InReplyTo storage.MessageID
	Forward   bool
	// Now skips the undo delay.
	Now bool
	// Draft is the row that the message was written in; it goes with sending.
	Draft storage.MessageID
}

// Send puts a ready message into the outbox. It is sent when the undo delay is
// over and the server can be reached. The Bcc header gives recipients and stays
// here.
func (e *Engine) Send(ctx context.Context, id storage.AccountID, raw []byte, o SendOptions) (storage.OutgoingID, error) {
	a, err := e.Account(id)
	if err != nil {
		return 0, err
	}
	if a.Outgoing.Host == "" {
		return 0, fmt.Errorf("account %q has no outgoing server", a.Name)
	}
	from, to := message.Recipients(raw)
	if from == "" {
		from = a.Identity().Email
	}
	if len(to) == 0 {
		return 0, errors.New("the message has no recipient")
	}
	summary := message.SummarizeHeader(raw)
	if summary.MessageID == "" {
		return 0, errors.New("the message has no Message-ID")
	}
	bodies, err := e.store.AddBodies(id, raw)
	if err != nil {
		return 0, fmt.Errorf("putting the message into the outbox: %w", saveFailure(err))
	}
	out := storage.Outgoing{
		Account: id, Body: bodies[0], Size: int64(len(raw)), MessageID: summary.MessageID, Subject: summary.Subject,
		From: from, To: to, State: storage.OutQueued, InReplyTo: o.InReplyTo, Forward: o.Forward,
	}
	if !o.Now && a.UndoSeconds > 0 {
		out.State = storage.OutWaiting
		out.NotBefore = e.store.Now().Add(time.Duration(a.UndoSeconds) * time.Second)
	}
	err = e.change(ctx, "putting the message into the outbox", func(c *changes) error {
		p, err := c.of(id)
		if err != nil {
			return err
		}
		p.queued = true
		if o.Draft != 0 {
			draft, err := c.tx.Message(o.Draft)
			if err == nil {
				err = c.expunge(&draft)
			}
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		return c.tx.PutOutgoing(&out)
	})
	if err != nil {
		return 0, saveFailure(err)
	}
	e.store.Settle(id, bodies...)
	return out.ID, nil
}

// ErrUnderWay is returned for a message that cannot be called back any more.
var ErrUnderWay = errors.New("the message is already on its way")

// outgoing changes an outbox entry that the engine is not sending.
func (e *Engine) outgoing(ctx context.Context, id storage.OutgoingID, fn func(*changes, *storage.Outgoing) error) error {
	return e.change(ctx, "changing the outbox", func(c *changes) error {
		out, err := c.tx.Outgoing(id)
		if err != nil {
			return err
		}
		e.mu.Lock()
		sending := e.sending[id]
		e.mu.Unlock()
		if sending || out.State == storage.OutSubmitted || out.State == storage.OutFiled {
			return ErrUnderWay
		}
		p, err := c.of(out.Account)
		if err != nil {
			return err
		}
		p.queued = true
		return fn(c, &out)
	})
}

// CancelSend takes a message out of the outbox and gives its bytes back.
func (e *Engine) CancelSend(ctx context.Context, id storage.OutgoingID) ([]byte, error) {
	var raw []byte
	err := e.outgoing(ctx, id, func(c *changes, out *storage.Outgoing) error {
		var err error
		if raw, err = e.store.Body(out.Account, out.Body); err != nil {
			return err
		}
		return c.tx.RemoveOutgoing(id)
	})
	return raw, err
}

// DropSend deletes a message from the outbox.
func (e *Engine) DropSend(ctx context.Context, id storage.OutgoingID) error {
	return e.outgoing(ctx, id, func(c *changes, _ *storage.Outgoing) error { return c.tx.RemoveOutgoing(id) })
}

// RetrySend sends a waiting, failed or uncertain message at the next chance.
func (e *Engine) RetrySend(ctx context.Context, id storage.OutgoingID) error {
	return e.outgoing(ctx, id, func(c *changes, out *storage.Outgoing) error {
		out.State, out.NotBefore, out.LastError = storage.OutQueued, time.Time{}, ""
		return c.tx.PutOutgoing(out)
	})
}

// MarkSent says of an uncertain message that it did arrive: its copy is filed
// and it is not sent again.
func (e *Engine) MarkSent(ctx context.Context, id storage.OutgoingID) error {
	return e.outgoing(ctx, id, func(c *changes, out *storage.Outgoing) error {
		out.State, out.LastError = storage.OutSubmitted, ""
		return c.tx.PutOutgoing(out)
	})
}

// SaveDraft keeps a message being written in the Drafts folder, in place of an
// earlier version of it where replaces names one.
func (e *Engine) SaveDraft(ctx context.Context, id storage.AccountID, raw []byte, replaces storage.MessageID) (storage.MessageID, error) {
	bodies, err := e.store.AddBodies(id, raw)
	if err != nil {
		return 0, fmt.Errorf("saving the draft: %w", saveFailure(err))
	}
	row := storage.NewRow(id, 0, raw, storage.Seen|storage.Draft, e.store.Now())
	row.Body = bodies[0]
	err = e.change(ctx, "saving the draft", func(c *changes) error {
		if replaces != 0 {
			old, err := c.tx.Message(replaces)
			if err == nil {
				err = c.expunge(&old)
			}
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		row.ID = 0
		return c.file(&row, storage.RoleDrafts)
	})
	if err != nil {
		return 0, saveFailure(err)
	}
	e.store.Settle(id, bodies...)
	return row.ID, nil
}

// Import takes a message from a file into a folder, byte for byte, and uploads
// it where a server keeps that folder.
func (e *Engine) Import(ctx context.Context, id storage.AccountID, folder string, raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return errors.New("there is no message in it")
	}
	bodies, err := e.store.AddBodies(id, raw)
	if err != nil {
		return saveFailure(err)
	}
	err = e.change(ctx, "importing a message", func(c *changes) error {
		box, err := c.tx.MailboxNamed(id, folder)
		if err != nil {
			return err
		}
		row := storage.NewRow(id, box.ID, raw, storage.Seen, e.store.Now())
		row.Body = bodies[0]
		return c.fileIn(&row, box.ID)
	})
	if err != nil {
		return saveFailure(err)
	}
	e.store.Settle(id, bodies...)
	return nil
}

// file puts a message written here into the folder of a role, and queues its
// upload where a server keeps that folder.
func (c *changes) file(row *storage.Message, role storage.Role) error {
	box, err := c.folderFor(row.Account, role)
	if err != nil {
		return err
	}
	return c.fileIn(row, box)
}

func (c *changes) fileIn(row *storage.Message, box storage.MailboxID) error {
	row.Mailbox = box
	if err := c.tx.PutMessage(row); err != nil {
		return err
	}
	p, err := c.account(row.Account)
	if err != nil || p.account.Protocol != accounts.IMAP {
		return err
	}
	return c.enqueue(p, &storage.Operation{Kind: storage.OpAppend, Message: row.ID, Mailbox: box})
}

// sendDue submits what is due of an account's outbox, one after the other. An
// error that concerns one message stays with that message; one that concerns
// the server ends the round and is returned.
func (e *Engine) sendDue(ctx context.Context, a *accounts.Account, all bool, r *Report) error {
	var due []storage.Outgoing
	err := e.store.View(func(tx *storage.Tx) error {
		out, err := tx.Outbox()
		for _, o := range out {
			if o.Account == a.ID {
				due = append(due, o)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range due {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		switch o.State {
		case storage.OutSubmitted:
			err = e.fileSent(ctx, o.ID)
		case storage.OutSending:
			// The program ended while it was being sent.
			err = e.markUncertain(ctx, o.ID)
		case storage.OutQueued, storage.OutWaiting:
			if o.NotBefore.After(e.store.Now()) && !(all && o.State == storage.OutQueued) {
				continue
			}
			err = e.submit(ctx, a, o, r)
			if ofMessage(err) {
				r.Problems = append(r.Problems, err.Error())
				err = nil
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) markUncertain(ctx context.Context, id storage.OutgoingID) error {
	return e.setOutgoing(ctx, id, func(o *storage.Outgoing) {
		o.State = storage.OutUnknown
		o.LastError = "The program ended while this was being sent. " +
			"Look whether it arrived, then send it again or mark it as sent."
	})
}

func (e *Engine) setOutgoing(_ context.Context, id storage.OutgoingID, fn func(*storage.Outgoing)) error {
	return e.store.Update(func(tx *storage.Tx) error {
		o, err := tx.Outgoing(id)
		if err != nil {
			return err
		}
		fn(&o)
		return tx.PutOutgoing(&o)
	})
}

// claim marks a message as being sent, in memory and on the disk, unless the
// person took it back meanwhile.
func (e *Engine) claim(id storage.OutgoingID) (storage.Outgoing, bool, error) {
	var o storage.Outgoing
	err := e.store.Update(func(tx *storage.Tx) error {
		var err error
		if o, err = tx.Outgoing(id); err != nil {
			return err
		}
		if o.State != storage.OutQueued && o.State != storage.OutWaiting {
			return storage.ErrNotFound
		}
		e.mu.Lock()
		e.sending[id] = true
		e.mu.Unlock()
		o.State, o.LastError = storage.OutSending, ""
		o.Attempts++
		return tx.PutOutgoing(&o)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return o, false, nil
	}
	if err != nil {
		e.unclaim(id)
	}
	return o, err == nil, err
}

func (e *Engine) unclaim(id storage.OutgoingID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sending, id)
}

func (e *Engine) smtpOptions() smtp.Options {
	return smtp.Options{Dialer: e.o.Dialer, Timeout: e.o.Timeout, Trace: e.o.Trace, HelloName: e.o.HelloName}
}

// submit sends one message. After the server's yes the first thing is to write
// that down.
func (e *Engine) submit(ctx context.Context, a *accounts.Account, o storage.Outgoing, r *Report) error {
	raw, err := e.store.Body(o.Account, o.Body)
	if err != nil {
		return err
	}
	password, err := e.password(ctx, a, true)
	if err != nil {
		return e.sendFailed(ctx, o.ID, err)
	}
	o, ok, err := e.claim(o.ID)
	if err != nil || !ok {
		return err
	}
	defer e.unclaim(o.ID)
	e.doing(a.ID, "send", 0, 1)
	receipt, err := smtp.Submit(ctx, a.Outgoing, password, smtp.Envelope{From: o.From, To: o.To}, message.StripBcc(raw), e.smtpOptions())
	if err != nil {
		return e.sendFailed(ctx, o.ID, err)
	}
	err = e.setOutgoing(ctx, o.ID, func(o *storage.Outgoing) {
		o.State, o.Refused, o.LastError, o.NotBefore = storage.OutSubmitted, receipt.Refused, "", time.Time{}
	})
	if err != nil {
		return fmt.Errorf("writing down that %q was sent: %w", o.Subject, err)
	}
	r.Sent++
	for who, words := range receipt.Refused {
		r.Problems = append(r.Problems, fmt.Sprintf("%s was refused: %s", who, words))
	}
	return e.fileSent(ctx, o.ID)
}

// sendFailed decides what an error means for the message: try later, ask the
// person, or give up. It returns the error when the server itself is the
// trouble, so that the other messages are not tried in vain.
func (e *Engine) sendFailed(ctx context.Context, id storage.OutgoingID, cause error) error {
	state, later := storage.OutFailed, time.Duration(0)
	var retry time.Time
	switch accounts.CauseOf(cause) {
	case accounts.CauseOutcomeUnknown:
		state = storage.OutUnknown
	case accounts.CauseRejected, accounts.CauseMessageTooLarge:
	default:
		state, later = storage.OutQueued, time.Minute
	}
	err := e.setOutgoing(ctx, id, func(o *storage.Outgoing) {
		o.State, o.LastError = state, cause.Error()
		if state == storage.OutQueued {
			for range min(max(o.Attempts-1, 0), 6) {
				later *= 2
			}
			retry = e.store.Now().Add(later)
		}
		o.NotBefore = retry
	})
	return errors.Join(cause, err)
}

// fileSent makes the copy in Sent, once: the row, its upload and the state
// change are one transaction.
func (e *Engine) fileSent(ctx context.Context, id storage.OutgoingID) error {
	var o storage.Outgoing
	err := e.store.View(func(tx *storage.Tx) (err error) {
		o, err = tx.Outgoing(id)
		return err
	})
	if err != nil {
		return err
	}
	raw, err := e.store.Body(o.Account, o.Body)
	if err != nil {
		return err
	}
	row := storage.NewRow(o.Account, 0, raw, storage.Seen, e.store.Now())
	row.Body = o.Body
	return e.change(ctx, "filing the sent message", func(c *changes) error {
		o, err := c.tx.Outgoing(id)
		if err != nil || o.State != storage.OutSubmitted {
			return err
		}
		row.ID = 0
		if err := c.file(&row, storage.RoleSent); err != nil {
			return err
		}
		if o.InReplyTo != 0 {
			flag := storage.Answered
			if o.Forward {
				flag = storage.Forwarded
			}
			if err := c.setFlags(o.InReplyTo, flag, 0); err != nil {
				return err
			}
		}
		// Some recipients refused: the entry stays, to be seen.
		if len(o.Refused) > 0 {
			o.State, o.Filed = storage.OutFiled, row.ID
			return c.tx.PutOutgoing(&o)
		}
		return c.tx.RemoveOutgoing(id)
	})
}

// saveFailure tells of an error of this machine's disk in the person's words.
func saveFailure(err error) error {
	if err == nil || accounts.CauseOf(err) != accounts.CauseDiskFull {
		return err
	}
	return &accounts.Failure{Step: accounts.StepSave, Cause: accounts.CauseDiskFull, Err: err}
}

// ofMessage: the server took the connection and refused this message.
func ofMessage(err error) bool {
	f := (*accounts.Failure)(nil)
	return errors.As(err, &f) && f.Step == accounts.StepSend &&
		(f.Cause == accounts.CauseRejected || f.Cause == accounts.CauseMessageTooLarge || f.Cause == accounts.CauseTemporary)
}
