//go:build linux

package servertest

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
)

// Exim is a running submission server that hands what it accepts to an LMTP
// server on loopback, whatever the domain. Every user may sign in with Password
// (PLAIN or LOGIN) and must; recipients whose local part begins with "reject"
// are refused. It ends with its test.
type Exim struct {
	// SMTP offers STARTTLS, and signing in without it too. SMTPS encrypts at
	// once.
	SMTP, SMTPS int
	// Certificate is what it shows.
	Certificate *Certificate

	t      testing.TB
	daemon daemon
}

// StartExim starts a server for the test that delivers to the LMTP port.
func StartExim(t testing.TB, lmtpPort int) *Exim {
	t.Helper()
	program := requireRoot(t, "exim4")
	e := &Exim{t: t, daemon: daemon{name: "exim", dir: newDir(t, "exim")}, Certificate: NewCertificate(t, CertificateOptions{})}
	dir := e.daemon.dir
	uid, gid := userID(t, "Debian-exim")
	for _, name := range []string{"spool", "log"} {
		giveTo(t, filepath.Join(dir, name), uid, gid)
	}
	writeFile(t, filepath.Join(dir, "cert.pem"), e.Certificate.CertPEM, 0o644)
	key := filepath.Join(dir, "key.pem")
	writeFile(t, key, e.Certificate.KeyPEM, 0o600)
	if err := os.Chown(key, uid, gid); err != nil {
		t.Fatalf("giving the key to exim: %v", err)
	}
	launch(t, &e.daemon, 2, func(p []int) []string {
		e.SMTP, e.SMTPS = p[0], p[1]
		config := filepath.Join(dir, "exim.conf")
		writeFile(t, config, eximConfig(t, e, lmtpPort), 0o644)
		return []string{program, "-C", config, "-bdf", "-q5s"}
	})
	return e
}

// Pool trusts the server's certificate.
func (e *Exim) Pool() *x509.CertPool { return e.Certificate.Pool }

// Pin is the hex SHA-256 of the server's certificate.
func (e *Exim) Pin() string { return e.Certificate.SHA256 }

// Stop ends the server; what waits in its queue stays.
func (e *Exim) Stop() {
	e.t.Helper()
	if err := e.daemon.stop(); err != nil {
		e.t.Fatal(err)
	}
}

// Start starts a stopped server again, on the same ports.
func (e *Exim) Start() {
	e.t.Helper()
	if err := e.daemon.start(); err != nil {
		e.t.Fatal(err)
	}
}

// Log is what the server wrote to its main log so far.
func (e *Exim) Log() string {
	text, err := os.ReadFile(filepath.Join(e.daemon.dir, "log", "mainlog"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func eximConfig(t testing.TB, e *Exim, lmtpPort int) []byte {
	t.Helper()
	var b strings.Builder
	err := eximTemplate.Execute(&b, map[string]any{
		"Dir": e.daemon.dir, "Host": Host, "Password": Password,
		"SMTP": e.SMTP, "SMTPS": e.SMTPS, "LMTP": lmtpPort,
	})
	if err != nil {
		t.Fatalf("writing the configuration of exim: %v", err)
	}
	return []byte(b.String())
}

var eximTemplate = template.Must(template.New("exim").Parse(`
primary_hostname = localhost
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {{.Dir}}/spool
log_file_path = {{.Dir}}/log/%slog
pid_file_path = {{.Dir}}/spool/exim.pid

local_interfaces = {{.Host}}
daemon_smtp_ports = {{.SMTP}} : {{.SMTPS}}
tls_on_connect_ports = {{.SMTPS}}
tls_advertise_hosts = *
tls_certificate = {{.Dir}}/cert.pem
tls_privatekey = {{.Dir}}/key.pem
accept_8bitmime = true
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
message_size_limit = 60M
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 100
queue_only_load = 100
remote_max_parallel = 4
acl_smtp_rcpt = rcpt

begin acl
rcpt:
  deny    condition = ${if match{$local_part}{^reject}}
          message = no such user here
  accept  authenticated = *
  deny    message = authentication required

begin routers
everybody:
  driver = manualroute
  domains = *
  transport = lmtp
  route_list = * {{.Host}}
  self = send

begin transports
lmtp:
  driver = smtp
  protocol = lmtp
  port = {{.LMTP}}
  allow_localhost
  hosts_avoid_tls = *
  max_rcpt = 1

begin retry
* * F,1m,5s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if eq{$auth3}{{"{"}}{{.Password}}{{"}"}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if eq{$auth2}{{"{"}}{{.Password}}{{"}"}}}
  server_set_id = $auth1
`))
