package widgets

import (
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
)

// qwerty lists the letter keys row by row, persian what the standard Persian layout (ISIRI 9147) types with them.
var (
	qwerty  = []rune("qwertyuiopasdfghjklzxcvbnm")
	persian = []rune("ضصثقفغعهخحشسیبلاتنمظطزرذدپ")
)

// ShortcutRune returns the letter a-z of the key that typed r: shortcuts that are plain letters work under a Persian
// layout too. Other characters come back as they are, an Arabic yeh counting as a Persian one.
func ShortcutRune(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r - 'A' + 'a'
	}
	switch r {
	case 'ي':
		r = 'ی'
	case '؟':
		return '?'
	}
	for i, p := range persian {
		if p == r {
			return qwerty[i]
		}
	}
	return r
}

// ShortcutLetter returns the letter a-z that stands on a key, 0 for other keys. Under a Persian layout the toolkit gives
// letter keys no name, and the place of the key must tell; its numbers are those of X11 and Windows. Where a typed
// character is at hand, ShortcutRune is surer.
func ShortcutLetter(k *fyne.KeyEvent) rune {
	if n := string(k.Name); len(n) == 1 && n[0] >= 'A' && n[0] <= 'Z' {
		return rune(strings.ToLower(n)[0])
	}
	if k.Name != "" && k.Name != fyne.KeyUnknown {
		return 0
	}
	code := k.Physical.ScanCode
	if runtime.GOOS != "windows" {
		code -= 8 // X11's keycodes are the kernel's, which are the PC's, plus 8
	}
	for _, row := range []struct{ first, at, n int }{{16, 0, 10}, {30, 10, 9}, {44, 19, 7}} {
		if code >= row.first && code < row.first+row.n {
			return qwerty[row.at+code-row.first]
		}
	}
	return 0
}
