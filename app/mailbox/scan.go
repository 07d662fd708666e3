package mailbox

import (
	"context"
	"slices"
	"strings"

	"peyk/storage"
	"peyk/storage/search"
)

// Scanner finds messages by looking at the sender, subject and preview of every row. It needs no index and is good for
// some ten thousand messages.
type Scanner struct{ Store Store }

// scanBatch is how many rows one read transaction looks at, so that none lasts long.
const scanBatch = 500

// Search implements Finder: all words must be there, in any of the fields, without regard to case.
func (s Scanner) Search(ctx context.Context, query string, limit int) ([]storage.MessageID, error) {
	words := strings.Fields(search.Fold(query))
	if len(words) == 0 {
		return nil, nil
	}
	var all []storage.Entry
	if err := s.Store.View(func(tx *storage.Tx) (err error) {
		all, _, err = merged(tx, func(m *storage.Mailbox) bool {
			return m.Role != storage.RoleTrash && m.Role != storage.RoleJunk
		}, Everything)
		return err
	}); err != nil {
		return nil, err
	}
	var found []storage.MessageID
	for batch := range slices.Chunk(all, scanBatch) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.Store.View(func(tx *storage.Tx) error {
			for _, e := range batch {
				if m, err := tx.Message(e.ID); err == nil && matches(&m, words) {
					found = append(found, e.ID)
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
		if len(found) >= limit {
			return found[:limit], nil
		}
	}
	return found, nil
}

func matches(m *storage.Message, words []string) bool {
	var b strings.Builder
	b.WriteString(m.Subject)
	b.WriteByte('\n')
	b.WriteString(m.Preview)
	for _, a := range slices.Concat(m.From, m.To, m.Cc) {
		b.WriteString("\n" + a.Name + "\n" + a.Address)
	}
	text := search.Fold(b.String())
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
