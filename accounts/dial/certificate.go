package dial

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"peyk/accounts"
)

// CertificateError is a certificate that was not accepted, with what a person
// needs to recognise it as their own server's and to pin it.
type CertificateError struct {
	// Certificate is the leaf that the server showed.
	Certificate *x509.Certificate
	Err         error
}

func (e *CertificateError) Error() string {
	c := e.Certificate
	return fmt.Sprintf("%v: the server showed the certificate of %s, issued by %s, valid from %s to %s, SHA-256 %s",
		e.Err, named(c.Subject.String()), named(c.Issuer.String()),
		c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly), Fingerprint(c))
}

func (e *CertificateError) Unwrap() error { return e.Err }

// Fingerprint is the lower case hex SHA-256 of the certificate's DER, as
// accounts.Server.PinnedSHA256 wants it.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// HandshakeFailure tells the error of a TLS handshake as an accounts.Failure at
// StepEncrypt. For a certificate that no authority vouches for, or that is
// expired or another host's, a CertificateError is inside.
func HandshakeFailure(s accounts.Server, err error) error {
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0 {
		err = &CertificateError{Certificate: unverified.UnverifiedCertificates[0], Err: err}
	}
	return accounts.Fail(s, accounts.StepEncrypt, "", "", err)
}

func named(distinguished string) string {
	if distinguished == "" {
		return "(nobody named)"
	}
	return distinguished
}
