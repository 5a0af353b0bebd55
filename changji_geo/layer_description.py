"""The descriptions ``layers/<id>/layer.toml`` -> what each layer is: title, geometry, CRS, source, licence, columns.

Nothing of the data file is read here; `changji_geo.catalog` does that.
"""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from changji_geo.errors import LayerError, near_match
from changji_geo.geojson import GeometryKind
from changji_geo.resources import Workspace, find_workspace
from changji_geo.specfile import Slug, Strict, check_model, read_toml
from changji_geo.types import Accuracy, BBox

ColumnType = Literal["text", "integer", "number", "boolean", "date"]
Cell = str | int | float | bool

GEOMETRY_ZH: dict[GeometryKind, str] = {"area": "面", "line": "线", "point": "点"}


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute column: `title` is its Chinese caption, `allowed` its only values (empty: any)."""

    name: str
    type: ColumnType
    title: str
    unit: str = ""
    meaning: str = ""
    allowed: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class IntakeRecord:
    """Where an imported layer comes from: table ``[intake]`` of its ``layer.toml``; the originals lie in ``original/``.

    ``crs`` and ``datum`` are what the file was read in, `crs_inferred` says whether that was worked out from the numbers.
    ``rows`` were in the file, ``kept`` became features, ``repaired`` were changed, ``refused`` left out; ``findings`` are
    those about the whole file, the rest is in ``findings.json``.
    """

    file: str
    sha256: str
    format: str
    crs: str
    crs_inferred: bool
    datum: str
    encoding: str
    rows: int
    kept: int
    repaired: int
    refused: int
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerMeta:
    """What ``layer.toml`` says. ``sample``: made up, or with made-up values attached, and every map says so (示例数据).

    ``sha256``, ``feature_count`` and ``bbox`` describe the data file and are None where the file's author left them out.
    ``bbox`` is in degrees on CGCS2000 whatever `crs` the file has. ``coverage`` is "" for ordinary layers, "all" when the
    features must tile without gaps or overlaps, else the column within whose values they must. ``folder`` is where the
    layer was found.
    """

    id: str
    title: str
    geometry: GeometryKind
    crs: str
    source: str
    licence: str
    attribution: str
    retrieved: datetime.date
    accuracy: Accuracy
    columns: tuple[Column, ...]
    folder: Path
    version: str = ""
    sha256: str | None = None
    feature_count: int | None = None
    bbox: BBox | None = None
    note: str = ""
    coverage: str = ""
    sample: bool = False
    intake: IntakeRecord | None = None

    def column(self, name: str) -> Column:
        """The column `name`; raises `LayerError` with a near match when the layer has none."""
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise LayerError(f"图层“{self.id}”没有列“{name}”", fix=near_match(name, [c.name for c in self.columns]))
        return found


def list_layers(workspace: Workspace | None = None) -> tuple[LayerMeta, ...]:
    """Metadata of every layer of the workspace, sorted by id.

    Parameters
    ----------
    workspace : Workspace, optional
        The one in force by default.

    Raises
    ------
    LayerError
        When a ``layer.toml`` is malformed.
    """
    space = workspace or find_workspace()
    return tuple(layer_meta(layer_id, space) for layer_id in space.layer_ids)


def layer_meta(layer_id: str, workspace: Workspace | None = None) -> LayerMeta:
    """Metadata of one layer.

    Raises
    ------
    LayerError
        When there is no such layer (with a near match), or its ``layer.toml`` is malformed.
    """
    folder = (workspace or find_workspace()).layer_dir(layer_id)
    path = folder / "layer.toml"
    stamp = path.stat()
    return _read_meta(path, stamp.st_mtime_ns, stamp.st_size)


class _ColumnFile(Strict):
    name: Slug
    type: ColumnType
    title: str = Field(min_length=1, max_length=40)
    unit: str = ""
    meaning: str = ""
    allowed: list[Cell] = Field(default_factory=list)


class _IntakeTable(Strict):
    file: str = Field(min_length=1)
    sha256: str
    format: str
    crs: str
    crs_inferred: bool
    datum: str
    encoding: str = ""
    rows: int = Field(ge=0)
    kept: int = Field(ge=0)
    repaired: int = Field(ge=0)
    refused: int = Field(ge=0)
    findings: list[str] = Field(default_factory=list)


class _LayerFile(Strict):
    id: Slug
    title: str = Field(min_length=1, max_length=60)
    geometry: GeometryKind
    crs: str = Field(min_length=1)
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    attribution: str = Field(min_length=1)
    retrieved: datetime.date
    accuracy: Accuracy
    version: str = ""
    sha256: str | None = None
    feature_count: int | None = Field(default=None, ge=0)
    bbox: list[float] | None = Field(default=None, min_length=4, max_length=4)
    note: str = ""
    coverage: str = ""
    sample: bool = False
    intake: _IntakeTable | None = None
    columns: list[_ColumnFile] = Field(min_length=1)


@functools.lru_cache(maxsize=256)
def _read_meta(path: Path, _modified: int, _size: int) -> LayerMeta:
    data = check_model(_LayerFile, read_toml(path, error=LayerError), where=str(path), error=LayerError)
    if data.id != path.parent.name:
        raise LayerError(f"id 是“{data.id}”，文件夹名是“{path.parent.name}”", where=str(path), fix="两者改成一样")
    names = [c.name for c in data.columns]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise LayerError(f"列“{twice}”声明了两次", where=str(path), fix="删去一处")
    for needed in ("id", "name"):
        if needed not in names:
            raise LayerError(f"没有声明列“{needed}”", where=str(path), fix=f'补上 [[columns]] name = "{needed}"')
    if data.coverage not in ("", "all", *names):
        raise LayerError(
            f"coverage 指向不存在的列“{data.coverage}”", where=str(path), fix=near_match(data.coverage, names)
        )
    fields = data.model_dump()
    fields["columns"] = tuple(Column(**(c | {"allowed": tuple(c["allowed"])})) for c in fields["columns"])
    if data.intake is not None:
        fields["intake"] = IntakeRecord(**(fields["intake"] | {"findings": tuple(data.intake.findings)}))
    fields["bbox"] = BBox(*data.bbox) if data.bbox else None
    return LayerMeta(**fields, folder=path.parent)
