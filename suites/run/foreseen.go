package run

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"stalemate/containers/image"
	"stalemate/fixtures/target"
	"stalemate/suites/plan"
)

// CheckNames finds, before anything starts, what no engine and no server could do anything with: names of images, platforms and
// server names. Its error has every fault.
func CheckNames(targets []*target.Target) error {
	var faults []error
	wrong := func(t *target.Target, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: target %s: %w", t.File, t.Name, err))
		}
	}
	for _, t := range targets {
		if t.Canary != "" {
			continue
		}
		wrong(t, image.CheckReference(t.Image, t.Platform))
		for _, s := range t.Services {
			wrong(t, image.CheckReference(s.Image, ""))
		}
		for _, l := range t.Listeners {
			if err := checkServerName(l.SNI); err != nil {
				wrong(t, fmt.Errorf("listener %s: %w", l.Name, err))
			}
		}
	}
	return errors.Join(faults...)
}

// longestName is that of a name in the DNS, RFC 1035, section 2.3.4.
const longestName = 253

// checkServerName says what is wrong with the name that a TLS client sends. It is a name of the DNS and no address (RFC 6066, section 3).
func checkServerName(name string) error {
	if _, err := netip.ParseAddr(name); err == nil {
		return fmt.Errorf("sni %q is an address, and TLS servers know only names: write a name, or remove sni", name)
	}
	ok := len(name) <= longestName && !strings.HasSuffix(name, ".")
	for _, label := range strings.Split(name, ".") {
		ok = ok && len(label) <= 63 && (label != "" || name == "") && strings.IndexFunc(label, notInName) < 0
	}
	if !ok {
		return fmt.Errorf("sni %q is no host name: write one such as shop.example", name)
	}
	return nil
}

func notInName(r rune) bool {
	return !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
}

// WaiversForeseen names the waivers that can accept nothing, whatever the run finds: they have expired, or name no cell.
func WaiversForeseen(p *plan.Plan, now time.Time) []string {
	if p.Waivers == nil {
		return nil
	}
	var notices []string
	for _, w := range p.Waivers.List {
		what := fmt.Sprintf("waiver %s:%d for %s of %s (%s)", p.Waivers.File, w.Line, w.Verdict, w.Cell, w.Ticket)
		switch {
		case w.Expired(now):
			notices = append(notices, fmt.Sprintf("%s expired after %s: renew it or remove it", what, w.Expires.AddDate(0, 0, -1).Format(time.DateOnly)))
		case !p.HasCell(w.Covers):
			notices = append(notices, what+" names no cell: correct the address or remove it")
		}
	}
	return notices
}
