"""A path of any kind -> its Source: the one door through which files from outside come in."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.containers import Unpacked, unpack_zip
from changji_geo.intake.files.dxf import read_dxf
from changji_geo.intake.files.formats import SUFFIXES, TABLE_SUFFIXES, checked_path, identify, read_head
from changji_geo.intake.files.geojson_text import read_geojson_text
from changji_geo.intake.files.kml import read_kml
from changji_geo.intake.files.ovital import is_ovital, with_datum_hint
from changji_geo.intake.files.parcel_text import is_parcel_text, read_parcel_text
from changji_geo.intake.files.shapefile import read_shapefile
from changji_geo.intake.files.vector import (
    read_filegdb,
    read_flatgeobuf,
    read_geopackage,
    read_geoparquet,
    read_gpx,
    read_mapinfo,
)
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.sheets.reading import read_sheet
from changji_geo.intake.source import Source

_LISTED = 30


def open_source(path: Path | str, *, layer: str | None = None, encoding: str | None = None) -> Source:
    """Read one layer or sheet of a file, whatever its format.

    Parameters
    ----------
    path : path
        A file, a .gdb folder, or a .zip with one of them. It is only read: nothing is written beside it, and it is never
        taken for anything but a path (no URL, no ``/vsi…``, no database).
    layer : str, optional
        The layer of a GeoPackage, FileGDB or GPX; the sheet of a workbook; the folder of a KML; the drawing layer of a DXF;
        the file in a .zip. May be left out when there is only one with content.
    encoding : str, optional
        The texts' encoding (``"gbk"``), where the file's own claim or its bytes would mislead.

    Returns
    -------
    Source
        With the findings of reading: encoding, what was chosen, repaired or skipped.

    Raises
    ------
    InputError
        With file, place, what was expected and what to do: not a file, an unknown or dangerous kind, damaged, several
        layers to choose from, nothing in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "点.geojson")
    ...     _ = file.write_text('{"type": "Point", "coordinates": [87.3, 44.0]}', encoding="utf-8")
    ...     source = open_source(file)
    >>> source.format, len(source.frame), source.crs.to_epsg()
    ('geojson', 1, 4326)
    """
    file = checked_path(path)
    _require_text_path(file)
    with tempfile.TemporaryDirectory(prefix="changji_geo_", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder).resolve()
        try:
            source = _open(file, layer, encoding, scratch)
        except InputError as fault:
            raise _without(fault, scratch, file) from fault.__cause__
    if not len(source.frame):
        raise LayerError(f"图层“{source.layer}”没有要素", where=str(file), fix="检查导出步骤；导出时不要只选了空的图层")
    findings = tuple(dataclasses.replace(f, message=_clean(f.message, scratch, file)) for f in source.findings)
    return dataclasses.replace(source, path=file, findings=findings)


def _require_text_path(path: Path) -> None:
    """Bytes that are no text (a GBK name, unpacked on Linux) cannot be written down, nor handed to GDAL."""
    try:
        str(path).encode()
    except UnicodeEncodeError as cause:
        shown = os.fsencode(path).decode("gb18030", "replace")
        raise InputError(
            "路径或文件名不是 UTF-8 文字（多半是 GBK，解压时没有转换）", where=shown, fix="改名后再导入"
        ) from cause


def _open(path: Path, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    match identify(path):
        case "zip":
            return _open_zip(path, layer, encoding, scratch)
        case "kml":
            return _open_kml(path, layer, encoding, scratch)
        case "shapefile":
            return read_shapefile(path, layer=layer, encoding=encoding, scratch=scratch)
        case "geojson" | "geojsonl":
            return read_geojson_text(path, layer=layer, encoding=encoding, scratch=scratch)
        case "gpkg":
            return read_geopackage(path, layer=layer, scratch=scratch)
        case "gdb":
            return read_filegdb(path, layer=layer, scratch=scratch)
        case "flatgeobuf":
            return read_flatgeobuf(path, layer=layer, scratch=scratch)
        case "gpx":
            return read_gpx(path, layer=layer, scratch=scratch)
        case "mapinfo":
            return read_mapinfo(path, layer=layer, encoding=encoding, scratch=scratch)
        case "dxf":
            return read_dxf(path, layer=layer, encoding=encoding, scratch=scratch)
        case "parquet":
            return read_geoparquet(path) or _open_table(path, layer, encoding)
        case "table":
            return _open_table(path, layer, encoding)


def _open_table(path: Path, layer: str | None, encoding: str | None) -> Source:
    suffix = path.suffix.lower()
    if suffix == ".txt" and is_parcel_text(path):
        return read_parcel_text(path, encoding=encoding)
    sheet = read_sheet(path, sheet=layer, encoding=encoding)
    source = Source(
        path, suffix[1:], sheet.name or path.stem, sheet.frame, None, sheet.encoding, findings=sheet.findings
    )
    return with_datum_hint(source, named=is_ovital(path.name, *_beginnings(path)))


def _open_kml(path: Path, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    ovital = "ov" if path.suffix.lower().startswith(".ov") else ""
    if read_head(path, 2) != b"PK":
        source = read_kml(path, what=str(path), format_name=f"{ovital}kml", layer=layer, encoding=encoding)
        return with_datum_hint(source, named=is_ovital(path.name, *_beginnings(path)))
    folder = scratch / "kmz"
    folder.mkdir()
    unpacked = unpack_zip(path, folder)
    texts = [f for f in unpacked.files if f.suffix.lower() in (".kml", ".ovkml")]
    if not texts:
        raise LayerError("KMZ 里没有 .kml 文件", where=str(path), fix="重新导出")
    main = min(texts, key=lambda f: len(f.relative_to(folder).parts))  # the first one at the top, as Google Earth does
    source = read_kml(main, what=str(path), format_name=f"{ovital}kmz", layer=layer, encoding=encoding)
    if len(texts) > 1:
        others = "、".join(str(f.relative_to(folder)) for f in texts if f != main)[:300]
        source = source.note(IntakeFinding("warning", "skipped", f"只读取了主文件 {main.name}；没有读取 {others}"))
    return with_datum_hint(source, named=is_ovital(path.name, *_beginnings(main)))


def _open_zip(path: Path, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    folder = scratch / "zip"
    folder.mkdir()
    unpacked = unpack_zip(path, folder)
    names = _candidates(unpacked)
    if not names:
        raise _nothing_inside(path, unpacked)
    chosen, inner_layer = _choose(names, layer, path)
    inner = scratch / "inner"
    inner.mkdir()
    source = _open(names[chosen], inner_layer, encoding, inner)
    findings = [IntakeFinding("info", "archive", f"读取压缩包里的 {chosen}")]
    if unpacked.nested:
        listed = "、".join(unpacked.nested[:_LISTED])
        findings.append(IntakeFinding("warning", "skipped", f"压缩包里的压缩包没有打开：{listed}"))
    return source.note(*findings)


def _candidates(unpacked: Unpacked) -> dict[str, Path]:
    """Data files of an archive by their names in it: geometry formats, and tables only where there is no other."""
    databases = [f.parent for f in unpacked.files if f.name.lower() == "a00000001.gdbtable"]
    files = [f for f in unpacked.files if f.parent not in databases]
    spatial = [
        f for f in files if SUFFIXES.get(f.suffix.lower()) and f.suffix.lower() not in (*TABLE_SUFFIXES, ".json")
    ]
    found = [*databases, *spatial]
    for group in ((".json",), TABLE_SUFFIXES):
        found = found or [f for f in files if f.suffix.lower() in group]
    return {f.relative_to(unpacked.folder).as_posix(): f for f in found}


def _choose(names: dict[str, Path], layer: str | None, path: Path) -> tuple[str, str | None]:
    """Which file of an archive, and which layer in it."""
    if layer is not None:
        wanted = layer.casefold()
        same = [n for n, f in names.items() if wanted in (n.casefold(), f.name.casefold(), f.stem.casefold())]
        if len(same) == 1:
            return same[0], None
    if len(names) == 1:
        return next(iter(names)), layer
    listed = "、".join(list(names)[:_LISTED]) + (f"……共 {len(names)} 个" if len(names) > _LISTED else "")
    missing = "" if layer is None else f"，按“{layer}”选不出一个"
    raise InputError(
        f"压缩包里有 {len(names)} 个数据文件：{listed}{missing}",
        where=str(path),
        fix=f"用 --layer 选一个，如 --layer {next(iter(names))}",
    )


def _nothing_inside(path: Path, unpacked: Unpacked) -> InputError:
    names = [f.relative_to(unpacked.folder).as_posix() for f in unpacked.files]
    where = str(path)
    if "[Content_Types].xml" in names:
        return InputError(
            "这不是数据的压缩包，而是 Office 文件", where=where, fix="如果是 Excel 表格，把后缀改成 .xlsx"
        )
    if unpacked.nested:
        return InputError(
            f"压缩包里只有别的压缩包（{'、'.join(unpacked.nested[:5])}）",
            where=where,
            fix="先解开一层，再导入里面的文件",
        )
    loose = [n for n in names if Path(n).suffix.lower() in (".dbf", ".shx", ".prj")]
    if loose:
        return InputError(f"压缩包里有 {loose[0]}，没有 .shp", where=where, fix="把整套 Shapefile 一起打包")
    listed = "、".join(names[:10]) or "空的"
    return InputError(f"压缩包里没有能读的数据文件（{listed}）", where=where, fix="把数据文件打包进来")


def _beginnings(path: Path) -> Iterable[str]:
    head = read_head(path, 4096)
    return (head.decode(encoding, "ignore") for encoding in ("utf-8", "gb18030"))


def _without(fault: InputError, scratch: Path, path: Path) -> InputError:
    """The same fault, speaking of the user's file instead of the scratch folder."""
    where, problem = (None if t is None else _clean(t, scratch, path) for t in (fault.where, fault.problem))
    return type(fault)(problem or "", where=where, expected=fault.expected, fix=fault.fix)


def _clean(text: str, scratch: Path, path: Path) -> str:
    if str(scratch) not in text:
        return text
    for part, name in (("zip", f"{path} 里的 "), ("kmz", f"{path} 里的 "), ("inner", ""), ("", "")):
        prefix = str(scratch / part) if part else str(scratch)
        text = text.replace(prefix + "/", name).replace(prefix + "\\", name)
    return text
