package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
)

// Buckets of a body file.
var (
	bRaw = []byte("raw") // body → zstd frame
	// bFresh names the bodies of the last commit, whose rows may not have been
	// committed when the program ended. They are looked at when the file is
	// next opened.
	bFresh = []byte("fresh")
)

// maxRaw bounds what a damaged frame can make us allocate.
const maxRaw = 1 << 30

type compressor struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCompressor() (*compressor, error) {
	n := min(runtime.GOMAXPROCS(0), 4)
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(n),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(n), zstd.WithDecoderMaxMemory(maxRaw))
	if err != nil {
		return nil, err
	}
	return &compressor{enc, dec}, nil
}

func (c *compressor) close() { c.dec.Close() }

// bodyFile holds the raw messages of one account. Ids only grow, so pages are
// appended to and filled nearly whole. Its free list is written out, unlike
// that of mail.db: it stays short, and opening a large file needs no scan.
type bodyFile struct {
	db   *bolt.DB
	path string

	// settled are fresh ids whose rows are committed by now; the next
	// transaction takes them out of the fresh bucket.
	mu      sync.Mutex
	settled []BodyID
}

func (s *Store) bodyPath(a AccountID) string {
	return filepath.Join(s.dir, "bodies", fmt.Sprintf("%d.db", a))
}

// bodyFile opens an account's body file on first use.
func (s *Store) bodyFile(a AccountID) (*bodyFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.bodies[a]; ok {
		return f, nil
	}
	path := s.bodyPath(a)
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		FreelistType: bolt.FreelistMapType, InitialMmapSize: initialMmap(1 << 30),
	})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.AllocSize = 8 << 20
	f := &bodyFile{db: db, path: path}
	if err := s.prepare(a, f); err != nil {
		db.Close()
		return nil, fmt.Errorf("preparing %s: %w", path, err)
	}
	s.bodies[a] = f
	return f, nil
}

// prepare makes a body file's buckets and deletes the bodies that no record
// came to use before the program ended.
func (s *Store) prepare(a AccountID, f *bodyFile) error {
	var fresh []BodyID
	err := f.db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bRaw, bFresh} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		for k := range scan(tx.Bucket(bFresh), nil) {
			fresh = append(fresh, BodyID(keyID(k, 0)))
		}
		return nil
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	var orphans []BodyID
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, id := range fresh {
			if tx.Bucket(bBodyRefs).Get(key(uint64(a), uint64(id))) == nil {
				orphans = append(orphans, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.db.Update(func(tx *bolt.Tx) error {
		return errors.Join(deleteIDs(tx.Bucket(bRaw), orphans), deleteIDs(tx.Bucket(bFresh), fresh))
	})
}

// Sweep frees the space of raw messages whose last record went. It holds the
// one write transaction meanwhile, so that nobody can come to use them again.
func (s *Store) Sweep(a AccountID) error {
	waiting := false
	err := s.db.View(func(tx *bolt.Tx) error {
		for range scan(tx.Bucket(bGarbage), key(uint64(a))) {
			waiting = true
			break
		}
		return nil
	})
	if err != nil || !waiting {
		return err
	}
	f, err := s.bodyFile(a)
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		var garbage []BodyID
		for k := range scan(tx.Bucket(bGarbage), key(uint64(a))) {
			garbage = append(garbage, BodyID(keyID(k, 1)))
		}
		if len(garbage) == 0 {
			return errNothing
		}
		err := f.db.Update(func(ftx *bolt.Tx) error { return deleteIDs(ftx.Bucket(bRaw), garbage) })
		if err != nil {
			return err
		}
		return deleteAll(tx.Bucket(bGarbage), key(uint64(a)))
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// errNothing ends a transaction that has nothing to write without a commit.
var errNothing = errors.New("nothing to do")

func deleteIDs(b *bolt.Bucket, ids []BodyID) error {
	for _, id := range ids {
		if err := b.Delete(key(uint64(id))); err != nil {
			return err
		}
	}
	return nil
}

func (f *bodyFile) close() error {
	f.mu.Lock()
	settled := f.settled
	f.settled = nil
	f.mu.Unlock()
	var err error
	if len(settled) > 0 {
		err = f.db.Update(func(tx *bolt.Tx) error { return deleteIDs(tx.Bucket(bFresh), settled) })
	}
	return errors.Join(err, f.db.Close())
}

// AddBodies commits raw messages to an account's body file and gives their
// ids. They are orphans until a record that names them is committed; call
// Settle then.
func (s *Store) AddBodies(a AccountID, raws ...[]byte) ([]BodyID, error) {
	frames := make([][]byte, len(raws))
	for i, raw := range raws {
		frames[i] = s.zip.enc.EncodeAll(raw, nil)
	}
	return s.addFrames(a, frames)
}

func (s *Store) addFrames(a AccountID, frames [][]byte) ([]BodyID, error) {
	f, err := s.bodyFile(a)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	settled := f.settled
	f.settled = nil
	f.mu.Unlock()
	ids := make([]BodyID, len(frames))
	err = f.db.Update(func(tx *bolt.Tx) error {
		raw, fresh := tx.Bucket(bRaw), tx.Bucket(bFresh)
		if err := deleteIDs(fresh, settled); err != nil {
			return err
		}
		raw.FillPercent = 0.98
		for i, frame := range frames {
			n, err := raw.NextSequence()
			if err != nil {
				return err
			}
			if err := raw.Put(key(n), frame); err != nil {
				return err
			}
			if err := fresh.Put(key(n), nil); err != nil {
				return err
			}
			ids[i] = BodyID(n)
		}
		return nil
	})
	if err != nil {
		f.settle(settled)
		return nil, fmt.Errorf("keeping messages in %s: %w", f.path, err)
	}
	return ids, nil
}

func (f *bodyFile) settle(ids []BodyID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settled = append(f.settled, ids...)
}

// Settle says that records naming these bodies are committed.
func (s *Store) Settle(a AccountID, ids ...BodyID) {
	s.mu.Lock()
	f := s.bodies[a]
	s.mu.Unlock()
	if f != nil {
		f.settle(ids)
	}
}

// Body gives a raw message, byte for byte as it came.
func (s *Store) Body(a AccountID, id BodyID) ([]byte, error) {
	f, err := s.bodyFile(a)
	if err != nil {
		return nil, err
	}
	var raw []byte
	err = f.db.View(func(tx *bolt.Tx) error {
		frame := tx.Bucket(bRaw).Get(key(uint64(id)))
		if frame == nil {
			return ErrNotFound
		}
		var err error
		raw, err = s.zip.dec.DecodeAll(frame, nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("raw message %d of account %d: %w", id, a, err)
	}
	return raw, nil
}

// MessageBody gives the raw message of a row, or its header block alone where
// only that is here, or ErrNotFound where nothing is.
func (s *Store) MessageBody(m *Message) ([]byte, error) {
	if m.Body == 0 {
		return nil, fmt.Errorf("message %d is not downloaded: %w", m.ID, ErrNotFound)
	}
	return s.Body(m.Account, m.Body)
}

// BodyBytes is the space that an account's raw messages take on the disk.
func (s *Store) BodyBytes(a AccountID) (int64, error) {
	info, err := os.Stat(s.bodyPath(a))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// dropStrayBodies removes the body files of accounts whose removal was
// interrupted.
func (s *Store) dropStrayBodies() error {
	files, err := filepath.Glob(filepath.Join(s.dir, "bodies", "*.db"))
	if err != nil {
		return err
	}
	return s.View(func(tx *Tx) error {
		if tx.bucket(bAccounts) == nil {
			return nil
		}
		for _, path := range files {
			var id AccountID
			if _, err := fmt.Sscanf(filepath.Base(path), "%d.db", &id); err != nil {
				continue // not one of ours
			}
			// An id that this mail.db never gave out is the trace of a lost one:
			// its messages are not ours to delete.
			given := uint64(id) <= tx.bucket(bAccounts).Sequence()
			if _, err := tx.Account(id); errors.Is(err, ErrNotFound) && given {
				if err := os.Remove(path); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Store) removeBodyFile(a AccountID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.bodies[a]; ok {
		delete(s.bodies, a)
		if err := f.db.Close(); err != nil {
			return err
		}
	}
	if err := os.Remove(s.bodyPath(a)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func bodyRefCount(v []byte) uint64 {
	n, _ := binary.Uvarint(v)
	return n
}
