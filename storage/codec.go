package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/mail"
	"time"
)

// Message rows and ledger entries are many and read often, so they have a
// binary form: a version octet, then the fields in order, integers as varints
// and strings with their length in front. A later version may add fields at
// the end; a reader takes missing ones as zero.

const (
	rowVersion    = 1
	ledgerVersion = 1
)

var errShortRecord = errors.New("record ends too early")

type encoder struct{ b []byte }

func (e *encoder) uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)   { e.b = binary.AppendVarint(e.b, v) }

func (e *encoder) string(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) strings(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.string(s)
	}
}

func (e *encoder) addresses(list []mail.Address) {
	e.uint(uint64(len(list)))
	for _, a := range list {
		e.string(a.Name)
		e.string(a.Address)
	}
}

func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.int(0)
		return
	}
	e.int(t.Unix())
}

// decoder reads what encoder wrote. After the first error every read gives
// zero and err stays set.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	return take(d, v, n)
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	return take(d, v, n)
}

func take[T int64 | uint64](d *decoder, v T, n int) T {
	if d.err != nil || n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errShortRecord
	}
	d.b = nil
}

func (d *decoder) string() string {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// count reads a list's length; each element takes at least one octet, which
// bounds what a damaged record can make us allocate.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) strings() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}

func (d *decoder) addresses() []mail.Address {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]mail.Address, n)
	for i := range list {
		list[i] = mail.Address{Name: d.string(), Address: d.string()}
	}
	return list
}

func (d *decoder) time() time.Time {
	if s := d.int(); s != 0 {
		return time.Unix(s, 0)
	}
	return time.Time{}
}

func encodeMessage(m *Message) []byte {
	e := encoder{make([]byte, 0, 256)}
	e.b = append(e.b, rowVersion)
	e.uint(uint64(m.Account))
	e.uint(uint64(m.Mailbox))
	e.uint(uint64(m.UID))
	e.string(m.UIDL)
	e.string(m.MessageID)
	e.string(m.InReplyTo)
	e.strings(m.References)
	e.addresses(m.From)
	e.addresses(m.ReplyTo)
	e.addresses(m.To)
	e.addresses(m.Cc)
	e.string(m.Subject)
	e.string(m.Preview)
	e.time(m.Date)
	e.time(m.Received)
	e.int(m.Size)
	e.uint(uint64(m.Flags))
	e.strings(m.Keywords)
	e.uint(uint64(m.Attachments))
	e.uint(uint64(m.BodyState))
	e.uint(uint64(m.Body))
	return e.b
}

func decodeMessage(id MessageID, b []byte) (Message, error) {
	if len(b) == 0 || b[0] == 0 || b[0] > rowVersion {
		return Message{}, fmt.Errorf("message %d: unknown form of record", id)
	}
	d := decoder{b: b[1:]}
	m := Message{
		ID: id, Account: AccountID(d.uint()), Mailbox: MailboxID(d.uint()), UID: uint32(d.uint()), UIDL: d.string(),
		MessageID: d.string(), InReplyTo: d.string(), References: d.strings(),
		From: d.addresses(), ReplyTo: d.addresses(), To: d.addresses(), Cc: d.addresses(),
		Subject: d.string(), Preview: d.string(), Date: d.time(), Received: d.time(),
		Size: d.int(), Flags: Flags(d.uint()), Keywords: d.strings(), Attachments: int(d.uint()),
		BodyState: BodyState(d.uint()), Body: BodyID(d.uint()),
	}
	if d.err != nil {
		return Message{}, fmt.Errorf("message %d: %w", id, d.err)
	}
	return m, nil
}

func encodeLedger(l *LedgerEntry) []byte {
	e := encoder{make([]byte, 0, 96)}
	e.b = append(e.b, ledgerVersion)
	e.uint(uint64(l.Message))
	e.time(l.FirstSeen)
	e.uint(uint64(l.State))
	e.int(l.Size)
	e.b = append(e.b, l.Hash[:]...)
	e.string(l.MessageID)
	return e.b
}

func decodeLedger(uidl string, b []byte) (LedgerEntry, error) {
	if len(b) == 0 || b[0] == 0 || b[0] > ledgerVersion {
		return LedgerEntry{}, fmt.Errorf("ledger entry %q: unknown form of record", uidl)
	}
	d := decoder{b: b[1:]}
	l := LedgerEntry{
		UIDL: uidl, Message: MessageID(d.uint()), FirstSeen: d.time(), State: LedgerState(d.uint()), Size: d.int(),
	}
	if len(d.b) < len(l.Hash) {
		d.fail()
	} else {
		d.b = d.b[copy(l.Hash[:], d.b):]
	}
	l.MessageID = d.string()
	if d.err != nil {
		return LedgerEntry{}, fmt.Errorf("ledger entry %q: %w", uidl, d.err)
	}
	return l, nil
}
