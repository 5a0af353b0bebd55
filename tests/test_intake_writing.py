"""A layer folder: what is written is what was given, and the same bytes each time."""

import dataclasses
import datetime
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.intake import writing
from changji_geo.intake.writing import layer_toml, write_layer_folder
from changji_geo.layer_description import Column, IntakeRecord, LayerMeta
from changji_geo.resources import Workspace, packaged_root
from changji_geo.specfile import toml_value

RECORD = IntakeRecord(
    "甲.shp", "0" * 64, "ESRI Shapefile", "EPSG:4517", True, "cgcs2000", "GBK", 3, 2, 1, 1, ("推断为“29 带”",)
)
META = LayerMeta(
    id="wells", title="水井", geometry="area", crs="EPSG:4490", source="测试\"引号\"\\", licence="测试", attribution="测试",
    retrieved=datetime.date(2026, 3, 15), accuracy="surveyed", folder=Path(), note="换\n行", intake=RECORD,
    columns=(
        Column("id", "text", "编号"), Column("name", "text", "名称"), Column("depth", "number", "井深", "米"),
        Column("zone", "text", "分区", allowed=("甲", "乙")), Column("day", "date", "日期"), Column("open", "boolean", "开"),
        Column("count", "integer", "数"),
    ),
)  # fmt: skip
SHAPES = [shapely.box(87, 44, 88, 45), shapely.Point(89, 44).buffer(0.5)]


def frame():
    return gpd.GeoDataFrame(
        {
            "id": ["a", "b"], "name": ["甲", "乙"], "depth": [1.5, np.nan], "zone": ["甲", None],
            "day": [datetime.date(2026, 1, 2), None], "open": pd.array([True, None], dtype="boolean"),
            "count": np.array([7, 8]),
        },
        geometry=SHAPES, crs="EPSG:4490", index=[3, 9],
    )  # fmt: skip


def written(root, meta=META):
    folder = root / "layers" / meta.id
    folder.mkdir(parents=True)
    write_layer_folder(folder, meta, frame())
    return folder


def test_what_is_written_loads_again_with_all_digits(tmp_path):
    folder = written(tmp_path)
    layer = load_layer("wells", Workspace((tmp_path, packaged_root())))
    assert shapely.equals_exact(layer.frame.geometry.array, SHAPES, 0).all()
    assert layer.frame["depth"].tolist()[0] == 1.5
    assert layer.frame[["depth", "zone", "day", "open"]].isna().iloc[1].all()
    assert layer.frame["day"][0] == "2026-01-02"
    assert dataclasses.replace(layer.meta, folder=Path(), sha256=None, feature_count=None, bbox=None) == META
    assert layer.meta.intake == RECORD
    assert (folder / "wells.geojson").is_file()


def test_a_large_layer_is_a_geopackage_with_the_same_bytes_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "GEOJSON_VERTICES", 3)
    first, second = written(tmp_path / "1"), written(tmp_path / "2")
    assert (first / "wells.gpkg").read_bytes() == (second / "wells.gpkg").read_bytes()
    assert (first / "layer.toml").read_bytes() == (second / "layer.toml").read_bytes()
    layer = load_layer("wells", Workspace((tmp_path / "1", packaged_root())))
    assert (layer.frame["id"].tolist(), layer.frame.crs.to_epsg()) == (["a", "b"], 4490)


def test_geojson_has_one_feature_a_line_and_no_numpy(tmp_path):
    lines = (written(tmp_path) / "wells.geojson").read_text("utf-8").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith(
        '{"type":"Feature","properties":{"id":"a","name":"甲","depth":1.5,"zone":"甲","day":"2026-01-02","open":true,"count":7}'
    )


@pytest.mark.parametrize("value", [datetime.date(2026, 3, 15), True, 3, -1.5, "a\x7f\x01", ["甲", 1, False]])
def test_values_come_back_from_toml(value):
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_toml(text):
    assert tomllib.loads(f"x = {toml_value(text)}")["x"] == text


def test_a_layer_without_intake_has_no_such_table():
    assert "[intake]" not in layer_toml(dataclasses.replace(META, intake=None), "0", 1, [0.0, 0.0, 1.0, 1.0])
