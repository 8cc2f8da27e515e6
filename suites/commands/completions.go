package commands

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stalemate/containers/engine"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// completeAddress offers the next part of every address that begins as typed, from the target files named so far.
// After a | another pattern begins.
func completeAddress(files []string, typed string) []string {
	targets, err := target.LoadAll(files, os.LookupEnv)
	if err != nil {
		return nil
	}
	var addresses []string
	for _, t := range targets {
		addresses = append(append(addresses, plan.Addresses(t)...), plan.StartAddresses(t)...)
		if after := plan.AfterAddress(t); after != "" {
			addresses = append(addresses, after)
		}
	}
	// A limit has a cell in a mode such as alone at one of its stages. A file that cannot be planned has none yet.
	if p, err := plan.Make(targets, plan.Selection{Extent: plan.Thorough}); err == nil {
		for _, c := range p.Cells {
			addresses = append(addresses, c.Address)
		}
	}
	return nextParts(addresses, typed)
}

// nextParts are the addresses that begin as typed, each up to its next slash.
func nextParts(addresses []string, typed string) []string {
	before, last := "", typed
	if i := strings.LastIndexByte(typed, '|'); i >= 0 {
		before, last = typed[:i+1], typed[i+1:]
	}
	var offers []string
	for _, address := range addresses {
		rest, ok := strings.CutPrefix(address, last)
		if !ok || rest == "" {
			continue
		}
		if i := strings.IndexByte(rest[1:], '/'); i >= 0 {
			rest = rest[:i+2]
		}
		if offer := before + last + rest; !slices.Contains(offers, offer) {
			offers = append(offers, offer)
		}
	}
	return offers
}

// completeStage offers the stages of --stage.
func completeStage(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return holdStages(), cobra.ShellCompDirectiveNoFileComp
}

// completeMode offers the modes of --mode.
func completeMode(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{string(record.Silent), string(record.Trickle)}, cobra.ShellCompDirectiveNoFileComp
}

// completeLog offers event logs, and folders that may have some.
func completeLog(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"jsonl"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeImagesWithin bounds how long a shell waits for the engine.
const completeImagesWithin = 2 * time.Second

// completeImage offers the images that the engine has, without stalemate's helpers. Without an engine it offers nothing.
func completeImage(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp
	ctx, cancel := context.WithTimeout(cmd.Context(), completeImagesWithin)
	defer cancel()
	e, err := engine.Reach(ctx)
	if err != nil {
		return nil, directive
	}
	defer e.Close() // the process ends anyway
	images, err := e.ImageNames(ctx)
	if err != nil {
		return nil, directive
	}
	return slices.DeleteFunc(images, func(name string) bool { return !strings.HasPrefix(name, typed) }), directive
}

// completeOneImage offers images for the only argument.
func completeOneImage(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeImage(cmd, args, typed)
}
