package containers

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"stalemate/containers/pod"
)

// configure applies the options of both kinds in their order.
func configure(image string, opts []testcontainers.ContainerCustomizer) (*settings, error) {
	s := &settings{request: Request{Path: "/"}, places: []string{"/run", "/var/run", "/tmp"}, say: func(string) {}}
	request := testcontainers.GenericContainerRequest{Started: true}
	request.Image = image
	for _, opt := range opts {
		var err error
		if ours, is := opt.(Option); is {
			err = ours(s)
		} else {
			err = opt.Customize(&request)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.take(request); err != nil {
		return nil, err
	}
	if len(s.listeners) == 0 {
		return nil, errors.New("the server has no listener: name one with containers.WithListener")
	}
	return s, nil
}

// take takes what testcontainers' customizers asked for, and refuses what a pod cannot do.
func (s *settings) take(r testcontainers.GenericContainerRequest) error {
	if err := errors.Join(refuse(r), refuse(r.ContainerRequest), refuseBuild(r.FromDockerfile), refuseWait(r.WaitingFor)); err != nil {
		return err
	}
	s.noStart, s.ready = !r.Started, r.WaitingFor
	s.spec.Entrypoint, s.spec.Command, s.spec.Env = r.Entrypoint, r.Cmd, r.Env
	s.spec.Tmpfs, s.spec.Platform, s.source.Platform = r.Tmpfs, r.ImagePlatform, r.ImagePlatform
	if err := s.takeImage(r); err != nil {
		return err
	}
	files, err := podFiles(r.Files)
	if err != nil {
		return err
	}
	s.spec.Files = append(s.spec.Files, files...)
	return errors.Join(s.takeConfig(r.ConfigModifier), s.takeHostConfig(r.HostConfigModifier))
}

// takeImage says what the image is made from.
func (s *settings) takeImage(r testcontainers.GenericContainerRequest) error {
	s.source.Image, s.source.Build, s.source.File = r.Image, r.Context, r.Dockerfile
	for name, value := range r.BuildArgs {
		if s.source.Args == nil {
			s.source.Args = map[string]string{}
		}
		if value != nil {
			s.source.Args[name] = *value
		}
	}
	for _, substitute := range r.ImageSubstitutors {
		image, err := substitute.Substitute(s.source.Image)
		if err != nil {
			return fmt.Errorf("substitute image %s by %s: %w", s.source.Image, substitute.Description(), err)
		}
		s.source.Image = image
	}
	return nil
}

// refused are the fields of a request that a pod cannot honour: which customizer sets each, and why not or what to use.
func refused() map[string]string {
	const network = "a pod has its own network, which has no way out"
	return map[string]string{
		"HostAccessPorts":          "WithHostPortAccess: " + network,
		"Networks":                 "network.WithNetwork: " + network,
		"NetworkAliases":           "network.WithNetwork: " + network,
		"NetworkMode":              "NetworkMode: " + network,
		"EndpointSettingsModifier": "WithEndpointSettingsModifier: " + network,
		"ExtraHosts":               "ExtraHosts: " + network,
		"ExposedPorts":             "WithExposedPorts: no port of a pod is published; use containers.WithListener",
		"Mounts":                   "WithMounts: what is mounted would outlive the pod; use testcontainers.WithFiles or WithTmpfs",
		"Binds":                    "Binds: what is mounted would outlive the pod; use testcontainers.WithFiles or WithTmpfs",
		"Labels":                   "WithLabels: the labels of a pod say what its reaper removes",
		"Name":                     "WithName: a pod's containers have names of their own",
		"Hostname":                 "Hostname: the pod's sandbox sets it",
		"WorkingDir":               "WorkingDir: set it in the image",
		"Privileged":               "Privileged: a privileged server could leave its pod",
		"Resources":                "Resources: limits are not set on a pod",
		"User":                     "User: use testcontainers.WithConfigModifier",
		"AutoRemove":               "AutoRemove: a dead container is needed for the next start",
		"AlwaysPullImage":          "WithAlwaysPull: pull the image before Run",
		"ShmSize":                  "ShmSize: use testcontainers.WithHostConfigModifier",
		"CapAdd":                   "CapAdd: use testcontainers.WithHostConfigModifier",
		"CapDrop":                  "CapDrop: a server keeps the engine's default capabilities",
		"LifecycleHooks":           "WithLifecycleHooks, WithStartupCommand: use Server.Exec after Run",
		"LogConsumerCfg":           "WithLogConsumers: use Server.Logs",
		"RegistryCred":             "RegistryCred: pull the image before Run",
		"SkipReaper":               "SkipReaper: a pod has its own reaper",
		"ReaperImage":              "ReaperImage: a pod has its own reaper",
		"ReaperOptions":            "ReaperOptions: a pod has its own reaper",
		"Reuse":                    "WithReuseByName: a pod ends with its test",
		"ProviderType":             "WithProvider: DOCKER_HOST says which engine is used",
		"Logger":                   "WithLogger: use containers.WithProgress",
	}
}

// refuse names the fields of a request that are set and cannot be honoured.
func refuse(request any) error {
	var all []error
	value := reflect.ValueOf(request)
	for name, why := range refused() {
		if field := value.FieldByName(name); field.IsValid() && !field.IsZero() && !promoted(value, name) {
			all = append(all, fmt.Errorf("testcontainers option %s", why))
		}
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(all...)
}

// promoted says whether a field belongs to a struct that is embedded, which is looked at for itself.
func promoted(value reflect.Value, name string) bool {
	field, _ := value.Type().FieldByName(name)
	return len(field.Index) > 1
}

// refuseBuild refuses what the store of images does not do: it builds a folder, and keeps the image under its content's hash.
func refuseBuild(b testcontainers.FromDockerfile) error {
	if b.ContextArchive != nil || b.BuildOptionsModifier != nil || b.BuildLogWriter != nil || b.Repo != "" || b.Tag != "" || len(b.AuthConfigs) > 0 {
		return errors.New("testcontainers option WithDockerfile: only Context, Dockerfile, BuildArgs and KeepImage are honoured")
	}
	return nil
}

// refuseWait refuses strategies that dial a published port.
func refuseWait(s wait.Strategy) error {
	return wait.Walk(&s, func(one wait.Strategy) error {
		switch one.(type) {
		case *wait.HostPortStrategy, *wait.HTTPStrategy:
			return fmt.Errorf("testcontainers option WithWaitStrategy: %T dials a published port, and a pod has none: use containers.ForAnswer", one)
		}
		return nil
	})
}

// takeConfig honours what a modifier sets of the user.
func (s *settings) takeConfig(modify func(*container.Config)) error {
	if modify == nil {
		return nil
	}
	var c container.Config
	modify(&c)
	s.spec.User, c.User = c.User, ""
	return unhonoured("WithConfigModifier", c, "User")
}

// takeHostConfig honours what a modifier sets of a pod's target.
func (s *settings) takeHostConfig(modify func(*container.HostConfig)) error {
	if modify == nil {
		return nil
	}
	var h container.HostConfig
	modify(&h)
	s.spec.Capabilities, h.CapAdd = h.CapAdd, nil
	s.spec.ShmSize, h.ShmSize = h.ShmSize, 0
	s.spec.Sysctls, h.Sysctls = h.Sysctls, nil
	s.spec.ReadOnly, h.ReadonlyRootfs = h.ReadonlyRootfs, false
	s.spec.Resources.Memory, h.Memory = h.Memory, 0
	if h.PidsLimit != nil {
		s.spec.Resources.Processes, h.PidsLimit = *h.PidsLimit, nil
	}
	if len(h.Tmpfs) > 0 {
		s.spec.Tmpfs = maps.Clone(s.spec.Tmpfs)
		if s.spec.Tmpfs == nil {
			s.spec.Tmpfs = map[string]string{}
		}
		maps.Copy(s.spec.Tmpfs, h.Tmpfs)
		h.Tmpfs = nil
	}
	return unhonoured("WithHostConfigModifier", h, "CapAdd, ShmSize, Sysctls, ReadonlyRootfs, Tmpfs, Memory and PidsLimit")
}

// unhonoured names the first field that is still set.
func unhonoured(option string, config any, honoured string) error {
	value := reflect.ValueOf(config)
	for i := range value.NumField() {
		if !value.Field(i).IsZero() {
			return fmt.Errorf("testcontainers option %s: it sets %s, and a pod honours %s", option, value.Type().Field(i).Name, honoured)
		}
	}
	return nil
}

// podFiles reads what is copied into the container; a folder is copied with everything below it.
func podFiles(files []testcontainers.ContainerFile) ([]pod.File, error) {
	var all []pod.File
	for _, f := range files {
		some, err := podFile(f)
		if err != nil {
			return nil, fmt.Errorf("testcontainers option WithFiles: the file for %s: %w", f.ContainerFilePath, err)
		}
		all = append(all, some...)
	}
	return all, nil
}
