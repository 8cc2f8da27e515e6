# Everything that stalemate is for, in two commands: make check, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The command, and beside it the part of it that runs in containers: it knows that one, and no other, by its sum.
STALEMATE := .build/stalemate
HELPER := $(dir $(STALEMATE))helper
OUT := reports/out
TIMEOUT := 20m
export CGO_ENABLED ?= 0

.PHONY: help check check-all test unit race lint bench soak engine clean FORCE

help: ## says what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# make check ONLY='vintage-*' reproduces one row of the README's table.
ONLY :=
# make check REGISTRY=mirror.example:5000 takes images that name no registry from there.
REGISTRY :=

# What the target files leave to a thorough run is in make check-all alone.
EXTENT :=
check-all: EXTENT := --thorough

check: $(STALEMATE) engine ## reproduces both failures on real servers, and shows them gone where fixed
check-all: $(STALEMATE) engine ## the same with every variant, survivor and repetition
check check-all:
	$(STALEMATE) check -f fixtures --only '$(ONLY)' $(EXTENT) --registry '$(REGISTRY)' --out $(OUT) --junit $(OUT)/junit.xml --json $(OUT)/report.json --html $(OUT)/report.html

test: engine ## runs all tests: the fast ones, and those that start servers in containers
	@mkdir -p $(OUT)
	go tool gotestsum --format pkgname --jsonfile $(OUT)/test.json -- -count=1 -p 1 -timeout $(TIMEOUT) ./...

unit: ## runs the tests that need no engine
	go test -short ./...

race: ## runs the tests that need no engine under the race detector
	CGO_ENABLED=1 go test -short -race ./...

lint: ## gofmt, vet, staticcheck, ginkgolinter and actionlint
	@test -z "$$(gofmt -l .)" || { echo "gofmt these:"; gofmt -l .; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go tool ginkgolinter ./...
	go tool actionlint

bench: $(STALEMATE) engine ## measures speed, as ratios within one run
	go test -run '^$$' -bench . -benchtime 1x -timeout $(TIMEOUT) ./...

soak: engine ## repeats the timeouts that never fire 30 times, ten of them with every core loaded, and comparisons
	SOAK=$${SOAK:-30} SOAK_LOADED=$${SOAK_LOADED:-10} SOAK_LOG=$(abspath $(OUT))/soak.jsonl \
	go test -run TestSoak -v -timeout 3h ./suites/acceptance
	go test -run 'TestCompare$$/^of_(builds_that|an_image)' -count $${SOAK_COMPARISONS:-20} -v -timeout 3h ./suites/acceptance

engine: ## installs and starts a container engine where none answers (Debian, as root)
	@./.ci/engine

clean: $(STALEMATE) ## removes what was built: images, the command, reports
	$(STALEMATE) clean
	rm -rf .build $(OUT)

$(STALEMATE): FORCE
	@mkdir -p $(@D)
	go build -trimpath -buildvcs=false -ldflags '-s -w' -o $(HELPER) ./suites/helper
	go build -trimpath -ldflags "-X stalemate/containers/binary.helperSum=$$(sha256sum $(HELPER) | cut -d' ' -f1)" -o $@ .
