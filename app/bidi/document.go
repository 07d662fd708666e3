package bidi

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/math/fixed"
)

// maxParagraph is how many runes are laid out together. Longer paragraphs are laid out in parts, so that one line of
// ten megabytes costs no more than ten megabytes of lines.
const maxParagraph = 4096

// Document is a long text in lines. Only what was asked for is laid out: the height of the rest is an estimate, so a
// text of any length appears at once. Offsets count the runes of the whole text, heights are pixels.
type Document struct {
	engine   *Engine
	size     fixed.Int26_6
	width    int
	fallback Direction
	forced   Direction
	bold     []boldRange
	paras    []*para
	runes    sums // of each part, its newline included
	heights  sums
	dirty    bool // sums are to be made anew
}

// para is a paragraph, or a part of one that is too long.
type para struct {
	source  string    // as it was set; made runes of when it is first looked at
	text    []rune    // nil while source stands for it
	n       int       // runes
	newline bool      // a newline follows, else the next part or the end
	own     Direction // of its first strong letter; Auto when it has none
	dir     Direction // as it is laid out
	s       *shaped
	lines   []*Line
	width   int // that the lines were broken for; 0: not laid out
	height  int
}

func (p *para) length() int {
	if p.newline {
		return p.n + 1
	}
	return p.n
}

func (p *para) runes() []rune {
	if p.text == nil {
		p.text, p.source = []rune(p.source), ""
	}
	return p.text
}

// part makes a paragraph of runes.
func part(text []rune) *para { return &para{text: text, n: len(text)} }

// NewDocument makes an empty document: size is the em and width the column, in pixels; fallback is the direction of a
// paragraph that has no strong letter and none before it.
func (e *Engine) NewDocument(size float32, width int, fallback Direction) *Document {
	d := &Document{engine: e, size: sizeOf(size), width: max(width, 1), fallback: max(fallback, LTR)}
	d.SetText("")
	return d
}

// SetBold makes runes [start, end) of each pair bold. The pairs are sorted and do not overlap; they are not moved by
// later changes of the text.
func (d *Document) SetBold(ranges [][2]int) {
	before := len(d.bold)
	d.bold = d.bold[:0]
	for _, r := range ranges {
		if r[0] < r[1] {
			d.bold = append(d.bold, boldRange{r[0], r[1]})
		}
	}
	if len(d.bold) > 0 || before > 0 {
		d.forget()
	}
}

// SetSize changes the em.
func (d *Document) SetSize(size float32) {
	if s := sizeOf(size); s != d.size {
		d.size = s
		d.forget()
	}
}

// SetDirection makes every paragraph run in one direction; Auto lets each follow its first strong letter.
func (d *Document) SetDirection(dir Direction) {
	if d.forced != dir {
		d.forced = dir
		d.directions(0, len(d.paras))
	}
}

// SetFallback changes the direction of paragraphs that have no strong letter and none before them.
func (d *Document) SetFallback(dir Direction) {
	if dir = max(dir, LTR); d.fallback != dir {
		d.fallback = dir
		d.directions(0, len(d.paras))
	}
}

// SetWidth changes the column. What is laid out is broken again when it is next asked for.
func (d *Document) SetWidth(width int) {
	if width = max(width, 1); width != d.width {
		d.width = width
		d.dirty = true
	}
}

// forget drops all layout.
func (d *Document) forget() {
	for _, p := range d.paras {
		p.s, p.lines, p.width = nil, nil, 0
	}
	d.dirty = true
}

// SetText replaces the whole text, which must be normal (Normalize).
func (d *Document) SetText(text string) {
	d.paras = d.paras[:0:0]
	for {
		line, rest, newline := strings.Cut(text, "\n")
		if n := utf8.RuneCountInString(line); n <= maxParagraph {
			d.paras = append(d.paras, &para{source: line, n: n, newline: newline})
		} else {
			d.paras = append(d.paras, split([]rune(line))...)
			d.paras[len(d.paras)-1].newline = newline
		}
		if !newline {
			break
		}
		text = rest
	}
	d.directions(0, len(d.paras))
	d.dirty = true
}

// split makes the paragraphs of a text; there is always one at least. The slices share the text's memory.
func split(text []rune) []*para {
	var out []*para
	for {
		end := slices.Index(text, '\n')
		newline := end >= 0
		if !newline {
			end = len(text)
		}
		line := text[:end:end]
		for len(line) > maxParagraph {
			cut := cutAt(line)
			out = append(out, part(line[:cut:cut]))
			line = line[cut:]
		}
		out = append(out, part(line))
		if !newline {
			return out
		}
		out[len(out)-1].newline = true
		text = text[end+1:]
	}
}

// cutAt finds where a paragraph too long is parted: after the last blank of its first maxParagraph runes if it has one
// in the second half of them.
func cutAt(line []rune) int {
	for i := maxParagraph; i > maxParagraph/2; i-- {
		if line[i-1] == ' ' || line[i-1] == '\t' {
			return i
		}
	}
	return maxParagraph
}

// directions settles the direction of paragraphs from..to, and of those after them that take theirs from before.
func (d *Document) directions(from, to int) {
	for i := from; i < len(d.paras); i++ {
		p := d.paras[i]
		if i < to {
			p.own = d.engine.firstStrong(p)
		}
		dir := d.direction(i)
		if dir != p.dir {
			p.dir, p.s, p.lines, p.width = dir, nil, nil, 0
			d.dirty = true
		} else if i >= to {
			return
		}
	}
}

func (e *Engine) firstStrong(p *para) Direction {
	const most = 512 // enough for any real paragraph, and bounds the cost of a hostile one
	if p.text == nil {
		for _, c := range p.source[:min(len(p.source), 64)] { // most begin with a letter
			if dir := letterDirection(c); dir != Auto {
				return dir
			}
			if c > '~' {
				break
			}
		}
	}
	text := p.runes()
	text = text[:min(len(text), most)]
	e.resolver.classify(text)
	return e.resolver.firstStrong(0, len(text), Auto)
}

// letterDirection knows the letters of English and Persian only.
func letterDirection(c rune) Direction {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return LTR
	case c >= 'ء' && c <= 'غ', c >= 'ف' && c <= 'ي', c == 'پ', c == 'چ', c == 'ژ', c == 'ک', c == 'گ', c == 'ی':
		return RTL
	}
	return Auto
}

func (d *Document) direction(i int) Direction {
	p := d.paras[i]
	part := i > 0 && !d.paras[i-1].newline
	switch {
	case d.forced != Auto:
		return d.forced
	case part:
		return d.paras[i-1].dir
	case p.own != Auto:
		return p.own
	case i > 0:
		return d.paras[i-1].dir
	}
	return d.fallback
}

// Len returns the number of runes.
func (d *Document) Len() int {
	d.sum()
	return d.runes.total()
}

// Text returns the whole text.
func (d *Document) Text() string {
	var b strings.Builder
	for _, p := range d.paras {
		if p.text == nil {
			b.WriteString(p.source)
		} else {
			b.WriteString(string(p.text))
		}
		if p.newline {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Slice returns runes [from, to).
func (d *Document) Slice(from, to int) []rune {
	out := make([]rune, 0, max(to-from, 0))
	i, at := d.find(from)
	for ; i < len(d.paras) && at < to; i++ {
		p := d.paras[i]
		a, b := max(from-at, 0), min(to-at, p.n)
		if a < b {
			out = append(out, p.runes()[a:b]...)
		}
		if p.newline && from <= at+p.n && at+p.n < to {
			out = append(out, '\n')
		}
		at += p.length()
	}
	return out
}

// Rune returns the rune at an offset, 0 when there is none.
func (d *Document) Rune(at int) rune {
	if at < 0 || at >= d.Len() {
		return 0
	}
	i, start := d.find(at)
	if p := d.paras[i]; at-start < p.n {
		return p.runes()[at-start]
	}
	return '\n'
}

// find returns the paragraph that holds the caret at an offset, and where that paragraph begins.
func (d *Document) find(at int) (i, start int) {
	d.sum()
	i, start = d.runes.find(min(max(at, 0), d.runes.total()))
	return min(i, len(d.paras)-1), min(start, d.runes.upTo(len(d.paras)-1))
}

// Replace puts text, which must be normal, in the place of runes [from, to). Only the paragraphs it touches are laid out
// anew.
func (d *Document) Replace(from, to int, text []rune) {
	first, start := d.find(from)
	last, lastStart := d.find(to)
	for first > 0 && !d.paras[first-1].newline { // join a long paragraph's parts, they may be cut elsewhere now
		if d.paras[first].n+len(text) <= maxParagraph && first == last {
			break
		}
		first--
		start -= d.paras[first].n
	}
	var joined []rune
	for i, at := first, start; i <= last; i++ {
		p := d.paras[i]
		if at < from {
			whole := p.runes()
			if p.newline {
				whole = append(slices.Clone(whole), '\n')
			}
			joined = append(joined, whole[:min(from-at, len(whole))]...)
		}
		at += p.length()
	}
	joined = append(joined, text...)
	joined = append(joined, d.paras[last].runes()[to-lastStart:]...)
	for !d.paras[last].newline && last+1 < len(d.paras) && (len(joined) > maxParagraph || len(joined) == 0) {
		last++
		joined = append(joined, d.paras[last].runes()...)
	}
	fresh := split(joined)
	fresh[len(fresh)-1].newline = d.paras[last].newline
	if len(fresh) == 1 && first == last {
		d.replaceOne(first, fresh[0])
		return
	}
	d.paras = slices.Replace(d.paras, first, last+1, fresh...)
	d.directions(first, first+len(fresh))
	d.dirty = true
}

// replaceOne is Replace within one paragraph: a key typed must not cost the length of the text.
func (d *Document) replaceOne(i int, p *para) {
	old := d.paras[i]
	d.paras[i] = p
	d.runes.add(i, p.length()-old.length())
	p.height = old.height
	d.directions(i, i+1)
}

// sum brings the sums up to date.
func (d *Document) sum() {
	if !d.dirty && d.runes.n == len(d.paras) {
		return
	}
	d.dirty = false
	d.runes.reset(len(d.paras), func(i int) int { return d.paras[i].length() })
	lineHeight := d.lineHeight()
	d.heights.reset(len(d.paras), func(i int) int {
		p := d.paras[i]
		if p.width != d.width {
			p.height = d.estimate(p, lineHeight)
		}
		return p.height
	})
}

func (d *Document) lineHeight() int {
	ascent, descent := d.engine.metrics(d.size)
	return ascent.Ceil() + descent.Ceil()
}

// estimate guesses a height from the number of runes, half an em each.
func (d *Document) estimate(p *para, lineHeight int) int {
	perLine := max(1, 2*d.width*64/int(d.size))
	return lineHeight * max(1, (p.n+perLine-1)/perLine)
}

// layout breaks paragraph i into lines, if it is not broken already.
func (d *Document) layout(i int) *para {
	p := d.paras[i]
	if p.width == d.width && p.lines != nil {
		return p
	}
	d.sum()
	if p.s == nil {
		p.s = d.engine.shape(p.runes(), d.size, p.dir, d.boldIn(i))
	}
	p.lines = p.lines[:0]
	for _, l := range p.s.wrap(fixed.I(d.width)) {
		p.lines = append(p.lines, d.engine.line(p.s, l[0], l[1]))
	}
	height := 0
	for _, l := range p.lines {
		height += l.Height
	}
	d.heights.add(i, height-p.height)
	p.width, p.height = d.width, height
	return p
}

// boldIn returns the bold ranges of paragraph i in its own offsets.
func (d *Document) boldIn(i int) []boldRange {
	if len(d.bold) == 0 {
		return nil
	}
	start := d.runes.upTo(i)
	end := start + d.paras[i].n
	var out []boldRange
	k, _ := slices.BinarySearchFunc(d.bold, start, func(b boldRange, at int) int { return b.end - at - 1 })
	for ; k < len(d.bold) && d.bold[k].start < end; k++ {
		out = append(out, boldRange{max(d.bold[k].start-start, 0), min(d.bold[k].end, end) - start})
	}
	return out
}
