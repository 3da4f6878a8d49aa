# make run    start metafleet on this machine (installs what is missing first)
# make install  install what the product needs, and start nothing
# make test   every test
# make check  lint, types, contracts, secrets, known holes of dependencies
# make policy   hold the Terraform sources against checkov's policies
# make sbom   write what the product is made of, as CycloneDX, into dist/
# make fmt    format the sources
# make connectors  zip what people put into their terminals, with its hash, into dist/
# make docs   build the documentation's site into dist/docs; a dead link fails it
# make ansible  check and rehearse the role that installs host agents
# make bench  measure this machine
# make generate  write the API document, the client that is made from it, and reference pages
# make clean  remove what was installed and built; the data folder stays
#
# PyPI, npm and (for the browser tests) Debian's packages are the only sources. A step leaves a
# stamp inside what it made, and is repeated when that is gone or older than what it depends on.

UV_VERSION := 0.13.8
METAFLEET_DATA_DIR ?= $(CURDIR)/.metafleet

BIN := .venv/bin
UV := .uv/bin/uv
# Compiled once here, the packages start quicker and take half the memory than compiled at each start.
SYNC := --quiet --frozen --compile-bytecode
UV_STAMP := .uv/.installed-$(UV_VERSION)
RUNTIME := .venv/.installed-runtime
DEV := .venv/.installed-dev
DOCS := .venv-docs/.installed
ANSIBLE := .venv-ansible/.installed
NPM := frontend/node_modules/.installed
APP := src/metafleet/hub/console/static/app/index.html
CONNECTOR_SOURCES := $(shell find connectors/include connectors/mql4 connectors/mql5 connectors/package -type f -not -name '*.pyc' 2>/dev/null)
FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/test-results/*' 2>/dev/null)

# The machine's certificates where it has them, as pip does: a company's proxy is trusted by those.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS := true
endif
# uv must use the Python that was found, and never fetch one.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
unexport VIRTUAL_ENV

.PHONY: run install test check policy sbom fmt connectors docs ansible bench generate clean
.DEFAULT_GOAL := run

run: $(RUNTIME) $(APP)
	@infra/bootstrap/openmp $(BIN)/python
	@METAFLEET_DATA_DIR='$(METAFLEET_DATA_DIR)' exec $(BIN)/metafleet up

install: $(RUNTIME)

test: $(DEV) $(APP)
	@infra/bootstrap/browser $(BIN)/python
	@infra/bootstrap/pgbouncer
	@infra/bootstrap/openmp $(BIN)/python
	@infra/bootstrap/docker
	@infra/bootstrap/compiler
	# More processes than CI has cores: a flow mostly waits.
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --reruns 1 -rR
	npm --prefix frontend test

check: $(DEV) $(NPM)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	METAFLEET_SECRET_KEY=types $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m infra.terraform.check
	npm --prefix frontend run check
	@infra/audit/secrets $(BIN)
	@infra/audit/dependencies $(UV)

policy: $(UV_STAMP)
	@infra/terraform/policy $(UV)

# What the product is made of, for whoever must know whether a hole concerns them.
sbom: $(UV_STAMP) $(NPM)
	@mkdir -p dist
	$(UV) export --quiet --frozen --no-dev --format cyclonedx1.5 --output-file dist/metafleet-python.cdx.json >/dev/null
	npm --prefix frontend sbom --omit dev --sbom-format cyclonedx > dist/metafleet-web.cdx.json

fmt: $(DEV) $(NPM)
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format
	npm --prefix frontend run fmt

connectors:
	@python="$$(infra/bootstrap/python)" && "$$python" -m connectors.package dist

docs: $(DOCS)
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet

ansible: $(ANSIBLE)
	cd infra/ansible && PATH="$(CURDIR)/.venv-ansible/bin:$$PATH" ansible-playbook --syntax-check install.yml uninstall.yml
	cd infra/ansible && PATH="$(CURDIR)/.venv-ansible/bin:$$PATH" ansible-lint --offline --nocolor
	.venv-ansible/bin/python infra/ansible/rehearse.py

bench: $(DEV) $(APP)
	$(BIN)/python -m benchmarks

generate: $(DEV) $(NPM)
	METAFLEET_SECRET_KEY=none $(BIN)/python -m metafleet.hub.console.openapi > docs/reference/openapi.json
	METAFLEET_SECRET_KEY=none $(BIN)/python -m metafleet.hub.console.rights_page > docs/reference/rights.md
	$(BIN)/python -m metafleet.engine.experts.indicators_page > docs/reference/indicators.md
	$(BIN)/python -m metafleet.brain.features.page > docs/reference/features.md
	$(BIN)/python -m infra.schema.record > src/metafleet/hub/kernel/first_schema/first.sql
	npm --prefix frontend run generate

clean:
	rm -rf .venv .venv-docs .venv-policy .venv-ansible .venv-peers .uv frontend/node_modules src/metafleet/hub/console/static/app
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV_STAMP): infra/bootstrap/uv infra/bootstrap/python
	@echo "Installing uv $(UV_VERSION) …"
	@infra/bootstrap/uv .uv $(UV_VERSION)
	@touch $@

# Both environments are one: what the tests need is added, and stays when the product is run again.
$(RUNTIME): pyproject.toml uv.lock $(UV_STAMP)
	@echo "Installing Python packages …"
	@python="$$(infra/bootstrap/python)" && $(UV) sync --no-dev --inexact $(SYNC) --python "$$python"
	@touch $@

$(DEV): pyproject.toml uv.lock $(UV_STAMP)
	@echo "Installing Python packages, those of the tests included …"
	@python="$$(infra/bootstrap/python)" && $(UV) sync $(SYNC) --python "$$python"
	@touch $@ $(RUNTIME)

# An environment of its own: neither the product nor a test needs what builds the site.
$(DOCS): pyproject.toml uv.lock $(UV_STAMP)
	@echo "Installing what builds the documentation …"
	@python="$$(infra/bootstrap/python)" && \
		UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-docs $(UV) sync --only-group docs $(SYNC) --python "$$python"
	@touch $@

$(ANSIBLE): infra/ansible/requirements.txt
	@echo "Installing Ansible, which checks the role of the host agents …"
	@python="$$(infra/bootstrap/python)" && "$$python" -m venv .venv-ansible
	.venv-ansible/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(NPM): frontend/package.json frontend/package-lock.json
	@infra/bootstrap/node
	@echo "Installing npm packages …"
	@npm --prefix frontend ci --no-audit --no-fund --loglevel=error
	@touch $@

# With what people download from it: the connectors of this very version.
$(APP): $(NPM) $(FRONTEND_SOURCES) $(CONNECTOR_SOURCES)
	@echo "Building the web app …"
	@npm --prefix frontend run build --silent
	@python="$$(infra/bootstrap/python)" && "$$python" -m connectors.package \
		$(dir $@)downloads --name metafleet-connectors.zip > /dev/null
	@touch $@
