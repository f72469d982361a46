# What a developer runs every day. Linux and macOS; Python 3.11 or newer: make setup PYTHON=python3.12
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SOURCES = $(shell find src -name '*.py')

.DEFAULT_GOAL := help
.PHONY: help setup quick test lint docs notebooks notebooks-store demo bench bench-small

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/:/' | awk -F: '{printf "make %-16s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv with everything a developer needs

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make setup PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e ".[dev]"
	@touch $@

quick: $(READY)  ## the fast tests, under a minute: before every commit
	HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -m "not slow and not cluster"

test: $(READY)  ## all tests, on all cores
	$(BIN)/python -m pytest -q -n auto

lint: $(READY)  ## style, types and docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/client.py
	@echo "numpydoc lint src"; $(BIN)/numpydoc lint --config . $(SOURCES)

docs: $(READY)  ## the documentation, to docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

notebooks: $(READY)  ## run every notebook; the texts must be those stored in the files
	$(BIN)/python examples/run_notebooks.py --check

notebooks-store: $(READY)  ## run every notebook, and store what it shows in the files
	$(BIN)/python examples/run_notebooks.py

demo: $(READY)  ## pair the bundled cohort, to rmmatch-demo
	$(BIN)/rmmatch demo

bench: $(READY)  ## the short benchmarks, about six minutes; results to docs/benchmarks
	@set -e; for name in import small cli scoring; do \
		$(BIN)/python benchmarks/bench_$$name.py; \
	done

bench-small: $(READY)  ## has anything become 1.5 times slower? under a minute
	$(BIN)/python benchmarks/bench_small_gate.py
