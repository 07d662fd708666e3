package smtp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"peyk/accounts"
	"peyk/accounts/dial"
	"peyk/accounts/servertest"
	"peyk/accounts/smtp"
)

// mailbox is a go-smtp backend that keeps what it gets.
type mailbox struct {
	mu   sync.Mutex
	from string
	to   []string
	raw  []byte
	sent int
}

func (m *mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &visit{m: m}, nil }

type visit struct {
	m    *mailbox
	from string
	to   []string
	in   bool
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (v *visit) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		if v.in = user == "anna" && password == "secret"; !v.in {
			return errors.New("bad credentials")
		}
		return nil
	}
	if mech == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer is the server's side of LOGIN.
type loginServer struct {
	check   func(user, password string) error
	answers []string
}

func (l *loginServer) Next(answer []byte) (challenge []byte, done bool, err error) {
	if answer != nil {
		l.answers = append(l.answers, string(answer))
	}
	switch len(l.answers) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.answers[0], l.answers[1])
}

func (v *visit) Mail(from string, _ *gosmtp.MailOptions) error { v.from = from; return nil }

func (v *visit) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if !v.in {
		return &gosmtp.SMTPError{Code: 530, EnhancedCode: gosmtp.EnhancedCode{5, 7, 0}, Message: "sign in first"}
	}
	v.to = append(v.to, to)
	return nil
}

func (v *visit) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	v.m.from, v.m.to, v.m.raw, v.m.sent = v.from, v.to, raw, v.m.sent+1
	return nil
}

func (v *visit) Reset()        { v.from, v.to = "", nil }
func (v *visit) Logout() error { return nil }

func startGoSMTP(t *testing.T, security accounts.Security) (*mailbox, accounts.Server) {
	t.Helper()
	c := servertest.NewCertificate(t, servertest.CertificateOptions{})
	m := new(mailbox)
	s := gosmtp.NewServer(m)
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8, s.MaxLineLength = "localhost", true, true, 1<<20
	s.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := accounts.Server{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: security,
		User: "anna", PinnedSHA256: c.SHA256,
	}
	switch security {
	case accounts.STARTTLS:
		s.TLSConfig = c.ServerConfig()
	case accounts.TLS:
		l = tls.NewListener(l, c.ServerConfig())
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(l); err != nil && !errors.Is(err, gosmtp.ErrServerClosed) {
			t.Errorf("serving: %v", err)
		}
	}()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		<-ended
	})
	return m, server
}

func TestBytesArriveAsTheyAre(t *testing.T) {
	cases := []struct{ name, raw, want string }{
		{"plain", letter, letter},
		{"dots", "A: b\r\n\r\n.\r\n..\r\n...\r\n.a\r\n", "A: b\r\n\r\n.\r\n..\r\n...\r\n.a\r\n"},
		{"no final end", "A: b\r\n\r\nend", "A: b\r\n\r\nend\r\n"},
		{"bare LF", "A: b\n\n.\nend\n", "A: b\r\n\r\n.\r\nend\r\n"},
		{"bare CR", "A: b\r\n\r\na\r.\r\rb\r", "A: b\r\n\r\na\r\n.\r\n\r\nb\r\n"},
		{"a smuggled command", "A: b\r\n\r\na\n.\nMAIL FROM:<x@example.org>\n", "A: b\r\n\r\na\r\n.\r\nMAIL FROM:<x@example.org>\r\n"},
		{"eight bit", "Subject: \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85\r\n\r\n\x80\xff\x00\r\n", "Subject: \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85\r\n\r\n\x80\xff\x00\r\n"},
		{"a long line", "A: b\r\n\r\n" + strings.Repeat("x", 20000) + "\r\n", "A: b\r\n\r\n" + strings.Repeat("x", 20000) + "\r\n"},
		{"empty lines at the end", "A: b\r\n\r\n\r\n\r\n", "A: b\r\n\r\n\r\n\r\n"},
	}
	for _, security := range []accounts.Security{accounts.Plain, accounts.STARTTLS, accounts.TLS} {
		for _, auth := range []string{"", "LOGIN", "plain"} {
			m, server := startGoSMTP(t, security)
			server.Auth = auth
			for i, c := range cases {
				t.Run(fmt.Sprintf("%s %s %s", security, auth, c.name), func(t *testing.T) {
					receipt, err := smtp.Submit(context.Background(), server, "secret", envelope, []byte(c.raw), smtp.Options{})
					if err != nil {
						t.Fatal(err)
					}
					m.mu.Lock()
					defer m.mu.Unlock()
					if string(m.raw) != c.want || m.sent != i+1 {
						t.Errorf("message %d is %q, want %q", m.sent, m.raw, c.want)
					}
					if m.from != envelope.From || !slices.Equal(m.to, envelope.To) || receipt.Refused != nil || receipt.Words == "" {
						t.Errorf("from %q to %q, receipt %+v", m.from, m.to, receipt)
					}
				})
			}
		}
	}
}

func TestSizeIsCheckedBeforeSending(t *testing.T) {
	for _, c := range []struct {
		offer string
		fits  bool
	}{
		{"SIZE", true},
		{"SIZE 0", true},
		{"SIZE none", true},
		{fmt.Sprintf("SIZE %d", len(letter)), true},
		{fmt.Sprintf("SIZE %d", len(letter)-1), false},
	} {
		t.Run(c.offer, func(t *testing.T) {
			f := (&fake{extensions: []string{c.offer}}).start(t)
			_, err := smtp.Submit(context.Background(), f.server, "", envelope, []byte(letter), smtp.Options{})
			if c.fits {
				want := fmt.Sprintf("MAIL FROM:<anna@example.org> SIZE=%d", len(letter))
				if got := f.said("MAIL"); err != nil || !slices.Equal(got, []string{want}) {
					t.Errorf("said %q, %v", got, err)
				}
				return
			}
			expect(t, err, accounts.StepSend, accounts.CauseMessageTooLarge)
			if got := f.said("MAIL"); len(got) > 0 {
				t.Errorf("said %q", got)
			}
		})
	}
}

func TestRecipients(t *testing.T) {
	f := (&fake{replies: map[string]string{
		"RCPT TO:<no": "550-5.1.1 there is\r\n550 5.1.1 nobody", "RCPT TO:<later": "450 4.2.0 greylisted",
	}}).start(t)
	for _, c := range []struct {
		name    string
		to      []string
		refused map[string]string
		cause   accounts.Cause
		words   string
	}{
		{"all", []string{"a@x.org", "b@x.org"}, nil, "", ""},
		{"named twice", []string{"a@x.org", "a@x.org"}, nil, "", ""},
		{
			"some",
			[]string{"no1@x.org", "a@x.org", "later@x.org", "not an address", ""},
			map[string]string{
				"no1@x.org": "550 5.1.1 there is 5.1.1 nobody", "later@x.org": "450 4.2.0 greylisted",
				"not an address": `"not an address" is not a mail address`, "": `"" is not a mail address`,
			},
			"", "",
		},
		{"none", []string{"no1@x.org", "no2@x.org"}, nil, accounts.CauseRejected, "5.1.1 there is 5.1.1 nobody"},
		{"none yet", []string{"no1@x.org", "later@x.org"}, nil, accounts.CauseTemporary, "5.1.1 there is 5.1.1 nobody; 4.2.0 greylisted"},
		{"none well-formed", []string{"a@x.org> NOTIFY=NEVER", "a@x.org\r\nDATA", "@x.org"}, nil, accounts.CauseRejected, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(f.took())
			e := smtp.Envelope{From: "anna@example.org", To: c.to}
			receipt, err := smtp.Submit(context.Background(), f.server, "", e, []byte(letter), smtp.Options{})
			if c.cause == "" {
				if err != nil || !maps.Equal(receipt.Refused, c.refused) || len(f.took()) != before+1 {
					t.Errorf("got %+v, %v", receipt, err)
				}
				return
			}
			expect(t, err, accounts.StepSend, c.cause)
			var failure *accounts.Failure
			if errors.As(err, &failure); failure.Words != c.words {
				t.Errorf("words %q", failure.Words)
			}
			if len(f.took()) != before {
				t.Error("the message was sent")
			}
		})
	}
}

func TestEnvelopeWithoutRecipients(t *testing.T) {
	_, err := smtp.Submit(context.Background(), accounts.Server{}, "", smtp.Envelope{From: "a@x.org"}, nil, smtp.Options{})
	expect(t, err, accounts.StepSend, accounts.CauseOther)
}

func TestAddressesOnTheWire(t *testing.T) {
	const wide = "SMTPUTF8"
	for _, c := range []struct {
		name       string
		extensions []string
		from, to   string
		raw        string
		mail, rcpt string
		refused    bool
	}{
		{"ASCII", []string{wide, "8BITMIME"}, "a@x.org", "b@x.org", letter, "MAIL FROM:<a@x.org> BODY=8BITMIME", "RCPT TO:<b@x.org>", false},
		{"no sender", nil, "", "b@x.org", letter, "MAIL FROM:<>", "RCPT TO:<b@x.org>", false},
		{"quoted", nil, `"a b"@x.org`, `"<>"@x.org`, letter, `MAIL FROM:<"a b"@x.org>`, `RCPT TO:<"<>"@x.org>`, false},
		{"literal", nil, "a@[127.0.0.1]", "b@x.org", letter, "MAIL FROM:<a@[127.0.0.1]>", "RCPT TO:<b@x.org>", false},
		{"wide domain", []string{wide}, "a@ایران.ir", "b@bücher.example", letter, "MAIL FROM:<a@xn--mgba3a4f16a.ir>", "RCPT TO:<b@xn--bcher-kva.example>", false},
		{"wide recipient", []string{wide}, "a@x.org", "رضا@x.org", letter, "MAIL FROM:<a@x.org> SMTPUTF8", "RCPT TO:<رضا@x.org>", false},
		{"wide header", []string{wide}, "a@x.org", "b@x.org", "Subject: سلام\r\n\r\nx\r\n", "MAIL FROM:<a@x.org> SMTPUTF8", "RCPT TO:<b@x.org>", false},
		{"wide body", []string{wide}, "a@x.org", "b@x.org", "Subject: x\r\n\r\nسلام\r\n", "MAIL FROM:<a@x.org>", "RCPT TO:<b@x.org>", false},
		{"header in an old charset", []string{wide}, "a@x.org", "b@x.org", "Subject: \xd3\xe1\xc7\r\n\r\nx\r\n", "MAIL FROM:<a@x.org>", "RCPT TO:<b@x.org>", false},
		{"wide header not offered", nil, "a@x.org", "b@x.org", "Subject: سلام\r\n\r\nx\r\n", "MAIL FROM:<a@x.org>", "RCPT TO:<b@x.org>", false},
		{"wide sender not offered", nil, "رضا@x.org", "b@x.org", letter, "", "", true},
		{"wide recipient not offered", nil, "a@x.org", "رضا@x.org", letter, "MAIL FROM:<a@x.org>", "", true},
		{"injected sender", nil, "a@x.org> AUTH=<>", "b@x.org", letter, "", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := (&fake{extensions: c.extensions}).start(t)
			_, err := smtp.Submit(context.Background(), f.server, "", smtp.Envelope{From: c.from, To: []string{c.to}}, []byte(c.raw), smtp.Options{})
			if c.refused {
				expect(t, err, accounts.StepSend, accounts.CauseRejected)
			} else if err != nil {
				t.Fatal(err)
			}
			for beginning, want := range map[string]string{"MAIL": c.mail, "RCPT": c.rcpt} {
				if got := strings.Join(f.said(beginning), "|"); got != want {
					t.Errorf("said %q, want %q", got, want)
				}
			}
		})
	}
}

func TestWideRecipientAmongOthers(t *testing.T) {
	f := (&fake{}).start(t)
	e := smtp.Envelope{From: "a@x.org", To: []string{"b@x.org", "رضا@x.org"}}
	receipt, err := smtp.Submit(context.Background(), f.server, "", e, []byte(letter), smtp.Options{})
	if err != nil || len(receipt.Refused) != 1 || !strings.Contains(receipt.Refused["رضا@x.org"], "SMTPUTF8") {
		t.Errorf("got %+v, %v", receipt, err)
	}
}

func TestHelloNameAndDSN(t *testing.T) {
	f := (&fake{extensions: []string{"DSN"}}).start(t)
	o := smtp.Options{HelloName: "desk.example.org", RequestDSN: true}
	if _, err := smtp.Submit(context.Background(), f.server, "", envelope, []byte(letter), o); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"EHLO desk.example.org", "MAIL FROM:<anna@example.org> RET=HDRS",
		"RCPT TO:<reza@example.org> NOTIFY=SUCCESS,DELAY,FAILURE", "DATA", "QUIT",
	}
	if got := f.heard(); !slices.Equal(got, want) {
		t.Errorf("said %q", got)
	}
	if err := smtp.Probe(context.Background(), f.server, "", smtp.Options{HelloName: "a\r\nMAIL"}); err == nil {
		t.Error("a name of two lines was said")
	}
}

func TestProbe(t *testing.T) {
	f := (&fake{extensions: []string{"STARTTLS", "AUTH LOGIN"}}).start(t)
	f.server.Security, f.server.User = accounts.STARTTLS, "anna"
	if err := smtp.Probe(context.Background(), f.server, "secret", smtp.Options{}); err != nil {
		t.Error(err)
	}
	if got := f.said("MAIL"); len(got) > 0 || len(f.said("QUIT")) != 1 {
		t.Errorf("said %q", f.heard())
	}
}

func TestNoDowngrade(t *testing.T) {
	f := (&fake{extensions: []string{"AUTH PLAIN LOGIN"}}).start(t)
	f.server.Security, f.server.User = accounts.STARTTLS, "anna"
	_, err := smtp.Submit(context.Background(), f.server, "secret", envelope, []byte(letter), smtp.Options{})
	expect(t, err, accounts.StepEncrypt, accounts.CauseNoSTARTTLS)
	if got := f.heard(); !slices.Equal(got, []string{"EHLO [127.0.0.1]", "QUIT"}) {
		t.Errorf("said %q", got)
	}
}

func TestCertificateIsChecked(t *testing.T) {
	other := strings.Repeat("ab", 32)
	for _, security := range []accounts.Security{accounts.STARTTLS, accounts.TLS} {
		for _, c := range []struct {
			name    string
			change  func(f *fake, d *dial.Dialer)
			cause   accounts.Cause
			details string
		}{
			{"pinned", func(*fake, *dial.Dialer) {}, "", ""},
			{"trusted", func(f *fake, d *dial.Dialer) { f.server.PinnedSHA256, d.RootCAs = "", f.certificate.Pool }, "", ""},
			{"neither", func(f *fake, _ *dial.Dialer) { f.server.PinnedSHA256 = "" }, accounts.CauseCertUntrusted, "SHA-256"},
			{"another pinned", func(f *fake, _ *dial.Dialer) { f.server.PinnedSHA256 = other }, accounts.CauseCertChanged, other},
			{"another name", func(f *fake, d *dial.Dialer) {
				f.server.Host, f.server.PinnedSHA256, d.RootCAs = "mail.example.org", "", f.certificate.Pool
				address := fmt.Sprintf("127.0.0.1:%d", f.server.Port)
				d.Net = func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, address)
				}
			}, accounts.CauseCertWrongHost, "SHA-256"},
		} {
			t.Run(string(security)+" "+c.name, func(t *testing.T) {
				f := (&fake{extensions: []string{"STARTTLS"}, implicit: security == accounts.TLS}).start(t)
				f.server.Security = security
				d := new(dial.Dialer)
				c.change(f, d)
				err := smtp.Probe(context.Background(), f.server, "", smtp.Options{Dialer: d})
				if c.cause == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				expect(t, err, accounts.StepEncrypt, c.cause)
				if !strings.Contains(err.Error(), c.details) {
					t.Errorf("%q is not in %v", c.details, err)
				}
			})
		}
	}
}

func TestPlainServerUnderTLS(t *testing.T) {
	f := (&fake{}).start(t)
	f.server.Security = accounts.TLS
	expect(t, smtp.Probe(context.Background(), f.server, "", smtp.Options{}), accounts.StepEncrypt, accounts.CauseNotTLS)
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := accounts.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: accounts.Plain}
	expect(t, smtp.Probe(context.Background(), s, "", smtp.Options{}), accounts.StepConnect, accounts.CauseRefused)
}

func TestTraceLeavesThePasswordOut(t *testing.T) {
	for _, auth := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
		f := (&fake{extensions: []string{"AUTH " + auth}}).start(t)
		if auth == "CRAM-MD5" {
			f.sign = cramMD5
		}
		f.server.User = "anna"
		var trace bytes.Buffer
		if _, err := smtp.Submit(context.Background(), f.server, "secret", envelope, []byte(letter), smtp.Options{Trace: &trace}); err != nil {
			t.Fatal(err)
		}
		got := trace.String()
		for _, want := range []string{"C: EHLO [127.0.0.1]\n", "S: 250 fake AUTH", "C: MAIL FROM:<anna@example.org>\n", "S: 250 2.0.0 queued as 4711\n", "C: QUIT\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in the trace:\n%s", auth, want, got)
			}
		}
		for _, hidden := range []string{"secret", "c2VjcmV0", "AGFubmEAc2VjcmV0", "PDE4OTYu", "YW5uYSB"} {
			if strings.Contains(got, hidden) {
				t.Errorf("%s: %q is in the trace:\n%s", auth, hidden, got)
			}
		}
	}
}
