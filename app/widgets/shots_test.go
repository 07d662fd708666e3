//lint:file-ignore ST1018 the non-joiner is a letter of Persian spelling

package widgets

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/l10n"
)

// inApp runs the toolkit without a screen, in one mode and language.
func inApp(t testing.TB, mode Mode, language string) {
	t.Helper()
	app := test.NewTempApp(t)
	theme, err := NewTheme(mode, 1)
	if err != nil {
		t.Fatal(err)
	}
	app.Settings().SetTheme(theme)
	if err := l10n.Use(language); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l10n.Use("en"); err != nil {
			t.Error(err)
		}
	})
}

// shot draws an object and keeps the picture in the folder PEYK_SHOTS names, if it does.
func shot(t testing.TB, name string, o fyne.CanvasObject, size fyne.Size, scale float32) image.Image {
	t.Helper()
	w := test.NewTempWindow(t, container.NewStack(canvas.NewRectangle(Color("background")), o))
	w.SetPadded(false)
	if c, ok := w.Canvas().(software.WindowlessCanvas); ok && scale != 1 {
		c.SetScale(scale)
	}
	w.Resize(size)
	img := w.Canvas().Capture()
	if dir := os.Getenv("PEYK_SHOTS"); dir != "" {
		f, err := os.Create(filepath.Join(dir, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
	}
	return img
}

const persianMail = `سلام رضا جان،

نسخهٔ نهایی قرارداد را فرستادم (فایل contract-v2.pdf، حجم 240 KB). لطفاً تا ساعت ۱۴:۳۰ روز شنبه نظرت را بگو؛ بعد از آن جلسهٔ «بررسی Q3» شروع می‌شود.

- نشانی: https://example.com/a?b=1
- تلفن: +98 21 1234-5678
- مبلغ: ۱۲٬۵۰۰٬۰۰۰ ریال (حدود 25%)

On Tue, John wrote:
> Thanks, the "پیشنهاد قرارداد" looks good. Please send it to Sara (سارا) by 5 pm. 👍🏽 ❤️

با احترام،
سارا احمدی 🌷`

// sampler is a screen with everything on it.
func sampler() fyne.CanvasObject {
	view := NewTextView()
	link := []rune(persianMail)
	at := func(s string) (int, int) {
		for i := range link {
			if string(link[i:min(i+len([]rune(s)), len(link))]) == s {
				return i, i + len([]rune(s))
			}
		}
		return 0, 0
	}
	a, b := at("https://example.com/a?b=1")
	c, d := at("بررسی Q3")
	q0, _ := at("> Thanks")
	_, q1 := at("❤️")
	view.SetText(persianMail, Span{Start: a, End: b, Link: "https://example.com/a?b=1"}, Span{Start: c, End: d, Bold: true}, Span{Start: q0, End: q1, Tone: Secondary})
	view.SetHeader(Pad(2, container.NewVBox(
		NewLabel("پیشنهاد قرارداد (نسخهٔ 2) – Final", TextStyle{Size: 1.3, Bold: true}),
		NewLabel("Sara Ahmadi <sara@example.com>", TextStyle{Tone: Secondary}),
	)))
	editor := NewEditor()
	editor.SetText("این متن را می‌نویسم.\nThen English, with (brackets) and ۱۲ عدد.\n")
	empty := NewEditor()
	empty.Placeholder = "متن نامه را اینجا بنویسید"
	field := NewField()
	field.SetText("sara@example.com")
	invalid := NewField()
	invalid.SetText("نام نادرست!")
	invalid.SetInvalid(true)
	hint := NewField()
	hint.Placeholder = "جست‌وجو در نامه‌ها…"
	password := NewPasswordField()
	password.SetText("secret123")
	disabled := NewField()
	disabled.SetText("imap.example.com")
	disabled.Disable()
	narrow := func(s string, st TextStyle) fyne.CanvasObject {
		st.Shrink = true
		return container.New(layout.NewGridWrapLayout(fyne.NewSize(220, 24)), NewLabel(s, st))
	}
	side := container.NewVBox(
		NewLabel("گزینه‌ها / Options", TextStyle{Bold: true}),
		field, invalid, hint, password, disabled,
		HLine(),
		narrow("Re: پیشنهاد قرارداد (Invoice 1203) برای شرکت نمونه", TextStyle{}),
		narrow("A very long English subject that will not fit here", TextStyle{Bold: true}),
		narrow("یک موضوع فارسی خیلی بلند که در اینجا جا نمی‌شود", TextStyle{Tone: Secondary}),
		NewLabel("خطا: Connection refused", TextStyle{Tone: Danger}),
		HBox(NewLabel("First"), NewLabel("دوم", TextStyle{Tone: Accent}), NewLabel("3rd", TextStyle{Tone: Success})),
		widget.NewButton(l10n.V("edit.selectAll"), func() {}),
		widget.NewCheck(bidi.Visual("نگه‌داشتن ۷ روز (POP3)", bidi.Auto), func(bool) {}),
		NewParagraph("پس از دریافت، نامه‌ها ۱۴ روز روی کارساز (server) می‌مانند و سپس پاک می‌شوند.", TextStyle{Size: 0.9, Tone: Secondary}),
	)
	return Border(nil, nil, container.New(layout.NewGridWrapLayout(fyne.NewSize(260, 620)), Pad(1.5, side)), nil,
		container.NewGridWithRows(2, view, container.NewGridWithRows(2, editor, empty)))
}

func TestEverythingIsDrawnInBothModesAndLanguages(t *testing.T) {
	for name, mode := range map[string]Mode{"light": Light, "dark": Dark} {
		for _, language := range []string{"en", "fa"} {
			t.Run(name+"-"+language, func(t *testing.T) {
				inApp(t, mode, language)
				img := shot(t, "sampler-"+name+"-"+language, sampler(), fyne.NewSize(900, 640), 1)
				ground := img.At(450, 639)
				ink := 0
				for y := 0; y < 640; y++ {
					for x := 0; x < 900; x++ {
						if img.At(x, y) != ground {
							ink++
						}
					}
				}
				if ink < 20000 {
					t.Errorf("%d pixels drawn", ink)
				}
			})
		}
	}
}
