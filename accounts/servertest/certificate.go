// Package servertest starts real mail servers for tests, private to one test:
// Dovecot (IMAP, POP3, LMTP) and Exim (SMTP), on free loopback ports, with a
// certificate made for them. It also makes certificates for servers that a test
// writes itself.
//
// Debian 12's packages dovecot-imapd, dovecot-pop3d, dovecot-lmtpd and
// exim4-daemon-light are needed, and root, because both servers change users.
package servertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// Certificate is a self-signed one with all that a server and its clients need
// of it.
type Certificate struct {
	TLS  tls.Certificate
	Leaf *x509.Certificate
	// Pool trusts this certificate alone.
	Pool *x509.CertPool
	// SHA256 is the lower case hex sum of the DER, as a pin.
	SHA256 string
	// CertPEM and KeyPEM are what configuration files point at.
	CertPEM, KeyPEM []byte
}

// CertificateOptions say what certificate to make.
type CertificateOptions struct {
	// Hosts are names and IP addresses that it belongs to; none takes
	// localhost, 127.0.0.1 and ::1.
	Hosts []string
	// Expired ends its validity an hour ago.
	Expired bool
}

// NewCertificate makes a certificate with a new key.
func NewCertificate(t testing.TB, o CertificateOptions) *Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	template := newTemplate(t, o)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatalf("making a certificate: %v", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("reading the certificate just made: %v", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatalf("writing the key: %v", err)
	}
	sum := sha256.Sum256(der)
	c := &Certificate{
		TLS:     tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		Leaf:    leaf,
		Pool:    x509.NewCertPool(),
		SHA256:  hex.EncodeToString(sum[:]),
		CertPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		KeyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}
	c.Pool.AddCert(leaf)
	return c
}

// ServerConfig is a TLS server's configuration with the certificate.
func (c *Certificate) ServerConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.TLS}, MinVersion: tls.VersionTLS12}
}

func newTemplate(t testing.TB, o CertificateOptions) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatalf("making a serial number: %v", err)
	}
	hosts := o.Hosts
	if len(hosts) == 0 {
		hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	end := time.Now().Add(365 * 24 * time.Hour)
	if o.Expired {
		end = time.Now().Add(-time.Hour)
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: hosts[0]},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: end,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	return c
}
