"""One layer of a file that `formats` has let pass -> its frame and CRS through GDAL; GDAL's faults become ours.

What states its number of features is read as Arrow record batches, which is faster from a few thousand features on and
keeps missing whole numbers and truth values as they are; curves, formats without a count (DXF, MIF) and damaged files take
the plain way, which turns curves into lines and says what is damaged.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from changji_geo.errors import InputError, LayerError, near_match
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding

_FAULTS = (
    DataSourceError,
    DataLayerError,
    FeatureError,
    FieldError,
    GeometryError,
    UnicodeDecodeError,
    UnboundLocalError,  # pyogrio 0.13 on a CRS whose text is not UTF-8
    shapely.errors.ShapelyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    TypeError,  # these two: the pandas part of a damaged GeoParquet
    KeyError,
    OSError,
)
_MEASURED = "Measured (M)"
_UNIMPORTANT = (_MEASURED, "as JSON", "Non closed ring detected", "Several features with id", "More than one file")
_EXACT_FLOAT = 2**53
_SHOWN_LAYERS = 30
_SHOWN_WARNINGS = 5


@dataclass(frozen=True)
class Features:
    """One layer: ``frame`` with rows 1..n and the geometry column ``geometry`` (none for a plain table), no CRS set on it."""

    frame: pd.DataFrame
    crs: pyproj.CRS | None
    layer: str
    findings: tuple[IntakeFinding, ...]


def read_features(
    path: Path,
    *,
    drivers: Sequence[str],
    what: str,
    layer: str | None = None,
    encoding: str | None = None,
    keep_ids: bool = False,
) -> Features:
    """Read one layer faithfully.

    Parameters
    ----------
    path : path
        A file whose content has been looked at, with a name that `plain_copy` would keep.
    drivers : sequence of str
        Names of the GDAL drivers that may open it; any other is refused.
    what : str
        The file as the user knows it, for messages.
    layer : str, optional
        The layer's name; the only one by default.
    encoding : str, optional
        ``"ISO-8859-1"`` gives each byte of a text as one character, to be decoded by the caller.
    keep_ids : bool
        Whether GDAL's feature numbers are the file's own (GeoJSON): they become the column ``id`` if there is none.

    Returns
    -------
    Features
        Fields keep their types: whole numbers with gaps are float64, or Int64 where floats would change them; dates are
        datetimes. A field named ``geometry`` is renamed.

    Raises
    ------
    LayerError
        GDAL cannot read it, or another driver than the expected opens it.
    """
    with reporting(what) as findings:
        info = pyogrio.read_info(path, layer=layer, encoding=encoding)
        if info["driver"] not in drivers:
            raise LayerError(
                f"内容不是后缀所说的格式，而是 {info['driver']}",
                where=what,
                fix="重新导出；如果只是后缀写错了，改成正确的后缀",
            )
        fields = [str(f) for f in info["fields"]]
        others = [f for f in fields if f != "geometry"]
        expected = int(info["features"])
        frame = _read(path, expected=expected, layer=layer, encoding=encoding, columns=others)
        if "geometry" in fields:
            alone = {"columns": ["geometry"], "read_geometry": False}
            clash = _read(path, expected=expected, layer=layer, encoding=encoding, **alone)
            name = _free_name("geometry", fields)
            frame.insert(fields.index("geometry"), name, clash["geometry"].to_numpy())
            findings.append(
                IntakeFinding("info", "columns", f"字段“geometry”与几何列重名，改名为“{name}”", column=name)
            )
        crs, doubt = crs_of(info["crs"])
    findings.extend(doubt)
    if isinstance(frame, gpd.GeoDataFrame) and shapely.has_m(frame.geometry.array).any():
        findings[:] = [
            f for f in findings if f.rule != "dropped_zm"
        ]  # they were read, the repair drops and counts them
    frame = _settle_types(frame)
    if keep_ids:
        _keep_feature_ids(frame)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    frame, renamed = with_unique_names(frame)
    return Features(frame, crs, str(info["layer_name"]), (*findings, *renamed))


def choose_layer(path: Path, *, what: str, layer: str | None, hidden: Sequence[str] = ()) -> str:
    """The layer to read: the one asked for, else the only one with features.

    Parameters
    ----------
    path : path
        As in `read_features`.
    what : str
        The file as the user knows it.
    layer : str, optional
        What the user asked for.
    hidden : sequence of str
        Layers that are only read when asked for (the single points of a GPX track).

    Raises
    ------
    InputError
        No such layer, no layer with features, or several: the message lists them with their counts.
    """
    with reporting(what):
        found = {str(name): kind is not None for name, kind in pyogrio.list_layers(path)}
    if layer is not None:
        same = [name for name in found if name.lower() == layer.lower()]
        if layer in found or len(same) == 1:
            return layer if layer in found else same[0]
        raise InputError(f"没有图层“{layer}”", where=what, fix=near_match(layer, found))
    visible = [name for name in found if name not in hidden]
    with reporting(what):
        count = {
            name: int(pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]) for name in visible
        }
    filled = [name for name in visible if count[name]]
    choice = [name for name in filled if found[name]] or filled
    if len(choice) == 1:
        return choice[0]
    if not choice:
        names = "、".join(visible[:_SHOWN_LAYERS])
        raise LayerError(f"所有图层都没有要素（{names or '一个图层也没有'}）", where=what, fix="检查导出步骤")
    listed = "、".join(f"{name}（{count[name]} 个要素）" for name in choice[:_SHOWN_LAYERS])
    more = f"……共 {len(choice)} 个" if len(choice) > _SHOWN_LAYERS else ""
    raise InputError(
        f"文件里有 {len(choice)} 个图层：{listed}{more}", where=what, fix=f"用 --layer 选一个，如 --layer {choice[0]}"
    )


def crs_of(text: str | None) -> tuple[pyproj.CRS | None, tuple[IntakeFinding, ...]]:
    """What GDAL says of a CRS, as pyproj knows it; None with a finding for local systems and texts without meaning."""
    if not text:
        return None, ()
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        crs = None
    if crs is not None and crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs is not None and (crs.is_geographic or crs.is_projected) and not crs.name.lower().startswith("undefined"):
        return crs, ()
    name = crs.name if crs is not None else " ".join(text.split())[:200]
    message = f"文件里的坐标系“{name}”是地方坐标系或没有定义，无法换算，按没有坐标系处理"
    return None, (IntakeFinding("warning", "crs", message),)


@contextlib.contextmanager
def reporting(what: str) -> Iterator[list[IntakeFinding]]:
    """GDAL's errors become `LayerError`, its warnings findings of the list that is handed out."""
    findings: list[IntakeFinding] = []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            yield findings
        except InputError:
            raise
        except GeometryError as cause:
            raise LayerError(
                f"几何类型不支持（读取程序报告：{_short(cause)}）",
                where=what,
                expected="面、线或点",
                fix="在 GIS 软件中导出为二维、不带量测值 M 的面、线或点",
            ) from cause
        except _FAULTS as cause:
            raise LayerError(
                f"文件已损坏或无法读取（读取程序报告：{_short(cause)}）",
                where=what,
                fix="恢复原文件，或在 GIS 软件中重新导出",
            ) from cause
    texts = dict.fromkeys(_short(w.message) for w in seen if issubclass(w.category, UserWarning | RuntimeWarning))
    if any(_MEASURED in t for t in texts):
        findings.append(IntakeFinding("info", "dropped_zm", "图形带量测值 M，没有读取"))
    told = [t for t in texts if not any(word in t for word in _UNIMPORTANT)][:_SHOWN_WARNINGS]
    findings.extend(IntakeFinding("warning", "reader", f"读取程序提示：{text}") for text in told)


def with_unique_names(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[IntakeFinding, ...]]:
    """The frame with column names that are unique non-empty texts, and what was renamed."""
    names: list[str] = []
    findings: list[IntakeFinding] = []
    for number, column in enumerate(frame.columns, start=1):
        plain = str(column).replace("\0", "").strip()
        name = plain or f"列{number}"
        if name in names:
            name = _free_name(name, [*names, *map(str, frame.columns)])
        if name != plain:
            findings.append(
                IntakeFinding(
                    "info", "columns", f"第 {number} 列{'重名' if plain else '没有名称'}，改名为“{name}”", column=name
                )
            )
        names.append(name)
    if names == list(frame.columns):
        return frame, ()
    return frame.set_axis(names, axis="columns"), tuple(findings)


def named_features(rows: Sequence[int]) -> str:
    """Features for a message: ``第 1、4 个要素``; of many the first few and their number."""
    shown = "、".join(map(str, rows[:SHOWN_ROWS]))
    return f"第 {shown} 个要素" if len(rows) <= SHOWN_ROWS else f"第 {shown} 等 {len(rows)} 个要素"


def plain_copy(path: Path, scratch: Path, *, companions: Sequence[Path] = (), name: str = "") -> Path:
    """The path, or a link or copy of it in the scratch folder where pyogrio would not understand its name.

    pyogrio takes ``!`` and ``;`` in a path, and folders named ``.zip``, for the syntax of archives.
    """
    if not name and not set("!;?") & set(str(path)) and not str(path).lower().endswith(".zip"):
        return path
    name = name or "data"
    for file in (path, *companions):
        link_or_copy(file, scratch / f"{name}{file.suffix.lower()}")
    return scratch / f"{name}{path.suffix.lower()}"


def link_or_copy(source: Path, target: Path) -> None:
    """Make a file or folder appear under another name; Windows only lets some users link."""
    try:
        target.symlink_to(source.resolve(), target_is_directory=source.is_dir())
    except OSError:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def _read(path: Path, *, expected: int, **options: Any) -> pd.DataFrame:
    """Read as Arrow; the plain way where that fails, or gives another count than the file states.

    Measured with GDAL 3.12: on a damaged feature the Arrow stream just ends, where the plain way raises.
    """
    if expected >= 0:
        arrow = {"integer_object_nulls": True, "date_as_object": False}
        with contextlib.suppress(*_FAULTS):
            frame: pd.DataFrame = pyogrio.read_dataframe(
                path, use_arrow=True, fid_as_index=True, arrow_to_pandas_kwargs=arrow, **options
            )
            if len(frame) == expected and not _has_curves(frame):
                return frame
    plain: pd.DataFrame = pyogrio.read_dataframe(path, use_arrow=False, fid_as_index=True, **options)
    return plain


def _has_curves(frame: pd.DataFrame) -> bool:
    return isinstance(frame, gpd.GeoDataFrame) and bool((shapely.get_type_id(frame.geometry.array) > 7).any())


def _settle_types(frame: pd.DataFrame) -> pd.DataFrame:
    if isinstance(frame, gpd.GeoDataFrame):
        frame = gpd.GeoDataFrame(frame, geometry="geometry").set_crs(None, allow_override=True)
    for name in [c for c in frame.columns if frame[c].dtype == np.dtype("O")]:
        values = [v for v in frame[name] if v is not None]
        if values and all(isinstance(v, bool | np.bool_) for v in values):
            frame[name] = pd.array(frame[name].to_numpy(), dtype="boolean")
        elif values and all(isinstance(v, int | np.integer) for v in values):
            exact = max(map(abs, values)) <= _EXACT_FLOAT
            frame[name] = frame[name].astype("float64") if exact else frame[name].astype("Int64")
    return frame


def _keep_feature_ids(frame: pd.DataFrame) -> None:
    """GDAL makes a GeoJSON feature's own number its row number; features without one count from 0."""
    numbers = frame.index.to_numpy()
    if "id" not in frame.columns and not np.array_equal(numbers, np.arange(len(numbers))):
        frame.insert(0, "id", numbers)


def _free_name(name: str, taken: Sequence[str]) -> str:
    return next(f"{name}_{k}" for k in range(1, len(taken) + 2) if f"{name}_{k}" not in taken)


def _short(cause: object) -> str:
    text = " ".join(str(cause).split()).split("; It might help")[0]
    text = re.sub(r"\S*[\\/]\w+\.(?:cpp|c|h), \d+: ", "", text)  # where GDAL was built is nothing to users
    text = re.sub(r"Error occurred in \S+ at line \d+", "数据不完整", text)
    return text if len(text) <= 200 else text[:200] + "……"
