package settings

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"peyk/accounts"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage"
)

func itoa(n int) string { return strconv.Itoa(n) }

// smtpPorts are what outgoing servers usually listen on.
var smtpPorts = []int{587, 465, 25, 2525}

// advancedTab: what happens on the servers, and how sending works.
type advancedTab struct {
	page fyne.CanvasObject
	pop  *popPart
	imap *imapPart
	// every is the pause between checks.
	every                    *input
	host, port, user, outPin *input
	inPin                    *input
	pass                     *widgets.Field
	security                 accounts.Security
	auth                     string
}

func newAdvancedTab(f *form) *advancedTab {
	t := &advancedTab{}
	form := controls.NewForm(nameWidth)
	if f.account.Protocol == accounts.POP3 {
		t.pop = newPopPart(form, f.account.POP3)
	} else {
		t.imap = newIMAPPart(form, f.account.IMAP)
	}
	form.Section(l10n.T("advanced.checking"))
	t.every = numberRow(form, l10n.T("advanced.every"), f.account.CheckEvery, 0, 1440, l10n.T("unit.minutes"))
	t.every.row.Note(l10n.T("advanced.everyHint"))
	if t.imap != nil {
		form.Add(t.imap.idle)
	}
	t.sending(form, f)
	form.Section(l10n.T("advanced.certificates"))
	t.inPin = machineRow(form, l10n.T("advanced.pinIncoming"), f.account.Incoming.PinnedSHA256, checkPin)
	t.outPin = machineRow(form, l10n.T("advanced.pinOutgoing"), f.account.Outgoing.PinnedSHA256, checkPin)
	t.outPin.row.Note(l10n.T("advanced.pinHint"))
	t.page = scrolled(form.Object())
	return t
}

func (t *advancedTab) sending(form *controls.Form, f *form) {
	out := f.account.Outgoing
	if out.Security == "" {
		out.Security = accounts.STARTTLS
	}
	if out.Port == 0 {
		out.Port = 587
	}
	t.security, t.auth = out.Security, out.Auth
	form.Section(l10n.T("advanced.sending"))
	t.host = machineRow(form, l10n.T("server.host"), out.Host, optional(checkHost))
	t.port = portRow(form, out.Port, smtpPorts)
	usual := map[accounts.Security]int{accounts.TLS: 465, accounts.STARTTLS: 587, accounts.Plain: 25}
	form.Row(l10n.T("server.security"), controls.Fixed(260, securityChoice(out.Security, func(s accounts.Security) {
		if t.port.number() == usual[t.security] {
			t.port.field.SetText(itoa(usual[s]))
		}
		t.security = s
	})))
	form.Row(l10n.T("server.auth"), controls.Fixed(260, authChoice(out.Auth, func(v string) { t.auth = v })))
	t.user = machineRow(form, l10n.T("server.user"), out.User, nil)
	t.user.field.SetPlaceholder(l10n.T("server.sameUser"))
	t.pass = widgets.NewPasswordField()
	t.pass.SetPlaceholder(l10n.T("server.samePassword"))
	form.Row(l10n.T("server.password"), t.pass)
}

func (t *advancedTab) object() fyne.CanvasObject { return t.page }

func (t *advancedTab) valid() bool {
	ok := all(t.every, t.host, t.port, t.user, t.inPin, t.outPin)
	if t.pop != nil {
		ok = t.pop.valid() && ok
	}
	if t.imap != nil {
		ok = all(t.imap.days) && ok
	}
	return ok
}

func (t *advancedTab) take(a *accounts.Account) {
	if t.pop != nil {
		a.POP3 = t.pop.policy()
	}
	if t.imap != nil {
		t.imap.take(&a.IMAP)
	}
	a.CheckEvery = t.every.number()
	a.Incoming.PinnedSHA256 = strings.ToLower(t.inPin.text())
	a.Outgoing = accounts.Server{
		Host: t.host.text(), Port: t.port.number(), Security: t.security, Auth: t.auth,
		User: t.user.text(), PinnedSHA256: strings.ToLower(t.outPin.text()),
	}
}

func (t *advancedTab) password() *string { return typed(t.pass) }

// popPart: what happens to the server's copy of a message.
type popPart struct {
	leave, deleted, moved   *controls.Toggle
	days, headers, most     *input
	after, limited, bounded *controls.Toggle
	sentence                *widgets.Paragraph
	form                    *controls.Form
}

func newPopPart(form *controls.Form, p accounts.POP3Policy) *popPart {
	t := &popPart{form: form, sentence: widgets.NewParagraph("")}
	changed := func(bool) { t.update() }
	form.Section(l10n.T("pop.title"))
	t.leave = controls.NewToggle(l10n.T("pop.leave"), p.LeaveOnServer, changed)
	t.after = controls.NewToggle(l10n.T("pop.after"), p.RemoveAfterDays > 0, changed)
	t.deleted = controls.NewToggle(l10n.T("pop.whenDeleted"), p.RemoveWhenDeleted, changed)
	t.moved = controls.NewToggle(l10n.T("pop.whenMoved"), p.RemoveWhenMoved, changed)
	t.limited = controls.NewToggle(l10n.T("pop.headersOver"), p.HeadersOnlyOverKB > 0, changed)
	t.bounded = controls.NewToggle(l10n.T("pop.most"), p.MaxPerSession > 0, changed)
	form.Wide(t.leave)
	t.days = numberBeside(form, t.after, orElse(p.RemoveAfterDays, 30), 1, 3650, l10n.T("unit.days"))
	form.Wide(t.deleted)
	form.Wide(t.moved)
	t.headers = numberBeside(form, t.limited, orElse(p.HeadersOnlyOverKB, 1024), 1, 10_000_000, l10n.T("unit.kilobytes"))
	t.most = numberBeside(form, t.bounded, orElse(p.MaxPerSession, 500), 1, 1_000_000, l10n.T("unit.messages"))
	for _, in := range []*input{t.days, t.headers, t.most} {
		in.field.OnChanged = func(string) { t.update() }
	}
	form.Wide(t.sentence)
	t.update()
	return t
}

// numberBeside adds a box to tick with a number behind it.
func numberBeside(form *controls.Form, box *controls.Toggle, value, least, most int, unit string) *input {
	in := &input{field: widgets.NewField()}
	in.check = func(text string) string {
		if !box.On() {
			return ""
		}
		if n, err := parseNumber(text); err != nil || n < least || n > most {
			return l10n.T("wrong.number", "least", least, "most", most)
		}
		return ""
	}
	in.field.SetText(l10n.Digits(itoa(value)))
	in.row = form.WideRow(widgets.HBox(box, controls.Fixed(88, in.field),
		controls.Middle(widgets.NewLabel(unit, widgets.TextStyle{Tone: widgets.Secondary}))))
	return in
}

func orElse(n, other int) int {
	if n > 0 {
		return n
	}
	return other
}

func (t *popPart) valid() bool { return all(t.days, t.headers, t.most) }

func (t *popPart) policy() accounts.POP3Policy {
	p := accounts.POP3Policy{LeaveOnServer: t.leave.On(), RemoveWhenDeleted: t.deleted.On(), RemoveWhenMoved: t.moved.On()}
	if t.after.On() {
		p.RemoveAfterDays = t.days.number()
	}
	if t.limited.On() {
		p.HeadersOnlyOverKB = t.headers.number()
	}
	if t.bounded.On() {
		p.MaxPerSession = t.most.number()
	}
	return p
}

// update greys out what has no effect and says what will happen.
func (t *popPart) update() {
	for _, b := range []*controls.Toggle{t.after, t.deleted, t.moved} {
		if t.leave.On() {
			b.Enable()
		} else {
			b.Disable()
		}
	}
	t.sentence.SetText(popSentence(t.policy()))
	t.form.Refresh()
}

// popSentence says in plain words what a policy does on the server.
func popSentence(p accounts.POP3Policy) string {
	var s []string
	switch {
	case !p.LeaveOnServer:
		s = append(s, l10n.T("pop.saysRemoved"))
	case p.RemoveAfterDays > 0:
		s = append(s, l10n.T("pop.saysDays", "count", p.RemoveAfterDays))
	default:
		s = append(s, l10n.T("pop.saysStays"))
	}
	if p.LeaveOnServer {
		switch {
		case p.RemoveWhenDeleted && p.RemoveWhenMoved:
			s = append(s, l10n.T("pop.saysDeletedOrMoved"))
		case p.RemoveWhenDeleted:
			s = append(s, l10n.T("pop.saysDeleted"))
		case p.RemoveWhenMoved:
			s = append(s, l10n.T("pop.saysMoved"))
		default:
			s = append(s, l10n.T("pop.saysNeither"))
		}
	}
	if p.HeadersOnlyOverKB > 0 {
		s = append(s, l10n.T("pop.saysHeaders", "size", l10n.FileSize(int64(p.HeadersOnlyOverKB)<<10)))
	}
	return strings.Join(s, " ")
}

// imapPart: what is kept offline of folders that come new.
type imapPart struct {
	keep   *controls.Choice
	days   *input
	idle   *controls.Toggle
	policy accounts.IMAPPolicy
}

var keepModes = []storage.KeepMode{storage.KeepFull, storage.KeepDays, storage.KeepHeaders, storage.KeepNothing}

func keepNames() []string {
	return []string{l10n.T("keep.full"), l10n.T("keep.days"), l10n.T("keep.headers"), l10n.T("keep.none")}
}

func keepIndex(m storage.KeepMode) int {
	for i, one := range keepModes {
		if one == m {
			return i
		}
	}
	return 0
}

func newIMAPPart(form *controls.Form, p accounts.IMAPPolicy) *imapPart {
	t := &imapPart{policy: p}
	form.Section(l10n.T("imap.offline"))
	t.keep = controls.NewChoice(keepNames(), keepIndex(p.Keep.Mode), nil)
	row := form.Row(l10n.T("imap.keepNew"), controls.Fixed(260, t.keep))
	row.Note(l10n.T("imap.keepHint"))
	t.days = numberRow(form, l10n.T("imap.days"), orElse(p.Keep.Days, 90), 1, 36500, l10n.T("unit.days"))
	t.keep.OnChanged = func(i int) { t.days.row.SetVisible(keepModes[i] == storage.KeepDays); form.Refresh() }
	t.days.row.SetVisible(p.Keep.Mode == storage.KeepDays)
	t.idle = controls.NewToggle(l10n.T("imap.idle"), p.IDLE, nil)
	return t
}

func (t *imapPart) take(p *accounts.IMAPPolicy) {
	p.Keep = storage.Keep{Mode: keepModes[t.keep.Chosen()]}
	if p.Keep.Mode == storage.KeepDays {
		p.Keep.Days = t.days.number()
	}
	p.IDLE = t.idle.On()
}
