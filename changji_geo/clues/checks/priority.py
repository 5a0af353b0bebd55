"""Check results -> a priority score whose terms can be read and added up by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from changji_geo.clues.checks.batch import area_words
from changji_geo.clues.model import CheckResult
from changji_geo.clues.settings import ClueSettings


@dataclass(frozen=True, slots=True)
class Priority:
    """A score and its terms ``(name, value, points)``; the score is the sum of the points. No verdict: an order of work."""

    score: float
    terms: tuple[tuple[str, str, float], ...]


def score_clue(results: Iterable[CheckResult], settings: ClueSettings) -> Priority:
    """The priority of a clue.

    Parameters
    ----------
    results : iterable of CheckResult
        Those of one clue, as `changji_geo.clues.checks.running.run_checks` gives them.
    settings : ClueSettings
        Its table ``[priority]`` holds the weights.

    Returns
    -------
    Priority
        Every term is there, also those of 0 points, so that two clues can be compared line by line. An unclear check adds no
        points and says "不明确". The one exception: of a clue without a date the zone of the most
        points counts, unless the patch only grazes the reserve.
    """
    found = {result.check: result for result in results}
    terms = [_zone_term(found.get("reserve_zones"), settings), _area_term(found.get("reserve_zones"), settings)]
    weights = settings.priority
    focus = found.get("focus_type")
    activity = focus.evidence.get("activity") if focus else None
    terms.append(_plain_term("四类重点问题", focus, weights.focus, str(activity or "")))
    earlier = found.get("earlier")
    change = earlier.evidence.get("change") if earlier else None
    terms.append(("变化", change or _state(earlier), weights.change.get(change, 0.0) if change else 0.0))
    terms.append(_plain_term("生态保护红线", found.get("red_line"), weights.red_line))
    terms.append(_plain_term("饮用水水源保护区", found.get("water_zones"), weights.water_zones))
    terms.append(_plain_term("其他自然保护地", found.get("other_areas"), weights.other_areas))
    return Priority(sum(points for _, _, points in terms), tuple(terms))


def _state(result: CheckResult | None) -> str:
    if result is None:
        return "未核查"
    return {"supports": "是", "contradicts": "否", "unclear": "不明确", "not_applicable": "不适用"}[result.verdict]


def _plain_term(name: str, result: CheckResult | None, points: float, word: str = "") -> tuple[str, str, float]:
    yes = result is not None and result.verdict == "supports"
    return (name, (yes and word) or _state(result), points if yes else 0.0)


def _zone_term(result: CheckResult | None, settings: ClueSettings) -> tuple[str, str, float]:
    zones = [str(part["zone"]) for part in result.evidence.get("zones", ()) if part["zone"]] if result else []
    if result is None or not zones or (result.verdict == "unclear" and result.evidence["observed"]):
        return ("功能区", _state(result), 0.0)
    share = result.evidence["inside_share"]
    if share is not None and share < settings.edge_share:
        return ("功能区", "不明确", 0.0)
    weights: Mapping[str, float] = dict(settings.priority.zones.items())
    best = max(zones, key=lambda zone: weights.get(zone, 0.0))
    return ("功能区", best, weights.get(best, 0.0))


def _area_term(result: CheckResult | None, settings: ClueSettings) -> tuple[str, str, float]:
    area = result.evidence.get("inside_m2") if result else None
    if area is None:
        return ("区内面积", "无面积", 0.0)
    reached = [step.points for step in settings.priority.area_steps if area >= step.from_m2]
    return ("区内面积", area_words(area), max(reached, default=0.0))
