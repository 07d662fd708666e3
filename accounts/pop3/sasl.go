package pop3

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
)

// mechanism is one run of a SASL mechanism (RFC 4422) from the client's side.
type mechanism interface {
	// start is the initial response; nil when the server has to speak first.
	start() []byte
	// next answers a challenge.
	next(challenge []byte) ([]byte, error)
	// proven says whether the server's +OK may be believed: a mechanism that
	// checks the server too must have done so.
	proven() bool
}

var errManyChallenges = errors.New("the server asks for more than the mechanism has")

// mechanisms are the ones known here, best first.
var mechanisms = []struct {
	name string
	// challenged mechanisms do not send the password itself.
	challenged bool
	make       func(user, password string) (mechanism, error)
}{
	{"SCRAM-SHA-256", true, newSCRAM},
	{"CRAM-MD5", true, func(user, password string) (mechanism, error) {
		return &cramMD5{user: user, password: password}, nil
	}},
	{"PLAIN", false, newPlain},
	{"LOGIN", false, func(user, password string) (mechanism, error) {
		return &login{answers: []string{user, password}}, nil
	}},
}

// plain is RFC 4616.
type plain struct{ response []byte }

func newPlain(user, password string) (mechanism, error) {
	for _, s := range []string{user, password} {
		for i := range len(s) {
			if s[i] == 0 {
				return nil, errors.New("a NUL cannot be part of a user name or password")
			}
		}
	}
	return plain{fmt.Appendf(nil, "\x00%s\x00%s", user, password)}, nil
}

func (p plain) start() []byte             { return p.response }
func (plain) next([]byte) ([]byte, error) { return nil, errManyChallenges }
func (plain) proven() bool                { return true }

// login is the mechanism LOGIN, which no RFC describes: the server asks twice,
// in words that differ, for the user name and then the password.
type login struct{ answers []string }

func (*login) start() []byte { return nil }

func (l *login) next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, errManyChallenges
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

func (l *login) proven() bool { return true }

// cramMD5 is RFC 2195.
type cramMD5 struct {
	user, password string
	answered       bool
}

func (*cramMD5) start() []byte { return nil }

func (c *cramMD5) next(challenge []byte) ([]byte, error) {
	if c.answered {
		return nil, errManyChallenges
	}
	c.answered = true
	mac := hmac.New(md5.New, []byte(c.password))
	mac.Write(challenge)
	return []byte(c.user + " " + hex.EncodeToString(mac.Sum(nil))), nil
}

func (c *cramMD5) proven() bool { return true }
