package storage

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Buckets of mail.db. Ids are big-endian, so that a bucket's order is theirs.
var (
	bMeta       = []byte("meta")
	bAccounts   = []byte("accounts")   // account → JSON
	bMailboxes  = []byte("mailboxes")  // mailbox → JSON
	bMessages   = []byte("messages")   // message → row
	bOrder      = []byte("order")      // mailbox, date, message → flags and marks
	bUIDs       = []byte("uids")       // mailbox, UID → message
	bMessageIDs = []byte("messageids") // account, hash of Message-ID, message → nothing
	bBodyRefs   = []byte("bodyrefs")   // account, body → number of records that use it
	bGarbage    = []byte("garbage")    // account, body → nothing: unused, to be deleted from the body file
	bLedger     = []byte("ledger")     // account, UIDL → ledger entry
	bLedgerHash = []byte("ledgerhash") // account, start of content hash, UIDL → nothing
	bQueue      = []byte("queue")      // account, operation → JSON
	bOutbox     = []byte("outbox")     // outgoing → JSON
	bSettings   = []byte("settings")   // name → value

	keySchema = []byte("schema")
)

// migrations[i] brings schema i to i+1. They are never edited after release.
var migrations = []func(*bolt.Tx) error{
	func(tx *bolt.Tx) error {
		for _, name := range [][]byte{
			bAccounts, bMailboxes, bMessages, bOrder, bUIDs, bMessageIDs, bBodyRefs, bGarbage,
			bLedger, bLedgerHash, bQueue, bOutbox, bSettings,
		} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	},
}

func (s *Store) migrate() error {
	current := -1
	err := s.db.View(func(tx *bolt.Tx) error {
		if b := tx.Bucket(bMeta); b != nil {
			if v := b.Get(keySchema); len(v) == 8 {
				current = int(binary.BigEndian.Uint64(v))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case current == len(migrations):
		return nil
	case current > len(migrations):
		return fmt.Errorf("schema %d, known up to %d: %w", current, len(migrations), ErrNewer)
	}
	return s.db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(bMeta)
		if err != nil {
			return err
		}
		for n := max(current, 0); n < len(migrations); n++ {
			if err := migrations[n](tx); err != nil {
				return fmt.Errorf("migration %d: %w", n+1, err)
			}
		}
		return meta.Put(keySchema, key(uint64(len(migrations))))
	})
}

// key joins numbers into a key that sorts as they do.
func key(parts ...uint64) []byte {
	k := make([]byte, 0, 8*len(parts)+8)
	for _, p := range parts {
		k = binary.BigEndian.AppendUint64(k, p)
	}
	return k
}

func keyID(k []byte, n int) uint64 { return binary.BigEndian.Uint64(k[8*n:]) }

// dateKey orders times as unsigned numbers, those before 1970 included.
func dateKey(t time.Time) uint64 { return uint64(t.Unix()) ^ 1<<63 }

func dateOf(k uint64) int64 { return int64(k ^ 1<<63) }

func orderKey(m *Message) []byte {
	return key(uint64(m.Mailbox), dateKey(m.Date), uint64(m.ID))
}

// orderValue is what a list needs to filter without reading rows.
func orderValue(m *Message) []byte {
	v := binary.BigEndian.AppendUint16(nil, uint16(m.Flags))
	return append(v, byte(min(m.Attachments, 255)), byte(m.BodyState))
}

func messageIDKey(a AccountID, messageID string, id MessageID) []byte {
	h := fnv.New64a()
	h.Write([]byte(messageID))
	return key(uint64(a), h.Sum64(), uint64(id))
}

func uidKey(m MailboxID, uid uint32) []byte { return key(uint64(m), uint64(uid)) }

func ledgerKey(a AccountID, uidl string) []byte { return append(key(uint64(a)), uidl...) }

func ledgerHashKey(a AccountID, hash [32]byte, uidl string) []byte {
	return append(append(key(uint64(a)), hash[:8]...), uidl...)
}
