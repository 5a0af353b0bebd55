"""Layers of one scale: a layer with a legend -> the layer of points or lines that its legend explains as well."""

from __future__ import annotations

from collections.abc import Sequence

from changji_geo.scene_model import SceneClass, SceneLayer


def layer_explained_by(layer: SceneLayer, layers: Sequence[SceneLayer]) -> SceneLayer | None:
    """The layer without a legend whose symbols stand beside the areas in another layer's legend.

    Parameters
    ----------
    layer : SceneLayer
        A layer of areas with a legend.
    layers : sequence of SceneLayer
        All layers of the map.

    Returns
    -------
    SceneLayer or None
        The topmost visible layer of points or lines that has no legend and the same classes in the same colours; None where
        there is no such layer, or `layer` has one class only.
    """
    if not (layer.legend and layer.geometry == "area" and layer.kind != "label" and len(_scale(layer)) > 1):
        return None
    return next(
        (
            other
            for other in reversed(layers)
            if other.visible
            and not other.legend
            and other.geometry in ("point", "line")
            and other.kind != "label"
            and not other.size_steps
            and (other.unit, _scale(other)) == (layer.unit, _scale(layer))
        ),
        None,
    )


def class_beside(item: SceneClass, other: SceneLayer) -> SceneClass | None:
    """The class of another layer that says the same; None where it has none, as of missing values."""
    return next((one for one in other.classes if (one.label, one.missing) == (item.label, item.missing)), None)


def _scale(layer: SceneLayer) -> list[tuple[str, str]]:
    """Label and colour of every class that is a value; a line's colour is that of its stroke."""
    return [
        (item.label, item.symbol.stroke if layer.geometry == "line" else item.symbol.fill)
        for item in layer.classes
        if not item.missing
    ]
