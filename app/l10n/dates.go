package l10n

import (
	"fmt"
	"time"
)

// The names are keys like all others, written out so that a search for a key finds its use.
var (
	monthKeys = [12]string{
		"month.1", "month.2", "month.3", "month.4", "month.5", "month.6",
		"month.7", "month.8", "month.9", "month.10", "month.11", "month.12",
	}
	weekdayKeys = [7]string{
		"weekday.0", "weekday.1", "weekday.2", "weekday.3", "weekday.4", "weekday.5", "weekday.6",
	}
)

// calendar returns the date of t in the calendar of the language.
func calendar(t time.Time) (year, month, day int) {
	if Language() == "fa" {
		return Jalali(t)
	}
	y, m, d := t.Date()
	return y, int(m), d
}

func clock(t time.Time) string { return Digits(fmt.Sprintf("%02d:%02d", t.Hour(), t.Minute())) }

func date(t time.Time, withYear bool) string {
	y, m, d := calendar(t)
	day, month := Digits(fmt.Sprint(d)), T(monthKeys[m-1])
	if withYear {
		return T("time.dateYear", "day", day, "month", month, "year", Digits(fmt.Sprint(y)))
	}
	return T("time.date", "day", day, "month", month)
}

// Relative writes t as a list shows it beside now, in now's time zone: the clock today, "Yesterday", the weekday within
// a week, the day and month within the year, else the whole date.
func Relative(t, now time.Time) string {
	t = t.In(now.Location())
	switch days := dayNumber(now) - dayNumber(t); {
	case days == 0:
		return clock(t)
	case days == 1:
		return T("time.yesterday")
	case days > 1 && days < 7:
		return T(weekdayKeys[t.Weekday()])
	}
	year, _, _ := calendar(t)
	thisYear, _, _ := calendar(now)
	return date(t, year != thisYear)
}

// DateTime writes t in full, in its own time zone.
func DateTime(t time.Time) string {
	return T("time.dateTime", "weekday", T(weekdayKeys[t.Weekday()]), "date", date(t, true), "clock", clock(t))
}

// dayNumber counts the civil days of t's time zone from 1970.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

const (
	// cycleYears and cycleLeaps: of 33 Jalali years eight are leap, which holds from 1210 to 1634 AP.
	cycleYears = 33
	cycleDays  = cycleYears*365 + 8
	// yearZero is a year that begins a cycle, 1 Farvardin 1210 being 21 March 1831.
	yearZero = 1210
)

var yearZeroDay = dayNumber(time.Date(1831, time.March, 21, 0, 0, 0, 0, time.UTC))

// Jalali returns the date of t in the Iranian solar calendar. It is right from 1210 to 1634 AP (1831 to 2256 AD); the
// rule goes on as it is outside of that.
func Jalali(t time.Time) (year, month, day int) {
	n := dayNumber(t) - yearZeroDay
	cycle := n / cycleDays
	if n %= cycleDays; n < 0 {
		n += cycleDays
		cycle--
	}
	year = yearZero + cycle*cycleYears
	for n >= jalaliYearDays(year) {
		n -= jalaliYearDays(year)
		year++
	}
	if n < 6*31 {
		return year, n/31 + 1, n%31 + 1
	}
	n -= 6 * 31
	return year, n/30 + 7, n%30 + 1
}

func jalaliYearDays(year int) int {
	inCycle := (year - yearZero) % cycleYears
	if inCycle < 0 {
		inCycle += cycleYears
	}
	if inCycle%4 == 0 && inCycle != 32 {
		return 366
	}
	return 365
}
