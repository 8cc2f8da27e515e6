package learn

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// largeBytes is more than the buffers of both sockets take, see fixtures/TARGET.md.
const largeBytes = 16 << 20

// mostAsked bounds how many paths are asked for each purpose: an exchange costs a tenth of a second.
const mostAsked = 12

// paths are where the server reads a body, and where it sends much. They are "" where none was found.
type paths struct{ body, large string }

// forms and links are in the HTML of the first page.
var (
	forms = regexp.MustCompile(`(?i)<form\b[^>]*\baction\s*=\s*["']?(/[^"'\s>#]*)`)
	links = regexp.MustCompile(`(?i)\b(?:href|src)\s*=\s*["']?(/?[^"'\s>#:]+)(?:["'\s>#]|$)`)
)

// usual are paths at which servers read a body.
var usual = []string{"/", "/upload", "/api", "/login", "/cgi-bin/test.cgi", "/index.php"}

// findPaths asks the port, which speaks HTTP.
func findPaths(ctx context.Context, in run.Server, t *target.Target, p port) (paths, error) {
	found := paths{body: t.Request.Body, large: t.Request.Large}
	for _, path := range candidates(append(matches(forms, p.page), append([]string{t.Request.Path}, usual...)...)) {
		if found.body != "" {
			break
		}
		result, err := askPath(ctx, in, t, p, "POST", path)
		if err != nil {
			return found, err
		}
		if result.Reached == "http" && result.Status < 500 && !stages.RefusesBody(stages.HTTPBody, result.Status) && result.Status/100 != 3 {
			found.body = path
		}
	}
	for _, path := range candidates(append([]string{t.Request.Path}, matches(links, p.page)...)) {
		if found.large != "" {
			break
		}
		result, err := askPath(ctx, in, t, p, "HEAD", path)
		if err != nil {
			return found, err
		}
		if length := result.Headers["Content-Length"]; len(length) > 0 {
			if n, err := strconv.ParseInt(length[0], 10, 64); err == nil && n >= largeBytes && result.Status == 200 {
				found.large = path
			}
		}
	}
	return found, nil
}

// askPath makes one exchange. A POST has a body of one byte.
func askPath(ctx context.Context, in run.Server, t *target.Target, p port, method, path string) (wire.ProbeResult, error) {
	ask := question(in.Address(), p.number, t, p.asked)
	ask.Timeout, ask.Method, ask.Request.Path = bannerWithin, method, path
	if method == "POST" {
		ask.Body = "x"
	}
	return run.Probe(ctx, in, ask)
}

// plainPath is a path that needs no quotes in YAML.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9._~/?=&%+-]*$`)

// candidates are the first of the paths that stand for a path of the server, each once.
func candidates(all []string) []string {
	var kept []string
	for _, path := range all {
		if !strings.HasPrefix(path, "/") {
			path = "/" + strings.TrimPrefix(path, "./")
		}
		if plainPath.MatchString(path) && !strings.HasPrefix(path, "//") && !slices.Contains(kept, path) && len(kept) < mostAsked {
			kept = append(kept, path)
		}
	}
	return kept
}

func matches(pattern *regexp.Regexp, page string) []string {
	var all []string
	for _, m := range pattern.FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return all
}

// section is the key request. A path that was not found is asked for all the same: the answer says why it has no such stage.
func (p paths) section() string {
	value := func(path string) string {
		if path == "" {
			return "/"
		}
		return path
	}
	why := ""
	switch {
	case p.body == "" && p.large == "":
		why = " # body: a path that reads a body; large: one that sends more than 16 MiB"
	case p.body == "":
		why = " # body: a path that reads a body"
	case p.large == "":
		why = " # large: a path that sends more than 16 MiB"
	}
	return fmt.Sprintf("request: {path: /, body: %q, large: %q}%s\n", value(p.body), value(p.large), why)
}
