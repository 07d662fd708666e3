package app

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"peyk/app/settings"
	"peyk/app/widgets"
)

// TestLooks opens the window in every language, theme and size; with PEYK_SHOTS the pictures are kept to be looked at.
func TestLooks(t *testing.T) {
	for _, language := range []string{"en", "fa"} {
		for _, theme := range []widgets.Mode{widgets.Light, widgets.Dark} {
			for _, size := range []fyne.Size{{Width: 1280, Height: 800}, {Width: 860, Height: 640}} {
				name := fmt.Sprintf("main-%s-%d-%v", language, theme, size.Width)
				t.Run(name, func(t *testing.T) {
					s := newStage(t)
					furnish(s)
					s.app.prefs.Preferences = settings.Preferences{Language: language, Theme: theme, TextSize: 1}
					if err := s.app.applyLooks(); err != nil {
						t.Fatal(err)
					}
					s.open(size.Width, size.Height)
					s.until("the list is there", func() bool { return strings.Contains(texts(s.app.main.box.Object()), "Invoice 1203") })
					s.settle()
					s.shot(s.app.main.window, name)
					s.key(fyne.KeyDown)
					s.key(fyne.KeyDown)
					if size.Width < 900 {
						s.key(fyne.KeyReturn)
					}
					s.settle()
					s.shot(s.app.main.window, name+"-read")
					if got := texts(s.app.main.reader.Object()); !strings.Contains(got, "John Smith") && !strings.Contains(got, "Sara Ahmadi") {
						t.Errorf("the reader shows %q", got)
					}
				})
			}
		}
	}
}
