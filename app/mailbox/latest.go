package mailbox

import "context"

// latest is the door to a goroutine that works on the newest request only: one that did not start before the next
// came is dropped.
type latest[T any] chan T

func newLatest[T any]() latest[T] { return make(chan T, 1) }

func (l latest[T]) ask(v T) {
	for {
		select {
		case l <- v:
			return
		default:
		}
		select {
		case <-l:
		default:
		}
	}
}

// serve works until the context ends.
func (l latest[T]) serve(ctx context.Context, work func(context.Context, T)) {
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-l:
			work(ctx, v)
		}
	}
}
