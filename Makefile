# Everything a person types. The work is done in Python: market/install.py, market/run.py.
.DEFAULT_GOAL := help
.PHONY: help run setup test check bench lock clean
SHELL := /bin/sh
# A machine may tell Python to keep no compiled files. Then each process, and a test run starts
# many, compiles the whole market and its tests before it does anything.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv/bin
# How many tests run side by side; JOBS=0 runs them in one process. One more than there are cores,
# because the process that walks the market in a browser mostly waits for pages.
JOBS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# The first suitable Python of the machine; PYTHON=/path/to/python3.12 chooses another.
FIND_PYTHON = for p in "$(PYTHON)" python3.13 python3.12 python3.11 python3 python; do \
	if [ -n "$$p" ] && "$$p" -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' \
	>/dev/null 2>&1; then found=$$p; break; fi; done; \
	if [ -z "$$found" ]; then echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or name it:" \
	"make $@ PYTHON=/path/to/python3.12" >&2; exit 1; fi

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 8

run: ## the whole market on this machine; Ctrl-C stops it and keeps the data
	@$(FIND_PYTHON); "$$found" -m market.install && exec $(VENV)/python -m market.run

setup: ## .venv with everything installed, nothing started
	@$(FIND_PYTHON); "$$found" -m market.install && $(VENV)/python -m market.local

test: setup ## all tests, on the real PostgreSQL and Valkey; ARGS="-k name" narrows them
	@exec $(VENV)/python -m pytest --numprocesses $(JOBS) $(ARGS)

check: setup ## linters, types, import contracts
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

bench: setup ## the benchmarks, as ratios
	@exec $(VENV)/python -m benchmarks

# Both files come from the one list in pyproject.toml; one file serves Python 3.11 to 3.13.
LOCK = build/lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header $(ARGS)
lock: ## requirements.txt and tests/requirements.txt from pyproject.toml
	@$(FIND_PYTHON); test -x build/lock/bin/uv || { "$$found" -m venv build/lock \
	&& build/lock/bin/pip install --quiet uv==0.13.9; }
	@$(LOCK) -o requirements.txt
	@$(LOCK) --group dev -o tests/requirements.txt

clean: ## remove what can be built again; the data under var/ stays
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
