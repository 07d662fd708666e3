package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// byteCount is what guessing needs to know of a text in an unknown charset.
type byteCount struct {
	n [256]int
	// letters are bytes that are letters in the usual Arabic and Cyrillic
	// charsets, words the unbroken runs of them, attached those runs that touch
	// an ASCII letter, as accented letters in Western languages do.
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

		letter := c >= 0xc0 || strings.IndexByte(persianLetters1256, c) >= 0
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

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (b *byteCount) sum(set string) int {
	total := 0
	for i := range len(set) {
		total += b.n[set[i]]
	}

	return total
}

// Letters of windows-1256 by their use in Persian and Arabic.
const (
	// پ چ ژ گ ک below 0xC0.
	persianLetters1256 = "\x81\x8d\x8e\x90\x98"
	// ل م ن ه و ى ي: more than a fifth of any text, and in Western charsets
	// letters that do not stand together in the middle of a word.
	commonLetters1256 = "\xe1\xe3\xe4\xe5\xe6\xec\xed"
	allLetters1256    = persianLetters1256 + commonLetters1256 +
		"\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xcb\xcc\xcd\xce\xcf" +
		"\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd8\xd9\xda\xdb\xdc\xdd\xde\xdf"
)

// looksWindows1256 reports that a text is plainly Persian or Arabic in
// windows-1256.
func looksWindows1256(b *byteCount) bool {
	if b.letters < 3 || b.letters < 2*b.words || b.attached*5 > b.words {
		return false
	}

	common := b.sum(commonLetters1256)

	return b.sum(allLetters1256)*10 >= b.letters*9 && common > 0 && common*100 >= b.letters*12
}

// Vowels of Russian in its two charsets; in both, letters have the high bit
// and run in words.
const (
	vowels1251 = "\xe0\xe5\xe8\xee\xf3\xfb\xff"
	vowelsKOI8 = "\xc1\xc5\xc9\xcf\xd5\xd9\xd1"
)

func looksCyrillic(b *byteCount, vowels string) bool {
	return b.letters >= 6 && b.letters >= 3*b.words && b.attached*5 <= b.words &&
		b.sum(vowels)*100 >= b.letters*25
}

// guessCharset picks the charset of 8-bit text that is not UTF-8 and has no
// label worth believing.
func guessCharset(data []byte) decoder {
	data = data[:min(len(data), guessSample)]
	count := countBytes(data)

	switch {
	case looksShiftJIS(data):
		return japanese.ShiftJIS
	case looksWindows1256(count):
		return charmap.Windows1256
	case looksCyrillic(count, vowelsKOI8):
		return charmap.KOI8R
	case looksCyrillic(count, vowels1251):
		return charmap.Windows1251
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
		looksWindows1256(count) {
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
