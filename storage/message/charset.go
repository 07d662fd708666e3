package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// family is how a charset behaves when its label may be wrong.
type family uint8

const (
	// famWeak: the label says nothing; writers put it on anything.
	famWeak family = iota
	famUTF8
	// famSingle and famMulti differ in how unlikely it is that their bytes are
	// valid UTF-8 by chance.
	famSingle
	famMulti
	// famShift charsets are 7-bit with escapes.
	famShift
	famUTF7
	// famWide charsets have code units of more than one byte.
	famWide
)

// decoder is the half of encoding.Encoding that reading needs.
type decoder interface {
	NewDecoder() *encoding.Decoder
}

type charset struct {
	family family
	enc    decoder
}

var weak = charset{famWeak, charmap.Windows1252}

// lookupCharset knows the labels of IANA, those of the WHATWG and those that
// mailers made up. Case, hyphens and an x- in front do not matter.
func lookupCharset(label string) charset {
	key := charsetKey(label)
	if c, ok := charsets[key]; ok {
		return c
	}

	for _, prefix := range []string{"x", "cs"} {
		if c, ok := charsets[strings.TrimPrefix(key, prefix)]; ok {
			return c
		}
	}

	return weak
}

func charsetKey(label string) string {
	const longest = 64

	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}

		return -1
	}, label[:min(len(label), longest)])
}

// charsets maps keys of charsetKey. Of two charsets where one extends the
// other the larger one decodes both: the labels are often one too small.
var charsets = buildCharsets()

func buildCharsets() map[string]charset {
	table := map[string]charset{
		"utf7": {famUTF7, nil}, "unicode11utf7": {famUTF7, nil}, "cp65000": {famUTF7, nil},
	}
	add := func(f family, enc decoder, keys string) {
		for _, key := range strings.Fields(keys) {
			table[key] = charset{f, enc}
		}
	}

	add(famUTF8, unicode.UTF8, "utf8 unicode11utf8 utf8mb4 cp65001")
	add(famWide, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf16 iso10646ucs2 ucs2 unicode")
	add(famWide, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf16be unicodefffe")
	add(famWide, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf16le unicodefeff")
	add(famWide, utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf32 utf32be iso10646ucs4 ucs4")
	add(famWide, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf32le")

	add(famMulti, simplifiedchinese.GB18030, "gb18030 gb2312 gb231280 gbk cp936 ms936 euccn chinese isoir58 windows936")
	add(famMulti, traditionalchinese.Big5, "big5 big5hkscs cp950 cnbig5 windows950")
	add(famMulti, korean.EUCKR, "euckr ksc56011987 ksc5601 ksc56011989 korean cp949 uhc windows949 isoir149")
	add(famMulti, japanese.ShiftJIS, "shiftjis sjis cp932 ms932 windows31j mskanji")
	add(famMulti, japanese.EUCJP, "eucjp extendedunixcodepackedformatforjapanese")
	add(famShift, japanese.ISO2022JP, "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 cp50220 cp50221 cp50222")
	add(famShift, simplifiedchinese.HZGB2312, "hzgb2312 hz")
	add(famShift, iso2022KR{}, "iso2022kr")

	add(famSingle, charmap.ISO8859_2, "iso88592 latin2 l2 isoir101")
	add(famSingle, charmap.ISO8859_3, "iso88593 latin3 l3 isoir109")
	add(famSingle, charmap.ISO8859_4, "iso88594 latin4 l4 isoir110")
	add(famSingle, charmap.ISO8859_5, "iso88595 cyrillic isocyrillic isolatincyrillic isoir144")
	add(famSingle, charmap.ISO8859_6, "iso88596 iso88596e iso88596i arabic isolatinarabic asmo708 ecma114 isoir127")
	add(famSingle, charmap.ISO8859_7, "iso88597 greek greek8 elot928 ecma118 isoir126")
	add(famSingle, charmap.ISO8859_8, "iso88598 iso88598i iso88598e hebrew isoir138 logical visual")
	add(famSingle, charmap.Windows1254, "iso88599 latin5 l5 windows1254 cp1254 isoir148")
	add(famSingle, charmap.ISO8859_10, "iso885910 latin6 l6 isoir157")
	add(famSingle, charmap.Windows874, "iso885911 tis620 windows874 cp874 dos874")
	add(famSingle, charmap.ISO8859_13, "iso885913 latin7")
	add(famSingle, charmap.ISO8859_14, "iso885914 latin8")
	add(famSingle, charmap.ISO8859_15, "iso885915 latin9 l9")
	add(famSingle, charmap.ISO8859_16, "iso885916 latin10")
	add(famSingle, charmap.Windows1250, "windows1250 cp1250")
	add(famSingle, charmap.Windows1251, "windows1251 cp1251 win1251 ansi1251")
	add(famSingle, charmap.Windows1253, "windows1253 cp1253")
	add(famSingle, charmap.Windows1255, "windows1255 cp1255")
	add(famSingle, charmap.Windows1256, "windows1256 cp1256 win1256 ansi1256 arabicwindows")
	add(famSingle, charmap.Windows1257, "windows1257 cp1257")
	add(famSingle, charmap.Windows1258, "windows1258 cp1258")
	add(famSingle, charmap.KOI8R, "koi8r koi8 koi")
	add(famSingle, charmap.KOI8U, "koi8u koi8ru")
	add(famSingle, charmap.Macintosh, "macintosh mac macroman")
	add(famSingle, charmap.MacintoshCyrillic, "maccyrillic macukrainian")
	add(famSingle, charmap.CodePage437, "cp437 ibm437 437")
	add(famSingle, charmap.CodePage850, "cp850 ibm850 850")
	add(famSingle, charmap.CodePage852, "cp852 ibm852 852")
	add(famSingle, charmap.CodePage855, "cp855 ibm855 855")
	add(famSingle, charmap.CodePage858, "cp858 ibm858 858 ibm00858")
	add(famSingle, charmap.CodePage860, "cp860 ibm860 860")
	add(famSingle, charmap.CodePage862, "cp862 ibm862 862")
	add(famSingle, charmap.CodePage863, "cp863 ibm863 863")
	add(famSingle, charmap.CodePage865, "cp865 ibm865 865")
	add(famSingle, charmap.CodePage866, "cp866 ibm866 866")

	return table
}

// DecodeCharset converts data, labelled with a charset that may be wrong,
// missing or unknown, to valid UTF-8. The label is believed except where the
// bytes speak plainly against it.
func DecodeCharset(data []byte, label string) string {
	if text, ok := decodeMarked(data); ok {
		return text
	}

	c := lookupCharset(label)

	switch c.family {
	case famUTF7:
		return validUTF8(decodeUTF7(data))
	case famWide:
		return decodeWide(data, c)
	case famShift:
		return decodeShift(data, c)
	}

	if isASCIIBytes(data) {
		if isISO2022JP(data) {
			return decodeWith(japanese.ISO2022JP, data)
		}

		return string(data)
	}

	return decode8Bit(data, c)
}

func decode8Bit(data []byte, c charset) string {
	sequences, invalid := countUTF8(data)
	if invalid == 0 && believeUTF8(sequences, c.family) {
		return repairMojibake(string(data))
	}

	switch c.family {
	case famUTF8:
		// Some damaged characters in a text that is UTF-8 otherwise stay what
		// they are.
		if sequences > invalid {
			return validUTF8(string(data))
		}

		return decodeWith(guessCharset(data), data)

	case famWeak:
		if sequences > 4*invalid {
			return validUTF8(string(data))
		}

		return decodeWith(guessCharset(data), data)
	}

	text := decodeWith(c.enc, data)
	if !strings.ContainsRune(text, utf8.RuneError) {
		return text
	}

	if invalid == 0 {
		return string(data)
	}

	if c.enc == charmap.ISO8859_6 && bestModel(countBytes(data)) == charmap.Windows1256 {
		return decodeWith(charmap.Windows1256, data)
	}

	return text
}

// believeUTF8 reports whether so many multi-byte sequences, with no invalid
// one, outweigh a label of the given family. Two letters of windows-1256 may
// well be a UTF-8 sequence; four pairs are no accident.
func believeUTF8(sequences int, f family) bool {
	switch f {
	case famSingle:
		return sequences >= 4
	case famMulti:
		return sequences >= 8
	}

	return true
}

// countUTF8 counts well-formed multi-byte sequences and bytes outside of any.
func countUTF8(data []byte) (sequences, invalid int) {
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++

			continue
		}

		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			invalid++
		} else {
			sequences++
		}

		i += n
	}

	return sequences, invalid
}

// decodeMarked decodes data that begins with a byte order mark.
func decodeMarked(data []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return validUTF8(string(data[3:])), true
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return decodeWith(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), data), true
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeWith(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), data), true
	}

	return "", false
}

// decodeWide decodes UTF-16 and UTF-32. Mailers call 8-bit text "unicode" too:
// without any NUL, valid UTF-8 is taken for what it is.
func decodeWide(data []byte, c charset) string {
	if bytes.IndexByte(data, 0) < 0 && utf8.Valid(data) {
		return string(data)
	}

	return decodeWith(c.enc, data)
}

// decodeShift decodes 7-bit charsets with escapes; 8-bit bytes mean that the
// label is wrong.
func decodeShift(data []byte, c charset) string {
	if isASCIIBytes(data) {
		return decodeWith(c.enc, data)
	}

	if utf8.Valid(data) {
		return string(data)
	}

	if _, ok := c.enc.(iso2022KR); ok {
		return decodeWith(korean.EUCKR, data)
	}

	if c.enc == simplifiedchinese.HZGB2312 {
		return decodeWith(simplifiedchinese.GB18030, data)
	}

	if isISO2022JP(data) {
		return decodeWith(c.enc, data)
	}

	return decodeWith(guessCharset(data), data)
}

func isISO2022JP(data []byte) bool {
	return bytes.Contains(data, []byte("\x1b$B")) || bytes.Contains(data, []byte("\x1b$@"))
}

func decodeWith(enc decoder, data []byte) string {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		// The decoders replace what they cannot read; an error leaves a part
		// undecoded, which is shown as ASCII with the rest replaced.
		return string(out) + validUTF8(string(data))
	}

	return validUTF8(string(out))
}

func validUTF8(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

func isASCIIBytes(data []byte) bool {
	for len(data) >= 8 {
		if (data[0]|data[1]|data[2]|data[3]|data[4]|data[5]|data[6]|data[7])&0x80 != 0 {
			return false
		}

		data = data[8:]
	}

	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}

	return true
}
