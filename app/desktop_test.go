//go:build linux

package app_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// desktop is a virtual screen with the program's real window on it.
type desktop struct {
	t              *testing.T
	program        string
	data           string
	env            []string
	window         *exec.Cmd
	ended          chan error
	log            printed
	width, height  int
	rightToLeft    bool
	name, shotsDir string
}

// printed is what the program wrote; its goroutine and the test share it.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// patience bounds every wait; what is awaited normally takes a second or two.
const patience = 60 * time.Second

// buildProgram builds what a person would start.
func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "peyk")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// startDesktop opens a screen and the demonstration on it.
func startDesktop(t *testing.T, program, language, theme string) *desktop {
	t.Helper()
	d := &desktop{
		t: t, program: program, data: t.TempDir(), ended: make(chan error, 1),
		rightToLeft: strings.HasPrefix(language, "fa"), name: language + "-" + theme, shotsDir: filepath.Join("..", ".shots"),
	}
	if err := os.MkdirAll(d.shotsDir, 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	d.env = append(os.Environ(), "DISPLAY="+startScreen(t), "LANG="+language+".UTF-8", "LC_ALL="+language+".UTF-8", "FYNE_THEME="+theme,
		"HOME="+home, "XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache", "LANGUAGE="+language)
	if err := os.MkdirAll(home+"/cache/fyne", 0o700); err != nil {
		t.Fatal(err)
	}
	d.window = exec.Command(program, "-data", d.data, "-demo")
	d.window.Env, d.window.Stdout, d.window.Stderr = d.env, &d.log, &d.log
	if err := d.window.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.ended <- d.window.Wait() }()
	t.Cleanup(d.stop)
	return d
}

// startScreen starts Xvfb on a free display and gives its name.
func startScreen(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	xvfb := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp")
	xvfb.ExtraFiles = []*os.File{w}
	if err := xvfb.Start(); err != nil {
		t.Fatalf("Xvfb (package xvfb): %v", err)
	}
	w.Close()
	t.Cleanup(func() {
		if err := xvfb.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = xvfb.Wait() // ends by the signal
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	return ":" + strings.TrimSpace(line)
}

// stop ends the program as a person's session does, and expects a clean end.
func (d *desktop) stop() {
	if err := d.window.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Error(err)
	}
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the window ended with %v\n%s", err, d.log.String())
		}
	case <-time.After(patience):
		d.t.Errorf("the window does not end\n%s", d.log.String())
		_ = d.window.Process.Kill()
	}
	if strings.Contains(d.log.String(), "Error in Fyne call thread") {
		d.t.Errorf("a widget was used off the UI goroutine:\n%s", d.log.String())
	}
}

// verb runs a headless verb, which goes through the open window.
func (d *desktop) verb(args ...string) (string, error) {
	cmd := exec.Command(d.program, append([]string{"-data", d.data}, args...)...)
	cmd.Env = d.env
	out, err := cmd.Output()
	return string(out), err
}

// await polls until a condition holds.
func (d *desktop) await(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		select {
		case err := <-d.ended:
			d.ended <- err
			d.t.Fatalf("while waiting for %s the window ended: %v\n%s", what, err, d.log.String())
		default:
		}
		if time.Now().After(deadline) {
			d.shot("stuck")
			d.t.Fatalf("no %s\n%s", what, d.log.String())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (d *desktop) tool(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// shot keeps a picture of the screen for people to look at.
func (d *desktop) shot(name string) {
	d.t.Helper()
	d.tool("import", "-window", "root", filepath.Join(d.shotsDir, d.name+"-"+name+".png"))
}

// windows counts the program's visible windows.
func (d *desktop) windows() int {
	cmd := exec.Command("xdotool", "search", "--onlyvisible", "--pid", fmt.Sprint(d.window.Process.Pid))
	cmd.Env = d.env
	out, err := cmd.Output()
	if err != nil {
		return 0 // none yet
	}
	return len(strings.Fields(string(out)))
}

var geometry = regexp.MustCompile(`Geometry: (\d+)x(\d+)`)

// measure learns the size of the main window.
func (d *desktop) measure() {
	d.t.Helper()
	ids := strings.Fields(d.tool("xdotool", "search", "--onlyvisible", "--pid", fmt.Sprint(d.window.Process.Pid)))
	m := geometry.FindStringSubmatch(d.tool("xdotool", "getwindowgeometry", ids[0]))
	if m == nil {
		d.t.Fatal("the window has no size")
	}
	d.width, _ = strconv.Atoi(m[1])
	d.height, _ = strconv.Atoi(m[2])
}

// click clicks at x from the start side of the window: the left in English, the
// right in Persian.
func (d *desktop) click(x, y int) {
	d.t.Helper()
	if d.rightToLeft {
		x = d.width - x
	}
	d.tool("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "sleep", "0.2", "click", "1")
}

func (d *desktop) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.tool("xdotool", "key", "--clearmodifiers", k, "sleep", "0.1")
	}
}

// records lists a folder of all accounts, newest first.
func (d *desktop) records(folder string) [][]string {
	out, err := d.verb("list", "-folder", folder, "-limit", "1000")
	if err != nil {
		return nil
	}
	var list [][]string
	for line := range strings.Lines(out) {
		list = append(list, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return list
}

func (d *desktop) unread() int {
	n := 0
	for _, r := range d.records("inbox") {
		if !strings.Contains(r[4], "seen") {
			n++
		}
	}
	return n
}

// TestOpenReplySend walks the path that a person takes on the first day: start,
// wait for mail, open a message, answer it, send, and see the answer arrive; in
// both languages, light and dark.
func TestOpenReplySend(t *testing.T) {
	program := buildProgram(t)
	for _, c := range []struct{ language, theme string }{{"en_US", "light"}, {"fa_IR", "dark"}, {"fa_IR", "light"}, {"en_US", "dark"}} {
		t.Run(c.language+" "+c.theme, func(t *testing.T) {
			d := startDesktop(t, program, c.language, c.theme)
			d.await("inbox full of mail", func() bool { return len(d.records("inbox")) >= 150 })
			d.await("window", func() bool { return d.windows() == 1 })
			d.measure()
			d.shot("1-inbox")

			before := d.unread()
			var clicked time.Time
			d.await("message marked as read", func() bool {
				// On a busy machine the list may be drawn later than the window. A
				// click too soon after another begins the reading anew.
				if time.Since(clicked) > 5*time.Second {
					d.click(sidebar+150, firstRow)
					clicked = time.Now()
				}
				return d.unread() < before
			})
			d.shot("2-message")

			sent := len(d.records("Sent"))
			arrived := len(d.records("inbox"))
			d.press("r")
			d.await("composer", func() bool { return d.windows() == 2 })
			d.tool("xdotool", "sleep", "1", "type", "--delay", "40", "Thank you, received.")
			d.shot("3-reply")
			d.press("ctrl+Return")
			d.await("composer closing", func() bool { return d.windows() == 1 })
			d.await("copy in Sent", func() bool { return len(d.records("Sent")) == sent+1 })
			d.await("answer in the inbox", func() bool { return len(d.records("inbox")) > arrived })
			if newest := d.records("Sent")[0]; !strings.HasPrefix(newest[3], "Re: ") {
				t.Errorf("sent %q", newest)
			} else if text, err := d.verb("show", newest[0]); err != nil || !strings.Contains(text, "Thank you, received.") {
				t.Errorf("sent %q, %v", text, err)
			}
			d.click(sidebar+150, firstRow)
			d.shot("4-answer")
			if os.Getenv("PEYK_SCREENSHOT") != "" && d.name == "en_US-light" {
				d.tool("convert", filepath.Join(d.shotsDir, d.name+"-4-answer.png"), "-crop", fmt.Sprintf("%dx%d+0+0", d.width, d.height),
					"+repage", "-strip", "-colors", "256", filepath.Join("..", "assets", "screenshot.png"))
			}

			d.second()
			if out, err := d.verb("verify"); err != nil || out != "ok\n" {
				t.Errorf("verify: %q, %v", out, err)
			}
		})
	}
}

// Where things stand from the start side and the top of the window, in pixels.
const (
	sidebar  = 240
	firstRow = 140
)

// second starts the program again: it hands over and leaves one window.
func (d *desktop) second() {
	d.t.Helper()
	if _, err := d.verb(); err != nil {
		d.t.Errorf("the second start: %v", err)
	}
	if n := d.windows(); n != 1 {
		d.t.Errorf("%d windows after a second start", n)
	}
	if _, err := d.verb("mailto:sara@peyk.example?subject=hello"); err != nil {
		d.t.Errorf("the second start with an address: %v", err)
	}
	d.await("composer for the address", func() bool { return d.windows() == 2 })
}
