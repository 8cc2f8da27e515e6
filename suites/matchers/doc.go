// Package matchers has the Gomega matchers of stalemate. What judges is suites/verdict; a matcher asks
// it and says what was measured and what was expected.
//
// The matchers of holds and servers of package containers wait as long as their assertion needs: use
// Expect with them, and not Eventually. Where nothing can be judged, both To and NotTo fail: the
// connection was never proven, the server has ended, the engine does not answer.
package matchers
