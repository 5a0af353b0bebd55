"""``changji-geo layers import`` and ``inspect`` as their user meets them: what is written, what is not, what is said."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.resources import Workspace, packaged_root
from tests.corpus import BAD, GOOD
from tests.corpus.shapefiles import patches_shp, reserve_shp, sites_shp
from tests.corpus.tables import decimal_csv, places_csv
from tests.corpus.truth import PATCHES, RESERVE_NAME, RESERVE_ZONES, WEST, Site, digest, gcj02, metres, project
from tests.corpus.vectors import mixed_kinds
from tests.tiny import tiny_workspace

Run = Callable[..., tuple[int, str, str]]

REFUSED = (
    "shp_cut", "shp_is_vrt", "zip_parent_name", "zip_encrypted", "kml_external_entity", "xlsx_is_html", "empty_csv", "row_zero",
    "null_shape", "several_meridians_fit", "in_the_atlantic", "columns_unknown", "duplicate_ids",
)  # fmt: skip
TAKEN = (
    "shp_gbk_no_cpg",
    "shp_zip_gbk_names",
    "filegdb",
    "mapinfo_tab",
    "kmz",
    "xlsx_title_rows_merged_header",
    "geojson_bowtie",
)
WORDS = {
    "target": "--as", "crs": "--crs", "datum": "--datum", "layer": "--layer", "encoding": "--encoding", "x": "--x", "y": "--y",
}  # fmt: skip


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """An own workspace without layers, over the shipped one."""
    root = tmp_path / "工作区"
    tiny_workspace(root)
    return root


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    made = tmp_path / "收到的文件"
    made.mkdir()
    return made


def case_named(name: str):
    return next(case for case in (*GOOD, *BAD) if case.name == name)


def layer_of(root: Path, layer_id: str):
    return load_layer(layer_id, Workspace((root, packaged_root())))


# --- refused


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_leaves_the_workspace_byte_for_byte(run: Run, space: Path, inbox: Path, name: str) -> None:
    case = case_named(name)
    path = case.write(inbox)
    words = [word for key, value in case.kwargs.items() for word in (WORDS[key], value) if key != "target"]
    before, sources = digest(space), digest(inbox)
    code, out, err = run("layers", "import", path, "--as", case.kwargs.get("target", "patches"), "-w", space, *words)
    assert (code, out) == (2, "")
    assert err.startswith("错误：") and path.name in err and "处理：" in err
    assert len(err.strip().splitlines()) == 1 and "Traceback" not in err
    assert digest(space) == before and digest(inbox) == sources


def test_a_refused_file_does_not_even_make_the_layers_folder(run: Run, space: Path, inbox: Path) -> None:
    (space / "layers").rmdir()
    before = digest(space)
    assert run("layers", "import", case_named("empty_csv").write(inbox), "--as", "wells", "-w", space)[0] == 2
    assert run("layers", "import", case_named("row_text").write(inbox), "--as", "wells", "-w", space)[0] == 2
    assert digest(space) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "Reserves 2026"), "Reserves 2026"),
        (("--as", "../evil"), "../evil"),
        (("--as", "patches", "--accuracy", "exact"), "exact"),
        (("--as", "patches", "--datum", "gcj-02"), "gcj-02"),
        (("--as", "patches", "--geometry", "体"), "体"),
        (("--as", "patches", "--map", "名称"), "名称"),
        (("--as", "patches", "--map", "没有=name"), "没有"),
        (("--as", "patches", "--date", "去年"), "去年"),
        (("--as", "patches", "--report", "a.pdf"), "a.pdf"),
        (("--as", "patches", "--geometry", "点"), "点"),
        ((), "--as"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_written(
    run: Run, space: Path, inbox: Path, words: tuple[str, ...], said: str
) -> None:
    path = patches_shp(inbox / "图斑.shp")
    before, sources = digest(space), digest(inbox)
    code, _, err = run("layers", "import", path, "-w", space, *words)
    assert code == 2
    assert said in err and "Traceback" not in err
    assert digest(space) == before and digest(inbox) == sources


def test_the_shipped_data_cannot_be_imported_into(run: Run, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = packaged_root() / "layers"
    names = sorted(p.name for p in shipped.iterdir())
    monkeypatch.chdir(inbox)
    code, _, err = run("layers", "import", patches_shp(inbox / "图斑.shp"), "--as", "patches")
    assert code == 2
    assert "工作区" in err and "changji-geo init" in err
    assert sorted(p.name for p in shipped.iterdir()) == names


def test_a_layer_of_the_workspace_is_only_replaced_when_told_and_kept_aside(run: Run, space: Path, inbox: Path) -> None:
    first, second = decimal_csv("一.csv")(inbox), decimal_csv("二.csv", WEST[:2])(inbox)
    assert run("layers", "import", first, "--as", "wells", "-w", space)[0] == 0
    before = digest(space)
    code, _, err = run("layers", "import", second, "--as", "wells", "-w", space)
    assert code == 2 and "wells" in err and "--replace" in err
    assert digest(space) == before
    former = digest(space / "layers" / "wells")
    assert run("layers", "import", second, "--as", "wells", "-w", space, "--replace")[0] == 0
    assert len(layer_of(space, "wells").frame) == 2
    aside = [p.parent for p in (space / "layers").rglob("layer.toml") if p.parent.name != "wells"]
    assert [digest(folder) for folder in aside] == [former]
    assert run("layers", "check", "-w", space)[0] == 0


def test_a_failed_replacement_leaves_the_former_layer(run: Run, space: Path, inbox: Path) -> None:
    assert run("layers", "import", decimal_csv("一.csv")(inbox), "--as", "wells", "-w", space)[0] == 0
    before = digest(space)
    broken = case_named("row_text").write(inbox)
    assert run("layers", "import", broken, "--as", "wells", "-w", space, "--replace")[0] == 2
    assert digest(space) == before


# --- taken


@pytest.mark.parametrize("name", TAKEN)
def test_a_good_file_becomes_a_complete_layer_with_its_originals(run: Run, space: Path, inbox: Path, name: str) -> None:
    case = case_named(name)
    path = case.write(inbox)
    before = digest(inbox)
    code, out, err = run(
        "layers", "import", path, "--as", "taken", "-w", space, "--title", "外业成果", "--source", "县分局",
        "--licence", "内部使用", "--accuracy", "surveyed", "--date", "2026-03-15",
    )  # fmt: skip
    assert (code, err) == (0, ""), err
    folder = space / "layers" / "taken"
    assert str(folder) in out
    meta = tomllib.loads((folder / "layer.toml").read_text(encoding="utf-8"))
    kind, rows = next(iter(case.parts.items()))
    assert {key: meta[key] for key in ("id", "title", "source", "licence", "accuracy", "geometry", "crs", "feature_count")} == {
        "id": "taken", "title": "外业成果", "source": "县分局", "licence": "内部使用", "accuracy": "surveyed", "geometry": kind,
        "crs": "EPSG:4490", "feature_count": len(rows),
    }  # fmt: skip
    assert str(meta["retrieved"]) == "2026-03-15"
    assert path.name in (folder / "layer.toml").read_text(encoding="utf-8")
    frame = layer_of(space, "taken").frame
    assert metres(shapely.get_coordinates(frame.geometry), [p for ring in rows.values() for p in ring]) < 0.02
    assert digest(folder / "original") == before, "the originals beside the layer are not the files handed in"
    assert digest(inbox) == before
    assert run("layers", "check", "-w", space)[0] == 0
    assert "外业成果" in run("layers", "list", "-w", space)[1]
    assert "县分局" in run("layers", "show", "taken", "-w", space)[1]


def test_layer_toml_names_the_source_file_its_hash_the_date_and_the_findings(
    run: Run, space: Path, inbox: Path
) -> None:
    path = decimal_csv("点位.csv", encoding="gbk")(inbox)
    assert run("layers", "import", path, "--as", "wells", "-w", space, "--date", "2026-03-15")[0] == 0
    text = (space / "layers" / "wells" / "layer.toml").read_text(encoding="utf-8")
    assert "点位.csv" in text
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert "GB" in text and "4490" in text and "2026-03-15" in text


def test_two_imports_of_one_file_are_the_same_bytes(run: Run, tmp_path: Path, inbox: Path) -> None:
    path = reserve_shp(inbox)
    trees = []
    for name in ("甲", "乙"):
        tiny_workspace(tmp_path / name)
        assert run("layers", "import", path, "--as", "reserves", "-w", tmp_path / name, "--date", "2026-03-15")[0] == 0
        trees.append(digest(tmp_path / name))
    assert trees[0] == trees[1]


def test_a_mixed_file_becomes_one_layer_a_kind_or_the_kind_asked_for(run: Run, space: Path, inbox: Path) -> None:
    path = mixed_kinds(inbox)
    assert run("layers", "import", path, "--as", "field", "-w", space)[0] == 0
    made = {p.parent.name for p in (space / "layers").glob("*/layer.toml")}
    assert made == {"field_area", "field_line", "field_point"}
    assert run("layers", "import", path, "--as", "only", "-w", space, "--geometry", "面")[0] == 0
    assert set(layer_of(space, "only").frame.geom_type) == {"Polygon"}
    assert run("layers", "check", "-w", space)[0] == 0


def test_options_reach_the_reader(run: Run, space: Path, inbox: Path) -> None:
    shifted = places_csv("高德.csv", gcj02([s.place for s in WEST]), ("lng", "lat"))(inbox)
    told = places_csv("米.csv", project(4538, [s.place for s in WEST]), ("东", "北"), digits=4)(inbox)
    renamed = inbox / "水厂.csv"
    with renamed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("厂", "经度", "纬度"), *((s.name, s.lon, s.lat) for s in WEST)])
    sheets = case_named("xlsx_sheet_chosen").write(inbox)
    for layer_id, words in {
        "sheet": (sheets, "--sheet", "坐标"),
        "shifted": (shifted, "--datum", "gcj02"),
        "told": (told, "--crs", "EPSG:4538", "--x", "东", "--y", "北"),
        "renamed": (renamed, "--map", "厂=name"),
    }.items():
        code, _, err = run("layers", "import", *words, "--as", layer_id, "-w", space)
        assert (code, err) == (0, "")
        frame = layer_of(space, layer_id).frame
        assert list(frame["name"]) == [s.name for s in WEST]
        assert metres(shapely.get_coordinates(frame.geometry), [s.place for s in WEST]) < 0.02


def test_skip_bad_rows_takes_the_good_and_lists_the_bad(run: Run, space: Path, inbox: Path) -> None:
    path = case_named("row_text").write(inbox)
    report = inbox / "发现.json"
    code, out, err = run("layers", "import", path, "--as", "wells", "-w", space, "--skip-bad-rows", "--report", report)
    assert code == 1, "done, but the skipped rows need attention"
    assert err.startswith("有 1 行不能用，没有导入；") and "findings.json" in err
    assert "见附图" in out
    assert list(layer_of(space, "wells").frame["name"]) == [WEST[0].name, WEST[2].name]
    bad = [f for f in json.loads(report.read_text(encoding="utf-8"))["findings"] if f["level"] == "error"]
    assert [f["row"] for f in bad] == [3] and "见附图" in bad[0]["message"]


def test_skip_bad_rows_without_bad_rows_is_plain_success(run: Run, space: Path, inbox: Path) -> None:
    path = decimal_csv("点.csv")(inbox)
    code, _, err = run("layers", "import", path, "--as", "wells", "-w", space, "--skip-bad-rows")
    assert (code, err) == (0, "")


def test_ten_thousand_bad_rows_are_a_short_table_on_the_screen_and_all_in_the_report(
    run: Run, space: Path, inbox: Path
) -> None:
    path, report = inbox / "坏.csv", inbox / "坏.xlsx"
    lines = ["名称,经度,纬度", *(f"点{n},87.3{n:04d},0" for n in range(10_000)), "好点,87.301,44.012"]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, _ = run("layers", "import", path, "--as", "wells", "-w", space, "--skip-bad-rows", "--report", report)
    assert code == 1
    assert "另有 9997 处同类：行 5、6、7、8、9……" in out
    assert "上面只列出一部分" in out and len(out.splitlines()) < 40
    assert "错误 10000 处" in out
    book = openpyxl.load_workbook(report, read_only=True)
    assert sum(row[0] == "错误" for row in book["发现"].iter_rows(values_only=True)) == 10_000
    book.close()


def test_the_report_is_a_workbook_or_json_and_the_screen_shows_a_table(run: Run, space: Path, inbox: Path) -> None:
    path = case_named("geojson_bowtie").write(inbox)
    book, data = inbox / "发现.xlsx", inbox / "发现.json"
    code, out, _ = run("layers", "import", path, "--as", "bow", "-w", space, "--report", book)
    assert code == 0
    assert "自相交" in out and "修复" in out
    cells = [cell.value for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    assert any("自相交" in str(cell) for cell in cells) and "修复" in cells and 1 in cells
    assert run("layers", "inspect", path, "--report", data)[0] == 0
    assert any(
        f["row"] == 1 and f["level"] == "repair" for f in json.loads(data.read_text(encoding="utf-8"))["findings"]
    )


def test_json_output_is_json_with_the_findings(run: Run, space: Path, inbox: Path) -> None:
    code, out, err = run("layers", "import", patches_shp(inbox / "图斑.shp", epsg=4517, prj=False), "--as", "patches", "-w", space,
                         "--json")  # fmt: skip
    assert (code, err) == (0, "")
    assert any(f["rule"] == "crs_inferred" and "4517" in f["message"] for f in json.loads(out)["findings"])


# --- inspect


@pytest.mark.parametrize(
    "name", ["shp_no_prj_zone29", "csv_degrees_gbk", "gpkg_4517", "shp_no_shx", "row_text", "geojson_collection"]
)
def test_inspect_writes_nothing(run: Run, space: Path, inbox: Path, name: str) -> None:
    path = case_named(name).write(inbox)
    before, sources = digest(space), digest(inbox)
    code, out, err = run("layers", "inspect", path, "-w", space)
    assert (code, err) == (0, "")
    assert path.name in out
    assert digest(space) == before and digest(inbox) == sources


def test_inspect_says_what_was_inferred_and_which_rows_are_bad(run: Run, space: Path, inbox: Path) -> None:
    _, out, _ = run("layers", "inspect", sites_shp(inbox / "点.shp", WEST, epsg=4517, prj=False), "-w", space)
    assert "推断" in out and "4517" in out and "GB" in out
    _, out, _ = run("layers", "inspect", case_named("row_text").write(inbox), "-w", space)
    assert "见附图" in out and re.search(r"错误\s+3", out)


def test_inspect_refuses_what_import_refuses(run: Run, space: Path, inbox: Path) -> None:
    path = case_named("shp_is_vrt").write(inbox)
    code, out, err = run("layers", "inspect", path, "-w", space)
    assert (code, out) == (2, "")
    assert path.name in err and "处理：" in err


# --- an official reserve file takes the place of the schematic one


@pytest.fixture
def official(run: Run, space: Path, inbox: Path) -> Path:
    """The workspace with an official-style reserve file imported as ``reserves``."""
    code, _, err = run("layers", "import", reserve_shp(inbox), "--as", "reserves", "-w", space, "--accuracy", "surveyed",
                       "--source", "自治区林业和草原局", "--licence", "内部使用", "--date", "2026-03-15")  # fmt: skip
    assert (code, err) == (0, "")
    return space


def test_the_official_reserve_file_replaces_the_shipped_layer(run: Run, official: Path) -> None:
    layer = layer_of(official, "reserves")
    assert layer.meta.accuracy == "surveyed"
    toml = (official / "layers" / "reserves" / "layer.toml").read_text(encoding="utf-8")
    assert "示意" not in toml.replace("schematic 示意", ""), "only the list of accuracies may name the word"
    frame = layer.frame
    assert list(frame["zone_old"]) == [zone for _, zone, _ in RESERVE_ZONES]
    assert list(frame["reserve"]) == [RESERVE_NAME] * 3
    assert frame["zone_new"].isna().all(), "three zones must not be turned into two"
    assert "accuracy" not in frame.columns or set(frame["accuracy"]) == {"surveyed"}
    for (_, _, ring), shape in zip(RESERVE_ZONES, frame.geometry, strict=True):
        assert metres(shapely.get_coordinates(shape), ring) < 0.02
    assert run("layers", "check", "-w", official)[0] == 0
    assert "自治区林业和草原局" in run("layers", "show", "reserves", "-w", official)[1]


def test_the_shipped_reserve_map_draws_the_official_file_without_the_schematic_notice(
    run: Run, official: Path, tmp_path: Path
) -> None:
    code, _, err = run(
        "build", "reserves", "-w", official, "--out", tmp_path / "out", "--formats", "html", "--jobs", "1"
    )
    assert (code, err) == (0, "")
    page = (tmp_path / "out" / "reserves.html").read_text(encoding="utf-8")
    assert "自治区林业和草原局" in page and all(zone in page for _, zone, _ in RESERVE_ZONES)
    assert "示意图层" not in page


OWN_MAP = """\
title = "保护区功能区"
description = "官方功能区"
extent = "reserves"
date = 2026-11-23

[[layers]]
source = "reserves"
kind = "category"
column = "zone_old"
title = "功能区"
popup = ["name", "reserve", "zone_old", "level"]

[static]
dpi = 72
furniture = ["title", "legend", "scale_bar", "credits"]
"""


def test_a_map_of_the_official_file_alone_has_no_schematic_notice(run: Run, official: Path, tmp_path: Path) -> None:
    (official / "maps" / "own.toml").write_text(OWN_MAP, encoding="utf-8")
    code, _, err = run(
        "build", "own", "-w", official, "--out", tmp_path / "out", "--formats", "html,png", "--jobs", "1"
    )
    assert (code, err) == (0, "")
    page = (tmp_path / "out" / "own.html").read_text(encoding="utf-8")
    assert RESERVE_NAME in page and all(zone in page for _, zone, _ in RESERVE_ZONES)
    assert "示意" not in page
    assert (tmp_path / "out" / "own.png").stat().st_size > 10_000


def test_without_an_accuracy_the_layer_is_not_called_surveyed(run: Run, space: Path, inbox: Path) -> None:
    code, out, _ = run("layers", "import", patches_shp(inbox / "图斑.shp"), "--as", "patches", "-w", space)
    assert code == 0 and "精度" in out
    meta = layer_of(space, "patches").meta
    assert meta.accuracy == "approximate"
    assert list(layer_of(space, "patches").frame["name"]) == [name for _, name, _ in PATCHES]


def test_ids_of_the_file_stay_the_ids_of_the_layer(run: Run, space: Path, inbox: Path) -> None:
    sites: tuple[Site, ...] = (WEST[2], WEST[0])
    assert run("layers", "import", decimal_csv("点位.csv", sites)(inbox), "--as", "wells", "-w", space)[0] == 0
    assert list(layer_of(space, "wells").frame["id"]) == ["w3", "w1"]


def test_a_total_row_without_a_place_is_left_out_and_no_error(run: Run, space: Path, inbox: Path) -> None:
    path = inbox / "台账.csv"
    path.write_text("名称,经度,纬度,面积\n甲,87.301,44.012,3\n乙,87.302,44.013,4\n合计,,,7\n", encoding="utf-8")
    report = inbox / "发现.json"
    code, _, err = run("layers", "import", path, "--as", "wells", "-w", space, "--report", report)
    assert (code, err) == (0, "")
    assert list(layer_of(space, "wells").frame["name"]) == ["甲", "乙"]
    found = json.loads(report.read_text(encoding="utf-8"))["findings"]
    assert [(f["level"], f["row"], f["message"]) for f in found if f["rule"] == "total-row"] == [
        ("info", 4, "合计、平均一类的行，没有坐标，没有导入")
    ]


def test_layers_of_a_mixed_file_can_be_told_apart_by_their_titles(run: Run, space: Path, inbox: Path) -> None:
    assert run("layers", "import", mixed_kinds(inbox), "--as", "field", "-w", space, "--title", "巡查")[0] == 0
    titles = {kind: layer_of(space, f"field_{kind}").meta.title for kind in ("area", "line", "point")}
    assert titles == {"area": "巡查（面）", "line": "巡查（线）", "point": "巡查（点）"}


def test_texts_that_look_like_markup_or_formulas_stay_texts(run: Run, space: Path, inbox: Path) -> None:
    texts = ["<img src=x onerror=alert(1)>", "=1+1", "@SUM(A1)", "-1+1", "+86"]
    path = inbox / "文字.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("名称", "经度", "纬度"), *((t, 87.3 + k / 1000, 44.01) for k, t in enumerate(texts)),
                                    ("=cmd|'/c calc'!A1", "见<b>附图</b>", "=2+2")])  # fmt: skip
    report = inbox / "发现.xlsx"
    assert run("layers", "import", path, "--as", "texts", "-w", space, "--skip-bad-rows", "--report", report)[0] == 1
    assert list(layer_of(space, "texts").frame["name"]) == texts
    book = openpyxl.load_workbook(report)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.value for cell in cells if cell.data_type == "f"], "a formula in the report would be run by WPS"
    assert any("见<b>附图</b>" in str(cell.value) for cell in cells)


def test_a_report_that_cannot_be_written_does_not_hide_that_the_layer_is_there(
    run: Run, space: Path, inbox: Path
) -> None:
    (inbox / "not_a_folder").write_text("x")
    code, out, err = run("layers", "import", reserve_shp(inbox), "--as", "reserves", "-w", space,
                         "--report", inbox / "not_a_folder" / "r.json")  # fmt: skip
    assert code == 3
    assert "已导入：" in out and "无法写入" in err and (space / "layers" / "reserves" / "layer.toml").is_file()
