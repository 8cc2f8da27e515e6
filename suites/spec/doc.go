// Package spec runs a plan as a Ginkgo suite. Each cell has one spec, which waits until the run has judged the cell. The run
// carries out all cells at the same time. Ginkgo's filters reduce the plan before anything starts.
//
// Every spec has labels that `ginkgo --label-filter` takes:
//
//	target: nginx                 the server under test
//	listener: tls                 the port of the target
//	stage: tls.client-hello       where the connection is parked
//	mode: silent                  silent, or trickle
//	scenario: unclean-same-pid    of the startup and exhaustion suites
//	bug: apache-auth-digest       the known bug that the target reproduces, or is the control of
//	thorough                      left out without a filter; stalemate check --thorough
//
// For example: --label-filter 'target: nginx && stage: http.keep-alive'.
package spec
