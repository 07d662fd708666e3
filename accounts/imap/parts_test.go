package imap

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"hash"
	"slices"
	"strings"
	"testing"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/accounts"
	"peyk/storage"
)

func TestNames(t *testing.T) {
	tests := []struct{ raw, name string }{
		{"INBOX", "INBOX"},
		{"Sent", "Sent"},
		{"Entw&APw-rfe", "Entwürfe"},
		{"&BioGJwYyBkc-", "تازه"},
		{"a&-b", "a&b"},
		{"&2D3eAA-/x", "😀/x"},
		{"&ZeVnLIqe-&-", "日本語&"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := decodeName(tt.raw); got != tt.name {
			t.Errorf("decoding %q gives %q", tt.raw, got)
		}
		if got := encodeName(tt.name); got != tt.raw {
			t.Errorf("encoding %q gives %q", tt.name, got)
		}
	}
	for raw, name := range map[string]string{
		"inbox": "INBOX", "R&D": "R&D", "a & b": "a & b", "&": "&", "&!!!-": "&!!!-", "نامه": "نامه", "caf\xe9": "café", "&2D0-": "&2D0-",
	} {
		if got := decodeName(raw); got != name {
			t.Errorf("decoding %q gives %q, want %q", raw, got, name)
		}
	}
}

func TestRespelling(t *testing.T) {
	w := &wire{names: map[string]string{}}
	if got := w.spelled("R&D"); got != `"R&-D"` {
		t.Errorf("the library is told %s", got)
	}
	if got := string(w.respell([]byte(`T1 RENAME "R&-D" "R&-D/x"`))); got != `T1 RENAME "R&D" "R&-D/x"` {
		t.Errorf("the server is told %s", got)
	}
	if got := w.mailbox("R&D"); got != `"R&D"` {
		t.Errorf("the server is told %s", got)
	}
	if got := w.mailbox(`a"b\`); got != `"a\"b\\"` {
		t.Errorf("the server is told %s", got)
	}
}

func TestBatches(t *testing.T) {
	tests := []struct {
		uids []uint32
		most int
		want []string
	}{
		{nil, 0, nil},
		{[]uint32{0}, 0, nil},
		{[]uint32{7}, 0, []string{"7"}},
		{[]uint32{3, 1, 2, 2, 9, 5, 6}, 0, []string{"1:3,5:6,9"}},
		{[]uint32{1, 2, 3, 4, 5}, 2, []string{"1:2", "3:4", "5"}},
		{[]uint32{4294967295, 4294967294}, 0, []string{"4294967294:4294967295"}},
	}
	for _, tt := range tests {
		var got []string
		for _, b := range batches(tt.uids, tt.most) {
			got = append(got, b.text)
			if s := b.set.String(); s != b.text {
				t.Errorf("the library would send %s for %s", s, b.text)
			}
			if back, ok := expandSet(b.text, 1000); !ok || !slices.Equal(back, b.uids) {
				t.Errorf("%s stands for %v, got %v", b.text, b.uids, back)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v gives %q, want %q", tt.uids, got, tt.want)
		}
	}
	var odd []uint32
	for i := range uint32(5000) {
		odd = append(odd, 4_000_000_000+2*i)
	}
	total := 0
	for _, b := range batches(odd, 0) {
		total += len(b.uids)
		if len(b.text) > maxSetOctets {
			t.Errorf("a set has %d octets", len(b.text))
		}
	}
	if total != len(odd) {
		t.Errorf("%d of %d UIDs", total, len(odd))
	}
}

func TestExpandSet(t *testing.T) {
	tests := []struct {
		text string
		want []uint32
	}{
		{"5,4,1:2", []uint32{5, 4, 1, 2}},
		{"3:1", []uint32{1, 2, 3}},
		{"4294967295", []uint32{4294967295}},
		{"", nil},
		{"*", nil},
		{"1:*", nil},
		{"0", nil},
		{"1,,2", nil},
		{"1:4294967295", nil},
		{"1:11", nil},
		{"4294967296", nil},
	}
	for _, tt := range tests {
		got, ok := expandSet(tt.text, 10)
		if ok != (tt.want != nil) || ok && !slices.Equal(got, tt.want) {
			t.Errorf("%q gives %v, %v", tt.text, got, ok)
		}
	}
	if m := copied("5,4", "1", 10); m != nil {
		t.Errorf("uneven sets give %v", m)
	}
}

func TestRolesByName(t *testing.T) {
	tests := []struct {
		name, delimiter string
		role            storage.Role
	}{
		{"Sent", "/", storage.RoleSent},
		{"SENT ITEMS", "/", storage.RoleSent},
		{"Sent-Mail", "/", storage.RoleSent},
		{"INBOX.Sent Messages", ".", storage.RoleSent},
		{"[Gmail]/Trash", "/", storage.RoleTrash},
		{"[Google Mail]/همه نامه\u200cها", "/", storage.RoleAll},
		{"ارسال\u200cشده", "/", storage.RoleSent},
		{"ارسال شده", "/", storage.RoleSent},
		{"پیش\u200cنویس", "/", storage.RoleDrafts},
		{"پيش نويس\u200cها", "/", storage.RoleDrafts},
		{"زباله\u200cدان", "/", storage.RoleTrash},
		{"سطل زباله", "/", storage.RoleTrash},
		{"هرزنامه", "/", storage.RoleJunk},
		{"بایگانی", "/", storage.RoleArchive},
		{"آرشیو", "/", storage.RoleArchive},
		{"سلة المهملات", "/", storage.RoleTrash},
		{"Entwürfe", "/", storage.RoleDrafts},
		{"Éléments envoyés", "/", storage.RoleSent},
		{"Корзина", "|", storage.RoleTrash},
		{"Çöp Kutusu", "/", storage.RoleTrash},
		{"垃圾邮件", "/", storage.RoleJunk},
		{"送信済み", "/", storage.RoleSent},
		{"휴지통", "/", storage.RoleTrash},
		{"Work/Sent", "/", storage.RoleNone},
		{"INBOX.a.Sent", ".", storage.RoleNone},
		{"Sentinel", "/", storage.RoleNone},
		{"", "/", storage.RoleNone},
	}
	for _, tt := range tests {
		if got := roleOfName(tt.name, tt.delimiter); got != tt.role {
			t.Errorf("%q has role %q, want %q", tt.name, got, tt.role)
		}
	}
	seen := map[string]storage.Role{}
	for role, names := range roleNames {
		for _, name := range names {
			if other, ok := seen[foldName(name)]; ok && other != role {
				t.Errorf("%q stands for %q and %q", name, role, other)
			}
			seen[foldName(name)] = role
		}
	}
}

func TestRolesAreGivenOnce(t *testing.T) {
	boxes := []MailboxInfo{{Name: "Sent"}, {Name: "Gesendet"}, {Name: "Trash", NoSelect: true}, {Name: "Bin"}, {Name: "Bin2"}, {Name: "INBOX"}}
	setRoles(boxes, [][]goimap.MailboxAttr{nil, {goimap.MailboxAttrSent}, nil, nil, {goimap.MailboxAttrSent}, {goimap.MailboxAttrTrash}})
	want := []storage.Role{"", storage.RoleSent, "", storage.RoleTrash, "", storage.RoleInbox}
	for i, b := range boxes {
		if b.Role != want[i] {
			t.Errorf("%s has role %q", b.Name, b.Role)
		}
	}
}

func TestCountAttachments(t *testing.T) {
	const text = `("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 10 2 NIL NIL NIL NIL)`
	tests := []struct {
		structure string
		want      int
	}{
		{text, 0},
		{`(` + text + `("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 10 NIL ("ATTACHMENT" ("FILENAME" "a.pdf")) NIL NIL) "MIXED")`, 1},
		{`(` + text + `("APPLICATION" "PDF" NIL NIL NIL "BASE64" 10 NIL ("ATTACHMENT" NIL)) "MIXED")`, 1},
		{`(` + text + `("APPLICATION" "PDF" NIL NIL NIL "BASE64" 10 NIL ("inline" ("filename*0*" "a"))) "MIXED")`, 1},
		{`(` + text + `("IMAGE" "PNG" ("NAME" "logo.png") "<1@x>" NIL "BASE64" 10 NIL ("INLINE" ("FILENAME" "logo.png"))) "RELATED")`, 0},
		{`(` + text + `("IMAGE" "PNG" ("NAME" "p.png") "<1@x>" NIL "BASE64" 10 NIL ("INLINE" ("FILENAME" "p.png"))) "MIXED")`, 1},
		{`((` + text + text + ` "ALTERNATIVE")("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 10 NIL ` + text + ` 5) "MIXED")`, 1},
		{`(` + text + `("APPLICATION" "PGP-SIGNATURE" ("NAME" "signature.asc") NIL NIL "7BIT" 10) "SIGNED")`, 0},
		{`("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 2 NIL ("ATTACHMENT" ("FILENAME" "a.txt")))`, 1},
		{`()`, 0},
		{`(() ())`, 0},
		{`NIL`, 0},
	}
	for _, tt := range tests {
		s := &scanner{b: []byte(tt.structure)}
		n, err := s.value()
		if err != nil {
			t.Errorf("%s: %v", tt.structure, err)
		}
		if got := countAttachments(n); got != tt.want {
			t.Errorf("%s has %d attachments, want %d", tt.structure, got, tt.want)
		}
	}
}

func TestParseStatus(t *testing.T) {
	tests := []struct {
		line string
		want statusLine
		out  string
	}{
		{"OK done", statusLine{"OK", "", "", "done"}, "x OK done"},
		{"ok [uidnext 7] n", statusLine{"OK", "UIDNEXT", "7", "n"}, "x OK [UIDNEXT 7] n"},
		{"OK [UIDNEXT abc] n", statusLine{"OK", "UIDNEXT", "abc", "n"}, "x OK n"},
		{"OK [PERMANENTFLAGS (a]b \\*)] f", statusLine{"OK", "PERMANENTFLAGS", `(a]b \*`, "f"}, `x OK [PERMANENTFLAGS (\*)] f`},
		{"NO [CANNOT", statusLine{"NO", "", "", "[CANNOT"}, "x NO  [CANNOT"},
		{"NO", statusLine{"NO", "", "", ""}, "x NO -"},
		{"NO [ALERT]", statusLine{"NO", "ALERT", "", ""}, "x NO [ALERT] -"},
		{"NO [] a\rb", statusLine{"NO", "", "", "a b"}, "x NO a b"},
	}
	for _, tt := range tests {
		got := parseStatus([]byte(tt.line))
		if got != tt.want || string(got.line("x")) != tt.out {
			t.Errorf("%q is %+v and %q", tt.line, got, got.line("x"))
		}
	}
}

// The exchanges of RFC 5802 section 5 and RFC 7677 section 3.
func TestSCRAM(t *testing.T) {
	tests := []struct {
		name                             string
		hash                             func() hash.Hash
		nonce, challenge, proof, verdict string
	}{
		{
			"SHA-1", sha1.New, "fyko+d2lbbFgONRv9qkxdawL",
			"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		},
		{
			"SHA-256", sha256.New, "rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newSCRAM(tt.hash, "user", "pencil")
			m.nonce = tt.nonce
			if first, _ := m.start(); string(first) != "n,,n=user,r="+tt.nonce {
				t.Errorf("starts with %s", first)
			}
			proof, err := m.next([]byte(tt.challenge))
			if err != nil || string(proof) != tt.proof {
				t.Errorf("answers %s, %v", proof, err)
			}
			if m.verify() == nil {
				t.Error("the server is trusted before it has proved itself")
			}
			if _, err := m.next([]byte(tt.verdict)); err != nil || m.verify() != nil {
				t.Errorf("the server's proof: %v, %v", err, m.verify())
			}
		})
	}
}

func TestSCRAMDistrusts(t *testing.T) {
	for name, messages := range map[string][]string{
		"another nonce":   {"r=other,s=QSXCR+Q6sek8bf92,i=4096"},
		"no own nonce":    {"r=mine,s=QSXCR+Q6sek8bf92,i=4096"},
		"absurd rounds":   {"r=mine2,s=QSXCR+Q6sek8bf92,i=999999999"},
		"no rounds":       {"r=mine2,s=QSXCR+Q6sek8bf92"},
		"bad salt":        {"r=mine2,s=!,i=1"},
		"wrong signature": {"r=mine2,s=QSXCR+Q6sek8bf92,i=1", "v=AAAA"},
		"more":            {"r=mine2,s=QSXCR+Q6sek8bf92,i=1", "e=other-error", "x=y"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newSCRAM(sha256.New, "user", "pencil")
			m.nonce = "mine"
			m.start()
			var err error
			for _, message := range messages {
				if _, err = m.next([]byte(message)); err != nil {
					break
				}
			}
			if err == nil || m.verify() == nil {
				t.Errorf("it was believed: %v", err)
			}
		})
	}
}

func TestMechanisms(t *testing.T) {
	server := accounts.Server{Host: "h", Port: 993, User: "s,a=b"}
	answers := func(name string, challenges ...string) string {
		m, err := newMechanism(name, server, "tanstaaftanstaaf")
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		if first, ok := m.start(); ok {
			all = append(all, string(first))
		}
		for _, c := range challenges {
			answer, err := m.next([]byte(c))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(answer))
		}
		return strings.Join(all, "|")
	}
	for got, want := range map[string]string{
		answers("PLAIN"):             "\x00s,a=b\x00tanstaaftanstaaf",
		answers("LOGIN", "u:", "p:"): "s,a=b|tanstaaftanstaaf",
		// The digest of RFC 2195 section 2.
		answers("CRAM-MD5", "<1896.697170952@postoffice.reston.mci.net>"): "s,a=b b913a602c7eda7a495b4e6e7334d3890",
		answers("XOAUTH2", "{}"): "user=s,a=b\x01auth=Bearer tanstaaftanstaaf\x01\x01|",
		answers("OAUTHBEARER"):   "n,a=s=2Ca=3Db,\x01host=h\x01port=993\x01auth=Bearer tanstaaftanstaaf\x01\x01",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := newMechanism("GSSAPI", server, ""); err == nil {
		t.Error("GSSAPI is known")
	}
}

// signInWith forces or offers mechanisms and tells which were tried.
func signInWith(t *testing.T, security accounts.Security, forced, caps string, refuse ...string) ([]string, error) {
	t.Helper()
	var tried []string
	server := listen(t, func(p *peer) {
		p.send("* OK [CAPABILITY IMAP4rev1 SASL-IR " + caps + "] ready")
		for {
			command := p.expect("(AUTHENTICATE|LOGIN) .*")
			fields := strings.Fields(command)
			way := fields[0]
			if way == "AUTHENTICATE" {
				way = fields[1]
			}
			tried = append(tried, way)
			if i := slices.Index(refuse, way); i >= 0 {
				p.send("%t " + refuse[i+1])
				continue
			}
			if way == "CRAM-MD5" {
				p.send("+ PDE+")
				p.line()
			}
			p.send("%t OK [CAPABILITY IMAP4rev1] in")
			p.wait()
		}
	})
	server.Auth = forced
	// Only what the dialogue believes about encryption counts here.
	w, err := (&dialerOf{server}).open(t)
	if err != nil {
		t.Fatal(err)
	}
	server.Security = security
	d := &dialogue{ctx: t.Context(), wire: w, server: server}
	if _, err = d.greet(); err == nil {
		d.step = accounts.StepSignIn
		err = d.authenticate("secret")
	}
	w.abort()
	return tried, err
}

func TestChoiceOfMechanism(t *testing.T) {
	const no = "NO [AUTHENTICATIONFAILED] wrong"
	tests := []struct {
		name     string
		security accounts.Security
		forced   string
		caps     string
		refuse   []string
		tried    []string
		cause    accounts.Cause
	}{
		{"PLAIN when encrypted", accounts.TLS, "", "AUTH=CRAM-MD5 AUTH=LOGIN AUTH=PLAIN", nil, []string{"PLAIN"}, ""},
		{"challenge when not", accounts.Plain, "", "AUTH=CRAM-MD5 AUTH=LOGIN AUTH=PLAIN", nil, []string{"CRAM-MD5"}, ""},
		{"forced", accounts.TLS, "cram-md5", "AUTH=PLAIN", nil, []string{"CRAM-MD5"}, ""},
		{"unknown forced", accounts.TLS, "GSSAPI", "AUTH=GSSAPI", nil, nil, accounts.CauseMechanism},
		{"command", accounts.TLS, "", "AUTH=GSSAPI", nil, []string{"LOGIN"}, ""},
		{"none", accounts.Plain, "none", "", nil, nil, accounts.CauseMechanism},
		{"hashed passwords", accounts.TLS, "", "AUTH=SCRAM-SHA-256 AUTH=PLAIN", []string{"SCRAM-SHA-256", no}, []string{"SCRAM-SHA-256", "PLAIN"}, ""},
		{"no giving in", accounts.Plain, "", "AUTH=CRAM-MD5 AUTH=PLAIN", []string{"CRAM-MD5", no}, []string{"CRAM-MD5"}, accounts.CausePassword},
		{"offered in error", accounts.TLS, "", "AUTH=PLAIN", []string{"PLAIN", "BAD unknown"}, []string{"PLAIN", "LOGIN"}, ""},
		{"wrong once is enough", accounts.TLS, "", "AUTH=PLAIN AUTH=LOGIN", []string{"PLAIN", no}, []string{"PLAIN"}, accounts.CausePassword},
		{"needs privacy", accounts.Plain, "", "", []string{"LOGIN", "NO [PRIVACYREQUIRED] encrypt"}, []string{"LOGIN"}, accounts.CauseMechanism},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tried, err := signInWith(t, tt.security, tt.forced, tt.caps, tt.refuse...)
			if tt.cause != "" {
				failure(t, err, accounts.StepSignIn, tt.cause, "")
			} else if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(tried, tt.tried) {
				t.Errorf("tried %v, want %v", tried, tt.tried)
			}
		})
	}
}

func TestLoginWithLiterals(t *testing.T) {
	server := listen(t, func(p *peer) {
		p.send("* OK [CAPABILITY IMAP4rev1] ready")
		p.expect(`LOGIN "sara" \{8\}`)
		p.send("+ go on")
		if got := p.line(); got != "رمزی" {
			p.t.Errorf("the password is %q", got)
		}
		p.send("%t OK [CAPABILITY IMAP4rev1] in")
		p.wait()
	})
	s, err := Dial(t.Context(), server, "رمزی", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestScannerRefuses(t *testing.T) {
	for _, text := range []string{"", " ", ")", "(", "(a", `"a`, `"a\`, "{x}", "{5}\r\nab", "{5}x", "~", strings.Repeat("(", maxDepth+1)} {
		s := &scanner{b: []byte(text)}
		if n, err := s.value(); err == nil && text != "~" {
			t.Errorf("%q is read as %+v", text, n)
		}
	}
	s := &scanner{b: []byte("(a {12}")}
	_, err := s.value()
	var more needLiteral
	if !errors.As(err, &more) || more != 12 {
		t.Errorf("got %v", err)
	}
}
