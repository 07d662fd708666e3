package imap

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"peyk/accounts"
)

// mechanism is the client's side of a SASL mechanism (RFC 4422).
type mechanism interface {
	// start is the initial response, if the mechanism has one.
	start() (response []byte, ok bool)
	next(challenge []byte) ([]byte, error)
	// verify is asked when the server says that it is satisfied.
	verify() error
}

func newMechanism(name string, server accounts.Server, password string) (mechanism, error) {
	user := server.User
	switch name {
	case "PLAIN":
		return &single{response: "\x00" + user + "\x00" + password}, nil
	case "LOGIN":
		return &login{answers: []string{user, password}}, nil
	case "CRAM-MD5":
		return &cramMD5{user: user, password: password}, nil
	case "SCRAM-SHA-256":
		return newSCRAM(sha256.New, user, password), nil
	case "SCRAM-SHA-1":
		return newSCRAM(sha1.New, user, password), nil
	case "XOAUTH2":
		return &single{response: "user=" + user + "\x01auth=Bearer " + password + "\x01\x01"}, nil
	case "OAUTHBEARER":
		response := "n,a=" + scramName(user) + ",\x01host=" + server.Host + "\x01port=" + strconv.Itoa(server.Port) +
			"\x01auth=Bearer " + password + "\x01\x01"
		return &single{response: response}, nil
	}
	return nil, fmt.Errorf("%q is not a mechanism that is known here", name)
}

// single says all in its initial response: PLAIN (RFC 4616) and the bearer
// tokens (RFC 7628). A challenge after it holds the server's reasons, which
// are answered with nothing to get the refusal.
type single struct{ response string }

func (m *single) start() ([]byte, bool)       { return []byte(m.response), true }
func (m *single) next([]byte) ([]byte, error) { return nil, nil }
func (m *single) verify() error               { return nil }

// login answers what it is asked with user and password in turn.
type login struct{ answers []string }

func (m *login) start() ([]byte, bool) { return nil, false }

func (m *login) next([]byte) ([]byte, error) {
	if len(m.answers) == 0 {
		return nil, errors.New("the server asks LOGIN for a third time")
	}
	answer := m.answers[0]
	m.answers = m.answers[1:]
	return []byte(answer), nil
}

func (m *login) verify() error { return nil }

// cramMD5 is RFC 2195.
type cramMD5 struct{ user, password string }

func (m *cramMD5) start() ([]byte, bool) { return nil, false }

func (m *cramMD5) next(challenge []byte) ([]byte, error) {
	mac := hmac.New(md5.New, []byte(m.password))
	mac.Write(challenge)
	return []byte(m.user + " " + hex.EncodeToString(mac.Sum(nil))), nil
}

func (m *cramMD5) verify() error { return nil }

// scram is RFC 5802 and RFC 7677, without channel binding.
type scram struct {
	hash           func() hash.Hash
	user, password string
	nonce          string
	clientFirst    string
	serverKeyProof []byte
	step           int
	proven         bool
}

const (
	gs2Header = "n,,"
	// maxIterations keeps a server from making this side compute for minutes.
	maxIterations = 2_000_000
)

func newSCRAM(h func() hash.Hash, user, password string) *scram {
	return &scram{hash: h, user: saslPrep(user), password: saslPrep(password), nonce: rand.Text()}
}

func (m *scram) start() ([]byte, bool) {
	m.clientFirst = "n=" + scramName(m.user) + ",r=" + m.nonce
	return []byte(gs2Header + m.clientFirst), true
}

func (m *scram) next(challenge []byte) ([]byte, error) {
	m.step++
	switch m.step {
	case 1:
		return m.prove(string(challenge))
	case 2:
		return nil, m.checkServer(string(challenge))
	}
	return nil, errors.New("the server goes on after SCRAM has ended")
}

func (m *scram) prove(serverFirst string) ([]byte, error) {
	fields := scramFields(serverFirst)
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil {
		return nil, fmt.Errorf("the server's salt: %w", err)
	}
	rounds, err := strconv.Atoi(fields["i"])
	if err != nil || rounds < 1 || rounds > maxIterations {
		return nil, fmt.Errorf("the server asks for %q rounds", fields["i"])
	}
	if !strings.HasPrefix(fields["r"], m.nonce) || fields["r"] == m.nonce {
		return nil, errors.New("the server did not answer to this sign-in")
	}
	salted, err := pbkdf2.Key(m.hash, m.password, salt, rounds, m.hash().Size())
	if err != nil {
		return nil, fmt.Errorf("deriving the key: %w", err)
	}
	final := "c=" + base64.StdEncoding.EncodeToString([]byte(gs2Header)) + ",r=" + fields["r"]
	signed := m.clientFirst + "," + serverFirst + "," + final
	clientKey := m.mac(salted, "Client Key")
	stored := m.hash()
	stored.Write(clientKey)
	proof := m.mac(stored.Sum(nil), signed)
	subtle.XORBytes(proof, proof, clientKey)
	m.serverKeyProof = m.mac(m.mac(salted, "Server Key"), signed)
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// checkServer makes the server prove that it knows the password too.
func (m *scram) checkServer(final string) error {
	fields := scramFields(final)
	if fields["e"] != "" {
		// The refusal follows and says more.
		return nil
	}
	proof, err := base64.StdEncoding.DecodeString(fields["v"])
	if err != nil || !hmac.Equal(proof, m.serverKeyProof) {
		return errors.New("the server could not prove that it knows the password")
	}
	m.proven = true
	return nil
}

func (m *scram) verify() error {
	if !m.proven {
		return errors.New("the server let SCRAM end without proving itself")
	}
	return nil
}

func (m *scram) mac(key []byte, text string) []byte {
	mac := hmac.New(m.hash, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func scramFields(s string) map[string]string {
	fields := map[string]string{}
	for field := range strings.SplitSeq(s, ",") {
		if name, value, ok := strings.Cut(field, "="); ok {
			fields[name] = value
		}
	}
	return fields
}

func scramName(s string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s)
}

// saslPrep is the part of RFC 4013 that changes what a person types: NFKC and
// plain spaces.
func saslPrep(s string) string {
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, s))
}
