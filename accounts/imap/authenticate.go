package imap

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/accounts"
)

// authenticate signs in by the mechanism that the settings force, else by the
// offered ones in order of preference.
func (d *dialogue) authenticate(password string) error {
	forced := strings.ToUpper(d.server.Auth)
	if forced == "NONE" {
		return accounts.Fail(d.server, d.step, accounts.CauseMechanism, "", errors.New("IMAP without signing in needs a server that does not ask for it"))
	}
	ways := []string{forced}
	if forced == "" {
		ways = d.ways()
	}
	if len(ways) == 0 {
		return accounts.Fail(d.server, d.step, accounts.CauseMechanism, "",
			fmt.Errorf("the server offers only %s", strings.Join(d.offers(), ", ")))
	}
	var err error
	for i, way := range ways {
		err = d.try(way, password)
		if err == nil || i+1 == len(ways) || !d.tryNext(way, err) {
			break
		}
	}
	var e *goimap.Error
	if errors.As(err, &e) {
		return accounts.Fail(d.server, d.step, signInCause(e), words(e), err)
	}
	return err
}

// ways lists the usable ones of the offered mechanisms, best first. On an
// encrypted connection PLAIN comes before CRAM-MD5, which fails on servers
// that keep passwords hashed and is no safer there.
func (d *dialogue) ways() []string {
	encrypted := d.server.Security != accounts.Plain
	order := []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}
	if encrypted {
		order = []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5"}
	}
	var ways []string
	for _, mechanism := range order {
		if d.caps.Has(goimap.AuthCap(mechanism)) {
			ways = append(ways, mechanism)
		}
	}
	if !d.caps.Has(goimap.CapLoginDisabled) {
		ways = append(ways, loginCommand)
	}
	return ways
}

// loginCommand is the LOGIN command, as opposed to the mechanism of that name.
const loginCommand = "LOGIN command"

// offers names what the server offers, for a person to read.
func (d *dialogue) offers() []string {
	offers := d.caps.AuthMechanisms()
	slices.Sort(offers)
	if d.caps.Has(goimap.CapLoginDisabled) {
		offers = append(offers, "LOGINDISABLED")
	}
	return offers
}

// tryNext tells whether another mechanism may do better: after one that the
// server does not know after all, and after a challenge that failed, because
// the server may keep its passwords in another form. On an unencrypted
// connection no failed challenge brings this side to send the password itself.
func (d *dialogue) tryNext(way string, err error) bool {
	var e *goimap.Error
	if !errors.As(err, &e) {
		return false
	}
	challenge := way != "PLAIN" && way != "LOGIN" && way != loginCommand
	if challenge {
		return d.server.Security != accounts.Plain && signInCause(e) != accounts.CauseTemporary
	}
	return e.Type == goimap.StatusResponseTypeBad || e.Code == goimap.ResponseCodeCannot
}

// signInCause is what a refused sign-in means. Without a code it is about the
// password, unless it sounds like a passing trouble.
func signInCause(e *goimap.Error) accounts.Cause {
	cause := refusalCause(e)
	if cause != accounts.CauseRejected {
		return cause
	}
	switch {
	case e.Type == goimap.StatusResponseTypeBad, e.Code == goimap.ResponseCodeCannot:
		return accounts.CauseMechanism
	case e.Code == "CONTACTADMIN", e.Code == "NOPERM", e.Code == "OVERQUOTA":
		return accounts.CauseRejected
	}
	return accounts.CausePassword
}

func (d *dialogue) try(way, password string) error {
	if way == loginCommand {
		return d.login(password)
	}
	m, err := newMechanism(way, d.server, password)
	if err != nil {
		return accounts.Fail(d.server, d.step, accounts.CauseMechanism, "", err)
	}
	// What the server can do may change with who asks.
	before := d.caps
	d.caps = nil
	if err = d.exchange(way, m, before.Has(goimap.CapSASLIR)); err != nil {
		d.caps = before
	}
	return err
}

// exchange runs AUTHENTICATE (RFC 9051 section 6.2.2).
func (d *dialogue) exchange(name string, m mechanism, initialResponse bool) error {
	line := "AUTHENTICATE " + name
	shown := line
	first, hasFirst := m.start()
	if hasFirst && initialResponse {
		line += " " + encodeResponse(first)
		shown += " ****"
		hasFirst = false
	}
	tag, err := d.send(line, shown)
	if err != nil {
		return err
	}
	for range 10 {
		challenge, st, err := d.answer(tag)
		if err != nil {
			return err
		}
		if st.kind != "" {
			if err := st.err(); err != nil {
				return err
			}
			if err := m.verify(); err != nil {
				return accounts.Fail(d.server, d.step, accounts.CauseProtocol, "", err)
			}
			return nil
		}
		var response []byte
		if hasFirst {
			response, hasFirst = first, false
		} else if response, err = d.respond(m, challenge); err != nil {
			return d.cancel(tag, err)
		}
		if err := d.write(base64.StdEncoding.EncodeToString(response), "****"); err != nil {
			return err
		}
	}
	return accounts.Fail(d.server, d.step, accounts.CauseProtocol, "", errors.New("the server asks without end"))
}

func (d *dialogue) respond(m mechanism, challenge string) ([]byte, error) {
	decoded, err := base64.StdEncoding.DecodeString(challenge)
	if err != nil {
		return nil, fmt.Errorf("the server's challenge is not base64: %w", err)
	}
	return m.next(decoded)
}

// cancel gives an exchange up that went wrong on this side.
func (d *dialogue) cancel(tag string, why error) error {
	if err := d.write("*", "*"); err != nil {
		return err
	}
	if _, _, err := d.answer(tag); err != nil {
		return err
	}
	return accounts.Fail(d.server, d.step, accounts.CauseProtocol, "", why)
}

// encodeResponse writes an initial response; an empty one is "=" (RFC 4959).
func encodeResponse(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// login sends the LOGIN command (RFC 9051 section 6.2.3). What cannot stand
// between quotes goes as a literal.
func (d *dialogue) login(password string) error {
	before := d.caps
	d.caps = nil
	err := d.loginParts([]string{d.server.User, password})
	if err != nil {
		d.caps = before
	}
	return err
}

func (d *dialogue) loginParts(args []string) error {
	line := "LOGIN"
	tag := ""
	// say sends what stands in line and gives the server's answer to it.
	say := func() (statusLine, error) {
		var err error
		if tag == "" {
			tag, err = d.send(line, "LOGIN ****")
		} else {
			err = d.write(line, "****")
		}
		if err != nil {
			return statusLine{}, err
		}
		_, st, err := d.answer(tag)
		return st, err
	}
	for _, arg := range args {
		if quotable(arg) {
			line += " " + quote(arg)
			continue
		}
		line += " {" + strconv.Itoa(len(arg)) + "}"
		st, err := say()
		if err != nil {
			return err
		}
		if st.kind != "" {
			return st.err()
		}
		line = arg
	}
	st, err := say()
	if err != nil {
		return err
	}
	return st.err()
}

func quotable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
