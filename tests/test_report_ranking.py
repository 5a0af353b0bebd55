"""The ranking as a figure: order, ties, missing values, arrows by what is better, bars of classes, same bytes."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from pypdf import PdfReader
from static_scenes import THEME
from test_report_calendar import assert_tidy
from test_static import texts

from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.comparing import rank_places
from changji_geo.render.sheet.paper import PageText
from changji_geo.report.figures.rank_columns import CATEGORIES, COLUMNS, RankColumn, ranked_column, telling
from changji_geo.report.figures.ranking import draw_ranking, write_ranking
from changji_geo.standards.air import AIR_CLASSES


def table(**more):
    """Four counties: two tie, one has no value."""
    columns = {
        "place": ["昌吉市", "阜康市", "奇台县", "木垒哈萨克自治县"], "period": "2025", "label": "2025年", "part": "全段",
        "composite_index": [4.12, 3.05, 4.12, float("nan")], "composite_index_change": [-0.2, 0.13, 0.0, float("nan")],
        "good_rate": [80.1, 79.0, 75.5, 60.0], "good_rate_change": [1.5, -2.5, 0.0, float("nan")],
        "reason": ["", "", "", "PM10 的有效日不足"], "document": "环办〔2014〕64号",
    }  # fmt: skip
    return rank_places(pd.DataFrame({**columns, **more}), "composite_index")


def draw(frame, **more):
    return draw_ranking(frame, **{"title": "综合指数排名", "theme": THEME, "notices": ("示例数据",), **more})


def cells(figure, name):
    return texts(figure, "ranking", "cell", name)


def colour(figure, name, text):
    found = (t for t in figure.get_children() if isinstance(t, PageText) and t.role == ("ranking", "cell", name))
    return next(to_hex(t.get_color()) for t in found if t.get_text() == text)


def test_places_stand_in_order_with_ties_marked_and_missing_ones_last():
    figure = draw(table())
    assert texts(figure, "ranking", "place") == ["阜康市", "奇台县", "昌吉市", "木垒哈萨克自治县"]
    assert texts(figure, "ranking", "rank") == ["1", "2", "2", "—"]
    assert texts(figure, "ranking", "tied") == ["并列", "并列"]
    assert cells(figure, "composite_index") == ["3.05", "4.12", "4.12", "—"]
    assert "木垒哈萨克自治县没有名次：PM10 的有效日不足。" in texts(figure, "note")
    assert "依据：环办〔2014〕64号。" in texts(figure, "note")


def test_a_fall_of_the_index_is_better_and_a_fall_of_the_good_rate_worse():
    figure = draw(table())
    assert cells(figure, "composite_index_change") == ["↑0.13", "持平", "↓0.20", "—"]
    assert cells(figure, "good_rate_change") == ["↓2.5", "持平", "↑1.5", "—"]
    green, red = "#1a7f4b", "#b3261e"
    assert colour(figure, "composite_index_change", "↑0.13") == red == colour(figure, "good_rate_change", "↓2.5")
    assert colour(figure, "composite_index_change", "↓0.20") == green == colour(figure, "good_rate_change", "↑1.5")


def test_the_ranked_column_comes_first_and_its_order_is_told():
    by_rate = rank_places(table().drop(columns="rank"), "good_rate", ascending=False)
    figure = draw(by_rate)
    heads = texts(figure, "ranking", "head")
    assert heads.index("优良率") < heads.index("综合指数")
    assert texts(figure, "note")[0] == "名次按优良率，数值大的在前；数值相同名次并列，其后名次空出。"
    assert texts(draw(table()), "note")[0].startswith("名次按综合指数，数值小的在前")


def test_a_value_without_a_rank_is_a_dash():
    frame = rank_places(table(valid=[True, True, False, True]).drop(columns="rank"), "good_rate", ascending=False)
    assert cells(draw(frame, by="good_rate"), "good_rate") == ["80.1", "79.0", "60.0", "—"]


def test_values_that_differ_are_printed_with_the_decimals_that_tell_them_apart():
    frame = table(pm2_5=[49.81, 50.2, 51.0, 52.0]).drop(columns="rank")
    figure = draw(rank_places(frame, "pm2_5"), by="pm2_5")
    assert cells(figure, "pm2_5") == ["49.8", "50.2", "51.0", "52.0"]
    assert telling(COLUMNS["pm2_5"], [pd.DataFrame({"rank": [1, 1], "pm2_5": [50.0, 50.0]})]).decimals == 0


def test_days_of_the_classes_are_a_bar_in_their_colours():
    counts = dict(zip(CATEGORIES, ([10, 0, 0, 0], [80, 90, 100, 0], 5, 3, 1, 0), strict=False))
    frame = table(**counts)
    figure = draw(frame)
    fills = [
        to_hex(a.get_facecolor()) for a in figure.get_children() if hasattr(a, "get_path") and a.get_linewidth() == 0.25
    ]
    expected = {c.hex for c in AIR_CLASSES}
    assert expected <= set(fills)
    assert texts(figure, "ranking", "days", "良") == ["90", "100", "80"]
    assert texts(figure, "ranking", "legend") == list(CATEGORIES)


def test_parts_of_a_period_stand_in_groups_with_the_warning():
    both = pd.concat(
        [
            table().drop(columns="rank").assign(part="HJ 633-2012 段", note=""),
            table().drop(columns="rank").assign(part="HJ 633-2026 段", note="两版标准的优良天数不可直接比较"),
        ]
    )
    figure = draw(rank_places(both, "composite_index"))
    assert texts(figure, "ranking", "group") == ["2025年　HJ 633-2012 段", "2025年　HJ 633-2026 段"]
    assert texts(figure, "ranking", "rank") == ["1", "2", "2", "—"] * 2
    assert "两版标准的优良天数不可直接比较。" in texts(figure, "note")
    assert_tidy(figure)


def test_the_ranked_column_is_found_from_the_ranks():
    assert ranked_column(table(), ["period", "part"]) == "composite_index"
    by_rate = rank_places(table().drop(columns="rank"), "good_rate", ascending=False)
    assert ranked_column(by_rate, ["period", "part"]) == "good_rate"
    assert ranked_column(pd.DataFrame({"rank": [1, 2], "good_rate": [10.0, 20.0]}), []) == ""


@pytest.mark.parametrize("count", [1, 7, 34])
def test_nothing_leaves_the_sheet_and_no_texts_meet(count):
    names = [f"第{n}号环境空气自动监测站" for n in range(count)]
    columns = {"place": names, "period": "2025", "part": "全段", "composite_index": [n / 7 for n in range(count)]}
    classes = {name: [40 + n for n in range(count)] for name in CATEGORIES}
    frame = pd.DataFrame(
        {**columns, **classes, "good_rate": 81.5, "good_days": 300, "heavy_days": 3, "largest": "PM2.5"}
    )
    assert_tidy(draw(rank_places(frame, "composite_index"), subtitle="2025年1月1日—12月31日"))


def test_columns_that_do_not_fit_are_left_out():
    more = {name: [11.0, 22.0, 33.0, 44.0] for name in COLUMNS if name.endswith("_percentile")}
    figure = draw(table(**more))
    assert_tidy(figure)
    assert cells(figure, "composite_index") and not cells(figure, "o3_8h_percentile")


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda f: f.drop(columns="rank"), {}, "排名表缺少列：rank"),
        (lambda f: f.iloc[:0], {}, "排名表没有数据行"),
        (lambda f: f, {"by": "composit_index"}, "没有可画的列“composit_index”"),
        (lambda f: f[["rank", "place"]], {}, "看不出按哪一列排的名次"),
        (
            lambda f: pd.concat([f] * 40).assign(rank=1, composite_index=3.0),
            {"by": "composite_index"},
            "一页放不下 160 行",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, more, message):
    with pytest.raises(InputError, match=message):
        draw(change(table()), **more)


def test_numbers_are_written_with_their_decimals():
    column = RankColumn("x", "X", decimals=1)
    assert [column.text(v) for v in (1234.56, -0.04, None, float("nan"), pd.NA)] == [
        "1\u2009234.6",
        "0.0",
        "—",
        "—",
        "—",
    ]
    change = RankColumn("x_change", "同比", decimals=1, better="low", change=True)
    assert [change.improved(v) for v in (-1, 1, 0, 0.01, None)] == [True, False, None, None, None]


def test_files_have_the_same_bytes_every_time_and_searchable_text(tmp_path):
    more = {"title": "综合指数排名", "theme": THEME, "notices": ("示例数据",)}
    for end in ("png", "pdf", "svg"):
        first = write_ranking(tmp_path / f"a.{end}", table(), **more)
        assert first.read_bytes() == write_ranking(tmp_path / f"b.{end}", table(), **more).read_bytes()
    said = PdfReader(tmp_path / "a.pdf").pages[0].extract_text()
    assert "木垒哈萨克自治县" in said and "4.12" in said and "示例数据" in said
    with pytest.raises(InputError, match="不支持的文件类型"):
        write_ranking(tmp_path / "a.docx", table(), **more)
