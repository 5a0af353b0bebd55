"""Clues and a context -> every check of every clue: evidence with units and a verdict each; a person decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from changji_geo.clues.checks.area_check import check_county, check_other_areas, check_red_line, check_water_zones
from changji_geo.clues.checks.batch import Batch, read_batch
from changji_geo.clues.checks.context import CheckContext
from changji_geo.clues.checks.earlier import check_duplicates, check_earlier
from changji_geo.clues.checks.geometry_check import check_geometry, check_image_evidence
from changji_geo.clues.checks.zone_check import check_focus_type, check_reserve_zones, check_zone_distance
from changji_geo.clues.model import CheckResult, Clue
from changji_geo.clues.resting_collector import rest_collector

CHECKS: dict[str, tuple[str, Callable[[Batch, CheckContext], tuple[CheckResult, ...]]]] = {
    "geometry": ("图形质量", check_geometry),
    "county": ("所在县市", check_county),
    "reserve_zones": ("自然保护区功能区", check_reserve_zones),
    "zone_distance": ("距功能区界线", check_zone_distance),
    "focus_type": ("四类重点问题", check_focus_type),
    "other_areas": ("其他自然保护地", check_other_areas),
    "water_zones": ("饮用水水源保护区", check_water_zones),
    "red_line": ("生态保护红线", check_red_line),
    "earlier": ("与以前批次比较", check_earlier),
    "duplicates": ("批次内重复", check_duplicates),
    "image_evidence": ("影像证据", check_image_evidence),
}
"""Name in `CheckResult.check` -> Chinese title and function, in the order of the results."""


@rest_collector()
def run_checks(
    clues: Iterable[Clue], context: CheckContext, *, beside: Iterable[Clue] = ()
) -> dict[str, tuple[CheckResult, ...]]:
    """Run every check on every clue.

    Parameters
    ----------
    clues : iterable of Clue
        Dropped ones are checked, too. The order makes no difference to the results.
    context : CheckContext
        From `changji_geo.clues.checks.context.build_context`.
    beside : iterable of Clue
        Further clues that may be duplicates of them; they are not checked themselves.

    Returns
    -------
    dict of str to tuple of CheckResult
        Clue id -> one result for each of `CHECKS`, in that order; the ids in the order of the clues. The same clues and
        context give the same results.

    Raises
    ------
    InputError
        When two clues have the same id.
    """
    batch = read_batch(clues)
    others = tuple(beside)
    wide = read_batch([*batch.clues, *others]) if others else batch
    columns = [check(wide if check is check_duplicates else batch, context) for _, check in CHECKS.values()]
    return {clue.id: tuple(column[i] for column in columns) for i, clue in enumerate(batch.clues)}


def changed_checks(before: Iterable[CheckResult], after: Iterable[CheckResult]) -> tuple[str, ...]:
    """Names of the checks whose result is another than before, in the order of the later run.

    A layer that was replaced shows here: its version and hash are part of the result.
    """
    old = {result.check: result for result in before}
    new = {result.check: result for result in after}
    return tuple(n for n, r in new.items() if old.get(n) != r) + tuple(n for n in old if n not in new)
