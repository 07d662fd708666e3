// Package accounts says what a mail account is: who the person is, which
// servers hold and send the mail, and what may happen on those servers.
// Talking to the servers is the work of the packages below this one.
package accounts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"peyk/storage"
)

// Protocol is how an account receives mail.
type Protocol string

const (
	IMAP Protocol = "imap"
	POP3 Protocol = "pop3"
)

// Security is how a connection is encrypted.
type Security string

const (
	// Plain sends everything readable, passwords included.
	Plain Security = "none"
	// STARTTLS upgrades a plain connection and fails when the server does not
	// offer that; it never falls back to plain.
	STARTTLS Security = "starttls"
	// TLS encrypts from the first byte.
	TLS Security = "tls"
)

// Server is one end to talk to.
type Server struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Security Security `json:"security"`
	User     string   `json:"user"`
	// Auth is the SASL mechanism to use ("PLAIN", "CRAM-MD5", …). Empty takes
	// the best one that the server offers; "NONE" does not sign in.
	Auth string `json:"auth,omitempty"`
	// PinnedSHA256 is the hex SHA-256 of the one leaf certificate (DER) that is
	// accepted although no authority vouches for it. Empty pins nothing.
	PinnedSHA256 string `json:"pinned_sha256,omitempty"`
}

// Address is host:port as it is dialled.
func (s Server) Address() string { return joinHostPort(s.Host, s.Port) }

// Identity is a name and address that mail is sent as.
type Identity struct {
	Name      string `json:"name"`
	Email     string `json:"email"`
	ReplyTo   string `json:"reply_to,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// Address is the identity as a From header's address.
func (i Identity) Address() mail.Address { return mail.Address{Name: i.Name, Address: i.Email} }

// POP3Policy says what happens to the server's copy of a message. The copy
// here is never touched by what the server does.
type POP3Policy struct {
	// LeaveOnServer keeps the server's copy after downloading.
	LeaveOnServer bool `json:"leave_on_server"`
	// RemoveAfterDays ends that copy N days after it was first seen; 0 never.
	RemoveAfterDays int `json:"remove_after_days,omitempty"`
	// RemoveWhenDeleted ends it when the message is deleted from Trash here.
	RemoveWhenDeleted bool `json:"remove_when_deleted,omitempty"`
	// RemoveWhenMoved ends it when the message is moved out of the inbox here.
	RemoveWhenMoved bool `json:"remove_when_moved,omitempty"`
	// HeadersOnlyOverKB downloads only the headers of larger messages; 0 is no
	// limit.
	HeadersOnlyOverKB int `json:"headers_only_over_kb,omitempty"`
	// MaxPerSession bounds the new messages of one check; 0 is no bound.
	MaxPerSession int `json:"max_per_session,omitempty"`
}

// FolderChoice says which of an IMAP account's mailboxes are synchronised.
type FolderChoice string

const (
	AllFolders FolderChoice = "all"
	InboxOnly  FolderChoice = "inbox"
	// ListedFolders takes exactly IMAPPolicy.Listed (and always the inbox).
	ListedFolders FolderChoice = "list"
)

// IMAPPolicy says what is kept offline of an IMAP account.
type IMAPPolicy struct {
	Folders FolderChoice `json:"folders"`
	Listed  []string     `json:"listed,omitempty"`
	// Keep is what new mailboxes start with; each mailbox may differ.
	Keep storage.Keep `json:"keep"`
	// IDLE asks the server to announce new mail at once.
	IDLE bool `json:"idle"`
}

// Account is one set of servers and identities. Its secrets are not in it:
// they stand in the credential store under SecretKey.
type Account struct {
	ID         storage.AccountID `json:"-"`
	Name       string            `json:"-"`
	Disabled   bool              `json:"disabled,omitempty"`
	Protocol   Protocol          `json:"protocol"`
	Incoming   Server            `json:"incoming"`
	Outgoing   Server            `json:"outgoing"`
	Identities []Identity        `json:"identities"`
	POP3       POP3Policy        `json:"pop3"`
	IMAP       IMAPPolicy        `json:"imap"`
	// CheckEvery is the pause between checks in minutes; 0 checks only when
	// asked.
	CheckEvery int `json:"check_every"`
	// UndoSeconds is how long a sent message waits so that it can be called
	// back.
	UndoSeconds int `json:"undo_seconds"`
}

// Identity is the account's first identity, or an empty one.
func (a *Account) Identity() Identity {
	if len(a.Identities) == 0 {
		return Identity{}
	}
	return a.Identities[0]
}

// CheckInterval is CheckEvery as a duration.
func (a *Account) CheckInterval() time.Duration { return time.Duration(a.CheckEvery) * time.Minute }

// SecretKey names the password of one of the account's servers in the
// credential store. Outgoing falls back to the incoming password when it has
// none of its own.
func (a *Account) SecretKey(outgoing bool) string {
	way := "incoming"
	if outgoing {
		way = "outgoing"
	}
	return fmt.Sprintf("account-%d-%s", a.ID, way)
}

// Default is an account of the protocol with the settings a new one starts
// with.
func Default(p Protocol) Account {
	return Account{
		Protocol:    p,
		POP3:        POP3Policy{LeaveOnServer: true},
		IMAP:        IMAPPolicy{Folders: AllFolders, Keep: storage.Keep{Mode: storage.KeepFull}, IDLE: true},
		CheckEvery:  5,
		UndoSeconds: 8,
	}
}

// Validate reports the first setting that cannot work.
func (a *Account) Validate() error {
	if strings.TrimSpace(a.Name) == "" {
		return errors.New("the account needs a name")
	}
	if a.Protocol != IMAP && a.Protocol != POP3 {
		return fmt.Errorf("%q is not a protocol: use imap or pop3", a.Protocol)
	}
	for _, id := range a.Identities {
		if _, err := mail.ParseAddress(id.Email); err != nil {
			return fmt.Errorf("%q is not a mail address", id.Email)
		}
	}
	if len(a.Identities) == 0 {
		return errors.New("the account needs a mail address")
	}
	if err := a.Incoming.validate("incoming"); err != nil {
		return err
	}
	if a.Outgoing.Host != "" {
		if err := a.Outgoing.validate("outgoing"); err != nil {
			return err
		}
	}
	if d := a.POP3.RemoveAfterDays; d < 0 || d > 3650 {
		return errors.New("the days a copy stays on the server must be 0 to 3650")
	}
	if a.POP3.HeadersOnlyOverKB < 0 || a.POP3.MaxPerSession < 0 {
		return errors.New("a limit cannot be negative")
	}
	if a.CheckEvery < 0 || a.UndoSeconds < 0 {
		return errors.New("a time cannot be negative")
	}
	return nil
}

func (s Server) validate(which string) error {
	if s.Host == "" || strings.ContainsAny(s.Host, " \t\r\n/@") {
		return fmt.Errorf("%q is not the name of an %s server", s.Host, which)
	}
	if s.Port < 1 || s.Port > 65535 {
		return fmt.Errorf("port %d of the %s server must be 1 to 65535", s.Port, which)
	}
	switch s.Security {
	case Plain, STARTTLS, TLS:
	default:
		return fmt.Errorf("%q is not an encryption: use none, starttls or tls", s.Security)
	}
	if sum, err := hex.DecodeString(s.PinnedSHA256); err != nil || len(sum) != 0 && len(sum) != sha256.Size {
		return errors.New("a certificate's SHA-256 is 64 hexadecimal digits")
	}
	return nil
}

// FromRecord reads an account as the store keeps it.
func FromRecord(r storage.Account) (Account, error) {
	var a Account
	if err := json.Unmarshal(r.Settings, &a); err != nil {
		return a, fmt.Errorf("reading the settings of account %q: %w", r.Name, err)
	}
	a.ID, a.Name = r.ID, r.Name
	return a, nil
}

// Record puts the account's settings into its record.
func (a *Account) Record(r *storage.Account) error {
	settings, err := json.Marshal(a)
	if err != nil {
		return err
	}
	r.ID, r.Name, r.Settings = a.ID, a.Name, settings
	return nil
}
