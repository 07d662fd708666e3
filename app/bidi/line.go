package bidi

import (
	"cmp"
	"slices"

	"golang.org/x/image/math/fixed"
)

// Line is one line of a paragraph, broken and ordered. Places in it are runes of the paragraph it came from; distances
// are pixels from the line's own left edge.
type Line struct {
	Start, End int // runes
	Width      int // pixels the line covers, blanks at its end included
	Height     int // pixels from this line to the next
	Ascent     int // pixels from the top to the baseline
	Dir        Direction

	s      *shaped
	pieces []piece // from left to right
}

// piece is the part of a run that stands in a line.
type piece struct {
	start, end int
	level      int8
	run        *run
	glyphs     []glyph
	x, width   fixed.Int26_6
}

func (p *piece) rtl() bool { return p.level&1 == 1 }

// tabStops is the distance of tab stops in spaces.
const tabStops = 8

// wrap breaks the paragraph into lines of at most width; width 0 means one line.
func (s *shaped) wrap(width fixed.Int26_6) [][2]int {
	var lines [][2]int
	start, at, breakAt := 0, 0, -1
	var x fixed.Int26_6
	for at < len(s.text) {
		if at > start && s.marks[at]&(lineStart|clusterStart) == lineStart|clusterStart {
			breakAt = at
		}
		next := x + s.advanceAt(at, x)
		if width <= 0 || next <= width || s.marks[at]&hanging != 0 || at == start || s.marks[at]&clusterStart == 0 {
			x = next
			at++
			continue
		}
		if breakAt < 0 {
			breakAt = s.graphemeBefore(at, start)
		}
		lines = append(lines, [2]int{start, breakAt})
		start, at, breakAt, x = breakAt, breakAt, -1, 0
	}
	return append(lines, [2]int{start, len(s.text)})
}

// graphemeBefore finds the last place up to at where a word too long for a line may be cut without splitting a
// character; it is at itself when the line would stay empty otherwise.
func (s *shaped) graphemeBefore(at, start int) int {
	const both = graphemeStart | clusterStart
	for i := at; i > start; i-- {
		if s.marks[i]&both == both {
			return i
		}
	}
	return at
}

func (s *shaped) advanceAt(i int, x fixed.Int26_6) fixed.Int26_6 {
	if s.text[i] != '\t' {
		return s.advances[i]
	}
	stop := max(s.space*tabStops, 1)
	return stop - x%stop
}

// line builds the line of runes [start, end).
func (e *Engine) line(s *shaped, start, end int) *Line {
	ascent, descent := e.metrics(s.size)
	l := &Line{Start: start, End: end, Dir: s.dir, s: s, Ascent: ascent.Ceil(), Height: ascent.Ceil() + descent.Ceil()}
	trail := end // L1, clause 4
	for trail > start && s.marks[trail-1]&hanging != 0 {
		trail--
	}
	first, _ := slices.BinarySearchFunc(s.runs, start, func(r run, at int) int { return cmp.Compare(r.end, at+1) })
	var x fixed.Int26_6
	for i := first; i < len(s.runs) && s.runs[i].start < end; i++ {
		r := &s.runs[i]
		from, to := max(r.start, start), min(r.end, end)
		if from < trail && trail < to && r.level != s.dir.level() {
			x = l.add(r, from, trail, r.level, x)
			from = trail
		}
		level := r.level
		if from >= trail {
			level = s.dir.level()
		}
		x = l.add(r, from, to, level, x)
	}
	reorder(len(l.pieces), func(i int) int8 { return l.pieces[i].level }, func(i, j int) {
		l.pieces[i], l.pieces[j] = l.pieces[j], l.pieces[i]
	})
	x = 0
	for i := range l.pieces {
		l.pieces[i].x = x
		x += l.pieces[i].width
	}
	l.Width = x.Ceil()
	return l
}

// add appends a piece; x is where it begins in logical order, which decides how far a tab reaches.
func (l *Line) add(r *run, from, to int, level int8, x fixed.Int26_6) fixed.Int26_6 {
	p := piece{start: from, end: to, level: level, run: r}
	if r.tab {
		p.width = l.s.advanceAt(from, x)
	} else {
		p.glyphs = r.between(from, to)
		for _, g := range p.glyphs {
			p.width += g.advance
		}
	}
	l.pieces = append(l.pieces, p)
	return x + p.width
}

// between returns the glyphs of the clusters that begin in [from, to).
func (r *run) between(from, to int) []glyph {
	if from == r.start && to == r.end {
		return r.glyphs
	}
	order := 1
	if r.rtl() {
		order = -1
		from, to = to-1, from-1
	}
	find := func(at int) int {
		i, _ := slices.BinarySearchFunc(r.glyphs, at, func(g glyph, at int) int { return order * cmp.Compare(int(g.cluster), at) })
		return i
	}
	return r.glyphs[find(from):find(to)]
}

// Offset is where the line's left edge stands when it is put at its own side of a column of the given width.
func (l *Line) Offset(column int) int {
	if l.Dir == RTL {
		return column - l.Width
	}
	return 0
}

// cluster is a cluster of a line: its runes and where it stands.
type cluster struct {
	start, end int
	x0, x1     fixed.Int26_6
	rtl        bool
}

// edge returns the x of the boundary before rune i of the cluster. A ligature is divided evenly among its characters.
func (c cluster) edge(i int) fixed.Int26_6 {
	d := (c.x1 - c.x0) * fixed.Int26_6(i-c.start) / fixed.Int26_6(c.end-c.start)
	if c.rtl {
		return c.x1 - d
	}
	return c.x0 + d
}

// clusters calls do for every cluster of the piece, from left to right.
func (p *piece) clusters(do func(cluster)) {
	if len(p.glyphs) == 0 { // a tab, or characters that shaping took out altogether
		do(cluster{p.start, p.end, p.x, p.x + p.width, p.rtl()})
		return
	}
	x := p.x
	backwards := p.run.rtl()
	previous := p.end
	for i := 0; i < len(p.glyphs); {
		c := cluster{start: int(p.glyphs[i].cluster), x0: x, rtl: p.rtl()}
		for ; i < len(p.glyphs) && int(p.glyphs[i].cluster) == c.start; i++ {
			x += p.glyphs[i].advance
		}
		c.x1 = x
		switch {
		case backwards:
			c.end = previous
			previous = c.start
		case i < len(p.glyphs):
			c.end = int(p.glyphs[i].cluster)
		default:
			c.end = p.end
		}
		do(c)
	}
}
