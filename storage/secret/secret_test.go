package secret_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"peyk/storage/secret"
)

func environment(password string) func(string) string {
	return func(name string) string {
		if name == "PEYK_MASTER_PASSWORD" {
			return password
		}
		return ""
	}
}

func open(t *testing.T, dir string, o secret.Options) *secret.Credentials {
	t.Helper()
	if o.Getenv == nil {
		o.Getenv = environment("")
	}
	c, err := secret.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	c.Hasten()
	return c
}

func set(t *testing.T, c *secret.Credentials, key, value string) {
	t.Helper()
	if err := c.Set(t.Context(), key, value); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, c *secret.Credentials, key, value string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || got != value {
		t.Errorf("%s is %q, %v; want %q", key, got, err, value)
	}
}

func expectNone(t *testing.T, c *secret.Credentials, key string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("%s is %q, %v", key, got, err)
	}
}

// none says that a call must not come here.
func none(t *testing.T) func(context.Context, bool) (string, error) {
	return func(context.Context, bool) (string, error) {
		t.Error("the person was asked")
		return "", nil
	}
}

func TestBothPlacesKeepSecrets(t *testing.T) {
	for _, c := range []struct {
		name    string
		options func(*ring, *person) secret.Options
		place   secret.Place
	}{
		{"keyring", func(r *ring, _ *person) secret.Options { return secret.Options{Keyring: r} }, secret.InKeyring},
		{"file", func(_ *ring, p *person) secret.Options {
			return secret.Options{NoKeyring: true, MasterPassword: p.ask}
		}, secret.InFile},
		{"file of the environment", func(r *ring, _ *person) secret.Options {
			return secret.Options{Keyring: r, Getenv: environment("master")}
		}, secret.InFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new", "data")
			r, p := new(ring), &person{password: "master"}
			first := open(t, dir, c.options(r, p))
			expectNone(t, first, "a")
			if err := first.Delete(t.Context(), "a"); err != nil {
				t.Errorf("deleting what is not there: %v", err)
			}
			set(t, first, "a", "گذرواژه one")
			set(t, first, "b", "")
			set(t, first, "a", "two\x00\n")
			for _, store := range []*secret.Credentials{first, open(t, dir, c.options(r, p))} {
				expect(t, store, "a", "two\x00\n")
				expect(t, store, "b", "")
				expectNone(t, store, "c")
				if store.Place() != c.place {
					t.Errorf("kept in %q", store.Place())
				}
			}
			if err := first.Delete(t.Context(), "a"); err != nil {
				t.Error(err)
			}
			expectNone(t, first, "a")
			expect(t, open(t, dir, c.options(r, p)), "b", "")
			if c.place == secret.InFile && r.calls.Load() > 0 {
				t.Error("the keyring was called")
			}
		})
	}
}

func TestEmptyFolderAsksNobody(t *testing.T) {
	r := new(ring)
	dir := t.TempDir()
	for _, c := range []*secret.Credentials{
		open(t, dir, secret.Options{Keyring: r, MasterPassword: none(t)}),
		open(t, dir, secret.Options{NoKeyring: true, MasterPassword: none(t)}),
		open(t, dir, secret.Options{Getenv: environment("master"), MasterPassword: none(t)}),
	} {
		expectNone(t, c, "a")
		if err := c.Delete(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	if r.calls.Load() > 0 {
		t.Error("the keyring was called")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("reading left %v, %v", entries, err)
	}
}

func TestFallsBackToTheFileAndStaysThere(t *testing.T) {
	dir := t.TempDir()
	p := &person{password: "master"}
	c := open(t, dir, secret.Options{Keyring: &ring{broken: errors.New("no such service")}, MasterPassword: p.ask})
	set(t, c, "a", "1")
	if p.asNew.Load() != 1 || c.Place() != secret.InFile {
		t.Errorf("asked %d times for a new password, kept in %q", p.asNew.Load(), c.Place())
	}
	later := new(ring)
	c = open(t, dir, secret.Options{Keyring: later, MasterPassword: p.ask})
	expect(t, c, "a", "1")
	set(t, c, "b", "2")
	if later.calls.Load() > 0 {
		t.Error("secrets went into the keyring although the folder has a file")
	}
}

func TestStaysInTheKeyring(t *testing.T) {
	dir := t.TempDir()
	r := new(ring)
	set(t, open(t, dir, secret.Options{Keyring: r}), "a", "1")
	r.broken = errors.New("locked")
	for _, o := range []secret.Options{
		{Keyring: r, MasterPassword: none(t)},
		// Without a session there is no keyring at all.
		{NoKeyring: true, MasterPassword: none(t)},
	} {
		c := open(t, dir, o)
		if _, err := c.Get(t.Context(), "a"); !errors.Is(err, secret.ErrKeyringGone) {
			t.Errorf("got %v", err)
		}
		if err := c.Set(t.Context(), "a", "2"); !errors.Is(err, secret.ErrKeyringGone) {
			t.Errorf("got %v", err)
		}
	}
	r.broken = nil
	expect(t, open(t, dir, secret.Options{Keyring: r}), "a", "1")
}

func TestFoldersDoNotShareTheKeyring(t *testing.T) {
	r := new(ring)
	here, there := t.TempDir(), t.TempDir()
	set(t, open(t, here, secret.Options{Keyring: r}), "a", "1")
	set(t, open(t, there, secret.Options{Keyring: r}), "a", "2")
	expect(t, open(t, here, secret.Options{Keyring: r}), "a", "1")
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(here, moved); err != nil {
		t.Fatal(err)
	}
	expect(t, open(t, moved, secret.Options{Keyring: r}), "a", "1")
}

func TestKeyringThatPanics(t *testing.T) {
	p := &person{password: "master"}
	c := open(t, t.TempDir(), secret.Options{Keyring: panicking{}, MasterPassword: p.ask})
	set(t, c, "a", "1")
	expect(t, c, "a", "1")
}

func TestCancelLeavesTheUnlockDialog(t *testing.T) {
	r := &ring{dialog: make(chan struct{})}
	dir := t.TempDir()
	c := open(t, dir, secret.Options{Keyring: r, MasterPassword: none(t)})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Set(ctx, "a", "1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	// The dialog is still open: the next one waits for it, and leaves too.
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Get(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if n := r.calls.Load(); n != 1 {
		t.Errorf("%d dialogs are open", n)
	}
	close(r.dialog)
	set(t, c, "a", "2")
	expect(t, c, "a", "2")
}

func TestNobodyToAsk(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, secret.Options{NoKeyring: true})
	err := c.Set(t.Context(), "a", "1")
	if !errors.Is(err, secret.ErrNoMasterPassword) || !strings.Contains(err.Error(), "PEYK_MASTER_PASSWORD") {
		t.Errorf("got %v", err)
	}
	if c.Place() != secret.Undecided {
		t.Errorf("kept in %q", c.Place())
	}
	set(t, open(t, dir, secret.Options{Getenv: environment("master")}), "a", "1")
	if _, err := open(t, dir, secret.Options{}).Get(t.Context(), "a"); !errors.Is(err, secret.ErrNoMasterPassword) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyToAskNamesTheKeyringsFault(t *testing.T) {
	r := &ring{broken: errors.New("no such service")}
	c := open(t, t.TempDir(), secret.Options{Keyring: r})
	err := c.Set(t.Context(), "a", "1")
	if !errors.Is(err, secret.ErrNoMasterPassword) || !strings.Contains(err.Error(), "no such service") {
		t.Errorf("got %v", err)
	}
	expectNone(t, c, "a")
}

func TestWrongMasterPassword(t *testing.T) {
	dir := t.TempDir()
	set(t, open(t, dir, secret.Options{Getenv: environment("right")}), "a", "1")
	before := read(t, dir)
	p := &person{password: "wrong"}
	c := open(t, dir, secret.Options{MasterPassword: p.ask})
	for range 2 {
		if _, err := c.Get(t.Context(), "a"); !errors.Is(err, secret.ErrWrongMasterPassword) {
			t.Errorf("got %v", err)
		}
		if err := c.Set(t.Context(), "a", "2"); !errors.Is(err, secret.ErrWrongMasterPassword) {
			t.Errorf("got %v", err)
		}
	}
	if p.asked.Load() != 4 || p.asNew.Load() != 0 {
		t.Errorf("asked %d times, %d for a new one", p.asked.Load(), p.asNew.Load())
	}
	if read(t, dir) != before {
		t.Error("the file was changed")
	}
	p.password = "right"
	expect(t, c, "a", "1")
	expect(t, c, "a", "1")
	if p.asked.Load() != 5 {
		t.Errorf("asked %d times", p.asked.Load())
	}
}

func read(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "secrets.age"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDamagedFileIsToldAndKept(t *testing.T) {
	dir := t.TempDir()
	o := secret.Options{Getenv: environment("master")}
	set(t, open(t, dir, o), "a", "1")
	whole := read(t, dir)
	flipped := []byte(whole)
	flipped[len(flipped)-1] ^= 1
	for name, damaged := range map[string]string{
		"empty": "", "half": whole[:len(whole)/2], "without its end": whole[:len(whole)-1], "other": "hello\n",
		"flipped": string(flipped), "longer": whole + "x", "too large": strings.Repeat("x", 17<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, "secrets.age"), []byte(damaged), 0o600); err != nil {
				t.Fatal(err)
			}
			c := open(t, dir, o)
			if _, err := c.Get(t.Context(), "a"); !errors.Is(err, secret.ErrDamaged) {
				t.Errorf("got %v", err)
			}
			if err := c.Set(t.Context(), "a", "2"); !errors.Is(err, secret.ErrDamaged) {
				t.Errorf("got %v", err)
			}
			if read(t, dir) != damaged {
				t.Error("the file was changed")
			}
		})
	}
}

func TestDamagedMark(t *testing.T) {
	for _, text := range []string{"", "{", `{"place":"pocket"}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "secrets.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := secret.Open(dir, secret.Options{}); !errors.Is(err, secret.ErrDamaged) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c := open(t, dir, secret.Options{Getenv: environment("master")})
	set(t, c, "account-1-incoming", "hunter2")
	for name, want := range map[string]os.FileMode{"": 0o700, "secrets.age": 0o600, "secrets.json": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o", name, got)
		}
	}
	for _, name := range []string{"secrets.age", "secrets.json"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range []string{"hunter2", "master", "account-1"} {
			if strings.Contains(string(b), hidden) {
				t.Errorf("%s shows %s", name, hidden)
			}
		}
	}
	// A mode that somebody widened does not stay.
	if err := os.Chmod(filepath.Join(dir, "secrets.age"), 0o644); err != nil {
		t.Fatal(err)
	}
	set(t, c, "b", "2")
	if info, err := os.Stat(filepath.Join(dir, "secrets.age")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestErrorsDoNotShowSecrets(t *testing.T) {
	dir := t.TempDir()
	set(t, open(t, dir, secret.Options{Getenv: environment("right-master")}), "a", "hunter2")
	c := open(t, dir, secret.Options{Getenv: environment("wrong-master")})
	err := c.Set(t.Context(), "a", "hunter3")
	for _, hidden := range []string{"hunter", "master-", "-master"} {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), hidden) {
			t.Errorf("%v shows %s", err, hidden)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	for name, o := range map[string]secret.Options{
		"keyring": {Keyring: new(ring)},
		"file":    {Getenv: environment("master")},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, t.TempDir(), o)
			var running sync.WaitGroup
			for i := range 8 {
				running.Go(func() {
					key, value := fmt.Sprint("key", i), fmt.Sprint("value", i)
					if err := c.Set(t.Context(), key, value); err != nil {
						t.Error(err)
					}
					expect(t, c, key, value)
				})
			}
			running.Wait()
			for i := range 8 {
				expect(t, c, fmt.Sprint("key", i), fmt.Sprint("value", i))
			}
		})
	}
}

func TestOneQuestionForAllWhoWait(t *testing.T) {
	dir := t.TempDir()
	set(t, open(t, dir, secret.Options{Getenv: environment("master")}), "a", "1")
	for _, c := range []struct {
		name   string
		answer *person
		want   error
	}{
		{"right", &person{password: "master"}, nil},
		{"wrong", &person{password: "wrong"}, secret.ErrWrongMasterPassword},
		{"refused", &person{err: errors.New("not now")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.answer
			const askers = 5
			waiting := make(chan struct{}, askers)
			store := open(t, dir, secret.Options{MasterPassword: func(ctx context.Context, newStore bool) (string, error) {
				for range askers {
					<-waiting
				}
				return p.ask(ctx, newStore)
			}})
			results := make(chan error, askers)
			for range askers {
				go func() {
					ctx := signalling{t.Context(), waiting, new(sync.Once)}
					_, err := store.Get(ctx, "a")
					results <- err
				}()
			}
			for range askers {
				err := <-results
				if c.want != nil && !errors.Is(err, c.want) || c.name == "right" && err != nil || c.name == "refused" && !errors.Is(err, p.err) {
					t.Errorf("got %v", err)
				}
			}
			if n := p.asked.Load(); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestAnotherProcessWroteMeanwhile(t *testing.T) {
	dir := t.TempDir()
	o := secret.Options{Getenv: environment("master")}
	here, there := open(t, dir, o), open(t, dir, o)
	set(t, here, "a", "1")
	set(t, there, "b", "2")
	set(t, here, "c", "3")
	for _, c := range []*secret.Credentials{here, there} {
		expect(t, c, "a", "1")
		expect(t, c, "b", "2")
		expect(t, c, "c", "3")
	}
}

func BenchmarkUnlock(b *testing.B) {
	dir := b.TempDir()
	o := secret.Options{Getenv: environment("master")}
	c, err := secret.Open(dir, o)
	if err == nil {
		err = c.Set(b.Context(), "a", "1")
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c, err := secret.Open(dir, o)
		if err == nil {
			_, err = c.Get(b.Context(), "a")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
