// Package dial opens connections to mail servers: name look-up, TCP and TLS
// with certificate checking, each failure told as an accounts.Failure.
package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"peyk/accounts"
)

// Dialer opens connections. The zero value is ready to use.
type Dialer struct {
	// Timeout bounds look-up, connecting and each TLS handshake; 0 is 20 s.
	Timeout time.Duration
	// RootCAs are the authorities to trust; nil takes the system's.
	RootCAs *x509.CertPool
	// Net opens the TCP connection; nil is a net.Dialer.
	Net func(ctx context.Context, network, address string) (net.Conn, error)
}

func (d *Dialer) timeout() time.Duration {
	if d.Timeout > 0 {
		return d.Timeout
	}
	return 20 * time.Second
}

// Dial connects to the server, and encrypts at once where its security is TLS.
// With STARTTLS the connection comes back plain: the protocol asks for the
// upgrade in its own words and then calls Encrypt.
//
// The error is an *accounts.Failure, or context.Canceled as it is.
func (d *Dialer) Dial(ctx context.Context, s accounts.Server) (net.Conn, error) {
	tctx, cancel := context.WithTimeout(ctx, d.timeout())
	defer cancel()
	open := d.Net
	if open == nil {
		open = (&net.Dialer{}).DialContext
	}
	conn, err := open(tctx, "tcp", s.Address())
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		step := accounts.StepConnect
		if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
			step = accounts.StepLookUp
		}
		return nil, accounts.Fail(s, step, "", "", err)
	}
	if s.Security != accounts.TLS {
		return conn, nil
	}
	return d.Encrypt(ctx, conn, s)
}

// Encrypt does the TLS handshake on conn and checks the certificate. It closes
// conn when that fails. Errors are as those of Dial.
func (d *Dialer) Encrypt(ctx context.Context, conn net.Conn, s accounts.Server) (net.Conn, error) {
	tctx, cancel := context.WithTimeout(ctx, d.timeout())
	defer cancel()
	secure := tls.Client(conn, d.TLSConfig(s))
	if err := secure.HandshakeContext(tctx); err != nil {
		conn.Close()
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		return nil, HandshakeFailure(s, err)
	}
	return secure, nil
}

// TLSConfig checks the server's certificate against its name, or, where one is
// pinned, against the pin alone (RFC 7525 section 3.6 is about the former).
// Whoever does a handshake with it other than by Encrypt passes the handshake's
// error through HandshakeFailure.
func (d *Dialer) TLSConfig(s accounts.Server) *tls.Config {
	c := &tls.Config{ServerName: s.Host, RootCAs: d.RootCAs, MinVersion: tls.VersionTLS12}
	if s.PinnedSHA256 == "" {
		return c
	}
	// The pin replaces the chain of trust, so the library's check is turned off
	// and VerifyConnection is the only judge. It runs on resumed sessions too.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		if strings.EqualFold(Fingerprint(leaf), s.PinnedSHA256) {
			return nil
		}
		return accounts.Fail(s, accounts.StepEncrypt, accounts.CauseCertChanged, "", &CertificateError{
			Certificate: leaf,
			Err:         fmt.Errorf("expected the certificate with SHA-256 %s", strings.ToLower(s.PinnedSHA256)),
		})
	}
	return c
}
