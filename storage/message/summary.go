package message

import (
	"bytes"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// maxReferences bounds Summary.References; the last ones are the nearest
// ancestors.
const maxReferences = 50

// Summary is all that a row of a message list needs.
type Summary struct {
	// MessageID, InReplyTo and References are without angle brackets.
	// References has at most the last 50.
	MessageID  string
	InReplyTo  string
	References []string

	From    []mail.Address
	ReplyTo []mail.Address
	To      []mail.Address
	Cc      []mail.Address
	Bcc     []mail.Address
	// Subject is decoded, on one line.
	Subject string
	// Date is what the Date field says, however absurd; zero when it says
	// nothing.
	Date time.Time
	// Preview is the start of the text on one line, at most 200 runes.
	Preview string
	// Attachments is the number of parts that Message.Attachments gives.
	Attachments int
}

// Summarize makes the summary of a message without decoding more of it than
// the start of its text.
func Summarize(raw []byte) Summary {
	root := parseTree(withLineFeeds(raw))

	return summarizeTree(root, textCharset(root))
}

// SummarizeHeader makes the summary of a message of which only the header
// block is there; it has no preview and no attachments.
func SummarizeHeader(header []byte) Summary {
	fields, _ := splitHeader(withLineFeeds(header), true)
	_, params := mediaType(fields.value("Content-Type"), "")

	var s Summary

	s.readHeader(fields, charsetParam(params.Get("charset")))

	return s
}

func summarizeTree(root *Part, charset string) Summary {
	var s Summary

	s.readHeader(root.Header, charset)
	s.Preview = previewTree(root, 0)

	for p := range root.leaves() {
		s.Attachments += len(p.files)
		if p.role == roleAttachment {
			s.Attachments++
		}
	}

	return s
}

// readHeader takes the first field of each kind that says something.
func (s *Summary) readHeader(fields Header, charset string) {
	for i := range fields {
		f := &fields[i]
		switch len(f.Name) {
		case 2, 3, 4, 7, 8, 10, 11:
		default:
			continue
		}

		switch strings.ToLower(f.Name) {
		case "message-id":
			if s.MessageID == "" {
				s.MessageID = firstID(f.Value())
			}
		case "in-reply-to":
			if s.InReplyTo == "" {
				s.InReplyTo = firstID(f.Value())
			}
		case "references":
			if s.References == nil {
				s.References = idList(f.Value())
			}
		case "subject":
			if s.Subject == "" {
				s.Subject = decodeHeader(f.Value(), charset)
			}
		case "date":
			if s.Date.IsZero() {
				s.Date = ParseDate(f.Value())
			}
		case "from":
			addAddresses(&s.From, f, charset)
		case "reply-to":
			addAddresses(&s.ReplyTo, f, charset)
		case "to":
			addAddresses(&s.To, f, charset)
		case "cc":
			addAddresses(&s.Cc, f, charset)
		case "bcc":
			addAddresses(&s.Bcc, f, charset)
		}
	}
}

// addAddresses takes repeated fields together: RFC 5322 forbids them, and
// dropping one would drop recipients.
func addAddresses(list *[]mail.Address, f *Field, charset string) {
	*list = append(*list, parseAddresses(f.Value(), charset)...)
}

// idList reads the ids of a References field. Ids without brackets count when
// they look like ids.
func idList(value string) []string {
	var ids []string

	if strings.IndexByte(value, '<') < 0 {
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r <= ' ' || r == ',' }) {
			if strings.IndexByte(word, '@') > 0 {
				ids = append(ids, cleanID(word))
			}
		}
	}

	for {
		_, rest, ok := strings.Cut(value, "<")
		if !ok {
			break
		}

		end := strings.IndexAny(rest, "<>")
		if end < 0 {
			end = len(rest)
		}

		if id := cleanID(rest[:end]); id != "" {
			ids = append(ids, id)
		}

		value = rest[end:]
	}

	if n := len(ids); n > maxReferences {
		ids = append([]string(nil), ids[n-maxReferences:]...)
	}

	return ids
}

// firstID reads the id of a Message-ID or In-Reply-To field, where prose may
// stand before it.
func firstID(value string) string {
	if ids := idList(value); len(ids) > 0 {
		return ids[0]
	}

	if strings.ContainsAny(value, " \t") {
		return ""
	}

	return cleanID(value)
}

// cleanID takes white space out, which wrong folding put in, and bytes that
// could not be written again.
func cleanID(id string) string {
	clean := true

	for i := range len(id) {
		if c := id[i]; c <= ' ' || c == '<' || c == '>' || c >= 0x7f {
			clean = false

			break
		}
	}

	if clean {
		return id
	}

	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '<' || r == '>' || r >= 0x7f && r < 0xa0 {
			return -1
		}

		return r
	}, validUTF8(id))
}

const (
	previewRunes = 200
	// headerBytes is how much of an embedded message is looked at for its
	// header and the start of its text.
	headerBytes = 64 << 10
)

// previewTree makes the preview from the parts that Message.Text shows,
// decoding only as much as it needs. depth counts messages inside messages.
func previewTree(root *Part, depth int) string {
	for _, html := range []bool{false, true} {
		for _, p := range bodies(root, html) {
			if text := p.preview(); text != "" {
				return text
			}
		}
	}

	if len(root.Children) == 0 && strings.HasPrefix(root.MediaType, "text/") {
		return root.preview()
	}

	for p := range root.leaves() {
		if p.IsMessage() && depth < maxEmbedded {
			return p.previewMessage(depth + 1)
		}
	}

	return ""
}

// previewMessage is the subject of an embedded message, or else its preview.
func (p *Part) previewMessage(depth int) string {
	content, _ := decodeTransfer(head(p.Body, p.Encoding, headerBytes), p.Encoding) // what there is will do
	root := parseTree(withLineFeeds(content))

	if subject := decodeHeader(root.Header.value("Subject"), textCharset(root)); subject != "" {
		return shorten(subject, previewRunes)
	}

	return previewTree(root, depth)
}

// shorten cuts s after n runes.
func shorten(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}

		n--
	}

	return s
}

// preview tries more and more of the text: the start may be style sheets or
// quotes only.
func (p *Part) preview() string {
	body := p.textBody()

	for _, size := range []int{4 << 10, 32 << 10, 256 << 10} {
		part := head(body, p.Encoding, size)
		whole := len(part) == len(body)
		text, own := previewLine(p.headText(part, whole))

		if own || whole {
			return text
		}

		if size == 256<<10 {
			return text
		}
	}

	return ""
}

// headText is the text of the first bytes of a part.
func (p *Part) headText(body []byte, whole bool) string {
	content := p.decodeText(body)
	if !whole {
		content = trimPartialRune(content)
	}

	charset := p.Charset
	if charset == "" && p.MediaType == "text/html" {
		charset = metaCharset(content)
	}

	text := normalText(DecodeCharset(content, charset))
	if !whole {
		text = strings.TrimRight(text, string(utf8.RuneError))
	}

	switch p.MediaType {
	case "text/html":
		r := renderer{plain: true, limit: 4 * previewRunes}

		return r.render(text)
	case "text/enriched", "text/richtext":
		return enrichedText(text)
	}

	return text
}

// head cuts an encoded body where that does not hurt the encoding.
func head(body []byte, encoding string, size int) []byte {
	if encoding != "" {
		size = size / 2 * 3
	}

	if len(body) <= size {
		return body
	}

	body = body[:size]
	if i := bytes.LastIndexByte(body, '\n'); i > size/2 {
		return body[:i+1]
	}

	for i := len(body) - 1; i >= len(body)-2; i-- {
		if body[i] == '=' {
			return body[:i]
		}
	}

	return body
}

// trimPartialRune takes away the beginning of a UTF-8 sequence that a cut left
// at the end.
func trimPartialRune(b []byte) []byte {
	for n := 1; n <= 3 && n <= len(b); n++ {
		c := b[len(b)-n]
		if utf8.RuneStart(c) {
			if c >= 0xc0 && !utf8.FullRune(b[len(b)-n:]) {
				return b[:len(b)-n]
			}

			return b
		}
	}

	return b
}
