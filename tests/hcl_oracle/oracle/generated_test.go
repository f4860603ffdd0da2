package oracle

import (
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"
)

// seed is fixed, so that a run repeats; MESHGW_HCL_SEED explores others.
func seed(t *testing.T) int64 {
	t.Helper()
	text := os.Getenv("MESHGW_HCL_SEED")
	if text == "" {
		return 1
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// generator writes documents by the grammar, most of them good.
type generator struct {
	*rand.Rand
	out strings.Builder
}

func (g *generator) pick(choices ...string) string {
	return choices[g.Intn(len(choices))]
}

func (g *generator) write(text string) {
	g.out.WriteString(text)
}

func (g *generator) space() {
	if g.Intn(8) == 0 {
		g.write(g.pick("\n", "\r\n", "\t", "/* c */", " # c\n", "// c\n", "/**/"))
	}
	g.write(" ")
}

// Keys of one kind of value, so that a repeated key mostly keeps its kind.
func (g *generator) key(kind string) {
	name := kind + g.pick("", "1", "2", "-x", ".y", "_z", "é")
	if g.Intn(4) == 0 {
		name = strconv.Quote(name)
	}
	g.write(name)
}

func (g *generator) integer() string {
	text := g.pick("0", "1", "42", "017", "0x1f", "0XAB", "9223372036854775807",
		"0x"+strconv.FormatInt(g.Int63(), 16), strconv.FormatInt(g.Int63(), 10))
	return g.pick("", "", "-") + text
}

func (g *generator) float() string {
	if g.Intn(2) == 0 {
		return strconv.FormatFloat(g.NormFloat64()*1e5, 'f', g.Intn(12)+1, 64)
	}
	return g.pick("", "-") + g.pick("0.5", "1.", "1e3", "2.5E-3", "3.e+2", "09.5",
		"1e300", "123456789.123456789e-5", "0e1", "1e-310")
}

func (g *generator) text() string {
	var out strings.Builder
	out.WriteString(`"`)
	for n := g.Intn(5); n > 0; n-- {
		out.WriteString(g.pick("x", " ", "é", "😀", "{", "}", "$", "#", "//", "'",
			`\n`, `\"`, `\\`, `\t`, `\a`, `\101`, `\000`, `\377`, `\x4A`, `\xfe`,
			`\u00e9`, `\ud83d`, `\U0001F600`, "${x}", `${f("a")}`, "${\n}", `${{"}}`, `${\t}`))
	}
	return out.String() + `"`
}

func (g *generator) heredoc() string {
	tag := g.pick("A", "EOT", "E_1", "é")
	var out strings.Builder
	out.WriteString("<<" + g.pick("", "-") + tag + g.pick("\n", "\n", "\r\n"))
	for n := g.Intn(4); n > 0; n-- {
		out.WriteString(g.pick("", "  ", "\t", "    ") + g.pick("x", "", "\"", "${", tag+"x", tag) + g.pick("\n", "\r\n"))
	}
	return out.String() + g.pick("  ", "\t", " ") + tag + "\n"
}

func (g *generator) scalar() {
	g.write([]func() string{g.integer, g.float, g.text, g.heredoc, func() string {
		return g.pick("true", "false")
	}}[g.Intn(5)]())
}

func (g *generator) list(depth int) {
	g.write("[")
	g.space()
	for n := g.Intn(4); n > 0; n-- {
		g.value(depth)
		g.space()
		g.write(g.pick(",", ",", ",", ", ,"))
		g.space()
	}
	if g.Intn(2) == 0 {
		g.value(depth)
	}
	g.write("]")
}

func (g *generator) value(depth int) {
	switch {
	case depth > 0 && g.Intn(4) == 0:
		g.list(depth - 1)
	case depth > 0 && g.Intn(4) == 0:
		g.object(depth - 1)
	default:
		g.scalar()
	}
}

func (g *generator) object(depth int) {
	g.write("{")
	g.items(depth)
	g.write("}")
}

func (g *generator) items(depth int) {
	for n := g.Intn(5); n > 0; n-- {
		g.space()
		g.item(depth)
		g.write(g.pick("\n", " ", ","))
	}
	g.space()
}

func (g *generator) assign(kind string) {
	g.key(kind)
	g.space()
	g.write("=")
	g.space()
}

func (g *generator) item(depth int) {
	switch kind := g.pick("int", "text", "bool", "list", "block", "label", "float"); kind {
	case "int":
		g.assign(kind)
		g.write(g.integer())
	case "float":
		g.assign(kind)
		g.write(g.float())
	case "text":
		g.assign(kind)
		g.write([]func() string{g.text, g.heredoc}[g.Intn(2)]())
	case "bool":
		g.assign(kind)
		g.write(g.pick("true", "false"))
	case "list":
		g.assign(kind)
		g.list(depth)
	case "block":
		if g.Intn(2) == 0 {
			g.assign(kind)
		} else {
			g.key(kind)
			g.space()
		}
		g.block(depth)
	case "label":
		g.key(kind)
		for n := 1 + g.Intn(2); n > 0; n-- {
			g.write(g.pick(" x", ` "y z"`, " w"))
		}
		g.space()
		g.block(depth)
	}
}

func (g *generator) block(depth int) {
	if depth == 0 {
		g.write("{}")
		return
	}
	g.object(depth - 1)
}

// soup puts tokens behind each other without a rule.
func (g *generator) soup() string {
	for n := 1 + g.Intn(12); n > 0; n-- {
		g.write(g.pick("a", "b", "c", `"k"`, "=", "=", "{", "}", "[", "]", ",", "1", "-2", "0x3", "08",
			"1.5", "1e", "true", `"s"`, `"${`, `"`, "<<A\nx\nA\n", "<<-A\n x\n A\n", "<<A", "#", "/*", "*/", "/", "\n", "\r\n", ".", "+", "-", "\\", "é"))
		g.write(g.pick(" ", " ", " ", "", "\n"))
	}
	return g.out.String()
}

// mutant changes a few bytes of a document.
func (g *generator) mutant(document string) string {
	bytes := []byte(document)
	for n := 1 + g.Intn(3); n > 0 && len(bytes) > 0; n-- {
		at := g.Intn(len(bytes))
		end := at + 1 + g.Intn(4)
		if end > len(bytes) {
			end = len(bytes)
		}
		tail := append([]byte(nil), bytes[at:]...)
		switch g.Intn(4) {
		case 0: // Left out.
			bytes = append(bytes[:at], bytes[end:]...)
		case 1: // Twice.
			bytes = append(bytes[:end], tail...)
		case 2: // Something put in.
			const alphabet = "{}[]=,\"\\$#/*<-.0189eExtfn _\r\n\t'+;\x00\xff"
			bytes = append(append(bytes[:at], alphabet[g.Intn(len(alphabet))]), tail...)
		case 3: // Cut off.
			if g.Intn(8) == 0 {
				bytes = bytes[:at]
			}
		}
	}
	return string(bytes)
}

func compareMany(t *testing.T, count int, make func(g *generator) string) int {
	t.Helper()
	first := seed(t)
	names := []string{}
	documents := []string{}
	for i := 0; i < count; i++ {
		g := &generator{Rand: rand.New(rand.NewSource(first<<32 + int64(i)))}
		names = append(names, fmt.Sprintf("document %d of seed %d", i, first))
		documents = append(documents, make(g))
	}
	return compare(t, names, documents)
}

func TestDocumentsMadeByTheGrammarReadAlike(t *testing.T) {
	accepted := compareMany(t, 5000, func(g *generator) string {
		g.items(4)
		return g.out.String()
	})
	if accepted < 4000 {
		t.Errorf("only %d of 5000 documents are accepted", accepted)
	}
}

func TestTokensInAnyOrderReadAlike(t *testing.T) {
	if accepted := compareMany(t, 20000, (*generator).soup); accepted < 200 {
		t.Errorf("only %d of 20000 documents are accepted", accepted)
	}
}

func TestMutantsOfTheCorpusReadAlike(t *testing.T) {
	_, documents := corpus(t)
	accepted := compareMany(t, 5000, func(g *generator) string {
		return g.mutant(documents[g.Intn(len(documents))])
	})
	if accepted < 1000 {
		t.Errorf("only %d of 5000 documents are accepted", accepted)
	}
}
