package imap

import (
	"context"
	"errors"
	"testing"
	"time"

	"peyk/accounts"
)

func TestEnds(t *testing.T) {
	tests := []struct {
		name  string
		end   func(p *peer)
		cause accounts.Cause
		words string
	}{
		{"cut", func(p *peer) { p.expect("NOOP") }, accounts.CauseClosed, ""},
		{"bye", func(p *peer) { p.say("NOOP", "* BYE shutting down") }, accounts.CauseClosed, "shutting down"},
		{"gibberish", func(p *peer) { p.say("NOOP", "", ""); p.wait() }, accounts.CauseProtocol, ""},
		{"unknown tag", func(p *peer) { p.say("NOOP", "ZZ OK"); p.wait() }, accounts.CauseProtocol, ""},
		{"silence", func(p *peer) { p.expect("NOOP"); p.wait() }, accounts.CauseTimeout, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := dialTo(t, listen(t, func(p *peer) {
				p.welcome("")
				tt.end(p)
			}), Options{Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			failure(t, s.Noop(t.Context()), accounts.StepReceive, tt.cause, tt.words)
			if s.Alive() {
				t.Error("the session is alive")
			}
			failure(t, s.Noop(t.Context()), accounts.StepReceive, accounts.CauseClosed, "")
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		answer      string
		cause       accounts.Cause
		permanent   bool
		nonexistent bool
	}{
		{"NO [ALREADYEXISTS] there is one", accounts.CauseRejected, true, false},
		{"NO [NONEXISTENT] there is none", accounts.CauseRejected, true, true},
		{"NO Mailbox doesn't exist", accounts.CauseRejected, true, true},
		{"NO [OVERQUOTA] full", accounts.CauseRejected, false, false},
		{"NO [UNAVAILABLE] later", accounts.CauseTemporary, false, false},
		{"NO [INUSE] locked", accounts.CauseBusy, false, false},
		{"NO [LIMIT] too much", accounts.CauseBusy, false, false},
		{"NO [TOOBIG] too big", accounts.CauseMessageTooLarge, true, false},
		{"NO Try again later", accounts.CauseTemporary, false, false},
		{"NO [CANNOT", accounts.CauseRejected, true, false},
		{"NO", accounts.CauseRejected, true, false},
		{"BAD syntax", accounts.CauseRejected, true, false},
	}
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		for _, tt := range tests {
			p.say(`CREATE "x"`, "%t "+tt.answer)
		}
		p.wait()
	}))
	for _, tt := range tests {
		err := s.Create(t.Context(), "x")
		failure(t, err, accounts.StepChange, tt.cause, "")
		if Permanent(err) != tt.permanent || Nonexistent(err) != tt.nonexistent {
			t.Errorf("%s: permanent %v, nonexistent %v", tt.answer, Permanent(err), Nonexistent(err))
		}
	}
	if !s.Alive() {
		t.Error("refusals ended the session")
	}
}

func TestCancelling(t *testing.T) {
	reached := make(chan struct{}, 1)
	script := func(p *peer) {
		p.welcome("IDLE")
		p.expect(".*")
		reached <- struct{}{}
		p.wait()
	}
	commands := map[string]func(ctx context.Context, s *Session) error{
		"noop": func(ctx context.Context, s *Session) error { return s.Noop(ctx) },
		"append": func(ctx context.Context, s *Session) error {
			_, _, err := s.Append(ctx, "a", 0, time.Time{}, letter(1))
			return err
		},
		"bodies": func(ctx context.Context, s *Session) error { return s.Bodies(ctx, []uint32{1}, nil) },
		"list":   func(ctx context.Context, s *Session) error { _, err := s.Mailboxes(ctx); return err },
	}
	for name, command := range commands {
		t.Run(name, func(t *testing.T) {
			s := mustDial(t, listen(t, script))
			ctx, cancel := cancelled(t)
			go func() {
				<-reached
				cancel()
			}()
			if err := command(ctx, s); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if s.Alive() {
				t.Error("the session is alive")
			}
		})
	}
	t.Run("signing in", func(t *testing.T) {
		ctx, cancel := cancelled(t)
		server := listen(t, func(p *peer) {
			p.send("* OK hold on")
			p.expect("CAPABILITY")
			cancel()
			p.wait()
		})
		if _, err := Dial(ctx, server, "secret", Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestIdleEnds(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		s := mustDial(t, listen(t, func(p *peer) {
			p.welcome("IDLE")
			p.say("IDLE", "%t NO not now, try again")
			p.say("NOOP", "%t OK")
			p.wait()
		}))
		failure(t, s.Idle(t.Context(), func(Event) {}), accounts.StepReceive, accounts.CauseTemporary, "not now")
		if err := s.Noop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("cut", func(t *testing.T) {
		s := mustDial(t, listen(t, func(p *peer) {
			p.welcome("IDLE")
			p.opened(1)
			p.say("IDLE", "+ idling", "* 5 EXISTS", "* 1 FETCH (FLAGS (\\Seen))", "* BYE bye now")
		}))
		mustSelect(t, s, "INBOX")
		failure(t, s.Idle(t.Context(), func(Event) {}), accounts.StepReceive, accounts.CauseClosed, "bye now")
	})
	t.Run("outlasts the stall timeout", func(t *testing.T) {
		s, err := dialTo(t, listen(t, func(p *peer) {
			p.welcome("IDLE")
			p.say("IDLE", "+ idling")
			time.Sleep(300 * time.Millisecond) // the silence itself is what is tested
			p.send("* 2 EXISTS", "+ what is this")
			p.say("", "")
			p.wait()
		}), Options{Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := cancelled(t)
		heard := false
		err = s.Idle(ctx, func(e Event) {
			heard = e.Exists && e.Messages == 2
			cancel()
		})
		if !heard {
			t.Errorf("nothing was heard: %v", err)
		}
	})
}
