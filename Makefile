# Two commands matter: `make run` and `make test`. Each makes what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command "make lock" $(UPGRADE)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check format compile catalogs bot-test benchmark docs wheel-check lock audit sbom clean

run: $(VENV)/installed  ## Serve the web page (and Discord, with DISCORD_TOKEN)
	$(BIN)/python -m bot run

test: $(VENV)/test-installed browser postgresql systemd wheel-check  ## Format, lint, types, all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m bot check
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

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

wheel-check:  ## Build the wheel, install it alone with the locked dependencies, ask it something from an empty folder
	sh .ci/wheel-check $(PYTHON)

lock: $(VENV)/supply-installed  ## After changing dependencies; UPGRADE=--upgrade takes the newest of all
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) --output-file requirements.lock
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'])" \
		| $(BIN)/uv pip compile - $(LOCKED) --output-file requirements-build.lock

audit: $(VENV)/supply-installed  ## Known vulnerabilities of what is locked; asks PyPI's database, so it needs a network
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

sbom: $(VENV)/supply-installed  ## dist/sbom.json: what is in the bot, in CycloneDX; made from the lock, without a network
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible \
		--output-file dist/sbom.json requirements.lock

.PHONY: browser
browser:  ## Debian's Chromium and fonts for the tests of the page; installed once
	@command -v chromium >/dev/null || sh .ci/install-browser

.PHONY: postgresql
postgresql:  ## Debian's PostgreSQL server for the tests of the state; installed once
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || sh .ci/install-postgresql

.PHONY: systemd
systemd:  ## Debian's systemd for the check of the unit in deploy/; installed once
	@command -v systemd-analyze >/dev/null || sh .ci/install-systemd

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/test-installed: pyproject.toml $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

$(VENV)/supply-installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --group supply
	@touch $@

clean:
	rm -rf $(VENV) data dist build .mypy_cache .ruff_cache .pytest_cache
