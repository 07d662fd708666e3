package bidi

import (
	"slices"

	ucd "golang.org/x/text/unicode/bidi"
)

// resolveSequence applies W1 to I2 to the isolating run sequence that begins with the given run.
func (r *resolver) resolveSequence(head int, base int8) {
	r.seq = r.seq[:0]
	last := head
	for i := head; i >= 0; i = int(r.runs[i].next) {
		for k := r.runs[i].start; k < r.runs[i].end; k++ {
			if !removed(r.classes[k]) {
				r.seq = append(r.seq, k)
			}
		}
		last = i
	}
	level := r.runs[head].level
	before, after := base, base
	if head > 0 {
		before = r.runs[head-1].level
	}
	// An initiator without a PDI runs to the end of the paragraph (X10).
	if end := r.seq[len(r.seq)-1]; last+1 < len(r.runs) && !isInitiator(r.classes[end]) {
		after = r.runs[last+1].level
	}
	sos, eos := strongOf(max(before, level)), strongOf(max(after, level))
	r.weak(sos)
	r.brackets(sos, strongOf(level))
	r.neutral(sos, eos, strongOf(level))
	r.implicit(level)
}

func strongOf(level int8) ucd.Class {
	if level&1 == 1 {
		return ucd.R
	}
	return ucd.L
}

// weak is W1 to W7.
func (r *resolver) weak(sos ucd.Class) {
	r.marks(sos)
	r.numbers(sos)
	r.separators()
	r.latinNumbers(sos)
}

// marks is W1.
func (r *resolver) marks(sos ucd.Class) {
	previous := sos
	for _, i := range r.seq {
		t := r.types[i]
		if t == ucd.NSM {
			t = previous
			r.types[i] = t
		}
		previous = t
		if isInitiator(t) || t == ucd.PDI {
			previous = ucd.ON
		}
	}
}

// numbers is W2 and W3.
func (r *resolver) numbers(sos ucd.Class) {
	strong := sos
	for _, i := range r.seq {
		switch t := r.types[i]; t {
		case ucd.L, ucd.R:
			strong = t
		case ucd.AL:
			strong = t
			r.types[i] = ucd.R
		case ucd.EN:
			if strong == ucd.AL {
				r.types[i] = ucd.AN
			}
		}
	}
}

// separators is W4 to W6.
func (r *resolver) separators() {
	at := func(k int) ucd.Class {
		if k < 0 || k >= len(r.seq) {
			return ucd.ON
		}
		return r.types[r.seq[k]]
	}
	for k, i := range r.seq {
		t := r.types[i]
		if t != ucd.ES && t != ucd.CS {
			continue
		}
		if p := at(k - 1); p == at(k+1) && (p == ucd.EN || p == ucd.AN && t == ucd.CS) {
			r.types[i] = p
		}
	}
	for k := 0; k < len(r.seq); k++ {
		if at(k) != ucd.ET {
			continue
		}
		end := k
		for at(end) == ucd.ET && end < len(r.seq) {
			end++
		}
		if at(k-1) == ucd.EN || at(end) == ucd.EN {
			for ; k < end; k++ {
				r.types[r.seq[k]] = ucd.EN
			}
		}
		k = end - 1
	}
	for _, i := range r.seq {
		switch r.types[i] {
		case ucd.ES, ucd.ET, ucd.CS:
			r.types[i] = ucd.ON
		}
	}
}

// latinNumbers is W7.
func (r *resolver) latinNumbers(sos ucd.Class) {
	strong := sos
	for _, i := range r.seq {
		switch t := r.types[i]; t {
		case ucd.L, ucd.R:
			strong = t
		case ucd.EN:
			if strong == ucd.L {
				r.types[i] = ucd.L
			}
		}
	}
}

// asStrong is how N0 to N2 see a type: numbers count as R, neutrals as ON.
func asStrong(t ucd.Class) ucd.Class {
	switch t {
	case ucd.L:
		return ucd.L
	case ucd.R, ucd.EN, ucd.AN:
		return ucd.R
	}
	return ucd.ON
}

// neutral is N1 and N2.
func (r *resolver) neutral(sos, eos, embedding ucd.Class) {
	previous := sos
	for k := 0; k < len(r.seq); k++ {
		if s := asStrong(r.types[r.seq[k]]); s != ucd.ON {
			previous = s
			continue
		}
		end, following := k, eos
		for ; end < len(r.seq); end++ {
			if s := asStrong(r.types[r.seq[end]]); s != ucd.ON {
				following = s
				break
			}
		}
		resolved := embedding
		if previous == following {
			resolved = previous
		}
		for ; k < end; k++ {
			r.types[r.seq[k]] = resolved
		}
		k = end - 1
	}
}

// implicit is I1 and I2.
func (r *resolver) implicit(level int8) {
	for _, i := range r.seq {
		switch t := r.types[i]; {
		case level&1 == 0 && t == ucd.R, level&1 == 1 && t != ucd.R:
			r.levels[i] = level + 1
		case level&1 == 0 && (t == ucd.AN || t == ucd.EN):
			r.levels[i] = level + 2
		}
	}
}

// bracketPair is a pair of BD16, as places in the sequence.
type bracketPair struct{ open, close int }

// maxBrackets is the depth at which BD16 gives up on the whole sequence.
const maxBrackets = 63

// brackets is N0.
func (r *resolver) brackets(sos, embedding ucd.Class) {
	r.findPairs()
	// The pairs are sorted by their openers, so the strong type before each can be carried along.
	previous, at := sos, 0
	for _, p := range r.pairs {
		for ; at < p.open; at++ {
			if s := asStrong(r.types[r.seq[at]]); s != ucd.ON {
				previous = s
			}
		}
		r.resolvePair(p, previous, embedding)
	}
}

// findPairs is BD16.
func (r *resolver) findPairs() {
	r.pairs = r.pairs[:0]
	var stack [maxBrackets]struct {
		closer rune
		at     int
	}
	depth := 0
	for k, i := range r.seq {
		if r.types[i] != ucd.ON {
			continue // an override made it strong
		}
		c := r.text[i]
		p, _ := ucd.LookupRune(c)
		switch {
		case !p.IsBracket():
		case p.IsOpeningBracket():
			if depth == maxBrackets {
				r.pairs = r.pairs[:0]
				return
			}
			stack[depth].closer, stack[depth].at = canonicalBracket(closerOf(c)), k
			depth++
		default:
			for d := depth - 1; d >= 0; d-- {
				if stack[d].closer == canonicalBracket(c) {
					r.pairs = append(r.pairs, bracketPair{stack[d].at, k})
					depth = d
					break
				}
			}
		}
	}
	slices.SortFunc(r.pairs, func(a, b bracketPair) int { return a.open - b.open })
}

// resolvePair is N0 b to d for one pair; previous is the strong type before it.
func (r *resolver) resolvePair(p bracketPair, previous, embedding ucd.Class) {
	opposite := false
	for _, i := range r.seq[p.open+1 : p.close] {
		switch asStrong(r.types[i]) {
		case ucd.ON:
		case embedding:
			r.setPair(p, embedding)
			return
		default:
			opposite = true
		}
	}
	if !opposite {
		return
	}
	if previous != embedding {
		r.setPair(p, previous)
	} else {
		r.setPair(p, embedding)
	}
}

// setPair gives both brackets, and the marks that were put on them, a direction.
func (r *resolver) setPair(p bracketPair, t ucd.Class) {
	for _, k := range []int{p.open, p.close} {
		r.types[r.seq[k]] = t
		for k++; k < len(r.seq) && r.classes[r.seq[k]] == ucd.NSM; k++ {
			r.types[r.seq[k]] = t
		}
	}
}

// closerOf returns Bidi_Paired_Bracket of an opening bracket. Nearly all pairs are neighbours.
func closerOf(open rune) rune {
	switch open {
	case '[', '{', 0xFF3B, 0xFF5B:
		return open + 2
	case 0x298D:
		return 0x2990
	case 0x298F:
		return 0x298E
	}
	return open + 1
}

// canonicalBracket folds the one canonical equivalence among brackets (BD16).
func canonicalBracket(c rune) rune {
	if c == 0x232A {
		return 0x3009
	}
	return c
}
