package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"peyk/accounts"
	"peyk/storage"
)

func (c *call) account(ctx context.Context) error {
	if len(c.args) == 0 {
		return usage("account: add, list or remove?")
	}
	what := c.args[0]
	c.args = c.args[1:]
	switch what {
	case "add":
		return c.accountAdd(ctx)
	case "list":
		return c.accountList()
	case "remove":
		words, err := c.parse(1, 1)
		if err != nil {
			return err
		}
		a, err := c.accountNamed(words[0])
		if err != nil {
			return err
		}
		return c.engine.RemoveAccount(ctx, a.ID)
	}
	return usage("account: add, list or remove, not %q", what)
}

// accountFlags are the words that make an account.
type accountFlags struct {
	name, email, fullName, protocol      string
	host, security, user, passwordFile   string
	smtpHost, smtpSecurity, smtpUser     string
	smtpPasswordFile, cert, auth         string
	folders, offline                     string
	port, smtpPort, days, overKB, atMost int
	leave, whenDeleted, whenMoved, idle  bool
}

func (c *call) accountAdd(ctx context.Context) error {
	var f accountFlags
	fs := c.flags
	fs.StringVar(&f.name, "name", "", "")
	fs.StringVar(&f.email, "email", "", "")
	fs.StringVar(&f.fullName, "full-name", "", "")
	fs.StringVar(&f.protocol, "protocol", "", "")
	fs.StringVar(&f.host, "host", "", "")
	fs.IntVar(&f.port, "port", 0, "")
	fs.StringVar(&f.security, "security", "", "")
	fs.StringVar(&f.user, "user", "", "")
	fs.StringVar(&f.auth, "auth", "", "")
	fs.StringVar(&f.passwordFile, "password-file", "", "")
	fs.StringVar(&f.smtpHost, "smtp-host", "", "")
	fs.IntVar(&f.smtpPort, "smtp-port", 0, "")
	fs.StringVar(&f.smtpSecurity, "smtp-security", "", "")
	fs.StringVar(&f.smtpUser, "smtp-user", "", "")
	fs.StringVar(&f.smtpPasswordFile, "smtp-password-file", "", "")
	fs.StringVar(&f.cert, "insecure-cert-sha256", "", "")
	fs.BoolVar(&f.leave, "leave-on-server", true, "")
	fs.IntVar(&f.days, "remove-after-days", 0, "")
	fs.BoolVar(&f.whenDeleted, "remove-when-deleted", false, "")
	fs.BoolVar(&f.whenMoved, "remove-when-moved", false, "")
	fs.IntVar(&f.overKB, "headers-only-over-kb", 0, "")
	fs.IntVar(&f.atMost, "max-per-session", 0, "")
	fs.StringVar(&f.folders, "folders", "all", "")
	fs.StringVar(&f.offline, "offline", "full", "")
	fs.BoolVar(&f.idle, "idle", true, "")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	a, err := f.build()
	if err != nil {
		return err
	}
	incoming, err := readPassword(c.path(f.passwordFile))
	if err != nil {
		return err
	}
	outgoing, err := readPassword(c.path(f.smtpPasswordFile))
	if err != nil {
		return err
	}
	if err := c.engine.SaveAccount(ctx, &a, incoming, outgoing); err != nil {
		return err
	}
	return c.print(field{"id", a.ID}, field{"name", a.Name})
}

func (f *accountFlags) build() (accounts.Account, error) {
	a := accounts.Default(accounts.Protocol(f.protocol))
	a.Name = f.name
	a.Identities = []accounts.Identity{{Name: f.fullName, Email: f.email}}
	if f.user == "" {
		f.user = f.email
	}
	a.Incoming = accounts.Server{
		Host: f.host, Port: f.port, Security: accounts.Security(f.security), User: f.user, Auth: strings.ToUpper(f.auth),
		PinnedSHA256: strings.ToLower(strings.ReplaceAll(f.cert, ":", "")),
	}
	if f.smtpHost != "" {
		if f.smtpUser == "" {
			f.smtpUser = f.user
		}
		a.Outgoing = accounts.Server{
			Host: f.smtpHost, Port: f.smtpPort, Security: accounts.Security(f.smtpSecurity), User: f.smtpUser,
			PinnedSHA256: a.Incoming.PinnedSHA256,
		}
	}
	a.POP3 = accounts.POP3Policy{
		LeaveOnServer: f.leave, RemoveAfterDays: f.days, RemoveWhenDeleted: f.whenDeleted,
		RemoveWhenMoved: f.whenMoved, HeadersOnlyOverKB: f.overKB, MaxPerSession: f.atMost,
	}
	keep, err := parseKeep(f.offline)
	if err != nil {
		return a, err
	}
	a.IMAP.Keep, a.IMAP.IDLE = keep, f.idle
	switch choice := accounts.FolderChoice(f.folders); choice {
	case accounts.AllFolders, accounts.InboxOnly:
		a.IMAP.Folders = choice
	default:
		a.IMAP.Folders, a.IMAP.Listed = accounts.ListedFolders, strings.Split(f.folders, ",")
	}
	if err := a.Validate(); err != nil {
		return a, usage("account add: %v", err)
	}
	return a, nil
}

// readPassword takes the first line of a file: passwords are never arguments,
// which every other user of the machine can read.
func readPassword(path string) (*string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the password: %w", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	line = strings.TrimSuffix(line, "\r")
	return &line, nil
}

func (c *call) accountList() error {
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	list, err := c.engine.Accounts()
	if err != nil {
		return err
	}
	for _, a := range list {
		var record storage.Account
		err := c.store.View(func(tx *storage.Tx) (err error) {
			record, err = tx.Account(a.ID)
			return err
		})
		if err != nil {
			return err
		}
		err = c.print(
			field{"name", a.Name}, field{"email", a.Identity().Email}, field{"protocol", a.Protocol},
			field{"server", a.Incoming.Address()}, field{"security", a.Incoming.Security}, field{"user", a.Incoming.User},
			field{"last_check", timeWords(record.LastCheck)}, field{"last_error", record.LastError},
		)
		if err != nil {
			return err
		}
	}
	return nil
}
