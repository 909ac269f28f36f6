# One command each from a fresh clone: `make run`, `make test`. Python 3.11 (python3) and make are all it takes.
.DEFAULT_GOAL := help
.PHONY: help run test lint verify bench lock docs-tables translations picture clean

PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/installed-run
DEV := .venv/installed-dev
# What decides whether the environment is up to date.
SOURCES := pyproject.toml tools/install.py tools/assets.py requirements/uv.txt requirements/node.txt package-lock.json
# An environment that already has the developer's tools keeps them.
READY := $(if $(wildcard $(DEV)),$(DEV),$(RUN))
SEEDS ?= 1 2 3
# Only what is held to 100 % is traced, and only by its own tests (tests/conftest.py): tracing makes tests several
# times slower.
CORE := phonesync.ledger phonesync.events phonesync.phonebook phonesync.calls phonesync.clock phonesync.numbering
TRACED := $(addprefix --cov=,$(CORE))
# Tests start the program hundreds of times: it is compiled once, whatever the environment says of that.
COMPILED := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.venv/bytecode

help: ## List the targets
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-14s %s\n' "$$name" "$$text"; done

run: $(READY) ## Start the demo: an office of emulated phones and the agent that reads them (Ctrl-C ends it)
	@$(BIN)/phonesync demo $(ARGS)

test: $(DEV) ## Run every test this machine can run, and check the coverage of the pure core; with ARGS, only the tests they name
	@$(COMPILED) $(BIN)/python -m pytest -n 3 --dist worksteal $(if $(ARGS),$(ARGS),$(TRACED) --cov-report=)
	@$(if $(ARGS),,$(BIN)/coverage report --fail-under=100 --show-missing --skip-covered)

lint: $(DEV) ## Check format, style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

verify: $(DEV) ## The long proofs: thirty bad days, three seeds, both databases; a worse week; names, reports; kills, cuts, faults
	@for seed in $(SEEDS); do $(BIN)/phonesync farm verify --days 30 --phones 200 --chaos 2 --poll 2h --seed $$seed || exit 1; done
	@for seed in $(SEEDS); do $(BIN)/python -m tests.system.verify_on_server --days 30 --phones 200 --chaos 2 --poll 2h --seed $$seed || exit 1; done
	@$(BIN)/phonesync farm verify --days 10 --phones 60 --chaos 3 --poll 2h
	@$(BIN)/phonesync farm verify --days 10 --phones 40 --chaos 1 --poll 2h --names
	@$(BIN)/phonesync farm verify --days 10 --phones 20 --mix gxp16-form --chaos 0 --events 1 --lost 0.02 --doubled 0.02 --outages 2
	@$(BIN)/phonesync farm verify --days 5 --phones 40 --chaos 2 --poll 2h --events 1 --lost 0.02 --doubled 0.02 --outages 1
	@$(BIN)/python -m tests.system.kill_run --kills 100 --chaos 2
	@$(BIN)/python -m tests.system.server_kills --kills 20
	@for seed in $(SEEDS); do $(BIN)/python -m tests.system.push_cuts --cuts 50 --seed $$seed || exit 1; done
	@$(BIN)/python -m tests.system.copy_million --rows 1000000
	@$(BIN)/python -m tests.system.fault_memory
	@for seed in $(SEEDS); do $(BIN)/python -m tests.system.broken_http --answers 10000 --seed $$seed || exit 1; done
	@PHONESYNC_THOROUGH=1 PHONESYNC_SEEDS="$(SEEDS)" $(BIN)/python -m pytest -q tests/web/test_days.py
	@PHONESYNC_THOROUGH=1 $(BIN)/python -m pytest -q -n 2 $$(grep -rlE '\<daily\(|\<(given|settings)\(|fewer_cuts' tests --include='test_*.py' | grep -v -e test_days -e test_api_fuzz)
	@PHONESYNC_EXAMPLES=200 $(BIN)/python -m pytest -q tests/web/test_api_fuzz.py

bench: $(DEV) ## Measure reads per second against a floor in the same run
	@$(BIN)/python -m bench $(ARGS)

lock: $(DEV) ## Pin the newest versions allowed, with hashes and without addresses
	@$(BIN)/python -m tools.lock $(ARGS)

docs-tables: $(DEV) ## Write the generated parts of the documentation anew
	@$(BIN)/python -m tools.docs_tables

translations: $(DEV) ## Bring the texts of the pages into the catalogue of Russian
	@$(BIN)/python -m tools.translations

picture: $(DEV) ## Take the picture of the journal in the README anew (needs Chromium)
	@$(BIN)/python -m tools.picture

clean: ## Remove everything that was generated, the virtual environment too
	rm -rf .venv node_modules phonesync/web/static/vendor build dist *.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find phonesync drivers tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): $(SOURCES) requirements/run.txt
	@$(require-python)
	@$(PYTHON) tools/install.py run

$(DEV): $(SOURCES) requirements/dev.txt
	@$(require-python)
	@$(PYTHON) tools/install.py dev

define require-python
command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "phonesync needs Python 3.11 or newer as $(PYTHON); this machine has $$($(PYTHON) --version 2>&1 || echo none). Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
endef
