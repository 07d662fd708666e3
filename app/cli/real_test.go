//go:build linux

package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peyk/accounts/servertest"
)

// TestEverythingComesWhole takes in 1,000 messages by each protocol, looks at
// every byte, and reads on when the servers are gone.
func TestEverythingComesWhole(t *testing.T) {
	const n = 1000
	mails := realMails(t, n)
	dovecot := servertest.StartDovecot(t)
	for _, raw := range mails {
		dovecot.Deliver("u", raw)
	}
	p := newPeyk(t, dovecot.Pool())
	p.add("pop", "u", "pop3", dovecot.POP3, "starttls")
	p.add("imap", "u", "imap", dovecot.IMAP, "starttls")
	for _, r := range lines(p.must("check")) {
		if r[1] != fmt.Sprintf("new=%d", n) {
			t.Errorf("check printed %v", r)
		}
	}
	for _, r := range lines(p.must("check")) {
		if r[1] != "new=0" || r[4] != "bodies=0" {
			t.Errorf("the second check printed %v", r)
		}
	}
	dovecot.Stop()
	for _, account := range []string{"pop", "imap"} {
		t.Run(account, func(t *testing.T) {
			p := *p
			p.t = t
			p.sameMails(account, mails)
			p.export(account, mails)
		})
	}
	if code, _, errs := p.run(nil, "check", "-account", "imap"); code != Failed || errs == "" {
		t.Errorf("check without a server: exit %d, %q", code, errs)
	}
}

// asSent is a message as a protocol gives it: POP3 ends the last line, IMAP
// cannot carry NUL (RFC 9051 section 4.3) and Dovecot sends 0x80 in its place.
func asSent(account string, raw []byte) []byte {
	if account == "imap" {
		return bytes.ReplaceAll(raw, []byte{0}, []byte{0x80})
	}
	if account == "pop" && !bytes.HasSuffix(raw, []byte("\r\n")) {
		return append(bytes.Clone(raw), "\r\n"...)
	}
	return raw
}

// sameMails compares what show -raw gives with what was delivered, as a
// multiset: two equal messages are two.
func (p *peyk) sameMails(account string, mails [][]byte) {
	p.t.Helper()
	want := map[[32]byte]int{}
	for _, raw := range mails {
		want[sha256.Sum256(asSent(account, raw))]++
	}
	ids := p.ids(account, "inbox")
	if len(ids) != len(mails) {
		p.t.Errorf("%d messages are listed, %d were delivered", len(ids), len(mails))
	}
	for _, id := range ids {
		raw := p.must("show", id, "-raw")
		sum := sha256.Sum256([]byte(raw))
		if want[sum]--; want[sum] < 0 {
			p.t.Errorf("message %s is none that was delivered: %.200q", id, raw)
		}
		if code, text, errs := p.run(nil, "show", id); code != Done || text == "" {
			p.t.Errorf("show %s: exit %d, %s", id, code, errs)
		}
	}
}

func (p *peyk) export(account string, mails [][]byte) {
	p.t.Helper()
	dir := p.t.TempDir()
	p.must("export", "-account", account, "-eml", dir)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.eml"))
	if err != nil || len(files) != len(mails) {
		p.t.Errorf("%d files were exported, %v", len(files), err)
	}
	have := map[[32]byte]int{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			p.t.Fatal(err)
		}
		have[sha256.Sum256(data)]++
	}
	for _, raw := range mails {
		sum := sha256.Sum256(asSent(account, raw))
		if have[sum]--; have[sum] < 0 {
			p.t.Errorf("a message was not exported: %.100q", raw)
		}
	}
	box := filepath.Join(dir, "all.mbox")
	if out := p.must("export", "-account", account, "-mbox", box); out != fmt.Sprintf("%d\n", len(mails)) {
		p.t.Errorf("export printed %q", out)
	}
	if info, err := os.Stat(box); err != nil || info.Size() < 20<<20 {
		p.t.Errorf("the mbox is %v, %v", info, err)
	}
}

// TestSendArrivesOnce submits through Exim into Dovecot and looks into the inbox
// of the other side and into Sent.
func TestSendArrivesOnce(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	exim := servertest.StartExim(t, dovecot.LMTP)
	roots := dovecot.Pool()
	roots.AddCert(exim.Certificate.Leaf)
	for _, way := range []struct {
		security string
		port     int
	}{{"starttls", exim.SMTP}, {"tls", exim.SMTPS}, {"none", exim.SMTP}} {
		for _, protocol := range []string{"imap", "pop3"} {
			t.Run(way.security+" "+protocol, func(t *testing.T) {
				me, you := "me-"+way.security+"-"+protocol+"@example.org", "you-"+way.security+"-"+protocol+"@example.org"
				p := newPeyk(t, roots)
				port := dovecot.IMAPS
				if protocol == "pop3" {
					port = dovecot.POP3S
				}
				p.add("a", me, protocol, port, "tls",
					"-smtp-host", servertest.Host, "-smtp-port", fmt.Sprint(way.port), "-smtp-security", way.security)
				mail := fmt.Sprintf("From: %[1]s\r\nTo: %[2]s\r\nBcc: hidden-%[2]s\r\n"+
					"Subject: =?utf-8?B?2LPZhNin2YU=?=\r\n\r\n.dots\r\n\r\n..and more\r\nسلام\r\n", me, you)
				code, _, errs := p.run([]byte(mail), "send", "-account", "a", "-now")
				if code != Done {
					t.Fatalf("send: exit %d: %s", code, errs)
				}
				p.must("check")
				for _, who := range []string{you, "hidden-" + you} {
					got := await(t, func() [][]byte { return dovecot.Messages(who) })
					if len(got) != 1 {
						t.Fatalf("%d messages arrived for %s", len(got), who)
					}
					arrived := withCRLF(got[0])
					if !bytes.HasSuffix(arrived, []byte("\r\n\r\n.dots\r\n\r\n..and more\r\nسلام\r\n")) {
						t.Errorf("arrived as %q", arrived)
					}
					if bytes.Contains(arrived, []byte("hidden")) && who == you {
						t.Errorf("the Bcc is in the message: %q", arrived)
					}
				}
				if ids := p.ids("a", "Sent"); len(ids) != 1 {
					t.Errorf("%d copies in Sent here", len(ids))
				}
				if out := p.must("outbox"); out != "" {
					t.Errorf("the outbox still has %s", out)
				}
				if protocol == "imap" {
					other := newPeyk(t, roots)
					other.add("b", me, "imap", dovecot.IMAPS, "tls")
					other.must("check")
					if ids := other.ids("b", "Sent"); len(ids) != 1 {
						t.Errorf("%d copies in Sent on the server", len(ids))
					}
				}
			})
		}
	}
}

// TestTwoWays changes mail here and finds it changed on the server, and the
// other way round; also when the server was away meanwhile.
func TestTwoWays(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	for i := range 6 {
		dovecot.Deliver("u", fmt.Appendf(nil, "Subject: number %d\r\nMessage-ID: <%d@two>\r\n\r\ntext\r\n", i, i))
	}
	here, there := newPeyk(t, dovecot.Pool()), newPeyk(t, dovecot.Pool())
	for _, p := range []*peyk{here, there} {
		p.add("a", "u", "imap", dovecot.IMAP, "starttls")
		p.must("check")
	}
	dovecot.Stop()
	byName := here.bySubject("inbox")
	here.must("mark", byName["number 0"], "read")
	here.must("mark", byName["number 1"], "starred")
	here.must("mark", byName["number 1"], "read")
	here.must("mark", byName["number 1"], "unread")
	here.must("move", byName["number 2"], "Archive")
	here.must("delete", byName["number 3"])
	here.must("move", byName["number 4"], "Archive")
	here.must("move", byName["number 4"], "inbox") // undone before the server heard of it
	here.must("delete", byName["number 5"])
	here.must("mark", byName["number 5"], "read")
	here.must("delete", byName["number 5"]) // out of Trash
	if code, _, _ := here.run(nil, "check"); code != Failed {
		t.Error("the check without a server succeeded")
	}
	here.close()
	here.open() // what was changed survives a restart
	dovecot.Start()
	here.must("check")
	there.must("check")
	for _, p := range []*peyk{here, there} {
		for folder, want := range map[string]map[string]string{
			"inbox":   {"number 0": "seen", "number 1": "starred", "number 4": ""},
			"Archive": {"number 2": ""},
			"Trash":   {"number 3": ""},
		} {
			if got := p.flagsBySubject(folder); !equal(got, want) {
				t.Errorf("%s of %s holds %v, want %v", folder, p.dir, got, want)
			}
		}
	}
	there.must("mark", there.bySubject("inbox")["number 4"], "read")
	there.must("move", there.bySubject("Archive")["number 2"], "inbox")
	there.must("check")
	here.must("check")
	if got, want := here.flagsBySubject("inbox"), map[string]string{
		"number 0": "seen", "number 1": "starred", "number 2": "", "number 4": "seen",
	}; !equal(got, want) {
		t.Errorf("after the other's changes the inbox holds %v, want %v", got, want)
	}
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

func (p *peyk) bySubject(folder string) map[string]string {
	p.t.Helper()
	ids := map[string]string{}
	for _, r := range lines(p.must("list", "-folder", folder)) {
		ids[r[3]] = r[0]
	}
	return ids
}

func (p *peyk) flagsBySubject(folder string) map[string]string {
	p.t.Helper()
	flags := map[string]string{}
	for _, r := range lines(p.must("list", "-folder", folder)) {
		flags[r[3]] = r[4]
	}
	return flags
}

// TestHeadersOnly keeps only envelopes until a message is asked for.
func TestHeadersOnly(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	mail := []byte("From: a@x.org\r\nSubject: long\r\nMessage-ID: <1@h>\r\n\r\n" + strings.Repeat("text\r\n", 1000))
	dovecot.Deliver("u", mail)
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls", "-offline", "headers")
	if r := lines(p.must("check"))[0]; r[1] != "new=1" || r[4] != "bodies=0" {
		t.Errorf("check printed %v", r)
	}
	id := p.ids("a", "inbox")[0]
	if raw := p.must("show", id, "-raw"); raw != string(mail) {
		t.Errorf("show gave %d octets", len(raw))
	}
	dovecot.Stop()
	if raw := p.must("show", id, "-raw"); raw != string(mail) {
		t.Errorf("the second show gave %d octets", len(raw))
	}
}

// TestPOP3Policies looks at the server after each policy did its work.
func TestPOP3Policies(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	deliver := func(user string) {
		for i := range 3 {
			dovecot.Deliver(user, fmt.Appendf(nil, "Subject: number %d\r\n\r\n%s\r\n", i, strings.Repeat("x", i*3000)))
		}
	}
	for _, c := range []struct {
		user  string
		words []string
		// act happens between the first and the second check.
		act           func(p *peyk, ids map[string]string)
		first, second int
	}{
		{"leave", nil, func(p *peyk, ids map[string]string) { p.must("delete", ids["number 0"]) }, 3, 3},
		{"atonce", []string{"-leave-on-server=false"}, nil, 0, 0},
		{"deleted", []string{"-remove-when-deleted"}, func(p *peyk, ids map[string]string) {
			p.must("delete", ids["number 0"])
			p.must("delete", ids["number 1"])
			p.must("delete", ids["number 1"])
		}, 3, 2},
		{"moved", []string{"-remove-when-moved"}, func(p *peyk, ids map[string]string) {
			p.must("move", ids["number 0"], "Archive")
			p.must("move", ids["number 1"], "Archive")
			p.must("move", ids["number 1"], "inbox")
		}, 3, 2},
		{"large", []string{"-headers-only-over-kb", "4", "-leave-on-server=false"}, func(p *peyk, ids map[string]string) {
			// Headers alone are no copy: the server's stays until the rest came.
			p.must("show", ids["number 2"])
		}, 1, 0},
		{"few", []string{"-max-per-session", "2", "-leave-on-server=false"}, nil, 1, 0},
	} {
		t.Run(c.user, func(t *testing.T) {
			deliver(c.user)
			p := newPeyk(t, dovecot.Pool())
			p.add("a", c.user, "pop3", dovecot.POP3, "starttls", c.words...)
			p.must("check")
			if got := len(dovecot.Messages(c.user)); got != c.first {
				t.Errorf("%d are on the server after the first check, want %d", got, c.first)
			}
			if c.act != nil {
				c.act(p, p.bySubject("inbox"))
			}
			p.must("check")
			if got := len(dovecot.Messages(c.user)); got != c.second {
				t.Errorf("%d are on the server after the second check, want %d", got, c.second)
			}
			total := 0
			for _, r := range lines(p.must("folders")) {
				var n int
				if _, err := fmt.Sscan(r[1], &n); err != nil {
					t.Fatal(err)
				}
				total += n
			}
			want := 3
			if c.user == "deleted" {
				want = 2
			}
			if total != want {
				t.Errorf("%d messages are here, want %d", total, want)
			}
		})
	}
}

func TestImportExportSearch(t *testing.T) {
	dovecot := servertest.StartDovecot(t)
	p := newPeyk(t, dovecot.Pool())
	p.add("a", "u", "imap", dovecot.IMAP, "starttls")
	p.must("check")
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.eml"), filepath.Join(dir, "two.mbox")
	mails := []string{
		"Subject: گزارش ماه\r\nMessage-ID: <1@i>\r\nFrom: a@x.org\r\n\r\nفاکتور شمارهٔ ۱۲۰۳ پرداخت می‌شود.\r\n",
		"Subject: Invoice\r\nMessage-ID: <2@i>\r\nFrom: b@x.org\r\n\r\nFrom here on paid.\r\n",
	}
	if err := os.WriteFile(one, []byte(mails[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	box := "From b@x.org Sat Mar 21 10:00:00 2026\n" + strings.ReplaceAll(mails[1], "\r\nFrom here", "\r\n>From here") + "\n"
	if err := os.WriteFile(two, []byte(box), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := p.must("import", "-account", "a", one, two); out != "2\n" {
		t.Errorf("import printed %q", out)
	}
	p.must("check")
	if got := len(dovecot.Messages("u")); got != 2 {
		t.Errorf("%d are on the server", got)
	}
	for query, want := range map[string][]string{
		"فاكتور 1203":  {"گزارش ماه"},
		"میشود":        {"گزارش ماه"},
		"invoice PAID": {"Invoice"},
		"x.org":        {"گزارش ماه", "Invoice"},
		"paid فاکتور":  nil,
	} {
		var got []string
		for _, r := range lines(p.must("search", query)) {
			got = append(got, r[3])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	out := p.must("list", "-folder", "inbox", "-json")
	for line := range strings.Lines(out) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil || record["subject"] == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestUsage(t *testing.T) {
	p := newPeyk(t, nil)
	for _, args := range [][]string{
		{"nonsense"},
		{"list"},
		{"mark", "1"},
		{"mark", "1", "eaten"},
		{"show", "x"},
		{"account"},
		{"account", "fly"},
		{"export"},
		{"list", "-folder"},
		{"account", "add", "-name", "x", "-email", "x", "-protocol", "imap"},
	} {
		if code, _, errs := p.run(nil, args...); code != Usage || errs == "" {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}
