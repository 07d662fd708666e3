package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed samples/*
var samples embed.FS

// entry is one message of a sample file, as written there:
//
//	=====
//	id: budget          names it within the file for "re"
//	re: kickoff         answers that one
//	from: reza          a person of people.txt; "me" is the owner
//	to: sara, mina      the owner unless given; cc likewise
//	subject: …          "Re: …" of the answered one unless given
//	ago: 3d 09:40       how long before now: 35m, 3h, or days and a clock
//	folder: Archive     INBOX, or Sent for what "me" wrote, unless given
//	flags: unread flagged answered forwarded draft
//	as: plain           plain, html, both, 1256 (windows-1256) or bare1256
//	look: card #0f766e  a style and colour for HTML; brand and footer say more
//	for: work           who gets what arrives; the IMAP account unless given
//	repeat: 6 / 7d      that many, each so much older
//	var x: a | b | c    {x} is a, b, c … in the repeated ones
//
//	The text, or the markup that page describes.
//
// In it {#4} is four random digits, {#۴} Persian ones, the same at each place
// with the same label as {#4 order}; {+3} is the date three days on, {+۳} the
// Persian one, {-2} and {-۲} before.
type entry struct {
	fields map[string]string
	vars   map[string][]string
	body   string
	// place is file and number, for errors.
	place string
}

func (e *entry) get(key, otherwise string) string {
	if v := e.fields[key]; v != "" {
		return v
	}
	return otherwise
}

func (e *entry) fail(format string, args ...any) error {
	return fmt.Errorf("sample %s: %w", e.place, fmt.Errorf(format, args...))
}

var entryKeys = map[string]bool{
	"id": true, "re": true, "from": true, "to": true, "cc": true, "subject": true, "ago": true, "folder": true,
	"flags": true, "as": true, "look": true, "brand": true, "footer": true, "repeat": true, "attach": true,
	"inline": true, "event": true, "list": true, "quote": true, "names": true, "auto": true, "for": true,
}

// readEntries reads the sample files that the pattern matches, repetitions
// written out.
func readEntries(pattern string) ([]entry, error) {
	names, err := fs.Glob(samples, path.Join("samples", pattern))
	if err != nil {
		return nil, fmt.Errorf("looking for the samples %q: %w", pattern, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no samples match %q", pattern)
	}
	var all []entry
	for _, name := range names {
		text, err := samples.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the samples: %w", err)
		}
		entries, err := parseEntries(path.Base(name), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

func parseEntries(file, text string) ([]entry, error) {
	var all []entry
	for i, chunk := range strings.Split("\n"+text, "\n=====\n") {
		if i == 0 {
			continue // before the first mark a file may speak about itself
		}
		e := entry{fields: map[string]string{}, vars: map[string][]string{}, place: fmt.Sprintf("%s:%d", file, i)}
		head, body, _ := strings.Cut(chunk, "\n\n")
		e.body = strings.TrimRight(body, "\n") + "\n"
		for _, line := range strings.Split(head, "\n") {
			if err := e.addField(line); err != nil {
				return nil, err
			}
		}
		copies, err := e.repetitions()
		if err != nil {
			return nil, err
		}
		all = append(all, copies...)
	}
	return all, nil
}

func (e *entry) addField(line string) error {
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if name, isVar := strings.CutPrefix(key, "var "); isVar && ok {
		for _, v := range strings.Split(value, "|") {
			e.vars[name] = append(e.vars[name], strings.TrimSpace(v))
		}
		return nil
	}
	if !ok || !entryKeys[key] {
		return e.fail("line %q is not a field", line)
	}
	e.fields[key] = value
	return nil
}

// repetitions writes "repeat" out.
func (e *entry) repetitions() ([]entry, error) {
	rule := e.fields["repeat"]
	if rule == "" {
		return []entry{*e}, nil
	}
	count, step, _ := strings.Cut(rule, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if err != nil || n < 1 {
		return nil, e.fail("repeat %q has no number", rule)
	}
	each, err := parseAgo(strings.TrimSpace(step))
	if err != nil {
		return nil, e.fail("repeat: %w", err)
	}
	first, err := parseAgo(e.get("ago", "1h"))
	if err != nil {
		return nil, e.fail("ago: %w", err)
	}
	var out []entry
	for i := range n {
		c := *e
		c.place = fmt.Sprintf("%s.%d", e.place, i)
		c.fields = map[string]string{}
		for k, v := range e.fields {
			c.fields[k] = e.fill(v, i)
		}
		c.body = e.fill(e.body, i)
		at := first
		at.days += i * each.days
		at.span += time.Duration(i) * each.span
		c.fields["ago"] = at.String()
		if i >= 2 {
			// What came long ago has been read.
			c.fields["flags"] = strings.ReplaceAll(c.fields["flags"], "unread", "")
		}
		out = append(out, c)
	}
	return out, nil
}

func (e *entry) fill(s string, i int) string {
	for name, values := range e.vars {
		s = strings.ReplaceAll(s, "{"+name+"}", values[i%len(values)])
	}
	return s
}

// ago is a moment before now: a span, or days back at a clock.
type ago struct {
	days  int
	clock string // "15:04", empty for a span
	span  time.Duration
}

func parseAgo(s string) (ago, error) {
	var a ago
	amount, clock, _ := strings.Cut(s, " ")
	if clock != "" {
		if _, err := time.Parse("15:04", clock); err != nil {
			return a, fmt.Errorf("%q has no clock: %w", s, err)
		}
		a.clock = clock
	}
	days, isDays := strings.CutSuffix(amount, "d")
	if !isDays {
		span, err := time.ParseDuration(amount)
		if err != nil {
			return a, fmt.Errorf("%q is no time: %w", s, err)
		}
		a.span = span
		return a, nil
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return a, fmt.Errorf("%q is no time: %w", s, err)
	}
	a.days = n
	return a, nil
}

func (a ago) String() string {
	if a.span != 0 {
		return (a.span + time.Duration(a.days)*24*time.Hour).String()
	}
	return strings.TrimSpace(fmt.Sprintf("%dd %s", a.days, a.clock))
}

func (a ago) before(now time.Time) time.Time {
	at := now.Add(-a.span).AddDate(0, 0, -a.days)
	if a.clock == "" {
		return at
	}
	clock, err := time.Parse("15:04", a.clock)
	if err != nil {
		return at // parseAgo has checked it
	}
	y, m, d := at.Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), (clock.Hour()*7+clock.Minute()*13)%60, 0, now.Location())
}
