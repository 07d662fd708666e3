package storage

import "slices"

// Change is something that happened to the store, told after the commit.
type Change interface{ change() }

// MessagesAdded are new rows in a mailbox.
type MessagesAdded struct {
	Account  AccountID
	Mailbox  MailboxID
	Messages []MessageID
}

// MessagesRemoved are rows that left a mailbox, by deletion or by a move (then
// a MessagesAdded of the same ids follows).
type MessagesRemoved struct {
	Account  AccountID
	Mailbox  MailboxID
	Messages []MessageID
}

// FlagsChanged are rows whose flags, or whose body state or preview, are now
// different.
type FlagsChanged struct {
	Account  AccountID
	Mailbox  MailboxID
	Messages []MessageID
}

// MailboxChanged says that a mailbox came, went or has other properties.
type MailboxChanged struct {
	Account AccountID
	Mailbox MailboxID
}

// CountsChanged says that a mailbox's counts are different.
type CountsChanged struct {
	Account AccountID
	Mailbox MailboxID
}

// OperationChanged says that the queue or the outbox of an account changed.
type OperationChanged struct{ Account AccountID }

// ConnectionChanged says that an account's settings, its last check or its
// last error changed.
type ConnectionChanged struct{ Account AccountID }

func (MessagesAdded) change()     {}
func (MessagesRemoved) change()   {}
func (FlagsChanged) change()      {}
func (MailboxChanged) change()    {}
func (CountsChanged) change()     {}
func (OperationChanged) change()  {}
func (ConnectionChanged) change() {}

// join adds a change to a list. A batch of rows makes one announcement, not five
// hundred: it becomes part of the one before it where that tells the same of
// the same mailbox. The list's slices are its own.
func join(list []Change, c Change) []Change {
	switch c := c.(type) {
	case MessagesAdded:
		return joinMessages(list, c)
	case MessagesRemoved:
		return joinMessages(list, c)
	case FlagsChanged:
		return joinMessages(list, c)
	}
	return append(list, c)
}

func joinMessages[T interface {
	MessagesAdded | MessagesRemoved | FlagsChanged
	Change
}](list []Change, c T,
) []Change {
	more := MessagesAdded(c)
	if n := len(list); n > 0 {
		if last, ok := list[n-1].(T); ok {
			one := MessagesAdded(last)
			if one.Mailbox == more.Mailbox {
				one.Messages = append(one.Messages, more.Messages...)
				list[n-1] = T(one)
				return list
			}
		}
	}
	more.Messages = slices.Clone(more.Messages)
	return append(list, T(more))
}
