package spec

import (
	"testing"

	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"
)

func TestAFilterIsWrittenAsLabelsAre(t *testing.T) {
	labels := []string{"target: nginx", "listener: tls13", "stage: http.keep-alive", "mode: silent"}
	for text, matches := range map[string]bool{
		"target: nginx": true,
		"target:nginx":  true,
		"target: nginx && stage: http.keep-alive":        true,
		"target: nginx && stage: http.body":              false,
		"target: apache-event || stage: http.keep-alive": true,
		"!target: nginx": false,
		"(target: apache || target: nginx) && !mode: trickle": true,
		"target: nginx, target: haproxy":                      true,
		"target: containsAny {nginx, haproxy}":                true,
		"target: consistsOf nginx":                            true,
		"bug: isEmpty":                                        true,
		"target: isEmpty":                                     false,
		"/stage: http/":                                       true,
		"/stage: http/ && target: haproxy":                    false,
		"":                                                    true,
	} {
		g := NewWithT(t)
		filter, err := types.ParseLabelFilter(Filter(text))
		g.Expect(err).NotTo(HaveOccurred(), "%q became %q", text, Filter(text))
		g.Expect(filter(labels)).To(Equal(matches), "%q became %q", text, Filter(text))
	}
}
