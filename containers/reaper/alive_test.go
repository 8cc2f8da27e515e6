package reaper

import (
	"testing"
	"testing/fstest"

	. "github.com/onsi/gomega"
)

func TestAliveAreTheRunsWithAReaper(t *testing.T) {
	g := NewWithT(t)
	file := func(line string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(line)} }
	alive, err := Alive(fstest.MapFS{
		"1/cmdline":    file("/sbin/init\x00"),
		"2/cmdline":    file(""), // a thread of the kernel
		"30/cmdline":   file("/usr/bin/stalemate\x00pod\x00reap\x00--run\x00abc\x00"),
		"31/cmdline":   file("grep\x00pod reap --run xyz\x00"),
		"32/cmdline":   file("stalemate\x00pod\x00reap\x00--run\x00"),
		"self/cmdline": file("/usr/bin/stalemate\x00pod\x00reap\x00--run\x00nobody\x00"),
		"33/status":    file("ended between two looks"),
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(alive).To(Equal(map[string]bool{"abc": true}))
}

func FuzzReaps(f *testing.F) {
	f.Add([]byte("stalemate\x00pod\x00reap\x00--run\x00abc\x00"))
	f.Fuzz(func(t *testing.T, line []byte) { reaps(line) })
}
