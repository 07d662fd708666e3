// Package cli is the headless door: the same engine as the window's, for
// scripts, tests and measurement. Output is one record a line, tab-separated;
// errors go to stderr in whole sentences.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	mailsync "peyk/accounts/sync"
	"peyk/storage"
)

// Exit statuses of Run.
const (
	Done   = 0
	Failed = 1
	Usage  = 2
)

// Streams are where a verb reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Dir is the folder that relative file names are meant from; empty is the
	// process's.
	Dir string
}

// verbs are what can be asked for. A verb returns usageError for words it does
// not understand.
var verbs = map[string]func(*call, context.Context) error{
	"account": (*call).account, "check": (*call).check, "folders": (*call).folders, "list": (*call).list,
	"show": (*call).show, "mark": (*call).mark, "move": (*call).move, "delete": (*call).delete,
	"send": (*call).send, "outbox": (*call).outbox, "search": (*call).search, "export": (*call).export,
	"import": (*call).import_, "verify": (*call).verify,
}

// Help names all verbs.
const Help = `account add -name N -email A -protocol imap|pop3 -host H -port P -security none|starttls|tls
            -user U -password-file F [-smtp-host H -smtp-port P -smtp-security S -smtp-user U] …
account list | account remove NAME
check [-account N]                 new mail, queue and outbox
folders [-account N]               name, total, unread, bytes on the server, what is kept
list -folder F [-account N] [-limit K]
show ID [-raw]
mark ID read|unread|starred|unstarred
move ID FOLDER
delete ID
send -account N [-now] < message.eml
outbox                             what waits to be sent
search QUERY [-limit K]
export -account N -mbox FILE | -eml DIR
import -account N [-folder F] FILE…
verify                             checks the store
Every verb takes -json.`

type usageError struct{ words string }

func (e usageError) Error() string { return e.words }

func usage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// call is one verb being carried out.
type call struct {
	Streams
	engine *mailsync.Engine
	store  *storage.Store
	verb   string
	args   []string
	json   bool
	flags  *flag.FlagSet
}

// Run carries out the verb args[0] and gives the exit status.
func Run(ctx context.Context, engine *mailsync.Engine, args []string, s Streams) int {
	c := &call{Streams: s, engine: engine, store: engine.Store(), verb: args[0], args: args[1:]}
	c.flags = flag.NewFlagSet(c.verb, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	c.flags.BoolVar(&c.json, "json", false, "print JSON lines")
	run, ok := verbs[c.verb]
	if !ok {
		fmt.Fprintf(s.Err, "%q is not a verb. There are:\n%s\n", c.verb, Help)
		return Usage
	}
	err := run(c, ctx)
	var wrong usageError
	switch {
	case err == nil:
		return Done
	case errors.As(err, &wrong), errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(s.Err, "%v\nUsage:\n%s\n", err, Help)
		return Usage
	}
	fmt.Fprintln(s.Err, err)
	return Failed
}

// parse reads the verb's flags, which may stand before and behind its other
// words, and gives those words.
func (c *call) parse(least, most int) ([]string, error) {
	var words []string
	rest := c.args
	for {
		if err := c.flags.Parse(rest); err != nil {
			return nil, usage("%s: %v", c.verb, err)
		}
		rest = c.flags.Args()
		if len(rest) == 0 {
			break
		}
		words, rest = append(words, rest[0]), rest[1:]
	}
	if len(words) < least || most >= 0 && len(words) > most {
		return nil, usage("%s: wrong number of words", c.verb)
	}
	return words, nil
}

// path gives the full name of a file that a word names.
func (c *call) path(name string) string {
	if name == "" || c.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// field is a named value of a record.
type field struct {
	name  string
	value any
}

// print writes a record, as a line of tab-separated values or as JSON with the
// fields in the same order.
func (c *call) print(fields ...field) error {
	var b strings.Builder
	if c.json {
		writeJSON(&b, fields)
	} else {
		for i, f := range fields {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(oneField(fmt.Sprint(f.value)))
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(c.Out, b.String())
	return err
}

// oneField keeps a value from looking like two fields or two records.
func oneField(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// account finds the account a flag names; with none named, the only one there is.
func (c *call) accountNamed(name string) (storage.Account, error) {
	var found storage.Account
	err := c.store.View(func(tx *storage.Tx) error {
		if name != "" {
			var err error
			found, err = tx.AccountNamed(name)
			return err
		}
		all, err := tx.Accounts()
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return usage("%s: there are %d accounts; name one with -account", c.verb, len(all))
		}
		found = all[0]
		return nil
	})
	return found, err
}

// accountsNamed is like accountNamed, but none named means all.
func (c *call) accountsNamed(name string) ([]storage.Account, error) {
	if name != "" {
		a, err := c.accountNamed(name)
		return []storage.Account{a}, err
	}
	var all []storage.Account
	err := c.store.View(func(tx *storage.Tx) (err error) {
		all, err = tx.Accounts()
		return err
	})
	return all, err
}

func messageID(word string) (storage.MessageID, error) {
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil || n == 0 {
		return 0, usage("%q is not the id of a message", word)
	}
	return storage.MessageID(n), nil
}

func flagNames(f storage.Flags) string {
	var names []string
	for _, n := range []struct {
		flag storage.Flags
		name string
	}{
		{storage.Seen, "seen"},
		{storage.Answered, "answered"},
		{storage.Forwarded, "forwarded"},
		{storage.Flagged, "starred"},
		{storage.Draft, "draft"},
		{storage.Deleted, "deleted"},
	} {
		if f.Has(n.flag) {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ",")
}

func keepWords(k storage.Keep) string {
	if k.Mode == storage.KeepDays {
		return fmt.Sprintf("%s:%d", k.Mode, k.Days)
	}
	return string(k.Mode)
}

func parseKeep(s string) (storage.Keep, error) {
	mode, days, _ := strings.Cut(s, ":")
	k := storage.Keep{Mode: storage.KeepMode(mode)}
	if !slices.Contains([]storage.KeepMode{storage.KeepNothing, storage.KeepHeaders, storage.KeepDays, storage.KeepFull}, k.Mode) {
		return k, usage("%q is not none, headers, days:N or full", s)
	}
	if k.Mode == storage.KeepDays {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 {
			return k, usage("%q needs a number of days", s)
		}
		k.Days = n
	}
	return k, nil
}
