package pop3

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"peyk/accounts"
)

var (
	// ErrNoUIDL says that the server does not tell its messages apart from one
	// session to the next: no copy may be left on it.
	ErrNoUIDL = errors.New("the server does not know UIDL")

	errNoSense = errors.New("the answer makes no sense")
)

// Listed is one message on the server.
type Listed struct {
	// Number names the message in this session only.
	Number int
	// UIDL names it in every session. It is empty when the server gave none or
	// two different ones for this message: then it can be read, but not be
	// recognised again. Two messages may have the same (RFC 1939 section 7).
	UIDL string
	// Size is in octets as the server tells, which may be wrong; 0 when it did
	// not tell.
	Size int64
}

// List lists the messages in the order of their numbers: all that UIDL or
// LIST names. The error is ErrNoUIDL for a server that refuses UIDL.
func (s *Session) List(ctx context.Context) ([]Listed, error) {
	const step = accounts.StepList
	end, err := s.begin(ctx, step, "listing the messages")
	if err != nil {
		return nil, err
	}
	defer end()
	var (
		commands = [...]string{"UIDL", "LIST"}
		answers  [len(commands)][]byte
		refused  [len(commands)]error
	)
	err = s.pipeline(ctx, window{
		n:       len(commands),
		command: func(i int) string { return commands[i] },
		answer: func(i int) (bool, error) {
			raw, err := s.listing(commands[i])
			if r := (*refusal)(nil); errors.As(err, &r) {
				refused[i], err = err, nil
			}
			answers[i] = raw
			return true, err
		},
	})
	if err != nil {
		return nil, s.failed(ctx, step, "listing the messages", err)
	}
	sizes, sizesErr := parseSizes(answers[1])
	uids, uidsErr := parseUIDs(answers[0])
	if err := s.judge(refused[0], refused[1], len(sizes), len(uids)); err != nil {
		return nil, err
	}
	if err := errors.Join(sizesErr, uidsErr); err != nil {
		return nil, s.failed(ctx, step, "listing the messages", err)
	}
	s.sizes = sizes
	return merge(uids, sizes), nil
}

// judge turns refusals into errors. An empty mailbox is one that some servers
// refuse to list.
func (s *Session) judge(uidl, list error, sizes, uids int) error {
	const step = accounts.StepList
	r := (*refusal)(nil)
	switch {
	case errors.As(list, &r) && (uids > 0 || uidl != nil):
		return failure(s.server, step, "listing the messages", list)
	case errors.As(uidl, &r) && sizes > 0:
		if cause := r.cause(step); cause != accounts.CauseRejected {
			return failure(s.server, step, "listing the messages", uidl)
		}
		return accounts.Fail(s.server, step, accounts.CauseRejected, r.words, fmt.Errorf("%w: %w", ErrNoUIDL, uidl))
	}
	return nil
}

// listing reads the multi-line answer to a command.
func (s *Session) listing(command string) ([]byte, error) {
	st, err := s.status(command, s.opt.Timeout)
	if err != nil {
		return nil, err
	}
	b := body{keep: maxListing, drain: maxListing}
	if err := s.body(st, &b); err != nil {
		return nil, err
	}
	return b.raw, nil
}

// parseSizes reads the scan listings of LIST by message number. Lines that
// make no sense are passed over as long as any does: UIDL names the message
// too.
func parseSizes(raw []byte) (map[int]int64, error) {
	sizes := map[int]int64{}
	err := eachListing(raw, func(number int, rest string) bool {
		word, _, _ := strings.Cut(rest, " ")
		size, err := strconv.ParseInt(word, 10, 64)
		if err != nil || size < 0 {
			size = 0
		}
		sizes[number] = size
		return true
	})
	return sizes, err
}

// parseUIDs reads the unique-id listings of UIDL by message number. A number
// with two ids has none that could be trusted.
func parseUIDs(raw []byte) (map[int]string, error) {
	uids := map[int]string{}
	err := eachListing(raw, func(number int, uid string) bool {
		if uid == "" {
			return false
		}
		if other, twice := uids[number]; twice && other != uid {
			uid = ""
		}
		uids[number] = uid
		return true
	})
	return uids, err
}

// eachListing calls fn with number and rest of each line. It is an error when
// there are lines and none makes sense.
func eachListing(raw []byte, fn func(number int, rest string) bool) error {
	lines, good := 0, 0
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(strings.ReplaceAll(line, "\t", " "))
		if line == "" {
			continue
		}
		lines++
		word, rest, _ := strings.Cut(line, " ")
		number, err := strconv.ParseInt(word, 10, 32)
		if err != nil || number < 1 {
			continue
		}
		if fn(int(number), strings.TrimSpace(rest)) {
			good++
		}
	}
	if lines > 0 && good == 0 {
		return fmt.Errorf("%w: %d lines without a message number", errNoSense, lines)
	}
	return nil
}

// merge joins what UIDL and LIST say, in the order of the numbers.
func merge(uids map[int]string, sizes map[int]int64) []Listed {
	numbers := maps.Clone(sizes)
	for n := range uids {
		if _, ok := numbers[n]; !ok {
			numbers[n] = 0
		}
	}
	listed := make([]Listed, 0, len(numbers))
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		listed = append(listed, Listed{Number: n, UIDL: uids[n], Size: numbers[n]})
	}
	return listed
}
