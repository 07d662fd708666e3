package l10n

import (
	"strconv"
	"strings"
)

// Number writes n with the digits and the thousands separator of the language.
func Number(n int) string { return catalogueNow().number(int64(n)) }

func (c *catalogue) number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	separator := ","
	if c.code == "fa" {
		separator = "٬"
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return c.digits(b.String())
}

// Digits replaces the digits 0 to 9 in s by those of the language.
func Digits(s string) string { return catalogueNow().digits(s) }

func (c *catalogue) digits(s string) string {
	if c.code != "fa" {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '۰'
		}
		return r
	}, s)
}

// FileSize writes a number of bytes in the unit that suits it, with one decimal below ten.
func FileSize(n int64) string {
	const step = 1024
	switch {
	case n < step:
		return T("size.bytes", "number", n)
	case n < step*step:
		return T("size.kilobytes", "number", short(float64(n)/step))
	case n < step*step*step:
		return T("size.megabytes", "number", short(float64(n)/(step*step)))
	}
	return T("size.gigabytes", "number", short(float64(n)/(step*step*step)))
}

func short(f float64) string {
	c := catalogueNow()
	if f >= 9.95 {
		return c.number(int64(f + 0.5))
	}
	s := strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
	if c.code == "fa" {
		s = strings.ReplaceAll(s, ".", "٫")
	}
	return c.digits(s)
}
