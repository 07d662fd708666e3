package demo

import (
	"fmt"
	"strings"
	"time"
)

var (
	persianWeekdays = [...]string{"یک\u200cشنبه", "دوشنبه", "سه\u200cشنبه", "چهارشنبه", "پنج\u200cشنبه", "جمعه", "شنبه"}
	persianMonths   = [...]string{
		"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
	}
)

// persianDigits writes the digits of s as Persian ones.
func persianDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '۰'
		}
		return r
	}, s)
}

// persianDay is a date as one writes it in a letter: «پنج‌شنبه ۶ آذر».
func persianDay(t time.Time) string {
	_, month, day := persianDate(t)
	return fmt.Sprintf("%s %s %s", persianWeekdays[t.Weekday()], persianDigits(fmt.Sprint(day)), persianMonths[month-1])
}

// persianDate is the Solar Hijri date. Nowruz falls on 20 or 21 March; the 33
// year cycle of leap years that decides it holds for 1925 to 2088.
func persianDate(t time.Time) (year, month, day int) {
	date := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	year = t.Year() - 621
	if date.Before(nowruz(year)) {
		year--
	}
	passed := int(date.Sub(nowruz(year)) / (24 * time.Hour))
	if passed < 6*31 {
		return year, passed/31 + 1, passed%31 + 1
	}
	passed -= 6 * 31
	return year, passed/30 + 7, passed%30 + 1
}

// nowruz is the first day of a Solar Hijri year: that of 1404 was 21 March
// 2025, and the others are whole years away from it.
func nowruz(year int) time.Time {
	const known = 1404
	days := 365 * (year - known)
	for y := min(year, known); y < max(year, known); y++ {
		if !persianLeap(y) {
			continue
		}
		if year > known {
			days++
		} else {
			days--
		}
	}
	return time.Date(2025, time.March, 21, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
}

func persianLeap(year int) bool {
	switch year % 33 {
	case 1, 5, 9, 13, 17, 22, 26, 30:
		return true
	}
	return false
}
