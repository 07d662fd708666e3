package settings

import (
	"strings"
	"testing"

	"peyk/accounts"
	"peyk/app/l10n"
)

func TestPopSentence(t *testing.T) {
	tests := []struct {
		name  string
		p     accounts.POP3Policy
		has   []string
		hasNo []string
	}{
		{"removed", accounts.POP3Policy{RemoveWhenDeleted: true}, []string{"removed from the server once it is safely"}, []string{"Trash"}},
		{"stays", accounts.POP3Policy{LeaveOnServer: true}, []string{"stay on the server until", "changes nothing on the server"}, nil},
		{"a month", accounts.POP3Policy{LeaveOnServer: true, RemoveAfterDays: 30}, []string{"30 days"}, nil},
		{"a day", accounts.POP3Policy{LeaveOnServer: true, RemoveAfterDays: 1}, []string{"one day"}, nil},
		{"deleted", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenDeleted: true}, []string{"Deleting a message from Trash"}, []string{"out of the inbox"}},
		{"moved", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenMoved: true}, []string{"out of the inbox"}, []string{"Trash"}},
		{"both", accounts.POP3Policy{LeaveOnServer: true, RemoveWhenMoved: true, RemoveWhenDeleted: true}, []string{"Trash", "out of the inbox"}, nil},
		{"headers", accounts.POP3Policy{LeaveOnServer: true, HeadersOnlyOverKB: 512}, []string{"512"}, nil},
	}
	if err := l10n.Use("en"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := popSentence(tt.p)
			for _, s := range tt.has {
				if !strings.Contains(got, s) {
					t.Errorf("%q lacks %q", got, s)
				}
			}
			for _, s := range tt.hasNo {
				if strings.Contains(got, s) {
					t.Errorf("%q has %q", got, s)
				}
			}
		})
	}
}

func TestChecks(t *testing.T) {
	for text, want := range map[string]bool{"a@b.example": true, "a@": false, "Sara <a@b.example>": false, "": false} {
		if got := checkAddress(text) == ""; got != want {
			t.Errorf("address %q: %v", text, got)
		}
	}
	for text, want := range map[string]bool{"mail.example.org": true, "localhost": true, "a b": false, "http://x": false, "a@b": false, "": false} {
		if got := checkHost(text) == ""; got != want {
			t.Errorf("host %q: %v", text, got)
		}
	}
	pin := strings.Repeat("aF", 32)
	for text, want := range map[string]bool{"": true, pin: true, pin[1:]: false, "g" + pin[1:]: false} {
		if got := checkPin(text) == ""; got != want {
			t.Errorf("pin %q: %v", text, got)
		}
	}
	for text, want := range map[string]int{"587": 587, "۵۸۷": 587, "٥": 5} {
		if got, err := parseNumber(text); err != nil || got != want {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}
