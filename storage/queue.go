package storage

import (
	"bytes"
	"fmt"
)

// Enqueue appends an operation to its account's queue.
func (t *Tx) Enqueue(op *Operation) error {
	n, err := t.bucket(bQueue).NextSequence()
	if err != nil {
		return err
	}
	op.ID = OperationID(n)
	if op.Made.IsZero() {
		op.Made = t.s.now()
	}
	return t.PutOperation(op)
}

// PutOperation writes an operation that is already in the queue.
func (t *Tx) PutOperation(op *Operation) error {
	t.changed(OperationChanged{op.Account})
	return putJSON(t.bucket(bQueue), key(uint64(op.Account), uint64(op.ID)), op)
}

// CountOperations is how many operations of an account wait for its server.
// Those that were backed out do not.
func (t *Tx) CountOperations(a AccountID) int {
	n := 0
	for _, v := range scan(t.bucket(bQueue), key(uint64(a))) {
		if !bytes.Contains(v, []byte(`"backed_out":true`)) {
			n++
		}
	}
	return n
}

// Operation reads one operation.
func (t *Tx) Operation(a AccountID, id OperationID) (Operation, error) {
	return getJSON[Operation](t.bucket(bQueue), key(uint64(a), uint64(id)))
}

// RemoveOperation takes an operation out of the queue.
func (t *Tx) RemoveOperation(a AccountID, id OperationID) error {
	t.changed(OperationChanged{a})
	return t.bucket(bQueue).Delete(key(uint64(a), uint64(id)))
}

// Operations lists an account's queue in order.
func (t *Tx) Operations(a AccountID) ([]Operation, error) {
	return listJSON[Operation](t.bucket(bQueue), key(uint64(a)))
}

// PutOutgoing writes an outbox entry; one without an id gets its id here.
func (t *Tx) PutOutgoing(o *Outgoing) error {
	b := t.bucket(bOutbox)
	if o.ID == 0 {
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		o.ID = OutgoingID(n)
		if o.Made.IsZero() {
			o.Made = t.s.now()
		}
		if err := t.addBodyRef(o.Account, o.Body); err != nil {
			return err
		}
	} else if old, err := t.Outgoing(o.ID); err != nil {
		return err
	} else if old.Body != o.Body || old.Account != o.Account {
		return fmt.Errorf("outgoing message %d cannot change its bytes", o.ID)
	}
	t.changed(OperationChanged{o.Account})
	return putJSON(b, key(uint64(o.ID)), o)
}

// Outgoing reads an outbox entry.
func (t *Tx) Outgoing(id OutgoingID) (Outgoing, error) {
	o, err := getJSON[Outgoing](t.bucket(bOutbox), key(uint64(id)))
	if err != nil {
		return o, fmt.Errorf("outgoing message %d: %w", id, err)
	}
	return o, nil
}

// Outbox lists all outgoing messages, oldest first.
func (t *Tx) Outbox() ([]Outgoing, error) { return listJSON[Outgoing](t.bucket(bOutbox), nil) }

// RemoveOutgoing takes a message out of the outbox.
func (t *Tx) RemoveOutgoing(id OutgoingID) error {
	o, err := t.Outgoing(id)
	if err != nil {
		return err
	}
	if err := t.dropBodyRef(o.Account, o.Body); err != nil {
		return err
	}
	t.changed(OperationChanged{o.Account})
	return t.bucket(bOutbox).Delete(key(uint64(id)))
}

// LedgerEntry reads what is known of a UIDL.
func (t *Tx) LedgerEntry(a AccountID, uidl string) (LedgerEntry, error) {
	v := t.bucket(bLedger).Get(ledgerKey(a, uidl))
	if v == nil {
		return LedgerEntry{}, fmt.Errorf("ledger entry %q: %w", uidl, ErrNotFound)
	}
	return decodeLedger(uidl, v)
}

// PutLedger writes what is known of a UIDL.
func (t *Tx) PutLedger(a AccountID, l *LedgerEntry) error {
	b, k := t.bucket(bLedger), ledgerKey(a, l.UIDL)
	hashes := t.bucket(bLedgerHash)
	if v := b.Get(k); v != nil {
		old, err := decodeLedger(l.UIDL, v)
		if err != nil {
			return err
		}
		if old.Hash != l.Hash {
			if err := hashes.Delete(ledgerHashKey(a, old.Hash, l.UIDL)); err != nil {
				return err
			}
		}
	}
	if l.Hash != [32]byte{} {
		if err := hashes.Put(ledgerHashKey(a, l.Hash, l.UIDL), nil); err != nil {
			return err
		}
	}
	return b.Put(k, encodeLedger(l))
}

// Ledger lists an account's ledger by UIDL.
func (t *Tx) Ledger(a AccountID) ([]LedgerEntry, error) {
	var list []LedgerEntry
	for k, v := range scan(t.bucket(bLedger), key(uint64(a))) {
		l, err := decodeLedger(string(k[8:]), v)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// LedgerWithHash finds the entries whose message had these bytes.
func (t *Tx) LedgerWithHash(a AccountID, hash [32]byte) ([]LedgerEntry, error) {
	var list []LedgerEntry
	prefix := ledgerHashKey(a, hash, "")
	for k := range scan(t.bucket(bLedgerHash), prefix) {
		l, err := t.LedgerEntry(a, string(bytes.TrimPrefix(k, prefix)))
		if err != nil {
			return nil, err
		}
		if l.Hash == hash {
			list = append(list, l)
		}
	}
	return list, nil
}
