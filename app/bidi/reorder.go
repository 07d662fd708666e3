package bidi

// reorder is rule L2: it calls swap so that n runs in logical order come to stand from left to right.
func reorder(n int, level func(int) int8, swap func(i, j int)) {
	var highest int8
	lowestOdd := int8(maxDepth + 2)
	for i := range n {
		l := level(i)
		highest = max(highest, l)
		if l&1 == 1 {
			lowestOdd = min(lowestOdd, l)
		}
	}
	for l := highest; l >= lowestOdd; l-- {
		for i := 0; i < n; i++ {
			if level(i) < l {
				continue
			}
			end := i
			for end < n && level(end) >= l {
				end++
			}
			for a, b := i, end-1; a < b; a, b = a+1, b-1 {
				swap(a, b)
			}
			i = end
		}
	}
}
