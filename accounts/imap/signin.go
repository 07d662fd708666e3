package imap

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/accounts"
)

// dialogue is the start of a conversation, up to being signed in. It is spoken
// line by line on this side: the order of STARTTLS, capabilities and secrets
// decides about safety.
type dialogue struct {
	ctx     context.Context
	wire    *wire
	server  accounts.Server
	options Options

	step accounts.Step
	caps goimap.CapSet
	tags int
}

// maxUntagged bounds what a server may say before it answers.
const maxUntagged = 1000

func (d *dialogue) signIn(password string) error {
	d.step = accounts.StepGreet
	preauth, err := d.greet()
	if err != nil {
		return err
	}
	if d.server.Security == accounts.STARTTLS {
		if err := d.startTLS(preauth); err != nil {
			return err
		}
	}
	if err := d.askCaps(false); err != nil {
		return err
	}
	d.step = accounts.StepSignIn
	if !preauth {
		if err := d.authenticate(password); err != nil {
			return err
		}
	}
	if err := d.askCaps(false); err != nil {
		return err
	}
	if d.caps.Has(goimap.CapID) && d.options.Client != "" {
		return d.identify()
	}
	return nil
}

// identify sends ID before anything is selected: some servers (163.com) refuse
// to open a mailbox without. What they think of it is their business.
func (d *dialogue) identify() error {
	_, err := d.command(identity(d.options.Client))
	if refused(err) {
		return nil
	}
	return err
}

func (d *dialogue) greet() (preauth bool, err error) {
	line, err := d.readLine()
	if err != nil {
		return false, d.lost(err)
	}
	rest, ok := strings.CutPrefix(string(line), "* ")
	if !ok {
		return false, accounts.Fail(d.server, d.step, accounts.CauseProtocol, printable(line), errGibberish)
	}
	st := parseStatus([]byte(rest))
	d.learn(st)
	switch st.kind {
	case goimap.StatusResponseTypeOK:
		return false, nil
	case goimap.StatusResponseTypePreAuth:
		return true, nil
	case goimap.StatusResponseTypeBye:
		cause := accounts.CauseTemporary
		if byeCause(st.text) == accounts.CauseBusy {
			cause = accounts.CauseBusy
		}
		return false, accounts.Fail(d.server, d.step, cause, st.text, errors.New("the server turned the connection away"))
	}
	return false, accounts.Fail(d.server, d.step, accounts.CauseProtocol, printable(line), errGibberish)
}

// startTLS upgrades the connection. A server that says one is signed in
// already leaves no way to do that (RFC 9051 section 7.1.4).
func (d *dialogue) startTLS(preauth bool) error {
	d.step = accounts.StepEncrypt
	if preauth {
		return accounts.Fail(d.server, d.step, accounts.CauseNoSTARTTLS, "", errors.New("the server took the connection as signed in before it was encrypted"))
	}
	if err := d.askCaps(false); err != nil {
		return err
	}
	if !d.caps.Has(goimap.CapStartTLS) {
		return accounts.Fail(d.server, d.step, accounts.CauseNoSTARTTLS, "", errors.New("STARTTLS is not among the capabilities"))
	}
	if _, err := d.command("STARTTLS"); err != nil {
		if refused(err) {
			return accounts.Fail(d.server, d.step, accounts.CauseNoSTARTTLS, refusalWords(err), err)
		}
		return err
	}
	if d.wire.br.Buffered() > 0 {
		// Somebody on the way put words into the mouth of the encrypted server.
		return accounts.Fail(d.server, d.step, accounts.CauseProtocol, "", errors.New("the server sent more after its answer to STARTTLS"))
	}
	conn, err := d.options.Dialer.Encrypt(d.ctx, d.wire.conn, d.server)
	if err != nil {
		return err
	}
	d.wire.use(conn)
	// What was said before encryption does not count.
	d.caps = nil
	return nil
}

// askCaps asks for the capabilities unless they are known.
func (d *dialogue) askCaps(again bool) error {
	if d.caps != nil && !again {
		return nil
	}
	if _, err := d.command("CAPABILITY"); err != nil {
		return err
	}
	if d.caps == nil {
		return accounts.Fail(d.server, d.step, accounts.CauseProtocol, "", errors.New("the server does not tell its capabilities"))
	}
	return nil
}

// learn keeps the capabilities that a response code tells.
func (d *dialogue) learn(st statusLine) {
	if st.code == "CAPABILITY" {
		d.setCaps(st.arg)
	}
}

func (d *dialogue) setCaps(list string) {
	d.caps = goimap.CapSet{}
	for name := range strings.FieldsSeq(list) {
		name = strings.ToUpper(name)
		switch name {
		case "IMAP4REV1":
			name = string(goimap.CapIMAP4rev1)
		case "IMAP4REV2":
			name = string(goimap.CapIMAP4rev2)
		}
		d.caps[goimap.Cap(name)] = struct{}{}
	}
}

// command sends a line and waits for its end. A refusal is a *goimap.Error.
func (d *dialogue) command(line string) (statusLine, error) {
	tag, err := d.send(line, line)
	if err != nil {
		return statusLine{}, err
	}
	_, st, err := d.answer(tag)
	if err != nil {
		return st, err
	}
	return st, st.err()
}

// send writes a command under a new tag; shown stands for it in the transcript.
func (d *dialogue) send(line, shown string) (tag string, err error) {
	d.tags++
	tag = "S" + strconv.Itoa(d.tags)
	return tag, d.write(tag+" "+line, tag+" "+shown)
}

func (d *dialogue) write(line, shown string) error {
	d.wire.trace.line("C: ", []byte(shown))
	if err := d.wire.send([]byte(line + "\r\n")); err != nil {
		return d.lost(err)
	}
	return nil
}

// answer reads until the tagged response, or until the server asks for more:
// then more is its text and st.kind is empty.
func (d *dialogue) answer(tag string) (more string, st statusLine, err error) {
	for range maxUntagged {
		line, err := d.readLine()
		if err != nil {
			return "", st, d.lost(err)
		}
		text := string(line)
		if rest, ok := strings.CutPrefix(text, tag+" "); ok {
			st = parseStatus([]byte(rest))
			d.learn(st)
			return "", st, nil
		}
		if rest, ok := strings.CutPrefix(text, "+"); ok {
			return strings.TrimSpace(rest), statusLine{}, nil
		}
		rest, ok := strings.CutPrefix(text, "* ")
		if !ok {
			return "", st, accounts.Fail(d.server, d.step, accounts.CauseProtocol, printable(line), errGibberish)
		}
		if err := d.untagged(rest, line); err != nil {
			return "", st, err
		}
	}
	return "", st, accounts.Fail(d.server, d.step, accounts.CauseProtocol, "", errors.New("the server talks without end"))
}

func (d *dialogue) untagged(rest string, line []byte) error {
	kind, args, _ := strings.Cut(rest, " ")
	switch strings.ToUpper(kind) {
	case "CAPABILITY":
		d.setCaps(args)
	case "OK", "NO", "BAD":
		d.learn(parseStatus([]byte(rest)))
	case "BYE":
		d.wire.statusNote(parseStatus([]byte(rest)))
	default:
		return d.wire.skipLine(line)
	}
	return nil
}

func (d *dialogue) readLine() ([]byte, error) {
	line, err := d.wire.readLine(nil)
	if err == nil {
		d.wire.trace.line("S: ", line)
	}
	return line, err
}

// lost tells why the connection ended, with the server's last words.
func (d *dialogue) lost(err error) error {
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	bye, cut := d.wire.failure()
	if cut != nil {
		err = cut
	}
	cause := accounts.Cause("")
	if bye != "" {
		cause = byeCause(bye)
	}
	if errors.Is(err, errTooLong) {
		cause = accounts.CauseProtocol
	}
	return accounts.Fail(d.server, d.step, cause, bye, fmt.Errorf("the connection ended: %w", unexpected(err)))
}

func refusalWords(err error) string {
	var e *goimap.Error
	if errors.As(err, &e) {
		return words(e)
	}
	return ""
}

// printable is the start of a line that makes no sense, to be shown.
func printable(line []byte) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return '.'
		}
		return r
	}, strings.ToValidUTF8(string(line[:min(len(line), 120)]), "?"))
}
