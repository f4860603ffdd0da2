// Package oracle holds the project's HCL parser to hashicorp/hcl v1, the
// one that Consul reads its files with.
package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl"
	"github.com/hashicorp/hcl/hcl/parser"
)

// answer is what one parser makes of a document: a tree, or why there is none.
type answer struct {
	tree string
	err  string
}

// canonical writes a tree of either parser in one form.
func canonical(value any) string {
	switch v := value.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		members := make([]string, 0, len(v))
		for _, key := range keys {
			members = append(members, strconv.Quote(key)+"="+canonical(v[key]))
		}
		return "{" + strings.Join(members, " ") + "}"
	case []map[string]any:
		elements := make([]any, len(v))
		for i := range v {
			elements[i] = v[i]
		}
		return canonical(elements)
	case []any:
		elements := make([]string, len(v))
		for i := range v {
			elements[i] = canonical(v[i])
		}
		return "[" + strings.Join(elements, " ") + "]"
	case float64:
		return fmt.Sprintf("float(%g)", v)
	case string:
		return strconv.Quote(v)
	default:
		return fmt.Sprint(v)
	}
}

// byGo is the oracle. Where the library panics (a string that its scanner lets
// through and its decoder does not), Consul dies: that is a refusal.
func byGo(text string) (out answer) {
	defer func() {
		if r := recover(); r != nil {
			out = answer{err: fmt.Sprint(r)}
		}
	}()
	file, err := parser.ParseDontErrorOnDuplicateKeys([]byte(text))
	if err != nil {
		return answer{err: err.Error()}
	}
	var tree map[string]any
	if err := hcl.DecodeObject(&tree, file); err != nil {
		return answer{err: err.Error()}
	}
	return answer{tree: canonical(tree)}
}

// fromJSON undoes what hcl_to_json does to bytes and numbers.
func fromJSON(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			out[toBytes(key)] = fromJSON(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fromJSON(v[i])
		}
		return out
	case json.Number:
		if integer, err := v.Int64(); err == nil {
			return int(integer)
		}
		number, err := v.Float64()
		if err != nil {
			return err
		}
		return number
	case string:
		return toBytes(v)
	default:
		return v
	}
}

func toBytes(text string) string {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

// byProject asks the project's parser about all documents at once.
func byProject(t *testing.T, documents []string) []answer {
	t.Helper()
	var input bytes.Buffer
	for _, document := range documents {
		fmt.Fprintf(&input, "%d\n%s", len(document), document)
	}
	command := exec.Command(os.Getenv("MESHGW_HCL_TO_JSON"))
	command.Stdin = &input
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("hcl_to_json: %v", err)
	}
	var answers []answer
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		answers = append(answers, decodeAnswer(t, lines.Bytes()))
	}
	if len(answers) != len(documents) {
		t.Fatalf("%d answers to %d documents", len(answers), len(documents))
	}
	return answers
}

func decodeAnswer(t *testing.T, line []byte) answer {
	t.Helper()
	var parsed struct {
		Tree  map[string]any
		Error string
		Line  int
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&parsed); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if parsed.Error == "" {
		return answer{tree: canonical(fromJSON(parsed.Tree))}
	}
	if parsed.Line < 1 {
		t.Errorf("an error without a place: %s", line)
	}
	return answer{err: toBytes(parsed.Error)}
}

// compare reports documents on which the two differ in a way that is not
// listed, and returns how many both accept.
func compare(t *testing.T, names, documents []string) int {
	t.Helper()
	accepted, reported := 0, 0
	for i, ours := range byProject(t, documents) {
		theirs := byGo(documents[i])
		if ours.err == "" && theirs.err == "" {
			accepted++
		}
		if agree(ours, theirs) || listed(documents[i], ours, theirs) != "" {
			continue
		}
		if reported++; reported > 20 {
			t.Fatal("and more")
		}
		t.Errorf("%s:\n%q\nproject: %s %s\nGo:      %s %s", names[i], documents[i],
			ours.tree, ours.err, theirs.tree, theirs.err)
	}
	return accepted
}

func agree(ours, theirs answer) bool {
	if ours.err != "" || theirs.err != "" {
		return ours.err != "" && theirs.err != ""
	}
	return ours.tree == theirs.tree
}

// corpus is every HCL file of the repository that is there to be read.
func corpus(t *testing.T) (names, documents []string) {
	t.Helper()
	for _, pattern := range []string{
		"testdata/hcl/*.hcl", "testdata/seed/*", "testdata/fuzz/hcl/*",
		"examples/*/*/*.hcl",
	} {
		found, err := filepath.Glob(filepath.Join("..", "..", "..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(text))
	}
	return names, documents
}

func TestTheFilesOfTheRepositoryReadAlike(t *testing.T) {
	names, documents := corpus(t)
	accepted := compare(t, names, documents)
	if accepted < 20 {
		t.Errorf("only %d files are accepted", accepted)
	}
}
