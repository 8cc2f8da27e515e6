package startup

import (
	"context"
	"fmt"
	"slices"

	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// freshStart is the first start of a fresh container: how it was made, and what was there before it.
type freshStart struct {
	options pod.UpOptions
	found   []record.Leftover
}

// searchImage finds out why a first start does not serve: does the image itself hold what is in its way? A fresh container
// without that must serve then, and one with it must fail again in the same way. Otherwise the start stays unexplained.
func (s *scenario) searchImage(ctx context.Context) {
	i := slices.IndexFunc(s.starts, verdict.Start.Unexplained)
	if i < 0 {
		return
	}
	failed := &s.starts[i]
	suspects := s.suspects()
	if len(suspects) == 0 {
		s.Say("the image holds no file in %v; if one elsewhere is in the way, add its directory to leftovers.watch", s.watched())
		return
	}
	for _, some := range suspects {
		without, err := s.startFresh(ctx, some)
		if err != nil {
			s.Say("could not find out whether the image itself holds what is in the way, %s: %v", names(some), err)
			return
		}
		s.Say("a fresh container without %s: %s, %s", names(some), without.Seen(), without.How())
		if !without.Serves() {
			continue
		}
		with, err := s.startFresh(ctx, nil)
		if err != nil {
			s.Say("could not start a fresh container with %s again: %v", names(some), err)
			return
		}
		s.Say("a fresh container with %s again: %s, %s", names(some), with.Seen(), with.How())
		if with.Seen() == failed.Seen() {
			failed.InImage = names(some)
		}
		return
	}
}

// suspects are what the image holds that may be in the way of a start: first what looks like a leftover, then every file.
func (s *scenario) suspects() [][]record.Leftover {
	files := slices.DeleteFunc(slices.Clone(s.fresh.found), func(l record.Leftover) bool {
		return l.Kind == leftover.Directory || isIPC(l.Kind) || slices.Contains(s.watched(), l.Name) || s.copied(l.Name)
	})
	typical := slices.DeleteFunc(slices.Clone(files), func(l record.Leftover) bool {
		return !slices.Contains([]string{leftover.PIDFile, leftover.Lock, leftover.Socket, leftover.FIFO}, l.Kind)
	})
	var all [][]record.Leftover
	if len(typical) > 0 {
		all = append(all, typical)
	}
	if len(files) > len(typical) {
		all = append(all, files)
	}
	return all
}

// copied says whether stalemate copied a file into the target before its first start.
func (s *scenario) copied(name string) bool {
	for _, f := range s.Target.Files {
		if f.To == name {
			return true
		}
	}
	for _, c := range s.Target.Certificates {
		if slices.Contains([]string{c.Cert, c.Key, c.CA}, name) {
			return true
		}
	}
	return slices.ContainsFunc(s.configuration(), func(step steps.Step) bool { return step.(*steps.CopyFile).File.To == name })
}

// configuration are the steps before the first start that copy files.
func (s *scenario) configuration() []steps.Step {
	for i, step := range s.Steps {
		if _, copies := step.(*steps.CopyFile); !copies {
			return s.Steps[:i]
		}
	}
	return nil
}

// removeAll removes files while the server is down, from volumes and from the target's layer.
func (s *scenario) removeAll(ctx context.Context, files []record.Leftover) error {
	var inLayer []string
	var inVolumes []leftover.Object
	for _, l := range files {
		if s.volatile(l.Name) {
			inVolumes = append(inVolumes, leftover.Object{Kind: l.Kind, Name: l.Name})
		} else {
			inLayer = append(inLayer, l.Name)
		}
	}
	if err := s.change(ctx, leftover.ToRemove, inVolumes); err != nil || len(inLayer) == 0 {
		return err
	}
	return layer.Remove(ctx, s.tools.Engine().Client(), s.pod.Names()[string(pod.Target)], inLayer...)
}

// startFresh makes the pod as new, removes some of what the image holds, starts the server as in the first start and judges it.
func (s *scenario) startFresh(ctx context.Context, without []record.Leftover) (verdict.Start, error) {
	ctx, cancel := context.WithTimeout(ctx, stepWithin+patience*s.Target.Ready.Within+s.Stays())
	defer cancel()
	if err := s.afresh(ctx); err != nil {
		return verdict.Start{}, err
	}
	s.alive = false
	for _, step := range s.configuration() {
		if err := step.Do(ctx, s); err != nil {
			return verdict.Start{}, err
		}
	}
	if err := s.removeAll(ctx, without); err != nil {
		return verdict.Start{}, err
	}
	defer s.forgetStranger()
	incarnation, err := s.pod.Up(ctx, s.fresh.options)
	if err != nil {
		return verdict.Start{}, fmt.Errorf("start a fresh container: %w", err)
	}
	now, err := s.comesTo(ctx, incarnation.Began)
	if err != nil {
		return verdict.Start{}, err
	}
	if now, err = s.lasts(ctx, now, s.Stays()); err != nil {
		return verdict.Start{}, err
	}
	started := verdict.Start{First: true, Expect: record.Starts}
	now.fill(&started, s.Target.Ready.Within)
	return started, nil
}
