package reports_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	. "github.com/onsi/gomega"

	"stalemate/reports"
	"stalemate/reports/jsonreport"
	"stalemate/reports/record"
)

var update = flag.Bool("update", false, "write the published schema anew")

const schemaPath = "jsonreport/report.schema.json"

// meanings gives the text of each field, by section and key, as the reference has it.
func meanings(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	found, heading := map[string]map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if title := strings.TrimLeft(line, "#"); title != line {
			heading = strings.TrimSpace(title)
			found[heading] = map[string]string{}
		}
		if first, meaning, ok := strings.Cut(strings.Trim(line, "| "), " | "); ok && strings.HasPrefix(line, "| `") {
			for i, word := range strings.Split(first, "`") {
				if i%2 == 1 {
					found[heading][word] = meaning
				}
			}
		}
	}
	return found
}

// published makes the schema from the types. A library that does so would have to be told the names of types that two packages
// have, and where each description stands: that is most of this.
type published struct {
	defs     map[string]any
	meanings map[string]map[string]string
}

func (p *published) of(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return p.of(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": p.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": p.of(t.Elem())}
	case reflect.String:
		if words := wordsOf(t); words != nil {
			return map[string]any{"enum": words}
		}
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Struct:
		name := strings.ToLower(t.Name())
		if t == reflect.TypeFor[jsonreport.Comparison]() {
			name = "comparison_document"
		}
		if p.defs[name] == nil {
			def := map[string]any{"type": "object"}
			p.defs[name] = def
			properties, required := map[string]any{}, []string{}
			p.fields(t, properties, &required)
			slices.Sort(required)
			def["properties"], def["required"] = properties, required
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	return map[string]any{"type": "integer"}
}

func (p *published) fields(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		key, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
		if key == "-" {
			continue
		}
		if field.Anonymous {
			p.fields(field.Type, properties, required)
			continue
		}
		of := p.of(field.Type).(map[string]any)
		if meaning := p.meanings[headings[t]][key]; meaning != "" {
			of["description"] = meaning
		}
		if key == "format_version" {
			of = map[string]any{"const": jsonreport.FormatVersion, "description": of["description"]}
		}
		if !strings.Contains(rest, "omitempty") {
			*required = append(*required, key)
			if field.Type.Kind() == reflect.Slice {
				of["type"] = []string{"array", "null"}
			}
		}
		properties[key] = of
	}
}

// wordsOf are the words that a type can have; nil for any text.
func wordsOf(t reflect.Type) []string {
	var words []string
	switch t {
	case reflect.TypeFor[record.Verdict]():
		words = texts(record.Verdicts())
	case reflect.TypeFor[record.Severity]():
		words = texts(record.Severities())
	case reflect.TypeFor[record.Outcome]():
		words = texts(record.Outcomes())
	case reflect.TypeFor[record.Mode]():
		words = texts(record.Modes())
	case reflect.TypeFor[record.Status]():
		words = texts([]record.Status{record.Passed, record.Failed, record.Unknown, record.Skipped})
	}
	return words
}

func texts[T ~string](all []T) []string {
	var out []string
	for _, one := range all {
		out = append(out, string(one))
	}
	return out
}

func TestThePublishedSchemaIsThatOfTheTypes(t *testing.T) {
	g := NewWithT(t)
	p := &published{defs: map[string]any{}, meanings: meanings(t)}
	document := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": fmt.Sprintf("urn:stalemate:report:%d", jsonreport.FormatVersion),
		"title":       fmt.Sprintf("stalemate JSON report, format version %d: of a check, or of a comparison", jsonreport.FormatVersion),
		"description": "A field that is absent was not measured, or is empty, false or 0. New fields may appear without a new format version.",
		"type":        "object",
		"if":          map[string]any{"required": []string{"count"}},
		"then":        p.of(reflect.TypeFor[jsonreport.Comparison]()),
		"else":        p.of(reflect.TypeFor[jsonreport.Document]()),
		"$defs":       p.defs,
	}
	want, err := json.MarshalIndent(document, "", "  ")
	g.Expect(err).NotTo(HaveOccurred())
	want = append(want, '\n')
	if *update {
		g.Expect(os.WriteFile(schemaPath, want, 0o644)).To(Succeed())
	}
	have, err := os.ReadFile(schemaPath)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(have)).To(Equal(string(want)), "go test ./reports -update writes it")
}

func TestReportsAreValidByThePublishedSchema(t *testing.T) {
	g := NewWithT(t)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(jsonreport.Schema))
	g.Expect(err).NotTo(HaveOccurred())
	compiler := jsonschema.NewCompiler()
	g.Expect(compiler.AddResource("report.json", parsed)).To(Succeed())
	schema, err := compiler.Compile("report.json")
	g.Expect(err).NotTo(HaveOccurred())
	every, err := record.ReadFile("testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	for name, events := range map[string][]record.Event{"check": every, "compare": comparedLog(), "nothing": nil} {
		var out bytes.Buffer
		_, err := reports.Render(events, reports.Options{JSON: reports.Stdout, Out: &out})
		g.Expect(err).NotTo(HaveOccurred())
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(schema.Validate(document)).To(Succeed(), name)
		wrong := strings.Replace(out.String(), `"format_version": 2`, `"format_version": 1`, 1)
		document, err = jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(schema.Validate(document)).NotTo(Succeed(), name)
	}
}
