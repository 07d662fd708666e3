package imap

import "strings"

// countAttachments is the number of parts of a BODYSTRUCTURE (RFC 9051
// section 7.5.2) that are offered as files. It reads what it can of a
// structure that is not as it should be.
func countAttachments(n node) int { return attachmentsIn(n, false) }

func attachmentsIn(n node, related bool) int {
	if n.kind != kindList || len(n.list) == 0 {
		return 0
	}
	if n.list[0].kind != kindList {
		if isAttachment(n, related) {
			return 1
		}
		return 0
	}
	parts := 0
	for parts < len(n.list) && n.list[parts].kind == kindList {
		parts++
	}
	inRelated := parts < len(n.list) && strings.EqualFold(n.list[parts].str(), "related")
	total := 0
	for _, part := range n.list[:parts] {
		total += attachmentsIn(part, inRelated)
	}
	return total
}

// isAttachment judges a single part: (type subtype params id description
// encoding octets …), where the disposition comes after the fields of its type.
func isAttachment(n node, related bool) bool {
	field := func(i int) node {
		if i < len(n.list) {
			return n.list[i]
		}
		return node{}
	}
	media := strings.ToLower(field(0).str())
	full := media + "/" + strings.ToLower(field(1).str())
	at := 8
	switch {
	case media == "text":
		at = 9
	case full == "message/rfc822", full == "message/global":
		at = 11
	}
	disposition := field(at)
	kind, named := "", hasParameter(field(2), "name")
	if disposition.kind == kindList && len(disposition.list) > 0 {
		kind = strings.ToLower(disposition.list[0].str())
		if len(disposition.list) > 1 {
			named = named || hasParameter(disposition.list[1], "filename")
		}
	}
	switch {
	case kind == "attachment":
		return true
	case full == "application/pgp-signature", full == "application/pkcs7-signature", full == "application/x-pkcs7-signature":
		return false
	case related && field(3).str() != "":
		// A part with a Content-ID inside multipart/related is a picture of the
		// text, not a file.
		return false
	case kind == "inline" && media == "text" && !named:
		return false
	}
	return named || full == "message/rfc822"
}

// hasParameter looks for a parameter in a list of names and values, in its
// RFC 2231 forms (name*, name*0, …) too.
func hasParameter(params node, name string) bool {
	for i := 0; i+1 < len(params.list); i += 2 {
		key, _, _ := strings.Cut(strings.ToLower(params.list[i].str()), "*")
		if key == name && params.list[i+1].str() != "" {
			return true
		}
	}
	return false
}
