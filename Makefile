# `make decks` and `make test` set up what they need: Python 3.11 or later, git and make are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev

.PHONY: decks test check lint types format docs bench bench-large bench-small clean

# The second build gives the same bytes on all machines, even where the extra `fast` is installed, as it is for tests.
decks: $(STAMP)
	$(BIN)/ankiexport build bank --out dist
	$(BIN)/ankiexport build bank --out dist --locked --quiet

test: $(STAMP_DEV)
	$(BIN)/python -m pytest -n auto

check: $(STAMP_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/ankiexport check bank --strict
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

format: $(STAMP_DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP_DEV)
	$(BIN)/python docs/generate.py

bench: $(STAMP)
	$(BIN)/python -m benchmarks

bench-large: $(STAMP)
	$(BIN)/python -m benchmarks --large

bench-small: $(STAMP)
	$(BIN)/python -m benchmarks --small

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(STAMP_DEV): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist/*.apkg .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
