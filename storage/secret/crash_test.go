package secret_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"peyk/storage/secret"
)

// crashDir names, in a child process of the test, the folder to write to until
// it is killed.
const crashDir = "PEYK_TEST_SECRET_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeForever(dir)
		return
	}
	os.Exit(m.Run())
}

func writeForever(dir string) {
	c, err := secret.Open(dir, secret.Options{Getenv: environment("master")})
	if err == nil {
		c.Hasten()
	}
	for i := 0; err == nil; i++ {
		err = c.Set(context.Background(), "a", fmt.Sprint(i))
		fmt.Println(i)
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	set(t, open(t, dir, secret.Options{Getenv: environment("master")}), "kept", "yes")
	for kill := range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines, written := bufio.NewScanner(out), ""
		for range kill + 1 {
			if lines.Scan() {
				written = lines.Text()
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			written = lines.Text()
		}
		// It was killed, which is the error.
		_ = child.Wait()
		c := open(t, dir, secret.Options{Getenv: environment("master")})
		expect(t, c, "kept", "yes")
		var last, next int
		got, err := c.Get(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(written+" "+got, &last, &next); err != nil || next != last && next != last+1 {
			t.Errorf("told of %q but has %q", written, got)
		}
	}
}

func TestLeftOverOfACrash(t *testing.T) {
	dir := t.TempDir()
	o := secret.Options{Getenv: environment("master")}
	set(t, open(t, dir, o), "a", "1")
	tmp := filepath.Join(dir, "secrets.age.tmp")
	if err := os.WriteFile(tmp, []byte("half of"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := open(t, dir, o)
	expect(t, c, "a", "1")
	set(t, c, "a", "2")
	expect(t, open(t, dir, o), "a", "2")
	if _, err := os.Stat(tmp); !os.IsNotExist(err) {
		t.Errorf("the left-over is still there: %v", err)
	}
}

func TestFailedWriteKeepsTheOld(t *testing.T) {
	dir := t.TempDir()
	o := secret.Options{Getenv: environment("master")}
	c := open(t, dir, o)
	set(t, c, "a", "1")
	// A directory with something in it, in the way of the new file.
	if err := os.MkdirAll(filepath.Join(dir, "secrets.age.tmp", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(t.Context(), "a", "2"); err == nil || !strings.Contains(err.Error(), "secrets.age.tmp") {
		t.Errorf("got %v", err)
	}
	expect(t, c, "a", "1")
	expect(t, open(t, dir, o), "a", "1")
}
