"""Any file staff have -> features in CGCS2000 with clean geometry and known columns, and everything that was done to them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import shapely

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError
from changji_geo.geojson import GeometryKind
from changji_geo.intake.columns.aliases import load_aliases
from changji_geo.intake.columns.filling import Lookup
from changji_geo.intake.columns.mapping import map_columns
from changji_geo.intake.coordinates.coordcolumns import CoordinateColumns
from changji_geo.intake.coordinates.coordtext import NOT_FILLED
from changji_geo.intake.coordinates.georef import settle_crs
from changji_geo.intake.coordinates.offset import offset_hint
from changji_geo.intake.coordinates.placing import place_rows
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.findings import IntakeFinding, refuse_bad_rows
from changji_geo.intake.geometry.kinds import split_kinds
from changji_geo.intake.geometry.repair import repair_geometries
from changji_geo.intake.source import Datum, Source
from changji_geo.layer_description import GEOMETRY_ZH, Column, LayerMeta, layer_meta
from changji_geo.resources import Workspace, find_workspace

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

REFERENCE_LAYERS = ("counties", "air_stations", "water_sources", "water_sections")
"""Layers whose features imported ones are compared with, by name, to notice a web map's shift."""

COLLECTION = 7
"""Shapely's number for a geometry collection."""

CODES_BY_NAME = {"reserve_id": ("reserve", "protected_areas"), "adcode": ("county", "counties")}
"""Column of codes -> the column of names that decides it, and the layer that has both."""


CLOCKWISE_FORMATS = ("shapefile", "filegdb")
"""Formats whose own rule is outer rings clockwise."""


class ReadOptions(TypedDict, total=False):
    """What a person may tell about a file; everything left out is found in the file, or inferred and reported.

    layer: the layer, sheet or folder inside the file. encoding: of its text. crs: ``EPSG:4517``. datum: what the
    coordinates mean. x, y: names of the coordinate columns of a table (x alone: one column with both). packed: how digits
    without separators are meant (``"dd.mmss"``). rings_by: the column whose equal values make one polygon, one vertex a
    row. overrides: field of the file -> column. geometry: the only kind to take. skip_bad_rows: go on without the bad.
    constants: column -> the same cell in every row. confirm_datum: asked, with what is known, when only the kind of file
    says that its coordinates are shifted; without it the hint is followed.
    """

    layer: str | None
    encoding: str | None
    crs: str | None
    datum: Datum | None
    x: str | None
    y: str | None
    packed: Literal["dd.mmss"] | None
    rings_by: str | None
    overrides: Mapping[str, str]
    geometry: GeometryKind | None
    skip_bad_rows: bool
    constants: Mapping[str, str]
    confirm_datum: Callable[[str], Datum] | None


@dataclass(frozen=True)
class IntakeResult:
    """What a file became.

    ``parts``: kind of geometry -> GeoDataFrame in EPSG:4490 with columns ``id``, ``name``, those of `columns` and
    ``geometry``; the index holds the rows' numbers in the file. Most files have one part. ``crs`` is the system the file was
    read in, ``inferred`` whether it was worked out from the numbers, ``datum`` what the coordinates were taken for.
    ``row_count`` rows were in the file.
    """

    path: Path
    format: str
    layer: str
    encoding: str
    crs: pyproj.CRS
    inferred: bool
    datum: Datum
    row_count: int
    row_word: str
    parts: Mapping[GeometryKind, gpd.GeoDataFrame]
    columns: tuple[Column, ...]
    findings: tuple[IntakeFinding, ...]

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """The only part; raises `InputError` when the file mixes points, lines and areas."""
        if len(self.parts) != 1:
            counts = "、".join(f"{GEOMETRY_ZH[kind]} {len(part)} 个" for kind, part in self.parts.items())
            raise InputError(
                f"文件里混有不同类型的几何：{counts}",
                where=str(self.path),
                fix="用 --geometry 面、线或点 选一种（Python 里写 geometry= 或取 parts）",
            )
        return next(iter(self.parts.values()))


def read_any(
    path: Path | str,
    *,
    target: str | LayerMeta | None = None,
    workspace: Workspace | None = None,
    **options: Unpack[ReadOptions],
) -> IntakeResult:
    """Read a file of any format, encoding and coordinate habit.

    Parameters
    ----------
    path : path
        Shapefile (also zipped), GeoPackage, GeoJSON (also one feature a line), KML/KMZ, 奥维 ovkml/ovkmz, FileGDB,
        FlatGeobuf, GeoParquet, DXF, GPX, MapInfo TAB/MIF, CSV, TXT or XLSX. It is never altered.
    target : str or LayerMeta, optional
        Id of a layer whose columns the result shall have (``"reserves"``).
    workspace : Workspace, optional
        Where layers and the alias table are; the one in force by default.
    **options
        See `ReadOptions`.

    Returns
    -------
    IntakeResult
        Coordinates in EPSG:4490, longitude first. Every guess, repair and doubt is among its findings.

    Raises
    ------
    InputError
        The file cannot be read or understood, or has rows that cannot be used and ``skip_bad_rows`` was not set. The
        message names file, row and remedy.
    CRSError
        The coordinate system cannot be settled.

    Examples
    --------
    >>> from changji_geo.resources import packaged_root
    >>> found = read_any(packaged_root() / "layers" / "counties" / "counties.geojson")
    >>> len(found.frame), found.format, found.inferred
    (7, 'geojson', False)
    """
    space = workspace or find_workspace()
    wanted = layer_meta(target, space) if isinstance(target, str) else target
    skip = options.get("skip_bad_rows", False)
    source = open_source(path, layer=options.get("layer"), encoding=options.get("encoding"))
    findings: list[IntakeFinding] = list(source.findings)

    def settle(*found: IntakeFinding) -> None:
        findings.extend(found)
        if not skip:
            refuse_bad_rows(found, where=str(path), row_word=source.row_word)

    if not skip:
        refuse_bad_rows(source.findings, where=str(path), row_word=source.row_word)
    with _naming(path):
        raw, unit, text_crs = _placed(source, options, settle)
    left_out = {f.row for f in findings if f.rule == "total-row" and f.level == "info"}
    findings[:] = [f for f in findings if f.rule != "total-row" or f.level == "info" or f.row not in left_out]
    datum = options.get("datum") or _hinted_datum(source, options)
    settled = settle_crs(
        raw,
        declared=source.crs or text_crs,
        told=options.get("crs"),
        datum=datum,
        unit=unit,
        extent=_prefecture(space),
        what=str(path),
        row_word=source.row_word,
    )
    settle(*settled.findings)
    repaired = repair_geometries(settled.frame, row_word=source.row_word, clockwise=source.format in CLOCKWISE_FORMATS)
    settle(*repaired.findings)
    with _naming(path):
        mapped = map_columns(
            repaired.frame,
            target=wanted,
            aliases=load_aliases(space),
            overrides=options.get("overrides", {}),
            constants=options.get("constants", {}),
            lookups=_lookups(wanted, space),
            named_by=options.get("rings_by"),
            row_word=source.row_word,
        )
    settle(*mapped.findings)
    kinds = split_kinds(mapped.frame, row_word=source.row_word)
    settle(*kinds.findings)
    frames = dict(kinds.frames)
    if (shapely.get_type_id(mapped.frame.geometry.array) == COLLECTION).any():
        for kind, part in frames.items():  # what stood inside a collection has not been repaired yet
            again = repair_geometries(part, row_word=source.row_word, clockwise=True)
            settle(*again.findings)
            frames[kind] = again.frame
    chosen = _chosen(frames, options.get("geometry"), wanted, path, findings)
    if not any(len(part) for part in chosen.values()):
        raise InputError("没有一行可用", where=str(path), fix="看逐行列出的原因，改正后重新导入")
    if datum is None:
        findings.extend(_shift_hints(chosen, wanted, space))
    return IntakeResult(
        path=Path(path),
        format=source.format,
        layer=source.layer,
        encoding=source.encoding,
        crs=settled.crs_used,
        inferred=settled.inferred,
        datum=datum or "cgcs2000",
        row_count=len(source.frame),
        row_word=source.row_word,
        parts=chosen,
        columns=mapped.columns,
        findings=tuple(findings),
    )


def _placed(
    source: Source, options: ReadOptions, settle: Callable[..., None]
) -> tuple[gpd.GeoDataFrame, Literal["degrees", "metres"] | None, pyproj.CRS | None]:
    """The source's geometry, made from its columns where it is a table."""
    table_only = [name for name in ("x", "y", "packed", "rings_by") if options.get(name)]
    if source.has_geometry:
        if table_only:
            raise InputError(
                f"文件自带几何，不能再用 {'、'.join('--' + n.replace('_', '-') for n in table_only)}",
                where=str(source.path),
                fix="去掉这些选项",
            )
        return source.frame, None, None
    x = options.get("x")
    placed = place_rows(
        source.frame,
        columns=CoordinateColumns(x, options.get("y")) if x else None,
        packed=options.get("packed"),
        rings_by=options.get("rings_by"),
        what=str(source.path),
    )
    settle(*_without_totals(source, placed.findings))
    return placed.frame, placed.unit, placed.crs_from_text


def _without_totals(source: Source, found: Iterable[IntakeFinding]) -> Iterator[IntakeFinding]:
    """Rows of totals (合计) have no place, and are none of the table's own things: no error, but said."""
    totals = {f.row for f in source.findings if f.rule == "total-row"}
    for finding in found:
        if finding.row in totals and finding.level == "error" and finding.message == NOT_FILLED:
            yield IntakeFinding("info", "total-row", "合计、平均一类的行，没有坐标，没有导入", finding.row)
        else:
            yield finding


@contextlib.contextmanager
def _naming(path: Path | str) -> Iterator[None]:
    """Errors of the steps that know no file get its name."""
    try:
        yield
    except InputError as fault:
        if Path(path).name in str(fault):
            raise
        where = f"{path} 的 {fault.where}" if fault.where else str(path)
        raise type(fault)(fault.problem, where=where, expected=fault.expected, fix=fault.fix) from fault


def _lookups(target: LayerMeta | None, workspace: Workspace) -> Mapping[str, Lookup]:
    """Columns of codes that names in another column decide."""
    declared = {c.name for c in target.columns} if target is not None else set()
    found = {}
    for column, (by, layer_id) in CODES_BY_NAME.items():
        if {column, by} <= declared and layer_id in workspace.layer_ids:
            frame = load_layer(layer_id, workspace).frame
            found[column] = Lookup(by, dict(zip(frame["name"], frame["id"], strict=True)))
    return found


def _hinted_datum(source: Source, options: ReadOptions) -> Datum | None:
    ask = options.get("confirm_datum")
    if source.datum_hint is None or ask is None:
        return source.datum_hint
    return ask("；".join(f.message for f in source.findings if f.rule == "datum"))


def _prefecture(workspace: Workspace) -> shapely.Geometry:
    return shapely.union_all(load_layer("prefecture", workspace).frame.geometry.array)


def _chosen(
    parts: Mapping[GeometryKind, gpd.GeoDataFrame],
    geometry: GeometryKind | None,
    target: LayerMeta | None,
    path: Path | str,
    findings: list[IntakeFinding],
) -> Mapping[GeometryKind, gpd.GeoDataFrame]:
    """The parts of the kind asked for; a target layer asks for its own kind."""
    kind = geometry or (target.geometry if target is not None else None)
    if kind is None:
        return parts
    if kind not in parts:
        there = "、".join(GEOMETRY_ZH[k] for k in parts) or "没有几何"
        reason = (
            f"图层“{target.id}”是{GEOMETRY_ZH[kind]}图层" if target is not None and geometry is None else "所要的类型"
        )
        raise InputError(
            f"文件里没有{GEOMETRY_ZH[kind]}（{reason}），只有：{there}",
            where=str(path),
            fix="换一个文件、换一个图层标识，或改 --geometry",
        )
    for other, part in parts.items():
        if other != kind:
            rows = "、".join(str(r) for r in part.index[:10]) + ("……" if len(part) > 10 else "")
            findings.append(
                IntakeFinding(
                    "warning", "other_geometry",
                    f"没有取用的{GEOMETRY_ZH[other]} {len(part)} 个（第 {rows} 个）；只取{GEOMETRY_ZH[kind]}",
                )
            )  # fmt: skip
    return {kind: parts[kind]}


def _shift_hints(
    parts: Mapping[GeometryKind, gpd.GeoDataFrame], target: LayerMeta | None, workspace: Workspace
) -> list[IntakeFinding]:
    """A hint where the features lie off a reference layer as GCJ-02 or BD-09 would put them."""
    names = (*([target.id] if target is not None else []), *REFERENCE_LAYERS)
    for layer_id in dict.fromkeys(n for n in names if n in workspace.layer_ids):
        meta = layer_meta(layer_id, workspace)
        if meta.accuracy == "schematic" or meta.geometry not in parts:
            continue
        hint = offset_hint(parts[meta.geometry], load_layer(layer_id, workspace).frame, meta.title)
        if hint is not None:
            return [hint]
    return []
