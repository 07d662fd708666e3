package sync

import (
	"context"
	"slices"
	"time"

	"peyk/storage"
)

// Status is what an account is doing, for the status line.
type Status struct {
	Account storage.AccountID
	Busy    bool
	// Doing names the work under way: "connect", "receive", "send", "change".
	Doing string
	// Done of Total messages; Total 0 when it is not known.
	Done, Total int
	Online      bool
	LastCheck   time.Time
	Err         error
	// Waiting is the number of changes not yet on the server, ToSend that of
	// messages not yet sent.
	Waiting, ToSend int
}

// Status tells of every account that was talked to, or has something waiting.
func (e *Engine) Status() []Status {
	waiting, toSend := map[storage.AccountID]int{}, map[storage.AccountID]int{}
	var ids []storage.AccountID
	err := e.store.View(func(tx *storage.Tx) error {
		records, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, r := range records {
			ids = append(ids, r.ID)
			waiting[r.ID] = tx.CountOperations(r.ID)
		}
		out, err := tx.Outbox()
		for _, o := range out {
			if o.State != storage.OutFiled && o.State != storage.OutSubmitted {
				toSend[o.Account]++
			}
		}
		return err
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]Status, 0, len(ids))
	for _, id := range ids {
		s := Status{Account: id}
		if known, ok := e.status[id]; ok {
			s = *known
		}
		if err != nil {
			s.Err = err
		}
		s.Waiting, s.ToSend = waiting[id], toSend[id]
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Status) int { return int(a.Account) - int(b.Account) })
	return list
}

// WatchStatus gives a signal whenever Status may be different.
func (e *Engine) WatchStatus(ctx context.Context) <-chan struct{} {
	c := make(chan struct{}, 1)
	e.mu.Lock()
	e.watch[c] = struct{}{}
	e.mu.Unlock()
	context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.watch, c)
		close(c)
	})
	return c
}

func (e *Engine) setStatus(id storage.AccountID, change func(*Status)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, ok := e.status[id]
	if !ok {
		s = &Status{Account: id}
		e.status[id] = s
	}
	change(s)
	for c := range e.watch {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (e *Engine) forgetStatus(id storage.AccountID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.status, id)
}

// doing says what is under way; done and total count messages.
func (e *Engine) doing(id storage.AccountID, what string, done, total int) {
	e.setStatus(id, func(s *Status) { s.Busy, s.Doing, s.Done, s.Total = true, what, done, total })
}
