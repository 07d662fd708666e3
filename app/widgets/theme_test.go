package widgets

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// luminance is the relative luminance of WCAG 2.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTextIsReadableOnEveryGround(t *testing.T) {
	grounds := []fyne.ThemeColorName{
		theme.ColorNameBackground, ColorSurface, theme.ColorNameMenuBackground, ColorRowHover, ColorRowSelected,
	}
	inks := []fyne.ThemeColorName{
		theme.ColorNameForeground, ColorSecondaryText, ColorAccent, ColorDanger, ColorSuccess, ColorWarning, ColorStar,
		theme.ColorNamePlaceHolder, theme.ColorNameHyperlink,
	}
	type pair struct{ ink, ground fyne.ThemeColorName }
	pairs := []pair{
		{theme.ColorNameForeground, theme.ColorNameSelection},
		{ColorOnAccent, ColorAccent},
		{theme.ColorNameForegroundOnPrimary, theme.ColorNamePrimary},
		{theme.ColorNameForegroundOnError, theme.ColorNameError},
		{theme.ColorNameForegroundOnWarning, theme.ColorNameWarning},
		{theme.ColorNameForegroundOnSuccess, theme.ColorNameSuccess},
	}
	for _, g := range grounds {
		for _, i := range inks {
			pairs = append(pairs, pair{i, g})
		}
	}
	for name, mode := range map[string]Mode{"light": Light, "dark": Dark} {
		th, err := NewTheme(mode, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pairs {
			if c := contrast(th.Color(p.ink, theme.VariantLight), th.Color(p.ground, theme.VariantLight)); c < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f", name, p.ink, p.ground, c)
			}
		}
	}
}

func TestModeAndFactor(t *testing.T) {
	system, err := NewTheme(FollowSystem, 9)
	if err != nil {
		t.Fatal(err)
	}
	if system.Color(theme.ColorNameBackground, theme.VariantDark) != dark.background ||
		system.Color(theme.ColorNameBackground, theme.VariantLight) != light.background {
		t.Error("the variant of the system is not followed")
	}
	forced, err := NewTheme(Dark, 1)
	if err != nil {
		t.Fatal(err)
	}
	if forced.Color(theme.ColorNameBackground, theme.VariantLight) != dark.background {
		t.Error("dark is not dark on a light system")
	}
	if system.Size(theme.SizeNameText) != 28 || forced.Size(theme.SizeNameText) != 14 {
		t.Errorf("text sizes %v and %v", system.Size(theme.SizeNameText), forced.Size(theme.SizeNameText))
	}
	for _, s := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}, {Monospace: true, Italic: true}, {Symbol: true}} {
		if r := forced.Font(s); r == nil || len(r.Content()) == 0 {
			t.Errorf("no face for %+v", s)
		}
	}
}
