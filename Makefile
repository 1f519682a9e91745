# `make test` on a fresh machine sets everything up; `make check` is what the pipeline runs.

PYTHON ?= python3
# An additional package index for torch. Empty takes the default, which on Linux brings CUDA along
# (gigabytes); for CPU only, the URL that PyTorch's installation page names
TORCH_INDEX ?=
# Processes that run the tests.
WORKERS ?= 2

VENV := .venv
RUN := $(VENV)/bin/python -m
STAMP := $(VENV)/.installed

# Keeps the root off sys.path, where `import blocks` would find the wrong module.
export PYTHONSAFEPATH := 1

.PHONY: demo examples test generate spoil check lint format types law bench clean pictures parity-table stricter mermaid
.DELETE_ON_ERROR:

test: $(STAMP)
	$(RUN) pytest -n $(WORKERS)

# Compiles and runs a ResNet and a GPT, and draws them into build/demo/.
demo: $(STAMP)
	$(VENV)/bin/python examples/demo.py

# Runs the examples that learn, for a minute or two each; their pictures are those of the gallery.
EXAMPLES := $(basename $(notdir $(shell grep -l '^def recipes' examples/*.py)))
examples: $(EXAMPLES:%=example-%) pictures

# One of them: make example-classify
example-%: $(STAMP)
	PYTHONPATH=examples $(VENV)/bin/python examples/$*.py --out docs/images/examples

# Draws the pictures of the documents anew.
pictures: $(STAMP)
	$(VENV)/bin/python examples/pictures.py

# Compares the zoo with what is published, into docs/zoo.md.
parity-table: $(STAMP)
	$(VENV)/bin/python tests/parity_table.py > docs/zoo.md

# What the rules refuse and torch would do, into docs/stricter.md.
stricter: $(STAMP)
	$(VENV)/bin/python tests/stricter.py > docs/stricter.md

# Mermaid's own parser, which a test of what is written for it needs; and node.
mermaid:
	npm install --prefix tests/mermaid --no-save --no-package-lock --no-audit --no-fund

check: lint types law test

# Grows valid specs at random, tries each, and breaks it: make generate COUNT=10000 SEED=1 JOBS=2
generate: $(STAMP)
	PYTHONPATH=tests $(RUN) generator --count $(or $(COUNT),1000) --jobs $(or $(JOBS),1) $(if $(SEED),--seed $(SEED))

# Spoils specs at random: each is answered by a NetwrightError, and soon.
spoil: $(STAMP)
	$(VENV)/bin/python tests/fuzzing.py $(or $(COUNT),100000) $(or $(SEED),1)

lint: $(STAMP)
	$(RUN) ruff check
	$(RUN) ruff format --check

format: $(STAMP)
	$(RUN) ruff check --fix
	$(RUN) ruff format

types: $(STAMP)
	$(RUN) mypy

# Which folder may import which.
law: $(STAMP)
	$(VENV)/bin/python -c 'from importlinter.cli import lint_imports_command as lint; lint(["--no-logo"])'

# What netwright costs, against PyTorch by hand and against the imports that it cannot do without.
bench: $(STAMP)
	$(VENV)/bin/python benchmarks/startup.py
	$(VENV)/bin/python benchmarks/run.py

clean:
	rm -rf $(VENV) build dist *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: .venv
.venv: $(STAMP)

# Made anew only when a requirement may have changed. torch comes first, from an index of its own.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install --quiet --upgrade pip -c constraints.txt
	$(RUN) pip install --quiet torch -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
	$(RUN) pip install --quiet -e '.[dev,examples]' -c constraints.txt
	touch $@
