package smtp

import (
	"errors"
	"net/textproto"
	"strings"
	"unicode"

	"peyk/accounts"
)

// maxWords bounds what is kept of a reply, in bytes: enough for a person, too
// little to be used as a flood.
const maxWords = 1000

// replyIn is the server's reply inside err, if that is what err is about.
func replyIn(err error) *textproto.Error {
	var r *textproto.Error
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// malformed says that the server's answer was no SMTP reply.
func malformed(err error) bool {
	var p textproto.ProtocolError
	return errors.As(err, &p) || errors.Is(err, errReplyTooLong)
}

// replyCause is what a refusal means (RFC 5321 section 4.2.1, RFC 4954 section
// 6, RFC 1870 section 6).
func replyCause(step accounts.Step, r *textproto.Error) accounts.Cause {
	switch {
	case step == accounts.StepSignIn && r.Code == 535:
		return accounts.CausePassword
	case step == accounts.StepSignIn && (r.Code == 504 || r.Code == 534 || r.Code == 538):
		return accounts.CauseMechanism
	case r.Code == 552 && strings.Contains(r.Msg, "5.3.4"):
		return accounts.CauseMessageTooLarge
	case r.Code/100 == 4:
		return accounts.CauseTemporary
	case r.Code/100 == 5:
		return accounts.CauseRejected
	}
	return accounts.CauseProtocol
}

// words makes a reply's text fit for one line: its lines joined, what does not
// print left out.
func words(text string) string {
	fields := strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), unprintable)
	for i, field := range fields {
		fields[i] = strings.TrimSpace(field)
	}
	joined := strings.TrimSpace(strings.Join(fields, " "))
	if len(joined) <= maxWords {
		return joined
	}
	return strings.ToValidUTF8(joined[:maxWords], "") + "…"
}

func unprintable(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }
