package reader

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"peyk/app/bidi"
	"peyk/app/widgets"
)

// Limits that keep hostile HTML from costing more than a moment.
const (
	maxHTMLBytes = 4 << 20
	maxHTMLDepth = 400
	maxHTMLNodes = 400_000
)

// written is a text with its links and emphasis.
type written struct {
	text  string
	spans []widgets.Span
	// remote is the number of images that would be loaded from the network.
	remote int
}

// fromHTML turns an HTML document into readable text.
func fromHTML(source string) written {
	if len(source) > maxHTMLBytes {
		source = strings.ToValidUTF8(source[:maxHTMLBytes], "")
	}
	// ParseWithOptions builds a tree whose depth follows the input; deep nesting is cut before it is built.
	root, err := html.Parse(strings.NewReader(flatten(source)))
	if err != nil {
		return written{text: source}
	}
	w := &htmlWriter{}
	w.walk(root, 0)
	return w.finish()
}

// flatten drops tags that nest deeper than any letter does: parsing time grows with the square of the depth.
func flatten(source string) string {
	depth, tags := 0, 0
	z := html.NewTokenizer(strings.NewReader(source))
	var b strings.Builder
	cut := false
	for {
		switch t := z.Next(); t {
		case html.ErrorToken:
			if !cut {
				return source
			}
			return b.String()
		case html.StartTagToken, html.EndTagToken:
			name, _ := z.TagName()
			if a := atom.Lookup(name); a == 0 || isVoid(a) {
				b.Write(z.Raw())
				continue
			}
			if tags++; tags > maxHTMLNodes {
				cut = true
				continue
			}
			if t == html.EndTagToken {
				if depth--; depth >= maxHTMLDepth {
					continue
				}
				depth = max(depth, 0)
			} else if depth++; depth > maxHTMLDepth {
				cut = true
				continue
			}
			b.Write(z.Raw())
		default:
			b.Write(z.Raw())
		}
	}
}

func isVoid(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Img, atom.Hr, atom.Meta, atom.Link, atom.Input, atom.Area, atom.Base, atom.Col, atom.Embed,
		atom.Source, atom.Track, atom.Wbr, atom.P, atom.Li, atom.Td, atom.Tr, atom.Th, atom.Option:
		// The latter are closed by their neighbours and need no end tag.
		return true
	}
	return false
}

type htmlWriter struct {
	b     strings.Builder
	runes int
	spans []widgets.Span
	// open are the spans around the text being written, the inner ones last; Start is -1 before their first text.
	open []widgets.Span
	// want is how many line ends should stand before the next text; space whether a blank should.
	want   int
	space  bool
	pre    int
	lists  []int // the next number of each open list, 0 for bullets
	remote int
	// last is the last rune written.
	last rune
}

func (w *htmlWriter) put(s string) {
	w.b.WriteString(s)
	w.runes += utf8.RuneCountInString(s)
	w.last, _ = utf8.DecodeLastRuneInString(s)
}

// lines asks for n line ends before whatever comes next.
func (w *htmlWriter) lines(n int) {
	w.want = max(w.want, n)
	w.space = false
}

// begin writes what is owed before a text.
func (w *htmlWriter) begin() {
	if w.want > 0 {
		if w.runes > 0 {
			w.put(strings.Repeat("\n", w.want))
		}
		w.want, w.space = 0, false
	}
	if w.space {
		if w.runes > 0 && w.last != ' ' && w.last != '\n' {
			w.put(" ")
		}
		w.space = false
	}
}

func (w *htmlWriter) write(s string) {
	s = bidi.Normalize(s)
	if w.pre > 0 {
		if s != "" {
			w.text(s)
		}
		return
	}
	for len(s) > 0 {
		word, rest := cutSpace(s)
		if word == "" {
			w.space = true
		} else {
			w.text(word)
		}
		s = rest
	}
}

// cutSpace takes a word off the front, or a stretch of white space (then the word is empty). A no-break space is part
// of a word unless it stands alone, as it does where newsletters fill lines with it.
func cutSpace(s string) (word, rest string) {
	collapses := func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == '\u00a0'
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return !collapses(r) }); i != 0 {
		if i < 0 {
			return "", ""
		}
		return "", s[i:]
	}
	i := strings.IndexFunc(s, collapses)
	if i < 0 {
		i = len(s)
	}
	return strings.Map(func(r rune) rune {
		// Fillers that hide the rest of a preview line from lists of mail.
		if r == '\u034f' || r == '\u00ad' || r == '\ufeff' {
			return -1
		}
		return r
	}, s[:i]), s[i:]
}

func (w *htmlWriter) walk(n *html.Node, depth int) {
	if depth > 2*maxHTMLDepth {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.write(n.Data)
		return
	case html.ElementNode:
		if skipped(n) {
			return
		}
		w.element(n, depth)
		return
	}
	w.children(n, depth)
}

func (w *htmlWriter) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, depth+1)
	}
}

func skipped(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Head, atom.Style, atom.Script, atom.Title, atom.Template, atom.Noscript, atom.Object, atom.Iframe, atom.Select, atom.Svg, atom.Math:
		return true
	}
	style := strings.ToLower(strings.ReplaceAll(attribute(n, "style"), " ", ""))
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") ||
		strings.Contains(style, "mso-hide:all") || hasAttribute(n, "hidden")
}

func (w *htmlWriter) element(n *html.Node, depth int) {
	switch n.DataAtom {
	case atom.Br:
		if w.want > 0 && w.runes > 0 {
			w.want = min(w.want+1, 2)
		} else {
			w.want = 1
		}
		w.space = false
		return
	case atom.Hr:
		w.lines(2)
		w.text("⸻")
		w.lines(2)
		return
	case atom.Img:
		w.image(n)
		return
	case atom.A:
		w.styled(n, depth, widgets.Span{Link: safeLink(attribute(n, "href"))})
		return
	case atom.B, atom.Strong:
		w.styled(n, depth, widgets.Span{Bold: true})
		return
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.lines(2)
		w.styled(n, depth, widgets.Span{Bold: true})
		w.lines(2)
		return
	case atom.P:
		w.block(n, depth, 2)
	case atom.Blockquote:
		w.lines(2)
		w.styled(n, depth, widgets.Span{Tone: widgets.Secondary})
		w.lines(2)
	case atom.Pre, atom.Textarea:
		w.lines(2)
		w.pre++
		w.children(n, depth)
		w.pre--
		w.lines(2)
	case atom.Ul, atom.Ol:
		w.list(n, depth)
	case atom.Li:
		w.item(n, depth)
	case atom.Td, atom.Th:
		w.space = true
		w.children(n, depth)
		w.space = true
	case atom.Div, atom.Tr, atom.Table, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center,
		atom.Dl, atom.Dt, atom.Dd, atom.Figure, atom.Fieldset, atom.Form, atom.Main, atom.Nav, atom.Caption, atom.Option:
		w.block(n, depth, 1)
	default:
		w.children(n, depth)
	}
}

func (w *htmlWriter) block(n *html.Node, depth, lines int) {
	w.lines(lines)
	w.children(n, depth)
	w.lines(lines)
}

// styled writes the children of a node and remembers which part of the text they became.
func (w *htmlWriter) styled(n *html.Node, depth int, s widgets.Span) {
	if s == (widgets.Span{}) {
		w.children(n, depth)
		return
	}
	s.Start = -1
	w.open = append(w.open, s)
	w.children(n, depth)
	last := len(w.open) - 1
	s = w.open[last]
	w.open = w.open[:last]
	if s.Start >= 0 && s.Start < w.runes {
		s.End = w.runes
		w.spans = append(w.spans, s)
	}
}

// text writes what the document says, as opposed to the white space between.
func (w *htmlWriter) text(s string) {
	w.begin()
	// The spans that were opened since the last text begin here.
	for i := len(w.open) - 1; i >= 0 && w.open[i].Start < 0; i-- {
		w.open[i].Start = w.runes
	}
	w.put(s)
}

func (w *htmlWriter) list(n *html.Node, depth int) {
	first := 0
	if n.DataAtom == atom.Ol {
		first = 1
		if v, err := strconv.Atoi(attribute(n, "start")); err == nil {
			first = v
		}
	}
	outer := 2
	if len(w.lists) > 0 {
		outer = 1
	}
	w.lines(outer)
	w.lists = append(w.lists, first)
	w.children(n, depth)
	w.lists = w.lists[:len(w.lists)-1]
	w.lines(outer)
}

func (w *htmlWriter) item(n *html.Node, depth int) {
	w.lines(1)
	w.begin()
	mark := "•"
	if i := len(w.lists) - 1; i >= 0 {
		w.put(strings.Repeat("    ", i))
		if w.lists[i] > 0 {
			mark = strconv.Itoa(w.lists[i]) + "."
			w.lists[i]++
		}
	}
	w.put(mark + " ")
	// The text of an item stands beside its mark even when it comes in a paragraph.
	w.want, w.space = 0, false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c == n.FirstChild && c.DataAtom == atom.P {
			w.children(c, depth+1)
			w.lines(1)
			continue
		}
		w.walk(c, depth+1)
	}
	w.lines(1)
}

// image writes what an image says instead of showing it.
func (w *htmlWriter) image(n *html.Node) {
	src := strings.ToLower(attribute(n, "src"))
	if strings.HasPrefix(src, "http:") || strings.HasPrefix(src, "https:") || strings.HasPrefix(src, "//") {
		w.remote++
	}
	if alt := strings.TrimSpace(attribute(n, "alt")); alt != "" {
		w.write(alt)
	}
}

func (w *htmlWriter) finish() written {
	return written{text: strings.TrimRight(w.b.String(), " \n"), spans: flat(w.spans), remote: w.remote}
}

// safeLink gives a link that may be followed, empty for others.
func safeLink(href string) string {
	href = strings.TrimSpace(href)
	lower := strings.ToLower(href)
	for _, scheme := range []string{"http://", "https://", "mailto:", "ftp://", "tel:"} {
		if strings.HasPrefix(lower, scheme) {
			return href
		}
	}
	return ""
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
