package controls

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"peyk/app/l10n"
	"peyk/app/widgets"
)

// Panes lays out a row of panes with a hairline between them that can be dragged. All but the last keep their width
// when the window changes; the last takes the rest.
type Panes struct {
	widget.BaseWidget
	// OnResized hears the new widths after a drag.
	OnResized func(widths []float32)

	panes   []fyne.CanvasObject
	bars    []*paneBar
	widths  []float32
	least   []float32
	plate   []*canvas.Rectangle
	hidden  []bool
	surface []fyne.ThemeColorName
}

// Pane is one of Panes.
type Pane struct {
	Content fyne.CanvasObject
	// Width is what the pane begins with; the last one's does not count. Least is how small dragging can make it.
	Width, Least float32
	// Surface is the pane's background; empty is the window's.
	Surface fyne.ThemeColorName
}

// NewPanes makes the row, in the order of reading.
func NewPanes(panes ...Pane) *Panes {
	p := &Panes{hidden: make([]bool, len(panes))}
	for i, one := range panes {
		p.panes = append(p.panes, one.Content)
		p.widths = append(p.widths, one.Width)
		p.least = append(p.least, one.Least)
		p.plate = append(p.plate, canvas.NewRectangle(color.Transparent))
		p.surface = append(p.surface, one.Surface)
		if i > 0 {
			bar := &paneBar{panes: p, index: i - 1, line: canvas.NewRectangle(color.Transparent)}
			bar.ExtendBaseWidget(bar)
			p.bars = append(p.bars, bar)
		}
	}
	p.ExtendBaseWidget(p)
	return p
}

// SetHidden takes a pane out of the row or puts it back. At least one must stay.
func (p *Panes) SetHidden(index int, hidden bool) {
	if p.hidden[index] == hidden {
		return
	}
	p.hidden[index] = hidden
	p.Refresh()
}

// Hidden tells whether a pane is out of the row.
func (p *Panes) Hidden(index int) bool { return p.hidden[index] }

// SetWidths sets the widths that were once told to OnResized.
func (p *Panes) SetWidths(widths []float32) {
	for i := range min(len(widths), len(p.widths)-1) {
		p.widths[i] = max(widths[i], p.least[i])
	}
	p.Refresh()
}

// MinSize is small, so that the window can be.
func (p *Panes) MinSize() fyne.Size { return fyne.NewSize(320, 240) }

// CreateRenderer implements fyne.Widget.
func (p *Panes) CreateRenderer() fyne.WidgetRenderer {
	r := &panesRenderer{p: p}
	for _, o := range p.plate {
		r.objects = append(r.objects, o)
	}
	r.objects = append(r.objects, p.panes...)
	for _, b := range p.bars {
		r.objects = append(r.objects, b)
	}
	r.paint()
	return r
}

type panesRenderer struct {
	p       *Panes
	objects []fyne.CanvasObject
}

func (r *panesRenderer) Destroy()                     {}
func (r *panesRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *panesRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *panesRenderer) Refresh() {
	r.paint()
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}

func (r *panesRenderer) paint() {
	for i, plate := range r.p.plate {
		plate.FillColor = color.Transparent
		if name := r.p.surface[i]; name != "" {
			plate.FillColor = widgets.Color(name)
		}
		plate.Refresh()
	}
	for _, b := range r.p.bars {
		b.Refresh()
	}
}

func (r *panesRenderer) Layout(s fyne.Size) {
	p := r.p
	last := len(p.panes) - 1
	for last > 0 && p.hidden[last] {
		last--
	}
	x := float32(0)
	for i, pane := range p.panes {
		shown := !p.hidden[i]
		setVisible(pane, shown)
		setVisible(p.plate[i], shown)
		if i < len(p.bars) {
			setVisible(p.bars[i], shown && i < last)
		}
		if !shown {
			continue
		}
		w := p.fitted(i, last, s.Width-x)
		place(pane, x, w, s)
		place(p.plate[i], x, w, s)
		x += w
		if i < last {
			place(p.bars[i], x-4, 9, s)
			x++
		}
	}
}

// fitted is the width of a pane given what is left: its own, but never so much that the later ones fall below theirs.
func (p *Panes) fitted(i, last int, left float32) float32 {
	if i == last {
		return max(0, left)
	}
	need := float32(0)
	for j := i + 1; j <= last; j++ {
		if !p.hidden[j] {
			need += p.least[j] + 1
		}
	}
	return max(p.least[i], min(p.widths[i], left-need))
}

func place(o fyne.CanvasObject, x, w float32, room fyne.Size) {
	if l10n.RTL() {
		x = room.Width - x - w
	}
	o.Move(fyne.NewPos(x, 0))
	o.Resize(fyne.NewSize(w, room.Height))
}

func setVisible(o fyne.CanvasObject, v bool) {
	if o.Visible() == v {
		return
	}
	if v {
		o.Show()
	} else {
		o.Hide()
	}
}

func (p *Panes) drag(index int, dx float32) {
	if l10n.RTL() {
		dx = -dx
	}
	p.widths[index] = max(p.least[index], p.panes[index].Size().Width+dx)
	p.Refresh()
	p.widths[index] = p.panes[index].Size().Width
}

// paneBar is the place between two panes that can be dragged; only a hairline of it is seen.
type paneBar struct {
	widget.BaseWidget
	panes *Panes
	index int
	line  *canvas.Rectangle
	hover bool
}

func (b *paneBar) Cursor() desktop.Cursor         { return desktop.HResizeCursor }
func (b *paneBar) MouseIn(*desktop.MouseEvent)    { b.hover = true; b.Refresh() }
func (b *paneBar) MouseMoved(*desktop.MouseEvent) {}
func (b *paneBar) MouseOut()                      { b.hover = false; b.Refresh() }
func (b *paneBar) Dragged(ev *fyne.DragEvent)     { b.panes.drag(b.index, ev.Dragged.DX) }

func (b *paneBar) DragEnd() {
	if b.panes.OnResized != nil {
		b.panes.OnResized(append([]float32(nil), b.panes.widths[:len(b.panes.widths)-1]...))
	}
}

func (b *paneBar) CreateRenderer() fyne.WidgetRenderer { return &paneBarRenderer{b} }

type paneBarRenderer struct{ b *paneBar }

func (r *paneBarRenderer) Destroy()                     {}
func (r *paneBarRenderer) MinSize() fyne.Size           { return fyne.NewSize(9, 1) }
func (r *paneBarRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.b.line} }

func (r *paneBarRenderer) Layout(s fyne.Size) {
	r.b.line.Move(fyne.NewPos(4, 0))
	r.b.line.Resize(fyne.NewSize(1, s.Height))
}

func (r *paneBarRenderer) Refresh() {
	name := widgets.ColorHairline
	if r.b.hover {
		name = widgets.ColorAccent
	}
	r.b.line.FillColor = widgets.Color(name)
	r.b.line.Refresh()
}
