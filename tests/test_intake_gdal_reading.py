"""gdal_reading: names and CRS texts put right, and paths pyogrio would misread."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyproj
import pytest

from changji_geo.errors import LayerError
from changji_geo.intake.files.gdal_reading import (
    crs_of,
    link_or_copy,
    named_features,
    plain_copy,
    reporting,
    with_unique_names,
)


def test_names_become_unique_and_non_empty() -> None:
    given = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", " ", "a_1", "b\0 "])
    out, findings = with_unique_names(given)
    assert out.columns.tolist() == ["a", "a_2", "列3", "a_1", "b"]
    assert [f.message for f in findings] == ["第 2 列重名，改名为“a_2”", "第 3 列没有名称，改名为“列3”"]
    assert given.columns.tolist() == ["a", "a", " ", "a_1", "b\0 "]
    assert out.iloc[0].tolist() == [1, 2, 3, 4, 5]


def test_names_that_are_right_stay() -> None:
    given = pd.DataFrame({"名称": [1], "b": [2]})
    out, findings = with_unique_names(given)
    assert out is given
    assert findings == ()


def test_a_compound_crs_gives_its_horizontal_part() -> None:
    crs, findings = crs_of("EPSG:4517+5737")
    assert crs is not None
    assert (crs.to_epsg(), findings) == (4517, ())


@pytest.mark.parametrize("text", ['LOCAL_CS["昌吉独立坐标系",UNIT["Meter",1]]', "not a crs", 'ENGCRS["x"]'])
def test_a_crs_of_no_use_is_quoted(text: str) -> None:
    crs, findings = crs_of(text)
    assert crs is None
    assert [f.rule for f in findings] == ["crs"]


def test_nothing_said_is_no_finding() -> None:
    assert crs_of(None) == crs_of("") == (None, ())
    assert crs_of(pyproj.CRS.from_epsg(4490).to_wkt())[0] == pyproj.CRS.from_epsg(4490)


def test_plain_paths_are_used_as_they_are_and_others_through_a_link(tmp_path: Path) -> None:
    for name in ("a b.gpkg", "保护区(1).gpkg"):
        assert plain_copy(tmp_path / name, tmp_path) == tmp_path / name
    odd = tmp_path / "a!b;.GPKG"
    odd.write_bytes(b"x")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert plain_copy(odd, scratch) == scratch / "data.gpkg"
    assert (scratch / "data.gpkg").read_bytes() == b"x"


def test_where_links_are_not_allowed_files_and_folders_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.gdb").mkdir()
    (tmp_path / "a.gdb/x").write_bytes(b"1")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(1314, "A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    link_or_copy(tmp_path / "a.gdb", tmp_path / "b.gdb")
    link_or_copy(tmp_path / "a.gdb/x", tmp_path / "y")
    assert (tmp_path / "b.gdb/x").read_bytes() == (tmp_path / "y").read_bytes() == b"1"


def test_many_features_are_counted() -> None:
    assert named_features([1, 4]) == "第 1、4 个要素"
    assert named_features(list(range(1, 9))) == "第 1、2、3、4、5 等 8 个要素"


def test_faults_of_the_reader_become_ours_and_lose_where_gdal_was_built() -> None:
    with pytest.raises(LayerError) as caught, reporting("a.dxf"):
        raise RuntimeError("/opt/build/gdal/ogr/dxf.cpp, 3684: error at line 105 of a.dxf; It might help to x")
    assert str(caught.value).startswith("a.dxf：文件已损坏或无法读取（读取程序报告：error at line 105 of a.dxf）。")
