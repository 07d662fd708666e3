package reader

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"peyk/app/bidi"
	"peyk/app/controls"
	"peyk/app/l10n"
	"peyk/app/widgets"
)

// visibleFiles is how many attachments are seen without scrolling.
const visibleFiles = 3

// filesBar lists the attachments under the text.
func (v *View) filesBar(files []file) fyne.CanvasObject {
	if len(files) == 0 {
		return container.NewStack()
	}
	rows := make([]fyne.CanvasObject, 0, len(files))
	total := int64(0)
	for _, f := range files {
		rows = append(rows, v.fileRow(f))
		total += f.size
	}
	list := fyne.CanvasObject(container.NewVBox(rows...))
	if len(files) > visibleFiles {
		scroll := container.NewVScroll(list)
		scroll.SetMinSize(fyne.NewSize(100, visibleFiles*rows[0].MinSize().Height+widgets.Unit))
		list = scroll
	}
	parts := []fyne.CanvasObject{widgets.HLine()}
	if len(files) > 1 {
		title := widgets.NewLabel(l10n.T("attachments.title", "count", len(files), "size", l10n.FileSize(total)),
			widgets.TextStyle{Tone: widgets.Secondary, Shrink: true})
		all := controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("attachments.saveAll"), func() { v.saveAll(files) })
		parts = append(parts, sides(widgets.Border(nil, nil, nil, all, controls.Middle(title))))
	}
	return container.NewVBox(append(parts, sides(list), widgets.Space(0.5))...)
}

func sides(o fyne.CanvasObject) fyne.CanvasObject {
	return controls.Inset(4, 0, 2*widgets.Unit, 2*widgets.Unit, o)
}

func (v *View) fileRow(f file) fyne.CanvasObject {
	open := controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("attachments.open"), func() { v.openFile(f) })
	save := controls.NewButton(controls.Quiet, controls.GlyphNone, l10n.T("attachments.save"), func() { v.saveFile(f) })
	name := widgets.NewLabel(bidi.Clean(f.name), widgets.TextStyle{Shrink: true})
	size := widgets.NewLabel(l10n.FileSize(f.size), widgets.TextStyle{Tone: widgets.Secondary, Size: 0.9})
	text := container.New(besideName{}, name, size)
	icon := controls.NewIcon(controls.Clip, widgets.Secondary, 18)
	return widgets.Border(nil, nil, widgets.HBox(icon, widgets.Space(0.5)), widgets.HBox(open, save), text)
}

// besideName puts the size close behind the name, however long that is.
type besideName struct{}

func (besideName) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(80+o[1].MinSize().Width, o[0].MinSize().Height)
}

func (besideName) Layout(o []fyne.CanvasObject, s fyne.Size) {
	sizeW := o[1].MinSize().Width
	nameW := min(o[0].(*widgets.Label).NaturalWidth()+1, s.Width-sizeW-widgets.Unit)
	h, sh := o[0].MinSize().Height, o[1].MinSize().Height
	nameX, sizeX := float32(0), nameW+widgets.Unit
	if l10n.RTL() {
		nameX, sizeX = s.Width-nameW, s.Width-nameW-widgets.Unit-sizeW
	}
	o[0].Move(fyne.NewPos(nameX, (s.Height-h)/2))
	o[0].Resize(fyne.NewSize(nameW, h))
	o[1].Move(fyne.NewPos(sizeX, (s.Height-sh)/2))
	o[1].Resize(fyne.NewSize(sizeW, sh))
}

// runs tells whether opening a file would start a program that came by mail.
func runs(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".exe", ".com", ".bat", ".cmd", ".msi", ".scr", ".pif", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".ps1",
		".hta", ".jar", ".lnk", ".reg", ".cpl", ".sh", ".run", ".desktop", ".appimage", ".py", ".pl", ".rb", ".app",
		".command", ".dmg", ".pkg", ".deb", ".rpm", ".iso", ".chm", ".xll":
		return true
	}
	return false
}

func (v *View) openFile(f file) {
	if runs(f.name) {
		controls.Ask(v.o.Window, l10n.T("attachments.dangerTitle"),
			widgets.NewParagraph(l10n.T("attachments.danger", "name", f.name), widgets.TextStyle{Tone: widgets.Secondary}),
			l10n.T("attachments.openAnyway"), controls.Destructive, func() bool { v.openNow(f); return true })
		return
	}
	v.openNow(f)
}

// openNow writes the file into a private folder and has the system open it.
func (v *View) openNow(f file) {
	v.work(func() error {
		dir, err := os.MkdirTemp(v.o.TempDir, "peyk-")
		if err != nil {
			return err
		}
		path, err := writeFile(dir, f)
		if err != nil {
			return err
		}
		v.o.Do(func() { v.openURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}) })
		return nil
	})
}

func (v *View) saveFile(f file) {
	d := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		if err != nil {
			v.fail(err)
		}
		if err != nil || w == nil {
			return
		}
		v.work(func() error {
			content, damaged := f.part.Content()
			_, err := w.Write(content)
			return errors.Join(err, w.Close(), damaged)
		})
	}, v.o.Window)
	d.SetFileName(bidi.Clean(f.name))
	v.startIn(d)
	d.Show()
}

func (v *View) saveAll(files []file) {
	d := dialog.NewFolderOpen(func(dir fyne.ListableURI, err error) {
		if err != nil {
			v.fail(err)
		}
		if err != nil || dir == nil {
			return
		}
		v.work(func() error {
			var errs []error
			for _, f := range files {
				_, err := writeFile(dir.Path(), f)
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		})
	}, v.o.Window)
	v.startIn(d)
	d.Show()
}

// startIn begins a dialogue where downloads usually go.
func (v *View) startIn(d *dialog.FileDialog) {
	d.Resize(fyne.NewSize(720, 520))
	home, err := os.UserHomeDir()
	if err != nil {
		return
	}
	for _, dir := range []string{filepath.Join(home, "Downloads"), home} {
		if l, err := storage.ListerForURI(storage.NewFileURI(dir)); err == nil {
			d.SetLocation(l)
			return
		}
	}
}

// writeFile writes an attachment into a folder under its own name, numbered where that is taken.
func writeFile(dir string, f file) (string, error) {
	content, damaged := f.part.Content()
	name := safeName(f.name)
	ext := filepath.Ext(name)
	for n := 1; ; n++ {
		path := filepath.Join(dir, name)
		if n > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext))
		}
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = out.Write(content)
		return path, errors.Join(err, out.Close(), damaged)
	}
}

// safeName is a name that stays inside its folder and that every system takes.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, filepath.Base(bidi.Clean(name)))
	name = strings.Trim(name, " .")
	if name == "" {
		return "attachment"
	}
	return name
}
