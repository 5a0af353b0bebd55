"""Facts of a clue -> a `Card`: every text of its page, settled once for all three formats; pure, no file is read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from changji_geo.clues.checks.running import CHECKS
from changji_geo.clues.checks.stored import stored_priority
from changji_geo.clues.facts import ClueFacts
from changji_geo.clues.model import VERDICTS_ZH, CheckResult, LayerUse, Verdict
from changji_geo.errors import InputError
from changji_geo.gauss_kruger import to_gauss_kruger
from changji_geo.scene_text import clean_text
from changji_geo.standards.reserves import zone_scheme
from changji_geo.types import ACCURACY_ZH, SCHEMATIC_NOTICE

TITLE = "疑似问题线索核查卡"
SUBTITLE = "“绿盾”自然保护地强化监督"
NOT_CHECKED = "未核查"
NOTHING = "无"
MARK = "＊"
"""Stands after whatever rests on a schematic layer; the foot of the page says what it means."""

INTERNAL = "内部使用：图件未经地图审核，不得公开使用"
SIGNATURES = ("核查人", "复核人", "单位负责人", "日期")
CHOICES = ("属实", "部分属实", "不属实")

_NUMBER_FORMS = {"area_m2": "{:,.1f}", "area_mu": "{:,.2f}", "share": "{:.1%}"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A caption and its text; ``alert``: to be read first."""

    caption: str
    text: str
    alert: bool = False


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check: title (with `MARK` where it rests on a schematic layer), verdict, its Chinese word, reason."""

    title: str
    verdict: Verdict
    verdict_zh: str
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a card says.

    ``facts`` stand beside the map. ``zones`` are rows of reserve, zone, m2, mu and share, with ``zones_note`` where there
    is none; likewise ``checks`` and ``checks_note``. ``findings``: the fields to fill in by hand, with what the ledger
    holds already. ``choice`` is the ticked one of `CHOICES`, "" for none. ``foot`` are the lines at the bottom, the first
    the notice. ``qr_text`` is what the code holds.
    """

    id: str
    heading: str
    facts: tuple[Pair, ...]
    zones: tuple[tuple[str, ...], ...]
    zones_note: str
    checks: tuple[CheckLine, ...]
    checks_note: str
    priority: str
    choice: str
    findings: tuple[Pair, ...]
    foot: tuple[str, ...]
    qr_text: str


@dataclass(frozen=True)
class BatchWords:
    """What the cards of a batch share: the day, titles and present SHA-256 of layers, titles of schematic map layers."""

    today: datetime.date
    layer_titles: Mapping[str, str]
    layer_hashes: Mapping[str, str]
    map_schematic: tuple[str, ...]
    drop_reasons: Mapping[str, str]


def build_card(facts: ClueFacts, words: BatchWords) -> Card:
    """Settle every text of a card.

    Parameters
    ----------
    facts : ClueFacts
        Of one clue, from `changji_geo.clues.facts.clue_facts`.
    words : BatchWords

    Returns
    -------
    Card
        Texts are on one line each, without control characters. What the ledger does not know is "无" or "未核查", never 0.
    """
    clue = facts.clue
    zones, zones_note = _zones(facts)
    heading = "　　".join([f"原编号：{_line(clue.original_id) or NOTHING}", f"批次：{_line(clue.batch) or NOTHING}"])
    return Card(
        id=_line(clue.id)[:60],
        heading=heading,
        facts=_facts(facts, words),
        zones=zones,
        zones_note=zones_note,
        checks=tuple(_check(result) for result in facts.results),
        checks_note="" if facts.results else f"{NOT_CHECKED}：台账里没有这条线索的检查结果",
        priority=_priority(facts),
        choice=str(facts.value("check_result") or ""),
        findings=_findings(facts),
        foot=_foot(facts, words),
        qr_text=qr_text(clue.id, facts.lon, facts.lat),
    )


def qr_text(clue_id: str, lon: float, lat: float) -> str:
    """What the code of a card holds: a geo URI (RFC 5870) whose label is the clue's id, so that a phone opens its map there.

    Examples
    --------
    >>> qr_text("LD2025-0001", 89.1234567, 44.5)
    'geo:44.500000,89.123457?q=44.500000,89.123457(LD2025-0001)'
    """
    place = f"{lat:.6f},{lon:.6f}"
    return f"geo:{place}?q={place}({quote(clue_id[:40], safe='')})"


def plane_text(lon: float, lat: float) -> str:
    """Gauss-Krueger coordinates as surveyors write them, X to the north, with zone and meridian named.

    Examples
    --------
    >>> plane_text(87.0, 44.0)
    'X 4873822.37，Y 29500000.00（米；3 度带 29 带，中央经线 87°）'
    """
    try:
        easting, northing, zone = to_gauss_kruger(lon, lat)
    except InputError:
        return "不在国内分带范围"
    number = f"{zone.width} 度带 {zone.number} 带，中央经线 {zone.central_meridian}°"
    return f"X {float(northing):.2f}，Y {float(easting):.2f}（米；{number}）"


def _facts(facts: ClueFacts, words: BatchWords) -> tuple[Pair, ...]:
    clue = facts.clue
    county = facts.value("county") or _evidence(facts.results, "county", "county")
    activity = "；".join(_line(v) for k in ("activity", "facility", "change") if (v := facts.value(k)))
    late = facts.overdue_days
    deadline = facts.value("deadline")
    status = clue.status
    if clue.dropped:
        status_text = f"{status}（已剔除：{words.drop_reasons.get(clue.dropped, clue.dropped)}）"
    else:
        status_text = status
    return (
        Pair("名称", _line(facts.name) or NOTHING),
        Pair("所在县市", _line(county) or (NOTHING if facts.results else NOT_CHECKED)),
        Pair("保护地", _reserve(facts)),
        Pair("活动类型", activity or NOTHING),
        Pair("影像日期", _observed(clue.observed)),
        Pair("面积", _area(facts)),
        Pair("经纬度", f"{facts.lon:.6f}°E，{facts.lat:.6f}°N（CGCS2000）"),
        Pair("度分秒", _dms(facts)),
        Pair("高斯坐标", plane_text(facts.lon, facts.lat)),
        Pair("状态", _line(status_text), bool(clue.dropped)),
        Pair("整改时限", (_line(deadline) or NOTHING) + (f"，已逾期 {late} 天" if late else ""), bool(late)),
    )


def _reserve(facts: ClueFacts) -> str:
    """The reserve as the desk wrote it, else as the check found it."""
    written = _line(facts.value("reserve"))
    found = "、".join(dict.fromkeys(_line(zone.get("reserve")) for zone in facts.zones))
    if written or found:
        return written or found
    return NOTHING if any(r.check == "reserve_zones" for r in facts.results) else NOT_CHECKED


def _observed(day: datetime.date | None) -> str:
    if day is None:
        return "没有影像日期，无法确定适用哪种分区"
    scheme = zone_scheme(day)
    return f"{day.isoformat()}（适用“{scheme.title}”：{'、'.join(scheme.zones)}）"


def _area(facts: ClueFacts) -> str:
    if facts.area_m2 is None or facts.area_mu is None:
        return "点状线索，无面积"
    return f"{facts.area_m2:,.1f} 平方米（{facts.area_mu:,.2f} 亩）"


def _dms(facts: ClueFacts) -> str:
    try:
        return facts.dms
    except InputError:
        return "超出经纬度范围"


def _zones(facts: ClueFacts) -> tuple[tuple[tuple[str, ...], ...], str]:
    """Rows of the zone table, each number as text; with the words that stand in their place."""
    found = next((r for r in facts.results if r.check == "reserve_zones"), None)
    if found is None:
        return (), NOT_CHECKED
    rows = []
    for zone in facts.zones:
        area = zone.get("area_m2")
        sizes = {"area_m2": area, "area_mu": None if area is None else area * 3.0 / 2000.0, "share": zone.get("share")}
        texts = ["点" if v is None else _NUMBER_FORMS[k].format(v) for k, v in sizes.items()]
        name = _line(zone.get("zone")) or "图层未给出"
        rows.append((_line(zone.get("reserve")), f"{name}（{_line(zone.get('scheme'))}）", *texts))
    return tuple(rows), "" if rows else _reason(found)


def _check(result: CheckResult) -> CheckLine:
    title = CHECKS[result.check][0] if result.check in CHECKS else _line(result.check)
    schematic = any(use.accuracy == "schematic" for use in result.layers)
    return CheckLine(
        title + (MARK if schematic else ""),
        result.verdict,
        VERDICTS_ZH.get(result.verdict, _line(result.verdict)),
        _reason(result),
    )


def _reason(result: CheckResult) -> str:
    """The reason without the notice, which the page says once for all marked lines."""
    return _line(result.reason).removesuffix(SCHEMATIC_NOTICE).rstrip("；")


def _priority(facts: ClueFacts) -> str:
    found = stored_priority(facts.clue)
    if found is None:
        return NOT_CHECKED
    terms = [f"{_line(name)}（{_line(value)}）{points:g}" for name, value, points in found.terms]
    return f"{found.score:g} 分 = " + " + ".join(terms) + "（只定先后，不是结论）"


def _findings(facts: ClueFacts) -> tuple[Pair, ...]:
    wanted = (
        ("核查时间", "check_date"), ("现场情况", "finding"), ("建设时间", "built"), ("审批手续", "permit"),
        ("责任单位", "duty_unit"), ("整改时限", "deadline"), ("整改措施", "measure"),
    )  # fmt: skip
    return tuple(Pair(caption, _line(facts.value(key))) for caption, key in wanted)


def _foot(facts: ClueFacts, words: BatchWords) -> tuple[str, ...]:
    uses = {use.id: use for result in facts.results for use in result.layers}
    titles = {key: _line(words.layer_titles.get(key, key)) for key in uses}
    schematic = [titles[key] for key, use in uses.items() if use.accuracy == "schematic"]
    named = "、".join(dict.fromkeys([*schematic, *words.map_schematic]))
    lines = [f"{MARK}{SCHEMATIC_NOTICE}：{named}。{INTERNAL}。" if named else f"{INTERNAL}。"]
    replaced = [titles[key] for key, use in uses.items() if words.layer_hashes.get(key) != use.sha256]
    if replaced:
        lines[0] += f"检查之后图层已更换，图与检查结果可能不一致，请重新检查：{'、'.join(replaced)}。"
    said = "、".join(f"{titles[key]} {_version(use)}" for key, use in uses.items()) or NOT_CHECKED
    lines.append(
        f"结论只说明检查是否支持“问题成立”，由人定性。检查所用图层：{said}。"
        f"制卡日期：{words.today.isoformat()}。二维码：线索位置和编号。"
    )
    return tuple(lines)


def _version(use: LayerUse) -> str:
    accuracy = {str(k): v for k, v in ACCURACY_ZH.items()}.get(use.accuracy, use.accuracy)
    return _line(f"{use.version}（{accuracy}，{use.sha256[:8]}）")


def _evidence(results: Iterable[CheckResult], check: str, key: str) -> object:
    return next((r.evidence.get(key) for r in results if r.check == check), None)


def _line(value: object) -> str:
    """A value of foreign origin on one line; "" for None."""
    return "" if value is None else " ".join(clean_text(value).split())
