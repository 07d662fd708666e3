package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrUIDTaken is returned for a row that would take another row's UID.
var ErrUIDTaken = errors.New("the UID belongs to another message")

// Entry is a message as a list orders and filters it, without its row.
type Entry struct {
	ID          MessageID
	Date        int64 // Unix seconds
	Flags       Flags
	Attachments uint8
	BodyState   BodyState
}

// List gives the messages of a mailbox, newest first; limit 0 gives all.
func (t *Tx) List(mailbox MailboxID, limit int) ([]Entry, error) {
	if limit <= 0 {
		limit = math.MaxInt
	}
	var list []Entry
	c := t.bucket(bOrder).Cursor()
	// The next mailbox's first key is one past our last.
	step := c.Prev
	if k, _ := c.Seek(key(uint64(mailbox) + 1)); k == nil {
		step = c.Last
	}
	k, v := step()
	for ; k != nil && keyID(k, 0) == uint64(mailbox) && len(list) < limit; k, v = c.Prev() {
		list = append(list, Entry{
			ID: MessageID(keyID(k, 2)), Date: dateOf(keyID(k, 1)),
			Flags: Flags(binary.BigEndian.Uint16(v)), Attachments: v[2], BodyState: BodyState(v[3]),
		})
	}
	return list, nil
}

// Message reads a row.
func (t *Tx) Message(id MessageID) (Message, error) {
	data := t.bucket(bMessages).Get(key(uint64(id)))
	if data == nil {
		return Message{}, fmt.Errorf("message %d: %w", id, ErrNotFound)
	}
	return decodeMessage(id, data)
}

// MessageWithUID finds the message of an IMAP UID.
func (t *Tx) MessageWithUID(mailbox MailboxID, uid uint32) (Message, error) {
	v := t.bucket(bUIDs).Get(uidKey(mailbox, uid))
	if v == nil {
		return Message{}, fmt.Errorf("UID %d: %w", uid, ErrNotFound)
	}
	return t.Message(MessageID(binary.BigEndian.Uint64(v)))
}

// UIDEntry is a message's identity on the server and here.
type UIDEntry struct {
	UID uint32
	ID  MessageID
}

// UIDs lists the messages of a mailbox that the server knows, by UID.
func (t *Tx) UIDs(mailbox MailboxID) ([]UIDEntry, error) {
	var list []UIDEntry
	for k, v := range scan(t.bucket(bUIDs), key(uint64(mailbox))) {
		list = append(list, UIDEntry{uint32(keyID(k, 1)), MessageID(binary.BigEndian.Uint64(v))})
	}
	return list, nil
}

// WithMessageID finds the rows of an account that carry a Message-ID.
func (t *Tx) WithMessageID(a AccountID, messageID string) ([]Message, error) {
	if messageID == "" {
		return nil, nil
	}
	var list []Message
	prefix := messageIDKey(a, messageID, 0)[:16]
	for k := range scan(t.bucket(bMessageIDs), prefix) {
		m, err := t.Message(MessageID(keyID(k, 2)))
		if err != nil {
			return nil, err
		}
		if m.MessageID == messageID {
			list = append(list, m)
		}
	}
	return list, nil
}

// PutMessage writes a row; one without an id gets its id here. A row that names
// another mailbox than before has moved.
func (t *Tx) PutMessage(m *Message) error {
	t.normalise(m)
	if m.ID == 0 {
		n, err := t.bucket(bMessages).NextSequence()
		if err != nil {
			return err
		}
		m.ID = MessageID(n)
		if err := t.index(m); err != nil {
			return err
		}
		t.changed(MessagesAdded{m.Account, m.Mailbox, []MessageID{m.ID}})
		return t.bucket(bMessages).Put(key(uint64(m.ID)), encodeMessage(m))
	}
	old, err := t.Message(m.ID)
	if err != nil {
		return err
	}
	if old.Account != m.Account {
		return fmt.Errorf("message %d belongs to account %d, not %d", m.ID, old.Account, m.Account)
	}
	// The new reference first: a body used by both must not become garbage.
	if err := t.index(m); err != nil {
		return err
	}
	if err := t.unindex(&old, m); err != nil {
		return err
	}
	if old.Mailbox != m.Mailbox {
		t.changed(MessagesRemoved{old.Account, old.Mailbox, []MessageID{m.ID}})
		t.changed(MessagesAdded{m.Account, m.Mailbox, []MessageID{m.ID}})
	} else {
		t.changed(FlagsChanged{m.Account, m.Mailbox, []MessageID{m.ID}})
	}
	return t.bucket(bMessages).Put(key(uint64(m.ID)), encodeMessage(m))
}

// normalise gives a row the date that lists are ordered by.
func (t *Tx) normalise(m *Message) {
	if m.Received.IsZero() {
		m.Received = t.s.now()
	}
	if m.Date.Year() < 1971 || m.Date.After(m.Received.Add(48*time.Hour)) {
		m.Date = m.Received
	}
}

// index enters a row into the indexes and its mailbox's counts.
func (t *Tx) index(m *Message) error {
	box, err := t.touch(m.Mailbox)
	if err != nil {
		return err
	}
	if box.Account != m.Account {
		return fmt.Errorf("message of account %d in a mailbox of account %d", m.Account, box.Account)
	}
	box.Counts.add(m, 1)
	if err := t.bucket(bOrder).Put(orderKey(m), orderValue(m)); err != nil {
		return err
	}
	if m.UID != 0 {
		if v := t.bucket(bUIDs).Get(uidKey(m.Mailbox, m.UID)); v != nil && binary.BigEndian.Uint64(v) != uint64(m.ID) {
			return fmt.Errorf("message %d, UID %d of mailbox %d: %w", m.ID, m.UID, m.Mailbox, ErrUIDTaken)
		}
		if err := t.bucket(bUIDs).Put(uidKey(m.Mailbox, m.UID), key(uint64(m.ID))); err != nil {
			return err
		}
	}
	if m.MessageID != "" {
		if err := t.bucket(bMessageIDs).Put(messageIDKey(m.Account, m.MessageID, m.ID), nil); err != nil {
			return err
		}
	}
	return t.addBodyRef(m.Account, m.Body)
}

// unindex takes a row out of what index entered it into. With a successor that
// is already indexed, shared entries stay.
func (t *Tx) unindex(m, successor *Message) error {
	box, err := t.touch(m.Mailbox)
	if err != nil {
		return err
	}
	box.Counts.add(m, -1)
	if successor == nil || string(orderKey(m)) != string(orderKey(successor)) {
		if err := t.bucket(bOrder).Delete(orderKey(m)); err != nil {
			return err
		}
	}
	if m.UID != 0 && (successor == nil || m.Mailbox != successor.Mailbox || m.UID != successor.UID) {
		b, k := t.bucket(bUIDs), uidKey(m.Mailbox, m.UID)
		// The UID may have been given to another row since.
		if v := b.Get(k); v != nil && binary.BigEndian.Uint64(v) == uint64(m.ID) {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
	}
	if m.MessageID != "" && (successor == nil || m.MessageID != successor.MessageID) {
		if err := t.bucket(bMessageIDs).Delete(messageIDKey(m.Account, m.MessageID, m.ID)); err != nil {
			return err
		}
	}
	return t.dropBodyRef(m.Account, m.Body)
}

// RemoveMessage removes a row; its raw message goes when nothing else uses it.
func (t *Tx) RemoveMessage(id MessageID) error {
	m, err := t.Message(id)
	if err != nil {
		return err
	}
	if err := t.unindex(&m, nil); err != nil {
		return err
	}
	t.changed(MessagesRemoved{m.Account, m.Mailbox, []MessageID{id}})
	return t.bucket(bMessages).Delete(key(uint64(id)))
}

func (c *Counts) add(m *Message, n int) {
	c.Total += n
	if !m.Flags.Has(Seen) {
		c.Unread += n
	}
	c.Bytes += int64(n) * m.Size
	if m.BodyState == BodyFull {
		c.Bodies += n
	}
}

func (t *Tx) addBodyRef(a AccountID, body BodyID) error {
	if body == 0 {
		return nil
	}
	b, k := t.bucket(bBodyRefs), key(uint64(a), uint64(body))
	var n uint64
	if v := b.Get(k); v != nil {
		n, _ = binary.Uvarint(v)
	} else if err := t.bucket(bGarbage).Delete(k); err != nil {
		return err
	}
	return b.Put(k, binary.AppendUvarint(nil, n+1))
}

func (t *Tx) dropBodyRef(a AccountID, body BodyID) error {
	if body == 0 {
		return nil
	}
	b, k := t.bucket(bBodyRefs), key(uint64(a), uint64(body))
	n, _ := binary.Uvarint(b.Get(k))
	if n > 1 {
		return b.Put(k, binary.AppendUvarint(nil, n-1))
	}
	if err := t.bucket(bGarbage).Put(k, nil); err != nil {
		return err
	}
	return b.Delete(k)
}
