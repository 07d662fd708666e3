package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// errClosing answers what comes in while the world ends.
var errClosing = errors.New("the demo is closing")

// visit is a delivery that waits for its time.
type visit struct {
	due time.Time
	to  string
	// write makes the message when it is due, so that it carries that moment.
	write func(now time.Time) ([]byte, error)
}

// postman brings what comes later: answers, and something new now and then.
// One goroutine runs it and owns its fields but the channel.
type postman struct {
	world  *World
	visits chan visit
	every  time.Duration
	// english and persian are what may arrive, in turn.
	english, persian []entry
	brought          int
}

func (p *postman) run(ctx context.Context) {
	next := time.Now().Add(p.every)
	var waiting []visit
	for {
		due := next
		if len(waiting) > 0 && waiting[0].due.Before(due) {
			due = waiting[0].due
		}
		timer := time.NewTimer(time.Until(due))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case v := <-p.visits:
			timer.Stop()
			at, _ := slices.BinarySearchFunc(waiting, v.due, func(v visit, due time.Time) int { return v.due.Compare(due) })
			waiting = slices.Insert(waiting, at, v)
		case now := <-timer.C:
			for len(waiting) > 0 && !waiting[0].due.After(now) {
				p.bring(waiting[0])
				waiting = waiting[1:]
			}
			if !next.After(now) {
				p.bring(p.arrival())
				next = now.Add(p.every)
			}
		}
	}
}

// bring delivers. There is nobody to tell of an error here; the tests see to
// it that every sample can be written.
func (p *postman) bring(v visit) {
	raw, err := v.write(p.world.now())
	if err != nil {
		return
	}
	if err := p.world.deliver(v.to, raw); err != nil {
		return
	}
}

// arrival is the next thing that comes by itself, in English and Persian by
// turns. Which account gets it the sample says.
func (p *postman) arrival() visit {
	n := p.brought
	p.brought++
	list := p.english
	if n%2 == 1 {
		list = p.persian
	}
	e := list[n/2%len(list)]
	e.place = fmt.Sprintf("%s+%d", e.place, n) // other numbers each time round
	owner := p.world.owners[0]
	if e.fields["for"] == "work" {
		owner = p.world.owners[1]
	}
	return visit{to: owner.address, write: func(now time.Time) ([]byte, error) {
		post, err := newAuthor(p.world.people, owner, now, p.world.seed).write(&e)
		if err != nil {
			return nil, err
		}
		return post.raw, nil
	}}
}

// send takes a message that the owner of the address user has submitted:
// delivers it to those who live here and lets everybody else answer.
func (w *World) send(user string, to []string, raw []byte) error {
	q := readQuestion(raw)
	var others []string
	for _, address := range to {
		if !w.lives(address) {
			others = append(others, address)
			continue
		}
		var b bytes.Buffer
		for _, h := range received(user, address, w.now(), w.random()) {
			fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
		}
		b.Write(raw)
		if err := w.deliver(address, b.Bytes()); err != nil {
			return fmt.Errorf("delivering to %s: %w", address, err)
		}
	}
	if q.automatic() {
		return nil
	}
	for i, address := range others {
		if err := w.askForAnswer(q, address, user, w.answerAfter+time.Duration(i)*time.Second); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) askForAnswer(q question, from, to string, after time.Duration) error {
	owner := w.owners[slices.IndexFunc(w.owners, func(p person) bool { return p.address == to })]
	seed := w.random()
	v := visit{due: time.Now().Add(after), to: to, write: func(now time.Time) ([]byte, error) {
		return w.answers.to(q, from, owner, now, rand.New(rand.NewPCG(seed, w.seed))), nil
	}}
	select {
	case w.postman.visits <- v:
		return nil
	case <-w.ctx.Done():
		return errClosing
	}
}

// lives reports whether the address is one of the world's own.
func (w *World) lives(address string) bool {
	return slices.ContainsFunc(w.owners, func(p person) bool { return strings.EqualFold(p.address, address) })
}

// deliver puts a message into the inbox of one of the world's own addresses.
func (w *World) deliver(address string, raw []byte) error {
	if strings.EqualFold(address, w.drop.address) {
		return w.drop.add(inbox, raw, w.now(), nil)
	}
	w.pop.Deliver(strings.ToLower(address), raw)
	return nil
}
