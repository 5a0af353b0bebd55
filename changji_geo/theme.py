"""Theme files ``maps/themes/<id>.toml`` -> `Theme`: colours, fonts, sizes and named symbols of a map.

The design put this in ``render/``; the Scene settles every colour before a renderer runs, so the theme must be readable
below the Scene. Only the search for an actual font file, which needs matplotlib, stays with the renderers.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from changji_geo.errors import SpecError, near_match
from changji_geo.resources import Workspace
from changji_geo.specfile import Strict, check_model, read_toml
from changji_geo.types import Hatch, Marker

Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Points = Annotated[float, Field(ge=0, le=200)]
Share = Annotated[float, Field(ge=0, le=1)]


class SymbolSpec(Strict):
    """A symbol; what is left out comes from the theme's symbol of that name, then from ``default``.

    Sizes and widths are points (1/72 inch) in print and CSS pixels times 0.75 on screen, so both look alike.
    """

    fill: Color | None = None
    fill_opacity: Share | None = None
    stroke: Color | None = None
    stroke_width: Points | None = None
    stroke_opacity: Share | None = None
    dash: list[Points] | None = Field(default=None, max_length=6, description="虚线：线段、间隔……，单位点")
    hatch: Hatch | None = None
    marker: Marker | None = None
    size: Points | None = Field(default=None, description="点符号直径，单位点")


class LabelStyle(Strict):
    """How labels look."""

    size: Points = 8.0
    color: Color = "#222222"
    halo: Color = "#ffffff"
    bold: bool = False


class FontSizes(Strict):
    """Text sizes in points, for print; the page uses its own responsive sizes."""

    title: Points = 20.0
    subtitle: Points = 11.0
    legend_title: Points = 9.0
    legend: Points = 8.0
    furniture: Points = 7.0
    notice: Points = 7.5


class Theme(Strict):
    """All that a map's look needs."""

    title: str = Field(max_length=60)
    fonts: list[str] = Field(min_length=1, description="字体名，按先后查找；系统都没有时用 fonts 附加包")
    page: Color = "#ffffff"
    frame: Color = "#333333"
    map_background: Color = "#eef2f4"
    text: Color = "#1d2327"
    muted_text: Color = "#5b6770"
    accent: Color = "#1f6f8b"
    notice: Color = "#a33b20"
    graticule: Color = "#9aa7b0"
    missing: SymbolSpec = SymbolSpec()
    margins_mm: tuple[float, float, float, float] = Field(
        default=(10.0, 10.0, 10.0, 10.0), description="上、右、下、左，毫米", strict=False
    )
    sizes: FontSizes = FontSizes()
    label: LabelStyle = LabelStyle()
    symbols: dict[str, SymbolSpec] = Field(default_factory=dict)


def load_theme(theme_id: str, workspace: Workspace) -> Theme:
    """Read a theme.

    Raises
    ------
    SpecError
        When the theme does not exist, or a key or value in its file is wrong.
    """
    path = workspace.theme_file(theme_id)
    theme = check_model(Theme, read_toml(path, error=SpecError), where=str(path), error=SpecError)
    if "default" not in theme.symbols:
        raise SpecError("缺少符号 default", where=f"{path} 的 symbols", fix="补上 [symbols.default]")
    return theme


def merge_symbols(*specs: SymbolSpec) -> SymbolSpec:
    """One symbol from several; a later one's set keys win."""
    merged: dict[str, object] = {}
    for spec in specs:
        merged |= spec.model_dump(exclude_none=True)
    return SymbolSpec.model_validate(merged)


def named_symbol(theme: Theme, name: str, *, where: str) -> SymbolSpec:
    """The theme's symbol `name` over ``default``; an unknown name raises `SpecError` with a near match."""
    if name not in theme.symbols:
        raise SpecError(f"主题里没有符号“{name}”", where=where, fix=near_match(name, theme.symbols))
    return merge_symbols(theme.symbols["default"], theme.symbols[name])
