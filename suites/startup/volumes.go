package startup

import (
	"fmt"
	"strings"
)

// volumes are the paths of the volumes that outlive the target's container. It is an error if the file does not say whether one of the
// image does.
func (u *scenarioPod) volumes() ([]string, error) {
	image, err := u.tools.Image(u.Target)
	if err != nil {
		return nil, err
	}
	if undecided := u.Target.UndecidedVolumes(image.Volumes); len(undecided) > 0 {
		return nil, fmt.Errorf("the image declares VOLUME %s, and the file does not say whether it outlives the container with restart_as kubernetes; "+
			"expected leftovers: {volumes: {%s: kept}} where the Kubernetes pod has a volume there, or {%s: new} where it has none",
			strings.Join(undecided, ", "), undecided[0], undecided[0])
	}
	return u.leftovers().KeptVolumes(), nil
}
