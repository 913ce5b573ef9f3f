# make demo: everything on the samples. make test: what CI runs for each change.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# uv where there is one, else the environment's own pip; both check the hashes of the locks.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/pip install --quiet --disable-pip-version-check)
# uv compiles nothing by itself; what tests alone need is compiled when it is imported.
NOT_COMPILED := $(if $(UV),,--no-compile)
# Of the sample bills: those of one's own have another.
DEMO := $(or $(CLOUDBILL_WORKSPACE),workspace-demo)

.PHONY: setup locks demo test lint unit slow docs bench spark spark-parity focus-validate clean

setup: $(VENV)/.done

# What the main job needs: load, build, publish, status, report. Compiled, so that commands start a
# tenth sooner also where Python is told to write no bytecode.
$(VENV)/.main: requirements-main.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --require-hashes --requirement requirements-main.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q scripts/cloudbill
	touch $@

# The rest: the explorer, the clouds' credentials, metrics, tests.
$(VENV)/.done: $(VENV)/.main requirements.lock
	$(INSTALL) $(NOT_COMPILED) --require-hashes --requirement requirements.lock
	touch $@

# The smaller locks anew, after requirements.lock or the dependencies changed.
locks: setup
	$(BIN)/python scripts/locks.py

demo: $(VENV)/.main
	$(BIN)/cloudbill demo

test: lint unit

lint: setup
	$(BIN)/ruff check scripts tests
	$(BIN)/ruff format --check scripts tests
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 models tests analyses

unit: setup spark
	$(BIN)/pytest

# What takes minutes each: every mart on Spark, a hundred kills, more seeds. Each night, and before a
# release.
slow: setup spark
	$(BIN)/pytest -m slow

docs: setup
	$(BIN)/python -m cloudbill.docs_formats
	$(BIN)/python -m cloudbill.docs_marts
	$(BIN)/cloudbill demo
	CLOUDBILL_WORKSPACE=$(DEMO) $(BIN)/dbt docs generate --static --profiles-dir . --target-path $(DEMO)/target
	@echo "Open $(DEMO)/target/static_index.html"

# Load, build and refresh beside plain DuckDB on the same files; LINES=10000000 for ten million.
bench: setup
	$(BIN)/python scripts/bench.py --lines $(or $(LINES),1000000)
	$(BIN)/python scripts/bench_history.py

# Apache Spark beside DuckDB, half a gigabyte that only the target spark and its tests need.
spark: $(VENV)/.spark

$(VENV)/.spark: $(VENV)/.done requirements-spark.lock
	$(INSTALL) --no-deps --requirement requirements-spark.lock
	touch $@

# Every mart of a random bill on Spark and on DuckDB, row for row; LINES=100000 for a shorter one.
spark-parity: spark
	$(BIN)/python scripts/spark_parity.py --lines $(or $(LINES),1000000)

# The official FOCUS validator, in an environment of its own; says so where no Python 3.12+ is found.
focus-validate: setup
	test -d $(DEMO)/published || $(BIN)/cloudbill demo
	$(PYTHON) scripts/focus_validate.py .venv-focus $(DEMO)/published

clean:
	rm -rf $(VENV) .venv-focus workspace-demo target
