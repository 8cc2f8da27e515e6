// Package house tests the order of the source tree: which package may import which, how
// long a file may be, and what each folder says about itself. It has no code.
package house
