"""A CSV file of stations -> the register that hours are read with, and back; headings Chinese or English."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from changji_geo.csvfile import read_csv
from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.air.stations import EVALUATION_ROLES, REGISTER_COLUMNS, require_register
from changji_geo.tablefile import TableColumn, write_table

STATION_COLUMNS = (
    TableColumn("code", "站点编码"),
    TableColumn("name", "站点名称"),
    TableColumn("county", "县市"),
    TableColumn("adcode", "县市代码"),
    TableColumn("role", "类型"),
    TableColumn("lon", "经度"),
    TableColumn("lat", "纬度"),
)
ROLES = (*EVALUATION_ROLES, "对照点", "区域站")


def write_register(path: Path | str, register: pd.DataFrame) -> Path:
    """Write a register that `load_register` reads back.

    Raises
    ------
    InputError, OutputError
        As `changji_geo.tablefile.write_table`.
    """
    return write_table(path, register, STATION_COLUMNS)


def load_register(path: Path | str) -> pd.DataFrame:
    """Read a register.

    Parameters
    ----------
    path : path
        CSV with 站点编码, 站点名称, 县市, 县市代码, 类型, 经度, 纬度 (degrees, CGCS2000), or
        `changji_geo.monitoring.air.stations.REGISTER_COLUMNS`. 县市代码 may be left out; 类型 is one of `ROLES`.

    Returns
    -------
    DataFrame
        `REGISTER_COLUMNS`.

    Raises
    ------
    InputError
        A column that is missing, a blank code, an unknown type, a coordinate that is none; with file and line.
    """
    chinese = {c.title: c.id for c in STATION_COLUMNS}
    known = [*chinese, *REGISTER_COLUMNS]
    rows: list[dict[str, object]] = []
    for where, given in read_csv(Path(path), columns=known, required=()):
        row = {chinese.get(name, name): text for name, text in given.items()}
        missing = [c.title for c in STATION_COLUMNS if c.id not in row and c.id != "adcode"]
        if missing:
            raise InputError(
                f"站点表缺少列：{'、'.join(missing)}", where=str(path), expected="、".join(chinese), fix="补上这些列"
            )
        if not row["code"]:
            raise InputError("没有站点编码", where=where, fix="补上编码，或删去这一行")
        if row["role"] not in ROLES:
            raise InputError(
                f"没有“{row['role']}”这一种类型",
                where=where,
                expected="、".join(ROLES),
                fix=near_match(row["role"], ROLES),
            )
        plain = {name: row.get(name, "") for name in REGISTER_COLUMNS}
        rows.append({**plain, "lon": _degrees(row, "lon", 180, where), "lat": _degrees(row, "lat", 90, where)})
    if not rows:
        raise InputError("站点表里没有站点", where=str(path), expected="、".join(chinese), fix="至少写一个站点")
    return require_register(pd.DataFrame(rows, columns=list(REGISTER_COLUMNS)))


def _degrees(row: Mapping[str, str], name: str, most: float, where: str) -> float:
    title = {"lon": "经度", "lat": "纬度"}[name]
    try:
        value = float(row[name])
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        raise InputError(f"{title}“{row[name]}”不对", where=where, expected="十进制度，如 87.31", fix="改正")
    return value
