"""The calendar of AQI: every day in the colour of its class, good days by edition, nothing meets, same bytes."""

import datetime
import itertools
from collections import Counter

import pandas as pd
import pytest
from air_days import days, year
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from pypdf import PdfReader
from static_scenes import THEME
from test_static import overlapping, text_boxes, texts

from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.daily import grade_days
from changji_geo.monitoring.air.evaluation.periods import any_period
from changji_geo.monitoring.air.evaluation.statistics import build_periods
from changji_geo.monitoring.air.rules import DAILY
from changji_geo.report.figures.calendar import draw_calendar, write_calendar
from changji_geo.report.figures.day_table import month_chunks, read_days, year_spans
from changji_geo.report.figures.day_weeks import CLASS_NAMES, DayCells
from changji_geo.standards.air import AIR_CLASSES

COUNTIES = ("昌吉市", "阜康市", "呼图壁县", "玛纳斯县", "奇台县", "吉木萨尔县", "木垒哈萨克自治县")


def draw(frame, **more):
    return draw_calendar(frame, **{"title": "空气质量日历", "theme": THEME, "notices": ("示例数据",), **more})


def cells(figure):
    return [a for a in figure.get_children() if isinstance(a, DayCells)]


def drawn_days(figure):
    """(place, day) -> class name, as drawn."""
    return {(c.place, day): c.class_name for c in cells(figure) for day in c.days}


def assert_tidy(figure):
    boxes = text_boxes(figure)
    width, height = (side * 25.4 for side in figure.get_size_inches())
    for text, (left, bottom, right, top) in boxes:
        assert left > 8.5 and bottom > 8.5 and right < width - 8.5 and top < height - 8.5, text
    assert overlapping(boxes) == []


def test_every_day_is_drawn_once_in_its_class_and_colour():
    frame = year()
    figure = draw(frame)
    drawn = drawn_days(figure)
    assert len(drawn) == 365 == sum(len(c.days) for c in cells(figure))
    for date, name, aqi in zip(frame["date"], frame["category"], frame["aqi"], strict=True):
        assert drawn["昌吉市", date.date()] == ("无数据" if pd.isna(aqi) else name)
    colours = {c.class_name: to_hex(c.get_facecolor()[0]) for c in cells(figure)}
    assert {k: v for k, v in colours.items() if k != "无数据"} == {c.category: c.hex for c in AIR_CLASSES}
    assert {c.class_name for c in cells(figure) if c.get_hatch()} == {"无数据"}


def test_weeks_go_across_and_monday_is_on_top():
    figure = draw(days("2025-09-01", [40] * 14))
    path = next(c for c in cells(figure)).get_paths()
    corner = [p.vertices.min(axis=0) for p in path]
    assert corner[0][0] == corner[6][0] < corner[7][0] and corner[0][1] > corner[1][1] > corner[6][1]
    assert corner[0][1] == corner[7][1]
    assert texts(figure, "calendar", "weekday") == list("一二三四五六日")


def test_good_days_are_those_up_to_100_of_the_valid_ones():
    figure = draw(days("2025-06-01", [100, 50, 101, None]))
    assert texts(figure, "calendar", "rate") == ["优良 2 天 ÷ 有效 3 天 = 66.7%"]
    legend = "".join(texts(figure, "calendar", "legend"))
    assert "优 0～50（1 天）" in legend and "良 51～100（1 天）" in legend and "轻度污染 101～150（1 天）" in legend
    assert "严重污染 >300（0 天）" in legend and "无数据（1 天）" in legend


def test_a_place_without_a_valid_day_has_no_rate():
    both = pd.concat([days("2025-06-01", [None, None]), days("2025-06-01", [20, 30], place="阜康市")])
    assert texts(draw(both), "calendar", "rate") == ["没有有效日", "优良 2 天 ÷ 有效 2 天 = 100.0%"]


def test_days_that_do_not_count_are_neither_coloured_nor_counted():
    frame = days("2025-06-01", [20, 30, 120]).assign(counted=[True, False, True])
    figure = draw(frame)
    assert drawn_days(figure)["昌吉市", datetime.date(2025, 6, 2)] == "无数据"
    assert texts(figure, "calendar", "rate") == ["优良 1 天 ÷ 有效 2 天 = 50.0%"]


def test_the_counts_are_those_of_the_statistics():
    values = {name: [30.0, 60.0, 90.0, 130.0, None, 20.0] for name in DAILY} | {"co": [0.5] * 6}
    daily = grade_days(pd.DataFrame({"place": "a", "date": pd.date_range("2025-06-01", periods=6), **values}))
    span = any_period(datetime.date(2025, 6, 1), datetime.date(2025, 6, 6))
    row = build_periods(daily, [span]).days.iloc[0]
    place = read_days(daily)[0]
    assert place.parts[0].good == row["good_days"] and place.parts[0].counted == row["counted_days"]
    assert place.parts[0].rate == row["good_rate"]
    assert list(place.counts[:6]) == [row[c.category] for c in AIR_CLASSES]


def test_a_change_of_edition_has_a_thick_line_two_rates_and_a_warning():
    figure = draw(days("2026-02-27", [40, 140, 60, 110, 90]))
    assert texts(figure, "calendar", "rate") == [
        "HJ 633-2012：优良 1 天 ÷ 有效 2 天 = 50.0%", "HJ 633-2026：优良 2 天 ÷ 有效 3 天 = 66.7%",
    ]  # fmt: skip
    lines = [a for a in figure.get_children() if (a.get_gid() or "").startswith("change-")]
    assert [a.get_gid() for a in lines] == ["change-昌吉市-2026-03-01"] and lines[0].get_linewidth() == 2.0
    assert texts(figure, "calendar", "standard") == ["← HJ 633-2012", "HJ 633-2026 →"]
    assert "两段优良天数不可直接比较" in "".join(texts(figure, "note"))


def test_one_edition_is_named_and_has_no_line():
    figure = draw(days("2025-06-01", [40, 50]))
    assert "评价标准：HJ 633-2012。" in texts(figure, "note")
    assert texts(figure, "calendar", "standard") == []


def test_the_change_falls_on_its_day_even_in_a_gap():
    frame = days("2026-02-25", [40, 40, 40, 40, 40, 40, 40, 40, 40])
    frame = frame[(frame["date"] < "2026-02-27") | (frame["date"] > "2026-03-03")]
    assert read_days(frame)[0].changes == ((datetime.date(2026, 3, 1), "HJ 633-2012", "HJ 633-2026"),)
    old = days("2026-02-25", [40] * 9).assign(standard="HJ 633-2012")
    assert read_days(old.drop(index=[4, 5]))[0].changes == ()


def test_seven_counties_stand_under_one_another_with_their_counts():
    frame = pd.concat([year(place=name) for name in COUNTIES], ignore_index=True)
    figure = draw(frame)
    assert texts(figure, "calendar", "place") == list(COUNTIES)
    assert len(drawn_days(figure)) == 7 * 365
    wanted = Counter(drawn_days(figure)[COUNTIES[0], d.date()] for d in frame["date"][:365])
    shown = [int(t) for t in texts(figure, "calendar", "count")][: len(CLASS_NAMES)]
    assert shown == [wanted[name] for name in CLASS_NAMES]
    width, height = figure.get_size_inches() * 25.4
    assert width == pytest.approx(210) and height <= 297.01


@pytest.mark.parametrize(
    "frame",
    [
        year(),
        year("2025-01-01"),
        year("2023-01-01", 1096),
        year("2026-02-20", 12),
        year("2025-12-31", 1),
        pd.concat([year(place=name) for name in COUNTIES]),
        pd.concat([year("2025-01-10", 500, place=name) for name in COUNTIES[:3]]),
        pd.concat([year("2026-01-10", 70, place=name) for name in COUNTIES[:2]]),
        year(place="准东经济技术开发区五彩湾环境空气质量自动监测站（城市评价点）"),
    ],
    ids=[
        "assessment year",
        "year",
        "three years",
        "days",
        "one day",
        "seven",
        "three in parts",
        "ten weeks",
        "long name",
    ],
)
def test_nothing_leaves_the_sheet_and_no_texts_meet(frame):
    assert_tidy(draw(frame))


def test_missing_rows_and_a_longer_span_are_days_without_data():
    frame = days("2025-06-01", [40, 50, 60]).drop(index=1)
    drawn = drawn_days(draw(frame, end=datetime.date(2025, 6, 30)))
    assert len(drawn) == 30 and Counter(drawn.values()) == {"优": 1, "良": 1, "无数据": 28}


def test_title_subtitle_and_notices_are_printed():
    figure = draw(days("2025-06-01", [40]), subtitle="昌吉市城区")
    assert texts(figure, "title") == ["空气质量日历"] and texts(figure, "subtitle") == ["昌吉市城区"]
    assert texts(figure, "notice") == ["示例数据"]
    assert texts(draw(days("2025-06-01", [40, 50])), "subtitle") == ["2025年6月1日—2025年6月2日"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="aqi"), "日值表缺少列：aqi"),
        (lambda f: f.drop(columns="place"), "日值表缺少列：place"),
        (lambda f: f.iloc[:0], "日值表没有数据行"),
        (lambda f: pd.concat([f, f]), "同一天有两行"),
        (lambda f: f.assign(aqi=[40.0, 501.0]), "AQI 不对：501"),
        (lambda f: f.assign(aqi=[40.0, 60.5]), "AQI 不对：60.5"),
        (lambda f: f.assign(aqi=["40", "很好"]), "AQI 不对：很好"),
        (lambda f: f.assign(date=["2025-06-01", "昨天"]), "日期无法识别：昨天"),
        (lambda f: f.assign(category=["优", "优"]), "类别与 AQI 不符：优"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_row(change, message):
    with pytest.raises(InputError, match=message) as caught:
        draw(change(days("2025-06-01", [40, 60])))
    assert caught.value.fix


def test_two_standards_on_one_day_are_refused():
    frame = pd.concat([days("2025-06-01", [40]), days("2025-06-01", [40], "阜康市").assign(standard="HJ 633-2026")])
    with pytest.raises(InputError, match="同一天有两个评价标准：HJ 633-2012、HJ 633-2026"):
        draw(frame)


def test_a_span_without_data_too_long_or_too_many_places_is_refused():
    with pytest.raises(InputError, match="时段内没有数据"):
        draw(days("2025-06-01", [40]), start=datetime.date(2024, 1, 1), end=datetime.date(2024, 1, 5))
    with pytest.raises(InputError, match="共 1462 天"):
        draw(days("2025-06-01", [40]), start=datetime.date(2022, 1, 1), end=datetime.date(2026, 1, 1))
    with pytest.raises(InputError, match="一页放不下 30 个地方"):
        draw(pd.concat([days("2025-01-01", [40] * 365, f"站{n}") for n in range(30)]))
    with pytest.raises(InputError, match="图名是空白的"):
        draw(days("2025-06-01", [40]), title=" ")


def test_files_have_the_same_bytes_every_time_and_searchable_text(tmp_path):
    frame = year("2026-02-20", 20)
    more = {"title": "空气质量日历", "theme": THEME, "notices": ("示例数据",)}
    for end in ("png", "pdf", "svg"):
        first = write_calendar(tmp_path / f"a.{end}", frame, **more)
        assert first.read_bytes() == write_calendar(tmp_path / f"b.{end}", frame, **more).read_bytes()
    said = PdfReader(tmp_path / "a.pdf").pages[0].extract_text()
    assert "空气质量日历" in said and "HJ 633-2026" in said and "示例数据" in said
    assert "<script" not in (tmp_path / "a.svg").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="不支持的文件类型“.jpg”"):
        write_calendar(tmp_path / "a.jpg", frame, **more)


def test_the_theme_of_the_workspace_is_used_without_one(tmp_path):
    assert write_calendar(tmp_path / "a.png", days("2025-06-01", [40]), title="日历").stat().st_size > 1000


def test_years_begin_in_january_or_with_the_assessment_year_in_april():
    day = datetime.date
    assert year_spans(day(2024, 4, 1), day(2026, 3, 31)) == (
        (day(2024, 4, 1), day(2025, 3, 31)), (day(2025, 4, 1), day(2026, 3, 31)),
    )  # fmt: skip
    assert [a.isoformat() for a, _ in year_spans(day(2024, 11, 5), day(2026, 2, 1))] == [
        "2024-11-05", "2025-01-01", "2026-01-01",
    ]  # fmt: skip


@given(st.dates(datetime.date(2013, 1, 1), datetime.date(2030, 1, 1)), st.integers(0, 1000), st.integers(1, 4))
def test_years_and_runs_of_months_hold_every_day_once(start, length, count):
    end = start + datetime.timedelta(days=length)
    runs = [run for span in year_spans(start, end) for run in month_chunks(*span, count)]
    assert runs[0][0] == start and runs[-1][1] == end
    assert all((b[0] - a[1]).days == 1 for a, b in itertools.pairwise(runs))
    assert all(a <= b for a, b in runs)
