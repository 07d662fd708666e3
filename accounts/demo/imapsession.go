package demo

import (
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// imapSession is one connection. The embedded session is nil until Login and
// does whatever is not written out here.
type imapSession struct {
	*imapmemserver.UserSession
	drop *mailDrop
}

var (
	_ imapserver.SessionMove      = (*imapSession)(nil)
	_ imapserver.SessionNamespace = (*imapSession)(nil)
)

func refuse(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

func (s *imapSession) Login(user, password string) error {
	if err := s.drop.user.Login(user, password); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(s.drop.user)
	return nil
}

// Select offers the system flags too; the library names only those in use.
func (s *imapSession) Select(name string, o *imap.SelectOptions) (*imap.SelectData, error) {
	data, err := s.UserSession.Select(name, o)
	if err != nil {
		return nil, err
	}
	data.UIDValidity += s.drop.epoch
	for _, have := range []*[]imap.Flag{&data.Flags, &data.PermanentFlags} {
		all := slices.Clone(systemFlags)
		for _, f := range *have {
			if !slices.ContainsFunc(all, func(g imap.Flag) bool { return strings.EqualFold(string(f), string(g)) }) {
				all = append(all, f)
			}
		}
		*have = all
	}
	return data, nil
}

func (s *imapSession) Status(name string, o *imap.StatusOptions) (*imap.StatusData, error) {
	data, err := s.UserSession.Status(name, o)
	if err != nil {
		return nil, err
	}
	data.UIDValidity += s.drop.epoch
	return data, nil
}

func (s *imapSession) Append(name string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	data, err := s.UserSession.Append(name, r, o)
	if err != nil {
		return nil, err
	}
	data.UIDValidity += s.drop.epoch
	return data, nil
}

// List is written anew because the library's knows neither SPECIAL-USE nor
// children nor parents without a mailbox (RFC 6154, RFC 3348, RFC 5258).
func (s *imapSession) List(w *imapserver.ListWriter, ref string, patterns []string, o *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	for _, name := range s.drop.names() {
		if !slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, delimiter, ref, p) }) {
			continue
		}
		attrs, info := s.drop.describe(name)
		if o.SelectSubscribed && !info.subscribed || o.SelectSpecialUse && info.use == "" {
			continue
		}
		data := &imap.ListData{Mailbox: name, Delim: delimiter, Attrs: attrs}
		if o.ReturnStatus != nil && !slices.Contains(attrs, imap.MailboxAttrNonExistent) {
			// A mailbox deleted since names() is listed without its numbers.
			if status, err := s.Status(name, o.ReturnStatus); err == nil {
				data.Status = status
			}
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

func (s *imapSession) Create(name string, _ *imap.CreateOptions) error {
	if strings.Trim(name, string(delimiter)) == "" {
		return refuse(imap.ResponseCodeCannot, "A mailbox needs a name")
	}
	return s.drop.create(name, "")
}

func (s *imapSession) Delete(name string) error {
	if name == inbox {
		return refuse(imap.ResponseCodeCannot, "INBOX cannot be deleted")
	}
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	if err := s.UserSession.Delete(name); err != nil {
		return err
	}
	delete(s.drop.mailboxes, name)
	return nil
}

// Rename takes the mailboxes below along (RFC 9051 section 6.3.6).
func (s *imapSession) Rename(from, to string, o *imap.RenameOptions) error {
	to = strings.TrimRight(to, string(delimiter))
	if from == inbox || to == "" || strings.HasPrefix(to, from+string(delimiter)) {
		return refuse(imap.ResponseCodeCannot, "This mailbox cannot get that name")
	}
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	var affected []string
	for name := range s.drop.mailboxes {
		if name == from || strings.HasPrefix(name, from+string(delimiter)) {
			affected = append(affected, name)
			if s.drop.mailboxes[to+name[len(from):]] != nil {
				return refuse(imap.ResponseCodeAlreadyExists, "There is a mailbox of that name")
			}
		}
	}
	if len(affected) == 0 {
		return refuse(imap.ResponseCodeNonExistent, "No such mailbox")
	}
	for _, name := range affected {
		target := to + name[len(from):]
		if err := s.UserSession.Rename(name, target, o); err != nil {
			return err
		}
		s.drop.mailboxes[target] = s.drop.mailboxes[name]
		delete(s.drop.mailboxes, name)
	}
	return nil
}

func (s *imapSession) Subscribe(name string) error   { return s.subscribe(name, true) }
func (s *imapSession) Unsubscribe(name string) error { return s.subscribe(name, false) }

func (s *imapSession) subscribe(name string, on bool) error {
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	m := s.drop.mailboxes[name]
	if m == nil {
		return refuse(imap.ResponseCodeNonExistent, "No such mailbox")
	}
	m.subscribed = on
	return nil
}

// Copy says nothing where nothing was copied: COPYUID has no empty sets.
func (s *imapSession) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	s.drop.moving.Lock()
	defer s.drop.moving.Unlock()
	data, err := s.UserSession.Copy(set, to)
	if err != nil || len(data.SourceUIDs) == 0 {
		return nil, err
	}
	data.UIDValidity += s.drop.epoch
	return data, nil
}

// Move copies, marks and expunges: the library's own announces every EXPUNGE
// twice, the first time with a number that is already off.
func (s *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	data, err := s.Copy(set, to)
	if err != nil || data == nil {
		return err
	}
	if err := w.WriteCopyData(data); err != nil {
		return err
	}
	gone := data.SourceUIDs
	mark := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := s.Store(nil, gone, mark, nil); err != nil {
		return err
	}
	return s.Expunge(nil, &gone)
}

// Idle looks for news at a short interval. The library's misses what came
// between the last command and IDLE, and returns at once when no mailbox is
// selected.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	tick := time.NewTicker(idlePause)
	defer tick.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
	}
}
