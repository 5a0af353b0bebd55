"""Edges of what goes out and comes back: the fourth photo, the longest cell, a second point, two columns of one field."""

import dataclasses
import json
import zipfile

import openpyxl
import pytest
import shapely
from PIL import Image

from changji_geo.clues.checks.stored import checks_value
from changji_geo.clues.desk.deeds import evidence_event
from changji_geo.clues.exchange.cell_text import LONGEST, xml_text
from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.rows import export_rows
from changji_geo.clues.exchange.summaries import summary_tables
from changji_geo.clues.exchange.updating import plan_update
from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.model import CheckResult
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError
from tests.exchange_clues import AT, TODAY, Form, clue_id, imports, plain


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        opened.append(imports(), at=AT)
        yield opened


def geojson(clues, path, change):
    """An exported GeoJSON whose features, by id, a person altered."""
    export_clues(clues, path, today=TODAY)
    data = json.loads(path.read_text("utf-8"))
    change({feature["id"]: feature for feature in data["features"]})
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def update(path, clues, **options):
    return plan_update(path, clues, actor="李四", **options)


def features_of(path):
    return {f["id"]: f for f in json.loads(path.read_text("utf-8"))["features"]}


# Out


def test_a_kmz_has_the_three_latest_photos_of_a_clue(ledger, tmp_path):
    folder = tmp_path / "台账_证据"
    folder.mkdir()
    for n, color in enumerate(("red", "green", "blue", "white"), start=1):
        Image.new("RGB", (8, 8), color).save(folder / f"{n}.png")
        proof = register_evidence(folder / f"{n}.png", folder)
        ledger.append([evidence_event(ledger.clue(clue_id(1)), actor="张三", evidence=[proof])], at=AT)
    path = tmp_path / "线索.kmz"
    export_clues(ledger.clues(), path, today=TODAY, events=list(ledger.events()), evidence_folder=folder)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name != "doc.kml"]
        assert names == [f"files/{clue_id(1)}{end}.jpg" for end in ("", "_2", "_3")]
        colors = [Image.open(archive.open(name)).getpixel((4, 4)) for name in names]
    assert [max(range(3), key=lambda band: color[band]) for color in colors[1:]] == [2, 1]  # blue, then green
    assert min(colors[0]) > 250


def test_text_ends_at_what_a_cell_holds_and_without_a_blank():
    assert LONGEST == 32767 and len(xml_text("长" * 40000)) == LONGEST
    assert xml_text("a" * (LONGEST - 1) + " b") == "a" * (LONGEST - 1)
    assert xml_text("甲\x0b\x1f\ufffe乙\t丙") == "甲乙\t丙"


def test_only_what_rests_on_a_schematic_layer_has_the_notice(ledger, tmp_path):
    path = tmp_path / "线索.geojson"
    export_clues(ledger.clues(), path, today=TODAY)
    noticed = {key for key, feature in features_of(path).items() if "notice" in feature["properties"]}
    assert noticed == {clue_id(1)}


def test_a_number_of_five_digits_comes_after_those_of_four():
    clues = [dataclasses.replace(plain(1), id=key) for key in ("LD2025-10000", "LD2025-9999", "LD2025-0002")]
    rows = export_rows(clues, today=TODAY, settings=load_settings())
    assert [row.clue.id for row in rows] == ["LD2025-0002", "LD2025-9999", "LD2025-10000"]


def test_text_cells_are_typed_as_text_even_when_blank(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    formats = {key: form.cell(3, key).number_format for key in ("remark", "status", "deadline", "lon", "overdue_days")}
    assert formats == {"remark": "@", "status": "@", "deadline": "yyyy-mm-dd", "lon": "0.0000000", "overdue_days": "0"}
    assert form.cell(3, "progress").value is None and form.cell(3, "progress").number_format == "@"


# Summaries


def summary(clues, title):
    rows = export_rows(clues, today=TODAY, settings=load_settings())
    table = next(t for t in summary_tables(rows) if t.header[0] == title)
    return {line[0]: dict(zip(table.header[1:], line[1:], strict=True)) for line in table.rows}


def test_a_dropped_case_is_neither_closed_nor_overdue_in_a_summary():
    gone = plain(1, status="已销号", county="奇台县", dropped="permit")
    late = plain(2, status="整改中", county="奇台县", deadline="2026-03-01", dropped="permit")
    kept = plain(3, status="已销号", county="奇台县")
    found = summary([gone, late, kept], "县（市、区）")["奇台县"]
    assert {key: found[key] for key in ("导入", "保留", "剔除", "已销号", "逾期", "销号率")} == {
        "导入": 3, "保留": 1, "剔除": 2, "已销号": 1, "逾期": 0, "销号率": 1.0,
    }  # fmt: skip


def test_only_a_check_that_found_no_reserve_puts_a_clue_outside():
    def checked(number, verdict):
        return plain(number, checks=checks_value([CheckResult("reserve_zones", verdict, "")]))

    clues = [checked(1, "unclear"), checked(2, "contradicts"), checked(3, "supports"), plain(4)]
    assert {label: counts["导入"] for label, counts in summary(clues, "保护地").items()} == {
        "不在保护区内": 1, "（未填）": 3, "合计": 4,
    }  # fmt: skip


def test_groups_come_by_size_then_by_name_and_the_blank_one_last():
    counties = [None, None, None, "甲县", "乙县", "乙县"]
    clues = [plain(n, **({"county": county} if county else {})) for n, county in enumerate(counties, start=1)]
    assert list(summary(clues, "县（市、区）")) == ["乙县", "甲县", "（未填）", "合计"]


# Back


def test_a_point_may_come_back_as_one_of_several_kinds_but_two_points_are_none(ledger, tmp_path):
    moved = [88.2, 44.3]

    def put(kind, coordinates):
        def change(features):
            features[clue_id(3)]["geometry"] = {"type": kind, "coordinates": coordinates}

        return change

    single = geojson(ledger.clues(), tmp_path / "一.geojson", put("MultiPoint", [moved]))
    plan = update(single, ledger.clues(), outlines=True)
    assert [c.clue_id for c in plan.outlines] == [clue_id(3)] == [e.clue_id for e in plan.events]
    two = geojson(ledger.clues(), tmp_path / "二.geojson", put("MultiPoint", [moved, [88.4, 44.3]]))
    assert update(two, ledger.clues(), outlines=True).outlines == ()


def test_a_photo_alone_is_something_new(ledger, tmp_path):
    path = geojson(
        ledger.clues(), tmp_path / "线索.geojson", lambda f: f[clue_id(2)]["properties"].update(photo="files/现场.jpg")
    )
    (tmp_path / "files").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "files" / "现场.jpg")
    plan = update(path, ledger.clues())
    assert [(p.clue_id, p.path.name) for p in plan.photos] == [(clue_id(2), "现场.jpg")]
    assert (plan.unchanged, plan.changes, plan.refused) == (5, (), ())


def test_of_two_columns_of_one_field_the_first_counts(ledger, tmp_path):
    def change(features):
        for feature in features.values():
            feature["properties"]["整改进展"] = "第二列"
        features[clue_id(2)]["properties"]["progress"] = "第一列"

    plan = update(geojson(ledger.clues(), tmp_path / "线索.geojson", change), ledger.clues())
    assert [(c.clue_id, c.field, c.after) for c in plan.changes] == [(clue_id(2), "progress", "第一列")]


def test_a_waypoint_beyond_the_pole_is_refused_with_its_number(ledger, tmp_path):
    path = tmp_path / "线索.gpx"
    export_clues(ledger.clues(), path, today=TODAY)
    text = path.read_text("utf-8")
    start = text.index("<wpt ", text.index("<wpt ") + 1)
    end = text.index(">", start)
    path.write_text(f'{text[:start]}<wpt lat="95" lon="88.5"{text[end:]}', encoding="utf-8")
    with pytest.raises(InputError, match="第 2 个航点的位置（lat=95，lon=88.5）不是经纬度"):
        update(path, ledger.clues())


def test_the_sheet_of_our_name_is_read_wherever_it_stands(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    form.put(1, progress="已拆除")
    other = form.book.create_sheet("备份", 0)
    other.append(["线索编号", "整改进展"])
    other.append([clue_id(2), "旧的"])
    plan = form.plan(ledger.clues())
    assert [(c.clue_id, c.after) for c in plan.changes] == [(clue_id(1), "已拆除")]


def test_a_sheet_of_another_name_is_read_where_ours_is_gone(ledger, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "线索"
    for line in (["", ""], ["线索编号", "整改进展"], [clue_id(2), "已恢复"]):
        book.active.append(line)
    book.save(tmp_path / "表.xlsx")
    plan = update(tmp_path / "表.xlsx", ledger.clues())
    assert [(c.clue_id, c.row, c.after) for c in plan.changes] == [(clue_id(2), 3, "已恢复")]


def test_a_hole_that_was_filled_is_another_outline(ledger, tmp_path):
    def change(features):
        shape = shapely.geometry.shape(features[clue_id(2)]["geometry"])
        filled = shapely.MultiPolygon([shapely.Polygon(part.exterior) for part in shape.geoms])
        features[clue_id(2)]["geometry"] = json.loads(shapely.to_geojson(filled))

    (found,) = update(geojson(ledger.clues(), tmp_path / "线索.geojson", change), ledger.clues()).outlines
    assert (found.clue_id, found.stale) == (clue_id(2), False)
    assert found.change.area_change_m2 == pytest.approx(8900, rel=0.01)  # 0.001 by 0.001 degrees at 44 degrees north
