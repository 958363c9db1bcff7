# `make demo` and `make test` set up everything they need in .venv; the first run needs the network, later ones do not.

PYTHON ?= python3
VENV ?= .venv
EXTRAS := mat,figures,metrics,formats,camera,phone,page,sinks,serve,openvino,export,train,cluster,docs,dev

BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
# more workers than most machines have cores: a third of what a test takes is waiting for a stream, a peer, a process
PARALLEL := -n 4 --dist loadscope
CHECKED := model stream train tests tools docs setup.py

# what the tests import is compiled once, and not by each of the hundreds of processes that they start
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-slow check lint types docs links format relock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv and install the package with everything it can use

demo: $(READY)  ## a performer over real LSL, recognized live for about a minute; ends by itself
	$(BIN)/hnhar-stream --demo

test: $(READY)  ## the tests, without the slow ones
	$(BIN)/python -m pytest $(PARALLEL)

test-slow: $(READY)  ## the slow tests
	$(BIN)/python -m pytest -m slow

check: lint types test  ## what must pass before a change is merged: lint, types, test

lint: $(READY)  ## ruff: rules and format
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

types: $(READY)  ## mypy, strict
	$(BIN)/mypy
	$(BIN)/mypy setup.py $$(find tools -name '*.py')

docs: $(READY)  ## the documentation as a site, build/site/index.html; a broken link in it is an error
	$(BIN)/sphinx-build -q -W --keep-going -c docs/site -b html docs build/site
	@echo "build/site/index.html"

links: $(READY)  ## whether links to other sites answer; needs the network
	$(BIN)/sphinx-build -q -c docs/site -b linkcheck docs build/links

format: $(READY)  ## put the code into ruff's format
	$(BIN)/ruff check --fix-only --quiet $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

# setuptools goes in first, at its pinned version, and builds without isolation: an installation that was made before can
# be made again without the network.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "hnhar needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) -V 2>&1); try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt setuptools && \
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[$(EXTRAS)]' || \
	{ echo "make: not everything could be installed; looking for what is missing ..." >&2; \
	  $(BIN)/python tools/missing.py constraints.txt >&2; exit 1; }
	@touch $@

relock: LOCK := $(VENV)-relock
relock:  ## renew constraints.txt with the newest versions
	rm -rf $(LOCK)
	$(PYTHON) -m venv $(LOCK)
	$(LOCK)/bin/python -m pip install --quiet --upgrade setuptools
	$(LOCK)/bin/python -m pip install --quiet --no-build-isolation --editable '.[$(EXTRAS)]'
	{ grep '^#' constraints.txt; $(LOCK)/bin/python -m pip list --format freeze --exclude-editable --exclude pip \
	  | sed 's/+[a-z0-9.]*$$//' | grep -v '^nvidia-\|^cuda-\|^triton==' | LC_ALL=C sort -f; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf $(LOCK)

clean:  ## remove the environment and everything that tools made
	rm -rf $(VENV) build dist clients/js/node_modules ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CHECKED) -name __pycache__ -type d -prune -exec rm -rf {} +
