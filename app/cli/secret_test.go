//go:build linux

package cli

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"peyk/accounts/servertest"
)

// TestNoSecretIsWritten looks for passwords in every file of the data folder and
// in the protocols' trace.
func TestNoSecretIsWritten(t *testing.T) {
	const canary = "canary-2f7c-گذرواژه"
	dovecot := servertest.StartDovecot(t)
	exim := servertest.StartExim(t, dovecot.LMTP)
	roots := dovecot.Pool()
	roots.AddCert(exim.Certificate.Leaf)
	p := newPeyk(t, roots)
	for name, port := range map[string]int{"imap": dovecot.IMAP, "pop3": dovecot.POP3} {
		for _, auth := range []string{"", "PLAIN", "LOGIN", "CRAM-MD5"} {
			account := name + "-" + auth
			p.must("account", "add", "-name", account, "-email", "u@example.org", "-protocol", name, "-auth", auth,
				"-host", servertest.Host, "-port", fmt.Sprint(port), "-security", "starttls", "-user", "u",
				"-password-file", passwordFile(t, canary),
				"-smtp-host", servertest.Host, "-smtp-port", fmt.Sprint(exim.SMTP), "-smtp-security", "starttls")
			if code, _, _ := p.run(nil, "check", "-account", account); code != Failed {
				t.Errorf("%s: exit %d", account, code)
			}
			mail := []byte("To: you@example.org\r\nSubject: x\r\n\r\nx\r\n")
			if code, _, _ := p.run(mail, "send", "-account", account, "-now"); code != Failed {
				t.Errorf("%s: exit %d", account, code)
			}
		}
	}
	look := func(where string, data []byte) {
		for _, form := range []string{
			canary, base64.StdEncoding.EncodeToString([]byte(canary)),
			base64.StdEncoding.EncodeToString([]byte("\x00u\x00" + canary)),
		} {
			if bytes.Contains(data, []byte(form)) {
				t.Errorf("%s holds the password as %q", where, form)
			}
		}
	}
	look("the trace", p.trace.Bytes())
	if !bytes.Contains(p.trace.Bytes(), []byte("AUTH")) {
		t.Error("the trace is empty")
	}
	files := 0
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		look(path, data)
		return err
	})
	if err != nil || files < 2 {
		t.Errorf("%d files, %v", files, err)
	}
}
