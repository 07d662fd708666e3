package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// stuffed is raw as a server sends it, with its "." line.
func stuffed(raw []byte) []byte {
	out := bytes.ReplaceAll(raw, []byte("\r\n."), []byte("\r\n.."))
	if bytes.HasPrefix(raw, []byte(".")) {
		out = append([]byte("."), out...)
	}
	if len(raw) > 0 && !bytes.HasSuffix(raw, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return append(out, ".\r\n"...)
}

// pieces gives out a stream in reads of at most n octets.
type pieces struct {
	r io.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }

func readAll(r io.Reader, bareLF bool) (raw, rest []byte, err error) {
	in := bufio.NewReaderSize(r, 64)
	b := body{keep: 1 << 30, drain: 1 << 30}
	if err := readBody(in, bareLF, &b); err != nil {
		return b.raw, nil, err
	}
	rest, err = io.ReadAll(in)
	return b.raw, rest, err
}

func TestReadBody(t *testing.T) {
	tests := []struct {
		name, sent, want string
		bareLF           bool
	}{
		{name: "empty", sent: ".\r\n", want: ""},
		{name: "empty line", sent: "\r\n.\r\n", want: "\r\n"},
		{name: "one line", sent: "a\r\n.\r\n", want: "a\r\n"},
		{name: "dots", sent: "..\r\n...\r\n..a\r\n.\r\n", want: ".\r\n..\r\n.a\r\n"},
		{name: "dot in a line", sent: "a.\r\nb.c\r\n.\r\n", want: "a.\r\nb.c\r\n"},
		{name: "dot not doubled", sent: ".a\r\n.\r\n", want: "a\r\n"},
		{name: "lone LF before a dot is content", sent: "a\n.\n.\r\n.\r\n", want: "a\n.\n.\r\n"},
		{name: "lone CR before a dot is content", sent: "a\r.\rb\r\n.\r\n", want: "a\r.\rb\r\n"},
		{name: "CR CR LF", sent: "a\r\r\n.\r\n", want: "a\r\r\n"},
		{name: "dot CR without LF", sent: "..\rx\r\n.\r\n", want: ".\rx\r\n"},
		{name: "dot LF", sent: "..\nx\r\n.\r\n", want: ".\nx\r\n"},
		{name: "NUL and 8 bit", sent: "\x00\xff\xfe\r\n.\r\n", want: "\x00\xff\xfe\r\n"},
		{name: "bare LF server", sent: "a\n..b\n.\n", want: "a\n.b\n", bareLF: true},
		{name: "bare LF server with CRLF inside", sent: "a\r\n..b\n.\n", want: "a\r\n.b\n", bareLF: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for n := 1; n <= len(tt.sent)+3; n++ {
				raw, rest, err := readAll(pieces{strings.NewReader(tt.sent + "+OK"), n}, tt.bareLF)
				if err != nil || string(raw) != tt.want || string(rest) != "+OK" {
					t.Fatalf("in pieces of %d: %q, then %q, %v; want %q", n, raw, rest, err, tt.want)
				}
			}
		})
	}
}

func TestReadBodyCutOff(t *testing.T) {
	const whole = "a\r\n..b\r\n.\r\n"
	for n := range len(whole) {
		_, _, err := readAll(strings.NewReader(whole[:n]), false)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("after %q: %v", whole[:n], err)
		}
	}
	_, _, err := readAll(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(whole))), false)
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("another error: %v", err)
	}
}

func TestReadBodyBounds(t *testing.T) {
	sent := strings.Repeat("0123456789\r\n", 100) + ".\r\nnext"
	for _, tt := range []struct {
		name        string
		keep, drain int64
		large       bool
		err         error
	}{
		{"fits exactly", 1200, 1200, false, nil},
		{"too large", 1199, 1200, true, nil},
		{"endless", 100, 1000, true, errEndless},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := bufio.NewReaderSize(strings.NewReader(sent), 16)
			b := body{keep: tt.keep, drain: tt.drain}
			err := readBody(in, false, &b)
			if !errors.Is(err, tt.err) || b.tooLarge() != tt.large {
				t.Fatalf("too large %v, %v", b.tooLarge(), err)
			}
			if tt.large && len(b.raw) > 0 {
				t.Errorf("%d octets are kept", len(b.raw))
			}
			if rest, err := io.ReadAll(in); tt.err == nil && (string(rest) != "next" || err != nil) {
				t.Errorf("out of step: %q, %v", rest, err)
			}
		})
	}
}

// FuzzReadBody: whatever a server sends, the pieces in which it arrives make
// no difference.
func FuzzReadBody(f *testing.F) {
	for _, s := range []string{"", ".", ".\r\n", "..\r\n.\r\n", "a\r\n.\r", "\r\n\r\n.\r\nx", "a\n.\n", "\r\r\n.\r\n", ".\r.\r\n.\r\n"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, sent []byte, bareLF bool) {
		raw, rest, err := readAll(bytes.NewReader(sent), bareLF)
		raw1, rest1, err1 := readAll(iotest.OneByteReader(bytes.NewReader(sent)), bareLF)
		if !bytes.Equal(raw, raw1) || !bytes.Equal(rest, rest1) || (err == nil) != (err1 == nil) {
			t.Fatalf("%q, %q, %v but octet by octet %q, %q, %v", raw, rest, err, raw1, rest1, err1)
		}
		if err == nil && len(raw)+len(rest) > len(sent) {
			t.Fatal("more came out than went in")
		}
	})
}

// FuzzRoundTrip: any message survives stuffing, and the next answer is in step.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"", ".", "..", "\r\n.", ".\r\n.\r\n", "a\r\n..\r\nb", "a\n.b\r.c", "\r", "\n", "\r\n.\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		want := raw
		if len(raw) > 0 && !bytes.HasSuffix(raw, []byte("\r\n")) {
			want = append(bytes.Clone(raw), "\r\n"...)
		}
		got, rest, err := readAll(bytes.NewReader(append(stuffed(raw), "+OK\r\n"...)), false)
		if err != nil || !bytes.Equal(got, want) || string(rest) != "+OK\r\n" {
			t.Fatalf("%q became %q, then %q, %v", raw, got, rest, err)
		}
	})
}
