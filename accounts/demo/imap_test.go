package demo

import (
	"errors"
	"slices"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func TestCapabilities(t *testing.T) {
	w := start(t, Options{})
	c := signIn(t, w, nil)
	caps := c.Caps()
	for want := range imapCaps {
		if !caps.Has(want) {
			t.Errorf("%s is not offered: %v", want, caps)
		}
	}
	if !caps.Has(imap.CapIdle) {
		t.Error("IDLE is not offered")
	}
}

func TestMove(t *testing.T) {
	w := start(t, Options{})
	var expunged []uint32
	c := signIn(t, w, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Expunge: func(n uint32) { expunged = append(expunged, n) },
	}})
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := c.Status("Archive", &imap.StatusOptions{UIDNext: true, UIDValidity: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	data, err := c.Move(imap.UIDSetNum(3, 5, 6), "Archive").Wait()
	if err != nil {
		t.Fatal(err)
	}
	if data.UIDValidity != archive.UIDValidity {
		t.Errorf("COPYUID has UIDVALIDITY %d, STATUS %d", data.UIDValidity, archive.UIDValidity)
	}
	if want := (imap.UIDSet{{Start: archive.UIDNext, Stop: archive.UIDNext + 2}}); data.DestUIDs.String() != want.String() {
		t.Errorf("the copies are %v, want %v", data.DestUIDs, want)
	}
	if c.Mailbox().NumMessages != box.NumMessages-3 {
		t.Errorf("%d messages are left of %d", c.Mailbox().NumMessages, box.NumMessages)
	}
	if !slices.Equal(expunged, []uint32{6, 5, 3}) {
		t.Errorf("EXPUNGE %v, want 6, 5 and 3, each once", expunged)
	}
	// Nothing to move is no error, and no response without UIDs.
	if _, err := c.Move(imap.UIDSetNum(3), "Archive").Wait(); err != nil {
		t.Error(err)
	}
	if _, err := c.Copy(imap.UIDSetNum(3), "Archive").Wait(); err != nil {
		t.Error(err)
	}
	if _, err := c.Move(imap.UIDSetNum(4), "Nowhere").Wait(); codeOf(err) != imap.ResponseCodeTryCreate {
		t.Errorf("moving to no mailbox: %v", err)
	}
}

func codeOf(err error) imap.ResponseCode {
	if e := (*imap.Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestMailboxesChange(t *testing.T) {
	w := start(t, Options{})
	c := signIn(t, w, nil)
	// The commands go out at once, in this order, and are waited for below.
	for _, step := range []struct {
		what string
		do   func() error
		code imap.ResponseCode // of the refusal, empty for success
	}{
		{"create", c.Create("بایگانی/۱۴۰۴", nil).Wait, ""},
		{"create again", c.Create("بایگانی/۱۴۰۴", nil).Wait, imap.ResponseCodeAlreadyExists},
		{"create nothing", c.Create("/", nil).Wait, imap.ResponseCodeCannot},
		{"rename a parent", c.Rename("Projects", "Work", nil).Wait, ""},
		{"rename what is not there", c.Rename("Projects", "Else", nil).Wait, imap.ResponseCodeNonExistent},
		{"rename onto another", c.Rename("Junk", "Sent", nil).Wait, imap.ResponseCodeAlreadyExists},
		{"rename below itself", c.Rename("Work", "Work/Sub", nil).Wait, imap.ResponseCodeCannot},
		{"rename the inbox", c.Rename("inbox", "Old", nil).Wait, imap.ResponseCodeCannot},
		{"delete the inbox", c.Delete("INBOX").Wait, imap.ResponseCodeCannot},
		{"delete", c.Delete("Trash").Wait, ""},
		{"delete again", c.Delete("Trash").Wait, imap.ResponseCodeNonExistent},
		{"unsubscribe", c.Unsubscribe("Junk").Wait, ""},
		{"unsubscribe nothing", c.Unsubscribe("Trash").Wait, imap.ResponseCodeNonExistent},
	} {
		err := step.do()
		if codeOf(err) != step.code || (step.code == "") != (err == nil) {
			t.Errorf("%s: %v, want code %q", step.what, err, step.code)
		}
	}
	names := func(o *imap.ListOptions) (l []string) {
		list, err := c.List("", "*", o).Collect()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			l = append(l, d.Mailbox)
		}
		return l
	}
	if got, want := names(nil), []string{"INBOX", "Archive", "Drafts", "Junk", "Sent", "Work", "Work/Peyk", "بایگانی", "بایگانی/۱۴۰۴", "خانواده"}; !slices.Equal(got, want) {
		t.Errorf("mailboxes are %q, want %q", got, want)
	}
	if got, want := names(&imap.ListOptions{SelectSpecialUse: true}), []string{"Archive", "Drafts", "Junk", "Sent"}; !slices.Equal(got, want) {
		t.Errorf("special ones are %q, want %q", got, want)
	}
	if got := names(&imap.ListOptions{SelectSubscribed: true}); slices.Contains(got, "Junk") || !slices.Contains(got, "Work/Peyk") {
		t.Errorf("subscribed ones are %q", got)
	}
	top, err := c.List("", "%", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(top, func(d *imap.ListData) bool { return d.Mailbox == "Work" })
	if i < 0 || !slices.Contains(top[i].Attrs, imap.MailboxAttrHasChildren) || !slices.Contains(top[i].Attrs, imap.MailboxAttrNoSelect) {
		t.Errorf("the parent is listed as %+v", top)
	}
}

func TestSelectOffersFlags(t *testing.T) {
	w := start(t, Options{})
	c := signIn(t, w, nil)
	box, err := c.Select("Trash", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []imap.Flag{imap.FlagFlagged, imap.FlagAnswered, imap.FlagDeleted, imap.FlagWildcard} {
		if !slices.Contains(box.PermanentFlags, f) {
			t.Errorf("%s is not offered: %v", f, box.PermanentFlags)
		}
	}
	got, err := c.Status("Trash", &imap.StatusOptions{UIDValidity: true}).Wait()
	if err != nil || got.UIDValidity != box.UIDValidity {
		t.Errorf("STATUS says %+v, %v, SELECT %d", got, err, box.UIDValidity)
	}
}

// TestEverythingCanBeFetched has the server parse every sample.
func TestEverythingCanBeFetched(t *testing.T) {
	w := start(t, Options{})
	c := signIn(t, w, nil)
	for _, m := range mailboxes {
		box, err := c.Select(m.name, nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		section := &imap.FetchItemBodySection{Peek: true}
		msgs, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
			UID: true, Envelope: true, Flags: true, InternalDate: true, RFC822Size: true,
			BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{section},
		}).Collect()
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		if len(msgs) != int(box.NumMessages) {
			t.Errorf("%s: %d of %d messages", m.name, len(msgs), box.NumMessages)
		}
		for _, msg := range msgs {
			if raw := msg.FindBodySection(section); int64(len(raw)) != msg.RFC822Size || msg.Envelope == nil || msg.BodyStructure == nil {
				t.Errorf("%s: message %d is incomplete", m.name, msg.UID)
			}
		}
	}
}
