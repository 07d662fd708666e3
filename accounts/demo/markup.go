package demo

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// look is how a sender's HTML mail is dressed.
type look struct {
	brand  string
	color  string // #rrggbb
	style  string // "card", "bill" or "plain"
	footer string
	// pixel is the address of a picture that would tell that it was read.
	pixel string
	// bare leaves out the direction, as many programs do.
	bare bool
}

const (
	fontStack = "Vazirmatn, Tahoma, 'Segoe UI', Arial, sans-serif"
	cellStyle = "padding:8px 10px;border-bottom:1px solid #e5e7eb"
)

var (
	buttonLine = regexp.MustCompile(`^\[([^\]]+)\]\((\S+)\)$`)
	imageLine  = regexp.MustCompile(`^!\[([^\]]*)\]\((\S+)\)$`)
	numbered   = regexp.MustCompile(`^[0-9۰-۹]+[.)] `)
	boldText   = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	linkText   = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
	anyLink    = regexp.MustCompile(linkText.String() + `|https?://[^\s<)]*[^\s<).,؛،]`)
)

// page is the markup as the whole HTML of a mail.
//
// The markup of the samples is a small one: "# heading", "- item", "1. item",
// "| cell | cell |" (the first row is the head), "> quote", "---", a button
// alone on its line as [text](url), a picture as ![alt](url), and inside
// lines **bold** and [text](url).
func page(markup string, l look) string {
	body := blocks(markup, l)
	dir, lang := "ltr", "en"
	if mostlyPersian(markup) {
		dir, lang = "rtl", "fa"
	}
	attributes := fmt.Sprintf(` dir="%s" lang="%s"`, dir, lang)
	if l.bare {
		attributes = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html%s>\n<head><meta charset=\"utf-8\"></head>\n", attributes)
	switch l.style {
	case "card":
		fmt.Fprintf(&b, cardHead, fontStack, l.color, html.EscapeString(l.brand))
		b.WriteString(body)
		fmt.Fprintf(&b, cardFoot, inline(l.footer))
	case "bill":
		fmt.Fprintf(&b, billHead, fontStack, l.color, l.color, html.EscapeString(l.brand))
		b.WriteString(body)
		fmt.Fprintf(&b, billFoot, inline(l.footer))
	default:
		fmt.Fprintf(&b, "<body>\n<div style=\"font-family:%s;font-size:14px;line-height:1.6\">\n%s</div>\n", fontStack, body)
	}
	if l.pixel != "" {
		fmt.Fprintf(&b, "<img src=\"%s\" width=\"1\" height=\"1\" alt=\"\">\n", html.EscapeString(l.pixel))
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

// The two layouts that most senders' templates come down to: a card of nested
// tables, and a narrow bill.
const (
	cardHead = `<body style="margin:0;background:#f3f4f6">
<table role="presentation" width="100%%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6;font-family:%s">
<tr><td align="center" style="padding:24px 8px">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;background:#ffffff;border-radius:8px">
<tr><td style="background:%s;padding:18px 28px;color:#ffffff;font-size:20px;font-weight:bold;border-radius:8px 8px 0 0">%s</td></tr>
<tr><td style="padding:24px 28px;font-size:15px;line-height:1.7;color:#1f2937">
`
	cardFoot = `</td></tr>
<tr><td style="padding:16px 28px;border-top:1px solid #e5e7eb;font-size:12px;color:#6b7280">%s</td></tr>
</table>
</td></tr>
</table>
`
	billHead = `<body style="margin:0;background:#ffffff">
<div style="max-width:520px;margin:0 auto;padding:20px;font-family:%s;font-size:14px;line-height:1.7;color:#111827;border-top:4px solid %s">
<p style="margin:0 0 16px;font-size:18px;color:%s"><strong>%s</strong></p>
`
	billFoot = `<p style="margin-top:24px;padding-top:12px;border-top:1px dashed #d1d5db;font-size:12px;color:#6b7280">%s</p>
</div>
`
)

// blocks turns the lines into paragraphs, lists, tables and so on.
func blocks(markup string, l look) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimSpace(markup), "\n")
	for i := 0; i < len(lines); {
		kind := kindOf(lines[i])
		j := i + 1
		for j < len(lines) && kind.joins() && kindOf(lines[j]) == kind {
			j++
		}
		writeBlock(&b, kind, lines[i:j], l)
		i = j
	}
	return b.String()
}

type lineKind int

const (
	blankLine lineKind = iota
	paragraphLine
	headingLine
	itemLine
	numberLine
	rowLine
	quoteLine
	ruleLine
	pictureLine
	actionLine
)

// joins reports whether lines of the kind that follow each other are one
// block.
func (k lineKind) joins() bool {
	switch k {
	case paragraphLine, itemLine, numberLine, rowLine, quoteLine:
		return true
	}
	return false
}

func kindOf(line string) lineKind {
	switch {
	case strings.TrimSpace(line) == "":
		return blankLine
	case line == "---":
		return ruleLine
	case strings.HasPrefix(line, "# "):
		return headingLine
	case strings.HasPrefix(line, "- "):
		return itemLine
	case numbered.MatchString(line):
		return numberLine
	case strings.HasPrefix(line, "|"):
		return rowLine
	case strings.HasPrefix(line, ">"):
		return quoteLine
	case imageLine.MatchString(line):
		return pictureLine
	case buttonLine.MatchString(line):
		return actionLine
	}
	return paragraphLine
}

func writeBlock(b *strings.Builder, kind lineKind, lines []string, l look) {
	switch kind {
	case headingLine:
		fmt.Fprintf(b, "<h2 style=\"margin:20px 0 8px;font-size:18px;color:%s\">%s</h2>\n", l.ink(), inline(lines[0][2:]))
	case itemLine:
		writeList(b, "ul", lines, func(s string) string { return s[2:] })
	case numberLine:
		writeList(b, "ol", lines, func(s string) string { return s[len(numbered.FindString(s)):] })
	case rowLine:
		writeTable(b, lines)
	case quoteLine:
		for i, s := range lines {
			lines[i] = inline(strings.TrimPrefix(strings.TrimPrefix(s, ">"), " "))
		}
		fmt.Fprintf(b, "<blockquote style=\"margin:12px 8px;padding:0 12px;border:solid #d1d5db;border-width:0 3px 0 3px;color:#4b5563\">%s</blockquote>\n", strings.Join(lines, "<br>\n"))
	case ruleLine:
		b.WriteString("<hr style=\"border:0;border-top:1px solid #e5e7eb;margin:20px 0\">\n")
	case pictureLine:
		m := imageLine.FindStringSubmatch(lines[0])
		fmt.Fprintf(b, "<p><img src=\"%s\" alt=\"%s\" width=\"360\" style=\"max-width:100%%;border-radius:4px\"></p>\n", html.EscapeString(m[2]), html.EscapeString(m[1]))
	case actionLine:
		m := buttonLine.FindStringSubmatch(lines[0])
		fmt.Fprintf(b, "<p style=\"margin:20px 0\"><a href=\"%s\" style=\"display:inline-block;background:%s;color:#ffffff;padding:10px 22px;border-radius:6px;text-decoration:none\">%s</a></p>\n",
			html.EscapeString(m[2]), l.ink(), html.EscapeString(m[1]))
	case paragraphLine:
		for i, s := range lines {
			lines[i] = inline(s)
		}
		fmt.Fprintf(b, "<p style=\"margin:0 0 12px\">%s</p>\n", strings.Join(lines, "<br>\n"))
	}
}

func (l look) ink() string {
	if l.color == "" {
		return "#1f2937"
	}
	return l.color
}

func writeList(b *strings.Builder, tag string, lines []string, text func(string) string) {
	fmt.Fprintf(b, "<%s style=\"margin:0 0 12px\">\n", tag)
	for _, s := range lines {
		fmt.Fprintf(b, "<li>%s</li>\n", inline(text(s)))
	}
	fmt.Fprintf(b, "</%s>\n", tag)
}

func writeTable(b *strings.Builder, lines []string) {
	b.WriteString("<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"border-collapse:collapse;margin:0 0 16px;font-size:14px\">\n")
	for i, s := range lines {
		tag, style := "td", cellStyle
		if i == 0 {
			tag, style = "th", cellStyle+";background:#f9fafb;text-align:start"
		}
		b.WriteString("<tr>")
		for _, c := range cells(s) {
			fmt.Fprintf(b, "<%s style=\"%s\">%s</%s>", tag, style, inline(c), tag)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}

func cells(row string) []string {
	parts := strings.Split(strings.Trim(row, "|"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// inline marks up the inside of a line.
func inline(s string) string {
	s = html.EscapeString(s)
	s = boldText.ReplaceAllString(s, "<strong>$1</strong>")
	return anyLink.ReplaceAllStringFunc(s, func(link string) string {
		text, target := link, link
		if m := linkText.FindStringSubmatch(link); m != nil {
			text, target = m[1], m[2]
		}
		return `<a href="` + target + `">` + text + `</a>`
	})
}

// plainText is the markup as the text/plain part of a multipart/alternative.
func plainText(markup string) string {
	var out []string
	for _, s := range strings.Split(strings.TrimSpace(markup), "\n") {
		switch kindOf(s) {
		case headingLine:
			s = s[2:]
		case rowLine:
			s = strings.Join(cells(s), "\t")
		case pictureLine:
			s = "[" + imageLine.FindStringSubmatch(s)[1] + "]"
		case actionLine:
			m := buttonLine.FindStringSubmatch(s)
			s = m[1] + ":\n" + m[2]
		}
		s = boldText.ReplaceAllString(s, "$1")
		out = append(out, linkText.ReplaceAllString(s, "$1 ($2)"))
	}
	return strings.Join(out, "\n") + "\n"
}

// mostlyPersian reports whether a text has more letters of the Arabic script
// than Latin ones.
func mostlyPersian(s string) bool {
	arabic, latin := 0, 0
	for _, r := range s {
		switch {
		case r >= 'ء' && r <= 'ۓ':
			arabic++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			latin++
		}
	}
	return arabic > latin
}
