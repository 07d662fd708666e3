package accounts_test

import (
	"strings"
	"testing"
	"time"

	"peyk/accounts"
)

func valid() accounts.Account {
	a := accounts.Default(accounts.IMAP)
	a.ID, a.Name = 7, "Work"
	a.Identities = []accounts.Identity{{Name: "رضا", Email: "reza@example.org"}, {Email: "office@example.org"}}
	a.Incoming = accounts.Server{Host: "imap.example.org", Port: 993, Security: accounts.TLS, User: "reza"}
	a.Outgoing = accounts.Server{Host: "smtp.example.org", Port: 587, Security: accounts.STARTTLS, User: "reza"}
	return a
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*accounts.Account)
		// wrong is in the error; empty expects none.
		wrong string
	}{
		{"as it is", func(*accounts.Account) {}, ""},
		{"POP3", func(a *accounts.Account) { a.Protocol = accounts.POP3 }, ""},
		{"without sending", func(a *accounts.Account) { a.Outgoing = accounts.Server{} }, ""},
		{"IPv6", func(a *accounts.Account) { a.Incoming.Host = "::1" }, ""},
		{"no encryption, chosen", func(a *accounts.Account) { a.Incoming.Security = accounts.Plain }, ""},
		{"pinned", func(a *accounts.Account) { a.Incoming.PinnedSHA256 = strings.Repeat("aB", 32) }, ""},
		{"no name", func(a *accounts.Account) { a.Name = " \t" }, "name"},
		{"no protocol", func(a *accounts.Account) { a.Protocol = "" }, "protocol"},
		{"another protocol", func(a *accounts.Account) { a.Protocol = "jmap" }, "jmap"},
		{"no identity", func(a *accounts.Account) { a.Identities = nil }, "mail address"},
		{"bad second identity", func(a *accounts.Account) { a.Identities[1].Email = "office" }, "office"},
		{"no host", func(a *accounts.Account) { a.Incoming.Host = "" }, "incoming"},
		{"a URL as host", func(a *accounts.Account) { a.Incoming.Host = "https://example.org" }, "https"},
		{"an address as host", func(a *accounts.Account) { a.Outgoing.Host = "reza@example.org" }, "outgoing"},
		{"a line break in the host", func(a *accounts.Account) { a.Outgoing.Host = "a\nb" }, "outgoing"},
		{"port 0", func(a *accounts.Account) { a.Incoming.Port = 0 }, "port 0"},
		{"port too high", func(a *accounts.Account) { a.Outgoing.Port = 65536 }, "65536"},
		{"no security", func(a *accounts.Account) { a.Incoming.Security = "" }, "encryption"},
		{"another security", func(a *accounts.Account) { a.Outgoing.Security = "ssl" }, "ssl"},
		{"short pin", func(a *accounts.Account) { a.Incoming.PinnedSHA256 = "ab" }, "SHA-256"},
		{"pin that is no number", func(a *accounts.Account) { a.Incoming.PinnedSHA256 = strings.Repeat("xy", 32) }, "SHA-256"},
		{"negative days", func(a *accounts.Account) { a.POP3.RemoveAfterDays = -1 }, "days"},
		{"too many days", func(a *accounts.Account) { a.POP3.RemoveAfterDays = 3651 }, "days"},
		{"negative size", func(a *accounts.Account) { a.POP3.HeadersOnlyOverKB = -1 }, "limit"},
		{"negative number", func(a *accounts.Account) { a.POP3.MaxPerSession = -1 }, "limit"},
		{"negative interval", func(a *accounts.Account) { a.CheckEvery = -1 }, "time"},
		{"negative undo", func(a *accounts.Account) { a.UndoSeconds = -1 }, "time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := valid()
			c.change(&a)
			err := a.Validate()
			switch {
			case c.wrong == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.wrong != "" && err == nil:
				t.Error("accepted")
			case c.wrong != "" && !strings.Contains(err.Error(), c.wrong):
				t.Errorf("%q is not in %q", c.wrong, err)
			}
		})
	}
}

func TestSecretKeysDiffer(t *testing.T) {
	a, b := valid(), valid()
	b.ID = 8
	seen := map[string]bool{}
	for _, key := range []string{a.SecretKey(false), a.SecretKey(true), b.SecretKey(false), b.SecretKey(true)} {
		if seen[key] {
			t.Errorf("%s names two secrets", key)
		}
		seen[key] = true
	}
}

func TestAccountHelpers(t *testing.T) {
	a := valid()
	if got := a.Identity().Address(); got.Name != "رضا" || got.Address != "reza@example.org" {
		t.Errorf("identity %v", got)
	}
	if (&accounts.Account{}).Identity() != (accounts.Identity{}) {
		t.Error("an account without identities has one")
	}
	if a.CheckInterval() != 5*time.Minute {
		t.Errorf("checks every %v", a.CheckInterval())
	}
	if got := (accounts.Server{Host: "::1", Port: 25}).Address(); got != "[::1]:25" {
		t.Errorf("address %s", got)
	}
}

func TestDefaultLeavesMailOnTheServer(t *testing.T) {
	for _, p := range []accounts.Protocol{accounts.IMAP, accounts.POP3} {
		if d := accounts.Default(p); !d.POP3.LeaveOnServer || d.Protocol != p || d.Disabled {
			t.Errorf("%s starts with %+v", p, d)
		}
	}
}
