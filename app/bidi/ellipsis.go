package bidi

import (
	"golang.org/x/image/math/fixed"
)

const ellipsis = '…'

// Style is how a one-line text is shaped.
type Style struct {
	Size float32 // pixels of an em
	Bold bool
	Dir  Direction
	// Fallback is the direction for an Auto text without a strong letter; LTR when Auto.
	Fallback Direction
}

func sizeOf(px float32) fixed.Int26_6 {
	return fixed.Int26_6(min(max(px, 1), 1024) * 64)
}

// OneLine cleans s and lays it out on one line of at most width pixels, ended by an ellipsis when it is longer; width 0
// means as long as it is. cut tells whether something is missing.
func (e *Engine) OneLine(s string, style Style, width int) (line *Line, cut bool) {
	s = Clean(s)
	dir := style.Dir
	if dir == Auto {
		dir = ParagraphDirection(s, max(style.Fallback, LTR))
	}
	text := []rune(s)
	full := e.oneLine(text, style, dir)
	if width <= 0 || full.Width <= width {
		return full, false
	}
	return e.shorten(text, full.s, style, dir, width), true
}

// Ellipsize is OneLine's text: s, or as much of it as fits followed by an ellipsis.
func (e *Engine) Ellipsize(s string, style Style, width int) string {
	l, _ := e.OneLine(s, style, width)
	return string(l.s.text)
}

// LineHeight returns the height in pixels of a line whose em is size pixels.
func (e *Engine) LineHeight(size float32) int {
	ascent, descent := e.metrics(sizeOf(size))
	return ascent.Ceil() + descent.Ceil()
}

func (e *Engine) oneLine(text []rune, style Style, dir Direction) *Line {
	var bold []boldRange
	if style.Bold && len(text) > 0 {
		bold = []boldRange{{0, len(text)}}
	}
	s := e.shape(text, sizeOf(style.Size), dir, bold)
	return e.line(s, 0, len(text))
}

// shorten finds the longest beginning that fits with an ellipsis after it. Cutting changes the form of the last letters,
// so the estimate from the whole text is shaped and, if need be, taken back a character at a time.
func (e *Engine) shorten(text []rune, s *shaped, style Style, dir Direction, width int) *Line {
	room := fixed.I(width) - e.oneLine([]rune{ellipsis}, style, dir).pieces[0].width
	at, x := 0, fixed.Int26_6(0)
	for at < len(text) && x+s.advances[at] <= room {
		x += s.advances[at]
		at++
	}
	for {
		for at > 0 && (at == len(text) || s.marks[at]&graphemeStart == 0 || s.marks[at-1]&hanging != 0) {
			at--
		}
		l := e.oneLine(append(append([]rune(nil), text[:at]...), ellipsis), style, dir)
		if at == 0 || l.Width <= width {
			return l
		}
		at--
	}
}

// Text returns the text of the line, in logical order.
func (l *Line) Text() string { return string(l.s.text[l.Start:l.End]) }
