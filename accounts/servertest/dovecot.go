//go:build linux

package servertest

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"
	"time"
)

// Dovecot is a running IMAP, POP3 and LMTP server. Every user exists, with
// Password; a user's mail is a Maildir. It ends with its test.
type Dovecot struct {
	// IMAP offers STARTTLS, POP3 offers STLS; both let in without, too. IMAPS
	// and POP3S encrypt at once.
	IMAP, IMAPS, POP3, POP3S, LMTP int
	// Certificate is what it shows.
	Certificate *Certificate

	t         testing.TB
	daemon    daemon
	uid, gid  int
	delivered atomic.Int64
}

// DovecotOption changes how a Dovecot starts.
type DovecotOption func(*Dovecot)

// WithCertificate shows c instead of a certificate made for loopback.
func WithCertificate(c *Certificate) DovecotOption {
	return func(d *Dovecot) { d.Certificate = c }
}

// WithExpiredCertificate shows a certificate whose time is over.
func WithExpiredCertificate() DovecotOption {
	return func(d *Dovecot) { d.Certificate = NewCertificate(d.t, CertificateOptions{Expired: true}) }
}

// StartDovecot starts a server for the test.
func StartDovecot(t testing.TB, options ...DovecotOption) *Dovecot {
	t.Helper()
	program := requireRoot(t, "dovecot")
	d := &Dovecot{t: t, daemon: daemon{name: "dovecot", dir: newDir(t, "dovecot")}}
	for _, o := range options {
		o(d)
	}
	if d.Certificate == nil {
		d.Certificate = NewCertificate(t, CertificateOptions{})
	}
	d.uid, d.gid = userID(t, "mail")
	dir := d.daemon.dir
	writeFile(t, filepath.Join(dir, "cert.pem"), d.Certificate.CertPEM, 0o644)
	writeFile(t, filepath.Join(dir, "key.pem"), d.Certificate.KeyPEM, 0o600)
	giveTo(t, filepath.Join(dir, "mail"), d.uid, d.gid)
	for _, name := range []string{"run", "state", "log"} {
		giveTo(t, filepath.Join(dir, name), 0, 0)
	}
	launch(t, &d.daemon, 5, func(p []int) []string {
		d.IMAP, d.IMAPS, d.POP3, d.POP3S, d.LMTP = p[0], p[1], p[2], p[3], p[4]
		config := filepath.Join(dir, "dovecot.conf")
		writeFile(t, config, dovecotConfig(t, d), 0o644)
		return []string{program, "-F", "-c", config}
	})
	return d
}

// Pool trusts the server's certificate.
func (d *Dovecot) Pool() *x509.CertPool { return d.Certificate.Pool }

// Pin is the hex SHA-256 of the server's certificate.
func (d *Dovecot) Pin() string { return d.Certificate.SHA256 }

// Stop ends the server; the mail stays.
func (d *Dovecot) Stop() {
	d.t.Helper()
	if err := d.daemon.stop(); err != nil {
		d.t.Fatal(err)
	}
}

// Start starts a stopped server again, on the same ports.
func (d *Dovecot) Start() {
	d.t.Helper()
	if err := d.daemon.start(); err != nil {
		d.t.Fatal(err)
	}
}

// Maildir is the directory with the user's inbox (its new and cur) and folders
// (Maildir++: .Name beside them).
func (d *Dovecot) Maildir(user string) string { return filepath.Join(d.daemon.dir, "mail", user) }

// Deliver puts raw, byte for byte, into the user's inbox.
func (d *Dovecot) Deliver(user string, raw []byte) {
	d.t.Helper()
	d.DeliverTo(user, "", raw)
}

// DeliverTo puts raw, byte for byte, into the user's folder; an empty name is
// the inbox. The folder comes into being where it was not.
func (d *Dovecot) DeliverTo(user, folder string, raw []byte) {
	d.t.Helper()
	giveTo(d.t, d.Maildir(user), d.uid, d.gid)
	dir := d.Maildir(user)
	if folder != "" {
		dir = filepath.Join(dir, "."+strings.ReplaceAll(folder, "/", "."))
		giveTo(d.t, dir, d.uid, d.gid)
	}
	for _, name := range []string{"tmp", "new", "cur"} {
		giveTo(d.t, filepath.Join(dir, name), d.uid, d.gid)
	}
	// The name must differ from any other's and sort in the order of delivery,
	// in which the server numbers what it finds.
	name := fmt.Sprintf("%d.%09d.peyk", time.Now().Unix(), d.delivered.Add(1))
	tmp := filepath.Join(dir, "tmp", name)
	writeFile(d.t, tmp, raw, 0o600)
	err := os.Chown(tmp, d.uid, d.gid)
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, "new", name))
	}
	if err != nil {
		d.t.Fatalf("delivering to %s: %v", user, err)
	}
}

// Messages are the files in the user's inbox, in the order of their names,
// which is about that of delivery.
func (d *Dovecot) Messages(user string) [][]byte {
	d.t.Helper()
	var paths []string
	for _, name := range []string{"new", "cur"} {
		found, err := filepath.Glob(filepath.Join(d.Maildir(user), name, "*"))
		if err != nil {
			d.t.Fatalf("listing the mail of %s: %v", user, err)
		}
		paths = append(paths, found...)
	}
	sort.Slice(paths, func(i, j int) bool { return filepath.Base(paths[i]) < filepath.Base(paths[j]) })
	all := make([][]byte, 0, len(paths))
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			d.t.Fatalf("reading the mail of %s: %v", user, err)
		}
		all = append(all, raw)
	}
	return all
}

// Log is what the server wrote to its log so far.
func (d *Dovecot) Log() string {
	text, err := os.ReadFile(filepath.Join(d.daemon.dir, "log", "dovecot.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func dovecotConfig(t testing.TB, d *Dovecot) []byte {
	t.Helper()
	var b strings.Builder
	err := dovecotTemplate.Execute(&b, map[string]any{
		"Dir": d.daemon.dir, "Host": Host, "Password": Password,
		"IMAP": d.IMAP, "IMAPS": d.IMAPS, "POP3": d.POP3, "POP3S": d.POP3S, "LMTP": d.LMTP,
		"Special": []string{"Drafts", "Sent", "Trash", "Junk", "Archive"},
	})
	if err != nil {
		t.Fatalf("writing the configuration of dovecot: %v", err)
	}
	return []byte(b.String())
}

// dovecotTemplate is in the syntax of Dovecot 2.3; 2.4 has another. A refused
// password is answered at once (no failure delay, no penalty by address), so
// that a test of it is quick.
var dovecotTemplate = template.Must(template.New("dovecot").Parse(`
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/log/dovecot.log
listen = {{.Host}}
protocols = imap pop3 lmtp
default_internal_user = dovecot
default_login_user = dovenull
default_vsz_limit = 0

ssl = yes
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem

disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-256
auth_failure_delay = 0
passdb {
  driver = static
  args = password={{.Password}}
}
userdb {
  driver = static
  args = uid=mail gid=mail home={{.Dir}}/mail/%u allow_all_users=yes
}

mail_location = maildir:{{.Dir}}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
mail_plugins = $mail_plugins quota
mail_max_userip_connections = 100
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=20G
}
namespace inbox {
  inbox = yes
  separator = /
{{- range .Special}}
  mailbox {{.}} {
    special_use = \{{.}}
    auto = subscribe
  }
{{- end}}
}
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
protocol pop3 {
  pop3_uidl_format = %08Xu%08Xv
}

service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  service_count = 0
  inet_listener imap {
    port = {{.IMAP}}
  }
  inet_listener imaps {
    port = {{.IMAPS}}
    ssl = yes
  }
}
service pop3-login {
  service_count = 0
  inet_listener pop3 {
    port = {{.POP3}}
  }
  inet_listener pop3s {
    port = {{.POP3S}}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = {{.Host}}
    port = {{.LMTP}}
  }
}
`))
