# Two commands do everything: `make rehearse` and `make test`. Each installs what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
# A node of set-up's own making (see ci/setup_node.sh) is found in the virtual environment.
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
# Otherwise each of the test workers compiles every module and every test again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# -- set-up ------------------------------------------------------------------------------

# Jobs that hold a token install requirements.txt: what edgefleet runs with, and no more.
REQUIREMENTS ?= requirements-dev.txt

$(VENV)/.python: $(REQUIREMENTS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "edgefleet needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "set-up: Python packages into .venv (430 MB), then wrangler into node_modules (310 MB): a minute or two, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check --no-deps --require-hashes -r $(REQUIREMENTS) 2>&1 | \
	  ci/progress.sh "Python packages" $$(grep -c '^[a-z].*==' $(REQUIREMENTS)) '^Collecting'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.node: package.json package-lock.json requirements-node.txt ci/setup_node.sh $(VENV)/.python
	@ci/setup_node.sh
	@npm ci --loglevel=http 2>&1 | ci/progress.sh "packages of wrangler" $$(grep -c '"integrity"' package-lock.json) 'http (fetch|cache)'
	@touch $@

.PHONY: setup
setup: $(VENV)/.node ## Install what everything needs, from locked versions

# The oldest wrangler that localedge is tested with: for tests alone, in a separate npm tree. What
# tests copy of this repository is without it.
OLDEST := tests/wrangler-4.63
$(VENV)/.oldest-wrangler: $(wildcard $(OLDEST)/package*.json) $(VENV)/.node
	@if [ -d $(OLDEST) ]; then npm ci --prefix $(OLDEST) --loglevel=error && touch $@; fi

# A browser for soak tests, which the npm tree carries whole.
BROWSER := tests/browser
$(VENV)/.browser: $(wildcard $(BROWSER)/package*.json) $(VENV)/.node
	@if [ -d $(BROWSER) ]; then npm ci --prefix $(BROWSER) --loglevel=error && touch $@; fi

# Cloudflare's TypeScript SDK, for a soak test.
SDK := tests/sdk-typescript
$(VENV)/.sdk: $(wildcard $(SDK)/package*.json) $(VENV)/.node
	@if [ -d $(SDK) ]; then npm ci --prefix $(SDK) --loglevel=error && touch $@; fi

# -- the main job ------------------------------------------------------------------------

.PHONY: rehearse
rehearse: setup ## Deploy all tenants to an embedded Cloudflare, on this machine
	@edgefleet rehearse

# -- gates -------------------------------------------------------------------------------

# What the gates look at; a quick look is `make typecheck TYPED=ci/run_target.py TYPESCRIPT=`.
TESTS ?=
# The last ones are many and short, so that no worker ends long after the others.
SLOW := tests/hostile tests/contract tests/integration
# More than CI has cores: a test often waits for what it started.
WORKERS ?= 4
TYPED ?=
# make 4 prints what one gate says in one piece; older ones cannot.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
TYPESCRIPT ?= src/worker tests/fixtures/foreign-worker

.PHONY: lint
lint: setup ## ruff, Import Linter; zizmor, schemas and rules for workflows
	ruff format --check .
	ruff check --no-cache .
	lint-imports --no-cache
	zizmor --offline --no-progress --persona=auditor --quiet .github
	python ci/check_schemas.py
	python ci/check_workflows.py
	python ci/check_locks.py
	python ci/lint_workflows.py
	python ci/check_tracked_records.py

.PHONY: typecheck
typecheck: setup ## mypy --strict for Python, tsc for the Worker
	mypy $(TYPED)
	set -e; for project in $(TYPESCRIPT); do tsc --project "$$project" --noEmit; done

.PHONY: build
build: setup ## Build the Worker once; tests begin with this bundle
	edgefleet build

.PHONY: pytest
pytest: build $(VENV)/.oldest-wrangler ## Every test, and no other gate; TESTS=... takes some of them
	$(if $(TESTS),$(MAKE) slow,$(MAKE) -j 2 $(TOGETHER:target=line) slow unit UNIT_PROCESSES=1)

# Each worker collects every test it is given, so the thousands of unit tests are one process beside.
.PHONY: slow
slow:
	python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(or $(TESTS),$(SLOW))

# Gates and tests wait for nothing of each other's but the bundle.
.PHONY: test
test: build $(VENV)/.oldest-wrangler ## Every gate and every test
	$(MAKE) -j 4 $(TOGETHER) slow lint typecheck unit UNIT_PROCESSES=1

# -- the inner loop ----------------------------------------------------------------------

# Unit tests need Python's packages alone: none starts Node.
UNIT := python -m pytest -p no:schemathesis -q $(if $(SHUFFLE),--shuffle=$(SHUFFLE))
UNIT_PROCESSES ?= 2

.PHONY: unit
unit: $(VENV)/.python ## Unit tests alone, without Node; UNIT_TESTS=... takes some, SHUFFLE=SEED another order
	$(if $(UNIT_TESTS)$(filter 1,$(UNIT_PROCESSES)),$(UNIT) $(or $(UNIT_TESTS),tests/unit),$(MAKE) -j 2 $(TOGETHER) unit-edgefleet unit-others)

# Each has about half of the work and collects that alone; workers of one run would each collect all.
CONFIG := tests/unit/edgefleet/config
.PHONY: unit-edgefleet unit-others
unit-edgefleet:
	$(UNIT) tests/unit/edgefleet --ignore=$(CONFIG)

unit-others:
	$(UNIT) $(filter-out %/edgefleet %/__pycache__,$(wildcard tests/unit/*)) $(CONFIG)

.PHONY: check
check: $(VENV)/.python ## ruff, mypy and unit tests of what changed since SINCE (the branch main)
	python ci/check_changed.py $(SINCE)

.PHONY: cov
cov: $(VENV)/.python ## Show which lines of edgefleet the unit tests run; a figure, and no gate
	$(UNIT) -n 2 --cov=edgefleet --cov-report=term:skip-covered --cov-report=html:.coverage-html tests/unit

.PHONY: soak
soak: build $(VENV)/.oldest-wrangler $(VENV)/.browser $(VENV)/.sdk ## Fail each API call in each way, kill commands at requests, try a thousand inputs; SOAK_SECONDS, SOAK_AT_ONCE, SOAK_SEED
	python -m pytest -p no:cacheprovider tests/soak
	$(UNIT) --hypothesis-profile=soak -m hypothesis tests/unit

.PHONY: test-fresh
test-fresh: ## Rehearse and test in a fresh clone, on a PATH without Node, ps and the like
	ci/test_fresh.sh rehearse test

.PHONY: format
format: setup ## Rewrite Python files as the gates want them
	ruff format .
	ruff check --fix .

.PHONY: bench
bench: setup ## Measure next to floors; BENCH_RUNS, BENCH_SIZES, BENCH_FULL=1 (see bench/README.md)
	for script in startup validate localedge edge_cost drift incident locks fleet memory; do python -m bench.$$script || exit 1; done

# -- upkeep ------------------------------------------------------------------------------

LOCKED := requirements requirements-dev requirements-node

.PHONY: lock
lock: setup ## Lock Python dependencies again; what is locked stays, UPGRADE=--upgrade takes newer ones
	for name in $(LOCKED); do uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	  --no-annotate --no-emit-index-url $(UPGRADE) --output-file $$name.txt $$name.in; done

.PHONY: generate
generate: setup ## Write again what is generated from code: schemas and reference pages
	python ci/generate.py

.PHONY: clean
clean: ## Remove what set-up made
	rm -rf .venv node_modules $(OLDEST)/node_modules $(BROWSER)/node_modules $(SDK)/node_modules .mypy_cache .ruff_cache .pytest_cache
