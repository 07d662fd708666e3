package message

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// byteCount is what guessing needs to know of a text in an unknown charset.
type byteCount struct {
	n [256]int
	// letters are high bytes as of isHighLetter, words the unbroken runs of
	// them, attached those runs that touch an ASCII letter.
	letters, words, attached int
}

// guessSample bounds the work; more text does not make a guess better.
const guessSample = 16 << 10

func countBytes(data []byte) *byteCount {
	data = data[:min(len(data), guessSample)]
	count := new(byteCount)
	inWord := false

	for i, c := range data {
		count.n[c]++

		letter := isHighLetter(c)
		switch {
		case letter:
			count.letters++

			if !inWord {
				count.words++

				if i > 0 && isLetter(data[i-1]) || i+1 < len(data) && isLetter(data[i+1]) {
					count.attached++
				}
			}
		case inWord && isLetter(c) && !(i > 1 && isLetter(data[i-2])):
			count.attached++
		}

		inWord = letter
	}

	return count
}

// isHighLetter reports bytes that are letters in the usual Arabic and Cyrillic
// charsets: of windows-1256 also پ چ ژ گ ک.
func isHighLetter(c byte) bool {
	return c >= 0xc0 || strings.IndexByte("\x81\x8d\x8e\x90\x98", c) >= 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// letterModel is how often the letters of a language are in a charset, in
// tenths of a percent.
type letterModel struct {
	enc    *charmap.Charmap
	weight [256]float64 // logarithms
}

// rareWeight is for letters that the model does not list.
const rareWeight = 0.2

// newLetterModel reads pairs of a letter and its weight. Capitals, where the
// script has them, begin a word in twenty.
func newLetterModel(enc *charmap.Charmap, pairs string) *letterModel {
	m := &letterModel{enc: enc}
	for i := range m.weight {
		m.weight[i] = math.Log(rareWeight)
	}

	fields := strings.Fields(pairs)
	for i := 0; i+1 < len(fields); i += 2 {
		letter, _ := utf8.DecodeRuneInString(fields[i])

		weight, err := strconv.ParseFloat(fields[i+1], 64)
		if err != nil {
			panic("message: a letter weight is no number: " + fields[i+1])
		}

		if c, ok := enc.EncodeRune(letter); ok {
			m.weight[c] = math.Log(weight)
		}

		if capital := unicode.ToUpper(letter); capital != letter {
			if c, ok := enc.EncodeRune(capital); ok {
				m.weight[c] = math.Log(max(weight/20, rareWeight))
			}
		}
	}

	return m
}

// score is the mean log-likelihood of the letters counted.
func (m *letterModel) score(b *byteCount) float64 {
	sum := 0.0

	for c, n := range b.n {
		if n > 0 && isHighLetter(byte(c)) {
			sum += float64(n) * m.weight[c]
		}
	}

	return sum / float64(b.letters)
}

const (
	// Persian and Arabic together; what only one of them has is rarer.
	arabicLetters = `ا 140 ي 85 ر 65 ن 68 د 55 م 65 ه 50 و 60 ت 48 ل 75 س 32 ش 25 ب 38 ك 22 ک 25 ز 18 گ 10 خ 13 پ 9
		ف 20 ع 22 ق 15 ج 12 ح 15 ط 7 چ 4 ص 8 غ 4 ژ 1 ض 5 ذ 4 ث 4 ظ 2 آ 9 ئ 4 أ 12 إ 6 ؤ 2 ء 4 ة 16 ى 6
		ً 2 ٌ 1 ٍ 1 َ 2 ُ 2 ِ 2 ّ 3 ْ 1`
	russianLetters = `о 110 е 84 а 80 и 73 н 67 т 63 с 55 р 47 в 45 л 44 к 35 м 32 д 30 п 28 у 26 я 20 ы 19 ь 17 г 17
		з 16 б 16 ч 14 й 12 х 10 ж 9 ш 7 ю 6 ц 5 щ 4 э 3 ф 3`
)

// letterModels are the charsets that are told apart by their letters.
var letterModels = []*letterModel{
	newLetterModel(charmap.Windows1256, arabicLetters),
	newLetterModel(charmap.Windows1251, russianLetters),
	newLetterModel(charmap.KOI8R, russianLetters),
}

// bestModel returns the charset whose language a text plainly is, or nil. In
// Western texts letters outside ASCII stand alone among others; here they run.
func bestModel(b *byteCount) *charmap.Charmap {
	const fit = 3.0 // texts have about 4, noise less than 2

	if b.letters < 3 || b.letters < 2*b.words || b.attached*5 > b.words {
		return nil
	}

	var best *charmap.Charmap

	score := fit

	for _, m := range letterModels {
		if s := m.score(b); s > score {
			best, score = m.enc, s
		}
	}

	return best
}

// guessCharset picks the charset of 8-bit text that is not UTF-8 and has no
// label worth believing.
func guessCharset(data []byte) decoder {
	data = data[:min(len(data), guessSample)]
	if looksShiftJIS(data) {
		return japanese.ShiftJIS
	}

	if enc := bestModel(countBytes(data)); enc != nil {
		return enc
	}

	if enc := guessPaired(data); enc != nil {
		return enc
	}

	return charmap.Windows1252
}

// guessPaired recognises the EUC encodings: every high byte stands in a pair,
// and the first ones lie in the rows of common characters.
func guessPaired(data []byte) decoder {
	const fewest = 4

	pairs, level1, hangul, kana := 0, 0, 0, 0

	for i := 0; i < len(data); i++ {
		lead := data[i]
		if lead < utf8.RuneSelf {
			continue
		}

		i++
		if i == len(data) {
			break // cut off by the sample
		}

		if lead < 0xa1 || data[i] < 0xa1 {
			return nil
		}

		if lead == 0xa1 || lead == 0xa3 {
			continue // punctuation and full-width forms say nothing
		}

		pairs++

		switch {
		case lead >= 0xb0 && lead <= 0xc8:
			hangul++
			level1++
		case lead > 0xc8 && lead <= 0xd7:
			level1++
		case lead == 0xa4 || lead == 0xa5:
			kana++
		}
	}

	switch {
	case pairs < fewest:
		return nil
	case kana*4 >= pairs:
		return japanese.EUCJP
	case hangul*20 >= pairs*19:
		return korean.EUCKR
	case level1*10 >= pairs*8:
		return simplifiedchinese.GB18030
	}

	return nil
}

// looksShiftJIS reports that kana, which have the lead bytes 0x82 and 0x83,
// are a good part of the text.
func looksShiftJIS(data []byte) bool {
	kana, pairs := 0, 0

	for i := 0; i+1 < len(data); i++ {
		lead := data[i]
		if lead < 0x81 || lead > 0xfc || (lead >= 0xa0 && lead <= 0xdf) {
			continue
		}

		i++
		if data[i] < 0x40 || data[i] == 0x7f || data[i] > 0xfc {
			return false
		}

		pairs++

		if lead == 0x82 && data[i] >= 0x9f && data[i] <= 0xf1 || lead == 0x83 && data[i] <= 0x96 {
			kana++
		}
	}

	return kana >= 3 && kana*4 >= pairs
}

// repairMojibake undoes one wrong conversion: text that was read as
// windows-1252 although it was UTF-8 or windows-1256, and then written as
// UTF-8. It acts only on what cannot be anything else.
func repairMojibake(s string) string {
	const fewest = 6

	if !mayBeMojibake(s) {
		return s
	}

	raw, ok := encodeWindows1252(s)
	if !ok {
		return s
	}

	sequences, invalid := countUTF8(raw)
	if invalid == 0 && sequences >= 3 {
		return string(raw)
	}

	if count := countBytes(raw); count.letters >= fewest && count.letters >= 3*count.words &&
		bestModel(count) == charmap.Windows1256 {
		return decodeWith(charmap.Windows1256, raw)
	}

	return s
}

// mayBeMojibake is a cheap test that lets nearly every real text pass by:
// nearly all of the first characters outside ASCII are of the Latin-1 block.
func mayBeMojibake(s string) bool {
	const enough = 200

	latin, other := 0, 0

	for i := 0; i < len(s) && latin+other < enough; i++ {
		switch c := s[i]; {
		case c == 0xc2 || c == 0xc3:
			latin++
		case c >= 0xc4:
			other++
		}
	}

	return latin >= 3 && latin >= other
}

// encodeWindows1252 is the way back, with the five unassigned bytes as the C1
// controls they were read as.
func encodeWindows1252(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))

	for _, r := range s {
		if r < 0x100 {
			out = append(out, byte(r))

			continue
		}

		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			return nil, false
		}

		out = append(out, c)
	}

	return out, true
}
