package message

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
)

func b64Word(charset, bytes string) string {
	return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString([]byte(bytes)) + "?="
}

func TestDecodeHeader(t *testing.T) {
	win1256 := string(encode(t, charmap.Windows1256, "قرارداد جديد"))

	tests := []struct{ name, in, want string }{
		{"plain", "Saying Hello", "Saying Hello"},
		{"Q", "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?= Wien", "Grüße aus Wien"},
		{"B", b64Word("utf-8", "سلام دنیا"), "سلام دنیا"},
		{"adjacent words join", "=?utf-8?Q?a?= \t =?utf-8?Q?b?=", "ab"},
		{"adjacent words of two charsets", "=?iso-8859-1?Q?=E4?= =?utf-8?Q?=C3=B6?=", "äö"},
		{"words without space", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
		{"a letter split over two words", "=?utf-8?Q?=D8?= =?utf-8?Q?=B3?=", "س"},
		{"a letter split over two base64 words", b64Word("utf-8", "س\xd9") + " " + b64Word("utf-8", "\x84ام"), "سلام"},
		{"base64 split inside a quantum", "=?utf-8?B?2LPZ?= =?utf-8?B?hA?= =?utf-8?B?==?=", "سل"},
		{"base64 without padding", "=?utf-8?B?YWI?=", "ab"},
		{"text around", "Re: =?utf-8?Q?=C3=A4?= and more", "Re: ä and more"},
		{"inside a word", "x=?utf-8?Q?=C3=A4?=y", "xäy"},
		{"in quotes", `"=?utf-8?Q?=C3=A4?="`, `"ä"`},
		{"language", "=?utf-8*en?Q?a?=", "a"},
		{"lower case and unknown charset", "=?x-what?q?=41?=", "A"},
		{"raw spaces in the text", "=?utf-8?Q?a b=C3=A4?= c", "a bä c"},
		{"end missing", "=?utf-8?B?2LPZhNin2YU=", "سلام"},
		{"not a word", "1 =? 2 ?= 3", "1 =? 2 ?= 3"},
		{"unknown encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"broken escape", "=?utf-8?Q?=C3=A4=ZZ=?=", "ä=ZZ="},
		{"wrong label", "=?iso-8859-1?Q?" + strings.ReplaceAll(percent(win1256), "%", "=") + "?=", "قرارداد جديد"},
		{"raw utf-8", "سلام", "سلام"},
		{"raw windows-1256", win1256, "قرارداد جديد"},
		{"raw latin1", "Gr\xfc\xdfe", "Grüße"},
		{"raw and encoded", "Gr\xfc\xdfe =?utf-8?Q?=C3=A4?=", "Grüße ä"},
		{"controls", "a\x00b\x1bc\u0085d\u2028e", "a b c d e"},
		{"encoded line break", "=?utf-8?Q?a=0D=0ABcc:_b?=", "a  Bcc: b"},
		{"iso-2022-jp raw", "\x1b$B$3$s\x1b(B", "こん"},
		{"empty word", "=?utf-8?Q??=", ""},
		{"fold with tab", "a\r\n\tb", "a   b"},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := DecodeHeader(test.in); got != test.want {
				t.Errorf("DecodeHeader(%q)\n got %q\nwant %q", test.in, got, test.want)
			}
		})
	}
}

func percent(s string) string {
	var out strings.Builder

	for i := range len(s) {
		out.WriteByte('%')
		out.WriteByte(hexDigits[s[i]>>4])
		out.WriteByte(hexDigits[s[i]&15])
	}

	return out.String()
}

// Lines made to be searched again and again must cost one search.
func TestHeaderWorkIsLinear(t *testing.T) {
	const n = 1 << 19

	within := func(name string, f func()) {
		t.Helper()

		start := time.Now()

		f()

		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}

	for _, piece := range []string{
		"=?a?q? ", "=?a?q?", "=?", "=?a?b?YQ?= ", `"\"`, "(", "((\\", "<", "<a@b", "a,", "a@b ", ":;", "\"", ",,,;", "a:b ", "=?x ",
		"a*0*=b;", "x=\"", ";", "x=y;", "é", "\xe9", "[", "a@b (", "\\", "'", ".",
	} {
		s := strings.Repeat(piece, n/len(piece))

		within("DecodeHeader of "+piece, func() { DecodeHeader(s) })
		within("ParseAddresses of "+piece, func() { ParseAddresses(s) })
		within("parameters of "+piece, func() { parseParamField("a/b;"+s, "") })
		within("ParseDate of "+piece, func() { ParseDate(s) })
		within("SubjectBase of "+piece, func() { SubjectBase(s) })
		within("idList of "+piece, func() { idList(s) })
	}
}
