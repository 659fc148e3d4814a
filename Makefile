# Every command there is. `make` alone prints them.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run dev build check fmt test test-rust test-web test-mlflow test-e2e openapi bench clean

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
SERVER := $(TARGET)/release/slipway
TEST_RUNNER := $(if $(shell command -v cargo-nextest),nextest run,test)
UI := $(TARGET)/ui.stamp
UI_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/build/*' -not -path 'web/.svelte-kit/*' 2>/dev/null)

# tools/need keeps the programs here that it takes out of a package.
export PATH := $(CURDIR)/target/tools:$(PATH)
export SLIPWAY := $(SERVER)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

say = @printf '\n== %s\n' "$(1)"

help: ## print this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1	/p' Makefile | expand -t 22

run: build ## build everything and start the demo (LISTEN=127.0.0.1:7117 chooses where)
	@exec $(SERVER) demo $(if $(LISTEN),--listen $(LISTEN))

dev: web/node_modules/.package-lock.json ## the server and the UI side by side, each renewed as its sources change
	@tools/need rust cc node
	@tools/dev

build: $(UI) ## the program with its UI: target/release/slipway
	$(call say,Building the server)
	@tools/need rust cc
	@cargo build --release --locked --bin slipway

check: e2e/node_modules/.package-lock.json web/node_modules/.package-lock.json ## formatting, lints and types of everything
	$(call say,Rust: formatting and lints)
	@tools/need rust cc node shellcheck
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked -- --deny warnings
	$(call say,Web and browser tests: formatting$(,) lints and types)
	@npm --prefix web run check
	@npm --prefix e2e run check
	$(call say,Shell scripts)
	@shellcheck tools/* .ci/run bench/run bench/redmine

fmt: e2e/node_modules/.package-lock.json web/node_modules/.package-lock.json ## put everything into its format
	@cargo fmt --all
	@npm --prefix web run format
	@npm --prefix e2e run format

test: check test-web test-rust test-mlflow test-e2e ## everything; what is missing on the machine is installed or named
	$(call say,All of it holds: check$(,) test-web$(,) test-rust$(,) test-mlflow$(,) test-e2e)

test-web: $(UI) ## the UI: tests and the build
	$(call say,The UI)
	@npm --prefix web run test --if-present

test-rust: ## rules, store and HTTP, on SQLite and on PostgreSQL
	$(call say,Rust tests on SQLite and PostgreSQL)
	@tools/need rust cc postgres promtool
	@tools/postgres with cargo $(TEST_RUNNER) --workspace --locked --no-fail-fast

test-mlflow: build ## the real MLflow client against the real server, on both engines
	$(call say,The real clients)
	@tools/need python postgres promtool
	@tools/postgres with tools/python -m pytest tests --numprocesses=3 --dist=loadgroup --durations=20

test-e2e: build e2e/node_modules/.package-lock.json ## people in browsers against the real server
	$(call say,Browser tests)
	@tools/need chromium promtool
	@npm --prefix e2e test

openapi: web/node_modules/.package-lock.json ## write web/openapi.json as the routes describe themselves, and its types
	@SLIPWAY_WRITE_OPENAPI=1 cargo test --locked --package server --test openapi
	@npm --prefix web run types

bench: build e2e/node_modules/.package-lock.json ## the figures of bench/README.md, beside MLflow, FastTrackML and Redmine
	$(call say,Benchmarks)
	@tools/need postgres
	@tools/postgres with bench/run

clean: ## remove everything that was built
	@rm -rf target web/build web/.svelte-kit web/node_modules e2e/node_modules e2e/results

$(UI): $(UI_SOURCES) web/node_modules/.package-lock.json
	$(call say,Building the UI)
	@npm --prefix web run build
	@mkdir -p $(@D) && touch $@

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	$(call say,Fetching the packages of $*)
	@tools/need node
	@npm --prefix $* ci --no-audit --no-fund
	@touch $@

, := ,
