package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colours Peyk's theme has besides the toolkit's.
const (
	ColorAccent        fyne.ThemeColorName = "peykAccent"
	ColorOnAccent      fyne.ThemeColorName = "peykOnAccent"
	ColorSecondaryText fyne.ThemeColorName = "peykSecondaryText"
	ColorHairline      fyne.ThemeColorName = "peykHairline"
	// ColorSurface is the ground of the sidebar and of bars; everything else lies on the background.
	ColorSurface     fyne.ThemeColorName = "peykSurface"
	ColorRowHover    fyne.ThemeColorName = "peykRowHover"
	ColorRowSelected fyne.ThemeColorName = "peykRowSelected"
	ColorStar        fyne.ThemeColorName = "peykStar"
	ColorDanger      fyne.ThemeColorName = "peykDanger"
	ColorSuccess     fyne.ThemeColorName = "peykSuccess"
	ColorWarning     fyne.ThemeColorName = "peykWarning"
)

// palette is the colours of one variant. There is one accent; it is the turquoise of Persian tiles.
type palette struct {
	background, surface, raised, hover, selected, selection color.NRGBA
	text, secondary, disabled, hairline, border             color.NRGBA
	accent, onAccent, star, danger, success, warning        color.NRGBA
	pressed, scrollBar, shadow, focus                       color.NRGBA
}

func rgb(v uint32) color.NRGBA { return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff} }

func rgba(v uint32, alpha uint8) color.NRGBA {
	c := rgb(v)
	c.A = alpha
	return c
}

var light = palette{
	background: rgb(0xFFFFFF), surface: rgb(0xF6F8F8), raised: rgb(0xFFFFFF), hover: rgb(0xF1F5F5), selected: rgb(0xDDEFF0),
	selection: rgb(0xBCE3E5),
	text:      rgb(0x1A2022), secondary: rgb(0x586469), disabled: rgb(0x98A2A6), hairline: rgb(0xE2E7E8), border: rgb(0xC9D1D3),
	accent: rgb(0x0A7078), onAccent: rgb(0xFFFFFF), star: rgb(0x8C5B00), danger: rgb(0xB3261E), success: rgb(0x1B6B3A),
	warning: rgb(0x8A5300),
	pressed: rgba(0x0A7078, 0x24), scrollBar: rgba(0x1A2022, 0x59), shadow: rgba(0x000000, 0x2E), focus: rgba(0x0A7078, 0x3A),
}

var dark = palette{
	background: rgb(0x15191B), surface: rgb(0x1B2022), raised: rgb(0x22282B), hover: rgb(0x20272A), selected: rgb(0x163B3F),
	selection: rgb(0x1D565B),
	text:      rgb(0xE6EAEB), secondary: rgb(0x9FAAAE), disabled: rgb(0x646E72), hairline: rgb(0x2B3336), border: rgb(0x414B4F),
	accent: rgb(0x56C4CB), onAccent: rgb(0x06282B), star: rgb(0xE7B85B), danger: rgb(0xF2938A), success: rgb(0x7ECB98),
	warning: rgb(0xE3B263),
	pressed: rgba(0x56C4CB, 0x24), scrollBar: rgba(0xE6EAEB, 0x59), shadow: rgba(0x000000, 0x66), focus: rgba(0x56C4CB, 0x3A),
}

// color returns the colour of a name, nil when the palette has none of it.
func (p *palette) color(name fyne.ThemeColorName) color.Color {
	switch name {
	case theme.ColorNameBackground, theme.ColorNameInputBackground:
		return p.background
	case ColorSurface, theme.ColorNameHeaderBackground, theme.ColorNameButton:
		return p.surface
	case theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return p.raised
	case ColorRowHover:
		return p.hover
	case ColorRowSelected:
		return p.selected
	case theme.ColorNameSelection:
		return p.selection
	case theme.ColorNameForeground:
		return p.text
	case ColorSecondaryText, theme.ColorNamePlaceHolder:
		return p.secondary
	case theme.ColorNameDisabled, theme.ColorNameDisabledButton:
		return p.disabled
	case ColorHairline, theme.ColorNameSeparator:
		return p.hairline
	case theme.ColorNameInputBorder:
		return p.border
	case ColorAccent, theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.accent
	case ColorOnAccent, theme.ColorNameForegroundOnPrimary:
		return p.onAccent
	case ColorStar:
		return p.star
	}
	return p.signal(name)
}

func (p *palette) signal(name fyne.ThemeColorName) color.Color {
	switch name {
	case ColorDanger, theme.ColorNameError:
		return p.danger
	case ColorSuccess, theme.ColorNameSuccess:
		return p.success
	case ColorWarning, theme.ColorNameWarning:
		return p.warning
	case theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning:
		return p.background
	case theme.ColorNameHover:
		return rgba(uint32(p.text.R)<<16|uint32(p.text.G)<<8|uint32(p.text.B), 0x0E)
	case theme.ColorNamePressed:
		return p.pressed
	case theme.ColorNameFocus:
		return p.focus
	case theme.ColorNameScrollBar:
		return p.scrollBar
	case theme.ColorNameScrollBarBackground:
		return color.Transparent
	case theme.ColorNameShadow:
		return p.shadow
	}
	return nil
}
