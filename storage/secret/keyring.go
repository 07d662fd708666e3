package secret

import (
	"context"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// Keyring is a keyring as operating systems have them. Its calls may wait for a
// person as long as that takes.
type Keyring interface {
	// Get fails with ErrNotFound where there is no such entry.
	Get(service, user string) (string, error)
	Set(service, user, password string) error
	Delete(service, user string) error
}

// osKeyring is the operating system's.
type osKeyring struct{}

func (osKeyring) Get(service, user string) (string, error) {
	value, err := keyring.Get(service, user)
	return value, translate(err)
}

func (osKeyring) Set(service, user, password string) error {
	return translate(keyring.Set(service, user, password))
}

func (osKeyring) Delete(service, user string) error {
	return translate(keyring.Delete(service, user))
}

func translate(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// patientKeyring lets its callers leave while a Keyring waits for a person.
type patientKeyring struct {
	keyring Keyring
	// busy is held while a call runs, also when nobody waits for it any more:
	// a later call must not overtake it.
	busy chan struct{}
}

func newPatientKeyring(k Keyring) *patientKeyring {
	return &patientKeyring{keyring: k, busy: make(chan struct{}, 1)}
}

// do runs call until ctx ends. An abandoned call ends when the operating system
// answers it, and may still take effect; there is never more than one.
func (p *patientKeyring) do(ctx context.Context, call func(Keyring) (string, error)) (string, error) {
	select {
	case p.busy <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	type result struct {
		value string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-p.busy }()
		// The libraries below trust what a keyring service answers.
		defer func() {
			if r := recover(); r != nil {
				done <- result{err: fmt.Errorf("the keyring answered nonsense: %v", r)}
			}
		}()
		value, err := call(p.keyring)
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (c *Credentials) keyringGet(ctx context.Context, key string) (string, error) {
	return c.inKeyring(ctx, func(k Keyring, service string) (string, error) { return k.Get(service, key) })
}

func (c *Credentials) keyringDelete(ctx context.Context, key string) error {
	_, err := c.inKeyring(ctx, func(k Keyring, service string) (string, error) { return "", k.Delete(service, key) })
	return err
}

// keyringSet gives the folder its id first: were the program to end between the
// two, the secret could not be found again.
func (c *Credentials) keyringSet(ctx context.Context, key, value string) error {
	if err := c.ensureID(); err != nil {
		return err
	}
	_, err := c.inKeyring(ctx, func(k Keyring, service string) (string, error) { return "", k.Set(service, key, value) })
	return err
}

func (c *Credentials) ensureID() error {
	m := c.marked()
	if m.ID != "" {
		return nil
	}
	m.ID = newID()
	return c.setMark(m)
}

// inKeyring does the call with the folder's name in the keyring.
func (c *Credentials) inKeyring(ctx context.Context, call func(k Keyring, service string) (string, error)) (string, error) {
	if c.keyring == nil {
		return "", ErrKeyringGone
	}
	m := c.marked()
	value, err := c.keyring.do(ctx, func(k Keyring) (string, error) { return call(k, "peyk-"+m.ID) })
	if err == nil || errors.Is(err, ErrNotFound) || ctx.Err() != nil || m.Place != InKeyring {
		return value, err
	}
	return "", fmt.Errorf("%w (%w)", ErrKeyringGone, err)
}
