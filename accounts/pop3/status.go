package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"peyk/accounts"
)

// status is a parsed +OK line.
type status struct {
	text string
	// bareLF says that the server ends its lines with a lone LF, against RFC
	// 1939 section 3; its bodies then have to be read in the same way.
	bareLF bool
	// challenge says that the line is a SASL challenge (RFC 5034 section 4).
	challenge bool
}

// refusal is a -ERR answer.
type refusal struct {
	command string
	// code is the response code in brackets (RFC 2449 section 8), upper case,
	// without them; empty when there is none.
	code string
	// words are what the server says besides.
	words string
}

func (r *refusal) Error() string {
	if r.words == "" {
		return fmt.Sprintf("the server refused %s", r.command)
	}
	return fmt.Sprintf("the server refused %s: %s", r.command, r.words)
}

// nonsense is an answer that POP3 does not know.
type nonsense struct{ command, line string }

func (n *nonsense) Error() string {
	return fmt.Sprintf("the answer to %s is neither +OK nor -ERR: %q", n.command, n.line)
}

// parseStatus reads a status line. command names what it answers, for errors.
func parseStatus(line []byte, command string) (status, error) {
	st := status{bareLF: !bytes.HasSuffix(line, []byte("\r\n"))}
	text := string(bytes.TrimRight(line, "\r\n"))
	word, rest, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
	switch strings.ToUpper(word) {
	case "+OK":
		st.text = strings.TrimSpace(rest)
		return st, nil
	case "-ERR":
		code, said := cutCode(rest)
		return st, &refusal{command: command, code: code, words: printable(said)}
	}
	return st, &nonsense{command, printable(text)}
}

// cutCode takes "[IN-USE] words" apart. A text that is only a code keeps it as
// its words too, so that there is something to show.
func cutCode(text string) (code, rest string) {
	text = strings.TrimSpace(text)
	inside, after, found := strings.Cut(text, "]")
	if !found || !strings.HasPrefix(inside, "[") || strings.ContainsAny(inside, " ") {
		return "", text
	}
	code = strings.ToUpper(inside[1:])
	rest = strings.TrimSpace(after)
	if rest == "" {
		rest = text
	}
	return code, rest
}

// cause judges a refusal by its code, and without one by its words: many
// servers know no codes.
func (r *refusal) cause(step accounts.Step) accounts.Cause {
	switch {
	case r.code == "IN-USE" || r.code == "LOGIN-DELAY":
		return accounts.CauseBusy
	case r.code == "SYS/PERM":
		return accounts.CauseRejected
	case r.code == "SYS" || strings.HasPrefix(r.code, "SYS/"):
		return accounts.CauseTemporary
	case r.code == "AUTH" && step == accounts.StepSignIn:
		return accounts.CausePassword
	}
	said := strings.ToLower(r.words)
	for _, known := range spoken {
		if strings.Contains(said, known.words) && (!known.signIn || step == accounts.StepSignIn) {
			return known.cause
		}
	}
	if step == accounts.StepSignIn {
		return accounts.CausePassword
	}
	return accounts.CauseRejected
}

// spoken lists what servers without response codes are known to say.
var spoken = []struct {
	words  string
	cause  accounts.Cause
	signIn bool
}{
	{"already locked", accounts.CauseBusy, false},
	{"mailbox locked", accounts.CauseBusy, false},
	{"maildrop locked", accounts.CauseBusy, false},
	{"lock busy", accounts.CauseBusy, false},
	{"in use", accounts.CauseBusy, false},
	{"too many connections", accounts.CauseBusy, false},
	{"temporar", accounts.CauseTemporary, false},
	{"try again later", accounts.CauseTemporary, false},
	{"plaintext auth", accounts.CauseMechanism, true},
	{"only on secure", accounts.CauseMechanism, true},
	{"must use tls", accounts.CauseMechanism, true},
	{"stls first", accounts.CauseMechanism, true},
	{"starttls first", accounts.CauseMechanism, true},
}

// failure makes an accounts.Failure of what went wrong in step, unless err is
// one already.
func failure(server accounts.Server, step accounts.Step, doing string, err error) error {
	var (
		refused *refusal
		odd     *nonsense
		known   *accounts.Failure
	)
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &refused):
		return accounts.Fail(server, step, refused.cause(step), refused.words, err)
	case errors.As(err, &odd):
		return accounts.Fail(server, step, accounts.CauseProtocol, odd.line, err)
	case errors.Is(err, errLongLine), errors.Is(err, errEndless), errors.Is(err, errNoSense):
		return accounts.Fail(server, step, accounts.CauseProtocol, "", fmt.Errorf("%s: %w", doing, err))
	}
	return accounts.Fail(server, step, "", "", fmt.Errorf("%s: %w", doing, err))
}

// maxWords is how many runes of a server's text are kept.
const maxWords = 400

// printable is a server's text on one line, without controls, of bounded
// length.
func printable(text string) string {
	runes := 0
	return strings.Map(func(r rune) rune {
		if runes++; runes > maxWords {
			return -1
		}
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
