# `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Which PyTorch: with CUDA, or on Linux `cpu`, a third of the size; what was chosen at set-up stays chosen
TORCH ?= $(shell cat $(VENV)/torch 2>/dev/null)
TORCH := $(TORCH)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
CPU_BUILD := $(and $(filter cpu,$(TORCH)),$(filter Linux,$(shell uname)))
LOCKS := requirements.lock $(if $(CPU_BUILD),torch-cpu.lock)
# Those pins of requirements.lock, with their hashes, whose names match, or do not: $(call pins,!,torch|...)
pins = awk '/^[a-zA-Z0-9]/ { named = /^($(2))==/ } $(1)named' requirements.lock
ONLY_CUDA := torch|torchaudio|triton|nvidia-[a-z0-9-]+|cuda-[a-z]+
# uv is many times as fast as pip (docs/setup.md), but knows nothing of pip's settings: where pip was told of an index, it installs
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
PIP_IS_SET := $(BIN)/python -m pip config list | grep -E 'index|find-links|proxy|cert|trusted-host' >/dev/null
PORT ?= 5000
SIDE_BY_SIDE = $(if $(JOBS),--jobs $(JOBS))
# Those that every pin needs a wheel for (antlr4 is pure Python, and has only its source)
PYTHONS := 3.11 3.12 3.13 3.14
# The versions that can change a number
NUMERICS := grep -oE '^(numpy|pandas|pyarrow|sacrebleu|safetensors|scikit-learn|scipy|soundfile|spacy|statsmodels|torch|torchaudio|torchtext)==[^ ]+' requirements.lock
# Commands name the folder in which their environment was made, and its Python: a moved one is made again
IN_PLACE := (. $(BIN)/activate && [ "$$VIRTUAL_ENV" -ef $(VENV) ] && [ -x $(BIN)/python ])
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/$(BIN):$(PATH)
.SHELLFLAGS := -eu -o pipefail -c

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make the virtual environment (skipped when nothing changed; TORCH=cpu: without CUDA, 2 GB instead of 6)
	@[ -z "$(filter-out cpu,$(TORCH))" ] || { echo "error: TORCH=$(TORCH) is not known: TORCH=cpu is PyTorch without CUDA, TORCH= that with it" >&2; exit 1; }
	@cat $(LOCKS) | cmp -s - $(VENV)/installed.lock && $(IN_PLACE) || $(MAKE) --no-print-directory install

.PHONY: install
install:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "error: Python 3.11 to 3.14 is needed and $(PYTHON) is %d.%d; name another: make setup PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up $(VENV): about $(if $(CPU_BUILD),2,$(if $(filter Darwin,$(shell uname)),1.3,6)) GB of packages, a few minutes"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) || { echo "error: $(PYTHON) could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(if $(CPU_BUILD),$(call pins,!,$(ONLY_CUDA)),cat requirements.lock) > $(VENV)/wanted.lock
	@if $(PIP_IS_SET); then install="$(PIP)" from=--index-url; else \
		$(call pins,,uv) > $(VENV)/uv.lock && $(PIP) --require-hashes -r $(VENV)/uv.lock && \
		install="$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python" from=--default-index; fi && \
	$$install --require-hashes -r $(VENV)/wanted.lock $(if $(CPU_BUILD),&& $$install $$from "$(TORCH_INDEX)" -r torch-cpu.lock) || \
		{ echo "error: the packages of $(LOCKS) could not be installed (see above); run make setup again$(if $(CPU_BUILD),; if $(TORCH_INDEX) cannot be reached: name a mirror as TORCH_INDEX, or take PyTorch with CUDA: make setup TORCH=)" >&2; exit 1; }
	@$(PIP) --no-build-isolation --editable .
	@echo "$(TORCH)" > $(VENV)/torch
	@cat $(LOCKS) > $(VENV)/installed.lock
	@echo "Set up. For plain dvc, mlflow and rnn in this shell: . $(VENV)/bin/activate"

.PHONY: repro
repro: setup ## Rebuild what changed (JOBS=4: stages side by side; STAGES="tagging": some; SCALE=full: in runs/full)
	@$(if $(SCALE),$(BIN)/python -m tools.scaled $(SCALE) runs/$(SCALE) $(SIDE_BY_SIDE) $(if $(STAGES),--stages $(STAGES)),$(BIN)/python -m tools.check && $(BIN)/python -m tools.repro $(SIDE_BY_SIDE) $(STAGES))

.PHONY: quick
quick: setup ## The whole graph at the smallest scale, in a throw-away copy
	@$(BIN)/python -m tools.scaled quick $(SIDE_BY_SIDE)

.PHONY: ui
ui: setup ## Browse the runs in MLflow (PORT=5000)
	@MLFLOW_DISABLE_TELEMETRY=true $(BIN)/python -m tools.ui "$(PORT)"
	@MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false PYTHONWARNINGS=ignore \
		$(BIN)/mlflow ui --host 127.0.0.1 --port $(PORT) --workers 1 \
		--uvicorn-opts "--log-level critical" --backend-store-uri "sqlite:///$(CURDIR)/mlflow.db" \
		--artifacts-destination "file://$(CURDIR)/mlartifacts" >/dev/null

.PHONY: track
track: setup ## Fill MLflow with results that it lacks: pulled ones, or those of a time when the store was away
	@$(BIN)/python -m tools.track

.PHONY: test
test: setup ## Run the tests, the whole quick graph included
	@$(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: test-long
test-long: setup ## Try to break the promises: kills, full disks, clones, rebuilds (two hours; KILLS=10: fewer kills)
	@$(BIN)/python -m pytest -q -s tests/long

.PHONY: verify
verify: setup ## Build all again in a throw-away copy, compare every hash with dvc.lock (SCALE=quick: build it twice)
	@$(BIN)/python -m tools.verify $(SCALE)

.PHONY: lint
lint: setup ## Check style, types, imports and the graph's dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.graph --check
	@$(BIN)/python -m tools.readme --check
	@$(BIN)/python -m tools.worksheets --check
	@$(MAKE) --no-print-directory check-numerics

.PHONY: check-numerics
check-numerics:
	@$(NUMERICS) | cmp -s - numerics.lock || { echo "error: numerics.lock does not follow requirements.lock: run make -B numerics.lock and commit it" >&2; exit 1; }

.PHONY: bench
bench: setup ## Measure speed and memory, forty quiet minutes (ONLY="engine_vs_packed ...": some)
	@$(BIN)/python -m benchmarks $(ONLY)

.PHONY: graph
graph: setup ## Write dvc.yaml's stages of the exercises from their declarations, its code dependencies from the imports
	@$(BIN)/python -m tools.graph

.PHONY: readme
readme: setup ## Write the tables of README and docs/ from the metrics and benchmarks, the graph from dvc.yaml
	@$(BIN)/python -m tools.readme

.PHONY: worksheets
worksheets: setup ## Write the students' worksheets from the exercises' solutions
	@$(BIN)/python -m tools.worksheets

.PHONY: lock
lock: setup ## Pin every dependency again (requirements.lock, numerics.lock); check that each has wheels
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	@for version in $(PYTHONS); do $(BIN)/uv pip compile --quiet --python-version $$version --no-deps --only-binary :all: --no-binary antlr4-python3-runtime requirements.lock >/dev/null || { echo "error: a pin has no wheel for Python $$version (see above); bound that package in pyproject.toml" >&2; exit 1; }; done
	@$(MAKE) --no-print-directory numerics.lock

.PHONY: lock-torch
lock-torch: setup ## Pin the builds of PyTorch without CUDA (torch-cpu.lock) with the hashes of TORCH_INDEX
	@{ head -n 1 torch-cpu.lock && grep -oE '^(torch|torchaudio)==[^ ]+' requirements.lock | sed 's/$$/+cpu/' | \
		$(BIN)/uv pip compile --quiet --no-header --no-annotate --no-deps --python-version 3.11 --generate-hashes --default-index "$(TORCH_INDEX)" -; } > torch-cpu.new || \
		{ rm torch-cpu.new; echo "error: $(TORCH_INDEX) did not give the hashes (see above); torch-cpu.lock is as it was" >&2; exit 1; }
	@mv torch-cpu.new torch-cpu.lock

numerics.lock: requirements.lock Makefile
	@$(NUMERICS) > $@

.PHONY: clean
clean: ## Remove what the stages wrote outside git; data can be checked out again from DVC's cache
	@rm -rf data/raw data/prepared data/predictions data/attention data/samples models logs .cache
	@echo "Removed data, models and caches; left: .venv, DVC's cache, MLflow's store"
