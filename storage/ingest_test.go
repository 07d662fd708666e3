package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// letter is a small message; n makes it different from others.
func letter(n int) []byte {
	return fmt.Appendf(nil, "From: Sara <sara@x.org>\r\nTo: b@x.org\r\nSubject: letter %d\r\nMessage-ID: <%d@x.org>\r\n"+
		"Date: Sat, 21 Mar 2026 10:00:00 +0330\r\n\r\nHello number %d.\r\n%s", n, n, n, strings.Repeat("text ", n%500))
}

func ingest(t testing.TB, s *Store, a AccountID, list ...*Incoming) {
	t.Helper()
	in := s.NewIngest(a)
	for _, m := range list {
		if err := in.Add(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestIngestFillsRows(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	ingest(t, s, a, &Incoming{Message: Message{Mailbox: boxes[0], UID: 5, Flags: Seen}, Raw: letter(1), Keep: BodyFull})
	view(t, s, func(tx *Tx) error {
		m, err := tx.MessageWithUID(boxes[0], 5)
		if m.Subject != "letter 1" || m.MessageID != "1@x.org" || m.From[0].Address != "sara@x.org" ||
			!strings.HasPrefix(m.Preview, "Hello number 1.") || m.Size != int64(len(letter(1))) || m.Flags != Seen {
			t.Errorf("row %+v", m)
		}
		return err
	})
}

func TestIngestTakesAMessageOnce(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	for range 2 {
		ingest(t, s, a, &Incoming{Message: Message{Mailbox: boxes[0], UID: 5}, Raw: letter(1), Keep: BodyFull})
	}
	if got := counts(t, s, boxes[0]); got.Total != 1 {
		t.Errorf("%+v", got)
	}
}

func TestIngestCompletesARow(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	head, _, _ := bytes.Cut(letter(3), []byte("\r\n\r\n"))
	ingest(t, s, a, &Incoming{Message: Message{Mailbox: boxes[0], UID: 5, Size: int64(len(letter(3)))}, Raw: head, Keep: BodyNone})
	if got := counts(t, s, boxes[0]); got.Bodies != 0 || got.Total != 1 {
		t.Errorf("after the envelope: %+v", got)
	}
	ingest(t, s, a, &Incoming{Message: Message{Mailbox: boxes[0], UID: 5}, Raw: letter(3), Keep: BodyFull})
	view(t, s, func(tx *Tx) error {
		m, err := tx.MessageWithUID(boxes[0], 5)
		if err != nil {
			return err
		}
		raw, err := s.MessageBody(&m)
		if !bytes.Equal(raw, letter(3)) {
			t.Errorf("body %q", raw)
		}
		return err
	})
}

func TestIngestManyInOrder(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	const n = 2 * commitRows
	committed := 0
	in := s.NewIngest(a)
	in.Committed = func(k int, _ int64) { committed += k }
	for i := range n {
		m := &Incoming{Message: Message{Mailbox: boxes[0], UIDL: fmt.Sprint(i)}, Raw: letter(i), Keep: BodyFull, Ledger: true}
		if err := in.Add(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if i == 10 {
			if err := in.Flush(); err != nil {
				t.Fatal(err)
			}
			if got := counts(t, s, boxes[0]); got.Total != 11 {
				t.Errorf("after a flush: %+v", got)
			}
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if committed != n {
		t.Errorf("%d of %d were told", committed, n)
	}
	view(t, s, func(tx *Tx) error {
		for i := range n {
			l, err := tx.LedgerEntry(a, fmt.Sprint(i))
			if err != nil {
				return err
			}
			m, err := tx.Message(l.Message)
			if err != nil {
				return err
			}
			if m.MessageID != fmt.Sprintf("%d@x.org", i) || m.ID != MessageID(i+1) {
				t.Fatalf("message %d has id %d and Message-ID %s", i, m.ID, m.MessageID)
			}
		}
		return nil
	})
}

func TestIngestStopsAtTheFirstError(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	boom := errors.New("boom")
	in := s.NewIngest(a)
	in.Before = func(_ *Tx, m *Incoming) (bool, error) {
		if m.Message.UID == 3 {
			return false, boom
		}
		return true, nil
	}
	var failed error
	for uid := uint32(1); failed == nil && uid < 10_000; uid++ {
		failed = in.Add(t.Context(), &Incoming{Message: Message{Mailbox: boxes[0], UID: uid}, Raw: letter(1), Keep: BodyFull})
	}
	if err := in.Close(); !errors.Is(err, boom) {
		t.Errorf("Close = %v", err)
	}
	if got := counts(t, s, boxes[0]); got.Total != 0 {
		t.Errorf("the failed batch left %+v", got)
	}
}

func TestIngestEndsWithItsContext(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	in := s.NewIngest(a)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := in.Add(ctx, &Incoming{Message: Message{Mailbox: boxes[0]}, Raw: letter(1), Keep: BodyFull})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Add = %v", err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// TestKilledIngest kills a process at many moments of taking in messages. What
// it had committed must be whole, and a further run must complete the rest
// without doubling any.
func TestKilledIngest(t *testing.T) {
	if dir := os.Getenv("PEYK_TEST_INGEST"); dir != "" {
		killedIngest(t, dir)
		return
	}
	dir := t.TempDir()
	for _, pause := range []time.Duration{20, 45, 70, 110, 160, 230} {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledIngest$")
		cmd.Env = append(os.Environ(), "PEYK_TEST_INGEST="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The moment of the kill is the point of the test, not a wait for
		// something.
		time.Sleep(pause * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		s, err := Open(dir, Options{LockTimeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(t.Context(), true); err != nil {
			t.Errorf("after a kill at %d ms: %v", pause, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	killedIngest(t, dir)
	s := openStore(t, dir)
	if got := counts(t, s, 1); got.Total != killedTotal || got.Bodies != killedTotal {
		t.Errorf("in the end there are %+v", got)
	}
	if ids := rawIDs(t, s, 1); len(ids) != killedTotal {
		t.Errorf("%d bodies for %d messages", len(ids), killedTotal)
	}
}

const killedTotal = 3000

// killedIngest takes in what is not there yet, as a check of a mailbox does.
func killedIngest(t *testing.T, dir string) {
	s, err := Open(dir, Options{LockTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	box, err := firstBox(s)
	if err != nil {
		t.Fatal(err)
	}
	have := map[uint32]bool{}
	view(t, s, func(tx *Tx) error {
		list, err := tx.UIDs(box.ID)
		for _, u := range list {
			have[u.UID] = true
		}
		return err
	})
	in := s.NewIngest(box.Account)
	for uid := uint32(1); uid <= killedTotal; uid++ {
		if have[uid] {
			continue
		}
		m := &Incoming{Message: Message{Mailbox: box.ID, UID: uid}, Raw: letter(int(uid)), Keep: BodyFull}
		if err := in.Add(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if uid%100 == 0 {
			if err := in.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
}

func firstBox(s *Store) (Mailbox, error) {
	var box Mailbox
	err := s.Update(func(tx *Tx) error {
		m, err := tx.Mailbox(1)
		if err == nil {
			box = m
			return nil
		}
		a := Account{Name: "a"}
		if err := tx.PutAccount(&a); err != nil {
			return err
		}
		box = Mailbox{Account: a.ID, Name: "A"}
		return tx.PutMailbox(&box)
	})
	return box, err
}

func BenchmarkIngest(b *testing.B) {
	raw := append(letter(1), bytes.Repeat([]byte("some words that compress a little, as text does. \r\n"), 400)...)
	s := newStore(b)
	a, boxes := newMailbox(b, s, "A")
	in := s.NewIngest(a)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	uid := uint32(0)
	for b.Loop() {
		uid++
		m := &Incoming{Message: Message{Mailbox: boxes[0], UID: uid}, Raw: bytes.Clone(raw), Keep: BodyFull}
		if err := in.Add(context.Background(), m); err != nil {
			b.Fatal(err)
		}
	}
	if err := in.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkList(b *testing.B) {
	const n = 100_000
	s := newStore(b)
	a, boxes := newMailbox(b, s, "A")
	update(b, s, func(tx *Tx) error {
		for i := range n {
			m := Message{Account: a, Mailbox: boxes[0], Subject: "some subject of a usual length", Date: noon.Add(-time.Duration(i*7919%n) * time.Minute)}
			if err := tx.PutMessage(&m); err != nil {
				return err
			}
		}
		return nil
	})
	b.ReportAllocs()
	for b.Loop() {
		view(b, s, func(tx *Tx) error {
			list, err := tx.List(boxes[0], 0)
			if len(list) != n {
				b.Fatal(len(list))
			}
			return err
		})
	}
}
