package widgets

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestRefreshSettles: a refresh that changes nothing keeps the objects on the screen. The toolkit lays a widget out
// when it finds an object that it does not know, which refreshes it: with new ones each time that never ends.
func TestRefreshSettles(t *testing.T) {
	inApp(t, Light, "en")
	field, password, editor := NewField(), NewPasswordField(), NewEditor()
	field.SetText("smtp.example.org")
	password.SetText("secret")
	editor.SetText("سلام Reza\nدوم")
	for name, w := range map[string]fyne.Widget{"field": field, "password": password, "editor": editor} {
		window := test.NewTempWindow(t, w)
		window.Resize(fyne.NewSize(200, 100))
		w.Refresh()
		before := slices.Clone(test.WidgetRenderer(w).Objects())
		w.Refresh()
		if after := test.WidgetRenderer(w).Objects(); !slices.Equal(before, after) {
			t.Errorf("%s: %d objects became %d others", name, len(before), len(after))
		}
	}
}
