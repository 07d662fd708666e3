package pop3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peyk/accounts"
)

const (
	// maxAhead commands, or maxAheadOctets of known answers, are on the way at
	// a time: enough to fill a fast line with a long way, and no more than can
	// be thrown away when the caller has had enough.
	maxAhead       = 64
	maxAheadOctets = 4 << 20
	// maxPresize bounds what is set aside on the word of LIST alone.
	maxPresize = 32 << 20
)

// ErrTooLarge says that a message is larger than any that is accepted.
var ErrTooLarge = fmt.Errorf("the message is larger than %d MB", maxMessage>>20)

// Retrieved is the outcome for one message that was asked for.
type Retrieved struct {
	// Index is its place in the numbers asked for, and Number the message's.
	Index, Number int
	// Raw is the message, octet for octet, with the line ends that the server
	// sent. It is the receiver's to keep.
	Raw []byte
	// Err is why this message alone did not come: the server refused it, or it
	// is too large (ErrTooLarge).
	Err error
}

// window describes a group of commands for pipeline.
type window struct {
	n int
	// size is how many octets the answer will have, as far as known; nil is 0.
	size    func(i int) int64
	command func(i int) string
	// answer reads one answer. No more commands are sent when more is false;
	// the answers to those that were are still read.
	answer func(i int) (more bool, err error)
}

// pipeline sends the commands and has their answers read in order, keeping
// several on the way when the server takes that (RFC 2449 section 6.6).
func (s *Session) pipeline(ctx context.Context, w window) error {
	var (
		n, sent = w.n, 0
		ahead   int64
		size    = w.size
	)
	if size == nil {
		size = func(int) int64 { return 0 }
	}
	many := s.caps.Has("PIPELINING")
	for done := 0; done < n; done++ {
		for sent < n && (sent == done || many && sent-done < maxAhead && ahead < maxAheadOctets) {
			if err := s.conn.Send(w.command(sent)); err != nil {
				return err
			}
			ahead += size(sent)
			sent++
		}
		// What is buffered already would otherwise outlive the context.
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := w.answer(done)
		if err != nil {
			return err
		}
		if !more {
			n = sent
		}
		ahead -= size(done)
	}
	return nil
}

// Retrieve fetches the messages of those numbers and calls fn for each, in
// order but for messages known to be too large, which come first. An error of
// fn ends it and comes back as it is, and the session goes on; an error of the
// network ends the session. What fn has had before either is whole.
func (s *Session) Retrieve(ctx context.Context, numbers []int, fn func(Retrieved) error) error {
	const step = accounts.StepReceive
	end, err := s.begin(ctx, step, "receiving messages")
	if err != nil {
		return err
	}
	defer end()
	asked := make([]int, 0, len(numbers))
	for i, number := range numbers {
		if s.sizes[number] <= s.keep {
			asked = append(asked, i)
			continue
		}
		if err := fn(Retrieved{Index: i, Number: number, Err: s.tooLarge(number)}); err != nil {
			return err
		}
	}
	var stopped error
	err = s.pipeline(ctx, window{
		n:       len(asked),
		size:    func(i int) int64 { return s.sizes[numbers[asked[i]]] },
		command: func(i int) string { return fmt.Sprintf("RETR %d", numbers[asked[i]]) },
		answer: func(i int) (bool, error) {
			got := Retrieved{Index: asked[i], Number: numbers[asked[i]]}
			err := s.message(fmt.Sprintf("RETR %d", got.Number), &got, s.sizes[got.Number])
			if err == nil && stopped == nil {
				stopped = fn(got)
			}
			return stopped == nil, err
		},
	})
	if err != nil {
		return s.failed(ctx, step, "receiving messages", err)
	}
	return stopped
}

// Top fetches a message's header and that many lines of its body (TOP).
func (s *Session) Top(ctx context.Context, number, lines int) ([]byte, error) {
	const step = accounts.StepReceive
	command := fmt.Sprintf("TOP %d %d", number, max(lines, 0))
	end, err := s.begin(ctx, step, command)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := s.conn.Send(command); err != nil {
		return nil, s.failed(ctx, step, command, err)
	}
	got := Retrieved{Number: number}
	if err := s.message(command, &got, 0); err != nil {
		return nil, s.failed(ctx, step, command, err)
	}
	return got.Raw, got.Err
}

// message reads the answer to RETR or TOP. Its error is one of the session;
// one of this message alone is got.Err.
func (s *Session) message(command string, got *Retrieved, size int64) error {
	st, err := s.status(command, s.opt.Timeout)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		got.Err = failure(s.server, accounts.StepReceive, command, err)
		return nil
	}
	if err != nil {
		return err
	}
	b := body{raw: presized(size), keep: s.keep, drain: s.drain}
	if err := s.body(st, &b); err != nil {
		return err
	}
	if b.tooLarge() {
		got.Err = s.tooLarge(got.Number)
		return nil
	}
	got.Raw = fitted(b.raw)
	return nil
}

func (s *Session) tooLarge(number int) error {
	return accounts.Fail(s.server, accounts.StepReceive, accounts.CauseOther, "",
		fmt.Errorf("message %d: %w", number, ErrTooLarge))
}

// presized has room for a message of that size, and for the one octet a line
// that servers are off by which count their own line ends.
func presized(size int64) []byte {
	if size <= 0 {
		return nil
	}
	return make([]byte, 0, min(size+size/64+64, maxPresize))
}

// fitted gives back memory that a wrong size has wasted.
func fitted(raw []byte) []byte {
	if spare := cap(raw) - len(raw); spare > 64<<10 && spare > len(raw)/4 {
		return slices.Clone(raw)
	}
	return raw
}

// Delete marks messages for deletion, which happens when Quit succeeds. It
// tries them all: deleted are the numbers that the server accepted, and the
// error is that of the first it did not.
func (s *Session) Delete(ctx context.Context, numbers []int) (deleted []int, err error) {
	const step = accounts.StepChange
	end, err := s.begin(ctx, step, "deleting messages")
	if err != nil {
		return nil, err
	}
	defer end()
	command := func(i int) string { return fmt.Sprintf("DELE %d", numbers[i]) }
	var first error
	err = s.pipeline(ctx, window{
		n:       len(numbers),
		command: command,
		answer: func(i int) (bool, error) {
			_, err := s.status(command(i), s.opt.Timeout)
			if refused := (*refusal)(nil); errors.As(err, &refused) {
				if first == nil {
					first = failure(s.server, step, command(i), err)
				}
				return true, nil
			}
			if err == nil {
				deleted = append(deleted, numbers[i])
			}
			return true, err
		},
	})
	if err != nil {
		return deleted, s.failed(ctx, step, "deleting messages", err)
	}
	return deleted, first
}
