// Peyk is a desktop mail client: POP3, IMAP and SMTP, readable offline, in
// Persian and English. Without a verb it opens the window; with one it works
// without a window (see package cli).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"peyk/accounts/demo"
	mailsync "peyk/accounts/sync"
	"peyk/app"
	"peyk/app/cli"
	"peyk/app/instance"
	"peyk/storage"
	"peyk/storage/secret"
)

// version is set at build time.
var version = "dev"

// lockPatience is how long a start waits for a verb that is using the data.
const lockPatience = 10 * time.Second

type start struct {
	data  string
	demo  bool
	trace string
	args  []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx))
}

func run(ctx context.Context) int {
	s := start{}
	fs := flag.NewFlagSet("peyk", flag.ContinueOnError)
	fs.StringVar(&s.data, "data", "", "the data folder")
	fs.BoolVar(&s.demo, "demo", false, "the window on embedded servers and a sample mailbox")
	fs.StringVar(&s.trace, "trace", "", "a file for the protocols' lines, passwords masked")
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "peyk [-data DIR] [-demo] [-trace FILE] [mailto:… | verb …]\n%s\n", cli.Help)
	}
	if err := fs.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return cli.Done
		}
		return cli.Usage
	}
	s.args = fs.Args()
	code, err := s.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return cli.Failed
	}
	return code
}

func (s *start) run(ctx context.Context) (int, error) {
	if s.data == "" {
		dir, remove, err := defaultData(s.demo)
		if err != nil {
			return 0, err
		}
		defer remove()
		s.data = dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	request := instance.Request{Args: s.args, Dir: dir}
	if len(s.args) > 0 && s.args[0] == "send" {
		input, err := io.ReadAll(os.Stdin)
		if err != nil {
			return 0, fmt.Errorf("reading the message: %w", err)
		}
		request.Input = input
	}
	code, err := instance.Call(ctx, s.data, request, os.Stdout, os.Stderr)
	if !errors.Is(err, instance.ErrNone) {
		return code, err
	}
	// A verb in another process may be using the folder; it will be done soon.
	store, err := storage.Open(s.data, storage.Options{LockTimeout: lockPatience})
	if err != nil {
		return 0, err
	}
	code, err = s.work(ctx, store, request)
	return code, errors.Join(err, store.Close())
}

// defaultData is where the mail is kept; for the demonstration, a place that
// goes with it.
func defaultData(demo bool) (dir string, remove func(), err error) {
	if demo {
		dir, err := os.MkdirTemp("", "peyk-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if dir = os.Getenv("XDG_DATA_HOME"); dir == "" {
		if dir, err = os.UserConfigDir(); err != nil {
			return "", nil, err
		}
	}
	return filepath.Join(dir, "peyk"), func() {}, nil
}

func (s *start) work(ctx context.Context, store *storage.Store, request instance.Request) (int, error) {
	var window *app.App
	secrets, err := secret.Open(s.data, s.secretOptions(func(ctx context.Context, isNew bool) (string, error) {
		if window == nil {
			return "", secret.ErrNoMasterPassword
		}
		return window.AskMasterPassword(ctx, isNew)
	}))
	if err != nil {
		return 0, err
	}
	options := mailsync.Options{}
	if s.trace != "" {
		f, err := os.OpenFile(s.trace, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, fmt.Errorf("opening the trace: %w", err)
		}
		defer f.Close()
		options.Trace = f
	}
	engine := mailsync.New(store, secrets, options)
	if len(s.args) > 0 && !strings.HasPrefix(s.args[0], "mailto:") {
		return cli.Run(ctx, engine, s.args, cli.Streams{In: strings.NewReader(string(request.Input)), Out: os.Stdout, Err: os.Stderr}), nil
	}
	if s.demo {
		world, err := demo.Start(ctx, demo.Options{})
		if err != nil {
			return 0, fmt.Errorf("starting the demonstration's servers: %w", err)
		}
		defer world.Close()
		if err := engine.Adopt(ctx, world.Accounts, world.Password); err != nil {
			return 0, err
		}
	}
	crash, err := crashLog(s.data)
	if err != nil {
		return 0, err
	}
	defer crash.Close()
	window, err = app.New(app.Options{Engine: engine, Store: store, Demo: s.demo, Mailto: strings.Join(s.args, ""), Version: version})
	if err != nil {
		return 0, err
	}
	return cli.Done, s.show(ctx, window, engine)
}

// show runs the window, the engine behind it and the door for other starts.
func (s *start) show(ctx context.Context, window *app.App, engine *mailsync.Engine) error {
	door, err := instance.Listen(s.data, func(ctx context.Context, r instance.Request, out, errs io.Writer) int {
		switch {
		case len(r.Args) == 0:
			window.Raise()
			return cli.Done
		case strings.HasPrefix(r.Args[0], "mailto:"):
			window.OpenMailto(r.Args[0])
			return cli.Done
		}
		return cli.Run(ctx, engine, r.Args, cli.Streams{In: strings.NewReader(string(r.Input)), Out: out, Err: errs, Dir: r.Dir})
	})
	if err != nil {
		return err
	}
	background, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		engine.Run(background)
	}()
	err = window.Run(ctx)
	end()
	err = errors.Join(err, door.Close())
	<-ended
	return err
}

func (s *start) secretOptions(ask func(context.Context, bool) (string, error)) secret.Options {
	if s.demo {
		// The demonstration's password is no secret, and must not end up in a
		// person's keyring.
		return secret.Options{NoKeyring: true, MasterPassword: func(context.Context, bool) (string, error) { return "demo", nil }}
	}
	return secret.Options{MasterPassword: ask}
}

// crashLog keeps what a crash prints beside the data; a program started by an
// icon has no terminal. The log of the crash before stays as crash.log.1.
func crashLog(dir string) (*os.File, error) {
	path := filepath.Join(dir, "crash.log")
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return f, debug.SetCrashOutput(f, debug.CrashOptions{})
}
