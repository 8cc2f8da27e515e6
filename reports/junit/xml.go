package junit

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// The elements, with the attributes that readers of JUnit agree on: see junit.xsd.

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Time     seconds  `xml:"time,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name       string     `xml:"name,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Time       seconds    `xml:"time,attr"`
	Timestamp  string     `xml:"timestamp,attr,omitempty"`
	File       string     `xml:"file,attr,omitempty"` // the target file
	Properties []property `xml:"properties>property,omitempty"`
	Cases      []test     `xml:"testcase"`
	SystemOut  *body      `xml:"system-out,omitempty"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type test struct {
	Class     string  `xml:"classname,attr"`
	Name      string  `xml:"name,attr"`
	Time      seconds `xml:"time,attr"`
	Failure   *fault  `xml:"failure,omitempty"`
	Error     *fault  `xml:"error,omitempty"`
	Skipped   *skip   `xml:"skipped,omitempty"`
	SystemOut *body   `xml:"system-out,omitempty"`
}

type fault struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Body    string `xml:",cdata"`
}

type skip struct {
	Message string `xml:"message,attr"`
}

type body struct {
	Text string `xml:",cdata"`
}

// seconds are written with three places, as other tools do.
type seconds float64

// MarshalText writes the attribute.
func (s seconds) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'f', 3, 64), nil
}

// text replaces what XML 1.0 cannot hold, not even escaped, by U+FFFD.
func text(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return r
		case r < 0x20, r >= 0xD800 && r <= 0xDFFF, r == 0xFFFE, r == 0xFFFF:
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
