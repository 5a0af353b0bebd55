"""7. Green Shield (绿盾): made-up clues from their file to a closed case, with cards, files for the field and the report."""

import datetime
import sys
from pathlib import Path

import changji_geo as cg
from changji_geo.clues.desk.deeds import close_event, set_event
from changji_geo.clues.desk.evidence import evidence_folder_of, take_evidence
from changji_geo.clues.sample import SAMPLE_BATCH, write_sample

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples") / "green_shield"
sample, file, by, case = write_sample(out / "示例.gpkg"), out / "台账.gpkg", "张三", "LD2025-0001"
at, day = datetime.datetime(2026, 3, 16, 10, tzinfo=datetime.UTC), datetime.date(2026, 3, 16)
file.unlink(missing_ok=True)  # a ledger is never overwritten; the example begins anew
with cg.create_ledger(file) as book:
    cg.import_clues(book, sample, batch=SAMPLE_BATCH, actor=by, at=at)
    print(f"核查 {cg.check_clues(book, actor=by, at=at).checked} 条示例线索")
    for status, role in (("已核查-待整改", "before"), ("整改中", "field"), ("整改完成待验收", "after")):
        (out / f"{role}.txt").write_text(f"示例证据，不是真实材料：{status}", encoding="utf-8")
        proof = take_evidence(out / f"{role}.txt", evidence_folder_of(file), clue_id=case, role=role)
        book.append([set_event(book.clue(case), actor=by, status=status, evidence=[proof])], at=at)
    book.append([close_event(book.clue(case), book.history(case), actor=by, document="示例1", close_date=day)], at=at)
    written = [*cg.write_clue_cards(book.clues()[:3], out / "核查卡", today=day)]
    written += [cg.export_clues(book.clues(), out / name, today=day) for name in ("线索.xlsx", "线索.kml")]
    written += cg.write_clue_report(book, out / "报告", today=day, evidence_folder=evidence_folder_of(file))
print("写出", "、".join(path.name for path in written))
