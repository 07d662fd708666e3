package bidi

import (
	"bytes"
	"fmt"
	"os"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

// FontConfig names the faces of an Engine, each the bytes of one TrueType or OpenType file.
type FontConfig struct {
	Regular, Bold []byte
	// Emoji is asked before Fallback for what is written with an emoji presentation selector, after it otherwise.
	Emoji []byte
	// Fallback faces are asked in turn for what the others lack.
	Fallback [][]byte
	// System asks the fonts installed on the machine last. Their index is read at the first character that needs it.
	System bool
}

// fonts chooses the face for a character. Like the faces themselves it belongs to one goroutine.
type fonts struct {
	regular, bold []*font.Face
	emoji         *font.Face
	useSystem     bool
	system        *fontscan.FontMap
	found         map[rune]*font.Face
}

// maxFound bounds the memory of past choices; a text of all of Unicode must not grow it for ever.
const maxFound = 1 << 14

func newFonts(c FontConfig) (*fonts, error) {
	f := &fonts{useSystem: c.System, found: map[rune]*font.Face{}}
	parse := func(name string, data []byte) (*font.Face, error) {
		face, err := font.ParseTTF(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("reading the %s font: %w", name, err)
		}
		return face, nil
	}
	regular, err := parse("regular", c.Regular)
	if err != nil {
		return nil, err
	}
	bold, err := parse("bold", c.Bold)
	if err != nil {
		return nil, err
	}
	f.regular, f.bold = []*font.Face{regular}, []*font.Face{bold, regular}
	for i, data := range c.Fallback {
		face, err := parse(fmt.Sprintf("fallback %d", i), data)
		if err != nil {
			return nil, err
		}
		f.regular, f.bold = append(f.regular, face), append(f.bold, face)
	}
	if c.Emoji != nil {
		if f.emoji, err = parse("emoji", c.Emoji); err != nil {
			return nil, err
		}
		f.regular, f.bold = append(f.regular, f.emoji), append(f.bold, f.emoji)
	}
	return f, nil
}

const emojiSelector = '\ufe0f'

// face returns the face for r; next is the character after it.
func (f *fonts) face(r, next rune, bold bool) *font.Face {
	if next == emojiSelector && f.emoji != nil {
		if _, ok := f.emoji.NominalGlyph(r); ok {
			return f.emoji
		}
	}
	list := f.regular
	if bold {
		list = f.bold
	}
	for _, face := range list {
		if _, ok := face.NominalGlyph(r); ok {
			return face
		}
	}
	face, ok := f.found[r]
	if !ok {
		if len(f.found) >= maxFound {
			clear(f.found)
		}
		face = f.installed(r)
		f.found[r] = face
	}
	if face == nil {
		return list[0]
	}
	return face
}

// installed asks the machine's fonts; nil when none has r.
func (f *fonts) installed(r rune) *font.Face {
	if !f.useSystem {
		return nil
	}
	if f.system == nil {
		f.system = fontscan.NewFontMap(silent{})
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir() // the index is a cache: losing it costs a tenth of a second
		}
		if err := f.system.UseSystemFonts(dir); err != nil {
			// Without an index there are no system fonts; the missing characters show as boxes, as they would anyway.
			f.useSystem = false
			return nil
		}
		f.system.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}})
	}
	f.system.SetScript(language.LookupScript(r))
	face := f.system.ResolveFace(r)
	if face == nil {
		return nil
	}
	if _, ok := face.NominalGlyph(r); !ok {
		return nil
	}
	return face
}

// silent keeps the font index's complaints about odd font files off the terminal.
type silent struct{}

func (silent) Printf(string, ...any) {}
