package search

import "testing"

func TestFold(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"می‌خواهم", "ميخواهم"},
		{"كتاب", "کتاب"},
		{"گزارشِ ۱۴۰۳", "گزارش 1403"},
		{"خانهٔ", "خانه"},
		{"خانۀ", "خانه"},
		{"مـــحمد", "محمد"},
		{"آمد", "امد"},
		{"Müller", "MULLER"},
		{"ﬁne", "fine"},
		{"٣٤", "۳۴"},
	} {
		if Fold(c.a) != Fold(c.b) {
			t.Errorf("Fold(%q) = %q, Fold(%q) = %q", c.a, Fold(c.a), c.b, Fold(c.b))
		}
	}
	if Fold("کار") == Fold("بار") {
		t.Error("different words fold to the same")
	}
}
