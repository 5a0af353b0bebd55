"""Series: reading, writing and attaching values over time; every fault is told with its file and row."""

import dataclasses
import datetime
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.errors import LayerError
from changji_geo.moments import moment_label, moment_number, moment_text
from changji_geo.series import Series, SeriesColumn, SeriesMeta, attach_series, load_series, write_series
from tests.tiny import squares, tiny_workspace

NAN = float("nan")
META = SeriesMeta(
    "days", "逐日空气", "squares", "day",
    (
        SeriesColumn("aqi", "AQI", "number"),
        SeriesColumn("pm25", "PM2.5", "number", "微克/立方米", "日均"),
        SeriesColumn("standard", "评价标准", "text"),
    ),
    "来源", "许可", "署名", "2026-11-22", standard="standard",
)  # fmt: skip

DESCRIPTION = """\
title = "逐日空气"
layer = "squares"
step = "day"
source = "来源"
licence = "许可"
attribution = "署名"
retrieved = 2026-11-22
standard = "standard"

[[columns]]
name = "aqi"
title = "AQI"
type = "number"

[[columns]]
name = "standard"
title = "评价标准"
type = "text"
"""
HEADER = "area,time,aqi,standard\n"


@pytest.fixture
def workspace(tmp_path):
    squares(tmp_path)
    return tiny_workspace(tmp_path)


@pytest.fixture
def load(workspace):
    """Load the series ``days`` from a description and a table."""

    def call(table, description=DESCRIPTION):
        folder = workspace.roots[0] / "layers" / "series"
        folder.mkdir(exist_ok=True)
        (folder / "days.toml").write_text(description, encoding="utf-8")
        (folder / "days.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
        return load_series("days", workspace)

    return call


def made(**values):
    """Two days of two squares."""
    columns = {
        "aqi": np.array([[40.0, NAN], [120.0, 60.5]]),
        "pm25": np.array([[NAN, NAN], [75.0, 20.0]]),
        "standard": np.array([["HJ 633-2012", ""], ["HJ 633-2026", "HJ 633-2026"]], dtype=object),
    }
    return Series(META, ("east", "west"), ("2026-02-28", "2026-03-01"), columns | values)


def same(one, other):
    return (
        (one.meta, one.areas, one.times) == (other.meta, other.areas, other.times)
        and list(one.values) == list(other.values)
        and all(
            np.array_equal(v, other.values[k], equal_nan=v.dtype == float) and v.dtype == other.values[k].dtype
            for k, v in one.values.items()
        )
    )


# --- reading


def test_rows_in_any_order_become_a_complete_axis_and_missing_rows_are_no_values(load):
    found = load(HEADER + "west,2026-03-02,57.5,乙\neast,2026-02-28,40,甲\nwest,2026-02-28,,甲\n")
    assert found.areas == ("west", "east")
    assert found.times == ("2026-02-28", "2026-03-01", "2026-03-02")
    assert found.column("aqi").tolist()[2][0] == 57.5
    assert np.isnan(found.column("aqi")).tolist() == [[True, False], [True, True], [False, True]]
    assert found.column("standard").tolist() == [["甲", "甲"], ["", ""], ["乙", ""]]
    assert found.meta.retrieved == "2026-11-22" and found.meta.accuracy == "published" and not found.meta.sample


def test_dates_that_a_spreadsheet_rewrote_and_gb18030_are_read(load):
    found = load((HEADER + "west,2026/3/1,57,甲\n").encode("gb18030"))
    assert (found.times, found.column("standard").tolist()) == (("2026-03-01",), [["甲"]])


def test_the_february_of_a_leap_year_and_the_turn_of_a_year_are_on_the_axis(load):
    assert load(HEADER + "west,2024-02-28,1,\nwest,2024-03-01,1,\n").times[1] == "2024-02-29"
    months = load(HEADER + "west,2025-11,1,\nwest,2026-02,1,\n", DESCRIPTION.replace('"day"', '"month"'))
    assert months.times == ("2025-11", "2025-12", "2026-01", "2026-02")
    years = load(HEADER + "west,2024,1,\nwest,2026,1,\n", DESCRIPTION.replace('"day"', '"year"'))
    assert years.times == ("2024", "2025", "2026")


def test_a_parquet_table_is_read_where_there_is_no_csv(load, workspace):
    expected = load(HEADER + "west,2026-03-01,57,甲\neast,2026-03-01,,\n")
    folder = workspace.roots[0] / "layers" / "series"
    (folder / "days.csv").unlink()
    day = datetime.date(2026, 3, 1)
    frame = pd.DataFrame({"area": ["west", "east"], "time": [day, day], "aqi": [57.0, None], "standard": ["甲", None]})
    frame.to_parquet(folder / "days.parquet")
    assert same(load_series("days", workspace), expected)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "wset,2026-03-01,1,\n",
            "days.csv 第 2 行：图层 squares 没有要素“wset”。应为：图层列 id 中的编号。处理：是不是“west”",
        ),
        (",2026-03-01,1,\n", "days.csv 第 2 行：列“area”是空的"),
        ("west,2026-03,1,\n", "第 2 行：列“time”的取值“2026-03”不是日。应为：如 2025-04-01（step = day）"),
        ("west,2026-02-29,1,\n", "列“time”的取值“2026-02-29”不是日"),
        ("west,,1,\n", "第 2 行：列“time”是空的"),
        (
            "west,2026-03-01,1,\neast,2026-03-01,1,\nwest,2026-3-1,2,\n",
            "第 4 行：要素“west”的 2026-3-1 有两行。应为：同一要素、同一时刻只有一行。处理：与第 2 行比较后删去一行",
        ),
        ("west,2026-03-01,—,\n", "第 2 行：列“aqi”的取值“—”不是有限的数字。应为：如 35 或 -19.2"),
        ("west,2026-03-01,inf,\n", "列“aqi”的取值“inf”不是有限的数字"),
        ("west,2026-03-01,nan,\n", "列“aqi”的取值“nan”不是有限的数字"),
        ("west,2026-03-01,1_000,\n", "列“aqi”的取值“1_000”不是有限的数字"),
        ('west,2026-03-01,"1,000",\n', "列“aqi”的取值“1,000”不是有限的数字"),
        ("west,2025-03-01,1,\nwest,2052-03-01,1,\n", "第 2 行 和 第 3 行：从 2025-03-01 到 2052-03-01 有 9863 个时刻"),
        ("", "没有数据行"),
        ("west,2026-03-01,1\n", "第 2 行：列数与表头不符"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(load, rows, said):
    with pytest.raises(LayerError, match=re.escape(said)):
        load(HEADER + rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("step = ", "stpe = "), "未知的键“stpe”"),
        (('"day"', '"hour"'), "的 step：不认识的取值 “hour”"),
        (('standard = "standard"', 'standard = "aqi"'), "standard 指向“aqi”，没有这个文字列"),
        (('name = "aqi"', 'name = "value"'), "列名“value”另有用处"),
        (('name = "aqi"', 'name = "standard"'), "列“standard”声明了两次"),
        (("retrieved = 2026-11-22", 'retrieved = "去年"'), "应为：日期"),
        (('layer = "squares"', 'layer = "square"'), "没有图层“square”。处理：是不是“squares”"),
        (("standard = ", 'sha256 = "00"\nstandard = '), "数据文件与描述中的 sha256 不符"),
    ],
)
def test_a_wrong_description_is_told_with_its_key(load, change, said):
    with pytest.raises(LayerError, match=re.escape(said)):
        load(HEADER + "west,2026-03-01,1,\n", DESCRIPTION.replace(*change))


def test_a_column_that_is_not_there_and_one_that_nobody_declared(load):
    with pytest.raises(LayerError, match="缺少列“standard”"):
        load("area,time,aqi\nwest,2026-03-01,1\n")
    with pytest.raises(LayerError, match="未知的列“pm10”"):
        load("area,time,aqi,standard,pm10\nwest,2026-03-01,1,,2\n")


def test_an_unknown_series_gets_the_nearest_and_one_without_table_says_so(load, workspace):
    load(HEADER + "west,2026-03-01,1,\n")
    with pytest.raises(LayerError, match="没有时间序列“dayz”。处理：是不是“days”"):
        load_series("dayz", workspace)
    (workspace.roots[0] / "layers" / "series" / "days.csv").unlink()
    with pytest.raises(LayerError, match=r"缺少数据文件。应为：days\.csv 或 days\.parquet"):
        load_series("days", workspace)


def test_the_workspaces_series_wins_one_by_one(load, workspace, tmp_path):
    load(HEADER + "west,2026-03-01,1,\n")
    below = tmp_path / "below"
    squares(below)
    write_series(
        dataclasses.replace(made(), meta=dataclasses.replace(META, title="下面的")), below / "layers" / "series"
    )
    both = dataclasses.replace(workspace, roots=(workspace.roots[0], below, *workspace.roots[1:]))
    assert load_series("days", both).meta.title == "逐日空气"
    assert "days" in both.series_ids and "series" not in both.layer_ids


# --- writing


def test_what_is_written_is_read_back_and_looks_as_a_person_would_write_it(workspace):
    toml, table = write_series(made(), workspace.roots[0] / "layers" / "series")
    assert table.read_text(encoding="utf-8-sig").splitlines() == [
        "area,time,aqi,pm25,standard",
        "east,2026-02-28,40,,HJ 633-2012",
        "east,2026-03-01,120,75,HJ 633-2026",
        "west,2026-03-01,60.5,20,HJ 633-2026",
    ]
    assert same(load_series("days", workspace), made())
    before = toml.read_bytes(), table.read_bytes()
    write_series(made(), toml.parent)
    assert (toml.read_bytes(), table.read_bytes()) == before


def test_a_formula_is_harmless_in_a_spreadsheet_and_comes_back_as_it_was(workspace):
    texts = np.array([["=1+1", "'=1"], ["-", "@x"]], dtype=object)
    _, table = write_series(made(standard=texts), workspace.roots[0] / "layers" / "series")
    cells = [line.rpartition(",")[2] for line in table.read_text(encoding="utf-8-sig").splitlines()[1:]]
    assert cells == ["'=1+1", "'-", "''=1", "'@x"]
    assert load_series("days", workspace).column("standard").tolist() == texts.tolist()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"aqi": np.array([[1.0]])}, r"列“aqi”的形状是 \(1, 1\)。应为：形状（时刻, 要素）\(2, 2\) 的数组"),
        ({"aqi": np.array([[1.0, np.inf]] * 2)}, "列“aqi”不全是有限的数字"),
        ({"standard": np.array([["甲", None]] * 2, dtype=object)}, "列“standard”不全是文字"),
    ],
)
def test_values_that_could_not_be_read_back_are_not_written(tmp_path, wrong, said):
    with pytest.raises(LayerError, match=said):
        write_series(made(**wrong), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_axis_with_a_hole_is_not_written(tmp_path):
    with pytest.raises(LayerError, match="时刻不是按日连续的"):
        write_series(dataclasses.replace(made(), times=("2026-02-27", "2026-03-01")), tmp_path)
    with pytest.raises(LayerError, match="的 retrieved"):
        write_series(dataclasses.replace(made(), meta=dataclasses.replace(META, retrieved="昨天")), tmp_path)
    assert list(tmp_path.iterdir()) == []


numbers = st.floats(allow_infinity=False, width=64)
texts = st.text(max_size=8).map(lambda t: re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", "", t).strip())


@settings(max_examples=60)
@given(st.data())
def test_any_series_comes_back_the_same(tmp_path_factory, data):
    step = data.draw(st.sampled_from(["day", "month", "year"]))
    areas = tuple(data.draw(st.permutations(["west", "middle", "east"]))[: data.draw(st.integers(1, 3))])
    first = moment_number({"day": "2024-02-27", "month": "2024-11", "year": "2024"}[step], step)
    times = tuple(moment_text(first + i, step) for i in range(data.draw(st.integers(1, 5))))
    shape = (len(times), len(areas))

    def array(cells, kind):
        flat = np.empty(shape[0] * shape[1], dtype=kind)
        flat[:] = data.draw(st.lists(cells, min_size=flat.size, max_size=flat.size))
        return flat.reshape(shape)

    values = {"aqi": array(numbers, float), "pm25": array(numbers, float), "standard": array(texts, object)}
    series = Series(dataclasses.replace(META, step=step), areas, times, values)
    root = tmp_path_factory.mktemp("series")
    workspace = tiny_workspace(root)
    write_series(series, root / "layers" / "series")
    assert same(load_series("days", workspace, areas=("west", "middle", "east")), series)


@given(st.dates(datetime.date(1000, 1, 1)), st.sampled_from(["day", "month", "year"]))
def test_a_moments_number_and_text_are_inverse(date, step):
    text = date.isoformat()[: {"day": 10, "month": 7, "year": 4}[step]]
    assert moment_text(moment_number(text, step), step) == text


def test_a_moment_is_printed_as_people_say_it():
    assert moment_label("2026-03-01") == "2026年3月1日（周日）"
    assert (moment_label("2025-12"), moment_label("2025")) == ("2025年12月", "2025年")


# --- attaching


def test_a_moments_values_stand_beside_the_features_and_are_described(workspace):
    layer = load_layer("squares", workspace)
    joined = attach_series(layer, made(), "2026-02-28")
    assert list(joined.frame["id"]) == ["west", "middle", "east"]
    assert joined.frame["aqi"].fillna(-1).tolist() == [-1, -1, 40]
    assert joined.frame["standard"].tolist() == ["", "", "HJ 633-2012"]
    assert set(joined.frame["period"]) == {"2026年2月28日（周六）"}
    assert joined.meta.column("pm25").unit == "微克/立方米"
    assert joined.frame.columns[-1] == "geometry"
    assert "aqi" not in layer.frame.columns


def test_the_series_column_wins_over_the_layers_as_an_indicators_does(tmp_path):
    squares(tmp_path, aqi=["旧", "旧", "旧"])
    joined = attach_series(load_layer("squares", tiny_workspace(tmp_path)), made(), "2026-03-01")
    assert joined.frame["aqi"].fillna(-1).tolist() == [60.5, -1, 120]
    assert [c.type for c in joined.meta.columns if c.name == "aqi"] == ["number"]


def test_the_layers_note_says_whose_values_and_that_they_are_made_up(workspace):
    series = dataclasses.replace(made(), meta=dataclasses.replace(META, sample=True, note="随机生成。"))
    note = attach_series(load_layer("squares", workspace), series, "2026-03-01").meta.note
    assert note == "逐日空气：来源；随机生成；示例数据，不是真实数据"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-03-02", "没有 2026-03-02。应为：2026-02-28 至 2026-03-01，按日"),
        ("2026-03", "“2026-03”不是时间序列“days”的时刻。应为：日，如 2025-04-01"),
    ],
)
def test_a_moment_that_there_is_not(workspace, at, said):
    with pytest.raises(LayerError, match=said):
        attach_series(load_layer("squares", workspace), made(), at)


def test_the_series_of_another_layer_and_of_strangers_is_refused(workspace):
    layer = load_layer("squares", workspace)
    with pytest.raises(LayerError, match="时间序列“days”属于图层 counties，不属于 squares"):
        attach_series(
            layer, dataclasses.replace(made(), meta=dataclasses.replace(META, layer="counties")), "2026-03-01"
        )
    with pytest.raises(LayerError, match="没有要素“north”"):
        attach_series(layer, dataclasses.replace(made(), areas=("east", "north")), "2026-03-01")


# --- command line


def test_the_command_lists_and_shows(run, workspace):
    root = workspace.roots[0]
    write_series(dataclasses.replace(made(), meta=dataclasses.replace(META, sample=True)), root / "layers" / "series")
    code, out, err = run("series", "list", "-w", root)
    assert (code, err) == (0, "")
    assert "days\t逐日空气\tsquares\t日\taqi、pm25、standard\t示例数据\t2026-11-22" in out.splitlines()
    code, out, _ = run("series", "show", "days", "-w", root)
    assert code == 0
    lines = out.splitlines()
    assert "时段\t2026-02-28 至 2026-03-01，2 个时刻" in lines
    assert "标准\tHJ 633-2012（2026-02-28 起）；HJ 633-2026（2026-03-01 起）" in lines
    assert "数据\t示例数据，不是真实数据" in lines
    assert "aqi\tAQI\t数字\t\t\t3（75.0%）" in lines


def test_the_command_explains_a_wrong_table(run, load, workspace):
    load(HEADER + "west,2026-03-01,1,\n")
    (workspace.roots[0] / "layers" / "series" / "days.csv").write_text(HEADER + "west,2026-03-01,好,\n", "utf-8")
    code, out, err = run("series", "show", "days", "-w", workspace.roots[0])
    assert (code, out) == (2, "")
    assert "第 2 行：列“aqi”的取值“好”不是有限的数字" in err and "Traceback" not in err


# --- what only a mutation showed


def test_a_column_that_a_series_does_not_have_gets_the_nearest():
    with pytest.raises(LayerError, match="^时间序列“days”没有列“pm2”。处理：是不是“pm25”？"):
        META.column("pm2")


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ((), "时间序列 days：没有数据。应为：至少一个要素、一个时刻。"),
        (("east", "east"), "时间序列 days：列 area 有重复的编号。应为：每个要素只出现一次。"),
    ],
)
def test_no_feature_and_one_feature_twice_are_not_written(tmp_path, areas, said):
    values = {name: array[:, : len(areas)] for name, array in made().values.items()}
    with pytest.raises(LayerError) as caught:
        write_series(Series(META, areas, made().times, values), tmp_path)
    assert str(caught.value) == said
    assert list(tmp_path.iterdir()) == []


def test_a_reserved_name_is_refused_with_all_that_are(load):
    with pytest.raises(LayerError) as caught:
        load(HEADER + "west,2026-03-01,1,\n", DESCRIPTION.replace('name = "aqi"', 'name = "period"'))
    assert str(caught.value).endswith(
        "列名“period”另有用处。应为：area、time、id、name、geometry、value、accuracy、period 以外的名称。"
    )


def test_an_area_and_the_ends_of_the_time_keep_one_row_even_without_any_value(workspace):
    aqi = np.array([[NAN, NAN], [40.0, NAN], [NAN, NAN]])
    nothing = np.full((3, 2), NAN), np.full((3, 2), "", dtype=object)
    series = Series(
        META, ("east", "west"), ("2026-02-27", "2026-02-28", "2026-03-01"),
        {"aqi": aqi, "pm25": nothing[0], "standard": nothing[1]},
    )  # fmt: skip
    _, table = write_series(series, workspace.roots[0] / "layers" / "series")
    assert table.read_text(encoding="utf-8-sig").splitlines()[1:] == [
        "east,2026-02-28,40,,", "east,2026-03-01,,,", "west,2026-02-27,,,",
    ]  # fmt: skip
    assert same(load_series("days", workspace), series)


@pytest.fixture
def load_parquet(load, workspace):
    """Load the series ``days`` from a Parquet table of a frame, or from bytes that are none."""

    def call(table, **named):
        load(HEADER + "west,2026-03-01,1,\n")
        folder = workspace.roots[0] / "layers" / "series"
        (folder / "days.csv").unlink()
        if isinstance(table, bytes):
            (folder / "days.parquet").write_bytes(table)
        else:
            table.to_parquet(folder / "days.parquet")
        return load_series("days", workspace, **named)

    return call


def test_a_parquet_table_may_hold_moments_and_codes_as_numbers(load_parquet):
    day = pd.Timestamp(2026, 3, 1, 12)
    frame = pd.DataFrame({"area": [652301.0, 1.5], "time": [day, day], "aqi": [57.0, None], "standard": ["甲", "乙"]})
    found = load_parquet(frame, areas=["652301", "1.5"])
    assert (found.areas, found.times) == (("652301", "1.5"), ("2026-03-01",))
    with pytest.raises(LayerError, match=r"days\.parquet 第 2 行：列“area”是空的"):
        load_parquet(frame.assign(area=[652301.0, None]), areas=["652301"])


def test_a_parquet_table_that_is_broken_or_lacks_a_column_is_told(load_parquet):
    with pytest.raises(LayerError, match=r"days\.parquet：Parquet 已损坏或无法读取。处理：恢复原文件或重新导出"):
        load_parquet(b"PAR1")
    frame = pd.DataFrame({"area": ["west"], "time": ["2026-03-01"], "aqi": [1.0], "standart": [""]})
    said = "缺少列“standard”。应为：area、time、aqi、standard。处理：是不是“standart”？"
    with pytest.raises(LayerError, match=said):
        load_parquet(frame)
    wrong = frame.rename(columns={"standart": "standard"}).assign(aqi=[True])
    with pytest.raises(LayerError, match=r"days\.parquet 第 1 行：列“aqi”的取值“True”不是有限的数字"):
        load_parquet(wrong)


def test_four_thousand_moments_are_one_series_and_one_more_is_not(load):
    first = moment_number("2020-01-01", "day")
    rows = "west,2020-01-01,1,\nwest,{},1,\n"
    assert len(load(HEADER + rows.format(moment_text(first + 3999, "day"))).times) == 4000
    with pytest.raises(LayerError, match=r"从 2020-01-01 到 \S+ 有 4001 个时刻。应为：不超过 4000 个"):
        load(HEADER + rows.format(moment_text(first + 4000, "day")))
