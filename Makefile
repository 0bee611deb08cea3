# make run   starts Zhupi here. Everything it needs is installed into .venv and node_modules of this folder.

PYTHON ?= python3
READY = @$(PYTHON) -I config/bootstrap.py
BIN = .venv/bin
BIOME = node_modules/@biomejs/cli-linux-x64/biome

.PHONY: run demo test test-all check ruff mypy layers templates front-end spelling words lock bench chaos clean

run:
	$(READY) run
	@$(BIN)/zhupi up

demo:
	$(READY) run
	@$(BIN)/zhupi demo

# A worker for each core, four at most: each has servers of its own.
SIDE_BY_SIDE = --numprocesses auto --maxprocesses 4 --dist loadfile
test:
	$(READY) test
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow$(if $(filter 1,$(ZHUPI_NO_BROWSER)), and not browser)"

test-all:
	$(READY) test
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(if $(filter 1,$(ZHUPI_NO_BROWSER)),-m "not browser")

# Every tool runs, also after one has found something.
check:
	$(READY) check
	@$(MAKE) --no-print-directory --keep-going ruff mypy layers templates front-end spelling words

ruff:
	$(BIN)/ruff check .
mypy:
	$(BIN)/mypy
layers:
	$(BIN)/lint-imports
templates:
	$(BIN)/djlint service/templates --lint --quiet
front-end:
	@if [ -x $(BIOME) ]; then $(BIOME) check service/ui; else echo "Biome is locked for Linux on x86-64 only."; fi
spelling:
	$(BIN)/codespell
words:
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/house/test_source.py

# After a change of the dependencies in setup.cfg; needs a network.
LOCK = $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
lock:
	$(READY) check
	$(LOCK) --build-deps-for editable --output-file config/locks/run.lock setup.cfg
	$(LOCK) --build-deps-for editable --constraint config/locks/run.lock --extra test --extra check \
		--output-file config/locks/test.lock setup.cfg
	$(LOCK) --output-file config/locks/node.lock config/locks/node.in

# Measures, and writes docs/figures.md.
bench:
	$(READY) test
	@$(BIN)/python -m tests.bench.figures

# Kills everything in turn under load, on both databases; KILLS=20 make chaos for a short one. Ten minutes as it is.
KILLS ?= 100
chaos:
	$(READY) test
	@$(BIN)/zhupi chaos --db sqlite --kills $(KILLS); sqlite=$$?; \
	$(BIN)/zhupi chaos --db postgresql --kills $(KILLS) && exit $$sqlite

# The data folder var/ is never touched.
clean:
	rm -rf .venv node_modules .make service/static/build zhupi.egg-info .coverage
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
