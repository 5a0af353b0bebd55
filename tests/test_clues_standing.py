"""What was found of a clue is decided once, by its history: the workbook that goes out and the report say the same."""

import datetime

import openpyxl
import pytest

from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.rows import export_rows
from changji_geo.clues.exchange.summaries import summary_tables
from changji_geo.clues.ledger.states import replay
from changji_geo.clues.settings import load_settings
from changji_geo.clues.standing import Standing, standing_by_status, standings
from changji_geo.report.clues.counting import build_statistics
from tests.clue_events import Book, arrives, becomes, dropped

TODAY = datetime.date(2026, 7, 6)
SOUND, FOUND, CLOSED, BACK = "LD2026-0001", "LD2026-0002", "LD2026-0003", "LD2026-0004"


@pytest.fixture(scope="module")
def book():
    """0001 was no problem and 0002 was one, both sent back; 0003 is closed; 0004 waits; 0005, a problem, was dropped."""
    book = Book().add((4, 1), *(arrives(f"LD2026-000{n}", county="奇台县") for n in (1, 2, 3, 4, 5)))
    book.add((4, 2), becomes(SOUND, "已核查-非问题"), *(becomes(f"LD2026-000{n}", "已核查-待整改") for n in (2, 3, 5)))
    book.add((4, 3), *(becomes(CLOSED, status) for status in ("整改中", "整改完成待验收", "已销号")))
    return book.add((4, 4), becomes(SOUND, "退回重办"), becomes(FOUND, "退回重办"), dropped("LD2026-0005"))


def clues_of(book):
    return tuple(replay(book.events).values())


def test_a_finding_that_is_being_redone_is_pending_and_a_problem_stays_one(book):
    found = standings(book.events)
    assert {key: one.conclusion for key, one in found.items()} == {
        SOUND: "pending", FOUND: "problem", CLOSED: "problem", BACK: "pending", "LD2026-0005": "problem",
    }  # fmt: skip
    assert found[SOUND] == Standing("退回重办", "", "pending") and found["LD2026-0005"].text == "已剔除"


def test_the_status_alone_takes_every_case_that_was_sent_back_for_a_problem(book):
    by_id = {clue.id: standing_by_status(clue).conclusion for clue in clues_of(book)}
    assert (by_id[SOUND], by_id[FOUND], by_id[BACK]) == ("problem", "problem", "pending")


def test_the_workbook_and_the_report_count_the_same_problems_and_the_same_rate(book):
    """Two problems of four kept clues, one of them closed: one half."""
    rows = export_rows(clues_of(book), today=TODAY, settings=load_settings())
    tables = summary_tables(rows, standings(book.events))
    total = build_statistics(book.events, start=datetime.date(2026, 1, 1), end=TODAY, today=TODAY).total
    report = (total.imported, total.kept, total.dropped, total.problems, total.closed, total.overdue)
    assert (*report, total.closing_rate) == (5, 4, 1, 2, 1, 0, 0.5)
    assert tables[0].rows[-1] == ("合计", *report, 0.5)
    assert not any("只按现在的状态" in note for table in tables for note in table.notes)


def test_without_events_the_workbook_says_that_it_went_by_the_status(book, tmp_path):
    for events, problems, said in ((book.events, 2, 0), ((), 3, 1)):
        path = export_clues(clues_of(book), tmp_path / "台账.xlsx", today=TODAY, events=events)
        page = openpyxl.load_workbook(path)["汇总"]
        lines = [[cell.value for cell in line] for line in page.iter_rows()]
        head = next(line for line in lines if line[0] == "保护地")
        whole = next(line for line in lines if line[0] == "合计")
        assert whole[head.index("查实问题")] == problems
        assert sum("只按现在的状态统计" in str(line[0]) for line in lines) == said


def test_a_group_of_a_very_long_name_has_a_short_one_in_the_summary(book):
    long = Book().add((4, 1), arrives("LD2026-0001", activity="长" * 5000))
    rows = export_rows(clues_of(long), today=TODAY, settings=load_settings())
    assert [row[0] for row in summary_tables(rows)[2].rows] == ["长" * 40 + "……", "合计"]
