"""Every combination of kind, geometry, scale, data type, missing values, label and popup, as scenes over one tiny workspace."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import shapely

from changji_geo.resources import Workspace
from changji_geo.scene import build_scene
from changji_geo.scene_model import Scene
from changji_geo.spec import MapSpec
from tests.tiny import tiny_workspace, write_layer

COUNT = 12
"""Features a layer: enough for five classes of every scheme."""

_COLUMNS: dict[str, list[Any]] = {
    "float": [1.5, 2.25, 3.0, 7.5, 8.0, 20.0, 21.5, 22.0, 60.0, 61.0, 150.25, 333.0],
    "int": [0, 3, 3, 10, 40, 55, 101, 149, 151, 201, 299, 301],
    "text": ["甲", "乙", "丙", "甲", "乙", "丙", "甲", "甲", "乙", "丁", "丁", "甲"],
    "bool": [True, False, True, True, False, False, True, False, True, True, False, True],
    "date": ["2026-03-14", "2026-03-15"] * 6,
    "class": ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ", "Ⅱ", "Ⅱ", "Ⅲ", "Ⅰ", "Ⅱ", "Ⅲ"],
}
MISSING = ("none", "some", "all")
SCALES: dict[str, dict[str, Any]] = {
    **{
        s: {"scheme": s, "k": 4}
        for s in ("equal_interval", "quantiles", "fisher_jenks", "head_tail", "std_mean", "pretty")
    },
    "unique": {"scheme": "unique", "palette": "Paired"},
    "breaks": {"breaks": [10.0, 100.0], "palette": "Blues", "reverse": True},
    "aqi": {"standard": "aqi"},
}
LABELS: tuple[str | None, ...] = (None, "name", "{name}\n{float_some} 单位")
POPUPS: tuple[list[str], ...] = ([], ["name", "float_some", "text_some"])
LAYERS_PER_SCENE = 30


def _geometries(family: str) -> list[shapely.Geometry]:
    out: list[shapely.Geometry] = []
    for i in range(COUNT):
        x, y = 86.0 + 0.4 * (i % 6), 44.0 + 0.5 * (i // 6)
        if family == "area":
            hole = shapely.box(x + 0.1, y + 0.1, x + 0.2, y + 0.2)
            out.append(
                shapely.difference(shapely.box(x, y, x + 0.3, y + 0.4), hole)
                if i == 0
                else shapely.box(x, y, x + 0.3, y + 0.4)
            )
        elif family == "line":
            out.append(shapely.LineString([(x, y), (x + 0.3, y + 0.3)]))
        else:
            out.append(shapely.Point(x, y))
    if family == "area":
        out[1] = shapely.union_all([out[1], shapely.box(86.4, 45.2, 86.6, 45.4)])
    return out


def write_matrix_layers(root: Path) -> Workspace:
    """The three layers ``m_area``, ``m_line``, ``m_point`` with every column in three degrees of completeness."""
    for family in ("area", "line", "point"):
        rows: list[dict[str, Any]] = [{"id": f"{family}{i:02d}", "name": f"要素{i}"} for i in range(COUNT)]
        for kind, cells in _COLUMNS.items():
            for missing in MISSING:
                for i, row in enumerate(rows):
                    gone = missing == "all" or (missing == "some" and i % 4 == 1)
                    row[f"{kind}_{missing}"] = None if gone else cells[i]
        write_layer(root, f"m_{family}", rows, _geometries(family), geometry=family, title=f"矩阵{family}")
    return tiny_workspace(root)


def _specs() -> Iterator[dict[str, Any]]:
    extras = itertools.cycle(itertools.product(LABELS, POPUPS))

    def dress(spec: dict[str, Any], label: str | None, popup: list[str]) -> dict[str, Any]:
        if label or spec["kind"] == "label":
            spec["label"] = label or "name"
        if popup:
            spec["popup"] = popup
        return spec

    for kind, family in (
        ("fill", "area"),
        ("line", "line"),
        ("point", "point"),
        ("label", "area"),
        ("label", "line"),
        ("label", "point"),
    ):
        for label, popup in itertools.product(LABELS, POPUPS):
            yield dress({"source": f"m_{family}", "kind": kind}, label, popup)
    for family, scale, dtype, missing in itertools.product(
        ("area", "line", "point"), SCALES, ("float", "int"), MISSING
    ):
        spec = {"source": f"m_{family}", "kind": "choropleth", "column": f"{dtype}_{missing}", "scale": SCALES[scale]}
        yield dress(spec, *next(extras))
    for family, dtype, missing in itertools.product(("area", "line", "point"), _COLUMNS, MISSING):
        for listed in (False, True):
            spec = {"source": f"m_{family}", "kind": "category", "column": f"{dtype}_{missing}"}
            if dtype == "class":
                spec["scale"] = {"standard": "surface_water"}
            elif listed and missing != "all":
                spec["categories"] = [
                    {"value": _COLUMNS[dtype][0], "label": "第一类", "color": "#123456", "marker": "star"}
                ]
            yield dress(spec, *next(extras))
    for family, dtype, missing in itertools.product(("area", "point"), ("float", "int"), MISSING):
        for label, popup in itertools.product(LABELS, POPUPS):
            yield dress({"source": f"m_{family}", "kind": "proportional", "column": f"{dtype}_{missing}"}, label, popup)


@cache
def specs() -> tuple[dict[str, Any], ...]:
    """All layer specs of the matrix, without repeats."""
    seen: dict[str, dict[str, Any]] = {}
    for spec in _specs():
        seen.setdefault(repr(sorted(spec.items())), spec)
    return tuple(seen.values())


def matrix_scene(workspace: Workspace, layers: list[dict[str, Any]], **more: Any) -> Scene:
    """A scene of some of the matrix's layers; titles carry the number, so that legends tell them apart."""
    named = [{**spec, "title": f"第{i}层"} for i, spec in enumerate(layers, start=1)]
    data = {"title": "选项矩阵", "extent": "m_area", "layers": named, **more}
    return build_scene(MapSpec.model_validate(data), map_id="matrix", workspace=workspace)


def batches() -> list[list[dict[str, Any]]]:
    """The matrix in scenes of at most 30 layers."""
    every = specs()
    return [list(every[i : i + LAYERS_PER_SCENE]) for i in range(0, len(every), LAYERS_PER_SCENE)]
