package demo

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

var testNow = time.Date(2025, time.November, 25, 14, 30, 0, 0, time.FixedZone("", 12600))

// written are all messages of one account.
func written(t *testing.T, key, pattern string, now time.Time, seed uint64) []*post {
	t.Helper()
	people, err := readPeople()
	if err != nil {
		t.Fatal(err)
	}
	posts, err := newAuthor(people, people[key], now, seed).writeAll(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

func everything(t *testing.T) []*post {
	t.Helper()
	return slices.Concat(written(t, "sara", "home-*.txt", testNow, 1), written(t, "work", "work-*.txt", testNow, 1))
}

func TestSamplesAreDeterministic(t *testing.T) {
	a := written(t, "sara", "home-*.txt", testNow, 7)
	b := written(t, "sara", "home-*.txt", testNow, 7)
	c := written(t, "sara", "home-*.txt", testNow, 8)
	differ := false
	for i := range a {
		if !bytes.Equal(a[i].raw, b[i].raw) || !a[i].at.Equal(b[i].at) {
			t.Fatalf("message %d differs under the same seed", i)
		}
		differ = differ || !bytes.Equal(a[i].raw, c[i].raw)
	}
	if !differ {
		t.Error("another seed changes nothing")
	}
}

// TestSamplesAtAnyHour sees that no thread runs backwards and nothing comes
// from the future, whenever the demo is started.
func TestSamplesAtAnyHour(t *testing.T) {
	for _, hour := range []int{0, 1, 9, 23} {
		now := time.Date(2025, time.March, 29, hour, 2, 0, 0, time.FixedZone("", 3600))
		for _, p := range slices.Concat(written(t, "sara", "home-*.txt", now, 1), written(t, "work", "work-*.txt", now, 1)) {
			if p.at.After(now) {
				t.Fatalf("at %s something comes from %s:\n%.300s", now, p.at, p.raw)
			}
		}
	}
}

// TestSamplesAreReadable reads every message as a mail program would.
func TestSamplesAreReadable(t *testing.T) {
	ids := map[string]bool{}
	for _, p := range everything(t) {
		if !bytes.HasSuffix(p.raw, []byte("\r\n")) || bytes.Contains(bytes.ReplaceAll(p.raw, []byte("\r\n"), nil), []byte("\n")) {
			t.Errorf("line ends are wrong in:\n%.300s", p.raw)
		}
		for line := range bytes.Lines(p.raw) {
			if len(line) > 1000 {
				t.Errorf("a line of %d octets in:\n%.300s", len(line), p.raw)
			}
		}
		e, err := message.Read(bytes.NewReader(p.raw))
		if err != nil {
			t.Errorf("%v in:\n%.300s", err, p.raw)
			continue
		}
		h := mail.Header{Header: e.Header}
		if _, err := h.AddressList("From"); err != nil && !bytes.Contains(p.raw, []byte("windows-1256")) {
			t.Errorf("From: %v in:\n%.300s", err, p.raw)
		}
		if _, err := h.Date(); err != nil {
			t.Errorf("Date: %v in:\n%.300s", err, p.raw)
		}
		id, err := h.MessageID()
		if err != nil || ids[id] {
			t.Errorf("Message-ID %q, %v is not a new one", id, err)
		}
		ids[id] = true
		if text := firstText(e); text == "" || placeholder.MatchString(text) || strings.Contains(text, "{") {
			t.Errorf("text is %q in:\n%.300s", text, p.raw)
		}
	}
	if len(ids) < 200 {
		t.Errorf("%d messages, want some 200", len(ids))
	}
}

// TestSamplesAreVaried counts the kinds that a mail program has to cope with.
func TestSamplesAreVaried(t *testing.T) {
	got := map[string]int{}
	for _, p := range everything(t) {
		e, err := message.Read(bytes.NewReader(p.raw))
		if err != nil {
			t.Fatal(err)
		}
		h := mail.Header{Header: e.Header}
		if mostlyPersian(firstText(e)) {
			got["persian"]++
		} else {
			got["english"]++
		}
		if refs, err := h.MsgIDList("References"); err == nil && len(refs) > 0 {
			got["answer"]++
		}
		switch age := testNow.Sub(p.at); {
		case age < 24*time.Hour:
			got["a day"]++
		case age < 7*24*time.Hour:
			got["a week"]++
		case age > 60*24*time.Hour:
			got["months"]++
		}
		for _, f := range p.flags {
			got[string(f)]++
		}
		if err := countParts(got, p.raw); err != nil {
			t.Errorf("%v in:\n%.300s", err, p.raw)
		}
	}
	for kind, want := range map[string]int{
		"persian": 90, "english": 90, "answer": 40, "a day": 10, "a week": 40, "months": 8,
		`\Flagged`: 8, `\Answered`: 8, `\Draft`: 3, "text/plain": 100, "text/html": 80, "html only": 30,
		"multipart/alternative": 30, "multipart/related": 4, "application/pdf": 20, "image/png": 10, "text/csv": 5,
		docxType: 5, "text/calendar": 3, "windows-1256": 4, "persian file name": 20, "undeclared header": 2,
		"continued file name": 2, "file name as words": 1,
	} {
		if got[kind] < want {
			t.Errorf("%d of %s, want %d at least", got[kind], kind, want)
		}
	}
	t.Log(got)
}

func countParts(got map[string]int, raw []byte) error {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !isASCII(string(head)) {
		got["undeclared header"]++
	}
	if bytes.Contains(raw, []byte("filename*1*=")) {
		got["continued file name"]++
	}
	if bytes.Contains(raw, []byte(`filename="=?`)) {
		got["file name as words"]++
	}
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	plain, html := false, false
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, params, err := part.Header.ContentType()
		if err != nil {
			return err
		}
		got[kind]++
		got[params["charset"]]++
		plain, html = plain || kind == "text/plain", html || kind == "text/html"
		_, disposition, err := part.Header.ContentDisposition()
		if err == nil && !isASCII(disposition["filename"]) {
			got["persian file name"]++
		}
		if strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		_, err = io.Copy(io.Discard, part.Body)
		return err
	})
	if html && !plain {
		got["html only"]++
	}
	return err
}

func TestSamplesArePersian(t *testing.T) {
	names, err := samples.ReadDir("samples")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := samples.ReadFile("samples/" + name.Name())
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexAny(string(text), "يك٠١٢٣٤٥٦٧٨٩"); i >= 0 {
			t.Errorf("%s has an Arabic letter or digit: %.40q", name.Name(), text[i:])
		}
		if i := strings.Index(string(text), " می "); i >= 0 {
			t.Errorf("%s lacks a zero-width non-joiner: %.40q", name.Name(), text[i:])
		}
	}
}

func TestArrivalsCanBeWritten(t *testing.T) {
	w, err := newWorld(Options{Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	count, seen := map[string]int{}, map[string]bool{}
	for i := range 80 {
		v := w.postman.arrival()
		raw, err := v.write(testNow)
		if err != nil {
			t.Fatal(err)
		}
		e, err := message.Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := mostlyPersian(firstText(e)); got != (i%2 == 1) {
			t.Errorf("arrival %d is Persian: %v\n%s", i, got, raw)
		}
		id := e.Header.Get("Message-ID")
		if seen[id] {
			t.Errorf("%s came twice", id)
		}
		seen[id] = true
		count[v.to]++
	}
	if count[imapAddress] < 30 || count[pop3Address] < 20 {
		t.Errorf("arrivals went to %v", count)
	}
}

func TestBadEntriesAreRefused(t *testing.T) {
	people, err := readPeople()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"from: stranger\n\nx", "from: reza\nno field\n\nx", "from: reza\nwho: x\n\nx", "from: reza\nre: nothing\n\nx",
		"from: reza\nago: soon\n\nx", "from: reza\nago: 2d noon\n\nx", "from: reza\nago: xd\n\nx", "from: reza\nrepeat: many / 2d\n\nx",
		"from: reza\nrepeat: 2 / then\n\nx", "from: reza\nflags: shiny\n\nx", "from: reza\nas: film\n\nx", "from: reza\nattach: exe a.exe\n\nx",
		"from: reza\nevent: tomorrow / x\n\nx", "from: reza\nevent: 1 noon 60 here / x\n\nx", "from: reza\nto: stranger\n\nx",
		"from: reza\nid: a\nago: 1h\n\nx\n=====\nfrom: mina\nre: a\nago: 2h\n\nx",
	} {
		entries, err := parseEntries("test.txt", "=====\n"+text)
		a := newAuthor(people, people["sara"], testNow, 1)
		for i := range entries {
			if err == nil {
				_, err = a.write(&entries[i])
			}
		}
		if err == nil {
			t.Errorf("accepted:\n%s", text)
		} else if !strings.Contains(err.Error(), "test.txt:") {
			t.Errorf("error does not say where: %v", err)
		}
	}
}

func TestFileNameParameter(t *testing.T) {
	for _, name := range []string{
		"a.pdf", "قرارداد.docx", "it's (100%) «نهایی».pdf", strings.Repeat("گزارش بسیار بلند ", 20) + ".csv",
	} {
		written := "attachment; " + fileNameParameter("filename", name)
		_, params, err := mime.ParseMediaType(strings.ReplaceAll(written, "\r\n", ""))
		if err != nil || params["filename"] != name {
			t.Errorf("%s reads %q, %v", written, params["filename"], err)
		}
		for line := range strings.Lines(written) {
			if len(line) > 100 {
				t.Errorf("line of %d octets: %s", len(line), line)
			}
		}
	}
}

func TestPersianDate(t *testing.T) {
	for _, tt := range []struct {
		date string
		want string
	}{
		{"2025-03-20", "1403-12-30"},
		{"2025-03-21", "1404-01-01"},
		{"2024-03-19", "1402-12-29"},
		{"2024-03-20", "1403-01-01"},
		{"2025-09-22", "1404-06-31"},
		{"2025-09-23", "1404-07-01"},
		{"2025-11-27", "1404-09-06"},
		{"1979-02-11", "1357-11-22"},
		{"2021-03-20", "1399-12-30"},
		{"2030-03-21", "1409-01-01"},
	} {
		date, err := time.Parse(time.DateOnly, tt.date)
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := persianDate(date)
		if got := fmt.Sprintf("%04d-%02d-%02d", y, m, d); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.date, got, tt.want)
		}
	}
	if got := persianDay(time.Date(2025, 11, 27, 9, 0, 0, 0, time.UTC)); got != "پنج\u200cشنبه ۶ آذر" {
		t.Errorf("got %q", got)
	}
}

func TestPage(t *testing.T) {
	const markup = "# T\ntext **bold** <i> https://a.example/x.\n\n- one\n- [two](https://b.example)\n\n1. x\n\n| h | k |\n| a | b |\n\n> q1\n> q2\n\n[Go](https://c.example)\n![p](cid:x@y)\n---\n"
	got := page(markup, look{style: "card", color: "#123456", brand: "B&B", footer: "f", pixel: "https://t.example/p"})
	for _, want := range []string{
		`<html dir="ltr" lang="en">`, ">T</h2>", "<strong>bold</strong> &lt;i&gt; <a href=\"https://a.example/x\">https://a.example/x</a>.",
		"<li>one</li>\n<li><a href=\"https://b.example\">two</a></li>", "<ol", ">h</th>", ">b</td>", ">q1<br>\nq2</blockquote>",
		`<a href="https://c.example" style=`, `<img src="cid:x@y" alt="p"`, "<hr", "B&amp;B", `<img src="https://t.example/p" width="1"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("page lacks %s:\n%s", want, got)
		}
	}
	if got := plainText("# T\n| a | b |\n[Go](https://c.example)\n**x** [y](https://d.example)\n"); got != "T\na\tb\nGo:\nhttps://c.example\nx y (https://d.example)\n" {
		t.Errorf("plain text is %q", got)
	}
}
