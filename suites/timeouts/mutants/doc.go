// Package mutants is the test of the timeouts suite as a whole: it holds connections to servers that are broken in one way each, on
// this machine and without a container engine. Its tests are no specs, and the ginkgo command runs every test of a suite's own folder.
package mutants
