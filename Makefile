# Sigma Lab. `make` lists what there is; every target but the last few is one verb of the lab.
# Variables go to the verb as they are typed (make backtest MODEL_ID=x THRESHOLDS=0.55,0.60); a wrong
# name is answered with the right one. A terminal gets a table, a pipe gets JSON (JSON=1, TABLE=1 say which).

PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
SHELL := /bin/sh
# Where Python may not keep what it has compiled, each of the lab's processes would compile it anew.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

# Every variable given on the command line, quoted for the shell: MODEL_ID='x' START='2020-01-01'
_own := PYTHON JSON TABLE
_given = $(foreach v,$(filter-out $(_own) MAKE% -*,$(.VARIABLES)),$(if $(findstring command,$(origin $v)),$v='$(subst ','\'',$(value $v))'))
_face = $(if $(TABLE),--table)$(if $(JSON),--json)
verb = @$(BIN)/python -m sigma_core $(subst -,_,$@) $(strip $(_given) $(_face))

# ---- the work, in the order in which it is done -------------------------------------------------

packs: .venv/run.stamp ## List the packs: families of models that come with the lab
	$(verb)
pack-detail: .venv/run.stamp ## One pack: what it is for and what it holds (PACK_ID=)
	$(verb)
pack-templates: .venv/run.stamp ## The model templates of a pack (PACK_ID=)
	$(verb)
pack-indicators: .venv/run.stamp ## The indicator sets of a pack (PACK_ID=)
	$(verb)
pack-models: .venv/run.stamp ## The models of a pack (PACK_ID=)
	$(verb)
models: .venv/run.stamp ## All models
	$(verb)
init: .venv/run.stamp ## Create a model under a name of your own (MODEL_ID= PACK_ID= TICKER=)
	$(verb)
init-auto: .venv/run.stamp ## Create a model named by its parts (PACK_ID= TICKER= ASSET= HORIZON= CADENCE=)
	$(verb)
model-text: .venv/run.stamp ## A model's YAML, and the shared parts it takes (MODEL_ID=)
	$(verb)
edit-model: .venv/run.stamp ## Change a model's fields (MODEL_ID= START= RISK_PROFILE= … DRY_RUN=true)
	$(verb)
edit-part: .venv/run.stamp ## Change an indicator set or policy (KIND= NAME= CHANGES= | MODEL_ID= for one of its own)
	$(verb)
clone-model: .venv/run.stamp ## Copy a model under another name (MODEL_ID= VARIANT= | NAME= TICKER=)
	$(verb)
archive-model: .venv/run.stamp ## Put a model away, losing nothing (MODEL_ID=; RESTORE=true brings it back)
	$(verb)
indicators: .venv/run.stamp ## The catalogue of indicators (GROUP= SEARCH=)
	$(verb)
indicators-groups: .venv/run.stamp ## The groups of the catalogue
	$(verb)
validate-policy: .venv/run.stamp ## A model's execution policy, resolved, in words (MODEL_ID=)
	$(verb)
preview: .venv/run.stamp ## Build a matrix and judge it, writing nothing (MODEL_ID= START= END= DISTANCE_MAX=)
	$(verb)
build: .venv/run.stamp ## Build the training matrix (MODEL_ID= START= END= DISTANCE_MAX=)
	$(verb)
sweep-config: .venv/run.stamp ## Show or write the grid a sweep will try (MODEL_ID=)
	$(verb)
sweep-run: .venv/run.stamp ## Try every rule of the grid on one fit (MODEL_ID= TAG= NOISE_RUNS=)
	$(verb)
noise-floor: .venv/run.stamp ## What the same sweep finds in noise: run again on features moved in time (SWEEP_ID= | MODEL_ID=, NOISE_RUNS= SEED=)
	$(verb)
noise-floors: .venv/run.stamp ## The noise floors that were searched (SWEEP_ID= MODEL_ID=)
	$(verb)
unseal: .venv/run.stamp ## Trade one chosen rule once on a model's sealed holdout (MODEL_ID= THRESHOLDS= | TOP_PCT= | TRIAL_ID=, CONFIRM=true)
	$(verb)
holdout: .venv/run.stamp ## What of a model's history is sealed, who has looked, what unsealing found (MODEL_ID=)
	$(verb)
sweeps: .venv/run.stamp ## The sweeps that were run
	$(verb)
sweep: .venv/run.stamp ## One sweep, with all its trials (SWEEP_ID=)
	$(verb)
what-if: .venv/run.stamp ## Redraw one rule on a sweep's kept predictions: a look, entered as one, no try (SWEEP_ID= | MODEL_ID=, THRESHOLDS= | TOP_PCT= ALLOWED_HOURS=)
	$(verb)
evidence: .venv/run.stamp ## How far luck explains a sweep: PBO, SPA, StepM, intervals, haircut (SWEEP_ID= | MODEL_ID=, ROUNDS= SEED=)
	$(verb)
evidence-detail: .venv/run.stamp ## The evidence on a sweep that is kept (SWEEP_ID= | MODEL_ID=)
	$(verb)
leaderboard: .venv/run.stamp ## Rank every trial, with its verdict (MODEL_ID= KIND= PASS_GATE= LIMIT=)
	$(verb)
backtest: .venv/run.stamp ## Trade one rule out of fold (MODEL_ID= THRESHOLDS= | TOP_PCT= ALLOWED_HOURS= SPLITS=)
	$(verb)
backtest-gated: .venv/run.stamp ## As backtest, only with the momentum (MOMENTUM_MIN= MOMENTUM_COLUMN=)
	$(verb)
options-overlay: .venv/run.stamp ## A backtest's trades held as options, both side by side (RUN_ID= | MODEL_ID=, ACCOUNT=)
	$(verb)
overlay-detail: .venv/run.stamp ## A backtest held as options, read back (RUN_ID= of either | MODEL_ID=)
	$(verb)
cpcv: .venv/run.stamp ## One rule along the paths of a combinatorial cross-validation, no trial (MODEL_ID= THRESHOLDS= GROUPS= TESTED=)
	$(verb)
train: .venv/run.stamp ## Fit the chosen rule on all labelled rows (MODEL_ID= THRESHOLDS= OVERRIDE= REASON=)
	$(verb)
alerts: .venv/run.stamp ## Look for signals with the trained bundle (MODEL_ID=)
	$(verb)
signals: .venv/run.stamp ## The signals that were found (MODEL_ID= STATUS=)
	$(verb)
pipeline: .venv/run.stamp ## All of it: build, sweep, train, backtest, signals (MODEL_ID=; the demo if none)
	@$(BIN)/python -m sigma_core pipeline $(strip $(_given) $(if $(JSON),--json,--table))
pipeline-gated: .venv/run.stamp ## As pipeline, only with the momentum (MOMENTUM_MIN= MOMENTUM_COLUMN=)
	@$(BIN)/python -m sigma_core pipeline_gated $(strip $(_given) $(if $(JSON),--json,--table))
runs-build: .venv/run.stamp ## History of builds
	$(verb)
runs-train: .venv/run.stamp ## History of trainings
	$(verb)
runs-backtest: .venv/run.stamp ## History of backtests
	$(verb)
run-detail: .venv/run.stamp ## One backtest: trades, curve, candles, folds (RUN_ID= TRADE=)
	$(verb)
explain: .venv/run.stamp ## What carries one trial, what would break it, what to try (RUN_ID= | TRIAL_ID= | MODEL_ID=)
	$(verb)
cost-stress: .venv/run.stamp ## One trial at 0 to 3 times its costs and a bar late, uncounted (RUN_ID= | TRIAL_ID= | MODEL_ID=)
	$(verb)
bundle-detail: .venv/run.stamp ## One trained bundle: what it looks at, how reliable it is (BUNDLE_ID=)
	$(verb)
verify: .venv/run.stamp ## Read the whole lake again: every file, the ledger, every trial; and make a run anew (RUN_ID=)
	$(verb)
standings: .venv/run.stamp ## Where each model stands: best trial, verdict, last build and run (MODEL_ID=)
	$(verb)
expirations: .venv/run.stamp ## The expiries of an option chain: days, kind, settlement, forward (TICKER= DAY= RATE=)
	$(verb)
chain: .venv/run.stamp ## An option chain, and what a model's policy picks of it (TICKER= | MODEL_ID=, DAY= EXPIRY= STRIKES=)
	$(verb)
surface: .venv/run.stamp ## A chain's smiles by expiry, gamma and open interest by strike (TICKER= | MODEL_ID=, DAY= RATE=)
	$(verb)
flow: .venv/run.stamp ## Same-day option flow of a session, by bar and strike (TICKER= | MODEL_ID=, DAY= CADENCE= DISTANCE_MAX=)
	$(verb)
option-tickers: .venv/run.stamp ## Tickers with option chains or option bars, and their models
	$(verb)
vix-curve: .venv/run.stamp ## The VIX at every horizon, on one session and the one before (DAY=)
	$(verb)
freshness: .venv/run.stamp ## The stored bars: first, last, sessions behind (TICKER=)
	$(verb)
disk: .venv/run.stamp ## What each table of the lake takes on the disk
	$(verb)
ledger: .venv/run.stamp ## What was tried: by set of data and day, and the newest (LIMIT=)
	$(verb)
audit: .venv/run.stamp ## Check the ledger's chains, and tell a model's last leak audit (MODEL_ID=)
	$(verb)
leak-audit: .venv/run.stamp ## Whether anything in a model's matrix saw the future (MODEL_ID= FULL=true | AT=)
	$(verb)
health: .venv/run.stamp ## Packs, lake, ledger, providers, freshness, disk (TICKER=)
	$(verb)
check-backend: .venv/run.stamp ## Whether the lab can run here: Python, libraries, folders, disk, engines
	$(verb)
export: .venv/run.stamp ## Write a table as CSV into the lake's exports (WHAT= MODEL_ID=)
	$(verb)
compact: .venv/run.stamp ## Merge the lake's small files
	$(verb)
db-migrate: .venv/run.stamp ## Bring a lake of an older version to today's schemas (DRY_RUN=true)
	$(verb)

# ---- the workshop -------------------------------------------------------------------------------

app: .venv/run.stamp ## Open the dashboard and the HTTP API on one port
	@$(BIN)/python -m streamlit run app/server.py
test: .venv/dev.stamp ## Run every test (ARGS= goes to pytest; ARGS='-n 0 …' in one process)
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest $(_both) $(ARGS)
lint: .venv/dev.stamp ## Style, types and the import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo
bench: .venv/dev.stamp .venv/bench/done.stamp ## Measure speed, as ratios in one run
	@for file in tests/bench/bench_*.py; do SIGMA_BENCH_PYTHON=.venv/bench/bin/python $(BIN)/python $$file || exit 1; done
bench-evidence: .venv/run.stamp ## How often noise and planted edges pass the gate (RUNS=200 markets of each kind; hours)
	@$(BIN)/python tests/bench/evidence_returns.py $(RUNS)
	@$(BIN)/python tests/bench/evidence_noise.py $(RUNS)
	@$(BIN)/python tests/bench/evidence_planted.py $(RUNS)
screenshots: .venv/dev.stamp ## Pictures of every page, full and empty, wide and narrow, light and dark
	@$(BIN)/python -m pytest tests/browser/screenshots.py
lock: .venv/dev.stamp ## Renew the hash-pinned locks from pyproject.toml
	@$(_lock) pyproject.toml -o requirements.lock
	@$(_lock) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
help: ## This list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# a file's tests stay together, the longest files begin first; one worker more than cores, as some wait
_both = -n $$(n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 4 ? n + 1 : 4))) --dist loadfile --no-loadscope-reorder
_lock = $(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --fork-strategy fewest --no-header --no-annotate --group build

# ---- the environment: made by whichever target first needs it, and again when a lock changes ------

.venv/bin/uv: requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Sigma Lab needs Python 3.11 or newer, and {sys.executable} is {v[0]}.{v[1]}. Name a newer one: make PYTHON=python3.12")'
	@echo "Setting up .venv (once) ..." >&2
	@$(PYTHON) -m venv .venv
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r .venv/uv.lock
	@touch $@
.venv/run.stamp: requirements.lock .venv/bin/uv
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

# A target that is none: the shell face says what was probably meant.
.DEFAULT:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m sigma_core $(subst -,_,$@); else echo "error: no target is called '$@'\n hint: make alone lists them." >&2; exit 2; fi

# What `make bench` measures against lives in an environment of its own; it is never needed otherwise.
.venv/bench/done.stamp: .venv/dev.stamp Makefile
	@$(BIN)/uv venv -q --python $(BIN)/python --allow-existing .venv/bench
	@$(BIN)/uv pip install -q --python .venv/bench/bin/python "vectorbt[rust]>=1.2" "pandas-ta-classic>=0.8" "pyarrow>=26"
	@touch $@

.PHONY: packs pack-detail pack-templates pack-indicators pack-models models init init-auto indicators \
	standings freshness expirations chain surface flow option-tickers vix-curve disk model-text edit-model edit-part clone-model archive-model \
	indicators-groups validate-policy preview build sweep-config sweep-run sweeps sweep noise-floor noise-floors unseal holdout what-if evidence evidence-detail leaderboard \
	backtest backtest-gated options-overlay overlay-detail cpcv train alerts signals pipeline pipeline-gated runs-build runs-train runs-backtest run-detail explain cost-stress bundle-detail verify ledger audit leak-audit check-backend health export \
	compact db-migrate app test lint bench bench-evidence screenshots lock help
