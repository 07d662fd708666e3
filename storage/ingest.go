package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"peyk/storage/message"
)

// Incoming is a message on its way into the store.
type Incoming struct {
	// Message is what the server told: mailbox, UID or UIDL, flags, times and
	// size. What the message itself says (addresses, subject, preview …) is
	// filled in from Raw. With an ID, only the content of that row is new.
	Message Message
	// Raw is the message or its header block, byte for byte. Ingest owns it.
	Raw []byte
	// Keep says what Raw is and whether it stays: BodyFull and BodyHeaders are
	// kept, with BodyNone Raw only fills the row.
	Keep BodyState
	// Ledger writes the UIDL into the POP3 ledger with the row.
	Ledger bool
	// Hash is the SHA-256 of Raw, set by Ingest where Ledger asks for it.
	Hash [32]byte

	summary message.Summary
	frame   []byte
	done    chan struct{}
}

// Limits of an ingest: a commit waits for about so much, and so much may be in
// memory between the network and the disk.
const (
	commitBytes  = 8 << 20
	commitRows   = 500
	commitPause  = 400 * time.Millisecond
	flightBytes  = 24 << 20
	incomingSlop = 1 << 10 // what an item costs beside its bytes
)

// Ingest takes messages of one account from the network to the disk: parsed
// and compressed side by side, committed in order, bodies before rows. One
// goroutine may Add.
type Ingest struct {
	s       *Store
	account AccountID
	// Before may look at each message inside the transaction that will hold its
	// row, change it, or have it left out. Set it before the first Add.
	Before func(tx *Tx, in *Incoming) (take bool, err error)
	// Committed hears how many messages each commit brought; may be nil.
	Committed func(messages int, bytes int64)

	work    chan *Incoming
	ordered chan *Incoming
	flush   chan chan struct{}
	wg      sync.WaitGroup

	mu     sync.Mutex
	space  sync.Cond
	flight int
	err    error
}

// NewIngest begins taking messages for an account. Close ends it.
func (s *Store) NewIngest(a AccountID) *Ingest {
	in := &Ingest{
		s: s, account: a,
		work:    make(chan *Incoming, 64),
		ordered: make(chan *Incoming, 4*commitRows),
		flush:   make(chan chan struct{}),
	}
	in.space.L = &in.mu
	for range min(runtime.GOMAXPROCS(0), 4) {
		in.wg.Go(in.prepare)
	}
	in.wg.Go(in.commit)
	return in
}

// Add hands over one message. It waits while too much is in flight, and
// returns the first error of the commits so far; nothing is taken after it.
func (in *Ingest) Add(ctx context.Context, m *Incoming) error {
	m.Message.Account = in.account
	m.done = make(chan struct{})
	if err := in.reserve(ctx, len(m.Raw)+incomingSlop); err != nil {
		return err
	}
	in.ordered <- m
	in.work <- m
	return nil
}

func (in *Ingest) reserve(ctx context.Context, n int) error {
	wake := context.AfterFunc(ctx, func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.space.Broadcast()
	})
	defer wake()
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.flight > 0 && in.flight+n > flightBytes && in.err == nil && ctx.Err() == nil {
		in.space.Wait()
	}
	if in.err != nil {
		return in.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	in.flight += n
	return nil
}

func (in *Ingest) release(n int, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.flight -= n
	if in.err == nil {
		in.err = err
	}
	in.space.Broadcast()
}

// Flush commits what was added so far.
func (in *Ingest) Flush() error {
	done := make(chan struct{})
	in.flush <- done
	<-done
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}

// Close commits what was added and ends the goroutines.
func (in *Ingest) Close() error {
	close(in.work)
	close(in.ordered)
	in.wg.Wait()
	return in.err
}

func (in *Ingest) prepare() {
	for m := range in.work {
		switch m.Keep {
		case BodyFull:
			m.summary = message.Summarize(m.Raw)
		default:
			m.summary = message.SummarizeHeader(m.Raw)
		}
		if m.Ledger {
			m.Hash = sha256.Sum256(m.Raw)
		}
		if m.Keep != BodyNone {
			m.frame = in.s.zip.enc.EncodeAll(m.Raw, make([]byte, 0, len(m.Raw)/2+64))
		}
		close(m.done)
	}
}

func (in *Ingest) commit() {
	var (
		batch  []*Incoming
		bytes  int
		timer  = time.NewTimer(time.Hour)
		waiter chan struct{}
	)
	defer timer.Stop()
	write := func() {
		if len(batch) > 0 {
			in.write(batch)
		}
		batch, bytes = nil, 0
		if waiter != nil {
			close(waiter)
			waiter = nil
		}
	}
	take := func(m *Incoming) {
		<-m.done
		if len(batch) == 0 {
			timer.Reset(commitPause)
		}
		batch = append(batch, m)
		bytes += len(m.frame)
		if bytes >= commitBytes || len(batch) >= commitRows {
			write()
		}
	}
	for {
		select {
		case m, open := <-in.ordered:
			if !open {
				write()
				return
			}
			take(m)
		case waiter = <-in.flush:
			// Add and Flush come from one goroutine, so what was added stands
			// in the channel by now.
			for n := len(in.ordered); n > 0; n-- {
				take(<-in.ordered)
			}
			write()
		case <-timer.C:
			write()
		}
	}
}

// write commits a batch, bodies first.
func (in *Ingest) write(batch []*Incoming) {
	size, bytes := 0, int64(0)
	for _, m := range batch {
		size += len(m.Raw) + incomingSlop
		bytes += int64(len(m.Raw))
	}
	in.mu.Lock()
	err := in.err
	in.mu.Unlock()
	if err == nil {
		if err = in.store(batch); err != nil {
			err = fmt.Errorf("storing %d messages: %w", len(batch), err)
		} else if in.Committed != nil {
			in.Committed(len(batch), bytes)
		}
	}
	in.release(size, err)
}

func (in *Ingest) store(batch []*Incoming) error {
	var frames [][]byte
	for _, m := range batch {
		if m.frame != nil {
			frames = append(frames, m.frame)
		}
	}
	var ids []BodyID
	if len(frames) > 0 {
		var err error
		if ids, err = in.s.addFrames(in.account, frames); err != nil {
			return err
		}
	}
	next := ids
	for _, m := range batch {
		if m.frame != nil {
			m.Message.Body, m.Message.BodyState = next[0], m.Keep
			next = next[1:]
		}
	}
	var used []BodyID
	err := in.s.Update(func(tx *Tx) error {
		used = used[:0]
		for _, m := range batch {
			taken, err := in.put(tx, m)
			if err != nil {
				return err
			}
			if taken && m.frame != nil {
				used = append(used, m.Message.Body)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	in.s.Settle(in.account, used...)
	return nil
}

// put writes the row of one message and its ledger entry. It reports whether
// the message's body is used.
func (in *Ingest) put(tx *Tx, m *Incoming) (bool, error) {
	if in.Before != nil {
		take, err := in.Before(tx, m)
		if err != nil || !take {
			return false, err
		}
	}
	row := m.Message
	if row.ID == 0 && row.UID != 0 {
		// A message that came twice (a check beside a check) is one row.
		if old, err := tx.MessageWithUID(row.Mailbox, row.UID); err == nil {
			if old.BodyState >= row.BodyState {
				return false, nil
			}
			row.ID = old.ID
		}
	}
	if row.ID != 0 {
		old, err := tx.Message(row.ID)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if old.BodyState == BodyFull {
			return false, nil
		}
		old.Body, old.BodyState = row.Body, row.BodyState
		row = old
	}
	fill(&row, &m.summary)
	if row.Size == 0 {
		row.Size = int64(len(m.Raw))
	}
	if err := tx.PutMessage(&row); err != nil {
		return false, err
	}
	m.Message.ID = row.ID
	if !m.Ledger {
		return true, nil
	}
	entry := LedgerEntry{UIDL: row.UIDL, FirstSeen: in.s.now(), State: OnServer}
	if old, err := tx.LedgerEntry(in.account, row.UIDL); err == nil && old.State != DeletedOnServer {
		entry = old // the rest of a message whose headers came before
	}
	entry.Message, entry.Size, entry.Hash, entry.MessageID = row.ID, row.Size, m.Hash, row.MessageID
	return true, tx.PutLedger(in.account, &entry)
}

// fill takes into a row what the message itself says.
func fill(row *Message, s *message.Summary) {
	row.MessageID, row.InReplyTo, row.References = s.MessageID, s.InReplyTo, s.References
	row.From, row.ReplyTo, row.To, row.Cc = s.From, s.ReplyTo, s.To, s.Cc
	row.Subject, row.Date = s.Subject, s.Date
	if s.Preview != "" {
		row.Preview = s.Preview
	}
	if row.BodyState == BodyFull || s.Attachments > row.Attachments {
		row.Attachments = s.Attachments
	}
}

// NewRow makes the row of a raw message that was written here.
func NewRow(a AccountID, mailbox MailboxID, raw []byte, flags Flags, received time.Time) Message {
	s := message.Summarize(raw)
	row := Message{
		Account: a, Mailbox: mailbox, Flags: flags, Received: received,
		Size: int64(len(raw)), BodyState: BodyFull,
	}
	fill(&row, &s)
	return row
}

// MessageID is the Message-ID that the message itself carries. It is known
// from Before on.
func (m *Incoming) MessageID() string { return m.summary.MessageID }
