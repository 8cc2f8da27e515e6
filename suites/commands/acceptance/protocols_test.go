//go:build protocols

package acceptance_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestEachProtocol holds the ready-made conversations to the servers of Debian for which they were made. Each server runs twice: with a
// limit, which must fire, and without, where the same limit must be `never`. What differs from that is named here.
func TestEachProtocol(t *testing.T) {
	needsEngine(t)
	const fired, never, declared = "fired passed", "never failed", "as-declared passed"
	differs := map[string]string{
		"memcached-protocol/*/half-value":      declared, // the thread looks only at clients that wait for a command
		"postgresql-protocol/*/unread":         declared, // a statement timeout does not end a blocked write
		"mqtt-protocol/limited/tcp.connected":  declared, // longer than the test waits
		"mqtt-protocol/limited/connect":        declared,
		"mqtt-protocol/limited/no-keep-alive":  never, // the client asks for no limit
		"fastcgi-protocol/*/tcp.connected":     fired, // built in
		"pgbouncer-protocol/*/tcp.connected":   fired, // both poolings have both limits,
		"pgbouncer-protocol/session/logged-in": fired, // until the first query
	}
	unlimited := []string{"unlimited", "session"}
	files, err := filepath.Glob(filepath.Join(moduleRoot, "fixtures", "protocols", "servers", "*", "target.yaml"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(files).To(HaveLen(15))
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			g := NewWithT(t)
			report := filepath.Join(t.TempDir(), "report.json")
			e := check(t, binary(t), "-f", file, "--json", report)
			seen, want := map[string]string{}, map[string]string{}
			for _, target := range readReport(t, report).Targets {
				for _, cell := range target.Cells() {
					if cell.Plan.Canary || cell.Judgement == nil || cell.Plan.Listener == "" {
						continue
					}
					t.Logf("%s: %s", cell.Address, cell.Judgement.Message)
					seen[cell.Address] = fmt.Sprintf("%s %s", cell.Judgement.Verdict, cell.Judgement.Status)
					parts := strings.Split(cell.Address, "/")
					want[cell.Address] = fired
					for _, name := range unlimited {
						if parts[1] == name {
							want[cell.Address] = never
						}
					}
					for _, listener := range []string{"*", parts[1]} {
						if other, is := differs[strings.Join([]string{parts[0], listener, parts[2]}, "/")]; is {
							want[cell.Address] = other
						}
					}
				}
			}
			g.Expect(seen).NotTo(BeEmpty(), e.out+e.errOut)
			g.Expect(seen).To(Equal(want), e.out+e.errOut)
		})
	}
}
