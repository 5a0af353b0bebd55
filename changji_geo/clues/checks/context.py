"""A workspace -> the layers, settings and earlier clues that the checks rest on, loaded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.catalog import layer_file, load_layer
from changji_geo.clues.model import Clue, LayerUse
from changji_geo.clues.settings import ClueSettings, load_settings
from changji_geo.crs import CGCS2000
from changji_geo.errors import LayerError
from changji_geo.resources import Workspace, find_workspace
from changji_geo.spatial.polygons import require_polygons
from changji_geo.standards.reserves import ZONE_SCHEMES
from changji_geo.types import SCHEMATIC_NOTICE

ZONE_COLUMNS: Mapping[str, str] = {"three_zones": "zone_old", "two_zones": "zone_new"}
"""Scheme -> column of the layer of reserves."""


@dataclass(frozen=True)
class AreaLayer:
    """A layer of polygons with what a result says of it. ``names`` are the features' names in the layer's order."""

    title: str
    use: LayerUse
    frame: gpd.GeoDataFrame
    names: tuple[str, ...]

    @property
    def shapes(self) -> NDArray[np.object_]:
        """The features' geometries, EPSG:4490."""
        return np.asarray(self.frame.geometry.array, dtype=object)

    def reason(self, text: str) -> str:
        """The text, ending with the notice where the layer is schematic."""
        return f"{text}；{SCHEMATIC_NOTICE}" if self.use.accuracy == "schematic" else text


@dataclass(frozen=True)
class CheckContext:
    """What the checks rest on. A layer that the workspace lacks is None; ``zones`` and ``borders`` go by scheme.

    ``zones`` hold for each feature of `reserves` its zone, "" where the layer does not say. ``borders`` are lines with
    columns ``border_reserve`` and ``border_zone``.
    """

    settings: ClueSettings
    counties: AreaLayer
    prefecture: AreaLayer
    reserves: AreaLayer
    protected_areas: AreaLayer | None
    water_zones: AreaLayer | None
    red_line: AreaLayer | None
    reserve_names: tuple[str, ...]
    zones: Mapping[str, tuple[str, ...]]
    borders: Mapping[str, gpd.GeoDataFrame]
    earlier: tuple[Clue, ...] = ()


def build_context(
    workspace: Workspace | None = None,
    *,
    settings: ClueSettings | None = None,
    earlier: Iterable[Clue] = (),
) -> CheckContext:
    """Load what the checks rest on.

    Parameters
    ----------
    workspace : Workspace, optional
        The one in force by default.
    settings : ClueSettings, optional
        The shipped ones by default.
    earlier : iterable of Clue
        Clues of earlier batches, dropped ones among them.

    Raises
    ------
    LayerError
        When the layers of counties, prefecture or reserves are missing, or a layer has a feature that is no valid polygon,
        or the layer of reserves a zone that neither scheme knows.

    Notes
    -----
    The SHA-256 of each layer is that of its file as it is now, whatever ``layer.toml`` says, so that a replaced file shows.
    """
    space = workspace or find_workspace()
    chosen = settings or load_settings()
    ids = chosen.layers
    reserves = _load(ids.reserves, space)
    names = _column(reserves, "reserve") if "reserve" in reserves.frame else reserves.names
    zones = {scheme: _column(reserves, column) for scheme, column in ZONE_COLUMNS.items()}
    _require_zones(zones, reserves)
    return CheckContext(
        chosen,
        _load(ids.counties, space),
        _load(ids.prefecture, space),
        reserves,
        _load_if_there(ids.protected_areas, space),
        _load_if_there(ids.water_zones, space),
        _load_if_there(ids.red_line, space),
        names,
        zones,
        {scheme: _borders(reserves.shapes, names, of) for scheme, of in zones.items()},
        tuple(earlier),
    )


def _load_if_there(layer_id: str, space: Workspace) -> AreaLayer | None:
    return _load(layer_id, space) if layer_id in space.layer_ids else None


def _load(layer_id: str, space: Workspace) -> AreaLayer:
    layer = load_layer(layer_id, space)
    require_polygons(layer.frame, what=f"图层“{layer_id}”")
    sha256 = hashlib.sha256(layer_file(layer.meta).read_bytes()).hexdigest()
    use = LayerUse(layer_id, layer.meta.version, sha256, layer.meta.accuracy)
    return AreaLayer(layer.meta.title, use, layer.frame, tuple(map(str, layer.frame["name"])))


def _column(layer: AreaLayer, name: str) -> tuple[str, ...]:
    """A text column; "" for what is missing, also for all where the layer has no such column."""
    if name not in layer.frame:
        return ("",) * len(layer.frame)
    cells = layer.frame[name]
    return tuple("" if gone else str(cell).strip() for cell, gone in zip(cells, cells.isna(), strict=True))


def _require_zones(zones: Mapping[str, tuple[str, ...]], reserves: AreaLayer) -> None:
    for scheme in ZONE_SCHEMES:
        for row, zone in enumerate(zones[scheme.id]):
            if zone and zone not in scheme.zones:
                raise LayerError(
                    f"要素“{reserves.names[row]}”的功能区“{zone}”不属于{scheme.title}",
                    where=f"图层“{reserves.use.id}”的列 {ZONE_COLUMNS[scheme.id]}",
                    expected="、".join(scheme.zones) + "，或留空",
                    fix="改正该列",
                )


def _borders(shapes: NDArray[np.object_], names: tuple[str, ...], zones: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The border of each zone of each reserve; features of the same zone are one."""
    groups: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(names, zones, strict=True)):
        groups.setdefault(key, []).append(row)
    lines = [shapely.boundary(shapely.union_all(shapes[rows])) for rows in groups.values()]
    columns = {"border_reserve": [n for n, _ in groups], "border_zone": [z for _, z in groups]}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=CGCS2000)
