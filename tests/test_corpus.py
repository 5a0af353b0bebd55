"""The corpus through `read_any`, as a demanding user sees it: the true place, every doubt said, nothing left behind."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError
from changji_geo.intake.files import containers
from changji_geo.intake.reading import IntakeResult, read_any
from changji_geo.intake.sheets import xlsx
from changji_geo.intake.source import Datum
from tests.corpus import BAD, GOOD
from tests.corpus.hostile import LIMIT_BYTES, LIMIT_ENTRIES
from tests.corpus.tables import decimal_csv, places_csv
from tests.corpus.truth import (
    EAST,
    LONE_EAST,
    LONE_WEST,
    PATCHES,
    RESERVE_ZONES,
    WEST,
    BadCase,
    Case,
    LonLat,
    Parts,
    Site,
    bd09,
    digest,
    gcj02,
    metres,
)


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place for scratch files, empty at the start."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in ("TMPDIR", "TEMP", "TMP", "CPL_TMPDIR"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the case's files are."""
    made = tmp_path / "外业 资料"
    made.mkdir()
    return made


def lower_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb of 12 MB is one where 4 MB are allowed; the real limits are hundreds of times as large."""
    monkeypatch.setitem(containers.unpack_zip.__kwdefaults__, "limit", LIMIT_BYTES)
    monkeypatch.setitem(containers.unpack_zip.__kwdefaults__, "entries", LIMIT_ENTRIES)
    monkeypatch.setattr(xlsx, "MAX_INFLATED_BYTES", LIMIT_BYTES)


def by_name(case: Case | BadCase) -> str:
    return case.name


def assert_places(result: IntakeResult, expected: Parts, tolerance_m: float) -> None:
    """Same kinds, same row numbers, every vertex where it truly is, and no vertex too many."""
    assert {kind: list(part.index) for kind, part in result.parts.items()} == {
        k: list(rows) for k, rows in expected.items()
    }
    for kind, rows in expected.items():
        frame = result.parts[kind]
        assert frame.crs.to_epsg() == 4490
        shapes = frame.geometry.to_numpy()
        assert shapely.is_valid(shapes).all() and not shapely.has_z(shapes).any()
        for row, shape, true in zip(rows, shapes, rows.values(), strict=True):
            found = shapely.get_coordinates(shape)
            assert metres(found, true) <= tolerance_m, f"row {row}: {found.tolist()} instead of {true}"
            assert len(np.unique(found, axis=0)) == len(set(true)), (
                f"row {row}: vertices more or fewer than the true ones"
            )
        if kind == "area":
            assert shapely.is_ccw(shapely.get_exterior_ring(shapely.get_parts(shapes))).all(), (
                "an outer ring is clockwise"
            )
        for ring in shapely.get_rings(shapely.get_parts(shapes)) if kind == "area" else ():
            assert shapely.get_num_points(ring) == len(np.unique(shapely.get_coordinates(ring), axis=0)) + 1


def assert_same_text(result: IntakeResult, text: Mapping[str, Sequence[object]]) -> None:
    """Each cell of a column that stands under its own name, or a column whose title it is."""
    titles = {column.title: column.name for column in result.columns}
    for name, cells in text.items():
        column = name if name in result.frame.columns else titles.get(name, "")
        assert column in result.frame.columns, f"no column {name}: {list(result.frame.columns)}, {titles}"
        assert result.frame[column].tolist() == list(cells)


@pytest.mark.parametrize("case", GOOD, ids=by_name)
def test_a_file_as_staff_have_it_lands_where_it_truly_is(case: Case, folder: Path, temp: Path) -> None:
    path = case.write(folder)
    before = digest(folder)
    result = read_any(path, **case.kwargs)

    assert_places(result, case.parts, case.tolerance_m)
    assert_same_text(result, case.text)
    for fact in case.says:
        assert any(
            all(word.casefold() in finding.message.casefold() for word in fact.words)
            and fact.level in (None, finding.level)
            and fact.rule in (None, finding.rule)
            and fact.row in (None, finding.row)
            for finding in result.findings
        ), f"{fact} is not among {result.findings}"
    assert not [finding for finding in result.findings if finding.level == "error"]
    if case.epsg is not None:
        assert result.crs.equals(pyproj.CRS.from_epsg(case.epsg), ignore_axis_order=True), result.crs.name
    if case.inferred is not None:
        assert result.inferred is case.inferred
    assert result.inferred == any(finding.rule == "crs_inferred" for finding in result.findings)
    areas = {f.row: f.area_after_m2 for f in result.findings if f.level == "repair" and f.area_after_m2 is not None}
    for row, area in case.area_after_m2.items():
        assert areas[row] == pytest.approx(area, rel=1e-6)
    assert digest(folder) == before, "the source files were touched"
    assert digest(temp) == {}, "scratch files were left"


@pytest.mark.parametrize("case", BAD, ids=by_name)
def test_a_bad_file_is_refused_with_one_message(
    case: BadCase, folder: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower_the_limits(monkeypatch)
    path = case.write(folder)
    before = digest(folder)
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        read_any(path, **case.kwargs).frame  # noqa: B018 - a mixed file is refused here
    took = time.monotonic() - start

    message = str(caught.value)
    blamed = case.blamed or Path(path).name
    assert blamed in message
    assert "处理：" in message, "no remedy"
    assert "\n" not in message and "Traceback" not in message
    said = message.replace(str(path), "").casefold()  # a word of the file's own name is no news
    assert [word for word in case.words if word.casefold() not in said] == [], message
    assert [row for row in case.rows if not re.search(rf"第 ?(\d+、)*{row}(、\d+)* ?[行个]", message)] == [], message
    assert took < case.seconds
    assert digest(folder) == before, "the source files were touched"
    assert digest(temp) == {}, "scratch files were left"


@pytest.mark.parametrize("case", [case for case in BAD if case.good is not None], ids=by_name)
def test_with_skip_bad_rows_the_good_rows_go_on(case: BadCase, folder: Path, temp: Path) -> None:
    result = read_any(case.write(folder), skip_bad_rows=True, **case.kwargs)
    assert case.good is not None
    assert_places(result, case.good, 0.02)
    assert {finding.row for finding in result.findings if finding.level == "error"} == set(case.rows)
    assert digest(temp) == {}


@pytest.mark.parametrize("case", [case for case in BAD if case.rows and case.good is None], ids=by_name)
def test_skip_bad_rows_does_not_save_a_file_without_one_good_row(case: BadCase, folder: Path, temp: Path) -> None:
    with pytest.raises(InputError, match="处理："):
        read_any(case.write(folder), skip_bad_rows=True, **case.kwargs)
    assert digest(temp) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_a_file_without_permission_is_refused_by_name(folder: Path, temp: Path) -> None:
    path = decimal_csv("锁住.csv")(folder)
    code = (
        "import os, sys\nfrom changji_geo import InputError\nfrom changji_geo.intake.files.opening import open_source\n"
        "from changji_geo.intake.reading import read_any\nopen_source(sys.argv[1])\nos.chmod(sys.argv[1], 0)\n"
        "os.geteuid() or os.seteuid(65534)\n"  # root may read everything: be somebody else
        "try:\n    read_any(sys.argv[1])\nexcept InputError as fault:\n    sys.stdout.buffer.write(str(fault).encode())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False, timeout=60)
    assert re.search(r"锁住\.csv.*权限.*处理：", done.stdout.decode()), done.stderr.decode()


@pytest.mark.parametrize(("shift", "datum"), [(gcj02, "gcj02"), (bd09, "bd09")])
def test_points_of_a_web_map_bring_a_hint_and_the_option_it_names_puts_them_right(
    shift: Callable[[Sequence[LonLat]], list[LonLat]], datum: Datum, folder: Path, temp: Path
) -> None:
    stations = load_layer("air_stations").frame
    stations = stations[stations.geometry.within(load_layer("prefecture").frame.union_all())]
    true = [(shape.x, shape.y) for shape in stations.geometry]
    sites = [Site(key, name, (0, 0, 0), (0, 0, 0)) for key, name in zip(stations["id"], stations["name"], strict=True)]
    path = places_csv("站点.csv", shift(true), ("经度", "纬度"), sites)(folder)
    hints = [
        f for f in read_any(path).findings if f.level == "warning" and "--datum" in f.message and "空气" in f.message
    ]
    assert len(hints) == 1 and datum in hints[0].message and re.search(r"\d+ ?米", hints[0].message)
    righted = read_any(path, datum=datum)
    assert metres(shapely.get_coordinates(righted.frame.geometry), true) < 0.02
    assert not [f for f in righted.findings if f.rule == hints[0].rule and f.level == "warning"]
    rightly = places_csv("真值.csv", true, ("经度", "纬度"), sites)(folder)
    assert not [f for f in read_any(rightly).findings if f.rule == hints[0].rule and f.level == "warning"]


def test_the_corpus_is_large_and_each_case_is_its_own() -> None:
    assert len(GOOD) >= 45 and len(BAD) >= 30
    assert len({case.name for case in (*GOOD, *BAD)}) == len(GOOD) + len(BAD)


def test_the_true_places_lie_in_the_prefecture() -> None:
    whole = load_layer("prefecture").frame.union_all()
    rings = [ring for _, _, ring in (*PATCHES, *RESERVE_ZONES)]
    assert all(shapely.contains_xy(whole, *site.place) for site in (*WEST, *EAST, *LONE_WEST, *LONE_EAST))
    assert all(shapely.contains(whole, shapely.Polygon(ring)) for ring in rings)


def test_only_one_meridian_suits_the_places_that_are_to_be_deduced() -> None:
    whole = load_layer("prefecture").frame.union_all()
    for sites, right in ((LONE_WEST, 87), (LONE_EAST, 90)):
        readings = {
            meridian
            for meridian in (84, 87, 90, 93)
            if all(shapely.contains_xy(whole, site.lon + meridian - right, site.lat) for site in sites)
        }
        assert readings == {right}
