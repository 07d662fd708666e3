//go:build linux

package servertest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Host is where all servers of this package listen.
const Host = "127.0.0.1"

// Password is that of every user on every server of this package.
const Password = "secret"

const (
	readyWithin = 30 * time.Second
	// politeWithin is how long a server may take to end by itself. Dovecot's
	// own order takes seconds, and a Maildir survives without it.
	politeWithin = 500 * time.Millisecond
	goneWithin   = 10 * time.Second
	poll         = 10 * time.Millisecond
	// startAttempts bounds the tries with new ports when another process took
	// one of them in between.
	startAttempts = 5
)

var errPortTaken = errors.New("a port was taken by somebody else")

// daemon is a server process in a group of its own.
type daemon struct {
	name  string
	dir   string
	args  []string
	ports []int

	mu     sync.Mutex
	group  int
	exited chan struct{}
	output *bytes.Buffer
}

// requireRoot ends the test where the servers cannot run.
func requireRoot(t testing.TB, program string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatalf("this test starts %s, which must be root to change users: run the tests as root, in a container for example", program)
	}
	path, err := exec.LookPath(program)
	if err != nil {
		path = filepath.Join("/usr/sbin", program)
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("this test needs %s: apt-get install dovecot-imapd dovecot-pop3d dovecot-lmtpd exim4-daemon-light", program)
		}
	}
	return path
}

// newDir makes a directory that the servers' users may enter, with a path short
// enough for sockets in it. It ends with the test.
func newDir(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "peyk-"+name+"-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatalf("making a directory for %s: %v", name, err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing the directory of %s: %v", name, err)
		}
	})
	return dir
}

// freePorts finds n ports that nobody listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	ports := make([]int, 0, n)
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(Host, "0"))
		if err != nil {
			t.Fatalf("finding a free port: %v", err)
		}
		// All stay open until all are found, so that none comes twice.
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// launch configures the server for free ports and starts it, with other ports
// again when one of them was taken. configure returns its arguments.
func launch(t testing.TB, d *daemon, ports int, configure func(ports []int) []string) {
	t.Helper()
	for range startAttempts {
		d.ports = freePorts(t, ports)
		d.args = configure(d.ports)
		err := d.start()
		if errors.Is(err, errPortTaken) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := d.stop(); err != nil {
				t.Error(err)
			}
		})
		return
	}
	t.Fatalf("starting %s: no ports stay free", d.name)
}

// start runs the process and waits until all ports greet.
func (d *daemon) start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.exited != nil {
		return fmt.Errorf("%s runs already", d.name)
	}
	d.output = new(bytes.Buffer)
	cmd := exec.Command(d.args[0], d.args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.dir, d.output, d.output
	// A test binary that is killed runs no cleanup; the kernel then does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	// Children that outlive the server hold its output open; that must not keep
	// Wait.
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", d.name, err)
	}
	exited := make(chan struct{})
	d.group, d.exited = cmd.Process.Pid, exited
	go func() {
		defer close(exited)
		// How it ended shows in its output.
		_ = cmd.Wait()
	}()
	for _, port := range d.ports {
		if err := d.awaitPort(port); err != nil {
			return errors.Join(err, d.end())
		}
	}
	return nil
}

// awaitPort connects until that works. A port that only somebody else answers
// on shows by our process having ended.
func (d *daemon) awaitPort(port int) error {
	address := net.JoinHostPort(Host, strconv.Itoa(port))
	for deadline := time.Now().Add(readyWithin); ; {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			return nil
		}
		select {
		case <-d.exited:
			if said := d.said(); bytes.Contains(said, []byte("ddress already in use")) {
				return errPortTaken
			}
			return fmt.Errorf("%s ended while starting: %s", d.name, d.said())
		case <-time.After(poll):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not listen on port %d after %v", d.name, port, readyWithin)
		}
	}
}

// said is all that the ended server told: its output and its logs.
func (d *daemon) said() []byte {
	all := bytes.Clone(d.output.Bytes())
	logs, err := filepath.Glob(filepath.Join(d.dir, "log", "*"))
	if err != nil {
		return all
	}
	for _, name := range logs {
		if text, err := os.ReadFile(name); err == nil {
			all = append(all, text...)
		}
	}
	return all
}

// stop ends the server and all its children and waits for that.
func (d *daemon) stop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.end()
}

func (d *daemon) end() error {
	if d.exited == nil {
		return nil
	}
	if err := signal(-d.group, syscall.SIGTERM); err != nil {
		return fmt.Errorf("ending %s: %w", d.name, err)
	}
	if !d.groupGone(politeWithin) {
		if err := signal(-d.group, syscall.SIGKILL); err != nil {
			return fmt.Errorf("ending %s: %w", d.name, err)
		}
		if !d.groupGone(goneWithin) {
			return fmt.Errorf("%s does not end", d.name)
		}
	}
	<-d.exited
	d.exited = nil
	return nil
}

// groupGone waits until no process of the group is left.
func (d *daemon) groupGone(within time.Duration) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(poll) {
		if !groupLives(d.group) {
			return true
		}
	}
	return false
}

// groupLives looks for a process of the group that has not ended. Orphans that
// have ended but that nobody reaped do not count, so a signal 0 to the group
// does not do: it still reaches them.
func groupLives(group int) bool {
	if errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) {
		return false
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return true
	}
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// proc(5): "pid (name) state ppid pgrp …", and the name may hold
		// anything.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 2 && string(fields[0]) != "Z" && string(fields[2]) == strconv.Itoa(group) {
			return true
		}
	}
	return false
}

// signal is a kill that is content when nobody is left to get it.
func signal(pid int, s syscall.Signal) error {
	if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// userID is the numeric user and group of a system user.
func userID(t testing.TB, name string) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup(name)
	if err == nil {
		uid, err = strconv.Atoi(u.Uid)
	}
	if err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	if err != nil {
		t.Fatalf("finding the user %s: %v", name, err)
	}
	return uid, gid
}

// writeFile makes a file of the server's directory.
func writeFile(t testing.TB, path string, content []byte, mode os.FileMode) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, content, mode)
	}
	if err != nil {
		t.Fatalf("writing %s: %v", path, err)
	}
}

// giveTo makes the user the owner of a directory, which is made if need be.
func giveTo(t testing.TB, dir string, uid, gid int) {
	t.Helper()
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.Chown(dir, uid, gid)
	}
	if err != nil {
		t.Fatalf("preparing %s: %v", dir, err)
	}
}
