# The commands of Koppel; `make help` lists them. Needs Python 3.11 or newer and make; uses uv when it is there.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV ?= $(shell command -v uv 2>/dev/null)
BIN := .venv/bin

.PHONY: help run test lint format bench compile-messages messages requirements
.DEFAULT_GOAL := help

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

run: .venv/run.done  ## set everything up and start the whole system on this machine (PORT=8000)
	@exec $(BIN)/python manage.py run $(if $(PORT),--port $(PORT))

test: .venv/test.done  ## run the tests; what is missing on this machine is skipped and named (ARGS="-k name")
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/test.done  ## style and types: ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/test.done  ## put the code in shape with ruff
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/test.done  ## measure: click to client, pages at 1,000 and 100,000 devices
	$(BIN)/python -m bench $(ARGS)

messages: .venv/test.done  ## collect the texts to translate into locale/ (no gettext needed)
	$(BIN)/python -m console.translations.collect

compile-messages: .venv/run.done  ## compile the translations (no gettext needed)
	$(BIN)/python -m console.translations.compile

requirements:  ## pin requirements/*.in again (needs uv)
	cd requirements && for set in run test; do $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-header --output-file $$set.txt $$set.in; done

# Running asks for requirements/run.txt, testing for requirements/test.txt, which holds all of run.txt and more.
.venv/run.done: requirements/run.txt
	@$(MAKE) --no-print-directory install SET=run
.venv/test.done: requirements/test.txt
	@$(MAKE) --no-print-directory install SET=test

.PHONY: install
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
install:
	@test -n "$(PYTHON)" && "$(PYTHON)" $(NEW_ENOUGH) 2>/dev/null || { echo "Koppel needs Python 3.11 or newer; $(or $(PYTHON),python3) is not. Install it, or say where it is: make $(SET) PYTHON=/path/to/python3" >&2; exit 2; }
	@test -w . || { echo "Koppel cannot write in $(CURDIR). Use a folder of your own." >&2; exit 2; }
	@$(BIN)/python $(NEW_ENOUGH) 2>/dev/null || rm -rf .venv
	@if [ -n "$(UV)" ]; then \
		{ test -d .venv || "$(UV)" venv --quiet --python "$(PYTHON)" .venv; } && \
		echo "Installing requirements/$(SET).txt with uv" && \
		env -u UV_PYTHON "$(UV)" pip install --quiet --require-hashes --compile-bytecode --python $(BIN)/python -r requirements/$(SET).txt; \
	else \
		{ $(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv .venv || \
		{ echo "Python cannot make a virtual environment here. On Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }; } && \
		echo "Installing requirements/$(SET).txt with pip" && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(SET).txt; \
	fi
	@touch .venv/$(SET).done
