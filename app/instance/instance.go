// Package instance makes a second start of the program hand its words over to
// the first one on the same data folder.
//
// The first listens on loopback and writes the port and a random token into a
// file that only its user can read. Both sides prove that they know the token,
// without saying it, before anything else is said: after a crash the port may
// be another user's.
package instance

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const fileName = "instance.json"

// answerTime bounds how long a first instance may take to say that it is there.
const answerTime = 5 * time.Second

// Request is what a second start was asked to do.
type Request struct {
	Args []string `json:"args"`
	// Dir is the folder that relative file names are meant from.
	Dir string `json:"dir"`
	// Input is the standard input, for verbs that read it.
	Input []byte `json:"input,omitempty"`
}

// Response is a piece of what the first instance answers: output as it comes,
// and at the end the exit status.
type Response struct {
	Out    []byte `json:"out,omitempty"`
	Err    []byte `json:"err,omitempty"`
	Status *int   `json:"status,omitempty"`
}

// Handler carries out a request and gives the exit status.
type Handler func(ctx context.Context, r Request, out, errs io.Writer) int

type note struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// greeting is how each side begins: the first instance challenges, the other
// proves itself and challenges back, the first proves itself.
type greeting struct {
	Challenge string `json:"challenge,omitempty"`
	Proof     string `json:"proof,omitempty"`
}

// maxGreeting bounds what is read of somebody who has proved nothing.
const maxGreeting = 4 << 10

var errImpostor = errors.New("the other side does not know the token")

func challenge() (string, error) {
	nonce := make([]byte, 32)
	_, err := rand.Read(nonce)
	return hex.EncodeToString(nonce), err
}

// proof shows that its maker knows the token; side keeps one's proof from being
// used as the other's.
func proof(token, side, challenge string) string {
	mac := hmac.New(sha256.New, []byte(token))
	io.WriteString(mac, side+" "+challenge)
	return hex.EncodeToString(mac.Sum(nil))
}

func proven(got, token, side, challenge string) error {
	if !hmac.Equal([]byte(got), []byte(proof(token, side, challenge))) {
		return errImpostor
	}
	return nil
}

// line reads one greeting without reading past it.
func line(r *bufio.Reader) (greeting, error) {
	var g greeting
	text, err := r.ReadSlice('\n')
	if err != nil {
		return g, err
	}
	return g, json.Unmarshal(text, &g)
}

// welcome is the first instance's part of the greeting.
func welcome(r *bufio.Reader, w io.Writer, token string) error {
	mine, err := challenge()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(greeting{Challenge: mine}); err != nil {
		return err
	}
	theirs, err := line(r)
	if err != nil {
		return err
	}
	if err := proven(theirs.Proof, token, "second", mine); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(greeting{Proof: proof(token, "first", theirs.Challenge)})
}

// introduce is the second start's part.
func introduce(r *bufio.Reader, w io.Writer, token string) error {
	theirs, err := line(r)
	if err != nil {
		return err
	}
	mine, err := challenge()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(greeting{Challenge: mine, Proof: proof(token, "second", theirs.Challenge)}); err != nil {
		return err
	}
	answer, err := line(r)
	if err != nil {
		return err
	}
	return proven(answer.Proof, token, "first", mine)
}

// Server answers other starts until Close.
type Server struct {
	listener net.Listener
	path     string
	token    string
	handle   Handler
	cancel   context.CancelFunc
	ctx      context.Context
	wg       sync.WaitGroup
}

// Listen announces this process as the first instance of a data folder.
func Listen(dir string, handle Handler) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for other starts: %w", err)
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		l.Close()
		return nil, err
	}
	s := &Server{listener: l, path: filepath.Join(dir, fileName), token: hex.EncodeToString(secret), handle: handle}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := writeNote(s.path, note{l.Addr().String(), s.token}); err != nil {
		l.Close()
		return nil, err
	}
	s.wg.Go(s.serve)
	return s, nil
}

func writeNote(path string, n note) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return fmt.Errorf("announcing this program: %w", err)
	}
	return os.Rename(temporary, path)
}

// Close stops answering and waits for what is under way.
func (s *Server) Close() error {
	err := errors.Join(os.Remove(s.path), s.listener.Close())
	s.cancel()
	s.wg.Wait()
	return err
}

func (s *Server) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.answer(conn) })
	}
}

func (s *Server) answer(conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(s.ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return
	}
	in := bufio.NewReaderSize(conn, maxGreeting)
	if welcome(in, conn, s.token) != nil {
		return
	}
	var request Request
	if err := json.NewDecoder(in).Decode(&request); err != nil {
		return
	}
	w := &responder{enc: json.NewEncoder(conn)}
	status := s.handle(s.ctx, request, stream{w, false}, stream{w, true})
	// The other side notices a lost answer by itself.
	_ = w.send(Response{Status: &status})
}

type responder struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (r *responder) send(m Response) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.enc.Encode(m)
}

type stream struct {
	r    *responder
	errs bool
}

func (s stream) Write(p []byte) (int, error) {
	m := Response{Out: p}
	if s.errs {
		m = Response{Err: p}
	}
	if err := s.r.send(m); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ErrNone means that no other instance answers for the data folder.
var ErrNone = errors.New("no other instance")

// errCut: the first instance ended while it was answering.
var errCut = errors.New("the running program ended before it answered")

// Call hands a request to the first instance and copies its answer. It gives
// the exit status, or ErrNone.
func Call(ctx context.Context, dir string, r Request, out, errs io.Writer) (int, error) {
	data, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		return 0, ErrNone
	}
	var n note
	if err := json.Unmarshal(data, &n); err != nil {
		return 0, ErrNone
	}
	conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "tcp", n.Address)
	if err != nil {
		return 0, ErrNone // left behind by a program that was killed
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetReadDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	in := bufio.NewReaderSize(conn, maxGreeting)
	if introduce(in, conn, n.Token) != nil {
		return 0, ErrNone // another program has the port by now
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return 0, errCut
	}
	return copyAnswer(json.NewDecoder(in), out, errs)
}

func copyAnswer(dec *json.Decoder, out, errs io.Writer) (int, error) {
	for {
		var m Response
		if err := dec.Decode(&m); err != nil {
			return 0, errCut
		}
		if _, err := out.Write(m.Out); err != nil {
			return 0, err
		}
		if _, err := errs.Write(m.Err); err != nil {
			return 0, err
		}
		if m.Status != nil {
			return *m.Status, nil
		}
	}
}
