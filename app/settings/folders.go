package settings

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"peyk/accounts"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/mailbox"
	"peyk/app/widgets"
	"peyk/storage"
)

// foldersTab: which folders are synchronised and how much of each is kept here.
type foldersTab struct {
	f      *form
	page   fyne.CanvasObject
	list   *controls.List
	choice accounts.FolderChoice
	boxes  []folderSetting
}

// folderSetting is a folder as it was and as it is to be.
type folderSetting struct {
	box   storage.Mailbox
	keep  storage.Keep
	shown bool
}

// keepChange is what SetKeep is to be told.
type keepChange struct {
	mailbox storage.MailboxID
	keep    storage.Keep
	hidden  bool
}

var folderChoices = []accounts.FolderChoice{accounts.AllFolders, accounts.InboxOnly, accounts.ListedFolders}

func newFoldersTab(f *form) *foldersTab {
	t := &foldersTab{f: f, choice: f.account.IMAP.Folders, list: controls.NewList(7 * widgets.Unit)}
	t.list.Length = func() int { return len(t.boxes) }
	t.list.Create = func() fyne.CanvasObject { return newFolderRow(t) }
	t.list.Update = func(i int, o fyne.CanvasObject) { o.(*folderRow).show(i) }
	if f.isNew {
		t.page = controls.Blank(controls.Folder, l10n.T("folders.later"), "", nil)
		return t
	}
	head := controls.NewForm(nameWidth)
	if f.account.Protocol == accounts.IMAP {
		at := 0
		for i, c := range folderChoices {
			if c == t.choice {
				at = i
			}
		}
		names := []string{l10n.T("folders.all"), l10n.T("folders.inbox"), l10n.T("folders.listed")}
		head.Row(l10n.T("folders.which"), controls.Fixed(320, controls.NewChoice(names, at, func(i int) {
			t.choice = folderChoices[i]
			t.list.RefreshVisible()
		})))
	} else {
		head.Wide(widgets.NewParagraph(l10n.T("folders.pop"), widgets.TextStyle{Tone: widgets.Secondary}))
	}
	t.page = padded(container.NewBorder(container.NewVBox(head.Object(), widgets.Space(1), widgets.HLine()), nil, nil, nil, t.list))
	t.read()
	return t
}

func (t *foldersTab) read() {
	f := t.f
	f.v.wg.Go(func() {
		var boxes []storage.Mailbox
		err := f.v.o.Store.View(func(tx *storage.Tx) (err error) {
			boxes, err = tx.Mailboxes(f.account.ID)
			return err
		})
		f.v.o.Do(func() {
			if err != nil {
				f.say(err.Error(), widgets.Danger)
				return
			}
			slices.SortStableFunc(boxes, mailbox.Order)
			for _, b := range boxes {
				if !b.NoSelect {
					t.boxes = append(t.boxes, folderSetting{box: b, keep: b.Keep, shown: !b.Hidden})
				}
			}
			t.list.Reload()
		})
	})
}

func (t *foldersTab) object() fyne.CanvasObject { return t.page }
func (t *foldersTab) valid() bool               { return true }

func (t *foldersTab) take(a *accounts.Account) {
	a.IMAP.Folders = t.choice
	if t.choice != accounts.ListedFolders {
		return
	}
	a.IMAP.Listed = nil
	for _, b := range t.boxes {
		if b.shown {
			a.IMAP.Listed = append(a.IMAP.Listed, b.box.Name)
		}
	}
}

// changes are the folders that are to be kept otherwise than now.
func (t *foldersTab) changes() []keepChange {
	var list []keepChange
	for i := range t.boxes {
		b := &t.boxes[i]
		if shown := t.isShown(b); b.keep != b.box.Keep || shown == b.box.Hidden {
			list = append(list, keepChange{b.box.ID, b.keep, !shown})
		}
	}
	return list
}

func (t *foldersTab) isShown(b *folderSetting) bool {
	switch {
	case b.box.Role == storage.RoleInbox || t.f.account.Protocol == accounts.POP3:
		return true
	case t.choice == accounts.InboxOnly:
		return false
	case t.choice == accounts.AllFolders:
		return true
	}
	return b.shown
}

// keepDays are the spans that a folder's bodies can be kept for.
var keepDays = []int{7, 30, 90, 365}

// folderRow is a folder with what is kept of it.
type folderRow struct {
	widget.BaseWidget
	box    *fyne.Container
	t      *foldersTab
	at     int
	shown  *controls.Toggle
	name   *widgets.Label
	size   *widgets.Label
	choice *controls.Choice
	keeps  []storage.Keep
}

func newFolderRow(t *foldersTab) *folderRow {
	r := &folderRow{
		t: t, name: widgets.NewLabel("", widgets.TextStyle{Shrink: true}),
		size: widgets.NewLabel("", widgets.TextStyle{Shrink: true, Tone: widgets.Secondary, Size: 0.9}),
	}
	r.shown = controls.NewToggle("", true, func(on bool) {
		t.boxes[r.at].shown = on
		r.show(r.at)
	})
	r.choice = controls.NewChoice(nil, 0, func(i int) { t.boxes[r.at].keep = r.keeps[i] })
	var start fyne.CanvasObject
	if t.f.account.Protocol == accounts.IMAP {
		start = r.shown
	} else {
		r.choice.Hide()
	}
	texts := container.NewBorder(nil, nil, nil, nil, container.New(twoLines{}, r.name, r.size))
	r.box = container.NewBorder(nil, widgets.HLine(), nil, nil,
		widgets.Border(nil, nil, start, controls.Middle(controls.Fixed(220, r.choice)), texts))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *folderRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// twoLines puts two labels under one another in the middle of a row.
type twoLines struct{}

func (twoLines) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(80, o[0].MinSize().Height+o[1].MinSize().Height)
}

func (twoLines) Layout(o []fyne.CanvasObject, s fyne.Size) {
	a, b := o[0].MinSize().Height, o[1].MinSize().Height
	y := (s.Height - a - b) / 2
	o[0].Move(fyne.NewPos(0, y))
	o[0].Resize(fyne.NewSize(s.Width, a))
	o[1].Move(fyne.NewPos(0, y+a))
	o[1].Resize(fyne.NewSize(s.Width, b))
}

func (r *folderRow) show(i int) {
	r.at = i
	b := &r.t.boxes[i]
	name := mailbox.RoleName(b.box.Role)
	if name == "" {
		name = b.box.Name
		if b.box.Delimiter != "" {
			name = strings.ReplaceAll(name, b.box.Delimiter, " / ")
		}
	}
	r.name.SetText(name)
	r.size.SetText(folderSize(&b.box))
	shown := r.t.isShown(b)
	r.shown.SetOn(shown)
	if r.t.choice == accounts.ListedFolders && b.box.Role != storage.RoleInbox {
		r.shown.Enable()
	} else {
		r.shown.Disable()
	}
	r.options(b)
	if shown {
		r.choice.Enable()
	} else {
		r.choice.Disable()
	}
}

func folderSize(m *storage.Mailbox) string {
	total, size := m.Counts.Total, m.Counts.Bytes
	if m.ServerTotal > total {
		total = m.ServerTotal
	}
	if m.ServerBytes > size {
		size = m.ServerBytes
	}
	return l10n.T("folders.size", "count", total, "size", l10n.FileSize(size), "here", m.Counts.Bodies)
}

// options offers the usual choices, and the folder's own when it is another.
func (r *folderRow) options(b *folderSetting) {
	r.keeps = []storage.Keep{{Mode: storage.KeepFull}}
	for _, d := range keepDays {
		r.keeps = append(r.keeps, storage.Keep{Mode: storage.KeepDays, Days: d})
	}
	r.keeps = append(r.keeps, storage.Keep{Mode: storage.KeepHeaders}, storage.Keep{Mode: storage.KeepNothing})
	at := -1
	for i, k := range r.keeps {
		if k == b.keep {
			at = i
		}
	}
	if at < 0 {
		at = len(r.keeps)
		r.keeps = append(r.keeps, b.keep)
	}
	var names []string
	for _, k := range r.keeps {
		switch k.Mode {
		case storage.KeepDays:
			names = append(names, l10n.T("keep.lastDays", "count", k.Days))
		case storage.KeepHeaders:
			names = append(names, l10n.T("keep.headers"))
		case storage.KeepNothing:
			names = append(names, l10n.T("keep.none"))
		default:
			names = append(names, l10n.T("keep.full"))
		}
	}
	r.choice.SetOptions(names, at)
}
