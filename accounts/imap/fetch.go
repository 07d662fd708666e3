package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"peyk/accounts"
	"peyk/storage"
)

// Envelope is what a list needs of a message. What the server did not tell, or
// told so that it cannot be read, is zero.
type Envelope struct {
	UID          uint32
	Flags        storage.Flags
	Keywords     []string
	InternalDate time.Time
	// Size is the octets of the raw message.
	Size int64
	// Header is the raw header block, of the fields in envelopeFields only.
	Header []byte
	ModSeq uint64
	// Attachments is the number of parts offered as files.
	Attachments int
}

// Body is a whole message. Raw belongs to whoever receives it.
type Body struct {
	UID          uint32
	Flags        storage.Flags
	Keywords     []string
	InternalDate time.Time
	Size         int64
	Raw          []byte
	ModSeq       uint64
}

var envelopeFields = []string{
	"From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type",
}

// message is what one FETCH response told.
type message struct {
	uid      uint32
	flags    []goimap.Flag
	hasFlags bool
	date     time.Time
	size     int64
	modSeq   uint64
	body     []byte
	hasBody  bool
}

// want is what a fetch asks for and what it does with a message.
type want struct {
	options goimap.FetchOptions
	// complete tells whether a response has all that was asked for and is not
	// just news about flags.
	complete func(*message) bool
	deliver  func(*message) error
}

// errStop wraps the error of the function that messages are delivered to.
type errStop struct{ err error }

func (e errStop) Error() string { return e.err.Error() }
func (e errStop) Unwrap() error { return e.err }

// Envelopes fetches the envelopes of the messages and calls fn with each as it
// comes, in the server's order. UIDs that are no more on the server are left
// out. If fn fails, its error is returned and the session is closed. Messages
// that the server refuses are told at the end, as Unfetched.
func (s *Session) Envelopes(ctx context.Context, uids []uint32, fn func(Envelope) error) error {
	w := want{
		options: goimap.FetchOptions{
			UID: true, Flags: true, InternalDate: true, RFC822Size: true, ModSeq: s.selected.HighestModSeq > 0,
			BodyStructure: &goimap.FetchItemBodyStructure{Extended: true},
			BodySection: []*goimap.FetchItemBodySection{{
				Specifier: goimap.PartSpecifierHeader, HeaderFields: envelopeFields, Peek: true,
			}},
		},
		complete: func(m *message) bool { return m.hasBody },
		deliver: func(m *message) error {
			e := Envelope{
				UID: m.uid, InternalDate: m.date, Size: m.size, Header: m.body, ModSeq: m.modSeq,
				Attachments: s.wire.takeParts(m.uid),
			}
			e.Flags, e.Keywords = readFlags(m.flags)
			return fn(e)
		},
	}
	return s.fetchAll(ctx, uids, w)
}

// Bodies fetches the messages whole, byte for byte, and calls fn with each as
// it comes; the server waits for fn. UIDs that are no more on the server are
// left out. Errors are those of Envelopes.
func (s *Session) Bodies(ctx context.Context, uids []uint32, fn func(Body) error) error {
	w := want{
		options: goimap.FetchOptions{
			UID: true, Flags: true, InternalDate: true, RFC822Size: true, ModSeq: s.selected.HighestModSeq > 0,
			BodySection: []*goimap.FetchItemBodySection{{Peek: true}},
		},
		complete: func(m *message) bool { return m.hasBody },
		deliver: func(m *message) error {
			b := Body{UID: m.uid, InternalDate: m.date, Size: m.size, Raw: m.body, ModSeq: m.modSeq}
			b.Flags, b.Keywords = readFlags(m.flags)
			return fn(b)
		},
	}
	return s.fetchAll(ctx, uids, w)
}

// Flags fetches the flags of the messages, or of all when uids is nil; if
// changedSince is not 0 and the mailbox counts changes, only of those changed
// after it (RFC 7162). modseq is 0 where it is not told.
func (s *Session) Flags(ctx context.Context, uids []uint32, changedSince uint64, fn func(uid uint32, f storage.Flags, keywords []string, modseq uint64) error) error {
	w := want{
		options:  goimap.FetchOptions{UID: true, Flags: true},
		complete: func(m *message) bool { return m.hasFlags },
		deliver: func(m *message) error {
			f, keywords := readFlags(m.flags)
			return fn(m.uid, f, keywords, m.modSeq)
		},
	}
	if s.selected.HighestModSeq > 0 {
		w.options.ModSeq = true
		w.options.ChangedSince = changedSince
	}
	if uids != nil {
		return s.fetchAll(ctx, uids, w)
	}
	if s.exists() == 0 {
		return nil
	}
	return s.stopped(s.op(ctx, accounts.StepReceive, func() error {
		everything := uidBatch{set: goimap.UIDSet{{Start: 1, Stop: 0}}}
		return s.fetch(everything, w, map[uint32]bool{})
	}))
}

// stopped gives the error of a caller's function back as it was.
func (s *Session) stopped(err error) error {
	var stop errStop
	if errors.As(err, &stop) {
		return stop.err
	}
	return err
}

func (s *Session) fetchAll(ctx context.Context, uids []uint32, w want) error {
	if len(uids) == 0 {
		return nil
	}
	return s.stopped(s.op(ctx, accounts.StepReceive, func() error {
		f := &unfetched{}
		for _, b := range batches(uids, 0) {
			if err := s.fetchBatch(b, w, f); err != nil {
				return err
			}
		}
		return f.err()
	}))
}

// unfetched gathers the refusals of single messages.
type unfetched struct {
	uids []uint32
	last error
}

func (f *unfetched) err() error {
	if len(f.uids) == 0 {
		return nil
	}
	return &Unfetched{UIDs: f.uids, Err: f.last}
}

// maxRefusals ends a fetch when the server gives hardly anything.
const maxRefusals = 50

// fetchBatch fetches a batch, and by halves what remains of one that the
// server refused, so that one message that it cannot read (RFC 2180 section
// 4.1) costs that message alone.
func (s *Session) fetchBatch(b uidBatch, w want, f *unfetched) error {
	got := make(map[uint32]bool, len(b.uids))
	err := s.fetch(b, w, got)
	if !refused(err) {
		return err
	}
	var rest []uint32
	for _, uid := range b.uids {
		if !got[uid] {
			rest = append(rest, uid)
		}
	}
	switch {
	case len(rest) == 0:
		return nil
	case len(b.uids) == 1:
		f.uids, f.last = append(f.uids, rest[0]), err
		if len(f.uids) > maxRefusals {
			return err
		}
		return nil
	case !Permanent(err) && len(got) == 0:
		return err
	}
	half := (len(rest) + 1) / 2
	for _, part := range [][]uint32{rest[:half], rest[half:]} {
		for _, b := range batches(part, 0) {
			if err := s.fetchBatch(b, w, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// fetch runs one command and delivers what comes; got gathers the UIDs.
func (s *Session) fetch(b uidBatch, w want, got map[uint32]bool) error {
	s.wire.forgetParts()
	s.strays.expect(true)
	defer s.strays.expect(false)
	deliver := func(m *message) error {
		if m.uid == 0 || got[m.uid] || !w.complete(m) {
			return nil
		}
		got[m.uid] = true
		if err := w.deliver(m); err != nil {
			return errStop{err}
		}
		return nil
	}
	cmd := s.client.Fetch(b.set, &w.options)
	for {
		data := cmd.Next()
		if data == nil {
			break
		}
		m, err := readMessage(data)
		if err != nil {
			// The connection ended inside a body. The library must not be made to
			// read that body again: it has gone on already.
			s.cut()
			return err
		}
		if err := deliver(m); err != nil {
			// What is still on its way may be large; the connection goes, and with
			// it the library lets go of the command.
			s.cut()
			for cmd.Next() != nil {
				continue
			}
			return err
		}
	}
	err := cmd.Close()
	if err != nil && !refused(err) {
		return err
	}
	for _, m := range s.strays.take() {
		if b.set.Contains(goimap.UID(m.uid)) {
			if err := deliver(m); err != nil {
				return err
			}
		}
	}
	return err
}

// presize is up to which size a body's memory is taken before it has come.
const presize = 64 << 20

func readMessage(data *imapclient.FetchMessageData) (*message, error) {
	m := &message{}
	for {
		switch item := data.Next().(type) {
		case nil:
			return m, nil
		case imapclient.FetchItemDataUID:
			m.uid = uint32(item.UID)
		case imapclient.FetchItemDataFlags:
			m.flags, m.hasFlags = item.Flags, true
		case imapclient.FetchItemDataInternalDate:
			m.date = item.Time
		case imapclient.FetchItemDataRFC822Size:
			m.size = item.Size
		case imapclient.FetchItemDataModSeq:
			m.modSeq = item.ModSeq
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			body, err := readBody(item.Literal)
			if err != nil {
				return m, fmt.Errorf("reading a message: %w", err)
			}
			m.body, m.hasBody = body, true
		}
	}
}

// readBody reads a literal to its end. What a server announces is believed up
// to presize; more memory is taken as more comes.
func readBody(lit goimap.LiteralReader) ([]byte, error) {
	size := lit.Size()
	body := make([]byte, min(size, presize))
	n, err := io.ReadFull(lit, body)
	if err != nil {
		return nil, fmt.Errorf("%d of %d octets came: %w", n, size, unexpected(err))
	}
	for int64(len(body)) < size {
		more := min(size-int64(len(body)), int64(len(body)))
		start := len(body)
		body = append(body, make([]byte, more)...)
		if n, err := io.ReadFull(lit, body[start:]); err != nil {
			return nil, fmt.Errorf("%d of %d octets came: %w", start+n, size, unexpected(err))
		}
	}
	// The library goes on when it has seen the end of the literal read.
	var end [1]byte
	if _, err := lit.Read(end[:]); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return body, nil
}

// strays are FETCH responses that the library could not assign to a command:
// news about flags, but also the answer proper where the UID stands behind the
// body, or where news of the same message came before it.
type strays struct {
	mu      sync.Mutex
	settled sync.Cond
	wanted  bool
	reading int
	list    []*message
}

// expect starts or ends the keeping of strays.
func (t *strays) expect(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = on
	t.list = nil
}

// take waits for the strays that are being read and returns them. One with a
// body is always being read before its command ends, as the library waits for
// the body.
func (t *strays) take() []*message {
	t.wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.list
	t.list = nil
	return list
}

func (t *strays) wait() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.settled.L == nil {
		t.settled.L = &t.mu
	}
	for t.reading > 0 {
		t.settled.Wait()
	}
}

// stray reads such a response. The library calls it in a goroutine of its own,
// which ends with the response.
func (s *Session) stray(data *imapclient.FetchMessageData) {
	t := &s.strays
	t.mu.Lock()
	t.reading++
	t.mu.Unlock()
	m, err := readMessage(data)
	t.mu.Lock()
	if err == nil && t.wanted && m.uid != 0 {
		t.list = append(t.list, m)
	}
	t.reading--
	if t.settled.L != nil {
		t.settled.Broadcast()
	}
	t.mu.Unlock()
	if err == nil && m.hasFlags && !m.hasBody {
		s.events.add(Event{Flags: true})
	}
}
