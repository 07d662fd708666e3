package demo

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strconv"
	"strings"
)

// docxType is the media type of a word processor's file.
const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// makeFile makes a small but valid file of the kind.
func makeFile(kind, name string, rng *rand.Rand) (file, error) {
	switch kind {
	case "pdf":
		return file{name: name, mediaType: "application/pdf", data: makePDF(name, rng)}, nil
	case "png":
		data, err := makePNG(rng)
		return file{name: name, mediaType: "image/png", data: data}, err
	case "csv":
		data, err := makeCSV(rng)
		return file{name: name, mediaType: "text/csv", data: data}, err
	case "docx":
		data, err := makeDOCX(strings.TrimSuffix(name, ".docx"))
		return file{name: name, mediaType: docxType, data: data}, err
	case "txt":
		return file{name: name, mediaType: "text/plain; charset=utf-8", data: []byte(name + "\r\n")}, nil
	}
	return file{}, fmt.Errorf("no file of kind %q can be made", kind)
}

// makePDF is one page that says a number. The fonts every reader has are
// Latin, so a Persian name stays outside.
func makePDF(name string, rng *rand.Rand) []byte {
	title := strings.TrimSuffix(name, ".pdf")
	if !isASCII(title) {
		title = fmt.Sprintf("Document %05d", rng.IntN(100000))
	}
	title = strings.NewReplacer("(", "", ")", "", `\`, "").Replace(title)
	stream := fmt.Sprintf("BT /F1 20 Tf 72 760 Td (%s) Tj ET\nBT /F1 11 Tf 72 730 Td (Sample made for the Peyk demo.) Tj ET\n72 715 m 523 715 l S\n", title)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", len(stream), stream),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

// makePNG draws a column chart.
func makePNG(rng *rand.Rand) ([]byte, error) {
	const width, height, columns = 360, 180, 12
	palette := color.Palette{
		color.White, color.RGBA{0x0f, 0x76, 0x6e, 0xff}, color.RGBA{0xe5, 0xe7, 0xeb, 0xff}, color.RGBA{0xf5, 0x9e, 0x0b, 0xff},
	}
	img := image.NewPaletted(image.Rect(0, 0, width, height), palette)
	for y := 20; y < height; y += 40 {
		for x := 10; x < width-10; x++ {
			img.SetColorIndex(x, y, 2)
		}
	}
	for c := range columns {
		top := 30 + rng.IntN(110)
		shade := uint8(1)
		if c == columns-1 {
			shade = 3
		}
		for x := 18 + c*28; x < 18+c*28+18; x++ {
			for y := top; y < height-20; y++ {
				img.SetColorIndex(x, y, shade)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("drawing a picture: %w", err)
	}
	return b.Bytes(), nil
}

func makeCSV(rng *rand.Rand) ([]byte, error) {
	var b bytes.Buffer
	// The mark tells spreadsheets that it is UTF-8.
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{{"ردیف", "شرح", "تعداد", "مبلغ (تومان)"}}
	goods := []string{"طراحی جلد", "صفحه\u200cآرایی", "ترجمهٔ متن", "چاپ نمونه", "ویرایش", "تصویرسازی"}
	for i, g := range goods {
		rows = append(rows, []string{strconv.Itoa(i + 1), g, strconv.Itoa(1 + rng.IntN(9)), strconv.Itoa(50000 * (1 + rng.IntN(80)))})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	return b.Bytes(), nil
}

// makeDOCX is the least that a word processor opens: three files in a zip.
func makeDOCX(title string) ([]byte, error) {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	parts := [][2]string{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="` + docxType + `.main+xml"/></Types>`},
		{"_rels/.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", head + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` +
			`<w:p><w:pPr><w:bidi/></w:pPr><w:r><w:rPr><w:rtl/></w:rPr><w:t>` + html.EscapeString(title) + `</w:t></w:r></w:p></w:body></w:document>`},
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p[0])
		if err == nil {
			_, err = w.Write([]byte(p[1]))
		}
		if err != nil {
			return nil, fmt.Errorf("packing a document: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("packing a document: %w", err)
	}
	return b.Bytes(), nil
}
