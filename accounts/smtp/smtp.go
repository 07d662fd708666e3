// Package smtp hands finished messages to a submission server, byte for byte
// as they were built, and tells exactly what became of them: sent, refused, not
// sent, or unknown.
//
// go-mail speaks the protocol: its smtp.Client gives MAIL, RCPT and DATA one by
// one, so that stored bytes can be sent, and it has SCRAM, DSN and SMTPUTF8,
// which net/smtp lacks.
package smtp

import (
	"context"
	"errors"
	"io"
	"time"

	"peyk/accounts"
	"peyk/accounts/dial"
)

// Options say how to talk. The zero value is ready to use.
type Options struct {
	// Dialer opens and encrypts the connection; nil is a zero Dialer.
	Dialer *dial.Dialer
	// Timeout bounds each wait for the server; 0 is one minute. The wait for
	// the answer to a whole message is ten times that (RFC 5321 section
	// 4.5.3.2.6 asks for ten minutes: giving up early leaves duplicates).
	Timeout time.Duration
	// Trace gets the commands and replies, passwords left out; nil traces
	// nothing. The message itself is not traced.
	Trace io.Writer
	// HelloName is said in EHLO: a host name or an address literal. Empty says
	// the loopback literal, which tells nothing about this machine.
	HelloName string
	// RequestDSN asks for a report of delivery where the server offers DSN
	// (RFC 3461).
	RequestDSN bool
}

func (o Options) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return time.Minute
}

// Envelope is who a message is from and to, whatever its header fields say.
// Addresses are bare: local-part@domain.
type Envelope struct {
	// From gets the bounces. Empty is the null reverse-path, which gets none.
	From string
	To   []string
}

// Receipt is what the server said to a message that it took.
type Receipt struct {
	// Words are the server's with its 250, often the id in its queue.
	Words string
	// Refused are the recipients that do not get the message, each with the
	// code and words of its refusal; 4yz codes may pass later. All other
	// recipients were accepted.
	Refused map[string]string
}

// Submit sends raw to the recipients that the server accepts. Lines end with
// CRLF on the wire (a bare CR or LF in raw becomes one, RFC 5321 section 2.3.8),
// and a final CRLF is added where it is missing; nothing else is changed.
//
// The error is an *accounts.Failure, or context.Canceled as it is; in both cases
// nothing was sent and it is safe to try again, unless the Failure's cause is
// CauseOutcomeUnknown: then the whole message had gone out and the server's
// answer was not seen, whatever ended the wait.
func Submit(ctx context.Context, s accounts.Server, password string, e Envelope, raw []byte, o Options) (Receipt, error) {
	if len(e.To) == 0 {
		return Receipt{}, accounts.Fail(s, accounts.StepSend, accounts.CauseOther, "", errors.New("the message has no recipient"))
	}
	x, err := open(ctx, s, password, o)
	if err != nil {
		return Receipt{}, err
	}
	defer x.close()
	return x.submit(ctx, e, canonicalLines(raw))
}

// Probe connects, encrypts and signs in as Submit does, and leaves. Errors are
// as those of Submit.
func Probe(ctx context.Context, s accounts.Server, password string, o Options) error {
	x, err := open(ctx, s, password, o)
	if err != nil {
		return err
	}
	x.close()
	return nil
}
