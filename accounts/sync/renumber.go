package sync

import (
	"context"

	"peyk/accounts/imap"
	"peyk/storage"
	"peyk/storage/message"
)

// renumber deals with a new UIDVALIDITY: every UID known here is void (RFC 9051
// section 2.3.1.1). The rows stay and are matched with the server's messages by
// Message-ID, size and date, so that nothing is downloaded twice.
func (x *boxSync) renumber(ctx context.Context) error {
	first := x.box.UIDValidity == 0
	if !first {
		if err := x.rematch(ctx); err != nil {
			return err
		}
	}
	return x.e.store.Update(func(tx *storage.Tx) error {
		box, err := tx.Mailbox(x.box.ID)
		if err != nil {
			return err
		}
		box.UIDValidity, box.UIDNext, box.HighestModSeq, box.ServerTotal = x.sel.UIDValidity, 0, 0, -1
		x.box = box
		return tx.PutMailbox(&box)
	})
}

type fingerprint struct {
	messageID string
	size      int64
	received  int64
}

func (x *boxSync) rematch(ctx context.Context) error {
	uids, err := x.s.UIDs(ctx, 1)
	if err != nil {
		return err
	}
	there := map[fingerprint][]uint32{}
	err = x.s.Envelopes(ctx, uids, func(v imap.Envelope) error {
		id := message.SummarizeHeader(v.Header).MessageID
		print := fingerprint{id, v.Size, v.InternalDate.Unix()}
		there[print] = append(there[print], v.UID)
		return nil
	})
	if err != nil {
		return err
	}
	return x.e.store.Update(func(tx *storage.Tx) error {
		entries, err := tx.UIDs(x.box.ID)
		if err != nil {
			return err
		}
		rows := make([]storage.Message, len(entries))
		for i, entry := range entries {
			if rows[i], err = tx.Message(entry.ID); err != nil {
				return err
			}
			// All old UIDs go first: an old one may equal a new one of another.
			rows[i].UID = 0
			if err := tx.PutMessage(&rows[i]); err != nil {
				return err
			}
		}
		for i := range rows {
			print := fingerprint{rows[i].MessageID, rows[i].Size, rows[i].Received.Unix()}
			match := there[print]
			if len(match) == 0 {
				if err := tx.RemoveMessage(rows[i].ID); err != nil {
					return err
				}
				continue
			}
			there[print] = match[1:]
			rows[i].UID = match[0]
			if err := tx.PutMessage(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
