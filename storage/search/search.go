// Package search finds messages by words in what is kept on this machine.
package search

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"

	"peyk/storage"
	"peyk/storage/message"
)

// Scan finds the messages that hold every word of a query in their subject,
// addresses, attachment names or text, newest first; limit 0 gives all. Case,
// Arabic and Persian forms of a letter, vowel marks, half spaces and the kinds
// of digits make no difference. It reads every message, so its time grows with
// the mailbox.
func Scan(ctx context.Context, s *storage.Store, query string, limit int) ([]storage.Message, error) {
	words := strings.Fields(Fold(query))
	if len(words) == 0 {
		return nil, nil
	}
	entries, err := everything(s)
	if err != nil {
		return nil, err
	}
	var found []storage.Message
	// Blocks keep the order and let an early end save the rest.
	const block = 512
	for len(entries) > 0 {
		n := min(block, len(entries))
		hits, err := scanBlock(ctx, s, entries[:n], words)
		if err != nil {
			return nil, err
		}
		found = append(found, hits...)
		if limit > 0 && len(found) >= limit {
			return found[:limit], nil
		}
		entries = entries[n:]
	}
	return found, nil
}

// everything lists all messages of all accounts, newest first.
func everything(s *storage.Store) ([]storage.Entry, error) {
	var entries []storage.Entry
	err := s.View(func(tx *storage.Tx) error {
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, a := range accounts {
			boxes, err := tx.Mailboxes(a.ID)
			if err != nil {
				return err
			}
			for _, box := range boxes {
				list, err := tx.List(box.ID, 0)
				if err != nil {
					return err
				}
				entries = append(entries, list...)
			}
		}
		return nil
	})
	slices.SortFunc(entries, func(a, b storage.Entry) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.ID, a.ID))
	})
	return entries, err
}

func scanBlock(ctx context.Context, s *storage.Store, entries []storage.Entry, words []string) ([]storage.Message, error) {
	rows := make([]storage.Message, 0, len(entries))
	err := s.View(func(tx *storage.Tx) error {
		for _, e := range entries {
			m, err := tx.Message(e.ID)
			if errors.Is(err, storage.ErrNotFound) {
				continue // it went meanwhile
			}
			if err != nil {
				return err
			}
			rows = append(rows, m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	hit := make([]bool, len(rows))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				hit[i] = matches(s, &rows[i], words)
			}
		})
	}
	for i := range rows {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found []storage.Message
	for i := range rows {
		if hit[i] {
			found = append(found, rows[i])
		}
	}
	return found, nil
}

// matches looks into the row first: most words stand there, and the body costs
// a hundred times more.
func matches(s *storage.Store, m *storage.Message, words []string) bool {
	left := missing(Fold(rowText(m)), words)
	if len(left) == 0 {
		return true
	}
	if m.BodyState == storage.BodyNone {
		return false
	}
	raw, err := s.MessageBody(m)
	if err != nil {
		// It went meanwhile, or is damaged, which a check of the store tells; the
		// other messages are found all the same.
		return false
	}
	parsed := message.Parse(raw)
	if left = missing(Fold(parsed.Text()), left); len(left) == 0 {
		return true
	}
	var names strings.Builder
	for _, p := range parsed.Attachments() {
		names.WriteString(p.Name())
		names.WriteByte('\n')
	}
	return len(missing(Fold(names.String()), left)) == 0
}

func rowText(m *storage.Message) string {
	var b strings.Builder
	b.WriteString(m.Subject)
	for _, a := range slices.Concat(m.From, m.To, m.Cc) {
		b.WriteByte('\n')
		b.WriteString(a.Name)
		b.WriteByte(' ')
		b.WriteString(a.Address)
	}
	return b.String()
}

// missing gives the words that the folded text does not hold.
func missing(text string, words []string) []string {
	var left []string
	for _, w := range words {
		if !strings.Contains(text, w) {
			left = append(left, w)
		}
	}
	return left
}
