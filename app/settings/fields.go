package settings

import (
	"net/mail"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"peyk/accounts"
	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
)

// input is a text field that checks what is in it.
type input struct {
	field *widgets.Field
	row   *controls.FormRow
	// check gives what is wrong, empty for nothing.
	check func(text string) string
}

// valid shows what is wrong beside the field.
func (in *input) valid() bool {
	wrong := ""
	if in.check != nil {
		wrong = in.check(in.text())
	}
	in.row.Wrong(wrong)
	return wrong == ""
}

func (in *input) text() string { return strings.TrimSpace(in.field.Text()) }

// number is the field's whole number, in whichever digits it was typed; 0 when it is none.
func (in *input) number() int {
	n, err := parseNumber(in.text())
	if err != nil {
		return 0
	}
	return n
}

func parseNumber(s string) (int, error) {
	return strconv.Atoi(strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		}
		return r
	}, s))
}

// textRow adds a field of words.
func textRow(f *controls.Form, name, value string, check func(string) string) *input {
	in := &input{field: widgets.NewField(), check: check}
	in.field.SetText(value)
	in.row = f.Row(name, in.field)
	in.field.OnFocus = func(focused bool) {
		if !focused {
			in.valid()
		}
	}
	return in
}

// machineRow adds a field for hosts, addresses and the like, which read from left to right in every language.
func machineRow(f *controls.Form, name, value string, check func(string) string) *input {
	in := textRow(f, name, value, check)
	in.field.SetDirection(bidi.LTR)
	return in
}

// numberRow adds a field for a number between least and most.
func numberRow(f *controls.Form, name string, value, least, most int, unit string) *input {
	in := &input{field: widgets.NewField(), check: func(text string) string {
		if n, err := parseNumber(text); err != nil || n < least || n > most {
			return l10n.T("wrong.number", "least", least, "most", most)
		}
		return ""
	}}
	in.field.SetText(l10n.Digits(strconv.Itoa(value)))
	object := controls.Fixed(96, in.field)
	if unit != "" {
		object = widgets.HBox(controls.Fixed(96, in.field), controls.Middle(widgets.NewLabel(unit, widgets.TextStyle{Tone: widgets.Secondary})))
	}
	in.row = f.Row(name, object)
	in.field.OnFocus = func(focused bool) {
		if !focused {
			in.valid()
		}
	}
	return in
}

func checkNotEmpty(text string) string {
	if text == "" {
		return l10n.T("wrong.empty")
	}
	return ""
}

func checkHost(text string) string {
	if text == "" || strings.ContainsAny(text, " \t/@") {
		return l10n.T("wrong.host")
	}
	return ""
}

func checkAddress(text string) string {
	if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
		return l10n.T("wrong.address")
	}
	return ""
}

func checkPin(text string) string {
	if text == "" {
		return ""
	}
	if len(text) != 64 || strings.Trim(strings.ToLower(text), "0123456789abcdef") != "" {
		return l10n.T("wrong.pin")
	}
	return ""
}

// optional lets a field be empty.
func optional(check func(string) string) func(string) string {
	return func(text string) string {
		if text == "" {
			return ""
		}
		return check(text)
	}
}

var securities = []accounts.Security{accounts.TLS, accounts.STARTTLS, accounts.Plain}

func securityChoice(s accounts.Security, changed func(accounts.Security)) *controls.Choice {
	at := 0
	for i, one := range securities {
		if one == s {
			at = i
		}
	}
	return controls.NewChoice([]string{l10n.T("security.tls"), l10n.T("security.starttls"), l10n.T("security.none")}, at,
		func(i int) { changed(securities[i]) })
}

// mechanisms are the ways of signing in that can be asked for; the first takes the best that the server offers.
var mechanisms = []string{"", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-1", "XOAUTH2", "NONE"}

func authChoice(value string, changed func(string)) *controls.Choice {
	names, at := []string{}, 0
	options := mechanisms
	known := false
	for _, m := range options {
		known = known || m == value
	}
	if !known {
		options = append(options[:len(options):len(options)], value)
	}
	for i, m := range options {
		switch m {
		case "":
			names = append(names, l10n.T("auth.best"))
		case "NONE":
			names = append(names, l10n.T("auth.none"))
		default:
			names = append(names, m)
		}
		if m == value {
			at = i
		}
	}
	return controls.NewChoice(names, at, func(i int) { changed(options[i]) })
}

// portRow adds a field for a port with the usual ones to choose from.
func portRow(f *controls.Form, value int, usual []int) *input {
	in := &input{field: widgets.NewField(), check: func(text string) string {
		if n, err := parseNumber(text); err != nil || n < 1 || n > 65535 {
			return l10n.T("wrong.port")
		}
		return ""
	}}
	in.field.SetDirection(bidi.LTR)
	in.field.SetText(strconv.Itoa(value))
	objects := []fyne.CanvasObject{controls.Fixed(96, in.field)}
	for _, p := range usual {
		objects = append(objects, controls.NewButton(controls.Quiet, controls.GlyphNone, strconv.Itoa(p), func() {
			in.field.SetText(strconv.Itoa(p))
			in.valid()
		}))
	}
	in.row = f.Row(l10n.T("server.port"), widgets.HBox(objects...))
	in.field.OnFocus = func(focused bool) {
		if !focused {
			in.valid()
		}
	}
	return in
}
