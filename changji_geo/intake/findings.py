"""What the intake did or refused, one thing at a time: every guess, repair and bad row of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from changji_geo.errors import InputError
from changji_geo.types import Level

SHOWN_ROWS = 5
"""How many bad rows a message names before it only counts the rest."""


@dataclass(frozen=True, slots=True)
class IntakeFinding:
    """One thing found in a file.

    ``level`` "error": the row was not taken over. "warning": a person should look (a doubt, a metre-level datum). "repair":
    the data was changed. "info": what was understood and why (encoding, CRS, columns). ``rule`` is a short English name.
    ``message`` is Chinese and stands alone. ``row`` is the number the user sees: the sheet's row, the feature's number from
    1; None when the finding is about the whole file. Areas are ellipsoidal, before and after a repair.
    """

    level: Level
    rule: str
    message: str
    row: int | None = None
    column: str = ""
    area_before_m2: float | None = None
    area_after_m2: float | None = None


def refuse_bad_rows(findings: Sequence[IntakeFinding], *, where: str, row_word: str) -> None:
    """Raise one `InputError` that names the bad rows; do nothing when there are none.

    Parameters
    ----------
    findings : sequence of IntakeFinding
        Those of level "error" count.
    where : str
        The file.
    row_word : str
        ``"行"`` or ``"个要素"``.
    """
    bad = [f for f in findings if f.level == "error"]
    if not bad:
        return
    rows = {f.row for f in bad}
    named = "；".join(
        f"第 {f.row} {row_word}{f'“{f.column}”列' if f.column else ''}：{f.message}" for f in bad[:SHOWN_ROWS]
    )
    more = f"……共 {len(rows)} {row_word}" if len(bad) > SHOWN_ROWS else ""
    raise InputError(
        f"有 {len(rows)} {row_word}不能用。{named}{more}",
        where=where,
        fix="改正后重新导入；或加 --skip-bad-rows，好的照常导入，不能用的逐行列出",
    )
