package imap

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	"peyk/accounts"
)

// dialerOf opens a bare wire to a server.
type dialerOf struct{ server accounts.Server }

func (d *dialerOf) open(t *testing.T) (*wire, error) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.server.Address())
	if err != nil {
		return nil, err
	}
	return newWire(conn, 10*time.Second, nil), nil
}

// spoken is a connection on which everything has been said already.
type spoken struct {
	net.Conn
	r io.Reader
}

func (s *spoken) Read(p []byte) (int, error)       { return s.r.Read(p) }
func (s *spoken) Write(p []byte) (int, error)      { return len(p), nil }
func (s *spoken) Close() error                     { return nil }
func (s *spoken) SetReadDeadline(time.Time) error  { return nil }
func (s *spoken) SetWriteDeadline(time.Time) error { return nil }

// rewrite runs a server's octets through a wire.
func rewrite(text []byte) ([]byte, error) {
	w := newWire(&spoken{r: bytes.NewReader(text)}, time.Second, nil)
	return io.ReadAll(struct{ io.Reader }{w})
}

func TestRewriting(t *testing.T) {
	tests := []struct{ name, in, out string }{
		{"unknown", "* VANISHED 1:3\r\n* X {3}\r\na\r\n b\r\n* 1 EXISTS\r\n", "* 1 EXISTS\r\n"},
		{"bare line feeds", "* 1 EXISTS\nT1 OK x\n", "* 1 EXISTS\r\nT1 OK x\r\n"},
		{"capabilities", "* CAPABILITY IMAP4rev1\r\nT1 OK [CAPABILITY x] y\r\n", "T1 OK y\r\n"},
		{"unasked continuation", "+ what\r\n", ""},
		{"zero", "* 0 EXPUNGE\r\n* 0 EXISTS\r\n* 1 RECENT\r\n", "* 0 EXISTS\r\n"},
		{"search", "* SEARCH 1 2  3 \r\n* SEARCH\r\n* search 4 x\r\n", "* SEARCH 1 2 3\r\n* SEARCH\r\n* SEARCH 4\r\n"},
		{"esearch", "* ESEARCH (TAG \"T1\") UID ALL 1:3\r\n* ESEARCH UID ALL 1:*\r\n* ESEARCH (TAG \"T1\") UID COUNT 0\r\n* ESEARCH x\r\n", "* ESEARCH (TAG \"T1\") UID ALL 1:3\r\n* ESEARCH (TAG \"T1\") UID COUNT 0\r\n"},
		{"list", "* LIST (\\A b) \"//\" {4}\r\na\"b\\\r\n* LIST () \"\" NIL\r\n* LIST x\r\n", "* LIST (\\A) \"/\" \"a\\\"b\\\\\"\r\n* LIST () NIL \"NIL\"\r\n"},
		{"flags", "* FLAGS (\\Seen a]b c)\r\n* FLAGS\r\n", "* FLAGS (\\Seen c)\r\n"},
		{"status", "* STATUS x (MESSAGES 1 RECENT 0 UNSEEN -1)\r\n", "* STATUS \"x\" (MESSAGES 1)\r\n"},
		{"fetch", "* 4 FETCH (FLAGS (\\Seen) BODY[TEXT]<0> {2}\r\nhi UID 4)\r\nT1 OK x\r\n", "* 4 FETCH (FLAGS (\\Seen) BODY[] {2}\r\nhi UID 4)\r\nT1 OK x\r\n"},
		{"empty body", "* 4 FETCH (BODY[] {0}\r\n UID 4)\r\n", "* 4 FETCH (BODY[] {0}\r\n UID 4)\r\n"},
		{"two bodies", "* 4 FETCH (BODY[1] {1}\r\na BODY[2] {1}\r\nb)\r\n", "* 4 FETCH (BODY[] {1}\r\na BODY[] {1}\r\nb)\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rewrite([]byte(tt.in))
			if err != nil || string(got) != tt.out {
				t.Errorf("got %q, %v, want %q", got, err, tt.out)
			}
		})
	}
	for _, in := range []string{"\r\n", "nonsense\r\n", "* 1 FETCH (BODY[] {5}\r\nab", "* LIST () \"/\" {90000000000}\r\n"} {
		if got, err := rewrite([]byte(in)); err == nil && !strings.Contains(string(got), "FETCH") {
			t.Errorf("%q gives %q without an error", in, got)
		}
	}
}

func TestTranscriptIsHarmless(t *testing.T) {
	var b bytes.Buffer
	tr := newTranscript(&b)
	tr.line("S: ", []byte("a\x1b[31mb\r\n"))
	tr.line("C: ", bytes.Repeat([]byte("x"), 5000))
	lines := strings.Split(b.String(), "\n")
	if lines[0] != "S: a.[31mb" || len(lines[1]) > 1100 || !strings.HasSuffix(lines[1], "5000 octets") {
		t.Errorf("got %q", b.String())
	}
	tr = newTranscript(brokenWriter{})
	tr.line("S: ", nil)
	tr.line("S: ", nil)
	newTranscript(nil).line("S: ", nil)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// FuzzWire feeds a server's octets through the wire to the library, which must
// end without a panic and without a hang, whatever they are.
func FuzzWire(f *testing.F) {
	for _, seed := range []string{
		"* 4 FETCH (UID 4 FLAGS (\\Seen) INTERNALDATE \"20-Mar-2024 03:06:24 +0000\" RFC822.SIZE 2 MODSEQ (3) BODY[] {2}\r\nhi)\r\n",
		"* 1 FETCH (UID 1 BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"a\" {1}\r\nb) NIL NIL \"7BIT\" 1 1)(NIL) \"mixed\"))\r\n",
		"* LIST (\\Sent) \"/\" \"&BioGJwYyBkc-\"\r\n* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n* LSUB () NIL R&D\r\n",
		"* ESEARCH (TAG \"T1\") UID ALL 1:3,5\r\n* SEARCH 1 2 3 (MODSEQ 4)\r\n",
		"* OK [PERMANENTFLAGS (\\* \\Seen)] x\r\n* OK [HIGHESTMODSEQ 1] x\r\n* NO [ALERT] y\r\n* BYE z\r\nT1 OK done\r\n",
		"* QUOTA \"\" (STORAGE 1 2)\r\n* QUOTAROOT INBOX \"\"\r\n* FLAGS (a b)\r\n* 3 EXISTS\r\n* 2 EXPUNGE\r\n+ go\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("00000}")) {
			return // a large literal only costs time
		}
		w := newWire(&spoken{r: bytes.NewReader(text)}, time.Second, nil)
		w.out = []byte("* PREAUTH [CAPABILITY IMAP4rev1] in\r\n")
		s := &Session{wire: w, options: Options{}}
		s.client = imapclient.New(w, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{Fetch: s.stray}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		select {
		case <-s.client.Closed():
		case <-ctx.Done():
			t.Fatal("it hangs")
		}
		if err := s.client.Close(); err != nil && strings.Contains(err.Error(), "panic") {
			t.Fatal(err)
		}
		s.strays.wait()
	})
}

// FuzzNames checks that a name that was decoded encodes to one that decodes to
// it again.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"INBOX", "R&D", "&BioGJwYyBkc-", "&", "&-", "caf\xe9", "&2D0-", "&AAA-", "a\r\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name := decodeName(raw)
		encoded := encodeName(name)
		if got := decodeName(encoded); got != name {
			t.Errorf("%q is %q, encoded %q, decoded %q", raw, name, encoded, got)
		}
		if !quotable(encoded) {
			t.Errorf("%q encodes to %q", raw, encoded)
		}
	})
}

// FuzzScanner checks that values are read within their bounds.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{`(a "b\"c" {3}` + "\r\nabc NIL)", "((()))", `"`, "~{2}\r\nab", "{9}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := &scanner{b: text}
		for {
			before := s.pos
			n, err := s.value()
			if err != nil {
				break
			}
			countAttachments(n)
			if s.pos <= before || s.pos > len(text) {
				t.Fatalf("from %d to %d of %d", before, s.pos, len(text))
			}
		}
	})
}
