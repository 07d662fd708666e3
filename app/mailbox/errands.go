package mailbox

import (
	"context"
	"sync"
)

// errands does what the person asked for off the UI goroutine, one after the other, so that two changes of the same
// message arrive in their order.
type errands struct {
	mu    sync.Mutex
	todo  []func(context.Context)
	ready chan struct{}
}

func newErrands() *errands { return &errands{ready: make(chan struct{}, 1)} }

func (e *errands) add(work func(context.Context)) {
	e.mu.Lock()
	e.todo = append(e.todo, work)
	e.mu.Unlock()
	select {
	case e.ready <- struct{}{}:
	default:
	}
}

func (e *errands) next() func(context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.todo) == 0 {
		return nil
	}
	work := e.todo[0]
	e.todo = e.todo[1:]
	return work
}

// run works until the context ends. What was asked for before is still done: it is a matter of milliseconds, and the
// person has seen it happen.
func (e *errands) run(ctx context.Context) {
	for {
		for work := e.next(); work != nil; work = e.next() {
			work(context.WithoutCancel(ctx))
		}
		select {
		case <-e.ready:
		case <-ctx.Done():
			for work := e.next(); work != nil; work = e.next() {
				work(context.WithoutCancel(ctx))
			}
			return
		}
	}
}
