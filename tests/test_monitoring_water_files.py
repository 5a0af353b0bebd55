"""A file of samples from Python: read, findings, classes, and the series of a map, without the command line."""

import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.water import class_series, classify_sections, read_water, water_findings

LONG = """昌吉州五月监测结果,,,,
断面,日期,项目,监测值,单位
三屯河渠首,2024-05-06,氨氮,400,ug/L
三屯河渠首,2024-05-06,铬（六价）,>0.3,mg/L
W1494,2024-06-06,氨氮,<0.025,mg/L
某处,2024-06-06,氨氮,0.1,mg/L
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "五月.csv"
    path.write_text(LONG, encoding="utf-8")
    return read_water(path)


def test_findings_of_a_file_name_its_rows(table):
    found = {f.code: f for f in water_findings(table, water_type="river")}
    assert found["value"].message.startswith("“三屯河渠首”2024-05-06 的铬（六价）“>0.3”超出测定上限")
    assert (found["value"].rows, found["value"].file) == ((4,), "五月.csv")
    assert (found["non-detect"].message, found["non-detect"].rows) == ("氨氮未检出 1 个，按检出限的一半计", (5,))
    assert found["mixed-units"].message == "氨氮的单位不一（mg/L、ug/L），各按自己的单位换算"
    with pytest.raises(InputError, match="没有“rivers”这一种"):
        water_findings(table, kind="rivers", water_type="river")


def test_a_refusal_names_the_row_of_the_file(table):
    broken = table.frame.copy()
    broken.loc[5, "日期"] = None
    with pytest.raises(InputError, match="第 5 行：没有日期"):
        classify_sections(broken, water_type="river")


def test_what_the_user_declares_is_a_finding(tmp_path):
    path = tmp_path / "示例.csv"
    path.write_text("断面,日期,氨氮\n甲,2024-05-06,0.1\n", encoding="utf-8")
    read = read_water(path)
    messages = [f.message for f in water_findings(read, water_type="river", units={"氨氮": "mg/L"})]
    assert messages[0] == "文件注明是示例数据，不是真实数据"
    assert messages[-1] == "单位由使用者声明：氨氮=mg/L"
    assert water_findings(read, water_type="river", units="standard")[-1].message == "单位由使用者声明：standard"


def test_classes_become_a_series_and_sections_without_a_place_are_told(table):
    classed = classify_sections(table.frame, water_type="river")
    series, strangers = class_series(classed, "water_class", source="五月.csv")
    assert (series.areas, series.times, strangers) == (("W1501", "W1494"), ("2024-05", "2024-06"), ("某处",))
    assert series.column("water_class").tolist() == [["", ""], ["", "Ⅰ"]]
    assert (series.meta.retrieved, series.meta.attribution, series.meta.sample) == (
        "2024-06-06",
        "水质：五月.csv",
        False,
    )
    with pytest.raises(InputError, match="时间序列 water_class：图层“lakes”里没有这些断面：三屯河渠首"):
        class_series(classed, "water_class", layer="lakes", source="五月.csv")
    with pytest.raises(InputError, match="表里没有断面"):
        class_series(classed.iloc[:0], "water_class", source="五月.csv")
