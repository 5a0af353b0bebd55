"""Fixtures that several test modules share."""

import contextlib
import os
import subprocess
import sys

import hypothesis
import pytest

from tests.ledger_kinds import GpkgKind, PostgisKind
from tests.postgres import Cluster, missing_parts
from tests.tiny import squares, tiny_workspace

# A busy machine is slow, not wrong.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

MAP = """\
title = "{title}"
subtitle = "三个方格"
description = "测试用的地图 <b>&</b>"
order = {order}
extent = "squares"
date = 2026-11-23

[[layers]]
source = "squares"
kind = "choropleth"
column = "people"
scale = {{ breaks = [20.0] }}
label = "name"
popup = ["name", "people"]

[static]
dpi = 72
furniture = ["title", "legend", "scale_bar", "credits"]
"""


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """The caller's workspace and debug switch do not reach a test, and what a test switches on ends with it."""
    for name in ("CHANGJI_GEO_WORKSPACE", "CHANGJI_GEO_DEBUG", "CHANGJI_GEO_LEDGER", "CHANGJI_GEO_BY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def run(capsys):
    """Run a command line in this process; gives exit code, standard output, standard error."""
    from changji_geo.cli.main import main

    def call(*arguments):
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


@pytest.fixture
def tiny(tmp_path):
    """A folder with one layer of three squares and two maps, ``alpha`` shown after ``beta``."""
    root = tmp_path / "workspace"
    squares(root, people=[10.0, 30.0, None])
    tiny_workspace(root)
    for name, title, order in (("alpha", "甲图", 2), ("beta", "乙图", 1)):
        (root / "maps" / f"{name}.toml").write_text(MAP.format(title=title, order=order), encoding="utf-8")
    return root


@pytest.fixture
def shell():
    """Run ``python -m changji_geo ARGS...`` as a user's shell would; extra environment by keyword."""

    def call(*args, cwd=None, python=sys.executable, **extra):
        env = os.environ | extra
        return subprocess.run(
            [python, "-m", "changji_geo", *map(str, args)],
            cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip

    return call


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server with PostGIS of this run's own; without the packages a skip, or a failure where they are required."""
    if lacking := missing_parts():
        words = f"{lacking} is not installed"
        if os.environ.get("CHANGJI_GEO_REQUIRE_POSTGIS") == "1":
            pytest.fail(words)
        pytest.skip(words)
    with contextlib.closing(Cluster()) as cluster:
        yield cluster


@pytest.fixture
def postgis_url(postgres):
    """The address of a ledger that is not there yet, in a schema of the test's own."""
    return postgres.new_schema()


@pytest.fixture(params=["gpkg", "postgis"])
def kind(request, tmp_path):
    """A ledger's place, not there yet: a file for one run of the test, a schema of a database for another."""
    if request.param == "gpkg":
        return GpkgKind(tmp_path)
    return PostgisKind(request.getfixturevalue("postgis_url"))
