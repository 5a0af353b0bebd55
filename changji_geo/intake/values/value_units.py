"""The unit of a value, from whichever place states it -> the value in its indicator's unit; contradictions are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

from changji_geo.errors import IndicatorError
from changji_geo.indicators import Indicator
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.values.cells import CellTextError, Number, parse_number
from changji_geo.intake.values.units import is_known_unit, normalise_unit, times_power_of_ten, unit_power

_TITLE_UNIT = re.compile(r"单\s*位\s*[:：]\s*([^\s　,，;；、()（）]+)")


def title_unit(title: str) -> tuple[str, tuple[IntakeFinding, ...]]:
    r"""The one unit that the lines above a header state (单位：微克/立方米), "" when there is none or several.

    Examples
    --------
    >>> title_unit("附件1\n单位：微克/立方米")
    ('微克/立方米', ())
    """
    found = sorted({normalise_unit(text) for text in _TITLE_UNIT.findall(title)})
    several = re.search(r"单\s*位\s*[:：]\s*[^\s　(（]+\s*[、,，;；(（]", title)
    if len(found) == 1 and is_known_unit(found[0]) and not several:
        return found[0], ()
    units = [text for text in found if is_known_unit(text)]
    if not units:  # 填报单位：某局
        return "", ()
    text = "表头上方写了不止一种单位，没有采用；请写在列名的括号里，或用 --unit 指明"
    return "", (IntakeFinding("warning", "title-unit", text),)


def require_declared_unit(
    column: str, cells: Iterable[object], declared: str, told: str | None, definition: Indicator | None, *, where: str
) -> None:
    """Refuse a whole column at once: its unit contradicts what the user says, or is stated nowhere.

    Parameters
    ----------
    column : str
        Its header, for the message.
    cells : iterable
        Its cells; a unit in any of them counts as stated.
    declared : str
        What header, unit column or title state, "" for nothing.
    told : str, optional
        What the user says.
    definition : Indicator, optional
        None when the rows say which indicator it is.
    where : str
        The file.

    Raises
    ------
    IndicatorError
    """
    if declared and told and unit_power(declared, told) != 0:
        raise IndicatorError(
            f"“{column}”列的单位在表里是“{declared}”，--unit 说是“{told}”",
            where=where,
            fix="以表里的为准就去掉 --unit；表写错了就先改表",
        )
    if declared or told or definition is None or not definition.unit or any(map(_has_unit, cells)):
        return
    raise IndicatorError(
        f"没有写“{column}”列的单位",
        where=where,
        expected=f"指标“{definition.name}”的单位是 {definition.unit}",
        fix=f"核对后加 --unit {definition.unit}（或表里实际的单位），或写在列名的括号里",
    )


def in_unit(number: Number, declared: str, definition: Indicator) -> tuple[float, int, str]:
    """A number in its indicator's unit.

    Parameters
    ----------
    number : Number
        With a value.
    declared : str
        The unit stated for its row, column or table; "" for none. The cell's own goes before it.
    definition : Indicator

    Returns
    -------
    value : float
    power : int
        The power of ten it was multiplied by; 0 for none.
    given : str
        The unit it was in.

    Raises
    ------
    CellTextError
        No unit, or a unit of something else.
    """
    value = 0.0 if number.value is None else number.value
    given = number.unit or declared
    if not given and definition.unit:
        raise CellTextError(
            f"没有写单位，指标“{definition.name}”的单位是 {definition.unit}", fix=f"核对后加 --unit {definition.unit}"
        )
    power = unit_power(given or "无量纲", definition.unit or "无量纲")
    if power is None:
        raise CellTextError(
            f"单位“{given}”不能换算成指标“{definition.name}”的单位“{definition.unit or '（无）'}”",
            fix="改正表里的单位，或用 --unit 指明；指标的单位见 changji-geo indicators list",
        )
    return times_power_of_ten(value, power), power, given


def _has_unit(cell: object) -> bool:
    try:
        return bool(parse_number(cell).unit)
    except CellTextError:
        return False
