package bidi

import "golang.org/x/image/math/fixed"

// Place is a place between two runes. Where directions meet, and where a line is broken, one place has two sides on the
// screen: Upstream is the far side of the rune before it, otherwise it is the near side of the rune after it.
type Place struct {
	Rune     int
	Upstream bool
}

// CaretX returns where the caret stands for a place within [Start, End].
func (l *Line) CaretX(p Place) int {
	at := p.Rune
	if (p.Upstream && at > l.Start) || at >= l.End {
		at--
	}
	if at < l.Start || l.Start == l.End {
		return 0
	}
	x := fixed.Int26_6(0)
	for i := range l.pieces {
		piece := &l.pieces[i]
		if at < piece.start || at >= piece.end {
			continue
		}
		piece.clusters(func(c cluster) {
			if at >= c.start && at < c.end {
				x = c.edge(min(p.Rune, c.end))
			}
		})
		break
	}
	return x.Round()
}

// Hit returns the place nearest to x.
func (l *Line) Hit(x int) Place {
	best, distance := Place{Rune: l.Start}, fixed.Int26_6(1<<31-1)
	target := fixed.I(min(max(x, -1<<24), 1<<24))
	try := func(p Place, x fixed.Int26_6) {
		d := x - target
		if d < 0 {
			d = -d
		}
		if d < distance {
			best, distance = p, d
		}
	}
	for i := range l.pieces {
		p := &l.pieces[i]
		if far := max(p.x-target, target-p.x-p.width); far > distance {
			continue
		}
		p.clusters(func(c cluster) {
			for k := c.start; k < c.end; k++ {
				if k == c.start || l.s.marks[k]&graphemeStart != 0 {
					try(Place{Rune: k}, c.edge(k))
				}
			}
			if c.end == len(l.s.marks) || l.s.marks[c.end]&graphemeStart != 0 {
				try(Place{Rune: c.end, Upstream: true}, c.edge(c.end))
			}
		})
	}
	return best
}

// RuneAt returns the rune whose glyph covers x, or -1.
func (l *Line) RuneAt(x int) int {
	target, found := fixed.I(min(max(x, -1<<24), 1<<24)), -1
	for i := range l.pieces {
		if p := &l.pieces[i]; target >= p.x && target < p.x+p.width {
			p.clusters(func(c cluster) {
				for k := c.start; k < c.end; k++ {
					a, b := c.edge(k), c.edge(k+1)
					if target >= min(a, b) && target < max(a, b) {
						found = k
					}
				}
			})
		}
	}
	return found
}

// Stretch is what lies between two distances from a line's left edge, in pixels.
type Stretch struct{ Left, Right int }

// Stretches returns what runes [from, to) cover, from left to right, touching parts joined.
func (l *Line) Stretches(from, to int) []Stretch {
	var out []Stretch
	for i := range l.pieces {
		p := &l.pieces[i]
		if p.end <= from || p.start >= to {
			continue
		}
		p.clusters(func(c cluster) {
			if c.end <= from || c.start >= to {
				return
			}
			a, b := c.edge(max(from, c.start)), c.edge(min(to, c.end))
			s := Stretch{min(a, b).Round(), max(a, b).Round()}
			if n := len(out); n > 0 && out[n-1].Right >= s.Left {
				out[n-1].Right = s.Right
			} else if s.Right > s.Left {
				out = append(out, s)
			}
		})
	}
	return out
}

// step is one place on the way of the caret through a line, from left to right.
type step struct {
	place Place
	x     fixed.Int26_6
}

// steps lists the caret's places from left to right, one for every boundary between characters as they are seen.
func (l *Line) steps() []step {
	var out []step
	add := func(p Place, x fixed.Int26_6) {
		if n := len(out); n > 0 && (out[n-1].place.Rune == p.Rune || out[n-1].x == x) {
			return
		}
		out = append(out, step{p, x})
	}
	for i := range l.pieces {
		l.pieces[i].clusters(func(c cluster) {
			if !c.rtl {
				for k := c.start; k < c.end; k++ {
					if l.s.marks[k]&graphemeStart != 0 {
						add(Place{Rune: k}, c.edge(k))
					}
				}
				if l.isBoundary(c.end) {
					add(Place{c.end, true}, c.edge(c.end))
				}
				return
			}
			if l.isBoundary(c.end) {
				add(Place{c.end, true}, c.edge(c.end))
			}
			for k := c.end - 1; k >= c.start; k-- {
				if l.s.marks[k]&graphemeStart != 0 {
					add(Place{Rune: k}, c.edge(k))
				}
			}
		})
	}
	return out
}

func (l *Line) isBoundary(i int) bool { return i == len(l.s.marks) || l.s.marks[i]&graphemeStart != 0 }

// Move takes the caret one character to the left or right as seen. ok is false when it is at that end of the line.
func (l *Line) Move(p Place, right bool) (to Place, ok bool) {
	here := fixed.I(l.CaretX(p))
	steps := l.steps()
	nearest, distance := -1, fixed.Int26_6(1<<31-1)
	for i, s := range steps {
		d := s.x - here
		if d < 0 {
			d = -d
		}
		if s.place.Rune == p.Rune {
			d -= 32 // of two places within rounding of each other it is the one with our rune
		}
		if d < distance {
			nearest, distance = i, d
		}
	}
	if nearest < 0 {
		return p, false
	}
	next := nearest - 1
	if right {
		next = nearest + 1
	}
	if next < 0 || next >= len(steps) {
		return p, false
	}
	return steps[next].place, true
}
