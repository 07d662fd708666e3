package accounts_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"peyk/accounts"
)

var causes = []accounts.Cause{
	accounts.CauseUnknownHost, accounts.CauseRefused, accounts.CauseTimeout, accounts.CauseUnreachable,
	accounts.CauseClosed, accounts.CauseNoSTARTTLS, accounts.CauseNotTLS, accounts.CauseCertExpired,
	accounts.CauseCertUntrusted, accounts.CauseCertWrongHost, accounts.CauseCertChanged, accounts.CausePassword,
	accounts.CauseNoPassword, accounts.CauseMechanism, accounts.CauseBusy, accounts.CauseRejected,
	accounts.CauseTemporary, accounts.CauseDiskFull, accounts.CauseProtocol, accounts.CauseOutcomeUnknown,
	accounts.CauseMessageTooLarge,
}

var steps = []accounts.Step{
	accounts.StepLookUp, accounts.StepConnect, accounts.StepEncrypt, accounts.StepGreet, accounts.StepSignIn,
	accounts.StepList, accounts.StepReceive, accounts.StepChange, accounts.StepSend, accounts.StepSave,
}

var server = accounts.Server{Host: "mail.example.org", Port: 993}

func TestEveryCauseIsTold(t *testing.T) {
	// In these a person can do nothing but read what the server said.
	withoutAdvice := map[accounts.Cause]bool{accounts.CauseRejected: true, accounts.CauseProtocol: true}
	bare := (&accounts.Failure{Step: accounts.StepConnect, Cause: accounts.CauseOther}).Error()
	seen := map[string]accounts.Cause{}
	for _, c := range causes {
		f := &accounts.Failure{Step: accounts.StepConnect, Cause: c}
		text := f.Error()
		if len(text) <= len(bare) {
			t.Errorf("cause %q has no name: %s", c, text)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q read the same", c, other)
		}
		seen[text] = c
		if (f.Advice() == "") != withoutAdvice[c] {
			t.Errorf("cause %q advises %q", c, f.Advice())
		}
		if a := f.Advice(); a != "" && !strings.HasSuffix(a, ".") {
			t.Errorf("advice %q is no sentence", a)
		}
	}
}

func TestEveryStepIsTold(t *testing.T) {
	for _, s := range steps {
		text := (&accounts.Failure{Step: s, Cause: accounts.CauseTimeout}).Error()
		if strings.HasPrefix(text, " ") {
			t.Errorf("step %q has no name: %s", s, text)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, c := range []struct {
		name string
		f    accounts.Failure
		want string
	}{
		{
			"the server's words",
			accounts.Failure{
				Server: "mail.example.org:587", Step: accounts.StepSignIn, Cause: accounts.CausePassword,
				Words: "5.7.8 bad credentials", Err: errors.New("535 5.7.8 bad credentials"),
			},
			`Signing in failed at mail.example.org:587: the user name or password was not accepted. The server said: "5.7.8 bad credentials". Type the password again; some providers want an app password made on their web page.`,
		},
		{
			"an error of this machine",
			accounts.Failure{Step: accounts.StepSave, Cause: accounts.CauseOther, Err: errors.New("broken")},
			"Saving failed (broken).",
		},
		{"nothing known", accounts.Failure{Step: accounts.StepSend}, "Sending failed."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.f.Error(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCauseOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want accounts.Cause
	}{
		{nil, accounts.CauseOther},
		{errors.New("odd"), accounts.CauseOther},
		{&net.DNSError{IsNotFound: true}, accounts.CauseUnknownHost},
		{&net.DNSError{IsTimeout: true}, accounts.CauseUnreachable},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, accounts.CauseRefused},
		{syscall.ENETUNREACH, accounts.CauseUnreachable},
		{syscall.EHOSTUNREACH, accounts.CauseUnreachable},
		{syscall.ENOSPC, accounts.CauseDiskFull},
		{syscall.EDQUOT, accounts.CauseDiskFull},
		{&os.PathError{Op: "write", Err: syscall.ENOSPC}, accounts.CauseDiskFull},
		{os.ErrDeadlineExceeded, accounts.CauseTimeout},
		{context.DeadlineExceeded, accounts.CauseTimeout},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}, accounts.CauseTimeout},
		{io.EOF, accounts.CauseClosed},
		{io.ErrUnexpectedEOF, accounts.CauseClosed},
		{net.ErrClosed, accounts.CauseClosed},
		{syscall.ECONNRESET, accounts.CauseClosed},
		{syscall.EPIPE, accounts.CauseClosed},
		{x509.CertificateInvalidError{Reason: x509.Expired}, accounts.CauseCertExpired},
		{x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}, accounts.CauseCertUntrusted},
		{x509.UnknownAuthorityError{}, accounts.CauseCertUntrusted},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a"}, accounts.CauseCertWrongHost},
		{tls.RecordHeaderError{Msg: "first record"}, accounts.CauseNotTLS},
		{&accounts.Failure{Cause: accounts.CauseBusy}, accounts.CauseBusy},
	} {
		if got := accounts.CauseOf(c.err); got != c.want {
			t.Errorf("CauseOf(%v) = %q, want %q", c.err, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := accounts.CauseOf(fmt.Errorf("reading: %w", c.err)); got != c.want {
			t.Errorf("CauseOf(wrapped %v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func TestFail(t *testing.T) {
	inner := &accounts.Failure{Server: "a:1", Step: accounts.StepSignIn, Cause: accounts.CausePassword}
	for _, c := range []struct {
		name string
		err  error
		want func(error) bool
	}{
		{"nothing", accounts.Fail(server, accounts.StepSend, "", "", nil), func(err error) bool { return err == nil }},
		{
			"the cause is found", accounts.Fail(server, accounts.StepSend, "", "", io.EOF),
			func(err error) bool {
				f := (*accounts.Failure)(nil)
				return errors.As(err, &f) && f.Cause == accounts.CauseClosed && f.Server == "mail.example.org:993" && errors.Is(err, io.EOF)
			},
		},
		{
			"a given cause stays", accounts.Fail(server, accounts.StepSend, accounts.CauseRejected, "no", io.EOF),
			func(err error) bool {
				return accounts.CauseOf(err) == accounts.CauseRejected && strings.Contains(err.Error(), `"no"`)
			},
		},
		{
			"the innermost knows most", accounts.Fail(server, accounts.StepSend, accounts.CauseOther, "", fmt.Errorf("sending: %w", inner)),
			func(err error) bool {
				f := (*accounts.Failure)(nil)
				return errors.As(err, &f) && f == inner
			},
		},
		{
			"cancelling is no failure", accounts.Fail(server, accounts.StepSend, "", "", context.Canceled),
			func(err error) bool {
				return errors.Is(err, context.Canceled) && !errors.As(err, new(*accounts.Failure))
			},
		},
		{
			"a cause without an error", accounts.Fail(server, accounts.StepSignIn, accounts.CauseNoPassword, "", nil),
			func(err error) bool { return accounts.CauseOf(err) == accounts.CauseNoPassword },
		},
	} {
		if !c.want(c.err) {
			t.Errorf("%s: got %#v", c.name, c.err)
		}
	}
}
