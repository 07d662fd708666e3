package imap

import (
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"peyk/storage"
)

// attributeRoles are the special uses of RFC 6154.
var attributeRoles = map[goimap.MailboxAttr]storage.Role{
	goimap.MailboxAttrAll:     storage.RoleAll,
	goimap.MailboxAttrArchive: storage.RoleArchive,
	goimap.MailboxAttrDrafts:  storage.RoleDrafts,
	goimap.MailboxAttrJunk:    storage.RoleJunk,
	goimap.MailboxAttrSent:    storage.RoleSent,
	goimap.MailboxAttrTrash:   storage.RoleTrash,
	`\AllMail`:                storage.RoleAll, // XLIST, what came before RFC 6154
	`\Spam`:                   storage.RoleJunk,
}

// roleNames are the names that servers and mail programs give their folders,
// as folded by foldName. A name is in one role only.
var roleNames = map[storage.Role][]string{
	storage.RoleSent: {
		"sent", "sent mail", "sent items", "sent messages", "sent-mail",
		"ارسال شده", "ارسالی", "ارسالی ها", "نامه های ارسالی", "پیام های ارسالی", "فرستاده", "فرستاده شده", "صندوق ارسال", "ارسال شده ها",
		"البريد المرسل", "المرسلة", "العناصر المرسلة", "مرسل",
		"gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten",
		"envoyés", "éléments envoyés", "messages envoyés", "courrier envoyé", "objets envoyés",
		"enviados", "elementos enviados", "correo enviado", "mensajes enviados", "itens enviados", "mensagens enviadas", "e-mails enviados",
		"inviati", "inviata", "posta inviata", "elementi inviati",
		"отправленные", "отправленные сообщения", "надіслані", "відправлені",
		"gönderilmiş", "gönderilmiş öğeler", "gönderilenler", "gönderilmiş postalar",
		"verzonden", "verzonden items", "verzonden berichten",
		"skickat", "skickade", "skickade objekt", "sendt", "sendte elementer", "sendt post", "lähetetyt",
		"wysłane", "elementy wysłane", "odeslané", "odeslaná pošta", "odoslané", "elküldött", "elküldött elemek", "trimise", "poslano",
		"απεσταλμένα", "已发送", "已发送邮件", "已傳送", "寄件備份", "已寄出", "送信済み", "送信済みメール", "送信済みアイテム", "보낸편지함", "보낸 편지함", "보낸 메일함", "נשלח", "דואר שנשלח",
	},
	storage.RoleDrafts: {
		"drafts", "draft",
		"پیش نویس", "پیش نویس ها", "چرک نویس", "چرک نویس ها",
		"المسودات", "مسودات", "مسودة",
		"entwürfe", "entwurf", "brouillons", "brouillon", "borradores", "borrador", "rascunhos", "rascunho", "bozze",
		"черновики", "чернетки", "taslaklar", "taslak", "concepten", "utkast", "kladder", "kladde", "luonnokset",
		"szkice", "kopie robocze", "wersje robocze", "koncepty", "rozepsané", "rozpísané", "piszkozatok", "ciorne", "skice",
		"πρόχειρα", "草稿", "草稿箱", "草稿匣", "下書き", "임시보관함", "임시 보관함", "טיוטות",
	},
	storage.RoleTrash: {
		"trash", "deleted", "deleted items", "deleted messages", "deleted-items", "bin", "rubbish", "wastebasket", "recycle bin",
		"زباله دان", "زباله", "زباله ها", "سطل زباله", "سطل بازیافت", "حذف شده", "حذف شده ها", "پاک شده", "پاک شده ها", "موارد حذف شده", "نامه های حذف شده", "آشغال",
		"المهملات", "سلة المهملات", "المحذوفات", "العناصر المحذوفة", "محذوف",
		"papierkorb", "gelöscht", "gelöschte elemente", "gelöschte objekte", "gelöschte nachrichten",
		"corbeille", "éléments supprimés", "messages supprimés", "papelera", "elementos eliminados", "eliminados", "papelera de reciclaje",
		"lixeira", "lixo", "itens excluídos", "itens eliminados", "cestino", "posta eliminata", "elementi eliminati", "eliminata",
		"корзина", "удаленные", "удалённые", "удаленные сообщения", "кошик", "видалені",
		"çöp", "çöp kutusu", "çöp sepeti", "silinmiş öğeler", "silinenler",
		"prullenbak", "prullenmand", "verwijderde items", "papperskorg", "papperskorgen", "borttaget", "borttagna objekt", "papirkurv", "papirkurven", "slettede elementer", "slettet post", "roskakori", "poistetut",
		"kosz", "elementy usunięte", "usunięte", "koš", "kôš", "odstraněná pošta", "lomtár", "kuka", "törölt elemek", "coș de gunoi", "șterse", "smeće",
		"κάδος απορριμμάτων", "διαγραμμένα", "已删除", "已删除邮件", "已刪除的郵件", "垃圾桶", "回收站", "ゴミ箱", "ごみ箱", "削除済みアイテム", "휴지통", "지운 편지함", "지운편지함", "אשפה", "פריטים שנמחקו",
	},
	storage.RoleJunk: {
		"junk", "spam", "junk mail", "junk e-mail", "junk email", "bulk", "bulk mail", "quarantine",
		"هرزنامه", "هرزنامه ها", "اسپم", "نامه های ناخواسته", "ناخواسته", "جفنگ", "بنجل",
		"البريد العشوائي", "غير مرغوب", "البريد غير الهام", "البريد المزعج",
		"spamverdacht", "junk-e-mail", "werbung", "unerwünscht", "unerwünschte werbung", "courrier indésirable", "indésirables", "pourriel",
		"correo no deseado", "no deseado", "correo basura", "lixo eletrônico", "lixo eletrónico", "lixo electrónico", "posta indesiderata", "indesiderata",
		"спам", "нежелательная почта", "небажана пошта", "gereksiz", "gereksiz e-posta", "önemsiz", "önemsiz e-posta", "istenmeyen",
		"ongewenste e-mail", "ongewenst", "ongewenste reclame", "skräppost", "søppelpost", "uønsket mail", "uønsket post", "uønsket e-post", "roskaposti",
		"wiadomości-śmieci", "niechciane", "nevyžádaná pošta", "nevyžiadaná pošta", "levélszemét", "mesaje nedorite", "neželjena pošta",
		"ανεπιθύμητα", "垃圾邮件", "垃圾郵件", "垃圾信件", "迷惑メール", "스팸", "스팸메일함", "스팸 메일함", "정크 메일", "דואר זבל", "ספאם",
	},
	storage.RoleArchive: {
		"archive", "archives", "archived",
		"بایگانی", "بایگانی ها", "بایگانی شده", "آرشیو",
		"الأرشيف", "أرشيف", "ارشيف",
		"archiv", "archivierte", "archivo", "archivados", "arquivo", "arquivados", "arquivo morto", "archivio", "archiviati",
		"архив", "архів", "arşiv", "archief", "arkiv", "arkisto", "archiwum", "archív", "archívum", "arhivă", "arhiva",
		"αρχείο", "αρχειοθήκη", "归档", "存档", "封存", "アーカイブ", "보관함", "보관", "ארכיון",
	},
	storage.RoleAll: {
		"all mail", "alle nachrichten", "tous les messages", "tutti i messaggi", "вся почта", "همه نامه ها", "همه ایمیل ها", "تمام نامه ها", "كل البريد",
	},
}

var roleByName = func() map[string]storage.Role {
	m := map[string]storage.Role{}
	for role, names := range roleNames {
		for _, name := range names {
			m[foldName(name)] = role
		}
	}
	return m
}()

var folding = strings.NewReplacer(
	"ي", "ی", "ى", "ی", "ك", "ک", "ۀ", "ه", "ة", "ه", "أ", "ا", "إ", "ا", "آ", "ا",
	"\u200c", "", "\u200d", "", "\u200e", "", "\u200f", "", "\u0640", "",
	" ", "", "\u00a0", "", "-", "", "_", "", ".", "",
)

// foldName takes from a name what writers of it differ in: case, spaces and
// half-spaces, hyphens, and the Arabic forms of Persian letters.
func foldName(name string) string { return folding.Replace(strings.ToLower(name)) }

// roleOfName is the role that a mailbox's last name stands for, if it stands
// where such mailboxes are: at the top, under the inbox or under a provider's
// own folder.
func roleOfName(name, delimiter string) storage.Role {
	last := name
	if delimiter != "" {
		parts := strings.Split(name, delimiter)
		last = parts[len(parts)-1]
		switch {
		case len(parts) == 1:
		case len(parts) == 2 && (strings.EqualFold(parts[0], "INBOX") || strings.HasPrefix(parts[0], "[")):
		default:
			return storage.RoleNone
		}
	}
	return roleByName[foldName(last)]
}

// setRoles finds each mailbox's role: the inbox by its reserved name, the
// others as the server says, and for roles it does not speak of by their
// names. No role is given twice.
func setRoles(boxes []MailboxInfo, attributes [][]goimap.MailboxAttr) {
	taken := map[storage.Role]bool{}
	for i := range boxes {
		if boxes[i].Name == "INBOX" {
			boxes[i].Role = storage.RoleInbox
			continue
		}
		for _, a := range attributes[i] {
			if role := attributeRoles[a]; role != "" && !taken[role] {
				boxes[i].Role = role
				taken[role] = true
				break
			}
		}
	}
	for i := range boxes {
		if boxes[i].Role != "" || boxes[i].NoSelect {
			continue
		}
		if role := roleOfName(boxes[i].Name, boxes[i].Delimiter); role != "" && !taken[role] {
			boxes[i].Role = role
			taken[role] = true
		}
	}
}
