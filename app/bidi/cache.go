package bidi

import "container/list"

// maxCachedRunes bounds the shaped paragraphs kept: about 10 MB, some hundreds of mails' worth of lines.
const maxCachedRunes = 1 << 18

// shapeCache keeps the paragraphs used last, up to a number of runes.
type shapeCache struct {
	limit, runes int
	entries      map[shapeKey]*list.Element
	order        *list.List // of cached, the one used last in front
}

type cached struct {
	key shapeKey
	s   *shaped
}

func newShapeCache(limit int) *shapeCache {
	return &shapeCache{limit: limit, entries: map[shapeKey]*list.Element{}, order: list.New()}
}

func (c *shapeCache) get(k shapeKey) *shaped {
	e := c.entries[k]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(cached).s
}

// cost counts an empty paragraph too.
func cost(s *shaped) int { return len(s.text) + 16 }

func (c *shapeCache) put(k shapeKey, s *shaped) {
	c.entries[k] = c.order.PushFront(cached{k, s})
	c.runes += cost(s)
	for c.runes > c.limit {
		oldest := c.order.Back()
		old := c.order.Remove(oldest).(cached)
		delete(c.entries, old.key)
		c.runes -= cost(old.s)
	}
}
