package pop3

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
)

const (
	pipelining = `
		S: +OK hello
		C: CAPA
		S: +OK
		S: UIDL
		S: PIPELINING
		S: .
		C: USER sara
		S: +OK
		C: PASS open sesame
		S: +OK
	`
	ancient = `
		S: +OK hello
		C: CAPA
		S: -ERR what?
		C: USER sara
		S: +OK
		C: PASS open sesame
		S: +OK
	`
)

// everything goes through a whole session and returns its first error.
func everything(ctx context.Context, server accounts.Server, o Options) error {
	s, err := Dial(ctx, server, "open sesame", o)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.List(ctx); err != nil {
		return err
	}
	if err := s.Retrieve(ctx, []int{1, 2}, func(r Retrieved) error { return r.Err }); err != nil {
		return err
	}
	if _, err := s.Top(ctx, 1, 2); err != nil {
		return err
	}
	if _, err := s.Delete(ctx, []int{1}); err != nil {
		return err
	}
	if err := s.Reset(ctx); err != nil {
		return err
	}
	return s.Quit(ctx)
}

// wholeSession is what everything says and hears after STLS, not pipelined;
// each line of the server names the step that fails without it.
var wholeSession = []struct {
	line string
	step accounts.Step
}{
	{"S: +OK hello", accounts.StepGreet},
	{"C: CAPA", ""},
	{"S: +OK", accounts.StepGreet},
	{"S: STLS", accounts.StepGreet},
	{"S: .", accounts.StepGreet},
	{"C: STLS", ""},
	{"S: +OK", accounts.StepEncrypt},
	{"TLS", accounts.StepEncrypt},
	{"C: CAPA", ""},
	{"S: -ERR none", accounts.StepSignIn},
	{"C: USER sara", ""},
	{"S: +OK", accounts.StepSignIn},
	{"C: PASS open sesame", ""},
	{"S: +OK", accounts.StepSignIn},
	{"C: UIDL", ""},
	{"S: +OK", accounts.StepList},
	{"S: 1 a", accounts.StepList},
	{"S: .", accounts.StepList},
	{"C: LIST", ""},
	{"S: +OK", accounts.StepList},
	{"S: .", accounts.StepList},
	{"C: RETR 1", ""},
	{"S: +OK", accounts.StepReceive},
	{"S: Subject: a", accounts.StepReceive},
	{"S: .", accounts.StepReceive},
	{"C: RETR 2", ""},
	{"S: +OK", accounts.StepReceive},
	{"S: .", accounts.StepReceive},
	{"C: TOP 1 2", ""},
	{"S: +OK", accounts.StepReceive},
	{"S: .", accounts.StepReceive},
	{"C: DELE 1", ""},
	{"S: +OK", accounts.StepChange},
	{"C: RSET", ""},
	{"S: +OK", accounts.StepChange},
	{"C: QUIT", ""},
	{"S: +OK", accounts.StepChange},
}

func scriptUntil(n int) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = wholeSession[i].line
	}
	return strings.Join(lines, "\n") + "\n"
}

func secured(server accounts.Server) accounts.Server {
	server.Security = accounts.STARTTLS
	return server
}

func TestWholeSession(t *testing.T) {
	if err := everything(t.Context(), secured(play(t, scriptUntil(len(wholeSession)))), Options{}); err != nil {
		t.Error(err)
	}
}

// faults are the places at which the server's next line stays away.
func faults(t *testing.T, test func(t *testing.T, script string, step accounts.Step)) {
	for i, at := range wholeSession {
		if at.step != "" {
			t.Run(fmt.Sprintf("%d before %s", i, at.line), func(t *testing.T) { test(t, scriptUntil(i), at.step) })
		}
	}
}

func TestCutAtEachAnswer(t *testing.T) {
	faults(t, func(t *testing.T, script string, step accounts.Step) {
		err := everything(t.Context(), secured(play(t, script)), Options{})
		wantFailure(t, err, step, accounts.CauseClosed)
	})
}

func TestCutInsideEachAnswer(t *testing.T) {
	faults(t, func(t *testing.T, script string, step accounts.Step) {
		err := everything(t.Context(), secured(play(t, script+`S~ "+O"`)), Options{})
		f := wantFailureStep(t, err, step)
		// Instead of a handshake it is plain text after STLS.
		odd := step == accounts.StepEncrypt && (f.Cause == accounts.CauseNotTLS || f.Cause == accounts.CauseProtocol)
		if f.Cause != accounts.CauseClosed && !odd {
			t.Errorf("%v", err)
		}
	})
}

func wantFailureStep(t *testing.T, err error, step accounts.Step) *accounts.Failure {
	t.Helper()
	f := (*accounts.Failure)(nil)
	if !errors.As(err, &f) || f.Step != step {
		t.Fatalf("did not fail to %s: %v", step, err)
	}
	return f
}

func TestCancelWhileTheServerHangs(t *testing.T) {
	faults(t, func(t *testing.T, script string, _ accounts.Step) {
		server, hung := playUntilHang(t, script+"hang\n")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			<-hung
			cancel()
		}()
		if err := everything(ctx, secured(server), Options{Timeout: time.Hour}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestTimeoutWhileTheServerHangs(t *testing.T) {
	for _, n := range []int{0, 2, 6, 15, 24, 32, 36} {
		server := secured(play(t, scriptUntil(n)+"hang\n"))
		err := everything(t.Context(), server, Options{Timeout: 30 * time.Millisecond})
		wantFailure(t, err, wholeSession[n].step, accounts.CauseTimeout)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	err := everything(ctx, secured(play(t, scriptUntil(15)+"hang\n")), Options{})
	wantFailure(t, err, accounts.StepList, accounts.CauseTimeout)
}

func TestAfterAnErrorTheSessionIsOver(t *testing.T) {
	server, hung := playUntilHang(t, ancient+"C: NOOP\nhang")
	s := mustDial(t, server, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-hung
		cancel()
	}()
	if err := s.Noop(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	err := s.Quit(t.Context())
	wantFailure(t, err, accounts.StepChange, accounts.CauseClosed)
	if errors.Is(err, context.Canceled) {
		t.Error("a later call looks cancelled too")
	}
}

func TestCloseWakesAReader(t *testing.T) {
	server, hung := playUntilHang(t, ancient+"C: NOOP\nhang")
	s := mustDial(t, server, Options{})
	go func() {
		<-hung
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	wantFailure(t, s.Noop(t.Context()), accounts.StepReceive, accounts.CauseClosed)
}

func TestDialFailures(t *testing.T) {
	tests := []struct {
		name, script string
		security     accounts.Security
		auth         string
		step         accounts.Step
		cause        accounts.Cause
		words        string
	}{
		{name: "greeting refuses", script: "S: -ERR [SYS/TEMP] full", step: accounts.StepGreet, cause: accounts.CauseTemporary, words: "full"},
		{name: "IMAP greets", script: "S: * OK IMAP4rev1", step: accounts.StepGreet, cause: accounts.CauseProtocol, words: "* OK IMAP4rev1"},
		{name: "SMTP greets", script: "S: 220 mx ESMTP", step: accounts.StepGreet, cause: accounts.CauseProtocol, words: "220 mx ESMTP"},
		{name: "TLS alert greets", script: `S~ "\x15\x03\x01\x00\x02\x02\n"`, step: accounts.StepGreet, cause: accounts.CauseProtocol, words: strings.Repeat(" ", 7)},
		{name: "empty line greets", script: "S: ", step: accounts.StepGreet, cause: accounts.CauseProtocol},
		{name: "endless greeting", script: "S: +OK " + strings.Repeat("x", maxStatusLine) + "\nhang", step: accounts.StepGreet, cause: accounts.CauseProtocol},
		{name: "not TLS", script: "S: +OK hello", security: accounts.TLS, step: accounts.StepEncrypt, cause: accounts.CauseNotTLS},
		{
			name: "STLS stripped", script: "S: +OK\nC: CAPA\nS: +OK\nS: UIDL\nS: .\n", security: accounts.STARTTLS,
			step: accounts.StepEncrypt, cause: accounts.CauseNoSTARTTLS,
		},
		{
			name: "STLS refused", script: "S: +OK\nC: CAPA\nS: -ERR\nC: STLS\nS: -ERR unknown", security: accounts.STARTTLS,
			step: accounts.StepEncrypt, cause: accounts.CauseNoSTARTTLS, words: "unknown",
		},
		{
			name: "STLS with an injected answer", script: "S: +OK\nC: CAPA\nS: -ERR\nC: STLS\n" + `S~ "+OK\r\n+OK injected\r\n"` + "\nhang",
			security: accounts.STARTTLS, step: accounts.StepEncrypt, cause: accounts.CauseProtocol,
		},
		{
			name: "wrong password", script: "S: +OK\nC: CAPA\nS: -ERR\nC: USER sara\nS: +OK\nC: PASS *\nS: -ERR no",
			step: accounts.StepSignIn, cause: accounts.CausePassword, words: "no",
		},
		{
			name: "the password in the answer", script: "S: +OK\nC: CAPA\nS: -ERR\nC: USER sara\nS: +OK\nC: PASS *\nS: -ERR not open sesame",
			step: accounts.StepSignIn, cause: accounts.CausePassword, words: "not ***",
		},
		{
			name: "mailbox in use", script: "S: +OK\nC: CAPA\nS: -ERR\nC: USER sara\nS: +OK\nC: PASS *\nS: -ERR [IN-USE] locked",
			step: accounts.StepSignIn, cause: accounts.CauseBusy, words: "locked",
		},
		{
			name: "challenge out of place", script: "S: +OK\nC: CAPA\nS: -ERR\nC: USER sara\nS: + go on",
			step: accounts.StepSignIn, cause: accounts.CauseProtocol, words: "+ go on",
		},
		{
			name: "challenge not base64", script: "S: +OK\nC: CAPA\nS: +OK\nS: SASL CRAM-MD5\nS: .\nC: AUTH CRAM-MD5\nS: + !\nC: *\nS: -ERR",
			step: accounts.StepSignIn, cause: accounts.CauseProtocol,
		},
		{
			name: "SCRAM believed unproven", script: "S: +OK\nC: CAPA\nS: +OK\nS: SASL SCRAM-SHA-256\nS: .\nC: AUTH *\nS: +OK come in",
			step: accounts.StepSignIn, cause: accounts.CauseProtocol,
		},
		{
			name: "forced mechanism not offered", script: "S: +OK\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .", auth: "CRAM-MD5",
			step: accounts.StepSignIn, cause: accounts.CauseMechanism,
		},
		{
			name: "forced APOP without a timestamp", script: "S: +OK <nothing>\nC: CAPA\nS: -ERR", auth: "APOP",
			step: accounts.StepSignIn, cause: accounts.CauseMechanism,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := play(t, tt.script)
			server.Auth = tt.auth
			if tt.security != "" {
				server.Security = tt.security
			}
			var trace strings.Builder
			_, err := Dial(t.Context(), server, "open sesame", Options{Trace: &trace})
			f := wantFailure(t, err, tt.step, tt.cause)
			if strings.TrimSpace(f.Words) != strings.TrimSpace(tt.words) && !strings.Contains(tt.name, "TLS alert") {
				t.Errorf("words %q", f.Words)
			}
			if strings.Contains(trace.String()+err.Error(), "sesame") {
				t.Errorf("the password shows:\n%s\n%v", trace.String(), err)
			}
		})
	}
}

func TestWaysOfSigningIn(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	const capa = "S: +OK <1@host> hi\nC: CAPA\nS: +OK\nS: PIPELINING\nS: SASL "
	long := strings.Repeat("x", 300)
	tests := []struct{ name, script, user, auth string }{
		{name: "CRAM-MD5 over PLAIN", script: capa + "LOGIN PLAIN CRAM-MD5\nS: .\nC: AUTH CRAM-MD5\nS: + " + b64("<x>") + "\nC: *\nS: +OK"},
		{name: "PLAIN over LOGIN", script: capa + "LOGIN PLAIN\nS: .\nC: AUTH PLAIN " + b64("\x00sara\x00open sesame") + "\nS: +OK"},
		{name: "LOGIN", script: capa + "LOGIN\nS: .\nC: AUTH LOGIN\nS: + " + b64("Name?") + "\nC: " + b64("sara") + "\nS: + " + b64("Password?") + "\nC: " + b64("open sesame") + "\nS: +OK"},
		{name: "APOP", script: capa + "X\nS: .\nC: APOP sara *\nS: +OK"},
		{name: "long PLAIN", user: long, auth: "PLAIN", script: capa + "PLAIN\nS: .\nC: AUTH PLAIN\nS: +\nC: " + b64("\x00"+long+"\x00open sesame") + "\nS: +OK"},
		{name: "PLAIN forced without SASL", auth: "PLAIN", script: capa + "\nS: .\nC: USER sara\nS: +OK\nC: PASS open sesame\nS: +OK"},
		{name: "APOP forced", auth: "APOP", script: capa + "PLAIN\nS: .\nC: APOP sara *\nS: +OK"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := play(t, tt.script)
			server.Auth = tt.auth
			if tt.user != "" {
				server.User = tt.user
			}
			mustDial(t, server, Options{})
		})
	}
}

// TestPlainAfterARefusedChallenge: only behind encryption, and only when the
// server does not blame the password.
func TestPlainAfterARefusedChallenge(t *testing.T) {
	begin := scriptUntil(8) + "C: CAPA\nS: +OK\nS: PIPELINING\nS: SASL CRAM-MD5 PLAIN\nS: .\nC: AUTH CRAM-MD5\nS: + PDE+\nC: *\n"
	mustDial(t, secured(play(t, begin+"S: -ERR no plain text password here\nC: AUTH PLAIN *\nS: +OK")), Options{})

	_, err := Dial(t.Context(), secured(play(t, begin+"S: -ERR [AUTH] wrong")), "x", Options{})
	wantFailure(t, err, accounts.StepSignIn, accounts.CausePassword)

	open := "S: +OK\nC: CAPA\nS: +OK\nS: SASL CRAM-MD5 PLAIN\nS: .\nC: AUTH CRAM-MD5\nS: + PDE+\nC: *\nS: -ERR no"
	_, err = Dial(t.Context(), play(t, open), "x", Options{})
	wantFailure(t, err, accounts.StepSignIn, accounts.CausePassword)
}

func TestList(t *testing.T) {
	tests := []struct {
		name, script string
		want         []Listed
		noUIDL       bool
		cause        accounts.Cause
	}{
		{
			name:   "pipelined",
			script: pipelining + "C: UIDL\nC: LIST\nS: +OK\nS: 1 a\nS: .\nS: +OK 7 messages\nS: 1 10\nS: .\n",
			want:   []Listed{{1, "a", 10}},
		},
		{
			name:   "one by one",
			script: ancient + "C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: LIST\nS: +OK\nS: 1 10\nS: .\n",
			want:   []Listed{{1, "a", 10}},
		},
		{
			name:   "a server that ends lines with LF",
			script: ancient + "C: UIDL\n" + `S~ "+OK\n1 a\n.\n"` + "\nC: LIST\n" + `S~ "+OK\n1 10\n.\n"`,
			want:   []Listed{{1, "a", 10}},
		},
		{name: "no UIDL", script: pipelining + "S: -ERR unknown command\nS: +OK\nS: 1 10\nS: .\n", noUIDL: true, cause: accounts.CauseRejected},
		{name: "no UIDL, no mail", script: pipelining + "S: -ERR unknown command\nS: +OK\nS: .\n"},
		{name: "no UIDL for now", script: pipelining + "S: -ERR [SYS/TEMP] later\nS: +OK\nS: 1 10\nS: .\n", cause: accounts.CauseTemporary},
		{name: "no mail, LIST refused", script: pipelining + "S: +OK\nS: .\nS: -ERR no messages\n"},
		{name: "LIST refused", script: pipelining + "S: +OK\nS: 1 a\nS: .\nS: -ERR no\n", cause: accounts.CauseRejected},
		{name: "nonsense", script: pipelining + "S: what\n", cause: accounts.CauseProtocol},
		{name: "an empty status line", script: pipelining + "S: \n", cause: accounts.CauseProtocol},
		{name: "rubbish", script: pipelining + "S: +OK\nS: a b\nS: .\nS: +OK\nS: c d\nS: .\n", cause: accounts.CauseProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustDial(t, play(t, tt.script), Options{})
			got, err := s.List(t.Context())
			if errors.Is(err, ErrNoUIDL) != tt.noUIDL {
				t.Errorf("%v", err)
			}
			if tt.cause != "" {
				wantFailure(t, err, accounts.StepList, tt.cause)
				return
			}
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestRetrieveFromBadServers(t *testing.T) {
	const listed = "C: UIDL\nC: LIST\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\nS: +OK\nS: 1 %d\nS: 2 %d\nS: 3 %d\nS: .\n"
	const asked = "C: RETR 1\nC: RETR 2\nC: RETR 3\n"
	tests := []struct {
		name, script string
		want         []string
		cause        accounts.Cause
	}{
		{
			name:   "one refused in the middle",
			script: fmt.Sprintf(listed, 3, 3, 3) + asked + "S: +OK\nS: 1\nS: .\nS: -ERR [SYS/TEMP] no such file\nS: +OK\nS: 3\nS: .\n",
			want:   []string{"1\r\n", "refused", "3\r\n"},
		},
		{
			name:   "sizes that lie",
			script: fmt.Sprintf(listed, 1, 3_000_000, 0) + asked + "S: +OK 999 octets\nS: 1111111111\nS: .\nS: +OK\nS: 2\nS: .\nS: +OK\nS: 3\nS: .\n",
			want:   []string{"1111111111\r\n", "2\r\n", "3\r\n"},
		},
		{
			name:   "cut inside the second",
			script: fmt.Sprintf(listed, 3, 3, 3) + asked + "S: +OK\nS: 1\nS: .\nS: +OK\nS: half of it",
			want:   []string{"1\r\n"}, cause: accounts.CauseClosed,
		},
		{
			name:   "out of step",
			script: fmt.Sprintf(listed, 3, 3, 3) + asked + "S: +OK\nS: 1\nS: .\nS: .\n",
			want:   []string{"1\r\n"}, cause: accounts.CauseProtocol,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustDial(t, play(t, pipelining+tt.script), Options{})
			if _, err := s.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			err := s.Retrieve(t.Context(), []int{1, 2, 3}, func(r Retrieved) error {
				text := string(r.Raw)
				if r.Err != nil {
					wantFailure(t, r.Err, accounts.StepReceive, accounts.CauseTemporary)
					text = "refused"
				}
				if cap(r.Raw) > 1<<20 {
					t.Errorf("%d octets are held for %d", cap(r.Raw), len(r.Raw))
				}
				got = append(got, text)
				return nil
			})
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q", got)
			}
			if tt.cause != "" {
				wantFailure(t, err, accounts.StepReceive, tt.cause)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestQuitRefused(t *testing.T) {
	s := mustDial(t, play(t, ancient+"C: DELE 1\nS: +OK\nC: QUIT\nS: -ERR some deleted messages not removed"), Options{})
	if _, err := s.Delete(t.Context(), []int{1}); err != nil {
		t.Fatal(err)
	}
	f := wantFailure(t, s.Quit(t.Context()), accounts.StepChange, accounts.CauseRejected)
	if f.Words != "some deleted messages not removed" {
		t.Errorf("words %q", f.Words)
	}
}

func TestPipeliningAnnouncedAfterSigningIn(t *testing.T) {
	s := mustDial(t, play(t, `
		S: +OK
		C: CAPA
		S: +OK
		S: UIDL
		S: .
		C: USER sara
		S: +OK
		C: PASS open sesame
		S: +OK
		C: CAPA
		S: +OK
		S: PIPELINING
		S: .
		C: DELE 1
		C: DELE 2
		S: +OK
		S: +OK
	`), Options{})
	if deleted, err := s.Delete(t.Context(), []int{1, 2}); err != nil || len(deleted) != 2 {
		t.Error(deleted, err)
	}
}
