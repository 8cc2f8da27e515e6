package run

import (
	"fmt"
	"maps"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
)

// podSpec is the specification of a target's pod: images, commands, environment, files and certificates.
func podSpec(run, name string, t *target.Target, images podImages) (pod.Spec, error) {
	s := pod.Spec{Run: run, Name: name, Target: t.Name, Image: images.target, Helper: images.helper, Command: t.Command, Env: t.Env, User: t.User,
		ReadOnly: t.ReadOnly, Tmpfs: t.Tmpfs, Platform: t.Platform, RestartAs: t.RestartAs, Files: files(t.Files),
		Resources: resources(t)}
	if t.Resources.RawSockets {
		s.Capabilities = []string{"NET_RAW"}
	}
	if t.Inject != nil && len(t.Inject.Env) > 0 {
		s.Env = maps.Clone(t.Env)
		if s.Env == nil {
			s.Env = map[string]string{}
		}
		maps.Copy(s.Env, t.Inject.Env)
	}
	for _, c := range t.Certificates {
		cert, key, ca, err := t.Issue(c.Names)
		if err != nil {
			return pod.Spec{}, fmt.Errorf("make a certificate for target %s: %w", t.Name, err)
		}
		s.Files = append(s.Files, pod.File{Content: cert, To: c.Cert}, pod.File{Content: key, To: c.Key})
		if c.CA != "" {
			s.Files = append(s.Files, pod.File{Content: ca, To: c.CA})
		}
	}
	for _, service := range t.Services {
		s.Services = append(s.Services, pod.Service{Name: service.Name, Image: images.services[service.Name],
			Command: service.Command, Env: service.Env, Files: files(service.Files), Resources: resources(t)})
	}
	return s, nil
}

func files(from []target.File) []pod.File {
	to := make([]pod.File, len(from))
	for i, f := range from {
		to[i] = pod.File{From: f.From, To: f.To, Mode: f.Mode}
	}
	return to
}

// resources are the bounds of the target's container, and of each service.
func resources(t *target.Target) pod.Resources {
	return pod.Resources{Memory: t.Resources.Memory, Processes: t.Resources.Processes, Log: t.Resources.Log}
}
