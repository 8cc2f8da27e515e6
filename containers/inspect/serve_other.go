//go:build !linux

package inspect

import (
	"context"
	"errors"
	"io"
)

var errLinux = errors.New("the inspector runs on Linux only, in a container")

// Serve fails: the inspector runs on Linux only.
func Serve(context.Context, io.Reader, io.Writer) error { return errLinux }

// Listeners fails: the inspector runs on Linux only.
func Listeners(context.Context, io.Reader, io.Writer) error { return errLinux }
