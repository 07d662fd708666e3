// Package secret keeps passwords: in the operating system's keyring, or in one
// file encrypted under a master password where there is no keyring or where
// PEYK_MASTER_PASSWORD asks for the file. A data folder keeps all its secrets in
// one place and remembers which.
//
// go-keyring reaches the keyrings of Linux, macOS and Windows without cgo. The
// file is in the age format, whose passphrase mode (scrypt, then
// ChaCha20-Poly1305) is what is needed here and which the age tool can open when
// this program is gone.
package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Store keeps secrets by key. All may wait for a person who unlocks it, until
// the context ends. All are safe for concurrent use.
type Store interface {
	// Get fails with ErrNotFound for a key that was not set.
	Get(ctx context.Context, key string) (string, error)
	Set(ctx context.Context, key, value string) error
	// Delete is content when the key is not there.
	Delete(ctx context.Context, key string) error
}

var (
	// ErrNotFound says that nothing is stored under the key.
	ErrNotFound = errors.New("no such secret is stored")
	// ErrNoMasterPassword says that the file is needed but nobody can be asked
	// for its password.
	ErrNoMasterPassword = errors.New("the passwords are kept in an encrypted file but its master password is not known: set " +
		masterPasswordVariable + ", or start a keyring such as GNOME Keyring or KWallet")
	// ErrWrongMasterPassword says that the file does not open with the password
	// given. Damage to the first few bytes of the file looks the same.
	ErrWrongMasterPassword = errors.New("the master password is wrong")
	// ErrDamaged says that what is on disk cannot be understood. It is left as
	// it is.
	ErrDamaged = errors.New("the file of stored passwords is damaged")
	// ErrKeyringGone says that the secrets are in a keyring that is not
	// reachable now.
	ErrKeyringGone = errors.New("the passwords are kept in the keyring, which cannot be reached: start it, or set " +
		masterPasswordVariable + " and enter the passwords again to keep them in an encrypted file")
)

// masterPasswordVariable, when not empty, chooses the file and is its password.
const masterPasswordVariable = "PEYK_MASTER_PASSWORD"

// Place is where a folder's secrets are.
type Place string

const (
	// Undecided is that of a folder that has no secrets yet.
	Undecided Place = ""
	InKeyring Place = "keyring"
	InFile    Place = "file"
)

// Options say what may be used. The zero value is for a program without a
// person in front of it.
type Options struct {
	// MasterPassword asks the person for the master password; newStore is true
	// when it is chosen now, so that it can be asked twice. nil asks nobody.
	// It is called one at a time, and again after a wrong password.
	MasterPassword func(ctx context.Context, newStore bool) (string, error)
	// Keyring is used instead of the operating system's.
	Keyring Keyring
	// NoKeyring uses the file for folders that have no secrets yet.
	NoKeyring bool
	// Getenv reads the environment; nil is os.Getenv.
	Getenv func(string) string
}

// Credentials is the Store of one data folder. One process at a time may write
// to a folder.
type Credentials struct {
	dir     string
	keyring *patientKeyring
	file    *file
	// forced keeps to the file whatever the mark says.
	forced bool

	// turn is held while an operation runs: a person is asked one thing at a
	// time.
	turn chan struct{}
	// refusals counts the failed unlockings; lastRefusal, of the latest, is
	// guarded by turn.
	refusals    atomic.Int64
	lastRefusal error

	mu   sync.Mutex
	mark mark
}

var _ Store = (*Credentials)(nil)

// Open prepares the store of the data folder dir, which is made with the first
// secret if need be. It asks nobody and touches no keyring yet.
func Open(dir string, o Options) (*Credentials, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	m, err := readMark(dir)
	if err != nil {
		return nil, err
	}
	c := &Credentials{dir: dir, turn: make(chan struct{}, 1), mark: m}
	password := o.Getenv(masterPasswordVariable)
	c.forced = password != ""
	c.file = &file{path: filepath.Join(dir, fileName), given: password, ask: o.MasterPassword, logN: workFactor}
	k := o.Keyring
	if k == nil && !o.NoKeyring {
		k = systemKeyring(o.Getenv)
	}
	if k != nil && !(o.NoKeyring && m.Place == Undecided) {
		c.keyring = newPatientKeyring(k)
	}
	return c, nil
}

// Place is where the secrets are now.
func (c *Credentials) Place() Place {
	if c.forced {
		return InFile
	}
	return c.marked().Place
}

// Get is that of Store. It asks for no password where no secret was ever set.
func (c *Credentials) Get(ctx context.Context, key string) (string, error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	var value string
	switch c.whereToLook() {
	case InFile:
		value, err = c.file.get(ctx, key)
		c.noteRefusal(ctx, err)
	case InKeyring:
		value, err = c.keyringGet(ctx, key)
		if err != nil && ctx.Err() == nil && c.Place() == Undecided {
			// The keyring never took a secret, so it need not work.
			err = ErrNotFound
		}
	default:
		err = ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("reading the secret %s: %w", key, err)
	}
	return value, nil
}

// Set is that of Store. The first secret of a folder decides its place: the
// keyring if that takes it.
func (c *Credentials) Set(ctx context.Context, key, value string) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("storing the secret %s: %w", key, err)
	}
	switch c.Place() {
	case InFile:
		err = c.setInFile(ctx, key, value)
	case InKeyring:
		err = c.keyringSet(ctx, key, value)
	default:
		err = c.setFirst(ctx, key, value)
	}
	if err != nil {
		return fmt.Errorf("storing the secret %s: %w", key, err)
	}
	return nil
}

// Delete is that of Store.
func (c *Credentials) Delete(ctx context.Context, key string) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	switch c.whereToLook() {
	case InFile:
		err = c.file.delete(ctx, key)
		c.noteRefusal(ctx, err)
	case InKeyring:
		err = c.keyringDelete(ctx, key)
		if ctx.Err() == nil && c.Place() == Undecided {
			err = ErrNotFound
		}
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("deleting the secret %s: %w", key, err)
	}
	return nil
}

// enter waits for the turn. Whoever waited while a person did not unlock the
// file gets that answer too, instead of asking once more.
func (c *Credentials) enter(ctx context.Context) (leave func(), err error) {
	seen := c.refusals.Load()
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-c.turn }
	if c.refusals.Load() != seen {
		defer leave()
		return nil, c.lastRefusal
	}
	return leave, ctx.Err()
}

// noteRefusal remembers that the file stayed locked, unless that was only
// because the asking one no longer cared.
func (c *Credentials) noteRefusal(ctx context.Context, err error) {
	if refused := (refusal{}); errors.As(err, &refused) && ctx.Err() == nil {
		c.lastRefusal = err
		c.refusals.Add(1)
	}
}

// whereToLook is Place, apart from a folder whose first secret may have got
// somewhere before the place was remembered.
func (c *Credentials) whereToLook() Place {
	if p := c.Place(); p != Undecided {
		return p
	}
	switch {
	case c.file.exists():
		return InFile
	case c.marked().ID != "" && c.keyring != nil:
		return InKeyring
	}
	return Undecided
}

// setFirst stores the first secret of a folder and decides its place by that.
func (c *Credentials) setFirst(ctx context.Context, key, value string) error {
	if c.keyring == nil || c.file.exists() {
		return c.setInFile(ctx, key, value)
	}
	keyringErr := c.keyringSet(ctx, key, value)
	if keyringErr == nil {
		return c.remember(InKeyring)
	}
	if ctx.Err() != nil {
		return keyringErr
	}
	if err := c.setInFile(ctx, key, value); err != nil {
		return fmt.Errorf("%w (the keyring was tried first: %v)", err, keyringErr)
	}
	return nil
}

func (c *Credentials) setInFile(ctx context.Context, key, value string) error {
	err := c.file.set(ctx, key, value)
	c.noteRefusal(ctx, err)
	if err != nil {
		return err
	}
	return c.remember(InFile)
}

// remember writes down where the secrets are, if that is news.
func (c *Credentials) remember(p Place) error {
	m := c.marked()
	if m.Place == p {
		return nil
	}
	m.Place = p
	return c.setMark(m)
}

func (c *Credentials) marked() mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mark
}

// setMark is for whoever has the turn.
func (c *Credentials) setMark(m mark) error {
	if err := m.write(c.dir); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mark = m
	return nil
}
