"""Clues become a layer that the shipped map draws: one point each, its outline beside it, and nothing made up."""

import datetime
import re

import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.clues.checks.stored import checks_value
from changji_geo.clues.facts import clue_facts
from changji_geo.clues.layer import COLUMNS, clue_layer, clue_map_spec
from changji_geo.clues.looks import STATUS_LOOKS, ZONE_COLORS
from changji_geo.clues.model import CheckResult, Clue, LayerUse
from changji_geo.errors import InputError
from changji_geo.render.sheet.readback import describe_static
from changji_geo.render.static import draw_figure
from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import build_scene
from changji_geo.spec import load_map_spec
from changji_geo.standards.reserves import STATUSES, ZONE_SCHEMES
from changji_geo.types import SCHEMATIC_NOTICE

SHIPPED = Workspace((packaged_root(),))
TODAY = datetime.date(2026, 11, 23)
PATCH = shapely.box(89.0, 44.9, 89.002, 44.901)


def clue(number=1, *, shape=PATCH, status="整改中", observed="2025-07-01", dropped="", attributes=None, **fields):
    day = None if observed is None else datetime.date.fromisoformat(observed)
    return Clue(
        f"LD2024-{number:04d}",
        "绿盾2025-1",
        f"原{number}",
        shape,
        shape,
        status,
        day,
        attributes or {},
        fields,
        dropped,
    )


def layer(*clues, **options):
    return clue_layer(clue_facts(clues, today=TODAY), **options)


def row(*clues, **options):
    return layer(*clues, **options).frame.iloc[0].to_dict()


def drawn(made, **words):
    spec = clue_map_spec(**({"title": "绿盾线索", "date": TODAY} | words), workspace=SHIPPED)
    return build_scene(spec, map_id="clues", workspace=SHIPPED, layers={"clues": made})


def test_a_patch_becomes_a_point_on_it_and_keeps_its_outline():
    made = layer(clue())
    assert made.meta.geometry == "point" and made.frame.crs.to_epsg() == 4490
    assert shapely.contains(PATCH, made.frame.geometry[0])
    assert shapely.equals(shapely.from_wkt(made.frame["outline"][0]), PATCH)


def test_a_point_stays_where_it_is_and_has_neither_outline_nor_area():
    found = row(clue(shape=shapely.Point(89.5, 44.5)))
    assert found["geometry"].equals(shapely.Point(89.5, 44.5))
    assert found["outline"] is None and found["area_m2"] is None


def test_a_row_says_what_the_ledger_says():
    found = row(
        clue(county="奇台县", reserve="奇台荒漠类草地自然保护区", zone="实验区", activity="采石采砂", deadline="2026-11-01",
             attributes={"名称": "采砂场"})
    )  # fmt: skip
    assert {k: found[k] for k in ("id", "name", "status", "batch", "year", "county", "zone", "activity")} == {
        "id": "LD2024-0001", "name": "采砂场", "status": "整改中", "batch": "绿盾2025-1", "year": "2025", "county": "奇台县",
        "zone": "实验区", "activity": "采石采砂",
    }  # fmt: skip
    assert (found["deadline"], found["overdue"], found["dropped"]) == ("2026-11-01", "是", "未剔除")
    assert found["area_m2"] == pytest.approx(17_548, rel=0.01)  # 157.9 m by 111.1 m


def test_what_the_ledger_does_not_say_is_blank_never_zero():
    found = row(clue())
    blank = ("county", "reserve", "zone", "activity", "priority", "inside_m2", "deadline")
    assert [found[k] for k in blank] == [None] * len(blank)
    assert found["name"] == "LD2024-0001"
    assert found["overdue"] == "否"


def test_the_year_is_that_of_the_image_else_of_the_number():
    assert row(clue(observed=None), today=TODAY)["year"] == "2024"
    assert row(clue(observed="2023-05-01"))["year"] == "2023"


def test_a_dropped_clue_is_shown_as_dropped_with_the_reason_in_words():
    found = row(clue(dropped="duplicate", status="待核查", deadline="2020-01-01"))
    assert (found["status"], found["dropped"], found["overdue"]) == ("已剔除", "与其他线索重复", "否")
    assert row(clue(dropped="own_code"))["dropped"] == "own_code"
    assert row(clue(dropped="own_code"), drop_reasons={"own_code": "本局自定"})["dropped"] == "本局自定"


def test_results_on_a_schematic_layer_make_the_clue_schematic_and_others_approximate():
    use = LayerUse("reserves", "1.0", "0" * 64, "schematic")
    checked = clue(2, checks=checks_value([CheckResult("county", "supports", "在", {}, (use,))]))
    made = layer(clue(1), checked)
    assert list(made.frame["accuracy"]) == ["approximate", "schematic"]
    assert made.meta.accuracy == "schematic" and SCHEMATIC_NOTICE in made.meta.note
    alone = layer(clue(1))
    assert alone.meta.accuracy == "approximate" and SCHEMATIC_NOTICE not in alone.meta.note


def test_a_foreign_name_that_is_too_long_is_cut_and_does_not_stop_the_map():
    made = layer(clue(attributes={"名称": "长" * 5000}))
    assert made.frame["name"][0] == "长" * 59 + "…"
    assert drawn(made).layers[-1].features[0].name == "长" * 59 + "…"


def test_no_clues_are_refused_with_what_to_do():
    with pytest.raises(
        InputError, match="线索台账：没有线索，画不出地图。处理：先用 clues import 导入，或放宽筛选条件。"
    ):
        clue_layer(())


def test_the_layers_day_is_given_or_that_of_the_latest_image():
    assert layer(clue(1), clue(2, observed="2025-09-09")).meta.retrieved == datetime.date(2025, 9, 9)
    assert layer(clue(1), today=TODAY).meta.retrieved == TODAY
    with pytest.raises(InputError, match="都没有影像日期.*给出 today"):
        layer(clue(observed=None))


def test_the_columns_are_those_of_the_shipped_sample():
    shipped = load_layer("clues", SHIPPED)
    assert [c.name for c in shipped.meta.columns] == [c.name for c in COLUMNS]
    assert [(c.title, c.unit) for c in shipped.meta.columns] == [(c.title, c.unit) for c in COLUMNS]


def test_the_shipped_sample_has_every_status_and_says_on_every_row_that_it_is_made_up():
    frame = load_layer("clues", SHIPPED).frame
    assert len(frame) == 35
    assert set(frame["status"]) == {*STATUSES, "已剔除"}
    assert set(frame["source"]) == {"示例数据，随机生成，不是真实线索"}
    assert set(frame["accuracy"]) == {"schematic"}
    outlines = shapely.from_wkt(frame["outline"].to_numpy())
    assert shapely.is_valid(outlines).all()
    assert shapely.dwithin(outlines, frame.geometry.to_numpy(), 1e-6).all()  # points are rounded to 1e-6 degree


def test_the_shipped_map_says_everywhere_that_its_clues_are_made_up():
    made = build_scene("clues", workspace=SHIPPED)
    assert "示例数据" in made.title and "示例" in made.subtitle and made.notes[0].startswith("示例数据")
    assert made.layers[-1].title == "绿盾线索（示例数据）"
    assert any("不作为执法依据" in notice and "绿盾线索（示例数据）" in notice for notice in made.notices)


def test_a_ledgers_own_clues_take_the_samples_place_and_no_word_of_the_sample_stays():
    made = drawn(layer(clue(1), clue(2, status="待核查"), today=TODAY), subtitle="2026 年第三季度")
    shown = made.layers[-1]
    assert [f.id for f in shown.features] == ["LD2024-0001", "LD2024-0002"]
    assert {c.label: c.count for c in shown.classes if c.count} == {"待核查": 1, "整改中": 1}
    words = (
        made.title,
        made.subtitle,
        made.description,
        *made.notes,
        *(x.title for x in made.layers),
        *map(str, made.sources),
    )
    assert not [text for text in words if "示例" in text]
    assert made.notes and made.date_text == "2026-11-23"


def test_the_page_filters_by_batch_county_status_and_year():
    made = drawn(layer(clue(1, county="奇台县"), clue(2, status="待核查")))
    assert [(one.column, one.title, one.options) for one in made.filters] == [
        ("batch", "批次", ("绿盾2025-1",)),
        ("county", "县（市、区）", ("奇台县", "无数据")),
        ("status", "状态", ("待核查", "整改中")),
        ("year", "年份", ("2025",)),
    ]
    assert made.layers[-1].features[0].filters == ("绿盾2025-1", "奇台县", "整改中", "2025")
    assert not [f for one in made.layers[:-1] for f in one.features if f.filters]


def test_the_printed_map_draws_symbols_only():
    made = drawn(layer(clue(1), clue(2)))
    shown = {one.id: one for one in describe_static(draw_figure(made))}[made.layers[-1].id]
    assert [f.id for f in shown.features] == ["LD2024-0001", "LD2024-0002"]


def test_map_and_gis_styles_show_a_status_alike():
    _, spec = load_map_spec("clues", SHIPPED)
    clues, zones = spec.layers[-1], next(one for one in spec.layers if one.column == "zone_old")
    assert [(c.value, c.color, c.marker) for c in clues.categories] == [
        (status, look.fill, look.marker) for status, look in STATUS_LOOKS.items()
    ]
    assert {c.value: c.color for c in zones.categories} == {z: ZONE_COLORS[z] for z in ZONE_SCHEMES[0].zones}
    assert set(STATUS_LOOKS) == {*STATUSES, "已剔除"}
    assert set(ZONE_COLORS) == {zone for scheme in ZONE_SCHEMES for zone in scheme.zones}


def test_statuses_differ_in_more_than_hue():
    """Relative luminance (Rec. 709) by status: two that share a marker lie far apart in lightness."""

    def lightness(color):
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 116 * (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]) ** (1 / 3) - 16

    looks = list(STATUS_LOOKS.values())
    for i, one in enumerate(looks):
        for other in looks[i + 1 :]:
            if one.marker == other.marker:
                assert abs(lightness(one.fill) - lightness(other.fill)) > 15 or one.stroke != other.stroke
    assert all(re.fullmatch(r"#[0-9a-f]{6}", color) for look in looks for color in (look.fill, look.stroke))
