// Package oracle holds the project's filters to hashicorp/go-bexpr v0.1.2, the
// one that Consul evaluates them with.
package oracle

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	bexpr "github.com/hashicorp/go-bexpr"
)

// byGo is the oracle: a digit for each instance, or an error.
func byGo(filter string) string {
	evaluator, err := bexpr.CreateEvaluatorForType(filter, nil, (*instance)(nil))
	if err != nil {
		return "error " + err.Error()
	}
	out := ""
	for _, datum := range instances() {
		datum := datum
		matches, err := evaluator.Evaluate(&datum)
		if err != nil {
			return "error " + err.Error()
		}
		if matches {
			out += "1"
		} else {
			out += "0"
		}
	}
	return out
}

// byProject asks the project's filters about all at once.
func byProject(t *testing.T, filters []string) []string {
	t.Helper()
	var input bytes.Buffer
	for _, filter := range filters {
		fmt.Fprintf(&input, "%d\n%s", len(filter), filter)
	}
	command := exec.Command(os.Getenv("MESHGW_FILTER_ANSWERS"))
	command.Stdin = &input
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("filter_answers: %v", err)
	}
	var answers []string
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answers = append(answers, lines.Text())
	}
	if len(answers) != len(filters) {
		t.Fatalf("%d answers to %d filters", len(answers), len(filters))
	}
	return answers
}

// compare reports filters on which the two differ, and returns how many both
// accept.
func compare(t *testing.T, filters []string) int {
	t.Helper()
	accepted, reported := 0, 0
	for i, ours := range byProject(t, filters) {
		theirs := byGo(filters[i])
		refused := strings.HasPrefix(ours, "error ")
		if refused && !strings.HasPrefix(ours, "error column ") {
			t.Errorf("an error without its column: %q: %s", filters[i], ours)
		}
		if refused && strings.HasPrefix(theirs, "error ") {
			continue
		}
		if ours == theirs {
			accepted++
			continue
		}
		if reported++; reported > 20 {
			t.Fatal("and more")
		}
		t.Errorf("%q:\nproject: %s\nGo:      %s", filters[i], ours, theirs)
	}
	return accepted
}

var questions = []string{
	"%s == %s", "%s != %s", "%[2]s in %[1]s", "%[2]s not in %[1]s", "%s contains %s", "%s not contains %s",
	"%s matches %s", "%s not matches %s", "%s is empty", "%s is not empty",
}

var values = []string{
	"web", "2", "-2", "1.5", "true", "T", "blue", "\"\"", "``", "`web`", "\"10.0.0.1\"", "\"\\x32\"", "\"\\u0032\"", "\"\\062\"",
	"\"0x5208\"", "\"2_1_000\"", "\"021000\"", "21000", "\"(\"", "\"^w.b\"", "warning", "not", "in", "local",
}

// paths are all selectors of the schema, and some that lead nowhere.
func paths(fields bexpr.FieldConfigurations) []string {
	var out []string
	fields.Walk(func(path bexpr.FieldPath, _ *bexpr.FieldConfiguration) bool {
		for _, key := range []string{"version", "wan", "gone"} {
			text := strings.ReplaceAll(path.String(), "<any>", key)
			if key == "version" || text != path.String() {
				out = append(out, text)
			}
		}
		return true
	})
	return append(out, "Service.Meta[\"a.b\"]", "Service.Meta[`a.b`]", "Service.Meta.a.b", "Service.Meta.empty", "Other", "Service.Other",
		"Service.ID.x", "Service[\"ID\"]", "Checks.Other", "not", "Service.Ports", "Service.Proxy.Config")
}

func TestEveryQuestionOfEverySelectorIsAnsweredAlike(t *testing.T) {
	fields, err := bexpr.GenerateFieldConfigurations((*instance)(nil))
	if err != nil {
		t.Fatal(err)
	}
	var filters []string
	for _, path := range paths(fields) {
		for _, question := range questions {
			if !strings.Contains(question, "%[2]s") && strings.Count(question, "%s") == 1 {
				filters = append(filters, fmt.Sprintf(question, path))
				continue
			}
			for _, value := range values {
				filters = append(filters, fmt.Sprintf(question, path, value))
			}
		}
	}
	if accepted := compare(t, filters); accepted < 5000 {
		t.Errorf("only %d of %d filters are accepted", accepted, len(filters))
	}
}

// Filters whose reading depends on the grammar's small print.
var table = []string{
	"", " ", "Service.ID", "Service.ID ==", "Service.ID = x", "Service.ID==x", "Service.ID == x y", "(Service.ID == x", "Service.ID == x)",
	"((Service.ID == x))", "( Service.ID == x )", "(Service.ID == x) and (Service.ID == y)", "(Service.ID == x)or Service.ID == y",
	"Service.ID == x or(Service.ID == y)", "Service.ID == x orService.ID == y", "not(Service.ID == x)", "not (Service.ID == x)",
	"not not Service.ID == x", "notService.ID == x", "not in Service.Tags", "not not in Service.Tags", "in in Service.Tags", "in not in Service.Tags",
	"not Service.ID == x or Service.Port == 21000", "Service.ID == x and", "and", "or", "not", "Service.ID == web-sidecar-proxy",
	"Service.ID == _a", "Service.ID == 1a", "Service.ID == 08", "Service.ID == 0", "Service.ID == -0", "Service.ID == -", "Service.ID == 1.",
	"Service.ID == .5", "Service.ID == 1.5.6", "Service.ID == 1)", "(Service.ID == 1)", "Service.ID == 1 ", "Service.ID == a.b", "Service.ID == a.",
	"Service.ID == a[\"b\"]", "Service.ID == a[b]", "Service.ID == a[ \"b\" ]", "Service.ID == a[\"b\"", "Service.ID == a/b", "Service/ID == a",
	"Service.ID == \"a\\\"b\"", "Service.ID == \"a", "Service.ID == `a", "Service.ID == \"a\nb\"", "Service.ID == `a\nb`", "Service.ID == \"\\q\"",
	"Service.ID == \"\\ud800\"", "Service.ID == \"\\400\"", "Service.ID == \"\\'\"", "Service.ID == 'a'", "Service.ID == \"\xff\"", "Service.ID == ü", "Service.ID == \"ü\"",
	"Service.ID is empty", "Service.Tags is empty", "Service.Tags is  not\tempty", "Service.Tags is notempty", "Service.Tags isempty",
	"Service.Tags is emptyx", "Service.Tags is empty and Service.ID == x", "(Service.Tags is empty)", "Service.Tags not is empty",
	"\"blue\" in Service.Tags", "\"blue\"in Service.Tags", "blue inService.Tags", "blue in \"Service.Tags\"", "1 in Service.Tags", "1x in Service.Tags",
	"Service.Tags contains", "Service.Tags contains(blue)", "Service.ID matches \"(\"", "Service.Port matches 1", "Service.ID == x or Other == 1",
	"Service.ID != x or Service.Port == many", "Service.Port == 99999999999999999999", "Service.Port == 1.5",
	"Service.ID == x or Service.ID == y and Service.Port == 21000", "Service.Port == 21000 or Service.ID == y and Service.ID == x",
	"Checks.Status != passing", "not Checks.Status != passing", "blue in Checks.ServiceTags", "blue not in Checks.ServiceTags", "Checks.ServiceTags is empty",
}

func TestTheGrammarsSmallPrintIsReadAlike(t *testing.T) {
	if accepted := compare(t, table); accepted < 25 {
		t.Errorf("only %d of %d filters are accepted", accepted, len(table))
	}
}

// words make filters, most of them bad ones.
var words = []string{
	"Service.ID", "Service.Tags", "Service.Meta.version", "Service.Port", "Checks.Status", "Checks", "==", "!=", "in", "not", "is", "empty",
	"contains", "matches", "and", "or", "(", ")", "web", "2", "blue", "\"2\"", "`2`", "warning",
}

func TestWordsInAnyOrderAreReadAlike(t *testing.T) {
	seed := int64(1)
	if text := os.Getenv("MESHGW_SEED"); text != "" {
		seed, _ = strconv.ParseInt(text, 10, 64)
	}
	random := rand.New(rand.NewSource(seed))
	match := func() string {
		return fmt.Sprintf("%s %s %s", words[random.Intn(6)], []string{"==", "!=", "contains", "matches"}[random.Intn(4)], words[18+random.Intn(6)])
	}
	var filters []string
	for i := 0; i < 20000; i++ {
		var parts []string
		for n := 1 + random.Intn(6); n > 0; n-- {
			if random.Intn(2) == 0 {
				parts = append(parts, match())
			} else {
				parts = append(parts, words[random.Intn(len(words))])
			}
		}
		filters = append(filters, strings.Join(parts, []string{" ", " ", ""}[random.Intn(3)]))
	}
	if accepted := compare(t, filters); accepted < 300 {
		t.Errorf("only %d of %d filters are accepted", accepted, len(filters))
	}
}
