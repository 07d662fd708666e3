package demo

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message"
	// Sent messages may be in any charset.
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
)

// question is what an automatic answer needs of a sent message.
type question struct {
	header message.Header
	text   string
}

// readQuestion is lenient: a message that cannot be read is answered too, as
// far as it could be.
func readQuestion(raw []byte) question {
	e, err := message.Read(bytes.NewReader(raw))
	if e == nil {
		return question{text: fmt.Sprint(err)}
	}
	return question{header: e.Header, text: firstText(e)}
}

var (
	hiddenHTML = regexp.MustCompile(`(?is)<(style|script|head)\b.*?</(style|script|head)>`)
	htmlBreak  = regexp.MustCompile(`(?i)<(br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>`)
	htmlTag    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// firstText is the first readable part, HTML without its tags.
func firstText(e *message.Entity) string {
	var found string
	walk := func(_ []int, part *message.Entity, err error) error {
		if part == nil || found != "" {
			return err
		}
		kind, _, kindErr := part.Header.ContentType()
		if kindErr != nil || !strings.HasPrefix(kind, "text/") {
			return nil
		}
		body, readErr := io.ReadAll(io.LimitReader(part.Body, 1<<20))
		if readErr != nil {
			return readErr
		}
		found = string(body)
		if kind == "text/html" {
			found = hiddenHTML.ReplaceAllString(found, "")
			found = html.UnescapeString(htmlTag.ReplaceAllString(htmlBreak.ReplaceAllString(found, "\n"), ""))
		}
		return nil
	}
	// What broke the walk came after what was found, and that is enough here.
	if err := e.Walk(walk); err != nil && found == "" {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(found, "\r\n", "\n"))
}

// automatic reports whether no person wrote it. Nothing answers those, or two
// machines would write to each other for ever (RFC 3834 section 2).
func (q question) automatic() bool {
	auto := strings.ToLower(strings.TrimSpace(q.header.Get("Auto-Submitted")))
	return auto != "" && auto != "no"
}

// answers are what others may say, by whether it is Persian; {to} and {from}
// stand for the names.
type answers map[bool][]string

func readAnswers() (answers, error) {
	all := answers{}
	for persian, name := range map[bool]string{false: "answers-en.txt", true: "answers-fa.txt"} {
		text, err := samples.ReadFile("samples/" + name)
		if err != nil {
			return nil, fmt.Errorf("reading the samples: %w", err)
		}
		all[persian] = strings.Split(string(text), "=====\n")
	}
	return all, nil
}

// to is the friendly reply of the address from to the person who wrote, in the
// language of what they wrote.
func (all answers) to(q question, from string, to person, now time.Time, rng *rand.Rand) []byte {
	subject, err := q.header.Text("Subject")
	if err != nil {
		subject = q.header.Get("Subject")
	}
	l := &letter{
		from: person{name: displayName(q.header, from), address: from, zone: now.Location()},
		to:   []person{to}, date: now,
	}
	l.id = fmt.Sprintf("%x.%x@%s", now.UnixNano(), rng.Uint64(), l.from.domain())
	l.extra = append(received(from, to.address, now, rng.Uint64()), [2]string{"Auto-Submitted", "auto-replied"})
	l.reply(q.header)
	l.subject = subject
	if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		l.subject = strings.TrimSpace("Re: " + subject)
	}
	persian := mostlyPersian(cmp.Or(writtenPart(q.text), subject))
	text := all[persian][rng.IntN(len(all[persian]))]
	l.text = strings.NewReplacer("{to}", to.name, "{from}", l.from.name).Replace(text) + "\n"
	l.text += quotation(&letter{text: firstLines(q.text, 40), from: to, date: now})
	return l.bytes()
}

// reply sets In-Reply-To and References from the answered header (RFC 5322
// section 3.6.4).
func (l *letter) reply(h message.Header) {
	ids := mail.Header{Header: h}
	id, err := ids.MessageID()
	if err != nil || id == "" {
		return
	}
	l.inReplyTo = id
	if refs, err := ids.MsgIDList("References"); err == nil {
		l.references = refs
	}
	l.references = append(l.references, id)
}

// displayName is how the sender named the address, or its local part.
func displayName(h message.Header, address string) string {
	fields := mail.Header{Header: h}
	for _, key := range []string{"To", "Cc"} {
		list, err := fields.AddressList(key)
		if err != nil {
			continue
		}
		for _, a := range list {
			if strings.EqualFold(a.Address, address) && a.Name != "" {
				return a.Name
			}
		}
	}
	return address[:strings.LastIndexByte(address, '@')]
}

// writtenPart leaves out what is quoted, which may be in another language.
func writtenPart(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line == "-- \n" {
			break
		}
		if !strings.HasPrefix(line, ">") {
			b.WriteString(line)
		}
	}
	return strings.TrimSpace(b.String())
}

func firstLines(s string, n int) string {
	lines := strings.SplitAfterN(s, "\n", n+1)
	if len(lines) > n {
		return strings.Join(lines[:n], "") + "…"
	}
	return s
}
