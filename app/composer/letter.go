package composer

import (
	"bytes"
	"crypto/rand"
	"io"
	"mime"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"peyk/accounts"
	"peyk/app/l10n"
	"peyk/storage"
	"peyk/storage/message"
)

// userAgent names the program in what it sends.
const userAgent = "Peyk"

// Letter is what a composer begins with.
type Letter struct {
	// Account is the account to write from; 0 takes the first one. From is the identity's address; empty the first.
	Account       storage.AccountID
	From          string
	To, Cc, Bcc   []mail.Address
	Subject, Text string
	Files         []message.Attachment
	InReplyTo     string
	References    []string
	// Source is the message that this answers, or forwards with Forward.
	Source  storage.MessageID
	Forward bool
	// Draft is the draft that this is; it is replaced when the letter is saved.
	Draft storage.MessageID
	// finished letters carry their signature already.
	finished bool
}

// isolates takes out what the surface puts around foreign words: it has no place in what is sent.
var isolates = strings.NewReplacer("\u2068", "", "\u2069", "")

// wording is how answers and forwards begin, in the language of the surface.
func wording() message.Wording {
	return message.Wording{
		Attribution: isolates.Replace(l10n.T("quote.attribution", "date", "{date}", "name", "{name}")),
		Forwarded:   l10n.T("quote.forwarded"),
		From:        l10n.T("message.fromField"), To: l10n.T("message.toField"), Cc: l10n.T("message.ccField"),
		Date: l10n.T("message.dateField"), Subject: l10n.T("message.subjectField"),
		FormatDate: l10n.DateTime,
	}
}

// self are the addresses of an account.
func self(a *accounts.Account) []mail.Address {
	var list []mail.Address
	for _, id := range a.Identities {
		list = append(list, id.Address())
	}
	return list
}

// Reply is an answer to a message, to everybody with all.
func Reply(a *accounts.Account, raw []byte, source storage.MessageID, all bool) Letter {
	l := fromDraft(message.ReplyDraft(message.Parse(raw), self(a), all, wording()))
	l.Account, l.Source = a.ID, source
	return l
}

// Forward passes a message on.
func Forward(a *accounts.Account, raw []byte, source storage.MessageID) Letter {
	l := fromDraft(message.ForwardDraft(message.Parse(raw), self(a), wording()))
	l.Account, l.Source, l.Forward = a.ID, source, true
	return l
}

func fromDraft(d message.Draft) Letter {
	return Letter{
		From: d.From.Address, To: d.To, Cc: d.Cc, Bcc: d.Bcc, Subject: d.Subject, Text: d.Text, Files: d.Attachments,
		InReplyTo: d.InReplyTo, References: d.References,
	}
}

// Reopen is a message that was already written, as a draft or in the outbox.
func Reopen(account storage.AccountID, raw []byte, draft storage.MessageID) Letter {
	m := message.Parse(raw)
	l := Letter{
		Account: account, To: m.To, Cc: m.Cc, Bcc: m.Bcc, Subject: m.Subject, Text: strings.TrimRight(m.Text(), "\n"),
		InReplyTo: m.InReplyTo, References: m.References, Draft: draft, finished: true,
	}
	if len(m.From) > 0 {
		l.From = m.From[0].Address
	}
	for _, p := range m.Attachments() {
		l.Files = append(l.Files, message.Attachment{Name: p.Name(), MediaType: p.MediaType, Open: func() (io.ReadCloser, error) {
			content, err := p.Content()
			return io.NopCloser(bytes.NewReader(content)), err
		}})
	}
	return l
}

// Mailto is what a mailto URI asks for (RFC 6068). Only the fields that are safe are taken: nothing can be attached.
func Mailto(uri string) Letter {
	u, err := url.Parse(strings.TrimSpace(uri))
	if err != nil || !strings.EqualFold(u.Scheme, "mailto") {
		return Letter{To: message.ParseAddresses(strings.TrimPrefix(uri, "mailto:"))}
	}
	var l Letter
	if to, err := url.PathUnescape(u.Opaque); err == nil && to != "" {
		l.To = message.ParseAddresses(to)
	}
	// A plus is a plus in a mailto URI, not a blank.
	q, err := url.ParseQuery(strings.ReplaceAll(u.RawQuery, "+", "%2B"))
	if err != nil {
		return l
	}
	for key, values := range q {
		for _, v := range values {
			switch strings.ToLower(key) {
			case "to":
				l.To = append(l.To, message.ParseAddresses(v)...)
			case "cc":
				l.Cc = append(l.Cc, message.ParseAddresses(v)...)
			case "bcc":
				l.Bcc = append(l.Bcc, message.ParseAddresses(v)...)
			case "subject":
				l.Subject = message.DecodeHeader(v)
			case "body":
				l.Text = strings.ReplaceAll(v, "\r\n", "\n")
			case "in-reply-to":
				l.InReplyTo = strings.Trim(v, "<> ")
			}
		}
	}
	return l
}

// fileAttachment attaches a file of this machine; it is read when the message is built.
func fileAttachment(path string) message.Attachment {
	return message.Attachment{
		Name: filepath.Base(path), MediaType: mime.TypeByExtension(filepath.Ext(path)),
		Open: func() (io.ReadCloser, error) { return os.Open(path) },
	}
}

// signed is a body with a signature under what is to be written, and over a quotation.
func signed(text, signature string) string {
	if signature == "" {
		return text
	}
	if text == "" {
		return "\n\n" + signatureBlock(signature)
	}
	return "\n\n" + signatureBlock(signature) + "\n\n" + strings.TrimLeft(text, "\n")
}

func signatureBlock(signature string) string { return "-- \n" + strings.TrimRight(signature, "\n") }

// resigned replaces the signature of one identity by that of another, if it stands there as it was.
func resigned(text, from, to string) string {
	switch {
	case from == to:
		return text
	case from == "":
		return signed(text, to)
	}
	before, after, found := strings.Cut(text, signatureBlock(from))
	if !found {
		return text
	}
	if to == "" {
		return strings.TrimRight(before, "\n") + after
	}
	return before + signatureBlock(to) + after
}

// build makes the bytes of a message. The Bcc field is in them: the outbox takes recipients from it and keeps it.
func build(l *Letter, id accounts.Identity, messageID string, now time.Time) ([]byte, error) {
	d := message.Draft{
		From: id.Address(), To: l.To, Cc: l.Cc, Bcc: l.Bcc, Subject: l.Subject, Text: l.Text, Attachments: l.Files,
		InReplyTo: l.InReplyTo, References: l.References, Date: now, MessageID: messageID, UserAgent: userAgent,
	}
	if id.ReplyTo != "" {
		d.ReplyTo = []mail.Address{{Address: id.ReplyTo}}
	}
	var b bytes.Buffer
	if len(l.Bcc) > 0 {
		b.WriteString(bccField(l.Bcc))
	}
	if err := d.Build(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// bccField is the header field, one address a line.
func bccField(list []mail.Address) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.String()
	}
	return "Bcc: " + strings.Join(texts, ",\r\n ") + "\r\n"
}

func newMessageID(address string) string {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	if domain == "" {
		domain = "localhost"
	}
	return message.NewMessageID(rand.Reader, domain)
}

// wrong gives the entries of an address list that cannot be sent to.
func wrong(list []mail.Address) []string {
	var bad []string
	for _, a := range list {
		if !isAddress(a.Address) {
			text := a.Address
			if text == "" {
				text = a.Name
			}
			bad = append(bad, text)
		}
	}
	return bad
}

func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " \t\r\n<>,;") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..")
}

// join writes an address list as it is typed.
func join(list []mail.Address) string {
	texts := make([]string, len(list))
	for i, a := range list {
		switch {
		case a.Name == "":
			texts[i] = a.Address
		case strings.ContainsAny(a.Name, `,;<>"()@`):
			texts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + a.Address + ">"
		default:
			texts[i] = a.Name + " <" + a.Address + ">"
		}
	}
	return strings.Join(texts, ", ")
}

// promises tells whether a text, without what it quotes, speaks of an attachment.
func promises(text string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "-- ") {
			return false
		}
		if strings.HasPrefix(line, ">") {
			continue
		}
		lower := strings.ToLower(line)
		if slices.ContainsFunc([]string{"attach", "enclosed", "پیوست", "ضمیمه"}, func(w string) bool { return strings.Contains(lower, w) }) {
			return true
		}
	}
	return false
}
