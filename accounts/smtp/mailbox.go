package smtp

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

var errNoSMTPUTF8 = errors.New("the server takes no addresses beyond ASCII: it does not offer SMTPUTF8")

// path is an address as MAIL and RCPT take it (RFC 5321 section 4.1.2), and
// whether it needs SMTPUTF8 (RFC 6531), which is an error where the server does
// not offer that. A domain beyond ASCII is written in its ASCII form, which
// every server understands.
func path(address string, offered bool) (p string, wide bool, err error) {
	parsed, err := mail.ParseAddress("<" + address + ">")
	at := strings.LastIndexByte(address, '@')
	if err != nil || at < 1 || parsed.Name != "" || strings.ContainsFunc(address, unprintable) ||
		!quoted(address[:at]) && strings.ContainsAny(address[:at], specials) || strings.ContainsAny(address[at+1:], specials) {
		return "", false, fmt.Errorf("%q is not a mail address", address)
	}
	local, domain := address[:at], address[at+1:]
	if !ascii(domain) {
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", false, fmt.Errorf("%q is not a mail address: %w", address, err)
		}
	}
	if wide = !ascii(local); wide && !offered {
		return "", false, errNoSMTPUTF8
	}
	return "<" + local + "@" + domain + ">", wide, nil
}

// specials end or comment an address outside of quotes (RFC 5322 section
// 3.2.3), apart from the brackets and colons of an address literal.
const specials = " ()<>,;@\"\\"

func quoted(local string) bool {
	return len(local) >= 2 && local[0] == '"' && local[len(local)-1] == '"'
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// wideHeader reports whether the header fields are in UTF-8 (RFC 6532), for
// which SMTPUTF8 is declared. Other bytes beyond ASCII, which old messages have
// there, are not what that extension is for.
func wideHeader(message []byte) bool {
	h, _, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	return !ascii(h) && utf8.Valid(h)
}
