package bidi

import "unicode"

// Step returns the offset one character (grapheme cluster) after or before an offset.
func (d *Document) Step(at int, forward bool) int {
	i, start := d.find(at)
	in := at - start
	if !forward && in == 0 {
		if i == 0 {
			return 0
		}
		i--
		p := d.paras[i]
		start -= p.length()
		if p.newline {
			return start + p.n
		}
		in = p.n
	}
	p := d.paras[i]
	if forward && in == p.n {
		return min(at+1, d.Len())
	}
	marks := d.layout(i).s.marks
	step := -1
	if forward {
		step = 1
	}
	for in += step; in > 0 && in < len(marks) && marks[in]&graphemeStart == 0; in += step {
	}
	return start + in
}

// DeleteBefore returns where a backspace at an offset deletes from: one mark or letter for the scripts that are written
// letter by letter, a whole emoji where it is made of several characters.
func (d *Document) DeleteBefore(at int) int {
	from := d.Step(at, false)
	if at-from > 1 {
		if last := d.Rune(at - 1); unicode.Is(unicode.Mn, last) && last != emojiSelector || last == '\u200c' {
			return at - 1
		}
	}
	return from
}

// isWord tells the characters of a word; the zero-width non-joiner stands inside Persian words.
func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '\u200c' || r == '_'
}

// WordStep returns the offset at the start of the next word, or of the one before.
func (d *Document) WordStep(at int, forward bool) int {
	if forward {
		end := d.Len()
		for at < end && isWord(d.Rune(at)) {
			at++
		}
		for at < end && !isWord(d.Rune(at)) {
			at++
		}
		return at
	}
	for at > 0 && !isWord(d.Rune(at-1)) {
		at--
	}
	for at > 0 && isWord(d.Rune(at-1)) {
		at--
	}
	return at
}

// Word returns the word at an offset, or the single character when it stands on none.
func (d *Document) Word(at int) (from, to int) {
	from, to = at, at
	for from > 0 && isWord(d.Rune(from-1)) {
		from--
	}
	for isWord(d.Rune(to)) {
		to++
	}
	if from == to {
		to = d.Step(at, true)
	}
	return from, to
}

// Paragraph returns the runes of the paragraph at an offset, without its newline.
func (d *Document) Paragraph(at int) (from, to int) {
	i, start := d.find(at)
	from, to = start, start+d.paras[i].n
	for k := i; k > 0 && !d.paras[k-1].newline; k-- {
		from -= d.paras[k-1].n
	}
	for k := i; !d.paras[k].newline && k+1 < len(d.paras); k++ {
		to += d.paras[k+1].n
	}
	return from, to
}

// Move takes the caret one character to the left or to the right as seen, on to the next line at a line's end.
func (d *Document) Move(at Place, right bool) Place {
	l := d.LineOf(at)
	if to, ok := l.Move(Place{at.Rune - l.Base, at.Upstream}, right); ok {
		return Place{l.Base + to.Rune, to.Upstream}
	}
	forward := right == (l.Dir == LTR)
	if forward {
		if l.Break {
			return Place{Rune: l.To() + 1}
		}
		return Place{Rune: min(l.To(), d.Len())}
	}
	if l.From() == 0 {
		return Place{}
	}
	before := l.From() - 1
	if d.Rune(before) == '\n' {
		return Place{Rune: before, Upstream: true}
	}
	return Place{Rune: l.From(), Upstream: true}
}
