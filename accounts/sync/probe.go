package sync

import (
	"context"
	"errors"

	"peyk/accounts"
	"peyk/accounts/imap"
	"peyk/accounts/pop3"
	"peyk/accounts/smtp"
)

// Probe signs in to the account's servers and out again. Both are tried, so
// that one look shows all that is wrong.
func (e *Engine) Probe(ctx context.Context, a accounts.Account, password string) error {
	return errors.Join(e.probeIncoming(ctx, &a, password), e.probeOutgoing(ctx, &a, password))
}

func (e *Engine) probeIncoming(ctx context.Context, a *accounts.Account, password string) error {
	if a.Protocol == accounts.POP3 {
		s, err := pop3.Dial(ctx, a.Incoming, password, e.pop3Options())
		if err != nil {
			return err
		}
		defer s.Close()
		return s.Quit(ctx)
	}
	s, err := imap.Dial(ctx, a.Incoming, password, e.imapOptions())
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Logout(ctx)
}

func (e *Engine) probeOutgoing(ctx context.Context, a *accounts.Account, password string) error {
	if a.Outgoing.Host == "" {
		return nil
	}
	return smtp.Probe(ctx, a.Outgoing, password, e.smtpOptions())
}
