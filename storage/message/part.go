package message

import (
	"bytes"
	"mime"
	"strings"
)

// Bounds of the part tree. What is beyond them is shown as text.
const (
	maxDepth = 50
	maxParts = 1000
	// maxEmbedded is how deep messages in messages are opened for their text.
	maxEmbedded = 5
)

// Part is an entity of a message (RFC 2045 section 2.4): the message itself or
// one of its body parts.
type Part struct {
	Header Header
	// MediaType is like "text/plain", in lower case; what is missing or broken
	// is filled in by the rules of RFC 2045.
	MediaType string
	Params    Params
	// Disposition is "inline", "attachment" or "" when none was given.
	Disposition string
	// Filename is the last element of the name that the sender gave, without
	// control characters and direction overrides; "" when there is none.
	Filename string
	// ContentID is without angle brackets.
	ContentID string
	// Encoding is "base64", "quoted-printable", "uuencode" or "" for none.
	Encoding string
	// Charset is the label as given; it may be wrong or unknown.
	Charset  string
	Children []*Part

	// Raw is the entity as it stands in the message, Body its content without
	// the header, transfer-encoded. Both are slices of the parsed message.
	Raw  []byte
	Body []byte

	role role
	// cuts are the ranges of Body that hold uuencoded files; the files are
	// parts of their own in files.
	cuts  []uuBlock
	files []*Part
}

// role is what a leaf is to the reader.
type role uint8

const (
	roleNone role = iota // multiparts, and leaves nobody wants to see
	roleBody
	roleAttachment
	// roleEmbedded parts are shown inside an HTML body.
	roleEmbedded
)

// Content is the transfer-decoded content. It is never withheld: with an
// error, which wraps ErrDamaged, it is what could be decoded.
func (p *Part) Content() ([]byte, error) {
	return decodeTransfer(p.Body, p.Encoding)
}

// Text is the content of a text part in valid UTF-8 with LF line ends, without
// the files that are uuencoded in it.
func (p *Part) Text() string {
	return p.TextIn(p.Charset)
}

// TextIn is Text read in a charset that the person chose.
func (p *Part) TextIn(charset string) string {
	content := p.decodeText(p.textBody())
	if charset == "" && p.MediaType == "text/html" {
		charset = metaCharset(content)
	}

	return normalText(DecodeCharset(content, charset))
}

// decodeText undoes the transfer encoding of a text. Damaged text is still the
// text there is; one that only claims to be base64 is taken as it stands.
func (p *Part) decodeText(body []byte) []byte {
	if p.Encoding == "base64" && !looksBase64(body) {
		return body
	}

	content, _ := decodeTransfer(body, p.Encoding)

	return content
}

// textBody is Body without uuencoded files.
func (p *Part) textBody() []byte {
	if len(p.cuts) == 0 {
		return p.Body
	}

	var out []byte

	pos := 0
	for _, cut := range p.cuts {
		out = append(out, p.Body[pos:cut.start]...)
		pos = cut.end
	}

	return append(out, p.Body[pos:]...)
}

// Message parses the content of a message/rfc822 part.
func (p *Part) Message() *Message {
	content, _ := p.Content() // what is left of a damaged message is parsed as far as it goes

	return Parse(content)
}

// IsMessage reports whether the part is a message of its own.
func (p *Part) IsMessage() bool {
	return p.MediaType == "message/rfc822" || p.MediaType == "message/global"
}

// Name is a file name for the part, made up when the sender gave none.
func (p *Part) Name() string {
	if p.Filename != "" {
		return p.Filename
	}

	if p.IsMessage() {
		content, _ := decodeTransfer(head(p.Body, p.Encoding, headerBytes), p.Encoding) // only the header is read
		if name := cleanFilename(strings.ReplaceAll(SummarizeHeader(content).Subject, "/", "-")); name != "" {
			return name + ".eml"
		}

		return "message.eml"
	}

	return "attachment" + extension(p.MediaType)
}

// extension prefers the usual one where the platform's table has several.
func extension(mediaType string) string {
	switch mediaType {
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "text/calendar":
		return ".ics"
	case "text/vcard", "text/x-vcard", "text/directory":
		return ".vcf"
	case "image/jpeg", "image/jpg", "image/pjpeg":
		return ".jpg"
	case "image/tiff":
		return ".tif"
	case "application/octet-stream", "":
		return ".bin"
	}

	if all, err := mime.ExtensionsByType(mediaType); err == nil && len(all) > 0 {
		return all[0]
	}

	return ".bin"
}

// describe fills in the fields that the part's header gives. fallback is the
// media type where the header has none (RFC 2046 section 5.1.5).
func (p *Part) describe(fallback string) {
	contentType, disposition := "", ""

	for i := range p.Header {
		f := &p.Header[i]
		if len(f.Name) < 10 || !strings.EqualFold(f.Name[:8], "content-") {
			continue
		}

		switch strings.ToLower(f.Name[8:]) {
		case "type":
			if contentType == "" {
				contentType = f.Value()
			}
		case "disposition":
			if disposition == "" {
				disposition = f.Value()
			}
		case "transfer-encoding":
			if p.Encoding == "" {
				p.Encoding = normalEncoding(f.Value())
			}
		case "id":
			if p.ContentID == "" {
				p.ContentID = strings.Trim(f.Value(), " \t<>")
			}
		}
	}

	p.MediaType, p.Params = mediaType(contentType, fallback)
	p.Charset = charsetParam(p.Params.Get("charset"))
	p.disposition(disposition)
}

func (p *Part) disposition(value string) {
	kind, params := parseParamField(value, p.Charset)

	switch {
	case value == "":
	case kind == "inline":
		p.Disposition = "inline"
	case strings.Contains(kind, "="):
		// The kind was left out.
		params = parseParams(value, p.Charset)
		p.Disposition = "attachment"
	case kind != "":
		// RFC 2183 section 2.8: unknown kinds are attachments.
		p.Disposition = "attachment"
	}

	p.Filename = cleanFilename(params.Get("filename"))
	if p.Filename == "" {
		p.Filename = cleanFilename(p.Params.Get("name"))
	}
}

func mediaType(value, fallback string) (string, Params) {
	value = withSemicolon(value)
	kind, params := parseParamField(value, "")
	kind, _, _ = strings.Cut(kind, ",")
	kind = strings.Map(func(r rune) rune {
		if r <= ' ' || r == '"' || r == 0x7f {
			return -1
		}

		return r
	}, kind)

	switch kind {
	case "":
		return fallback, params
	case "text", "plain":
		return "text/plain", params
	case "html":
		return "text/html", params
	case "message/rfc-822", "message/news":
		return "message/rfc822", params
	}

	major, minor, ok := strings.Cut(kind, "/")

	switch {
	case ok && major != "" && minor != "":
		return kind, params
	case major == "text":
		return "text/plain", params
	case major == "multipart":
		return "multipart/mixed", params
	case strings.Contains(kind, "="):
		// The type was left out: Content-Type: charset=utf-8.
		return fallback, parseParams(value, "")
	}

	return fallback, params
}

// withSemicolon puts in the semicolon that is missing between a media type and
// its first parameter.
func withSemicolon(value string) string {
	i := strings.IndexAny(value, " \t;")
	if i <= 0 || value[i] == ';' || !strings.Contains(value[:i], "/") {
		return value
	}

	next := strings.IndexAny(value[i:], ";=")
	if next < 0 || value[i+next] == ';' {
		return value
	}

	return value[:i] + ";" + value[i:]
}

// charsetParam cuts what careless writers put after the label.
func charsetParam(s string) string {
	s = strings.Trim(s, " \t'\"")
	s = strings.TrimPrefix(s, "charset=")

	if i := strings.IndexAny(s, " \t;,("); i >= 0 {
		s = s[:i]
	}

	return s
}

// cleanFilename keeps the last path element and takes away what could deceive
// the eye or the file system.
func cleanFilename(s string) string {
	const longest = 255 // octets, what file systems take

	s = oneLine(s)
	if i := strings.LastIndexAny(s, `/\`); i >= 0 && i < len(s)-1 {
		s = s[i+1:]
	}

	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		case r == '/' || r == '\\':
			return '-'
		}

		return r
	}, s)
	s = strings.TrimSpace(s)

	if len(s) > longest {
		s = shortenFilename(s, longest)
	}

	if s == "." || s == ".." {
		return ""
	}

	return s
}

// shortenFilename keeps the extension.
func shortenFilename(s string, limit int) string {
	ext := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 20 {
		s, ext = s[:i], s[i:]
	}

	return strings.ToValidUTF8(s[:min(len(s), limit-len(ext))], "") + ext
}

// metaCharset finds the charset that an HTML document declares near its start.
func metaCharset(doc []byte) string {
	const near = 2048

	head := bytes.ToLower(doc[:min(len(doc), near)])

	i := bytes.Index(head, []byte("charset="))
	if i < 0 || bytes.LastIndex(head[:i], []byte("<meta")) < 0 {
		return ""
	}

	label := bytes.TrimLeft(head[i+len("charset="):], "\"' ")
	if end := bytes.IndexAny(label, "\"' />;"); end >= 0 {
		label = label[:end]
	}

	return string(label)
}

// normalText brings line ends to LF and drops NULs.
func normalText(s string) string {
	if strings.ContainsAny(s, "\r\x00") || strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029") ||
		strings.Contains(s, "\u0085") {
		s = lineEnds.Replace(s)
	}

	return s
}

var lineEnds = strings.NewReplacer("\r\r\n", "\n", "\r\n", "\n", "\r", "\n", "\x00", "",
	"\u2028", "\n", "\u2029", "\n\n", "\u0085", "\n")
