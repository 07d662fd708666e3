package widgets

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"peyk/app/bidi"
	"peyk/app/l10n"
)

// textBase is what TextView, Editor and Field have in common: a document in a column, its selection and its scrolling.
// Places in it are runes of the text; "units" are the canvas's, "pixels" those that lines are laid out in.
type textBase struct {
	widget.BaseWidget

	self    fyne.Widget // the widget this is part of
	doc     *bidi.Document
	engine  *bidi.Engine
	style   TextStyle
	oneLine bool
	// fit is what the line was last measured for, where there is only one.
	fit      lineFit
	editable bool
	disabled bool
	secret   []rune // the real text where doc shows bullets; nil when it shows itself
	masked   bool

	pixels float32 // of one unit
	dense  float32 // pixels of the screen to one of the canvas
	inset  fyne.Size
	scroll fyne.Position // units
	header fyne.CanvasObject
	footer fyne.CanvasObject
	inks   []bidi.Ink
	links  []Span

	anchor, at bidi.Place
	wantX      int // pixels that Up and Down keep to; -1 when not set
	focused    bool
	shift      bool
	history    history
	clicks     clicks
	hovered    string // link under the pointer
	blink      *fyne.Animation
	caretOn    bool

	Placeholder string // shows while the text is empty
	invalid     bool
	onChanged   func()
	onFocus     func(bool)
	onKey       func(*fyne.KeyEvent) bool
	onSubmitted func()
	onLink      func(string)
	onLinkHover func(string)
	render      *textRenderer
	now         func() time.Time
}

func (b *textBase) init(self fyne.Widget, style TextStyle) {
	b.self, b.style, b.pixels, b.dense, b.wantX, b.now = self, style, 1, 1, -1, time.Now
	b.engine = current().engine
	b.doc = b.engine.NewDocument(style.em(), 1, l10n.Direction())
	b.ExtendBaseWidget(self)
}

// layAllBelow is the number of runes up to which a text is laid out at once, which makes the scroll bar exact.
const layAllBelow = 24000

// oneLineColumn is a column that any text of a field fits in.
const oneLineColumn = 1 << 22

// lineFit is all that the width of a one-line text depends on.
type lineFit struct {
	doc           *bidi.Document
	text          string
	size          float32
	dir, fallback bidi.Direction
	room          int
}

// relayout fits the document to size, scale and theme. It is cheap when nothing changed.
func (b *textBase) relayout() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(b.self); c != nil && c.Scale() > 0 {
		b.pixels = c.Scale() * b.dense
	}
	if e := current().engine; e != b.engine { // another theme has other faces
		text := b.doc.Text()
		b.engine = e
		b.doc = e.NewDocument(b.style.em()*b.pixels, 1, l10n.Direction())
		b.doc.SetText(text)
		b.setBold()
	}
	b.doc.SetSize(b.style.em() * b.pixels)
	b.doc.SetDirection(b.style.Dir)
	b.doc.SetFallback(l10n.Direction())
	column := int((b.Size().Width - 2*b.inset.Width) * b.pixels)
	if !b.oneLine {
		b.doc.SetWidth(column)
	} else if now := (lineFit{b.doc, b.doc.Text(), b.style.em() * b.pixels, b.style.Dir, l10n.Direction(), column}); now != b.fit {
		// Measuring makes the line anew, and with it its image. Doing that at every refresh would have the toolkit lay
		// out and refresh for ever, since it finds an object it does not know each time.
		b.fit = now
		b.doc.SetWidth(oneLineColumn)
		b.doc.SetWidth(max(column, b.doc.LineOf(bidi.Place{}).Width+1))
	}
	if b.doc.Len() <= layAllBelow {
		b.doc.LayOutAll()
	}
	b.clampScroll()
}

func (b *textBase) setBold() {
	var bold [][2]int
	for _, s := range b.links {
		if s.Bold {
			bold = append(bold, [2]int{s.Start, s.End})
		}
	}
	b.doc.SetBold(bold)
}

// setText replaces everything, and forgets what could be undone.
func (b *textBase) setText(text string) {
	text = bidi.Normalize(text)
	if b.oneLine {
		text = cutRunes(oneLineOf(text), fieldLimit)
	}
	if b.masked {
		b.secret = []rune(text)
		text = bullets(len(b.secret))
	}
	b.doc.SetText(text)
	end := bidi.Place{}
	if b.editable {
		end.Rune = b.doc.Len()
		end.Upstream = end.Rune > 0
	}
	b.anchor, b.at, b.wantX = end, end, -1
	b.history = history{}
	b.scroll = fyne.Position{}
	b.relayout()
	if b.oneLine {
		b.reveal()
	}
	b.Refresh()
}

func (b *textBase) text() string {
	if b.masked {
		return string(b.secret)
	}
	return b.doc.Text()
}

// selection returns the runes selected.
func (b *textBase) selection() (from, to int) {
	return min(b.anchor.Rune, b.at.Rune), max(b.anchor.Rune, b.at.Rune)
}

// SelectedText returns what is selected, in logical order. A password gives nothing away.
func (b *textBase) SelectedText() string {
	from, to := b.selection()
	if b.masked {
		return ""
	}
	return string(b.doc.Slice(from, to))
}

// SelectAll selects the whole text.
func (b *textBase) SelectAll() {
	b.anchor, b.at = bidi.Place{}, bidi.Place{Rune: b.doc.Len(), Upstream: true}
	b.history.close()
	b.Refresh()
}

// Copy puts what is selected on the clipboard.
func (b *textBase) Copy() {
	if s := b.SelectedText(); s != "" {
		fyne.CurrentApp().Clipboard().SetContent(s)
	}
}

// headerHeight and footerHeight are in units.
func (b *textBase) headerHeight() float32 { return heightFor(b.header, b.Size().Width) }
func (b *textBase) footerHeight() float32 { return heightFor(b.footer, b.Size().Width) }

func heightFor(o fyne.CanvasObject, width float32) float32 {
	if o == nil || !o.Visible() {
		return 0
	}
	if o.Size().Width != width {
		o.Resize(fyne.NewSize(width, o.Size().Height)) // what wraps needs its width to know its height
	}
	return o.MinSize().Height
}

// textTop is where the document begins, in units from the widget's top.
func (b *textBase) textTop() float32 { return b.headerHeight() + b.inset.Height - b.scroll.Y }

// contentHeight is everything that scrolls, in units.
func (b *textBase) contentHeight() float32 {
	return b.headerHeight() + b.footerHeight() + 2*b.inset.Height + float32(b.doc.Height())/b.pixels
}

func (b *textBase) clampScroll() {
	if b.oneLine {
		b.scroll.Y = 0
		room := float32(b.doc.Width())/b.pixels - (b.Size().Width - 2*b.inset.Width)
		b.scroll.X = min(max(b.scroll.X, 0), max(room, 0))
		return
	}
	b.scroll.Y = min(max(b.scroll.Y, 0), max(b.contentHeight()-b.Size().Height, 0))
}

// toColumn turns a position in the widget into pixels of the document's column.
func (b *textBase) toColumn(p fyne.Position) (x, y int) {
	x = int((p.X - b.inset.Width + b.scroll.X) * b.pixels)
	y = int((p.Y - b.top()) * b.pixels)
	return x, y
}

// top is textTop, with the one line of a field in the middle of its height.
func (b *textBase) top() float32 {
	if b.oneLine {
		// The face keeps more room below the baseline than most words use; a unit down looks like the middle.
		return (b.Size().Height-float32(b.doc.LineHeight())/b.pixels)/2 + 1
	}
	return b.textTop()
}

// reveal scrolls as little as it takes to show the caret.
func (b *textBase) reveal() {
	x, line := b.doc.Caret(b.at)
	if b.oneLine {
		left, width := float32(x)/b.pixels, b.Size().Width-2*b.inset.Width
		b.scroll.X = min(max(b.scroll.X, left-width+2), left)
	} else {
		top := b.headerHeight() + b.inset.Height + float32(line.Top)/b.pixels
		bottom := top + float32(line.Height)/b.pixels
		b.scroll.Y = min(max(b.scroll.Y, bottom+b.inset.Height-b.Size().Height), top-b.inset.Height)
	}
	b.clampScroll()
}

// Resize implements fyne.CanvasObject.
func (b *textBase) Resize(s fyne.Size) {
	if s == b.Size() {
		return
	}
	widthChanged := s.Width != b.Size().Width
	keep := b.firstVisible()
	b.BaseWidget.Resize(s)
	b.relayout()
	if widthChanged && !b.oneLine && b.scroll.Y > 0 {
		b.scrollTo(keep)
	}
	if b.oneLine && b.editable {
		b.reveal()
	}
	b.Refresh()
}

// firstVisible returns the rune at the top of what shows, so that another width can keep it there.
func (b *textBase) firstVisible() int {
	_, y := b.toColumn(fyne.Position{})
	if b.scroll.Y <= 0 || y <= 0 {
		return 0
	}
	return b.doc.LineAt(y).From()
}

func (b *textBase) scrollTo(r int) {
	if r == 0 {
		return
	}
	_, line := b.doc.Caret(bidi.Place{Rune: r})
	b.scroll.Y = b.headerHeight() + b.inset.Height + float32(line.Top)/b.pixels
	b.clampScroll()
}

// Refresh implements fyne.CanvasObject.
func (b *textBase) Refresh() {
	if b.render == nil {
		return
	}
	b.BaseWidget.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (b *textBase) MinSize() fyne.Size {
	b.ExtendBaseWidget(b.self)
	line := float32(b.engine.LineHeight(b.style.em()))
	return fyne.NewSize(4*Unit+2*b.inset.Width, line+2*b.inset.Height)
}

// CreateRenderer implements fyne.Widget.
func (b *textBase) CreateRenderer() fyne.WidgetRenderer {
	b.render = newTextRenderer(b)
	b.relayout()
	return b.render
}
