# Everything a developer does, by name. `make` alone lists it.
#
# Variables, to be given after the target (make run ARGS='--port 9000'):
#   PYTHON  the interpreter that .venv is made with: 3.11 or later; found by itself when left out
#   ARGS    passed on to the program of the target
#   JOBS    how many tests run at once (2)
#   COVERAGE  of `make test`; COVERAGE= goes without, in less time
#   SEED    of the choices of `make chaos` (any when left out) and `make soak` (1)
#   SECONDS how long the faults at random of `make chaos` last (60), and the whole of `make soak` (3600)

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test search pictures services lint format bench simulate matrix model mutation replay-day chaos soak wheels constraints audit sbom reference clean clean-data python

JOBS ?= 2
COVERAGE ?= --coverage
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
SOURCES := pyproject.toml setup.cfg worker/pyproject.toml client/pyproject.toml

# The stamps say what was installed, and from which state of the files that name it.
FOR_RUN := $(VENV)/.installed-run
FOR_DEV := $(VENV)/.installed-dev
FOR_RELEASE := $(VENV)/.installed-release

RECENT = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach each,python3 python3.14 python3.13 python3.12 python3.11,\
	$(if $(shell command -v $(each) >/dev/null 2>&1 && $(each) -c "$(RECENT)" 2>/dev/null && echo yes),$(each))))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(FOR_RUN) ## Run the server and its demo (the first time it installs what that needs)
	@exec $(BIN)/shardwright run $(ARGS)

test: $(FOR_DEV) ## Run all tests, those of the whole product last, and show the coverage
	@exec $(BIN)/python -m tests $(COVERAGE) --jobs $(JOBS) $(ARGS)

search: $(FOR_DEV) ## Run the tests that take examples with other ones than `make test`, other ones each time
	@SHARDWRIGHT_MACHINE_EXAMPLES=300 PYTHONHASHSEED=random exec $(BIN)/pytest -n $(JOBS) --dist loadfile \
		--hypothesis-profile other $(or $(ARGS),$(shell grep -rlw --include='test_*.py' hypothesis tests))

services: $(FOR_DEV) ## Install and build the real services that the tests start (Debian; minutes, once)
	@$(BIN)/python -m tests.services.install $(ARGS)

lint: $(FOR_DEV) ## Check style, types and the direction of imports
	@status=0; \
	$(BIN)/ruff check --quiet || status=1; \
	$(BIN)/ruff format --check --quiet || { echo 'not formatted: make format' >&2; status=1; }; \
	$(BIN)/mypy || status=1; \
	$(BIN)/lint-imports --no-logo || status=1; \
	exit $$status

format: $(FOR_DEV) ## Put the code into its form
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(FOR_DEV) ## Measure: latency, throughput, recovery
	@exec $(BIN)/python -m bench $(ARGS)

simulate: $(FOR_DEV) ## Run random worlds in virtual time: WORLDS of them (100000), from SEED on
	@exec $(BIN)/python -m tests.simulation --worlds $(or $(WORLDS),100000) --seed $(or $(SEED),0) $(ARGS)

matrix: $(FOR_DEV) ## Fail each external write, and read, of each workload in each way, and compare the ends (SEED)
	@exec $(BIN)/python -m tests.matrix --seed $(or $(SEED),0) $(ARGS)

model: $(FOR_DEV) ## Search a small model of leaders, hand-offs and commits whole, then with each rule left out
	@exec $(BIN)/python -m tests.model $(ARGS)

mutation: $(FOR_DEV) ## Break the protocol in each of many ways, and see that the proofs notice
	@exec $(BIN)/python -m tests.mutation $(ARGS)

replay-day: $(FOR_DEV) ## Record a day of 10,000 things in virtual time, and replay it under two strategies (SEED)
	@$(BIN)/python -m tests.simulation.day data/day.gz --seed $(or $(SEED),7)
	@exec $(BIN)/shardwright replay data/day.gz --against strategy=even --against strategy=weighted $(ARGS)

pictures: $(FOR_DEV) ## Take the pictures of the console that the documentation shows (needs Chromium)
	@exec $(BIN)/python -m tests.browser.pictures

chaos: $(FOR_DEV) ## Let the real services fail under the product, and judge what it did (SEED, SECONDS)
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

soak: $(FOR_DEV) ## Restart everything in turn under churn for SECONDS, and judge memory, descriptors, CPU (SEED)
	@exec $(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

wheels: $(FOR_RUN) ## Build the wheels of server, worker and client into dist/
	@$(BIN)/python -m release.wheels $(ARGS)

constraints: $(FOR_RELEASE) ## Pin what setup.cfg asks for, with hashes, in deploy/constraints.txt (ARGS=--upgrade: the newest)
	@$(BIN)/python -m release.constraints $(ARGS)

audit: $(FOR_RELEASE) ## Ask the advisory database about every pinned version (2: it could not be asked)
	@$(BIN)/python -m release.audit

sbom: $(FOR_DEV) ## Write the bill of materials, CycloneDX, into dist/
	@$(BIN)/python -m release.sbom $(ARGS)

reference: $(FOR_DEV) ## Write every key, command, route, metric and reason, as the code has them, into dist/reference
	@$(BIN)/python -m release.reference $(ARGS)

clean: ## Remove what was installed and built; the data stay
	@rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis *.egg-info worker/build worker/src/*.egg-info client/build client/src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## Remove the data of the server that runs here by default
	@rm -rf data

$(FOR_RUN): $(SOURCES) | python
	@echo 'Installing into $(VENV), once, about half a minute ...' >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo 'On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PIP) -e '.[embedded]' -e worker -e client
	@touch $@

$(FOR_DEV): $(FOR_RUN)
	@echo 'Installing the tools of development ...' >&2
	@$(PIP) -e '.[dev]' -e worker -e client
	@touch $@

$(FOR_RELEASE): $(FOR_RUN)
	@$(PIP) -e '.[release]' -e worker -e client
	@touch $@

python:
	@test -n '$(PYTHON)' && $(PYTHON) -c "$(RECENT)" || { \
		echo 'Shardwright needs Python 3.11 or later, and $(or $(PYTHON),python3) is none.' >&2; \
		echo 'Install it, or name it: make run PYTHON=/path/to/python3.11' >&2; exit 1; }
