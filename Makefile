PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test slow browser lint bench clean

demo: $(VENV)/.installed  ## patch the bundled example SDK, show the diff, prove the handshake
	$(BIN)/python examples/demo.py

test: $(VENV)/.installed  ## run everything
	$(BIN)/python -m pytest -n auto

slow: $(VENV)/.installed  ## the handshakes on websockets 12, 13, 15 and 17, each in an environment of its own
	$(BIN)/python -m pytest -m slow

browser: $(VENV)/.installed  ## the page of sdkpatch verify, in headless Chromium
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed  ## compare with ast-grep, an equal libcst codemod and ripgrep
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks.apply
	$(BIN)/python -m benchmarks.verify

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .cache dist build
