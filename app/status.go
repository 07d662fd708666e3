package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	mailsync "peyk/accounts/sync"
	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

// statusEvery is how often the sizes on disk are read anew; what goes on is told at once.
const statusEvery = 10 * time.Second

// statusLine is the line at the foot of the main window.
type statusLine struct {
	a        *App
	object   fyne.CanvasObject
	icon     *controls.Icon
	text     *widgets.Label
	progress *widget.ProgressBar
	bar      fyne.CanvasObject
	act      *controls.Button
	shown    summary
	link     string
}

// summary is what the line says.
type summary struct {
	glyph controls.Glyph
	tone  widgets.Tone
	text  string
	// part of the work is done; below 0 there is none to show.
	part float64
	// trouble is an account that wants attention.
	trouble storage.AccountID
}

// kept is what is on this machine.
type kept struct {
	messages int
	bytes    int64
	accounts int
}

func newStatusLine(a *App) *statusLine {
	s := &statusLine{
		a: a, icon: controls.NewIcon(controls.GlyphNone, widgets.Secondary, 16),
		text:     widgets.NewLabel("", widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9, Shrink: true}),
		progress: widget.NewProgressBar(),
	}
	s.progress.TextFormatter = func() string { return "" }
	s.bar = controls.Middle(container.NewGridWrap(fyne.NewSize(120, 4), s.progress))
	s.bar.Hide()
	s.act = controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("action.accountSettings"), func() { a.openSettings(s.shown.trouble) })
	s.act.Hide()
	s.object = controls.Inset(2, 2, 12, 12,
		widgets.Border(nil, nil, s.icon, widgets.HBox(s.bar, s.act), container.New(statusText{}, s.text)))
	return s
}

// statusText gives the line its height and the text a little distance from the icon.
type statusText struct{}

func (statusText) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, 3*widgets.Unit) }

func (statusText) Layout(o []fyne.CanvasObject, s fyne.Size) {
	h := o[0].MinSize().Height
	x := float32(4)
	if l10n.RTL() {
		x = 0
	}
	o[0].Move(fyne.NewPos(x, (s.Height-h)/2))
	o[0].Resize(fyne.NewSize(max(0, s.Width-4), h))
}

// run keeps the line true until the context ends.
func (s *statusLine) run(ctx context.Context) {
	changed := s.a.o.Engine.WatchStatus(ctx)
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	var here kept
	for {
		states := s.a.o.Engine.Status()
		if !slices.ContainsFunc(states, func(st mailsync.Status) bool { return st.Busy }) {
			here = s.readKept() // work has just ended, perhaps
		}
		now := summarise(states, here, s.a.now())
		s.a.do(func() { s.show(now) })
		select {
		case <-ctx.Done():
			return
		case _, open := <-changed:
			if !open {
				return
			}
		case <-tick.C:
			here = s.readKept()
		}
	}
}

// readKept adds up what is on this machine.
func (s *statusLine) readKept() kept {
	var k kept
	var ids []storage.AccountID
	err := s.a.o.Store.View(func(tx *storage.Tx) error {
		all, err := tx.Accounts()
		for _, a := range all {
			ids = append(ids, a.ID)
			boxes, err := tx.Mailboxes(a.ID)
			if err != nil {
				return err
			}
			for _, b := range boxes {
				k.messages += b.Counts.Bodies
			}
		}
		return err
	})
	if err != nil {
		return kept{}
	}
	k.accounts = len(ids)
	for _, id := range ids {
		if n, err := s.a.o.Store.BodyBytes(id); err == nil {
			k.bytes += n
		}
	}
	return k
}

func (s *statusLine) show(now summary) {
	s.shown = now
	s.icon.Set(now.glyph, now.tone)
	if s.link == "" {
		s.text.SetText(now.text)
	}
	if now.part >= 0 {
		s.progress.SetValue(now.part)
		s.bar.Show()
	} else {
		s.bar.Hide()
	}
	if now.trouble != 0 {
		s.act.Show()
	} else {
		s.act.Hide()
	}
	s.object.Refresh()
}

// hover shows where a link goes while the pointer is on it.
func (s *statusLine) hover(link string) {
	s.link = bidi.Clean(link)
	if s.link == "" {
		s.text.SetText(s.shown.text)
		return
	}
	s.text.SetText(s.link)
}

// summarise puts the state of all accounts into one line: what is under way, else what is wrong, else that all is well.
func summarise(all []mailsync.Status, here kept, now time.Time) summary {
	var s summary
	s.part = -1
	var parts []string
	waiting, toSend := 0, 0
	var busy, broken *mailsync.Status
	var last time.Time
	for i := range all {
		one := &all[i]
		waiting += one.Waiting
		toSend += one.ToSend
		if one.Busy && busy == nil {
			busy = one
		}
		if one.Err != nil && broken == nil {
			broken = one
		}
		if one.LastCheck.After(last) {
			last = one.LastCheck
		}
	}
	switch {
	case here.accounts == 0:
		return summary{part: -1}
	case busy != nil:
		s.glyph = controls.Refresh
		parts = append(parts, doing(busy))
		if busy.Total > 0 {
			s.part = float64(busy.Done) / float64(busy.Total)
		}
	case broken != nil:
		s.glyph, s.tone, s.trouble = controls.Warning, widgets.Warning, broken.Account
		parts = append(parts, bidi.Isolate(bidi.Clean(broken.Err.Error())))
	case last.IsZero():
		s.glyph, s.tone = controls.Offline, widgets.Secondary
		parts = append(parts, l10n.T("status.notYet"))
	default:
		s.glyph, s.tone = controls.Check, widgets.Success
		parts = append(parts, l10n.T("status.upToDate", "time", l10n.Relative(last, now)))
	}
	if toSend > 0 {
		parts = append(parts, l10n.T("status.toSend", "count", toSend))
	}
	if waiting > 0 {
		parts = append(parts, l10n.T("status.changes", "count", waiting))
	}
	if broken == nil && here.messages > 0 {
		parts = append(parts, l10n.T("status.offline", "count", here.messages, "size", l10n.FileSize(here.bytes)))
	}
	s.text = strings.Join(parts, " · ")
	return s
}

func doing(s *mailsync.Status) string {
	if s.Total > 0 {
		switch s.Doing {
		case "receive":
			return l10n.T("status.receiving", "done", s.Done, "total", s.Total)
		case "send":
			return l10n.T("status.sending")
		case "change":
			return l10n.T("status.changing")
		}
	}
	switch s.Doing {
	case "receive":
		return l10n.T("status.checking")
	case "send":
		return l10n.T("status.sending")
	case "change":
		return l10n.T("status.changing")
	}
	return l10n.T("status.connecting")
}
