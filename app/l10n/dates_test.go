package l10n

import (
	"testing"
	"time"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }

func TestJalaliKnownDates(t *testing.T) {
	for _, c := range []struct {
		t       time.Time
		y, m, d int
	}{
		{day(1921, 3, 21), 1300, 1, 1},
		{day(1925, 3, 21), 1304, 1, 1},
		{day(1926, 3, 22), 1305, 1, 1},
		{day(1943, 8, 1), 1322, 5, 9},
		{day(1979, 2, 11), 1357, 11, 22},
		{day(1996, 3, 20), 1375, 1, 1},
		{day(2000, 1, 1), 1378, 10, 11},
		{day(2017, 3, 20), 1395, 12, 30},
		{day(2017, 3, 21), 1396, 1, 1},
		{day(2021, 3, 20), 1399, 12, 30},
		{day(2021, 3, 21), 1400, 1, 1},
		{day(2024, 3, 20), 1403, 1, 1},
		{day(2025, 3, 20), 1403, 12, 30},
		{day(2025, 3, 21), 1404, 1, 1},
		{day(2026, 11, 25), 1405, 9, 4},
		{day(2029, 3, 20), 1408, 1, 1},
		{day(1970, 1, 1), 1348, 10, 11},
		{day(1831, 3, 21), 1210, 1, 1},
		{day(1831, 3, 20), 1209, 12, 29},
	} {
		if y, m, d := Jalali(c.t); y != c.y || m != c.m || d != c.d {
			t.Errorf("%s is %d/%d/%d, want %d/%d/%d", c.t.Format(time.DateOnly), y, m, d, c.y, c.m, c.d)
		}
	}
}

// leapYears are the leap years of the official calendar of Iran.
var leapYears = []int{
	1300, 1304, 1309, 1313, 1317, 1321, 1325, 1329, 1333, 1337, 1342, 1346, 1350, 1354, 1358, 1362, 1366, 1370, 1375, 1379, 1383,
	1387, 1391, 1395, 1399, 1403, 1408, 1412, 1416, 1420, 1424, 1428, 1432, 1436, 1441, 1445, 1449, 1453, 1457, 1461, 1465, 1469,
	1474, 1478, 1482, 1486, 1490, 1494, 1498,
}

// TestJalaliEveryDay walks from 1 Farvardin 1300 to the end of 1500 and counts along.
func TestJalaliEveryDay(t *testing.T) {
	leap := map[int]bool{}
	for _, y := range leapYears {
		leap[y] = true
	}
	at := day(1921, 3, 21)
	for y := 1300; y <= 1500; y++ {
		for m := 1; m <= 12; m++ {
			length := 31
			switch {
			case m == 12 && !leap[y]:
				length = 29
			case m > 6:
				length = 30
			}
			for d := 1; d <= length; d++ {
				if gy, gm, gd := Jalali(at); gy != y || gm != m || gd != d {
					t.Fatalf("%s is %d/%d/%d, want %d/%d/%d", at.Format(time.DateOnly), gy, gm, gd, y, m, d)
				}
				at = at.AddDate(0, 0, 1)
			}
		}
	}
}

func TestJalaliGoesByTheZoneOfTheTime(t *testing.T) {
	tehran := time.FixedZone("+0330", 3*3600+1800)
	late := time.Date(2025, 3, 20, 21, 0, 0, 0, time.UTC)
	if _, m, d := Jalali(late.In(tehran)); m != 1 || d != 1 {
		t.Errorf("in Tehran it is %d/%d", m, d)
	}
}

func TestRelativeAndDateTime(t *testing.T) {
	now := time.Date(2026, 11, 25, 15, 4, 0, 0, time.UTC) // a Wednesday, 4 Azar 1405
	for _, c := range []struct {
		t      time.Time
		en, fa string
	}{
		{now, "15:04", "۱۵:۰۴"},
		{now.Add(-15 * time.Hour), "00:04", "۰۰:۰۴"},
		{now.Add(-16 * time.Hour), "Yesterday", "دیروز"},
		{now.AddDate(0, 0, -2), "Monday", "دوشنبه"},
		{now.AddDate(0, 0, -6), "Thursday", "پنجشنبه"},
		{now.AddDate(0, 0, -7), "18 Nov", "۲۷ آبان"},
		{day(2026, 1, 5), "5 Jan", "۱۵ دی ۱۴۰۴"},
		{day(2026, 3, 21), "21 Mar", "۱ فروردین"},
		{day(2025, 12, 31), "31 Dec 2025", "۱۰ دی ۱۴۰۴"},
		{now.AddDate(0, 0, 1), "26 Nov", "۵ آذر"},
		{now.In(time.FixedZone("", -8*3600)), "15:04", "۱۵:۰۴"},
	} {
		use(t, "en")
		if got := Relative(c.t, now); got != c.en {
			t.Errorf("%s: %q, want %q", c.t, got, c.en)
		}
		use(t, "fa")
		if got := Relative(c.t, now); got != c.fa {
			t.Errorf("%s: %q, want %q", c.t, got, c.fa)
		}
	}
	use(t, "en")
	if got := DateTime(now); got != "Wednesday, 25 Nov 2026, 15:04" {
		t.Errorf("in full: %q", got)
	}
	use(t, "fa")
	if got := DateTime(now); got != "چهارشنبه ۴ آذر ۱۴۰۵، ۱۵:۰۴" {
		t.Errorf("in full: %q", got)
	}
}
