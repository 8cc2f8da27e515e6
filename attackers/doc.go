// Package attackers is the client side: it parks connections at stages of a protocol, and
// reports when and how the server releases each. It knows sockets and no containers.
//
// Attack carries out a plan of such holds. Probe and Ask make whole exchanges with a
// server. Each stage is a file, stage_NAME.go; package stages lists them.
package attackers
