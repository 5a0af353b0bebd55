"""A cell as staff type it -> a number with what qualifies it; whatever could mean two things is refused with a reason."""

from __future__ import annotations

import datetime
import functools
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from changji_geo.errors import InputError

Qualifier = Literal["", "<", ">", "未检出", "缺测"]


class CellTextError(InputError):
    """A cell whose text is not one number."""


@dataclass(frozen=True, slots=True)
class Number:
    """What a cell says.

    ``value`` is None unless the cell states one number. ``qualifier``: "" a number; "<" or ">" beyond the limit in
    ``limit``; "未检出" not detected (``limit`` where it is written beside it); "缺测" nothing was measured. How to count a
    non-detect (zero, half the limit) is not decided here. ``percent``: a percent sign stood behind it, ``value`` is what
    stood before it. ``unit`` is the unit behind the number, full-width letters made plain; ``text`` the cell as it was.
    """

    value: float | None
    qualifier: Qualifier = ""
    percent: bool = False
    unit: str = ""
    text: str = ""
    limit: float | None = None


_LONGEST = 80
"""No number with its unit is longer; the patterns below need not face whole paragraphs."""

_MISSING = frozenset(
    {"", "/", "\\", "-", "--", "---", "—", "——", "–", "―", "_", "…", "……", "...", "*", "无", "缺", "缺测", "缺失", "未测",
     "未监测", "无数据", "无资料", "暂无", "n/a", "na", "nan", "null", "none", "nil"}
)  # fmt: skip
_NOT_DETECTED = frozenset({"未检出", "未检测出", "nd", "n.d.", "n.d", "n·d", "低于检出限", "小于检出限", "<检出限", "<dl", "<lod", "<mdl", "bdl"})  # fmt: skip

_FIGURE = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d+(?![\d.])|\s*[×x*]\s*10\^[+-]?\d+)?"
_NUMBER = re.compile(rf"(?P<figure>{_FIGURE})(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_UNIT = re.compile(
    r"[%‰°℃μa-z\u4e00-\u9fff(][%‰°℃μa-z\u4e00-\u9fff/·.^()\s-]*(?:[123](?:[/·a-zμ\u4e00-\u9fff]*))?\)?", re.IGNORECASE
)
_BELOW_LIMIT = re.compile(r"L(?=$|\s|[(]|[mμun]g|[毫微纳])")
_MARK = re.compile(r"[①-⓿❶-➓†‡※]|(?<!10)(?<![⁺⁻⁰¹²³⁴-⁹])(?<=\d)[⁰¹²³⁴-⁹]")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")


def parse_number(cell: object) -> Number:
    """Read a cell as one number.

    Parameters
    ----------
    cell : str, int, float or None
        As a sheet gives it. Text may have thousands separators (``1,234.5``), full-width digits, a percent sign, a unit,
        an exponent (``1.2E3``, ``1.2×10³``), ``<`` before or the laboratories' ``L`` directly behind a detection limit
        (``0.005L``; with a blank between, ``5 L`` are litres).

    Returns
    -------
    Number
        Blank, ``/``, ``—``, ``无``, ``缺测``, ``N/A`` and NaN are "缺测"; ``未检出``, ``ND`` are "未检出".

    Raises
    ------
    CellTextError
        The text is not one number, with the reason: a range, an approximation, ``≥``, brackets, a footnote mark, a comma
        that is neither thousands nor list, a date, true or false, infinity.

    Examples
    --------
    >>> parse_number("１，２３４.5 微克/立方米").value, parse_number("35%").percent
    (1234.5, True)
    >>> parse_number("0.005L").qualifier, parse_number("0.005L").limit, parse_number("0.005L").value
    ('<', 0.005, None)
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return Number(None, "缺测")
    if isinstance(cell, bool):
        raise _refused(cell, "是“是/否”，不是数字")
    if isinstance(cell, datetime.date | datetime.time):
        raise _refused(cell, "是日期或时间，不是数字", fix="把单元格格式改为“常规”后核对")
    if isinstance(cell, str):
        return _parse_text(cell)
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as cause:
        raise _refused(cell, "不是数字") from cause
    if not math.isfinite(value):
        raise _refused(cell, "是无穷大，不是数字")
    return Number(value, text=str(cell))


@functools.lru_cache(maxsize=65_536)
def _parse_text(original: str) -> Number:
    if len(original) > _LONGEST:
        raise _refused(original, f"有 {len(original)} 个字，不是一个数")
    if _MARK.search(original):
        raise _refused(original, "数字后面有注释的记号", fix="记号移到备注列；乘方写作 1.2E3")
    text = _plain(original)
    folded = re.sub(r"\s+", "", text).lower()
    if folded in _MISSING:
        return Number(None, "缺测", text=original)
    if folded in _NOT_DETECTED:
        return Number(None, "未检出", text=original)
    noted = re.fullmatch(
        r"(未检出|ND|N\.D\.)\s*\(\s*(?:检出限)?\s*[<:]?\s*([\d.,]+)\s*\)?(.*?)\)?", text, re.IGNORECASE
    )
    if noted:
        return Number(None, "未检出", unit=noted[3].strip(), text=original, limit=_figure(noted[2], original))
    sign: Qualifier = "<" if text.startswith("<") else ">" if text.startswith(">") else ""
    body = text[len(sign) :].strip()
    _refuse_vague(body if sign else text, original)
    found = _NUMBER.fullmatch(body)
    figure, rest = (found["figure"], found["rest"]) if found else ("", body)
    if not re.search(r"\d", figure):
        raise _refused(original, "不是数字")
    value = _figure(figure, original)
    if not sign and _BELOW_LIMIT.match(rest):
        sign, rest = "<", rest[1:]
    unit = _unit(rest, figure, original)
    percent = unit.startswith("%")
    if sign:
        return Number(None, sign, percent, unit, original, value)
    return Number(value, "", percent, unit, original)


def _plain(text: str) -> str:
    """Full-width characters made plain, superscript exponents written with ``^``, the several minus signs made one."""
    text = re.sub(r"10\s*([⁺⁻]?[⁰¹²³⁴-⁹]+)", lambda m: "10^" + m[1].translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text.strip().removeprefix("'"))
    text = re.sub(r"(?<=[A-Za-z])(?<![\d.][eE])-(?=[123]$)", "^-", text)  # mg·L-1: the power of a unit, no range
    return text.replace("−", "-").replace("µ", "μ").replace("〈", "<").replace("〉", ">").strip()


def _refuse_vague(text: str, original: str) -> None:
    """Refuse what names no single number although it has digits."""
    if re.search(r"[×x*]\s*10[-+]?\d+", text, re.IGNORECASE):
        raise _refused(original, "10 后面的指数丢了上标", fix="写作 1.2E3 或 1.2×10^3")
    if re.match(r"(<=|>=|≤|≥|≦|≧|=|不[大小低高超][于过]|至少|[大小低高]于)", text):
        raise _refused(original, "是范围，不是一个数")
    if re.match(r"(≈|~|约|大约|近|逾|超过|\?)", text) or re.search(r"(左右|上下|以上|以下|余|多)\D{0,4}$", text):
        raise _refused(original, "是约数，不是确定的数")
    if re.search(
        r"\d\s*[^\d\s.,e+×x*/^]{0,6}\s*([-~—–―至到±])\s*\d", re.sub(r"(e|10\^)-", r"\1", text, flags=re.IGNORECASE)
    ):
        raise _refused(original, "是范围或带误差的数，不是一个数", fix="只写一个数；范围分成两列")
    if re.fullmatch(r"\(\s*[\d.,]+\s*%?\)", text):
        raise _refused(original, "带括号，看不出是负数还是注释", fix="负数写作 -12；注释移到备注列")
    if re.match(r"[—–―]\s*\d", text):
        raise _refused(original, "前面是破折号，看不出是不是负号", fix="负号用英文减号 -")


def _figure(text: str, original: str) -> float:
    """The number of a figure; commas must stand before groups of three digits."""
    plain = re.sub(r"\s*[×x*]\s*10\^", "e", text, flags=re.IGNORECASE)
    whole = re.split(r"[.e]", plain, maxsplit=1, flags=re.IGNORECASE)[0]
    if "," in plain and not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", whole):
        raise _refused(original, "逗号的位置不对，看不出是千分位还是小数点", expected="1,234.5 或 1234.5")
    try:
        value = float(plain.replace(",", ""))
    except ValueError as cause:
        raise _refused(original, "不是数字") from cause
    if not math.isfinite(value):
        raise _refused(original, "大得无法表示")
    return value


def _unit(rest: str, figure: str, original: str) -> str:
    unit = rest.strip()
    if not unit:
        return ""
    if unit.startswith(",") or (rest[0].isspace() and unit[0].isdigit()):
        reason = (
            "逗号的位置不对，看不出是千分位还是小数点" if unit.startswith(",") else "里有空格，看不出是一个数还是几个数"
        )
        raise _refused(original, reason, expected="1,234.5 或 1234.5")
    if re.search(r"[*#①-⑳†‡]|[(\[]\s*(注?\d+|注[^)\]]*)[)\]]?$", unit):
        raise _refused(original, "数字后面有注释的记号", fix="记号移到备注列")
    if not _UNIT.fullmatch(unit) or len(unit) > 20:
        raise _refused(original, f"数字“{figure.strip()}”后面的“{unit[:20]}”不是单位")
    return unit[1:-1].strip() if unit.startswith("(") and unit.endswith(")") else unit


def _refused(cell: object, reason: str, *, expected: str | None = None, fix: str | None = None) -> CellTextError:
    return CellTextError(
        f"“{str(cell)[:40]}”{reason}",
        expected=expected or "一个数，如 35 或 1,234.5",
        fix=fix or "改成一个数；没有数就留空",
    )
