package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/accounts/smtp"
)

var envelope = smtp.Envelope{From: "anna@example.org", To: []string{"reza@example.org"}}

const letter = "From: anna@example.org\r\nSubject: hello\r\n\r\n.dots\r\n.\r\nend\r\n"

// long does not fit into the buffers between client and server, so that the
// server's end shows while it is being sent.
var long = append([]byte(letter), bytes.Repeat([]byte("a line of a long message\r\n"), 1<<19)...)

var points = []struct {
	at   string
	step accounts.Step
}{
	{atConnect, accounts.StepGreet},
	{atEHLO, accounts.StepGreet},
	{atSTARTTLS, accounts.StepEncrypt},
	{atAUTH, accounts.StepSignIn},
	{atMAIL, accounts.StepSend},
	{atRCPT, accounts.StepSend},
	{atDATA, accounts.StepSend},
	{atBody, accounts.StepSend},
	{atDot, accounts.StepSend},
}

// faulty stops at the point; STARTTLS, signing in and a message are on the way.
func faulty(t *testing.T, at string, silent bool, reached func()) (*fake, []byte) {
	t.Helper()
	f := (&fake{extensions: []string{"STARTTLS", "AUTH PLAIN", "SIZE 0"}, stop: at, silent: silent, reached: reached}).start(t)
	f.server.Security, f.server.User = accounts.STARTTLS, "anna"
	if at == atBody {
		return f, long
	}
	return f, []byte(letter)
}

func expect(t *testing.T, err error, step accounts.Step, cause accounts.Cause) {
	t.Helper()
	var f *accounts.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, which is not a Failure", err)
	}
	if f.Step != step || f.Cause != cause {
		t.Errorf("got step %q cause %q (%v), want %q %q", f.Step, f.Cause, err, step, cause)
	}
}

func TestServerClosesAtEveryPoint(t *testing.T) {
	for _, p := range points {
		t.Run(p.at, func(t *testing.T) {
			f, raw := faulty(t, p.at, false, nil)
			_, err := smtp.Submit(context.Background(), f.server, "secret", envelope, raw, smtp.Options{})
			cause := accounts.CauseClosed
			if p.at == atDot {
				cause = accounts.CauseOutcomeUnknown
			}
			expect(t, err, p.step, cause)
			if len(f.took()) > 0 {
				t.Error("the server took the message")
			}
		})
	}
}

func TestServerFallsSilentAtEveryPoint(t *testing.T) {
	for _, p := range points {
		t.Run(p.at, func(t *testing.T) {
			t.Parallel()
			f, raw := faulty(t, p.at, true, nil)
			o := smtp.Options{Timeout: 100 * time.Millisecond}
			_, err := smtp.Submit(context.Background(), f.server, "secret", envelope, raw, o)
			cause := accounts.CauseTimeout
			if p.at == atDot {
				cause = accounts.CauseOutcomeUnknown
			}
			expect(t, err, p.step, cause)
		})
	}
}

func TestCancelAtEveryPoint(t *testing.T) {
	for _, p := range points {
		t.Run(p.at, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			f, raw := faulty(t, p.at, true, cancel)
			began := time.Now()
			_, err := smtp.Submit(ctx, f.server, "secret", envelope, raw, smtp.Options{})
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v to end", took)
			}
			if p.at == atDot {
				expect(t, err, p.step, accounts.CauseOutcomeUnknown)
				if errors.Is(err, context.Canceled) {
					t.Errorf("%v reads as cancelled, which says that nothing was sent", err)
				}
				return
			}
			if !errors.Is(err, context.Canceled) || errors.As(err, new(*accounts.Failure)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDeadlineOfTheCaller(t *testing.T) {
	f, raw := faulty(t, atMAIL, true, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := smtp.Submit(ctx, f.server, "secret", envelope, raw, smtp.Options{})
	expect(t, err, accounts.StepSend, accounts.CauseTimeout)
}

func TestServerClosesAfterItTookTheMessage(t *testing.T) {
	for _, silent := range []bool{false, true} {
		f, raw := faulty(t, atQueued, silent, nil)
		receipt, err := smtp.Submit(context.Background(), f.server, "secret", envelope, raw, smtp.Options{Timeout: 200 * time.Millisecond})
		if err != nil || receipt.Words != "2.0.0 queued as 4711" {
			t.Errorf("silent %v: got %+v, %v", silent, receipt, err)
		}
	}
}

func TestAnswersToTheMessage(t *testing.T) {
	for _, c := range []struct {
		answer string
		cause  accounts.Cause
		words  string
	}{
		{"250 2.0.0 queued", "", "2.0.0 queued"},
		{"250-2.0.0 queued\r\n250 thank you", "", "2.0.0 queued thank you"},
		{"251 relayed", "", "relayed"},
		{"451 4.3.0 later", accounts.CauseTemporary, "4.3.0 later"},
		{"421 4.3.2 going down", accounts.CauseTemporary, "4.3.2 going down"},
		{"554 5.7.1 spam", accounts.CauseRejected, "5.7.1 spam"},
		{"552 5.3.4 too big", accounts.CauseMessageTooLarge, "5.3.4 too big"},
		{"552 5.2.2 mailbox full", accounts.CauseRejected, "5.2.2 mailbox full"},
		// What makes no sense may have been meant as a yes.
		{"354 go on", accounts.CauseOutcomeUnknown, ""},
		{"OK", accounts.CauseOutcomeUnknown, ""},
		{"999999 what", accounts.CauseOutcomeUnknown, ""},
		{"", accounts.CauseOutcomeUnknown, ""},
	} {
		t.Run(c.answer, func(t *testing.T) {
			f := (&fake{replies: map[string]string{".": c.answer}}).start(t)
			receipt, err := smtp.Submit(context.Background(), f.server, "", envelope, []byte(letter), smtp.Options{})
			if c.cause == "" {
				if err != nil || receipt.Words != c.words {
					t.Errorf("got %+v, %v", receipt, err)
				}
				return
			}
			expect(t, err, accounts.StepSend, c.cause)
			var failure *accounts.Failure
			if errors.As(err, &failure); failure.Words != c.words {
				t.Errorf("words %q, want %q", failure.Words, c.words)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		command, answer string
		step            accounts.Step
		cause           accounts.Cause
	}{
		{"greeting", "554 5.7.1 not you", accounts.StepGreet, accounts.CauseRejected},
		{"greeting", "421 4.7.0 too many", accounts.StepGreet, accounts.CauseTemporary},
		{"greeting", "+OK POP3 ready", accounts.StepGreet, accounts.CauseProtocol},
		{"EHLO", "421 4.3.2 going down", accounts.StepGreet, accounts.CauseTemporary},
		{"STARTTLS", "454 4.7.0 not now", accounts.StepEncrypt, accounts.CauseTemporary},
		{"AUTH", "535 5.7.8 wrong", accounts.StepSignIn, accounts.CausePassword},
		{"AUTH", "534 5.7.9 too weak", accounts.StepSignIn, accounts.CauseMechanism},
		{"AUTH", "454 4.7.0 not now", accounts.StepSignIn, accounts.CauseTemporary},
		{"AUTH", "550 5.7.1 account closed", accounts.StepSignIn, accounts.CauseRejected},
		{"MAIL", "553 5.7.1 not your address", accounts.StepSend, accounts.CauseRejected},
		{"MAIL", "452 4.3.1 disk full", accounts.StepSend, accounts.CauseTemporary},
		{"MAIL", "552 5.3.4 too big", accounts.StepSend, accounts.CauseMessageTooLarge},
		{"RCPT", "550 5.1.1 nobody", accounts.StepSend, accounts.CauseRejected},
		{"RCPT", "450 4.2.0 greylisted", accounts.StepSend, accounts.CauseTemporary},
		{"RCPT", "421 4.3.2 going down", accounts.StepSend, accounts.CauseTemporary},
		{"DATA", "451 4.3.0 later", accounts.StepSend, accounts.CauseTemporary},
		{"DATA", "554 5.5.1 no", accounts.StepSend, accounts.CauseRejected},
		{"DATA", "250 what", accounts.StepSend, accounts.CauseProtocol},
	} {
		t.Run(c.command+" "+c.answer, func(t *testing.T) {
			replies := map[string]string{c.command: c.answer}
			if c.command == "EHLO" {
				// Otherwise the client goes on with the older greeting.
				replies["HELO"] = c.answer
			}
			f := (&fake{extensions: []string{"STARTTLS", "AUTH PLAIN"}, replies: replies}).start(t)
			f.server.Security, f.server.User = accounts.STARTTLS, "anna"
			_, err := smtp.Submit(context.Background(), f.server, "secret", envelope, []byte(letter), smtp.Options{})
			expect(t, err, c.step, c.cause)
			var failure *accounts.Failure
			if errors.As(err, &failure); c.cause != accounts.CauseProtocol && failure.Words != c.answer[4:] {
				t.Errorf("words %q", failure.Words)
			}
			if len(f.took()) > 0 {
				t.Error("the server took the message")
			}
		})
	}
}

func TestReplyWithoutEnd(t *testing.T) {
	endless := "250-" + string(bytes.Repeat([]byte("x"), 8<<20))
	f := (&fake{replies: map[string]string{"EHLO": endless}}).start(t)
	_, err := smtp.Submit(context.Background(), f.server, "", envelope, []byte(letter), smtp.Options{})
	expect(t, err, accounts.StepGreet, accounts.CauseProtocol)
	var failure *accounts.Failure
	if errors.As(err, &failure); len(failure.Error()) > 5000 {
		t.Errorf("the sentence has %d bytes", len(failure.Error()))
	}
}
