package smtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"peyk/accounts"
)

// recipient is one of an envelope on its way through RCPT.
type recipient struct {
	address string
	path    string
	// refusal is why it does not get the message, nil while it may.
	refusal error
}

// submit does one mail transaction (RFC 5321 section 3.3).
func (x *session) submit(ctx context.Context, e Envelope, body []byte) (Receipt, error) {
	if err := x.checkSize(len(body)); err != nil {
		return Receipt{}, err
	}
	sender, recipients, wide, err := x.address(e)
	if err != nil {
		return Receipt{}, accounts.Fail(x.server, accounts.StepSend, accounts.CauseRejected, "", err)
	}
	x.client.SkipSMTPUTF8(!wide && !wideHeader(body))
	if x.options.RequestDSN {
		x.client.SetDSNMailReturnOption("HDRS")
		x.client.SetDSNRcptNotifyOption("SUCCESS,DELAY,FAILURE")
	}
	if offered, _ := x.client.Extension("SIZE"); offered {
		sender += " SIZE=" + strconv.Itoa(len(body))
	}
	if err := x.client.Mail(sender); err != nil {
		return Receipt{}, x.fail(ctx, accounts.StepSend, err)
	}
	if err := x.offer(ctx, recipients); err != nil {
		return Receipt{}, err
	}
	said, err := x.data(ctx, body)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Words: said, Refused: refusals(recipients)}, nil
}

// checkSize compares the message with what the server takes at most (RFC
// 1870), before any of it is sent.
func (x *session) checkSize(size int) error {
	_, parameter := x.client.Extension("SIZE")
	most, err := strconv.ParseUint(strings.TrimSpace(parameter), 10, 64)
	if err != nil || most == 0 || uint64(size) <= most {
		return nil
	}
	return accounts.Fail(x.server, accounts.StepSend, accounts.CauseMessageTooLarge, "",
		fmt.Errorf("the message has %d bytes, the server takes %d", size, most))
}

// address turns the envelope into paths and says whether they need SMTPUTF8. A
// recipient that cannot be written to this server is refused already; a sender
// that cannot is an error.
func (x *session) address(e Envelope) (sender string, to []*recipient, wide bool, err error) {
	offered, _ := x.client.Extension("SMTPUTF8")
	if e.From == "" {
		sender = "<>"
	} else if sender, wide, err = path(e.From, offered); err != nil {
		return "", nil, false, fmt.Errorf("sender %s: %w", e.From, err)
	}
	for _, address := range e.To {
		if slices.ContainsFunc(to, func(r *recipient) bool { return r.address == address }) {
			continue
		}
		p, needs, err := path(address, offered)
		wide = wide || needs
		to = append(to, &recipient{address: address, path: p, refusal: err})
	}
	return sender, to, wide, nil
}

// offer names the recipients to the server and fails when it takes none.
func (x *session) offer(ctx context.Context, recipients []*recipient) error {
	accepted := 0
	for _, r := range recipients {
		if r.refusal != nil {
			continue
		}
		err := x.client.Rcpt(r.path)
		if reply := replyIn(err); err != nil && (reply == nil || reply.Code == 421) {
			return x.fail(ctx, accounts.StepSend, err)
		}
		if r.refusal = err; err == nil {
			accepted++
		}
	}
	if accepted > 0 {
		return nil
	}
	return x.allRefused(recipients)
}

// allRefused tells that nobody gets the message. It is worth another try when
// any of them may be accepted later.
func (x *session) allRefused(recipients []*recipient) error {
	cause := accounts.CauseRejected
	var said, all []string
	for _, r := range recipients {
		all = append(all, fmt.Sprintf("%s: %s", r.address, refusalText(r.refusal)))
		reply := replyIn(r.refusal)
		if reply == nil {
			continue
		}
		if w := words(reply.Msg); !slices.Contains(said, w) {
			said = append(said, w)
		}
		if reply.Code/100 == 4 {
			cause = accounts.CauseTemporary
		}
	}
	return accounts.Fail(x.server, accounts.StepSend, cause, words(strings.Join(said, "; ")),
		errors.New("no recipient was accepted: "+strings.Join(all, "; ")))
}

func refusals(recipients []*recipient) map[string]string {
	var out map[string]string
	for _, r := range recipients {
		if r.refusal == nil {
			continue
		}
		if out == nil {
			out = make(map[string]string)
		}
		out[r.address] = refusalText(r.refusal)
	}
	return out
}

func refusalText(err error) string {
	if r := replyIn(err); r != nil {
		return fmt.Sprintf("%03d %s", r.Code, words(r.Msg))
	}
	return err.Error()
}

// data sends the message and returns the server's words about it.
func (x *session) data(ctx context.Context, body []byte) (string, error) {
	w, err := x.client.Data()
	if err != nil {
		return "", x.fail(ctx, accounts.StepSend, err)
	}
	// A failed write stays in the writer and in the wire; what the server may
	// have said to it is read by the close that follows.
	if _, err := w.Write(body); err == nil {
		x.wire.readTimeout = finalReplyFactor * x.options.timeout()
	}
	err = w.Close()
	reply := replyIn(err)
	x.traceMessage(w, len(body), err)
	switch {
	case reply != nil && (reply.Code/100 == 4 || reply.Code/100 == 5):
		return "", x.fail(ctx, accounts.StepSend, err)
	case x.wire.writeErr != nil:
		// The final dot was not handed over, and a server must not act on a
		// message without it (RFC 5321 section 4.1.1.4).
		return "", x.fail(ctx, accounts.StepSend, x.wire.writeErr)
	case reply != nil && reply.Code/100 == 2:
		// go-mail takes all but 250 itself for an error.
		return words(reply.Msg), nil
	case err == nil:
		return serverResponse(w), nil
	}
	return "", x.outcomeUnknown(ctx, err)
}

// outcomeUnknown says that the whole message went out and no answer came. Its
// error does not match context.Canceled, even where that ended the wait:
// cancelled means that nothing was sent.
func (x *session) outcomeUnknown(ctx context.Context, err error) error {
	x.broken = true
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return accounts.Fail(x.server, accounts.StepSend, accounts.CauseOutcomeUnknown, "",
		fmt.Errorf("the message was sent whole but its receipt was not seen: %v", err))
}

// traceMessage stands for the message and its answer, which go-mail does not
// log.
func (x *session) traceMessage(w io.WriteCloser, size int, err error) {
	if x.options.Trace == nil {
		return
	}
	t := tracer{x.options.Trace}
	t.line("C:", fmt.Sprintf("(a message of %d bytes)", size))
	if err != nil {
		t.line("S:", err.Error())
		return
	}
	t.line("S:", "250 "+serverResponse(w))
}

// serverResponse is what the server said to a message that it took with 250.
func serverResponse(w io.WriteCloser) string {
	if d, ok := w.(*smtp.DataCloser); ok {
		return words(d.ServerResponse())
	}
	return ""
}
