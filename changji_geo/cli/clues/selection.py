"""The filters of a command -> the clues it works on."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changji_geo.cli.clues.options import (
    BatchOption,
    CountyOption,
    DroppedOption,
    KeptOption,
    OverdueOption,
    ReserveOption,
    StatusOption,
    YearOption,
    require_status,
)
from changji_geo.cli.console import warn
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.clues.ledger.opening import Ledger
    from changji_geo.clues.model import Clue


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the filters say, None where one was not given: a group of `changji_geo.cli.option_groups`."""

    status: StatusOption = None
    county: CountyOption = None
    reserve: ReserveOption = None
    batch: BatchOption = None
    year: YearOption = None
    overdue: OverdueOption = False
    dropped: DroppedOption = False
    kept: KeptOption = False


def selected_clues(
    ledger: Ledger, chosen: Chosen, *, today: datetime.date, ids: Sequence[str] | None = None
) -> tuple[Clue, ...]:
    """The clues of a ledger that pass every filter, by id; of `ids` only, where some are named.

    Raises
    ------
    InputError
        When there is no such status, two filters exclude each other, or one of the ids is not in the ledger.
    """
    from changji_geo.clues.desk.listing import select_clues, tidy_id

    status = require_status(chosen.status)
    if chosen.dropped and chosen.kept:
        raise InputError("--dropped 和 --kept 不能都写", expected="其中一个，或都不写", fix="去掉其中一个")
    everything = ledger.clues()
    known = {clue.id for clue in everything}
    asked = frozenset(map(tidy_id, ids or ()))
    for wanted in sorted(asked - known):
        raise InputError(f"台账中没有线索“{wanted[:40]}”", where="--id", fix=near_match(wanted, known))
    members = _region_members(everything, chosen.county)
    found = select_clues(
        [clue for clue in everything if (not asked or clue.id in asked) and (not members or _lies_in(clue, members))],
        today=today, status=status, county=None if members else chosen.county, reserve=chosen.reserve, batch=chosen.batch, year=chosen.year,
        overdue=chosen.overdue, dropped=True if chosen.dropped else False if chosen.kept else None,
    )  # fmt: skip
    if not found:
        _hint(everything, chosen)
    return found


def _region_members(clues: tuple[Clue, ...], county: str | None) -> tuple[str, ...]:
    """The members of the region that ``--county`` names; none where it names a county of the ledger, or nothing."""
    if not (county or "").strip() or any(str(county).strip() in str(c.fields.get("county") or "") for c in clues):
        return ()
    from changji_geo.regions import find_region

    region = find_region(str(county))
    return () if region is None else region.members


def _lies_in(clue: Clue, members: tuple[str, ...]) -> bool:
    return any(name in str(clue.fields.get("county") or "") for name in members)


def _hint(clues: tuple[Clue, ...], chosen: Chosen) -> None:
    """Which names there are, when nothing has the one that was asked for: it may be mistyped."""
    from changji_geo.clues.desk.listing import year_of

    if not clues:
        warn("注意：台账里还没有线索，先用 clues import 导入。")
        return
    years = {str(year) for clue in clues if (year := year_of(clue)) is not None}
    for option, word, names, whole in (
        ("--batch", chosen.batch, {c.batch for c in clues}, True),
        ("--year", None if chosen.year is None else str(chosen.year), years, True),
        (
            "--county",
            None if _region_members(clues, chosen.county) else chosen.county,
            {str(c.fields.get("county") or "") for c in clues},
            False,
        ),
        ("--reserve", chosen.reserve, {str(c.fields.get("reserve") or "") for c in clues}, False),
    ):
        if word is None:
            continue
        asked = word.strip()
        if not asked:
            warn(f"注意：{option} 是空的，没有线索符合。")
        elif not (asked in names if whole else any(asked in name for name in names)):
            warn(f"注意：没有一条线索的 {option} 是“{asked[:40]}”。{near_match(asked, names - {''})}")


def require_some(clues: tuple[Clue, ...]) -> tuple[Clue, ...]:
    """The clues; none at all is not worth a file.

    Raises
    ------
    InputError
        When no clue was selected.
    """
    if not clues:
        raise InputError("没有符合条件的线索", fix="放宽筛选条件；台账里有什么，见 changji-geo clues list")
    return clues
