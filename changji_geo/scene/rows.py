"""A `LayerSpec` and its layer -> the rows that it asks for, their unit and how far their positions can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from changji_geo.catalog import Layer
from changji_geo.errors import SpecError, near_match
from changji_geo.scene_text import cell_text, is_missing, require_columns
from changji_geo.spec import LayerSpec
from changji_geo.types import ACCURACY_ZH, Accuracy


def select_rows(layer: Layer, spec: LayerSpec, *, where: str) -> Any:
    """The rows that ``where`` asks for; a value that no row has is an error, since it is most often a slip."""
    frame = layer.frame
    for column, wanted in spec.where.items():
        require_columns([column], list(frame.columns), where=where, key="where")
        present = {cell_text(v) for v in frame[column]}
        keys = [cell_text(v) for v in (wanted if isinstance(wanted, list) else [wanted])]
        for key in keys:
            if key not in present:
                raise SpecError(
                    f"列“{column}”中没有取值“{key}”", where=f"{where} 的 where", fix=near_match(key, present)
                )
        frame = frame[[cell_text(v) in keys for v in frame[column]]]
    if len(frame) == 0:
        raise SpecError("筛选后没有要素", where=f"{where} 的 where", fix="放宽条件")
    return frame


def unit_of(frame: Any, layer: Layer, column: str | None) -> str:
    """The unit of a column: of an attached indicator its own, else what the layer's description says."""
    if column == "value" and "unit" in frame.columns:
        return next((str(u) for u in frame["unit"] if not is_missing(u)), "")
    described = next((c for c in layer.meta.columns if c.name == column), None)
    return described.unit if described else ""


def worst_accuracy(frame: Any, layer: Layer) -> Accuracy:
    """The least accurate of the rows drawn, or the layer's own word when rows have none."""
    rows = [a for a in frame["accuracy"] if a in ACCURACY_ZH] if "accuracy" in frame.columns else []
    return worst(rows) or layer.meta.accuracy


def worst(accuracies: Sequence[Accuracy]) -> Accuracy | None:
    """The least accurate of some; None of none."""
    return max(accuracies, key=list(ACCURACY_ZH).index, default=None)
