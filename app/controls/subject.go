package controls

import (
	"peyk/app/bidi"
	"peyk/storage/message"
)

// SubjectDirection is the direction of a subject without its "Re:" and the like, which mail programs write in Latin
// letters before any language.
func SubjectDirection(subject string) bidi.Direction {
	return bidi.ParagraphDirection(message.SubjectBase(subject), bidi.Auto)
}
