"""Clues and what is asked for -> the clues that answer, in the order given."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable

from changji_geo.clues.facts import overdue_days
from changji_geo.clues.model import Clue
from changji_geo.standards.reserves import next_statuses

_OWN_ID = re.compile(r"LD(\d{4})-\d{4,}")


def select_clues(
    clues: Iterable[Clue],
    *,
    today: datetime.date,
    status: str | None = None,
    county: str | None = None,
    reserve: str | None = None,
    batch: str | None = None,
    year: int | None = None,
    overdue: bool = False,
    dropped: bool | None = None,
) -> tuple[Clue, ...]:
    """The clues that fit everything asked for.

    Parameters
    ----------
    clues : iterable of Clue
    today : date
        The day by which a deadline has passed or not.
    status : str, optional
        One of the statuses.
    county, reserve : str, optional
        A name or a part of one: ``卡拉麦里`` finds 卡拉麦里山有蹄类野生动物自然保护区. Clues without one are not found.
    batch : str, optional
        The whole name of a batch.
    year : int, optional
        That of the clue's own id, see `year_of`.
    overdue : bool
        Only those past their deadline, neither settled nor dropped.
    dropped : bool, optional
        True: only the dropped; False: only the kept; by default both.

    Raises
    ------
    InputError
        When there is no such status.
    """
    if status is not None:
        next_statuses(status)
    return tuple(
        clue
        for clue in clues
        if (status is None or clue.status == status)
        and (dropped is None or bool(clue.dropped) == dropped)
        and (batch is None or clue.batch == batch.strip())
        and (year is None or year_of(clue) == year)
        and (county is None or _names(clue, "county", county))
        and (reserve is None or _names(clue, "reserve", reserve))
        and (not overdue or overdue_days(clue, today) is not None)
    )


def _names(clue: Clue, key: str, part: str) -> bool:
    word = part.strip()
    return bool(word) and word in str(clue.fields.get(key) or "")


def tidy_id(text: str) -> str:
    """An id as a person types it -> as the ledger spells it; text that is no id of ours without the blanks around it.

    Examples
    --------
    >>> tidy_id(" ld2025-0001 "), tidy_id("ＬＤ２０２５－０００１"), tidy_id("甲 1")
    ('LD2025-0001', 'LD2025-0001', '甲 1')
    """
    word = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return word if _OWN_ID.fullmatch(word) else text.strip()


def year_of(clue: Clue) -> int | None:
    """The year in a clue's own id; for an id of another form that of its image, None without a date.

    Examples
    --------
    >>> import shapely
    >>> here = shapely.Point(88, 44)
    >>> year_of(Clue("LD2025-0001", "绿盾", "1", here, here, "待核查", None))
    2025
    """
    if found := _OWN_ID.fullmatch(clue.id):
        return int(found[1])
    return None if clue.observed is None else clue.observed.year
