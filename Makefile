# Everything that stalemate is for, in two commands: make check, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The command, and beside it the part of it that runs in containers: it knows that one, and no other, by its sum.
STALEMATE := .build/stalemate
HELPER := $(dir $(STALEMATE))helper
OUT := reports/out
TIMEOUT := 30m
export CGO_ENABLED ?= 0

.PHONY: dist help check check-all test unit race lint fuzz bench soak mutants cases causes protocols learned test-faults engine clean module FORCE

help: ## prints this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# make check ONLY='vintage-*' reproduces one row of the README's table.
ONLY :=
# make check REGISTRY=mirror.example:5000 takes images that name no registry from there.
REGISTRY :=

# What the target files leave to a thorough run is in make check-all alone.
EXTENT :=
check-all: EXTENT := --thorough

check: $(STALEMATE) engine ## reproduces the known bugs on real servers, and shows that fixed servers do not have them
check-all: $(STALEMATE) engine ## runs make check with all variants, all repetitions and more servers
check check-all:
	$(STALEMATE) check -f fixtures $(if $(ONLY),--only '$(ONLY)') $(EXTENT) $(if $(REGISTRY),--registry '$(REGISTRY)') --out $(OUT) --junit $(OUT)/junit.xml --json $(OUT)/report.json --html $(OUT)/report.html

# What the tests hold and start: each kind of cell once. make check carries out every cell.
CELLS := (story || target: containsAny {nginx, apache-event, apache-event-handshake, vintage-unsafe-rsignal-flag, vintage-wave, \
	vintage-wave-healthy, plack-unsafe, plack-safe, digest-unfixed-posix, digest-stock-posix, cgid, mutex-flock, pidfile, dbus, redis}) \
	&& !thorough
test: engine ## runs all tests, also those that start servers in containers
	@mkdir -p $(OUT)
	STALEMATE_LABEL_FILTER='$(CELLS)' go tool gotestsum --format pkgname --jsonfile $(OUT)/test.json -- -count=1 -p 1 -timeout $(TIMEOUT) ./...

unit: ## runs only the fast tests, which need no container engine
	go test -short ./...

race: ## runs the tests of make unit with the race detector
	CGO_ENABLED=1 go test -short -race ./...

lint: ## runs gofmt, vet, staticcheck, ginkgolinter and actionlint
	@test -z "$$(gofmt -l .)" || { echo "gofmt these:"; gofmt -l .; exit 1; }
	go vet ./...
	go vet -tags cases,learned,faults,protocols ./suites/commands/acceptance
	go vet -tags causes ./containers
	go tool staticcheck ./...
	go tool ginkgolinter ./...
	go tool actionlint
	@if command -v xmllint >/dev/null; then xmllint --noout --schema reports/junit/junit.xsd reports/testdata/*.junit.xml; \
	else echo "xmllint is not installed: go test reads the same schema"; fi

bench: $(STALEMATE) engine ## measures the speed; every result is the ratio of two times of the same run
	go test -run '^$$' -bench . -benchtime 1x -timeout $(TIMEOUT) ./...

soak: engine ## tests 30 times that the known timeouts never fire (10 times under load), and compares builds 20 times
	SOAK=$${SOAK:-30} SOAK_LOADED=$${SOAK_LOADED:-10} SOAK_LOG=$(abspath $(OUT))/soak.jsonl \
	go test -run TestSoak -v -timeout 3h ./suites/commands/acceptance
	go test -run 'TestCompare$$/^of_(builds_that|an_image)' -count $${SOAK_COMPARISONS:-20} -v -timeout 3h ./suites/commands/acceptance

# make fuzz FUZZTIME=5m FUZZ=FuzzReply runs one fuzz test for longer.
FUZZTIME := 20s
FUZZ := ^Fuzz
fuzz: ## runs each fuzz test for 20s; FUZZTIME changes this time
	@mkdir -p .build; set -o pipefail; go test -list '$(FUZZ)' ./... | \
		awk '/^Fuzz/ { names[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }' > .build/fuzz
	@test -s .build/fuzz || { echo "no fuzz test is called $(FUZZ)"; exit 1; }
	@failed=; while read -r package name; do \
		echo "$$name in $$package"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$package </dev/null || failed="$$failed $$name"; \
	done < .build/fuzz; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

mutants: ## holds connections to a server whose timeouts are broken in one way each; needs a quiet machine
	MUTANTS_STRICT=1 go test -count=1 -v -run 'Mutants|Caught' ./suites/timeouts/mutants

cases: engine ## reproduces public reports of servers that did not start again; each needs an image of its own
	go test -count=1 -v -tags cases -run TestPublicReportsOfStarts -timeout 1h ./suites/commands/acceptance

causes: engine ## runs the autopsy over ten servers that do not use SIGALRM; their image takes some minutes to build
	go test -count=1 -v -tags causes -run TestTenServers -timeout 30m ./containers

# make protocols PROTOCOL=redis tries one of them.
PROTOCOL := .
protocols: engine ## tries the ready-made conversations on 15 servers of Debian, with a limit and without; takes some 20 min
	go test -count=1 -v -tags protocols -run 'TestEachProtocol/$(PROTOCOL)' -timeout 1h ./suites/commands/acceptance

# make learned LEARNED=nginx learns one of them.
LEARNED := .
learned: engine ## learns ten servers of Debian, checks them, and checks them with every timeout at 24 h; takes an hour
	go test -count=1 -v -tags learned -run 'TestLearnedServers/$(LEARNED)' -timeout 3h ./suites/commands/acceptance

dist: ## makes binaries, Debian packages and images for amd64 and arm64, with checksums and lists of contents, in .build/dist
	.ci/dist .build/dist

test-faults: ## kills, freezes and restarts a second engine and what runs in it, and expects that nothing is left; needs root
	go test -count=1 -v -tags faults -run TestFaults -timeout 1h ./suites/commands/acceptance

engine: ## installs and starts a container engine if none answers (only on Debian, as root)
	@./.ci/engine

clean: $(STALEMATE) ## removes the images, the command and the reports
	$(STALEMATE) clean
	rm -rf .build $(OUT)

module: ## gives the Go module the path under which you publish it: make module PATH=host/owner/stalemate
	@$(SHELL) ./.ci/module '$(PATH)'

$(STALEMATE): FORCE
	@mkdir -p $(@D)
	go build -trimpath -buildvcs=false -ldflags '-s -w' -o $(HELPER) ./suites/commands/helper
	go build -trimpath -ldflags "-X stalemate/containers/binary.helperSum=$$(sha256sum $(HELPER) | cut -d' ' -f1)" -o $@ .
