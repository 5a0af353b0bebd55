"""Files of any kind -> layers and indicators of the Changji prefecture -> the same map as an offline page and as a print.

Names are looked up on first use, so ``import changji_geo`` costs a few milliseconds and no GIS library is loaded.
A module never has the name of a public function (hence ``embedding``): importing it would hide the function.

>>> import changji_geo
>>> changji_geo.find_workspace  # doctest: +ELLIPSIS
<function find_workspace at ...>
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from changji_geo.catalog import Layer, load_layer
    from changji_geo.clues.desk.checking import check_clues
    from changji_geo.clues.desk.importing import import_clues
    from changji_geo.clues.exchange.exporting import export_clues
    from changji_geo.clues.ledger.opening import create_ledger, open_ledger
    from changji_geo.embedding import embed
    from changji_geo.errors import (
        ChangjiGeoError,
        ConflictError,
        CRSError,
        EnvironmentFault,
        FontError,
        IndicatorError,
        InputError,
        LayerError,
        OutputError,
        SpecError,
    )
    from changji_geo.indicators import attach_indicators, load_indicators
    from changji_geo.intake.findings import IntakeFinding
    from changji_geo.intake.importing import import_layer
    from changji_geo.intake.indicators.importing import import_indicators
    from changji_geo.intake.reading import IntakeResult, read_any
    from changji_geo.layer_description import LayerMeta, list_layers
    from changji_geo.layer_export import export_layer
    from changji_geo.new_workspace import init_workspace
    from changji_geo.render.html import render_html
    from changji_geo.render.static import render_static
    from changji_geo.report.build import BuildReport, build_maps
    from changji_geo.report.cards.writing import write_clue_cards
    from changji_geo.report.clues.writing import write_clue_report
    from changji_geo.resources import Workspace, find_workspace
    from changji_geo.scene import build_scene
    from changji_geo.scene_model import Scene
    from changji_geo.series import Series, attach_series, load_series, write_series
    from changji_geo.spatial.areal import areal_interpolate
    from changji_geo.spatial.areas import area_m2
    from changji_geo.spatial.nearest import join_nearest
    from changji_geo.spatial.overlay import overlay_shares
    from changji_geo.spatial.points import aggregate_points, join_points
    from changji_geo.spatial.zonal import zonal_statistics
    from changji_geo.spec import MapSpec, load_map_spec

    __version__: str

_HOME = {
    "BuildReport": "report.build",
    "CRSError": "errors",
    "ChangjiGeoError": "errors",
    "ConflictError": "errors",
    "EnvironmentFault": "errors",
    "FontError": "errors",
    "IndicatorError": "errors",
    "InputError": "errors",
    "IntakeFinding": "intake.findings",
    "IntakeResult": "intake.reading",
    "Layer": "catalog",
    "LayerError": "errors",
    "LayerMeta": "layer_description",
    "MapSpec": "spec",
    "OutputError": "errors",
    "Scene": "scene_model",
    "Series": "series",
    "SpecError": "errors",
    "Workspace": "resources",
    "aggregate_points": "spatial.points",
    "area_m2": "spatial.areas",
    "areal_interpolate": "spatial.areal",
    "attach_indicators": "indicators",
    "attach_series": "series",
    "build_maps": "report.build",
    "build_scene": "scene",
    "check_clues": "clues.desk.checking",
    "create_ledger": "clues.ledger.opening",
    "embed": "embedding",
    "export_clues": "clues.exchange.exporting",
    "export_layer": "layer_export",
    "find_workspace": "resources",
    "import_clues": "clues.desk.importing",
    "import_indicators": "intake.indicators.importing",
    "import_layer": "intake.importing",
    "init_workspace": "new_workspace",
    "join_nearest": "spatial.nearest",
    "join_points": "spatial.points",
    "list_layers": "layer_description",
    "load_indicators": "indicators",
    "load_layer": "catalog",
    "load_map_spec": "spec",
    "load_series": "series",
    "open_ledger": "clues.ledger.opening",
    "overlay_shares": "spatial.overlay",
    "read_any": "intake.reading",
    "render_html": "render.html",
    "render_static": "render.static",
    "write_clue_cards": "report.cards.writing",
    "write_clue_report": "report.clues.writing",
    "write_series": "series",
    "zonal_statistics": "spatial.zonal",
}

__all__ = [
    "BuildReport",
    "CRSError",
    "ChangjiGeoError",
    "ConflictError",
    "EnvironmentFault",
    "FontError",
    "IndicatorError",
    "InputError",
    "IntakeFinding",
    "IntakeResult",
    "Layer",
    "LayerError",
    "LayerMeta",
    "MapSpec",
    "OutputError",
    "Scene",
    "Series",
    "SpecError",
    "Workspace",
    "__version__",
    "aggregate_points",
    "area_m2",
    "areal_interpolate",
    "attach_indicators",
    "attach_series",
    "build_maps",
    "build_scene",
    "check_clues",
    "create_ledger",
    "embed",
    "export_clues",
    "export_layer",
    "find_workspace",
    "import_clues",
    "import_indicators",
    "import_layer",
    "init_workspace",
    "join_nearest",
    "join_points",
    "list_layers",
    "load_indicators",
    "load_layer",
    "load_map_spec",
    "load_series",
    "open_ledger",
    "overlay_shares",
    "read_any",
    "render_html",
    "render_static",
    "write_clue_cards",
    "write_clue_report",
    "write_series",
    "zonal_statistics",
]


def __getattr__(name: str) -> Any:
    """Import the module that holds a public name when the name is first asked for (PEP 562)."""
    if name == "__version__":
        value: Any = _version()
    elif name in _HOME:
        value = getattr(importlib.import_module(f"changji_geo.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'changji_geo' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not, besides what the module already holds."""
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("changji-geo")
    except metadata.PackageNotFoundError:
        return "0+unknown"
