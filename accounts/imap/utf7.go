package imap

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// modifiedBase64 is the alphabet of mailbox names (RFC 3501 section 5.1.3).
var modifiedBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// encodeName is the modified UTF-7 of a mailbox name.
func encodeName(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	var b strings.Builder
	var shifted []rune
	flush := func() {
		if len(shifted) == 0 {
			return
		}
		units := utf16.Encode(shifted)
		raw := make([]byte, 0, 2*len(units))
		for _, u := range units {
			raw = append(raw, byte(u>>8), byte(u))
		}
		b.WriteByte('&')
		b.WriteString(modifiedBase64.EncodeToString(raw))
		b.WriteByte('-')
		shifted = shifted[:0]
	}
	for _, r := range name {
		if r < 0x20 || r > 0x7e {
			shifted = append(shifted, r)
			continue
		}
		flush()
		b.WriteRune(r)
		if r == '&' {
			b.WriteByte('-')
		}
	}
	flush()
	return b.String()
}

// decodeName is the mailbox name that raw octets of a server stand for. What
// is not modified UTF-7 stands for itself: as UTF-8, else as Latin-1, so that
// every mailbox has a name.
func decodeName(raw string) string {
	if strings.EqualFold(raw, "INBOX") {
		return "INBOX"
	}
	if !utf8.ValidString(raw) {
		runes := make([]rune, len(raw))
		for i := range len(raw) {
			runes[i] = rune(raw[i])
		}
		raw = string(runes)
	}
	var b strings.Builder
	for rest := raw; rest != ""; {
		amp := strings.IndexByte(rest, '&')
		if amp < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:amp])
		text, length, ok := decodeShift(rest[amp:])
		if !ok {
			text, length = "&", 1
		}
		b.WriteString(text)
		rest = rest[amp+length:]
	}
	return b.String()
}

func isModifiedBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == ','
}

// decodeShift decodes the &…- at the start of s.
func decodeShift(s string) (text string, length int, ok bool) {
	end := 1
	for end < len(s) && isModifiedBase64(s[end]) {
		end++
	}
	if end == len(s) || s[end] != '-' {
		return "", 0, false
	}
	if end == 1 {
		return "&", 2, true
	}
	raw, err := modifiedBase64.DecodeString(s[1:end])
	if err != nil || len(raw)%2 != 0 {
		return "", 0, false
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	text = string(utf16.Decode(units))
	return text, end + 1, !strings.ContainsRune(text, utf8.RuneError)
}
