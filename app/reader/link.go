package reader

import (
	"net/url"
	"strings"
)

// misleads tells whether the text of a link names another host than the link goes to, and which one.
func misleads(text, link string) (shown, real string, yes bool) {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return "", "", false
	}
	shown = hostIn(text)
	real = strings.ToLower(u.Hostname())
	if shown == "" || sameSite(shown, real) {
		return "", "", false
	}
	return shown, real, true
}

// hostIn is the host that a text names, if it looks like an address of the web.
func hostIn(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if strings.ContainsAny(text, " \n\t@") {
		return ""
	}
	bare := !strings.Contains(text, "://")
	if bare {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	dot := strings.LastIndexByte(host, '.')
	if dot < 1 || len(host)-dot-1 < 2 {
		return ""
	}
	if bare && !strings.HasPrefix(host, "www.") && strings.Trim(host[dot+1:], "abcdefghijklmnopqrstuvwxyz") != "" {
		return "" // "version 1.20" is no host
	}
	return host
}

// sameSite takes www.example.org and mail.example.org for the same as example.org.
func sameSite(a, b string) bool {
	a, b = strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www.")
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}
