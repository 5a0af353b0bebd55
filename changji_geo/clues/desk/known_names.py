"""The layers in force -> the names of counties and reserves they know, and a word about a name that they do not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from changji_geo.catalog import load_layer
from changji_geo.clues.fields import field_of
from changji_geo.clues.settings import ClueSettings
from changji_geo.errors import LayerError
from changji_geo.resources import Workspace


@dataclass(frozen=True)
class Names:
    """Names of the counties and reserves of the layers, in their order."""

    counties: Sequence[str] = ()
    reserves: Sequence[str] = ()


def known_names(settings: ClueSettings, workspace: Workspace) -> Names:
    """The names that the layers of the checks hold; none of a layer that cannot be read: they are a help, no more."""
    return Names(
        _column(settings.layers.counties, "name", workspace), _column(settings.layers.reserves, "reserve", workspace)
    )


def _column(layer_id: str, column: str, workspace: Workspace) -> tuple[str, ...]:
    try:
        frame = load_layer(layer_id, workspace).frame
    except LayerError:
        return ()
    return tuple(dict.fromkeys(str(name) for name in frame[column])) if column in frame else ()


def name_notes(written: Iterable[tuple[str, str | None]], names: Names) -> tuple[str, ...]:
    """What to say of names that were written by hand and that no layer has.

    Parameters
    ----------
    written : iterable of (str, str or None)
        Key of a field and the value it takes; only ``county`` and ``reserve`` matter, blank ones do not.
    names : Names
        Where it has none, nothing is said.

    Returns
    -------
    tuple of str
        One Chinese sentence a name. Such a name is let through, since not every protected area is in the layers, but
        counts are made by the name: 卡拉麦里 would be a reserve of its own.

    Examples
    --------
    >>> name_notes([("county", "奇台")], Names(counties=("奇台县", "阜康市")))
    ('县（市、区）“奇台”不在图层的名称里，统计时会单列一行；是不是“奇台县”？',)
    """
    known: Mapping[str, Sequence[str]] = {"county": names.counties, "reserve": names.reserves}
    out = []
    for key, word in dict.fromkeys(written):
        if word and known.get(key) and word not in known[key]:
            like = [name for name in known[key] if word in name or name in word]
            guess = f"；是不是“{like[0]}”？" if len(like) == 1 else ""
            out.append(f"{field_of(key).title}“{word[:40]}”不在图层的名称里，统计时会单列一行{guess}")
    return tuple(out)
