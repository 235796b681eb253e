# Paths are relative throughout: the checkout may lie in a folder with a space in its name.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN := $(BIN)/python -m
LOCK := $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help
help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

.PHONY: run
run: $(BIN)/.runtime ## Run the whole chain through the scheduler and print the report.
	@$(RUN) oplatency.cli demo

.PHONY: up
up: $(BIN)/.runtime ## Start PostgreSQL and Airflow with schedules on; Ctrl-C stops them.
	@$(RUN) oplatency.cli up

.PHONY: down
down: $(BIN)/.runtime ## Stop what `make up` runs in another terminal.
	@$(RUN) oplatency.cli down

.PHONY: test
test: $(BIN)/.dev ## Run the tests, on every core.
	@$(RUN) pytest --numprocesses logical --maxprocesses 8

.PHONY: test-slow
test-slow: $(BIN)/.dev ## Run the tests that take long: the scheduler, crashes, recording; then mutate a few places.
	@$(RUN) pytest -m slow
	@$(RUN) tools.mutate --sample 3

.PHONY: mutate
mutate: $(BIN)/.dev ## Change statistics and rules in one place at a time and see whether a test notices (docs/mutation.md).
	@$(RUN) tools.mutate

.PHONY: check
check: $(BIN)/.dev ## Check style, types, SQL, layers and generated files; writes nothing.
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(BIN)/python -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	@$(RUN) sqlfluff lint --nocolor --disable-progress-bar sql
	@$(RUN) docs.generate --check

.PHONY: fix
fix: $(BIN)/.dev ## Mend what can be mended by machine and write generated files.
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .
	@$(RUN) sqlfluff fix --quiet --disable-progress-bar sql
	@$(RUN) docs.generate

.PHONY: bench
bench: $(BIN)/.dev ## Measure detection: plain rules and ours side by side.
	@$(BIN)/python benchmarks/detection.py

.PHONY: bench-labelled
bench-labelled: $(BIN)/.dev ## Measure detection day by day on series like those that people label.
	@$(BIN)/python benchmarks/labelled.py

.PHONY: bench-ingest
bench-ingest: $(BIN)/.dev ## Measure the gate beside plain COPYs of the same million rows.
	@$(BIN)/python benchmarks/ingest.py

.PHONY: bench-jobs
bench-jobs: $(BIN)/.dev ## Measure the jobs of detection beside the loop that the report describes.
	@$(BIN)/python benchmarks/detection_job.py

.PHONY: record-sample
record-sample: $(BIN)/.runtime ## Record the sample anew; takes ten minutes on a quiet machine.
	@$(RUN) tools.record_sample

.PHONY: lock
lock: $(BIN)/uv ## Resolve the lock files anew from pyproject.toml.
	@$(LOCK) pyproject.toml --group build -o requirements.txt
	@$(LOCK) pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt
	@echo uv | $(LOCK) - -c requirements-dev.txt -o requirements-installer.txt
	@cp requirements.txt docker/requirements.txt
	@$(LOCK) pyproject.toml docker/requirements.in --group build -o docker/requirements.txt

.PHONY: clean
clean: ## Delete this installation: its data, its secrets, the virtual environment.
	@if [ -x $(BIN)/python ]; then $(RUN) oplatency.cli destroy --yes; fi
	@rm -rf .venv

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv

$(BIN)/uv: $(BIN)/python
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements-installer.txt
	@touch $@

# uv installs in seconds what pip takes minutes for; where it cannot reach the index that pip is configured for, pip does it.
define install
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) || $(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
endef

$(BIN)/.runtime: requirements.txt requirements-installer.txt pyproject.toml | $(BIN)/uv
	$(call install,requirements.txt)
	@touch $@

$(BIN)/.dev: requirements-dev.txt requirements-installer.txt pyproject.toml | $(BIN)/uv
	$(call install,requirements-dev.txt)
	@touch $@ $(BIN)/.runtime
