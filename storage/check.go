package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// Check verifies that counts, indexes and references agree, and that every raw
// message that a record names is there; with deep, that each also unpacks to
// what was put in (zstd frames carry a checksum). It returns what is wrong, a
// sentence each; nothing is changed.
func (s *Store) Check(ctx context.Context, deep bool) ([]string, error) {
	c := checker{s: s, ctx: ctx, deep: deep}
	err := s.View(func(tx *Tx) error {
		c.tx = tx
		return c.run()
	})
	return c.problems, err
}

type checker struct {
	s        *Store
	tx       *Tx
	ctx      context.Context
	deep     bool
	problems []string
	boxes    map[MailboxID]*Mailbox
	counts   map[MailboxID]*Counts
	refs     map[string]uint64
	bodies   map[AccountID]map[BodyID]bool
	order    int
	uids     int
	ids      int
}

func (c *checker) wrong(format string, args ...any) {
	const enough = 1000
	if len(c.problems) < enough {
		c.problems = append(c.problems, fmt.Sprintf(format, args...))
	}
}

func (c *checker) run() error {
	c.boxes, c.counts = map[MailboxID]*Mailbox{}, map[MailboxID]*Counts{}
	c.refs, c.bodies = map[string]uint64{}, map[AccountID]map[BodyID]bool{}
	accounts, err := c.tx.Accounts()
	if err != nil {
		return err
	}
	for _, a := range accounts {
		boxes, err := c.tx.Mailboxes(a.ID)
		if err != nil {
			return err
		}
		for _, m := range boxes {
			c.boxes[m.ID], c.counts[m.ID] = &m, &Counts{}
		}
	}
	for _, step := range []func() error{c.messages, c.outbox, c.totals, c.ledger, c.queue, c.references} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) messages() error {
	for k, v := range scan(c.tx.bucket(bMessages), nil) {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		m, err := decodeMessage(MessageID(keyID(k, 0)), v)
		if err != nil {
			c.wrong("%v", err)
			continue
		}
		c.message(&m)
	}
	return nil
}

func (c *checker) message(m *Message) {
	counts, ok := c.counts[m.Mailbox]
	if !ok {
		c.wrong("message %d is in mailbox %d, which does not exist", m.ID, m.Mailbox)
		return
	}
	counts.add(m, 1)
	c.order++
	if !bytes.Equal(c.tx.bucket(bOrder).Get(orderKey(m)), orderValue(m)) {
		c.wrong("message %d is listed with other flags than its row", m.ID)
	}
	if m.UID != 0 {
		c.uids++
		v := c.tx.bucket(bUIDs).Get(uidKey(m.Mailbox, m.UID))
		if v == nil || binary.BigEndian.Uint64(v) != uint64(m.ID) {
			c.wrong("message %d is not found by its UID %d", m.ID, m.UID)
		}
	}
	if m.MessageID != "" {
		c.ids++
		if c.tx.bucket(bMessageIDs).Get(messageIDKey(m.Account, m.MessageID, m.ID)) == nil {
			c.wrong("message %d is not found by its Message-ID", m.ID)
		}
	}
	if (m.BodyState == BodyNone) != (m.Body == 0) {
		c.wrong("message %d has body %d in state %d", m.ID, m.Body, m.BodyState)
	}
	if m.Body != 0 {
		c.refs[string(key(uint64(m.Account), uint64(m.Body)))]++
	}
}

func (c *checker) outbox() error {
	out, err := c.tx.Outbox()
	if err != nil {
		return err
	}
	for _, o := range out {
		if o.Body != 0 {
			c.refs[string(key(uint64(o.Account), uint64(o.Body)))]++
		}
		if _, err := c.tx.Account(o.Account); err != nil {
			c.wrong("outgoing message %d: %v", o.ID, err)
		}
	}
	return nil
}

func (c *checker) totals() error {
	for id, counts := range c.counts {
		if *counts != c.boxes[id].Counts {
			c.wrong("mailbox %d (%s) counts %+v but holds %+v", id, c.boxes[id].Name, c.boxes[id].Counts, *counts)
		}
	}
	for _, index := range []struct {
		name []byte
		want int
	}{{bOrder, c.order}, {bUIDs, c.uids}, {bMessageIDs, c.ids}} {
		n := 0
		for range scan(c.tx.bucket(index.name), nil) {
			n++
		}
		if n != index.want {
			c.wrong("index %s has %d entries instead of %d", index.name, n, index.want)
		}
	}
	return nil
}

func (c *checker) ledger() error {
	for k, v := range scan(c.tx.bucket(bLedger), nil) {
		l, err := decodeLedger(string(k[8:]), v)
		if err != nil {
			c.wrong("%v", err)
			continue
		}
		if l.Hash != [32]byte{} &&
			c.tx.bucket(bLedgerHash).Get(ledgerHashKey(AccountID(keyID(k, 0)), l.Hash, l.UIDL)) == nil {
			c.wrong("ledger entry %q is not found by its content", l.UIDL)
		}
	}
	return nil
}

func (c *checker) queue() error {
	ops, err := listJSON[Operation](c.tx.bucket(bQueue), nil)
	if err != nil {
		return err
	}
	for _, op := range ops {
		if _, err := c.tx.Account(op.Account); err != nil {
			c.wrong("operation %d: %v", op.ID, err)
		}
	}
	return nil
}

// references compares the reference counts with the records, and the records
// with the body files.
func (c *checker) references() error {
	stored := 0
	for k, v := range scan(c.tx.bucket(bBodyRefs), nil) {
		stored++
		if n := bodyRefCount(v); n != c.refs[string(k)] {
			c.wrong("body %d of account %d counts %d uses instead of %d", keyID(k, 1), keyID(k, 0), n, c.refs[string(k)])
		}
	}
	if stored != len(c.refs) {
		c.wrong("%d bodies are counted, %d are used", stored, len(c.refs))
	}
	byAccount := map[AccountID][][]byte{}
	for k := range c.refs {
		a := AccountID(keyID([]byte(k), 0))
		byAccount[a] = append(byAccount[a], []byte(k)[8:])
	}
	for a, keys := range byAccount {
		if _, err := os.Stat(c.s.bodyPath(a)); err != nil {
			c.wrong("account %d has %d messages but no body file: %v", a, len(keys), err)
			continue
		}
		if err := c.bodyFile(a, keys); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) bodyFile(a AccountID, keys [][]byte) error {
	f, err := c.s.bodyFile(a)
	if err != nil {
		c.wrong("%v", err)
		return nil
	}
	return f.db.View(func(tx *bolt.Tx) error {
		raw := tx.Bucket(bRaw)
		var buf []byte
		for _, k := range keys {
			if err := c.ctx.Err(); err != nil {
				return err
			}
			frame := raw.Get(k)
			if frame == nil {
				c.wrong("body %d of account %d is missing", keyID(k, 0), a)
				continue
			}
			if !c.deep {
				continue
			}
			var err error
			if buf, err = c.s.zip.dec.DecodeAll(frame, buf[:0]); err != nil {
				c.wrong("body %d of account %d does not unpack: %v", keyID(k, 0), a, err)
			}
		}
		return nil
	})
}

// ErrDamaged is wrapped by what Verify finds.
var ErrDamaged = errors.New("the store is damaged")

// Verify is Check as one error.
func (s *Store) Verify(ctx context.Context, deep bool) error {
	problems, err := s.Check(ctx, deep)
	if err != nil || len(problems) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s (%d problems)", ErrDamaged, problems[0], len(problems))
}
