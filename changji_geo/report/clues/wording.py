"""The numbers of a report -> its sentences: the summary in plain Chinese, and how each number was come by."""

from __future__ import annotations

from dataclasses import dataclass

from changji_geo.classify import format_number
from changji_geo.clues.facts import MU_M2
from changji_geo.clues.ledger.chain import Fault
from changji_geo.report.clues.counting import Statistics
from changji_geo.report.clues.happenings import DEEDS_ZH
from changji_geo.report.clues.periods import day_text
from changji_geo.report.clues.tables import NONE_TEXT
from changji_geo.standards.reserves import ZONE_SCHEMES
from changji_geo.types import SCHEMATIC_NOTICE

SHOWN_FAULTS = 10
"""How many faults of the ledger a report lists before it only counts the rest."""


@dataclass(frozen=True)
class Background:
    """What a report rests on besides its numbers.

    ``faults``: what verifying the ledger found; ``evidence_checked``: whether its evidence files were looked at.
    ``schematic``: whether the map or a check rests on a schematic layer.
    """

    faults: tuple[Fault, ...] = ()
    evidence_checked: bool = False
    schematic: bool = True


def summary_paragraphs(statistics: Statistics) -> tuple[str, ...]:
    """What a reader in a hurry takes away; never a rate without its two numbers."""
    s, t = statistics, statistics.total
    if not t.imported:
        return (f"截至{day_text(s.period.as_of)}，台账中没有线索。",)
    first = (
        f"截至{day_text(s.period.as_of)}，台账共导入线索 {t.imported} 条，其中剔除 {t.dropped} 条，保留 {t.kept} 条。"
    )
    if not t.kept:
        return (f"{first}全部线索都已剔除，没有需要核查整改的线索。", _period_sentence(s))
    first += (
        f"保留的线索中，尚无核查结论 {t.pending} 条，认定非问题 {t.no_problem} 条，查实问题 {t.problems} 条"
        f"（占保留的 {_percent(t.problems, t.kept)}）。"
    )
    return (first, f"{_closing_sentence(s)}{_area_sentence(s)}{_focus_sentence(s)}", _period_sentence(s))


def _closing_sentence(s: Statistics) -> str:
    t = s.total
    if not t.problems:
        closing = f"还没有查实的问题，销号率：{NONE_TEXT}。"
    else:
        closing = f"查实的 {t.problems} 个问题中已销号 {t.closed} 个，销号率 {_percent(t.closed, t.problems)}。"
    if not t.overdue:
        return f"{closing}没有超过整改时限的线索。"
    longest = s.overdue[0]
    return f"{closing}超过整改时限的 {t.overdue} 条，最长的（{longest.clue.id}）已逾期 {longest.overdue_days} 天。"


def _area_sentence(s: Statistics) -> str:
    t = s.total
    if t.inside_m2 is None:
        return "区内面积：没有可计的图斑（点状，或尚未自动比对）。"
    left = f"，另有 {t.unmeasured} 条为点状或尚未比对，没有面积" if t.unmeasured else ""
    return f"保留线索在自然保护区内的面积合计 {format_number(t.inside_m2 / MU_M2, 2)} 亩（{format_number(t.inside_m2, 1)} 平方米）{left}。"


def _focus_sentence(s: Statistics) -> str:
    found = dict(s.focus)
    if "未核查" in found and len(found) == 1:
        return "四类重点问题尚未自动比对。"
    unclear = f"，{found['不明确']} 条不明确、须人工判断" if found.get("不明确") else ""
    left = f"，{found['未核查']} 条尚未比对" if found.get("未核查") else ""
    return f"自动比对认为属四类重点问题的 {found.get('属四类重点问题', 0)} 条{unclear}{left}。"


def _period_sentence(s: Statistics) -> str:
    words = {m.title: m for m in s.movements}
    if not words:
        return f"本期（{s.period.text}）台账没有新的记录。"
    parts = []
    for deed in ("import", "drop", "problem", "no_problem", "closed", "returned"):
        movement = words.get(DEEDS_ZH[deed])
        if movement:
            parts.append(f"{movement.title} {movement.clues} 条")
    audits = [words[DEEDS_ZH[d]] for d in ("audit_agreed", "audit_returned") if DEEDS_ZH[d] in words]
    if audits:
        parts.append(f"抽查 {sum(m.times for m in audits)} 次")
    return f"本期（{s.period.text}）" + ("，".join(parts) or "没有导入、剔除、认定或销号，其他办理情况见表") + "。"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"


def method_notes(statistics: Statistics, background: Background) -> tuple[str, ...]:
    """How the numbers were come by, one note each."""
    s = statistics
    old, new = ZONE_SCHEMES
    notes = [
        f"统计口径：起止日当天都计入，以台账登记的日期为准；各表为{day_text(s.period.as_of)}日终的状态，由台账事件重放得出，"
        "此后的改动不影响本报告。",
        "导入＝剔除＋保留；保留＝尚无结论＋非问题＋查实问题。各分类表中一条线索只计一次，合计相等。",
        "查实问题：状态为“已核查-待整改”“整改中”“整改完成待验收”“已销号”的线索，以及由这些状态退回重办的线索；由“已核查-非问题”"
        f"退回重办的计入尚无结论。销号率＝已销号÷查实问题，不含剔除的线索；没有查实问题时写“{NONE_TEXT}”。",
        "逾期：整改时限已过、未销号、未认定非问题、未剔除的线索；时限当天不算逾期。",
        f"功能区按影像日期适用：{day_text(old.until)}及以前按{old.title}（{'、'.join(old.zones)}），"
        f"{day_text(new.since)}起按{new.title}（{'、'.join(new.zones)}），两者不互相换算。"
        if old.until and new.since
        else "功能区按影像日期适用的分区办法。",
        "面积为 CGCS2000 椭球面积，1 亩＝2000/3 平方米；各行四舍五入，相加与合计的末位可能有出入。",
        "自动比对的阈值和优先分的权重是本单位自定的工作值，不是国家标准；比对只提供证据，认定由人作出。",
    ]
    if background.schematic:
        notes.append(f"地图和自动比对用到的图层中有示意性的，以其为依据的面积和结论同样是示意：{SCHEMATIC_NOTICE}。")
    return tuple(notes)


def ledger_notes(statistics: Statistics, background: Background) -> tuple[str, ...]:
    """What verifying the ledger found, and how to use its anchor line."""
    head, faults = statistics.head, background.faults
    if not head.count:
        return ("台账还没有事件，没有锚记。",)
    scope = (
        "事件链、当前状态和证据文件"
        if background.evidence_checked
        else "事件链和当前状态（没有给出证据文件夹，证据文件未核对）"
    )
    if faults:
        more = f"（以下列出前 {SHOWN_FAULTS} 处）" if len(faults) > SHOWN_FAULTS else ""
        words = (f"编制时核验{scope}，发现 {len(faults)} 处问题{more}：", *(f.message for f in faults[:SHOWN_FAULTS]))
    else:
        words = (f"编制时核验{scope}，没有发现问题。",)
    return (
        *words,
        "锚记是台账末号和该事件的散列值。以后核验台账时给出这一行，就能证明到此为止的每一件事件都没有被改动、删除或调换。",
    )
