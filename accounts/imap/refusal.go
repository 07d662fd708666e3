package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/accounts"
)

// ErrNoIdle says that the server does not know IDLE.
var ErrNoIdle = errors.New("the server does not offer IDLE")

// Unfetched is the error of a fetch of which the server refused some messages,
// when it has given all the others.
type Unfetched struct {
	UIDs []uint32
	// Err is the last refusal.
	Err error
}

func (u *Unfetched) Error() string {
	return fmt.Sprintf("the server would not give %d messages: %v", len(u.UIDs), u.Err)
}

func (u *Unfetched) Unwrap() error { return u.Err }

// temporaryCodes are those of RFC 5530 and RFC 9051 that may pass by
// themselves or by what somebody does elsewhere.
var temporaryCodes = map[goimap.ResponseCode]accounts.Cause{
	"INUSE":                accounts.CauseBusy,
	"LIMIT":                accounts.CauseBusy,
	"UNAVAILABLE":          accounts.CauseTemporary,
	"SERVERBUG":            accounts.CauseTemporary,
	"CORRUPTION":           accounts.CauseTemporary,
	"EXPUNGEISSUED":        accounts.CauseTemporary,
	"OVERQUOTA":            accounts.CauseRejected,
	"CONTACTADMIN":         accounts.CauseRejected,
	"EXPIRED":              accounts.CausePassword,
	"AUTHENTICATIONFAILED": accounts.CausePassword,
	"AUTHORIZATIONFAILED":  accounts.CausePassword,
}

// temporaryWords are how servers without response codes say the same.
var temporaryWords = []string{
	"temporar", "try again", "try later", "later", "timeout", "timed out", "too many", "unavailable",
	"busy", "in use", "locked", "internal error", "internal server error", "server error", "overload",
}

func soundsTemporary(text string) bool {
	text = strings.ToLower(text)
	for _, w := range temporaryWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// refusalCause is what a tagged NO or BAD means.
func refusalCause(e *goimap.Error) accounts.Cause {
	if cause, ok := temporaryCodes[e.Code]; ok {
		return cause
	}
	switch {
	case e.Code == "TOOBIG":
		return accounts.CauseMessageTooLarge
	case e.Code == "PRIVACYREQUIRED":
		return accounts.CauseMechanism
	case e.Code == "" && e.Type == goimap.StatusResponseTypeNo && soundsTemporary(e.Text):
		return accounts.CauseTemporary
	}
	return accounts.CauseRejected
}

// Permanent tells whether the server refused with a NO or BAD that asking
// again will not change.
func Permanent(err error) bool {
	var e *goimap.Error
	if !errors.As(err, &e) || e.Type == goimap.StatusResponseTypeBye {
		return false
	}
	if _, ok := temporaryCodes[e.Code]; ok {
		return false
	}
	return refusalCause(e) != accounts.CauseTemporary
}

// Nonexistent tells whether the server refused because a mailbox does not
// exist.
func Nonexistent(err error) bool {
	var e *goimap.Error
	if !errors.As(err, &e) || e.Type != goimap.StatusResponseTypeNo {
		return false
	}
	switch e.Code {
	case goimap.ResponseCodeNonExistent, goimap.ResponseCodeTryCreate:
		return true
	case "":
		text := strings.ToLower(e.Text)
		for _, w := range []string{"nonexistent", "non-existent", "doesn't exist", "does not exist", "no such mailbox", "unknown mailbox", "mailbox not found", "not exist"} {
			if strings.Contains(text, w) {
				return true
			}
		}
	}
	return false
}

// Exists tells whether the server refused because a mailbox is there already.
func Exists(err error) bool {
	var e *goimap.Error
	if !errors.As(err, &e) || e.Type != goimap.StatusResponseTypeNo {
		return false
	}
	return e.Code == goimap.ResponseCodeAlreadyExists || e.Code == "" && strings.Contains(strings.ToLower(e.Text), "exists")
}

// fail tells an error of a command as an accounts.Failure. What ended the
// connection counts before how the library noticed.
func (s *Session) fail(ctx context.Context, step accounts.Step, err error) error {
	if err == nil {
		return nil
	}
	var status *goimap.Error
	if errors.As(err, &status) {
		return accounts.Fail(s.server, step, refusalCause(status), words(status), err)
	}
	if ctx.Err() != nil {
		return accounts.Fail(s.server, step, "", "", ctx.Err())
	}
	if f := (*accounts.Failure)(nil); errors.As(err, &f) {
		return err
	}
	bye, cut := s.wire.failure()
	switch {
	case cut != nil && bye != "":
		return accounts.Fail(s.server, step, byeCause(bye), bye, cut)
	case errors.Is(cut, errTooLong), errors.Is(cut, errGibberish):
		return accounts.Fail(s.server, step, accounts.CauseProtocol, "", cut)
	case cut != nil:
		return accounts.Fail(s.server, step, "", "", fmt.Errorf("the connection ended: %w", unexpected(cut)))
	case s.closedHere():
		return accounts.Fail(s.server, step, accounts.CauseClosed, "", err)
	}
	// Nothing cut the connection, so the library gave it up over what it read.
	return accounts.Fail(s.server, step, accounts.CauseProtocol, "", err)
}

// byeCause is why a server says goodbye unasked.
func byeCause(text string) accounts.Cause {
	lower := strings.ToLower(text)
	if strings.Contains(lower, "too many") || strings.Contains(lower, "maximum number of connections") {
		return accounts.CauseBusy
	}
	return accounts.CauseClosed
}

// words are the server's own, or its code where it has no words.
func words(e *goimap.Error) string {
	if text := strings.TrimSpace(e.Text); text != "" && text != "-" {
		return text
	}
	return string(e.Code)
}
