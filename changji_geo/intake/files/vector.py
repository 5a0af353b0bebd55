"""GeoPackage, FileGDB, FlatGeobuf, GeoParquet, GPX and MapInfo files -> one layer as a Source."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.dbf import decode_frame, user_encoding
from changji_geo.intake.files.formats import read_head
from changji_geo.intake.files.gdal_reading import (
    choose_layer,
    crs_of,
    link_or_copy,
    plain_copy,
    read_features,
    reporting,
    with_unique_names,
)
from changji_geo.intake.files.stated_size import require_whole_filegdb, require_whole_flatgeobuf
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Source

GPX_POINTS_OF_LINES = ("route_points", "track_points")
"""Layers of a GPX file that only repeat the vertices of its routes and tracks."""


_TAB_BYTES = 1 << 24


def read_geopackage(path: Path, *, layer: str | None, scratch: Path) -> Source:
    """Read a layer of a GeoPackage; nothing is written beside it.

    SQLite writes beside a file that is in write-ahead mode, or needs what lies there (``-wal``, ``-journal``): such a file
    is copied first, with what QGIS may not have written back yet.

    Parameters
    ----------
    path : path
        As `formats.identify` has let it pass.
    layer : str, optional
        The layer's name; may be left out when only one has features.
    scratch : path
        An empty folder.

    Returns
    -------
    Source
        Curves as lines, heights kept, measures dropped; ``crs`` None where the file calls it undefined.

    Raises
    ------
    InputError
        Damaged, no such layer, or several to choose from.
    """
    what = str(path)
    beside = [p for p in (path.with_name(path.name + s) for s in ("-wal", "-journal")) if _size(p)]
    findings: tuple[IntakeFinding, ...] = ()
    copy = plain_copy(path, scratch)
    if beside or read_head(path, 20)[18:20] == b"\x02\x02":
        copy = scratch / "copy.gpkg"
        shutil.copyfile(path, copy)
        for extra in beside:
            shutil.copyfile(extra, scratch / ("copy.gpkg" + extra.name[len(path.name) :]))
        if beside:
            text = f"文件正在别的程序（如 QGIS）中打开，连同 {beside[0].name} 里尚未写回的改动一起读取"
            findings = (IntakeFinding("warning", "open_elsewhere", text),)
    return _read(path, copy, "gpkg", ("GPKG",), what, layer).note(*findings)


def read_filegdb(path: Path, *, layer: str | None, scratch: Path) -> Source:
    """Read a feature class or table of a file geodatabase folder; parameters and errors as in `read_geopackage`."""
    require_whole_filegdb(path)
    return _read(path, plain_copy(path, scratch), "filegdb", ("OpenFileGDB",), str(path), layer)


def read_flatgeobuf(path: Path, *, layer: str | None, scratch: Path) -> Source:
    """Read a FlatGeobuf file; parameters and errors as in `read_geopackage`."""
    require_whole_flatgeobuf(path)
    return _read(path, plain_copy(path, scratch), "flatgeobuf", ("FlatGeobuf",), str(path), layer)


def read_gpx(path: Path, *, layer: str | None, scratch: Path) -> Source:
    """Read the waypoints, routes or tracks of a GPX file; columns without any value are left out.

    Parameters and errors are those of `read_geopackage`; a DTD is refused. The single points of tracks
    (`GPX_POINTS_OF_LINES`) are only read when asked for.
    """
    what = str(path)
    _refuse_dtd(path, what)
    found = _read(path, plain_copy(path, scratch), "gpx", ("GPX",), what, layer, hidden=GPX_POINTS_OF_LINES)
    empty = [c for c in found.frame.columns if c not in ("name", "geometry") and found.frame[c].isna().all()]
    return Source(
        path, "gpx", found.layer, found.frame.drop(columns=empty), found.crs, found.encoding, findings=found.findings
    )


def read_mapinfo(path: Path, *, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    """Read a MapInfo TAB (with .dat, .map, .id) or MIF (with .mid).

    Texts are in the file's charset; where it names none, or a western one although the bytes are Chinese, the bytes decide.

    Parameters
    ----------
    path : path
        The .tab or .mif.
    layer : str, optional
        Must be the file's own name if given.
    encoding : str, optional
        Overrules the charset.
    scratch : path
        An empty folder.

    Raises
    ------
    LayerError
        A companion file is missing, or the TAB is a view or a list of other files.
    """
    what = str(path)
    if layer is not None and layer.lower() not in (path.stem.lower(), path.name.lower()):
        raise LayerError(f"MapInfo 文件只有一个图层“{path.stem}”，没有“{layer}”", where=what, fix="去掉 --layer")
    told = user_encoding(encoding, what=what)
    head = read_head(path, _TAB_BYTES).decode("latin-1")
    companions = _mapinfo_parts(path, head, what)
    alone = path.suffix.lower() == ".mif" and not companions
    staged = plain_copy(path, scratch, companions=companions, name="data")
    charset = re.search(r'charset\s+"?(\w+)', head, re.IGNORECASE)
    name = charset.group(1) if charset else "Neutral"
    if told is None and name.lower() not in ("neutral", "windowslatin1"):
        found = read_features(staged, drivers=("MapInfo File",), what=what)
        _require_all_rows(path, companions, len(found.frame))
        source = Source(
            path, path.suffix.lower()[1:], path.stem, found.frame, found.crs, "utf-8", findings=found.findings
        )
        return _shapes_alone(source) if alone else source
    raw = _neutral(staged, scratch, what)
    found = read_features(raw, drivers=("MapInfo File",), what=what, encoding="ISO-8859-1")
    _require_all_rows(path, companions, len(found.frame))
    if alone:
        return _shapes_alone(Source(path, "mif", path.stem, found.frame, found.crs, findings=found.findings))
    frame, used, texts = decode_frame(found.frame, what=what, encoding=told)
    frame, renamed = with_unique_names(frame)
    return Source(
        path, path.suffix.lower()[1:], path.stem, frame, found.crs, used, findings=(*texts, *found.findings, *renamed)
    )


def read_geoparquet(path: Path) -> Source | None:
    """Read a GeoParquet file; None when the Parquet file is a plain table.

    Parameters
    ----------
    path : path
        The file; GDAL has no part in it.

    Returns
    -------
    Source or None
        A named index becomes columns; geometry columns beside the active one become WKT texts.

    Raises
    ------
    LayerError
        Damaged.
    """
    import pyarrow.parquet as pq

    what = str(path)
    with reporting(what):
        if b"geo" not in (pq.read_metadata(path).metadata or {}):
            return None
    with reporting(what) as findings:
        frame = gpd.read_parquet(path)
    crs, doubt = crs_of(frame.crs.to_wkt() if frame.crs is not None else None)
    if crs is not None:
        crs = pyproj.CRS.from_user_input(frame.crs)
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    frame = frame.reset_index(level=named) if named else frame
    frame, more = _one_geometry(pd.DataFrame(frame), frame.geometry.name)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    frame, renamed = with_unique_names(frame)
    return Source(path, "geoparquet", path.stem, frame, crs, "utf-8", findings=(*findings, *doubt, *more, *renamed))


def _read(
    path: Path,
    copy: Path,
    format_name: str,
    drivers: tuple[str, ...],
    what: str,
    layer: str | None,
    hidden: tuple[str, ...] = (),
) -> Source:
    chosen = choose_layer(copy, what=what, layer=layer, hidden=hidden)
    found = read_features(copy, drivers=drivers, what=what, layer=chosen)
    return Source(path, format_name, chosen, found.frame, found.crs, "utf-8", findings=found.findings)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _refuse_dtd(path: Path, what: str) -> None:
    """A DTD can only stand before the root element: reading up to there suffices."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        with path.open("rb") as stream:
            next(iter(iterparse(stream, events=("start",), forbid_dtd=True)), None)
    except DefusedXmlException as cause:
        raise LayerError(
            "GPX 里有 DTD 或实体定义，可能会引用外部文件，拒绝读取", where=what, fix="重新导出 GPX"
        ) from cause
    except (ParseError, ValueError) as cause:
        raise LayerError(f"GPX 已损坏（{cause}）", where=what, fix="重新导出") from cause


def _shapes_alone(source: Source) -> Source:
    """A .mif without its .mid: GDAL makes up empty texts and zeros, which nobody wrote."""
    lost = [c for c in source.frame.columns if c != "geometry"]
    text = f"没有属性文件 {source.path.stem}.mid，只读到图形"
    text += f"，{len(lost)} 个字段都没有取值；把 .mid 放到一起再导入" if lost else ""
    source = dataclasses.replace(source, frame=source.frame.drop(columns=lost))
    return source.note(IntakeFinding("warning", "no_attributes", text))


def _mapinfo_parts(path: Path, head: str, what: str) -> tuple[Path, ...]:
    stem = path.stem.casefold()
    beside = {p.suffix.lower(): p for p in path.parent.iterdir() if p.stem.casefold() == stem}
    if path.suffix.lower() == ".mif":
        return (beside[".mid"],) if ".mid" in beside else ()
    kind = re.search(r'^\s*type\s+"?(\w+)', head, re.IGNORECASE | re.MULTILINE)
    elsewhere = re.search(r'\\IsSeamless"\s*=\s*"TRUE|^\s*create\s+view', head, re.IGNORECASE | re.MULTILINE)
    if kind is None or kind.group(1).lower() != "native" or elsewhere:
        raise LayerError(
            "这个 TAB 不是数据表，而是指向别的文件（视图、拼接表或外部数据）",
            where=what,
            fix="给出原表的 .tab，或在 MapInfo 中另存一份副本",
        )
    for suffix in (".dat", ".map", ".id"):
        if suffix not in beside:
            raise InputError(
                f"缺少 {path.stem}{suffix}", where=what, expected="几个同名文件放在一起", fix="把缺少的文件复制过来"
            )
    return tuple(beside[s] for s in (".dat", ".map", ".id", ".ind") if s in beside)


def _require_all_rows(path: Path, companions: tuple[Path, ...], count: int) -> None:
    """A .mid has a line for each shape; GDAL takes a .mif that ends between two shapes for a whole one."""
    for mid in (p for p in companions if p.suffix.lower() == ".mid"):
        rows = sum(1 for line in mid.read_bytes().splitlines() if line.strip())
        if rows > count:
            raise LayerError(
                f"{path.name} 只有 {count} 个图形，{mid.name} 有 {rows} 行，对不上",
                where=str(path),
                fix="重新导出或重新复制",
            )


def _neutral(staged: Path, scratch: Path, what: str) -> Path:
    """A copy whose charset is ``Neutral``: GDAL then gives the bytes as they are."""
    folder = scratch / "neutral"
    folder.mkdir()
    for file in staged.parent.glob(f"{staged.stem}.*"):
        if file.suffix != staged.suffix:
            link_or_copy(file, folder / file.name)
    with staged.open("rb") as source, (folder / staged.name).open("wb") as target:
        first = source.read(1 << 16)
        target.write(re.sub(rb'(?i)(charset\s+"?)WindowsLatin1', rb"\1Neutral", first))
        shutil.copyfileobj(source, target)
    return folder / staged.name


def _one_geometry(frame: pd.DataFrame, active: str) -> tuple[gpd.GeoDataFrame, tuple[IntakeFinding, ...]]:
    """The active geometry column named ``geometry``; further ones become WKT texts."""
    findings = []
    others = [c for c in frame.columns if c != active and str(frame[c].dtype) == "geometry"]
    out = frame.copy(deep=False)
    for column in others:
        out[column] = gpd.GeoSeries(frame[column]).to_wkt()
        findings.append(IntakeFinding("info", "columns", f"另一个几何列“{column}”转为 WKT 文字", column=column))
    shapes = gpd.GeoSeries(frame[active].array, index=frame.index).set_crs(None, allow_override=True)
    out = out.drop(columns=[active])
    if "geometry" in out.columns:
        out = out.rename(columns={"geometry": "geometry_1"})
        findings.append(
            IntakeFinding("info", "columns", "字段“geometry”与几何列重名，改名为“geometry_1”", column="geometry_1")
        )
    return gpd.GeoDataFrame(out, geometry=shapes), tuple(findings)
