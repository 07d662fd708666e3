package message

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusFiles are the foreign messages under PEYK_CORPUS; none without it.
func corpusFiles(t testing.TB) []string {
	t.Helper()

	root := os.Getenv("PEYK_CORPUS")
	if root == "" {
		return nil
	}

	var files []string

	err := filepath.WalkDir(filepath.Join(root, "messages"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}

		return err
	})
	if err != nil {
		t.Fatalf("reading the corpus: %v", err)
	}

	return files
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()

	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	return raw
}

func TestCorpus(t *testing.T) {
	for _, path := range corpusFiles(t) {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			raw := readFile(t, path)
			m := checkMessage(t, raw)

			if hasText(m.Root) && strings.TrimSpace(m.Text()) == "" {
				t.Errorf("no text, although the body has some: %.200q", m.Root.Body)
			}

			for _, all := range []bool{false, true} {
				d := ReplyDraft(m, self, all, Wording{})
				d.Date, d.MessageID = testDraft().Date, "m@x"

				var out bytes.Buffer
				if err := d.Build(&out); err == nil {
					checkWire(t, out.Bytes())
				}
			}

			if stripped := StripBcc(raw); len(Parse(stripped).Bcc) > 0 {
				t.Errorf("Bcc stayed")
			}
		})
	}
}

// hasText reports whether a leaf has words that are plainly text: neither
// encoded nor HTML, nor a file.
func hasText(p *Part) bool {
	for leaf := range p.leaves() {
		if leaf.MediaType == "text/plain" && leaf.role == roleBody && leaf.Encoding == "" && len(leaf.cuts) == 0 &&
			len(bytes.TrimSpace(leaf.Body)) > 0 {
			return true
		}
	}

	return false
}

// The neighbours of many broken messages in the corpus are what another parser
// took for the contents of their parts. Where both see a text, it is the same.
func TestCorpusContents(t *testing.T) {
	const enough = 60 // so many agree at least, where there are any

	agree, seen := 0, 0

	for _, path := range corpusFiles(t) {
		base, _, ok := strings.Cut(path, "_decoded_1")
		if !ok {
			continue
		}

		raw, err := os.ReadFile(base + ".msg")
		if err != nil {
			continue
		}

		seen++
		want := normalText(DecodeCharset(bytes.TrimSpace(readFile(t, path)), ""))

		for p := range Parse(raw).Root.leaves() {
			content, _ := p.Content() // damaged is as good as the other's
			if normalText(DecodeCharset(bytes.TrimSpace(content), "")) == want {
				agree++

				break
			}
		}
	}

	if seen > 0 && agree < enough {
		t.Errorf("%d of %d contents agree", agree, seen)
	}

	t.Logf("%d of %d contents agree", agree, seen)
}
