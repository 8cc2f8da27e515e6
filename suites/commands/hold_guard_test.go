package commands

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	. "github.com/onsi/gomega"
)

func addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		guard guard
		says  []string // nil: admitted
	}{
		"loopback":         {guard{addresses: addresses("127.0.0.1")}, nil},
		"all of 127/8":     {guard{addresses: addresses("127.255.1.2", "::1")}, nil},
		"mapped loopback":  {guard{addresses: addresses("::ffff:127.0.0.1")}, nil},
		"container":        {guard{addresses: addresses("172.30.0.4"), containers: addresses("172.30.0.3", "172.30.0.4")}, nil},
		"mapped container": {guard{addresses: addresses("::ffff:172.30.0.4"), containers: addresses("172.30.0.4")}, nil},
		"confirmed":        {guard{addresses: addresses("192.0.2.7"), operated: true}, nil},
		"another host": {guard{host: "192.0.2.7", addresses: addresses("192.0.2.7")},
			[]string{"192.0.2.7 is neither", "nor one of stalemate's containers", "stalemate.run", "attack", "--i-operate-this-host"}},
		"a name of another host": {guard{host: "shop.test", addresses: addresses("192.0.2.7")}, []string{"shop.test resolves to 192.0.2.7. That is neither"}},
		"one of two":             {guard{host: "both.test", addresses: addresses("127.0.0.1", "192.0.2.7")}, []string{"192.0.2.7"}},
		"another container":      {guard{addresses: addresses("172.30.0.9"), containers: addresses("172.30.0.4")}, []string{"172.30.0.9. That is neither"}},
		"no engine":              {guard{addresses: addresses("172.30.0.9"), engine: errors.New("no socket")}, []string{"could not list the containers: no socket"}},
		"unspecified":            {guard{addresses: addresses("0.0.0.0")}, []string{"0.0.0.0"}},
		"no address":             {guard{host: "nothing.test", operated: true}, []string{"nothing.test has no address"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			err := tc.guard.refusal()
			if tc.says == nil {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			for _, part := range tc.says {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
			}
		})
	}
}

func TestAdmitDialsWhatWasChecked(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	asked, engine := 0, 0
	w := lookup{
		// A name that rebinds: loopback when it is checked, another host afterwards.
		resolve: func(context.Context, string) ([]netip.Addr, error) {
			asked++
			if asked == 1 {
				return addresses("::1", "127.0.0.1"), nil
			}
			return addresses("192.0.2.7"), nil
		},
		containers: func(context.Context) ([]netip.Addr, error) { engine++; return addresses("172.30.0.4"), nil },
	}
	admit := func(address string) (string, error) { return w.admit(context.Background(), address, false) }
	admitted, err := admit("rebind.test:80")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(admitted).To(Equal("127.0.0.1:80"))
	g.Expect(asked).To(Equal(1))
	_, err = admit("[::1]:80")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(engine).To(BeZero(), "the loopback needs no engine")
	admitted, err = admit("172.30.0.4:80")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(admitted).To(Equal("172.30.0.4:80"))
	_, err = admit("rebind.test:80")
	g.Expect(err).To(MatchError(ContainSubstring("rebind.test resolves to 192.0.2.7")))
	g.Expect(engine).To(Equal(2))
	w.resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }
	_, err = admit("gone.test:80")
	g.Expect(err).To(MatchError(ContainSubstring("resolve gone.test: no such host")))
}

// TestHoldRefusesAStranger goes through the command: nothing is ever sent to the address, which is reserved for documentation.
func TestHoldRefusesAStranger(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
	g := NewWithT(t)
	code, out := hold("192.0.2.7:443", "--stage", "tls.server-hello")
	g.Expect(code).To(Equal(ExitUsage), out)
	g.Expect(out).To(ContainSubstring("neither a loopback address nor one of stalemate's containers"))
	g.Expect(out).To(ContainSubstring("--i-operate-this-host"))
	g.Expect(out).NotTo(ContainSubstring("held\n"))
}
