# changji-geo: `make demo` builds every map, `make test` runs every check. Needs Python >= 3.11; installs the rest.

ifndef PYTHON
PYTHON := $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,\
	$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
endif
VENV ?= .venv
OUT ?= out
WORKERS ?= 2
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test bench layers clean system-test

help:
	@echo "make demo    生成全部地图到 $(OUT)/，用浏览器打开 $(OUT)/index.html"
	@echo "make test    格式、类型和全部测试"
	@echo "make bench   性能对比（只打印，不判定）"
	@echo "make layers  由原始资料重新生成随包图层"
	@echo "make clean   删除虚拟环境、输出和缓存"

demo: $(VENV)/.fonts
	$(BIN)/changji-geo build --out $(OUT)
	@echo "用浏览器打开 $(OUT)/index.html"

test: system-test $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	CHANGJI_GEO_REQUIRE_OFFICE=1 CHANGJI_GEO_REQUIRE_BROWSER=1 CHANGJI_GEO_REQUIRE_POSTGIS=1 $(BIN)/pytest -n $(WORKERS)

bench: $(VENV)/.bench
	$(BIN)/python tests/bench/bench_spatial.py
	$(BIN)/python tests/bench/bench_nearest.py
	$(BIN)/python tests/bench/bench_render.py
	$(BIN)/python -m tests.bench.bench_clues
	$(BIN)/python -m tests.bench.bench_ledger
	$(BIN)/python -m tests.bench.bench_cards
	$(BIN)/python -m tests.bench.bench_aqi
	$(BIN)/python tests/bench/bench_air.py
	$(BIN)/python tests/bench/bench_surface.py

layers: $(VENV)/.layers
	$(BIN)/python layers/_build/build_layers.py
	$(BIN)/changji-geo layers check

clean:
	rm -rf $(VENV) $(OUT) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment. Debian's python3 may lack ensurepip, which is in python3-venv.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "错误：找不到 Python 3.11 或更新的版本。请先安装，或写 make PYTHON=路径。" >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(APT) python3-venv \
		"$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.fonts: $(VENV)/.made pyproject.toml
	$(BIN)/pip install --quiet --editable '.[fonts]'
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	$(BIN)/pip install --quiet --editable '.[fonts,test,layers-build]'
	@touch $@ $(VENV)/.fonts $(VENV)/.layers

$(VENV)/.bench: $(VENV)/.made pyproject.toml
	$(BIN)/pip install --quiet --editable '.[fonts,bench]'
	@touch $@

$(VENV)/.layers: $(VENV)/.made pyproject.toml
	$(BIN)/pip install --quiet --editable '.[fonts,layers-build]'
	@touch $@

# What the browser, PDF, font and database tests need from the system.
system-test:
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v pdftotext >/dev/null || missing="$$missing poppler-utils"; \
	command -v soffice >/dev/null || missing="$$missing libreoffice-writer-nogui libreoffice-calc-nogui"; \
	PATH=$$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | grep -q libatomic.so.1 || missing="$$missing libatomic1"; \
	fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$$missing fontconfig fonts-noto-cjk"; \
	ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || \
		missing="$$missing postgresql postgresql-postgis"; \
	test -z "$$missing" || $(APT) $$missing

# `$(APT) PACKAGE...` installs Debian packages as root or through sudo, else says what to install.
APT = sh -c '\
	as=; test "$$(id -u)" = 0 || as="sudo"; \
	if ! command -v apt-get >/dev/null || { test -n "$$as" && ! command -v sudo >/dev/null; }; then \
		echo "错误：缺少系统软件包：$$*。请让管理员安装后重试。" >&2; exit 3; fi; \
	echo "安装系统软件包：$$*"; \
	$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	$$as apt-get install -y -qq --no-install-recommends "$$@" >/dev/null || \
	{ echo "错误：无法安装系统软件包：$$*。请手工安装后重试。" >&2; exit 3; }' apt
