package pop3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"peyk/accounts"
)

// maxAuthLine is the longest AUTH command with an initial response (RFC 5034
// section 4), CRLF included.
const maxAuthLine = 255

// secretForms are the password as it may show up in a conversation.
func secretForms(user, password string) []string {
	encoded := base64.StdEncoding.EncodeToString
	return []string{password, encoded([]byte(password)), encoded([]byte("\x00" + user + "\x00" + password))}
}

// open takes a new connection through greeting, STLS and signing in.
func (o *opener) open() error {
	s := o.s
	greeting, err := o.greet()
	if err != nil {
		return o.fail(accounts.StepGreet, "reading the greeting", err)
	}
	if err := o.learn(accounts.StepGreet); err != nil {
		return err
	}
	if s.server.Security == accounts.STARTTLS {
		if err := o.encrypt(); err != nil {
			return err
		}
		// What was said before could have been anybody's words (RFC 2595
		// section 4).
		if err := o.learn(accounts.StepSignIn); err != nil {
			return err
		}
	}
	if strings.EqualFold(s.server.Auth, "NONE") {
		return nil
	}
	if err := o.signIn(timestamp(greeting.text)); err != nil {
		return err
	}
	// Some servers announce PIPELINING only to those they know.
	if len(s.caps) > 0 && !s.caps.Has("PIPELINING") {
		return o.learn(accounts.StepSignIn)
	}
	return nil
}

// fail is a Failure of a step on the way to a session, none of which goes on
// after any error.
func (o *opener) fail(step accounts.Step, doing string, err error) error {
	if o.ctx.Err() != nil {
		err = o.ctx.Err()
	}
	return o.hide(failure(o.s.server, step, doing, err))
}

// hide takes the password out of the server's words, should they repeat it.
func (o *opener) hide(err error) error {
	if f := (*accounts.Failure)(nil); errors.As(err, &f) {
		masks := masker(secretForms(o.s.server.User, o.password)...)
		if clean := masks.Replace(f.Words); clean != f.Words {
			f.Words = clean
			f.Err = errors.New(masks.Replace(f.Err.Error()))
		}
	}
	return err
}

func (o *opener) greet() (status, error) {
	return o.answer("the connection")
}

// answer reads a status line; the connection is not go-pop3's yet.
func (o *opener) answer(command string) (status, error) {
	w := o.s.wire
	w.expectStatus(o.s.opt.Timeout)
	if err := w.readStatus(); err != nil {
		return status{}, unexpected(err)
	}
	if challenge, ok := cutChallenge(w.line); ok && strings.HasPrefix(command, "AUTH") {
		w.trace.received([]byte("+ " + hidden))
		return status{text: challenge, challenge: true}, nil
	}
	w.trace.received(w.line)
	return parseStatus(w.line, command)
}

func (o *opener) ask(command string) (status, error) {
	if _, err := o.s.wire.Write([]byte(command + "\r\n")); err != nil {
		return status{}, err
	}
	return o.answer(command)
}

// askSecret is ask with a command whose argument no trace may show.
func (o *opener) askSecret(command, secret, shown string) (status, error) {
	o.s.wire.writeSecret(secret+"\r\n", shown)
	return o.answer(command)
}

// learn asks for the capabilities. A server may refuse CAPA: it is younger
// than POP3.
func (o *opener) learn(step accounts.Step) error {
	st, err := o.ask("CAPA")
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		o.s.caps = nil
		return nil
	}
	if err != nil {
		return o.fail(step, "asking for the capabilities", err)
	}
	b := body{keep: maxListing, drain: maxListing}
	if err := o.s.body(st, &b); err != nil {
		return o.fail(step, "reading the capabilities", err)
	}
	o.s.caps = parseCapabilities(b.raw)
	o.s.wire.trace.received([]byte(o.s.caps.String()))
	return nil
}

// encrypt upgrades the connection (RFC 2595 section 4) or fails.
func (o *opener) encrypt() error {
	s, step := o.s, accounts.StepEncrypt
	if len(s.caps) > 0 && !s.caps.Has("STLS") {
		return accounts.Fail(s.server, step, accounts.CauseNoSTARTTLS, "", errors.New("STLS is not among its capabilities"))
	}
	_, err := o.ask("STLS")
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return accounts.Fail(s.server, step, accounts.CauseNoSTARTTLS, refused.words, err)
	}
	if err != nil {
		return o.fail(step, "asking for encryption", err)
	}
	if s.wire.in.Buffered() > 0 {
		// Whoever is in between could slip in answers that would later pass
		// for encrypted ones.
		return accounts.Fail(s.server, step, accounts.CauseProtocol, "", errors.New("plain text follows the answer to STLS"))
	}
	conn, err := s.wire.current()
	if err != nil {
		return o.fail(step, "encrypting", err)
	}
	secure, err := s.opt.Dialer.Encrypt(o.ctx, conn, s.server)
	if err != nil {
		return o.fail(step, "encrypting", err)
	}
	s.wire.replaceConn(secure)
	return nil
}

// way is one way of signing in.
type way struct {
	name string
	// challenged ways do not send the password itself.
	challenged bool
	run        func() error
}

// signIn tries the best way. Where the server announces a mechanism that needs
// the password in clear on its own side and refuses it without naming the
// password as the reason, the plain way is tried once too, but only behind
// encryption.
func (o *opener) signIn(stamp string) error {
	ways := o.ways(stamp)
	if len(ways) == 0 {
		return accounts.Fail(o.s.server, accounts.StepSignIn, accounts.CauseMechanism, "",
			fmt.Errorf("%q is not among %q", o.s.server.Auth, o.s.caps.SASL()))
	}
	err := ways[0].run()
	refused := (*refusal)(nil)
	if errors.As(err, &refused) && refused.code == "" && refused.cause(accounts.StepSignIn) == accounts.CausePassword &&
		ways[0].challenged && o.s.server.Security != accounts.Plain {
		if i := slices.IndexFunc(ways, func(w way) bool { return !w.challenged }); i > 0 {
			err = ways[i].run()
		}
	}
	if err != nil {
		return o.fail(accounts.StepSignIn, "signing in", err)
	}
	return nil
}

// ways are the usable ways of signing in, best first; just the named one when
// the account names it.
func (o *opener) ways(stamp string) []way {
	var (
		all     []way
		want    = strings.ToUpper(o.s.server.Auth)
		offered = o.s.caps.SASL()
	)
	for _, m := range mechanisms {
		if slices.Contains(offered, m.name) {
			all = append(all, way{m.name, m.challenged, func() error {
				run, err := m.make(o.s.server.User, o.password)
				if err != nil {
					return err
				}
				return o.authenticate(m.name, run)
			}})
		}
	}
	if stamp != "" && !strings.ContainsAny(o.s.server.User, " \r\n\x00") {
		all = append(all, way{"APOP", true, func() error { return o.apop(stamp) }})
	}
	all = append(all, way{"USER", false, o.userPass})
	if want == "" {
		return all
	}
	named := slices.DeleteFunc(slices.Clone(all), func(w way) bool { return w.name != want })
	if len(named) == 0 && (want == "PLAIN" || want == "LOGIN") {
		// USER and PASS are the same in the words of a server without SASL.
		return all[len(all)-1:]
	}
	return named
}

// authenticate runs a SASL mechanism (RFC 5034 section 4).
func (o *opener) authenticate(name string, m mechanism) error {
	command := "AUTH " + name
	response := m.start()
	line, shown := command, command
	if response != nil {
		if full := command + " " + encodeResponse(response); len(full)+2 <= maxAuthLine {
			line, shown, response = full, command+" "+hidden, nil
		}
	}
	st, err := o.askSecret(command, line, shown)
	for ; err == nil && st.challenge; response = nil {
		if response == nil {
			response, err = answerChallenge(m, st.text)
			if err != nil {
				return o.giveUp(command, err)
			}
		}
		st, err = o.askSecret(command, base64.StdEncoding.EncodeToString(response), hidden)
	}
	if err == nil && !m.proven() {
		return fmt.Errorf("%w: %s ended before the server proved itself", errNoSense, name)
	}
	return err
}

// giveUp cancels the exchange, so that another way may follow.
func (o *opener) giveUp(command string, why error) error {
	_, err := o.ask("*")
	if refused := (*refusal)(nil); err != nil && !errors.As(err, &refused) {
		return errors.Join(fmt.Errorf("%w: %s: %w", errNoSense, command, why), err)
	}
	return fmt.Errorf("%w: %s: %w", errNoSense, command, why)
}

func answerChallenge(m mechanism, text string) ([]byte, error) {
	challenge, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("reading the challenge: %w", err)
	}
	return m.next(challenge)
}

// encodeResponse is an initial response, where "=" is the empty one.
func encodeResponse(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// cutChallenge is the text of a "+ …" line; some servers leave the space away
// when nothing follows.
func cutChallenge(line []byte) (string, bool) {
	line = bytes.TrimRight(line, "\r\n")
	if string(line) == "+" {
		return "", true
	}
	rest, ok := bytes.CutPrefix(line, []byte("+ "))
	return strings.TrimSpace(string(rest)), ok
}

// timestamp is the msg-id in a greeting that APOP signs (RFC 1939 section 7),
// empty when there is none.
func timestamp(greeting string) string {
	from := strings.IndexByte(greeting, '<')
	if from < 0 {
		return ""
	}
	to := strings.IndexByte(greeting[from:], '>')
	if to < 0 || !strings.Contains(greeting[from:from+to], "@") {
		return ""
	}
	return greeting[from : from+to+1]
}

func (o *opener) apop(stamp string) error {
	sum := md5.Sum([]byte(stamp + o.password))
	command := "APOP " + o.s.server.User
	_, err := o.askSecret("APOP", command+" "+hex.EncodeToString(sum[:]), command+" "+hidden)
	return err
}

func (o *opener) userPass() error {
	if strings.ContainsAny(o.s.server.User+o.password, "\r\n\x00") {
		return errors.New("a line end or NUL cannot be part of a user name or password")
	}
	if _, err := o.ask("USER " + o.s.server.User); err != nil {
		return err
	}
	_, err := o.askSecret("PASS", "PASS "+o.password, "PASS "+hidden)
	return err
}
