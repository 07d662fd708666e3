package demo

import (
	"context"
	"net"
	"net/smtp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"peyk/accounts"
)

// start runs a world in which nothing comes by itself and answers come soon.
func start(t *testing.T, o Options) *World {
	t.Helper()
	if o.Every == 0 {
		o.Every = time.Hour
	}
	if o.AnswerAfter == 0 {
		o.AnswerAfter = 20 * time.Millisecond
	}
	w, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return w
}

func signIn(t *testing.T, w *World, o *imapclient.Options) *imapclient.Client {
	t.Helper()
	in := w.Accounts[0].Incoming
	c, err := imapclient.DialInsecure(in.Address(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(in.User, w.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// inboxSubjects are the subjects in the IMAP inbox from the UID on.
func inboxSubjects(t *testing.T, c *imapclient.Client, from imap.UID) []string {
	t.Helper()
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	msgs, err := c.Fetch(imap.UIDSet{{Start: from, Stop: 0}}, &imap.FetchOptions{UID: true, Envelope: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range msgs {
		if m.UID >= from {
			out = append(out, m.Envelope.Subject)
		}
	}
	return out
}

func submit(t *testing.T, w *World, a *accounts.Account, to []string, raw string) {
	t.Helper()
	out := a.Outgoing
	auth := smtp.PlainAuth("", out.User, w.Password, out.Host)
	if err := smtp.SendMail(out.Address(), auth, a.Identity().Email, to, []byte(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
}

// await tries until the condition holds.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAccountsAreValid(t *testing.T) {
	w := start(t, Options{})
	if len(w.Accounts) != 2 || w.Accounts[0].Protocol != accounts.IMAP || w.Accounts[1].Protocol != accounts.POP3 {
		t.Fatalf("accounts are %+v", w.Accounts)
	}
	ports := map[int]bool{}
	for _, a := range w.Accounts {
		if err := a.Validate(); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		for _, s := range []accounts.Server{a.Incoming, a.Outgoing} {
			ports[s.Port] = true
			if !net.ParseIP(s.Host).IsLoopback() {
				t.Errorf("%s is not on loopback", s.Address())
			}
		}
		if a.UndoSeconds != 2 || len(a.Identities) != 2 || a.Identities[0].Signature == "" {
			t.Errorf("account %+v lacks something", a)
		}
	}
	if len(ports) != 3 {
		t.Errorf("ports %v, want three", ports)
	}
}

func TestFolders(t *testing.T) {
	w := start(t, Options{})
	c := signIn(t, w, nil)
	list, err := c.List("", "*", &imap.ListOptions{
		ReturnSpecialUse: true,
		ReturnStatus:     &imap.StatusOptions{NumMessages: true, NumUnseen: true, UIDValidity: true},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, want := range []struct {
		name     string
		use      imap.MailboxAttr
		min, max uint32
	}{
		{"INBOX", "", 80, 105},
		{"Archive", imap.MailboxAttrArchive, 12, 30},
		{"Drafts", imap.MailboxAttrDrafts, 3, 6},
		{"Junk", imap.MailboxAttrJunk, 5, 12},
		{"Projects", imap.MailboxAttrNonExistent, 0, 0},
		{"Projects/Peyk", "", 15, 30},
		{"Sent", imap.MailboxAttrSent, 12, 30},
		{"Trash", imap.MailboxAttrTrash, 4, 10},
		{"خانواده", "", 10, 20},
	} {
		i := slices.IndexFunc(list, func(d *imap.ListData) bool { return d.Mailbox == want.name })
		if i < 0 {
			t.Errorf("%s is not listed", want.name)
			continue
		}
		d := list[i]
		if want.use != "" && !slices.Contains(d.Attrs, want.use) {
			t.Errorf("%s has %v, want %s among them", want.name, d.Attrs, want.use)
		}
		if want.max == 0 {
			if d.Status != nil {
				t.Errorf("%s has a status", want.name)
			}
			continue
		}
		if d.Status == nil || d.Status.UIDValidity == 0 {
			t.Fatalf("%s has status %+v", want.name, d.Status)
		}
		if n := *d.Status.NumMessages; n < want.min || n > want.max {
			t.Errorf("%s holds %d messages, want %d to %d", want.name, n, want.min, want.max)
		}
		total += int(*d.Status.NumMessages)
		if want.name == "INBOX" && (*d.Status.NumUnseen < 8 || *d.Status.NumUnseen > 40) {
			t.Errorf("%d messages of the inbox are unread", *d.Status.NumUnseen)
		}
	}
	if len(list) != 9 {
		t.Errorf("%d mailboxes, want 9", len(list))
	}
	if total < 160 {
		t.Errorf("%d messages in all", total)
	}
	if list[0].Mailbox != "INBOX" {
		t.Errorf("%s comes first", list[0].Mailbox)
	}
}

func TestSentToOwnAddressComesBack(t *testing.T) {
	w := start(t, Options{})
	arrived := make(chan uint32, 16)
	c := signIn(t, w, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				arrived <- *d.NumMessages
			}
		},
	}})
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	submit(t, w, &w.Accounts[0], []string{"Sara@Peyk.Example", pop3Address},
		"From: sara@peyk.example\nTo: sara@peyk.example\nSubject: to myself\nMessage-ID: <1@peyk.example>\n\nHello me.\n..dot\n")
	select {
	case n := <-arrived:
		if n != box.NumMessages+1 {
			t.Errorf("EXISTS %d after %d", n, box.NumMessages)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("IDLE did not tell of the new message")
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	if err := idle.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := inboxSubjects(t, c, box.UIDNext); !slices.Equal(got, []string{"to myself"}) {
		t.Errorf("the inbox got %q", got)
	}
	if last := popLast(t, w); !strings.Contains(last, "Subject: to myself\r\n") || !strings.Contains(last, "\r\n..dot\r\n") {
		t.Errorf("the POP3 inbox got %q", last)
	}
}

func TestOthersAnswer(t *testing.T) {
	w := start(t, Options{})
	c := signIn(t, w, nil)
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		to, raw       string
		subject, want string // of the answer
	}{
		{
			"reza@far.example",
			"From: sara@peyk.example\nTo: =?utf-8?B?2LHYttinINqp2LHbjNmF24w=?= <reza@far.example>\nMessage-ID: <q1@peyk.example>\n" +
				"Subject: =?utf-8?B?2LPZhNin2YU=?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nسلام رضا، خوبی؟\n",
			"Re: سلام", "سلام Sara Ahmadi",
		},
		{"list@far.example", "From: sara@peyk.example\nTo: list@far.example\nAuto-Submitted: auto-replied\nSubject: loop\n\nI am away.\n", "", ""},
		{"x@far.example", "Subject: broken\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=none\n\nhm", "Re: broken", "Hello"},
		{"y@far.example", "not a header\nat all", "Re:", "Hello"},
		{
			"bob@far.example",
			"From: sara@peyk.example\nTo: Bob <bob@far.example>\nMessage-ID: <q2@peyk.example>\nReferences: <q0@peyk.example>\n" +
				"Subject: Re: lunch\nContent-Type: text/html\n\n<style>p{}</style><p>Shall we <b>eat</b>?</p><p>نه</p>\n",
			"Re: lunch", "Hello Sara Ahmadi",
		},
	} {
		submit(t, w, &w.Accounts[0], []string{tt.to}, tt.raw)
		if tt.subject == "" {
			continue
		}
		var raw string
		await(t, "the answer "+tt.subject, func() bool {
			if err := c.Noop().Wait(); err != nil {
				t.Fatal(err)
			}
			raw = fetchOne(t, c, box.UIDNext)
			return raw != ""
		})
		box.UIDNext++
		got := readQuestion([]byte(raw))
		subject, err := got.header.Text("Subject")
		if err != nil || subject != tt.subject {
			t.Errorf("answer has subject %q, %v, want %q", subject, err, tt.subject)
		}
		if !strings.HasPrefix(got.text, tt.want) {
			t.Errorf("answer to %s begins %q, want %q", tt.subject, got.text, tt.want)
		}
		if !got.automatic() {
			t.Error("the answer does not say that it is automatic")
		}
	}
	raw := fetchOne(t, c, box.UIDNext-1)
	for _, want := range []string{
		"From: Bob <bob@far.example>", "To: Sara Ahmadi <sara@peyk.example>", "In-Reply-To: <q2@peyk.example>",
		"References: <q0@peyk.example>\r\n <q2@peyk.example>", "\r\n> Shall we eat?\r\n",
	} {
		if !strings.Contains(raw, want) && !strings.Contains(readQuestion([]byte(raw)).text, strings.TrimSpace(want)) {
			t.Errorf("answer lacks %q:\n%s", want, raw)
		}
	}
}

// fetchOne is the message of that UID, empty when there is none yet.
func fetchOne(t *testing.T, c *imapclient.Client, uid imap.UID) string {
	t.Helper()
	section := &imap.FetchItemBodySection{Peek: true}
	msgs, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	if len(msgs) == 0 {
		return ""
	}
	return string(msgs[0].FindBodySection(section))
}

func TestSendingNeedsThePassword(t *testing.T) {
	w := start(t, Options{})
	out := w.Accounts[0].Outgoing
	body := []byte("Subject: x\r\n\r\nx\r\n")
	if err := smtp.SendMail(out.Address(), smtp.PlainAuth("", out.User, "wrong", out.Host), out.User, []string{imapAddress}, body); err == nil {
		t.Error("a wrong password was accepted")
	}
	if err := smtp.SendMail(out.Address(), nil, out.User, []string{imapAddress}, body); err == nil {
		t.Error("sending without signing in was accepted")
	}
}

func TestSomethingArrives(t *testing.T) {
	w := start(t, Options{Every: 5 * time.Millisecond})
	c := signIn(t, w, nil)
	box, err := c.Status("INBOX", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	popBefore := popStat(t, w)
	await(t, "arrivals in both accounts", func() bool {
		now, err := c.Status("INBOX", &imap.StatusOptions{NumMessages: true}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		popNow := popStat(t, w)
		return *now.NumMessages >= *box.NumMessages+4 && popNow >= popBefore+4
	})
}

func TestCloseEndsEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	w, err := Start(context.Background(), Options{Every: time.Millisecond, AnswerAfter: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	// Connections of each kind, one idling, one in the middle of a message.
	c, err := imapclient.DialInsecure(w.Accounts[0].Incoming.Address(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(imapAddress, w.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Idle(); err != nil {
		t.Fatal(err)
	}
	submit(t, w, &w.Accounts[0], []string{"nobody@far.example"}, "Subject: q\n\nq\n")
	s, err := smtp.Dial(w.Accounts[0].Outgoing.Address())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Auth(smtp.PlainAuth("", imapAddress, w.Password, "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := s.Mail(imapAddress); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("tcp", w.Accounts[1].Incoming.Address())
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- w.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Close does not return")
	}
	if err := w.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	for _, end := range []interface{ Close() error }{c, s, silent} {
		_ = end.Close() // the other side is gone; what it says does not matter
	}
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
	if _, err := net.Dial("tcp", w.Accounts[0].Incoming.Address()); err == nil {
		t.Error("the IMAP port is still open")
	}
}

func TestContextEndsTheWorld(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	await(t, "the ports to close", func() bool {
		conn, err := net.Dial("tcp", w.Accounts[0].Outgoing.Address())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// BenchmarkStart is what a person waits for when the demo begins.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		w, err := Start(b.Context(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
