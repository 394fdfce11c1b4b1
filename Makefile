# linetwin. `make run` and `make test` are all that a fresh Debian 12 machine with Go needs.

GO ?= go
SCENARIO ?= scenarios/bottling
FUZZTIME ?= 1m
LAWS ?= 5000
FUZZ ?= .

# Go stamps programs with the commit; where git will not say it, they go without.
ifneq ($(shell git status --porcelain >/dev/null 2>&1 && echo known),known)
export GOFLAGS += -buildvcs=false
endif

# Where need-test puts Foxglove's readers; without npm there are none.
readers = if [ -d out/npm/node_modules ]; then export LINETWIN_MCAP_NODE="$(CURDIR)/out/npm"; fi

# From v3 on Go fuses multiplications with additions, which changes the last bits, and so
# the hashes of runs.
export GOAMD64 := v1

.DEFAULT_GOAL := help
.PHONY: help run build test lint mats soak fuzz cross clean need-build need-test FORCE

help: ## list what can be made
	@sed -n 's/^\([a-zA-Z%-]*\):[^#]*## \(.*\)/\1:\2/p' $(MAKEFILE_LIST) | \
		while IFS=: read -r name what; do printf '  make %-9s %s\n' "$$name" "$$what"; done

run: build ## install what is missing, build, run the reference line, say the verdict (SCENARIO=folder: another)
	@bin/linetwin run $(SCENARIO) --force

build: need-build ## bin/linetwin
	@test -e bin/linetwin || echo "Building bin/linetwin; the first time takes some minutes."
	@$(GO) build -o bin/linetwin .

test: need-test ## install what the tests need, and run them all
	@$(readers); echo "$(GO) test -timeout 14m ./..."; $(GO) test -timeout 14m ./...

lint: need-build ## vet, staticcheck, gofmt: all of them, even when one finds something
	@status=0; \
	echo "$(GO) vet ./..."; $(GO) vet ./... || status=1; \
	echo "CGO_ENABLED=0 $(GO) vet ./..."; CGO_ENABLED=0 $(GO) vet ./... || status=1; \
	echo "$(GO) tool staticcheck ./..."; $(GO) tool staticcheck ./... || status=1; \
	echo "gofmt -l ."; unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) || status=1; \
	if [ -n "$$unformatted" ]; then echo "$$unformatted"; echo "gofmt -w these files"; status=1; fi; \
	exit $$status

soak: need-test ## hours: long tests, race detector, laws over many cases, fuzzers, leaks (FUZZTIME, LAWS)
	LINETWIN_SOAK=1 $(GO) test -count=1 -timeout 4h ./...
	$(GO) test -race -timeout 2h ./...
	@$(MAKE) --no-print-directory mats
	@grep -rl --include='*_test.go' '"pgregory.net/rapid"' . | xargs -n 1 dirname | sort -u | while read -r folder; do \
		echo "$(GO) test -count=1 -timeout 2h $$folder -rapid.checks=$(LAWS)"; \
		$(GO) test -count=1 -timeout 2h "$$folder" -rapid.checks=$(LAWS) </dev/null || exit 1; \
	done
	@$(MAKE) --no-print-directory fuzz

mats: need-test ## what uses OpenCV, with each Mat counted: none may be open at the end
	$(GO) test -tags matprofile -timeout 14m ./vision ./vision/model/onnx

fuzz: ## every fuzzer for FUZZTIME (FUZZ=folder: those below it)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' $(FUZZ) | sort | while IFS=: read -r file name; do \
		name=$${name#func }; folder=$$(dirname "$$file"); \
		echo "$(GO) test -run '^$$' -fuzz '^$$name\$$' -fuzztime $(FUZZTIME) ./$$folder"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "./$$folder" </dev/null || exit 1; \
	done

cross: ## bin/linetwin-static: no C, no OpenCV, runs on any Linux (GOARCH=arm64 make cross: for another processor)
	@CGO_ENABLED=0 $(GO) build -o bin/linetwin-static .
	@if ! ldd bin/linetwin-static 2>&1 | grep -q 'not a dynamic executable\|statically linked'; then \
		echo "bin/linetwin-static needs shared libraries:"; ldd bin/linetwin-static; exit 1; \
	fi
	@echo "bin/linetwin-static is static, for $$($(GO) env GOOS)/$$($(GO) env GOARCH)."

bench-%: FORCE ## measure one subsystem, print the table, write out/bench-NAME.json
	@if [ -e bench/$*/main.go ]; then mkdir -p out; exec $(GO) run ./bench/$*; fi; \
	names=$$(for f in bench/*/main.go; do [ -e "$$f" ] && printf ' bench-%s' "$$(basename "$$(dirname "$$f")")"; done); \
	echo "There is no bench-$*. There is:$${names:- none yet}." >&2; exit 2

clean: ## remove bin/ and out/; runs/ holds results and stays
	@rm -rf bin out

need-build need-test: need-%:
	@.ci/need $*
