// Package storage keeps everything that Peyk knows on this machine: accounts,
// mailboxes, message rows, raw messages, the POP3 ledger, the queue of changes
// for the servers and the outbox.
//
// Rows stand in mail.db and raw messages in bodies/<account>.db, both bbolt
// (one file each, no server, crash-safe by copy on write). Raw messages are
// zstd frames of klauspost/compress, whose fastest level costs less time than
// the disk it saves. There is one writer; readers see the state of one commit.
package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrNotFound is returned for a record that is not (or no longer) there.
	ErrNotFound = errors.New("not found")
	// ErrInUse is returned by Open while another process has the data folder.
	ErrInUse = errors.New("the data folder is in use by another program")
	// ErrNewer is returned by Open for data that a later version wrote.
	ErrNewer = errors.New("the data was written by a newer version")
)

// Options change how a store works; the zero value is right for normal use.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// LockTimeout is how long Open waits for another process; 0 is one second.
	LockTimeout time.Duration
}

// Store is an open data folder. Its methods may be called from any goroutine.
type Store struct {
	dir string
	now func() time.Time
	db  *bolt.DB
	zip *compressor
	hub hub

	// writing is held from the begin of a write transaction until its changes
	// are told, so that they are told in the order of the commits.
	writing sync.Mutex

	mu     sync.Mutex // guards bodies
	bodies map[AccountID]*bodyFile
}

// Open opens the data folder, making it where it is missing (mode 0700), and
// brings its schema up to date.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "bodies"), 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Second
	}
	db, err := bolt.Open(filepath.Join(dir, "mail.db"), 0o600, &bolt.Options{
		Timeout:         o.LockTimeout,
		FreelistType:    bolt.FreelistMapType,
		NoFreelistSync:  true,
		InitialMmapSize: initialMmap(64 << 20),
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("opening %s: %w", dir, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", filepath.Join(dir, "mail.db"), err)
	}
	zip, err := newCompressor()
	if err != nil {
		db.Close()
		return nil, err
	}
	s := &Store{dir: dir, now: o.Now, db: db, zip: zip, bodies: map[AccountID]*bodyFile{}}
	if err := errors.Join(s.migrate(), s.dropStrayBodies()); err != nil {
		s.Close()
		return nil, fmt.Errorf("preparing %s: %w", dir, err)
	}
	return s, nil
}

// Close writes what is pending and releases the data folder. Subscriptions end.
func (s *Store) Close() error {
	s.hub.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for id, f := range s.bodies {
		errs = append(errs, f.close())
		delete(s.bodies, id)
	}
	s.zip.close()
	return errors.Join(append(errs, s.db.Close())...)
}

// Dir is the data folder.
func (s *Store) Dir() string { return s.dir }

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// View runs fn on a snapshot. It must be short: pages freed meanwhile cannot
// be used again before it ends.
func (s *Store) View(fn func(*Tx) error) error {
	return s.db.View(func(btx *bolt.Tx) error { return fn(&Tx{s: s, tx: btx}) })
}

// Update runs fn in the one write transaction. When fn returns an error, or
// the commit fails, nothing has happened. Subscribers hear of the changes after
// the commit.
func (s *Store) Update(fn func(*Tx) error) error {
	emptied, err := s.updateAndTell(fn)
	if err != nil {
		return err
	}
	for _, id := range emptied {
		if err := s.removeBodyFile(id); err != nil {
			return fmt.Errorf("removing the messages of account %d: %w", id, err)
		}
	}
	return nil
}

func (s *Store) updateAndTell(fn func(*Tx) error) (emptied []AccountID, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	var changes []Change
	err = s.db.Update(func(btx *bolt.Tx) error {
		tx := &Tx{s: s, tx: btx, mailboxes: map[MailboxID]*Mailbox{}}
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.flush(); err != nil {
			return err
		}
		changes, emptied = tx.changes, tx.removedAccounts
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.hub.publish(changes)
	return emptied, nil
}

// Subscribe tells of changes from now on. Batches come at most ten a second;
// when more happens than anyone can follow, a batch is just Lost and the
// subscriber reads everything anew.
func (s *Store) Subscribe(ctx context.Context) <-chan []Change { return s.hub.subscribe(ctx) }

// initialMmap keeps the file from being mapped anew, which waits for readers,
// each time it grows. Windows would make the file itself that long.
func initialMmap(n int) int {
	if filepath.Separator == '\\' || ^uint(0)>>32 == 0 {
		return 0
	}
	return n
}
