package message

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

const (
	persianText = "سلام، نسخهٔ نهایی قرارداد را فرستادم. لطفاً پیش از چهارشنبه ژرف بخوانید؛ گزارش می\u200cرسد."
	arabicText  = "السلام عليكم ورحمة الله، أرجو مراجعة العقد وإرسال الرد قبل يوم الخميس؟"
	germanText  = "Größere Änderungen über Straßen und Maße: schöne Grüße aus Köln, Jürgen Müller"
	frenchText  = "Voilà l'été à la forêt ; ça coûte très cher, n'êtes-vous pas déçu où c'était prévu ?"
	russianText = "Здравствуйте, отправляю вам договор и прошу проверить его до четверга."
	chineseText = "你好，请在星期三以前检查这份合同，我们会把报告发给你。"
	koreanText  = "안녕하세요, 수요일 전에 이 계약서를 확인해 주세요."
	japanText   = "こんにちは、水曜日までにこの契約書を確認してください。"
)

func encode(t testing.TB, enc encoding.Encoding, s string) []byte {
	t.Helper()

	out, err := enc.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("encoding %q: %v", s, err)
	}

	return out
}

// persian1256 has only letters that windows-1256 has.
var persian1256 = strings.NewReplacer("ی", "ي", "ٔ", "").Replace(persianText)

func TestDecodeCharset(t *testing.T) {
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)

	tests := []struct {
		name  string
		data  []byte
		label string
		want  string
	}{
		{"ascii", []byte("plain"), "", "plain"},
		{"utf-8", []byte(persianText), "utf-8", persianText},
		{"utf-8, no label", []byte(persianText), "", persianText},
		{"utf-8 as us-ascii", []byte(germanText), "us-ascii", germanText},
		{"utf-8 as latin1", []byte(germanText), "iso-8859-1", germanText},
		{"utf-8 as windows-1256", []byte(persianText), "windows-1256", persianText},
		{"utf-8 as gb2312", []byte(chineseText), "gb2312", chineseText},
		{"utf-8 with an unknown label", []byte(persianText), "x-none", persianText},
		{"utf-8 with a BOM", []byte("\xef\xbb\xbf" + persianText), "windows-1252", persianText},
		{"utf-8 cut inside a letter", []byte(persianText[:len(persianText)-2]), "utf-8", persianText[:len(persianText)-3] + "\ufffd"},

		{"windows-1256", encode(t, charmap.Windows1256, persian1256), "windows-1256", persian1256},
		{"windows-1256 as cp1256", encode(t, charmap.Windows1256, persian1256), "CP1256", persian1256},
		{"windows-1256, no label", encode(t, charmap.Windows1256, persian1256), "", persian1256},
		{"windows-1256 as latin1", encode(t, charmap.Windows1256, persian1256), "ISO-8859-1", persian1256},
		{"windows-1256 as windows-1252", encode(t, charmap.Windows1256, arabicText), "windows-1252", arabicText},
		{"windows-1256 as us-ascii", encode(t, charmap.Windows1256, arabicText), "us-ascii", arabicText},
		{"windows-1256 as utf-8", encode(t, charmap.Windows1256, persian1256), "utf-8", persian1256},
		{"windows-1256 as iso-8859-6", encode(t, charmap.Windows1256, persian1256), "iso-8859-6", persian1256},
		{"windows-1256 as x-user-defined", encode(t, charmap.Windows1256, persian1256), "x-user-defined", persian1256},
		{"windows-1256 as default", encode(t, charmap.Windows1256, "سلام"), "default", "سلام"},
		{"windows-1256, two letters that are UTF-8 too", []byte("\xd3\x90"), "windows-1256", "سگ"},
		{"iso-8859-6", encode(t, charmap.ISO8859_6, arabicText), "iso-8859-6", arabicText},

		{"latin1", encode(t, charmap.Windows1252, germanText), "iso-8859-1", germanText},
		{"latin1, no label", encode(t, charmap.Windows1252, frenchText), "", frenchText},
		{"latin1 as utf-8", encode(t, charmap.Windows1252, frenchText), "utf-8", frenchText},
		{"windows-1252 signs", []byte("\x93quoted\x94 \x80"), "iso-8859-1", "“quoted” €"},
		{"windows-1251", encode(t, charmap.Windows1251, russianText), "windows-1251", russianText},
		{"windows-1251, no label", encode(t, charmap.Windows1251, russianText), "", russianText},
		{"koi8-r", encode(t, charmap.KOI8R, russianText), "koi8-r", russianText},
		{"koi8-u", encode(t, charmap.KOI8U, "Київ"), "koi8-u", "Київ"},
		{"koi8-r, no label", encode(t, charmap.KOI8R, russianText), "", russianText},
		{"iso-8859-2", encode(t, charmap.ISO8859_2, "Żółw"), "latin2", "Żółw"},
		{"iso-8859-7", encode(t, charmap.ISO8859_7, "Καλημέρα"), "iso-8859-7", "Καλημέρα"},
		{"windows-1255", encode(t, charmap.Windows1255, "שלום"), "windows-1255", "שלום"},
		{"iso-8859-9", encode(t, charmap.ISO8859_9, "İstanbul şık"), "iso-8859-9", "İstanbul şık"},
		{"iso-8859-15", encode(t, charmap.ISO8859_15, "10 €"), "iso-8859-15", "10 €"},
		{"tis-620", encode(t, charmap.Windows874, "สวัสดี"), "tis-620", "สวัสดี"},
		{"ibm437", encode(t, charmap.CodePage437, "Müller"), "IBM437", "Müller"},

		{"gb18030", encode(t, simplifiedchinese.GB18030, chineseText), "gb18030", chineseText},
		{"gbk as gb2312", encode(t, simplifiedchinese.GBK, "朱镕基"), "gb2312", "朱镕基"},
		{"gbk, no label", encode(t, simplifiedchinese.GBK, chineseText), "", chineseText},
		{"hz", encode(t, simplifiedchinese.HZGB2312, chineseText), "hz-gb-2312", chineseText},
		{"big5", encode(t, traditionalchinese.Big5, "你好，世界"), "big5", "你好，世界"},
		{"euc-kr", encode(t, korean.EUCKR, koreanText), "euc-kr", koreanText},
		{"euc-kr as ks_c_5601-1987", encode(t, korean.EUCKR, koreanText), "ks_c_5601-1987", koreanText},
		{"euc-kr, no label", encode(t, korean.EUCKR, koreanText), "", koreanText},
		{"iso-2022-kr", []byte("\x1b$)CHi \x0e>H3g\x0f!"), "iso-2022-kr", "Hi 안녕!"},
		{"shift_jis", encode(t, japanese.ShiftJIS, japanText), "shift_jis", japanText},
		{"shift_jis, no label", encode(t, japanese.ShiftJIS, japanText), "", japanText},
		{"euc-jp", encode(t, japanese.EUCJP, japanText), "euc-jp", japanText},
		{"iso-2022-jp", encode(t, japanese.ISO2022JP, japanText), "iso-2022-jp", japanText},
		{"iso-2022-jp as us-ascii", encode(t, japanese.ISO2022JP, japanText), "us-ascii", japanText},

		{"utf-16le", encode(t, utf16le, persianText), "utf-16le", persianText},
		{"utf-16 with a BOM", append([]byte("\xff\xfe"), encode(t, utf16le, persianText)...), "utf-16", persianText},
		{"utf-16 that is ascii", []byte("plain"), "utf-16", "plain"},
		{"utf-7", []byte("A+ImIDkQ. 1 +- 2 +AGE-b"), "utf-7", "A≢Α. 1 + 2 ab"},
		{"utf-7 surrogates", []byte("+2D3cqQ-"), "unicode-1-1-utf-7", "💩"},

		{"utf-8 written twice", []byte(doubled(t, persianText)), "utf-8", persianText},
		{"windows-1256 written as utf-8", []byte(misread1256(t, persian1256)), "utf-8", persian1256},
		{"German stays German", []byte(germanText), "utf-8", germanText},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := DecodeCharset(test.data, test.label); got != test.want {
				t.Errorf("DecodeCharset(%.60q, %q)\n got %q\nwant %q", test.data, test.label, got, test.want)
			}
		})
	}
}

// doubled is UTF-8 that somebody took for windows-1252 and converted again.
func doubled(t testing.TB, s string) string {
	t.Helper()

	var out strings.Builder

	for i := range len(s) {
		r := charmap.Windows1252.DecodeByte(s[i])
		if r == utf8.RuneError {
			r = rune(s[i])
		}

		out.WriteRune(r)
	}

	return out.String()
}

func misread1256(t testing.TB, s string) string {
	t.Helper()

	return doubled(t, string(encode(t, charmap.Windows1256, s)))
}

// Every label that is known decodes something and stays valid.
func TestCharsetLabels(t *testing.T) {
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}

	for label := range charsets {
		if got := DecodeCharset(all[:], label); !utf8.ValidString(got) || got == "" {
			t.Errorf("%s: not valid UTF-8 or empty: %q", label, got)
		}

		if got := DecodeCharset([]byte("a"), "x-"+label); got == "" {
			t.Errorf("x-%s: lost the text", label)
		}
	}
}

// Short Western words with many accents must not turn into Arabic.
func TestGuessLeavesWesternAlone(t *testing.T) {
	for _, word := range []string{
		"äöü", "ÄÖÜ", "Ñandú", "façade", "São Tomé", "Åse Ødegård", "Björk Guðmundsdóttir", "Þórður", "déjà vu",
		"ÉLÈVE", "Ça va? Où?", "Zoë", "naïve", "Œuvre", "100 € – 50 £", "«non»", "ÀÉÎÕÜ",
	} {
		data := encode(t, charmap.Windows1252, word)
		if got := DecodeCharset(data, ""); got != word {
			t.Errorf("%q became %q", word, got)
		}
	}
}

// Single words of Persian are enough.
func TestGuessKnowsPersianWords(t *testing.T) {
	for _, word := range []string{"سلام", "قرارداد جديد", "علي", "پاسخ: گزارش هفتگي", "فاکتور شماره 12", "Re: جلسه"} {
		data := encode(t, charmap.Windows1256, word)
		if got := DecodeCharset(data, "iso-8859-1"); got != word {
			t.Errorf("%q became %q", word, got)
		}
	}
}
