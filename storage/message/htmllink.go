package message

import "strings"

func (r *renderer) openLink(url string) {
	if r.plain {
		return
	}

	if len(r.links) > 0 {
		r.closeLink() // links do not nest
	}

	if len(r.links) < maxLinks {
		r.links = append(r.links, link{url: url, start: r.out.Len()})
	}
}

func (r *renderer) closeLink() {
	n := len(r.links)
	if n == 0 {
		return
	}

	l := r.links[n-1]
	r.links = r.links[:n-1]

	url, ok := shownURL(l.url)
	if !ok || sameTarget(strings.TrimSpace(r.out.String()[l.start:]), url) {
		return
	}

	due := r.newline
	if r.out.Len() > l.start {
		r.newline, r.space = 0, 1 // the address stays with its text
	}

	r.write("<" + url + ">")
	r.newline = max(r.newline, due)
	r.space = 0
}

// shownURL is what is shown of a link's target; fragments and scripts are not.
func shownURL(url string) (string, bool) {
	url = strings.Join(strings.Fields(url), "")
	lower := strings.ToLower(url[:min(len(url), 10)])

	switch {
	case strings.HasPrefix(lower, "mailto:"):
		return url[len("mailto:"):], len(url) > len("mailto:")
	case strings.HasPrefix(lower, "tel:"):
		return url[len("tel:"):], len(url) > len("tel:")
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"), strings.HasPrefix(lower, "ftp://"):
		return url, true
	}

	return "", false
}

// sameTarget reports whether the text of a link says its target already.
func sameTarget(text, url string) bool {
	const longest = 4096

	if len(text) > longest || len(url) > longest {
		return false
	}

	return bareURL(text) == bareURL(url)
}

func bareURL(s string) string {
	s = strings.ToLower(s)
	for _, scheme := range []string{"https://", "http://", "ftp://", "mailto:", "www."} {
		s = strings.TrimPrefix(s, scheme)
	}

	return strings.TrimRight(s, "/")
}
