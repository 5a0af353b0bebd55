"""How staff name a place (code, full or short name, with a prefix or inner blanks) -> the feature of a layer it is."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from changji_geo.catalog import Layer
from changji_geo.errors import near_match
from changji_geo.intake.values.cells import CellTextError

PREFECTURE_NAMES = (
    "昌吉回族自治州",
    "昌吉州",
    "全州",
    "全州合计",
    "全州平均",
    "全州均值",
    "州合计",
    "州平均",
    "全州总计",
)
"""What tables call the prefecture as a whole."""

TOTAL_NAMES = ("合计", "总计", "小计", "共计", "平均", "均值", "平均值")
"""What tables call the sum or mean of their own rows, whatever these are."""

_PREFIXES = ("新疆维吾尔自治区", "新疆", "昌吉回族自治州", "昌吉州")
_COUNTY = re.compile(r"(?P<short>.{2,}?)(?P<kind>(?:哈萨克|回族|维吾尔)?自治县|县|市|区)")
_STATION = re.compile(
    r"(?P<short>.{2,}?)(?:(?:国控|区控|省控|州控)?(?:空气质量|空气)?(?:自动)?(?:监测)?(?:站点?|点位)|(?:国控|区控|州控)?断面)"
)


@dataclass(frozen=True)
class Places:
    """The features of a layer by every name they go by.

    ``by_name`` maps a folded name to the ids that bear it; two ids make the name ambiguous. ``names`` are the official
    names by id.
    """

    layer_id: str
    by_name: dict[str, frozenset[str]]
    names: dict[str, str]

    def find(self, cell: object) -> str:
        """The id of the feature that a cell names.

        Parameters
        ----------
        cell : str, int or float
            A code (652301, 652301.0, 652301000000), an id, or a name.

        Raises
        ------
        CellTextError
            No such feature (with the nearest names), or several of that name (with their ids).
        """
        for name in _folded_forms(cell):
            ids = self.by_name.get(name)
            if ids is None:
                continue
            if len(ids) > 1:
                listed = "、".join(f"{self.names[i]}（{i}）" for i in sorted(ids))
                raise CellTextError(f"“{_shown(cell)}”可以是 {listed}", fix="写编号或全名")
            return next(iter(ids))
        known = [*self.names.values()]
        raise CellTextError(f"图层 {self.layer_id} 没有“{_shown(cell)}”", fix=near_match(_shown(cell), known))

    def knows(self, cell: object) -> bool:
        """Whether a cell names one of the features, uniquely or not."""
        return any(name in self.by_name for name in _folded_forms(cell))


def places_of(layer: Layer) -> Places:
    """The names of a layer's features: ids, ``code``, ``name``, ``short_name``, and the short forms of county and station names.

    A county goes without its kind (昌吉, 木垒), an autonomous county also as 县 (木垒县); a station without 站, a section
    without 断面. A short form that is another feature's full name is that feature.

    Parameters
    ----------
    layer : Layer

    Examples
    --------
    >>> from changji_geo.catalog import load_layer
    >>> counties = places_of(load_layer("counties"))
    >>> [counties.find(cell) for cell in (652301.0, "昌 吉 市", "木垒县", "昌吉州阜康市")]
    ['652301', '652301', '652328', '652302']
    """
    full: dict[str, set[str]] = defaultdict(set)
    short: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    columns = [c for c in ("code", "short_name") if c in layer.frame.columns]
    for row in layer.frame[["id", "name", *columns]].itertuples(index=False):
        feature_id, name, *others = (str(cell).strip() for cell in row)
        names[feature_id] = name
        for text in (feature_id, name, *others):
            if text and text not in ("None", "nan", "<NA>"):
                full[_fold(text)].add(feature_id)
                for brief in _short_forms(_fold(text)):
                    short[brief].add(feature_id)
    merged = {name: frozenset(ids) for name, ids in short.items()} | {
        name: frozenset(ids) for name, ids in full.items()
    }
    return Places(layer.meta.id, merged, names)


def is_prefecture(cell: object) -> bool:
    """Whether a cell means the prefecture as a whole, by name or code.

    Examples
    --------
    >>> is_prefecture("全 州"), is_prefecture(652300), is_prefecture("昌吉市")
    (True, True, False)
    """
    return any(form in PREFECTURE_NAMES or form == "652300" for form in _folded_forms(cell))


def is_total(cell: object) -> bool:
    """Whether a cell names a total or mean of the table's own rows (合计, 平均).

    Examples
    --------
    >>> is_total("合　计"), is_total("全州")
    (True, False)
    """
    return _fold(str(cell)) in TOTAL_NAMES


def _folded_forms(cell: object) -> Iterable[str]:
    """A cell's own text first, then as a plain code, then without the names of what it lies in."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = _fold(str(cell))
    yield text
    if code := re.fullmatch(r"(\d{6})(?:0{3}|0{6})?(?:\.0+)?", text):
        yield code[1]
    for prefix in _PREFIXES:
        if text.startswith(prefix) and len(text) > len(prefix) + 1:
            text = text.removeprefix(prefix)
            yield text


def _short_forms(name: str) -> Iterable[str]:
    if found := _COUNTY.fullmatch(name):
        yield found["short"]
        if found["kind"].endswith("自治县"):
            yield found["short"] + "县"
    elif found := _STATION.fullmatch(name):
        yield found["short"]
    else:
        yield from (name + kind for kind in ("断面", "站", "监测站", "空气站", "站点", "点位"))


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _shown(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()[:40]
