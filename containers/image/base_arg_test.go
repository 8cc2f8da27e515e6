package image

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// A Dockerfile that starts elsewhere must not cost a Debian root.
func TestOnlyADockerfileWithARGBASETakesTheBaseImage(t *testing.T) {
	g := NewWithT(t)
	for text, takes := range map[string]bool{
		"ARG BASE\nFROM ${BASE}\n":              true,
		"# first\narg  BASE=debian\nFROM $BASE": true,
		"FROM scratch\nCOPY server /\n":         false,
		"ARG BASEDIR\nFROM scratch\n":           false,
		"# ARG BASE\nFROM scratch\n":            false,
	} {
		dir := t.TempDir()
		g.Expect(os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o600)).To(Succeed())
		files, err := readBuildContext(dir)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(files.based["Dockerfile"]).To(Equal(takes), text)
	}
}

// A preloaded library is built on the target's own image, and not on Debian's.
func TestABaseThatIsGivenStays(t *testing.T) {
	g := NewWithT(t)
	own, mode := "sha256:own", "fast"
	g.Expect(buildArgs(map[string]string{"BASE": own, "MODE": mode}, "sha256:debian")).To(Equal(map[string]*string{"BASE": &own, "MODE": &mode}))
	debian := "sha256:debian"
	g.Expect(buildArgs(nil, debian)).To(Equal(map[string]*string{"BASE": &debian}))
	g.Expect(buildArgs(nil, "")).To(BeEmpty())
}
