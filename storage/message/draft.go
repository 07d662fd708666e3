package message

import (
	"io"
	"net/mail"
	"time"
)

// Draft is a message to be built.
type Draft struct {
	From    mail.Address
	Sender  *mail.Address
	ReplyTo []mail.Address
	To      []mail.Address
	Cc      []mail.Address
	// Bcc is kept for the caller; Build never writes it.
	Bcc     []mail.Address
	Subject string
	// Text is plain text with LF line ends. Lines that begin with ">" are
	// quotes; a paragraph is one line, however long.
	Text string
	// HTML is an alternative to Text, optional.
	HTML string
	// InReplyTo, References and MessageID are ids with or without angle
	// brackets.
	InReplyTo  string
	References []string
	// Date and MessageID must be set: a message is built once and is the same
	// whenever it is built again.
	Date        time.Time
	MessageID   string
	Attachments []Attachment
	UserAgent   string
}

// Attachment is a file of a Draft.
type Attachment struct {
	Name string
	// MediaType may be empty; the name decides then.
	MediaType string
	// ContentID is what HTML refers to as cid:; Inline parts with one are sent
	// as related to the HTML.
	ContentID string
	Inline    bool
	// Open gives the content. It may be called more than once.
	Open func() (io.ReadCloser, error)
}
