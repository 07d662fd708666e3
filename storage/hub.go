package storage

import (
	"context"
	"sync"
	"time"
)

// Lost tells a subscriber that it missed changes and must read everything
// anew.
type Lost struct{}

func (Lost) change() {}

const (
	changePause  = 100 * time.Millisecond
	changeBuffer = 10_000
)

// hub hands changes to subscribers, each with its own goroutine, which ends
// with the subscription's context or the store.
type hub struct {
	mu     sync.Mutex
	subs   map[*subscription]struct{}
	closed bool
	wg     sync.WaitGroup
}

type subscription struct {
	mu      sync.Mutex
	pending []Change
	ready   chan struct{}
	stop    context.CancelFunc
}

func (h *hub) subscribe(ctx context.Context) <-chan []Change {
	ctx, stop := context.WithCancel(ctx)
	sub := &subscription{ready: make(chan struct{}, 1), stop: stop}
	out := make(chan []Change)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		stop()
		close(out)
		return out
	}
	if h.subs == nil {
		h.subs = map[*subscription]struct{}{}
	}
	h.subs[sub] = struct{}{}
	h.wg.Add(1)
	go func() {
		defer h.wg.Done()
		defer close(out)
		sub.deliver(ctx, out)
		h.mu.Lock()
		delete(h.subs, sub)
		h.mu.Unlock()
	}()
	return out
}

func (h *hub) publish(changes []Change) {
	if len(changes) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for sub := range h.subs {
		sub.add(changes)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for sub := range h.subs {
		sub.stop()
	}
	h.mu.Unlock()
	h.wg.Wait()
}

func (s *subscription) add(changes []Change) {
	s.mu.Lock()
	if len(s.pending)+len(changes) > changeBuffer {
		s.pending = []Change{Lost{}}
	} else {
		s.pending = append(s.pending, changes...)
	}
	s.mu.Unlock()
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (s *subscription) deliver(ctx context.Context, out chan<- []Change) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ready:
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		s.mu.Lock()
		batch := coalesce(s.pending)
		s.pending = nil
		s.mu.Unlock()
		if len(batch) > 0 {
			select {
			case <-ctx.Done():
				return
			case out <- batch:
			}
		}
		pause.Reset(changePause)
	}
}

// coalesce joins neighbours that tell the same of a mailbox, and drops repeated
// announcements that carry no ids. The order of additions and removals stays.
func coalesce(changes []Change) []Change {
	var out []Change
	once := map[Change]bool{}
	for _, c := range changes {
		switch c.(type) {
		case MessagesAdded, MessagesRemoved, FlagsChanged:
		default:
			if once[c] {
				continue
			}
			once[c] = true
		}
		out = join(out, c)
	}
	return out
}
