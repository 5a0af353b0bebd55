"""The address of a ledger in PostgreSQL: ``postgresql://user@host/database?schema=name``; what is shown has no password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from changji_geo.errors import InputError

DEFAULT_SCHEMA = "changji_clues"

_EXPECTED = "postgresql://用户@主机:5432/数据库?schema=模式名"
_ADDRESS = re.compile(r"(?i)postgres(ql)?://([^/?#@]*@)?[^/?#@]*(/[^/?#@]*)?(\?[^#@]*)?")
"""A sign that stands out of place is one of a password that was not written as %: libpq would take it for another part."""

_LONGEST_NAME = 63
"""Bytes of a PostgreSQL name; the server would cut a longer one without a word."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a ledger is: what libpq connects with, the schema, and the line that messages show."""

    parameters: Mapping[str, str] = field(repr=False)
    schema: str
    shown: str


def parse_address(location: Path | str) -> Address:
    """Read an address.

    Parameters
    ----------
    location : str
        A URI as libpq takes it (``postgres://`` or ``postgresql://``; host, port, user, password and further parameters are
        libpq's own, also from ``PG...`` variables and ``~/.pgpass``), with ``schema`` as one more parameter.

    Raises
    ------
    InputError
        When it is no such address, or the name of the schema cannot be one; a password is not repeated.
    """
    text = str(location)
    base, _, query = text.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    schemas = [value for key, value in pairs if key == "schema"]
    rest = urlencode([pair for pair in pairs if pair[0] != "schema"])
    if not _ADDRESS.fullmatch(text):
        raise _unreadable()
    try:
        given = conninfo_to_dict(f"{base}?{rest}" if rest else base)
    except ProgrammingError:
        # What libpq says repeats the address, the password with it.
        raise _unreadable() from None
    parameters = {key: str(value) for key, value in given.items() if value is not None}
    if not re.fullmatch(r"[\d,]*", parameters.get("port", "")):
        raise _unreadable()
    schema = schemas[-1] if schemas else DEFAULT_SCHEMA
    shown = _shown(parameters, schema)
    if not _is_name(schema):
        raise InputError(
            f"模式名“{schema[:80]}”不能用",
            where=shown,
            expected=f"不以 pg_ 开头、UTF-8 编码不超过 {_LONGEST_NAME} 字节的名称",
            fix=f"改写 ?schema=，不写时用 {DEFAULT_SCHEMA}",
        )
    return Address(parameters, schema, shown)


def _is_name(schema: str) -> bool:
    # A byte that was no UTF-8 has become U+FFFD.
    sound = bool(schema.strip()) and schema.isprintable() and "\ufffd" not in schema
    return sound and len(schema.encode()) <= _LONGEST_NAME and not schema.lower().startswith("pg_")


def _shown(parameters: Mapping[str, str], schema: str) -> str:
    user, host, port, database = (parameters.get(key, "") for key in ("user", "host", "port", "dbname"))
    place = "".join((f"{user}@" if user else "", host, f":{port}" if port else ""))
    return f"postgresql://{place}/{database}?schema={schema}"


def _unreadable() -> InputError:
    """Without the address: what stands where in it, the password too, is not known."""
    return InputError(
        "数据库地址读不懂",
        expected=_EXPECTED,
        fix="用户名和密码里的 / ? # @ : % 写成 %2F %3F %23 %40 %3A %25；密码宜放在 ~/.pgpass 或环境变量 PGPASSWORD",
    )
