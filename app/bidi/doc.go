// Package bidi orders, measures and breaks text that mixes directions. It knows nothing of any toolkit: it takes
// strings in logical order and answers with levels, visual strings, lines of glyphs, caret places and images.
//
// The levels follow the Unicode Bidirectional Algorithm (UAX #9, revision 50) in full; character classes come from
// golang.org/x/text, which carries them as a compact table. Shaping is done by github.com/go-text/typesetting, a
// HarfBuzz in Go, because Persian letters take their form from their neighbours. Both of those modules order runs by
// direction alone, which is wrong for Arabic digits beside English (a level 2 next to a level 0), so ordering and
// line breaking are done here, by level.
//
// Text outside the Basic Multilingual Plane, lone surrogates, unassigned code points and any nesting of formatting
// characters are valid input to every function of this package.
package bidi
