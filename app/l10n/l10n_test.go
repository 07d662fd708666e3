//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package l10n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func use(t *testing.T, code string) {
	t.Helper()
	if err := Use(code); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Use("en"); err != nil {
			t.Error(err)
		}
	})
}

func catalogues(t *testing.T) map[string]*catalogue {
	t.Helper()
	out := map[string]*catalogue{}
	for _, l := range Languages() {
		c, err := load(l.Code)
		if err != nil {
			t.Fatal(err)
		}
		out[l.Code] = c
	}
	return out
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func placeholders(s string) []string {
	names := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func TestLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	all := catalogues(t)
	en := all["en"]
	for code, c := range all {
		for key, m := range c.messages {
			e, ok := en.messages[key]
			if !ok {
				t.Errorf("%s: %q is not in English", code, key)
				continue
			}
			if got, want := placeholders(m.other), placeholders(e.other); !slices.Equal(got, want) {
				t.Errorf("%s: %q has placeholders %v, English %v", code, key, got, want)
			}
			if m.other == "" {
				t.Errorf("%s: %q is empty", code, key)
			}
			for _, p := range placeholders(m.one) {
				if !slices.Contains(placeholders(m.other), p) {
					t.Errorf("%s: %q has {%s} in the singular only", code, key, p)
				}
			}
			if m.one != "" && !slices.Contains(placeholders(m.other), "count") {
				t.Errorf("%s: %q has plural forms but no {count}", code, key)
			}
			if strings.Count(m.other, "{") != len(placeholder.FindAllString(m.other, -1)) {
				t.Errorf("%s: %q has a brace that is no placeholder", code, key)
			}
		}
		for key := range en.messages {
			if _, ok := c.messages[key]; !ok {
				t.Errorf("%s: %q is missing", code, key)
			}
		}
	}
}

// TestPersianIsWrittenWithPersianLetters catches what Arabic keyboards and careless spelling leave behind.
func TestPersianIsWrittenWithPersianLetters(t *testing.T) {
	wrong := map[string]string{
		"ي": "Arabic yeh", "ك": "Arabic kaf", "٤": "Arabic digit", "٥": "Arabic digit", "٦": "Arabic digit",
		" ها ": "ها apart from its noun", "می ": "می apart from its verb",
	}
	for key, m := range catalogues(t)["fa"].messages {
		for _, s := range []string{m.one, m.other} {
			for w, why := range wrong {
				at := strings.Index(s, w)
				if at < 0 || w == "می " && at > 0 && s[at-1] != ' ' {
					continue
				}
				t.Errorf("%q: %q: %s", key, s, why)
			}
		}
	}
}

// TestKeysAndTheirUses reads the sources of the surface: every key asked for is there, every key there is asked for.
func TestKeysAndTheirUses(t *testing.T) {
	used := map[string]bool{}
	keys := catalogues(t)["en"].messages
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					used[s] = true
				}
			}
			if call, ok := n.(*ast.CallExpr); ok {
				if key, name := asks(call); key != "" {
					m, there := keys[key]
					switch {
					case !there:
						t.Errorf("%s: %q is in no language", files.Position(call.Pos()), key)
					case name != "Pattern" && !call.Ellipsis.IsValid():
						checkArguments(t, files.Position(call.Pos()).String(), name, call, m)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys {
		if !used[key] {
			t.Errorf("%q is used nowhere", key)
		}
	}
}

// asks returns the key of a call of l10n.T, V or Pattern (without l10n within this package).
func asks(call *ast.CallExpr) (key, name string) {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "l10n" {
			name = f.Sel.Name
		}
	case *ast.Ident:
		name = f.Name
	}
	if name != "T" && name != "V" && name != "Pattern" || len(call.Args) == 0 {
		return "", ""
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", ""
	}
	key, err := strconv.Unquote(lit.Value)
	if err != nil {
		return "", ""
	}
	return key, name
}

func checkArguments(t *testing.T, where, name string, call *ast.CallExpr, m message) {
	var given []string
	for i := 1; i < len(call.Args); i += 2 {
		lit, ok := call.Args[i].(*ast.BasicLit)
		if !ok {
			return // a name that is computed cannot be checked
		}
		s, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			return
		}
		given = append(given, s)
	}
	slices.Sort(given)
	if want := placeholders(m.other); !slices.Equal(slices.Compact(given), want) {
		t.Errorf("%s: %s is given %v, the text has %v", where, name, given, want)
	}
}

func TestUse(t *testing.T) {
	use(t, "fa")
	if Language() != "fa" || !RTL() {
		t.Errorf("language %q", Language())
	}
	if err := Use("xx"); err == nil {
		t.Error("an unknown language was taken")
	}
	if Language() != "fa" {
		t.Error("a failed choice changed the language")
	}
	for locale, want := range map[string]string{"fa": "fa", "fa-IR": "fa", "fa_IR": "fa", "en-GB": "en", "de": "en", "": "en"} {
		if got := systemLanguage(locale); got != want {
			t.Errorf("locale %q gives %q", locale, got)
		}
	}
}

func TestExpand(t *testing.T) {
	en := &catalogue{code: "en", messages: map[string]message{
		"n": {one: "{count} message from {name}", other: "{count} messages from {name}"}, "odd": {other: "a {b} {"},
	}}
	fa := &catalogue{code: "fa", messages: map[string]message{"n": {one: "{count} نامه از {name}", other: "{count} نامهٔ تازه از {name}"}}}
	for _, c := range []struct {
		c    *catalogue
		key  string
		args []any
		want string
	}{
		{en, "n", []any{"count", 1, "name", "Reza"}, "1 message from Reza"},
		{en, "n", []any{"count", 10240, "name", "Reza"}, "10,240 messages from Reza"},
		{en, "n", []any{"count", 0, "name", "رضا"}, "0 messages from \u2068رضا\u2069"},
		{en, "n", []any{"count", int64(2), "name", "a\u2069b"}, "2 messages from \u2068ab\u2069"},
		{fa, "n", []any{"count", 0, "name", "رضا"}, "۰ نامه از رضا"},
		{fa, "n", []any{"count", uint64(12345), "name", "Reza"}, "۱۲٬۳۴۵ نامهٔ تازه از \u2068Reza\u2069"},
		{en, "odd", []any{"x", 1}, "a {b} {"},
		{en, "none", nil, "none"},
	} {
		current.Store(c.c)
		if got := T(c.key, c.args...); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.c.code, c.key, got, c.want)
		}
	}
	current.Store(fa)
	if got := V("n", "count", 3, "name", "Reza"); strings.ContainsAny(got, "\u2068\u2069") || !strings.Contains(got, "Reza") {
		t.Errorf("visual: %q", got)
	}
	use(t, "en")
}

func TestNumbersAndSizes(t *testing.T) {
	for _, c := range []struct {
		n      int64
		en, fa string
	}{
		{0, "0 B", "۰ بایت"},
		{1023, "1,023 B", "۱٬۰۲۳ بایت"},
		{1024, "1 KB", "۱ کیلوبایت"},
		{1536, "1.5 KB", "۱٫۵ کیلوبایت"},
		{240 << 10, "240 KB", "۲۴۰ کیلوبایت"},
		{148 << 20, "148 MB", "۱۴۸ مگابایت"},
		{5 << 29, "2.5 GB", "۲٫۵ گیگابایت"},
	} {
		use(t, "en")
		if got := FileSize(c.n); got != c.en {
			t.Errorf("%d: %q, want %q", c.n, got, c.en)
		}
		use(t, "fa")
		if got := FileSize(c.n); got != c.fa {
			t.Errorf("%d: %q, want %q", c.n, got, c.fa)
		}
	}
	if got := Number(-1234567); got != "-۱٬۲۳۴٬۵۶۷" {
		t.Errorf("number %q", got)
	}
	if got := Digits("ساعت 14:02"); got != "ساعت ۱۴:۰۲" {
		t.Errorf("digits %q", got)
	}
}
