"""Trophic index of a table of lakes: units, missing and unusable inputs, labels."""

import datetime

import pandas as pd
import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.water.lakes import rate_lakes
from changji_geo.standards.trophic import trophic_index

DAY = datetime.date(2024, 7, 1)
FULL = {"叶绿素a(μg/L)": 20.0, "总磷(mg/L)": 0.08, "总氮(mg/L)": 1.5, "透明度(cm)": 60, "高锰酸盐指数(mg/L)": 5.0}


def one(*, missing="refuse", non_detect="half", **items):
    table = pd.DataFrame({"湖库": ["甲"], **{k: [v] for k, v in items.items()}})
    return rate_lakes(table, date=DAY, missing=missing, non_detect=non_detect).iloc[0]


def test_a_table_gives_what_the_formula_gives():
    row = one(**FULL)
    wanted = trophic_index({"chla": 20, "tp_lake": 0.08, "tn": 1.5, "sd": 0.6, "codmn": 5}, date=DAY)
    assert (row["tli"], row["trophic_class"], row["tli_sd"]) == (wanted.value, "轻度富营养", wanted.parts["sd"])
    assert (row["standard"], row["notes"], bool(row["renormalised"])) == ("总站生字〔2001〕090号", "", False)
    assert "叶绿素a的系数未核对" in row["evidence"]


def test_a_missing_input_leaves_it_empty_or_is_labelled():
    items = {k: v for k, v in FULL.items() if "叶绿素" not in k}
    row = one(**items)
    assert pd.isna(row["tli"]) and (row["missing"], row["notes"]) == ("叶绿素a", "五项不全，不计算")
    row = one(missing="renormalise", **items)
    assert bool(row["renormalised"]) and row["notes"] == "缺叶绿素a，其余权重归一，不是规定的方法"


def test_an_unusable_value_is_not_renormalised_away():
    row = one(missing="renormalise", **FULL | {"总氮(mg/L)": "坏"})
    assert pd.isna(row["tli"]) and (row["unusable"], row["notes"]) == (
        "总氮（湖、库）“坏”不是数字",
        "有不能用的值，不计算",
    )


def test_zero_has_no_logarithm():
    assert one(**FULL | {"总磷(mg/L)": 0})["unusable"] == "总磷（湖、库）为零，不能取对数"
    assert one(non_detect="zero", **FULL | {"总磷(mg/L)": "<0.01"})["unusable"] == "总磷（湖、库）为零，不能取对数"
    assert one(**FULL | {"总磷(mg/L)": "<0.01"})["notes"] == "未检出按检出限的一半计"


def test_a_river_has_no_trophic_index():
    table = pd.DataFrame({"断面": ["甲"], "水体类型": ["河流"], "总磷(mg/L)": [0.1]})
    with pytest.raises(InputError, match="“甲”：是河流，没有综合营养状态指数"):
        rate_lakes(table, date=DAY)
    with pytest.raises(InputError, match="缺项的处理“skip”不存在"):
        one(missing="skip", **FULL)
