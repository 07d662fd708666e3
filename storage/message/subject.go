package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replyWords and forwardWords are what mailers put before a subject, in lower
// case without the colon, with the Persian yeh.
var (
	replyWords = []string{
		"re", "aw", "antw", "antwort", "sv", "vs", "odp", "rif", "res", "rv", "r", "bls", "atb", "ynt", "yanıt",
		"απ", "σχετ", "ответ", "отв", "پاسخ", "جواب", "رد", "الرد", "השב", "回复", "答复", "回覆", "返信", "回信", "답장",
	}
	forwardWords = []string{
		"fwd", "fw", "wg", "vb", "vl", "pd", "tr", "rv", "enc", "i", "doorst", "vidb", "trs", "ilt", "i̇lt", "πρθ", "переслать", "пересл",
		"ارسال", "باز ارسال", "بازارسال", "ارجاع", "هدایت", "إعادة توجیه", "اعادة توجیه", "تحویل", "העבר", "转发", "轉寄", "転送", "전달",
	}
)

// SubjectBase is the subject that a thread has in common: without reply and
// forward prefixes of any language, tags of lists in brackets and a closing
// "(fwd)" (RFC 5256 section 2.1, extended). Case is kept.
func SubjectBase(subject string) string {
	base, _ := subjectBase(subject)

	return base
}

// SubjectIsReply reports whether a prefix says that the message answers or
// forwards another.
func SubjectIsReply(subject string) bool {
	_, reply := subjectBase(subject)

	return reply
}

func subjectBase(subject string) (base string, reply bool) {
	s := strings.Join(strings.Fields(oneLine(subject)), " ")

	for {
		before := s

		if trimmed, ok := cutSuffixFold(s, "(fwd)"); ok {
			s, reply = strings.TrimSpace(trimmed), true
		}

		if rest, kind := cutPrefixWord(s); kind != notPrefix {
			s, reply = rest, true
		}

		if rest := cutTag(s); rest != "" {
			s = rest
		}

		if inner, ok := cutForwardWrap(s); ok {
			s, reply = inner, true
		}

		if s == before {
			return s, reply
		}
	}
}

type prefixKind uint8

const (
	notPrefix prefixKind = iota
	replyPrefix
	forwardPrefix
)

// cutPrefixWord takes one prefix with its colon off: "Re:", "RE[2]:", "Fwd :",
// "回复：".
func cutPrefixWord(s string) (string, prefixKind) {
	const longest = 40

	colon := strings.IndexAny(s[:min(len(s), longest)], ":：")
	if colon <= 0 {
		return s, notPrefix
	}

	word := strings.TrimSpace(s[:colon])
	if i := strings.IndexAny(word, "[(^"); i > 0 && isCounter(word[i:]) {
		word = strings.TrimSpace(word[:i])
	}

	word = strings.Map(dropMarks, strings.ToLower(word))
	_, size := utf8.DecodeRuneInString(s[colon:])
	rest := strings.TrimSpace(s[colon+size:])

	switch {
	case slices.Contains(replyWords, word):
		return rest, replyPrefix
	case slices.Contains(forwardWords, word):
		return rest, forwardPrefix
	}

	return s, notPrefix
}

// dropMarks takes direction marks and Arabic spelling variants out of a prefix.
func dropMarks(r rune) rune {
	switch {
	case r == 0x200e || r == 0x200f || r == 0x061c || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
		return -1
	case r == 'ي':
		return 'ی'
	}

	return r
}

func isCounter(s string) bool {
	digits := strings.Trim(s, "[]()^ ")

	return digits != "" && strings.TrimLeft(digits, "0123456789") == ""
}

// cutTag takes a leading [tag] off and returns "" where there is none, or
// nothing behind it.
func cutTag(s string) string {
	if !strings.HasPrefix(s, "[") {
		return ""
	}

	i := strings.IndexByte(s, ']')
	if i < 0 || strings.IndexByte(s[1:i], '[') >= 0 || strings.IndexByte(s[1:i], ':') >= 0 {
		return ""
	}

	return strings.TrimSpace(s[i+1:])
}

// cutForwardWrap takes "[Fwd: ... ]" off.
func cutForwardWrap(s string) (string, bool) {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		return s, false
	}

	inner := strings.TrimSpace(s[1 : len(s)-1])
	if rest, kind := cutPrefixWord(inner); kind == forwardPrefix {
		return rest, true
	}

	return s, false
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}

	return s[:len(s)-len(suffix)], true
}

// prefixed puts word before subject in place of prefixes of the same kind that
// stand there already.
func prefixed(subject, word string, kind prefixKind) string {
	s := strings.TrimLeftFunc(subject, unicode.IsSpace)

	for {
		rest, k := cutPrefixWord(s)
		if k != kind {
			break
		}

		s = rest
	}

	return strings.TrimRight(word+" "+s, " ")
}

// ThreadKeys are the ids of a message's ancestors from the root of its thread
// to its parent, each once and never its own (the order that threading by
// references needs, RFC 5256).
func ThreadKeys(s *Summary) []string {
	keys := make([]string, 0, len(s.References)+1)

	for _, id := range append(slices.Clip(s.References), s.InReplyTo) {
		if id != "" && id != s.MessageID && !slices.Contains(keys, id) {
			keys = append(keys, id)
		}
	}

	return keys
}
