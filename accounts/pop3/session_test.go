package pop3

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peyk/accounts"
	"peyk/accounts/pop3/popserver"
)

// mailbox is a popserver's backend with sara's messages.
func mailbox(raws ...[]byte) *popserver.Memory {
	m := &popserver.Memory{}
	m.AddUser("sara", "open sesame")
	for _, raw := range raws {
		m.Deliver("sara", raw)
	}
	return m
}

func mustDial(t *testing.T, server accounts.Server, o Options) *Session {
	t.Helper()
	s, err := Dial(t.Context(), server, "open sesame", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// retrieveAll fetches everything that is listed.
func retrieveAll(t *testing.T, s *Session) [][]byte {
	t.Helper()
	listed, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var (
		numbers []int
		raws    [][]byte
	)
	for _, l := range listed {
		numbers = append(numbers, l.Number)
	}
	err = s.Retrieve(t.Context(), numbers, func(r Retrieved) error {
		if r.Number != numbers[r.Index] || r.Index != len(raws) {
			t.Errorf("%d, %d out of order", r.Index, r.Number)
		}
		raws = append(raws, r.Raw)
		return r.Err
	})
	if err != nil {
		t.Fatal(err)
	}
	return raws
}

func hardMessages() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = "\r\n.ab\xff\x00"[random.IntN(7)]
	}
	raws := [][]byte{
		{},
		[]byte("\r\n"),
		[]byte("."),
		[]byte(".\r\n..\r\n...\r\n"),
		[]byte("Subject: a\r\n\r\n.b\r\n.\r\nnot the end\r\n"),
		[]byte("no line end"),
		[]byte("lone\nLF\n.\nand\rCR\r.\r\r\n"),
		[]byte("Subject: \xe3\xe4\xc7\xed\xd4\r\n\r\n\x80\xff\x00\r\n"),
		bytes.Repeat([]byte("x"), 100_000),
		slices.Concat([]byte("a\r\n."), bytes.Repeat([]byte("."), 1_000_000), []byte("\r\n")),
		bytes.Repeat([]byte("\r\n"), 100_000),
		bytes.Repeat([]byte("."), bufferSize),
		noise,
		bytes.Repeat([]byte("A line of seventy-two octets, more or less, in a message of 20 MB. .\r\n"), 300_000),
	}
	// Line ends and dots around the end of the reader's buffer.
	for n := bufferSize - 8; n < bufferSize+8; n++ {
		raws = append(raws, append(bytes.Repeat([]byte("y"), n), "\r\n.\r\nz\r\n"...))
	}
	files, err := filepath.Glob(filepath.Join(os.Getenv("PEYK_CORPUS"), "messages", "*", "*.eml"))
	if err != nil || os.Getenv("PEYK_CORPUS") == "" {
		return raws
	}
	for _, f := range files[:min(len(files), 300)] {
		if raw, err := os.ReadFile(f); err == nil {
			raws = append(raws, raw)
		}
	}
	return raws
}

func TestRetrieveIsExact(t *testing.T) {
	config, pin := certificate(t)
	raws := hardMessages()
	for _, security := range []accounts.Security{accounts.Plain, accounts.STARTTLS, accounts.TLS} {
		for _, alone := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s alone=%v", security, alone), func(t *testing.T) {
				l := listen(t)
				server := at(l)
				server.Security, server.PinnedSHA256 = security, pin
				if security == accounts.TLS {
					l = tls.NewListener(l, config)
				}
				serveOn(t, l, server, mailbox(raws...), popserver.Options{TLS: config, NoPipelining: alone})
				s := mustDial(t, server, Options{})
				got := retrieveAll(t, s)
				if len(got) != len(raws) {
					t.Fatalf("%d of %d messages", len(got), len(raws))
				}
				for i, raw := range raws {
					if len(raw) > 0 && !bytes.HasSuffix(raw, []byte("\r\n")) {
						raw = append(bytes.Clone(raw), "\r\n"...)
					}
					if !bytes.Equal(got[i], raw) {
						t.Errorf("message %d of %d octets came back changed, %d octets", i, len(raw), len(got[i]))
					}
				}
				if err := s.Noop(t.Context()); err != nil {
					t.Errorf("out of step: %v", err)
				}
				if err := s.Quit(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestTop(t *testing.T) {
	s := mustDial(t, serve(t, mailbox([]byte("Subject: a\r\n\r\n.1\r\n2\r\n3\r\n")), popserver.Options{}), Options{})
	for lines, want := range map[int]string{
		-1: "Subject: a\r\n\r\n",
		0:  "Subject: a\r\n\r\n",
		1:  "Subject: a\r\n\r\n.1\r\n",
		99: "Subject: a\r\n\r\n.1\r\n2\r\n3\r\n",
	} {
		got, err := s.Top(t.Context(), 1, lines)
		if err != nil || string(got) != want {
			t.Errorf("%d lines: %q, %v", lines, got, err)
		}
	}
	_, err := s.Top(t.Context(), 2, 0)
	wantFailure(t, err, accounts.StepReceive, accounts.CauseRejected)
	if err := s.Noop(t.Context()); err != nil {
		t.Errorf("a refusal ended the session: %v", err)
	}
}

func TestDeletionsCountOnQuitAlone(t *testing.T) {
	memory := mailbox([]byte("1\r\n"), []byte("2\r\n"), []byte("3\r\n"))
	server := serve(t, memory, popserver.Options{})
	ctx := t.Context()

	s := dialUntilFree(t, server)
	if deleted, err := s.Delete(ctx, []int{1, 2}); err != nil || len(deleted) != 2 {
		t.Fatal(deleted, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(memory.Messages("sara")); n != 3 {
		t.Fatalf("%d messages after Close", n)
	}

	s = dialUntilFree(t, server)
	deleted, err := s.Delete(ctx, []int{1, 9, 2})
	if !slices.Equal(deleted, []int{1, 2}) {
		t.Errorf("deleted %v", deleted)
	}
	wantFailure(t, err, accounts.StepChange, accounts.CauseRejected)
	if err := s.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Delete(ctx, []int{3}); err != nil {
		t.Fatal(err)
	}
	if err := s.Quit(ctx); err != nil {
		t.Fatal(err)
	}
	if left := memory.Messages("sara"); len(left) != 2 || string(left[1]) != "2\r\n" {
		t.Errorf("left: %q", left)
	}
	if err := s.Quit(ctx); !errors.Is(err, errOver) {
		t.Errorf("QUIT again: %v", err)
	}
	if _, err := s.List(ctx); !errors.Is(err, errOver) {
		t.Errorf("LIST after QUIT: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close after QUIT: %v", err)
	}
}

// dialUntilFree waits for a session that was dropped to free the mailbox.
func dialUntilFree(t *testing.T, server accounts.Server) *Session {
	t.Helper()
	for {
		s, err := Dial(t.Context(), server, "open sesame", Options{})
		if f := (*accounts.Failure)(nil); errors.As(err, &f) && f.Cause == accounts.CauseBusy {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestInUse(t *testing.T) {
	server := serve(t, mailbox(), popserver.Options{})
	mustDial(t, server, Options{})
	_, err := Dial(t.Context(), server, "open sesame", Options{})
	wantFailure(t, err, accounts.StepSignIn, accounts.CauseBusy)
}

func TestRetrieveStoppedByTheReceiver(t *testing.T) {
	raws := make([][]byte, 500)
	for i := range raws {
		raws[i] = bytes.Repeat([]byte("x"), 30_000)
	}
	s := mustDial(t, serve(t, mailbox(raws...), popserver.Options{}), Options{})
	listed, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]int, len(listed))
	for i, l := range listed {
		numbers[i] = l.Number
	}
	enough, calls := errors.New("enough"), 0
	err = s.Retrieve(t.Context(), numbers, func(Retrieved) error {
		if calls++; calls == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || calls != 3 {
		t.Errorf("after %d calls: %v", calls, err)
	}
	if got, err := s.Top(t.Context(), 500, 0); err != nil || len(got) != 30_002 {
		t.Errorf("out of step: %d octets, %v", len(got), err)
	}
}

func TestRetrieveTooLarge(t *testing.T) {
	server := serve(t, mailbox([]byte("a\r\n"), bytes.Repeat([]byte("x"), 5000), []byte("b\r\n")), popserver.Options{})
	for name, list := range map[string]bool{"as LIST tells": true, "as it turns out": false} {
		t.Run(name, func(t *testing.T) {
			s := dialUntilFree(t, server)
			defer s.Close()
			s.keep, s.drain = 1000, 10_000
			if list {
				if _, err := s.List(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			got := map[int]string{}
			err := s.Retrieve(t.Context(), []int{1, 2, 3}, func(r Retrieved) error {
				if got[r.Index] = string(r.Raw); r.Err != nil {
					wantFailure(t, r.Err, accounts.StepReceive, accounts.CauseOther)
					got[r.Index] = fmt.Sprint(errors.Is(r.Err, ErrTooLarge))
				}
				return nil
			})
			if err != nil || len(got) != 3 || got[0] != "a\r\n" || got[1] != "true" || got[2] != "b\r\n" {
				t.Errorf("%v, %v", got, err)
			}
			s.drain = 2000
			s.sizes = nil
			err = s.Retrieve(t.Context(), []int{2}, func(Retrieved) error { return nil })
			wantFailure(t, err, accounts.StepReceive, accounts.CauseProtocol)
		})
	}
}

func TestSigningIn(t *testing.T) {
	server := serve(t, mailbox(), popserver.Options{})
	for _, auth := range []string{"", "PLAIN", "apop", "USER", "login"} {
		t.Run("with "+auth, func(t *testing.T) {
			var trace strings.Builder
			server.Auth = auth
			s := mustDial(t, server, Options{Trace: &trace})
			if !s.Capabilities().Has("UIDL") {
				t.Error(s.Capabilities())
			}
			if err := s.Quit(t.Context()); err != nil {
				t.Error(err)
			}
			if text := trace.String(); strings.Contains(text, "sesame") || !strings.Contains(text, "***") || !strings.Contains(text, "C: QUIT\nS: +OK") {
				t.Errorf("the trace:\n%s", text)
			}
			_, err := Dial(t.Context(), server, "wrong", Options{})
			f := wantFailure(t, err, accounts.StepSignIn, accounts.CausePassword)
			if f.Words != "authentication failed" {
				t.Errorf("words %q", f.Words)
			}
		})
	}
	server.Auth = "XOAUTH2"
	_, err := Dial(t.Context(), server, "open sesame", Options{})
	wantFailure(t, err, accounts.StepSignIn, accounts.CauseMechanism)

	server.Auth = "NONE"
	s := mustDial(t, server, Options{})
	_, err = s.List(t.Context())
	wantFailure(t, err, accounts.StepList, accounts.CauseRejected)
}

func TestNothingSlipsIntoACommand(t *testing.T) {
	server := serve(t, mailbox(), popserver.Options{})
	for _, password := range []string{"x\r\nQUIT", "x\ny", "x\x00y"} {
		server.Auth = "USER"
		_, err := Dial(t.Context(), server, password, Options{})
		wantFailure(t, err, accounts.StepSignIn, accounts.CauseOther)
	}
	server.Auth = "PLAIN"
	_, err := Dial(t.Context(), server, "x\x00y", Options{})
	wantFailure(t, err, accounts.StepSignIn, accounts.CauseOther)
}

func TestCertificates(t *testing.T) {
	config, pin := certificate(t)
	for _, security := range []accounts.Security{accounts.STARTTLS, accounts.TLS} {
		l := listen(t)
		server := at(l)
		server.Security = security
		if security == accounts.TLS {
			l = tls.NewListener(l, config)
		}
		serveOn(t, l, server, mailbox(), popserver.Options{TLS: config})
		_, err := Dial(t.Context(), server, "open sesame", Options{})
		wantFailure(t, err, accounts.StepEncrypt, accounts.CauseCertUntrusted)
		server.PinnedSHA256 = strings.Repeat("0", len(pin))
		_, err = Dial(t.Context(), server, "open sesame", Options{})
		wantFailure(t, err, accounts.StepEncrypt, accounts.CauseCertChanged)
	}
}

func TestNobodyListens(t *testing.T) {
	l := listen(t)
	server := at(l)
	l.Close()
	_, err := Dial(t.Context(), server, "x", Options{})
	wantFailure(t, err, accounts.StepConnect, accounts.CauseRefused)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, server, "x", Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func wantFailure(t *testing.T, err error, step accounts.Step, cause accounts.Cause) *accounts.Failure {
	t.Helper()
	f := (*accounts.Failure)(nil)
	if !errors.As(err, &f) {
		t.Fatalf("%v is no Failure", err)
	}
	if f.Step != step || f.Cause != cause {
		t.Errorf("failed to %s by %s, not to %s by %s: %v", f.Step, f.Cause, step, cause, err)
	}
	return f
}
