// Package stages lists the points of a protocol at which a connection can be parked.
//
// The list says of each stage what the client sends, which modes exist, and which
// listeners can have it. How a client gets to a stage is code, in package attackers.
package stages
