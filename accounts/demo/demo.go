// Package demo is a small world of mail inside the process: an IMAP, a POP3
// and an SMTP server on loopback, two accounts with a believable past, people
// who answer, and something new every minute. Nothing leaves the machine.
//
// The IMAP server is go-imap's imapserver with its memory store, because it
// is the counterpart of the client library in use; imapsession.go mends where
// it falls short. The SMTP server is go-smtp, which speaks AUTH, SIZE and
// SMTPUTF8 as real servers do.
package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"

	"peyk/accounts"
	"peyk/accounts/pop3/popserver"
)

// Options are how the world runs; the zero value is a good one.
type Options struct {
	// Now is the clock that messages are dated by; nil is time.Now.
	Now func() time.Time
	// Every is the pause between two messages that come by themselves, a
	// minute if 0.
	Every time.Duration
	// AnswerAfter is how long others take to answer, 4 seconds if 0.
	AnswerAfter time.Duration
	// Seed varies the numbers in the messages. The same seed and the same Now
	// give the same messages.
	Seed uint64
}

// World is the running servers.
type World struct {
	// Accounts are settings to use as they are: first the IMAP account, then
	// the POP3 account. They lack only an ID.
	Accounts []accounts.Account
	// Password opens both accounts, for receiving and for sending.
	Password string

	clock       func() time.Time
	seed        uint64
	answerAfter time.Duration
	people      map[string]person
	owners      []person
	answers     answers

	drop    *mailDrop
	pop     *popserver.Memory
	postman *postman

	imap  *imapserver.Server
	smtp  *smtp.Server
	pop3  *popserver.Server
	doors []*door

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu  sync.Mutex
	rng *rand.Rand

	closing sync.Once
	closed  error
}

const (
	imapAddress = "sara@peyk.example"
	pop3Address = "work@naghsh.example"
	password    = "peyk"
)

// Start opens the three servers on free loopback ports, fills them and begins
// delivering. The world ends with ctx or with Close, whichever is first; its
// mail exists only as long, so a store that mirrors it should not outlive it.
func Start(ctx context.Context, o Options) (*World, error) {
	w, err := newWorld(o)
	if err != nil {
		return nil, err
	}
	if err := w.fill(); err != nil {
		return nil, err
	}
	for range 3 {
		d, err := openDoor()
		if err != nil {
			for _, open := range w.doors {
				open.close()
			}
			return nil, err
		}
		w.doors = append(w.doors, d)
	}
	w.Accounts = w.settings(w.doors[0].port(), w.doors[1].port(), w.doors[2].port())
	w.ctx, w.cancel = context.WithCancel(ctx)
	w.imap = newIMAPServer(w.drop)
	w.pop3 = popserver.New(w.pop, popserver.Options{})
	w.smtp = newSMTPServer(w)
	for i, serve := range []func(net.Listener) error{w.imap.Serve, w.pop3.Serve, w.smtp.Serve} {
		// Serve ends with an error when its door closes, which says nothing.
		w.running.Go(func() { _ = serve(w.doors[i]) })
	}
	w.running.Go(func() { w.postman.run(w.ctx) })
	w.running.Go(func() {
		<-w.ctx.Done()
		for _, d := range w.doors {
			d.close()
		}
	})
	return w, nil
}

func newWorld(o Options) (*World, error) {
	people, err := readPeople()
	if err != nil {
		return nil, err
	}
	answers, err := readAnswers()
	if err != nil {
		return nil, err
	}
	w := &World{
		Password: password, clock: o.Now, seed: o.Seed, answerAfter: o.AnswerAfter, people: people, answers: answers,
		rng: rand.New(rand.NewPCG(o.Seed, 1)),
	}
	if w.clock == nil {
		w.clock = time.Now
	}
	if w.answerAfter == 0 {
		w.answerAfter = 4 * time.Second
	}
	for key, address := range map[string]string{"sara": imapAddress, "work": pop3Address} {
		if people[key].address != address {
			return nil, fmt.Errorf("sample people.txt: %s is not %s", key, address)
		}
	}
	w.owners = []person{people["sara"], people["work"]}
	w.postman = &postman{world: w, visits: make(chan visit), every: o.Every}
	if o.Every == 0 {
		w.postman.every = time.Minute
	}
	for _, list := range []struct {
		pattern string
		into    *[]entry
	}{{"arriving-en.txt", &w.postman.english}, {"arriving-fa.txt", &w.postman.persian}} {
		if *list.into, err = readEntries(list.pattern); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// now is in whole seconds, as mail tells time.
func (w *World) now() time.Time { return w.clock().Truncate(time.Second) }

func (w *World) random() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.Uint64()
}

// knows reports whether the user and password belong together.
func (w *World) knows(user, password string) bool { return w.lives(user) && password == w.Password }

var mailboxes = []struct {
	name string
	use  imap.MailboxAttr
}{
	{inbox, ""},
	{"Drafts", imap.MailboxAttrDrafts},
	{"Sent", imap.MailboxAttrSent},
	{"Archive", imap.MailboxAttrArchive},
	{"Junk", imap.MailboxAttrJunk},
	{"Trash", imap.MailboxAttrTrash},
	{"Projects/Peyk", ""},
	{"خانواده", ""},
}

// fill puts the past into the servers.
func (w *World) fill() error {
	now := w.now()
	w.drop = newMailDrop(imapAddress, w.Password, now)
	for _, m := range mailboxes {
		if err := w.drop.create(m.name, m.use); err != nil {
			return fmt.Errorf("making the mailbox %s: %w", m.name, err)
		}
	}
	home, err := newAuthor(w.people, w.owners[0], now, w.seed).writeAll("home-*.txt")
	if err != nil {
		return err
	}
	for _, p := range home {
		if err := w.drop.add(p.folder, p.raw, p.at, p.flags); err != nil {
			return fmt.Errorf("filling the mailbox %s: %w", p.folder, err)
		}
	}
	w.pop = new(popserver.Memory)
	w.pop.AddUser(pop3Address, w.Password)
	work, err := newAuthor(w.people, w.owners[1], now, w.seed).writeAll("work-*.txt")
	if err != nil {
		return err
	}
	for _, p := range work {
		// POP3 has no other folder; what the owner wrote is only referred to.
		if p.folder == inbox {
			w.pop.Deliver(pop3Address, p.raw)
		}
	}
	return nil
}

// settings are the two accounts as the setup would leave them.
func (w *World) settings(imapPort, popPort, smtpPort int) []accounts.Account {
	server := func(port int, user string) accounts.Server {
		return accounts.Server{Host: "127.0.0.1", Port: port, Security: accounts.Plain, User: user}
	}
	home := accounts.Default(accounts.IMAP)
	home.Name = "Sara Ahmadi"
	home.Incoming = server(imapPort, imapAddress)
	home.Outgoing = server(smtpPort, imapAddress)
	home.Identities = []accounts.Identity{
		{Name: "Sara Ahmadi", Email: imapAddress, Signature: "Sara Ahmadi\nPeyk project · https://peyk.example"},
		{Name: "سارا احمدی", Email: imapAddress, Signature: "سارا احمدی\nپروژهٔ پیک · https://peyk.example"},
	}
	work := accounts.Default(accounts.POP3)
	work.Name = "کار"
	work.Incoming = server(popPort, pop3Address)
	work.Outgoing = server(smtpPort, pop3Address)
	work.Identities = []accounts.Identity{
		{Name: "استودیو نقش", Email: pop3Address, Signature: "سارا احمدی، استودیو نقش\nتلفن: ۰۲۱-۵۵۵۰۱۲۳۴ · https://naghsh.example"},
		{Name: "Naghsh Studio", Email: pop3Address, Signature: "Sara Ahmadi, Naghsh Studio\nhttps://naghsh.example"},
	}
	all := []accounts.Account{home, work}
	for i := range all {
		all[i].CheckEvery = 1
		all[i].UndoSeconds = 2
	}
	return all
}

// Close ends the servers, cuts their connections and returns when everything
// that Start began has ended.
func (w *World) Close() error {
	w.closing.Do(func() { w.closed = w.end() })
	return w.closed
}

func (w *World) end() error {
	w.cancel()
	w.running.Wait()
	for _, d := range w.doors {
		d.wait()
	}
	var errs []error
	for _, err := range []error{w.imap.Close(), w.pop3.Close(), w.smtp.Shutdown(context.Background())} {
		// The doors are closed already, and saying so is no failure.
		if err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, fmt.Errorf("ending the demo: %w", err))
		}
	}
	return errors.Join(errs...)
}
