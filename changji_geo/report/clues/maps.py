"""Statistics -> the map of its clues: the workspace's map ``clues`` with the kept clues of the report in it."""

from __future__ import annotations

from changji_geo.clues.layer import LAYER_ID, clue_layer, clue_map_spec
from changji_geo.clues.looks import DROPPED
from changji_geo.report.clues.counting import Statistics
from changji_geo.report.clues.periods import day_text
from changji_geo.resources import Workspace
from changji_geo.scene import build_scene
from changji_geo.scene_model import Scene
from changji_geo.spec import LayerSpec, MapSpec, map_spec_file

HOW_TO_READ = "，颜色和符号表示办理状态；网页可按批次、县市、状态、年份筛选"


def report_scene(statistics: Statistics, workspace: Workspace) -> Scene:
    """The map of a report, from which the page, the picture and the print are drawn.

    Kept clues stand on it as they stood at the end of the period; dropped ones do not. Without any, it shows the zones
    alone and says so.

    Raises
    ------
    InputError
        When the workspace's map ``clues`` or one of its layers cannot be used.
    """
    day, kept = day_text(statistics.period.as_of), statistics.kept
    said = f"保留线索 {len(kept)} 条" if kept else "没有保留的线索"
    spec = clue_map_spec(
        title="“绿盾”线索分布图",
        subtitle=f"截至{day}，{said}",
        description=f"截至{day}，台账中{said}{HOW_TO_READ if kept else ''}。",
        date=statistics.period.today,
        workspace=workspace,
    )
    layers = {LAYER_ID: clue_layer(kept, title="线索", today=statistics.period.as_of)} if kept else None
    return build_scene(
        _kept_only(spec) if kept else _without_clues(spec),
        map_id=LAYER_ID,
        workspace=workspace,
        base_dir=map_spec_file(LAYER_ID, workspace).parent,
        layers=layers,
    )


def _kept_only(spec: MapSpec) -> MapSpec:
    """The map without a legend entry for dropped clues, of which it has none."""
    return spec.model_copy(update={"layers": [_without_dropped(layer) for layer in spec.layers]})


def _without_dropped(layer: LayerSpec) -> LayerSpec:
    if layer.source != LAYER_ID:
        return layer
    return layer.model_copy(update={"categories": [c for c in layer.categories if c.value != DROPPED]})


def _without_clues(spec: MapSpec) -> MapSpec:
    """The map without the clues and the filters of the page."""
    rest = [layer for layer in spec.layers if layer.source != LAYER_ID]
    return spec.model_copy(update={"layers": rest, "html": spec.html.model_copy(update={"filters": []})})
