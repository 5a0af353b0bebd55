"""A value of a field, from the ledger or from any file -> its one spelling as text, so that two can be compared."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from typing import Any

from changji_geo.clues.fields import Field, choice_of
from changji_geo.clues.incoming.observed import DateTextError, parse_observed

LONGEST = 32767
"""Characters an XLSX cell holds; longer text is compared by its beginning."""

DECIMALS: Mapping[str, int] = {
    "priority": 1, "area_m2": 1, "area_mu": 2, "inside_m2": 1, "lon": 7, "lat": 7, "overdue_days": 0,
}  # fmt: skip
"""Key of a number -> decimals in files: 7 in degrees are a centimetre."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    r"""The text without what XML cannot hold; line ends are ``\n``, none and no blanks at either end.

    Examples
    --------
    >>> xml_text(" 甲\r\n乙\x07 ")
    '甲\n乙'
    """
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()[:LONGEST].rstrip()


def field_text(field: Field, value: Any) -> str:
    """The spelling by which values of a field are compared; "" for a blank.

    Parameters
    ----------
    field : Field
        Dates become ISO text where the value is a date, numbers have the decimals of `DECIMALS`, all else is cleaned text.
    value : Any
        A cell as a file or the ledger holds it: text, number, date, None, NaN.

    Examples
    --------
    >>> from changji_geo.clues.fields import field_of
    >>> field_text(field_of("deadline"), "2026年3月5日"), field_text(field_of("area_m2"), "120.04")
    ('2026-03-05', '120.0')
    """
    if _is_blank(value):
        return ""
    if field.kind == "date":
        try:
            day = parse_observed(value)
        except DateTextError:
            return xml_text(str(value))
        return "" if day is None else day.isoformat()
    if field.kind == "number":
        return _number_text(field, value)
    return choice_of(field, _plain_text(value))


def _number_text(field: Field, value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return xml_text(str(value))
    return f"{number:.{DECIMALS.get(field.key, 3)}f}"


def _plain_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return xml_text(str(value))


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value != value
