package demo

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// post is a written message with where and how it lies on a server.
type post struct {
	raw    []byte
	at     time.Time
	folder string
	flags  []imap.Flag
}

// author writes the entries of one account's sample files as messages.
type author struct {
	people map[string]person
	owner  person
	now    time.Time
	seed   uint64
	// letters are the ones written so far that have an id.
	letters map[string]*letter
}

func newAuthor(people map[string]person, owner person, now time.Time, seed uint64) *author {
	return &author{people: people, owner: owner, now: now, seed: seed, letters: map[string]*letter{}}
}

// readPeople reads lines of "key = Name <address> zone".
func readPeople() (map[string]person, error) {
	text, err := samples.ReadFile("samples/people.txt")
	if err != nil {
		return nil, fmt.Errorf("reading the samples: %w", err)
	}
	people := map[string]person{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, rest, _ := strings.Cut(line, "=")
		name, rest, _ := strings.Cut(rest, "<")
		address, zone, ok := strings.Cut(rest, ">")
		offset, err := time.Parse("-0700", strings.TrimSpace(zone))
		if !ok || err != nil || !strings.Contains(address, "@") {
			return nil, fmt.Errorf("sample people.txt: line %q is not a person", line)
		}
		people[strings.TrimSpace(key)] = person{strings.TrimSpace(name), strings.TrimSpace(address), offset.Location()}
	}
	return people, nil
}

// random is the entry's own source, so that an entry added or removed changes
// no other.
func (a *author) random(place string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(a.owner.address + " " + place))
	return rand.New(rand.NewPCG(a.seed, h.Sum64()))
}

// write makes the message of an entry.
func (a *author) write(e *entry) (*post, error) {
	rng := a.random(e.place)
	when, err := parseAgo(e.get("ago", "1h"))
	if err != nil {
		return nil, e.fail("ago: %w", err)
	}
	l := &letter{date: when.before(a.now)}
	parent, err := a.address(e, l)
	if err != nil {
		return nil, err
	}
	l.id = fmt.Sprintf("%x.%x@%s", l.date.Unix(), rng.Uint64(), l.from.domain())
	fill := a.filler(l.date, rng)
	l.subject = fill(a.subject(e, parent))
	if err := a.attach(e, l, fill, rng); err != nil {
		return nil, err
	}
	if err := a.dress(e, l, parent, fill); err != nil {
		return nil, err
	}
	a.envelope(e, l, rng)
	if id := e.fields["id"]; id != "" {
		a.letters[id] = l
	}
	return a.file(e, l)
}

// address fills in who wrote to whom, and what is answered.
func (a *author) address(e *entry, l *letter) (parent *letter, err error) {
	if l.from, err = a.person(e, e.get("from", "")); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		names string
		into  *[]person
	}{{e.get("to", "me"), &l.to}, {e.get("cc", ""), &l.cc}} {
		for _, name := range strings.Split(list.names, ",") {
			if name = strings.TrimSpace(name); name == "" || name == "nobody" {
				continue
			}
			p, err := a.person(e, name)
			if err != nil {
				return nil, err
			}
			*list.into = append(*list.into, p)
		}
	}
	re := e.fields["re"]
	if re == "" {
		return nil, nil
	}
	parent = a.letters[re]
	if parent == nil {
		return nil, e.fail("answers %q, which was not written before", re)
	}
	if parent.date.After(l.date) {
		return nil, e.fail("answers %q before that was written", re)
	}
	l.inReplyTo = parent.id
	l.references = append(slices.Clone(parent.references), parent.id)
	return parent, nil
}

func (a *author) person(e *entry, key string) (person, error) {
	if key == "me" {
		return a.owner, nil
	}
	p, ok := a.people[key]
	if !ok {
		return p, e.fail("nobody is called %q in people.txt", key)
	}
	return p, nil
}

func (a *author) subject(e *entry, parent *letter) string {
	s := e.fields["subject"]
	if s == "" && parent != nil {
		s = parent.subject
		if !strings.HasPrefix(s, "Re: ") {
			s = "Re: " + s
		}
	}
	return s
}

var placeholder = regexp.MustCompile(`\{([#+-])([0-9۰-۹]+)([^}]*)\}`)

// filler replaces the placeholders that entry describes.
func (a *author) filler(date time.Time, rng *rand.Rand) func(string) string {
	known := map[string]string{}
	replace := func(token string) string {
		if v, ok := known[token]; ok {
			return v
		}
		m := placeholder.FindStringSubmatch(token)
		n, persian := westernNumber(m[2])
		var v string
		switch m[1] {
		case "#":
			v = strconv.Itoa(1 + rng.IntN(9))
			for range n - 1 {
				v += strconv.Itoa(rng.IntN(10))
			}
			if persian {
				v = persianDigits(v)
			}
		default:
			if m[1] == "-" {
				n = -n
			}
			v = dayName(date.AddDate(0, 0, n), persian)
		}
		known[token] = v
		return v
	}
	return func(s string) string { return placeholder.ReplaceAllStringFunc(s, replace) }
}

// westernNumber reads a number of one or two digits of either kind.
func westernNumber(s string) (n int, persian bool) {
	for _, r := range s {
		if r >= '۰' {
			r, persian = r-'۰'+'0', true
		}
		n = n*10 + int(r-'0')
	}
	return n, persian
}

func dayName(t time.Time, persian bool) string {
	if persian {
		return persianDay(t)
	}
	return t.Format("Monday, 2 January")
}

// dress gives the letter its text.
func (a *author) dress(e *entry, l, parent *letter, fill func(string) string) error {
	body := fill(e.body)
	if e.fields["quote"] != "" && parent != nil {
		body = strings.TrimRight(body, "\n") + "\n\n" + quotation(parent)
	}
	style, color, _ := strings.Cut(e.fields["look"], " ")
	dress := look{
		style: style, color: color, bare: style == "bare",
		brand: e.get("brand", l.from.name), footer: fill(e.get("footer", l.from.name)),
	}
	if style == "card" {
		dress.pixel = "https://track." + l.from.domain() + "/open.gif?m=" + l.id[:8]
	}
	switch as := e.get("as", "plain"); as {
	case "plain":
		l.text = body
	case "1256", "bare1256":
		l.text, l.charset, l.bareHeaders = body, "windows-1256", as == "bare1256"
	case "html":
		l.html = page(body, dress)
	case "both":
		l.text, l.html = plainText(body), page(body, dress)
	default:
		return e.fail("as %q is not known", as)
	}
	if event := e.fields["event"]; event != "" {
		if err := a.invite(e, l, fill(event)); err != nil {
			return err
		}
	}
	return nil
}

// quotation is what a mail program puts under an answer.
func quotation(parent *letter) string {
	text := parent.text
	if text == "" {
		return ""
	}
	var b strings.Builder
	if mostlyPersian(text) {
		fmt.Fprintf(&b, "%s، %s نوشت:\n", persianDay(parent.date), parent.from.name)
	} else {
		fmt.Fprintf(&b, "On %s, %s wrote:\n", parent.date.Format("Mon 2 Jan 2006 at 15:04"), parent.from.name)
	}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, ">") {
			fmt.Fprintf(&b, ">%s\n", line)
			continue
		}
		fmt.Fprintf(&b, "> %s\n", line)
	}
	return b.String()
}

// attach makes the files that "attach" and "inline" name: "pdf a.pdf; png b.png".
func (a *author) attach(e *entry, l *letter, fill func(string) string, rng *rand.Rand) error {
	l.oldNames = e.fields["names"] == "rfc2047"
	for _, list := range []string{"attach", "inline"} {
		for _, spec := range strings.Split(fill(e.fields[list]), ";") {
			if spec = strings.TrimSpace(spec); spec == "" {
				continue
			}
			kind, name, _ := strings.Cut(spec, " ")
			f, err := makeFile(kind, name, rng)
			if err != nil {
				return e.fail("%s: %w", list, err)
			}
			if list == "attach" {
				l.files = append(l.files, f)
				continue
			}
			f.cid = strings.TrimSuffix(name, ".png") + "@" + l.from.domain()
			e.body = strings.ReplaceAll(e.body, "(cid:"+name+")", "(cid:"+f.cid+")")
			l.inline = append(l.inline, f)
		}
	}
	return nil
}

// envelope adds what servers and senders' systems write on top.
func (a *author) envelope(e *entry, l *letter, rng *rand.Rand) {
	if l.from.address != a.owner.address {
		l.extra = append(l.extra, received(l.from.address, a.owner.address, l.date.Add(2*time.Second), rng.Uint64())...)
	}
	if list := e.fields["list"]; list != "" {
		name, domain, _ := strings.Cut(list, "@")
		l.extra = append(l.extra,
			[2]string{"List-Id", "<" + name + "." + domain + ">"},
			[2]string{"List-Post", "<mailto:" + list + ">"},
			[2]string{"List-Unsubscribe", "<https://" + domain + "/unsubscribe?list=" + name + ">"},
			[2]string{"Precedence", "list"})
	}
	if e.fields["auto"] != "" {
		l.extra = append(l.extra, [2]string{"Auto-Submitted", "auto-generated"})
	}
}

// received are the trace fields of a delivery (RFC 5321 section 4.4).
func received(from, to string, at time.Time, id uint64) [][2]string {
	domain := to[strings.LastIndexByte(to, '@')+1:]
	sender := from[strings.LastIndexByte(from, '@')+1:]
	return [][2]string{
		{"Return-Path", "<" + from + ">"},
		{"Received", fmt.Sprintf("from mx.%s (mx.%s [192.0.2.%d])\r\n\tby mail.%s with ESMTPS id %x\r\n\tfor <%s>; %s",
			sender, sender, 1+id%250, domain, id>>24, to, at.Format(time.RFC1123Z))},
	}
}

var flagNames = map[string]imap.Flag{
	"flagged": imap.FlagFlagged, "answered": imap.FlagAnswered, "forwarded": imap.FlagForwarded, "draft": imap.FlagDraft,
}

// file says where the letter lies. What is not "unread" has been seen.
func (a *author) file(e *entry, l *letter) (*post, error) {
	p := &post{raw: l.bytes(), at: l.date.Add(2 * time.Second), folder: inbox}
	if l.from.address == a.owner.address {
		p.folder = "Sent"
	}
	p.folder = e.get("folder", p.folder)
	words := strings.Fields(e.fields["flags"])
	if !slices.Contains(words, "unread") {
		p.flags = append(p.flags, imap.FlagSeen)
	}
	for _, w := range words {
		if w == "unread" {
			continue
		}
		f, ok := flagNames[w]
		if !ok {
			return nil, e.fail("flag %q is not known", w)
		}
		p.flags = append(p.flags, f)
	}
	return p, nil
}

// writeAll writes the entries of the files that the pattern matches, oldest
// first, as a server would hold them.
func (a *author) writeAll(pattern string) ([]*post, error) {
	entries, err := readEntries(pattern)
	if err != nil {
		return nil, err
	}
	posts := make([]*post, 0, len(entries))
	for i := range entries {
		p, err := a.write(&entries[i])
		if err != nil {
			return nil, err
		}
		posts = append(posts, p)
	}
	slices.SortStableFunc(posts, func(x, y *post) int { return x.at.Compare(y.at) })
	return posts, nil
}
