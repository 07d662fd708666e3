package mailbox

import (
	"container/list"

	"peyk/storage"
)

// cacheRows is how many rows stay in memory, some kilobytes each.
const cacheRows = 2000

// rowCache keeps the rows that were looked at last. It belongs to the UI goroutine.
type rowCache struct {
	rows  map[storage.MessageID]*list.Element
	order *list.List // of *cached, the latest in front
}

type cached struct {
	row storage.Message
	// stale rows are shown until a fresh one comes.
	stale bool
}

func newRowCache() *rowCache {
	return &rowCache{rows: map[storage.MessageID]*list.Element{}, order: list.New()}
}

// get gives a row if it is here; fresh tells whether it need not be read again.
func (c *rowCache) get(id storage.MessageID) (row *storage.Message, fresh bool) {
	e, ok := c.rows[id]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	v := e.Value.(*cached)
	return &v.row, !v.stale
}

func (c *rowCache) put(row storage.Message) {
	if e, ok := c.rows[row.ID]; ok {
		*e.Value.(*cached) = cached{row: row}
		c.order.MoveToFront(e)
		return
	}
	c.rows[row.ID] = c.order.PushFront(&cached{row: row})
	for c.order.Len() > cacheRows {
		last := c.order.Back()
		delete(c.rows, last.Value.(*cached).row.ID)
		c.order.Remove(last)
	}
}

// outdate marks rows as changed in the store.
func (c *rowCache) outdate(ids []storage.MessageID) {
	for _, id := range ids {
		if e, ok := c.rows[id]; ok {
			e.Value.(*cached).stale = true
		}
	}
}

func (c *rowCache) outdateAll() {
	for _, e := range c.rows {
		e.Value.(*cached).stale = true
	}
}
