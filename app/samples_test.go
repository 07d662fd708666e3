package app

import (
	"fmt"
	"io"
	"strings"
	"time"

	"peyk/accounts"
	"peyk/storage"
	"peyk/storage/message"
)

func attachment(name string) message.Attachment {
	return message.Attachment{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Repeat("content of "+name+"\n", 4000))), nil
	}}
}

// letters are a believable top of an inbox, the newest first.
var letters = []letter{
	{
		from: "Sara Ahmadi <sara@peyk.example>", subject: "پیشنهاد قرارداد ۱۴۰۵ (نسخهٔ نهایی)",
		text:  "سلام،\n\nنسخهٔ نهایی قرارداد Project 42 پیوست است. بند ۳ را با Reza بازبینی کردم (فوری).\n\nنشانی: https://peyk.example/contract و اگر پرسشی بود به sara@peyk.example بنویسید.\n\nبا مهر،\nسارا\n\n> قرارداد کی می\u200cرسد؟\n> تا چهارشنبه لازم داریم.\n",
		files: []string{"قرارداد نهایی.pdf", "contract-annex.docx"}, flags: storage.Flagged,
	},
	{
		from: "John Smith <john@acme.example>", subject: "Re: Invoice 1203",
		text: "Thanks, paid today. The receipt follows on Monday; until then please keep the order open.\n\nBest,\nJohn\n\nOn Tue, Sara wrote:\n> Could you look at invoice 1203?\n> It is due on Friday.\n",
	},
	{
		from: "Design Weekly <news@design.example>", subject: "Seven typefaces for small screens",
		html:  "<html><body><img src='https://t.design.example/pixel.gif'><h2>Seven typefaces</h2><p>Small screens ask for <b>open counters</b> and even colour. Here is what we tried, and <a href='https://design.example/seven'>the whole article</a>.</p><ul><li>Vazirmatn, for Persian and Latin</li><li>Literata</li></ul><p>Read it at <a href='https://tracker.example/r?u=1'>www.design.example</a>.</p><blockquote>A typeface is a voice.</blockquote><img src='https://design.example/a.png' alt='A specimen'></body></html>",
		flags: storage.Seen,
	},
	{from: "مینا توکلی <mina@peyk.example>", subject: "جلسهٔ فردا ساعت ۱۰:۳۰", text: "سلام سارا جان، جلسه به ساعت ۱۰:۳۰ افتاد. اتاق B2.\n", flags: storage.Seen | storage.Answered},
	{from: "Ivy & Co. Accounting <office@ivy.example>", subject: "Your statement for November, with a subject that goes on for longer than any list is wide", text: "Dear customer,\n\nthe statement is attached.\n", files: []string{"statement.pdf"}},
	{from: "no-reply@shop.example", subject: "", text: "Your order has been shipped.\n", flags: storage.Seen},
}

// furnish fills two accounts with some hundred messages.
func furnish(s *stage) {
	s.Helper()
	work := s.account("sara@example.org", "sara@example.org", accounts.IMAP)
	home := s.account("خانه", "sara@home.example", accounts.POP3)
	s.folder(work, "Projects")
	s.folder(work, "Projects/Peyk")
	s.folder(work, "خانواده")
	var list []letter
	for i := range 300 {
		m := letters[i%len(letters)]
		m.at = noon.Add(-time.Duration(i*i+7*i+20) * time.Minute)
		if i >= len(letters) {
			m.flags |= storage.Seen
			m.files = nil
			m.subject = strings.TrimSpace(fmt.Sprintf("%s %d", m.subject, i))
		}
		m.absent = i == 4
		list = append(list, m)
	}
	s.put(work, s.boxes[storage.RoleInbox], list...)
	sent := letters[1]
	sent.at, sent.flags = noon.Add(-3*time.Hour), storage.Seen
	s.put(work, s.boxes[storage.RoleSent], sent)
	draft := letters[3]
	draft.at, draft.flags = noon.Add(-2*time.Hour), storage.Seen|storage.Draft
	s.put(work, s.boxes[storage.RoleDrafts], draft)
	s.update(func(tx *storage.Tx) error {
		inbox, err := tx.MailboxFor(home, storage.RoleInbox)
		if err != nil {
			return err
		}
		row := storage.Message{Account: home, Mailbox: inbox.ID, Subject: "بلیت شما", Date: noon.Add(-time.Hour), Received: noon.Add(-time.Hour), Size: 900}
		return tx.PutMessage(&row)
	})
}
