package message

import (
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLToText renders HTML as plain text: blocks and table rows as lines,
// lists with marks, quotes with ">", links as "text <url>" where the text does
// not say it. The work is linear in the input, whatever its nesting.
func HTMLToText(doc string) string {
	r := renderer{}

	text := r.render(doc)
	if text == "" && r.hidden > 0 {
		// A hidden element that was never closed is not believed.
		r = renderer{showHidden: true}
		text = r.render(doc)
	}

	return text
}

// renderer walks the tokens; it builds no tree, so that nesting costs nothing.
type renderer struct {
	plain      bool // without links, marks and empty lines, for previews
	limit      int  // of the output in bytes, 0 for none
	showHidden bool

	out     strings.Builder
	newline int  // line ends due before the next text
	space   int  // spaces due
	midLine bool // something stands on the line

	pre    int
	quotes int
	quoted int // quotes of the line written last
	lists  []listLevel
	links  []link
	marker string // of a list item that has no text yet

	hidden    int // depth inside of hiddenTag
	hiddenTag atom.Atom
}

type listLevel struct {
	ordered bool
	n       int
}

type link struct {
	url   string
	start int // in out, where its text begins
}

const (
	maxQuotes = 10
	maxLists  = 8
	maxLinks  = 16
	cellGap   = 2 // spaces between the cells of a table
)

func (r *renderer) render(doc string) string {
	z := html.NewTokenizer(strings.NewReader(doc))

	for r.limit == 0 || r.out.Len() < r.limit {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				continue
			}

			return r.finish()
		case html.TextToken:
			if r.hidden == 0 {
				r.text(string(z.Text()))
			}
		case html.StartTagToken:
			r.start(z, false)
		case html.SelfClosingTagToken:
			r.start(z, true)
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(name))
		}
	}

	return r.finish()
}

func (r *renderer) finish() string {
	return strings.Trim(r.out.String(), " \n")
}

// attributes of a tag that matter here.
type attributes struct {
	href, alt string
	hidden    bool
	start     int
}

func readAttributes(z *html.Tokenizer) attributes {
	a := attributes{start: 1}

	for more := true; more; {
		var key, value []byte

		key, value, more = z.TagAttr()

		switch string(key) {
		case "href":
			a.href = strings.TrimSpace(string(value))
		case "alt":
			a.alt = string(value)
		case "hidden":
			a.hidden = true
		case "start":
			if n, err := strconv.Atoi(string(value)); err == nil {
				a.start = n
			}
		case "style":
			a.hidden = a.hidden || hidingStyle(value)
		}
	}

	return a
}

func hidingStyle(style []byte) bool {
	const enough = 2000

	s := strings.ToLower(strings.ReplaceAll(string(style[:min(len(style), enough)]), " ", ""))

	return strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden") ||
		strings.Contains(s, "mso-hide:all")
}

func (r *renderer) start(z *html.Tokenizer, selfClosing bool) {
	name, hasAttr := z.TagName()
	tag := atom.Lookup(name)

	if tag == atom.Noscript {
		z.NextIsNotRawText() // there are no scripts here
	}

	if r.hidden > 0 {
		if tag == r.hiddenTag && !selfClosing {
			r.hidden++
		}

		return
	}

	a := attributes{start: 1}
	if hasAttr {
		a = readAttributes(z)
	}

	if !selfClosing && !isVoid(tag) && (isSkipped(tag) || a.hidden && r.hides()) {
		r.hidden, r.hiddenTag = 1, tag

		return
	}

	r.open(tag, a)
}

// hides: hidden text is what senders write for previews.
func (r *renderer) hides() bool { return !r.showHidden && !r.plain }

func (r *renderer) open(tag atom.Atom, a attributes) {
	switch tag {
	case atom.Br:
		r.lineBreak()
	case atom.Img:
		r.image(a.alt)
	case atom.A:
		r.openLink(a.href)
	case atom.Hr:
		r.block(1)

		if !r.plain {
			r.write("----------")
		}

		r.block(1)
	case atom.Li:
		r.item()
	case atom.Ul, atom.Menu, atom.Dir:
		r.openList(listLevel{})
	case atom.Ol:
		r.openList(listLevel{ordered: true, n: a.start - 1})
	case atom.Blockquote:
		r.block(2)
		r.quotes++
	case atom.Pre, atom.Textarea, atom.Listing, atom.Xmp:
		r.block(2)
		r.pre++
	case atom.Td, atom.Th:
		r.cell()
	default:
		r.block(blankLines(tag))
	}
}

func (r *renderer) end(tag atom.Atom) {
	if r.hidden > 0 {
		if tag == r.hiddenTag {
			r.hidden--
		}

		return
	}

	switch tag {
	case atom.A:
		r.closeLink()
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		if n := len(r.lists); n > 0 {
			r.lists = r.lists[:n-1]
		}

		r.marker = ""
		r.block(1)
	case atom.Li:
		r.block(1)
	case atom.Blockquote:
		r.block(2)

		r.quotes = max(r.quotes-1, 0)
	case atom.Pre, atom.Textarea, atom.Listing, atom.Xmp:
		r.pre = max(r.pre-1, 0)
		r.block(2)
	case atom.P:
		r.block(2)
	case atom.Td, atom.Th, atom.Br:
	default:
		r.block(blankLines(tag))
	}
}

// blankLines is how many line ends a block element has around it, 0 for what
// stands in a line.
func blankLines(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl, atom.Figure, atom.Fieldset:
		return 2
	case atom.Div, atom.Tr, atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption, atom.Center, atom.Section,
		atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Address, atom.Dt, atom.Dd,
		atom.Body, atom.Html, atom.Form, atom.Legend, atom.Figcaption, atom.Details, atom.Summary, atom.Option:
		return 1
	}

	return 0
}

func isSkipped(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noframes, atom.Iframe, atom.Object, atom.Svg, atom.Math:
		return true
	}

	return false
}

func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Img, atom.Hr, atom.Input, atom.Meta, atom.Link, atom.Area, atom.Base, atom.Col, atom.Embed,
		atom.Source, atom.Track, atom.Wbr, atom.Param:
		return true
	}

	return false
}

// block asks for n line ends before the next text; what is due already is not
// added to.
func (r *renderer) block(n int) {
	if n > 0 {
		r.newline = max(r.newline, n)
		r.space = 0
	}
}

// lineBreak is a br: each one counts, up to an empty line.
func (r *renderer) lineBreak() {
	r.newline = min(max(r.newline, 0)+1, 3)
	r.space = 0
}

func (r *renderer) cell() {
	if r.newline == 0 && r.midLine {
		r.space = cellGap
	}
}

func (r *renderer) openList(level listLevel) {
	if len(r.lists) == 0 {
		r.block(2)
	} else {
		r.block(1)
	}

	if len(r.lists) < maxLists {
		r.lists = append(r.lists, level)
	}
}

func (r *renderer) item() {
	r.block(1)

	n := len(r.lists)
	if r.plain {
		return
	}

	if n == 0 {
		r.marker = "- "

		return
	}

	mark := "- "

	if level := &r.lists[n-1]; level.ordered {
		level.n++
		mark = strconv.Itoa(level.n) + ". "
	}

	r.marker = strings.Repeat("  ", n-1) + mark
}

func (r *renderer) image(alt string) {
	if alt = strings.Join(strings.Fields(alt), " "); alt != "" && !r.plain {
		r.text("[" + alt + "]")
	}
}

func (r *renderer) text(s string) {
	if r.pre > 0 {
		r.preText(s)

		return
	}

	for i := 0; i < len(s); {
		j := i
		for j < len(s) && !isHTMLSpace(s[j]) {
			j++
		}

		if j > i {
			r.write(s[i:j])
		}

		i = j
		for i < len(s) && isHTMLSpace(s[i]) {
			i++
		}

		if i > j && r.newline == 0 && r.midLine {
			r.space = max(r.space, 1)
		}
	}
}

func isHTMLSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

func (r *renderer) preText(s string) {
	for i, line := range strings.Split(normalText(s), "\n") {
		if i > 0 {
			r.newline = min(r.newline+1, 3)
		}

		if line != "" {
			r.write(line)
		}
	}
}

// write puts a piece of text out, after the line ends, marks and the space
// that are due before it.
func (r *renderer) write(s string) {
	s = strings.ReplaceAll(s, "\u00a0", " ")

	if r.out.Len() == 0 {
		r.newline, r.space = 0, 0
		r.startLine()
	} else if r.newline > 0 {
		r.endLines()
		r.startLine()
	}

	for ; r.space > 0; r.space-- {
		r.out.WriteByte(' ')
	}

	r.out.WriteString(s)

	r.midLine = true
}

// endLines writes the line ends that are due; empty lines inside of a quote
// have its mark.
func (r *renderer) endLines() {
	for i := range r.newline {
		if i > 0 && !r.plain {
			r.out.WriteString(strings.Repeat(">", min(r.quotes, r.quoted, maxQuotes)))
		}

		r.out.WriteByte('\n')
	}

	r.newline, r.space = 0, 0
}

func (r *renderer) startLine() {
	r.quoted = r.quotes
	if r.quotes > 0 {
		r.out.WriteString(strings.Repeat(">", min(r.quotes, maxQuotes)))
		r.out.WriteByte(' ')
	}

	if r.marker != "" {
		r.out.WriteString(r.marker)

		r.marker = ""
	}
}

// enrichedText takes the commands out of text/enriched (RFC 1896): "<<" is a
// "<", single line ends are spaces.
func enrichedText(s string) string {
	s = strings.ReplaceAll(s, "&", "&amp;")
	s = strings.ReplaceAll(s, "<<", "&lt;")
	s = strings.ReplaceAll(s, "\n\n", "<p>")

	return HTMLToText(s)
}
