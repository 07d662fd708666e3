package message

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrIncomplete is wrapped by the error for a draft without what the caller
// must fix before building.
var ErrIncomplete = errors.New("the draft is incomplete")

// NewMessageID makes a Message-ID without angle brackets from 20 random bytes
// of r (crypto/rand.Reader but in tests).
func NewMessageID(r io.Reader, domain string) string {
	var random [20]byte
	if _, err := io.ReadFull(r, random[:]); err != nil {
		// An id that is not random is worse than one from another source;
		// this one cannot fail.
		rand.Read(random[:])
	}

	domain = asciiDomain(cleanID(domain))
	if domain == "" {
		domain = "localhost"
	}

	return strings.ToLower(base32.HexEncoding.EncodeToString(random[:])) + "@" + domain
}

// Build writes the message with CRLF line ends. The same draft gives the same
// bytes. Whatever its fields contain, no line of them becomes a header of its
// own; attachments are streamed.
func (d *Draft) Build(w io.Writer) error {
	if d.Date.IsZero() || d.MessageID == "" {
		return fmt.Errorf("building a message: %w: date and message id must be set", ErrIncomplete)
	}

	out := bufio.NewWriter(w)
	b := &builder{out: out, draft: d}

	if err := b.header(); err != nil {
		return err
	}

	if err := b.content().write(b); err != nil {
		return fmt.Errorf("building a message: %w", err)
	}

	if err := out.Flush(); err != nil {
		return fmt.Errorf("building a message: writing: %w", err)
	}

	return nil
}

// builder holds what the entities of one message share. Write errors stick in
// out and come up in Flush.
type builder struct {
	out        *bufio.Writer
	draft      *Draft
	boundaries int
}

func (b *builder) header() error {
	d := b.draft
	h := fieldWriter{out: b.out}

	h.addresses("From", d.From)

	if d.Sender != nil {
		h.addresses("Sender", *d.Sender)
	}

	h.addresses("Reply-To", d.ReplyTo...)
	h.addresses("To", d.To...)
	h.addresses("Cc", d.Cc...)
	h.text("Subject", d.Subject)
	h.plain("Date", d.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	h.ids("Message-ID", d.MessageID)
	h.ids("In-Reply-To", d.InReplyTo)
	h.ids("References", d.References...)
	h.text("User-Agent", d.UserAgent)
	h.plain("MIME-Version", "1.0")

	if h.err != nil {
		return fmt.Errorf("building a message: %w", h.err)
	}

	return nil
}

// entity writes its Content fields, an empty line and its content.
type entity interface {
	write(b *builder) error
}

// content arranges the parts: mixed(alternative(text, related(html, images)),
// files), with every level left out that has one member only.
func (b *builder) content() entity {
	d := b.draft

	var (
		images, files []entity
		body          entity = textEntity{subtype: "plain", text: d.Text}
	)

	for i := range d.Attachments {
		a := &d.Attachments[i]
		if d.HTML != "" && a.Inline && a.ContentID != "" {
			images = append(images, fileEntity{a})
		} else {
			files = append(files, fileEntity{a})
		}
	}

	if d.HTML != "" {
		rich := entity(textEntity{subtype: "html", text: d.HTML})
		if len(images) > 0 {
			rich = multipartEntity{subtype: "related", params: `; type="text/html"`, parts: append([]entity{rich}, images...)}
		}

		body = multipartEntity{subtype: "alternative", parts: []entity{body, rich}}
	}

	if len(files) > 0 {
		return multipartEntity{subtype: "mixed", parts: append([]entity{body}, files...)}
	}

	return body
}

type multipartEntity struct {
	subtype string
	params  string
	parts   []entity
}

func (m multipartEntity) write(b *builder) error {
	boundary := b.boundary()
	fmt.Fprintf(b.out, "Content-Type: multipart/%s;\r\n boundary=\"%s\"%s\r\n\r\n", m.subtype, boundary, m.params)

	for _, part := range m.parts {
		fmt.Fprintf(b.out, "--%s\r\n", boundary)

		if err := part.write(b); err != nil {
			return err
		}

		b.out.WriteString("\r\n")
	}

	fmt.Fprintf(b.out, "--%s--\r\n", boundary)

	return nil
}

// boundary is fixed by the Message-ID. Its "=_" cannot occur in
// quoted-printable or base64; text that is sent as it is must not have it.
func (b *builder) boundary() string {
	b.boundaries++
	sum := sha256.Sum256([]byte(strconv.Itoa(b.boundaries) + " " + b.draft.MessageID))

	return boundaryMark + hex.EncodeToString(sum[:12])
}

const boundaryMark = "=_"

type textEntity struct {
	subtype string
	text    string
}

func (t textEntity) write(b *builder) error {
	text := validUTF8(normalText(t.text))
	params := ""

	if t.subtype == "plain" {
		text = flow(text)
		params = "; format=flowed"
	}

	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}

	encoding := textEncoding(text)
	charset := "utf-8"

	if encoding == "7bit" {
		charset = "us-ascii"
	}

	fmt.Fprintf(b.out, "Content-Type: text/%s; charset=%s%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
		t.subtype, charset, params, encoding)

	text = strings.ReplaceAll(text, "\n", "\r\n")

	switch encoding {
	case "base64":
		return writeBase64(b.out, strings.NewReader(text))
	case "quoted-printable":
		writeQuotedPrintable(b.out, text)
	default:
		b.out.WriteString(text)
	}

	return nil
}

// maxLine is the longest line that may be sent, without its end (RFC 5322
// section 2.1.1).
const maxLine = 998

// textEncoding picks what is smallest and safe: as it is when every line is
// short ASCII, else quoted-printable for text that is mostly ASCII and base64
// for the rest (Persian grows six times in quoted-printable).
func textEncoding(text string) string {
	const escapeCost = 2

	escaped, line, plain := 0, 0, !strings.Contains(text, "--"+boundaryMark)

	for i := range len(text) {
		c := text[i]
		line++

		switch {
		case c == '\n':
			line = 0
		case c >= 0x7f || c < 0x20 && c != '\t':
			plain = false
			escaped++
		case c == '=':
			escaped++
		}

		plain = plain && line <= maxLine && !(c == 'F' && line == 1 && strings.HasPrefix(text[i:], "From "))
	}

	switch {
	case plain:
		return "7bit"
	case escaped*escapeCost <= len(text)/3:
		return "quoted-printable"
	}

	return "base64"
}

type fileEntity struct{ a *Attachment }

func (f fileEntity) write(b *builder) error {
	a := f.a
	kind := attachmentType(a)

	encoding := "base64"
	if strings.HasPrefix(kind, "message/") {
		// RFC 2046 section 5.2.1 wants messages as they are. One that would not
		// survive every relay so is encoded all the same, which readers take.
		ok, err := f.isPlain()
		if err != nil {
			return err
		}

		if ok {
			encoding = "7bit"
		}
	}

	disposition := "attachment"
	if a.Inline {
		disposition = "inline"
	}

	h := fieldWriter{out: b.out}
	h.params("Content-Type", kind, "name", a.Name, true)
	h.params("Content-Disposition", disposition, "filename", a.Name, false)
	h.plain("Content-Transfer-Encoding", encoding)

	if id := cleanID(a.ContentID); id != "" {
		h.plain("Content-ID", "<"+id+">")
	}

	if h.err != nil {
		return h.err
	}

	b.out.WriteString("\r\n")

	return f.copy(b.out, encoding)
}

func (f fileEntity) open() (io.ReadCloser, error) {
	if f.a.Open == nil {
		return nil, fmt.Errorf("attaching %q: %w: no content", f.a.Name, ErrIncomplete)
	}

	r, err := f.a.Open()
	if err != nil {
		return nil, fmt.Errorf("attaching %q: opening: %w", f.a.Name, err)
	}

	return r, nil
}

func (f fileEntity) copy(out *bufio.Writer, encoding string) (err error) {
	r, err := f.open()
	if err != nil {
		return err
	}

	defer func() {
		if e := r.Close(); e != nil && err == nil {
			err = fmt.Errorf("attaching %q: closing: %w", f.a.Name, e)
		}
	}()

	if encoding == "base64" {
		err = writeBase64(out, r)
	} else {
		err = writeLines(out, r)
	}

	if err != nil {
		return fmt.Errorf("attaching %q: reading: %w", f.a.Name, err)
	}

	return nil
}

// isPlain reports that a content is ASCII in lines that every relay takes, and
// has no boundary of ours.
func (f fileEntity) isPlain() (plain bool, err error) {
	r, err := f.open()
	if err != nil {
		return false, err
	}

	defer func() {
		if e := r.Close(); e != nil && err == nil {
			err = fmt.Errorf("attaching %q: closing: %w", f.a.Name, e)
		}
	}()

	lines := bufio.NewReaderSize(r, maxLine+len("\r\n"))

	for {
		line, e := lines.ReadSlice('\n')
		if e != nil && e != io.EOF {
			if errors.Is(e, bufio.ErrBufferFull) {
				return false, nil
			}

			return false, fmt.Errorf("attaching %q: reading: %w", f.a.Name, e)
		}

		if !plainLine(line) {
			return false, nil
		}

		if e == io.EOF {
			return true, nil
		}
	}
}

// plainLine reports whether a line may be sent as it is. The boundaries of a
// message that was built here too have other hashes; they are not looked into.
func plainLine(line []byte) bool {
	text := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if bytes.HasPrefix(text, []byte("--"+boundaryMark)) {
		return false
	}

	for _, c := range text {
		if c == 0 || c == '\r' || c == '\n' || c >= utf8.RuneSelf {
			return false
		}
	}

	return true
}
