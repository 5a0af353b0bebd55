"""The whole desk on the made-up sample, from the file to closed cases; and many clues at once."""

import datetime

import pytest
from shapely import box

from changji_geo.clues.checks.stored import stored_results
from changji_geo.clues.desk.auditing import audit_event, audit_sample
from changji_geo.clues.desk.checking import check_clues
from changji_geo.clues.desk.deeds import close_event, drop_event, outline_event, restore_event, set_event
from changji_geo.clues.desk.evidence import evidence_folder_of, take_evidence
from changji_geo.clues.desk.importing import import_clues
from changji_geo.clues.desk.listing import select_clues
from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.clues.sample import EARLIER_BATCH, SAMPLE_BATCH, write_sample
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError
from tests.crash_ledger import AT, imported
from tests.test_clues_checks import workspace_at

SETTINGS = load_settings()
TODAY = datetime.date(2026, 3, 16)


class Desk:
    """A ledger with its evidence folder, and a person at work."""

    def __init__(self, ledger, location):
        self.ledger, self.folder, self.actor = ledger, evidence_folder_of(location), "张三"

    def do(self, deed, clue_id, *args, **kwargs):
        person = {} if deed is audit_event else {"actor": self.actor}
        return self.ledger.append([deed(self.ledger.clue(clue_id), *args, **person, **kwargs)], at=AT)

    def photo(self, file, clue_id, role):
        return take_evidence(file, self.folder, clue_id=clue_id, role=role)


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """The sample in a ledger, both batches checked."""
    root = tmp_path_factory.mktemp("desk")
    location = root / "台账.gpkg"
    with create_ledger(location) as ledger:
        for part, batch in (("earlier", EARLIER_BATCH), ("current", SAMPLE_BATCH)):
            file = write_sample(root / f"{part}.gpkg", part=part)
            import_clues(ledger, file, batch=batch, actor="张三", at=AT)
        report = check_clues(ledger, actor="张三", at=AT)
        yield Desk(ledger, location), report, root


def test_the_sample_is_checked_once_and_says_it_rests_on_schematic_layers(worked):
    desk, report, _ = worked
    assert (report.checked, len(report.first), report.written, report.unchanged) == (36, 36, 36, 0)
    assert (report.drops.imported, report.drops.kept, report.drops.dropped) == (36, 36, 0)
    assert [use.id for use in report.layers] == ["counties", "prefecture", "reserves", "protected_areas"]
    clues = desk.ledger.clues(batch=SAMPLE_BATCH)
    zones = [r for c in clues for r in stored_results(c) if r.check == "reserve_zones"]
    assert len(zones) == 35 and all(r.reason.endswith("；示意图层，不作为执法依据") for r in zones)
    assert sum("reserve" in c.fields for c in clues) == 32 and sum("zone" in c.fields for c in clues) == 31
    assert all(c.fields["county"] for c in clues)
    grown = next(r for r in stored_results(clues[8]) if r.check == "earlier")
    assert (grown.evidence["change"], grown.evidence["matches"]) == ("扩大", ["LD2024-0001"])
    twins = [c.id for c in clues for r in stored_results(c) if r.check == "duplicates" and r.verdict != "supports"]
    assert {"LD2025-0005", "LD2025-0034", "LD2025-0018", "LD2025-0035"} >= set(twins) and twins


def test_a_case_goes_from_the_file_to_closed_and_the_ledger_verifies(worked):
    desk, _, root = worked
    ledger = desk.ledger
    case, twin, outside = "LD2025-0001", "LD2025-0034", "LD2025-0031"
    before, after = root / "前.jpg", root / "后.jpg"
    before.write_bytes(b"dug")
    after.write_bytes(b"green")

    desk.do(drop_event, twin, code="duplicate", remark="同一处", settings=SETTINGS)
    desk.do(drop_event, outside, code="outside", settings=SETTINGS)
    desk.do(restore_event, outside, reason="边界存疑")
    desk.do(set_event, outside, status="已核查-非问题", values={"核查情况": "不属实"})
    with pytest.raises(InputError, match="状态不能从“待核查”改为“整改中”"):
        desk.do(set_event, case, status="整改中")
    desk.do(
        set_event, case, status="已核查-待整改", evidence=[desk.photo(before, case, "before")],
        values={"deadline": "2026-03-01", "duty_unit": "=HYPERLINK(1)", "check_result": "属实"},
    )  # fmt: skip
    assert [c.id for c in select_clues(ledger.clues(), today=TODAY, overdue=True)] == [case]
    desk.do(set_event, case, status="整改中")
    with pytest.raises(InputError, match="状态是“整改中”，不能销号"):
        desk.do(close_event, case, ledger.history(case), document="1号", close_date=TODAY)
    desk.do(set_event, case, status="整改完成待验收", values={"done_date": "2026-03-10"})
    with pytest.raises(InputError, match="缺少整改后证据"):
        desk.do(close_event, case, ledger.history(case), document="1号", close_date=TODAY)
    shown = [desk.photo(after, case, "after")]
    desk.do(close_event, case, ledger.history(case), document="昌环〔2026〕1号", close_date=TODAY, evidence=shown)
    desk.do(outline_event, "LD2025-0002", box(89.0, 44.9, 89.01, 44.91), reason="按现场")

    sample = audit_sample(ledger.clues(), share=1, seed=1)
    assert [c.id for c in sample.clues] == [case, outside, twin]
    for clue in sample.clues:
        agree = clue.id != twin
        desk.do(
            audit_event, clue.id, ledger.history(clue.id), auditor="李四", agree=agree, reason="" if agree else "再看"
        )

    assert (ledger.clue(case).status, ledger.clue(twin).dropped) == ("已销号", "")
    assert select_clues(ledger.clues(), today=TODAY, overdue=True) == ()
    report = check_clues(ledger, actor="李四", at=AT)
    assert {c.clue_id for c in report.changed} == {"LD2025-0002"} and report.unchanged == 35
    assert report.drops.imported == report.drops.kept + report.drops.dropped == 36
    assert ledger.verify(desk.folder) == ()
    with open_ledger(ledger.path) as again:
        assert again.verify(desk.folder, anchor=ledger.head().anchor) == ()
    assert [e.kind for e in ledger.history(case)] == ["import", "check", "set", "set", "set", "close", "audit"]

    (desk.folder / shown[0].path).write_bytes(b"swapped")
    assert ["后.jpg" in fault.message for fault in ledger.verify(desk.folder)] == [True]


def test_importing_the_sample_again_adds_nothing(worked):
    desk, _, root = worked
    count = desk.ledger.head().count
    again = import_clues(desk.ledger, root / "current.gpkg", batch=SAMPLE_BATCH, actor="张三", at=AT)
    assert (again.events, len(again.plan.unchanged), desk.ledger.head().count) == ((), 35, count)


def test_a_batch_among_ten_thousand_clues_is_checked_against_the_others_once(tmp_path):
    """One clue a hundredth of a degree, 300 of the earlier and 300 of the later batch in the reserve's three squares."""
    workspace = workspace_at(tmp_path / "工作区")
    corners = [(88 + n % 100 / 100, 44 + n // 100 / 100) for n in range(9_000)]
    shapes = [box(x + 0.001, y + 0.001, x + 0.003, y + 0.003) for x, y in [*corners, *corners[:1_000]]]
    batches = [("绿盾2024-1", "2024-08-01")] * 9_000 + [("绿盾2025-1", "2025-08-01")] * 1_000
    with create_ledger(tmp_path / "台账.gpkg") as ledger:
        lot = [
            imported(f"LD2025-{n:05d}", shape=shape, batch=batch, observed=day)
            for n, (shape, (batch, day)) in enumerate(zip(shapes, batches, strict=True), 1)
        ]
        ledger.append(lot, at=AT)
        first, again = (
            check_clues(ledger, actor="张三", at=AT, workspace=workspace, batch="绿盾2025-1") for _ in range(2)
        )
        clues = ledger.clues()
    assert (first.written, again.written, again.unchanged) == (1_000, 0, 1_000)
    assert first.drops.imported == first.drops.kept == 1_000
    inside = select_clues(clues, today=TODAY, reserve="甲保护区")
    assert len(clues) == 10_000 and len(inside) == 300
    assert {c.fields["zone"] for c in inside} == {"核心区", "缓冲区", "实验区"}
    earlier = [r for c in inside for r in stored_results(c) if r.check == "earlier"]
    assert {r.evidence["change"] for r in earlier} == {"无变化"}
