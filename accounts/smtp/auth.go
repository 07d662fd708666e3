package smtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"peyk/accounts"
)

// preferred are the mechanisms taken by themselves, best first: those that do
// not show the password come before those that do.
var preferred = []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}

// maxIterations bounds the work a server may ask for in SCRAM. Honest servers
// ask for 4,096 to 600,000.
const maxIterations = 2_000_000

func signsIn(s accounts.Server) bool { return s.User != "" && !strings.EqualFold(s.Auth, "NONE") }

// signIn authenticates, where the account has a user, by the chosen mechanism
// or the best one.
func (x *session) signIn(ctx context.Context, password string) error {
	if !signsIn(x.server) {
		return nil
	}
	_, parameters := x.client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(parameters))
	mechanism, err := chooseMechanism(x.server.Auth, offered)
	if err == nil {
		var auth smtp.Auth
		if auth, err = newAuth(mechanism, x.server, password); err == nil {
			if err := x.client.Auth(auth); err != nil {
				return x.fail(ctx, accounts.StepSignIn, err)
			}
			return nil
		}
	}
	return accounts.Fail(x.server, accounts.StepSignIn, accounts.CauseMechanism, "", err)
}

func chooseMechanism(forced string, offered []string) (string, error) {
	if len(offered) == 0 {
		return "", errors.New("the server does not offer signing in on this connection")
	}
	if forced != "" {
		if m := strings.ToUpper(forced); slices.Contains(offered, m) {
			return m, nil
		}
		return "", fmt.Errorf("the server does not offer %s but %s", forced, strings.Join(offered, ", "))
	}
	for _, m := range preferred {
		if slices.Contains(offered, m) {
			return m, nil
		}
	}
	return "", fmt.Errorf("the server offers only %s", strings.Join(offered, ", "))
}

// newAuth is the mechanism with what it needs. PLAIN and LOGIN show the
// password to whoever listens, so they run without encryption only where a
// person chose to have none.
func newAuth(mechanism string, s accounts.Server, password string) (smtp.Auth, error) {
	open := s.Security == accounts.Plain
	switch mechanism {
	case "PLAIN":
		return smtp.PlainAuth("", s.User, password, s.Host, open), nil
	case "LOGIN":
		return smtp.LoginAuth(s.User, password, s.Host, open), nil
	case "CRAM-MD5":
		return smtp.CRAMMD5Auth(s.User, password), nil
	case "SCRAM-SHA-1":
		return boundedSCRAM{smtp.ScramSHA1Auth(s.User, password)}, nil
	case "SCRAM-SHA-256":
		return boundedSCRAM{smtp.ScramSHA256Auth(s.User, password)}, nil
	case "XOAUTH2":
		return smtp.XOAuth2Auth(s.User, password), nil
	}
	return nil, fmt.Errorf("%s is not a mechanism that can be used here", mechanism)
}

// boundedSCRAM refuses an iteration count (RFC 5802 section 5.1, "i=") that
// would keep this machine computing for minutes, which no context interrupts.
type boundedSCRAM struct{ smtp.Auth }

func (b boundedSCRAM) Next(fromServer []byte, more bool) ([]byte, error) {
	for attribute := range bytes.SplitSeq(fromServer, []byte(",")) {
		count, ok := bytes.CutPrefix(attribute, []byte("i="))
		if !more || !ok {
			continue
		}
		if n, err := strconv.Atoi(string(count)); err != nil || n < 1 || n > maxIterations {
			return nil, fmt.Errorf("the server asks for %q iterations of SCRAM", count)
		}
	}
	return b.Auth.Next(fromServer, more)
}
