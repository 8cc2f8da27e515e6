package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// address is where the engine is, and what says so.
type address struct {
	host string // as DOCKER_HOST has it; "" for the default socket
	from string // "DOCKER_HOST", or which docker context
}

// defaultContext is the name that the docker command has for the engine without a context.
const defaultContext = "default"

// maxContextFile bounds what is read of a file of the docker command. One has less than a kilobyte.
const maxContextFile = 1 << 20

// chosenAddress is the engine that the docker command would use: DOCKER_HOST, or else the docker context that DOCKER_CONTEXT or
// `docker context use` names. testcontainers knows DOCKER_HOST alone, so a context is put into the environment.
func chosenAddress() (address, error) {
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		return address{host, "DOCKER_HOST"}, nil
	}
	folder := os.Getenv("DOCKER_CONFIG")
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return address{}, nil // without a home there is no configuration either
		}
		folder = filepath.Join(home, ".docker")
	}
	name, from := os.Getenv("DOCKER_CONTEXT"), "DOCKER_CONTEXT"
	if name == "" {
		var config struct{ CurrentContext string }
		from = filepath.Join(folder, "config.json")
		if err := readJSON(from, &config); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return address{}, fmt.Errorf("find the docker context: %w", err)
		}
		name = config.CurrentContext
	}
	if name == "" || name == defaultContext {
		return address{}, nil
	}
	return useContext(folder, name, from)
}

// useContext puts a docker context into the environment. Its files are in folders that are named after the hash of its name.
func useContext(folder, name, from string) (address, error) {
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := readJSON(filepath.Join(folder, "contexts", "meta", id, "meta.json"), &meta); err != nil {
		return address{}, fmt.Errorf("there is no docker context %q, which %s names: correct it (docker context ls), or set DOCKER_HOST: %w", name, from, err)
	}
	docker := meta.Endpoints["docker"]
	if docker.Host == "" {
		return address{}, fmt.Errorf("the docker context %q, which %s names, has no address of an engine: use another one, or set DOCKER_HOST", name, from)
	}
	set := map[string]string{"DOCKER_HOST": docker.Host}
	certificates := filepath.Join(folder, "contexts", "tls", id, "docker")
	if _, err := os.Stat(certificates); err == nil {
		set["DOCKER_CERT_PATH"] = certificates
		set["DOCKER_TLS_VERIFY"] = "1"
		if docker.SkipTLSVerify {
			set["DOCKER_TLS_VERIFY"] = ""
		}
	}
	for variable, value := range set {
		if err := os.Setenv(variable, value); err != nil {
			return address{}, fmt.Errorf("use the docker context %q: %w", name, err)
		}
	}
	return address{docker.Host, "the docker context " + name}, nil
}

func readJSON(path string, into any) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := json.NewDecoder(io.LimitReader(file, maxContextFile)).Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
