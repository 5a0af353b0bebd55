"""A file -> ``layers/<id>/`` of the user's workspace, checked before it is put in place, with its originals and findings."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from changji_geo.catalog import load_layer
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import InputError, LayerError, OutputError, system_reason
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.originals import copy_originals, date_of, digest_of
from changji_geo.intake.reading import IntakeResult, ReadOptions, read_any
from changji_geo.intake.reports import findings_json
from changji_geo.intake.writing import write_layer_folder
from changji_geo.layer_check import check_layer
from changji_geo.layer_description import GEOMETRY_ZH, IntakeRecord, LayerMeta, layer_meta
from changji_geo.resources import Workspace, find_workspace, own_root
from changji_geo.spatial.overlay import overlay_shares
from changji_geo.types import ACCURACY_ZH, Accuracy

if TYPE_CHECKING:
    import geopandas as gpd

REPLACED = "_replaced"
"""Folder below ``layers/`` that keeps a workspace's own layers that were imported over."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
_TAKEN_ID = re.compile(r"indicators|con|prn|aux|nul|com\d|lpt\d")
"""Folder of the indicator tables; names that Windows gives to devices."""


@dataclass(frozen=True)
class LayerImport:
    """What an import did. ``kept`` is where the workspace's former layers of these ids lie now."""

    layer_ids: tuple[str, ...]
    folders: tuple[Path, ...]
    kept: tuple[Path, ...]
    result: IntakeResult
    findings: tuple[IntakeFinding, ...]


def import_layer(
    path: Path | str,
    layer_id: str,
    *,
    workspace: Workspace | None = None,
    title: str | None = None,
    source: str | None = None,
    licence: str | None = None,
    attribution: str | None = None,
    accuracy: Accuracy | None = None,
    date: datetime.date | None = None,
    note: str = "",
    replace: bool = False,
    **options: Unpack[ReadOptions],
) -> LayerImport:
    """Read any file and make it a layer of the workspace; of a bundled layer's id, it takes that layer's place.

    Parameters
    ----------
    path : path
        See `changji_geo.read_any`; never altered, copied whole into the layer's ``original/``.
    layer_id : str
        Small letters, digits and underscores. A file that mixes kinds of geometry becomes ``<id>_area``, ``<id>_line``
        and ``<id>_point``, unless ``geometry`` chooses one or a bundled layer of this id has one.
    workspace : Workspace, optional
        The one in force by default; it must be the user's own.
    title, source, licence, attribution, note : str, optional
        For ``layer.toml``. By default the replaced layer's title (else the file's name), the file's name, "未写明",
        and the source.
    accuracy : {"surveyed", "published", "approximate", "schematic"}, optional
        "approximate" when left out, with a finding: nobody said how good the positions are.
    date : datetime.date, optional
        Of the data; by default the file's date of modification, with a finding.
    replace : bool
        Go ahead when the workspace has a layer of its own with this id; that one is moved to ``layers/_replaced/``.
    **options
        See `changji_geo.intake.reading.ReadOptions`.

    Returns
    -------
    LayerImport

    Raises
    ------
    InputError
        As `changji_geo.read_any`; no own workspace; a bad id; a layer of the workspace in the way; a result that does not
        pass `check_layer`. The workspace is then as it was.
    OutputError
        When the workspace cannot be written.
    """
    space = workspace or find_workspace()
    root = own_root(space)
    _require_id(layer_id)
    target = _bundled(layer_id, space)
    declared = {c.name for c in target.columns} if target is not None else set()
    title, source, licence, attribution = (_said(text) for text in (title, source, licence, attribution))
    told: Accuracy = accuracy or "approximate"
    constants = {name: cell for name, cell in (("accuracy", told), ("source", source)) if name in declared and cell}
    options["constants"] = constants | dict(options.get("constants") or {})
    result = read_any(path, target=target, workspace=space, **options)
    findings = [*result.findings, *_unsaid(accuracy, date)]
    ids = {kind: layer_id if len(result.parts) == 1 else f"{layer_id}_{kind}" for kind in result.parts}
    if not replace:
        _require_free(root, list(ids.values()))
    meta = LayerMeta(
        id=layer_id,
        title=title or (target.title if target is not None else Path(path).stem[:60]),
        geometry="area",
        crs="EPSG:4490",
        source=source or f"导入自 {Path(path).name}",
        licence=licence or "未写明",
        attribution=attribution or source or f"导入自 {Path(path).name}",
        retrieved=date or date_of(Path(path)),
        accuracy=told,
        columns=result.columns,
        folder=root / "layers",
        version="1.0",
        note=_said(note) or "",
        coverage=target.coverage if target is not None else "",
        intake=_record(Path(path), result, findings),
    )
    with _scratch(root) as scratch:
        for kind, part in result.parts.items():
            called = meta.title if len(result.parts) == 1 else f"{meta.title}（{GEOMETRY_ZH[kind]}）"
            own = dataclasses.replace(meta, id=ids[kind], title=called, geometry=kind)
            findings += _write_checked(scratch, space, own, part)
            folder = scratch / "layers" / ids[kind]
            copy_originals(Path(path), folder / "original")
            if meta.intake is not None and digest_of(folder / "original" / Path(path).name) != meta.intake.sha256:
                raise InputError("文件在导入过程中被改动了", where=str(path), fix="关闭正打开它的程序，重新导入")
            facts = {"file": Path(path).name, "sha256": meta.intake.sha256 if meta.intake else "", "layer": ids[kind]}
            (folder / "findings.json").write_bytes(findings_json(findings, **facts).encode())
        if not replace:  # reading takes time
            _require_free(root, list(ids.values()))
        folders, kept = _put_in_place(scratch, root, list(ids.values()))
    return LayerImport(tuple(ids.values()), folders, kept, result, tuple(findings))


def _said(text: str | None) -> str | None:
    """What a person wrote, None for blanks; half characters, which a shell can pass on, are left out."""
    return (text or "").encode("utf-8", "ignore").decode().strip() or None


def _require_id(layer_id: str) -> None:
    if not _ID.fullmatch(layer_id):
        raise InputError(
            f"图层标识“{layer_id[:60]}”写法不对",
            expected="小写英文字母开头，只含小写字母、数字和下划线，如 reserves、wells_2026",
            fix="换一个标识；中文名称用 --title 写",
        )
    if _TAKEN_ID.fullmatch(layer_id):
        why = "工作区用这个名称存放指标表" if layer_id == "indicators" else "Windows 不许文件夹用这个名称"
        raise InputError(f"“{layer_id}”不能作图层标识：{why}", fix=f"换一个标识，如 {layer_id}_layer")


def _bundled(layer_id: str, space: Workspace) -> LayerMeta | None:
    """The shipped layer of this id, whose columns the maps rely on."""
    shipped = Workspace((space.roots[-1],))
    return layer_meta(layer_id, shipped) if layer_id in shipped.layer_ids else None


def _require_free(root: Path, ids: Sequence[str]) -> None:
    for layer_id in ids:
        if (root / "layers" / layer_id).exists():
            raise InputError(
                f"工作区里已有图层“{layer_id}”，没有改动它",
                where=str(root / "layers" / layer_id),
                fix=f"换一个标识；或加 --replace，原有的会移到 layers/{REPLACED}/",
            )


def _unsaid(accuracy: Accuracy | None, date: datetime.date | None) -> Iterator[IntakeFinding]:
    if accuracy is None:
        yield IntakeFinding("warning", "accuracy", "没有写明精度，按“近似”登记；用 --accuracy surveyed（实测）等写明")
    if date is None:
        yield IntakeFinding("info", "date", "没有写明资料日期，按文件的修改日期登记；用 --date 写明")


def _record(path: Path, result: IntakeResult, findings: Sequence[IntakeFinding]) -> IntakeRecord:
    refused = {f.row for f in findings if f.level == "error" and f.row is not None}
    kept = {row for part in result.parts.values() for row in part.index}
    code = result.crs.to_authority()
    return IntakeRecord(
        file=path.name,
        sha256=digest_of(path),
        format=result.format,
        crs=":".join(code) if code else result.crs.name,
        crs_inferred=result.inferred,
        datum=result.datum,
        encoding=result.encoding,
        rows=result.row_count,
        kept=len(kept),
        repaired=len({f.row for f in findings if f.level == "repair"} - {None}),
        refused=len(refused),
        findings=tuple(f.message for f in findings if f.row is None),
    )


def _write_checked(scratch: Path, space: Workspace, meta: LayerMeta, part: gpd.GeoDataFrame) -> list[IntakeFinding]:
    """Write one layer below `scratch` and check it there as any layer is checked."""
    folder = scratch / "layers" / meta.id
    folder.mkdir(parents=True)
    frame, findings = _measured(part, meta, space)
    frame, meta, said = _honest(frame, meta)
    findings += said
    write_layer_folder(folder, meta, frame)
    view = Workspace((scratch, *space.roots))
    found = check_layer(meta.id, view)
    if any(f.rule == "coverage" for f in found):
        findings += [IntakeFinding("warning", "coverage", f.message) for f in found if f.rule == "coverage"]
        write_layer_folder(folder, dataclasses.replace(meta, coverage=""), frame)
        found = check_layer(meta.id, view)
    errors = [f for f in found if f.level == "error"]
    if errors:
        rest = f"（共 {len(errors)} 处）" if len(errors) > 1 else ""
        raise LayerError(
            f"导入的结果通不过检查：{errors[0].message}{rest}", where=str(meta.id), fix="改正原文件后重新导入"
        )
    return findings + [IntakeFinding("warning", f.rule, f.message) for f in found]


def _measured(
    part: gpd.GeoDataFrame, meta: LayerMeta, space: Workspace
) -> tuple[gpd.GeoDataFrame, list[IntakeFinding]]:
    """Columns that say of themselves that they are measured on the figures are, where the file has nothing."""
    frame = part.copy()
    done: list[str] = []
    empty = {c.name for c in meta.columns if c.unit and c.name in frame and frame[c.name].isna().all()}
    if meta.geometry == "area" and "area_km2" in empty:
        frame["area_km2"] = (area_m2(frame.geometry) / 1e6).round(4)
        done.append("area_km2")
    if meta.geometry == "area" and "in_prefecture_pct" in empty and "prefecture" in space.layer_ids:
        whole = load_layer("prefecture", space).frame.dissolve()
        shares = overlay_shares(frame, whole).groupby("feature_id")["share"].sum()
        frame["in_prefecture_pct"] = (shares.reindex(frame.index).fillna(0.0) * 100).round(2)
        done.append("in_prefecture_pct")
    said = f"文件没有的列 {'、'.join(done)} 已按图形量算（椭球面积）"
    return frame, [IntakeFinding("info", "measured", said)] if done else []


def _honest(frame: gpd.GeoDataFrame, meta: LayerMeta) -> tuple[gpd.GeoDataFrame, LayerMeta, list[IntakeFinding]]:
    """A layer is not more accurate than its worst row."""
    if "accuracy" not in frame.columns:
        return frame, meta, []
    ranks = list(ACCURACY_ZH)
    worst = max((a for a in frame["accuracy"] if a in ranks), key=ranks.index, default=meta.accuracy)
    if ranks.index(worst) <= ranks.index(meta.accuracy):
        return frame, meta, []
    text = f"文件中有要素的精度是“{ACCURACY_ZH[worst]}”，图层按最差的要素登记"
    return frame, dataclasses.replace(meta, accuracy=worst), [IntakeFinding("warning", "accuracy", text)]


@contextlib.contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """A folder beside the layers, on the same disk, gone afterwards."""
    folder = root / "layers" / f".import-{secrets.token_hex(4)}"
    had_layers = (root / "layers").is_dir()
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as cause:
        raise OutputError(
            f"无法写入工作区（{system_reason(cause)}）", where=str(root / "layers"), fix="检查权限和磁盘空间"
        ) from cause
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not had_layers:
            with contextlib.suppress(OSError):
                (root / "layers").rmdir()


def _put_in_place(scratch: Path, root: Path, ids: Sequence[str]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Rename the finished folders into ``layers/``; former ones move aside, and come back when anything fails."""
    layers = root / "layers"
    moved: list[tuple[Path, Path]] = []
    try:
        for layer_id in ids:
            place = layers / layer_id
            if place.exists():
                aside = _free_name(layers / REPLACED, layer_id)
                aside.parent.mkdir(exist_ok=True)
                place.rename(aside)
                moved.append((aside, place))
            (scratch / "layers" / layer_id).rename(place)
            moved.append((place, scratch / "layers" / layer_id))
    except BaseException:  # Ctrl+C, too: the former layers come back first
        for now, before in reversed(moved):
            with contextlib.suppress(OSError):
                now.rename(before)
        with contextlib.suppress(OSError):
            (layers / REPLACED).rmdir()
        raise
    return tuple(layers / i for i in ids), tuple(now for now, before in moved if now.parent.name == REPLACED)


def _free_name(folder: Path, layer_id: str) -> Path:
    number = 1
    while (folder / f"{layer_id}_{number}").exists():
        number += 1
    return folder / f"{layer_id}_{number}"
