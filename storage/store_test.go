package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

var noon = time.Date(2026, 3, 21, 12, 0, 0, 0, time.UTC)

// newStore opens a store in a temporary folder. When the test ends it must pass
// its own check.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, t.TempDir())
}

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if problems, err := s.Check(context.Background(), true); err != nil || len(problems) > 0 {
			t.Errorf("check at close: %v %q", err, problems)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newMailbox makes an account with one mailbox.
func newMailbox(t testing.TB, s *Store, names ...string) (AccountID, []MailboxID) {
	t.Helper()
	a := Account{Name: fmt.Sprintf("account of %v", names)}
	var ids []MailboxID
	update(t, s, func(tx *Tx) error {
		if err := tx.PutAccount(&a); err != nil {
			return err
		}
		for _, name := range names {
			m := Mailbox{Account: a.ID, Name: name}
			if err := tx.PutMailbox(&m); err != nil {
				return err
			}
			ids = append(ids, m.ID)
		}
		return nil
	})
	return a.ID, ids
}

func update(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatal(err)
	}
}

func counts(t testing.TB, s *Store, id MailboxID) Counts {
	t.Helper()
	var c Counts
	view(t, s, func(tx *Tx) error {
		m, err := tx.Mailbox(id)
		c = m.Counts
		return err
	})
	return c
}

func TestMessageRecord(t *testing.T) {
	full := Message{
		ID: 7, Account: 1, Mailbox: 2, UID: 3, UIDL: "u", MessageID: "a@b", InReplyTo: "c@d", References: []string{"x", "y"},
		From: []mail.Address{{Name: "سارا", Address: "s@x"}}, ReplyTo: []mail.Address{{Address: "r@x"}},
		To: []mail.Address{{Address: "t@x"}, {Address: "u@x"}}, Cc: []mail.Address{{Name: "c", Address: "c@x"}},
		Subject: "گزارش", Preview: "سلام", Date: time.Unix(-5, 0), Received: time.Unix(1700000000, 0), Size: 99,
		Flags: Seen | Forwarded, Keywords: []string{"k"}, Attachments: 2, BodyState: BodyFull, Body: 8,
	}
	for _, m := range []Message{full, {ID: 1}} {
		got, err := decodeMessage(m.ID, encodeMessage(&m))
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("got  %+v %v\nwant %+v", got, err, m)
		}
	}
	data := encodeMessage(&full)
	for n := range data {
		if _, err := decodeMessage(7, data[:n]); err == nil {
			t.Errorf("a record cut to %d octets was read", n)
		}
	}
}

func FuzzDecodeMessage(f *testing.F) {
	f.Add(encodeMessage(&Message{Subject: "x", References: []string{"a"}, From: []mail.Address{{Name: "n"}}}))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := decodeMessage(1, data); err == nil {
			again, err := decodeMessage(1, encodeMessage(&m))
			if err != nil || !reflect.DeepEqual(m, again) {
				t.Errorf("%+v became %+v, %v", m, again, err)
			}
		}
		_, _ = decodeLedger("u", data)
	})
}

func TestCountsFollowEveryChange(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "INBOX", "Archive")
	m := Message{Account: a, Mailbox: boxes[0], UID: 4, Size: 100, MessageID: "m@x", Date: noon}
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	if got, want := counts(t, s, boxes[0]), (Counts{Total: 1, Unread: 1, Bytes: 100}); got != want {
		t.Errorf("after adding: %+v", got)
	}
	m.Flags = Seen
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	if got := counts(t, s, boxes[0]); got.Unread != 0 || got.Total != 1 {
		t.Errorf("after reading: %+v", got)
	}
	m.Mailbox, m.UID = boxes[1], 0
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	if from, to := counts(t, s, boxes[0]), counts(t, s, boxes[1]); from.Total != 0 || to.Total != 1 || to.Unread != 0 {
		t.Errorf("after moving: %+v, %+v", from, to)
	}
	view(t, s, func(tx *Tx) error {
		if _, err := tx.MessageWithUID(boxes[0], 4); !errors.Is(err, ErrNotFound) {
			t.Errorf("the old UID still finds %v", err)
		}
		found, err := tx.WithMessageID(a, "m@x")
		if len(found) != 1 || found[0].ID != m.ID {
			t.Errorf("Message-ID finds %v", found)
		}
		return err
	})
	update(t, s, func(tx *Tx) error { return tx.RemoveMessage(m.ID) })
	if got := counts(t, s, boxes[1]); got != (Counts{}) {
		t.Errorf("after removing: %+v", got)
	}
}

func TestListIsNewestFirst(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A", "B", "C")
	update(t, s, func(tx *Tx) error {
		for i, box := range []int{1, 0, 1, 2, 1} {
			m := Message{Account: a, Mailbox: boxes[box], Subject: fmt.Sprint(i), Date: noon.Add(time.Duration(i%3) * time.Hour), Received: noon.Add(72 * time.Hour)}
			if i == 0 {
				m.Date = time.Date(1975, 1, 1, 0, 0, 0, 0, time.UTC)
			}
			if err := tx.PutMessage(&m); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx *Tx) error {
		for limit, want := range map[int][]string{0: {"2", "4", "0"}, 2: {"2", "4"}} {
			list, err := tx.List(boxes[1], limit)
			if err != nil {
				return err
			}
			var got []string
			for _, e := range list {
				m, err := tx.Message(e.ID)
				if err != nil {
					return err
				}
				got = append(got, m.Subject)
			}
			if !slices.Equal(got, want) {
				t.Errorf("limit %d lists %v, want %v", limit, got, want)
			}
		}
		if list, err := tx.List(boxes[2], 0); err != nil || len(list) != 1 {
			t.Errorf("the last mailbox lists %v, %v", list, err)
		}
		return nil
	})
}

func TestAbsurdDatesTakeTheArrival(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	arrival := noon.Add(-time.Hour)
	for _, date := range []time.Time{{}, time.Unix(0, 0), noon.AddDate(10, 0, 0)} {
		m := Message{Account: a, Mailbox: boxes[0], Date: date, Received: arrival}
		update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
		if !m.Date.Equal(arrival) {
			t.Errorf("date %v became %v", date, m.Date)
		}
	}
}

func TestIDsAreNeverUsedAgain(t *testing.T) {
	dir := t.TempDir()
	var last MessageID
	for range 3 {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, boxes := newMailbox(t, s, fmt.Sprint(last))
		m := Message{Account: a, Mailbox: boxes[0]}
		update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
		update(t, s, func(tx *Tx) error { return tx.RemoveMessage(m.ID) })
		if m.ID <= last {
			t.Errorf("id %d after %d", m.ID, last)
		}
		last = m.ID
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailedUpdateLeavesNothing(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	heard := s.Subscribe(t.Context())
	boom := errors.New("boom")
	err := s.Update(func(tx *Tx) error {
		if err := tx.PutMessage(&Message{Account: a, Mailbox: boxes[0]}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("Update = %v", err)
	}
	if got := counts(t, s, boxes[0]); got.Total != 0 {
		t.Errorf("counts %+v", got)
	}
	update(t, s, func(tx *Tx) error { return tx.PutSetting("x", "y") })
	update(t, s, func(tx *Tx) error { return tx.PutMailbox(&Mailbox{Account: a, Name: "B"}) })
	for _, c := range <-heard {
		if _, ok := c.(MessagesAdded); ok {
			t.Error("heard of a message that was not added")
		}
	}
}

func TestMailboxNamesIgnoreCaseUnlessExact(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "Work", "work")
	inbox := Mailbox{Account: a, Name: "Posteingang", Role: RoleInbox}
	update(t, s, func(tx *Tx) error { return tx.PutMailbox(&inbox) })
	view(t, s, func(tx *Tx) error {
		for name, want := range map[string]MailboxID{"work": boxes[1], "Work": boxes[0], "WORK": boxes[0], "inbox": inbox.ID, "INBOX": inbox.ID} {
			if m, err := tx.MailboxNamed(a, name); err != nil || m.ID != want {
				t.Errorf("%s finds %d, %v; want %d", name, m.ID, err, want)
			}
		}
		if _, err := tx.MailboxNamed(a, "none"); !errors.Is(err, ErrNotFound) {
			t.Errorf("none: %v", err)
		}
		return nil
	})
}

func TestBodiesComeBackByteForByte(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	raws := [][]byte{nil, []byte("x"), bytes.Repeat([]byte("same "), 100_000), noise, []byte("a\x00b\r\r\n.\n")}
	s := openStore(t, dir)
	a, boxes := newMailbox(t, s, "A")
	ids, err := s.AddBodies(a, raws...)
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		for i, id := range ids {
			m := NewRow(a, boxes[0], raws[i], Seen, noon)
			m.Body = id
			if err := tx.PutMessage(&m); err != nil {
				return err
			}
		}
		return nil
	})
	s.Settle(a, ids...)
	for i, id := range ids {
		if got, err := s.Body(a, id); err != nil || !bytes.Equal(got, raws[i]) {
			t.Errorf("body %d: %d octets, %v", i, len(got), err)
		}
	}
}

// reopen closes a store as a crash would: nothing pending is written.
func crash(t *testing.T, s *Store) {
	t.Helper()
	s.mu.Lock()
	for id, f := range s.bodies {
		if err := f.db.Close(); err != nil {
			t.Fatal(err)
		}
		delete(s.bodies, id)
	}
	s.mu.Unlock()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func rawIDs(t *testing.T, s *Store, a AccountID) []BodyID {
	t.Helper()
	f, err := s.bodyFile(a)
	if err != nil {
		t.Fatal(err)
	}
	var ids []BodyID
	err = f.db.View(func(tx *bolt.Tx) error {
		for k := range scan(tx.Bucket(bRaw), nil) {
			ids = append(ids, BodyID(keyID(k, 0)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestOrphanedBodiesAreCollectedAtStart(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, boxes := newMailbox(t, s, "A")
	kept, err := s.AddBodies(a, []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	m := Message{Account: a, Mailbox: boxes[0], Body: kept[0], BodyState: BodyFull}
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	// The crash comes between the body's commit and the row's.
	if _, err := s.AddBodies(a, []byte("orphan")); err != nil {
		t.Fatal(err)
	}
	crash(t, s)

	s = openStore(t, dir)
	if ids := rawIDs(t, s, a); !slices.Equal(ids, kept) {
		t.Errorf("bodies %v are left, want %v", ids, kept)
	}
	if raw, err := s.MessageBody(&m); err != nil || string(raw) != "kept" {
		t.Errorf("the kept body is %q, %v", raw, err)
	}
	update(t, s, func(tx *Tx) error { return tx.RemoveMessage(m.ID) })
	if err := s.Sweep(a); err != nil {
		t.Fatal(err)
	}
	if ids := rawIDs(t, s, a); len(ids) != 0 {
		t.Errorf("bodies %v outlive their rows", ids)
	}
}

func TestSharedBodyStaysUntilItsLastUse(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	ids, err := s.AddBodies(a, []byte("shared"))
	if err != nil {
		t.Fatal(err)
	}
	m := Message{Account: a, Mailbox: boxes[0], Body: ids[0], BodyState: BodyFull}
	out := Outgoing{Account: a, Body: ids[0]}
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutMessage(&m), tx.PutOutgoing(&out)) })
	update(t, s, func(tx *Tx) error { return tx.RemoveOutgoing(out.ID) })
	if err := s.Sweep(a); err != nil {
		t.Fatal(err)
	}
	if raw, err := s.MessageBody(&m); err != nil || string(raw) != "shared" {
		t.Errorf("body %q, %v", raw, err)
	}
}

func TestRemovedAccountLeavesNothing(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A")
	ids, err := s.AddBodies(a, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		m := Message{Account: a, Mailbox: boxes[0], Body: ids[0], BodyState: BodyFull, MessageID: "m@x", UID: 1}
		return errors.Join(
			tx.PutMessage(&m), tx.PutLedger(a, &LedgerEntry{UIDL: "u", Hash: [32]byte{1}}),
			tx.Enqueue(&Operation{Account: a, Kind: OpMove}), tx.PutOutgoing(&Outgoing{Account: a, Body: ids[0]}),
		)
	})
	update(t, s, func(tx *Tx) error { return tx.RemoveAccount(a) })
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			if k, _ := b.Cursor().First(); k != nil && !bytes.Equal(name, bMeta) {
				t.Errorf("bucket %s still has %x", name, k)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "bodies", fmt.Sprintf("%d.db", a))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the body file: %v", err)
	}
}

func TestLedgerIsFoundByContent(t *testing.T) {
	s := newStore(t)
	a, _ := newMailbox(t, s, "A")
	one := LedgerEntry{UIDL: "1", Message: 5, FirstSeen: noon, Size: 9, Hash: [32]byte{1, 2}, MessageID: "m@x", State: DeleteWanted}
	update(t, s, func(tx *Tx) error { return tx.PutLedger(a, &one) })
	view(t, s, func(tx *Tx) error {
		got, err := tx.LedgerEntry(a, "1")
		if !got.FirstSeen.Equal(noon) {
			t.Errorf("first seen %v", got.FirstSeen)
		}
		got.FirstSeen = noon
		if got != one {
			t.Errorf("got %+v", got)
		}
		found, err2 := tx.LedgerWithHash(a, one.Hash)
		if len(found) != 1 || found[0].UIDL != "1" {
			t.Errorf("found %+v", found)
		}
		// The same first octets are not the same content.
		near, err3 := tx.LedgerWithHash(a, [32]byte{1, 2, 0, 0, 0, 0, 0, 0, 9})
		if len(near) != 0 {
			t.Errorf("found %+v", near)
		}
		return errors.Join(err, err2, err3)
	})
	one.Hash = [32]byte{7}
	update(t, s, func(tx *Tx) error { return tx.PutLedger(a, &one) })
	view(t, s, func(tx *Tx) error {
		if found, err := tx.LedgerWithHash(a, [32]byte{1, 2}); err != nil || len(found) != 0 {
			t.Errorf("the old content still finds %v, %v", found, err)
		}
		return nil
	})
}

func TestQueueKeepsItsOrder(t *testing.T) {
	s := newStore(t)
	a, _ := newMailbox(t, s, "A")
	b, _ := newMailbox(t, s, "B")
	update(t, s, func(tx *Tx) error {
		for i := range 300 {
			id := a
			if i%3 == 0 {
				id = b
			}
			if err := tx.Enqueue(&Operation{Account: id, Kind: OpStoreFlags, UID: uint32(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx *Tx) error {
		ops, err := tx.Operations(a)
		if len(ops) != 200 || !slices.IsSortedFunc(ops, func(x, y Operation) int { return int(x.UID) - int(y.UID) }) {
			t.Errorf("%d operations, or out of order", len(ops))
		}
		return err
	})
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(keySchema, key(99)) })
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("Open = %v", err)
	}
}

func TestOpenTwice(t *testing.T) {
	s := newStore(t)
	if _, err := Open(s.Dir(), Options{LockTimeout: 10 * time.Millisecond}); !errors.Is(err, ErrInUse) {
		t.Errorf("Open = %v", err)
	}
}

func TestFilesAreForTheirUserAlone(t *testing.T) {
	s := newStore(t)
	a, _ := newMailbox(t, s, "A")
	ids, err := s.AddBodies(a, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error { return tx.PutOutgoing(&Outgoing{Account: a, Body: ids[0]}) })
	err = filepath.WalkDir(s.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCheckSeesDamage breaks each thing that Check promises to look at.
func TestCheckSeesDamage(t *testing.T) {
	damage := map[string]func(*bolt.Tx) error{
		"counts": func(tx *bolt.Tx) error {
			m, err := getJSON[Mailbox](tx.Bucket(bMailboxes), key(1))
			m.Counts.Unread++
			return errors.Join(err, putJSON(tx.Bucket(bMailboxes), key(1), m))
		},
		"order":       func(tx *bolt.Tx) error { return deleteAll(tx.Bucket(bOrder), nil) },
		"extra order": func(tx *bolt.Tx) error { return tx.Bucket(bOrder).Put(key(1, 2, 3), []byte{0, 0, 0, 0}) },
		"uid":         func(tx *bolt.Tx) error { return deleteAll(tx.Bucket(bUIDs), nil) },
		"message-id":  func(tx *bolt.Tx) error { return deleteAll(tx.Bucket(bMessageIDs), nil) },
		"references":  func(tx *bolt.Tx) error { return deleteAll(tx.Bucket(bBodyRefs), nil) },
		"row":         func(tx *bolt.Tx) error { return tx.Bucket(bMessages).Put(key(9), []byte{1, 2}) },
		"mailbox":     func(tx *bolt.Tx) error { return tx.Bucket(bMailboxes).Delete(key(1)) },
		"queue":       func(tx *bolt.Tx) error { return putJSON(tx.Bucket(bQueue), key(44, 1), Operation{Account: 44}) },
		"ledger":      func(tx *bolt.Tx) error { return deleteAll(tx.Bucket(bLedgerHash), nil) },
	}
	for name, breakIt := range damage {
		t.Run(name, func(t *testing.T) {
			s := damaged(t)
			if err := s.db.Update(breakIt); err != nil {
				t.Fatal(err)
			}
			if problems, err := s.Check(t.Context(), true); err != nil || len(problems) == 0 {
				t.Errorf("nothing was noticed (%v)", err)
			}
		})
	}
	for name, breakIt := range map[string]func(*bolt.Bucket) error{
		"missing body": func(b *bolt.Bucket) error { return b.Delete(key(1)) },
		"flipped bit": func(b *bolt.Bucket) error {
			frame := bytes.Clone(b.Get(key(1)))
			frame[len(frame)-6] ^= 1
			return b.Put(key(1), frame)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := damaged(t)
			f, err := s.bodyFile(1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.db.Update(func(tx *bolt.Tx) error { return breakIt(tx.Bucket(bRaw)) }); err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(t.Context(), true); !errors.Is(err, ErrDamaged) {
				t.Errorf("Verify = %v", err)
			}
		})
	}
}

// damaged is a sound store, to be broken by its test.
func damaged(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	a, boxes := newMailbox(t, s, "A")
	ids, err := s.AddBodies(a, bytes.Repeat([]byte("some text and more text\n"), 50))
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		m := Message{Account: a, Mailbox: boxes[0], UID: 1, MessageID: "m@x", Body: ids[0], BodyState: BodyFull}
		return errors.Join(tx.PutMessage(&m), tx.PutLedger(a, &LedgerEntry{UIDL: "u", Hash: [32]byte{1}}))
	})
	if err := s.Verify(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChangesAreTold(t *testing.T) {
	s := newStore(t)
	a, boxes := newMailbox(t, s, "A", "B")
	heard := s.Subscribe(t.Context())
	m := Message{Account: a, Mailbox: boxes[0]}
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	want := []Change{MessagesAdded{a, boxes[0], []MessageID{m.ID}}, CountsChanged{a, boxes[0]}}
	if got := <-heard; !reflect.DeepEqual(got, want) {
		t.Errorf("heard %+v, want %+v", got, want)
	}
	// Within the pause, several transactions come as one batch.
	m.Flags = Seen
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	m.Flags = Seen | Flagged
	update(t, s, func(tx *Tx) error { return tx.PutMessage(&m) })
	want = []Change{FlagsChanged{a, boxes[0], []MessageID{m.ID, m.ID}}, CountsChanged{a, boxes[0]}}
	got := <-heard
	if joined := coalesce(got); len(joined) > 3 || len(got) == 0 {
		t.Errorf("heard %+v, want about %+v", got, want)
	}
}

func TestSlowSubscriberIsToldThatItLost(t *testing.T) {
	sub := &subscription{ready: make(chan struct{}, 1)}
	for range changeBuffer + 5 {
		sub.add([]Change{OperationChanged{1}})
	}
	if len(sub.pending) > changeBuffer || sub.pending[0] != (Lost{}) {
		t.Errorf("%d pending, first %v", len(sub.pending), sub.pending[0])
	}
}

func TestSubscriptionEndsWithItsContext(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	heard := s.Subscribe(ctx)
	cancel()
	if _, open := <-heard; open {
		t.Error("still open")
	}
}
