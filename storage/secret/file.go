package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"filippo.io/age"
)

const (
	fileName = "secrets.age"
	// workFactor is scrypt's, as a power of two. Every start of the program
	// pays it once and every change once more; 14 is 16 MB and about 50 ms on a
	// small server, where age's own 18 would be most of a second before each
	// command. The file is readable by its owner alone, so guessing needs to get
	// hold of it first, and each guess still costs those 50 ms.
	workFactor = 14
	// maxWorkFactor bounds the time that a file may ask for.
	maxWorkFactor = 20
	// maxFile bounds what is read; a thousand passwords have 100 KB.
	maxFile       = 16 << 20
	formatVersion = 1
)

// refusal is an error of a person who did not unlock the file.
type refusal struct{ err error }

func (r refusal) Error() string { return r.err.Error() }
func (r refusal) Unwrap() error { return r.err }

// file keeps secrets in one encrypted file. Its callers take turns.
type file struct {
	path string
	// given is the password from the environment, empty without one.
	given string
	ask   func(ctx context.Context, newStore bool) (string, error)
	logN  int

	// What follows is known once the file was opened, so that a process asks
	// and computes once. version tells whether another process replaced it since.
	password string
	secrets  map[string]string
	version  os.FileInfo
}

// content is what is encrypted.
type content struct {
	Version int               `json:"version"`
	Secrets map[string]string `json:"secrets"`
}

func (f *file) exists() bool {
	_, err := os.Stat(f.path)
	// What cannot be looked at may be there.
	return !errors.Is(err, fs.ErrNotExist)
}

func (f *file) get(ctx context.Context, key string) (string, error) {
	if !f.exists() {
		return "", ErrNotFound
	}
	if err := f.load(ctx); err != nil {
		return "", err
	}
	value, ok := f.secrets[key]
	if !ok {
		return "", ErrNotFound
	}
	return value, nil
}

func (f *file) set(ctx context.Context, key, value string) error {
	if err := f.load(ctx); err != nil {
		return err
	}
	if old, ok := f.secrets[key]; ok && old == value {
		return nil
	}
	changed := maps.Clone(f.secrets)
	changed[key] = value
	return f.save(changed)
}

func (f *file) delete(ctx context.Context, key string) error {
	if !f.exists() {
		return ErrNotFound
	}
	if err := f.load(ctx); err != nil {
		return err
	}
	if _, ok := f.secrets[key]; !ok {
		return ErrNotFound
	}
	changed := maps.Clone(f.secrets)
	delete(changed, key)
	return f.save(changed)
}

// load opens the file unless what is known of it is current. A file that is not
// there yet is empty and gets the password that is chosen now.
func (f *file) load(ctx context.Context) error {
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.begin(ctx)
	}
	if err != nil {
		return fmt.Errorf("opening the stored passwords: %w", err)
	}
	if f.secrets != nil && sameVersion(f.version, now) {
		return nil
	}
	sealed, err := readAtMost(f.path, maxFile)
	if err != nil {
		return err
	}
	password, err := f.unlock(ctx, false)
	if err != nil {
		return err
	}
	secrets, err := unseal(sealed, password)
	if err != nil {
		f.password, f.secrets = "", nil
		if errors.Is(err, ErrWrongMasterPassword) {
			return refusal{err}
		}
		return err
	}
	f.password, f.secrets, f.version = password, secrets, now
	return nil
}

func (f *file) begin(ctx context.Context) error {
	password, err := f.unlock(ctx, true)
	if err != nil {
		return err
	}
	f.password, f.secrets, f.version = password, map[string]string{}, nil
	return nil
}

// unlock finds the master password: known, given, or asked for.
func (f *file) unlock(ctx context.Context, newStore bool) (string, error) {
	switch {
	case f.password != "":
		return f.password, nil
	case f.given != "":
		return f.given, nil
	case f.ask == nil:
		return "", ErrNoMasterPassword
	}
	password, err := f.ask(ctx, newStore)
	if err == nil && password == "" {
		err = ErrNoMasterPassword
	}
	if err != nil {
		return "", refusal{fmt.Errorf("asking for the master password: %w", err)}
	}
	return password, nil
}

func (f *file) save(secrets map[string]string) error {
	sealed, err := seal(secrets, f.password, f.logN)
	if err == nil {
		err = replaceFile(f.path, sealed)
	}
	if err != nil {
		return fmt.Errorf("writing the stored passwords: %w", err)
	}
	f.secrets = secrets
	if f.version, err = os.Stat(f.path); err != nil {
		return fmt.Errorf("writing the stored passwords: %w", err)
	}
	return nil
}

func sameVersion(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the stored passwords: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading the stored passwords: %w", err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: it is larger than %d bytes", ErrDamaged, most)
	}
	return b, nil
}

func seal(secrets map[string]string, password string, logN int) ([]byte, error) {
	text, err := json.Marshal(content{Version: formatVersion, Secrets: secrets})
	if err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(password)
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(logN)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unseal(sealed []byte, password string) (map[string]string, error) {
	id, err := age.NewScryptIdentity(password)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	var mismatch *age.NoIdentityMatchError
	if errors.As(err, &mismatch) && slices.Contains(mismatch.StanzaTypes, "scrypt") {
		return nil, ErrWrongMasterPassword
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(r)
	}
	var c content
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	case c.Version != formatVersion:
		return nil, fmt.Errorf("%w: its format is version %d, which this program does not know", ErrDamaged, c.Version)
	case c.Secrets == nil:
		c.Secrets = map[string]string{}
	}
	return c.Secrets, nil
}
