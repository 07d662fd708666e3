package message

import (
	"strings"
	"time"
)

// ParseDate reads the date of a header in the form of RFC 5322 and in those of
// older and broken writers. It returns the zero time for what is no date.
func ParseDate(s string) time.Time {
	var d dateParts

	d.year, d.month, d.day = -1, 0, -1

	const enough = 200

	s = s[:min(len(s), enough)]
	for s != "" {
		var token string

		token, s = dateToken(s)
		if token != "" {
			d.take(token)
		}
	}

	return d.time()
}

type dateParts struct {
	year, day         int // -1 while unknown
	month             time.Month
	hour, minute, sec int
	timed             bool
	offset            int // seconds east of UTC
	zoned             bool
}

// dateToken cuts the next token at white space and commas; comments are left
// out.
func dateToken(s string) (token, rest string) {
	s = strings.TrimLeft(s, " \t\r\n,;.")
	if strings.HasPrefix(s, "(") {
		_, after, _ := strings.Cut(s, ")")

		return "", after
	}

	end := strings.IndexAny(s, " \t\r\n,(")
	if end < 0 {
		return s, ""
	}

	return s[:end], s[end:]
}

func (d *dateParts) take(token string) {
	first := token[0]

	switch {
	case strings.IndexByte(token, ':') > 0 && isDigit(first):
		d.takeClock(token)
	case first == '+' || first == '-':
		d.takeZone(token)
	case isDigit(first) && strings.ContainsAny(token, "-/"):
		d.takeNumericDate(token)
	case isDigit(first) && strings.Count(token, ".") == 2 && d.day >= 0 && !d.timed:
		d.takeClock(strings.ReplaceAll(token, ".", ":"))
	case isDigit(first):
		d.takeNumber(token)
	default:
		d.takeWord(token)
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// leadingInt is the number that s begins with, and how many digits it has.
func leadingInt(s string) (n, digits int) {
	for digits < len(s) && digits < 9 && isDigit(s[digits]) {
		n = n*10 + int(s[digits]-'0')
		digits++
	}

	return n, digits
}

func (d *dateParts) takeNumber(token string) {
	n, digits := leadingInt(token)

	switch {
	case digits == 8 && d.day < 0 && d.year < 0: // 20240131
		d.year, d.month, d.day = n/10000, time.Month(n/100%100), n%100
	case d.day < 0 && digits <= 2:
		d.day = n
		// "2Jan2006" and "2nd"
		if rest := token[digits:]; len(rest) >= 3 {
			d.takeWord(rest)
		}
	case d.year < 0 && digits <= 4:
		d.year = fullYear(n, digits)
	}
}

// fullYear follows RFC 5322 section 4.3 for years of two and three digits.
func fullYear(n, digits int) int {
	switch {
	case digits <= 2 && n < 50:
		return 2000 + n
	case digits <= 3:
		return 1900 + n
	}

	return n
}

// takeNumericDate reads 2006-01-02 (with a clock after T too), 2-Jan-2006,
// 02/01/2006 and 2006/01/02.
func (d *dateParts) takeNumericDate(token string) {
	if date, clock, ok := strings.Cut(token, "T"); ok && strings.Contains(clock, ":") {
		token = date
		d.takeClock(clock)
	}

	parts := strings.FieldsFunc(token, func(r rune) bool { return r == '-' || r == '/' })
	if len(parts) < 3 {
		d.takeNumber(token)

		return
	}

	a, aDigits := leadingInt(parts[0])
	c, cDigits := leadingInt(parts[2])

	if !isDigit(parts[1][0]) {
		d.day, d.year = a, fullYear(c, cDigits)
		d.takeWord(parts[1])

		return
	}

	b, _ := leadingInt(parts[1])

	switch {
	case aDigits == 4:
		d.year, d.month, d.day = a, time.Month(b), c
	case a > 12:
		d.year, d.month, d.day = fullYear(c, cDigits), time.Month(b), a
	default: // the American order, which is the one seen in mail
		d.year, d.month, d.day = fullYear(c, cDigits), time.Month(a), b
	}
}

func (d *dateParts) takeClock(token string) {
	// A date that is glued to the clock by a T came without its own token.
	if i := strings.IndexByte(token, 'T'); i > 0 && strings.ContainsAny(token[:i], "-/") {
		d.takeNumericDate(token)

		return
	}

	var n, digits int

	d.hour, digits = leadingInt(token)
	token = strings.TrimPrefix(token[digits:], ":")
	d.minute, digits = leadingInt(token)
	token = token[digits:]
	d.sec = 0

	if strings.HasPrefix(token, ":") {
		n, digits = leadingInt(token[1:])
		d.sec = n
		token = token[1+digits:]
	}

	if strings.HasPrefix(token, ".") { // a fraction
		_, digits = leadingInt(token[1:])
		token = token[1+digits:]
	}

	d.timed = true

	if token != "" {
		if token[0] == '+' || token[0] == '-' {
			d.takeZone(token)
		} else {
			d.takeWord(token)
		}
	}
}

// takeZone reads +0330, +03:30, +330 and +3.
func (d *dateParts) takeZone(token string) {
	if d.zoned {
		return
	}

	sign := 1
	if token[0] == '-' {
		sign = -1
	}

	n, digits := leadingInt(strings.Replace(token[1:], ":", "", 1))

	var h, m int
	if digits <= 2 {
		h = n
	} else {
		h, m = n/100, n%100
	}

	if digits == 0 || h > 26 || m > 59 {
		return
	}

	d.offset, d.zoned = sign*(h*3600+m*60), true
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

// namedZones are those of RFC 5322 section 4.3 and the others that are common
// and mean one thing only.
var namedZones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
	"est": -500, "edt": -400, "cst": -600, "cdt": -500, "mst": -700, "mdt": -600, "pst": -800, "pdt": -700,
	"akst": -900, "akdt": -800, "hst": -1000,
	"bst": 100, "west": 100, "cet": 100, "met": 100, "mez": 100, "cest": 200, "mest": 200, "mesz": 200,
	"eet": 200, "eest": 300, "msk": 300, "msd": 400,
	"irst": 330, "irdt": 430, "jst": 900, "kst": 900, "hkt": 800, "sgt": 800,
	"aest": 1000, "aedt": 1100, "nzst": 1200, "nzdt": 1300,
}

func (d *dateParts) takeWord(token string) {
	word := strings.ToLower(strings.TrimRight(token, ".,"))

	switch word {
	case "am":
		if d.hour == 12 {
			d.hour = 0
		}

		return
	case "pm":
		if d.hour < 12 {
			d.hour += 12
		}

		return
	}

	// A month is looked for before a zone and a zone only after the clock.
	if len(word) >= 3 && d.month == 0 {
		if i := strings.Index(monthNames, word[:3]); i >= 0 && i%3 == 0 {
			d.month = time.Month(i/3 + 1)

			return
		}
	}

	if !d.timed || d.zoned {
		return
	}

	name := strings.TrimRight(word, "+-0123456789:")
	if rest := word[len(name):]; rest != "" && (name == "gmt" || name == "utc") && (rest[0] == '+' || rest[0] == '-') {
		d.takeZone(rest)

		return
	}

	if hhmm, ok := namedZones[word]; ok {
		d.offset, d.zoned = (hhmm/100*60+hhmm%100)*60, true
	}
}

func (d *dateParts) time() time.Time {
	if d.sec == 60 {
		d.sec = 59 // a leap second
	}

	if d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 ||
		d.hour > 24 || d.minute > 59 || d.sec > 59 {
		return time.Time{}
	}

	zone := time.UTC
	if d.offset != 0 {
		zone = time.FixedZone("", d.offset)
	}

	t := time.Date(d.year, d.month, d.day, d.hour, d.minute, d.sec, 0, zone)
	if t.Day() != d.day && d.hour < 24 {
		return time.Time{} // the 31st of a shorter month
	}

	return t
}
