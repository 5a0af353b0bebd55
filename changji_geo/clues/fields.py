"""The fields of a clue by which tables, forms and maps speak of it: key, Chinese title, kind of value, who may write it.

A working choice of this package after common practice; no national template of the ledger has been published.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from changji_geo.errors import InputError, near_match
from changji_geo.standards.reserves import ACTIVITIES, STATUSES

FieldKind = Literal["text", "date", "number", "choice", "flag"]
"""``date``: ISO text (2026-03-15) in the ledger, a date cell in a workbook. ``choice``: one of `Field.choices`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``desk``: a person fills it in, and a form read back may change it; all others are worked out.

    ``open_choice``: other words than the choices are let through. ``unit`` is that of a number. ``also``: other names by
    which people call it.
    """

    key: str
    title: str
    kind: FieldKind = "text"
    desk: bool = False
    choices: tuple[str, ...] = ()
    open_choice: bool = False
    unit: str = ""
    width: int = 12
    also: tuple[str, ...] = ()


FIELDS: tuple[Field, ...] = (
    Field("id", "线索编号", width=14),
    Field("original_id", "原编号", width=14),
    Field("batch", "批次", width=14),
    Field("name", "名称", width=22),
    Field("status", "状态", "choice", desk=True, choices=STATUSES, width=16),
    Field("dropped", "剔除原因", width=14),
    Field("county", "县（市、区）", desk=True, width=12, also=("县市", "县市区", "所在县市")),
    Field("reserve", "保护地名称", desk=True, width=24, also=("保护地", "保护区", "保护区名称")),
    Field("zone", "功能区", desk=True, width=12),
    Field("activity", "活动类型", "choice", desk=True, choices=tuple(a.name for a in ACTIVITIES), open_choice=True),
    Field("facility", "活动设施名称", desk=True, width=18),
    Field("change", "变化类型", "choice", desk=True, choices=("新增", "规模扩大", "减少", "无变化"), open_choice=True),
    Field("priority", "优先分", "number", width=8),
    Field("area_m2", "面积（平方米）", "number", unit="平方米"),
    Field("area_mu", "面积（亩）", "number", unit="亩"),
    Field("inside_m2", "区内面积（平方米）", "number", unit="平方米"),
    Field("lon", "经度", "number", unit="度"),
    Field("lat", "纬度", "number", unit="度"),
    Field("dms", "经纬度（度分秒）", width=26),
    Field("observed", "后时相", "date"),
    Field("check_date", "核查时间", "date", desk=True),
    Field("check_result", "核查情况", "choice", desk=True, choices=("属实", "部分属实", "不属实")),
    Field("finding", "核查说明", desk=True, width=30),
    Field("built", "建设时间", "date", desk=True),
    Field("permit", "审批手续", desk=True, width=20),
    Field("measure", "整改措施", desk=True, width=30),
    Field("duty_unit", "责任单位", desk=True, width=20),
    Field("deadline", "整改时限", "date", desk=True),
    Field("progress", "整改进展", desk=True, width=30),
    Field("done_date", "整改完成时间", "date", desk=True),
    Field("overdue_days", "逾期天数", "number", unit="天", width=9),
    Field("close_date", "销号时间", "date"),
    Field("close_document", "销号文号", width=20),
    Field("remark", "备注", desk=True, width=30),
)
"""In the order of a table's columns."""

DESK_FIELDS: tuple[Field, ...] = tuple(f for f in FIELDS if f.desk and f.key != "status")
"""What a person fills in, besides the status. Keys of `changji_geo.clues.model.Clue.fields`, stored as text (dates ISO)."""

_DASHES = re.compile("[‐‑‒–—―−]+")

RESERVED_KEYS = frozenset({"imported", "buffer_m", "checks", "priority", "audit"})
"""Keys of ``Clue.fields`` that the program writes itself."""


def field_of(key_or_title: str) -> Field:
    """The field of a key (``deadline``) or a Chinese title (``整改时限``).

    Raises
    ------
    InputError
        When there is none.

    Examples
    --------
    >>> field_of("整改时限").key
    'deadline'
    """
    word = _folded(key_or_title)
    found = next((f for f in FIELDS if word in (f.key, _folded(f.title), *f.also)), None)
    if found is None:
        known = [f.title for f in DESK_FIELDS]
        raise InputError(
            f"没有字段“{key_or_title.strip()[:40]}”", expected="、".join(known), fix=near_match(word, known)
        )
    return found


def choice_of(field: Field, text: str) -> str:
    """The choice that a text means: its own spelling, whatever dashes, blanks and full-width letters were typed.

    Text that is none of the choices is given back as it is.

    Examples
    --------
    >>> choice_of(field_of("status"), "已核查 — 待整改"), choice_of(field_of("status"), "整改")
    ('已核查-待整改', '整改')
    """
    word = _folded(text)
    return next((choice for choice in field.choices if _folded(choice) == word), text)


def _folded(text: str) -> str:
    return _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", text).split()))
