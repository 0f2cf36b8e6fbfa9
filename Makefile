# `make` alone lists what there is to do.
#
# Every command runs in .venv, which is built from the pinned requirements when they change. Its tools are called as
# `python -m …`, so the folder may be moved. PYTHON=… chooses the interpreter that .venv is built with.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# What Python compiles is kept, whatever the machine says otherwise: the suite starts some hundred processes.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
INTERPRETERS := $(if $(PYTHON),$(PYTHON),python3.12 python3.11 python3)
LOCAL := $(VENV)/.local-installed
DEV := $(VENV)/.dev-installed
CATALOGS := $(patsubst %.po,%.mo,$(wildcard app/translations/*/LC_MESSAGES/*.po))

RUFF_CHECK := $(PY) -m ruff check --quiet .
RUFF_FORMAT := $(PY) -m ruff format --quiet --check .
MYPY := $(PY) -m mypy --no-error-summary
SUITE := $(PY) -m pytest -q -n 3 --dist worksteal -m "not drill and not browser"
IMPORTS := $(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo

# $(call step,what it is,command): says what runs, and what failed.
step = @echo "· $(1)"; $(2) || { echo "✗ $(1) failed; nothing after it was run." >&2; exit 1; }

.PHONY: help run test coverage drill lint types format translations browser migrate flask doctor reset bench clean

help: ## this list
	@echo "make …"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(LOCAL) $(CATALOGS) ## start everything on this machine (PORT=… chooses the portal's port)
	@exec $(PY) -m app.local.run

test: $(DEV) $(CATALOGS) ## all checks and the test-suite
	$(call step,ruff check,$(RUFF_CHECK))
	$(call step,ruff format,$(RUFF_FORMAT))
	$(call step,mypy,$(MYPY))
	$(call step,import contracts,$(IMPORTS))
	$(call step,pytest,$(SUITE))

coverage: $(DEV) $(CATALOGS) ## the test-suite again, with what it covers; at least 80 %
	$(call step,pytest,$(SUITE) --cov --cov-report=term)

drill: $(DEV) $(CATALOGS) browser ## the slow experiments: browsers, kills, races, wipes
	$(call step,browsers and drills of rules and money,$(PY) -m pytest -q -n 2 --dist worksteal -m "browser or drill" --ignore tests/drills tests)
	$(call step,drills of processes,$(PY) -m pytest -q -n 2 --dist loadfile -m drill tests/drills)

lint: $(DEV) ## ruff, mypy and the import contracts
	$(call step,ruff check,$(RUFF_CHECK))
	$(call step,ruff format,$(RUFF_FORMAT))
	$(call step,mypy,$(MYPY))
	$(call step,import contracts,$(IMPORTS))

types: $(DEV) ## mypy alone
	@$(MYPY)

format: $(DEV) ## format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

translations: $(CATALOGS) ## compile the message catalogs that have changed

migrate: $(LOCAL) ## bring the database to the newest migration and stop
	@exec $(PY) -m app.local.run migrate

flask: $(LOCAL) ## a flask command on the running local system: make flask c="search check"
	@exec $(PY) -m app.local.run flask $(c)

doctor: $(LOCAL) ## check the running local system's data: a line a check
	@exec $(PY) -m app.local.run flask doctor

reset: ## delete the local data, after asking (YES=1: without asking)
	@$(find_interpreter); if [ -x $(PY) ]; then found=$(PY); fi; exec $$found -m app.local.run reset

bench: $(DEV) $(CATALOGS) ## measure, and print a table
	@exec $(PY) -m bench

clean: ## delete .venv, caches and compiled catalogs; the data stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage .coverage.*
	@rm -f $(CATALOGS)
	@find app blueprints bench migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what the commands need ----------------------------------------------------------------------

# Sets $found to the first interpreter that truly runs (a version manager's shim may not), is new enough and can make
# a virtual environment.
define find_interpreter
found=; poor=; \
for candidate in $(INTERPRETERS); do \
  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
  if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then found=$$candidate; break; fi; \
  poor=$$candidate; \
done; \
if [ -z "$$found" ] && [ -n "$$poor" ]; then \
  echo "$$poor cannot make a virtual environment: install python3-venv (Debian: apt-get install python3-venv)." >&2; exit 1; \
elif [ -z "$$found" ]; then \
  echo "Python 3.11 or newer is needed and none of these is one: $(INTERPRETERS)." >&2; exit 1; \
fi
endef

# An environment of an interpreter that is gone, or half made, is made anew.
$(VENV)/.made:
	@if [ ! -w . ]; then echo "The folder $$PWD cannot be written by `id -un`." >&2; exit 1; fi
	@if ! $(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  $(find_interpreter); \
	  echo "Making $(VENV) with `$$found --version`…"; \
	  rm -rf $(VENV) && "$$found" -m venv $(VENV); \
	fi
	@touch $@

$(LOCAL): requirements.txt requirements-local.txt constraints.txt | $(VENV)/.made
	@echo "Installing packages (only when the requirements change)…"
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements-local.txt
	@touch $@

$(DEV): requirements.txt requirements-local.txt requirements-dev.txt constraints.txt | $(VENV)/.made
	@echo "Installing packages and tools (only when the requirements change)…"
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $(LOCAL) $@

%.mo: %.po | $(LOCAL)
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

# Browser tests need Chromium. They skip themselves without one; here is the attempt to have one.
browser:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
	  if [ -n "$$name" ] && command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	if [ "`id -u`" = 0 ] && grep -qs '^ID=debian' /etc/os-release && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's Chromium for the browser tests (once)…"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  if apt-get -qq update && apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends chromium >/dev/null; \
	  then exit 0; fi; \
	  echo "Browser tests will be skipped: Debian's Chromium could not be installed."; \
	else \
	  echo "Browser tests will be skipped: no Chromium on PATH (install it, or name it with CHROMIUM=…)."; \
	fi
