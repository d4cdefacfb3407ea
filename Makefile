# Two commands matter: `make run` and `make test`. All paths are relative, so a checkout path with spaces works.
.PHONY: run test check trace shots bench soak lock messages clean
.DEFAULT_GOAL := run

PYTHON ?= python3
PY := .venv/bin/python
VENV_DONE := .venv/.installed
DEV_DONE := .venv/.installed-dev

run: $(VENV_DONE)
	@exec $(PY) manage.py up

# A stamp per lock file: pip runs only when the pins changed, so the second start is fast and works offline.
$(VENV_DONE): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Meridian needs Python 3.11 or newer; name one with: make run PYTHON=/path/to/python3.11")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing the pinned packages into .venv ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV_DONE): $(VENV_DONE) requirements-dev.lock
	@echo "Installing the pinned developer packages into .venv ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

check: $(DEV_DONE)
	@$(PY) -m tests.tools.check

test: $(DEV_DONE)
	@$(PY) -m tests.tools.check
	@$(PY) -m tests.tools.run

trace: $(DEV_DONE)
	@$(PY) -m tests.tools.trace

shots: $(DEV_DONE)
	@$(PY) -m tests.tools.shots

bench: $(DEV_DONE)
	@$(PY) -m pytest -q -s -m bench tests/bench

soak: $(DEV_DONE)
	@$(PY) -m pytest -q -s -m soak tests

# Renew the pins (needs uv: python -m pip install uv).
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group dev pyproject.toml -o requirements-dev.lock

# Bring the translators' files to the texts of today; needs nothing but Python, like compiling them.
messages: $(DEV_DONE)
	@$(PY) -m tests.tools.messages

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis shots
