"""A drawn figure -> the bytes of a PNG, PDF or SVG, and the settings of matplotlib under which we draw.

Text stays text: in PDF as Type 3 fonts (valid, searchable, and far quicker to write than Type 42, which matplotlib gets wrong
for CFF faces), in SVG with an embedded subset (see `sheet.svg`). No date, no random id: same figure, same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from changji_geo.errors import InputError, near_match
from changji_geo.files import write_atomic
from changji_geo.render.fonts import resolve_fonts
from changji_geo.theme import Theme

_RC = {
    "pdf.fonttype": 3,
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "svg.hashsalt": "changji-geo",
    "path.simplify": True,
    "path.snap": False,
    "text.hinting": "no_hinting",
    "text.usetex": False,
    "text.parse_math": False,
    "lines.scale_dashes": False,
    "agg.path.chunksize": 0,
}


@contextmanager
def print_settings() -> Iterator[None]:
    """The defaults of matplotlib with our settings, whatever the caller has set; the caller's settings come back afterwards."""
    skip = {"backend", "backend_fallback", "interactive"}
    known = {key: value for key, value in mpl.rcParamsDefault.items() if key not in skip}
    with mpl.rc_context():
        dict.update(mpl.rcParams, known)
        mpl.rcParams.update(_RC)  # type: ignore[arg-type]
        yield


class Printed(Protocol):
    """What a file needs to know of what is drawn; a `Scene` has it all."""

    @property
    def title(self) -> str:
        """The title among the properties of the file."""

    @property
    def description(self) -> str:
        """What the file is about; may be empty."""

    @property
    def theme(self) -> Theme:
        """Whose fonts an SVG names."""

    @property
    def dpi(self) -> int:
        """Dots per inch of a PNG."""


def _png(figure: Figure, about: Printed) -> Callable[[], bytes]:
    from PIL import Image

    figure.set_dpi(about.dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    width, height = canvas.get_width_height()
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]

    def encode() -> bytes:
        image = Image.frombuffer("RGBA", (width, height), pixels.cast("B"), "raw", "RGBA", 0, 1).convert("RGB")
        buffer = io.BytesIO()
        image.save(buffer, format="png", dpi=(about.dpi, about.dpi), compress_level=1)
        return buffer.getvalue()

    return encode


def _pdf(figure: Figure, about: Printed) -> Callable[[], bytes]:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    buffer = io.BytesIO()
    said = {
        "Title": about.title,
        "Subject": about.description or None,
        "Creator": "changji-geo",
        "Producer": None,
        "CreationDate": None,
    }
    FigureCanvasPdf(figure).print_pdf(buffer, metadata=said)  # type: ignore[no-untyped-call]
    return buffer.getvalue


def _svg(figure: Figure, about: Printed) -> Callable[[], bytes]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from changji_geo.render.sheet.svg import embed_fonts

    buffer = io.StringIO()
    said = {
        "Title": about.title,
        "Description": about.description or None,
        "Date": None,
        "Creator": None,
        "Format": None,
        "Type": None,
    }
    FigureCanvasSVG(figure).print_svg(buffer, metadata=said)  # type: ignore[no-untyped-call]
    fonts = resolve_fonts(about.theme, ())
    return embed_fonts(buffer.getvalue(), figure, fonts, about.theme).encode


SAVE: dict[str, Callable[[Figure, Printed], Callable[[], bytes]]] = {".png": _png, ".pdf": _pdf, ".svg": _svg}
"""File ending -> how the figure is drawn; what comes back gives the bytes and no longer touches the figure."""


def check_endings(paths: Sequence[Path]) -> None:
    """Raise unless every path has an ending of `SAVE`.

    Raises
    ------
    InputError
    """
    for path in paths:
        if path.suffix.lower() not in SAVE:
            raise InputError(
                f"不支持的文件类型“{path.suffix or '（没有后缀）'}”",
                where=str(path),
                expected="、".join(SAVE),
                fix=near_match(path.suffix.lower(), SAVE),
            )


def save_figure(figure: Figure, about: Printed, paths: Sequence[Path]) -> tuple[Path, ...]:
    """Save a figure to each path, as its ending says; each file is written whole or not at all.

    Raises
    ------
    InputError
        An unknown file ending.
    OutputError
        A file that cannot be written.
    """
    check_endings(paths)
    with print_settings(), ThreadPoolExecutor(1) as pool:  # a PNG is compressed while the PDF is drawn
        finishing = [pool.submit(SAVE[path.suffix.lower()](figure, about)) for path in paths]
        return tuple(write_atomic(path, data.result()) for path, data in zip(paths, finishing, strict=True))
