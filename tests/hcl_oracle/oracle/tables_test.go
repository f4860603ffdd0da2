package oracle

import (
	"fmt"
	"testing"
)

// Documents that Go's parser accepts.
var good = []string{
	"", " \t\r\n", "# only\n// comments\n/* here */", "#",
	// Scalars.
	"a = 1", "a=1", "a = -7", "a = 0", "a = -0", "a = 00", "a = 0x1F", "a = 0XfF", "a = -0x10", "a = 010", "a = -017",
	"a = 9223372036854775807", "a = -9223372036854775808", "a = 0x7fffffffffffffff", "a = 0777777777777777777777",
	"a = 1.5", "a = -1.5", "a = 1.", "a = .5", "a = 0.5", "a = 00.5", "a = 09.5", "a = 0159.25", "a = -0.0",
	"a = 2e3", "a = 2E3", "a = 25e-1", "a = 25e+1", "a = 1.5e3", "a = 1.e3", "a = 0e0", "a = 0e5", "a = 019e2",
	"a = 1e308", "a = 1e-400", "a = 123456789012345678901234567890.0", "a = 0.1", "a = 4.9e-324",
	"a = true b = false", "a = 1 b = 2", "a = 1b = 2", "a = 1, b = 2,", "a = 0b = 1",
	// Keys.
	"a.b-c_d9 = 1", "_ = 1", "\"a b\" = 1", "\"\" = 1", "\"a\\n\\\"\" = 1", "größe = 1", "ключ = 1", "名前 = 1", "a१ = 1",
	"\"true\" = 1", "trueish = 1", "null = 1", "a- = 1", "a..b = 1", "\"${x}\" = 1",
	// Strings.
	`a = ""`, `a = "x"`, `a = "ü€😀"`, `a = "\a\b\f\n\r\t\v\\\""`, `a = "\101\x41\u0041\U00000041"`, `a = "\u20ac"`,
	`a = "\000\377"`, `a = "\xff\xfe"`, `a = "\ud800"`, `a = "\U0010ffff"`, `a = "$"`, `a = "$$"`, `a = "$x{}"`, `a = "{}"`, `a = "}"`,
	"a = \"\t\"", "a = \"\r\"", "a = \"\x01\x7f\"",
	`a = "${x}"`, `a = "x${f("y")}z"`, `a = "$${x}"`, `a = "${ {} }"`, "a = \"${\n}\"", "a = \"${x\r\ny}\"", `a = "${a}${b}\n"`,
	`a = "${\n}"`, `a = "${\"}"`, `a = "${"}" b = 1`, `a = "${${}}"`, `a = "${a$}"`,
	// Heredocs.
	"a = <<EOT\nx\n  y\nEOT\n", "a = <<EOT\nEOT\n", "a = <<EOT\n\nEOT\n", "a = <<EOT\r\nx\r\nEOT\r\n", "a = <<EOT\nx\n  EOT\n", "a = <<EOT\n\tEOT\nb = 1",
	"a = <<-EOT\n    x\n      y\n    EOT\nb = 1", "a = <<-EOT\n x\n    EOT\n", "a = <<-EOT\n    x\n\n    EOT\n", "a = <<-EOT\n\tx\n\tEOT\n", "a = <<-EOT\n  EOT\n",
	"a = <<EOT\nEOTX\nEOT \nEOT\n", "a = <<EOT\n\"\\q ${ #\nEOT\n", "a = <<é1\nx\né1\n", "a = <<1\nx\n1\n", "a = [<<A\nx\nA\n, 1]", "a = [<<A\nx\nA\n]",
	"a = <<-EOT\n x\nEOT\n y\n EOT\n",
	// Comments.
	"a = /* x */ 1", "a /* x */ = 1", "a = 1 # x", "a = 1 // x", "a = [ 1, # one\n 2 ]", "a = [ # x\n]", "a { # x\n}", "/**/a = 1", "/***/ a = 1", "/*/ */ a = 1", "/* /* */ a = 1", "a { /* x */ }",
	// Objects.
	"a { }", "a {}", "a = {}", "a { b = 1 }", "a = { b = 1 }", "a = { b = 1, c = 2, }", "a { b = 1 c = 2 }", "a { b = 1 } a { c = 2 }", "a = { b = 1 } a = { b = 2 }",
	"a \"x\" { b = 1 }", "a x y { b = 1 }", "a x { b = 1 } a x { c = 2 }", "a x { } a y { } b = 1", "a { x y { } x z { } }", "a { b { c { d = 1 } } }", "a { b = {} b {} }",
	"a\n=\n1", "a\n{\nb\n=\n1\n}",
	// Lists.
	"a = []", "a = [1]", "a = [1,]", "a = [,]", "a = [,,1,,2,,]", "a = [1, \"x\", true, 1.5, [2], {b = 1}]", "a = [[1] [2]]", "a = [[1] 2]", "a = [[], []]", "a = [{}, {}]", "a = [{ b { c = 1 } }]", "a = [{ b = [{}] }]",
	"a = [\n1\n,\n2\n]", "a = [[[[]]]]", "a = [{ x y { } }]",
	// Repeated keys.
	"a = 1 a = 2", "a = \"x\" a = \"y\"", "a = true a = false", "a = 1.5 a = 2.5", "a = [1] a = [2]", "a = [1] a = [\"x\"]", "a = [] a = []", "a = [1] a { b = 1 }", "a { } a = [{ b = 1 }]", "a { } a = []", "a { b = 1 b = 2 }", "a { b = 1 } a { b = 2 } a { b = 3 }",
	"a = [1] a = {}", "a = 1 \"a\" = 2",
}

// Documents that it refuses.
var bad = []string{
	"\ufeffa = 1", "\ufeff# x", "a", "a b", "a = ]", "a = }", "a = ,", "a = =", "a = b", "a = null", "a = @", "a = +1", "a = -", "a = --1", "a = -.5", "a = .", "a : 1", "a = 1;", "a b = 1", "a b c = {}", "a = {} {}", "{}", "{ a = 1 }", "}", "]", "[]", "=", "= 1", "1 = 1", "true = 1", "a { true = 1 }", "a = TRUE", ", a = 1", "a = 1,, b = 2", "a.b.c", "\"a\"",
	"a {", "a { b = 1", "a { b", "a { b }", "a { b }}", "a { b = }", "a { b = } }", "a { { } }", "a { = 1 }", "a { , }", "a { 1 }", "a { b = 1 ]", "a }", "a { b = [1 } }", "a { b =",
	"a = [", "a = [1", "a = [1, 2", "a = [1 2]", "a = [1 [2]]", "a = [{} {}]", "a = [{} 1]", "a = [b]", "a = [b = 1]", "a = [1 }", "a = [{ b }]", "a = [[1 2]]", "a = ]",
	"a = 08", "a = 0159", "a = 0x", "a = 0xg", "a = 1e", "a = 1e+", "a = 1e ", "a = 1.5e", "a = 1e999", "a = -1e999", "a = 9223372036854775808", "a = -9223372036854775809", "a = 0xffffffffffffffff", "a = 1_0", "a = 1.5.5", "a = 0x1.5", "a = [08]", "a = 1.x",
	"a = \"", "a = \"x", "a = \"x\ny\"", "a = \"x\r\ny\"", `a = "\q"`, `a = "\'"`, `a = "\x4"`, `a = "\x4g"`, `a = "\u004"`, `a = "\U0000004"`, `a = "\08"`, `a = "\8"`, `a = "\1"`, `a = "\`, `a = "\"`, `a = "\400"`, `a = "\777"`, `a = "\U00110000"`, `a = "x${f("}")}y"`, `a = 'x'`, "a = `x`",
	`a = "${x"`, `a = "${`, `a = "${{}"`, `a = "${\q}"`, "a = \"${\\\n}\"", `"\q" = 1`, `"\400" = 1`,
	"a = \"\xff\"", "a = \"\xed\xa0\x80\"", "a = \"\xc0\x80\"", "a = \"\x00\"", "a = \"\ue123\"", "\x00", "a = 1 \x00", "# \x00", "# \xff", "/* \ue123 */", "\xff = 1", "a = <<A\n\xff\nA\n", "a\u00a0= 1",
	"a = <", "a = <E", "a = <<", "a = <<\nx\n", "a = <<-\nx\n-\n", "a = <<EOT", "a = <<EOT\n", "a = <<EOT\nx\n", "a = <<EOT\nx\nEOT", "a = <<EOT x\nEOT x\n", "a = <<\"E\"\nE\n", "a = << EOT\nEOT\n", "a = <<E-T\nE-T\n", "a = <<EOT \nEOT\n", "a = <<-EOT\n  x\nEOT\n", "a = <<EOT\nx\nEOTEOT\n", "<<A\nx\nA\n = 1",
	"/", "/ x", "/* x", "/*/", "/* x *", "a = 1 /", "a = / 1",
	"a = 1 a = {}", "a = {} a = 1", "a = [1] a = 1", "a = 1 a = [1]", "a = \"x\" a = true", "a = true a = 1", "a = 1 a = 1.5", "a = 1 a = \"x\"", "a = 1.5 a = \"1.5\"", "a = true a = \"true\"", "a = 1 a = true", "a { } a = \"x\"",
}

func TestEachDocumentOfTheTablesReadsAlike(t *testing.T) {
	var names, documents []string
	add := func(table string, rows []string, refused bool) {
		for i, document := range rows {
			if theirs := byGo(document); (theirs.err != "") != refused {
				t.Errorf("%s[%d] is in the wrong table: %q: %v", table, i, document, theirs)
			}
			names = append(names, fmt.Sprintf("%s[%d]", table, i))
			documents = append(documents, document)
		}
	}
	add("good", good, false)
	add("bad", bad, true)
	compare(t, names, documents)
}
