package imap

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	"peyk/accounts"
)

// Event is news of the open mailbox. Several pieces may come as one.
type Event struct {
	// Exists tells that Messages, the number of messages, was announced: mail
	// may have come.
	Exists   bool
	Messages int
	// Expunged tells that messages went, Flags that flags changed.
	Expunged bool
	Flags    bool
}

// events gathers news until somebody takes it. News never waits for its
// reader, as that would hold up the connection.
type events struct {
	mu    sync.Mutex
	news  Event
	fresh chan struct{}
}

func (e *events) add(n Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n.Exists {
		e.news.Exists, e.news.Messages = true, n.Messages
	}
	e.news.Expunged = e.news.Expunged || n.Expunged
	e.news.Flags = e.news.Flags || n.Flags
	if e.fresh != nil {
		select {
		case e.fresh <- struct{}{}:
		default:
		}
	}
}

// listen returns the channel that tells of news, and whether there is some
// already.
func (e *events) listen() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fresh == nil {
		e.fresh = make(chan struct{}, 1)
	}
	if e.news != (Event{}) {
		select {
		case e.fresh <- struct{}{}:
		default:
		}
	}
	return e.fresh
}

func (e *events) take() (Event, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.news
	e.news = Event{}
	return n, n != Event{}
}

// Idle waits for news of the open mailbox (RFC 2177) and calls notify with it,
// first with what came since the last Idle. It returns nil when ctx ends, and
// the session can then be used on.
func (s *Session) Idle(ctx context.Context, notify func(Event)) error {
	if !s.caps.Idle {
		return ErrNoIdle
	}
	for {
		again, err := s.idleOnce(ctx, notify)
		if err != nil || !again {
			return err
		}
	}
}

// idleOnce runs one IDLE command. again tells that it ended because it had
// lasted long enough.
func (s *Session) idleOnce(ctx context.Context, notify func(Event)) (again bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	var idle *imapclient.IdleCommand
	err = s.op(context.WithoutCancel(ctx), accounts.StepReceive, func() (err error) {
		s.wire.plus.Store(true)
		defer s.wire.plus.Store(false)
		idle, err = s.client.Idle()
		return err
	})
	if err != nil {
		return false, err
	}
	again = s.attend(ctx, notify)
	// The stall timeout ends this wait if the server does not answer.
	err = s.op(context.WithoutCancel(ctx), accounts.StepReceive, func() error {
		return errors.Join(idle.Close(), idle.Wait())
	})
	return again, err
}

// attend passes news on while IDLE runs. It returns true when IDLE should be
// issued anew.
func (s *Session) attend(ctx context.Context, notify func(Event)) (again bool) {
	fresh := s.events.listen()
	timer := time.NewTimer(s.options.IdleFor)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.wire.dead:
			return false
		case <-timer.C:
			return true
		case <-fresh:
			if n, ok := s.events.take(); ok {
				notify(n)
			}
		}
	}
}
