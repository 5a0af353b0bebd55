"""Looks -> QML, the style text that QGIS reads from the table ``layer_styles``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from changji_geo.clues.looks import DROPPED, STATUS_LOOKS, ZONE_COLORS, Look

DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
VERSION = "3.22.0"
"""Of QGIS: the first whose option maps are written here; later ones read it."""

STATUS_EXPRESSION = f"CASE WHEN \"dropped\" <> '' THEN '{DROPPED}' ELSE \"status\" END"

_QGIS_MARKERS = {
    "circle": "circle",
    "square": "square",
    "triangle": "triangle",
    "diamond": "diamond",
    "star": "star",
    "cross": "cross_fill",
    "drop": "circle",
}
_POINT, _POLYGON = "0", "2"


def clue_polygon_qml() -> str:
    """Clues that are outlines, by status: the outline, and a marker of constant size on it, since patches are small."""
    symbols = [_patch_symbol(str(i), look) for i, look in enumerate(STATUS_LOOKS.values())]
    return _document(STATUS_EXPRESSION, list(STATUS_LOOKS), symbols, _POLYGON)


def clue_point_qml() -> str:
    """Clues that are points, by status."""
    symbols = [_marker_symbol(str(i), look) for i, look in enumerate(STATUS_LOOKS.values())]
    return _document(STATUS_EXPRESSION, list(STATUS_LOOKS), symbols, _POINT)


def zone_qml(column: str, zones: Sequence[str]) -> str:
    """Zones of reserves, by a column of their names."""
    symbols = [_fill_symbol(str(i), ZONE_COLORS[zone]) for i, zone in enumerate(zones)]
    return _document(column, zones, symbols, _POLYGON)


def _document(attribute: str, values: Sequence[str], symbols: Sequence[Element], geometry: str) -> str:
    root = Element("qgis", version=VERSION, styleCategories="Symbology")
    renderer = SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=attribute, enableorderby="0", forceraster="0",
        symbollevels="0",
    )  # fmt: skip
    categories = SubElement(renderer, "categories")
    for i, value in enumerate(values):
        SubElement(categories, "category", symbol=str(i), value=value, label=value, render="true", type="string")
    SubElement(renderer, "symbols").extend(symbols)
    SubElement(root, "layerGeometryType").text = geometry
    return DOCTYPE + tostring(root, encoding="unicode") + "\n"


def _symbol(kind: str, name: str, *layers: Element) -> Element:
    symbol = Element("symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    symbol.extend(layers)
    return symbol


def _layer(kind: str, options: Mapping[str, str], *inner: Element) -> Element:
    layer = Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    table = SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        SubElement(table, "Option", name=name, value=value, type="QString")
    layer.extend(inner)
    return layer


def _fill(color: str, alpha: int, stroke: str, width_mm: float) -> Element:
    return _layer(
        "SimpleFill",
        {
            "color": _rgba(color, alpha), "style": "solid", "outline_color": _rgba(stroke), "outline_style": "solid",
            "outline_width": f"{width_mm:g}", "outline_width_unit": "MM", "joinstyle": "round",
        },
    )  # fmt: skip


def _fill_symbol(name: str, color: str) -> Element:
    return _symbol("fill", name, _fill(color, 150, "#ffffff", 0.2))


def _marker_symbol(name: str, look: Look) -> Element:
    marker = _layer(
        "SimpleMarker",
        {
            "name": _QGIS_MARKERS[look.marker], "color": _rgba(look.fill), "outline_color": _rgba(look.stroke),
            "outline_style": "solid", "outline_width": "0.3", "outline_width_unit": "MM", "size": "3",
            "size_unit": "MM", "angle": "0", "scale_method": "diameter",
        },
    )  # fmt: skip
    return _symbol("marker", name, marker)


def _patch_symbol(name: str, look: Look) -> Element:
    edge = look.fill if look.stroke == "#ffffff" else look.stroke
    middle = _layer(
        "CentroidFill", {"point_on_surface": "1", "point_on_all_parts": "0"}, _marker_symbol(f"@{name}@1", look)
    )
    return _symbol("fill", name, _fill(look.fill, 70, edge, 0.4), middle)


def _rgba(color: str, alpha: int = 255) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"
