"""``changji-geo indicators import`` and ``attach`` as their user meets them."""

import csv
import json
import re

import openpyxl
import pyogrio
import pytest
import shapely

from changji_geo.indicators import load_indicators
from tests.tiny import SQUARES, squares, tiny_workspace, write_layer

DEFINITIONS = """\
[[indicators]]
id = "pm25"
name = "PM2.5"
unit = "微克/立方米"
direction = "lower_better"
"""


@pytest.fixture
def space(tmp_path):
    """A workspace with three squares and one indicator."""
    root = tmp_path / "ws"
    found = tiny_workspace(root)
    squares(root)
    (root / "layers" / "indicators").mkdir()
    (root / "layers" / "indicators" / "indicators.toml").write_text(DEFINITIONS, encoding="utf-8")
    return found


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "监测.csv"
    path.write_text("县市,PM2.5（ug/m3）\n西县,1\nwest县,35\nmiddle,36.5\n", encoding="gb18030")
    return path


@pytest.fixture
def filled(space, tmp_path, run):
    """The workspace after an import."""
    path = tmp_path / "好.csv"
    path.write_text("县市,PM2.5（ug/m3）\nwest县,35\nmiddle,-36.5\n", encoding="utf-8")
    source = "“=1+1”号文"
    assert (
        run(
            "indicators",
            "import",
            path,
            "--layer",
            "squares",
            "--period",
            "2023",
            "--source",
            source,
            "-w",
            space.roots[0],
        )[0]
        == 0
    )
    return space


def test_a_bad_row_stops_the_import_with_row_and_remedy(run, space, table):
    before = {f: f.read_bytes() for f in space.roots[0].rglob("*") if f.is_file()}
    code, out, err = run("indicators", "import", table, "--layer", "squares", "--period", "2023", "-w", space.roots[0])
    assert (code, out) == (2, "")
    assert "监测.csv" in err and "第 2 行" in err and "没有“西县”" in err and "--skip-bad-rows" in err
    assert {f: f.read_bytes() for f in space.roots[0].rglob("*") if f.is_file()} == before


def test_skipping_bad_rows_lists_them_and_exits_with_one(run, space, table):
    words = (
        "indicators",
        "import",
        table,
        "--layer",
        "squares",
        "--period",
        "2023",
        "-w",
        space.roots[0],
        "--skip-bad-rows",
    )
    code, out, err = run(*words)
    assert code == 1 and "不能用的行没有导入" in err
    lines = [line.split("\t") for line in out.splitlines()]
    assert ["数值", "2"] in lines and ["图层", "squares"] in lines
    assert any(line[:2] == ["错误", "2"] and "没有“西县”" in line[4] for line in lines)
    assert [v.value for v in load_indicators(space).select("pm25", layer="squares")] == [35, 36.5]


def test_json_and_report_hold_every_finding(run, space, table, tmp_path):
    words = (
        "indicators",
        "import",
        table,
        "--layer",
        "squares",
        "--period",
        "2023",
        "-w",
        space.roots[0],
        "--skip-bad-rows",
    )
    code, out, _ = run(*words, "--json", "--report", tmp_path / "发现.json")
    told = json.loads(out)
    assert (code, told["value_count"], told["layers"], told["replaced"]) == (1, 2, ["squares"], False)
    assert [(f["rule"], f["row"]) for f in told["findings"] if f["level"] == "error"] == [("bad-row", 2)]
    assert json.loads((tmp_path / "发现.json").read_text("utf-8"))["findings"] == told["findings"]


def test_a_report_cannot_overwrite_the_table(run, space, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"x")
    assert run("indicators", "import", path, "--layer", "squares", "--report", path, "-w", space.roots[0])[0] == 2
    assert path.read_bytes() == b"x"


def test_a_new_indicator_from_the_command_line(run, space, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,数值\nwest,3\n", encoding="utf-8")
    words = [
        "indicators",
        "import",
        path,
        "--layer",
        "squares",
        "--period",
        "2023",
        "-w",
        space.roots[0],
        "--new-indicator",
        "so2",
    ]
    assert "没有写 --name" in run(*words)[2]
    assert "没有写 --unit" in run(*words, "--name", "二氧化硫")[2]
    words += ["--name", "二氧化硫", "--unit", "ug/m3"]
    assert "--direction 没有“越小越棒”" in run(*words, "--direction", "越小越棒")[2]
    code, out, _ = run(*words, "--direction", "越小越好")
    assert code == 0 and "新定义的指标\tso2" in out
    found = load_indicators(space).indicator("so2")
    assert (found.name, found.unit, found.direction) == ("二氧化硫", "微克/立方米", "lower_better")


@pytest.mark.parametrize("option", ["--name", "--direction"])
def test_options_of_a_new_indicator_alone_are_refused(run, space, table, option):
    code, _, err = run("indicators", "import", table, "--layer", "squares", option, "x", "-w", space.roots[0])
    assert code == 2 and f"{option} 只用于新指标" in err


def test_without_a_workspace_of_ones_own_nothing_is_written(run, table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("indicators", "import", table, "--layer", "counties", "--period", "2023")
    assert code == 2 and "changji-geo init" in err


# --- attach


def test_attach_to_csv(run, filled, tmp_path):
    code, out, err = run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.csv", "-w", filled.roots[0])
    assert (code, err) == (0, "") and "3 个要素，其中 2 个有数值（2023年）" in out
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [(r["id"], r["PM2.5"], r["单位"], r["数据来源"]) for r in rows] == [
        ("west", "35.0", "微克/立方米", "“=1+1”号文"), ("middle", "-36.5", "微克/立方米", "“=1+1”号文"), ("east", "", "微克/立方米", "")
    ]  # fmt: skip


def test_attach_neutralises_texts_that_look_like_formulas_and_leaves_numbers(run, filled, tmp_path):
    squares(filled.roots[0], note=["=1+1", "@SUM(A1)", "-5"])
    where = ("-w", filled.roots[0])
    run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.csv", *where)
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert [r["note"] for r in rows] == ["'=1+1", "'@SUM(A1)", "'-5"]
    assert [r["PM2.5"] for r in rows] == ["35.0", "-36.5", ""]
    run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.xlsx", *where)
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    cells = {page.cell(1, c).value: page.cell(2, c) for c in range(1, page.max_column + 1)}
    assert (cells["note"].value, cells["note"].data_type) in {("=1+1", "s"), ("=1+1", "inlineStr")}
    assert (cells["PM2.5"].value, cells["PM2.5"].data_type) == (35, "n")


@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_attach_to_gis_files_keeps_shapes_and_crs(run, filled, tmp_path, suffix):
    out = tmp_path / f"a.{suffix}"
    assert run("indicators", "attach", "squares", "pm25", "--out", out, "-w", filled.roots[0])[0] == 0
    back = pyogrio.read_dataframe(out)
    assert back.crs.to_epsg() == 4490
    assert back["value"].tolist()[:2] == [35, -36.5] and back["value"].isna().tolist() == [False, False, True]
    assert all(shapely.equals(a, b) for a, b in zip(back.geometry, SQUARES.values(), strict=True))


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "gpkg", "geojson"])
def test_the_same_layer_gives_the_same_bytes(run, filled, tmp_path, suffix):
    for name in ("a", "b"):
        run("indicators", "attach", "squares", "pm25", "--out", tmp_path / f"{name}.{suffix}", "-w", filled.roots[0])
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_the_notice_of_a_schematic_layer_travels(run, filled, tmp_path):
    rows = [{"id": key, "name": f"{key}县"} for key in SQUARES]
    write_layer(filled.roots[0], "squares", rows, list(SQUARES.values()), accuracy="schematic")
    for suffix in ("csv", "xlsx", "gpkg"):
        code, _, err = run(
            "indicators", "attach", "squares", "pm25", "--out", tmp_path / f"a.{suffix}", "-w", filled.roots[0]
        )
        assert code == 0 and "示意图层，不作为执法依据" in err
    table = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert {r["使用限制"] for r in table} == {"示意图层，不作为执法依据"}
    assert set(pyogrio.read_dataframe(tmp_path / "a.gpkg")["notice"]) == {"示意图层，不作为执法依据"}
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.worksheets[0].cell(1, book.worksheets[0].max_column).value == "使用限制"
    assert "不作为执法依据" in dict(book["说明"].iter_rows(min_row=2, max_col=2, values_only=True))["精度"]


def test_a_single_schematic_row_is_marked_alone(run, filled, tmp_path):
    squares(filled.roots[0], accuracy=["surveyed", "schematic", "approximate"])
    run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.csv", "-w", filled.roots[0])
    table = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert [r["使用限制"] for r in table] == ["", "示意图层，不作为执法依据", "位置为近似"]
    assert [r["accuracy"] for r in table] == ["实测", "示意", "近似"]


def test_points_have_their_coordinates_in_tables(run, filled, tmp_path):
    rows = [{"id": "west", "name": "甲"}, {"id": "middle", "name": "乙"}]
    write_layer(filled.roots[0], "squares", rows, [shapely.Point(87.5, 44.25), shapely.Point(88, 44)], geometry="point")
    run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.csv", "-w", filled.roots[0])
    table = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert [(r["经度（度，CGCS2000）"], r["纬度（度，CGCS2000）"]) for r in table] == [
        ("87.5", "44.25"),
        ("88.0", "44.0"),
    ]


def test_two_columns_of_one_caption_are_told_apart(run, filled, tmp_path):
    rows = [{"id": key, "name": f"{key}县", "office": "甲"} for key in SQUARES]
    write_layer(filled.roots[0], "squares", rows, list(SQUARES.values()), titles={"office": "单位"})
    run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.csv", "-w", filled.roots[0])
    header = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert "单位（office）" in header and "单位（unit）" in header and len(set(header)) == len(header)


def test_another_suffix_and_an_unknown_indicator_are_refused(run, filled, tmp_path):
    code, _, err = run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.shp", "-w", filled.roots[0])
    assert code == 2 and ".gpkg、.geojson、.csv、.xlsx" in err and not (tmp_path / "a.shp").exists()
    code, _, err = run("indicators", "attach", "squares", "pm52", "--out", tmp_path / "a.csv", "-w", filled.roots[0])
    assert code == 2 and "没有指标“pm52”" in err


def test_an_export_that_cannot_be_written_leaves_the_old_file(run, filled, tmp_path):
    (tmp_path / "a.csv").mkdir()
    code, _, err = run("indicators", "attach", "squares", "pm25", "--out", tmp_path / "a.csv", "-w", filled.roots[0])
    assert code == 3 and "无法写入" in err and list(tmp_path.glob(".a*")) == []


@pytest.mark.parametrize("name", ["import", "attach"])
def test_help_is_chinese(run, name):
    code, out, err = run("indicators", name, "--help")
    assert (code, err) == (0, "") and "用法：" in out and re.search(r"Options|Usage", out) is None
