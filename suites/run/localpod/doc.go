//go:build linux

// Package localpod is a pod without an engine, for tests of the suites. The server is a real process of this machine on
// 127.0.0.1. The attacker and the inspector are what the in-pod program runs, called in the test's own process. Pipes take
// the place of the engine's exec, and of nothing else.
//
// It differs from a pod in this: it forces no PID, it has one layer for all incarnations, and it has no IPC namespace, so it
// never lists or removes IPC objects.
package localpod
