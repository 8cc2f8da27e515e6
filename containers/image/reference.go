package image

import (
	"fmt"

	"github.com/distribution/reference"
)

// CheckReference says what is wrong with the name of an image, or with its platform. It asks no engine and no registry.
func CheckReference(name, platform string) error {
	if _, err := reference.ParseNormalizedNamed(name); name != "" && err != nil {
		return fmt.Errorf("image %q: %w: write a name such as registry.example/shop:1.28", name, err)
	}
	p, err := parsePlatform(platform)
	if err != nil {
		return err
	}
	if p != nil && p.OS != "linux" {
		return fmt.Errorf("the platform %q is not Linux: write one such as linux/amd64", platform)
	}
	return nil
}
