package storage

import (
	"encoding/json"
	"net/mail"
	"time"
)

// Ids are given out once, grow, and are never used again, also not after what
// they named is gone.
type (
	AccountID uint64
	MailboxID uint64
	MessageID uint64
	// BodyID names a raw message inside its account's body file.
	BodyID uint64
	// OperationID orders the operations of one account.
	OperationID uint64
	OutgoingID  uint64
)

// Account is the record of an account. What its settings mean is the business
// of the layer above.
type Account struct {
	ID AccountID `json:"id"`
	// Name is shown and typed; unique without regard to case.
	Name     string          `json:"name"`
	Settings json.RawMessage `json:"settings"`
	// LastCheck and LastError tell how the last talk with the server ended.
	LastCheck time.Time `json:"last_check,omitzero"`
	LastError string    `json:"last_error,omitempty"`
}

// Role is what a mailbox is for (RFC 6154).
type Role string

const (
	RoleNone    Role = ""
	RoleInbox   Role = "inbox"
	RoleDrafts  Role = "drafts"
	RoleSent    Role = "sent"
	RoleArchive Role = "archive"
	RoleJunk    Role = "junk"
	RoleTrash   Role = "trash"
	RoleAll     Role = "all"
)

// KeepMode is how much of a mailbox is kept on this machine.
type KeepMode string

const (
	KeepNothing KeepMode = "none"
	KeepHeaders KeepMode = "headers"
	// KeepDays keeps the bodies of the last Keep.Days days, headers of the rest.
	KeepDays KeepMode = "days"
	KeepFull KeepMode = "full"
)

// Keep is the offline choice of a mailbox.
type Keep struct {
	Mode KeepMode `json:"mode"`
	Days int      `json:"days,omitempty"`
}

// Counts are maintained by every transaction and verified by Check.
type Counts struct {
	Total  int `json:"total"`
	Unread int `json:"unread"`
	// Bytes is the sum of the messages' sizes, downloaded or not.
	Bytes int64 `json:"bytes"`
	// Bodies is how many have their whole raw message here.
	Bodies int `json:"bodies"`
}

// Mailbox is a folder of an account.
type Mailbox struct {
	ID      MailboxID `json:"id"`
	Account AccountID `json:"account"`
	// Name is the full path in UTF-8, with the server's delimiter.
	Name       string `json:"name"`
	Delimiter  string `json:"delimiter,omitempty"`
	Role       Role   `json:"role,omitempty"`
	Subscribed bool   `json:"subscribed,omitempty"`
	// NoSelect mailboxes hold other mailboxes but no messages.
	NoSelect bool `json:"no_select,omitempty"`
	// LocalOnly mailboxes are not (yet) on the server.
	LocalOnly bool `json:"local_only,omitempty"`
	// Hidden mailboxes were not chosen for synchronisation.
	Hidden bool `json:"hidden,omitempty"`
	Keep   Keep `json:"keep"`

	// Server state as of the last synchronisation (RFC 9051, RFC 7162).
	UIDValidity   uint32 `json:"uid_validity,omitempty"`
	UIDNext       uint32 `json:"uid_next,omitempty"`
	HighestModSeq uint64 `json:"highest_modseq,omitempty"`
	// ServerTotal and ServerBytes are what STATUS said; ServerBytes is -1 when
	// the server cannot tell.
	ServerTotal int   `json:"server_total,omitempty"`
	ServerBytes int64 `json:"server_bytes,omitempty"`

	Counts Counts `json:"counts"`
}

// Flags are the system flags of a message (RFC 9051 section 2.3.2) and
// $Forwarded.
type Flags uint16

const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	Draft
	Forwarded
)

// Has reports whether all of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// BodyState is how much of a message's content is here.
type BodyState uint8

const (
	// BodyNone: only the envelope came.
	BodyNone BodyState = iota
	// BodyHeaders: the raw header block is here (POP3's TOP).
	BodyHeaders
	// BodyFull: the whole raw message is here, byte for byte.
	BodyFull
)

// Message is the row of a message: all that a list needs, and where the rest
// is.
type Message struct {
	ID      MessageID
	Account AccountID
	Mailbox MailboxID
	// UID is the IMAP UID under the mailbox's UIDVALIDITY; 0 while the message
	// is only here.
	UID uint32
	// UIDL is the POP3 unique id that it was fetched by.
	UIDL string

	// MessageID, InReplyTo and References are without angle brackets.
	MessageID  string
	InReplyTo  string
	References []string

	From    []mail.Address
	ReplyTo []mail.Address
	To      []mail.Address
	Cc      []mail.Address
	Subject string
	// Preview is the start of the text on one line, at most 200 runes.
	Preview string
	// Date orders lists: the Date header, or Received where that is missing or
	// absurd.
	Date     time.Time
	Received time.Time
	// Size is the octets of the raw message as the server counts them.
	Size     int64
	Flags    Flags
	Keywords []string
	// Attachments is the number of parts offered as files.
	Attachments int

	BodyState BodyState
	Body      BodyID
}

// LedgerState is what became of a message on a POP3 server.
type LedgerState uint8

const (
	// OnServer: downloaded, and the server has a copy.
	OnServer LedgerState = iota
	// Skipped: left alone on purpose (known under another UIDL).
	Skipped
	// DeleteWanted: to be deleted in a later session step.
	DeleteWanted
	// DeletedOnServer: QUIT confirmed the deletion, or it was gone.
	DeletedOnServer
)

// LedgerEntry is the record of a UIDL ever seen on a POP3 server. It is
// written in the transaction of the message's row.
type LedgerEntry struct {
	UIDL      string
	Message   MessageID
	FirstSeen time.Time
	State     LedgerState
	// Size and Hash (SHA-256 of the raw bytes) recognise a message that the
	// server numbered anew. MessageID is its Message-ID.
	Size      int64
	Hash      [32]byte
	MessageID string
}

// OperationKind is a change that waits to be made on the server.
type OperationKind string

const (
	OpStoreFlags     OperationKind = "store-flags"
	OpMove           OperationKind = "move"
	OpCopy           OperationKind = "copy"
	OpDelete         OperationKind = "delete"
	OpExpunge        OperationKind = "expunge"
	OpAppend         OperationKind = "append"
	OpCreateMailbox  OperationKind = "create-mailbox"
	OpRenameMailbox  OperationKind = "rename-mailbox"
	OpDeleteMailbox  OperationKind = "delete-mailbox"
	OpSubscribe      OperationKind = "subscribe"
	OpFetchBody      OperationKind = "fetch-body"
	OpSubmit         OperationKind = "submit"
	OpDeleteOnServer OperationKind = "delete-on-server"
)

// Operation is one entry of an account's queue. Which fields are used depends
// on its kind.
type Operation struct {
	ID      OperationID   `json:"id"`
	Account AccountID     `json:"account"`
	Kind    OperationKind `json:"kind"`
	Message MessageID     `json:"message,omitempty"`
	// Mailbox is where the message was when the change was made, with UID and
	// UIDValidity its identity there.
	Mailbox     MailboxID `json:"mailbox,omitempty"`
	UID         uint32    `json:"uid,omitempty"`
	UIDValidity uint32    `json:"uid_validity,omitempty"`
	// Target is the mailbox moved or copied to.
	Target MailboxID `json:"target,omitempty"`
	Add    Flags     `json:"add,omitempty"`
	Remove Flags     `json:"remove,omitempty"`
	UIDL   string    `json:"uidl,omitempty"`
	// Name is a mailbox's name before (rename, delete) or at creation, NewName
	// the one after a rename.
	Name    string `json:"name,omitempty"`
	NewName string `json:"new_name,omitempty"`

	Made      time.Time `json:"made"`
	Attempts  int       `json:"attempts,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
	LastError string    `json:"last_error,omitempty"`
	// BackedOut operations were refused for good; they stay until seen.
	BackedOut bool `json:"backed_out,omitempty"`
}

// OutgoingState is where a message is on its way out.
type OutgoingState string

const (
	OutQueued  OutgoingState = "queued"
	OutWaiting OutgoingState = "waiting" // until NotBefore
	OutSending OutgoingState = "sending"
	// OutUnknown: the connection broke after the data and before the answer.
	OutUnknown   OutgoingState = "unknown"
	OutSubmitted OutgoingState = "submitted"
	OutFiled     OutgoingState = "filed"
	OutFailed    OutgoingState = "failed"
)

// Outgoing is a message in the outbox. Its bytes never change once it is
// there.
type Outgoing struct {
	ID      OutgoingID `json:"id"`
	Account AccountID  `json:"account"`
	Body    BodyID     `json:"body"`
	// Size is the octets of the body.
	Size      int64         `json:"size"`
	MessageID string        `json:"message_id"`
	Subject   string        `json:"subject"`
	From      string        `json:"from"`
	To        []string      `json:"to"`
	State     OutgoingState `json:"state"`
	// Filed is the row of the copy in Sent, once it is made.
	Filed MessageID `json:"filed,omitempty"`
	// InReplyTo is the row that this answers or forwards.
	InReplyTo MessageID `json:"in_reply_to,omitempty"`
	Forward   bool      `json:"forward,omitempty"`

	Made      time.Time `json:"made"`
	NotBefore time.Time `json:"not_before,omitzero"`
	Attempts  int       `json:"attempts,omitempty"`
	LastError string    `json:"last_error,omitempty"`
	// Refused lists recipients the server would not take, with its words.
	Refused map[string]string `json:"refused,omitempty"`
}
