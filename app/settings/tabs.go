package settings

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"peyk/accounts"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
)

// all checks every field, so that every fault is seen at once.
func all(inputs ...*input) bool {
	ok := true
	for _, in := range inputs {
		if in != nil && !in.valid() {
			ok = false
		}
	}
	return ok
}

// generalTab: what the account is called and whose it is.
type generalTab struct {
	page               fyne.CanvasObject
	name, person, mail *input
	undo               *input
	enabled            *controls.Toggle
}

func newGeneralTab(f *form) *generalTab {
	t := &generalTab{}
	form := controls.NewForm(nameWidth)
	id := f.account.Identity()
	t.name = textRow(form, l10n.T("account.name"), f.account.Name, checkNotEmpty)
	t.person = textRow(form, l10n.T("account.yourName"), id.Name, nil)
	t.mail = machineRow(form, l10n.T("account.address"), id.Email, checkAddress)
	protocols := []accounts.Protocol{accounts.IMAP, accounts.POP3}
	if f.isNew {
		at := 0
		if f.account.Protocol == accounts.POP3 {
			at = 1
		}
		choice := controls.NewChoice([]string{"IMAP", "POP3"}, at, func(i int) {
			f.account.Protocol = protocols[i]
			f.rebuild()
		})
		form.Row(l10n.T("account.protocol"), controls.Fixed(160, choice))
	} else {
		form.Row(l10n.T("account.protocol"), controls.Middle(widgets.NewLabel(strings.ToUpper(string(f.account.Protocol)))))
	}
	t.undo = numberRow(form, l10n.T("account.undo"), f.account.UndoSeconds, 0, 600, l10n.T("unit.seconds"))
	t.enabled = controls.NewToggle(l10n.T("account.enabled"), !f.account.Disabled, nil)
	form.Add(t.enabled)
	t.page = scrolled(form.Object())
	return t
}

func (t *generalTab) object() fyne.CanvasObject { return t.page }
func (t *generalTab) valid() bool               { return all(t.name, t.person, t.mail, t.undo) }

func (t *generalTab) take(a *accounts.Account) {
	a.Name, a.UndoSeconds, a.Disabled = t.name.text(), t.undo.number(), !t.enabled.On()
	a.Identities[0].Name, a.Identities[0].Email = t.person.text(), t.mail.text()
}

// serverTab: where mail comes from.
type serverTab struct {
	page             fyne.CanvasObject
	host, port, user *input
	pass             *widgets.Field
	security         accounts.Security
	auth             string
}

func newServerTab(f *form) *serverTab {
	in := f.account.Incoming
	if in.Security == "" {
		in.Security = accounts.TLS
	}
	t := &serverTab{security: in.Security, auth: in.Auth}
	form := controls.NewForm(nameWidth)
	ports := map[accounts.Security]int{accounts.TLS: 993, accounts.STARTTLS: 143, accounts.Plain: 143}
	usual := []int{993, 143}
	if f.account.Protocol == accounts.POP3 {
		ports = map[accounts.Security]int{accounts.TLS: 995, accounts.STARTTLS: 110, accounts.Plain: 110}
		usual = []int{995, 110}
	}
	form.Section(l10n.T("server.incoming"))
	t.host = machineRow(form, l10n.T("server.host"), in.Host, checkHost)
	if in.Port == 0 {
		in.Port = ports[in.Security]
	}
	t.port = portRow(form, in.Port, usual)
	form.Row(l10n.T("server.security"), controls.Fixed(260, securityChoice(in.Security, func(s accounts.Security) {
		if t.port.number() == ports[t.security] {
			t.port.field.SetText(itoa(ports[s]))
		}
		t.security = s
	})))
	t.user = machineRow(form, l10n.T("server.user"), in.User, checkNotEmpty)
	t.pass = widgets.NewPasswordField()
	if !f.isNew {
		t.pass.SetPlaceholder(l10n.T("server.passwordKept"))
	}
	form.Row(l10n.T("server.password"), t.pass)
	form.Row(l10n.T("server.auth"), controls.Fixed(260, authChoice(in.Auth, func(v string) { t.auth = v })))

	form.Section(l10n.T("server.outgoing"))
	out := f.account.Outgoing
	text := l10n.T("server.noOutgoing")
	if out.Host != "" {
		text = l10n.T("server.summary", "address", out.Address(), "security", securityName(out.Security))
	}
	change := controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("action.change"), func() { f.show(2) })
	form.Wide(widgets.Border(nil, nil, nil, change, controls.Middle(widgets.NewLabel(text, widgets.TextStyle{Shrink: true}))))
	t.page = scrolled(form.Object())
	return t
}

func securityName(s accounts.Security) string {
	switch s {
	case accounts.TLS:
		return l10n.T("security.tls")
	case accounts.STARTTLS:
		return l10n.T("security.starttls")
	}
	return l10n.T("security.none")
}

func (t *serverTab) object() fyne.CanvasObject { return t.page }
func (t *serverTab) valid() bool               { return all(t.host, t.port, t.user) }

func (t *serverTab) take(a *accounts.Account) {
	a.Incoming.Host, a.Incoming.Port, a.Incoming.User = t.host.text(), t.port.number(), t.user.text()
	a.Incoming.Security, a.Incoming.Auth = t.security, t.auth
}

func (t *serverTab) password() *string { return typed(t.pass) }

// typed is a password that was typed, nil when the stored one is to stay.
func typed(f *widgets.Field) *string {
	if f.Text() == "" {
		return nil
	}
	text := f.Text()
	return &text
}

// identitiesTab: the names and addresses that mail is sent as.
type identitiesTab struct {
	f    *form
	page fyne.CanvasObject
	box  *fyne.Container
	rows []*identityRow
}

type identityRow struct {
	name, mail, replyTo *input
	// signature travels with its identity; the signature page edits it.
	signature string
}

func newIdentitiesTab(f *form) *identitiesTab {
	t := &identitiesTab{f: f, box: controls.NewColumn(2)}
	for _, id := range f.account.Identities {
		t.rows = append(t.rows, &identityRow{signature: id.Signature})
	}
	t.fill(f.account.Identities)
	t.page = scrolled(t.box)
	return t
}

// fill makes the forms anew from identities, one for each of rows.
func (t *identitiesTab) fill(list []accounts.Identity) {
	t.box.RemoveAll()
	for i, r := range t.rows {
		form := controls.NewForm(nameWidth)
		title := l10n.T("identity.other")
		if i == 0 {
			title = l10n.T("identity.first")
		}
		var remove fyne.CanvasObject = widgets.Space(0)
		if i > 0 {
			remove = controls.NewButton(controls.Quiet, controls.Trash, l10n.T("action.remove"), func() { t.remove(i) })
		}
		form.Wide(widgets.Border(nil, nil, nil, remove, controls.Middle(widgets.NewLabel(title, widgets.TextStyle{Bold: true, Shrink: true}))))
		if i == 0 {
			// The first one's name and address stand on the first page already.
			form.Row(l10n.T("account.address"), controls.Middle(widgets.NewLabel(list[0].Email, widgets.TextStyle{Shrink: true})))
		} else {
			r.name = textRow(form, l10n.T("account.yourName"), list[i].Name, nil)
			r.mail = machineRow(form, l10n.T("account.address"), list[i].Email, checkAddress)
		}
		r.replyTo = machineRow(form, l10n.T("account.replyTo"), list[i].ReplyTo, optional(checkAddress))
		t.box.Add(form.Object())
	}
	add := controls.NewButton(controls.Outlined, controls.Plus, l10n.T("identity.add"), t.add)
	t.box.Add(widgets.HBox(add))
	t.box.Refresh()
}

func (t *identitiesTab) now() []accounts.Identity {
	a := t.f.account
	a.Identities = append([]accounts.Identity(nil), a.Identities...)
	t.take(&a)
	return a.Identities
}

func (t *identitiesTab) add() {
	list := append(t.now(), accounts.Identity{})
	t.rows = append(t.rows, &identityRow{})
	t.fill(list)
	t.f.signature.identitiesChanged(list)
}

func (t *identitiesTab) remove(i int) {
	list := t.now()
	list = append(list[:i:i], list[i+1:]...)
	t.rows = append(t.rows[:i:i], t.rows[i+1:]...)
	t.fill(list)
	t.f.signature.identitiesChanged(list)
}

func (t *identitiesTab) object() fyne.CanvasObject { return t.page }

func (t *identitiesTab) valid() bool {
	ok := true
	for _, r := range t.rows {
		ok = all(r.name, r.mail, r.replyTo) && ok
	}
	return ok
}

func (t *identitiesTab) take(a *accounts.Account) {
	var list []accounts.Identity
	for i, r := range t.rows {
		id := accounts.Identity{Signature: r.signature, ReplyTo: r.replyTo.text()}
		if i == 0 {
			id.Name, id.Email = a.Identities[0].Name, a.Identities[0].Email
		} else {
			id.Name, id.Email = r.name.text(), r.mail.text()
		}
		list = append(list, id)
	}
	a.Identities = list
}

// signatureTab: what stands under a message, for each identity.
type signatureTab struct {
	f      *form
	page   fyne.CanvasObject
	editor *widgets.Editor
	choice *controls.Choice
	at     int
}

func newSignatureTab(f *form) *signatureTab {
	t := &signatureTab{f: f, editor: widgets.NewEditor()}
	t.editor.SetPlaceholder(l10n.T("signature.placeholder"))
	t.choice = controls.NewChoice(nil, 0, t.turn)
	t.identitiesChanged(f.account.Identities)
	head := controls.NewForm(nameWidth)
	head.Row(l10n.T("signature.of"), controls.Fixed(360, t.choice))
	t.page = padded(container.NewBorder(container.NewVBox(head.Object(), widgets.Space(1)), nil, nil, nil, controls.Framed(t.editor)))
	return t
}

func (t *signatureTab) identitiesChanged(list []accounts.Identity) {
	var names []string
	for _, id := range list {
		name := id.Email
		if name == "" {
			name = l10n.T("identity.unnamed")
		}
		names = append(names, name)
	}
	t.at = min(t.at, len(list)-1)
	t.choice.SetOptions(names, t.at)
	t.editor.SetText(list[t.at].Signature)
}

func (t *signatureTab) turn(i int) {
	t.keep()
	t.at = i
	t.editor.SetText(t.f.identities.rows[i].signature)
}

func (t *signatureTab) keep() {
	if t.at < len(t.f.identities.rows) {
		t.f.identities.rows[t.at].signature = t.editor.Text()
	}
}

func (t *signatureTab) object() fyne.CanvasObject { return t.page }
func (t *signatureTab) valid() bool               { return true }

func (t *signatureTab) take(a *accounts.Account) {
	t.keep()
	for i, r := range t.f.identities.rows {
		if i < len(a.Identities) {
			a.Identities[i].Signature = r.signature
		}
	}
}
