package accounts

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Step is the part of a conversation with a server that was under way.
type Step string

const (
	StepLookUp  Step = "look up"
	StepConnect Step = "connect"
	StepEncrypt Step = "encrypt"
	StepGreet   Step = "greet"
	StepSignIn  Step = "sign in"
	StepList    Step = "list"
	StepReceive Step = "receive"
	StepChange  Step = "change"
	StepSend    Step = "send"
	StepSave    Step = "save"
)

// Cause is the kind of a failure, as far as it decides what a person can do.
type Cause string

const (
	CauseOther           Cause = "other"
	CauseUnknownHost     Cause = "unknown host"
	CauseRefused         Cause = "refused"
	CauseTimeout         Cause = "timeout"
	CauseUnreachable     Cause = "unreachable"
	CauseClosed          Cause = "closed"
	CauseNoSTARTTLS      Cause = "no starttls"
	CauseNotTLS          Cause = "not tls"
	CauseCertExpired     Cause = "certificate expired"
	CauseCertUntrusted   Cause = "certificate untrusted"
	CauseCertWrongHost   Cause = "certificate wrong host"
	CauseCertChanged     Cause = "certificate changed"
	CausePassword        Cause = "password"
	CauseNoPassword      Cause = "no password"
	CauseMechanism       Cause = "mechanism"
	CauseBusy            Cause = "busy"
	CauseRejected        Cause = "rejected"
	CauseTemporary       Cause = "temporary"
	CauseDiskFull        Cause = "disk full"
	CauseProtocol        Cause = "protocol"
	CauseOutcomeUnknown  Cause = "outcome unknown"
	CauseMessageTooLarge Cause = "message too large"
)

// Failure is an error that a person can act on: which server, which step,
// what the server itself said and what helps.
type Failure struct {
	// Server is host:port, empty for a failure on this machine.
	Server string
	Step   Step
	Cause  Cause
	// Words are the server's own, without its status code where that adds
	// nothing.
	Words string
	Err   error
}

// Fail wraps err as a Failure, finding its cause where cause is empty. A
// Failure already inside err is returned as it is: the innermost one knows
// most. Cancellation passes through unchanged.
func Fail(s Server, step Step, cause Cause, words string, err error) error {
	if err == nil && cause == "" {
		return nil
	}
	if f := (*Failure)(nil); errors.As(err, &f) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if cause == "" {
		cause = CauseOf(err)
	}
	return &Failure{Server: s.Address(), Step: step, Cause: cause, Words: words, Err: err}
}

// CauseOf classifies errors of the network, TLS and the disk.
func CauseOf(err error) Cause {
	var (
		dns      *net.DNSError
		invalid  x509.CertificateInvalidError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		record   tls.RecordHeaderError
		netErr   net.Error
		failure  *Failure
	)
	switch {
	case err == nil:
		return CauseOther
	case errors.As(err, &failure):
		return failure.Cause
	case errors.As(err, &invalid):
		if invalid.Reason == x509.Expired {
			return CauseCertExpired
		}
		return CauseCertUntrusted
	case errors.As(err, &unknown):
		return CauseCertUntrusted
	case errors.As(err, &hostname):
		return CauseCertWrongHost
	case errors.As(err, &record):
		return CauseNotTLS
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return CauseUnknownHost
		}
		return CauseUnreachable
	case errors.Is(err, syscall.ECONNREFUSED):
		return CauseRefused
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return CauseDiskFull
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return CauseTimeout
	case errors.As(err, &netErr) && netErr.Timeout():
		return CauseTimeout
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return CauseUnreachable
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return CauseClosed
	}
	return CauseOther
}

// Error is a whole sentence or two in English: what failed where, the
// server's words, and what to do.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s failed", stepNames[f.Step])
	if f.Server != "" {
		fmt.Fprintf(&b, " at %s", f.Server)
	}
	if why := causeNames[f.Cause]; why != "" {
		fmt.Fprintf(&b, ": %s", why)
	}
	switch {
	case f.Words != "":
		fmt.Fprintf(&b, ". The server said: %q", strings.TrimRight(f.Words, "."))
	case f.Err != nil:
		fmt.Fprintf(&b, " (%v)", f.Err)
	}
	b.WriteString(".")
	if advice := f.Advice(); advice != "" {
		b.WriteString(" ")
		b.WriteString(advice)
	}
	return b.String()
}

func (f *Failure) Unwrap() error { return f.Err }

// Advice is what the person can do about it, a sentence in English.
func (f *Failure) Advice() string { return causeAdvice[f.Cause] }

var stepNames = map[Step]string{
	StepLookUp: "Finding the server", StepConnect: "Connecting", StepEncrypt: "Encrypting the connection",
	StepGreet: "Starting the conversation", StepSignIn: "Signing in", StepList: "Listing the mail",
	StepReceive: "Receiving mail", StepChange: "Changing the mail", StepSend: "Sending", StepSave: "Saving",
}

var causeNames = map[Cause]string{
	CauseUnknownHost:     "there is no server of that name",
	CauseRefused:         "nothing answers on that port",
	CauseTimeout:         "the server did not answer in time",
	CauseUnreachable:     "the network does not reach it",
	CauseClosed:          "the server closed the connection",
	CauseNoSTARTTLS:      "the server does not offer STARTTLS",
	CauseNotTLS:          "the server does not speak TLS on this port",
	CauseCertExpired:     "its certificate has expired or is not valid yet",
	CauseCertUntrusted:   "no authority known here vouches for its certificate",
	CauseCertWrongHost:   "its certificate belongs to another name",
	CauseCertChanged:     "its certificate is not the one you trusted",
	CausePassword:        "the user name or password was not accepted",
	CauseNoPassword:      "no password is stored for it",
	CauseMechanism:       "it offers no way of signing in that both sides know",
	CauseBusy:            "the mailbox is in use or the server is busy",
	CauseRejected:        "the server refused",
	CauseTemporary:       "the server refused for now",
	CauseDiskFull:        "the disk is full",
	CauseProtocol:        "the server's answer makes no sense",
	CauseOutcomeUnknown:  "the connection broke before the server confirmed",
	CauseMessageTooLarge: "the message is larger than the server accepts",
}

var causeAdvice = map[Cause]string{
	CauseUnknownHost:     "Check the server's name in the account settings, and that you are online.",
	CauseRefused:         "Check the port in the account settings; the server may be down.",
	CauseTimeout:         "Check that you are online and that the port is right; it will be tried again.",
	CauseUnreachable:     "Check that you are online; it will be tried again.",
	CauseClosed:          "It will be tried again; nothing is lost.",
	CauseNoSTARTTLS:      "Choose TLS, or no encryption if you accept that the password can be read on the way.",
	CauseNotTLS:          "Choose STARTTLS or another port in the account settings.",
	CauseCertExpired:     "Tell the server's operator; check this computer's date.",
	CauseCertUntrusted:   "If the server is your own, trust its certificate in the account settings.",
	CauseCertWrongHost:   "Check the server's name in the account settings.",
	CauseCertChanged:     "Somebody may be in between. Ask the server's operator before you trust the new one.",
	CausePassword:        "Type the password again; some providers want an app password made on their web page.",
	CauseNoPassword:      "Type the password in the account settings.",
	CauseMechanism:       "Choose another way of signing in, or encryption, in the account settings.",
	CauseBusy:            "Another program may be reading the mailbox; it will be tried again.",
	CauseTemporary:       "It will be tried again.",
	CauseDiskFull:        "Free some space; nothing that was received is lost.",
	CauseOutcomeUnknown:  "Look in Sent before you send it again.",
	CauseMessageTooLarge: "Make the attachments smaller.",
}

func joinHostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
