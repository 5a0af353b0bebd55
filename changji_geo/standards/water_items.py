"""Items of the water standards as read from their CSV files: names, units, bounds of each class, exact comparison."""

from __future__ import annotations

import csv
import datetime
import functools
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from changji_geo.errors import InputError, near_match

WaterType = Literal["river", "lake"]
"""Whose limits apply; a reservoir has those of a lake."""

Judged = Literal["routine", "separate", "reference"]
"""Whether an item decides the class of a section, is judged beside it, or has no class of its own."""

CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ")
"""The classes of both standards, best first."""

_CLASS_WORDS = {
    **{c: c for c in CLASSES},
    **dict(zip(("I", "II", "III", "IV", "V"), CLASSES, strict=True)),
    **dict(zip("12345", CLASSES, strict=True)),
    **dict(zip("一二三四五", CLASSES, strict=True)),
}
_BETWEEN = re.compile(r"([\d.]+)~([\d.]+)(?:或([\d.]+)~([\d.]+))?")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value must keep to; both ends belong to it, None is no end."""

    low: Decimal | None
    high: Decimal | None

    def holds(self, amount: Decimal) -> bool:
        """Whether a value lies within."""
        return (self.low is None or amount >= self.low) and (self.high is None or amount <= self.high)


@dataclass(frozen=True, slots=True)
class WaterItem:
    """One item of a standard.

    ``bounds`` are those of class Ⅰ, Ⅱ, ... in ``unit``, as far as the standard gives them; whatever keeps to none of them is in
    the class after the last. ``water``: "all", or the only water type it has limits for. ``table`` is the table of the
    standard, ``number`` its place there. Of a text item (嗅和味) 无 is 0 and 有 is 1, ``words`` is true.
    """

    id: str
    name: str
    unit: str
    bounds: tuple[Bounds, ...]
    table: str
    number: int
    water: Literal["all", "river", "lake"] = "all"
    judged: Judged = "routine"
    aliases: tuple[str, ...] = ()
    words: bool = False
    group: str = ""

    def __hash__(self) -> int:
        return hash(self.id)

    def rank(self, amount: Decimal) -> int:
        """Index of the class of a value, 0 the best; equal limits of several classes give the best of them."""
        return next((i for i, bound in enumerate(self.bounds) if bound.holds(amount)), len(self.bounds))

    def applies_to(self, water: str) -> bool:
        """Whether the standard has this item for a type of water; "" is any."""
        return self.water == "all" or not water or self.water == water


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a standard: ``since`` its first day, ``evidence`` how well the package knows it (Chinese)."""

    code: str
    title: str
    since: datetime.date
    evidence: str

    def require(self, date: datetime.date, *, where: str | None = None) -> None:
        """Raise unless the edition was in force on a day.

        Raises
        ------
        InputError
            The day is before the edition; the one before it is not in the package.
        """
        if date < self.since:
            raise InputError(
                f"{date.isoformat()} 早于《{self.title}》{self.code} 的实施日期",
                where=where,
                expected=f"{self.since.isoformat()} 及以后的观测",
                fix="更早的标准不在本软件中，请按当时的标准人工评价",
            )


class ItemIndex:
    """Items by every name they go by."""

    def __init__(self, items: Iterable[WaterItem]) -> None:
        self.items = tuple(items)
        self._by_name: dict[str, list[WaterItem]] = {}
        for item in self.items:
            for name in dict.fromkeys(map(fold_name, (item.id, item.name, *item.aliases))):
                self._by_name.setdefault(name, []).append(item)

    def find(self, name: str) -> tuple[WaterItem, ...]:
        """The items of a name: none, one, or total phosphorus of rivers and of lakes.

        A second name in brackets is understood when it means the same item (``氨氮（NH3-N）``), else nothing is found:
        ``铬（总）`` is not ``铬（六价）``.
        """
        folded = fold_name(name)
        found = self._by_name.get(folded)
        if found is None and (bracket := re.fullmatch(r"(.+)\((.+)\)", folded)):
            outer, inner = (self._by_name.get(part, []) for part in bracket.groups())
            found = [item for item in outer if item in inner]
        return tuple(found or ())

    def require(self, name: str, *, water: str = "") -> WaterItem:
        """The one item of a name for a type of water.

        Raises
        ------
        InputError
            No such item, none for this water, or two (total phosphorus without the type of water).
        """
        named = self.find(name)
        if not named:
            raise InputError(f"没有项目“{name}”", fix=near_match(name, (i.name for i in self.items)))
        found = [item for item in named if item.applies_to(water)]
        if len(found) != 1:
            listed = "、".join(f"{item.name}（{item.id}）" for item in named)
            reason = "要先知道是河流还是湖库" if found else "没有这类水体的限值"
            raise InputError(f"项目“{name}”{reason}", expected=listed, fix="指明水体类型 river 或 lake")
        return found[0]


def read_items(path: Path) -> Iterator[dict[str, str]]:
    """The rows of one of the package's own item tables."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, strict=True)


def read_bounds(cells: Sequence[str]) -> tuple[Bounds, ...]:
    """The bounds of the classes as the standards print them.

    Parameters
    ----------
    cells : sequence of str
        ``≤0.2``, ``≥5``, ``6~9``, ``5.5~6.5或8.5~9.0`` (what lies between has a better class), ``无`` and ``不得检出`` (zero);
        ``>0.3`` and ``有`` stand for whatever is left, and with an empty cell end the list.

    Examples
    --------
    >>> read_bounds(["不得检出", "≤0.1", ">0.1"])
    (Bounds(low=None, high=Decimal('0')), Bounds(low=None, high=Decimal('0.1')))
    """
    out: list[Bounds] = []
    for cell in cells:
        if cell in ("无", "不得检出"):
            out.append(Bounds(None, Decimal(0)))
        elif cell.startswith("≤"):
            out.append(Bounds(None, Decimal(cell[1:])))
        elif cell.startswith("≥"):
            out.append(Bounds(Decimal(cell[1:]), None))
        elif found := _BETWEEN.fullmatch(cell):
            out.append(Bounds(Decimal(found[1]), Decimal(found[4] or found[2])))
        else:
            break
    return tuple(out)


def exact(value: float | Decimal) -> Decimal:
    """A number as written: the first 15 significant digits, which is all a sheet keeps; 0.1 + 0.2 is 0.3.

    Raises
    ------
    InputError
        NaN or infinite.

    Examples
    --------
    >>> exact(0.1 + 0.2), exact(150.0)
    (Decimal('0.3'), Decimal('150'))
    """
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not finite:
        raise InputError(f"“{value}”不是一个数", fix="没有数就不要评价")
    return value if isinstance(value, Decimal) else Decimal(f"{float(value):.15g}")


def parse_class(text: object) -> str:
    """A class as staff write it.

    Parameters
    ----------
    text : str or int
        ``Ⅲ``, ``Ⅲ类``, ``III``, ``3``, ``三类``.

    Returns
    -------
    str
        One of `CLASSES`.

    Raises
    ------
    InputError
        Anything else, 劣Ⅴ among it: no one aims at that.

    Examples
    --------
    >>> parse_class("III类"), parse_class(2)
    ('Ⅲ', 'Ⅱ')
    """
    if isinstance(text, str) and text in CLASSES:
        return text
    plain = re.sub(r"\s+|类$|\.0$", "", unicodedata.normalize("NFKC", str(text)).strip()).upper()
    found = _CLASS_WORDS.get(plain)
    if found is None:
        raise InputError(f"“{text}”不是水质类别", expected="、".join(CLASSES), fix="写 Ⅲ、III、3 或 Ⅲ类")
    return found


@functools.lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """A name without what staff write differently: width, case, blanks, hyphens, brackets.

    Examples
    --------
    >>> fold_name("ＮＨ₃ - N"), fold_name("苯并[a]芘")
    ('nh3n', '苯并(a)芘')
    """
    text = unicodedata.normalize("NFKC", str(name)).casefold().translate(_BRACKETS)
    return re.sub(r"[\s_‐‑–—−-]", "", text)


_BRACKETS = str.maketrans("[]【】{}〔〕", "()()()()")
