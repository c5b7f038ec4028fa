PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := pyproject.toml --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: demo quick test slow browser lint docs site operation freeze bench reliability mutants lowest lock clean

demo: $(VENV)/.installed  ## a server refuses the example SDK; patch it, prove it; make a patch of hand edits
	$(BIN)/python examples/demo.py
	$(BIN)/python examples/demo_capture.py

QUICK := $(addprefix tests/,bounds schema fern python pattern loading handshakes operations planning test_architecture.py)

quick: $(VENV)/.installed  ## after each change: units, patterns, every case file of every operation; a minute
	$(BIN)/python -m pytest -n auto -m "not slow and not browser and not encodings" $(QUICK)

test: $(VENV)/.installed  ## everything but what make slow and make browser run; six minutes on two cores
	$(BIN)/python -m pytest -n auto

slow: $(VENV)/.installed  ## all pinned SDKs, websockets 12, 13, 15 and 17, pipelines, environments of their own
	$(BIN)/python -m pytest -n auto -m slow

browser: $(VENV)/.installed  ## the page of sdkpatch verify, in headless Chromium
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed  ## write the tables in docs/ that follow from what the operations declare
	$(BIN)/python -m tools.docs

site: $(VENV)/.installed  ## the documentation as a site, in .cache/site/html; a link that leads nowhere is an error
	$(BIN)/python -m tools.site

operation: $(VENV)/.installed  ## lay out a new operation: make operation NAME=docstring.remove
	$(BIN)/python -m tools.operation $(NAME)

freeze: $(VENV)/.installed  ## keep the patches of a release in tests/compat, before it is tagged
	$(BIN)/python -m tools.freeze

bench: $(VENV)/.installed  ## compare with ast-grep, an equal libcst codemod and ripgrep
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks.apply
	$(BIN)/python -m benchmarks.wide
	$(BIN)/python -m benchmarks.verify
	$(BIN)/python -m benchmarks.backtest

reliability: $(VENV)/.installed  ## crashes, full disks, races, ignore files against git, builds, fuzzing; an hour and a half
	$(INSTALL) --requirement requirements/reliability.txt
	$(BIN)/python -m reliability

mutants: $(VENV)/.installed  ## patched SDKs with a fault each: does verify see it? some hours
	$(BIN)/python -m reliability.mutants

# What is left out runs twine and check-jsonschema, which need newer releases of packaging and click than sdkpatch does.
lowest: .venv-lowest/.installed  ## everything once more, with the oldest releases that pyproject.toml allows
	.venv-lowest/bin/python -m pytest -n auto --ignore tests/pipeline --deselect tests/cli/test_init.py::test_the_files_are_valid

lock:  ## renew requirements/: needs uv
	uv pip compile $(LOCK) --extra dev --output-file requirements/dev.txt
	uv pip compile $(LOCK) --extra reliability --constraint requirements/dev.txt --output-file requirements/reliability.txt
	uv pip compile $(LOCK) --resolution lowest-direct --no-deps --output-file requirements/lowest.txt

# Every package is one that the lock names, bytes and all; pip refuses others.
$(VENV)/.installed: pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

.venv-lowest/.installed: pyproject.toml requirements/dev.txt requirements/lowest.txt
	$(PYTHON) -m venv .venv-lowest
	$(subst $(VENV),.venv-lowest,$(INSTALL)) --requirement requirements/dev.txt
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	$(subst $(VENV),.venv-lowest,$(INSTALL)) --no-deps --requirement requirements/lowest.txt
	touch $@

clean:
	rm -rf $(VENV) .venv-lowest .cache dist build
