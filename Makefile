# `make` alone lists the targets. Everything is installed in .venv, from lock files with hashes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Whatever the shell says, modules are compiled once: otherwise each process of pytest rewrites hundreds of them anew.
export PYTHONDONTWRITEBYTECODE :=

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml

.PHONY: help
help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|'

.PHONY: setup
setup: .venv/.runtime ## prepare .venv with `hub` in it
	@echo "Ready: .venv/bin/hub"

.PHONY: demo
demo: setup ## run a sample town; options by ARGS="--port 8000"
	@exec .venv/bin/python -c "$$TAKE_TERMINAL" .venv/bin/hub demo $(ARGS)

.PHONY: test
test: servers .venv/.dev lint ## everything: linters, types, tests on real servers and in a browser
ifdef ARGS
	.venv/bin/pytest $(ARGS)
else
	.venv/bin/pytest -m "not servers" -n auto --dist worksteal
	.venv/bin/pytest -m database -n auto --dist worksteal
	.venv/bin/pytest -m "servers and not database" -n auto --dist worksteal
endif

.PHONY: quick
quick: .venv/.dev lint ## what needs no server and no patience, within a minute
	.venv/bin/pytest -m "not servers and not long" -n auto --dist worksteal $(ARGS)

.PHONY: lint
lint: .venv/.dev ## ruff, mypy and the import floors
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

.PHONY: servers
servers: ## install Dovecot, Postfix, PostgreSQL and Chromium (Debian) where missing
	@tests/install-debian.sh

.PHONY: bench
bench: .venv/.dev ## measure against bare libraries; table here, JSON lines in storage/bench.jsonl
	.venv/bin/python -m bench $(ARGS)

.PHONY: lock
lock: ## resolve the lock files again (needs uv); ARGS=--upgrade takes newer versions
	$(LOCK) --group build $(ARGS) --output-file requirements.lock
	$(LOCK) --group dev $(ARGS) --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean: ## remove .venv and caches; storage/ is kept
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime: requirements.lock pyproject.toml
	@$(call install,requirements.lock)
	@touch $@

# The development lock holds the runtime one, version for version: both are then up to date.
.venv/.dev: requirements-dev.lock requirements.lock pyproject.toml
	@$(call install,requirements-dev.lock)
	@touch .venv/.runtime $@

# The first Python of 3.11 or later; pyenv and its like may offer names that do not run.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

# Packages by hash, then the project itself in place, built by the locked hatchling: nothing unlocked runs.
# $(1): the lock file.
define install
if command -v uv >/dev/null; then \
  $(call with_uv,$(1)) && exit 0; \
  echo "uv could not install $(1) (see above): trying again with venv and pip." >&2; \
fi; \
$(call with_pip,$(1))
endef

define with_uv
uv venv --quiet --allow-existing --python $(or $(PYTHON),3.11) .venv && \
uv pip install --quiet --python .venv --require-hashes --requirement $(1) && \
uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
endef

define with_pip
if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or later is needed (Debian: apt install python3 python3-venv)." >&2; exit 1; fi; \
echo "Installing $(1) with pip; the first time takes about a minute."; \
.venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv; \
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1); \
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endef

# A Ctrl-C goes to the terminal's foreground group, and make always dies of it (status 130), however cleanly its
# child ended. So the demo becomes that group by itself: it alone is interrupted, and its exit status is make's.
# Ctrl-Z is left out, since the shell would not see the stop and would never come back.
define TAKE_TERMINAL
import os, signal, sys
if os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp():
    for ignored in signal.SIGTTOU, signal.SIGTSTP:
        signal.signal(ignored, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
os.execv(sys.argv[1], sys.argv[1:])
endef
export TAKE_TERMINAL
