package message

import "strings"

// unflow joins the lines of format=flowed text (RFC 3676) to paragraphs.
// delSp tells that the space before a soft line break is not part of the text.
func unflow(text string, delSp bool) string {
	var (
		out  strings.Builder
		open bool
		deep int
	)

	out.Grow(len(text))

	text, ended := strings.CutSuffix(text, "\n")

	for line := range strings.SplitSeq(text, "\n") {
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}

		rest := strings.TrimPrefix(line[depth:], " ") // space-stuffing
		signature := rest == "-- "

		if open && (depth != deep || signature) {
			out.WriteByte('\n')

			open = false
		}

		if !open {
			writeQuotePrefix(&out, depth, rest)
		}

		flowed := strings.HasSuffix(rest, " ") && !signature

		if flowed && delSp {
			rest = rest[:len(rest)-1]
		}

		out.WriteString(rest)

		open, deep = flowed, depth
		if !flowed {
			out.WriteByte('\n')
		}
	}

	if ended && open {
		out.WriteByte('\n')
	}

	if !ended {
		return strings.TrimSuffix(out.String(), "\n")
	}

	return out.String()
}

func writeQuotePrefix(out *strings.Builder, depth int, rest string) {
	for range depth {
		out.WriteByte('>')
	}

	if depth > 0 && rest != "" {
		out.WriteByte(' ')
	}
}
