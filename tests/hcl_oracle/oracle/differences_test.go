package oracle

import (
	"regexp"
	"strings"
	"testing"
)

// difference is one way in which the project's parser means not to do as Go's.
type difference struct {
	why     string
	example string
	// applies says whether the difference explains a document's two answers.
	applies func(document string, ours, theirs answer) bool
}

func weRefuse(words string) func(string, answer, answer) bool {
	return func(_ string, ours, theirs answer) bool {
		return theirs.err == "" && strings.Contains(ours.err, words)
	}
}

var differences = []difference{}

var _ = regexp.MustCompile

// listed names the difference that explains two answers; empty: none does.
func listed(document string, ours, theirs answer) string {
	for _, d := range differences {
		if d.applies(document, ours, theirs) {
			return d.why
		}
	}
	return ""
}

func TestEachListedDifferenceIsOne(t *testing.T) {
	for _, d := range differences {
		ours := byProject(t, []string{d.example})[0]
		theirs := byGo(d.example)
		if agree(ours, theirs) {
			t.Errorf("%s: both say the same of %q: %v", d.why, d.example, ours)
		} else if listed(d.example, ours, theirs) != d.why {
			t.Errorf("%s: does not explain %q: %v and %v", d.why, d.example, ours, theirs)
		}
	}
}
