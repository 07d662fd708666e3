package assets

import (
	"bytes"
	"image/png"
	"testing"
)

func TestIconIsAPictureOf512(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(Icon))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 512 || b.Dy() != 512 {
		t.Errorf("the icon is %v", b)
	}
	if !bytes.Contains(IconSVG, []byte("<svg")) || len(FontLicense) == 0 || len(VazirmatnBold) == 0 || len(VazirmatnRegular) == 0 {
		t.Error("something that is embedded is empty")
	}
}
