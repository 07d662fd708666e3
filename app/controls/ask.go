package controls

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
	"peyk/app/widgets"
)

// Sheet is a question over a window.
type Sheet struct {
	// OnCancel hears that the person does not agree.
	OnCancel func()

	popup *widget.PopUp
	do    func() bool
}

// Ask puts a question over a window. do is called when the person agrees; the sheet stays while it answers false.
func Ask(w fyne.Window, title string, content fyne.CanvasObject, yes string, kind Kind, do func() bool) *Sheet {
	s := &Sheet{do: do}
	agree := NewButton(kind, GlyphNone, yes, s.Confirm)
	cancel := NewButton(Quiet, GlyphNone, l10n.T("action.cancel"), s.cancel)
	box := NewColumn(2,
		widgets.NewLabel(title, widgets.TextStyle{Bold: true, Size: 1.15, Shrink: true}),
		content,
		widgets.HBox(layout.NewSpacer(), cancel, agree))
	padded := container.New(layout.NewCustomPaddedLayout(16, 16, 16, 16), box)
	s.popup = widget.NewModalPopUp(container.New(fixedSize{44 * widgets.Unit}, padded), w.Canvas())
	s.popup.Show()
	w.Canvas().Focus(agree)
	return s
}

// Confirm is what the agreeing button does.
func (s *Sheet) Confirm() {
	if s.do() {
		s.Close()
	}
}

func (s *Sheet) cancel() {
	s.Close()
	if s.OnCancel != nil {
		s.OnCancel()
	}
}

// Close takes the sheet away.
func (s *Sheet) Close() { s.popup.Hide() }

// fixedSize gives its object a width and the height that it needs then.
type fixedSize struct{ width float32 }

func (l fixedSize) MinSize(o []fyne.CanvasObject) fyne.Size {
	o[0].Resize(fyne.NewSize(l.width, o[0].Size().Height))
	return fyne.NewSize(l.width, o[0].MinSize().Height)
}

func (l fixedSize) Layout(o []fyne.CanvasObject, s fyne.Size) {
	for _, one := range o {
		one.Resize(s)
	}
}

// Tell says something over a window that has to be seen, with nothing to decide.
func Tell(w fyne.Window, title, text string) *Sheet {
	s := &Sheet{}
	ok := NewButton(Outlined, GlyphNone, l10n.T("action.close"), s.Close)
	box := NewColumn(2,
		widgets.NewLabel(title, widgets.TextStyle{Bold: true, Size: 1.15, Shrink: true}),
		widgets.NewParagraph(text, widgets.TextStyle{Tone: widgets.Secondary}),
		widgets.HBox(layout.NewSpacer(), ok))
	s.popup = widget.NewModalPopUp(container.New(fixedSize{44 * widgets.Unit}, container.New(layout.NewCustomPaddedLayout(16, 16, 16, 16), box)), w.Canvas())
	s.popup.Show()
	w.Canvas().Focus(ok)
	return s
}
