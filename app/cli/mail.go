package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	mailsync "peyk/accounts/sync"
	"peyk/storage"
	"peyk/storage/message"
	"peyk/storage/search"
)

// timeWords is a time as records show it: RFC 3339 in UTC, or nothing.
func timeWords(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (c *call) check(ctx context.Context) error {
	name := c.flags.String("account", "", "")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	list, err := c.accountsNamed(*name)
	if err != nil {
		return err
	}
	var failed []error
	for _, a := range list {
		if *name == "" && c.disabled(a.ID) {
			continue
		}
		r, err := c.engine.Check(ctx, a.ID)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", a.Name, err))
		}
		for _, p := range r.Problems {
			fmt.Fprintf(c.Err, "%s: %s\n", a.Name, p)
		}
		if err := c.printReport(a.Name, &r); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// disabled reports whether an account rests until it is named.
func (c *call) disabled(id storage.AccountID) bool {
	a, err := c.engine.Account(id)
	return err == nil && a.Disabled
}

func (c *call) printReport(name string, r *mailsync.Report) error {
	counts := []field{
		{"new", r.New},
		{"removed", r.Removed},
		{"changed", r.Changed},
		{"bodies", r.Bodies},
		{"bytes", r.Bytes},
		{"sent", r.Sent},
		{"replayed", r.Replayed},
		{"deleted_on_server", r.DeletedOnServer},
	}
	if c.json {
		return c.print(append([]field{{"account", name}}, counts...)...)
	}
	line := []field{{"account", name}}
	for _, n := range counts {
		line = append(line, field{n.name, fmt.Sprintf("%s=%v", n.name, n.value)})
	}
	return c.print(line...)
}

func (c *call) folders(context.Context) error {
	name := c.flags.String("account", "", "")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	list, err := c.accountsNamed(*name)
	if err != nil {
		return err
	}
	for _, a := range list {
		var boxes []storage.Mailbox
		err := c.store.View(func(tx *storage.Tx) (err error) {
			boxes, err = tx.Mailboxes(a.ID)
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range boxes {
			bytes := m.ServerBytes
			if m.LocalOnly || bytes < 0 {
				bytes = m.Counts.Bytes
			}
			err := c.print(
				field{"name", m.Name}, field{"total", m.Counts.Total}, field{"unread", m.Counts.Unread},
				field{"bytes", bytes}, field{"keep", keepWords(m.Keep)}, field{"role", m.Role}, field{"account", a.Name},
			)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *call) list(context.Context) error {
	folder := c.flags.String("folder", "", "")
	name := c.flags.String("account", "", "")
	limit := c.flags.Int("limit", 100, "")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	if *folder == "" {
		return usage("list: which -folder?")
	}
	list, err := c.accountsNamed(*name)
	if err != nil {
		return err
	}
	// Printed after the transaction: a reader that does not read on must not hold
	// up the writers.
	var rows []storage.Message
	found := false
	err = c.store.View(func(tx *storage.Tx) error {
		for _, a := range list {
			box, err := tx.MailboxNamed(a.ID, *folder)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			found = true
			entries, err := tx.List(box.ID, *limit)
			if err != nil {
				return err
			}
			for _, entry := range entries {
				m, err := tx.Message(entry.ID)
				if err != nil {
					return err
				}
				rows = append(rows, m)
			}
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no folder %q", *folder)
	}
	if err != nil {
		return err
	}
	return c.printRows(newest(rows, *limit))
}

func (c *call) printRows(rows []storage.Message) error {
	for i := range rows {
		m := &rows[i]
		err := c.print(
			field{"id", m.ID}, field{"date", timeWords(m.Date)}, field{"from", addressList(m.From)},
			field{"subject", m.Subject}, field{"flags", flagNames(m.Flags)}, field{"size", m.Size},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

func addressList(list []mail.Address) string {
	words := make([]string, len(list))
	for i, a := range list {
		words[i] = a.Address
		if a.Name != "" {
			words[i] = a.Name + " <" + a.Address + ">"
		}
	}
	return strings.Join(words, ", ")
}

func (c *call) message(word string) (storage.Message, error) {
	var m storage.Message
	id, err := messageID(word)
	if err != nil {
		return m, err
	}
	err = c.store.View(func(tx *storage.Tx) (err error) {
		m, err = tx.Message(id)
		return err
	})
	return m, err
}

func (c *call) show(ctx context.Context) error {
	raw := c.flags.Bool("raw", false, "")
	words, err := c.parse(1, 1)
	if err != nil {
		return err
	}
	m, err := c.message(words[0])
	if err != nil {
		return err
	}
	if m.BodyState != storage.BodyFull {
		if err := c.engine.FetchBody(ctx, m.ID); err != nil {
			return fmt.Errorf("message %d is not downloaded: %w", m.ID, err)
		}
	}
	data, err := c.engine.Raw(ctx, m.ID)
	if err != nil {
		return err
	}
	if *raw {
		_, err := c.Out.Write(data)
		return err
	}
	return c.showText(&m, data)
}

func (c *call) showText(m *storage.Message, data []byte) error {
	parsed := message.Parse(data)
	text := parsed.Text()
	if c.json {
		return c.print(field{"id", m.ID}, field{"date", timeWords(m.Date)}, field{"from", addressList(m.From)},
			field{"to", addressList(m.To)}, field{"cc", addressList(m.Cc)}, field{"subject", m.Subject}, field{"text", text})
	}
	var b strings.Builder
	for _, h := range []field{
		{"From", addressList(m.From)},
		{"To", addressList(m.To)},
		{"Cc", addressList(m.Cc)},
		{"Date", timeWords(m.Date)},
		{"Subject", m.Subject},
	} {
		if h.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", h.name, oneField(fmt.Sprint(h.value)))
		}
	}
	b.WriteByte('\n')
	b.WriteString(text)
	if !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	for _, p := range parsed.Attachments() {
		fmt.Fprintf(&b, "[%s, %s]\n", oneField(p.Name()), p.MediaType)
	}
	_, err := io.WriteString(c.Out, b.String())
	return err
}

func (c *call) mark(ctx context.Context) error {
	words, err := c.parse(2, 2)
	if err != nil {
		return err
	}
	var add, remove storage.Flags
	switch words[1] {
	case "read":
		add = storage.Seen
	case "unread":
		remove = storage.Seen
	case "starred":
		add = storage.Flagged
	case "unstarred":
		remove = storage.Flagged
	default:
		return usage("mark: read, unread, starred or unstarred, not %q", words[1])
	}
	m, err := c.message(words[0])
	if err != nil {
		return err
	}
	return c.engine.SetFlags(ctx, []storage.MessageID{m.ID}, add, remove)
}

func (c *call) move(ctx context.Context) error {
	words, err := c.parse(2, 2)
	if err != nil {
		return err
	}
	m, err := c.message(words[0])
	if err != nil {
		return err
	}
	var box storage.Mailbox
	err = c.store.View(func(tx *storage.Tx) (err error) {
		box, err = tx.MailboxNamed(m.Account, words[1])
		return err
	})
	if err != nil {
		return err
	}
	return c.engine.Move(ctx, []storage.MessageID{m.ID}, box.ID)
}

func (c *call) delete(ctx context.Context) error {
	words, err := c.parse(1, 1)
	if err != nil {
		return err
	}
	m, err := c.message(words[0])
	if err != nil {
		return err
	}
	return c.engine.Delete(ctx, []storage.MessageID{m.ID})
}

func (c *call) search(ctx context.Context) error {
	limit := c.flags.Int("limit", 100, "")
	words, err := c.parse(1, -1)
	if err != nil {
		return err
	}
	rows, err := search.Scan(ctx, c.store, strings.Join(words, " "), *limit)
	if err != nil {
		return err
	}
	return c.printRows(rows)
}

func (c *call) verify(ctx context.Context) error {
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	problems, err := c.store.Check(ctx, true)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if err := c.print(field{"problem", p}); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("the store is damaged: %d problems", len(problems))
	}
	return c.print(field{"result", "ok"})
}
