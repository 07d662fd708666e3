package storage_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// layerOf gives a package's layer; imports may only go to the same or a lower
// one.
func layerOf(path string) int {
	for _, l := range []struct {
		prefix string
		layer  int
	}{
		{"peyk/storage/message", 0},
		{"peyk/storage", 1},
		{"peyk/accounts", 2},
		{"peyk/app", 3},
		{"peyk/assets", -1},
		{"peyk", 4},
	} {
		if path == l.prefix || strings.HasPrefix(path, l.prefix+"/") {
			return l.layer
		}
	}
	return -1
}

// foreign lists, by layer, what the packages of that layer must not reach, not
// even through others of the same layer.
var foreign = map[int][]string{
	0: {"fyne.io", "github.com/emersion/go-imap", "github.com/knadh", "github.com/wneessen", "go.etcd.io", "github.com/blevesearch"},
	1: {"fyne.io", "github.com/emersion/go-imap", "github.com/knadh", "github.com/wneessen"},
	2: {"fyne.io"},
}

// direct lists what the packages of a layer must not import themselves.
var direct = map[int][]string{
	3: {"github.com/emersion/go-imap", "github.com/knadh", "github.com/wneessen", "go.etcd.io", "github.com/blevesearch"},
	4: {"github.com/emersion/go-imap", "github.com/knadh", "github.com/wneessen", "go.etcd.io", "github.com/blevesearch"},
}

func TestImportsRunDownwards(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}};{{join .Imports ","}};{{join .Deps ","}}`, "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 10 {
		t.Fatalf("go list found only %d packages", len(lines))
	}
	for _, line := range lines {
		parts := strings.Split(line, ";")
		path, layer := parts[0], layerOf(parts[0])
		for _, dep := range strings.Split(parts[1], ",") {
			if own := layerOf(dep); strings.HasPrefix(dep, "peyk") && own > layer {
				t.Errorf("%s (layer %d) imports %s (layer %d)", path, layer, dep, own)
			}
			refuse(t, path, dep, direct[layer], "imports")
		}
		for _, dep := range strings.Split(parts[2], ",") {
			refuse(t, path, dep, foreign[layer], "depends on")
		}
	}
}

func refuse(t *testing.T, path, dep string, prefixes []string, how string) {
	t.Helper()
	for _, prefix := range prefixes {
		if strings.HasPrefix(dep, prefix) {
			t.Errorf("%s %s %s", path, how, dep)
		}
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := filepath.Glob("../*")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{
		"main.go": true, "app": true, "accounts": true, "storage": true, "assets": true,
		"FyneApp.toml": true, "go.mod": true, "go.sum": true, "README.md": true,
	}
	for _, e := range entries {
		if name := filepath.Base(e); !strings.HasPrefix(name, ".") && !allowed[name] {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}
