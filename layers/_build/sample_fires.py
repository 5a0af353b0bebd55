"""The made-up fires of `changji_geo.monitoring.fires.sample`, located, screened and merged as a real file would be."""

from __future__ import annotations

import tempfile
from pathlib import Path

import shapely
from writing import DECIMALS, Built, Col

from changji_geo.monitoring.fires.bulletin import daily_bulletin
from changji_geo.monitoring.fires.locating import locate_fires
from changji_geo.monitoring.fires.mapping import COLUMNS, fire_layer
from changji_geo.monitoring.fires.reading import read_fires
from changji_geo.monitoring.fires.sample import SAMPLE_DAY, sample_firms
from changji_geo.resources import Workspace, packaged_root

NOTE = "示例数据，随机生成，不是卫星火点"


def build_fires() -> Built:
    """The sample's fires within the prefecture."""
    space = Workspace((packaged_root(),))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample.csv"
        file.write_text(sample_firms(), encoding="utf-8")
        located = locate_fires(read_fires(file), workspace=space)
    layer = fire_layer([daily_bulletin(located, SAMPLE_DAY, workspace=space)])
    shapes = [shapely.Point(round(p.x, DECIMALS), round(p.y, DECIMALS)) for p in layer.frame.geometry]
    names = [c.name for c in COLUMNS]
    records = layer.frame[names].astype(object).to_dict("records")
    rows = [{n: None if row[n] is None or row[n] != row[n] else row[n] for n in names} for row in records]
    columns = tuple(Col(c.name, c.title, c.meaning, c.type, c.unit, tuple(map(str, c.allowed))) for c in COLUMNS)
    note = f"{NOTE}，只用来演示火点地图。{layer.meta.note}。有 FIRMS 文件后，fires import 用它的火点画同一幅图。"
    return Built(
        "fires", layer.meta.title, "point", "approximate", NOTE, "示例数据，可任意使用", NOTE, note, columns, rows, shapes,
        sample=True,
    )  # fmt: skip
