package smtp

import (
	"fmt"
	"io"

	"github.com/wneessen/go-mail/log"
)

// tracer writes go-mail's log, in which it already left out what passes while
// signing in. A trace that cannot be written must not keep mail from being sent,
// so the errors of writing end here.
type tracer struct{ w io.Writer }

// Debugf writes one command or reply.
func (t tracer) Debugf(l log.Log) {
	who := "S:"
	if l.Direction == log.DirClientToServer {
		who = "C:"
	}
	t.line(who, fmt.Sprintf(l.Format, l.Messages...))
}

func (t tracer) line(who, text string) { fmt.Fprintf(t.w, "%s %s\n", who, words(text)) }

func (t tracer) Infof(l log.Log)  { t.Debugf(l) }
func (t tracer) Warnf(l log.Log)  { t.Debugf(l) }
func (t tracer) Errorf(l log.Log) { t.Debugf(l) }
