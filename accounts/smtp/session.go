package smtp

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"peyk/accounts"
	"peyk/accounts/dial"
)

const (
	// farewell bounds the wait for the answer to QUIT: nothing hangs on it.
	farewell = 2 * time.Second
	// finalReplyFactor times the usual timeout is waited for the answer to a
	// whole message.
	finalReplyFactor = 10
	// loopbackLiteral is an EHLO name that is always well-formed (RFC 5321
	// section 4.1.3) and gives nothing away.
	loopbackLiteral = "[127.0.0.1]"
)

// session is a connection that is ready for a message: greeted, encrypted as
// chosen, signed in.
type session struct {
	server  accounts.Server
	options Options
	dialer  *dial.Dialer
	wire    *wire
	client  *smtp.Client
	// release ends the watch over the context.
	release func() bool
	// broken says that the dialogue is out of step or the connection gone, so
	// that nothing more can be said.
	broken bool
}

func open(ctx context.Context, s accounts.Server, password string, o Options) (*session, error) {
	if signsIn(s) && password == "" {
		return nil, accounts.Fail(s, accounts.StepSignIn, accounts.CauseNoPassword, "", nil)
	}
	x := &session{server: s, options: o, dialer: o.Dialer, release: func() bool { return true }}
	if x.dialer == nil {
		x.dialer = &dial.Dialer{}
	}
	for _, step := range []func(context.Context) error{
		x.greet, x.encrypt,
		func(ctx context.Context) error { return x.signIn(ctx, password) },
	} {
		if err := step(ctx); err != nil {
			x.close()
			return nil, err
		}
	}
	return x, nil
}

// greet connects and says EHLO.
func (x *session) greet(ctx context.Context) error {
	hello := x.options.HelloName
	if hello == "" {
		hello = loopbackLiteral
	}
	options := []mail.Option{
		mail.WithPort(x.server.Port),
		mail.WithHELO(hello),
		// Encrypting and signing in are steps of our own, so that a failure can
		// be told by its step and the wire sees what fails.
		mail.WithTLSPolicy(mail.NoTLS),
		mail.WithSMTPAuth(mail.SMTPAuthNoAuth),
		mail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return x.connect(ctx) }),
	}
	if x.options.Trace != nil {
		options = append(options, mail.WithLogger(tracer{x.options.Trace}), mail.WithDebugLog())
	}
	client, err := mail.NewClient(x.server.Host, options...)
	if err != nil {
		return x.fail(ctx, accounts.StepGreet, err)
	}
	x.client, err = client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return x.fail(ctx, accounts.StepGreet, err)
	}
	return nil
}

// connect opens the connection, encrypts it where that comes first, and ties
// its life to ctx.
func (x *session) connect(ctx context.Context) (net.Conn, error) {
	plain := x.server
	plain.Security = accounts.Plain
	conn, err := x.dialer.Dial(ctx, plain)
	if err != nil {
		return nil, err
	}
	timeout := x.options.timeout()
	x.wire = &wire{Conn: conn, readTimeout: timeout, writeTimeout: timeout, unread: maxReply}
	x.release = context.AfterFunc(ctx, x.wire.abort)
	if x.server.Security == accounts.TLS {
		return x.dialer.Encrypt(ctx, x.wire, x.server)
	}
	return x.wire, nil
}

// encrypt upgrades by STARTTLS where that was chosen, and never goes on
// without.
func (x *session) encrypt(ctx context.Context) error {
	if x.server.Security != accounts.STARTTLS {
		return nil
	}
	if offered, _ := x.client.Extension("STARTTLS"); !offered {
		return accounts.Fail(x.server, accounts.StepEncrypt, accounts.CauseNoSTARTTLS, "", nil)
	}
	err := x.client.StartTLS(x.dialer.TLSConfig(x.server))
	switch {
	case err == nil:
		return nil
	case replyIn(err) != nil || ctx.Err() != nil:
		return x.fail(ctx, accounts.StepEncrypt, err)
	}
	return dial.HandshakeFailure(x.server, err)
}

// close says goodbye if anybody still listens, and ends the connection.
func (x *session) close() {
	if x.wire == nil {
		return
	}
	if x.client != nil && x.client.HasConnection() && !x.broken {
		x.wire.readTimeout = min(x.options.timeout(), farewell)
		x.wire.writeTimeout = x.wire.readTimeout
		// Whatever it answers, what was to be done is done.
		_ = x.client.Quit()
	}
	x.release()
	x.wire.abort()
}

// fail tells err as a Failure: by the server's reply where there is one, else
// by what ended the wait.
func (x *session) fail(ctx context.Context, step accounts.Step, err error) error {
	if r := replyIn(err); r != nil {
		return accounts.Fail(x.server, step, replyCause(step, r), words(r.Msg), err)
	}
	x.broken = true
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil:
		return accounts.Fail(x.server, step, accounts.CauseTimeout, "", ctx.Err())
	case malformed(err):
		return accounts.Fail(x.server, step, accounts.CauseProtocol, "", err)
	}
	return accounts.Fail(x.server, step, "", "", err)
}
