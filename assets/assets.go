// Package assets holds the files that are built into the program: the typeface, the program's icon and the texts of
// its surface in each language. It is plain bytes; nothing here knows who reads them.
package assets

import "embed"

// Vazirmatn is the one typeface of the window: it carries Persian and Latin in one file, so that a line mixing both is
// shaped by a single face. OFL 1.1, see FontLicense. There is no italic.
var (
	//go:embed fonts/Vazirmatn-Regular.ttf
	VazirmatnRegular []byte
	//go:embed fonts/Vazirmatn-Bold.ttf
	VazirmatnBold []byte
	//go:embed fonts/OFL.txt
	FontLicense string
)

// The program's icon: IconSVG is the drawing, Icon the same as a PNG of 512 by 512 pixels.
var (
	//go:embed icon.svg
	IconSVG []byte
	//go:embed icon.png
	Icon []byte
)

// Lang holds lang/<code>.json for every language of the surface.
//
//go:embed lang/*.json
var Lang embed.FS
