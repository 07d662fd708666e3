package reader

import (
	"cmp"
	"slices"

	"peyk/app/widgets"
)

// flat turns spans that may lie in one another into ones that stand side by side, as the view wants them: bold or
// quiet where any of them is, with the link of the innermost.
func flat(spans []widgets.Span) []widgets.Span {
	slices.SortStableFunc(spans, func(a, b widgets.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	var out, open []widgets.Span
	at := 0
	// advance writes what is open up to a place, closing spans on the way.
	advance := func(to int) {
		for len(open) > 0 && at < to {
			end := to
			for _, s := range open {
				end = min(end, s.End)
			}
			out = joined(out, together(open, at, end))
			at = end
			open = slices.DeleteFunc(open, func(s widgets.Span) bool { return s.End <= at })
		}
		at = to
	}
	for _, s := range spans {
		if s.Start >= s.End {
			continue
		}
		advance(s.Start)
		open = append(open, s)
	}
	for len(open) > 0 {
		end := open[0].End
		for _, s := range open {
			end = max(end, s.End)
		}
		advance(end)
	}
	return out
}

// together is what spans make of a stretch that all of them cover.
func together(open []widgets.Span, start, end int) widgets.Span {
	one := widgets.Span{Start: start, End: end}
	for _, s := range open {
		one.Bold = one.Bold || s.Bold
		if s.Tone != widgets.Normal {
			one.Tone = s.Tone
		}
		if s.Link != "" {
			one.Link = s.Link
		}
	}
	return one
}

// joined adds a span, as part of the last one where it only goes on with that.
func joined(out []widgets.Span, s widgets.Span) []widgets.Span {
	if n := len(out); n > 0 {
		last := &out[n-1]
		if last.End == s.Start && last.Bold == s.Bold && last.Tone == s.Tone && last.Link == s.Link {
			last.End = s.End
			return out
		}
	}
	return append(out, s)
}
