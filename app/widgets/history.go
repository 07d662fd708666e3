package widgets

import (
	"slices"
	"time"

	"peyk/app/bidi"
)

// edit is one change of a text: at an offset, removed gave way to inserted.
type edit struct {
	at                int
	removed, inserted []rune
	before, after     bidi.Place // the caret
}

// history keeps edits for undo. Typing that goes on without a pause or a move is one edit.
type history struct {
	done, undone []edit
	runes        int // in done
	open         bool
	last         time.Time
}

const (
	typingPause = time.Second
	// maxHistory bounds the runes kept for undo.
	maxHistory = 4 << 20
)

// add records an edit. typed tells that it may be joined with the one before.
func (h *history) add(e edit, typed bool, now time.Time) {
	h.undone = nil
	if !h.join(e, typed && now.Sub(h.last) < typingPause) {
		h.done = append(h.done, e)
	}
	h.runes += len(e.removed) + len(e.inserted)
	for h.runes > maxHistory && len(h.done) > 1 {
		h.runes -= len(h.done[0].removed) + len(h.done[0].inserted)
		h.done = h.done[1:]
	}
	h.open, h.last = typed, now
}

func (h *history) join(e edit, typed bool) bool {
	if !typed || !h.open || len(h.done) == 0 {
		return false
	}
	last := &h.done[len(h.done)-1]
	switch {
	case len(e.removed) == 0 && e.at == last.at+len(last.inserted) && len(last.removed) == 0:
		// A new word begins a new edit, so that undo takes back words, not lines.
		if n := len(last.inserted); n > 0 && isBlank(last.inserted[n-1]) && !isBlank(e.inserted[0]) {
			return false
		}
		last.inserted = append(last.inserted, e.inserted...)
	case len(e.inserted) == 0 && len(last.inserted) == 0 && e.at+len(e.removed) == last.at:
		last.removed = slices.Concat(e.removed, last.removed)
		last.at = e.at
	case len(e.inserted) == 0 && len(last.inserted) == 0 && e.at == last.at:
		last.removed = append(last.removed, e.removed...)
	default:
		return false
	}
	last.after = e.after
	return true
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }

// close ends the edit that typing goes on with: the caret was moved.
func (h *history) close() { h.open = false }

// undo returns the edit to take back.
func (h *history) undo() (edit, bool) {
	n := len(h.done)
	if n == 0 {
		return edit{}, false
	}
	e := h.done[n-1]
	h.done, h.undone = h.done[:n-1], append(h.undone, e)
	h.runes -= len(e.removed) + len(e.inserted)
	h.open = false
	return e, true
}

// redo returns the edit to make again.
func (h *history) redo() (edit, bool) {
	n := len(h.undone)
	if n == 0 {
		return edit{}, false
	}
	e := h.undone[n-1]
	h.undone, h.done = h.undone[:n-1], append(h.done, e)
	h.runes += len(e.removed) + len(e.inserted)
	h.open = false
	return e, true
}
