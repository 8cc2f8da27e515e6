module stalemate

go 1.26

// The module proxy lists this version and has no zip for it; `go mod tidy` fails on it.
exclude github.com/Azure/go-ansiterm v0.0.0-20261006220739-8c912ac31dd4
