package sync

import (
	"context"
	"errors"
	"time"

	"peyk/accounts"
	"peyk/storage"
)

// Report is what one check of an account did.
type Report struct {
	Account string
	// New messages came, Removed ones went, Changed ones have other flags.
	New, Removed, Changed int
	// Bodies and Bytes were downloaded.
	Bodies int
	Bytes  int64
	// Replayed changes made here are on the server now; Sent messages are
	// submitted; DeletedOnServer ones ended a POP3 server's copy.
	Replayed, Sent, DeletedOnServer int
	// Problems are sentences about single messages or folders that did not stop
	// the rest.
	Problems []string
}

// Check empties the account's outbox, tells the server what was changed here
// and takes in what is new there. The report tells what was done also when an
// error ended it early.
func (e *Engine) Check(ctx context.Context, id storage.AccountID) (Report, error) {
	unlock, err := e.lock(ctx, id)
	if err != nil {
		return Report{}, err
	}
	defer unlock()
	a, err := e.Account(id)
	if err != nil {
		return Report{}, err
	}
	r := Report{Account: a.Name}
	e.doing(id, "connect", 0, 0)
	// A server that does not take mail must not keep us from reading it.
	sendErr := e.sendDue(ctx, &a, true, &r)
	var checkErr error
	if a.Protocol == accounts.POP3 {
		checkErr = e.checkPOP3(ctx, &a, &r)
	} else {
		checkErr = e.checkIMAP(ctx, &a, &r)
	}
	sweepErr := e.store.Sweep(id)
	err = errors.Join(saveFailure(sendErr), saveFailure(checkErr), saveFailure(sweepErr))
	shown := err
	if shown == nil && len(r.Problems) > 0 {
		shown = errors.New(r.Problems[0])
	}
	e.finished(&a, checkErr == nil, shown)
	return r, err
}

// finished writes down how a conversation ended.
func (e *Engine) finished(a *accounts.Account, online bool, cause error) {
	now := e.store.Now()
	words := ""
	if cause != nil {
		words = cause.Error()
	}
	err := e.store.Update(func(tx *storage.Tx) error {
		r, err := tx.Account(a.ID)
		if err != nil {
			return err
		}
		if r.LastError == words && now.Sub(r.LastCheck) < time.Minute {
			return errUnchanged
		}
		r.LastCheck, r.LastError = now, words
		return tx.PutAccount(&r)
	})
	if err != nil && !errors.Is(err, errUnchanged) && !errors.Is(err, storage.ErrNotFound) {
		cause = errors.Join(cause, err)
	}
	e.setStatus(a.ID, func(s *Status) {
		s.Busy, s.Doing, s.Done, s.Total = false, "", 0, 0
		s.Online, s.LastCheck, s.Err = online, now, cause
	})
}

var errUnchanged = errors.New("nothing changed")
