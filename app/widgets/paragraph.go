package widgets

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/l10n"
)

// maxParagraphText bounds what a Paragraph shows, which lays all of it out; long texts belong in a TextView.
const maxParagraphText = 20000

// Paragraph is a text of a few sentences that wraps to its width. It does not scroll: its height follows.
type Paragraph struct {
	widget.BaseWidget

	text   string
	style  TextStyle
	height measuredHeight
}

// measuredHeight remembers the height last found, which the toolkit asks for at every frame.
type measuredHeight struct {
	text          string
	style         TextStyle
	em            float32
	width, height float32
}

// NewParagraph makes a paragraph; one style at most is used.
func NewParagraph(text string, style ...TextStyle) *Paragraph {
	p := &Paragraph{text: text}
	if len(style) > 0 {
		p.style = style[0]
	}
	p.ExtendBaseWidget(p)
	return p
}

// SetText changes the text.
func (p *Paragraph) SetText(text string) {
	if text != p.text {
		p.text = text
		p.Refresh()
	}
}

// Text returns the text as it was given.
func (p *Paragraph) Text() string { return p.text }

// SetStyle changes the style.
func (p *Paragraph) SetStyle(s TextStyle) {
	if s != p.style {
		p.style = s
		p.Refresh()
	}
}

// document lays the text out in a column of the given pixels.
func (p *Paragraph) document(scale float32, width int) *bidi.Document {
	text := bidi.Normalize(p.text)
	if len(text) > maxParagraphText {
		text = bidi.Normalize(text[:maxParagraphText]) + "…"
	}
	s := p.style.at(scale)
	d := current().engine.NewDocument(s.Size, width, l10n.Direction())
	d.SetText(text)
	d.SetDirection(s.Dir)
	if s.Bold {
		d.SetBold([][2]int{{0, d.Len()}})
	}
	d.LayOutAll()
	return d
}

// MinSize implements fyne.CanvasObject. The height is that of the width the paragraph has; before it has one, that of
// a line.
func (p *Paragraph) MinSize() fyne.Size {
	p.ExtendBaseWidget(p)
	const fine = 4
	width := p.Size().Width
	if width <= 0 {
		line := float32(current().engine.LineHeight(p.style.em()*fine)) / fine
		return fyne.NewSize(4*Unit, float32(math.Ceil(float64(line))))
	}
	return fyne.NewSize(4*Unit, p.HeightFor(width))
}

// HeightFor returns the height the text needs in a column of the given width.
func (p *Paragraph) HeightFor(width float32) float32 {
	const fine = 4
	m := measuredHeight{p.text, p.style, p.style.em(), width, p.height.height}
	if m != p.height {
		m.height = float32(math.Ceil(float64(p.document(fine, int(width*fine)).Height()) / fine))
		p.height = m
	}
	return m.height
}

// Resize implements fyne.CanvasObject. A new width needs another height, which only the container can give.
func (p *Paragraph) Resize(s fyne.Size) {
	changed := s.Width != p.Size().Width
	p.BaseWidget.Resize(s)
	if changed {
		p.BaseWidget.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Paragraph) CreateRenderer() fyne.WidgetRenderer {
	raster := canvas.NewRaster(p.paint)
	raster.ScaleMode = canvas.ImageScalePixels
	return &paragraphRenderer{p, raster}
}

func (p *Paragraph) paint(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	if p.text == "" || w == 0 || h == 0 {
		return img
	}
	d := p.document(pixelScale(p, w, p.Size().Width), w)
	ink := p.style.Tone.Color()
	d.Visible(0, h, func(l bidi.Placed) {
		x := l.Left
		if p.style.Align == Center {
			x = (w - l.Width) / 2
		}
		current().engine.Paint(img, l.Line, x, l.Top, ink)
	})
	return img
}

type paragraphRenderer struct {
	p      *Paragraph
	raster *canvas.Raster
}

func (r *paragraphRenderer) Layout(s fyne.Size)           { r.raster.Resize(s) }
func (r *paragraphRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *paragraphRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.raster} }
func (r *paragraphRenderer) Refresh()                     { r.raster.Refresh() }
func (r *paragraphRenderer) Destroy()                     {}
