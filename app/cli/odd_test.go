//go:build linux

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"peyk/accounts/servertest"
	"peyk/storage"
)

func smallMail(i int) []byte {
	return fmt.Appendf(nil, "Message-ID: <m%d@x>\r\nFrom: a@x\r\nSubject: s%d\r\n\r\nbody %d\r\n", i, i, i)
}

// TestOneBadMessage: a message that the server cannot read does not keep back
// the others, nor the other folders.
func TestOneBadMessage(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	const n = 1300
	for i := range n {
		dovecot.Deliver("u", smallMail(i))
	}
	dovecot.DeliverTo("u", "Work", smallMail(9000))
	files, err := filepath.Glob(filepath.Join(dovecot.Maildir("u"), "new", "*"))
	if err != nil || len(files) != n {
		t.Fatalf("%d files, %v", len(files), err)
	}
	bad := files[n-1]
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(bad, 0o700); err != nil {
		t.Fatal(err)
	}
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls")
	for range 2 {
		code, _, errs := p.run(nil, "check")
		t.Logf("exit %d: %s", code, errs)
	}
	if got := len(p.ids("a", "inbox")); got < n-1 {
		t.Errorf("%d of %d messages came", got, n-1)
	}
	if got := len(p.ids("a", "Work")); got != 1 {
		t.Errorf("%d of 1 message of the other folder came", got)
	}
}

// TestEmptyImport: an empty file is no message, and must not get stuck on the
// way to the server.
func TestEmptyImport(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls")
	path := filepath.Join(t.TempDir(), "empty.eml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := p.run(nil, "import", "-account", "a", path); code != Failed || errs == "" {
		t.Errorf("exit %d, %q", code, errs)
	}
	p.must("check")
}

func (p *peyk) box(name string) storage.MailboxID {
	p.t.Helper()
	var m storage.Mailbox
	err := p.store.View(func(tx *storage.Tx) error {
		all, err := tx.Accounts()
		if err != nil {
			return err
		}
		m, err = tx.MailboxNamed(all[0].ID, name)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return m.ID
}

// TestRenames: a folder renamed twice before the server hears of it, and one
// with a folder below it, keep their messages without a second download.
func TestRenames(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	dovecot.DeliverTo("u", "A", smallMail(1))
	dovecot.DeliverTo("u", "A/x", smallMail(2))
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls")
	p.must("check")
	before := []string{p.ids("a", "A")[0], p.ids("a", "A/x")[0]}
	for _, name := range []string{"B", "C"} {
		if err := p.engine.RenameMailbox(t.Context(), p.box(map[string]string{"B": "A", "C": "B"}[name]), name); err != nil {
			t.Fatal(err)
		}
	}
	if r := lines(p.must("check"))[0]; r[4] != "bodies=0" || r[7] != "replayed=1" {
		t.Errorf("check printed %v", r)
	}
	if after := []string{p.ids("a", "C")[0], p.ids("a", "C/x")[0]}; after[0] != before[0] || after[1] != before[1] {
		t.Errorf("messages %v became %v", before, after)
	}
	other := newPeyk(t, dovecot.Pool())
	other.add("a", "u", "imap", dovecot.IMAP, "starttls")
	other.must("check")
	if got := len(other.ids("a", "C/x")); got != 1 {
		t.Errorf("the server has %d messages in the renamed folder", got)
	}
}

// TestMovedHereDeletedThere: a delete by another client wins over a move that
// waited here.
func TestMovedHereDeletedThere(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	for i := range 2 {
		dovecot.Deliver("u", smallMail(i))
	}
	here, there := newPeyk(t, dovecot.Pool()), newPeyk(t, dovecot.Pool())
	for _, p := range []*peyk{here, there} {
		p.add("a", "u", "imap", dovecot.IMAP, "starttls")
		p.must("check")
	}
	gone := there.bySubject("inbox")["s0"]
	there.must("delete", gone)
	there.must("delete", gone)
	there.must("check")
	for _, id := range here.ids("a", "inbox") {
		here.must("move", id, "Archive")
	}
	for range 2 {
		here.must("check")
	}
	if got := here.flagsBySubject("Archive"); len(got) != 1 {
		t.Errorf("Archive holds %v", got)
	}
}

// TestSendThenCheck: what a script sends, its next check delivers.
func TestSendThenCheck(t *testing.T) {
	p, dovecot := sender(t)
	if code, _, errs := p.run([]byte("To: you@example.org\r\nSubject: hi\r\n\r\nx\r\n"), "send", "-account", "a"); code != Done {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if r := lines(p.must("check"))[0]; r[6] != "sent=1" {
		t.Errorf("check printed %v", r)
	}
	if got := await(t, func() [][]byte { return dovecot.Messages("you@example.org") }); len(got) != 1 {
		t.Errorf("%d arrived", len(got))
	}
}
