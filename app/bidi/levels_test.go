package bidi

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// typesettingTests is the folder of Unicode's conformance data: the typesetting module ships it with its own tests.
func typesettingTests(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/go-text/typesetting").Output()
	if err != nil {
		t.Fatalf("asking where the typesetting module is: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "bidi", "test")
}

func eachLine(t *testing.T, name string, do func(number int, line string)) {
	t.Helper()
	f, err := os.Open(filepath.Join(typesettingTests(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' {
			do(n, line)
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

// wantLevels reads a list such as "0 x 1"; x, a character that X9 removes, comes out as -1.
func wantLevels(t *testing.T, s string) []int8 {
	t.Helper()
	var out []int8
	for _, f := range strings.Fields(s) {
		if f == "x" {
			out = append(out, -1)
			continue
		}
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, int8(n))
	}
	return out
}

// check compares levels and the order that L2 makes of them.
func check(t *testing.T, number int, text []rune, dir Direction, want []int8, order string) bool {
	t.Helper()
	got, _ := Levels(text, dir)
	var kept []int
	for i, l := range want {
		if l < 0 {
			continue
		}
		kept = append(kept, i)
		if got[i] != l {
			t.Errorf("line %d: %U in %d: level %d of character %d, want %d", number, text, dir, got[i], i, l)
			return false
		}
	}
	reorder(len(kept), func(i int) int8 { return got[kept[i]] }, func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
	var places []string
	for _, i := range kept {
		places = append(places, strconv.Itoa(i))
	}
	if o := strings.Join(places, " "); o != strings.Join(strings.Fields(order), " ") {
		t.Errorf("line %d: %U in %d: order %q, want %q", number, text, dir, o, order)
		return false
	}
	return true
}

func TestBidiCharacterTest(t *testing.T) {
	cases, failed := 0, 0
	eachLine(t, "BidiCharacterTest.txt", func(number int, line string) {
		f := strings.Split(line, ";")
		var text []rune
		for _, h := range strings.Fields(f[0]) {
			n, err := strconv.ParseInt(h, 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, rune(n))
		}
		dir := map[string]Direction{"0": LTR, "1": RTL, "2": Auto}[f[1]]
		want := wantLevels(t, f[3])
		// A paragraph separator in the middle ends the paragraph; the data has it at the end only.
		cases++
		if failed < 20 && !check(t, number, text, dir, want, f[4]) {
			failed++
		}
		if _, got := Levels(text, dir); got != directionOf(wantLevels(t, f[2])[0]) {
			t.Errorf("line %d: paragraph direction %d", number, got)
		}
	})
	if cases < 90000 {
		t.Errorf("only %d cases in the data", cases)
	}
}

// classRunes has one character for each Bidi_Class.
var classRunes = map[string]rune{
	"L": 'a', "R": 0x05D0, "EN": '1', "ES": '+', "ET": '$', "AN": 0x0661, "CS": ',', "B": 0x2029, "S": '\t', "WS": ' ',
	"ON": '!', "BN": 0x00AD, "NSM": 0x0300, "AL": 0x0627, "LRO": 0x202D, "RLO": 0x202E, "LRE": 0x202A, "RLE": 0x202B,
	"PDF": 0x202C, "LRI": 0x2066, "RLI": 0x2067, "FSI": 0x2068, "PDI": 0x2069,
}

func TestBidiTest(t *testing.T) {
	var want []int8
	var order string
	cases, failed := 0, 0
	eachLine(t, "BidiTest.txt", func(number int, line string) {
		if rest, ok := strings.CutPrefix(line, "@Levels:"); ok {
			want = wantLevels(t, rest)
			return
		}
		if rest, ok := strings.CutPrefix(line, "@Reorder:"); ok {
			order = rest
			return
		}
		input, set, _ := strings.Cut(line, ";")
		bits, err := strconv.Atoi(strings.TrimSpace(set))
		if err != nil {
			t.Fatal(err)
		}
		var text []rune
		for _, class := range strings.Fields(input) {
			text = append(text, classRunes[class])
		}
		for bit, dir := range []Direction{Auto, LTR, RTL} {
			if bits>>bit&1 == 0 {
				continue
			}
			cases++
			if failed < 20 && !check(t, number, text, dir, want, order) {
				failed++
			}
		}
	})
	if cases < 700000 {
		t.Errorf("only %d cases in the data", cases)
	}
}
