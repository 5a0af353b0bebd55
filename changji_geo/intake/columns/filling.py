"""Cells a file does not have -> ids and names of its rows, and what follows from other columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from changji_geo.errors import LayerError, near_match
from changji_geo.intake.columns.aliases import Follow
from changji_geo.intake.columns.fields import SAFE_NAME
from changji_geo.intake.columns.headers import text_key
from changji_geo.intake.columns.table import RESERVED, SHOWN_VALUES, ColumnTable
from changji_geo.layer_description import Column

ID = Column("id", "text", "编号", meaning="要素编号，图层内唯一")
NAME = Column("name", "text", "名称", meaning="名称")

_PREFIXES = ("新疆维吾尔自治区", "新疆", "昌吉回族自治州", "昌吉州")
_GRADES = ("国家级", "自治区级", "省级")


@dataclass(frozen=True)
class Lookup:
    """How a column is filled from another: cells of column ``by``, as names, are looked up in ``values``."""

    by: str
    values: Mapping[str, str]


def look_up(name: str, look: Lookup, declared: Mapping[str, Column], out: ColumnTable) -> None:
    """Fill the empty cells of a declared column by the names in another; a name that two values claim is not used."""
    if name not in declared:
        raise LayerError(f"没有列“{name}”可填", where="lookups", fix=near_match(name, declared))
    if look.by not in out.cells:
        return
    claims: dict[str, set[str]] = {}
    for text, value in look.values.items():
        claims.setdefault(_place_key(text), set()).add(value)
    certain = {key: next(iter(values)) for key, values in claims.items() if len(values) == 1}
    present = out.cells.get(name, [None] * len(out.index))
    asked = {str(v) for v, now in zip(out.cells[look.by], present, strict=True) if v is not None and now is None}
    answers = {v: certain.get(_place_key(v)) for v in sorted(asked)}
    out.fill(declared[name], [answers.get(str(v)) for v in out.cells[look.by]])
    title = declared[name].title
    if hits := [f"“{v}”为 {a}" for v, a in answers.items() if a is not None][:SHOWN_VALUES]:
        out.say("info", "lookup", f"{title}按名称对应：{'、'.join(hits)}", name)
    if missed := [f"“{v}”" for v, a in answers.items() if a is None][:SHOWN_VALUES]:
        out.say("warning", "lookup", f"{title}没有对应上，留空：{'、'.join(missed)}", name)


def follow(follows: Mapping[str, Follow], declared: Mapping[str, Column], out: ColumnTable) -> None:
    """Fill the empty cells of declared columns that follow from another column's value."""
    for name, rule in follows.items():
        if name in declared and rule.by in out.cells:
            out.fill(declared[name], [None if v is None else rule.values.get(str(v)) for v in out.cells[rule.by]])
            if any(v is not None for v in out.cells[name]) and name not in out.fields:
                out.say("info", "follows", f"列 {name}（{declared[name].title}）按 {rule.by} 的取值填写", name)


def _place_key(text: str) -> str:
    key = text_key(text)
    for prefix in _PREFIXES:
        key = key.removeprefix(prefix)
    for grade in _GRADES:
        key = key.replace(grade, "")
    return key


def fill_constants(constants: Mapping[str, str], declared: Mapping[str, Column], out: ColumnTable) -> None:
    """Fill the empty cells of columns with one text each."""
    for name, text in constants.items():
        if name in RESERVED or name == "id" or not SAFE_NAME.fullmatch(name):
            raise LayerError(f"列“{name}”不能填固定的取值", where="constants", fix=near_match(name, declared))
        out.fill(declared.get(name, Column(name, "text", name)), [text] * len(out.index))


def settle_ids(out: ColumnTable) -> NDArray[np.bool_]:
    """Give every row an id; which rows are kept: not those whose id an earlier row has."""
    given = out.cells.get("id", [None] * len(out.index))
    made = [i for i, v in enumerate(given) if v is None]
    taken = set(given)
    ids = []
    for row, value in zip(out.index, given, strict=True):
        ids.append(value if value is not None else _free(f"r{row}", taken))
    if made and len(made) == len(ids):
        out.say("warning", "id_made", "文件没有编号，按行号生成：" + _ends(ids) + "；有编号列时加 --map 字段=id", "id")
    elif made:
        out.say("warning", "id_made", f"{out.rows(made)}没有编号，按行号生成（如 {ids[made[0]]}）", "id")
    first: dict[str, int] = {}
    kept = np.ones(len(ids), dtype=bool)
    for i, value in enumerate(ids):
        if first.setdefault(value, i) != i:
            kept[i] = False
            text = f"编号“{value[:40]}”与第 {out.index[first[value]]} {out.row_word}重复"
            source = out.fields.get("id", "id")
            text += f"（列“{source}”若不是编号，加 --map {source}= 另作附加列）"
            out.say("error", "duplicate_id", text, source, int(out.index[i]))
    out.cells["id"] = ids
    out.described["id"] = out.described.get("id", ID)
    return kept


def _free(name: str, taken: set[Any]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _ends(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{ids[0]}……{ids[-1]}"


def settle_names(parts: Sequence[str], out: ColumnTable) -> None:
    """Give every row a name: its own, else those of columns `parts` joined by "·", else its id."""
    given = out.cells.get("name", [None] * len(out.index))
    blank = [i for i, v in enumerate(given) if v is None]
    names, composed = list(given), 0
    for i in blank:
        words = [str(w) for w in (out.cells[p][i] for p in parts if p in out.cells) if w is not None]
        composed += bool(words)
        names[i] = "·".join(words) or out.cells["id"][i]
    if blank:
        which = "文件没有名称" if len(blank) == len(given) else f"{out.rows(blank)}没有名称"
        how = f"由 {'、'.join(parts)} 连成（如“{names[blank[0]]}”）" if composed == len(blank) else "用编号代替"
        how = how if composed in (0, len(blank)) else f"由 {'、'.join(parts)} 连成，缺的用编号代替"
        out.say("warning", "name_made", f"{which}，{how}；有名称列时加 --map 字段=name", "name")
    out.cells["name"] = names
    out.described["name"] = out.described.get("name", NAME)
