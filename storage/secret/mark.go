package secret

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// mark is what a data folder remembers about its secrets, none of them in it.
type mark struct {
	// ID tells the folder's entries in the keyring from another folder's,
	// wherever the folder is moved to.
	ID    string `json:"id,omitempty"`
	Place Place  `json:"place,omitempty"`
}

const markName = "secrets.json"

func readMark(dir string) (mark, error) {
	var m mark
	path := filepath.Join(dir, markName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("finding out where the passwords are: %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: %s: %v", ErrDamaged, path, err)
	}
	switch m.Place {
	case Undecided, InKeyring, InFile:
		return m, nil
	}
	return m, fmt.Errorf("%w: %s names the unknown place %q", ErrDamaged, path, m.Place)
}

func (m mark) write(dir string) error {
	text, err := json.Marshal(m)
	if err == nil {
		err = replaceFile(filepath.Join(dir, markName), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("remembering where the passwords are: %w", err)
	}
	return nil
}

func newID() string {
	id := make([]byte, 8)
	// It never fails (crypto/rand).
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}
