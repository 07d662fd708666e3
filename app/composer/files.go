package composer

import (
	"bytes"
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
	"peyk/storage/message"
)

func (w *Window) attach() {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil {
			w.notice.Fail(bidi.Clean(err.Error()), "", nil)
			return
		}
		if r == nil {
			return
		}
		path := r.URI().Path()
		if err := r.Close(); err != nil {
			w.notice.Fail(bidi.Clean(err.Error()), "", nil)
			return
		}
		w.addFile(path)
	}, w.window)
	d.Resize(fyne.NewSize(680, 500))
	d.Show()
}

// addFile attaches a file. It is read at once, so that what is sent is what was there.
func (w *Window) addFile(path string) {
	w.wg.Go(func() {
		a := fileAttachment(path)
		content, err := readAll(a)
		w.o.Do(func() {
			if err != nil {
				w.notice.Fail(bidi.Clean(err.Error()), "", nil)
				return
			}
			w.addContent(a, content)
		})
	})
}

func readAll(a message.Attachment) ([]byte, error) {
	r, err := a.Open()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return content, err
}

func (w *Window) addContent(a message.Attachment, content []byte) {
	a.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	w.letter.Files = append(w.letter.Files, a)
	w.showFiles()
	w.touch()
}

func (w *Window) showFiles() {
	w.files.RemoveAll()
	for i, f := range w.letter.Files {
		name := widgets.NewLabel(bidi.Clean(f.Name))
		remove := controls.NewIconButton(controls.Close, l10n.T("action.remove"), w.layer, func() {
			w.letter.Files = append(w.letter.Files[:i:i], w.letter.Files[i+1:]...)
			w.showFiles()
			w.touch()
		})
		w.files.Add(widgets.HBox(controls.NewIcon(controls.Clip, widgets.Secondary, 18), controls.Middle(name), remove))
	}
	if len(w.letter.Files) == 0 {
		w.filesBar.Hide()
	} else {
		w.filesBar.Show()
	}
	w.window.Content().Refresh()
}
