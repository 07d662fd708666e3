package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"peyk/app/bidi"
	"peyk/app/l10n"
)

// Tone is what a text's colour says.
type Tone int

// The tones.
const (
	Normal Tone = iota
	Secondary
	Accent
	Danger
	OnAccent
	Success
	Warning
)

var toneColors = map[Tone]fyne.ThemeColorName{
	Normal: theme.ColorNameForeground, Secondary: ColorSecondaryText, Accent: ColorAccent, Danger: ColorDanger,
	OnAccent: ColorOnAccent, Success: ColorSuccess, Warning: ColorWarning,
}

// Color returns the colour of the tone now.
func (t Tone) Color() color.Color { return Color(toneColors[t]) }

// Align is a side of the surface: Start is left in English and right in Persian.
type Align int

// The alignments.
const (
	Start Align = iota
	End
	Center
)

// TextStyle is how a Label or a Paragraph looks. The zero value is body text.
type TextStyle struct {
	Bold  bool
	Tone  Tone
	Size  float32 // factor of the text size; 0 is 1
	Align Align
	Dir   bidi.Direction // of the text; Auto takes it from its first strong letter
	// Shrink lets a label be made as narrow as its ellipsis; otherwise its MinSize shows it whole.
	Shrink bool
}

func (s TextStyle) em() float32 {
	if s.Size <= 0 {
		return TextSize()
	}
	return TextSize() * s.Size
}

// at returns the engine's style at a scale.
func (s TextStyle) at(scale float32) bidi.Style {
	return bidi.Style{Size: s.em() * scale, Bold: s.Bold, Dir: s.Dir, Fallback: l10n.Direction()}
}

// offset is where a line of the given width begins in a column.
func (s TextStyle) offset(column, width int) int {
	switch {
	case s.Align == Center:
		return (column - width) / 2
	case (s.Align == Start) == l10n.RTL():
		return column - width
	}
	return 0
}

// pixelScale returns how many pixels of a raster make one unit of the canvas. Dividing the raster's width by the
// object's would be off by the rounding of the width, and letters of one line would differ from those of the next.
func pixelScale(o fyne.CanvasObject, pixels int, units float32) float32 {
	if units <= 0 {
		return 1
	}
	ratio := float32(pixels) / units
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil || c.Scale() <= 0 {
		return ratio
	}
	// A screen may have several pixels to the canvas's one (macOS).
	dense := float32(int(ratio/c.Scale() + 0.5))
	return c.Scale() * max(dense, 1)
}
