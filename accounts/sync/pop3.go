package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peyk/accounts"
	"peyk/accounts/pop3"
	"peyk/storage"
)

// topLines is how much of a large message's text comes with its headers.
const topLines = 20

func (e *Engine) dialPOP3(ctx context.Context, a *accounts.Account) (*pop3.Session, error) {
	password, err := e.password(ctx, a, false)
	if err != nil {
		return nil, err
	}
	return pop3.Dial(ctx, a.Incoming, password, e.pop3Options())
}

func (e *Engine) pop3Options() pop3.Options {
	return pop3.Options{Dialer: e.o.Dialer, Timeout: e.o.Timeout, Trace: e.o.Trace}
}

// popCheck is one session with a POP3 server. What the server has is compared
// with the ledger; a message that vanished there never vanishes here.
type popCheck struct {
	e      *Engine
	a      *accounts.Account
	s      *pop3.Session
	r      *Report
	inbox  storage.Mailbox
	listed []pop3.Listed
	// there are the UIDLs listed.
	there  map[string]bool
	ledger map[string]storage.LedgerEntry
}

func (e *Engine) checkPOP3(ctx context.Context, a *accounts.Account, r *Report) error {
	s, err := e.dialPOP3(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close()
	x := popCheck{e: e, a: a, s: s, r: r}
	if x.listed, err = s.List(ctx); err != nil {
		return err
	}
	x.there = make(map[string]bool, len(x.listed))
	for _, l := range x.listed {
		x.there[l.UIDL] = true
	}
	if err := x.readLedger(); err != nil {
		return err
	}
	if err := x.receive(ctx); err != nil {
		return err
	}
	if err := x.vanished(); err != nil {
		return err
	}
	// From here on everything received is on the disk.
	return x.tidy(ctx)
}

func (x *popCheck) readLedger() error {
	return x.e.store.View(func(tx *storage.Tx) error {
		var err error
		if x.inbox, err = tx.MailboxFor(x.a.ID, storage.RoleInbox); err != nil {
			return err
		}
		entries, err := tx.Ledger(x.a.ID)
		x.ledger = make(map[string]storage.LedgerEntry, len(entries))
		for _, l := range entries {
			x.ledger[l.UIDL] = l
		}
		return err
	})
}

// vanished notes which messages the server no longer lists: their UIDLs may
// come again for others.
func (x *popCheck) vanished() error {
	var gone []storage.LedgerEntry
	for _, l := range x.ledger {
		if l.State == storage.OnServer && !x.there[l.UIDL] {
			l.State = storage.DeletedOnServer
			gone = append(gone, l)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return x.e.store.Update(func(tx *storage.Tx) error {
		for i := range gone {
			if err := tx.PutLedger(x.a.ID, &gone[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// receive downloads what the ledger does not know. Large messages come as
// headers where the policy says so.
func (x *popCheck) receive(ctx context.Context) error {
	var whole, heads []pop3.Listed
	limit := int64(x.a.POP3.HeadersOnlyOverKB) << 10
	for _, l := range x.listed {
		if l.UIDL == "" {
			x.r.Problems = append(x.r.Problems, fmt.Sprintf("message %d has no unique id on the server and was left there", l.Number))
			continue
		}
		// A UIDL that was deleted and is back names another message, or one that
		// the server did not delete after all: its content tells (see before).
		if entry, known := x.ledger[l.UIDL]; known && entry.State != storage.DeletedOnServer {
			continue
		}
		if n := x.a.POP3.MaxPerSession; n > 0 && len(whole)+len(heads) >= n {
			break
		}
		if limit > 0 && l.Size > limit {
			heads = append(heads, l)
		} else {
			whole = append(whole, l)
		}
	}
	if len(whole)+len(heads) == 0 {
		return nil
	}
	in := x.e.store.NewIngest(x.a.ID)
	in.Before = x.before
	total, done := len(whole)+len(heads), 0
	in.Committed = func(n int, _ int64) {
		done += n
		x.e.doing(x.a.ID, "receive", done, total)
	}
	x.e.doing(x.a.ID, "receive", 0, total)
	err := x.heads(ctx, in, heads)
	if err == nil {
		err = x.whole(ctx, in, whole)
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	return x.readLedger()
}

func (x *popCheck) whole(ctx context.Context, in *storage.Ingest, list []pop3.Listed) error {
	numbers := make([]int, len(list))
	for i, l := range list {
		numbers[i] = l.Number
	}
	return x.s.Retrieve(ctx, numbers, func(m pop3.Retrieved) error {
		l := list[m.Index]
		if m.Err != nil {
			// This message alone: the next check tries it again.
			x.r.Problems = append(x.r.Problems, fmt.Sprintf("message %s: %v", l.UIDL, m.Err))
			return nil
		}
		x.r.Bodies++
		x.r.Bytes += int64(len(m.Raw))
		return in.Add(ctx, x.incoming(l, m.Raw, storage.BodyFull))
	})
}

func (x *popCheck) heads(ctx context.Context, in *storage.Ingest, list []pop3.Listed) error {
	for _, l := range list {
		raw, err := x.s.Top(ctx, l.Number, topLines)
		if err != nil {
			return err
		}
		x.r.Bytes += int64(len(raw))
		if err := in.Add(ctx, x.incoming(l, raw, storage.BodyHeaders)); err != nil {
			return err
		}
	}
	return nil
}

func (x *popCheck) incoming(l pop3.Listed, raw []byte, state storage.BodyState) *storage.Incoming {
	size := int64(len(raw))
	if state != storage.BodyFull {
		size = l.Size
	}
	return &storage.Incoming{
		Message: storage.Message{Mailbox: x.inbox.ID, UIDL: l.UIDL, Size: size, Received: x.e.store.Now()},
		Raw:     raw, Keep: state, Ledger: true,
	}
}

// before runs in the transaction that takes a message in. One that an earlier
// session had under another UIDL, which the server no longer lists, was only
// numbered anew: its ledger entry moves on and the message is not doubled.
func (x *popCheck) before(tx *storage.Tx, in *storage.Incoming) (bool, error) {
	uidl := in.Message.UIDL
	if known, err := tx.LedgerEntry(x.a.ID, uidl); err == nil {
		if known.State != storage.DeletedOnServer {
			return false, nil
		}
		if known.Hash == in.Hash {
			known.State = storage.OnServer
			return false, tx.PutLedger(x.a.ID, &known)
		}
	}
	if in.Keep != storage.BodyFull {
		x.r.New++
		return true, nil
	}
	twins, err := tx.LedgerWithHash(x.a.ID, in.Hash)
	if err != nil {
		return false, err
	}
	for _, old := range twins {
		// Of two equal messages each old entry can explain only one.
		if x.there[old.UIDL] || old.State == storage.Skipped || old.Size != in.Message.Size {
			continue
		}
		l := old
		l.UIDL, l.State = uidl, storage.OnServer
		if err := tx.PutLedger(x.a.ID, &l); err != nil {
			return false, err
		}
		old.State = storage.Skipped
		if err := tx.PutLedger(x.a.ID, &old); err != nil {
			return false, err
		}
		return false, x.follow(tx, old.Message, uidl)
	}
	x.r.New++
	return true, nil
}

// follow lets a row know the UIDL that its message has now.
func (x *popCheck) follow(tx *storage.Tx, id storage.MessageID, uidl string) error {
	m, err := tx.Message(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m.UIDL = uidl
	return tx.PutMessage(&m)
}

// tidy ends the server's copies that the policy or the person wants ended. A
// deletion counts only when QUIT was answered with yes (RFC 1939 section 6).
func (x *popCheck) tidy(ctx context.Context) error {
	ops, asked, err := x.askedFor()
	if err != nil {
		return err
	}
	now := x.e.store.Now()
	var numbers []int
	uidls := map[int]string{}
	for _, l := range x.listed {
		entry, known := x.ledger[l.UIDL]
		if known && entry.State != storage.DeletedOnServer && (asked[l.UIDL] || x.ended(&entry, now)) {
			numbers = append(numbers, l.Number)
			uidls[l.Number] = l.UIDL
		}
	}
	var deleted []int
	if len(numbers) > 0 {
		x.e.doing(x.a.ID, "change", 0, len(numbers))
		if deleted, err = x.s.Delete(ctx, numbers); err != nil {
			return err
		}
	}
	if err := x.s.Quit(ctx); err != nil {
		return err
	}
	return x.deleted(ops, deleted, uidls)
}

// ended reports whether the policy ends the server's copy of a message whose
// whole content is here.
func (x *popCheck) ended(l *storage.LedgerEntry, now time.Time) bool {
	p := &x.a.POP3
	due := !p.LeaveOnServer ||
		p.RemoveAfterDays > 0 && now.Sub(l.FirstSeen) >= time.Duration(p.RemoveAfterDays)*24*time.Hour
	if !due {
		return false
	}
	whole := true
	err := x.e.store.View(func(tx *storage.Tx) error {
		m, err := tx.Message(l.Message)
		if err == nil {
			whole = m.BodyState == storage.BodyFull
		}
		if errors.Is(err, storage.ErrNotFound) {
			return nil // deleted here by the person
		}
		return err
	})
	return err == nil && whole
}

// askedFor are the deletions that the person's actions queued.
func (x *popCheck) askedFor() ([]storage.Operation, map[string]bool, error) {
	var ops []storage.Operation
	asked := map[string]bool{}
	err := x.e.store.View(func(tx *storage.Tx) error {
		all, err := tx.Operations(x.a.ID)
		for _, op := range all {
			if op.Kind == storage.OpDeleteOnServer && !op.BackedOut {
				ops = append(ops, op)
				asked[op.UIDL] = true
			}
		}
		return err
	})
	return ops, asked, err
}

// deleted writes down what QUIT confirmed.
func (x *popCheck) deleted(ops []storage.Operation, numbers []int, uidls map[int]string) error {
	if len(numbers) == 0 && len(ops) == 0 {
		return nil
	}
	gone := map[string]bool{}
	for _, n := range numbers {
		gone[uidls[n]] = true
	}
	x.r.DeletedOnServer += len(gone)
	return x.e.store.Update(func(tx *storage.Tx) error {
		for uidl := range gone {
			l, err := tx.LedgerEntry(x.a.ID, uidl)
			if err != nil {
				return err
			}
			l.State = storage.DeletedOnServer
			if err := tx.PutLedger(x.a.ID, &l); err != nil {
				return err
			}
		}
		for _, op := range ops {
			// Not there at all is as good as deleted.
			if gone[op.UIDL] || !x.there[op.UIDL] {
				if err := tx.RemoveOperation(x.a.ID, op.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// fetchRest downloads the whole of a message of which only the headers came.
func (e *Engine) fetchRest(ctx context.Context, a *accounts.Account, m *storage.Message) error {
	unlock, err := e.lock(ctx, a.ID) // POP3 lets in one session at a time
	if err != nil {
		return err
	}
	defer unlock()
	s, err := e.dialPOP3(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close()
	listed, err := s.List(ctx)
	if err != nil {
		return err
	}
	for _, l := range listed {
		if l.UIDL != m.UIDL {
			continue
		}
		if err := e.retrieveRest(ctx, a, m, s, l.Number); err != nil {
			return saveFailure(err)
		}
		return s.Quit(ctx)
	}
	return fmt.Errorf("the server no longer has this message; what came of it stays here")
}

func (e *Engine) retrieveRest(ctx context.Context, a *accounts.Account, m *storage.Message, s *pop3.Session, number int) error {
	in := e.store.NewIngest(a.ID)
	err := s.Retrieve(ctx, []int{number}, func(r pop3.Retrieved) error {
		if r.Err != nil {
			return r.Err
		}
		return in.Add(ctx, &storage.Incoming{
			Message: storage.Message{ID: m.ID, Mailbox: m.Mailbox, UIDL: m.UIDL}, Raw: r.Raw,
			Keep: storage.BodyFull, Ledger: true,
		})
	})
	return errors.Join(err, in.Close())
}
