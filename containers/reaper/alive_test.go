package reaper

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestAliveAreTheRunsWithAReaper(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	for name, text := range map[string]string{
		"1/cmdline":    "/sbin/init\x00",
		"2/cmdline":    "", // a thread of the kernel
		"30/cmdline":   "/usr/bin/stalemate\x00pod\x00reap\x00--run\x00abc\x00",
		"31/cmdline":   "grep\x00pod reap --run xyz\x00",
		"32/cmdline":   "stalemate\x00pod\x00reap\x00--run\x00",
		"self/cmdline": "/usr/bin/stalemate\x00pod\x00reap\x00--run\x00nobody\x00",
		"33/status":    "ended between two reads",
	} {
		path := filepath.Join(root, name)
		g.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(path, []byte(text), 0o600)).To(Succeed())
	}
	alive, err := Alive(root)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(alive).To(Equal(map[string]bool{"abc": true}))
}

func FuzzRunOf(f *testing.F) {
	f.Add("stalemate\x00pod\x00reap\x00--run\x00abc")
	f.Fuzz(func(t *testing.T, line string) { runOf(strings.Split(line, "\x00")) })
}
