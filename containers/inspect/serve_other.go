//go:build !linux

package inspect

import (
	"context"
	"errors"
	"io"
)

var errLinux = errors.New("the inspector runs in a container, on Linux")

// Serve refuses: it runs in containers only.
func Serve(context.Context, io.Reader, io.Writer) error { return errLinux }

// Listeners refuses: it runs in containers only.
func Listeners(context.Context, io.Reader, io.Writer) error { return errLinux }
