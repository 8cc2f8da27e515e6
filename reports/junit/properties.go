package junit

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"stalemate/reports/record"
)

// runProperties say what ran, with what, on what; sorted by name.
func runProperties(s record.Summary) []property {
	all := map[string]string{"run": s.Run, "stalemate": s.Version, "command": s.Command, "exit": strconv.Itoa(s.Exit()),
		"planned": s.Tally.Counted()} // each cell is a case here, and no canary
	if s.Tally.Canaries > 0 {
		all["canaries"] = fmt.Sprintf("%d of %d caught", s.Tally.Caught, s.Tally.Canaries)
	}
	for key, value := range s.Engine {
		all["engine."+key] = value
	}
	for i, notice := range s.Notices {
		all[fmt.Sprintf("notice.%d", i+1)] = notice
	}
	if s.FailOn != "" {
		all["fail_on"] = string(s.FailOn)
	}
	for key, value := range s.Versions {
		all["version."+key] = value
	}
	return sorted(all)
}

// properties are those of one target, and of its cells in one suite.
func properties(target *record.Target, suite *record.Suite) []property {
	all := map[string]string{}
	join := func(key, value string) {
		switch {
		case value == "":
		case all[key] == "":
			all[key] = value
		case !contains(all[key], value):
			all[key] += "; " + value
		}
	}
	for _, image := range target.Images {
		what := "image"
		if image.Service != "" {
			what = "service." + image.Service + ".image"
		}
		join(what, image.Ref)
		join(what+".id", image.ID)
		join(what+".digest", image.Digest)
		join(what+".origin", image.Origin)
	}
	for _, pod := range target.Pods {
		join("restart_as", pod.RestartAs)
		for _, capability := range pod.Capabilities {
			join("granted", capability)
		}
	}
	for _, injection := range target.Injections {
		join("injected", injection.Note)
	}
	for _, cell := range suite.Cells {
		if limit := cell.Plan.Limit; limit != nil && !cell.Plan.Canary {
			join("tolerance", limit.Tolerance())
		}
	}
	return sorted(all)
}

// merged puts two lists together, sorted by name.
func merged(a, b []property) []property {
	all := append(append([]property{}, a...), b...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

func contains(list, value string) bool {
	for _, one := range strings.Split(list, "; ") {
		if one == value {
			return true
		}
	}
	return false
}

func sorted(all map[string]string) []property {
	var out []property
	for name, value := range all {
		if value != "" {
			out = append(out, property{Name: text(name), Value: text(value)})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
