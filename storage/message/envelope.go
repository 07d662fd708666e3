package message

import (
	"net/mail"
	"strings"
)

// Recipients are the envelope addresses of a message that is ready to be sent:
// from is that of Sender or else the first of From, to those of To, Cc and Bcc,
// each once without regard to case.
func Recipients(raw []byte) (from string, to []string) {
	fields, _ := splitHeader(withLineFeeds(raw), true)

	for _, name := range []string{"Sender", "From"} {
		for _, a := range parseAddresses(fields.value(name), "") {
			if from == "" && a.Address != "" {
				from = a.Address
			}
		}
	}

	seen := map[string]bool{}

	for i := range fields {
		switch strings.ToLower(fields[i].Name) {
		case "to", "cc", "bcc":
			to = appendNew(to, seen, ParseAddresses(fields[i].Value()))
		}
	}

	return from, to
}

func appendNew(to []string, seen map[string]bool, list []mail.Address) []string {
	for _, a := range list {
		if key := strings.ToLower(a.Address); key != "" && !seen[key] {
			seen[key] = true

			to = append(to, a.Address)
		}
	}

	return to
}

// StripBcc removes the Bcc fields from a message's header; every other byte
// stays. Without such a field raw itself is returned.
func StripBcc(raw []byte) []byte {
	fields, _ := splitHeader(withLineFeeds(raw), true)

	var out []byte

	pos, found := 0, false

	for i := range fields {
		f := &fields[i]
		if !strings.EqualFold(f.Name, "Bcc") && !strings.EqualFold(f.Name, "Resent-Bcc") {
			continue
		}

		if !found {
			out, found = make([]byte, 0, len(raw)), true
		}

		out = append(out, raw[pos:f.offset]...)
		pos = f.offset + len(f.Raw)
	}

	if !found {
		return raw
	}

	return append(out, raw[pos:]...)
}
