package reports

import (
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

type junitCase struct {
	Failure   *struct{} `xml:"failure"`
	Error     *struct{} `xml:"error"`
	Skipped   *struct{} `xml:"skipped"`
	SystemOut string    `xml:"system-out"`
}

// ofJenkins counts cases as Jenkins does: it looks at each case, and ignores the totals.
func ofJenkins(t *testing.T, path string) counts {
	var doc struct {
		Suites []struct {
			Cases []junitCase `xml:"testcase"`
		} `xml:"testsuite"`
	}
	decode(t, path, &doc)
	var c counts
	for _, suite := range doc.Suites {
		for _, one := range suite.Cases {
			status := "passed"
			switch {
			case one.Skipped != nil:
				status = "skipped"
			case one.Error != nil:
				status = "error"
			case one.Failure != nil:
				status = "failed"
			}
			c.add(status, strings.Contains(one.SystemOut, "below --fail-on"))
		}
	}
	return c
}

// ofGitLab counts as GitLab does: a case is what its first child with such a name is, wherever its suite stands.
func ofGitLab(t *testing.T, path string) counts {
	text, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var c counts
	for _, one := range regexp.MustCompile(`(?s)<testcase [^>]*>(.*?)</testcase>`).FindAllStringSubmatch(string(text), -1) {
		child := regexp.MustCompile(`^\s*<(failure|error|skipped|system-out)\b`).FindStringSubmatch(one[1])
		switch {
		case child == nil:
			c.Passed++
		case child[1] == "system-out":
			c.Below++
		default:
			c.add(map[string]string{"failure": "failed", "error": "error", "skipped": "skipped"}[child[1]], false)
		}
	}
	return c
}

// ofGitHub counts as actions do that publish JUnit: by the totals of each suite.
func ofGitHub(t *testing.T, path string) counts {
	var doc struct {
		Suites []struct {
			Tests    int         `xml:"tests,attr"`
			Failures int         `xml:"failures,attr"`
			Errors   int         `xml:"errors,attr"`
			Skipped  int         `xml:"skipped,attr"`
			Cases    []junitCase `xml:"testcase"`
		} `xml:"testsuite"`
	}
	decode(t, path, &doc)
	var c counts
	for _, suite := range doc.Suites {
		c.Failed += suite.Failures
		c.Inconclusive += suite.Errors
		c.Skipped += suite.Skipped
		c.Passed += suite.Tests - suite.Failures - suite.Errors - suite.Skipped
		for _, one := range suite.Cases {
			if one.SystemOut != "" {
				c.Below++
				c.Passed--
			}
		}
	}
	return c
}
