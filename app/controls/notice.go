package controls

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
	"peyk/app/widgets"
)

// UndoTime is how long an offer to undo stays.
const UndoTime = 8 * time.Second

// Notice is a bar at the foot of a pane that says what just happened, with at most one thing to do about it. It goes
// by itself, unless it tells of a failure.
type Notice struct {
	// outer is always shown, so that the toolkit knows where to draw what comes.
	outer *fyne.Container
	box   *fyne.Container
	plate *canvas.Rectangle
	icon  *Icon
	// mark is the icon's place, which goes with it.
	mark fyne.CanvasObject
	text *widgets.Paragraph
	// foot lays the bar out anew when its text has another height.
	foot   *fyne.Container
	action *Button
	close  *Button
	timer  *time.Timer
	turn   int
	act    func()
}

// NewNotice makes a bar that shows nothing yet.
func NewNotice() *Notice {
	n := &Notice{plate: canvas.NewRectangle(color.Transparent), icon: NewIcon(GlyphNone, widgets.Warning, iconSide)}
	n.plate.CornerRadius = 8
	n.text = widgets.NewParagraph("")
	n.action = NewButton(onPlate, GlyphNone, " ", n.take)
	n.close = NewButton(Quiet, Close, "", n.Hide)
	n.mark = Middle(n.icon)
	row := widgets.Border(nil, nil, n.mark, Middle(widgets.HBox(n.action, n.close)), Middle(n.text))
	n.box = container.NewStack(n.plate, container.New(layout.NewCustomPaddedLayout(4, 4, 14, 6), row))
	n.box.Hide()
	n.outer = container.NewStack(n.box)
	n.foot = container.New(footLayout{}, n.outer)
	return n
}

// Object is what is laid over the content: the bar stands at its foot, in the middle.
func (n *Notice) Object() fyne.CanvasObject { return n.foot }

// Undo says what was done and offers to take it back, for as long as that is possible or makes sense.
func (n *Notice) Undo(text string, undo func(), stay time.Duration) {
	n.show(text, GlyphNone, l10n.T("edit.undo"), undo, stay)
}

// Tell says something for a few seconds.
func (n *Notice) Tell(text string) { n.show(text, GlyphNone, "", nil, 5*time.Second) }

// Fail says what went wrong until it is closed; action may be empty.
func (n *Notice) Fail(text, action string, do func()) { n.show(text, Warning, action, do, 0) }

// Visible tells whether something is said.
func (n *Notice) Visible() bool { return n.box.Visible() }

// Text is what is said.
func (n *Notice) Text() string { return n.text.Text() }

func (n *Notice) show(text string, g Glyph, action string, do func(), stay time.Duration) {
	n.stop()
	n.act = do
	paintPlate(n.plate)
	n.icon.Set(g, widgets.Warning)
	setVisible(n.mark, g != GlyphNone)
	n.text.SetText(text)
	setVisible(n.action, action != "")
	if action != "" {
		n.action.SetText(action)
	}
	n.box.Show()
	n.foot.Refresh()
	if stay == 0 {
		return
	}
	turn := n.turn
	n.timer = time.AfterFunc(stay, func() {
		fyne.Do(func() {
			if n.turn == turn {
				n.Hide()
			}
		})
	})
}

func (n *Notice) take() {
	do := n.act
	n.Hide()
	if do != nil {
		do()
	}
}

// Hide takes the bar away.
func (n *Notice) Hide() {
	n.stop()
	n.act = nil
	n.box.Hide()
	n.outer.Refresh()
}

func (n *Notice) stop() {
	n.turn++
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
}

// footLayout puts the bar over the foot of what lies under it.
type footLayout struct{}

func (footLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (footLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(56*widgets.Unit, s.Width-4*widgets.Unit)
	// Twice: a wrapped text knows its height only once it has a width.
	o[0].Resize(fyne.NewSize(w, o[0].MinSize().Height))
	h := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(w, h))
	o[0].Move(fyne.NewPos((s.Width-w)/2, s.Height-h-2*widgets.Unit))
}

// Blank is what a pane shows when it has nothing else: a quiet drawing, a word, a sentence and perhaps one thing to do.
func Blank(g Glyph, title, sentence string, action *Button) fyne.CanvasObject {
	rows := []fyne.CanvasObject{}
	if g != GlyphNone {
		rows = append(rows, container.NewCenter(NewIcon(g, widgets.Secondary, 40)), widgets.Space(0.5))
	}
	rows = append(rows, widgets.NewLabel(title, widgets.TextStyle{Size: 1.15, Align: widgets.Center, Shrink: true}))
	if sentence != "" {
		rows = append(rows, widgets.NewParagraph(sentence, widgets.TextStyle{Tone: widgets.Secondary, Align: widgets.Center}))
	}
	if action != nil {
		rows = append(rows, widgets.Space(1), container.NewCenter(action))
	}
	return container.New(middle{360}, container.NewVBox(rows...))
}

// Working shows that something takes a moment.
func Working(text string) fyne.CanvasObject {
	a := widget.NewActivity()
	a.Start()
	return container.NewCenter(container.NewVBox(container.NewCenter(a),
		widgets.NewLabel(text, widgets.TextStyle{Tone: widgets.Secondary, Align: widgets.Center})))
}

// middle puts its one object into the middle, a little above the centre, at most width wide.
type middle struct{ width float32 }

func (m middle) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(80, 80) }

func (m middle) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := max(0, min(m.width, s.Width-4*widgets.Unit))
	for _, o := range objects {
		// Twice: a wrapped paragraph knows its height only once it has a width.
		o.Resize(fyne.NewSize(w, o.MinSize().Height))
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos((s.Width-w)/2, max(0, (s.Height-h)*0.4)))
	}
}
