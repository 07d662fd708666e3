package instance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func echo(_ context.Context, r Request, out, errs io.Writer) int {
	fmt.Fprint(out, strings.Join(r.Args, " "), ":", string(r.Input))
	fmt.Fprint(errs, "noted")
	return 3
}

func TestCall(t *testing.T) {
	dir := t.TempDir()
	s, err := Listen(dir, echo)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	status, err := Call(t.Context(), dir, Request{Args: []string{"list", "x"}, Input: []byte("mail")}, &out, &errs)
	if err != nil || status != 3 {
		t.Fatalf("Call = %d, %v", status, err)
	}
	if out.String() != "list x:mail" || errs.String() != "noted" {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the note is %v, %v", info.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Call(t.Context(), dir, Request{}, io.Discard, io.Discard); !errors.Is(err, ErrNone) {
		t.Errorf("after Close: %v", err)
	}
}

func TestCallWithoutTheToken(t *testing.T) {
	dir := t.TempDir()
	s, err := Listen(dir, func(context.Context, Request, io.Writer, io.Writer) int {
		t.Error("an impostor was answered")
		return 0
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := writeNote(s.path, note{s.listener.Addr().String(), "wrong"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Call(t.Context(), dir, Request{}, io.Discard, io.Discard); !errors.Is(err, ErrNone) {
		t.Errorf("Call = %v", err)
	}
}

// TestCallOfAnImpostor: who does not know the token learns nothing of the
// request.
func TestCallOfAnImpostor(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintln(conn, `{"challenge":"x"}`)
		first, _ := bufio.NewReader(conn).ReadString('\n')
		fmt.Fprintln(conn, `{"proof":"y"}`)
		rest, _ := io.ReadAll(conn)
		heard <- first + string(rest)
	}()
	dir := t.TempDir()
	if err := writeNote(filepath.Join(dir, fileName), note{l.Addr().String(), "token-of-mine"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Call(t.Context(), dir, Request{Args: []string{"send"}, Input: []byte("private")}, io.Discard, io.Discard); !errors.Is(err, ErrNone) {
		t.Errorf("Call = %v", err)
	}
	if got := <-heard; strings.Contains(got, "token-of-mine") || strings.Contains(got, "send") || strings.Contains(got, "cHJpdmF0ZQ") {
		t.Errorf("the impostor heard %q", got)
	}
}

func TestCallAfterACrash(t *testing.T) {
	dir := t.TempDir()
	if err := writeNote(filepath.Join(dir, fileName), note{"127.0.0.1:1", "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Call(t.Context(), dir, Request{}, io.Discard, io.Discard); !errors.Is(err, ErrNone) {
		t.Errorf("Call = %v", err)
	}
}
