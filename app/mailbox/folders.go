package mailbox

import (
	"cmp"
	"slices"
	"strings"

	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/storage"
	"peyk/storage/search"
)

// folderRow is one line of the folder pane.
type folderRow struct {
	// heading rows carry the name of an account, or of the folders of all.
	heading bool
	account storage.AccountID
	scope   Scope
	// outbox rows open the outbox.
	outbox bool
	role   storage.Role
	name   string
	glyph  controls.Glyph
	indent int
	// count is the number behind the name; strong ones ask for attention.
	count  int
	strong bool
	// selectable mailboxes hold messages.
	selectable bool
	// trouble is what went wrong with the account.
	trouble string
	// path is the mailbox's full name, delimiter what its parts are divided by.
	path, delimiter string
}

// roleOrder is the order of the special folders.
var roleOrder = []storage.Role{
	storage.RoleInbox, storage.RoleDrafts, storage.RoleSent, storage.RoleArchive,
	storage.RoleJunk, storage.RoleTrash, storage.RoleAll,
}

var roleGlyphs = map[storage.Role]controls.Glyph{
	storage.RoleInbox: controls.Inbox, storage.RoleDrafts: controls.Drafts, storage.RoleSent: controls.Sent,
	storage.RoleArchive: controls.Archive, storage.RoleJunk: controls.Junk, storage.RoleTrash: controls.Trash,
	storage.RoleAll: controls.AllMail,
}

// RoleName is a special folder's name in the language of the surface, empty for other folders.
func RoleName(r storage.Role) string {
	switch r {
	case storage.RoleInbox:
		return l10n.T("folder.inbox")
	case storage.RoleDrafts:
		return l10n.T("folder.drafts")
	case storage.RoleSent:
		return l10n.T("folder.sent")
	case storage.RoleArchive:
		return l10n.T("folder.archive")
	case storage.RoleJunk:
		return l10n.T("folder.junk")
	case storage.RoleTrash:
		return l10n.T("folder.trash")
	case storage.RoleAll:
		return l10n.T("folder.all")
	}
	return ""
}

// folderTree is all that the folder pane can show.
type folderTree struct {
	rows     []folderRow
	accounts int
}

// readFolders builds the lines of the folder pane.
func readFolders(tx *storage.Tx) (folderTree, error) {
	accounts, err := tx.Accounts()
	if err != nil {
		return folderTree{}, err
	}
	tree := folderTree{accounts: len(accounts)}
	var own [][]folderRow
	unread := 0
	for _, a := range accounts {
		boxes, err := tx.Mailboxes(a.ID)
		if err != nil {
			return folderTree{}, err
		}
		rows := accountRows(a, boxes)
		for _, b := range boxes {
			if b.Role == storage.RoleInbox {
				unread += b.Counts.Unread
			}
		}
		own = append(own, rows)
	}
	switch {
	case len(accounts) > 1:
		tree.rows = append(tree.rows, unifiedRows(unread)...)
	case len(accounts) == 1:
		own[0] = slices.Insert(own[0], afterInbox(own[0]), starredRow())
	}
	// What waits to be sent stands where nobody overlooks it: under the first inbox.
	waiting, err := outboxRow(tx)
	if err != nil {
		return folderTree{}, err
	}
	if len(accounts) > 1 {
		tree.rows = append(tree.rows, waiting...)
	} else if len(accounts) == 1 {
		own[0] = slices.Insert(own[0], afterInbox(own[0]), waiting...)
	}
	for _, rows := range own {
		tree.rows = append(tree.rows, rows...)
	}
	return tree, nil
}

// unifiedRows are the folders of all accounts.
func unifiedRows(unread int) []folderRow {
	return []folderRow{
		{heading: true, name: l10n.T("folder.unified")},
		{
			scope: Scope{Kind: AllInboxes}, name: l10n.T("folder.inbox"), glyph: controls.Inbox, role: storage.RoleInbox,
			count: unread, strong: true, selectable: true,
		},
		starredRow(),
	}
}

func starredRow() folderRow {
	return folderRow{scope: Scope{Kind: AllStarred}, name: l10n.T("folder.starred"), glyph: controls.Star, selectable: true}
}

func afterInbox(rows []folderRow) int {
	for i, r := range rows {
		if r.role == storage.RoleInbox {
			return i + 1
		}
	}
	return len(rows)
}

func accountRows(a storage.Account, boxes []storage.Mailbox) []folderRow {
	rows := []folderRow{{heading: true, account: a.ID, name: a.Name, trouble: a.LastError}}
	visible := slices.DeleteFunc(slices.Clone(boxes), func(m storage.Mailbox) bool {
		return m.Hidden && m.Role != storage.RoleInbox
	})
	for _, role := range roleOrder {
		for _, m := range visible {
			if m.Role == role {
				rows = append(rows, specialRow(&m))
			}
		}
	}
	others := slices.DeleteFunc(visible, func(m storage.Mailbox) bool { return m.Role != storage.RoleNone })
	return append(rows, ordinaryRows(others, boxes)...)
}

func specialRow(m *storage.Mailbox) folderRow {
	row := plainRow(m)
	row.name, row.glyph = RoleName(m.Role), roleGlyphs[m.Role]
	row.strong = false
	switch m.Role {
	case storage.RoleDrafts:
		row.count = m.Counts.Total
	case storage.RoleSent, storage.RoleTrash, storage.RoleAll:
		row.count = 0
	case storage.RoleInbox:
		row.strong = true
	}
	return row
}

func plainRow(m *storage.Mailbox) folderRow {
	return folderRow{
		account: m.Account, scope: Scope{Kind: OneMailbox, Mailbox: m.ID}, role: m.Role,
		name: lastPart(m.Name, m.Delimiter), glyph: controls.Folder, path: m.Name, delimiter: m.Delimiter,
		count: m.Counts.Unread, strong: m.Counts.Unread > 0, selectable: !m.NoSelect,
	}
}

// ordinaryRows sorts the person's own folders by name, each under its parent.
func ordinaryRows(own, all []storage.Mailbox) []folderRow {
	specials := map[string]bool{}
	for _, m := range all {
		if m.Role != storage.RoleNone {
			specials[m.Name] = true
		}
	}
	slices.SortFunc(own, func(a, b storage.Mailbox) int { return comparePaths(&a, &b) })
	known := map[string]bool{}
	var rows []folderRow
	for _, m := range own {
		row := plainRow(&m)
		known[m.Name] = true
		if m.Delimiter != "" {
			for _, parent := range parents(m.Name, m.Delimiter) {
				if known[parent] {
					row.indent++
				} else if specials[parent] {
					// A child of a special folder stands among the ordinary ones: its parent is part of its name.
					row.name = strings.ReplaceAll(m.Name, m.Delimiter, " / ")
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Order compares mailboxes as the folder pane sorts them: the special ones first, then by name.
func Order(a, b storage.Mailbox) int {
	place := func(m *storage.Mailbox) int {
		if i := slices.Index(roleOrder, m.Role); i >= 0 {
			return i
		}
		return len(roleOrder)
	}
	return cmp.Or(cmp.Compare(place(&a), place(&b)), comparePaths(&a, &b))
}

func comparePaths(a, b *storage.Mailbox) int {
	x, y := parts(a), parts(b)
	for i := range min(len(x), len(y)) {
		if c := cmp.Or(cmp.Compare(search.Fold(x[i]), search.Fold(y[i])), cmp.Compare(x[i], y[i])); c != 0 {
			return c
		}
	}
	return len(x) - len(y)
}

func parts(m *storage.Mailbox) []string {
	if m.Delimiter == "" {
		return []string{m.Name}
	}
	return strings.Split(m.Name, m.Delimiter)
}

// parents gives "a" and "a/b" for "a/b/c".
func parents(path, delimiter string) []string {
	var list []string
	for i := 0; ; {
		j := strings.Index(path[i:], delimiter)
		if j < 0 {
			return list
		}
		list = append(list, path[:i+j])
		i += j + len(delimiter)
	}
}

func lastPart(path, delimiter string) string {
	if delimiter == "" {
		return path
	}
	return path[strings.LastIndex(path, delimiter)+1:]
}

// outboxRow is there while something waits to be sent.
func outboxRow(tx *storage.Tx) ([]folderRow, error) {
	out, err := tx.Outbox()
	if err != nil {
		return nil, err
	}
	row := folderRow{outbox: true, name: l10n.T("folder.outbox"), glyph: controls.Outbox, selectable: true}
	for _, o := range out {
		switch o.State {
		case storage.OutSubmitted, storage.OutFiled:
		case storage.OutFailed, storage.OutUnknown:
			row.count++
			row.strong = true
			row.trouble = o.LastError
		default:
			row.count++
		}
	}
	if row.count == 0 {
		return nil, nil
	}
	return []folderRow{row}, nil
}

// find gives the row of a scope.
func (t *folderTree) find(s Scope) (folderRow, bool) {
	for _, r := range t.rows {
		if !r.heading && !r.outbox && r.scope == s {
			return r, true
		}
	}
	return folderRow{}, false
}

// first is where the window begins: the unified inbox, or the only one.
func (t *folderTree) first() (Scope, bool) {
	for _, r := range t.rows {
		if !r.heading && r.role == storage.RoleInbox {
			return r.scope, true
		}
	}
	return Scope{}, false
}
