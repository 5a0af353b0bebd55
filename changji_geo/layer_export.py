"""A layer -> a file for other programs (.gpkg, .geojson, .csv, .xlsx), accuracy notices included."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changji_geo.catalog import Layer
from changji_geo.cellvalue import plain_value
from changji_geo.errors import InputError, near_match
from changji_geo.files import write_atomic
from changji_geo.gisfile import DRIVERS, gis_bytes
from changji_geo.types import ACCURACY_ZH, SCHEMATIC_NOTICE
from changji_geo.xlsxfile import Cell, SheetData, guard_text, workbook_bytes

if TYPE_CHECKING:
    import geopandas as gpd

SUFFIXES = (*DRIVERS, ".csv", ".xlsx")

NOTICES = {"schematic": SCHEMATIC_NOTICE, "approximate": "位置为近似"}
"""What stands in the column ``notice`` (使用限制) of a row of that accuracy."""


def export_layer(layer: Layer, path: Path | str) -> Path:
    """Write a layer, with or without an indicator's values, for other programs.

    Parameters
    ----------
    layer : Layer
        Its CRS is EPSG:4490, and so is the file's.
    path : path
        The suffix says the format. CSV and XLSX have captions in Chinese and no shapes; of points they have longitude and
        latitude in degrees. CSV is UTF-8 with a mark, which spreadsheets need.

    Returns
    -------
    pathlib.Path
        The file written, the same bytes for the same layer. A column ``notice`` (使用限制) is added where a row is schematic
        or approximate. In CSV a text that a spreadsheet would take for a formula has ``'`` before it; in XLSX it is marked
        as text; numbers stay numbers.

    Raises
    ------
    InputError
        Another suffix.
    OutputError
        The file cannot be written; an earlier one is then unchanged.

    Examples
    --------
    >>> import tempfile
    >>> from changji_geo.catalog import load_layer
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_layer(load_layer("counties"), Path(folder, "县市.csv")).name
    '县市.csv'
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"不能写成“{target.suffix or target.name}”",
            where=str(target),
            expected="、".join(SUFFIXES),
            fix=near_match(suffix, SUFFIXES),
        )
    frame, captions = _with_notice(layer)
    if suffix in DRIVERS:
        return write_atomic(target, gis_bytes(target, frame, layer=layer.meta.id, date=layer.meta.retrieved))
    names = [c for c in frame.columns if c != "geometry"]
    header = _captions(names, captions)
    if "accuracy" in names:
        frame["accuracy"] = [ACCURACY_ZH.get(a, a) for a in frame["accuracy"]]
    rows: list[list[Cell]] = [[_plain(value) for value in row] for row in frame[names].itertuples(index=False)]
    if layer.meta.geometry == "point" and set(frame.geom_type) == {"Point"}:
        header += ["经度（度，CGCS2000）", "纬度（度，CGCS2000）"]
        rows = [[*row, float(p.x), float(p.y)] for row, p in zip(rows, frame.geometry, strict=True)]
    if suffix == ".csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(
            [header, *([guard_text(c) if isinstance(c, str) else c for c in row] for row in rows)]
        )
        return write_atomic(target, out.getvalue().encode("utf-8-sig"))
    about = SheetData("说明", ("项目", "内容"), _about(layer))
    return write_atomic(target, workbook_bytes(SheetData(layer.meta.title, header, rows), about))


def _with_notice(layer: Layer) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    frame = layer.frame.copy()
    captions = {c.name: c.title for c in layer.meta.columns}
    own = frame["accuracy"] if "accuracy" in frame.columns else [None] * len(frame)
    worst = [a if a in ACCURACY_ZH else layer.meta.accuracy for a in own]
    notices = [NOTICES.get(a, "") for a in worst]
    if any(notices):
        frame["notice"] = notices
        captions["notice"] = "使用限制"
        frame = frame[[c for c in frame.columns if c != "geometry"] + ["geometry"]]
    return frame, captions


def _captions(names: list[str], captions: dict[str, str]) -> list[str]:
    """Chinese captions; the column's name behind one that two columns share."""
    shown = [captions.get(name, name) for name in names]
    return [f"{text}（{name}）" if shown.count(text) > 1 else text for name, text in zip(names, shown, strict=True)]


def _about(layer: Layer) -> list[tuple[str, str]]:
    meta = layer.meta
    value = next((c for c in meta.columns if c.name == "value"), None)
    rows = [
        ("图层", f"{meta.title}（{meta.id}）"),
        ("精度", ACCURACY_ZH[meta.accuracy] + (f"：{NOTICES[meta.accuracy]}" if meta.accuracy in NOTICES else "")),
        ("图层来源", meta.source),
        ("署名", meta.attribution),
        ("许可", meta.licence),
        ("取得日期", meta.retrieved.isoformat()),
        ("说明", meta.note),
    ]
    if value is not None:
        rows.insert(1, ("指标", f"{value.title}（{value.unit or '无量纲'}）"))
    return [(name, text) for name, text in rows if text]


def _plain(value: Any) -> Cell:
    cell = plain_value(value)
    return cell if cell is None or isinstance(cell, str | int | float | bool) else str(cell)
