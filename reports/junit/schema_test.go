package junit

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

// The parts of XML Schema that junit.xsd uses.
type (
	xsd struct {
		Elements []xsdElement `xml:"element"`
		Types    []xsdType    `xml:"complexType"`
		Simple   []xsdSimple  `xml:"simpleType"`
	}
	xsdElement struct {
		Name string  `xml:"name,attr"`
		Type string  `xml:"type,attr"`
		Body xsdType `xml:"complexType"`
	}
	xsdType struct {
		Name       string         `xml:"name,attr"`
		Sequence   []xsdRef       `xml:"sequence>element"`
		Choice     []xsdRef       `xml:"choice>element"`
		Attributes []xsdAttribute `xml:"attribute"`
		Extended   []xsdAttribute `xml:"simpleContent>extension>attribute"`
	}
	xsdRef struct {
		Ref string `xml:"ref,attr"`
		Min string `xml:"minOccurs,attr"`
		Max string `xml:"maxOccurs,attr"`
	}
	xsdAttribute struct {
		Name string `xml:"name,attr"`
		Type string `xml:"type,attr"`
		Use  string `xml:"use,attr"`
	}
	xsdSimple struct {
		Name    string `xml:"name,attr"`
		Pattern struct {
			Value string `xml:"value,attr"`
		} `xml:"restriction>pattern"`
		MinLength struct {
			Value string `xml:"value,attr"`
		} `xml:"restriction>minLength"`
	}
)

// schema gives the types of the elements in junit.xsd, and the pattern of each simple type.
func schema(t *testing.T) (map[string]xsdType, map[string]*regexp.Regexp) {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile("junit.xsd")
	g.Expect(err).NotTo(HaveOccurred())
	var read xsd
	g.Expect(xml.Unmarshal(text, &read)).To(Succeed())
	named, elements, patterns := map[string]xsdType{}, map[string]xsdType{}, map[string]*regexp.Regexp{}
	for _, one := range read.Types {
		named[one.Name] = one
	}
	for _, one := range read.Elements {
		elements[one.Name] = one.Body
		if of, ok := named[one.Type]; ok {
			elements[one.Name] = of
		}
	}
	for _, one := range read.Simple {
		pattern := one.Pattern.Value
		if one.MinLength.Value == "1" {
			pattern = "(?s).+"
		}
		g.Expect(pattern).NotTo(BeEmpty(), one.Name)
		patterns[one.Name] = regexp.MustCompile("^(?:" + pattern + ")$")
	}
	return elements, patterns
}

// node is an element of a report.
type node struct {
	name       string
	attributes []xml.Attr
	children   []*node
	text       string
}

func parse(t *testing.T, report []byte) *node {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(report))
	stack := []*node{{}}
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return stack[0].children[0]
		}
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		top := stack[len(stack)-1]
		switch at := token.(type) {
		case xml.StartElement:
			child := &node{name: at.Name.Local, attributes: at.Attr}
			top.children = append(top.children, child)
			stack = append(stack, child)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(at)
		}
	}
}

// valid checks a report against junit.xsd.
func valid(t *testing.T, report []byte) {
	t.Helper()
	g := NewWithT(t)
	elements, patterns := schema(t)
	var check func(*node)
	check = func(n *node) {
		of, known := elements[n.name]
		g.Expect(known).To(BeTrue(), "element %s", n.name)
		has := map[string]string{}
		for _, a := range n.attributes {
			has[a.Name.Local] = a.Value
		}
		for _, a := range append(of.Attributes, of.Extended...) {
			value, given := has[a.Name]
			g.Expect(given || a.Use != "required").To(BeTrue(), "%s without %s", n.name, a.Name)
			if given {
				g.Expect(patterns[a.Type].MatchString(value)).To(BeTrue(), "%s %s=%q is no %s", n.name, a.Name, value, a.Type)
			}
			delete(has, a.Name)
		}
		g.Expect(has).To(BeEmpty(), "attributes of %s", n.name)
		var order []string
		for _, child := range n.children {
			if len(order) == 0 || order[len(order)-1] != child.name {
				order = append(order, child.name)
			}
			check(child)
		}
		allowed := of.Sequence
		if len(of.Choice) > 0 {
			g.Expect(len(n.children)).To(BeNumerically("<=", 1), "one outcome of a %s", n.name)
			allowed = of.Choice
		}
		i := 0
		for _, ref := range allowed {
			if i < len(order) && order[i] == ref.Ref {
				i++
			} else {
				g.Expect(ref.Min == "0" || len(of.Choice) > 0).To(BeTrue(), "%s without %s", n.name, ref.Ref)
			}
		}
		g.Expect(i).To(Equal(len(order)), "what a %s holds: %s", n.name, strings.Join(order, ", "))
	}
	check(parse(t, report))
}

func TestJUnitIsValidByTheSchemaOfJenkins(t *testing.T) {
	valid(t, drawn(t))
	for name, s := range map[string]record.Summary{"nothing ran": record.Summarise(nil), "compared": {Comparison: &record.Comparison{
		Candidate: record.Build{Target: "edge", File: "edge.yaml"},
		Cells: []record.Compared{
			{Cell: "a", Outcome: record.OutcomeRegressed, Severity: record.High}, {Cell: "b", Outcome: record.OutcomeInconclusive},
			{Cell: "c", Outcome: record.OutcomeNotApplicable}, {Cell: "d", Outcome: record.OutcomeChanged, Below: true}, {Cell: "e", Outcome: record.OutcomeSame}}}}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			NewWithT(t).Expect(Write(&out, s)).To(Succeed())
			valid(t, out.Bytes())
		})
	}
}

func TestCasesHaveStableNames(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, suite := range parse(t, drawn(t)).children {
		for _, child := range suite.children {
			if child.name != "testcase" {
				continue
			}
			key := child.attributes[0].Value + " " + child.attributes[1].Value
			g.Expect(seen).NotTo(HaveKey(key))
			seen[key] = true
		}
	}
	g.Expect(seen).To(HaveLen(19), "19 cells, and no canary: it tests stalemate")
	g.Expect(seen).To(HaveKey("timeouts.edge tls/tls.client-hello/trickle"))
	g.Expect(seen).To(HaveKey("startup.vintage startup/unclean-same-pid"))
}
