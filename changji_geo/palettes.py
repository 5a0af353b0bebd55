"""Colour palettes of ColorBrewer, by name: k colours for k classes.

Source: ColorBrewer 2.0 (Cynthia Brewer, Mark Harrower, The Pennsylvania State University), Apache License 2.0.
"""

from __future__ import annotations

from changji_geo.errors import SpecError, near_match

# fmt: off
_RAMPS: dict[str, tuple[str, ...]] = {
    "YlOrRd": (
        "#ffffcc", "#ffeda0", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#bd0026", "#800026",
    ),
    "YlOrBr": (
        "#ffffe5", "#fff7bc", "#fee391", "#fec44f", "#fe9929", "#ec7014", "#cc4c02", "#993404", "#662506",
    ),
    "YlGnBu": (
        "#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58",
    ),
    "YlGn": (
        "#ffffe5", "#f7fcb9", "#d9f0a3", "#addd8e", "#78c679", "#41ab5d", "#238443", "#006837", "#004529",
    ),
    "Blues": (
        "#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b",
    ),
    "Greens": (
        "#f7fcf5", "#e5f5e0", "#c7e9c0", "#a1d99b", "#74c476", "#41ab5d", "#238b45", "#006d2c", "#00441b",
    ),
    "Oranges": (
        "#fff5eb", "#fee6ce", "#fdd0a2", "#fdae6b", "#fd8d3c", "#f16913", "#d94801", "#a63603", "#7f2704",
    ),
    "Reds": (
        "#fff5f0", "#fee0d2", "#fcbba1", "#fc9272", "#fb6a4a", "#ef3b2c", "#cb181d", "#a50f15", "#67000d",
    ),
    "Purples": (
        "#fcfbfd", "#efedf5", "#dadaeb", "#bcbddc", "#9e9ac8", "#807dba", "#6a51a3", "#54278f", "#3f007d",
    ),
    "Greys": (
        "#ffffff", "#f0f0f0", "#d9d9d9", "#bdbdbd", "#969696", "#737373", "#525252", "#252525", "#000000",
    ),
    "BuGn": (
        "#f7fcfd", "#e5f5f9", "#ccece6", "#99d8c9", "#66c2a4", "#41ae76", "#238b45", "#006d2c", "#00441b",
    ),
    "BuPu": (
        "#f7fcfd", "#e0ecf4", "#bfd3e6", "#9ebcda", "#8c96c6", "#8c6bb1", "#88419d", "#810f7c", "#4d004b",
    ),
    "GnBu": (
        "#f7fcf0", "#e0f3db", "#ccebc5", "#a8ddb5", "#7bccc4", "#4eb3d3", "#2b8cbe", "#0868ac", "#084081",
    ),
    "PuBu": (
        "#fff7fb", "#ece7f2", "#d0d1e6", "#a6bddb", "#74a9cf", "#3690c0", "#0570b0", "#045a8d", "#023858",
    ),
    "PuBuGn": (
        "#fff7fb", "#ece2f0", "#d0d1e6", "#a6bddb", "#67a9cf", "#3690c0", "#02818a", "#016c59", "#014636",
    ),
    "OrRd": (
        "#fff7ec", "#fee8c8", "#fdd49e", "#fdbb84", "#fc8d59", "#ef6548", "#d7301f", "#b30000", "#7f0000",
    ),
    "RdPu": (
        "#fff7f3", "#fde0dd", "#fcc5c0", "#fa9fb5", "#f768a1", "#dd3497", "#ae017e", "#7a0177", "#49006a",
    ),
    "RdYlGn": (
        "#a50026", "#d73027", "#f46d43", "#fdae61", "#fee08b", "#ffffbf", "#d9ef8b", "#a6d96a", "#66bd63",
        "#1a9850", "#006837",
    ),
    "RdYlBu": (
        "#a50026", "#d73027", "#f46d43", "#fdae61", "#fee090", "#ffffbf", "#e0f3f8", "#abd9e9", "#74add1",
        "#4575b4", "#313695",
    ),
    "RdBu": (
        "#67001f", "#b2182b", "#d6604d", "#f4a582", "#fddbc7", "#f7f7f7", "#d1e5f0", "#92c5de", "#4393c3",
        "#2166ac", "#053061",
    ),
    "BrBG": (
        "#543005", "#8c510a", "#bf812d", "#dfc27d", "#f6e8c3", "#f5f5f5", "#c7eae5", "#80cdc1", "#35978f",
        "#01665e", "#003c30",
    ),
    "PuOr": (
        "#7f3b08", "#b35806", "#e08214", "#fdb863", "#fee0b6", "#f7f7f7", "#d8daeb", "#b2abd2", "#8073ac",
        "#542788", "#2d004b",
    ),
}

_QUALITATIVE: dict[str, tuple[str, ...]] = {
    "Set1": (
        "#e41a1c", "#377eb8", "#4daf4a", "#984ea3", "#ff7f00", "#ffff33", "#a65628", "#f781bf", "#999999",
    ),
    "Set2": (
        "#66c2a5", "#fc8d62", "#8da0cb", "#e78ac3", "#a6d854", "#ffd92f", "#e5c494", "#b3b3b3",
    ),
    "Set3": (
        "#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5", "#d9d9d9",
        "#bc80bd", "#ccebc5", "#ffed6f",
    ),
    "Dark2": (
        "#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d", "#666666",
    ),
    "Paired": (
        "#a6cee3", "#1f78b4", "#b2df8a", "#33a02c", "#fb9a99", "#e31a1c", "#fdbf6f", "#ff7f00", "#cab2d6",
        "#6a3d9a", "#ffff99", "#b15928",
    ),
    "Pastel1": (
        "#fbb4ae", "#b3cde3", "#ccebc5", "#decbe4", "#fed9a6", "#ffffcc", "#e5d8bd", "#fddaec", "#f2f2f2",
    ),
    "Pastel2": (
        "#b3e2cd", "#fdcdac", "#cbd5e8", "#f4cae4", "#e6f5c9", "#fff2ae", "#f1e2cc", "#cccccc",
    ),
    "Accent": (
        "#7fc97f", "#beaed4", "#fdc086", "#ffff99", "#386cb0", "#f0027f", "#bf5b17", "#666666",
    ),
}
# fmt: on


def palette_names() -> tuple[str, ...]:
    """All palette names, sorted."""
    return tuple(sorted(_RAMPS | _QUALITATIVE))


def palette(name: str, k: int, *, reverse: bool = False) -> tuple[str, ...]:
    """`k` colours of a palette.

    Ramps are sampled evenly with linear interpolation between their anchors, without the palest end (which vanishes on a
    white page). Qualitative palettes give their first `k` colours; when `k` is larger the row comes again darker, then paler.

    Parameters
    ----------
    name : str
        A ColorBrewer name such as ``"YlOrRd"`` or ``"Set2"``.
    k : int
        Number of colours, at least 1.
    reverse : bool
        Turn the order round.

    Returns
    -------
    tuple of str
        ``#rrggbb`` colours.

    Raises
    ------
    SpecError
        Unknown name; the message has a near match.
    """
    if name in _QUALITATIVE:
        colours = _QUALITATIVE[name]
        chosen = tuple(_shaded(colours[i % len(colours)], i // len(colours)) for i in range(k))
    elif name in _RAMPS:
        anchors = _RAMPS[name]
        start = 0.0 if len(anchors) > 9 else 1.0
        last = len(anchors) - 1
        spots = [(start + last) / 2] if k == 1 else [start + (last - start) * i / (k - 1) for i in range(k)]
        chosen = tuple(_between(anchors, spot) for spot in spots)
    else:
        raise SpecError(f"没有色带“{name}”", fix=near_match(name, palette_names()))
    return chosen[::-1] if reverse else chosen


def _shaded(colour: str, turn: int) -> str:
    """The colour for its first, second and third use in one legend: as it is, darker, paler."""
    if turn % 3 == 0:
        return colour
    return _between((colour, "#000000"), 0.4) if turn % 3 == 1 else _between((colour, "#ffffff"), 0.55)


def _between(anchors: tuple[str, ...], spot: float) -> str:
    low = min(int(spot), len(anchors) - 2)
    share = spot - low
    a, b = (tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in anchors[low : low + 2])
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))
