package imap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/storage"
)

// envelopesOf fetches UIDs 1 to n from a server that answers with lines.
func envelopesOf(t *testing.T, n int, lines ...string) ([]Envelope, error) {
	t.Helper()
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(n)
		p.expect("UID FETCH .*")
		p.send(lines...)
		p.wait()
	}))
	mustSelect(t, s, "INBOX")
	var uids []uint32
	for i := range n {
		uids = append(uids, uint32(i+1))
	}
	var got []Envelope
	err := s.Envelopes(t.Context(), uids, func(e Envelope) error {
		got = append(got, e)
		return nil
	})
	return got, err
}

const section = `BODY[HEADER.FIELDS (FROM)]`

// One message that the server tells wrongly costs at most what was told
// wrongly.
func TestBadItemsCostThemselves(t *testing.T) {
	good := func(n int) string {
		return fmt.Sprintf(`* %d FETCH (UID %d FLAGS (\Seen) RFC822.SIZE 10 %s "From: x")`, n, n, section)
	}
	date := time.Date(2024, 3, 20, 3, 6, 24, 0, time.UTC)
	tests := []struct {
		name, line string
		want       Envelope
	}{
		{"date", `* 2 FETCH (UID 2 INTERNALDATE "yesterday" FLAGS (\Seen) ` + section + ` "h")`, Envelope{Flags: storage.Seen}},
		{"no date", `* 2 FETCH (UID 2 INTERNALDATE NIL FLAGS (\Seen) ` + section + ` "h")`, Envelope{Flags: storage.Seen}},
		{"day without a space", `* 2 FETCH (UID 2 INTERNALDATE "20-Mar-2024 03:06:24 +0000" ` + section + ` "h")`, Envelope{InternalDate: date}},
		{"size", `* 2 FETCH (UID 2 RFC822.SIZE -1 ` + section + ` "h")`, Envelope{}},
		{"flags", `* 2 FETCH (UID 2 FLAGS ( \Seen x]y \Flagged \* ) ` + section + ` "h" )`, Envelope{Flags: storage.Seen | storage.Flagged}},
		{"NIL envelope", `* 2 FETCH (UID 2 ENVELOPE NIL ` + section + ` "h")`, Envelope{}},
		{"structure NIL", `* 2 FETCH (UID 2 BODYSTRUCTURE NIL ` + section + ` "h")`, Envelope{}},
		{"structure empty", `* 2 FETCH (UID 2 BODYSTRUCTURE () ` + section + ` "h")`, Envelope{}},
		{"structure short", `* 2 FETCH (UID 2 BODYSTRUCTURE (("TEXT") ("APPLICATION" "PDF" ("NAME" "a"))) ` + section + ` "h")`, Envelope{Attachments: 1}},
		{"structure with a NIL type", `* 2 FETCH (UID 2 BODYSTRUCTURE ((NIL NIL NIL NIL NIL NIL -1) "mixed") ` + section + ` "h")`, Envelope{}},
		{"structure with literals", `* 2 FETCH (UID 2 BODYSTRUCTURE ("APPLICATION" "PDF" ("NAME" {3}` + "\r\na\r\n" + `) NIL NIL {6}` + "\r\nbase64 5) " + section + ` "h")`, Envelope{Attachments: 1}},
		{"unknown items", `* 2 FETCH (UID 2 X-GM-LABELS (\Inbox "a b") EMAILID (M1) ` + section + ` "h" PREVIEW {2}` + "\r\nhi)", Envelope{}},
		{"no spaces", `* 2 FETCH (UID 2 FLAGS(\Seen) ` + section + ` "h")`, Envelope{Flags: storage.Seen}},
		{"small letters", `* 2 fetch (uid 2 flags (\seen) body[header.fields ("from")] "h")`, Envelope{Flags: storage.Seen}},
		{"UID behind the body", `* 2 FETCH (FLAGS (\Seen) ` + section + " {1}\r\nh UID 2)", Envelope{Flags: storage.Seen}},
		{"news before the answer", `* 2 FETCH (UID 2 FLAGS ())` + "\r\n" + `* 2 FETCH (UID 2 FLAGS (\Seen) ` + section + " {1}\r\nh)", Envelope{Flags: storage.Seen}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := envelopesOf(t, 3, good(1), tt.line, good(3), "%t OK")
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 3 {
				t.Fatalf("got %d envelopes: %+v", len(got), got)
			}
			slices.SortFunc(got, func(a, b Envelope) int { return int(a.UID) - int(b.UID) })
			e := got[1]
			if string(e.Header) != "h" || e.Flags != tt.want.Flags || !e.InternalDate.Equal(tt.want.InternalDate) || e.Attachments != tt.want.Attachments || e.Size != 0 {
				t.Errorf("got %+v", e)
			}
			if got[0].Size != 10 || got[2].Size != 10 {
				t.Errorf("the neighbours are %+v and %+v", got[0], got[2])
			}
		})
	}
}

// A response without a grammar is left out; those around it are not.
func TestBrokenResponsesAreLeftOut(t *testing.T) {
	for name, line := range map[string]string{
		"no list":          `* 2 FETCH UID 2`,
		"empty":            `* 2 FETCH ()`,
		"open":             `* 2 FETCH (UID 2 FLAGS (\Seen`,
		"open section":     `* 2 FETCH (UID 2 BODY[HEADER "h")`,
		"open string":      `* 2 FETCH (UID 2 ` + section + ` "h)`,
		"no value":         `* 2 FETCH (UID`,
		"no body":          `* 2 FETCH (UID 2 ` + section + ` NIL)`,
		"too deep":         `* 2 FETCH (UID 2 BODYSTRUCTURE ` + strings.Repeat("(", 100_000) + ` {3}` + "\r\nabc)",
		"literal after it": `* 2 FETCH (UID 2 FLAGS ) {7}` + "\r\n* 9 BYE x",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := envelopesOf(t, 3, `* 1 FETCH (UID 1 `+section+` "a")`, line, `* 3 FETCH (UID 3 `+section+` "c")`, "%t OK")
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 2 || got[0].UID != 1 || got[1].UID != 3 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestCutInABody(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(2)
		p.expect("UID FETCH .*")
		p.send("* 1 FETCH (UID 1 BODY[] {3}\r\nabc)", "* 2 FETCH (UID 2 BODY[] {1000}", "half")
	}))
	mustSelect(t, s, "INBOX")
	var got []uint32
	err := s.Bodies(t.Context(), []uint32{1, 2}, func(b Body) error {
		got = append(got, b.UID)
		return nil
	})
	failure(t, err, accounts.StepReceive, accounts.CauseClosed, "")
	if !slices.Equal(got, []uint32{1}) {
		t.Errorf("got %v", got)
	}
}

// A body that is announced as larger than memory is not believed.
func TestAbsurdLength(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(1)
		p.expect("UID FETCH .*")
		p.send("* 1 FETCH (UID 1 BODY[] {9000000000000000000}", "little")
	}))
	mustSelect(t, s, "INBOX")
	err := s.Bodies(t.Context(), []uint32{1}, func(Body) error { return nil })
	failure(t, err, accounts.StepReceive, accounts.CauseClosed, "")
}

// The server cannot read message 3 of 5: the others come, and it is named.
func TestRefusedMessageIsNamed(t *testing.T) {
	s := mustDial(t, listen(t, func(p *peer) {
		p.welcome("")
		p.opened(5)
		for {
			command := p.expect(`UID FETCH [\d,:]+ .*|NOOP`)
			if command == "NOOP" {
				p.send("%t OK")
				continue
			}
			uids, ok := expandSet(strings.Fields(command)[2], 100)
			if !ok {
				p.t.Errorf("cannot read %q", command)
			}
			bad := false
			for _, uid := range uids {
				if uid == 3 {
					bad = true
					break
				}
				p.send(fmt.Sprintf("* %d FETCH (UID %d BODY[] {1}\r\n%d)", uid, uid, uid))
			}
			if bad {
				p.send("%t NO some messages cannot be read")
			} else {
				p.send("%t OK")
			}
		}
	}))
	mustSelect(t, s, "INBOX")
	var got []uint32
	err := s.Bodies(t.Context(), []uint32{1, 2, 3, 4, 5}, func(b Body) error {
		got = append(got, b.UID)
		return nil
	})
	var missing *Unfetched
	if !errors.As(err, &missing) || !slices.Equal(missing.UIDs, []uint32{3}) {
		t.Errorf("got %v", err)
	}
	failure(t, err, accounts.StepReceive, accounts.CauseRejected, "cannot be read")
	if slices.Sort(got); !slices.Equal(got, []uint32{1, 2, 4, 5}) {
		t.Errorf("got %v", got)
	}
	if err := s.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}
