package record

// Image is what a target was started from.
type Image struct {
	Ref    string  `json:"ref"`
	ID     string  `json:"id"`
	Digest string  `json:"digest,omitempty"`
	Origin string  `json:"origin"` // engine, pulled, built
	Took   float64 `json:"took_seconds"`
	// Version is what the image says of itself in the label org.opencontainers.image.version.
	Version string `json:"version,omitempty"`
	// Volumes are the paths that the image declares as volumes.
	Volumes []string `json:"volumes,omitempty"`
	// Service is that of the target whose image it is; "" is the target's own.
	Service string `json:"service,omitempty"`
}
