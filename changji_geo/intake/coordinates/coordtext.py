"""One cell's text -> an angle, a metre value or a pair of coordinates; whatever is ambiguous is refused with a reason.

Staff write 87°18′30″E, 东经87度18分30秒, 87 18 30, 87-18-30, 871830, 87°18.5′, full-width or half-width, with every kind of
quote for prime. All spellings are first brought to one (`changji_geo.intake.coordinates.plaintext`), then matched whole. Nothing here knows rows,
columns or reference systems: that is `changji_geo.intake.coordinates.placing`; vertex lists are in `changji_geo.intake.coordinates.shapetext`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from changji_geo.errors import InputError
from changji_geo.intake.coordinates.plaintext import filled_text, shown

Axis = Literal["lon", "lat"]
Unit = Literal["degrees", "metres"]
Packed = Literal["dd.mmss"]
"""``87.1830`` meaning 87°18′30″: a habit of field calculators that cannot be told from decimal degrees, so it is only
read when asked for."""


class CoordinateTextError(InputError):
    """A cell that is not a coordinate, or could be two different ones; the message is about the cell alone."""


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle in degrees, west and south negative.

    ``axis`` is what the text itself says (东经, E, 北纬, N ...), None when it says nothing. ``resolution`` is one unit of the
    last digit written, in degrees: 1/3600 for whole seconds.
    """

    degrees: float
    axis: Axis | None = None
    resolution: float = 0.0


@dataclass(frozen=True, slots=True)
class Metres:
    """A projected coordinate in metres; ``label`` is the X or Y the cell names it by, "" when it has none."""

    value: float
    label: Literal["X", "Y", ""] = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two coordinates of one cell, in the order written, or by their labels where they have some.

    ``labelled``: the text says which is the longitude (E/N, 经度/纬度), so ``x`` is it. X= and Y= only give the order: X is the
    northing of a survey or the easting of a GIS, which the caller decides by magnitude.
    """

    x: float
    y: float
    unit: Unit
    labelled: bool = False
    resolution: float = 0.0


NOT_FILLED = "没有填写坐标"
"""The problem of a blank cell."""

NUMBER = r"\d+(?:\.\d*)?|\.\d+"
"""A number without sign, as a regular expression."""

_BODY = rf"""
    [-+]?\s*(?:{NUMBER})\s*°\s*(?:(?:{NUMBER})\s*(?:'\s*(?:(?:{NUMBER})\s*"?)?)?)?   # 87°18'30"
  | [-+]?\d+(?:\s*:\s*\d+(?:\.\d*)?){{1,2}}                                             # 87:18:30
  | \d+-\d+(?:\.\d*)?(?:-\d+(?:\.\d*)?)?(?![\d-])                                       # 87-18-30
  | [-+]?\s*(?:{NUMBER})
"""
_SPACED = re.compile(rf"([EWNSλφ]?\s*[-+]?\d+) (\d+) ({NUMBER})(\s*[EWNS]?)", re.I)
_DECIMAL_COMMA = re.compile(r"(.*\d),(\d{4,}|\d+(?=\"))(.*)")  # with three digits it may be the thousands'
_TOKEN = re.compile(rf"(?P<before>[EWNSλφ])\s*(?P<a>{_BODY})|(?P<b>{_BODY})\s*(?P<after>[EWNS])?", re.X | re.I)
_GAPS = re.compile(r"[\s,;/|()\[\]]*")
_SCIENTIFIC = re.compile(r"\d[eE]\+\d|^\d(?:\.\d+)?e\d+$")
_METRES = re.compile(
    r"(?P<label>[XYNE](?=\s*[-+\d]))?\s*(?P<sign>[-+])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?)"
    r"\s*(?:m|米|公尺)?",
    re.I,
)
_AXES: dict[str, tuple[Axis, int]] = {"E": ("lon", 1), "W": ("lon", -1), "N": ("lat", 1), "S": ("lat", -1)}
_AXES |= {"Λ": ("lon", 0), "Φ": ("lat", 0)}
_AXIS_ZH = {"lon": "经度", "lat": "纬度"}


def parse_angle(cell: object, *, packed: Packed | None = None) -> Angle:
    """One longitude or latitude in any common spelling.

    Parameters
    ----------
    cell : str, int or float
        Decimal degrees (87.3083), degrees-minutes-seconds with marks, words, spaces, dashes or colons, degrees with decimal
        minutes (87°18.5′), or packed DDDMMSS[.ss] (871830), which is read only because no angle has 871830 degrees.
    packed : "dd.mmss", optional
        Read a plain number as degrees.minutes-seconds: 87.1830 is 87°18′30″.

    Returns
    -------
    Angle

    Raises
    ------
    CoordinateTextError
        When the cell is blank, is no angle, has 60 or more minutes or seconds, lies beyond ±180° (latitudes ±90°), or can be
        read in two ways: ``87 18`` (two numbers: 87°18′ or a pair?), ``87,308`` (decimal or thousands comma?).

    Examples
    --------
    >>> parse_angle("87°18′30″E").degrees == 87 + 18 / 60 + 30 / 3600
    True
    >>> parse_angle("北纬44度0.6分").axis, parse_angle("871830").degrees == parse_angle("87 18 30").degrees
    ('lat', True)
    >>> parse_angle("87°61′30″E")
    Traceback (most recent call last):
    ...
    changji_geo.intake.coordinates.coordtext.CoordinateTextError: “87°61′30″E”的分是 61，应小于 60。
    """
    text = filled_text(cell)
    if not text:
        raise CoordinateTextError(NOT_FILLED)
    if spaced := " " in text and _SPACED.fullmatch(text):
        text = "{}°{}'{}\"{}".format(*spaced.groups())
    elif comma := text.count(",") == 1 and _DECIMAL_COMMA.fullmatch(text):
        text = "{}.{}{}".format(*comma.groups())
    match = _TOKEN.fullmatch(text)
    if not match:
        raise CoordinateTextError(_why_no_angle(cell, text))
    return _angle(match, cell, packed)


def parse_metres(cell: object) -> Metres:
    """One projected coordinate: ``29512345.67``, ``4,876,543.21``, ``29512345.67米``, ``X=4876543.2``.

    Raises
    ------
    CoordinateTextError
        When the cell is blank or is no single number.

    Examples
    --------
    >>> parse_metres("X＝４，８７６，５４３．２１米")
    Metres(value=4876543.21, label='X')
    """
    text = filled_text(cell)
    if not text:
        raise CoordinateTextError(NOT_FILLED)
    if _SCIENTIFIC.search(text):
        raise CoordinateTextError(_lost_digits(cell))
    match = _METRES.fullmatch(text)
    if not match:
        raise CoordinateTextError(f"“{shown(cell)}”不是以米为单位的坐标")
    label = {"X": "X", "N": "X", "Y": "Y", "E": "Y"}.get((match["label"] or "").upper(), "")
    value = float(match["digits"].replace(",", ""))
    return Metres(-value if match["sign"] == "-" else value, label)  # type: ignore[arg-type]


def parse_pair(cell: object, *, packed: Packed | None = None) -> Pair:
    """Both coordinates from one cell.

    Parameters
    ----------
    cell : str
        ``87.3, 44.0``, ``E87°18′30″ N44°00′36″``, ``东经…，北纬…``, ``[87.3, 44.0]``, ``POINT (87.3 44.0)``, ``87 18 30 44 00 36``,
        ``29512345.6, 4876543.2``, ``X=4876543.2 Y=29512345.6``.
    packed : "dd.mmss", optional
        As in `parse_angle`.

    Raises
    ------
    CoordinateTextError
        When there are not exactly two coordinates, or each fails as in `parse_angle`.

    Examples
    --------
    >>> parse_pair("北纬44°00′36″，东经87°18′00″")
    Pair(x=87.3, y=44.01, unit='degrees', labelled=True, resolution=0.0002777777777777778)
    >>> parse_pair("29512345.6 4876543.2").unit
    'metres'
    """
    text = filled_text(cell).strip("()[]{} ")
    if not text:
        raise CoordinateTextError(NOT_FILLED)
    text = re.sub(r"^(?:POINT)\s*Z?\s*\(\s*", "", text, flags=re.I)
    if _SCIENTIFIC.search(text):
        raise CoordinateTextError(_lost_digits(cell))
    metres = _metre_pair(text)
    if metres:
        return metres
    tokens = tokens_of(text)
    if tokens is not None and len(tokens) in (4, 6) and all(is_plain(t) for t in tokens) and "," not in text:
        half = len(tokens) // 2
        marks = "°'\""[:half]
        numbers = [t["b"] for t in tokens]
        joined = ["".join(map("".join, zip(part, marks, strict=True))) for part in (numbers[:half], numbers[half:])]
        tokens = [m for part in joined if (m := _TOKEN.fullmatch(part))]
    if tokens is None or len(tokens) != 2:
        count = "" if tokens is None else f"（读出 {len(tokens)} 个数）"
        raise CoordinateTextError(f"“{shown(cell)}”不是一对坐标{count}")
    return _pair_of(tokens[0], tokens[1], cell, packed)


def _angle(match: re.Match[str], cell: object, packed: Packed | None) -> Angle:
    letter = (match["before"] or match["after"] or "").upper()
    axis, side = _AXES.get(letter, (None, 0))
    body = (match["a"] or match["b"]).replace(" ", "")
    negative = body.startswith("-")
    if negative and side:
        raise CoordinateTextError(f"“{shown(cell)}”既有负号又有方向，无法判断东西（南北）")
    parts = [p for p in re.split(r"[°'\":-]", body.lstrip("+-")) if p]
    plain = is_plain(match) and len(parts) == 1
    if plain and packed == "dd.mmss":
        whole, _, fraction = parts[0].partition(".")
        fraction = fraction.ljust(4, "0")
        parts = [whole, fraction[:2], f"{fraction[2:4]}.{fraction[4:]}".rstrip(".")]
    elif plain and float(parts[0]) > 180.0:
        whole, _, fraction = parts[0].partition(".")
        if len(whole) not in (6, 7):
            raise CoordinateTextError(f"“{shown(cell)}”超出 ±180 度，也不是度分秒连写（如 871830）")
        parts = [whole[:-4], whole[-4:-2], whole[-2:] + (f".{fraction}" if fraction else "")]
    values = [float(p) for p in parts]
    for name, upper, lower in (("度", 0, 1), ("分", 1, 2)):
        if len(parts) > lower and not values[upper].is_integer():
            raise CoordinateTextError(f"“{shown(cell)}”的{name}是小数，后面不应再有{'分' if lower == 1 else '秒'}")
    for name, value in zip("分秒", values[1:], strict=False):
        if value >= 60.0:
            raise CoordinateTextError(f"“{shown(cell)}”的{name}是 {value:g}，应小于 60")
    degrees = sum(value / 60**place for place, value in enumerate(values))
    limit = 90.0 if axis == "lat" else 180.0
    if degrees > limit:
        raise CoordinateTextError(
            f"“{shown(cell)}”是 {degrees:g} 度，{_AXIS_ZH.get(axis or '', '角度')}应在 ±{limit:g} 度以内"
        )
    digits = len(parts[-1].partition(".")[2])
    resolution = 10.0**-digits / 60 ** (len(parts) - 1)
    return Angle(-degrees if negative or side < 0 else degrees, axis, resolution)


def is_plain(token: re.Match[str]) -> bool:
    """A bare number without marks, letters or labels."""
    return token["b"] is not None and re.fullmatch(rf"[-+]?\s*(?:{NUMBER})", token["b"]) is not None


def tokens_of(text: str) -> list[re.Match[str]] | None:
    """The coordinates of a text, None when anything but separators stands between them."""
    found, end = [], 0
    for match in _TOKEN.finditer(text):
        if not _GAPS.fullmatch(text, end, match.start()):
            return None
        found.append(match)
        end = match.end()
    return found if _GAPS.fullmatch(text, end) else None


def _pair_of(first: re.Match[str], second: re.Match[str], cell: object, packed: Packed | None) -> Pair:
    if packed is None and is_plain(first) and is_plain(second):
        values = [float(t["b"].replace(" ", "")) for t in (first, second)]
        if max(map(abs, values)) > 180.0 and not both_packed(values):
            return Pair(values[0], values[1], "metres")
    one, two = _angle(first, cell, packed), _angle(second, cell, packed)
    if one.axis and one.axis == two.axis:
        raise CoordinateTextError(f"“{shown(cell)}”的两个数都是{_AXIS_ZH[one.axis]}")
    if one.axis == "lat" or two.axis == "lon":
        one, two = two, one
    resolution = max(one.resolution, two.resolution)
    return Pair(one.degrees, two.degrees, "degrees", bool(one.axis or two.axis), resolution)


def both_packed(values: list[float]) -> bool:
    """871830, 440036: neither can be a northing here (seven digits), so they are packed degrees if they can be read so."""
    low, high = sorted(values)
    return (
        30_000 <= low < 550_000 and 730_000 <= high < 1_370_000 and all(v // 100 % 100 < 60 > v % 100 for v in values)
    )


def _metre_pair(text: str) -> Pair | None:
    """``X=…, Y=…``, or two numbers with thousands commas or the unit m."""
    labelled = re.findall(r"([XY])\s*([-+]?[\d.,]*\d)\s*(?:m|米)?", text, re.I)
    rest = re.sub(r"([XY])\s*([-+]?[\d.,]*\d)\s*(?:m|米)?", "", text, flags=re.I)
    if len(labelled) == 2 and not rest.strip(" ,;\n"):
        by = {name.upper(): float(number.replace(",", "")) for name, number in labelled}
        if set(by) == {"X", "Y"}:
            degrees = all(abs(value) <= 180.0 for value in by.values())
            return Pair(by["X"], by["Y"], "degrees" if degrees else "metres")
    parts = [p for p in re.split(r";|,\s+|\s+(?=[-+\d])|\n", text) if p]
    if len(parts) == 2 and any(re.search(r"\d,\d{3}|\dm$|米$", p) for p in parts):
        found = [m for p in parts if (m := _METRES.fullmatch(p.strip(" ,"))) and not m["label"]]
        values = [float(m["digits"].replace(",", "")) for m in found]
        if len(values) == 2 and min(values) > 180.0:
            return Pair(values[0], values[1], "metres")
    return None


def _lost_digits(cell: object) -> str:
    return f"“{shown(cell)}”是科学记数法，位数已丢失；在 Excel 或 WPS 中把该列设为数值格式后重新保存"


def _why_no_angle(cell: object, text: str) -> str:
    quoted = shown(cell)
    if _SCIENTIFIC.search(text):
        return _lost_digits(cell)
    if re.fullmatch(r"[-+]?\d+(?:\.\d+)?\s+\d+(?:\.\d+)?", text):
        return f"“{quoted}”是两个数，可能是度和分，也可能是一对坐标；写成 87°18.5′ 或分成两列"
    if re.fullmatch(r"[-+]?\d+(?:,\d+)+", text):
        return f"“{quoted}”里的逗号可能是小数点，也可能隔开两个数；小数点请用“.”"
    if re.search(r"\d", text) is None:
        return f"“{quoted}”里没有数"
    return f"“{quoted}”不是能认出的经纬度写法"
