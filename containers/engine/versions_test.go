package engine

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestOlderComparesNumbersNotText(t *testing.T) {
	g := NewWithT(t)
	g.Expect(older("1.40", "1.41")).To(BeTrue())
	g.Expect(older("1.41", "1.41")).To(BeFalse())
	g.Expect(older("1.100", "1.41")).To(BeFalse())
	g.Expect(older("6.1.0-49-amd64", "6.14")).To(BeTrue())
	g.Expect(older("6.18.44", "6.14")).To(BeFalse())
	g.Expect(older("nonsense", "1.41")).To(BeTrue())
}

func TestSameHostKnowsAllSpellings(t *testing.T) {
	g := NewWithT(t)
	g.Expect(sameHost("tcp://127.0.0.1:2375", "http://127.0.0.1:2375")).To(BeTrue())
	g.Expect(sameHost("unix:///run/docker.sock", "unix:///run/docker.sock")).To(BeTrue())
	g.Expect(sameHost("unix:///run/docker.sock", "unix:///var/run/docker.sock")).To(BeFalse())
}
