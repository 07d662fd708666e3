package smtp_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peyk/accounts"
	"peyk/accounts/smtp"
)

const (
	signedIn = "235 2.7.0 in"
	badUser  = "535 5.7.8 bad credentials"
)

var b64 = base64.StdEncoding

// cramMD5 is the server's side of RFC 2195 for anna.
func cramMD5(ask func(string) string) string {
	const challenge = "<1896.697170952@fake>"
	mac := hmac.New(md5.New, []byte("secret"))
	mac.Write([]byte(challenge))
	want := b64.EncodeToString(fmt.Appendf(nil, "anna %x", mac.Sum(nil)))
	if ask(b64.EncodeToString([]byte(challenge))) == want {
		return signedIn
	}
	return badUser
}

// scram is the server's side of RFC 7677 for anna, asking for the iterations.
func scram(iterations int) func(func(string) string) string {
	return func(ask func(string) string) string {
		first, err := b64.DecodeString(ask(""))
		bare, ok := strings.CutPrefix(string(first), "n,,")
		_, nonce, found := strings.Cut(bare, ",r=")
		if err != nil || !ok || !found || !strings.HasPrefix(bare, "n=anna,") {
			return badUser
		}
		salt := []byte("saltsaltsaltsalt")
		challenge := fmt.Sprintf("r=%sfake,s=%s,i=%d", nonce, b64.EncodeToString(salt), iterations)
		final, err := b64.DecodeString(ask(b64.EncodeToString([]byte(challenge))))
		without, proof, found := strings.Cut(string(final), ",p=")
		if err != nil || !found {
			return badUser
		}
		salted, err := pbkdf2.Key(sha256.New, "secret", salt, iterations, sha256.Size)
		if err != nil {
			return badUser
		}
		message := []byte(bare + "," + challenge + "," + without)
		clientKey := mac(salted, []byte("Client Key"))
		stored := sha256.Sum256(clientKey)
		signature := mac(stored[:], message)
		for i := range clientKey {
			clientKey[i] ^= signature[i]
		}
		if proof != b64.EncodeToString(clientKey) {
			return badUser
		}
		verifier := "v=" + b64.EncodeToString(mac(mac(salted, []byte("Server Key")), message))
		ask(b64.EncodeToString([]byte(verifier)))
		return signedIn
	}
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

func TestSigningIn(t *testing.T) {
	all := "AUTH LOGIN PLAIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2 GSSAPI"
	for _, c := range []struct {
		name     string
		offer    string
		security accounts.Security
		auth     string
		sign     func(func(string) string) string
		// used is the mechanism that must be used; empty none.
		used  string
		cause accounts.Cause
	}{
		{"the best is SCRAM", all, accounts.STARTTLS, "", scram(4096), "SCRAM-SHA-256", ""},
		{"then CRAM-MD5", "AUTH LOGIN PLAIN CRAM-MD5", accounts.Plain, "", cramMD5, "CRAM-MD5", ""},
		{"then PLAIN", "AUTH LOGIN PLAIN", accounts.STARTTLS, "", nil, "PLAIN", ""},
		{"then LOGIN", "AUTH LOGIN", accounts.STARTTLS, "", nil, "LOGIN", ""},
		{"in small letters", "AUTH login plain", accounts.STARTTLS, "", nil, "PLAIN", ""},
		{"PLAIN without encryption, which was chosen", "AUTH PLAIN", accounts.Plain, "", nil, "PLAIN", ""},
		{"LOGIN without encryption, which was chosen", "AUTH LOGIN", accounts.Plain, "", nil, "LOGIN", ""},
		{"forced", all, accounts.STARTTLS, "LOGIN", nil, "LOGIN", ""},
		{"forced in small letters", all, accounts.Plain, "cram-md5", cramMD5, "CRAM-MD5", ""},
		{"forced not to", all, accounts.STARTTLS, "NONE", nil, "", ""},
		{"forced but not offered", "AUTH PLAIN", accounts.STARTTLS, "CRAM-MD5", nil, "", accounts.CauseMechanism},
		{"forced but unknown here", all, accounts.STARTTLS, "GSSAPI", nil, "", accounts.CauseMechanism},
		{"only unknown ones", "AUTH GSSAPI NTLM", accounts.STARTTLS, "", nil, "", accounts.CauseMechanism},
		{"not offered", "SIZE", accounts.STARTTLS, "", nil, "", accounts.CauseMechanism},
		{"none listed", "AUTH", accounts.STARTTLS, "", nil, "", accounts.CauseMechanism},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := (&fake{extensions: []string{"STARTTLS", c.offer}, sign: c.sign}).start(t)
			f.server.User, f.server.Security, f.server.Auth = "anna", c.security, c.auth
			err := smtp.Probe(context.Background(), f.server, "secret", smtp.Options{})
			if c.cause != "" {
				expect(t, err, accounts.StepSignIn, c.cause)
			} else if err != nil {
				t.Error(err)
			}
			used := ""
			if said := f.said("AUTH"); len(said) == 1 {
				used = strings.Fields(said[0])[1]
			}
			if used != c.used {
				t.Errorf("used %q, want %q", used, c.used)
			}
		})
	}
}

func TestWrongPassword(t *testing.T) {
	for _, c := range []struct {
		mechanism string
		sign      func(func(string) string) string
	}{{"PLAIN", nil}, {"LOGIN", nil}, {"CRAM-MD5", cramMD5}, {"SCRAM-SHA-256", scram(4096)}} {
		t.Run(c.mechanism, func(t *testing.T) {
			f := (&fake{extensions: []string{"AUTH " + c.mechanism}, sign: c.sign}).start(t)
			f.server.User = "anna"
			_, err := smtp.Submit(context.Background(), f.server, "wrong", envelope, []byte(letter), smtp.Options{})
			expect(t, err, accounts.StepSignIn, accounts.CausePassword)
			if !strings.Contains(err.Error(), "5.7.8 bad credentials") {
				t.Errorf("the server's words are not in %v", err)
			}
		})
	}
}

func TestNoUserSignsInNowhere(t *testing.T) {
	f := (&fake{extensions: []string{"AUTH PLAIN"}}).start(t)
	if err := smtp.Probe(context.Background(), f.server, "", smtp.Options{}); err != nil {
		t.Error(err)
	}
	if got := f.heard(); !slices.Equal(got, []string{"EHLO [127.0.0.1]", "QUIT"}) {
		t.Errorf("said %q", got)
	}
}

func TestNoPasswordConnectsNowhere(t *testing.T) {
	f := (&fake{}).start(t)
	f.server.User = "anna"
	expect(t, smtp.Probe(context.Background(), f.server, "", smtp.Options{}), accounts.StepSignIn, accounts.CauseNoPassword)
	if got := f.heard(); len(got) > 0 {
		t.Errorf("said %q", got)
	}
}

func TestSCRAMDoesNotComputeForever(t *testing.T) {
	f := (&fake{extensions: []string{"AUTH SCRAM-SHA-256"}, sign: scram(2_000_000_000)}).start(t)
	f.server.User = "anna"
	began := time.Now()
	err := smtp.Probe(context.Background(), f.server, "secret", smtp.Options{})
	expect(t, err, accounts.StepSignIn, accounts.CauseOther)
	if took := time.Since(began); took > 10*time.Second || !strings.Contains(err.Error(), "iterations") {
		t.Errorf("took %v: %v", took, err)
	}
}
