package secret_test

import (
	"context"
	"sync"
	"sync/atomic"

	"peyk/storage/secret"
)

// ring is a keyring in memory.
type ring struct {
	mu      sync.Mutex
	entries map[string]string
	// broken is the answer to everything, when there is one.
	broken error
	// dialog is waited for before answering, when there is one.
	dialog chan struct{}
	calls  atomic.Int64
}

func (r *ring) enter() error {
	r.calls.Add(1)
	if r.dialog != nil {
		<-r.dialog
	}
	return r.broken
}

func (r *ring) Get(service, user string) (string, error) {
	if err := r.enter(); err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok := r.entries[service+"/"+user]
	if !ok {
		return "", secret.ErrNotFound
	}
	return value, nil
}

func (r *ring) Set(service, user, password string) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entries == nil {
		r.entries = map[string]string{}
	}
	r.entries[service+"/"+user] = password
	return nil
}

func (r *ring) Delete(service, user string) error {
	if err := r.enter(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.entries[service+"/"+user]; !ok {
		return secret.ErrNotFound
	}
	delete(r.entries, service+"/"+user)
	return nil
}

// person answers with the password and counts how often they were asked.
type person struct {
	password string
	err      error
	asked    atomic.Int64
	asNew    atomic.Int64
}

func (p *person) ask(_ context.Context, newStore bool) (string, error) {
	p.asked.Add(1)
	if newStore {
		p.asNew.Add(1)
	}
	return p.password, p.err
}

// panicking is a keyring whose library trusted what it was told.
type panicking struct{}

func (panicking) Get(string, string) (string, error) { panic("nonsense") }
func (panicking) Set(string, string, string) error   { panic("nonsense") }
func (panicking) Delete(string, string) error        { panic("nonsense") }

// signalling tells when it is first waited on.
type signalling struct {
	context.Context
	waited chan<- struct{}
	once   *sync.Once
}

func (s signalling) Done() <-chan struct{} {
	s.once.Do(func() { s.waited <- struct{}{} })
	return s.Context.Done()
}
