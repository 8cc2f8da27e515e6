// Package containers runs a server's image in a pod, parks connections at a stage of its protocols,
// and lets it die and start again with the same PID. It has the shape of a testcontainers-go module.
//
//	server, err := containers.Run(ctx, "shop:ci",
//		containers.WithListener("tls", 8443, "https"),
//		testcontainers.WithEnv(map[string]string{"MODE": "ci"}))
//	hold, err := server.Hold(ctx, stages.TLSClientHello, containers.OnListener("tls"))
//	Expect(hold).To(matchers.BeReleasedWithin(10 * time.Second))
//	Expect(server).To(matchers.StartAgain())
//
// The stages are in package attackers/stages, the Gomega matchers in package suites/matchers.
// A pod's network has no way out, and no port is published. The first Run builds two programs from
// this module's source with the Go command, which takes a minute; later runs find them in the cache.
package containers
