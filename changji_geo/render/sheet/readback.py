"""A drawn map read back: the artists of a figure -> what each layer shows and what its legend says, not a look at the Scene."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from changji_geo.render.sheet.data import FeatureCollection
from changji_geo.render.sheet.paper import PageText


@dataclass(frozen=True)
class FeatureDrawing:
    """One feature as drawn: its class, the colour of its fill ("" for none) and of its stroke ("" for none), its label."""

    id: str
    class_index: int
    fill: str
    stroke: str
    label: str = ""


@dataclass(frozen=True)
class LayerDrawing:
    """One layer as drawn and as the legend tells it; ``classes`` are the legend's lines in order, counts included."""

    id: str
    features: tuple[FeatureDrawing, ...]
    title: str
    classes: tuple[str, ...]
    steps: tuple[str, ...]
    note: str


def _colour(values: object) -> str:
    first = list(values)[:1]  # type: ignore[call-overload]
    return to_hex(first[0]) if first else ""


def describe_static(figure: Figure, panel: int | None = None) -> tuple[LayerDrawing, ...]:
    """What a figure shows, layer by layer from bottom to top.

    Parameters
    ----------
    figure : Figure
        See `changji_geo.render.static.draw_figure`.
    panel : int, optional
        Which of several maps on the sheet, from 0; the legend is the same for all. Without it: all that is drawn, for a
        sheet with one map.

    Features are in drawing order: the Scene's, except that proportional symbols go from large to small. A layer in the
    legend by one row has its text as ``title`` and no ``classes``. Layers without shapes (labels only) are listed with
    their labels.
    """
    legend: dict[str, dict[tuple[str, str], str]] = {}
    labels: dict[tuple[str, str], str] = {}
    for text in (artist for artist in figure.get_children() if isinstance(artist, PageText)):
        if text.role[:1] == ("legend",):
            _, layer_id, part, index = text.role
            rows = legend.setdefault(layer_id, {})
            rows[part, index] = rows.get((part, index), "") + text.get_text()
        elif text.role[:1] == ("label",) and panel in (None, text.panel):
            key = (text.role[1], text.role[2])
            labels[key] = labels.get(key, "") + text.get_text()
    collections = sorted(
        (
            artist
            for artist in figure.get_children()
            if isinstance(artist, FeatureCollection) and panel in (None, artist.panel)
        ),
        key=lambda a: a.get_zorder(),
    )
    order = dict.fromkeys([*(c.layer_id for c in collections), *(key[0] for key in labels), *legend])
    out = []
    for layer_id in order:
        rows = legend.get(layer_id, {})
        features = tuple(
            FeatureDrawing(
                feature_id, c.class_index, _colour(c.get_facecolor()), "" if c.seams else _colour(c.get_edgecolor()),
                labels.get((layer_id, feature_id), ""),
            )
            for c in collections
            if c.layer_id == layer_id
            for feature_id in c.feature_ids
        )  # fmt: skip
        out.append(
            LayerDrawing(
                id=layer_id,
                features=features,
                title=rows.get(("title", "0"), rows.get(("plain", "0"), "")),
                classes=tuple(text for (part, _), text in rows.items() if part == "class"),
                steps=tuple(
                    text for _, text in sorted((int(i), text) for (part, i), text in rows.items() if part == "step")
                ),
                note=rows.get(("note", "0"), ""),
            )
        )
    return tuple(out)
