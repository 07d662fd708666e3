package bidi

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/go-text/render"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Ink colours a stretch of runes of a paragraph; Underline draws a rule under it.
type Ink struct {
	Start, End int
	Color      color.Color
	Underline  bool
}

// Paint draws the line on img with its left edge at x and its top at y. Runes outside every ink, which are sorted, are
// drawn in plain.
func (e *Engine) Paint(img *image.RGBA, l *Line, x, y int, plain color.Color, inks ...Ink) {
	brush := image.NewUniform(plain)
	baseline := y + l.Ascent
	for i := range l.pieces {
		p := &l.pieces[i]
		pen := fixed.I(x) + p.x
		for _, g := range p.glyphs {
			src := brush
			if ink := inkAt(inks, int(g.cluster)); ink != nil {
				src = image.NewUniform(ink.Color)
			}
			e.paintGlyph(img, p.run.face, g, pen+g.offsetX, baseline-g.offsetY.Round(), l.s.size, src)
			pen += g.advance
		}
	}
	thickness := max(1, int(l.s.size)/(64*16))
	for _, ink := range inks {
		if !ink.Underline || ink.End <= l.Start || ink.Start >= l.End {
			continue
		}
		for _, s := range l.Stretches(max(ink.Start, l.Start), min(ink.End, l.End)) {
			top := baseline + 2*thickness
			draw.Draw(img, image.Rect(x+s.Left, top, x+s.Right, top+thickness), image.NewUniform(ink.Color), image.Point{}, draw.Over)
		}
	}
}

func inkAt(inks []Ink, r int) *Ink {
	for i := range inks {
		if r >= inks[i].Start && r < inks[i].End {
			return &inks[i]
		}
	}
	return nil
}

// glyphKey: a glyph is drawn at quarters of a pixel.
type glyphKey struct {
	face *font.Face
	id   font.GID
	size fixed.Int26_6
	sub  uint8
}

// drawn is a glyph as painted: a mask to be coloured, or a picture with colours of its own.
type drawn struct {
	mask    *image.Alpha
	picture *image.RGBA
	offset  image.Point // from the pen on the baseline
}

// maxGlyphBytes bounds the drawn glyphs kept. When they are full all go: what is on the screen is drawn again at once.
const maxGlyphBytes = 8 << 20

// glyphCache keeps drawn glyphs.
type glyphCache struct {
	entries map[glyphKey]drawn
	bytes   int
}

func (e *Engine) paintGlyph(img *image.RGBA, face *font.Face, g glyph, x fixed.Int26_6, y int, size fixed.Int26_6, src image.Image) {
	key := glyphKey{face, g.id, size, uint8(x&63) >> 4}
	d, ok := e.glyphs.entries[key]
	if !ok {
		d = rasterize(face, g, size, float32(key.sub)/4)
		e.glyphs.keep(key, d)
	}
	at := image.Pt(x.Floor(), y).Add(d.offset)
	switch {
	case d.mask != nil:
		draw.DrawMask(img, d.mask.Rect.Add(at), src, image.Point{}, d.mask, image.Point{}, draw.Over)
	case d.picture != nil:
		draw.Draw(img, d.picture.Rect.Add(at), d.picture, image.Point{}, draw.Over)
	}
}

func (c *glyphCache) keep(k glyphKey, d drawn) {
	size := 64
	if d.mask != nil {
		size += len(d.mask.Pix)
	}
	if d.picture != nil {
		size += len(d.picture.Pix)
	}
	if c.entries == nil || c.bytes+size > maxGlyphBytes {
		c.entries, c.bytes = map[glyphKey]drawn{}, 0
	}
	c.entries[k] = d
	c.bytes += size
}

// maxGlyphSide is the largest side of a glyph that is drawn: a broken font must not ask for a gigabyte.
const maxGlyphSide = 4096

func rasterize(face *font.Face, g glyph, size fixed.Int26_6, sub float32) drawn {
	switch data := face.GlyphData(g.id).(type) {
	case font.GlyphOutline:
		return fill(data, float32(size)/64/float32(face.Upem()), sub)
	case font.GlyphSVG, font.GlyphBitmap:
		return picture(face, g, size)
	}
	return drawn{}
}

// points is how many points an outline's step carries.
func points(op opentype.SegmentOp) int {
	switch op {
	case opentype.SegmentOpQuadTo:
		return 2
	case opentype.SegmentOpCubeTo:
		return 3
	}
	return 1
}

func fill(outline font.GlyphOutline, scale, sub float32) drawn {
	left, top := float32(math.MaxFloat32), float32(math.MaxFloat32)
	right, bottom := -left, -top
	for _, s := range outline.Segments {
		for _, p := range s.Args[:points(s.Op)] {
			x, y := p.X*scale+sub, -p.Y*scale
			left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
		}
	}
	if left >= right || top >= bottom {
		return drawn{}
	}
	x0, y0 := math.Floor(float64(left)), math.Floor(float64(top))
	w, h := int(math.Ceil(float64(right))-x0), int(math.Ceil(float64(bottom))-y0)
	if w > maxGlyphSide || h > maxGlyphSide {
		return drawn{}
	}
	at := func(p opentype.SegmentPoint) (x, y float32) {
		return p.X*scale + sub - float32(x0), -p.Y*scale - float32(y0)
	}
	r := vector.NewRasterizer(w, h)
	for _, s := range outline.Segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			r.ClosePath()
			r.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			r.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			r.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			cx, cy := at(s.Args[2])
			r.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	r.ClosePath()
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	r.DrawOp = draw.Src
	r.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	return drawn{mask: mask, offset: image.Pt(int(x0), int(y0))}
}

// picture draws a glyph with colours of its own, an emoji.
func picture(face *font.Face, g glyph, size fixed.Int26_6) drawn {
	px := size.Ceil()
	w, h, baseline := min(g.advance.Ceil()+4, maxGlyphSide), min(2*px, maxGlyphSide), min(px*3/2, maxGlyphSide)
	if w <= 0 || h <= 0 {
		return drawn{}
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	extents, _ := face.GlyphExtents(g.id)
	scale := float32(size) / float32(face.Upem())
	r := render.Renderer{FontSize: float32(size) / 64, PixScale: 1, Color: color.Black}
	r.DrawShapedRunAt(shaping.Output{Face: face, Size: size, Glyphs: []shaping.Glyph{{
		GlyphID: g.id, Advance: g.advance,
		XBearing: fixed.Int26_6(extents.XBearing * scale), YBearing: fixed.Int26_6(extents.YBearing * scale),
		Width: fixed.Int26_6(extents.Width * scale), Height: fixed.Int26_6(extents.Height * scale),
	}}}, img, 2, baseline)
	return drawn{picture: img, offset: image.Pt(-2, -baseline)}
}
