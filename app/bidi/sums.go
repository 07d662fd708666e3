package bidi

import "math/bits"

// sums keeps n numbers, none negative, with their running totals, in a Fenwick tree: changing one and finding where a
// total is reached take steps of the logarithm of n.
type sums struct {
	n    int
	tree []int
}

func (s *sums) reset(n int, value func(int) int) {
	s.n = n
	if cap(s.tree) < n+1 {
		s.tree = make([]int, n+1)
	}
	s.tree = s.tree[:n+1]
	s.tree[0] = 0
	for i := 1; i <= n; i++ {
		s.tree[i] = value(i - 1)
	}
	for i := 1; i <= n; i++ {
		if parent := i + i&-i; parent <= n {
			s.tree[parent] += s.tree[i]
		}
	}
}

func (s *sums) add(i, delta int) {
	for i++; i <= s.n; i += i & -i {
		s.tree[i] += delta
	}
}

// upTo is the total of the numbers before i.
func (s *sums) upTo(i int) int {
	total := 0
	for ; i > 0; i -= i & -i {
		total += s.tree[i]
	}
	return total
}

func (s *sums) total() int { return s.upTo(s.n) }

// find returns the first i whose number reaches beyond at, and the total before it; n when none does.
func (s *sums) find(at int) (i, before int) {
	for step := 1 << bits.Len(uint(s.n)); step > 0; step /= 2 {
		if next := i + step; next <= s.n && before+s.tree[next] <= at {
			i, before = next, before+s.tree[next]
		}
	}
	return i, before
}
