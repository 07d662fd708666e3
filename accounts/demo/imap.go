package demo

import (
	"bytes"
	"cmp"
	"io"
	"log"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const (
	inbox     = "INBOX"
	delimiter = '/'
	// idlePause is how often an idling connection looks for news.
	idlePause = 100 * time.Millisecond
)

// imapCaps are the extensions of IMAP4rev1 that the sessions below really do.
var imapCaps = imap.CapSet{
	imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapESearch: {},
	imap.CapSearchRes: {}, imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapMove: {},
	imap.CapStatusSize: {}, imap.CapChildren: {}, imap.CapSpecialUse: {}, imap.CapLiteralPlus: {},
}

// systemFlags are what a mailbox offers even while no message carries them.
var systemFlags = []imap.Flag{
	imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagSeen, imap.FlagDraft,
	imap.FlagForwarded, imap.FlagJunk, imap.FlagNotJunk,
}

// mailDrop is the one IMAP account. The library's memory server keeps the
// messages; the drop keeps what that one does not tell: which mailboxes there
// are, what they are for and who subscribed to them.
type mailDrop struct {
	address string
	user    *imapmemserver.User
	// epoch makes UIDVALIDITY differ from one start to the next, since the
	// library counts mailboxes from 1 (RFC 9051 section 2.3.1.1).
	epoch uint32
	// moving keeps two sessions from copying between the same two mailboxes
	// crosswise, each holding the lock that the other wants.
	moving sync.Mutex

	mu        sync.Mutex
	mailboxes map[string]*mailboxInfo
}

type mailboxInfo struct {
	use        imap.MailboxAttr
	subscribed bool
}

func newMailDrop(user, password string, now time.Time) *mailDrop {
	return &mailDrop{
		address:   user,
		user:      imapmemserver.NewUser(user, password),
		epoch:     uint32(now.Unix()),
		mailboxes: map[string]*mailboxInfo{},
	}
}

// create makes a subscribed mailbox; use is its RFC 6154 attribute or empty.
func (d *mailDrop) create(name string, use imap.MailboxAttr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.user.Create(name, nil); err != nil {
		return err
	}
	d.mailboxes[strings.TrimRight(name, string(delimiter))] = &mailboxInfo{use: use, subscribed: true}
	return nil
}

// add appends a message as if it had come at that time.
func (d *mailDrop) add(mailbox string, raw []byte, at time.Time, flags []imap.Flag) error {
	_, err := d.user.Append(mailbox, bytes.NewReader(raw), &imap.AppendOptions{Time: at, Flags: flags})
	return err
}

// names lists the mailboxes and the parents that exist only by name, in
// order, with the inbox first.
func (d *mailDrop) names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := map[string]bool{}
	var l []string
	for name := range d.mailboxes {
		for name != "" && !seen[name] {
			seen[name] = true
			l = append(l, name)
			name = name[:max(0, strings.LastIndexByte(name, delimiter))]
		}
	}
	slices.SortFunc(l, func(a, b string) int {
		switch inbox {
		case a:
			return -1
		case b:
			return 1
		}
		return cmp.Compare(a, b)
	})
	return l
}

// describe is the mailbox as LIST shows it.
func (d *mailDrop) describe(name string) (attrs []imap.MailboxAttr, info mailboxInfo) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := d.mailboxes[name]; m != nil {
		info = *m
	} else {
		attrs = append(attrs, imap.MailboxAttrNonExistent, imap.MailboxAttrNoSelect)
	}
	children := imap.MailboxAttrHasNoChildren
	for other := range d.mailboxes {
		if strings.HasPrefix(other, name+string(delimiter)) {
			children = imap.MailboxAttrHasChildren
			break
		}
	}
	attrs = append(attrs, children)
	if info.use != "" {
		attrs = append(attrs, info.use)
	}
	if info.subscribed {
		attrs = append(attrs, imap.MailboxAttrSubscribed)
	}
	return attrs, info
}

// newIMAPServer serves the drop.
func newIMAPServer(d *mailDrop) *imapserver.Server {
	return imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{drop: d}, nil, nil
		},
		Caps: imapCaps,
		// A connection that breaks is the ordinary end of one.
		Logger:       log.New(io.Discard, "", 0),
		InsecureAuth: true,
	})
}
