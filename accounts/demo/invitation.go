package demo

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// invite adds a meeting, "2 14:00 60 Room 3 / Summary": days on, clock,
// minutes, where and what.
func (a *author) invite(e *entry, l *letter, event string) error {
	where, summary, _ := strings.Cut(event, " / ")
	part := strings.SplitN(where, " ", 4)
	if len(part) < 4 {
		return e.fail("event %q lacks something", event)
	}
	days, err1 := strconv.Atoi(part[0])
	minutes, err2 := strconv.Atoi(part[2])
	clock, err3 := time.Parse("15:04", part[1])
	if err1 != nil || err2 != nil || err3 != nil {
		return e.fail("event %q has no time", event)
	}
	y, m, d := l.date.AddDate(0, 0, days).Date()
	start := time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, a.now.Location())
	l.calendar = invitation(l, start, time.Duration(minutes)*time.Minute, part[3], summary)
	l.files = append(l.files, file{name: "invite.ics", mediaType: "application/ics", data: []byte(l.calendar)})
	return nil
}

// invitation is an iCalendar request (RFC 5545, RFC 5546).
func invitation(l *letter, start time.Time, lasts time.Duration, where, summary string) string {
	const stamp = "20060102T150405Z"
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\n", `\n`).Replace
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Peyk//Demo//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
		"UID:" + l.id,
		"DTSTAMP:" + l.date.UTC().Format(stamp),
		"DTSTART:" + start.UTC().Format(stamp),
		"DTEND:" + start.Add(lasts).UTC().Format(stamp),
		"SUMMARY:" + escape(summary),
		"LOCATION:" + escape(where),
		"ORGANIZER:mailto:" + l.from.address,
	}
	for _, p := range l.to {
		lines = append(lines, "ATTENDEE;RSVP=TRUE:mailto:"+p.address)
	}
	lines = append(lines, "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR", "")
	for i, line := range lines {
		lines[i] = foldLine(line)
	}
	return strings.Join(lines, "\r\n")
}

// foldLine keeps a line within 75 octets (RFC 5545 section 3.1).
func foldLine(line string) string {
	var b strings.Builder
	used := 0
	for _, r := range line {
		if n := utf8.RuneLen(r); used+n > 75 {
			b.WriteString("\r\n ")
			used = 1
		}
		used += utf8.RuneLen(r)
		b.WriteRune(r)
	}
	return b.String()
}
