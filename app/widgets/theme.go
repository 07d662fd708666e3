package widgets

import (
	"fmt"
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"peyk/app/bidi"
	"peyk/assets"
)

// Mode tells where light or dark comes from.
type Mode int

const (
	// FollowSystem takes what the desktop says.
	FollowSystem Mode = iota
	// Light is always light.
	Light
	// Dark is always dark.
	Dark
)

// Unit is the grid: gaps and sizes are its multiples or halves.
const Unit float32 = 8

// textSize is the size of body text at factor 1.
const textSize = 14

// Theme is Peyk's look. It also owns the engine that lays out all text of the window, since both stand on the same faces.
type Theme struct {
	mode          Mode
	factor        float32
	engine        *bidi.Engine
	regular, bold fyne.Resource
}

// NewTheme makes a theme; textFactor scales all text and is kept between 0.8 and 2.
func NewTheme(mode Mode, textFactor float32) (*Theme, error) {
	engine, err := bidi.NewEngine(bidi.FontConfig{
		Regular:  assets.VazirmatnRegular,
		Bold:     assets.VazirmatnBold,
		Emoji:    content(theme.DefaultEmojiFont()),
		Fallback: [][]byte{theme.DefaultTextFont().Content()},
		System:   true,
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the theme: %w", err)
	}
	return &Theme{
		mode: mode, factor: min(max(textFactor, 0.8), 2), engine: engine,
		regular: fyne.NewStaticResource("Vazirmatn-Regular.ttf", assets.VazirmatnRegular),
		bold:    fyne.NewStaticResource("Vazirmatn-Bold.ttf", assets.VazirmatnBold),
	}, nil
}

// content is nil for no resource: a build may leave the emoji out.
func content(r fyne.Resource) []byte {
	if r == nil {
		return nil
	}
	return r.Content()
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	p := &light
	if t.mode == Dark || t.mode == FollowSystem && variant == theme.VariantDark {
		p = &dark
	}
	if c := p.color(name); c != nil {
		return c
	}
	return theme.DefaultTheme().Color(name, variant)
}

// Font implements fyne.Theme. There is no italic: slanted text is upright.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Monospace && !style.Italic, style.Symbol:
		return theme.DefaultTheme().Font(fyne.TextStyle{Monospace: style.Monospace, Symbol: style.Symbol, Bold: style.Bold})
	case style.Bold:
		return t.bold
	}
	return t.regular
}

// Icon implements fyne.Theme.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return textSize * t.factor
	case theme.SizeNameHeadingText:
		return 18 * t.factor
	case theme.SizeNameSubHeadingText:
		return 16 * t.factor
	case theme.SizeNameCaptionText:
		return 12 * t.factor
	case theme.SizeNamePadding:
		return Unit / 2
	case theme.SizeNameInnerPadding, theme.SizeNameScrollBar:
		return Unit
	case theme.SizeNameScrollBarSmall:
		return Unit / 2
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 6
	case theme.SizeNameInputBorder, theme.SizeNameSeparatorThickness:
		return 1
	}
	return theme.DefaultTheme().Size(name)
}

// current is the theme in use. A window may run under another theme, in the toolkit's own tests above all; its text is
// then laid out by a theme of ours with the usual sizes.
func current() *Theme {
	if app := fyne.CurrentApp(); app != nil {
		if t, ok := app.Settings().Theme().(*Theme); ok {
			return t
		}
	}
	return fallbackTheme()
}

var fallbackTheme = sync.OnceValue(func() *Theme {
	t, err := NewTheme(FollowSystem, 1)
	if err != nil {
		panic(err) // the faces are part of the program
	}
	return t
})

// Color returns a colour of the theme in use, in the variant in use.
func Color(name fyne.ThemeColorName) color.Color {
	variant := theme.VariantLight
	if app := fyne.CurrentApp(); app != nil {
		variant = app.Settings().ThemeVariant()
	}
	return current().Color(name, variant)
}

// TextSize returns the size of body text in the theme in use.
func TextSize() float32 { return current().Size(theme.SizeNameText) }
