"""A ledger and a period -> a folder with the map (page, picture, print), the workbook of statistics and the report."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path

from changji_geo.clues.ledger.opening import Ledger
from changji_geo.clues.settings import ClueSettings, load_settings
from changji_geo.errors import OutputError
from changji_geo.files import write_atomic
from changji_geo.report.clues.counting import build_statistics
from changji_geo.report.clues.document import report_document
from changji_geo.report.clues.maps import report_scene
from changji_geo.report.clues.periods import require_period
from changji_geo.report.clues.wording import Background
from changji_geo.report.clues.workbook import statistics_workbook
from changji_geo.resources import Workspace, find_workspace
from changji_geo.scene_model import Scene

MAP_PAGE, MAP_PICTURE, MAP_PRINT = "线索地图.html", "线索地图.png", "线索地图.pdf"
WORKBOOK, DOCUMENT = "统计.xlsx", "报告.docx"

Step = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what was done)."""

_STEPS = ("读取台账", "核验台账", "绘制地图", "写出报告")


def write_clue_report(
    ledger: Ledger,
    out: Path | str,
    *,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
    today: datetime.date,
    workspace: Workspace | None = None,
    settings: ClueSettings | None = None,
    evidence_folder: Path | str | None = None,
    step: Step | None = None,
) -> tuple[Path, ...]:
    """Write the report of a period.

    Parameters
    ----------
    ledger : Ledger
    out : path
        Folder for ``线索地图.html``, ``.png``, ``.pdf``, ``统计.xlsx`` and ``报告.docx``; made when missing. Nothing is written
        before all of it is made.
    start, end : date, optional
        First and last day, both in the period; from the day of the first event, and to `today`.
    today : date
        The day of the report.
    workspace : Workspace, optional
        Where the map ``clues`` and its layers are; the one in force by default.
    settings : ClueSettings, optional
        Names of the drop reasons; the shipped ones by default.
    evidence_folder : path, optional
        Given, the evidence files are verified with the ledger.
    step : callable, optional
        Called as ``step(done, total, name)``.

    Returns
    -------
    tuple of pathlib.Path
        The files written. Same ledger, period, day and workspace: same bytes.

    Raises
    ------
    InputError
        When the period ends before it begins or begins after today, or the map cannot be made.
    OutputError
        When the folder cannot be written.
    """
    last = end or max(today, start or today)
    require_period(start or min(last, today), last, today)
    if Path(out).is_file():
        raise OutputError(
            "报告的输出位置是一个文件", where=str(out), expected="文件夹", fix="换一个位置，或移走这个文件"
        )
    tell = step or (lambda done, total, name: None)
    space, words = workspace or find_workspace(), settings or load_settings()
    tell(0, len(_STEPS), _STEPS[0])
    events = ledger.events()
    first = start or min((event.at.date() for event in events), default=today)
    statistics = build_statistics(events, start=min(first, last), end=last, today=today)
    tell(1, len(_STEPS), _STEPS[1])
    faults = ledger.verify(evidence_folder)
    tell(2, len(_STEPS), _STEPS[2])
    scene = report_scene(statistics, space)
    files = _maps(scene)
    tell(3, len(_STEPS), _STEPS[3])
    schematic = statistics.schematic or any(layer.accuracy == "schematic" for layer in scene.layers)
    background = Background(faults, evidence_folder is not None, schematic)
    files[WORKBOOK] = statistics_workbook(statistics, settings=words, background=background)
    files[DOCUMENT] = report_document(statistics, settings=words, map_png=files[MAP_PICTURE], background=background)
    written = tuple(write_atomic(Path(out) / name, data) for name, data in files.items())
    tell(len(_STEPS), len(_STEPS), "")
    return written


def _maps(scene: Scene) -> dict[str, bytes]:
    """The map in its three forms, by file name."""
    from changji_geo.render.html import html_page
    from changji_geo.render.static import render_static

    with tempfile.TemporaryDirectory() as scratch:
        picture, printed = render_static(scene, Path(scratch) / "map.png", Path(scratch) / "map.pdf")
        return {
            MAP_PAGE: html_page(scene).encode("utf-8"),
            MAP_PICTURE: picture.read_bytes(),
            MAP_PRINT: printed.read_bytes(),
        }
