"""Clues for the tests of files that go out and come back: two polygons, a multi-part one with a hole, a point, a dropped one."""

import datetime

import openpyxl
import shapely

from changji_geo.clues.checks.stored import checks_value
from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.updating import plan_update
from changji_geo.clues.fields import field_of
from changji_geo.clues.ledger.states import build_clue, geometry_hex
from changji_geo.clues.model import CheckResult, LayerUse, NewEvent

HEADER = 2
TODAY = datetime.date(2026, 3, 16)
AT = datetime.datetime(2026, 3, 16, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
HOSTILE = "<script>alert(1)</script>&\"'"
FORMULA = '=HYPERLINK("http://x.example","点我")'

_SCHEMATIC = CheckResult("county", "supports", "在奇台县", {}, (LayerUse("counties", "1", "0" * 64, "schematic"),))


def square(place, size=0.002):
    """A square of so many degrees, the place-th of a row of them."""
    west = round(88 + place * 0.01, 9)
    return shapely.box(west, 44, round(west + size, 9), 44 + size)


RING = shapely.box(88.02, 44, 88.022, 44.002).difference(shapely.box(88.0205, 44.0005, 88.0215, 44.0015))
"""A square with a square hole."""

SHAPES = {
    1: square(1), 2: shapely.MultiPolygon([RING, shapely.box(88.03, 44, 88.031, 44.001)]),
    3: shapely.Point(88.123456789, 44.25), 4: square(4), 5: square(5), 6: square(6),
}  # fmt: skip

VALUES = {
    1: {"status": "整改中", "county": "奇台县", "reserve": "奇台荒漠类草地自然保护区", "deadline": "2026-03-01",
        "measure": "拆除围栏", "activity": "采石采砂", "attributes": {"名称": HOSTILE}, "observed": "2025-08-01"},
    2: {"county": "阜康市", "finding": "第一行\n第二行", "remark": FORMULA, "duty_unit": "+cmd|' /C calc'!A0"},
    3: {"attributes": {"名称": "编号_x0041_"}, "deadline": "2026-12-31", "built": "2019年前后"},
    4: {"dropped": "farming", "county": "奇台县"},
    5: {"status": "整改完成待验收", "deadline": "2026-03-16", "progress": "已恢复"},
    6: {"status": "已销号", "close_document": "昌环发〔2026〕1号", "close_date": "2026-02-02"},
}  # fmt: skip


def clue_id(number):
    """The id of a clue of the sample."""
    return f"LD2025-{number:04d}"


def imports(numbers=tuple(SHAPES)):
    """The events that bring the clues in."""
    checks = {"checks": checks_value([_SCHEMATIC])}
    return [
        NewEvent(
            clue_id(n), "import", "张三", {},
            {"batch": "绿盾2025-1", "original_id": f"SL-{n}", "geometry": geometry_hex(SHAPES[n])}
            | VALUES[n] | (checks if n == 1 else {}),
        )
        for n in numbers
    ]  # fmt: skip


def plain(number, **values):
    """A clue with a square outline."""
    base = {"batch": "绿盾2025-1", "original_id": f"SL-{number}", "original": geometry_hex(square(number))}
    return build_clue(clue_id(number), base | values)


class Form:
    """An exported workbook that a person edits."""

    def __init__(self, clues, path):
        self.path = export_clues(clues, path, today=TODAY)
        self.book = openpyxl.load_workbook(self.path)
        self.page = self.book["台账"]

    def column(self, key):
        title = "导出戳（勿改）" if key == "stamp" else field_of(key).title
        return next(c.column for c in self.page[HEADER] if c.value == title)

    def row(self, number):
        return next(r[0].row for r in self.page.iter_rows(min_row=HEADER + 1) if r[0].value == clue_id(number))

    def cell(self, number, key):
        return self.page.cell(self.row(number), self.column(key))

    def put(self, number, **values):
        for key, value in values.items():
            self.cell(number, key).value = value

    def plan(self, clues, **options):
        self.book.save(self.path)
        return plan_update(self.path, clues, actor="李四", **options)
