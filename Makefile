# The two commands of the README are `make demo` and `make test`; the rest are heavier proofs.
# Everything is set up in .venv; .ci/run calls `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types torture chaos world bench clean

demo: $(VENV)/.demo
	$(BIN)/station-sim demo $(if $(FOREVER),--forever)

test: $(VENV)/.test lint types
	$(BIN)/pytest -m "not torture and not chaos and not world and not bench" -n 2

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

torture: $(VENV)/.test
	$(BIN)/pytest -m torture --timeout 3600 -s

chaos: $(VENV)/.test
	sh .ci/setup chaos
	$(BIN)/pytest -m "chaos or postgres" --timeout 900 -s

# YEARS station-years from seed FIRST on (then every planted bug), or only SEEDS ("17", "0-99").
world: $(VENV)/.test
	$(BIN)/python -m tests.world $(SEEDS) --years $(or $(YEARS),200) --first $(or $(FIRST),100000)
	$(if $(SEEDS),,$(BIN)/pytest tests/world -m world)

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .venv-gateway build *.egg-info

$(VENV)/.venv: .ci/setup
	sh .ci/setup venv $(PYTHON) $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.venv pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[county]'
	touch $@

$(VENV)/.test: $(VENV)/.venv pyproject.toml .ci/setup
	sh .ci/setup tests
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[county,camera,labels,dev]'
	touch $@
