package bidi

import (
	"slices"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// Engine shapes, measures and paints. It keeps the results of its work within bounds, and belongs to one goroutine.
type Engine struct {
	fonts    *fonts
	resolver resolver
	shaper   shaping.HarfbuzzShaper
	seg      segmenter.Segmenter
	cache    *shapeCache
	glyphs   glyphCache
}

// NewEngine reads the faces.
func NewEngine(c FontConfig) (*Engine, error) {
	f, err := newFonts(c)
	if err != nil {
		return nil, err
	}
	return &Engine{fonts: f, cache: newShapeCache(maxCachedRunes)}, nil
}

// glyph is a glyph of a run; advances and offsets in 1/64 pixel.
type glyph struct {
	id               font.GID
	cluster          int32 // first rune of its cluster, in the paragraph
	advance          fixed.Int26_6
	offsetX, offsetY fixed.Int26_6
}

// run is a stretch of one level, face and weight, shaped. Its glyphs stand in visual order, left to right.
type run struct {
	start, end int
	level      int8
	face       *font.Face
	glyphs     []glyph
	tab        bool
}

func (r *run) rtl() bool { return r.level&1 == 1 }

// mark says what may happen before a rune.
type mark uint8

const (
	clusterStart mark = 1 << iota
	graphemeStart
	lineStart // UAX #14 allows a break before it
	hanging   // white space that counts for nothing at a line's end
)

// shaped is a paragraph ready to be broken into lines. It is shared by everything that shows the same text and is
// never changed.
type shaped struct {
	text     []rune
	dir      Direction
	runs     []run           // logical order
	advances []fixed.Int26_6 // of a cluster, at its first rune; 0 elsewhere and for tabs
	marks    []mark
	size     fixed.Int26_6
	space    fixed.Int26_6 // advance of a space, for tab stops
}

// boldRange is a stretch of bold runes in a paragraph.
type boldRange struct{ start, end int }

// shapeKey tells what a shaped paragraph depends on.
type shapeKey struct {
	text string
	size fixed.Int26_6
	dir  Direction
	bold string // the bold ranges, packed
}

// shape returns the paragraph shaped. The text must hold no separator; dir must be resolved.
func (e *Engine) shape(text []rune, size fixed.Int26_6, dir Direction, bold []boldRange) *shaped {
	key := shapeKey{string(text), size, dir, packRanges(bold)}
	if s := e.cache.get(key); s != nil {
		return s
	}
	s := &shaped{text: slices.Clone(text), dir: dir, size: size}
	levels, _ := e.resolver.resolve(s.text, dir)
	s.marks = make([]mark, len(text))
	for i, c := range e.resolver.classes {
		if hangs(c) {
			s.marks[i] |= hanging
		}
	}
	s.advances = make([]fixed.Int26_6, len(text))
	for _, it := range e.itemize(s.text, levels, bold) {
		s.runs = append(s.runs, e.shapeItem(s, it))
	}
	e.findBreaks(s)
	s.space = e.spaceAdvance(size)
	e.cache.put(key, s)
	return s
}

func packRanges(rs []boldRange) string {
	if len(rs) == 0 {
		return ""
	}
	b := make([]byte, 0, 8*len(rs))
	for _, r := range rs {
		for _, n := range []int{r.start, r.end} {
			b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		}
	}
	return string(b)
}

// item is a stretch of text that can be shaped in one call.
type item struct {
	start, end int
	level      int8
	bold       bool
	script     language.Script
	face       *font.Face
}

// itemize cuts the paragraph wherever level, weight, script or face change, and around tabs. Characters without a
// script or a face of their own (spaces, marks, joiners) stay with what stands before them.
func (e *Engine) itemize(text []rune, levels []int8, bold []boldRange) []item {
	var items []item
	for i, r := range text {
		for len(bold) > 0 && i >= bold[0].end {
			bold = bold[1:]
		}
		heavy := len(bold) > 0 && i >= bold[0].start
		script, face := language.LookupScript(r), (*font.Face)(nil)
		if !followsFace(r) {
			next := rune(0)
			if i+1 < len(text) {
				next = text[i+1]
			}
			face = e.fonts.face(r, next, heavy)
		}
		n := len(items)
		if n > 0 && items[n-1].level == levels[i] && items[n-1].bold == heavy && r != '\t' && text[i-1] != '\t' &&
			items[n-1].take(script, face) {
			items[n-1].end = i + 1
			continue
		}
		items = append(items, item{start: i, end: i + 1, level: levels[i], bold: heavy, script: script, face: face})
	}
	return items
}

// take tells whether a character of this script and face can join the item, and settles what was open in it.
func (it *item) take(script language.Script, face *font.Face) bool {
	if face != nil && it.face != nil && face != it.face {
		return false
	}
	if script.Strong() && it.script.Strong() && script != it.script {
		return false
	}
	if it.face == nil {
		it.face = face
	}
	if script.Strong() {
		it.script = script
	}
	return true
}

// followsFace tells the characters which never change the face: blanks, controls and what shaping makes invisible.
func followsFace(r rune) bool {
	switch {
	case r == ' ' || r == '\t' || r == '\u200c' || r == '\u200d':
		return true
	case r < 0x80:
		return false
	case r >= '\ufe00' && r <= '\ufe0f', isFormat(r), unicode.Is(unicode.Cf, r):
		return true
	}
	return unicode.In(r, unicode.Zs, unicode.Cc, unicode.Zl, unicode.Zp)
}

// persian serves every run: it only chooses among the forms a font has for one script, and Persian is the one here
// that has such (the digits of Vazirmatn).
const persian = language.Language("fa")

func (e *Engine) shapeItem(s *shaped, it item) run {
	face := it.face
	if face == nil {
		face = e.fonts.regular[0]
	}
	r := run{start: it.start, end: it.end, level: it.level, face: face, tab: s.text[it.start] == '\t'}
	if r.tab {
		s.marks[it.start] |= clusterStart
		return r
	}
	dir := di.DirectionLTR
	if r.rtl() {
		dir = di.DirectionRTL
	}
	out := e.shaper.ShapeNoExtents(shaping.Input{
		Text: s.text, RunStart: it.start, RunEnd: it.end, Direction: dir, Face: face,
		Size: s.size, Script: it.script, Language: persian,
	})
	r.glyphs = make([]glyph, len(out.Glyphs))
	for i, g := range out.Glyphs {
		at := min(max(g.TextIndex(), it.start), it.end-1)
		r.glyphs[i] = glyph{g.GlyphID, int32(at), s.exact(g.Advance), s.exact(g.XOffset), s.exact(g.YOffset)}
		s.advances[at] += r.glyphs[i].advance
		s.marks[at] |= clusterStart
	}
	s.marks[it.start] |= clusterStart
	return r
}

// exact brings a measure that the shaper gave to the size asked for: it works in whole pixels, rounded up, while glyphs
// are painted at the exact size, which would set letters apart.
func (s *shaped) exact(v fixed.Int26_6) fixed.Int26_6 {
	whole := int64(s.size.Ceil()) << 6
	return fixed.Int26_6((int64(v)*int64(s.size) + whole/2) / whole)
}

// findBreaks marks graphemes (UAX #29) and break opportunities (UAX #14).
func (e *Engine) findBreaks(s *shaped) {
	e.seg.Init(s.text)
	for it := e.seg.GraphemeIterator(); it.Next(); {
		if at := it.Grapheme().Offset; at < len(s.marks) {
			s.marks[at] |= graphemeStart
		}
	}
	for it := e.seg.LineIterator(); it.Next(); {
		if at := it.Line().Offset; at < len(s.marks) {
			s.marks[at] |= lineStart
		}
	}
}

// spaceAdvance measures the space of the first face.
func (e *Engine) spaceAdvance(size fixed.Int26_6) fixed.Int26_6 {
	face := e.fonts.regular[0]
	id, ok := face.NominalGlyph(' ')
	if !ok {
		return size / 4
	}
	return fixed.Int26_6(face.HorizontalAdvance(id) * float32(size) / float32(face.Upem()))
}

// metrics returns how far a line reaches above and below its baseline. It is the same for every line of a size, so
// that a foreign glyph does not push lines apart.
func (e *Engine) metrics(size fixed.Int26_6) (ascent, descent fixed.Int26_6) {
	face := e.fonts.regular[0]
	scale := float32(size) / float32(face.Upem())
	if x, ok := face.FontHExtents(); ok {
		return fixed.Int26_6(x.Ascender * scale), fixed.Int26_6(-x.Descender * scale)
	}
	return size, size / 3
}
