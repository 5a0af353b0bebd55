"""What is published works: sdist -> wheel -> a fresh environment -> maps, from another folder."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MACHINE = [b"/" + name for name in (b"home/", b"root/", b"work/", b"tmp/", b"Users/")]


def call(*args, cwd, **extra):
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "CHANGJI_GEO_WORKSPACE")} | extra
    out = subprocess.run(
        [str(a) for a in args],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert out.returncode == 0, f"{args}\n{out.stdout[-3000:]}\n{out.stderr[-3000:]}"
    return out.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """An sdist, and the wheel that `python -m build` makes from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def sdist_names(dist):
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def wheel(dist):
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The programs folder of a new environment that holds only the wheel with its fonts."""
    folder = tmp_path_factory.mktemp("venv")
    call(sys.executable, "-m", "venv", folder, cwd=folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    call(programs / "python", "-m", "pip", "install", "--quiet", f"{wheel}[fonts]", cwd=folder)
    return programs


def test_the_wheel_holds_code_layers_and_maps_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    layers = {p.parent.name for p in (ROOT / "layers").glob("*/layer.toml")}
    maps = {p.name for p in (ROOT / "maps").glob("*.toml")}
    assert {f"changji_geo/_data/layers/{name}/layer.toml" for name in layers} <= names
    assert {f"changji_geo/_data/maps/{name}" for name in maps} <= names
    assert "changji_geo/_data/maps/themes/report.toml" in names
    assert "changji_geo/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"changji_geo"}
    assert [n for n in names if "__pycache__" in n or n.endswith((".pyc", ".tmp")) or "/tests/" in n] == []


def test_every_source_file_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    here = {
        str(path.relative_to(ROOT).as_posix())
        for path in (ROOT / "changji_geo").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here - names == set()


def test_the_wheel_names_no_folder_of_a_machine(wheel):
    with zipfile.ZipFile(wheel) as archive:
        found = {
            (name, text) for name in archive.namelist() if not name.endswith((".png", ".gpkg"))
            for text in MACHINE if text in archive.read(name)
        }  # fmt: skip
    assert found == set()


def test_the_sdist_has_what_its_tests_need(sdist_names):
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile", "tests/conftest.py", "tests/tiny.py"} <= sdist_names
    assert [n for n in sdist_names if "__pycache__" in n or n.startswith(("out/", ".venv"))] == []


def test_the_installed_package_imports_from_the_environment(installed, tmp_path):
    where = call(installed / "python", "-c", "import changji_geo; print(changji_geo.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_the_installed_layers_pass_their_check(installed, tmp_path):
    assert "错误 0 处" in call(installed / "changji-geo", "layers", "check", cwd=tmp_path)


def test_the_installed_command_draws_a_map_with_its_own_font(installed, tmp_path):
    call(installed / "changji-geo", "render", "overview", "--html", "a.html", "--png", "a.png", cwd=tmp_path)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "<!DOCTYPE html>" in (tmp_path / "a.html").read_text("utf-8")[:200]


def test_the_installed_package_makes_a_workspace(installed, tmp_path):
    call(installed / "changji-geo", "init", "我的", cwd=tmp_path)
    out = call(
        installed / "changji-geo", "build", "example", "--formats", "html", "--out", "out", cwd=tmp_path / "我的"
    )
    assert "已生成 1 幅地图" in out
    assert (tmp_path / "我的" / "out" / "index.html").is_file()
