// Package message is what a mail message is: parsing with tolerance for
// everything that arrives, charset repair, the keys of threading, and building
// (RFC 5322, RFC 2045 to 2049, 2183, 2231, 3676).
//
// Nothing here fails on foreign bytes: a broken header, boundary or charset
// still gives a readable message.
//
// golang.org/x/text has the tables of the charsets, golang.org/x/net/html the
// tokenizer that reads HTML as browsers do.
package message

import (
	"html"
	"strings"
)

// Message is a parsed message. Its parts refer to the bytes it was parsed
// from, which must not be changed.
type Message struct {
	Summary

	Header Header
	Root   *Part
}

// Parse reads a message. It decodes headers; contents are decoded when they
// are asked for.
func Parse(raw []byte) *Message {
	return newMessage(parseTree(withLineFeeds(raw)))
}

// ParseAs is Parse with the charset that the person chose in place of the
// labels of all texts. Encoded-words keep theirs.
func ParseAs(raw []byte, charset string) *Message {
	root := parseTree(withLineFeeds(raw))

	for p := range root.leaves() {
		if p.role == roleBody {
			p.Charset = charset
		}
	}

	return newMessage(root)
}

func newMessage(root *Part) *Message {
	charset := textCharset(root)

	for i := range root.Header {
		root.Header[i].charset = charset
	}

	m := &Message{Header: root.Header, Root: root}
	m.Summary = summarizeTree(root, charset)

	return m
}

// Text is the readable text as a reader without HTML shows it: paragraphs of
// flowed text joined, HTML rendered, several text parts one after the other.
func (m *Message) Text() string {
	return strings.TrimLeft(treeText(m.Root, 0), "\n")
}

func treeText(root *Part, depth int) string {
	text := bodiesText(bodies(root, false))
	if strings.TrimSpace(text) == "" {
		text = bodiesText(bodies(root, true))
	}

	if strings.TrimSpace(text) == "" {
		text = otherText(root, depth)
	}

	return text
}

func bodiesText(parts []*Part) string {
	var texts []string

	for _, p := range parts {
		if t := p.readable(); strings.TrimSpace(t) != "" {
			texts = append(texts, t)
		}
	}

	for i := range len(texts) - 1 {
		texts[i] = strings.TrimRight(texts[i], " \n")
	}

	return strings.Join(texts, "\n\n")
}

// readable is the text of a body part as it is shown.
func (p *Part) readable() string {
	text := p.Text()

	switch p.MediaType {
	case "text/html":
		return HTMLToText(text)
	case "text/enriched", "text/richtext":
		return enrichedText(text)
	}

	if strings.EqualFold(p.Params.Get("format"), "flowed") {
		return unflow(text, strings.EqualFold(p.Params.Get("delsp"), "yes"))
	}

	return text
}

// otherText is for messages without a body: text that came as an attachment
// without being asked for, and messages inside.
func otherText(root *Part, depth int) string {
	if len(root.Children) == 0 && strings.HasPrefix(root.MediaType, "text/") {
		return root.readable()
	}

	var texts []string

	for leaf := range root.leaves() {
		if !leaf.IsMessage() || depth >= maxEmbedded {
			continue
		}

		m := leaf.Message()

		text := treeText(m.Root, depth+1)
		if head := embeddedHead(m); head != "" {
			text = head + "\n\n" + text
		}

		texts = append(texts, strings.TrimRight(text, " \n"))
	}

	return strings.Join(texts, "\n\n")
}

// embeddedHead shows which message a text belongs to.
func embeddedHead(m *Message) string {
	var lines []string

	for _, name := range []string{"From", "To", "Date", "Subject"} {
		if v := m.Header.Get(name); v != "" {
			lines = append(lines, name+": "+v)
		}
	}

	return strings.Join(lines, "\n")
}

// HTML is the body as HTML and true, or false when no body part is HTML. Text
// parts beside the HTML are set in it in their place.
func (m *Message) HTML() (string, bool) {
	parts := bodies(m.Root, true)
	found := false

	var out strings.Builder

	for _, p := range parts {
		if p.MediaType == "text/html" {
			found = true

			out.WriteString(p.Text())

			continue
		}

		if text := strings.TrimRight(p.readable(), " \n"); text != "" {
			out.WriteString(`<div dir="auto" style="white-space:pre-wrap">`)
			out.WriteString(html.EscapeString(text))
			out.WriteString("</div>")
		}
	}

	if !found {
		return "", false
	}

	return out.String(), true
}

// Attachments are the parts that a person would save, in the order of the
// message: files, messages (IsMessage) and files uuencoded in a text.
func (m *Message) Attachments() []*Part {
	var out []*Part

	for p := range m.Root.leaves() {
		if p.role == roleAttachment {
			out = append(out, p)
		}

		out = append(out, p.files...)
	}

	return out
}

// Embedded is the part that HTML refers to as cid:id, or nil.
func (m *Message) Embedded(id string) *Part {
	id = strings.Trim(id, "<>")

	for p := range m.Root.leaves() {
		if p.ContentID != "" && p.ContentID == id {
			return p
		}
	}

	return nil
}

// leaves yields the parts without children, in order.
func (p *Part) leaves() func(yield func(*Part) bool) {
	return func(yield func(*Part) bool) { p.eachLeaf(yield) }
}

func (p *Part) eachLeaf(yield func(*Part) bool) bool {
	if len(p.Children) == 0 {
		return yield(p)
	}

	for _, child := range p.Children {
		if !child.eachLeaf(yield) {
			return false
		}
	}

	return true
}

// bodies are the parts that make up the body: of alternatives only one, which
// is plain text unless html is wanted.
func bodies(p *Part, html bool) []*Part {
	if len(p.Children) == 0 {
		if p.role == roleBody {
			return []*Part{p}
		}

		return nil
	}

	if p.MediaType == "multipart/alternative" {
		return alternative(p, html)
	}

	var out []*Part
	for _, child := range p.Children {
		out = append(out, bodies(child, html)...)
	}

	return out
}

func alternative(p *Part, html bool) []*Part {
	var fallback []*Part

	want := "text/plain"
	if html {
		want = "text/html"
	}

	for i := range p.Children {
		child := p.Children[i]
		if html { // the last alternative is the one the sender likes best
			child = p.Children[len(p.Children)-1-i]
		}

		parts := bodies(child, html)

		for _, b := range parts {
			if b.MediaType == want && len(strings.TrimSpace(string(b.Body[:min(len(b.Body), 256)]))) > 0 {
				return parts
			}
		}

		if len(fallback) == 0 {
			fallback = parts
		}
	}

	return fallback
}

// textCharset is the charset of the message's text, which is that of raw bytes
// in its header too.
func textCharset(root *Part) string {
	for _, p := range bodies(root, false) {
		if p.Charset != "" {
			return p.Charset
		}
	}

	return ""
}
