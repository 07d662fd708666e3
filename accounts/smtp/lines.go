package smtp

import "bytes"

// canonicalLines is raw with every line ended by CRLF. It is raw itself where
// that is so already.
//
// A bare CR counts as an end too: RFC 5321 section 2.3.8 forbids sending one,
// and a server that takes it for an end would read ".\r" as the end of the
// message and the rest as commands.
func canonicalLines(raw []byte) []byte {
	extra := bareEnds(raw)
	unfinished := len(raw) > 0 && raw[len(raw)-1] != '\n' && raw[len(raw)-1] != '\r'
	if extra == 0 && !unfinished {
		return raw
	}
	out := make([]byte, 0, len(raw)+extra+2)
	for len(raw) > 0 {
		end := bytes.IndexAny(raw, "\r\n")
		if end < 0 {
			out = append(out, raw...)
			break
		}
		out = append(append(out, raw[:end]...), '\r', '\n')
		if raw[end] == '\r' && end+1 < len(raw) && raw[end+1] == '\n' {
			end++
		}
		raw = raw[end+1:]
	}
	if unfinished {
		out = append(out, '\r', '\n')
	}
	return out
}

// bareEnds counts the CR without LF and the LF without CR.
func bareEnds(raw []byte) int {
	pairs := bytes.Count(raw, []byte("\r\n"))
	return bytes.Count(raw, []byte("\r")) + bytes.Count(raw, []byte("\n")) - 2*pairs
}
