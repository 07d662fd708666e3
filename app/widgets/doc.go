// Package widgets holds the window's theme and everything in it that shows or takes text: labels, paragraphs, the long
// read-only view, the editor and the one-line field, with the layouts that mirror for a right-to-left language.
//
// The toolkit's own text widgets lay mixed Persian and English out in the wrong order and put the caret in the wrong
// place, so the ones here do their own layout, by package bidi, and paint their own lines. All texts given to them are
// in logical order and may be foreign: they are cleaned here. All calls belong on the UI goroutine.
package widgets
