# What people do with this project. `make run` needs Go and Node alone; `make test` installs what it needs.
GO_TOOL = go tool -modfile=tools/go.mod

ifeq ($(shell command -v go),)
$(error Go is not installed: Callfloor is built with Go 1.26 or newer)
endif
ifeq ($(shell command -v npm),)
$(error Node is not installed: the console is built with Node 20.19 or newer and its npm)
endif

.PHONY: run build test histories stories lint format fuzz bench bench-match clean

run: build ## a working contact center with the demo configuration; more flags in ARGS
	@./bin/callfloor serve $(ARGS)

build: console/dist/index.html ## both programs in bin/
	@mkdir -p bin
	go build -o bin ./cmd/...

console/dist/index.html: $(shell find console/src console/public -type f) console/*.html console/*.ts console/node_modules/.package-lock.json
	cd console && npm run build

console/node_modules/.package-lock.json: console/package-lock.json
	cd console && npm ci --no-audit --no-fund
	@touch $@

test/browser/node_modules/.package-lock.json: test/browser/package-lock.json
	cd test/browser && npm ci --no-audit --no-fund
	@touch $@

test: ## installs what the tests need, then runs all of them
	test/install
	$(MAKE) build test/browser/node_modules/.package-lock.json
	$(MAKE) lint
	cd console && npm test
	go test -race -timeout 10m ./...
	$(MAKE) -k -j2 stories histories

stories: ## real phones and browsers; half the time they wait, so that there is room for histories
	cd test/browser && npm test

histories: ## all of routing's random histories and races, of which the race detector has seen a few; whatever has a clock goes first
	nice -n 19 go test -timeout 20m ./routing -run 'Random|Races|Wins|BackInTime|WhatTheModelSays'

lint: ## format, vet, and the list of .golangci.yml
	test -z "$$($(GO_TOOL) gofumpt -l . | tee /dev/stderr)"
	go vet ./...
	$(GO_TOOL) golangci-lint run ./...

format:
	$(GO_TOOL) gofumpt -w .
	cd console && npm run format

fuzz: ## every parser of ours, FUZZ each (30s)
	test/fuzz $(or $(FUZZ),30s)

bench: build ## what a call costs here, beside rtpengine; CALLS (200), ROUNDS (2), WINDOW (10s)
	test/bench

bench-match: build ## how fast routing decides, on a redis-server of its own
	test/bench-match

clean:
	rm -rf bin console/dist/assets console/dist/*.html console/node_modules test/browser/node_modules
