package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"peyk/app/bidi"
)

// bleed is how far letters may reach beyond their line's advance, in pixels.
const bleed = 3

// textRenderer holds an image for each line that shows, and nothing for the rest of the text.
type textRenderer struct {
	b       *textBase
	frame   *canvas.Rectangle // ground and border of a field; nil elsewhere
	lines   map[*bidi.Line]*lineImage
	marks   []*canvas.Rectangle // selection, reused from refresh to refresh
	caret   *canvas.Rectangle
	hint    *Label
	bar     *scrollBar
	objects []fyne.CanvasObject
	look    look
}

// lineImage is a line as it was painted.
type lineImage struct {
	raster *canvas.Raster
	line   bidi.Placed
	seen   bool
}

// look is what the image of a line depends on besides the line.
type look struct {
	text, accent color.Color
	pixels       float32
	disabled     bool
}

func newTextRenderer(b *textBase) *textRenderer {
	r := &textRenderer{b: b, lines: map[*bidi.Line]*lineImage{}, caret: canvas.NewRectangle(color.Transparent)}
	r.hint = NewLabel("", TextStyle{Tone: Secondary, Shrink: true})
	if b.oneLine {
		r.frame = canvas.NewRectangle(color.Transparent)
		r.frame.CornerRadius = 6
	} else {
		r.bar = newScrollBar(b)
	}
	return r
}

// IsClip makes the toolkit clip what the widget draws to its bounds.
func (r *textRenderer) IsClip() {}

func (r *textRenderer) Destroy() { r.b.stopBlink() }

func (r *textRenderer) MinSize() fyne.Size { return r.b.self.MinSize() }

func (r *textRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *textRenderer) Layout(fyne.Size) { r.Refresh() }

// Refresh brings the objects in line with the text, its scroll, its selection and the theme.
func (r *textRenderer) Refresh() {
	b := r.b
	b.relayout()
	r.setLook()
	r.objects = r.objects[:0]
	r.addFrame()
	r.addMarks()
	r.addLines()
	r.addHint()
	r.addCaret()
	r.addEnds()
	if r.bar != nil {
		r.bar.place()
		r.objects = append(r.objects, r.bar)
	}
	canvas.Refresh(b.self)
}

// setLook drops the images of lines when colours or scale changed.
func (r *textRenderer) setLook() {
	now := look{r.b.style.Tone.Color(), Color(ColorAccent), r.b.pixels, r.b.disabled}
	if r.b.disabled {
		now.text = Color(ColorSecondaryText)
	}
	if now != r.look {
		r.look = now
		clear(r.lines)
	}
}

func (r *textRenderer) addFrame() {
	if r.frame == nil {
		return
	}
	b := r.b
	r.frame.FillColor, r.frame.StrokeColor, r.frame.StrokeWidth = Color(theme.ColorNameInputBackground), Color(theme.ColorNameInputBorder), 1
	switch {
	case b.disabled:
		r.frame.FillColor = Color(ColorSurface)
	case b.invalid:
		r.frame.StrokeColor = Color(ColorDanger)
	case b.focused:
		r.frame.StrokeColor = Color(ColorAccent)
	}
	if b.focused {
		r.frame.StrokeWidth = 1.5
	}
	// The stroke lies on the edge; half of it would be clipped away.
	r.frame.Move(fyne.NewPos(1, 1))
	r.frame.Resize(b.Size().SubtractWidthHeight(2, 2))
	r.objects = append(r.objects, r.frame)
}

// eachVisible calls do for the lines that show, with their top in units.
func (r *textRenderer) eachVisible(do func(l bidi.Placed, top float32)) {
	b := r.b
	top := b.top()
	from := int(-top * b.pixels)
	b.doc.Visible(from, from+int(b.Size().Height*b.pixels)+1, func(l bidi.Placed) {
		do(l, top+float32(l.Top)/b.pixels)
	})
}

func (r *textRenderer) addLines() {
	for _, l := range r.lines {
		l.seen = false
	}
	b := r.b
	r.eachVisible(func(l bidi.Placed, top float32) {
		if l.Start == l.End {
			return
		}
		im := r.lines[l.Line]
		if im == nil {
			im = r.newImage()
			r.lines[l.Line] = im
		}
		im.seen, im.line = true, l
		im.raster.Move(fyne.NewPos(b.inset.Width-b.scroll.X+float32(l.Left-bleed)/b.pixels, top))
		im.raster.Resize(fyne.NewSize(float32(l.Width+2*bleed)/b.pixels, float32(l.Height)/b.pixels))
		r.objects = append(r.objects, im.raster)
	})
	for line, im := range r.lines {
		if !im.seen {
			delete(r.lines, line)
		}
	}
}

func (r *textRenderer) newImage() *lineImage {
	im := &lineImage{}
	im.raster = canvas.NewRaster(func(w, h int) image.Image { return r.paint(im, w, h) })
	im.raster.ScaleMode = canvas.ImageScalePixels
	return im
}

func (r *textRenderer) paint(im *lineImage, w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	b, l := r.b, im.line
	if dense := pixelScale(b.self, h, im.raster.Size().Height) / b.pixels * b.dense; dense >= b.dense+0.5 {
		// The screen turns out to have more pixels than the canvas says: lay out for them from the next frame on.
		fyne.Do(func() {
			b.dense = float32(int(dense + 0.5))
			b.Refresh()
		})
	}
	b.engine.Paint(img, l.Line, bleed, 0, r.look.text, inksIn(b.inks, l.Base, l.From(), l.To())...)
	return img
}

// inksIn returns the inks that touch runes [from, to), in offsets from base. inks are sorted.
func inksIn(inks []bidi.Ink, base, from, to int) []bidi.Ink {
	var out []bidi.Ink
	for _, i := range inks[firstInk(inks, from):] {
		if i.Start >= to {
			break
		}
		i.Start -= base
		i.End -= base
		out = append(out, i)
	}
	return out
}

// addMarks draws the selection.
func (r *textRenderer) addMarks() {
	b := r.b
	from, to := b.selection()
	if from == to {
		return
	}
	used := 0
	mark := func(left, top, right, height float32) {
		if used == len(r.marks) {
			r.marks = append(r.marks, canvas.NewRectangle(color.Transparent))
		}
		m := r.marks[used]
		used++
		m.FillColor = Color(theme.ColorNameSelection)
		m.Move(fyne.NewPos(left, top))
		m.Resize(fyne.NewSize(right-left, height))
		r.objects = append(r.objects, m)
	}
	r.eachVisible(func(l bidi.Placed, top float32) {
		left := b.inset.Width - b.scroll.X + float32(l.Left)/b.pixels
		height := float32(l.Height) / b.pixels
		for _, s := range l.Stretches(from-l.Base, to-l.Base) {
			mark(left+float32(s.Left)/b.pixels, top, left+float32(s.Right)/b.pixels, height)
		}
		if l.Break && from <= l.To() && to > l.To() { // the newline itself
			if end := left + float32(l.Width)/b.pixels; l.Dir == bidi.LTR {
				mark(end, top, end+Unit/2, height)
			} else {
				mark(left-Unit/2, top, left, height)
			}
		}
	})
}

func (r *textRenderer) addHint() {
	b := r.b
	if b.Placeholder == "" || b.doc.Len() > 0 {
		return
	}
	r.hint.SetText(b.Placeholder)
	h := r.hint.MinSize().Height
	top := b.top() + (float32(b.doc.LineHeight())/b.pixels-h)/2
	r.hint.Move(fyne.NewPos(b.inset.Width, top))
	r.hint.Resize(fyne.NewSize(b.Size().Width-2*b.inset.Width, h))
	r.objects = append(r.objects, r.hint)
}

func (r *textRenderer) addCaret() {
	b := r.b
	if !b.editable || !b.focused || b.disabled || !b.caretOn {
		return
	}
	x, line := b.doc.Caret(b.at)
	const width = 1.5
	left := b.inset.Width - b.scroll.X + float32(x)/b.pixels - width/2
	left = min(max(left, b.inset.Width-width), b.Size().Width-b.inset.Width)
	r.caret.FillColor = Color(ColorAccent)
	height := float32(line.Height) / b.pixels
	r.caret.Move(fyne.NewPos(left, b.top()+float32(line.Top)/b.pixels+height*0.1))
	r.caret.Resize(fyne.NewSize(width, height*0.8))
	r.objects = append(r.objects, r.caret)
}

// addEnds places the header and the footer, which scroll with the text.
func (r *textRenderer) addEnds() {
	b := r.b
	if h := b.headerHeight(); h > 0 && h > b.scroll.Y {
		b.header.Move(fyne.NewPos(0, -b.scroll.Y))
		b.header.Resize(fyne.NewSize(b.Size().Width, h))
		r.objects = append(r.objects, b.header)
	}
	if h := b.footerHeight(); h > 0 {
		if top := b.contentHeight() - h - b.scroll.Y; top < b.Size().Height {
			b.footer.Move(fyne.NewPos(0, top))
			b.footer.Resize(fyne.NewSize(b.Size().Width, h))
			r.objects = append(r.objects, b.footer)
		}
	}
}
