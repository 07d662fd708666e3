package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-mbox"

	mailsync "peyk/accounts/sync"
	"peyk/storage"
	"peyk/storage/message"
)

func newest(rows []storage.Message, limit int) []storage.Message {
	slices.SortStableFunc(rows, func(a, b storage.Message) int {
		if d := b.Date.Compare(a.Date); d != 0 {
			return d
		}
		return int(b.ID) - int(a.ID)
	})
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	return rows
}

// send puts a message from standard input into the outbox. What a message must
// have and a script may leave out is added in front.
func (c *call) send(ctx context.Context) error {
	name := c.flags.String("account", "", "")
	now := c.flags.Bool("now", false, "")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	record, err := c.accountNamed(*name)
	if err != nil {
		return err
	}
	a, err := c.engine.Account(record.ID)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(c.In)
	if err != nil {
		return fmt.Errorf("reading the message: %w", err)
	}
	from := a.Identity().Address()
	raw = complete(raw, from.String(), c.store.Now())
	id, err := c.engine.Send(ctx, a.ID, raw, mailsync.SendOptions{Now: true})
	if err != nil {
		return err
	}
	if *now {
		if err := c.engine.Push(ctx, a.ID); err != nil {
			return err
		}
		if err := c.sent(id); err != nil {
			return err
		}
	}
	return c.print(field{"id", id})
}

// sent reports what keeps a message in the outbox.
func (c *call) sent(id storage.OutgoingID) error {
	var out storage.Outgoing
	err := c.store.View(func(tx *storage.Tx) (err error) {
		out, err = tx.Outgoing(id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil // submitted and filed
	}
	if err != nil {
		return err
	}
	for who, words := range out.Refused {
		fmt.Fprintf(c.Err, "%s was refused: %s\n", who, words)
	}
	if out.State == storage.OutFiled || out.State == storage.OutSubmitted {
		return nil
	}
	return fmt.Errorf("the message stays in the outbox (%s): %s", out.State, out.LastError)
}

// complete adds From, Date and Message-ID where they are missing (RFC 5322
// section 3.6), and makes line ends CRLF.
func complete(raw []byte, from string, now time.Time) []byte {
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	header := raw
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		header = raw[:i+2]
	}
	lower := "\r\n" + strings.ToLower(string(header))
	_, domain, _ := strings.Cut(strings.Trim(from, "<> "), "@")
	var add strings.Builder
	for _, h := range []struct{ name, value string }{
		{"From", from},
		{"Date", now.Format(time.RFC1123Z)},
		{"Message-ID", "<" + message.NewMessageID(rand.Reader, domain) + ">"},
	} {
		if !strings.Contains(lower, "\r\n"+strings.ToLower(h.name)+":") {
			fmt.Fprintf(&add, "%s: %s\r\n", h.name, h.value)
		}
	}
	return append([]byte(add.String()), raw...)
}

func (c *call) outbox(context.Context) error {
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	var out []storage.Outgoing
	err := c.store.View(func(tx *storage.Tx) (err error) {
		out, err = tx.Outbox()
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range out {
		err := c.print(
			field{"id", o.ID}, field{"state", o.State}, field{"to", strings.Join(o.To, ", ")}, field{"subject", o.Subject},
			field{"next_try", timeWords(o.NotBefore)}, field{"reason", o.LastError},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *call) export(ctx context.Context) error {
	name := c.flags.String("account", "", "")
	file := c.flags.String("mbox", "", "")
	dir := c.flags.String("eml", "", "")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	if (*file == "") == (*dir == "") {
		return usage("export: either -mbox FILE or -eml DIR")
	}
	a, err := c.accountNamed(*name)
	if err != nil {
		return err
	}
	if *dir != "" {
		return c.exportEML(ctx, a.ID, c.path(*dir))
	}
	return c.exportMbox(ctx, a.ID, c.path(*file))
}

// eachBody hands out every downloaded message of an account with its folder,
// oldest first.
func (c *call) eachBody(ctx context.Context, a storage.AccountID, fn func(box *storage.Mailbox, m *storage.Message, raw []byte) error) (skipped int, err error) {
	var boxes []storage.Mailbox
	err = c.store.View(func(tx *storage.Tx) (err error) {
		boxes, err = tx.Mailboxes(a)
		return err
	})
	if err != nil {
		return 0, err
	}
	for i := range boxes {
		var entries []storage.Entry
		err := c.store.View(func(tx *storage.Tx) (err error) {
			entries, err = tx.List(boxes[i].ID, 0)
			return err
		})
		if err != nil {
			return skipped, err
		}
		for _, entry := range slices.Backward(entries) {
			if err := ctx.Err(); err != nil {
				return skipped, err
			}
			var m storage.Message
			err := c.store.View(func(tx *storage.Tx) (err error) {
				m, err = tx.Message(entry.ID)
				return err
			})
			if errors.Is(err, storage.ErrNotFound) {
				continue // it went meanwhile
			}
			if err != nil {
				return skipped, err
			}
			if m.BodyState != storage.BodyFull {
				skipped++
				continue
			}
			raw, err := c.store.MessageBody(&m)
			if err != nil {
				return skipped, err
			}
			if err := fn(&boxes[i], &m, raw); err != nil {
				return skipped, err
			}
		}
	}
	return skipped, nil
}

func (c *call) exported(n, skipped int) error {
	if skipped > 0 {
		fmt.Fprintf(c.Err, "%d messages are not downloaded and were left out\n", skipped)
	}
	return c.print(field{"exported", n})
}

func (c *call) exportEML(ctx context.Context, a storage.AccountID, dir string) error {
	n := 0
	skipped, err := c.eachBody(ctx, a, func(box *storage.Mailbox, m *storage.Message, raw []byte) error {
		n++
		sub := filepath.Join(dir, fileName(box.Name))
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(sub, fmt.Sprintf("%d.eml", m.ID)), raw, 0o600)
	})
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return c.exported(n, skipped)
}

// fileName makes one path element of a folder's name.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if strings.Trim(name, ".") == "" {
		return "_"
	}
	return name
}

func (c *call) exportMbox(ctx context.Context, a storage.AccountID, path string) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := mbox.NewWriter(f)
	n := 0
	skipped, err := c.eachBody(ctx, a, func(_ *storage.Mailbox, m *storage.Message, raw []byte) error {
		n++
		from := "MAILER-DAEMON"
		if len(m.From) > 0 && m.From[0].Address != "" {
			from = m.From[0].Address
		}
		out, err := w.CreateMessage(from, m.Received)
		if err != nil {
			return err
		}
		_, err = out.Write(raw)
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return c.exported(n, skipped)
}

func (c *call) import_(ctx context.Context) error {
	name := c.flags.String("account", "", "")
	folder := c.flags.String("folder", "inbox", "")
	files, err := c.parse(1, -1)
	if err != nil {
		return err
	}
	a, err := c.accountNamed(*name)
	if err != nil {
		return err
	}
	n := 0
	for _, path := range files {
		err := eachMessage(c.path(path), func(raw []byte) error {
			n++
			return c.engine.Import(ctx, a.ID, *folder, raw)
		})
		if err != nil {
			return fmt.Errorf("importing %s: %w (%d messages are in)", path, err, n)
		}
	}
	return c.print(field{"imported", n})
}

// eachMessage reads a file that is one message, or an mbox of many.
func eachMessage(path string, fn func(raw []byte) error) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(data, []byte("From ")) {
		return fn(data)
	}
	r := mbox.NewReader(bytes.NewReader(data))
	for {
		m, err := r.NextMessage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(m)
		if err != nil {
			return err
		}
		if err := fn(raw); err != nil {
			return err
		}
	}
}
