package reports_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/jsonreport"
	"stalemate/reports/record"
)

// headings are the sections of README.md that list the fields of each published type.
var headings = map[reflect.Type]string{
	reflect.TypeFor[record.Event]():          "An event",
	reflect.TypeFor[record.RunInfo]():        "`run_info`",
	reflect.TypeFor[record.Spec]():           "`spec`",
	reflect.TypeFor[record.Shard]():          "`shard`",
	reflect.TypeFor[record.HoldInfo]():       "`hold_info`",
	reflect.TypeFor[record.Release]():        "`release`",
	reflect.TypeFor[record.ProcessEnd]():     "`ended`, and `ends` of a release",
	reflect.TypeFor[record.Net]():            "`net`",
	reflect.TypeFor[record.Outgoing]():       "`outgoing`",
	reflect.TypeFor[record.Connection]():     "`outgoing`",
	reflect.TypeFor[record.Worker]():         "`workers`",
	reflect.TypeFor[record.Port]():           "`ports`",
	reflect.TypeFor[record.PortProcess]():    "`processes` of a port",
	reflect.TypeFor[record.Sample]():         "`sample`",
	reflect.TypeFor[record.Client]():         "`client`",
	reflect.TypeFor[jsonreport.Document]():   "The document",
	reflect.TypeFor[record.Head]():           "The document",
	reflect.TypeFor[record.Summary]():        "The document",
	reflect.TypeFor[jsonreport.Comparison](): "The document of a comparison",
	reflect.TypeFor[record.Comparison]():     "The document of a comparison",
	reflect.TypeFor[record.Build]():          "`build`",
	reflect.TypeFor[record.Compared]():       "`compared`",
	reflect.TypeFor[record.Measurements]():   "`baseline` and `candidate` of a compared cell",
	reflect.TypeFor[record.Tally]():          "`tally`",
	reflect.TypeFor[record.Target]():         "`targets`",
	reflect.TypeFor[record.Suite]():          "`suites`",
	reflect.TypeFor[record.Cell]():           "`cells`",
	reflect.TypeFor[record.Plan]():           "`plan`",
	reflect.TypeFor[record.Limit]():          "`limit` and `bound`",
	reflect.TypeFor[record.Judgement]():      "`verdict`",
	reflect.TypeFor[record.HoldResult]():     "`holds` of a verdict",
	reflect.TypeFor[record.Hold]():           "`holds` of a cell",
	reflect.TypeFor[record.Batch]():          "`batch`",
	reflect.TypeFor[record.BatchSummary]():   "`batches`",
	reflect.TypeFor[record.Image]():          "`image`",
	reflect.TypeFor[record.PodInfo]():        "`pod_info`",
	reflect.TypeFor[record.Pod]():            "`pods`",
	reflect.TypeFor[record.Incarnation]():    "`incarnation`",
	reflect.TypeFor[record.Life]():           "`incarnations`",
	reflect.TypeFor[record.Force]():          "`force`",
	reflect.TypeFor[record.ForceAt]():        "`pid_attempts` and `pid_collisions`",
	reflect.TypeFor[record.Leftover]():       "`leftover`",
	reflect.TypeFor[record.LeftoverAt]():     "`leftovers`",
	reflect.TypeFor[record.Autopsy]():        "`autopsy`",
	reflect.TypeFor[record.Wait]():           "`waits`",
	reflect.TypeFor[record.ArmedTimer]():     "`timers`",
	reflect.TypeFor[record.AutopsyAt]():      "`autopsies`",
	reflect.TypeFor[record.NoteAt]():         "`notes`, `injections`, `observations` and `logs`",
	reflect.TypeFor[record.Counts]():         "`counts`",
	reflect.TypeFor[record.CountsOfPod]():    "`counts`",
}

// fields collects the JSON keys that each type has itself, without those of the types embedded in it.
func fields(t reflect.Type, all map[reflect.Type][]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || all[t] != nil {
		return
	}
	all[t] = []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.Anonymous && key != "-" {
			all[t] = append(all[t], key)
		}
		fields(field.Type, all)
	}
}

// rows gives the words in code in the first column of the tables of each section of README.md.
func rows(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("`([^`]+)`")
	found := map[string][]string{}
	heading := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if title := strings.TrimLeft(line, "#"); title != line {
			heading = strings.TrimSpace(title)
		}
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		first, _, _ := strings.Cut(line[2:], " | ")
		for _, match := range code.FindAllStringSubmatch(first, -1) {
			found[heading] = append(found[heading], match[1])
		}
	}
	return found
}

func TestEveryPublishedFieldStandsInTheReference(t *testing.T) {
	g := NewWithT(t)
	all := map[reflect.Type][]string{}
	fields(reflect.TypeFor[record.Event](), all)
	fields(reflect.TypeFor[jsonreport.Document](), all)
	fields(reflect.TypeFor[jsonreport.Comparison](), all)
	want := map[string][]string{}
	for published, keys := range all {
		heading := headings[published]
		g.Expect(heading).NotTo(BeEmpty(), "no section of README.md is named for %s", published)
		want[heading] = append(want[heading], keys...)
		for i := range published.NumField() {
			if field := published.Field(i); !field.Anonymous {
				g.Expect(unit(field)).To(BeTrue(), "%s.%s: a duration ends in _seconds, a point in time in _at or _t", published, field.Name)
			}
		}
	}
	given := rows(t)
	for heading, keys := range want {
		g.Expect(given[heading]).To(ConsistOf(keys), "README.md, section %s", heading)
	}
}

// unit says whether a number with decimals, which is a time in all that is published, names its unit.
func unit(field reflect.StructField) bool {
	of := field.Type
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return of.Kind() != reflect.Float64 || key == "seconds" || key == "at" || strings.HasSuffix(key, "_seconds") || strings.HasSuffix(key, "_at")
}

func TestEveryKindOfEventStandsInTheReference(t *testing.T) {
	g := NewWithT(t)
	NewWithT(t).Expect(rows(t)["Event log"]).To(ConsistOf(kinds(t)))
	g.Expect(slices.Contains(kinds(t), string(record.WorkerFreed))).To(BeTrue())
}

// kinds reads the kinds of event from the source of package record.
func kinds(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("record/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			value, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if named, ok := value.Type.(*ast.Ident); ok && named.Name == "Kind" && len(value.Values) == 1 {
				if text, ok := value.Values[0].(*ast.BasicLit); ok {
					kind, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, kind)
				}
			}
			return true
		})
	}
	return all
}
