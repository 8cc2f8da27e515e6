package attackers

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestDigestAuthorization(t *testing.T) {
	g := NewWithT(t)
	header, err := DigestAuthorization(`Digest realm="a, b", nonce="n1", algorithm=MD5, qop="auth"`, "probe", "secret", "GET", "/x", 1)
	g.Expect(err).NotTo(HaveOccurred())
	ha := md5Hex(md5Hex("probe:a, b:secret") + ":n1:00000001:5374616c656d617465:auth:" + md5Hex("GET:/x"))
	g.Expect(header).To(And(ContainSubstring(`realm="a, b"`), ContainSubstring("nc=00000001"), ContainSubstring(`response="`+ha+`"`)))
	for _, bad := range []string{"", `Basic realm="x"`, `Digest realm="x"`, "Digest nonce"} {
		_, err := DigestAuthorization(bad, "u", "p", "GET", "/", 1)
		g.Expect(err).To(HaveOccurred(), bad)
	}
}

func FuzzDigestParameters(f *testing.F) {
	f.Add(`realm="a, b", nonce=x`)
	f.Add(`="`)
	f.Fuzz(func(t *testing.T, text string) {
		digestParameters(text)
	})
}
