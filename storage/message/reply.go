package message

import (
	"bytes"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Wording is the text that answers and forwards put into the person's mouth,
// in the person's language. The zero Wording is English.
type Wording struct {
	// Attribution stands before a quote; {date}, {name} and {address} are
	// filled in.
	Attribution string
	// Forwarded stands before a forwarded message, the labels before its
	// header lines.
	Forwarded, From, To, Cc, Date, Subject string
	// FormatDate writes a date; nil for RFC 5322 without the zone's name.
	FormatDate func(time.Time) string
}

func (w Wording) complete() Wording {
	for _, d := range []struct {
		field *string
		text  string
	}{
		{&w.Attribution, "On {date}, {name} wrote:"},
		{&w.Forwarded, "---------- Forwarded message ----------"},
		{&w.From, "From"},
		{&w.To, "To"},
		{&w.Cc, "Cc"},
		{&w.Date, "Date"},
		{&w.Subject, "Subject"},
	} {
		if *d.field == "" {
			*d.field = d.text
		}
	}

	if w.FormatDate == nil {
		w.FormatDate = func(t time.Time) string { return t.Format("Mon, 2 Jan 2006 15:04 -0700") }
	}

	return w
}

// ReplyDraft answers m, as the one of self that m was sent to; all answers
// everybody. An answer to a message of one's own goes where that went. Date
// and MessageID are left to the caller.
func ReplyDraft(m *Message, self []mail.Address, all bool, w Wording) Draft {
	d := Draft{
		From:       chooseSelf(m, self),
		Subject:    prefixed(m.Subject, "Re:", replyPrefix),
		InReplyTo:  m.MessageID,
		References: replyReferences(&m.Summary),
	}
	d.To, d.Cc = replyAddresses(m, self, all)

	w = w.complete()

	text := strings.TrimRight(withoutSignature(m.Text()), " \n")
	d.Text = "\n\n" + attribution(m, w) + "\n" + quoteText(text) + "\n"

	return d
}

// ForwardDraft passes m on, with its text below and its attachments attached.
func ForwardDraft(m *Message, self []mail.Address, w Wording) Draft {
	w = w.complete()
	d := Draft{
		From:       chooseSelf(m, self),
		Subject:    prefixed(m.Subject, "Fwd:", forwardPrefix),
		References: replyReferences(&m.Summary),
	}

	lines := []string{"", "", w.Forwarded}
	for _, l := range []struct{ label, value string }{
		{w.From, joinAddresses(m.From)},
		{w.Date, m.dateText(w)},
		{w.Subject, m.Subject},
		{w.To, joinAddresses(m.To)},
		{w.Cc, joinAddresses(m.Cc)},
	} {
		if l.value != "" {
			lines = append(lines, l.label+": "+l.value)
		}
	}

	d.Text = strings.Join(lines, "\n") + "\n\n" + m.Text()

	for _, p := range m.Attachments() {
		d.Attachments = append(d.Attachments, p.attach())
	}

	return d
}

// attach makes a part sendable again. Its content is decoded when it is
// opened.
func (p *Part) attach() Attachment {
	return Attachment{
		Name:      p.Name(),
		MediaType: p.MediaType,
		Open: func() (io.ReadCloser, error) {
			content, _ := p.Content() // a damaged file is forwarded as it came

			return io.NopCloser(bytes.NewReader(content)), nil
		},
	}
}

func (m *Message) dateText(w Wording) string {
	if m.Date.IsZero() {
		return ""
	}

	return w.FormatDate(m.Date)
}

func joinAddresses(list []mail.Address) string {
	texts := make([]string, len(list))

	for i, a := range list {
		switch {
		case a.Name == "":
			texts[i] = a.Address
		case a.Address == "":
			texts[i] = a.Name
		default:
			texts[i] = a.Name + " <" + a.Address + ">"
		}
	}

	return strings.Join(texts, ", ")
}

func attribution(m *Message, w Wording) string {
	var from mail.Address
	if len(m.From) > 0 {
		from = m.From[0]
	}

	name := from.Name
	if name == "" {
		name = from.Address
	}

	return strings.NewReplacer("{date}", m.dateText(w), "{name}", name, "{address}", from.Address).Replace(w.Attribution)
}

// quoteText puts one more quote mark before every line (RFC 3676 section 4.5).
func quoteText(text string) string {
	var out strings.Builder

	for line := range strings.SplitAfterSeq(text, "\n") {
		switch {
		case line == "\n" || line == "" || line[0] == '>':
			out.WriteByte('>')
		default:
			out.WriteString("> ")
		}

		out.WriteString(line)
	}

	return out.String()
}

// withoutSignature cuts from the last line that is "-- " (RFC 3676 section
// 4.3).
func withoutSignature(text string) string {
	if i := strings.LastIndex("\n"+text, "\n-- \n"); i >= 0 {
		return text[:i]
	}

	return text
}

// replyReferences follows RFC 5322 section 3.6.4.
func replyReferences(s *Summary) []string {
	refs := slices.Clone(s.References)
	if len(refs) == 0 && s.InReplyTo != "" {
		refs = []string{s.InReplyTo}
	}

	if s.MessageID != "" {
		refs = append(refs, s.MessageID)
	}

	return refs
}

func isSelf(a mail.Address, self []mail.Address) bool {
	return slices.ContainsFunc(self, func(s mail.Address) bool { return strings.EqualFold(s.Address, a.Address) })
}

// chooseSelf is the own address that the message was sent to or from, else the
// first.
func chooseSelf(m *Message, self []mail.Address) mail.Address {
	for _, list := range [][]mail.Address{m.To, m.Cc, m.Bcc, m.From} {
		for _, a := range list {
			if i := slices.IndexFunc(self, func(s mail.Address) bool { return strings.EqualFold(s.Address, a.Address) }); i >= 0 {
				return self[i]
			}
		}
	}

	if len(self) > 0 {
		return self[0]
	}

	return mail.Address{}
}

func replyAddresses(m *Message, self []mail.Address, all bool) (to, cc []mail.Address) {
	own := len(m.From) > 0 && isSelf(m.From[0], self)

	seen := map[string]bool{}
	keep := func(list []mail.Address, withSelf bool) []mail.Address {
		var out []mail.Address

		for _, a := range list {
			key := strings.ToLower(a.Address)
			if key == "" || seen[key] || !withSelf && isSelf(a, self) {
				continue
			}

			seen[key] = true

			out = append(out, a)
		}

		return out
	}

	target := m.From
	if len(m.ReplyTo) > 0 {
		target = m.ReplyTo
	}

	if own {
		target = m.To
	}

	to = keep(target, false)
	if all {
		if !own {
			to = append(to, keep(m.To, false)...)
		}

		cc = keep(m.Cc, false)
	}

	if len(to) == 0 && len(cc) == 0 {
		to = keep(target, true) // a note to oneself
	}

	return to, cc
}
