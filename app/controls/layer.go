package controls

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"peyk/app/widgets"
)

const hintDelay = 500 * time.Millisecond

// Layer lies over a window's content and shows what belongs to no place in it: the hint under the pointer and what is
// being dragged. It takes no clicks.
type Layer struct {
	// box is always shown: the toolkit does not know the canvas of what never was, and would not draw it.
	box   *fyne.Container
	hint  *bubble
	ghost *bubble
	timer *time.Timer
	// turn counts the hints asked for, so that a late timer shows nothing old.
	turn int
}

// NewLayer makes an empty layer.
func NewLayer() *Layer {
	l := &Layer{hint: newBubble(), ghost: newBubble()}
	l.box = container.NewWithoutLayout(l.hint.box, l.ghost.box)
	return l
}

// Over puts the layer over content.
func (l *Layer) Over(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(content, l.box)
}

// Hint shows text near an object after a moment.
func (l *Layer) Hint(text string, near fyne.CanvasObject) {
	l.EndHint()
	if text == "" {
		return
	}
	turn := l.turn
	l.timer = time.AfterFunc(hintDelay, func() {
		fyne.Do(func() {
			if l.turn == turn {
				l.showHint(text, near)
			}
		})
	})
}

// EndHint takes the hint away.
func (l *Layer) EndHint() {
	l.turn++
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	if l.hint.box.Visible() {
		l.hint.box.Hide()
		l.box.Refresh()
	}
}

func (l *Layer) showHint(text string, near fyne.CanvasObject) {
	if !near.Visible() {
		return
	}
	l.hint.set(text)
	at := l.local(near).AddXY(near.Size().Width/2-l.hint.box.Size().Width/2, near.Size().Height+4)
	l.hint.place(at, l.box.Size())
	l.box.Refresh()
}

// Ghost shows text beside the pointer while something is dragged; at is the pointer's place in the window.
func (l *Layer) Ghost(text string, at fyne.Position) {
	l.EndHint()
	l.ghost.set(text)
	origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(l.box)
	l.ghost.place(at.Subtract(origin).AddXY(14, 8), l.box.Size())
	l.box.Refresh()
}

// EndGhost takes away what Ghost showed.
func (l *Layer) EndGhost() {
	l.ghost.box.Hide()
	l.box.Refresh()
}

func (l *Layer) local(o fyne.CanvasObject) fyne.Position {
	d := fyne.CurrentApp().Driver()
	return d.AbsolutePositionForObject(o).Subtract(d.AbsolutePositionForObject(l.box))
}

// bubble is a small plate with one line on it.
type bubble struct {
	box   *fyne.Container
	plate *canvas.Rectangle
	text  *widgets.Label
}

func newBubble() *bubble {
	b := &bubble{plate: canvas.NewRectangle(color.Transparent), text: widgets.NewLabel("", widgets.TextStyle{Size: 0.9})}
	b.plate.CornerRadius = 6
	b.box = container.NewWithoutLayout(b.plate, b.text)
	b.box.Hide()
	return b
}

func (b *bubble) set(text string) {
	paintPlate(b.plate)
	b.text.SetText(text)
	w, h := min(b.text.NaturalWidth(), 400), b.text.MinSize().Height
	b.text.Resize(fyne.NewSize(w+1, h))
	b.text.Move(fyne.NewPos(8, 4))
	b.plate.Resize(fyne.NewSize(w+17, h+8))
	b.box.Resize(b.plate.Size())
}

func (b *bubble) place(at fyne.Position, room fyne.Size) {
	at.X = max(4, min(at.X, room.Width-b.box.Size().Width-4))
	at.Y = max(4, min(at.Y, room.Height-b.box.Size().Height-4))
	b.box.Move(at)
	b.box.Show()
}

// plateColor is what hints and notices lie on: it stands out a little from every ground of the window.
func plateColor() color.Color {
	return mix(widgets.Color(widgets.ColorSurface), theme.Color(theme.ColorNameForeground), 0.06)
}

// paintPlate gives a plate its colours and its hairline.
func paintPlate(r *canvas.Rectangle) {
	r.FillColor, r.StrokeColor, r.StrokeWidth = plateColor(), mix(widgets.Color(widgets.ColorHairline), theme.Color(theme.ColorNameForeground), 0.12), 1
	r.Refresh()
}
