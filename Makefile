# `make run` starts the app, `make test` checks everything but what needs several servers at once, `make check` what a few
# minutes are enough for, `make gpu` what needs a GPU; all targets install what they need into .venv. For running a course (deploy/README.md): `make hall` plans, `make deploy-test` tries the
# servers' configurations, `make load` fills a lecture hall (about an hour and a half; `make load LOAD="lecture --viewers
# 50"` less), `make cluster` puts the app before a Ray cluster on this machine, `make cluster-test` checks that.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NPM = PATH="$(CURDIR)/$(BIN):$$PATH" npm
# a file's tests stay together, because they share servers and opened pages
WORKERS := -n 2 --dist loadfile
GPU ?= $(if $(filter Darwin,$(shell uname)),mps,cuda)

.PHONY: run dev test check gpu lint js js-format fuzz hall deploy-test load cluster cluster-test audit browser nginx messages

run: $(VENV)/installed
	PYTHONMALLOC=malloc MALLOC_ARENA_MAX=2 $(BIN)/streamlit run app.py

dev: $(VENV)/installed
	$(BIN)/streamlit run app.py --server.fileWatcherType auto --client.showErrorDetails full

test: lint js browser nginx
	rm -rf test-results
	$(BIN)/pytest $(WORKERS) tests/contract tests/unit tests/pages deploy/tests/unit
	# apart, as Playwright's event loop stays in its worker; what fails is tried once more, and its traceback shown
	$(BIN)/pytest $(WORKERS) --reruns 1 --rerun-show-tracebacks tests/browser

check: lint
	$(BIN)/pytest $(WORKERS) -m "not slow" tests/contract tests/unit tests/pages

# for whoever has an NVIDIA or Apple GPU: its answers against the CPU's, then its rates
gpu: $(VENV)/installed-dev
	$(BIN)/pytest tests/gpu
	$(BIN)/python -m resnet_edu bench --device $(GPU)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# the browser components' scripts: lint and format, types, unit tests
js: node_modules/.package-lock.json
	$(NPM) run --silent lint
	$(NPM) run --silent types
	$(NPM) run --silent test

js-format: node_modules/.package-lock.json
	$(NPM) run --silent format

fuzz: $(VENV)/installed-dev
	FUZZ_INPUTS=$(or $(FUZZ_INPUTS),10000) $(BIN)/pytest tests/unit/test_fuzz.py

# asks a public database about the pinned versions, so it needs a network
audit: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(BIN)/pip-audit --local --desc

browser: $(VENV)/installed-dev
	$(BIN)/python -m tests.support.prepare

nginx: $(VENV)/installed-dev
	$(BIN)/python -m deploy.nginx

hall: $(VENV)/installed
	$(BIN)/python -m deploy.halls plan $(HALL)

deploy-test: $(VENV)/installed-dev nginx
	$(BIN)/pytest deploy/tests/unit deploy/tests/servers

load: $(VENV)/installed-dev browser nginx
	$(BIN)/python -m deploy.load $(LOAD)

cluster: $(VENV)/installed-cluster nginx
	$(BIN)/python -m deploy.cluster run

cluster-test: $(VENV)/installed-cluster browser nginx
	RESNET_EDU_ENGINE=ray RESNET_EDU_RAY_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_hex())") \
	timeout 1200 $(BIN)/pytest -W "ignore::DeprecationWarning:ray.serve._private.config" tests/contract deploy/tests/cluster
	$(BIN)/pytest deploy/tests/unit

messages: $(VENV)/installed
	$(BIN)/python -m babel.messages.frontend extract -F babel.cfg -k mark --no-location -o $(VENV)/messages.pot .
	$(BIN)/python -m babel.messages.frontend update -N --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 110 -i $(VENV)/messages.pot -d assets/locale

$(VENV)/installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

node_modules/.package-lock.json: package.json package-lock.json $(VENV)/installed-dev
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

$(VENV)/installed-cluster: requirements-cluster.txt $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	touch $@
