package bidi

// Placed is a line with its place in a document.
type Placed struct {
	*Line
	Base  int  // offset of the document's rune that is rune 0 of the line's paragraph
	Top   int  // pixels from the document's top
	Left  int  // pixels from the column's left edge
	Break bool // a newline ends it
}

// From and To are the document's runes [From, To) the line shows.
func (p Placed) From() int { return p.Base + p.Start }

// To is the end of From.
func (p Placed) To() int { return p.Base + p.End }

// Height returns the pixels of all lines; it changes as estimates are replaced by lines.
func (d *Document) Height() int {
	d.sum()
	return d.heights.total()
}

// LineHeight returns the pixels of one line.
func (d *Document) LineHeight() int { return d.lineHeight() }

// LayOutAll lays out everything, for texts short enough.
func (d *Document) LayOutAll() {
	for i := range d.paras {
		d.layout(i)
	}
}

// Visible calls do for the lines that show between top and bottom, downwards. Laying out may change the document's
// height, but only below the first of them.
func (d *Document) Visible(top, bottom int, do func(Placed)) {
	d.sum()
	i, y := d.heights.find(max(top, 0))
	base := d.runes.upTo(i)
	for ; i < len(d.paras) && y < bottom; i++ {
		p := d.layout(i)
		for k, l := range p.lines {
			if y+l.Height > top && y < bottom {
				do(d.placed(p, k, base, y))
			}
			y += l.Height
		}
		base += p.length()
	}
}

func (d *Document) placed(p *para, k, base, y int) Placed {
	return Placed{
		Line: p.lines[k], Base: base, Top: y, Left: p.lines[k].Offset(d.width),
		Break: p.newline && k == len(p.lines)-1,
	}
}

// LineOf returns the line on which the caret stands at a place.
func (d *Document) LineOf(at Place) Placed {
	i, base := d.find(at.Rune)
	if at.Upstream && at.Rune == base && i > 0 && !d.paras[i-1].newline {
		i--
		base -= d.paras[i].length()
	}
	p := d.layout(i)
	y := d.heights.upTo(i)
	for k, l := range p.lines {
		in := at.Rune - base
		if in < l.End || in == l.End && (at.Upstream || k == len(p.lines)-1) {
			return d.placed(p, k, base, y)
		}
		y += l.Height
	}
	last := len(p.lines) - 1
	return d.placed(p, last, base, y-p.lines[last].Height)
}

// LineAt returns the line at a height, the first or last one beyond the ends.
func (d *Document) LineAt(y int) Placed {
	d.sum()
	i, _ := d.heights.find(max(y, 0))
	i = min(i, len(d.paras)-1)
	p := d.layout(i)
	top, base := d.heights.upTo(i), d.runes.upTo(i)
	for k, l := range p.lines {
		if y < top+l.Height || k == len(p.lines)-1 {
			return d.placed(p, k, base, top)
		}
		top += l.Height
	}
	panic("a paragraph without a line") // wrap always returns one
}

// Hit returns the place nearest to a point of the column.
func (d *Document) Hit(x, y int) Place {
	l := d.LineAt(y)
	p := l.Hit(x - l.Left)
	return Place{l.Base + p.Rune, p.Upstream}
}

// Caret returns where the caret stands, in the column, and the line it stands on.
func (d *Document) Caret(at Place) (x int, line Placed) {
	line = d.LineOf(at)
	return line.Left + line.CaretX(Place{at.Rune - line.Base, at.Upstream}), line
}

// RuneAt returns the rune whose glyph covers a point of the column, or -1.
func (d *Document) RuneAt(x, y int) int {
	if y < 0 || y >= d.Height() {
		return -1
	}
	l := d.LineAt(y)
	if r := l.RuneAt(x - l.Left); r >= 0 {
		return l.Base + r
	}
	return -1
}

// Direction returns the direction of the paragraph at an offset.
func (d *Document) Direction(at int) Direction {
	i, _ := d.find(at)
	return d.paras[i].dir
}

// Width returns the column in pixels.
func (d *Document) Width() int { return d.width }
