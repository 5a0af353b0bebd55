"""Cells of a table -> text for a reader: labels, popup rows, categories. Plain text in, plain text out, never markup."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from changji_geo.classify import format_number
from changji_geo.errors import LayerError, SpecError, near_match
from changji_geo.layer_description import LayerMeta
from changji_geo.scene_model import PopupRow
from changji_geo.types import ACCURACY_ZH

MISSING_TEXT = "无数据"
LABEL_LIMIT = 60
NAME_LIMIT = 300

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_FIELD = re.compile(r"\{([^{}]*)\}")

ATTACHED_CAPTIONS = {"value": "数值", "unit": "单位", "period": "时段", "source": "资料来源", "quote": "原文"}
"""Captions of the columns that attaching an indicator adds."""


def clean_text(value: object) -> str:
    """Text of a cell without control characters, line separators or direction overrides."""
    return _CONTROL.sub(" ", str(value)).strip()


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, or blank text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return bool(isinstance(value, float) and math.isnan(value)) or type(value).__name__ in ("NaTType", "NAType")


def cell_text(value: object, *, unit: str = "") -> str:
    """A cell as a reader expects it: numbers formatted with their unit, yes/no, dates as written, "无数据" for nothing."""
    if is_missing(value):
        return MISSING_TEXT
    if type(value).__name__ in ("bool", "bool_"):
        return "是" if value else "否"
    if hasattr(value, "__float__") and not isinstance(value, str):
        text = format_number(float(value))
    elif hasattr(value, "isoformat"):
        text = str(value)[:10] if str(value).endswith("00:00:00") else str(value)
    else:
        text = clean_text(value)
    return f"{text} {unit}" if unit else text


def name_text(value: object, feature_id: object, *, where: str) -> str:
    """A feature's name as a reader expects it; raises `LayerError` when it is longer than 300 characters."""
    name = cell_text(value)
    if len(name) > NAME_LIMIT:
        raise LayerError(
            f"名称有 {len(name)} 个字，过长（“{name[:20]}…”）",
            where=f"{where} 的要素 {str(feature_id)[:40]}",
            expected=f"不超过 {NAME_LIMIT} 个字",
            fix="缩短该要素的名称",
        )
    return name


def require_columns(columns: Sequence[str], available: Sequence[str], *, where: str, key: str) -> None:
    """Raise `SpecError` naming the first column that the layer does not have."""
    for column in columns:
        if column not in available or column == "geometry":
            names = [c for c in available if c != "geometry"]
            raise SpecError(f"图层没有列“{column}”", where=f"{where} 的 {key}", fix=near_match(column, names))


def label_columns(template: str) -> list[str]:
    """The columns that a label's template names; none of ""."""
    return _FIELD.findall(_braced(template)) if template else []


def _braced(template: str) -> str:
    return template if "{" in template else "{" + template + "}"


def label_maker(template: str, columns: Sequence[str], *, where: str) -> Callable[[Mapping[str, Any]], str]:
    r"""From ``"name"`` or ``"{name}\n{value} {unit}"`` to a function of a row.

    A line becomes "无数据" when all of its fields, or its ``value``, are missing.

    Raises
    ------
    SpecError
        A column that does not exist.
    LayerError
        (From the returned function) a label longer than 60 characters.
    """
    text = _braced(template)
    if set("{}") & set(_FIELD.sub("", text)):
        raise SpecError(
            f"花括号没有配对：“{template[:40]}”", where=f"{where} 的 label", expected="列名，或 {列名} 与文字的组合"
        )
    require_columns(_FIELD.findall(text), columns, where=where, key="label")
    lines = text.split("\n")

    def make(row: Mapping[str, Any]) -> str:
        out = []
        for line in lines:
            fields = _FIELD.findall(line)
            nothing = bool(fields) and all(is_missing(row[f]) for f in fields)
            if nothing or ("value" in fields and is_missing(row["value"])):
                out.append(MISSING_TEXT)
            else:
                out.append(_FIELD.sub(lambda m: "" if is_missing(row[m[1]]) else cell_text(row[m[1]]), line).strip())
        label = "\n".join(out)
        if len(label) > LABEL_LIMIT:
            raise LayerError(
                f"标注有 {len(label)} 个字，过长（“{label[:20]}…”）",
                where=f"{where} 的要素 {row.get('id')}",
                expected=f"不超过 {LABEL_LIMIT} 个字",
                fix="换一列作标注，或缩短该要素的名称",
            )
        return label

    return make


def popup_maker(
    columns: Sequence[str],
    available: Sequence[str],
    meta: LayerMeta,
    *,
    value_caption: str,
    where: str,
) -> Callable[[Mapping[str, Any]], tuple[PopupRow, ...]]:
    """A function of a row that gives its popup lines.

    Captions come from the layer's column titles; a number carries its column's unit, the attached value its indicator's.
    A row about accuracy is added when the layer or the row is not surveyed or published.

    Raises
    ------
    SpecError
        A column that does not exist.
    """
    require_columns(columns, available, where=where, key="popup")
    described = {column.name: column for column in meta.columns}

    def caption(name: str) -> str:
        if name == "value":
            return value_caption
        if name in described:
            return described[name].title
        return ATTACHED_CAPTIONS.get(name, name)

    def make(row: Mapping[str, Any]) -> tuple[PopupRow, ...]:
        rows = []
        accuracy = row.get("accuracy") or meta.accuracy
        for name in columns:
            if name == "accuracy" and accuracy == "schematic":
                continue  # the warning below says more
            unit = str(row.get("unit") or "") if name == "value" else described[name].unit if name in described else ""
            value = ACCURACY_ZH.get(row[name], row[name]) if name == "accuracy" else row[name]
            rows.append(PopupRow(clean_text(caption(name)), cell_text(value, unit=unit)))
        if accuracy == "schematic":
            rows.append(PopupRow("精度", "示意，不作为执法依据"))
        elif accuracy == "approximate" and "accuracy" not in columns:
            rows.append(PopupRow("精度", "近似位置，待核实"))
        return tuple(rows)

    return make
