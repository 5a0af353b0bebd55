"""Clues -> their verification cards: one DOCX for each, one PDF and one HTML page for all of them.

A card is filled in, signed and filed with its own case, so Word gets a file for each; printing and looking through are done
for a whole batch, so PDF and HTML hold all cards, a page each.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from changji_geo.clues.facts import ClueFacts, clue_facts
from changji_geo.clues.model import Clue, Event
from changji_geo.clues.settings import ClueSettings, load_settings
from changji_geo.errors import InputError, OutputError, near_match, system_reason
from changji_geo.files import write_atomic
from changji_geo.render.fonts import FontSet, resolve_fonts
from changji_geo.render.sheet.paper import Rect
from changji_geo.render.static import print_settings
from changji_geo.report.cards.content import TITLE, BatchWords, build_card
from changji_geo.report.cards.fitting import LEFT, LOCATION_MOST, PAGE_MM, FittedCard, fit_card
from changji_geo.report.cards.location import LocationMap, draw_location
from changji_geo.report.cards.maps import draw_zone_map, inner_aspect, new_sheet, picture_of
from changji_geo.report.cards.page import draw_page, location_size, zone_map_size
from changji_geo.report.cards.photos import Chip, chips_of
from changji_geo.report.cards.qr import qr_png
from changji_geo.report.cards.views import CardViews, build_views
from changji_geo.report.cards.web import card_html, page_html
from changji_geo.report.cards.word import docx_bytes, word_face
from changji_geo.resources import Workspace, find_workspace
from changji_geo.scene_model import Scene

CardFormat = Literal["docx", "pdf", "html"]
CARD_FORMATS: tuple[CardFormat, ...] = get_args(CardFormat)

Step = Callable[[int, int, str], None]
"""Called with (cards done, cards in all, id of the clue just done); first with (0, all, "")."""

BATCH_NAME = "线索核查卡"
"""Name of the PDF and the HTML page, without ending."""

_PICTURE_DPI = 200
_SAFE = re.compile(r"[A-Za-z0-9][\w-]{0,79}", re.ASCII)


def write_clue_cards(
    clues: Sequence[Clue],
    out: Path | str,
    *,
    formats: Sequence[str] = CARD_FORMATS,
    workspace: Workspace | None = None,
    today: datetime.date,
    evidence_folder: Path | str | None = None,
    histories: Mapping[str, Sequence[Event]] | None = None,
    settings: ClueSettings | None = None,
    step: Step | None = None,
) -> tuple[Path, ...]:
    """Write the verification card of each clue: one A4 page a clue.

    Parameters
    ----------
    clues : sequence of Clue
        In the order of the pages.
    out : path
        Folder; made when missing. ``docx``: ``<clue id>.docx`` each. ``pdf``, ``html``: all cards in ``线索核查卡.pdf``,
        ``线索核查卡.html``. Files of these names are replaced, each whole.
    formats : sequence of {"docx", "pdf", "html"}
    workspace : Workspace, optional
        Whose layers the maps show; the one in force by default.
    today : date
        The day of the cards: by it a deadline has passed or not.
    evidence_folder : path, optional
        The ledger's; photos of the place before and after are shown when it is given.
    histories : mapping of str to sequence of Event, optional
        Clue id -> its events (``Ledger.history``): they say which photo is which and what it was when registered. Without
        them the first two pictures of the clue's own folder are shown under their file names.
    settings : ClueSettings, optional
        The shipped ones by default.
    step : callable, optional
        Progress, see `Step`.

    Returns
    -------
    tuple of pathlib.Path
        PDF, HTML, then the DOCX files in the clues' order; of the formats asked for.

    Raises
    ------
    InputError
        No clue, two of one id, or an unknown format.
    OutputError
        When a file cannot be written; those already written are whole.
    """
    wanted = _formats(formats)
    _require(clues)
    _make(Path(out))
    batch = _prepare(workspace or find_workspace(), settings or load_settings(), today)
    facts = clue_facts(clues, today=today)
    folder = Path(evidence_folder) if evidence_folder is not None else None
    made = _Made()
    report = step or (lambda done, total, name: None)
    report(0, len(facts), "")
    buffer = io.BytesIO()
    with print_settings(), ExitStack() as stack:
        pdf = stack.enter_context(_pdf(buffer)) if "pdf" in wanted else None
        for number, one in enumerate(facts, start=1):
            history = None if histories is None else histories.get(one.clue.id, ())
            drawing = _Drawing(batch, one, chips_of(one.clue.id, folder, history))
            if pdf is not None:
                pdf.savefig(drawing.page())
            if "docx" in wanted:
                made.docx.append(write_atomic(Path(out) / f"{file_stem(one.clue.id)}.docx", drawing.docx()))
            if "html" in wanted:
                made.html.append(drawing.html(number))
            report(number, len(facts), one.clue.id)
    files = []
    if pdf is not None:
        files.append(write_atomic(Path(out) / f"{BATCH_NAME}.pdf", buffer.getvalue()))
    if "html" in wanted:
        base = batch.location
        page = page_html(
            made.html, [f.clue.id for f in facts], location_png=base.png, size=(base.width_mm, base.height_mm),
            theme=batch.views.location.theme,
        )  # fmt: skip
        files.append(write_atomic(Path(out) / f"{BATCH_NAME}.html", page))
    return (*files, *made.docx)


def file_stem(clue_id: str) -> str:
    """A clue's id as a file name that every system takes; another than ours gets its hash, so that no two are alike.

    Examples
    --------
    >>> file_stem("LD2025-0001"), file_stem("../a:b")
    ('LD2025-0001', 'a_b-7b26657f')
    """
    if _SAFE.fullmatch(clue_id) and clue_id.upper().startswith("LD"):
        return clue_id
    plain = re.sub(r"\W+", "_", clue_id).strip("_")[:60]
    return f"{plain}-{hashlib.sha256(clue_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _formats(formats: Sequence[str]) -> tuple[str, ...]:
    for name in formats:
        if name not in CARD_FORMATS:
            raise InputError(f"核查卡没有格式“{name[:40]}”", where="formats", fix=near_match(name, CARD_FORMATS))
    if not formats:
        raise InputError("没有写核查卡的格式", where="formats", expected="、".join(CARD_FORMATS), fix="写上至少一种")
    return tuple(f for f in CARD_FORMATS if f in formats)


def _require(clues: Sequence[Clue]) -> None:
    if not clues:
        raise InputError("没有线索，无卡可制", expected="至少一条线索", fix="放宽筛选条件，或先导入线索")
    seen: set[str] = set()
    for clue in clues:
        if clue.id in seen:
            raise InputError(f"线索 {clue.id} 出现了两次", expected="每条线索一次", fix="去掉重复的")
        seen.add(clue.id)


def _make(folder: Path) -> None:
    """Make the folder, before minutes of work go into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise OutputError(
            f"无法建立输出文件夹（{system_reason(cause)}）",
            where=str(folder),
            fix="换一个位置，或检查路径中是否有同名文件、是否有写权限",
        ) from cause


@dataclass(frozen=True)
class _Batch:
    """What all cards of a batch share."""

    views: CardViews
    location: LocationMap
    fonts: FontSet
    words: BatchWords


@dataclass
class _Made:
    html: list[str] = field(default_factory=list)
    docx: list[Path] = field(default_factory=list)


def _prepare(workspace: Workspace, settings: ClueSettings, today: datetime.date) -> _Batch:
    views = build_views(workspace, settings)
    texts = [text for scene in (*views.schemes.values(), views.location) for text in scene.texts()]
    fonts = resolve_fonts(views.location.theme, (TITLE, *texts))
    location = draw_location(views.location, fonts, width=LEFT, most=LOCATION_MOST)
    words = BatchWords(today, views.titles, views.hashes, views.schematic, settings.drop_reasons)
    return _Batch(views, location, fonts, words)


def _pdf(buffer: io.BytesIO) -> Any:
    from matplotlib.backends.backend_pdf import PdfPages

    about = {"Title": TITLE, "Creator": "changji-geo", "Producer": None, "CreationDate": None}
    return PdfPages(buffer, metadata=about)


class _Drawing:
    """One card: its texts, its maps, and the card in each format. Pictures are made once, when first needed."""

    def __init__(self, batch: _Batch, facts: ClueFacts, chips: tuple[Chip, ...]) -> None:
        self.batch, self.facts, self.chips = batch, facts, chips
        self.fitted: FittedCard = fit_card(build_card(facts, batch.words), batch.fonts)
        self.map_size = zone_map_size(self.fitted, chips)
        self.scene: Scene = batch.views.zone_scene(facts, aspect=inner_aspect(batch.views.location, *self.map_size))
        self.here = batch.location.place(facts.lon, facts.lat)
        self._map: bytes | None = None

    def page(self) -> Any:
        """The page as a matplotlib figure."""
        paper = new_sheet(*PAGE_MM, self.batch.fonts, self.scene, 72)
        draw_page(paper, self.fitted, self.scene, self.batch.location, self.here, self.chips)
        return paper.figure

    def docx(self) -> bytes:
        """The card as a Word file."""
        width, height = location_size(self.fitted, self.batch.location)
        return docx_bytes(
            self.fitted, zone_map=self._zone_map(), location=(self.batch.location.marked(self.here), width, height),
            qr_png=qr_png(self.fitted.card.qr_text), chips=self.chips, theme=self.scene.theme,
            face=word_face(self.batch.fonts.regular[0].family),
        )  # fmt: skip

    def html(self, number: int) -> str:
        """The card as a part of the page."""
        return card_html(
            self.fitted, number=number, zone_map=self._zone_map(), location=location_size(self.fitted, self.batch.location),
            here=self.here, chips=self.chips,
        )  # fmt: skip

    def _zone_map(self) -> tuple[bytes, float, float]:
        width, height = self.map_size
        if self._map is None:
            paper = new_sheet(width, height, self.batch.fonts, self.scene, _PICTURE_DPI)
            draw_zone_map(paper, self.scene, Rect(0.3, 0.3, width - 0.3, height - 0.3))
            self._map = picture_of(paper, colors=128)
        return self._map, width, height
