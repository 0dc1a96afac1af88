# The targets that people, pre-commit and CI share.
PYTHON ?= python3
UV := .uv/bin/uv
BIN := .venv/bin
HOME_DIR ?= demo-home
# Two test processes: the machines that we promise for have two cores.
PROCESSES ?= 2
# Commands start anew hundreds of times in the suite: compiled code is kept, whatever the caller's shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo java test soak real-data conformance calibration check format benchmark benchmark-document bench-features bench-scoring bench-factory bench-incremental bench-experiments bench-sandbox bench-ingest bench-allocation lock clean
.DEFAULT_GOAL := help

help: ## say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .uv || { echo "this Python cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock

.venv/run.stamp: $(UV) requirements.lock build_assets.py frontend/package-lock.json pyproject.toml src/wealthloop/web/locale/zh_Hans/LC_MESSAGES/django.po
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/dev.stamp ## make .venv with everything for development

demo: .venv/run.stamp ## make a bank, run the loop for some days, open the pages on 127.0.0.1:8000
	$(BIN)/wealthloop demo --home $(HOME_DIR) --replace

java: ## install Java where there is none (Debian, as root): Spark needs it
	@command -v java >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null; }

test: .venv/dev.stamp java ## run the test suite (soak runs left out)
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --durations 25

soak: .venv/dev.stamp ## run the long tests too
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile -m soak

real-data: .venv/run.stamp ## what the real bank's set gives: write docs/real-data.md (REAL names the archive)
	$(BIN)/wealthloop ingest $(REAL) --mapping cmb_fintech2020 --as-of 2019-06-30 --home $(REAL_HOME) >/dev/null
	$(BIN)/wealthloop computable --home $(REAL_HOME) --as-of 2019-06-30 --out docs/real-data.md

conformance: .venv/dev.stamp java ## ask every engine everything and write docs/conformance.md
	$(BIN)/python -m tests.conformance.document

RUNS ?= 10000

calibration: .venv/run.stamp ## thousands of experiments without an effect: write docs/calibration.md
	$(BIN)/wealthloop experiment calibrate --runs $(RUNS) --out docs/calibration.md

check: .venv/dev.stamp ## format, lint, types, import contracts, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m django makemigrations --check --dry-run --settings wealthloop.settings

format: .venv/dev.stamp ## rewrite in our format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

REAL ?= ../shared/data/cmb_fintech2020.zip
REAL_HOME ?= real-home
# A year of every policy, seed by seed; what a kill left undone goes on from the folder WORK.
WORLD ?= default
CUSTOMERS ?= 20000
DAYS ?= 365
SEEDS ?= 5
WORK ?= benchmark-work

benchmark: .venv/run.stamp ## play the published year anew and write its table into docs/benchmark.md
	$(BIN)/wealthloop sandbox year --world $(WORLD) --customers $(CUSTOMERS) --days $(DAYS) --seeds $(SEEDS) \
	  --workers $(PROCESSES) --work $(WORK) --keep src/wealthloop/reports/published --json > $(WORK).json
	$(MAKE) benchmark-document

benchmark-document: .venv/run.stamp ## write docs/benchmark.md from the published results
	$(BIN)/wealthloop sandbox document docs/benchmark.md

bench-features: .venv/dev.stamp ## windowed features beside Polars and DuckDB, every cell compared
	$(BIN)/python benches/features.py

bench-scoring: .venv/dev.stamp ## many models on many rows beside LightGBM's predict, every margin compared
	$(BIN)/python benches/scoring.py

bench-factory: .venv/run.stamp ## 200 models of 100,000 rows and 100 columns, and their scores, beside LightGBM in one run
	$(BIN)/wealthloop models bench --rows 100000 --features 100 --targets 200 --json

bench-allocation: .venv/dev.stamp ## 100,000 customers beside OR-tools' PDLP at 1e-4, managers' cards beside it and HiGHS, then a million alone
	$(BIN)/python benches/allocation.py --kind plain --customers 100000 --peers pdlp
	$(BIN)/python benches/allocation.py --kind managers --customers 20000 --peers pdlp
	$(BIN)/python benches/allocation.py --kind plain --customers 2000 --peers pdlp highs
	$(BIN)/python benches/allocation.py --kind managers --customers 100000 --only-ours
	$(BIN)/python benches/allocation.py --kind plain --customers 1000000 --only-ours

bench-incremental: .venv/dev.stamp ## a late correction and a day's advance beside a full build, byte for byte
	$(BIN)/python benches/incremental.py

bench-experiments: .venv/dev.stamp ## 100 experiments on 10 metrics of 1,000,000 customers, beside DuckDB's grouping sets and tea-tasting
	$(BIN)/wealthloop experiment bench --json

bench-sandbox: .venv/run.stamp ## seconds a simulated day of 100,000 customers, memory of 1,000,000
	$(BIN)/wealthloop sandbox bench --json

# Rows of the large file; the limits are those of ten million.
ROWS ?= 10000000

bench-ingest: .venv/run.stamp ## load a file of ten million rows and fifty columns: within 2 GiB and ten minutes
	$(BIN)/python -m wealthloop.bank.bench --rows $(ROWS)

lock: $(UV) ## renew the hash-locked requirements
	echo uv | $(UV) pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11 - -o requirements-uv.lock
	$(UV) pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11 pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11 pyproject.toml --all-extras --group dev -o requirements-dev.lock

clean: ## remove what the targets made
	rm -rf .venv .uv $(HOME_DIR) src/wealthloop/web/static/vendor
