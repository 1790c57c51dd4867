# SPDX-License-Identifier: Apache-2.0
# Everything from a machine that has only python3 and make.

# The first Python of a supported version; name another with PYTHON=...
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUPPORTED)' >/dev/null 2>&1 && { echo $$p; break; }; done)
# Debian packages that the tests need.
APT_PACKAGES := curl golang-go openssl postgresql

VENV := .venv
# Where the service of `make run` keeps its database and its tokens.
STATE := .run
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := pyproject.toml setup.py

.PHONY: help run test prove bench clean
.DEFAULT_GOAL := help

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.installed  ## install, print what the flavors in examples/ can do, and serve until Ctrl-C
	$(BIN)/hpa discover examples/flavors/*.json --context examples/context.json
	@echo
	$(BIN)/hpa serve --pack-path examples/packs --state-dir $(STATE)

test: $(VENV)/.tox $(if $(APT_PACKAGES),$(VENV)/.debian)  ## install, then run every check and test
	$(BIN)/tox run

prove: $(VENV)/.dev  ## run the tests in their long form and the benchmarks; write docs/proofs.md
	$(BIN)/python tests/proofs.py

bench: $(VENV)/.dev  ## measure speed
	@for script in benchmarks/*.py; do \
		[ -e "$$script" ] || { echo "no benchmarks yet"; break; }; \
		echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

clean:  ## remove all that make and tox made
	rm -rf $(VENV) $(STATE) .tox build dist engine/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.created:
	@.ci/check-python '$(PYTHON)'
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created $(SOURCES)
	$(PIP) install --editable '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/.created $(SOURCES)
	$(PIP) install --editable '.[dev]'
	@touch $@

$(VENV)/.tox: $(VENV)/.created
	$(PIP) install 'tox>=4.20'
	@touch $@

$(VENV)/.debian: $(VENV)/.created Makefile
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		.ci/install-packages $(APT_PACKAGES); \
	else echo "not root on Debian: the tests expect these packages: $(APT_PACKAGES)"; fi
	@touch $@
