"""Tables of a card: which cells name others, which need attention, and how far each reaches."""

from changji_geo.report.cards.content import Card, Pair
from changji_geo.report.cards.fitting import FittedCard, Row
from changji_geo.report.cards.tables import card_tables

PAIRS = (Pair("县市", "奇台县"), Pair("整改时限", "2026-04-19，已逾期", alert=True))


def row(*texts):
    return Row(tuple((text,) if text is not None else () for text in texts), 5.0)


def tables(*zones):
    card = Card("LD2025-0001", "", PAIRS, (), "", (), "", "", "", (), (), "")
    return card_tables(
        FittedCard(
            card=card, heading="", size=7.0, facts=tuple(row(p.caption, p.text) for p in PAIRS), location=40.0, block=90.0,
            zones=(row(*"甲乙丙丁戊"), *zones), checks=(row("检查", "结论", "理由"), row("县市", "支持", "在奇台县")),
            priority=row("优先分", "33 分"), findings=(row("日期", "", "人员", "张三"), row("情况", "属实", None, None)),
            signatures=8.5, foot=(),
        )
    )  # fmt: skip


def kinds(table):
    return [[(cell.text, cell.first, cell.last, cell.kind) for cell in line.cells] for line in table.rows]


def test_captions_stand_beside_what_they_name_and_what_is_overdue_is_an_alert():
    assert kinds(tables().facts) == [
        [("县市", 0, 1, "caption"), ("奇台县", 1, 2, "text")],
        [("整改时限", 0, 1, "caption"), ("2026-04-19，已逾期", 1, 2, "alert")],
    ]


def test_sizes_are_numbers_below_a_row_of_heads():
    head, line = kinds(tables(row("卡拉麦里", "核心区", "6,000.0", "9.00", "67.1%")).zones)
    assert [kind for *_, kind in head] == ["head"] * 5
    assert [kind for *_, kind in line] == ["text", "text", "number", "number", "number"]


def test_a_single_cell_takes_the_whole_row():
    assert kinds(tables(row("不在保护区内")).zones)[1] == [("不在保护区内", 0, 5, "text")]
    assert kinds(tables(row("甲", "乙", "丙")).zones)[1][2] == ("丙", 2, 5, "text")


def test_the_priority_is_the_last_row_of_the_checks():
    assert kinds(tables().checks)[-1] == [("优先分", 0, 1, "caption"), ("33 分", 1, 3, "text")]


def test_a_blank_to_fill_in_is_a_cell_and_an_absent_one_is_not():
    pair, wide = kinds(tables().findings)
    assert pair == [("日期", 0, 1, "caption"), ("", 1, 2, "text"), ("人员", 2, 3, "caption"), ("张三", 3, 4, "text")]
    assert wide == [("情况", 0, 1, "caption"), ("属实", 1, 4, "text")]


def test_lines_of_a_cell_are_one_paragraph_and_only_names_are_shaded():
    line = Row((("上", "下"), ("乙",)), 9.0)
    cells = tables(line).zones.rows[1].cells
    assert cells[0].text == "上下" and not cells[0].shaded
    assert all(cell.shaded for cell in tables().zones.rows[0].cells)
