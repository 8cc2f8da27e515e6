package learn

import (
	"fmt"
	"strings"
	"time"

	"stalemate/reports/record"
)

// DefaultWaiveFor is how long waivers accept the weaknesses.
const DefaultWaiveFor = 90 * 24 * time.Hour

// waivedUntil is the last day of the waivers.
func (o Options) waivedUntil() string { return o.Now.UTC().Add(o.WaiveFor).Format(time.DateOnly) }

// waivers writes one waiver for each weakness. The target file makes each weakness a failure then.
func waivers(found []finding, s server, o Options) string {
	if o.WaiveFor == 0 {
		return ""
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "# Written by `stalemate learn` on %s. Fix each weakness, or give its waiver a ticket.\n", o.Now.UTC().Format(time.DateOnly))
	b.WriteString("version: 1\nwaivers:")
	none := true
	for _, f := range found {
		if !f.waived(o) {
			continue
		}
		none = false
		fmt.Fprintf(b, "\n  - {cell: %q, verdict: %s, reason: %q, ticket: %q, expires: %s}", f.waivedCells(), record.Never, f.weak(s), "none yet", o.waivedUntil())
	}
	if none {
		b.WriteString(" []")
	}
	return b.String() + "\n"
}

// waivedCells is the pattern of a waiver: the cell, and with a silent one the same stage in the modes that check adds to it.
func (f finding) waivedCells() string {
	all := []string{f.cell.Address}
	if f.cell.Mode == record.Silent {
		stage := strings.TrimSuffix(f.cell.Address, string(record.Silent))
		all = append(all, stage+string(record.Alone), stage+string(record.Later))
	}
	return strings.Join(all, "|")
}
