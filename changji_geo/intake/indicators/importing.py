"""A table of numbers -> ``layers/indicators/<name>.csv`` of a workspace, checked as a whole before anything changes there."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from changji_geo.catalog import load_layer
from changji_geo.errors import IndicatorError, InputError
from changji_geo.files import write_atomic
from changji_geo.indicators import Indicator, IndicatorValue, load_indicators
from changji_geo.intake.findings import IntakeFinding, refuse_bad_rows
from changji_geo.intake.indicators.tables import read_indicator_table
from changji_geo.resources import Workspace, own_root
from changji_geo.specfile import toml_value
from changji_geo.xlsxfile import FORMULA_STARTS

COLUMNS = ("indicator", "layer", "area", "period", "value", "source", "quote")
SAMPLE_COLUMN = "sample"
"""Behind the others in a file that has made-up values."""


@dataclass(frozen=True)
class IndicatorImport:
    """What an import wrote: the file, how many values of what, and everything found on the way."""

    path: Path
    value_count: int
    row_count: int
    indicators: tuple[str, ...]
    layers: tuple[str, ...]
    periods: tuple[str, ...]
    replaced: bool
    new_indicator: str
    findings: tuple[IntakeFinding, ...]


def import_indicators(
    path: Path | str,
    layer_id: str,
    *,
    workspace: Workspace,
    indicator: str | None = None,
    period: str | None = None,
    unit: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    id_column: str | None = None,
    value_column: str | None = None,
    source: str | None = None,
    name: str | None = None,
    new: Indicator | None = None,
    skip_bad_rows: bool = False,
    replace: bool = False,
) -> IndicatorImport:
    """Take a table's values over into a workspace.

    Parameters
    ----------
    path : path
        CSV, TXT, XLSX or Parquet; not altered.
    layer_id : str
        The layer whose features the rows are about.
    workspace : Workspace
        One of the user's own; the shipped data is never written to.
    indicator, period, unit, sheet, encoding, id_column, value_column
        As `changji_geo.intake.indicators.tables.read_indicator_table`.
    source : str, optional
        Where the numbers come from: a text, or the id of a source that the workspace's ``indicators.toml`` names.
    name : str, optional
        Name of the file written, without ``.csv``; by default the given file's name and the sheet that was chosen.
    new : Indicator, optional
        A definition to add to the workspace's ``indicators.toml``.
    skip_bad_rows : bool
        Take the good rows over and list the bad ones; by default one bad row stops the import.
    replace : bool
        Put the new file in the place of an earlier one of the same name.

    Returns
    -------
    IndicatorImport

    Raises
    ------
    InputError
        No workspace of one's own; bad rows; nothing to write; a file of that name is there and `replace` is not set; a
        source that reads as a formula.
    IndicatorError
        As `read_indicator_table`; or the new file contradicts another table of the workspace. Nothing is changed then.
    """
    path = Path(path)
    root = own_root(workspace)
    folder = root / "layers" / "indicators"
    target = folder / f"{_file_name(name or _default_name(path, sheet), given=name is not None)}.csv"
    if target.exists() and not replace:
        raise InputError(
            f"工作区里已有 {target.name}，不会覆盖",
            where=str(target),
            fix="要替换就加 --replace；要并存就用 --as 另起名称",
        )
    if source is not None and source.startswith(FORMULA_STARTS):
        raise InputError(f"--source 的“{source[:40]}”会被表格软件当成公式", expected="说明来源的文字", fix="改写来源")
    definitions, new_text = _definitions_with(new, folder / "indicators.toml", workspace)
    found = read_indicator_table(
        path, layer=load_layer(layer_id, workspace), indicator=indicator, period=period, unit=unit, sheet=sheet,
        encoding=encoding, id_column=id_column, value_column=value_column, source=source,
        new=new if new_text is not None else definitions, workspace=workspace,
    )  # fmt: skip
    if not skip_bad_rows:
        refuse_bad_rows(found.findings, where=str(path), row_word="行")
    if not found.values:
        first = next((f"：{f.message}" for f in found.findings if f.level in ("error", "warning")), "")
        raise InputError(
            f"{found.row_count} 行里没有一个可以写入的数值{first}", where=str(path), fix="检查表的内容和选项"
        )
    text = _csv_text(found.values, path)
    _require_consistent(workspace, root, target.name, text, new_text)
    replaced = target.exists()
    _write_both(target, text, folder / "indicators.toml", new_text)
    return IndicatorImport(
        target, len(found.values), found.row_count, _distinct(v.indicator.id for v in found.values),
        _distinct(v.layer for v in found.values), _distinct(v.period for v in found.values), replaced,
        new.id if new is not None and new_text is not None else "", found.findings,
    )  # fmt: skip


def store_indicators(
    values: Sequence[IndicatorValue], name: str, *, workspace: Workspace, replace: bool = False
) -> Path:
    """Write values that were computed here, with the definitions that the workspace lacks.

    Parameters
    ----------
    values : sequence of IndicatorValue
        At least one; their definitions are added to the workspace's ``indicators.toml`` where no one has the id yet.
    name : str
        Name of the file, without ``.csv``.
    workspace : Workspace
        One of the user's own.
    replace : bool
        Put the new file in the place of an earlier one of the same name.

    Returns
    -------
    pathlib.Path
        ``layers/indicators/<name>.csv``.

    Raises
    ------
    InputError
        No workspace of one's own; a name that is no file name; a file of that name and not `replace`; an id that is
        defined otherwise.
    IndicatorError
        The new file contradicts another table of the workspace. Nothing is changed then.
    """
    folder = own_root(workspace) / "layers" / "indicators"
    target = folder / f"{_file_name(name, given=True)}.csv"
    if target.exists() and not replace:
        raise InputError(
            f"工作区里已有 {target.name}，不会覆盖", where=str(target), fix="要替换就加 --replace；要并存就换一个名称"
        )
    known = load_indicators(workspace).indicators
    new = {v.indicator.id: v.indicator for v in values}
    for one in new.values():
        _require_same(one, known.get(one.id))
    lacking = [one for one in new.values() if one.id not in known]
    before = (folder / "indicators.toml").read_bytes() if (folder / "indicators.toml").is_file() else b""
    definitions = _appended(before, lacking) if lacking else None
    text = _csv_text(values, target)
    _require_consistent(workspace, workspace.roots[0], target.name, text, definitions)
    _write_both(target, text, folder / "indicators.toml", definitions)
    return target


def _default_name(path: Path, sheet: str | None) -> str:
    return f"{path.stem}_{sheet.strip()}" if sheet else path.stem


def _file_name(text: str, *, given: bool) -> str:
    """A file name that every system accepts; one that the user chose is refused rather than changed."""
    safe = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", text).strip(" ._")[:80] or "indicators"
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", safe):
        safe += "_"
    if given and safe != text:
        raise InputError(f"--as 的“{text[:80]}”不能作文件名", expected=f"如“{safe}”", fix="换一个名称，不写 .csv")
    return safe


def _definitions_with(new: Indicator | None, path: Path, workspace: Workspace) -> tuple[Indicator | None, bytes | None]:
    """The new definition if it is there already, else the text of ``indicators.toml`` with it added."""
    if new is None:
        return None, None
    if not re.fullmatch(r"[a-z][a-z0-9_]*", new.id):
        raise InputError(
            f"--new-indicator 的“{new.id}”不能作标识", expected="小写字母、数字和下划线，如 pm25_mean", fix="改写"
        )
    known = load_indicators(workspace).indicators.get(new.id)
    if known is not None:
        _require_same(new, known)
        return known, None
    return new, _appended(path.read_bytes() if path.is_file() else b"", [new])


def _require_same(new: Indicator, known: Indicator | None) -> None:
    """Refuse a definition that is another one of the same id."""
    if known is None or (known.name, known.unit, known.direction) == (new.name, new.unit, new.direction):
        return
    raise InputError(
        f"指标“{new.id}”已有定义：{known.name}，单位 {known.unit or '（无）'}",
        fix="用 --indicator 导入到已有的指标，或换一个标识",
    )


def _appended(before: bytes, new: Sequence[Indicator]) -> bytes:
    """The text of ``indicators.toml`` with definitions added."""
    blocks = []
    for one in new:
        pairs = (("id", one.id), ("name", one.name), ("unit", one.unit), ("direction", one.direction))
        blocks.append("[[indicators]]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in pairs))
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    return before + gap + "\n".join(blocks).encode()


def _csv_text(values: Sequence[IndicatorValue], path: Path) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    made_up = any(v.sample for v in values)
    writer.writerow([*COLUMNS, *([SAMPLE_COLUMN] if made_up else [])])
    for v in values:
        if v.source.startswith(FORMULA_STARTS):
            raise InputError(
                f"来源“{v.source[:40]}”会被表格软件当成公式", where=f"{path}（{v.where}）", fix="改写“来源”列的文字"
            )
        number = repr(v.value).removesuffix(".0")
        cells = [v.indicator.id, v.layer, v.area, v.period, number, _one_line(v.source), _one_line(v.quote)]
        writer.writerow([*cells, *(["true" if v.sample else ""] if made_up else [])])
    return out.getvalue()


def _one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()


def _require_consistent(workspace: Workspace, root: Path, name: str, text: str, definitions: bytes | None) -> None:
    """Read the whole folder as it would be, in a copy; what is wrong there is told of the real files."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch).resolve() / "layers" / "indicators"
        real = root / "layers" / "indicators"
        copy.mkdir(parents=True)
        for file in [*real.glob("*.csv"), real / "indicators.toml"]:
            if file.is_file():
                shutil.copyfile(file, copy / file.name)
        (copy / name).write_bytes(text.encode())
        if definitions is not None:
            (copy / "indicators.toml").write_bytes(definitions)
        trial = Workspace((copy.parent.parent, *workspace.roots[1:]))
        try:
            load_indicators(trial)
        except IndicatorError as fault:
            renamed = [None if t is None else t.replace(str(copy), str(real)) for t in (fault.where, fault.fix)]
            raise IndicatorError(
                f"与工作区里已有的表合不起来：{fault.problem}",
                where=renamed[0],
                expected=fault.expected,
                fix=f"{renamed[1] or '核对两个表'}；重新导入同一份表用同一个名称并加 --replace",
            ) from fault


def _write_both(target: Path, text: str, definitions_path: Path, definitions: bytes | None) -> None:
    """Definitions first; if the values then cannot be written, the definitions go back to what they were."""
    before = definitions_path.read_bytes() if definitions_path.is_file() else None
    if definitions is not None:
        write_atomic(definitions_path, definitions)
    try:
        write_atomic(target, text)
    except BaseException:
        if definitions is not None:
            with contextlib.suppress(OSError):
                if before is None:
                    definitions_path.unlink()
                else:
                    write_atomic(definitions_path, before)
        raise


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
