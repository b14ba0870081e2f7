# Two commands matter: `make run` and `make test`. Each makes what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check format compile catalogs bot-test benchmark docs clean

run: $(VENV)/installed  ## Serve the web page (and Discord, with DISCORD_TOKEN)
	$(BIN)/python -m bot run

test: $(VENV)/test-installed browser postgresql  ## Format, lint, types, all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m bot check
	$(BIN)/python -m pytest

format: $(VENV)/test-installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: $(VENV)/installed  ## Print every problem of the knowledge base and the catalogs
	$(BIN)/python -m bot check

compile: $(VENV)/installed  ## After editing phrasings: compile the model that is shipped
	$(BIN)/python -m bot compile

bot-test: $(VENV)/installed  ## Ask every phrasing held out from training; fail when a language got worse
	$(BIN)/python -m bot test --baseline tests/baseline.json

catalogs: $(VENV)/installed  ## Extract messages, bring every catalog up to date, report
	$(BIN)/python -m bot catalogs extract
	$(BIN)/python -m bot catalogs update
	$(BIN)/python -m bot catalogs report

benchmark: $(VENV)/test-installed  ## Ratios against named alternatives
	$(BIN)/python -m benchmarks.retrieval
	$(BIN)/python -m benchmarks.robustness
	$(BIN)/python -m benchmarks.announcements

docs: $(VENV)/installed  ## Rewrite the generated table of settings
	$(BIN)/python -m bot settings > docs/settings.md

.PHONY: browser
browser:  ## Debian's Chromium and fonts for the tests of the page; installed once
	@command -v chromium >/dev/null || sh .ci/install-browser

.PHONY: postgresql
postgresql:  ## Debian's PostgreSQL server for the tests of the state; installed once
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || sh .ci/install-postgresql

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/test-installed: pyproject.toml $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

clean:
	rm -rf $(VENV) data dist build .mypy_cache .ruff_cache .pytest_cache
