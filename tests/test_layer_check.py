"""layer_check: each rule finds its fault and names the feature; a sound layer has no findings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import shapely

from changji_geo.errors import LayerError
from changji_geo.layer_check import Finding, check_layer, check_layers
from changji_geo.resources import Workspace, packaged_root
from tests.tiny import SQUARES, squares, write_layer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def check(root: Path, layer_id: str = "squares") -> list[Finding]:
    return list(check_layer(layer_id, Workspace((root, packaged_root()))))


def seal(root: Path, layer_id: str = "squares", **keys: str) -> None:
    """Write the true hash, and other keys, into layer.toml: what is tested is another fault."""
    folder = root / "layers" / layer_id
    digest = hashlib.sha256((folder / f"{layer_id}.geojson").read_bytes()).hexdigest()
    head, *columns = (folder / "layer.toml").read_text("utf-8").split("[[columns]]")
    keys = {"sha256": f'"{digest}"'} | keys
    lines = [line for line in head.splitlines() if line.split(" =")[0] not in keys]
    head = "\n".join([*lines, *(f"{k} = {v}" for k, v in keys.items())]) + "\n"
    (folder / "layer.toml").write_text("[[columns]]".join([head, *columns]), "utf-8")


def edit_data(root: Path, change, layer_id: str = "squares") -> None:
    path = root / "layers" / layer_id / f"{layer_id}.geojson"
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data), "utf-8")


def tiles(root: Path, *shapes: shapely.Geometry, coverage: str = '"all"') -> list[Finding]:
    """Features a, b, ... that must tile."""
    rows = [{"id": i, "name": f"{i}区", "part": "甲" if i in "ab" else "乙"} for i in "abcdefghi"[: len(shapes)]]
    write_layer(root, "squares", rows, shapes)
    seal(root, coverage=coverage)
    return check(root)


def test_a_sound_layer_has_no_findings(root):
    squares(root, people=[10.0, 30.0, None])
    assert check(root) == []


def test_unknown_layers_are_an_error(root):
    with pytest.raises(LayerError, match="没有图层“squarez”"):
        squares(root)
        check(root, "squarez")


def test_a_layer_that_cannot_be_loaded_is_one_finding(root):
    (squares(root) / "squares.geojson").write_text("{", "utf-8")
    (found,) = check(root)
    assert (found.level, found.rule, found.layer) == ("error", "load", "squares")
    assert "GeoJSON 已损坏" in found.message


def test_a_changed_file_is_found_by_its_hash(root):
    path = squares(root) / "squares.geojson"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    (found,) = check(root)
    assert (found.level, found.rule) == ("error", "hash")
    assert "squares.geojson 与 layer.toml 登记的不一致" in found.message


def test_a_layer_without_a_hash_is_a_warning(root):
    folder = squares(root)
    text = (folder / "layer.toml").read_text("utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("sha256"))
    (folder / "layer.toml").write_text(kept + "\n", "utf-8")
    (found,) = check(root)
    assert (found.level, found.rule) == ("warning", "hash")


def test_values_of_the_wrong_type_are_named(root):
    squares(root, people=[10.0, 30.0, 5.0])
    edit_data(root, lambda d: d["features"][1]["properties"].update(people="三十"))
    seal(root)
    (found,) = check(root)
    assert (found.feature_id, found.rule) == ("middle", "schema")
    assert found.message == "要素“middle”的列“people”取值“三十”的类型不对，应为数字"


def test_values_outside_the_allowed_ones_are_named(root):
    folder = squares(root, kind=["县", "市", "镇"])
    text = (folder / "layer.toml").read_text("utf-8")
    (folder / "layer.toml").write_text(text + 'allowed = ["县", "市"]\n', "utf-8")
    (found,) = check(root)
    assert found.message == "要素“east”的列“kind”取值“镇”不在允许的取值中：县、市"


def test_undeclared_columns_are_a_warning(root):
    squares(root)
    edit_data(root, lambda d: [f["properties"].update(extra=1) for f in d["features"]])
    seal(root)
    (found,) = check(root)
    assert (found.level, found.message) == ("warning", "列“extra”没有在 layer.toml 中声明")


def test_metres_stored_as_degrees_are_found(root):
    write_layer(root, "squares", [{"id": "a", "name": "甲"}], [shapely.box(5e5, 4.8e6, 6e5, 4.9e6)])
    assert "坐标超出经纬度范围" in next(f for f in check(root) if f.rule == "crs").message


def test_invalid_geometry_says_why_and_where(root):
    bow = shapely.Polygon([(87, 44), (88, 45), (88, 44), (87, 45)])
    write_layer(root, "squares", [{"id": "a", "name": "甲"}], [bow])
    (found,) = check(root)
    assert (found.feature_id, found.rule) == ("a", "geometry")
    assert found.message == "要素“a”的几何无效：自相交（位置 87.5 44.5）"


def test_missing_and_empty_geometry_is_found(root):
    squares(root)
    empty = {"type": "Polygon", "coordinates": []}
    edit_data(root, lambda d: (d["features"][0].update(geometry=None), d["features"][2].update(geometry=empty)))
    seal(root, bbox="[88.0, 44.0, 89.0, 45.0]")
    assert [(f.feature_id, f.rule) for f in check(root)] == [("west", "empty"), ("east", "empty")]


def test_count_and_extent_are_compared_with_the_metadata(root):
    squares(root)
    edit_data(root, lambda d: d["features"].pop())
    seal(root)
    assert [f.rule for f in check(root)] == ["count", "bbox"]
    assert "登记 3 个要素，文件里有 2 个" in check(root)[0].message


def test_tiles_that_share_their_edges_are_a_coverage(root):
    assert tiles(root, *SQUARES.values()) == []


def test_overlapping_tiles_are_named_with_the_area(root):
    (found,) = tiles(root, shapely.box(87, 44, 88.01, 45), shapely.box(88, 44, 89, 45))
    assert (found.level, found.feature_id, found.rule) == ("error", "a、b", "coverage")
    # 0.01° x 1° here is 88.37 km²: a hundredth of the one-degree square of test_crs.
    assert found.message == "要素“a”和“b”重叠，重叠 88.374 平方千米"


def test_a_gap_enclosed_by_tiles_is_named_with_its_area(root):
    west, east = shapely.box(87, 44, 87.4, 45), shapely.box(87.6, 44, 88, 45)
    south, north = shapely.box(87.4, 44, 87.6, 44.4), shapely.box(87.4, 44.6, 87.6, 45)
    found = tiles(root, west, east, south, north)
    assert [f.rule for f in found if "缝隙" in f.message] == ["coverage"]
    (gap,) = [f for f in found if "缝隙" in f.message]
    assert gap.feature_id == "a、b、c、d"
    assert gap.message.endswith("面积 353.499 平方千米")  # 0.04 of the one-degree square, 8837.4 km²


def test_a_narrow_open_gap_is_named(root):
    found = tiles(root, shapely.box(87, 44, 87.99996, 45), shapely.box(88, 44, 89, 45))
    assert [(f.feature_id, f.rule) for f in found] == [("a、b", "coverage")]
    assert "公共边不一致" in found[0].message


def test_a_hole_that_is_a_features_own_is_no_gap(root):
    ring = shapely.Polygon(shapely.box(87, 44, 88, 45).exterior, [shapely.box(87.4, 44.4, 87.6, 44.6).exterior])
    assert tiles(root, ring, shapely.box(88, 44, 89, 45)) == []


def test_a_coverage_within_groups_lets_groups_overlap(root):
    west, middle, _ = SQUARES.values()
    assert tiles(root, west, middle, west, coverage='"part"') == []


def test_points_said_to_be_in_the_prefecture_must_be(root):
    rows = [{"id": i, "name": f"{i}站", "scope": s} for i, s in (("in", "州内"), ("out", "州内"), ("far", "州外"))]
    points = [shapely.Point(87.3, 44.1), shapely.Point(87.6, 43.8), shapely.Point(80, 40)]
    write_layer(root, "stations", rows, points, geometry="point")
    (found,) = check(root, "stations")
    assert (found.level, found.feature_id, found.rule) == ("warning", "out", "outside")
    assert found.message == "“out站”（out）标为州内，位置却在州域之外"


def test_a_layer_must_not_claim_more_than_its_worst_feature(root):
    squares(root, accuracy=["surveyed", "schematic", "surveyed"])
    (found,) = check(root)
    assert (found.feature_id, found.rule) == ("middle", "accuracy")


def test_all_layers_of_a_workspace_are_checked(root):
    squares(root)
    squares(root, layer_id="broken").joinpath("broken.geojson").unlink()
    assert {f.layer for f in check_layers(Workspace((root, packaged_root())))} == {"broken"}


def test_coordinates_turned_round_are_an_error(root):
    write_layer(root, "squares", [{"id": "a", "name": "甲"}], [shapely.box(44, 87, 45, 88)])
    found = [f for f in check(root) if f.rule == "crs"]
    assert [(f.level, f.feature_id, f.message) for f in found] == [
        ("error", "a", "要素“a”的坐标像是把纬度写在了经度前面")
    ]
