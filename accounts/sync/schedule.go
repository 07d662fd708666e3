package sync

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"peyk/accounts"
	"peyk/accounts/imap"
	"peyk/storage"
)

const (
	// pushPause lets the changes of one moment go to the server together.
	pushPause = 500 * time.Millisecond
	firstWait = 15 * time.Second
	longWait  = 15 * time.Minute
)

// Run works in the background until ctx ends: checks on schedule, listens for
// new mail, sends and replays. Each account has its own goroutine, so that a
// slow server delays nobody else.
func (e *Engine) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	changes := e.store.Subscribe(ctx)
	loops := map[storage.AccountID]context.CancelFunc{}
	for {
		e.reconcile(ctx, &wg, loops)
		if !accountsChanged(ctx, changes) {
			return
		}
	}
}

// accountsChanged waits until an account may have come, gone or changed; false
// means the end.
func accountsChanged(ctx context.Context, changes <-chan []storage.Change) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case batch, open := <-changes:
			if !open {
				return false
			}
			for _, c := range batch {
				switch c.(type) {
				case storage.ConnectionChanged, storage.Lost:
					return true
				}
			}
		}
	}
}

// reconcile starts a loop for each account that has none and ends those whose
// account is gone.
func (e *Engine) reconcile(ctx context.Context, wg *sync.WaitGroup, loops map[storage.AccountID]context.CancelFunc) {
	list, err := e.Accounts()
	if err != nil {
		return // read again at the next change
	}
	there := map[storage.AccountID]bool{}
	for _, a := range list {
		if a.Disabled {
			continue
		}
		there[a.ID] = true
		if loops[a.ID] != nil {
			continue
		}
		loop, cancel := context.WithCancel(ctx)
		loops[a.ID] = cancel
		wg.Go(func() { e.loop(loop, a.ID) })
		if a.Protocol == accounts.IMAP {
			wg.Go(func() { e.listen(loop, a.ID) })
		}
	}
	for id, cancel := range loops {
		if !there[id] {
			cancel()
			delete(loops, id)
		}
	}
}

// wakeUp asks an account's loop to check, or only to tell the server what was
// changed here.
func (e *Engine) wakeUp(id storage.AccountID, check bool) {
	c := e.wakeChannel(id)
	for {
		select {
		case c <- check:
			return
		default:
		}
		// A request is waiting already; the two become one.
		select {
		case waiting := <-c:
			check = check || waiting
		default:
		}
	}
}

func (e *Engine) wakeChannel(id storage.AccountID) chan bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, ok := e.wake[id]
	if !ok {
		c = make(chan bool, 1)
		e.wake[id] = c
	}
	return c
}

// CheckNow asks the background to check an account, or all of them with 0.
func (e *Engine) CheckNow(id storage.AccountID) {
	if id != 0 {
		e.wakeUp(id, true)
		return
	}
	list, err := e.Accounts()
	if err != nil {
		return
	}
	for _, a := range list {
		if !a.Disabled {
			e.wakeUp(a.ID, true)
		}
	}
}

// loop is the life of one account in the background.
func (e *Engine) loop(ctx context.Context, id storage.AccountID) {
	wake := e.wakeChannel(id)
	failures := 0
	a, err := e.Account(id)
	check := err == nil && a.CheckEvery > 0
	checked := e.store.Now()
	for ctx.Err() == nil {
		var err error
		if check {
			_, err = e.Check(ctx, id)
			checked = e.store.Now()
		} else {
			err = e.Push(ctx, id)
		}
		if err != nil {
			failures++
		} else {
			failures = 0
		}
		next, at := e.next(id, failures, checked)
		timer := time.NewTimer(at)
		select {
		case <-ctx.Done():
		case <-timer.C:
			check = next
		case check = <-wake:
			if !check {
				pause(ctx, pushPause)
				select {
				case check = <-wake:
				default:
				}
			}
		}
		timer.Stop()
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// next says when an account has something to do by itself, and whether that is
// a check or only the outbox.
func (e *Engine) next(id storage.AccountID, failures int, checked time.Time) (check bool, in time.Duration) {
	a, err := e.Account(id)
	if err != nil {
		return false, longWait
	}
	in, check = longWait, false
	if a.CheckEvery > 0 {
		in, check = max(0, checked.Add(a.CheckInterval()).Sub(e.store.Now())), true
	}
	if failures > 0 {
		in = backOff(failures)
	}
	err = e.store.View(func(tx *storage.Tx) error {
		out, err := tx.Outbox()
		for _, o := range out {
			if o.Account != id || o.State != storage.OutWaiting && o.State != storage.OutQueued {
				continue
			}
			if due := max(o.NotBefore.Sub(e.store.Now()), 10*time.Millisecond); due < in {
				in, check = due, false
			}
		}
		return err
	})
	if err != nil {
		return check, firstWait
	}
	return check, in
}

// backOff doubles from firstWait to longWait, with some chance in it so that
// many accounts do not knock at the same moment.
func backOff(failures int) time.Duration {
	wait := firstWait << min(failures-1, 10)
	wait = min(wait, longWait)
	return wait*3/4 + rand.N(wait/2)
}

// Push sends what is due and replays what is queued, without looking for new
// mail.
func (e *Engine) Push(ctx context.Context, id storage.AccountID) error {
	unlock, err := e.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	a, err := e.Account(id)
	if err != nil {
		return err
	}
	var r Report
	sendErr := e.sendDue(ctx, &a, false, &r)
	var replayErr error
	if waiting, err := e.hasQueue(&a); err != nil || waiting {
		replayErr = errors.Join(err, e.replayAlone(ctx, &a, &r))
	}
	err = errors.Join(saveFailure(sendErr), saveFailure(replayErr))
	e.setStatus(id, func(s *Status) {
		s.Busy, s.Doing, s.Done, s.Total = false, "", 0, 0
		if err != nil {
			s.Err = err
		}
	})
	return err
}

// hasQueue reports whether an IMAP account has something to replay. POP3
// deletions wait for the next check.
func (e *Engine) hasQueue(a *accounts.Account) (bool, error) {
	if a.Protocol != accounts.IMAP {
		return false, nil
	}
	waiting := false
	err := e.store.View(func(tx *storage.Tx) error {
		ops, err := tx.Operations(a.ID)
		for _, op := range ops {
			waiting = waiting || !op.BackedOut
		}
		return err
	})
	return waiting, err
}

func (e *Engine) replayAlone(ctx context.Context, a *accounts.Account, r *Report) error {
	s, err := e.dialIMAP(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := e.replay(ctx, a, s, r); err != nil {
		return err
	}
	return s.Logout(ctx)
}

// listen keeps a connection on the inbox that hears of new mail at once
// (RFC 2177), as long as the account wants that and the server can.
func (e *Engine) listen(ctx context.Context, id storage.AccountID) {
	failures := 0
	for ctx.Err() == nil {
		a, err := e.Account(id)
		if err != nil {
			return
		}
		if !a.IMAP.IDLE {
			pause(ctx, longWait)
			continue
		}
		began := e.store.Now()
		err = e.idle(ctx, &a)
		if e.store.Now().Sub(began) > longWait {
			failures = 0 // it had worked: a server may hang up after hours
		}
		if errors.Is(err, imap.ErrNoIdle) {
			pause(ctx, longWait)
			continue
		}
		failures++
		if err == nil {
			failures = 1
		}
		pause(ctx, backOff(failures))
	}
}

func (e *Engine) idle(ctx context.Context, a *accounts.Account) error {
	var inbox storage.Mailbox
	err := e.store.View(func(tx *storage.Tx) (err error) {
		inbox, err = tx.MailboxFor(a.ID, storage.RoleInbox)
		return err
	})
	if err != nil {
		return err
	}
	s, err := e.dialIMAP(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Select(ctx, inbox.Name, true); err != nil {
		return err
	}
	e.wakeUp(a.ID, true) // what came while nobody listened
	return s.Idle(ctx, func(imap.Event) { e.wakeUp(a.ID, true) })
}
