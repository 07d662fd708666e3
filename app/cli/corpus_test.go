//go:build linux

package cli

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realMails are n messages: hard cases of our own, the real and broken ones of
// the corpus where it is there, and made ones up to the number.
func realMails(t *testing.T, n int) [][]byte {
	t.Helper()
	mails := hardMails()
	mails = append(mails, corpusMails(t)...)
	mails = append(mails, generatedMails(t, n-len(mails))...)
	if len(mails) < n {
		r := rand.New(rand.NewPCG(7, 7))
		for i := len(mails); i < n; i++ {
			mails = append(mails, plainMail(r, i))
		}
	}
	return mails[:n]
}

// hardMails are what breaks clients that read lines into buffers, take dots
// for the end, or believe that mail is ASCII.
func hardMails() [][]byte {
	r := rand.New(rand.NewPCG(1, 1))
	head := func(subject string) string {
		return "From: Sara <sara@example.org>\r\nTo: u@example.org\r\nSubject: " + subject +
			"\r\nDate: Sat, 21 Mar 2026 10:00:00 +0330\r\nMessage-ID: <" + strings.ReplaceAll(subject, " ", "-") + "@hard>\r\n\r\n"
	}
	big := make([]byte, 14<<20)
	for i := range big {
		big[i] = byte(r.Uint32())
	}
	twin := []byte(head("two equal ones") + "The same, twice.\r\n")
	eight := append([]byte(head("eight bits")), 0xd3, 0xe1, 0xc7, 0xe3, 0xff, 0x80, 0xfe, '\r', '\n')
	return [][]byte{
		[]byte(head("a line of 100 kB") + strings.Repeat("0123456789", 10_000) + "\r\n"),
		[]byte(head("lines around 4096") + strings.Repeat("x", 4095) + "\r\n" + strings.Repeat("y", 4096) + "\r\n" + strings.Repeat("z", 4097) + "\r\n"),
		[]byte(head("dots") + ".\r\n..\r\n...\r\n.x\r\n. .\r\n\r\n.\r\nend\r\n"),
		[]byte(head("no final line end") + "the last line"),
		[]byte(head("only dots at the end") + "text\r\n."),
		eight,
		twin, bytes.Clone(twin),
		append([]byte(strings.Replace(head("20 MB"), "\r\n\r\n",
			"\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=big.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1)),
			base64Lines(big)...),
		[]byte("Subject: no body at all\r\n\r\n"),
		[]byte(head("سلام دنیا") + "این نامه سرآیند خام دارد.\r\n"),
	}
}

func base64Lines(data []byte) []byte {
	text := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	b.Grow(len(text) + len(text)/76*2 + 2)
	for len(text) > 0 {
		n := min(76, len(text))
		b.WriteString(text[:n])
		b.WriteString("\r\n")
		text = text[n:]
	}
	return b.Bytes()
}

// corpusMails are the messages of the corpus with their lines ended as they
// travel.
func corpusMails(t *testing.T) [][]byte {
	t.Helper()
	root := os.Getenv("PEYK_CORPUS")
	if root == "" {
		return nil
	}
	var mails [][]byte
	err := filepath.WalkDir(filepath.Join(root, "messages"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data = withCRLF(data)
		if len(data) > 0 {
			mails = append(mails, data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) < 300 {
		t.Fatalf("the corpus has only %d messages", len(mails))
	}
	return mails
}

// withCRLF ends every line as it travels.
func withCRLF(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
}

// generatedMails come from the generator that stands beside the corpus.
func generatedMails(t *testing.T, n int) [][]byte {
	t.Helper()
	script := filepath.Join(os.Getenv("PEYK_CORPUS"), "..", "bench", "gen_maildir.py")
	python, err := exec.LookPath("python3")
	if _, missing := os.Stat(script); missing != nil || err != nil || os.Getenv("PEYK_CORPUS") == "" || n <= 0 {
		return nil
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, script, dir, fmt.Sprint(n)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "cur", "*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var mails [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, withCRLF(data))
	}
	return mails
}

var (
	englishWords = strings.Fields("meeting invoice project report budget server update question customer travel contract password support")
	persianWords = strings.Fields("سلام جلسه گزارش پروژه فاکتور پرداخت می‌خواهم کتاب‌ها قرارداد بودجه برنامه شبکه خانه شهر")
)

// plainMail is an ordinary message in one of the two languages.
func plainMail(r *rand.Rand, i int) []byte {
	words := englishWords
	if i%2 == 1 {
		words = persianWords
	}
	var text strings.Builder
	for range 5 + r.IntN(200) {
		text.WriteString(words[r.IntN(len(words))])
		text.WriteByte(" \n"[r.IntN(2)])
	}
	return withCRLF(fmt.Appendf(nil, "From: n%d@example.org\nTo: u@example.org\nSubject: %s %d\nMessage-ID: <made-%d@example.org>\n"+
		"Date: Sat, 21 Mar 2026 10:%02d:%02d +0330\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"+
		"Content-Transfer-Encoding: 8bit\n\n%s\n", i, words[i%len(words)], i, i, i/60%60, i%60, text.String()))
}
