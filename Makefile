# Needs python3 (3.11 or later) and make, nothing else. Name another Python with PYTHON=…

PYTHON ?= python3
# Pinned here because it installs everything else; requirements*.txt hold the rest, with hashes.
UV_VERSION := 0.13.8

BIN := .venv/bin
# One environment, two degrees of it. The development one contains the runtime one, so where it
# exists every target keeps to it, and `make run` never takes anything away.
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development
ENVIRONMENT := $(if $(wildcard $(DEVELOPMENT)),$(DEVELOPMENT),$(RUNTIME))

# An editable install with no registry's word taken on trust: its build tool is pinned too.
INSTALL_SELF := $(BIN)/uv pip install --quiet --no-deps --build-constraints requirements-dev.txt --editable .

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check env bench assurance screenshots assets lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(ENVIRONMENT) ## Start a demonstration council at http://127.0.0.1:8000 (or at PORT)
	@exec $(BIN)/procureflow demo

# Browser tests come last, a file with one council and one browser: beside all the others they time
# out on two cores. Both halves always run, so that one failure doesn't hide another.
test: $(DEVELOPMENT) ## Run every test that must pass before a change lands
	@rest=passed; browser=passed; \
	$(BIN)/python -m pytest -n 2 -m 'not e2e' || rest=FAILED; \
	$(BIN)/python -m pytest -n 2 --dist loadfile -m e2e || browser=FAILED; \
	printf '\nmake test: without a browser %s, in a browser %s\n' $$rest $$browser; \
	[ $$rest$$browser = passedpassed ]

check: $(DEVELOPMENT) ## Check format, lint, types, imports and that migrations match the models
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture

env: $(DEVELOPMENT) ## Make the development environment in .venv

bench: $(DEVELOPMENT) ## Measure against the targets; writes build/bench.json
	$(BIN)/python -m tests.bench

assurance: $(DEVELOPMENT) ## Run the long reliability and security tests; writes build/assurance.json
	$(BIN)/python -m tests.assurance

screenshots: $(DEVELOPMENT) ## Picture every page as every role; writes build/screenshots/
	$(BIN)/python -m tests.e2e.screenshots

assets: ## Rebuild the GOV.UK Frontend that is shipped (needs Node.js; running the product doesn't)
	tools/build-assets.sh

lock: $(DEVELOPMENT) ## Pin what pyproject.toml allows into requirements*.txt
	tools/lock.sh

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("ProcureFlow needs Python 3.11 or later. Name one: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(RUNTIME): requirements.txt pyproject.toml hatch_build.py | $(BIN)/uv
	$(BIN)/uv pip install --quiet --require-hashes -r requirements.txt
	$(INSTALL_SELF)
	@touch $@

$(DEVELOPMENT): requirements-dev.txt requirements.txt pyproject.toml hatch_build.py | $(BIN)/uv
	$(BIN)/uv pip sync --quiet --require-hashes requirements-dev.txt
	$(INSTALL_SELF)
	$(BIN)/uv pip check --quiet
	@touch $@
