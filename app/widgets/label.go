package widgets

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Label is one line of text, ended by an ellipsis where it is wider than the label.
type Label struct {
	widget.BaseWidget

	text  string
	style TextStyle
}

// NewLabel makes a label; one style at most is used.
func NewLabel(text string, style ...TextStyle) *Label {
	l := &Label{text: text}
	if len(style) > 0 {
		l.style = style[0]
	}
	l.ExtendBaseWidget(l)
	return l
}

// SetText changes the text.
func (l *Label) SetText(text string) {
	if text != l.text {
		l.text = text
		l.Refresh()
	}
}

// Text returns the text as it was given.
func (l *Label) Text() string { return l.text }

// SetStyle changes the style.
func (l *Label) SetStyle(s TextStyle) {
	if s != l.style {
		l.style = s
		l.Refresh()
	}
}

// Style returns the style.
func (l *Label) Style() TextStyle { return l.style }

// NaturalWidth returns the width at which nothing is cut.
func (l *Label) NaturalWidth() float32 {
	return float32(math.Ceil(float64(l.measure(l.text)))) + 1
}

// measure shapes at four times the size, so that rounding to pixels does not show.
func (l *Label) measure(text string) float32 {
	const fine = 4
	line, _ := current().engine.OneLine(text, l.style.at(fine), 0)
	return float32(line.Width) / fine
}

// Truncated tells whether the label is too narrow for its text.
func (l *Label) Truncated() bool { return l.measure(l.text) > l.Size().Width+0.5 }

// MinSize implements fyne.CanvasObject.
func (l *Label) MinSize() fyne.Size {
	l.ExtendBaseWidget(l)
	const fine = 4
	height := float32(math.Ceil(float64(current().engine.LineHeight(l.style.em()*fine)) / fine))
	if l.style.Shrink {
		return fyne.NewSize(min(l.NaturalWidth(), l.style.em()), height)
	}
	return fyne.NewSize(l.NaturalWidth(), height)
}

// CreateRenderer implements fyne.Widget.
func (l *Label) CreateRenderer() fyne.WidgetRenderer {
	raster := canvas.NewRaster(l.paint)
	raster.ScaleMode = canvas.ImageScalePixels
	return &labelRenderer{l, raster, []fyne.CanvasObject{raster}}
}

func (l *Label) paint(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	if l.text == "" || w == 0 || h == 0 {
		return img
	}
	e, scale := current().engine, pixelScale(l, w, l.Size().Width)
	line, _ := e.OneLine(l.text, l.style.at(scale), w+1)
	e.Paint(img, line, l.style.offset(w, line.Width), (h-line.Height)/2, l.style.Tone.Color())
	return img
}

type labelRenderer struct {
	label   *Label
	raster  *canvas.Raster
	objects []fyne.CanvasObject
}

func (r *labelRenderer) Layout(s fyne.Size)           { r.raster.Resize(s) }
func (r *labelRenderer) MinSize() fyne.Size           { return r.label.MinSize() }
func (r *labelRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *labelRenderer) Refresh()                     { r.raster.Refresh() }
func (r *labelRenderer) Destroy()                     {}
