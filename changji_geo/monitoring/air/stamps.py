"""Texts of time stamps -> hours since 1970-01-01 00:00 Beijing time; the stamp is the end of its hour."""

from __future__ import annotations

import datetime
import re
import unicodedata

_DATE = r"(?P<y>20\d\d)(?:[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?|(?P<m2>\d\d)(?P<d2>\d\d))"
_CLOCK = r"(?:[T\s]*(?P<h>\d{1,2})(?:[:时点](?P<min>\d{1,2})?(?:[:分](?P<s>\d{1,2})(?:\.0+)?秒?)?分?)?)?"
_BEIJING = r"北京时间|BEIJING|BJT|ASIA/SHANGHAI"
_ZONE = rf"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{{1,2}}(?::?\d\d)?|{_BEIJING})?"
_STAMP = re.compile(_DATE + _CLOCK + _ZONE, re.IGNORECASE)

BEIJING_MINUTES = 480
_EPOCH = datetime.date(1970, 1, 1)


def parse_stamp(text: str) -> tuple[int | None, int | None]:
    """Read one time stamp.

    Parameters
    ----------
    text : str
        ``2022-01-01T13:00:00``, ``2022/1/1 13:00``, ``2022-01-01 24:00`` (midnight after that day), ``2022010113``,
        ``2022年1月1日13时``; an offset behind it (``Z``, ``+08:00``) counts.

    Returns
    -------
    hour : int or None
        Hours since 1970-01-01 00:00 of Beijing; None where the text is no full hour of a day of 2000 .. 2099.
    offset : int or None
        Minutes east of Greenwich when the text states them.

    Examples
    --------
    >>> parse_stamp("2022-01-01T00:00:00") == parse_stamp("2021-12-31 24:00")
    True
    >>> parse_stamp("2021-12-31T16:00:00Z")[0] == parse_stamp("2022-01-01 00:00")[0]
    True
    >>> parse_stamp("2022-01-01 13:30"), parse_stamp("2022-01-01"), parse_stamp("2022-02-30 01:00")
    ((None, None), (None, None), (None, None))
    """
    found = _STAMP.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or found["h"] is None:
        return None, None
    if int(found["min"] or 0) or int(found["s"] or 0) or int(found["h"]) > 24:
        return None, None
    try:
        day = datetime.date(int(found["y"]), int(found["m"] or found["m2"]), int(found["d"] or found["d2"]))
    except ValueError:
        return None, None
    offset = _offset(found["zone"])
    minutes = 0 if offset is None else BEIJING_MINUTES - offset
    if minutes % 60:
        return None, offset
    return (day - _EPOCH).days * 24 + int(found["h"]) + minutes // 60, offset


def _offset(zone: str | None) -> int | None:
    if not zone:
        return None
    if re.fullmatch(_BEIJING, zone, flags=re.IGNORECASE):
        return BEIJING_MINUTES
    plain = re.sub(r"UTC|GMT", "", zone, flags=re.IGNORECASE)
    if plain in ("", "Z", "z"):
        return 0
    digits = plain[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return (hours * 60 + minutes) * (-1 if plain[0] == "-" else 1)


def hour_text(hour: int) -> str:
    """An hour number as ``2022-01-01 13:00``.

    Examples
    --------
    >>> hour_text(parse_stamp("2022010113")[0])
    '2022-01-01 13:00'
    """
    return (datetime.datetime.combine(_EPOCH, datetime.time()) + datetime.timedelta(hours=hour)).strftime(
        "%Y-%m-%d %H:%M"
    )


def day_of_hour(hour: int) -> datetime.date:
    """The day an hour belongs to: that of its beginning, so 00:00 closes the day before.

    Examples
    --------
    >>> day_of_hour(parse_stamp("2022-01-01 00:00")[0]), day_of_hour(parse_stamp("2022-01-01 01:00")[0])
    (datetime.date(2021, 12, 31), datetime.date(2022, 1, 1))
    """
    return _EPOCH + datetime.timedelta(days=(hour - 1) // 24)
