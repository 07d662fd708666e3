package message

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"path"
	"strings"
)

// writeBase64 streams r in lines of 76 letters (RFC 2045 section 6.8).
func writeBase64(out *bufio.Writer, r io.Reader) error {
	const perLine = 57

	var (
		src [perLine * 64]byte
		dst [76 + 2]byte
	)

	for {
		n, err := io.ReadFull(r, src[:])

		for rest := src[:n]; len(rest) > 0; {
			k := min(perLine, len(rest))
			size := base64.StdEncoding.EncodedLen(k)
			base64.StdEncoding.Encode(dst[:], rest[:k])
			copy(dst[size:], "\r\n")

			if _, werr := out.Write(dst[:size+2]); werr != nil {
				return werr
			}

			rest = rest[k:]
		}

		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		default:
			return err
		}
	}
}

// writeLines copies what isPlain found fit, with CRLF line ends.
func writeLines(out *bufio.Writer, r io.Reader) error {
	lines := bufio.NewReaderSize(r, maxLine+len("\r\n"))

	for {
		line, err := lines.ReadSlice('\n')

		text, ended := bytes.CutSuffix(line, []byte("\n"))
		out.Write(bytes.TrimSuffix(text, []byte("\r")))

		if ended {
			out.WriteString("\r\n")
		}

		if errors.Is(err, io.EOF) {
			return nil
		}

		if err != nil {
			return err
		}
	}
}

const hexDigits = "0123456789ABCDEF"

// writeQuotedPrintable writes text with CRLF line ends (RFC 2045 section 6.7).
// A dot alone and "From " at the start of a line are escaped too: old transports
// change them.
func writeQuotedPrintable(out *bufio.Writer, text string) {
	const longest = 75 // and the soft break

	for line := range strings.SplitAfterSeq(text, "\r\n") {
		body, crlf := strings.CutSuffix(line, "\r\n")
		column := 0

		for i := range len(body) {
			c := body[i]
			last := i == len(body)-1
			escape := c < 0x20 && c != '\t' || c > 0x7e || c == '=' || last && (c == ' ' || c == '\t') ||
				i == 0 && (c == '.' || strings.HasPrefix(body, "From "))

			width := 1
			if escape {
				width = 3
			}

			if column+width > longest {
				out.WriteString("=\r\n")

				column = 0
			}

			if escape {
				out.WriteByte('=')
				out.WriteByte(hexDigits[c>>4])
				out.WriteByte(hexDigits[c&15])
			} else {
				out.WriteByte(c)
			}

			column += width
		}

		if crlf {
			out.WriteString("\r\n")
		}
	}
}

// attachmentType is the media type of a file: as given when it is well-formed
// and can stand in a single part, else by its name.
func attachmentType(a *Attachment) string {
	kind := strings.ToLower(strings.TrimSpace(a.MediaType))
	kind, _, _ = strings.Cut(kind, ";")

	major, minor, ok := strings.Cut(strings.TrimSpace(kind), "/")
	if ok && isToken(major) && isToken(minor) && major != "multipart" && len(kind) < 128 {
		return major + "/" + minor
	}

	if kind == "" {
		ext := strings.ToLower(path.Ext(a.Name))
		if ext == ".eml" {
			return "message/rfc822"
		}

		byName, _, _ := strings.Cut(mime.TypeByExtension(ext), ";")
		if byName != "" {
			return byName
		}
	}

	return "application/octet-stream"
}

// isToken is the token of RFC 2045 section 5.1.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return false
		}
	}

	return s != ""
}

// flow turns text into the lines of format=flowed (RFC 3676 section 4.2):
// long lines get soft breaks at spaces, lines that could be misread are
// space-stuffed.
func flow(text string) string {
	var out strings.Builder

	out.Grow(len(text) + len(text)/32)

	for line := range strings.SplitAfterSeq(text, "\n") {
		if line == "" {
			break
		}

		line, ended := strings.CutSuffix(line, "\n")
		flowLine(&out, line)

		if ended {
			out.WriteByte('\n')
		}
	}

	return out.String()
}

func flowLine(out *strings.Builder, line string) {
	depth := 0
	for depth < len(line) && line[depth] == '>' {
		depth++
	}

	quote, rest := line[:depth], line[depth:]
	if depth > 0 {
		rest = strings.TrimPrefix(rest, " ")
	}

	if rest != "-- " {
		rest = strings.TrimRight(rest, " ")
	}

	for first := true; first || rest != ""; first = false {
		if !first {
			out.WriteByte('\n')
		}

		cut := softBreakAt(rest)
		part := rest[:cut]
		rest = rest[cut:]

		out.WriteString(quote)

		if part != "" && (depth > 0 || part[0] == ' ' || part[0] == '>' || strings.HasPrefix(part, "From ")) {
			out.WriteByte(' ')
		}

		out.WriteString(part)
	}
}

// softBreakAt is where to break a line: after the last space that keeps it
// short, or after the first one if none does. No break may make "-- ", which
// would be a signature.
func softBreakAt(s string) int {
	const width = 76

	runes, cut := 0, 0

	for i, r := range s {
		if runes >= width && cut > 0 {
			return cut
		}

		runes++

		if r == ' ' && i+1 < len(s) && s[i+1] != ' ' && s[:i+1] != "-- " {
			cut = i + 1
		}
	}

	if runes <= width || cut == 0 {
		return len(s)
	}

	return cut
}
