package pop3

import (
	"errors"
	"reflect"
	"testing"
)

func TestMergeListings(t *testing.T) {
	tests := []struct {
		name, uidl, list string
		want             []Listed
		noSense          bool
	}{
		{name: "nothing", want: []Listed{}},
		{
			name: "plain", uidl: "1 a\r\n2 b\r\n", list: "1 10\r\n2 20\r\n",
			want: []Listed{{1, "a", 10}, {2, "b", 20}},
		},
		{
			name: "holes and disorder", uidl: "7 c\r\n2 a\r\n", list: "2 1\r\n7 2\r\n",
			want: []Listed{{2, "a", 1}, {7, "c", 2}},
		},
		{
			name: "each knows one alone", uidl: "1 a\r\n", list: "2 20\r\n",
			want: []Listed{{1, "a", 0}, {2, "", 20}},
		},
		{
			name: "same number, same id", uidl: "1 a\r\n1 a\r\n", list: "1 1\r\n1 1\r\n",
			want: []Listed{{1, "a", 1}},
		},
		{
			name: "same number, two ids", uidl: "1 a\r\n1 b\r\n1 b\r\n", list: "1 1\r\n",
			want: []Listed{{1, "", 1}},
		},
		{
			name: "two messages, same id", uidl: "1 a\r\n2 a\r\n", list: "1 1\r\n2 2\r\n",
			want: []Listed{{1, "a", 1}, {2, "a", 2}},
		},
		{
			name: "more words, more spaces, tabs", uidl: " 1\ta b \r\n", list: "1   10 more\r\n",
			want: []Listed{{1, "a b", 10}},
		},
		{
			name: "sizes that are none", uidl: "1 a\r\n2 b\r\n3 c\r\n", list: "1 -5\r\n2 x\r\n3 99999999999999999999\r\n",
			want: []Listed{{1, "a", 0}, {2, "b", 0}, {3, "c", 0}},
		},
		{
			name: "one line of rubbish", uidl: "1 a\r\nfoo\r\n0 z\r\n-1 z\r\n99999999999 z\r\n2\r\n", list: "1 1\r\n2 2\r\n",
			want: []Listed{{1, "a", 1}, {2, "", 2}},
		},
		{name: "rubbish alone", uidl: "foo\r\nbar\r\n", list: "1 1\r\n", noSense: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			uids, uidsErr := parseUIDs([]byte(tt.uidl))
			sizes, sizesErr := parseSizes([]byte(tt.list))
			if err := errors.Join(uidsErr, sizesErr); tt.noSense != errors.Is(err, errNoSense) {
				t.Fatal(err)
			}
			if got := merge(uids, sizes); !tt.noSense && !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func FuzzListings(f *testing.F) {
	f.Add([]byte("1 a\r\n2 b\r\n"), []byte("1 10\r\n2 20\r\n"))
	f.Add([]byte("1\r\n\r\n \x00"), []byte("-1 -1\r\n1 99999999999999999999"))
	f.Fuzz(func(t *testing.T, uidl, list []byte) {
		uids, _ := parseUIDs(uidl)
		sizes, _ := parseSizes(list)
		last := 0
		for _, l := range merge(uids, sizes) {
			if l.Number <= last || l.Size < 0 {
				t.Fatalf("%+v after number %d", l, last)
			}
			last = l.Number
		}
	})
}

func TestCapabilities(t *testing.T) {
	caps := parseCapabilities([]byte("top\r\nSASL plain Cram-MD5\r\n\r\nEXPIRE 30\r\nx\x00y\r\n"))
	if !caps.Has("TOP") || !caps.Has("expire") || caps.Has("STLS") {
		t.Errorf("%v", caps)
	}
	if got := caps.SASL(); !reflect.DeepEqual(got, []string{"PLAIN", "CRAM-MD5"}) {
		t.Errorf("SASL %v", got)
	}
	if got := caps["EXPIRE"]; !reflect.DeepEqual(got, []string{"30"}) {
		t.Errorf("EXPIRE %v", got)
	}
}
