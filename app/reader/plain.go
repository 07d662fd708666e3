package reader

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"peyk/app/bidi"
	"peyk/app/widgets"
)

// linkPattern finds what a reader takes for a link in plain text.
var linkPattern = regexp.MustCompile(`(?i)\b(?:https?://|ftp://|mailto:|www\.)[^\s<>"'` + "`" + `«»]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)

// fromPlain marks the links and the quotations of a plain text.
func fromPlain(text string) written {
	text = bidi.Normalize(text)
	w := written{text: text}
	w.spans = flat(append(quotations(text), links(text)...))
	return w
}

// links finds addresses in a text, without the punctuation that ends the sentence around them.
func links(text string) []widgets.Span {
	var spans []widgets.Span
	at, runes := 0, 0
	for _, m := range linkPattern.FindAllStringIndex(text, -1) {
		found := trimLink(text[m[0]:m[1]])
		if found == "" {
			continue
		}
		link := found
		switch lower := strings.ToLower(found); {
		case strings.HasPrefix(lower, "www."):
			link = "http://" + found
		case !strings.Contains(lower, "://") && !strings.HasPrefix(lower, "mailto:"):
			link = "mailto:" + found
		}
		runes += utf8.RuneCountInString(text[at:m[0]])
		at = m[0]
		spans = append(spans, widgets.Span{Start: runes, End: runes + utf8.RuneCountInString(found), Link: link})
	}
	return spans
}

func trimLink(s string) string {
	for {
		t := strings.TrimRight(s, ".,;:!?*_،؛؟…")
		// A closing bracket belongs to the link only if it was opened in it.
		for _, pair := range []string{"()", "[]", "{}"} {
			if strings.HasSuffix(t, pair[1:]) && strings.Count(t, pair[:1]) < strings.Count(t, pair[1:]) {
				t = t[:len(t)-1]
			}
		}
		if t == s {
			return s
		}
		s = t
	}
}

// quotations makes quoted lines quieter than what the sender wrote.
func quotations(text string) []widgets.Span {
	var spans []widgets.Span
	at := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		n := utf8.RuneCountInString(line)
		if strings.HasPrefix(line, ">") {
			if last := len(spans) - 1; last >= 0 && spans[last].End == at {
				spans[last].End = at + n
			} else {
				spans = append(spans, widgets.Span{Start: at, End: at + n, Tone: widgets.Secondary})
			}
		}
		at += n
	}
	return spans
}
