"""A season of the clue desk for tests: the commands from the first import to the closed case, and the files that they read."""

import contextlib
import dataclasses
import io
import random
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyogrio
import shapely
from shapely import box

from changji_geo.cli.main import main as run_here

QUICK = ("import", "check", "update", "set")
"""The steps that a short run does."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A command of the season. ``ready`` makes the files that it reads, out of what the steps before it left."""

    name: str
    words: tuple[str, ...]
    ready: Callable | None = None
    outputs: bool = False


@dataclasses.dataclass
class Desk:
    """A ledger with its evidence folder and the folder that its commands write into."""

    location: str
    folder: Path
    inputs: Path
    look: Callable
    settle: Callable = lambda: None
    anchor: str = ""
    left_before: frozenset = frozenset()

    @property
    def evidence(self):
        return self.folder / "证据"

    @property
    def out(self):
        return self.folder / "出"

    def words(self, step):
        """The command line of a step."""
        given = [word.format(inputs=self.inputs, out=self.out) for word in step.words]
        command, *rest = given
        if command == "copy":
            return ["clues", "copy", self.location, *rest]
        more = ["--ledger", self.location]
        if command in ("set", "evidence", "close", "update", "export", "cards", "report"):
            more += ["--evidence-dir", str(self.evidence)]
        if command not in ("export", "cards", "report") and "--by" not in rest:
            more += ["--by", "张三"]
        return ["clues", command, *rest, *more]


def here(words):
    """Run a command line in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_here([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def season():
    """The commands, in their order."""
    clue, other, third = "LD2025-0001", "LD2025-0002", "LD2025-0003"
    return (
        Step("import", ("import", "{inputs}/初报.gpkg", "--batch", "绿盾2025-1")),
        Step("check", ("check",)),
        Step("update", ("update", "{inputs}/填好.xlsx", "--yes"), ready=fill_form),
        Step(
            "set",
            ("set", clue, "--status", "已核查-待整改", "--field", "核查情况=属实", "--role", "现场核查",
             "--evidence", "{inputs}/大.jpg", "--evidence", "{inputs}/前1.jpg"),
        ),
        Step("import again", ("import", "{inputs}/再报.gpkg", "--batch", "绿盾2025-1")),
        Step("check again", ("check",)),
        Step("export xlsx", ("export", "{out}/台账.xlsx", "--today", "2026-07-02"), outputs=True),
        Step("export gpkg", ("export", "{out}/外业.gpkg", "--today", "2026-07-02"), outputs=True),
        Step("update field", ("update", "{inputs}/回来/外业.gpkg", "--yes", "--outlines", "--photos"), ready=draw_field),
        Step("evidence", ("evidence", clue, "{inputs}/前1.jpg", "{inputs}/前2.jpg", "--role", "整改前")),
        Step("set on", ("set", clue, "--status", "整改中")),
        Step("set done", ("set", clue, "--status", "整改完成待验收", "--field", "整改完成时间=2026-06-01")),
        Step(
            "close",
            ("close", clue, "--document", "昌州环函〔2026〕1号", "--date", "2026-06-20", "--evidence-after",
             "{inputs}/后.jpg"),
        ),
        Step("audit", ("audit", clue, "--agree", "--by", "李四")),
        Step("drop", ("drop", other, "--code", "duplicate", "--remark", "与另一处是同一处")),
        Step("restore", ("restore", other, "--reason", "现场核实是另一处")),
        Step("outline", ("outline", third, "{inputs}/重画.geojson", "--reason", "现场实测")),
        Step("check last", ("check",)),
        Step("cards", ("cards", "--out", "{out}/卡", "--id", clue, "--id", third), outputs=True),
        Step("report", ("report", "--out", "{out}/报告"), outputs=True),
        Step("copy", ("copy", "{out}/副本.gpkg"), outputs=True),
    )  # fmt: skip


def make_inputs(folder, clues):
    """The files that come from outside: two versions of a batch, photos, a redrawn outline."""
    folder.mkdir(parents=True)

    def patches(name, count, moved):
        shapes = [
            box(
                88 + n % 60 / 50,
                44.02 + n // 60 / 50,
                88.003 + n % 60 / 50,
                44.025 + n // 60 / 50 + moved * (n % 3 == 0),
            )
            for n in range(count)
        ]
        columns = {"点位编号": [f"YG-{n}" for n in range(count)], "后时相": "2025-08-01", "活动类型": "采石采砂"}
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")
        pyogrio.write_dataframe(frame, folder / name, driver="GPKG", layer="clues")

    patches("初报.gpkg", clues, 0)
    patches("再报.gpkg", clues + clues // 10, 0.001)
    rng = random.Random(1)
    for name, size in (("大.jpg", 8_000_000), ("前1.jpg", 300_000), ("前2.jpg", 400_000), ("后.jpg", 500_000)):
        (folder / name).write_bytes(rng.randbytes(size))
    shape = gpd.GeoDataFrame(geometry=[box(88.0401, 44.0201, 88.0429, 44.0249)], crs="EPSG:4490")
    pyogrio.write_dataframe(shape, folder / "重画.geojson", driver="GeoJSON")


def fill_form(desk):
    """Export the workbook and fill in every third row."""
    form = desk.inputs / "填好.xlsx"
    assert here(["clues", "export", str(form), "--ledger", desk.location, "--today", "2026-07-02"])[0] == 0
    book = openpyxl.load_workbook(form)
    sheet = book["台账"]
    top = next(row for row in sheet.iter_rows() if any(cell.value == "线索编号" for cell in row))
    columns = {cell.value: cell.column for cell in top}
    for row in range(top[0].row + 2, sheet.max_row + 1, 3):
        for title, value in {"状态": "已核查-待整改", "责任单位": "甲公司", "整改时限": "2026-09-30"}.items():
            sheet.cell(row, columns[title]).value = value
    book.save(form)


def draw_field(desk):
    """Take the field file that was exported, redraw every tenth outline and add a photo to every twelfth."""
    folder = desk.inputs / "回来"
    (folder / "现场").mkdir(parents=True)
    frame = pyogrio.read_dataframe(desk.out / "外业.gpkg")
    rng = random.Random(2)
    for number in range(0, len(frame), 12):
        name = f"现场/照片{number}.jpg"
        (folder / name).write_bytes(rng.randbytes(200_000))
        frame.loc[number, "photo"] = name
    for number in range(1, len(frame), 10):
        shape = frame.geometry.iloc[number]
        frame.loc[[number], "geometry"] = shapely.transform(shape, lambda xy: xy + 0.0005)
    pyogrio.write_dataframe(frame, folder / "外业.gpkg", driver="GPKG", layer="clues")
