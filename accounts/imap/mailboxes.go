package imap

import (
	"context"
	"errors"
	"slices"
	"strings"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"peyk/accounts"
	"peyk/storage"
)

// MailboxInfo is a mailbox as the server lists it.
type MailboxInfo struct {
	// Name is the full path in UTF-8; the inbox is always "INBOX".
	Name string
	// Delimiter stands between the levels of Name; empty on a flat server.
	Delimiter  string
	Role       storage.Role
	NoSelect   bool
	Subscribed bool

	// HasStatus tells whether the server told the rest.
	HasStatus            bool
	UIDValidity, UIDNext uint32
	Total, Unseen        int
	// Bytes is -1 where the server cannot tell.
	Bytes int64
	// HighestModSeq is 0 where the server does not count changes (RFC 7162).
	HighestModSeq uint64
}

// statusWindow is how many STATUS commands are sent ahead of their answers.
const statusWindow = 50

// Mailboxes lists all mailboxes with their roles and states, in one round trip
// where the server can (RFC 5258, RFC 5819).
func (s *Session) Mailboxes(ctx context.Context) ([]MailboxInfo, error) {
	var boxes []MailboxInfo
	err := s.op(ctx, accounts.StepList, func() (err error) {
		boxes, err = s.mailboxes()
		return err
	})
	return boxes, err
}

func (s *Session) mailboxes() ([]MailboxInfo, error) {
	list, subscribed, err := s.list()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var boxes []MailboxInfo
	var attributes [][]goimap.MailboxAttr
	for _, l := range list {
		if seen[l.Mailbox] || l.Mailbox == "" {
			continue
		}
		seen[l.Mailbox] = true
		boxes = append(boxes, s.mailboxInfo(l, subscribed))
		attributes = append(attributes, l.Attrs)
	}
	setRoles(boxes, attributes)
	return boxes, s.status(boxes)
}

// list asks for the names; subscribed is nil where the attributes tell.
func (s *Session) list() (list []*goimap.ListData, subscribed map[string]bool, err error) {
	if s.caps.ListExtended || s.caps.ListStatus {
		list, err = s.client.List("", "*", s.listOptions()).Collect()
		if !refused(err) {
			return list, nil, err
		}
	}
	if list, err = s.client.List("", "*", nil).Collect(); err != nil {
		return nil, nil, err
	}
	raw, _, err := s.raw(`LSUB "" "*"`, nil, false)
	if err != nil && !refused(err) {
		return nil, nil, err
	}
	subscribed = map[string]bool{}
	for _, name := range raw.subscribed {
		subscribed[name] = true
	}
	return list, subscribed, nil
}

func (s *Session) listOptions() *goimap.ListOptions {
	o := &goimap.ListOptions{ReturnSubscribed: true, ReturnSpecialUse: s.caps.SpecialUse}
	if s.caps.ListStatus {
		o.ReturnStatus = s.statusOptions()
	}
	return o
}

func (s *Session) statusOptions() *goimap.StatusOptions {
	return &goimap.StatusOptions{
		NumMessages: true, UIDNext: true, UIDValidity: true, NumUnseen: true,
		Size: s.caps.StatusSize, HighestModSeq: s.caps.CondStore,
	}
}

func (s *Session) mailboxInfo(l *goimap.ListData, subscribed map[string]bool) MailboxInfo {
	m := MailboxInfo{Name: l.Mailbox, Bytes: -1, Subscribed: subscribed[l.Mailbox]}
	if l.Delim != 0 {
		m.Delimiter = string(l.Delim)
	}
	m.NoSelect = slices.Contains(l.Attrs, goimap.MailboxAttrNoSelect) || slices.Contains(l.Attrs, goimap.MailboxAttrNonExistent)
	m.Subscribed = m.Subscribed || slices.Contains(l.Attrs, goimap.MailboxAttrSubscribed)
	if l.Status != nil {
		m.setStatus(l.Status)
	}
	return m
}

func (m *MailboxInfo) setStatus(d *goimap.StatusData) {
	if d.NumMessages == nil {
		return
	}
	m.HasStatus = true
	m.UIDValidity, m.UIDNext = d.UIDValidity, uint32(d.UIDNext)
	m.Total = int(*d.NumMessages)
	if d.NumUnseen != nil {
		m.Unseen = int(*d.NumUnseen)
	}
	if d.Size != nil {
		m.Bytes = *d.Size
	}
	m.HighestModSeq = d.HighestModSeq
}

// status asks for the state of each mailbox that has none yet, many commands
// at a time. The refusal of one says nothing about the others.
func (s *Session) status(boxes []MailboxInfo) error {
	var missing []*MailboxInfo
	for i := range boxes {
		if !boxes[i].HasStatus && !boxes[i].NoSelect {
			missing = append(missing, &boxes[i])
		}
	}
	for window := range slices.Chunk(missing, statusWindow) {
		commands := make([]*imapclient.StatusCommand, len(window))
		for i, m := range window {
			commands[i] = s.client.Status(m.Name, s.statusOptions())
		}
		for i, m := range window {
			d, err := commands[i].Wait()
			if refused(err) {
				continue
			}
			if err != nil {
				return err
			}
			m.setStatus(d)
		}
	}
	return nil
}

// Selected is an opened mailbox.
type Selected struct {
	Name string
	// UIDValidity is 0 on a server too old to have it: its UIDs mean nothing
	// in a later session.
	UIDValidity, UIDNext uint32
	Exists               int
	// HighestModSeq is 0 where the mailbox does not count changes.
	HighestModSeq uint64
	ReadOnly      bool
	// PermanentFlags are those a change of which lasts, Keywords the keywords
	// among them; CanKeywords tells that new keywords can be made.
	PermanentFlags storage.Flags
	Keywords       []string
	CanKeywords    bool
}

// Select opens a mailbox, with CONDSTORE where the server has it.
func (s *Session) Select(ctx context.Context, name string, readOnly bool) (Selected, error) {
	err := s.op(ctx, accounts.StepReceive, func() error { return s.selectMailbox(name, readOnly) })
	return s.selected, err
}

var errNoCount = errors.New("the server opened the mailbox without telling how many messages are in it")

func (s *Session) selectMailbox(name string, readOnly bool) error {
	// Whatever comes of it, the former mailbox is closed (RFC 9051 section 6.3.2).
	s.selected = Selected{}
	s.wire.note(func(n *notes) { n.permanent, n.exists, n.messages = false, false, 0 })
	d, err := s.client.Select(name, &goimap.SelectOptions{ReadOnly: readOnly, CondStore: s.caps.CondStore}).Wait()
	if err != nil {
		return err
	}
	noted := s.wire.noted()
	if !noted.exists {
		// Not to be taken for an empty mailbox.
		return errNoCount
	}
	permanent := d.PermanentFlags
	if !noted.permanent && !readOnly {
		// Without PERMANENTFLAGS all flags last (RFC 3501 section 6.3.1).
		permanent = d.Flags
	}
	sel := Selected{
		Name: name, UIDValidity: d.UIDValidity, UIDNext: uint32(d.UIDNext), Exists: int(d.NumMessages),
		HighestModSeq: d.HighestModSeq, ReadOnly: readOnly || noted.code == "READ-ONLY",
		CanKeywords: slices.Contains(permanent, goimap.FlagWildcard),
	}
	sel.PermanentFlags, sel.Keywords = readFlags(permanent)
	s.selected = sel
	return nil
}

// exists is the number of messages in the open mailbox as far as the server has
// told by now.
func (s *Session) exists() int { return s.wire.noted().messages }

// Create makes a mailbox.
func (s *Session) Create(ctx context.Context, name string) error {
	return s.op(ctx, accounts.StepChange, func() error { return s.client.Create(name, nil).Wait() })
}

// Rename moves a mailbox, with those below it, to another name.
func (s *Session) Rename(ctx context.Context, from, to string) error {
	return s.op(ctx, accounts.StepChange, func() error { return s.client.Rename(from, to, nil).Wait() })
}

// Delete removes a mailbox and the messages in it.
func (s *Session) Delete(ctx context.Context, name string) error {
	return s.op(ctx, accounts.StepChange, func() error { return s.client.Delete(name).Wait() })
}

// Subscribe adds a mailbox to those that clients show, or takes it out.
func (s *Session) Subscribe(ctx context.Context, name string, on bool) error {
	return s.op(ctx, accounts.StepChange, func() error {
		if on {
			return s.client.Subscribe(name).Wait()
		}
		return s.client.Unsubscribe(name).Wait()
	})
}

// Quota is how full the server's store is, in octets; -1 is unknown.
type Quota struct{ Used, Limit int64 }

// Quota asks for the quota of the inbox (RFC 9208).
func (s *Session) Quota(ctx context.Context) (Quota, error) {
	q := Quota{Used: -1, Limit: -1}
	if !s.caps.Quota {
		return q, nil
	}
	err := s.op(ctx, accounts.StepList, func() error {
		roots, err := s.client.GetQuotaRoot("INBOX").Wait()
		if err != nil {
			return err
		}
		for _, root := range roots {
			storage, ok := root.Resources[goimap.QuotaResourceStorage]
			// STORAGE counts units of 1024 octets.
			if ok && (q.Limit < 0 || storage.Limit*1024 < q.Limit) {
				q = Quota{Used: storage.Usage * 1024, Limit: storage.Limit * 1024}
			}
		}
		return nil
	})
	return q, err
}

// readFlags takes system flags and keywords apart. $Forwarded counts as a
// system flag; \Recent and \* are none.
func readFlags(flags []goimap.Flag) (storage.Flags, []string) {
	var f storage.Flags
	var keywords []string
	for _, flag := range flags {
		if bit, ok := flagBits[strings.ToLower(string(flag))]; ok {
			f |= bit
		} else if flag != "" && flag[0] != '\\' {
			keywords = append(keywords, string(flag))
		}
	}
	return f, keywords
}

// flagBits has the flags in lower case: servers write them in any.
var flagBits = map[string]storage.Flags{
	`\seen`: storage.Seen, `\answered`: storage.Answered, `\flagged`: storage.Flagged,
	`\deleted`: storage.Deleted, `\draft`: storage.Draft, "$forwarded": storage.Forwarded,
}

var flagNames = []struct {
	bit  storage.Flags
	name goimap.Flag
}{
	{storage.Seen, goimap.FlagSeen},
	{storage.Answered, goimap.FlagAnswered},
	{storage.Flagged, goimap.FlagFlagged},
	{storage.Deleted, goimap.FlagDeleted},
	{storage.Draft, goimap.FlagDraft},
	{storage.Forwarded, goimap.FlagForwarded},
}

func writeFlags(f storage.Flags) []goimap.Flag {
	var flags []goimap.Flag
	for _, n := range flagNames {
		if f.Has(n.bit) {
			flags = append(flags, n.name)
		}
	}
	return flags
}
