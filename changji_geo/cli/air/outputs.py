"""Where the commands of ``air`` may write: never over what they read, over each other, or where they read next time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from changji_geo.errors import InputError, OutputError, system_reason

RESULTS = ("分项", "同比_浓度", "同比_天数")
"""Tables that may come to stand beside the first one of a result in CSV or Parquet."""

TABLES = (*RESULTS, "缺测时段", "说明")
"""Ends of the names of files that may come to stand beside a table of CSV or Parquet."""


def require_outputs(
    sources: Sequence[Path], out: Path, findings: Path | None = None, *, figure: Path | None = None, table: bool = True
) -> None:
    """Refuse file names that could not or must not be written, before any work is done.

    Parameters
    ----------
    sources : sequence of Path
        Files and folders that are read.
    out : Path
    findings : Path, optional
    figure : Path, optional
        ``--png``.
    table : bool
        Whether ``out`` is a table; else it is a figure, whose ending is checked elsewhere.

    Raises
    ------
    InputError
        A wrong ending, one file for two results, a file that is read, a table in a folder that is read.
    """
    from changji_geo.tablefile import require_table_path

    if table:
        require_table_path(out)
    if findings is not None:
        require_table_path(findings)
    given = {"--out": out, "--findings": findings, "--png": figure}
    written = {option: _family(path) for option, path in given.items() if path is not None}
    _require_apart(written)
    for option, paths in written.items():
        for path in paths:
            _require_no_source(option, path, sources)


def remove_stale(out: Path, written: Sequence[Path]) -> tuple[Path, ...]:
    """Remove the tables of an earlier result of the same name that are none of the new one: they contradict it.

    Raises
    ------
    OutputError
        One cannot be removed.
    """
    stale = [f for f in _family(out)[1:] if f.stem.endswith(RESULTS) and f not in written and f.is_file()]
    for file in stale:
        try:
            file.unlink()
        except OSError as cause:
            raise OutputError(
                f"上次的结果删不掉（{system_reason(cause)}）", where=str(file), fix="关掉打开它的程序，或自己删除它"
            ) from cause
    return tuple(stale)


def _family(path: Path) -> tuple[Path, ...]:
    """A file, and those that may be written beside it."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        return (path,)
    return (path, *(path.with_name(f"{path.stem}_{name}{'.md' if name == '说明' else path.suffix}") for name in TABLES))


def _require_apart(written: Mapping[str, Sequence[Path]]) -> None:
    taken: dict[Path, str] = {}
    for option, paths in written.items():
        for path in paths:
            other = taken.setdefault(path.resolve(), option)
            if other != option:
                raise InputError(f"{option} 和 {other} 是同一个文件", where=str(path), fix="换一个文件名")


def _require_no_source(option: str, path: Path, sources: Sequence[Path]) -> None:
    from changji_geo.monitoring.air.reading.rawfiles import SUFFIXES

    target = path.resolve()
    for source in sources:
        if source.is_file() and source.resolve() == target:
            raise InputError(f"{option} 会覆盖要读的文件", where=str(path), fix="换一个文件名")
        if source.is_dir() and target.suffix.lower() in SUFFIXES and source.resolve() in target.parents:
            raise InputError(
                f"{option} 在要读的文件夹里，下次会被当作小时数据读进来",
                where=str(path),
                expected=f"{source} 以外的文件夹",
                fix="写到别处",
            )
