// Package l10n gives the words, numbers and dates of the surface in the language chosen.
//
// The texts are flat JSON files in assets/lang, one for each language. What T returns is in logical order, for Peyk's
// own widgets; V is for the stock ones. The language is one for the whole program and may be read from any goroutine.
package l10n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2/lang"

	"peyk/app/bidi"
	"peyk/assets"
)

// LanguageName is a language that can be chosen, with its name in itself.
type LanguageName struct{ Code, Name string }

// Languages returns the languages there are.
func Languages() []LanguageName {
	return []LanguageName{{"en", "English"}, {"fa", "فارسی"}}
}

// message is a text in one or more plural forms; one is empty when the text does not depend on a number.
type message struct{ one, other string }

func (m *message) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &m.other); err == nil {
		return nil
	}
	var forms struct{ One, Other string }
	if err := json.Unmarshal(data, &forms); err != nil {
		return fmt.Errorf("neither a text nor plural forms: %s", data)
	}
	m.one, m.other = forms.One, forms.Other
	return nil
}

type catalogue struct {
	code     string
	messages map[string]message
}

var (
	current atomic.Pointer[catalogue]
	english = sync.OnceValues(func() (*catalogue, error) { return load("en") })
)

func load(code string) (*catalogue, error) {
	data, err := fs.ReadFile(assets.Lang, "lang/"+code+".json")
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", code, err)
	}
	c := &catalogue{code: code}
	if err := json.Unmarshal(data, &c.messages); err != nil {
		return nil, fmt.Errorf("language %q: %w", code, err)
	}
	return c, nil
}

// Use chooses a language by its code; "" follows the system, and is English where the system speaks another. What is
// already on the screen does not change by itself.
func Use(code string) error {
	if code == "" {
		code = systemLanguage(lang.SystemLocale().LanguageString())
	}
	c, err := load(code)
	if err != nil {
		return err
	}
	current.Store(c)
	return nil
}

func systemLanguage(locale string) string {
	code, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	for _, l := range Languages() {
		if strings.EqualFold(l.Code, code) {
			return l.Code
		}
	}
	return "en"
}

// catalogueNow is English until Use was called.
func catalogueNow() *catalogue {
	if c := current.Load(); c != nil {
		return c
	}
	c, err := english()
	if err != nil {
		return &catalogue{code: "en"} // keys show instead of texts; a test keeps the file readable
	}
	return c
}

// Language returns the code of the language in use.
func Language() string { return catalogueNow().code }

// RTL tells whether the surface runs from right to left.
func RTL() bool { return Direction() == bidi.RTL }

// Direction returns the direction of the surface.
func Direction() bidi.Direction {
	if Language() == "fa" {
		return bidi.RTL
	}
	return bidi.LTR
}

// T returns the text of a key. The arguments are pairs of a placeholder's name and its value; the one named "count"
// also chooses the plural form. Whole numbers are written in the digits of the language, strings are isolated where
// they could disturb the order of the sentence. A key that is missing comes back itself.
func T(key string, args ...any) string {
	c := catalogueNow()
	m, ok := c.messages[key]
	if !ok {
		return key
	}
	text := m.other
	if m.one != "" && c.singular(args) {
		text = m.one
	}
	if len(args) == 0 {
		return text
	}
	return c.expand(text, args)
}

// Pattern returns the text of a key with its placeholders in it, for what is filled in elsewhere.
func Pattern(key string) string { return T(key) }

// V is T in visual order, for the one-line texts of stock widgets.
func V(key string, args ...any) string { return bidi.Visual(T(key, args...), Direction()) }

// singular applies the plural rule of the language (CLDR): in Persian zero is singular too.
func (c *catalogue) singular(args []any) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "count" {
			n, ok := wholeNumber(args[i+1])
			return ok && (n == 1 || n == 0 && c.code == "fa")
		}
	}
	return false
}

func wholeNumber(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint32:
		return int64(n), true
	case uint64:
		return int64(n), true
	}
	return 0, false
}

func (c *catalogue) expand(text string, args []any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return b.String() + "{" + rest
		}
		b.WriteString(c.value(name, args))
		text = after
	}
}

func (c *catalogue) value(name string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		if n, ok := wholeNumber(args[i+1]); ok {
			return c.number(n)
		}
		s := fmt.Sprint(args[i+1])
		if c.disturbs(s) {
			return bidi.Isolate(s)
		}
		return s
	}
	return "{" + name + "}"
}

// disturbs tells whether s holds anything that is not plainly of the language's own direction.
func (c *catalogue) disturbs(s string) bool {
	dir := bidi.LTR
	if c.code == "fa" {
		dir = bidi.RTL
	}
	levels, _ := bidi.Levels([]rune(s), dir)
	for i, r := range []rune(s) {
		if levels[i]&1 != 0 != (dir == bidi.RTL) && !inPersianNumber(r) {
			return true
		}
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return true
		}
	}
	return false
}

// inPersianNumber tells what numbers and clocks are written with, which keep their order in any Persian sentence.
func inPersianNumber(r rune) bool {
	return r >= '۰' && r <= '۹' || r == ':' || r == '٫' || r == '٬'
}
