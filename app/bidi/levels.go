package bidi

import (
	ucd "golang.org/x/text/unicode/bidi"
)

// Direction is the direction of a paragraph or of a line.
type Direction uint8

const (
	// Auto takes the direction from the first strong letter (rules P2 and P3), left to right where there is none.
	Auto Direction = iota
	// LTR is left to right.
	LTR
	// RTL is right to left.
	RTL
)

// level is the embedding level a paragraph of this direction starts from.
func (d Direction) level() int8 {
	if d == RTL {
		return 1
	}
	return 0
}

func directionOf(level int8) Direction {
	if level&1 == 1 {
		return RTL
	}
	return LTR
}

// maxDepth is max_depth of BD2.
const maxDepth = 125

// Levels returns the embedding level of every rune of one line of text, after rule L1, and the direction it took for
// the whole. The text is one paragraph: a paragraph separator inside it stands at the base level and ends nothing.
func Levels(text []rune, base Direction) ([]int8, Direction) {
	var r resolver
	levels, dir := r.resolve(text, base)
	out := append([]int8(nil), levels...)
	levelTrailing(out, r.classes, dir.level())
	return out, dir
}

// ParagraphDirection returns the direction of the first strong letter of s outside any isolate (P2, P3), or fallback
// when s has none.
func ParagraphDirection(s string, fallback Direction) Direction {
	depth := 0
	for _, r := range s {
		switch classOf(r) {
		case ucd.L:
			if depth == 0 {
				return LTR
			}
		case ucd.R, ucd.AL:
			if depth == 0 {
				return RTL
			}
		case ucd.LRI, ucd.RLI, ucd.FSI:
			depth++
		case ucd.PDI:
			if depth > 0 {
				depth--
			}
		}
	}
	return fallback
}

func classOf(r rune) ucd.Class {
	if r < 0x80 {
		return asciiClasses[r]
	}
	p, _ := ucd.LookupRune(r)
	return p.Class()
}

// asciiClasses spares the table walk for the characters that make up most of a mail.
var asciiClasses = func() (t [0x80]ucd.Class) {
	for r := range t {
		p, _ := ucd.LookupRune(rune(r))
		t[r] = p.Class()
	}
	return t
}()

// resolver runs UAX #9 up to rule I2 over one paragraph. Its slices are reused from call to call, and every step is
// linear in the text, so that hostile nesting costs no more than plain words.
type resolver struct {
	text    []rune
	classes []ucd.Class // as in the table
	types   []ucd.Class // as the rules leave them
	levels  []int8
	match   []int32 // isolate initiator -> its PDI, PDI -> its initiator, else -1
	runs    []levelRun
	seq     []int32 // one isolating run sequence: indexes into text
	pairs   []bracketPair
	isOpen  []int32
}

// levelRun is a stretch of one level without the characters that rule X9 removes; next is the run that continues its
// isolating run sequence (BD13), or -1.
type levelRun struct {
	start, end int32
	next       int32
	level      int8 // as X1 to X8 left it, for the neighbours' sos and eos
	head       bool
}

// resolve returns the levels before rule L1's trailing part (which belongs to lines); they are valid until the next
// call.
func (r *resolver) resolve(text []rune, base Direction) ([]int8, Direction) {
	needed := r.classify(text)
	dir := base
	if dir == Auto {
		dir = r.firstStrong(0, len(text), LTR)
	}
	level := dir.level()
	for i := range r.levels {
		r.levels[i] = level
	}
	if !needed && dir == LTR {
		return r.levels, dir
	}
	r.matchIsolates()
	r.explicit(level)
	r.findRuns()
	for i := range r.runs {
		if r.runs[i].head {
			r.resolveSequence(i, level)
		}
	}
	r.levelRemoved(level)
	r.levelSeparators(level)
	return r.levels, dir
}

// classify fills the per-character slices and tells whether anything in the text can take a level above 0 in a
// left-to-right paragraph.
func (r *resolver) classify(text []rune) (needed bool) {
	n := len(text)
	r.text = text
	if cap(r.classes) < n {
		r.classes, r.types = make([]ucd.Class, n), make([]ucd.Class, n)
		r.levels, r.match = make([]int8, n), make([]int32, n)
	}
	r.classes, r.types, r.levels, r.match = r.classes[:n], r.types[:n], r.levels[:n], r.match[:n]
	for i, c := range text {
		class := classOf(c)
		switch class {
		case ucd.R, ucd.AL, ucd.AN, ucd.LRE, ucd.RLE, ucd.LRO, ucd.RLO, ucd.PDF, ucd.LRI, ucd.RLI, ucd.FSI, ucd.PDI:
			needed = true
		}
		r.classes[i], r.types[i] = class, class
	}
	return needed
}

func isInitiator(c ucd.Class) bool { return c == ucd.LRI || c == ucd.RLI || c == ucd.FSI }

// removed tells the classes that rule X9 takes out.
func removed(c ucd.Class) bool {
	switch c {
	case ucd.LRE, ucd.RLE, ucd.LRO, ucd.RLO, ucd.PDF, ucd.BN:
		return true
	}
	return false
}

// firstStrong is P2 and P3 over text[start:end].
func (r *resolver) firstStrong(start, end int, fallback Direction) Direction {
	depth := 0
	for _, c := range r.classes[start:end] {
		switch {
		case isInitiator(c):
			depth++
		case c == ucd.PDI && depth > 0:
			depth--
		case depth > 0:
		case c == ucd.L:
			return LTR
		case c == ucd.R || c == ucd.AL:
			return RTL
		}
	}
	return fallback
}

// matchIsolates is BD9.
func (r *resolver) matchIsolates() {
	r.isOpen = r.isOpen[:0]
	for i, c := range r.classes {
		r.match[i] = -1
		switch {
		case isInitiator(c):
			r.isOpen = append(r.isOpen, int32(i))
		case c == ucd.PDI && len(r.isOpen) > 0:
			open := r.isOpen[len(r.isOpen)-1]
			r.isOpen = r.isOpen[:len(r.isOpen)-1]
			r.match[open], r.match[i] = int32(i), open
		}
	}
}

// status is an entry of the directional status stack (X1).
type status struct {
	level    int8
	override ucd.Class // L, R, or ON for neutral
	isolate  bool
}

// explicit is X1 to X8.
func (r *resolver) explicit(base int8) {
	var stack [maxDepth + 2]status
	top := 0
	stack[0] = status{level: base, override: ucd.ON}
	overflowIsolates, overflowEmbeddings, validIsolates := 0, 0, 0
	strongUntil := r.isolateDirections()
	push := func(rtl bool, override ucd.Class, isolate bool) bool {
		level := (stack[top].level + 2) &^ 1
		if rtl {
			level = (stack[top].level + 1) | 1
		}
		if level > maxDepth || overflowIsolates > 0 || overflowEmbeddings > 0 {
			return false
		}
		top++
		stack[top] = status{level, override, isolate}
		return true
	}
	for i, c := range r.classes {
		switch c {
		case ucd.LRE, ucd.RLE, ucd.LRO, ucd.RLO:
			r.levels[i] = stack[top].level
			if !push(c == ucd.RLE || c == ucd.RLO, overrideOf(c), false) && overflowIsolates == 0 {
				overflowEmbeddings++
			}
		case ucd.LRI, ucd.RLI, ucd.FSI:
			r.assign(i, stack[top])
			rtl := c == ucd.RLI || c == ucd.FSI && strongUntil[int32(i)] == RTL
			if push(rtl, ucd.ON, true) {
				validIsolates++
			} else {
				overflowIsolates++
			}
		case ucd.PDI:
			switch {
			case overflowIsolates > 0:
				overflowIsolates--
			case validIsolates > 0:
				overflowEmbeddings = 0
				for !stack[top].isolate {
					top--
				}
				top--
				validIsolates--
			}
			r.assign(i, stack[top])
		case ucd.PDF:
			switch {
			case overflowIsolates > 0:
			case overflowEmbeddings > 0:
				overflowEmbeddings--
			case !stack[top].isolate && top > 0:
				top--
			}
			r.levels[i] = stack[top].level
		case ucd.BN:
			r.levels[i] = stack[top].level
		case ucd.B: // X8: not part of any embedding; resolve has given it the base level
		default:
			r.assign(i, stack[top])
		}
	}
}

func (r *resolver) assign(i int, s status) {
	r.levels[i] = s.level
	if s.override != ucd.ON {
		r.types[i] = s.override
	}
}

func overrideOf(c ucd.Class) ucd.Class {
	switch c {
	case ucd.LRO:
		return ucd.L
	case ucd.RLO:
		return ucd.R
	}
	return ucd.ON
}

// isolateDirections finds the direction of every FSI (X5c) in one pass from the end, where asking each of them for its
// first strong letter would cost the square of their number.
func (r *resolver) isolateDirections() map[int32]Direction {
	var out map[int32]Direction
	first := []Direction{Auto} // first strong of the text after the place, one per open level
	for i := len(r.classes) - 1; i >= 0; i-- {
		switch c := r.classes[i]; {
		case c == ucd.L:
			first[len(first)-1] = LTR
		case c == ucd.R || c == ucd.AL:
			first[len(first)-1] = RTL
		case c == ucd.PDI && r.match[i] >= 0:
			first = append(first, Auto)
		case isInitiator(c):
			found := first[len(first)-1]
			if r.match[i] >= 0 {
				first = first[:len(first)-1]
			} else {
				// P2 skips to the matching PDI, or to the end of the paragraph when there is none.
				first[len(first)-1] = Auto
			}
			if c == ucd.FSI {
				if out == nil {
					out = map[int32]Direction{}
				}
				out[int32(i)] = found
			}
		}
	}
	return out
}

// findRuns is BD7, X9 and the linking of BD13.
func (r *resolver) findRuns() {
	r.runs = r.runs[:0]
	for i := range r.text {
		if removed(r.classes[i]) {
			continue
		}
		if n := len(r.runs); n == 0 || r.runs[n-1].level != r.levels[i] {
			r.runs = append(r.runs, levelRun{start: int32(i), next: -1, level: r.levels[i], head: true})
		}
		r.runs[len(r.runs)-1].end = int32(i) + 1
	}
	// A run that ends in an isolate initiator is continued by the run which the matching PDI begins.
	endsAt := map[int32]int{}
	for i := range r.runs {
		run := &r.runs[i]
		if open := r.match[run.start]; r.classes[run.start] == ucd.PDI && open >= 0 {
			if before, ok := endsAt[open]; ok {
				r.runs[before].next, run.head = int32(i), false
			}
		}
		if isInitiator(r.classes[run.end-1]) {
			endsAt[run.end-1] = i
		}
	}
}

// levelRemoved gives what X9 took out the level of the character before, so that runs stay whole.
func (r *resolver) levelRemoved(base int8) {
	for i, c := range r.classes {
		if removed(c) {
			r.levels[i] = base
			if i > 0 {
				r.levels[i] = r.levels[i-1]
			}
		}
	}
}

// levelSeparators is L1, clauses 1 to 3: separators and the white space before them. It does not depend on where
// lines end.
func (r *resolver) levelSeparators(base int8) {
	blank := false
	for i := len(r.classes) - 1; i >= 0; i-- {
		c := r.classes[i]
		blank = c == ucd.S || c == ucd.B || blank && hangs(c)
		if blank {
			r.levels[i] = base
		}
	}
}

// hangs tells white space in the sense of L1, which includes isolate formatting and what X9 removed.
func hangs(c ucd.Class) bool {
	return c == ucd.WS || c == ucd.PDI || isInitiator(c) || removed(c)
}

// levelTrailing is L1, clause 4, for a line.
func levelTrailing(levels []int8, classes []ucd.Class, base int8) {
	for i := len(levels) - 1; i >= 0 && hangs(classes[i]); i-- {
		levels[i] = base
	}
}
