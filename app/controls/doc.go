// Package controls holds the pieces that Peyk's screens are put together from: icons, buttons, choices, tabs, the
// virtual list, the layer for hints and drags, and the bar that offers to undo.
//
// They exist because the toolkit's own ones neither mirror for a right-to-left language nor order mixed text. Every
// text given to them is in logical order. All calls are made on the UI goroutine unless a function says otherwise.
package controls
