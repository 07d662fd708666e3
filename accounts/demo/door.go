package demo

import (
	"fmt"
	"net"
	"sync"
)

// door is a listener that knows who came in, so that the servers behind it
// can be ended for certain: they close connections, but do not wait for the
// goroutines that serve them.
type door struct {
	net.Listener
	inside sync.WaitGroup

	mu     sync.Mutex
	shut   bool
	guests map[*guest]struct{}
}

// guest is an accepted connection. The goroutine serving it closes it last of
// all, and that is what the door waits for.
type guest struct {
	net.Conn
	door *door
	left sync.Once
}

// openDoor listens on a free port of the loopback interface.
func openDoor() (*door, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for the demo: %w", err)
	}
	return &door{Listener: l, guests: map[*guest]struct{}{}}, nil
}

func (d *door) port() int { return d.Addr().(*net.TCPAddr).Port }

func (d *door) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		conn.Close()
		return nil, net.ErrClosed
	}
	g := &guest{Conn: conn, door: d}
	d.guests[g] = struct{}{}
	d.inside.Add(1)
	return g, nil
}

// close lets nobody in any more and cuts the connections there are. It does
// not wait; wait does.
func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return
	}
	d.shut = true
	d.Listener.Close()
	for g := range d.guests {
		// The raw connection: the serving goroutine has yet to close g itself.
		g.Conn.Close()
	}
}

func (d *door) wait() { d.inside.Wait() }

func (g *guest) Close() error {
	err := g.Conn.Close()
	g.left.Do(func() {
		g.door.mu.Lock()
		delete(g.door.guests, g)
		g.door.mu.Unlock()
		g.door.inside.Done()
	})
	return err
}
