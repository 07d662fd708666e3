package bidi

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	lrm = '\u200e'
	rlm = '\u200f'
	fsi = '\u2068'
	pdi = '\u2069'
)

// MaxOneLine is how many runes Clean lets through: more than any window shows, few enough for any toolkit to shape.
const MaxOneLine = 1000

// Clean makes a foreign string fit for one line: every run of line and paragraph separators, tabs and control characters
// becomes one space, embeddings and overrides (which let a name pretend to be another) are dropped, bytes that are not
// UTF-8 become U+FFFD, and what is longer than MaxOneLine runes ends in an ellipsis.
func Clean(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	n, gap := 0, false
	for _, r := range s {
		if isOverride(r) {
			continue
		}
		if isBreak(r) {
			gap = true
			continue
		}
		if gap {
			gap = false
			b.WriteByte(' ')
			n++
		}
		if n >= MaxOneLine-1 {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		n++
	}
	if gap && n < MaxOneLine-1 {
		b.WriteByte(' ')
	}
	return b.String()
}

// clean tells whether Clean would change nothing.
func clean(s string) bool {
	if len(s) > MaxOneLine-1 && utf8.RuneCountInString(s) > MaxOneLine-1 {
		return false
	}
	for i, r := range s {
		if isBreak(r) || isOverride(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
	}
	return true
}

// isBreak tells what must not reach a one-line widget: C0, C1, DEL and the two separators of Unicode.
func isBreak(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

func isOverride(r rune) bool { return r >= '\u202a' && r <= '\u202e' }

// isFormat tells Bidi_Control characters, which have done their work once the levels are known.
func isFormat(r rune) bool {
	return isOverride(r) || r >= '\u2066' && r <= pdi || r == lrm || r == rlm || r == '\u061c'
}

// Isolate puts s between FSI and PDI, so that it can stand in any sentence without disturbing it or being disturbed.
// Isolates that s leaves open are closed and stray PDIs dropped, so nothing in s can end the isolation early.
func Isolate(s string) string {
	var b strings.Builder
	b.WriteRune(fsi)
	depth := 0
	for _, r := range s {
		switch {
		case r >= '\u2066' && r <= fsi:
			depth++
		case r == pdi:
			if depth == 0 {
				continue
			}
			depth--
		}
		b.WriteRune(r)
	}
	for range depth {
		b.WriteRune(pdi)
	}
	b.WriteRune(pdi)
	return b.String()
}

// Visual cleans one line and puts its runs into the order in which they are seen, each between marks of its own
// direction. A painter that shapes runs rightly but lays them out from left to right as they come, as Fyne's own
// widgets do, then shows the line rightly. It is for painting only: never store, copy or measure it as text.
func Visual(s string, base Direction) string {
	s = Clean(s)
	text := []rune(s)
	var r resolver
	if dir := ParagraphDirection(s, LTR); !r.classify(text) && (base == LTR || base == Auto && dir == LTR) {
		return s
	}
	levels, _ := Levels(text, base)
	type stretch struct{ start, end int }
	var runs []stretch
	for i := range text {
		if n := len(runs); n > 0 && levels[runs[n-1].start] == levels[i] {
			runs[n-1].end = i + 1
			continue
		}
		runs = append(runs, stretch{i, i + 1})
	}
	reorder(len(runs), func(i int) int8 { return levels[runs[i].start] }, func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
	var b strings.Builder
	for _, run := range runs {
		mark := lrm
		if levels[run.start]&1 == 1 {
			mark = rlm
		}
		b.WriteRune(mark)
		for _, c := range text[run.start:run.end] {
			if !isFormat(c) {
				b.WriteRune(c)
			}
		}
		b.WriteRune(mark)
	}
	return b.String()
}

// Normalize makes a foreign text fit for layout: line ends of every kind become '\n', other control characters but tab
// become spaces, bytes that are not UTF-8 become U+FFFD. Nothing is cut. Offsets in a Document count its runes.
func Normalize(s string) string {
	if normal(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	after := rune(0)
	for _, r := range s {
		switch {
		case r == '\n' && after == '\r':
		case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029', r == '\v', r == '\f':
			b.WriteByte('\n')
		case r == '\n', r == '\t', !unicode.IsControl(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
		after = r
	}
	return b.String()
}

func normal(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return normalWide(s[i:])
		}
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func normalWide(s string) bool {
	for i, r := range s {
		switch {
		case r == '\n', r == '\t':
		case isBreak(r):
			return false
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
	}
	return true
}
