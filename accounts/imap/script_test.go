package imap

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/storage"
)

func TestGreetings(t *testing.T) {
	tests := []struct {
		name     string
		security accounts.Security
		script   func(p *peer)
		step     accounts.Step
		cause    accounts.Cause
		words    string
	}{
		{"turned away", accounts.Plain, func(p *peer) { p.send("* BYE Too many connections") }, accounts.StepGreet, accounts.CauseBusy, "Too many"},
		{"maintenance", accounts.Plain, func(p *peer) { p.send("* BYE [UNAVAILABLE] back at noon") }, accounts.StepGreet, accounts.CauseTemporary, "back at noon"},
		{"another protocol", accounts.Plain, func(p *peer) { p.send("+OK POP3 ready") }, accounts.StepGreet, accounts.CauseProtocol, "+OK POP3"},
		{"cut", accounts.Plain, func(*peer) {}, accounts.StepGreet, accounts.CauseClosed, ""},
		{"no STARTTLS", accounts.STARTTLS, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")
		}, accounts.StepEncrypt, accounts.CauseNoSTARTTLS, ""},
		{"no STARTTLS when asked", accounts.STARTTLS, func(p *peer) {
			p.send("* OK ready")
			p.say("CAPABILITY", "* CAPABILITY IMAP4rev1", "%t OK")
		}, accounts.StepEncrypt, accounts.CauseNoSTARTTLS, ""},
		{"STARTTLS refused", accounts.STARTTLS, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready")
			p.say("STARTTLS", "%t NO not today")
		}, accounts.StepEncrypt, accounts.CauseNoSTARTTLS, "not today"},
		{"signed in before encryption", accounts.STARTTLS, func(p *peer) {
			p.send("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome")
		}, accounts.StepEncrypt, accounts.CauseNoSTARTTLS, ""},
		{"words put in before encryption", accounts.STARTTLS, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready")
			p.expect("STARTTLS")
			p.send("%t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN")
		}, accounts.StepEncrypt, accounts.CauseProtocol, ""},
		{"no way in", accounts.Plain, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI] ready")
		}, accounts.StepSignIn, accounts.CauseMechanism, ""},
		{"wrong password, old server", accounts.Plain, func(p *peer) {
			p.send("* OK ready")
			p.say("CAPABILITY", "* CAPABILITY IMAP4rev1", "%t OK done")
			p.say(`LOGIN "sara" "secret"`, "%t NO Login failed.")
		}, accounts.StepSignIn, accounts.CausePassword, "Login failed."},
		{"passing trouble", accounts.Plain, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1] ready")
			p.say("LOGIN .*", "%t NO [UNAVAILABLE] directory is down")
		}, accounts.StepSignIn, accounts.CauseTemporary, "directory is down"},
		{"hangs up on sign-in", accounts.Plain, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1] ready")
			p.say("LOGIN .*", "* BYE autologout; idle for too long")
		}, accounts.StepSignIn, accounts.CauseClosed, "autologout"},
		{"an endless line of talk", accounts.Plain, func(p *peer) {
			p.send("* OK ready")
			p.expect("CAPABILITY")
			for range maxUntagged + 1 {
				p.send("* OK wait")
			}
		}, accounts.StepGreet, accounts.CauseProtocol, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := listen(t, tt.script)
			server.Security = tt.security
			_, err := dialTo(t, server, Options{})
			failure(t, err, tt.step, tt.cause, tt.words)
		})
	}
}

func TestPreauth(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.send("* PREAUTH [CAPABILITY IMAP4rev1 ID] welcome")
		p.say("NOOP", "%t OK")
		p.wait()
	}))
	if err := s.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestIdentification(t *testing.T) {
	server := listen(t, func(p *peer) {
		p.send("* OK [CAPABILITY IMAP4rev1 ID] ready")
		p.say("LOGIN .*", "%t OK in")
		p.say("CAPABILITY", "* CAPABILITY IMAP4rev1 ID IDLE", "%t OK")
		p.say(`ID \("name" "Peyk" "version" "1.0" "os" "\w+"\)`, `* ID ("name" {3}`, `a"b "x" NIL)`, "%t BAD no")
		p.wait()
	})
	s, err := dialTo(t, server, Options{Client: "Peyk/1.0"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Caps().Idle || s.Caps().Move {
		t.Errorf("capabilities %+v", s.Caps())
	}
}

func TestTranscriptHasNoSecrets(t *testing.T) {
	for _, caps := range []string{"", "AUTH=PLAIN SASL-IR", "AUTH=PLAIN", "AUTH=LOGIN", "AUTH=CRAM-MD5"} {
		var trace bytes.Buffer
		server := listen(t, func(p *peer) {
			p.send("* OK [CAPABILITY IMAP4rev1 " + caps + "] ready")
			p.expect("(LOGIN|AUTHENTICATE).*")
			for i := 0; !strings.HasSuffix(caps, "SASL-IR") && caps != "" && (i < 1 || caps == "AUTH=LOGIN" && i < 2); i++ {
				challenge := ""
				if caps == "AUTH=CRAM-MD5" {
					challenge = "PDE+"
				}
				p.send("+ " + challenge)
				p.line()
			}
			p.send("%t OK [CAPABILITY IMAP4rev1] in")
			p.wait()
		})
		s, err := dialTo(t, server, Options{Trace: &trace})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		text := trace.String()
		for _, secret := range []string{"secret", "c2VjcmV0", "AHNhcmEAc2VjcmV0", "c2FyYSA"} {
			if strings.Contains(text, secret) {
				t.Errorf("with %q the transcript has %q:\n%s", caps, secret, text)
			}
		}
		if !strings.Contains(text, "S: * OK") || !strings.Contains(text, "C: S1 ") {
			t.Errorf("the transcript lacks lines:\n%s", text)
		}
	}
}

// drafts is a name that a server spells in raw UTF-8.
const drafts = "پیش\u200cنویس"

// An old server knows nothing but the base protocol.
func TestOldServer(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.say(`LIST "" "\*"`,
			`* LIST (\HasNoChildren) "." "INBOX"`,
			`* LIST () "." {10}`, `INBOX.Sent`,
			`* LIST () "." INBOX.Entw&APw-rfe`,
			`* LIST (\Noselect bad\attr) "." Public`,
			`* LIST () NIL "R&D"`,
			`* LIST () "." "`+drafts+`"`,
			`* LIST broken`,
			`* X-SOMETHING ELSE`,
			`%t OK done`)
		p.say(`LSUB "" "\*"`, `* LSUB () "." "INBOX"`, `* LSUB () "." INBOX.Sent`, `%t OK done`)
		p.say(`STATUS INBOX \(.*\)`, `* STATUS inbox (MESSAGES 5 UNSEEN 2 UIDNEXT 9 UIDVALIDITY 3 )`, `%t OK`)
		p.say(`STATUS "INBOX.Sent" \(.*\)`, `%t NO access denied`)
		p.say(`STATUS "INBOX.Entwürfe".*|STATUS "INBOX.Entw&APw-rfe" \(.*\)`, `* STATUS INBOX.Entw&APw-rfe (MESSAGES -1)`, `%t OK`)
		p.say(`STATUS "R&D" .*`, `* STATUS "R&D" (MESSAGES 1)`, `%t OK`)
		p.say(`STATUS "`+drafts+`" .*`, `* STATUS "`+drafts+`" (MESSAGES 4)`, `%t OK`)
		p.opened(3)
		p.say(`UID SEARCH UID 2:\*`, `* SEARCH 12 3 2 (MODSEQ 9)`, `%t OK`)
		p.say(`UID COPY 3,5:6 "INBOX.Sent"`, `%t OK done`)
		p.say(`UID STORE 3,5:6 \+FLAGS.SILENT \(\\Deleted\)`, `%t OK`)
		p.say(`UID SEARCH DELETED`, `* SEARCH 3 5 6 12`, `%t OK`)
		p.say(`UID STORE 7 \+FLAGS.SILENT \(\\Deleted\)`, `%t OK`)
		p.say(`UID SEARCH DELETED`, `* SEARCH 7`, `%t OK`)
		p.say(`EXPUNGE`, `* 2 EXPUNGE`, `%t OK`)
		p.wait()
	}))
	ctx := t.Context()
	boxes, err := s.Mailboxes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []MailboxInfo{
		{Name: "INBOX", Delimiter: ".", Role: storage.RoleInbox, Subscribed: true, HasStatus: true, UIDValidity: 3, UIDNext: 9, Total: 5, Unseen: 2, Bytes: -1},
		{Name: "INBOX.Sent", Delimiter: ".", Role: storage.RoleSent, Subscribed: true, Bytes: -1},
		{Name: "INBOX.Entwürfe", Delimiter: ".", Role: storage.RoleDrafts, Bytes: -1},
		{Name: "Public", Delimiter: ".", NoSelect: true, Bytes: -1},
		{Name: "R&D", HasStatus: true, Total: 1, Bytes: -1},
		{Name: drafts, Delimiter: ".", HasStatus: true, Total: 4, Bytes: -1},
	}
	if len(boxes) != len(want) {
		t.Fatalf("got %d mailboxes: %+v", len(boxes), boxes)
	}
	for i := range want {
		if boxes[i] != want[i] {
			t.Errorf("mailbox %d is\n%+v, want\n%+v", i, boxes[i], want[i])
		}
	}
	if sel := mustSelect(t, s, "INBOX"); sel.PermanentFlags != storage.Seen|storage.Deleted || sel.CanKeywords || sel.ReadOnly || sel.UIDValidity != 7 {
		t.Errorf("selected %+v", sel)
	}
	if uids, err := s.UIDs(ctx, 2); err != nil || !slices.Equal(uids, []uint32{2, 3, 12}) {
		t.Fatalf("UIDs %v, %v", uids, err)
	}
	moved, validity, err := s.Move(ctx, []uint32{6, 5, 3}, "INBOX.Sent")
	if err != nil || len(moved) != 0 || validity != 0 || s.LeftDeleted() != 3 {
		t.Fatalf("moved %v, %d, %v, left %d", moved, validity, err, s.LeftDeleted())
	}
	if err := s.Expunge(ctx, []uint32{7}); err != nil || s.LeftDeleted() != 3 {
		t.Fatal(err)
	}
	if err := s.Idle(ctx, func(Event) {}); !errors.Is(err, ErrNoIdle) {
		t.Errorf("IDLE: %v", err)
	}
}

func TestModernServer(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("ID LIST-EXTENDED LIST-STATUS SPECIAL-USE STATUS=SIZE CONDSTORE ESEARCH MOVE UIDPLUS QUOTA LITERAL+")
		p.expect(`LIST "" "\*" RETURN \(SUBSCRIBED STATUS \([A-Z ]+\) SPECIAL-USE\)`)
		// All STATUS at the end, as RFC 5819 allows; \Sent in other letters.
		p.send(`* LIST (\Subscribed) "/" INBOX`, `* LIST (\SENT) "/" "Gone out"`, `* LIST () "/" Sent`, `* LIST (\NonExistent) "/" Ghost`,
			`* STATUS "Sent" (MESSAGES 3 SIZE 300 HIGHESTMODSEQ 8)`, `* STATUS INBOX (MESSAGES 2 SIZE 20)`, `%t OK`)
		for range 3 {
			p.expect(`STATUS (INBOX|"Gone out"|"Sent") .*`)
			if p.tag != "" {
				p.send(`* STATUS INBOX (MESSAGES 2 SIZE 20)`, `* STATUS "Gone out" (MESSAGES 1 SIZE 10)`, `%t OK`)
			}
		}
		p.expect(`SELECT INBOX \(CONDSTORE\)`)
		p.send(`* 2 EXISTS`, `* OK [PERMANENTFLAGS (\Seen $Forwarded x]y \*)] f`, `* OK [HIGHESTMODSEQ 77] h`, `%t OK [READ-ONLY] open`)
		p.say(`UID SEARCH RETURN \(ALL\) UID 1:\*`, `* ESEARCH (TAG "%t") UID ALL 4:5`, `%t OK`)
		p.say(`UID FETCH 1:\* \(UID (FLAGS MODSEQ|MODSEQ FLAGS)\) \(CHANGEDSINCE 70\)`,
			`* 2 FETCH (UID 5 FLAGS (\seen $forwarded NonJunk) MODSEQ (77))`, `* VANISHED (EARLIER) 1:3`, `%t OK`)
		// The sets of COPYUID pair in the order in which they are written.
		p.say(`UID MOVE 4:5 "Gone out"`, `* OK [COPYUID 9 5,4 20:21] moved`, `* 1 EXPUNGE`, `* 1 EXPUNGE`, `%t OK done`)
		p.expect(`APPEND "Gone out" \(\\Seen\) "20-Mar-2024 03:06:24 \+0330" \{5\+\}`)
		if got := p.bytes(7); string(got) != "hello\r\n" {
			p.t.Errorf("appended %q", got)
		}
		p.send(`%t OK [APPENDUID 9 22] done`)
		p.expect(`APPEND INBOX \{100000\}|APPEND "INBOX" \{100000\}`)
		p.send(`%t NO [OVERQUOTA] full`)
		p.say(`GETQUOTAROOT INBOX`, `* QUOTAROOT INBOX "" user`, `* QUOTA "" (MESSAGE 5 -1)`, `* QUOTA user (STORAGE 10 512)`, `%t OK`)
		p.wait()
	}))
	ctx := t.Context()
	boxes, err := s.Mailboxes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]storage.Role{}
	for _, b := range boxes {
		roles[b.Name] = b.Role
		if b.Name == "Gone out" && (b.Total != 1 || b.Bytes != 10) || b.Name == "Ghost" && !b.NoSelect {
			t.Errorf("mailbox %+v", b)
		}
	}
	if roles["Gone out"] != storage.RoleSent || roles["Sent"] != storage.RoleNone {
		t.Errorf("roles %v", roles)
	}
	sel := mustSelect(t, s, "INBOX")
	if !sel.ReadOnly || sel.HighestModSeq != 77 || !sel.CanKeywords || sel.PermanentFlags != storage.Seen|storage.Forwarded {
		t.Errorf("selected %+v", sel)
	}
	if uids, err := s.UIDs(ctx, 0); err != nil || !slices.Equal(uids, []uint32{4, 5}) {
		t.Fatalf("UIDs %v, %v", uids, err)
	}
	calls := 0
	err = s.Flags(ctx, nil, 70, func(uid uint32, f storage.Flags, keywords []string, modseq uint64) error {
		calls++
		if uid != 5 || f != storage.Seen|storage.Forwarded || !slices.Equal(keywords, []string{"NonJunk"}) || modseq != 77 {
			t.Errorf("flags of %d are %b %v at %d", uid, f, keywords, modseq)
		}
		return nil
	})
	if err != nil || calls != 1 {
		t.Fatal(calls, err)
	}
	moved, validity, err := s.Move(ctx, []uint32{4, 5}, "Gone out")
	if err != nil || validity != 9 || moved[5] != 20 || moved[4] != 21 {
		t.Fatalf("moved %v, %d, %v", moved, validity, err)
	}
	date := time.Date(2024, 3, 20, 3, 6, 24, 0, time.FixedZone("", 12600))
	uid, validity, err := s.Append(ctx, "Gone out", storage.Seen, date, []byte("hello"))
	if err != nil || uid != 22 || validity != 9 {
		t.Fatalf("appended as %d, %d, %v", uid, validity, err)
	}
	_, _, err = s.Append(ctx, "INBOX", 0, time.Time{}, make([]byte, 100_000))
	failure(t, err, accounts.StepSave, accounts.CauseRejected, "full")
	if Permanent(err) {
		t.Error("a full mailbox is told as permanent")
	}
	if q, err := s.Quota(ctx); err != nil || q != (Quota{Used: 10 * 1024, Limit: 512 * 1024}) {
		t.Errorf("quota %+v, %v", q, err)
	}
}

func TestExtendedListRefused(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("LIST-EXTENDED")
		p.say(`LIST .* RETURN .*`, `%t BAD what?`)
		p.say(`LIST "" "\*"`, `* LIST () "/" INBOX`, `%t OK`)
		p.say(`LSUB .*`, `%t BAD what?`)
		p.say(`STATUS .*`, `* STATUS INBOX (MESSAGES 1)`, `%t OK`)
		p.wait()
	}))
	boxes, err := s.Mailboxes(t.Context())
	if err != nil || len(boxes) != 1 || boxes[0].Total != 1 {
		t.Errorf("got %+v, %v", boxes, err)
	}
}

// A search that ends without an answer must not look like an empty mailbox.
func TestNoAnswerIsNotEmpty(t *testing.T) {
	tests := []struct {
		name   string
		caps   string
		script func(p *peer)
		want   []uint32
		cause  accounts.Cause
	}{
		{"ESEARCH by sequence numbers", "ESEARCH", func(p *peer) {
			p.say(`UID SEARCH RETURN .*`, `* ESEARCH (TAG "%t") ALL 1:2`, `%t OK`)
			p.say(`UID SEARCH UID 1:\*`, `* SEARCH 8 9`, `%t OK`)
		}, []uint32{8, 9}, ""},
		{"ESEARCH refused", "ESEARCH", func(p *peer) {
			p.say(`UID SEARCH RETURN .*`, `%t BAD no`)
			p.say(`UID SEARCH UID 1:\*`, `* SEARCH 8 9`, `%t OK`)
		}, []uint32{8, 9}, ""},
		{"no answer at all", "ESEARCH", func(p *peer) {
			p.say(`UID SEARCH RETURN .*`, `%t OK`)
			p.say(`UID SEARCH UID 1:\*`, `* SEARCH`, `%t OK`)
			p.say(`UID SEARCH UID 1:\*`, `* SEARCH`, `%t OK`)
		}, nil, accounts.CauseProtocol},
		{"a bomb", "ESEARCH", func(p *peer) {
			p.say(`UID SEARCH RETURN .*`, `* ESEARCH (TAG "%t") UID ALL 1:4294967295`, `%t OK`)
		}, nil, accounts.CauseProtocol},
		{"emptied meanwhile", "", func(p *peer) {
			p.say(`UID SEARCH UID 1:\*`, `* 1 EXPUNGE`, `* 1 EXPUNGE`, `* SEARCH`, `%t OK`)
			p.say(`UID SEARCH UID 1:\*`, `* SEARCH`, `%t OK`)
		}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustDial(t, listen(t, func(p *peer) {
				p.welcome(tt.caps)
				p.opened(2)
				tt.script(p)
				p.wait()
			}))
			mustSelect(t, s, "INBOX")
			uids, err := s.UIDs(t.Context(), 0)
			if tt.cause != "" {
				failure(t, err, accounts.StepList, tt.cause, "")
			} else if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(uids, tt.want) {
				t.Errorf("got %v", uids)
			}
		})
	}
}

// What counts is what the server said last, not what SELECT said.
func TestCountFollowsNews(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		for range 50 {
			p.opened(0)
			p.opened(2)
			p.say(`UID SEARCH UID 1:\*`, `* SEARCH 4 5`, `%t OK`)
		}
		p.opened(0)
		p.say("NOOP", "* 1 EXISTS", "%t OK")
		p.say(`UID SEARCH UID 1:\*`, `* SEARCH 6`, `%t OK`)
		p.wait()
	}))
	for range 50 {
		mustSelect(t, s, "Empty")
		if uids, err := s.UIDs(t.Context(), 0); err != nil || len(uids) != 0 {
			t.Fatalf("the empty mailbox has %v, %v", uids, err)
		}
		mustSelect(t, s, "INBOX")
		if uids, err := s.UIDs(t.Context(), 0); err != nil || len(uids) != 2 {
			t.Fatalf("the inbox has %v, %v", uids, err)
		}
	}
	mustSelect(t, s, "Empty")
	if err := s.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if uids, err := s.UIDs(t.Context(), 0); err != nil || len(uids) != 1 {
		t.Fatalf("after the news there are %v, %v", uids, err)
	}
}

func TestSelectWithoutCount(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.say("SELECT .*", "* OK [UIDVALIDITY x] broken", "* OK [UIDNEXT] broken", "%t OK open")
		p.wait()
	}))
	_, err := s.Select(t.Context(), "INBOX", false)
	failure(t, err, accounts.StepReceive, accounts.CauseProtocol, "")
}

func TestStoreLeavesForwardedAlone(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(1, `* OK [PERMANENTFLAGS (\Seen \Answered)] f`)
		p.say(`UID STORE 1 \+FLAGS.SILENT \(\\Answered\)`, `* 1 FETCH (UID 1 MODSEQ (12))`, `%t OK`)
		p.wait()
	}))
	mustSelect(t, s, "INBOX")
	if err := s.Store(t.Context(), []uint32{1}, storage.Answered|storage.Forwarded, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Store(t.Context(), []uint32{1}, storage.Forwarded, 0); err != nil {
		t.Fatal(err)
	}
}

func TestLongSets(t *testing.T) {
	var uids []uint32
	for i := uint32(1); i < 20_000; i += 2 {
		uids = append(uids, 1_000_000+i)
	}
	longest := 0
	flagged := 0
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(1)
		for flagged < len(uids) {
			command := p.expect(`UID STORE .*`)
			longest = max(longest, len(command))
			flagged += strings.Count(command, ",") + 1
			p.send("%t OK")
		}
		p.say("NOOP", "%t OK")
		p.wait()
	}))
	mustSelect(t, s, "INBOX")
	if err := s.Store(t.Context(), uids, storage.Seen, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if longest > 8000 || longest < 7000 {
		t.Errorf("the longest command has %d octets", longest)
	}
}

func TestLargeBody(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcde\n"), 20<<20/16)
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(1)
		p.expect("UID FETCH 1 .*")
		p.send(fmt.Sprintf(`* 1 FETCH (UID 1 BODY[] {%d}`, len(body)))
		p.send(string(body)+` FLAGS (\Seen))`, "%t OK")
		p.wait()
	}))
	mustSelect(t, s, "INBOX")
	err := s.Bodies(t.Context(), []uint32{1}, func(b Body) error {
		if !bytes.Equal(b.Raw, body) || b.Flags != storage.Seen {
			t.Errorf("%d octets, flags %b", len(b.Raw), b.Flags)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
