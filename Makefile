# Each target does the set-up it needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SCRIPTS_READY := node_modules/.ready
VIEWER_READY := src/collega/web/ohif/VERSION
LOCK_BIN := .venv-lock/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip
COMPILE := $(LOCK_BIN)/uv --no-config pip compile --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --quiet

# Byte code is kept: without it every process that the tests start compiles a thousand modules anew, 6 s of a core.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup system demo test check lint types imports style bench bundle soak trace docs lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*##/\1\t/' | expand -t 10

setup: system $(READY) $(SCRIPTS_READY) $(VIEWER_READY)  ## system packages, .venv and the command .venv/bin/collega

system:
	@scripts/setup_system.sh

$(READY): requirements/dev.txt pyproject.toml | system
	@python=$$(scripts/find_python.sh) && { [[ -x $(BIN)/python ]] || "$$python" -m venv $(VENV); }
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(SCRIPTS_READY): package-lock.json package.json .npmrc $(READY)  # for the tests alone: the pages need no foreign script
	@$(BIN)/npm ci --silent
	@touch $@

$(VIEWER_READY): scripts/viewer.py $(READY)  # the viewer that collega serves: built by others, taken as it is
	@$(BIN)/python scripts/viewer.py

demo: setup  ## a scanner, collega and a small PACS on this machine: films go in, findings come out
	@$(BIN)/collega demo

# Files that take long start first (tests/longest.txt); sorted by their number of tests they would come last.
test: setup  ## every test but the slow ones and those of the documentation, which `make check` runs; three files at a time
	@$(BIN)/python -m pytest -m "not slow" --ignore tests/docs -n 3 --dist loadfile --no-loadscope-reorder

soak: setup  ## the slow tests: whole collections, kills, days of waiting
	@$(BIN)/python -m pytest -m slow --timeout 3600

bench: setup  ## measures throughput and latency, prints JSON
	@$(BIN)/python bench/run.py

bundle: setup  ## one archive for a server without internet, in dist/
	@$(BIN)/python scripts/bundle.py

check: lint types imports style docs  ## rules of style, types, imports, size, licences, and the documentation
	@echo "check: passed"

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup  # training scripts are left out: torch stays out of the lock
	@$(BIN)/mypy
	@shopt -s nullglob; for folder in bench apps/*/; do $(BIN)/mypy --exclude '/training/' "$$folder"; done

imports: setup
	@$(BIN)/lint-imports --no-logo

style: setup
	@$(BIN)/python -m pytest -q tests/style

docs: setup  ## builds the documentation without a warning and runs its examples
	@$(BIN)/sphinx-build --quiet -W --keep-going -n -j auto -b html docs docs/_build/html
	@$(BIN)/python -m pytest -q tests/docs

trace: setup  ## requirement -> tests -> documentation
	@$(BIN)/python scripts/trace.py

lock:  ## writes the lock files anew
	@python=$$(scripts/find_python.sh) && { [[ -x $(LOCK_BIN)/python ]] || "$$python" -m venv .venv-lock; }
	@$(LOCK_BIN)/python -m pip install --quiet --require-hashes -r requirements/lock.txt
	@$(COMPILE) $(LOCK_FLAGS) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) $(LOCK_FLAGS) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(COMPILE) $(LOCK_FLAGS) requirements/lock.in -o requirements/lock.txt

clean:  ## removes what the targets above made, never data
	@rm -rf $(VENV) .venv-lock node_modules src/collega/web/ohif build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
