package oracle

import (
	"regexp"
	"strings"
	"testing"
)

// difference is one way in which the project's parser means not to do as Go's.
type difference struct {
	what     string
	examples []string
	// explains says whether this is why the two answers differ.
	explains func(document string, ours, theirs answer) bool
}

// weRefuse is for what only Go's parser accepts; our error holds the words, and
// the document matches the expression.
func weRefuse(words, document string) func(string, answer, answer) bool {
	inDocument := regexp.MustCompile(document)
	return func(document string, ours, theirs answer) bool {
		return theirs.err == "" && strings.Contains(ours.err, words) && inDocument.MatchString(document)
	}
}

// theyRefuse is for what only Go's parser refuses: its error and the document
// match the expressions.
func theyRefuse(words, document string) func(string, answer, answer) bool {
	inError, inDocument := regexp.MustCompile(words), regexp.MustCompile(document)
	return func(document string, ours, theirs answer) bool {
		return ours.err == "" && inError.MatchString(theirs.err) && inDocument.MatchString(document)
	}
}

var identifier = regexp.MustCompile(`[\pL_][\pL\pN._-]*`)

// twoSpellings is for documents with names that differ only in their case.
func twoSpellings(document string, ours, theirs answer) bool {
	spelling := map[string]string{}
	for _, name := range identifier.FindAllString(document, -1) {
		folded := strings.ToLower(name)
		if other, ok := spelling[folded]; ok && other != name {
			return ours.err == "" && theirs.err == ""
		}
		spelling[folded] = name
	}
	return false
}

var differences = []difference{{
	"an object or list nested more than 64 deep is refused",
	[]string{"a = " + strings.Repeat("[", 65) + strings.Repeat("]", 65)},
	weRefuse("nested more than 64 deep", ""),
}, {
	"so are more than 4096 keys in one object",
	[]string{manyKeys(4097)},
	weRefuse("more than 4096 keys in one object", ""),
}, {
	"a key that is set again to another kind is refused, not converted",
	[]string{`a = 1 a = "2"`, `a = "x" a = 2`, "a = 1.5 a = 2", `a = 1 a = "0b11"`},
	weRefuse("is set again", ""),
}, {
	"a file that ends behind '=' is refused, the key not forgotten",
	[]string{"a = 1 b =", "a ="},
	weRefuse("Unknown token: the end of the file", "="),
}, {
	"an escape that is no code point is refused, not cut to a byte",
	[]string{`a = "\Uffffffff"`},
	weRefuse(`escape above \U0010ffff`, `\\U[89a-fA-F]`),
}, {
	"a block repeated as a list of other things has them appended",
	[]string{"a { } a = [1]"},
	theyRefuse("not an object type for map", ""),
}, {
	"blocks of one name may have labels and not",
	[]string{"a x { } a { }", "a { } a x { }", "a = [] a x { }"},
	theyRefuse(`map must have string keys|into interface: \*ast.ObjectItem`, ""),
}, {
	"labelled blocks are of one name only when it is spelt alike",
	[]string{"a x { } A y { }"},
	twoSpellings,
}, {
	"an identifier may hold any code point from U+00AA",
	[]string{"€ = 1", "१ = 1", "a€ = 1", "a = <<€\nx\n€\n"},
	theyRefuse("illegal char$|invalid characters in heredoc anchor", `[^\x00-\x{a9}\pL]`),
}, {
	"a float without digits in front of its point may have an exponent",
	[]string{"a = .5e3", "a = [-1, .5E-3]"},
	theyRefuse("", `(^|[^0-9])\.[0-9]+[eE]`),
}, {
	"a heredoc's closing tag has only spaces and tabs around it",
	[]string{"a = <<A\nx\n\vA\n", "a = <<A\nx\nA\r\r\n"},
	weRefuse("heredoc not terminated", `\r[^\n]|\v|\f`),
}, {
	"a replacement character may stand in an interpolation",
	[]string{"a = \"${\ufffd}\""},
	theyRefuse("invalid syntax", "\ufffd"),
}}

func manyKeys(count int) string {
	var out strings.Builder
	for i := 0; i < count; i++ {
		out.WriteString("k" + strings.Repeat("x", i%64) + strings.Repeat("y", i/64) + " = 1\n")
	}
	return out.String()
}

// listed names the difference that explains two answers; empty: none does.
func listed(document string, ours, theirs answer) string {
	for _, d := range differences {
		if d.explains(document, ours, theirs) {
			return d.what
		}
	}
	return ""
}

func TestEachListedDifferenceIsOne(t *testing.T) {
	for _, d := range differences {
		for i, ours := range byProject(t, d.examples) {
			theirs := byGo(d.examples[i])
			if agree(ours, theirs) {
				t.Errorf("%s: both say the same of %q: %v", d.what, d.examples[i], ours)
			} else if !d.explains(d.examples[i], ours, theirs) {
				t.Errorf("%s: does not explain %q: %v and %v", d.what, d.examples[i], ours, theirs)
			}
		}
	}
}
