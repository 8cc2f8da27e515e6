package leftover

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestAnOwnerIsWrittenAsChownTakesIt(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\nbroken:x:y\n"
	const group = "root:x:0:\nssl-cert:x:103:postgres\n"
	for owner, want := range map[string][2]int{
		"postgres": {101, 104}, "101": {101, 104}, "4000": {4000, 0}, "0": {0, 0}, "root": {0, 0},
		"postgres:ssl-cert": {101, 103}, "101:7": {101, 7}, "33:33": {33, 33},
	} {
		uid, gid, err := Owner(owner, passwd, group)
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), owner)
		NewWithT(t).Expect([2]int{uid, gid}).To(Equal(want), owner)
	}
	for owner, want := range map[string]string{
		"nobody-here":    `owner "nobody-here": the image's /etc/passwd has no user nobody-here`,
		"postgres:wheel": `owner "postgres:wheel": the image's /etc/group has no group wheel`,
		"broken":         `no user broken`,
	} {
		_, _, err := Owner(owner, passwd, group)
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(want)))
	}
}
