# Every target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := 0.13.8
LOCKS := all dev operator worker signals simulator

# Recorded candles for the demo and the tests, where they are; both say what they use instead.
ifneq ($(wildcard ../shared/data),)
export TRADEPODS_DATA ?= $(abspath ../shared/data)
endif

.PHONY: help setup demo test lint types layers unit contract simulation integration cluster e2e kube-assets crds argocd chart bench bench-operator lock format clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  everything else: $(BIN)/tradepods --help"

setup: $(VENV)/.all ## create the environment from the lock

demo: $(VENV)/.all ## replay a day of candles: five accounts, one set of signals (about a minute)
	@$(BIN)/tradepods demo

test: lint types layers unit contract simulation integration cluster ## everything below, in this order

lint: $(VENV)/.dev ## ruff: style, complexity, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

layers: $(VENV)/.dev ## import contracts: who may know whom
	$(BIN)/lint-imports --no-logo

unit: $(VENV)/.dev ## pure functions, tables, properties, guards of the repository
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal tests/unit tests/guards

contract: $(VENV)/.dev ## the same cases on each fake and its real adapter, over real sockets
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal tests/contract

simulation: $(VENV)/.dev ## whole workers under faults: each fault in each phase of an order's life
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal tests/simulation

integration: $(VENV)/.dev ## real processes: the demo, kill -9, bad input, secrets
	$(BIN)/pytest tests/integration

cluster: $(VENV)/.dev ## our kinds and the operator against a real API server; skipped where there is none
	$(BIN)/pytest -rs -n auto --maxprocesses 2 --dist loadfile tests/cluster

e2e: $(VENV)/.dev ## the chart with real pods on a real node, killed and upgraded, a fleet from Git: eight to twelve minutes
	$(BIN)/pytest -rs --durations=0 --session-timeout=1200 tests/e2e

kube-assets: $(VENV)/.dev ## build the API server that the cluster tests start, once, where the machine has none
	@PYTHONPATH=tests $(BIN)/python -m support.cluster_assets || tests/cluster/kube-assets

crds: $(VENV)/.all ## write the CustomResourceDefinitions anew, after a change of the models
	@$(BIN)/tradepods crds --output crds
	@$(BIN)/tradepods crds --output charts/tradepods/files/crds

argocd: $(VENV)/.dev ## write Argo CD's ConfigMap and the states it is tried on anew, after a change of the scripts or the operator
	@PYTHONPATH=tests $(BIN)/python -m support.argo_customizations

chart: $(VENV)/.dev ## write the table in the chart's README anew, after a change of values.yaml
	@PYTHONPATH=tests $(BIN)/python -m support.chart_readme

bench: $(VENV)/.dev ## measure what is promised; BENCH="desk exchange adapter day ledger pipeline memory restart fleet signals service stream requests" picks some
	@PYTHONPATH=.:tests $(BIN)/python -m benchmarks $(BENCH)

bench-operator: $(VENV)/.dev ## the operator with 1,000 and 5,000 accounts, beside a plain kopf one; ACCOUNTS="200 1000" chooses
	@PYTHONPATH=.:tests $(BIN)/python -m benchmarks.operating $(if $(ACCOUNTS),--accounts $(ACCOUNTS))

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: | $(VENV)/bin/python ## resolve the dependencies anew into requirements/
	$(PIP) install uv==$(UV)
	$(BIN)/uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --quiet \
	  --custom-compile-command "make lock" --upgrade pyproject.toml requirements/build.in --extra dev -o requirements/dev.txt
	for extra in $(filter-out dev,$(LOCKS)); do \
	  $(BIN)/uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --quiet \
	    --custom-compile-command "make lock" pyproject.toml requirements/build.in --extra $$extra \
	    --constraint requirements/dev.txt -o requirements/$$extra.txt; \
	done

clean: ## remove the environment, caches and the demo's output
	rm -rf $(VENV) demo-output e2e-output .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# ---- the environment

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed (PYTHON=... names another): apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "creating the environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.all: requirements/all.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing from requirements/all.txt …"
	@$(PIP) install --require-hashes -r requirements/all.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q core operator signal_service worker simulator cli  # programs start sooner, also where Python may not write
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.all
	@echo "installing from requirements/dev.txt …"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
