package pop3

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxIterations bounds the work that a server may ask for (RFC 7677 suggests
// 4096 and up); this is about a second.
const maxIterations = 2_000_000

// scram is SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677).
type scram struct {
	password  string
	nonce     string
	firstBare string
	// signature is what the server has to show; nil until the proof is sent.
	signature []byte
	verified  bool
}

func newSCRAM(user, password string) (mechanism, error) {
	// rand.Text is letters and digits: printable without the comma, as RFC
	// 5802 section 5.1 asks for.
	return scramWithNonce(user, password, rand.Text()), nil
}

func scramWithNonce(user, password, nonce string) *scram {
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(saslPrep(user))
	return &scram{
		password:  saslPrep(password),
		nonce:     nonce,
		firstBare: "n=" + name + ",r=" + nonce,
	}
}

func (s *scram) start() []byte { return []byte("n,," + s.firstBare) }

func (s *scram) proven() bool { return s.verified }

func (s *scram) next(challenge []byte) ([]byte, error) {
	if s.signature == nil {
		return s.prove(string(challenge))
	}
	if s.verified {
		return nil, errManyChallenges
	}
	return nil, s.verify(string(challenge))
}

// prove answers the server's first message (RFC 5802 section 3).
func (s *scram) prove(first string) ([]byte, error) {
	at := attributes(first)
	nonce := at['r']
	if !strings.HasPrefix(nonce, s.nonce) || len(nonce) == len(s.nonce) {
		return nil, errors.New("the server's nonce does not continue ours")
	}
	salt, err := base64.StdEncoding.DecodeString(at['s'])
	if err != nil || len(salt) == 0 {
		return nil, errors.New("the server's salt makes no sense")
	}
	rounds, err := strconv.Atoi(at['i'])
	if err != nil || rounds < 1 || rounds > maxIterations {
		return nil, fmt.Errorf("the server asks for %q rounds", at['i'])
	}
	salted, err := pbkdf2.Key(sha256.New, s.password, salt, rounds, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the key: %w", err)
	}
	final := "c=biws,r=" + nonce
	signed := []byte(s.firstBare + "," + first + "," + final)
	client := sign(salted, []byte("Client Key"))
	stored := sha256.Sum256(client)
	proof := make([]byte, len(client))
	subtle.XORBytes(proof, client, sign(stored[:], signed))
	s.signature = sign(sign(salted, []byte("Server Key")), signed)
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// verify checks that the server knows the password too.
func (s *scram) verify(final string) error {
	at := attributes(final)
	if e := at['e']; e != "" {
		return &refusal{command: "the proof", words: printable(e)}
	}
	shown, err := base64.StdEncoding.DecodeString(at['v'])
	if err != nil || !hmac.Equal(shown, s.signature) {
		return errors.New("the server does not prove that it knows the password")
	}
	s.verified = true
	return nil
}

func sign(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

// attributes splits "r=…,s=…,i=…"; values may hold "=" but no comma.
func attributes(message string) map[byte]string {
	at := map[byte]string{}
	for part := range strings.SplitSeq(message, ",") {
		if len(part) >= 2 && part[1] == '=' {
			at[part[0]] = part[2:]
		}
	}
	return at
}

// saslPrep maps as RFC 4013 section 2.1 and 2.2 says. What that profile
// forbids is left as it is: the server will say so.
func saslPrep(s string) string {
	if !bytes.ContainsFunc([]byte(s), func(r rune) bool { return r > unicode.MaxASCII }) {
		return s
	}
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		switch {
		case mappedToNothing(r):
			return -1
		case r != ' ' && unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, s))
}

// mappedToNothing is table B.1 of RFC 3454.
func mappedToNothing(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x1806, 0x2060, 0xFEFF:
		return true
	}
	return 0x180B <= r && r <= 0x180D || 0x200B <= r && r <= 0x200D || 0xFE00 <= r && r <= 0xFE0F
}
