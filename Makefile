# make demo: everything on the samples. make test: everything that CI runs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: setup demo test lint unit data-tests docs clean

setup: $(VENV)/.done

$(VENV)/.done: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: setup
	$(BIN)/cloudbill demo

test: lint unit

lint: setup
	$(BIN)/ruff check scripts tests
	$(BIN)/ruff format --check scripts tests
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 models tests analyses

unit: setup
	$(BIN)/pytest

docs: setup
	$(BIN)/cloudbill demo
	CLOUDBILL_WORKSPACE=workspace $(BIN)/dbt docs generate --static --profiles-dir . --target-path workspace/target

clean:
	rm -rf $(VENV) workspace target
