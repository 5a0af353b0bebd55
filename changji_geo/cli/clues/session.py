"""The ledger a command works on: where it is, opened with its notice shown, and its name without a password."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.cli.clues.options import ENV_LEDGER
from changji_geo.cli.console import warn
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.clues.ledger.opening import Ledger
    from changji_geo.clues.model import Clue


def require_location(ledger: str | None) -> str:
    """Where the ledger is, as given.

    Raises
    ------
    InputError
        When neither the option nor the environment says.
    """
    if ledger is None or not ledger.strip():
        raise InputError(
            "没有写明台账",
            where="--ledger",
            expected="台账文件（.gpkg）或 postgresql:// 地址",
            fix=f"加 --ledger 台账.gpkg，或设环境变量 {ENV_LEDGER}",
        )
    location = ledger.strip()
    refuse_folder(location)
    return location


def refuse_folder(location: str) -> None:
    """Say that a folder is no ledger.

    Raises
    ------
    InputError
        When the location is an existing folder.
    """
    if Path(location).is_dir():
        raise InputError(
            "这是文件夹，不是台账", where=location, expected="台账文件（.gpkg）", fix="写明文件夹里的台账文件"
        )


def named_clue(ledger: Ledger, text: str) -> Clue:
    """The clue of an id as a person types it: small letters, full-width ones and blanks around it do not matter.

    Raises
    ------
    InputError
        When there is none; the message names those that look alike.
    """
    from changji_geo.clues.desk.listing import tidy_id

    word = tidy_id(text)
    try:
        return ledger.clue(word)
    except InputError as cause:
        known = {clue.id for clue in ledger.clues()}
        if word in known:
            raise
        fix = near_match(word, known) if known else "台账里还没有线索，先用 clues import 导入"
        raise InputError(f"台账中没有线索“{word[:40]}”", where=cause.where, fix=fix) from cause


def shown_location(location: str) -> str:
    """The location as it may be printed, without a password.

    Examples
    --------
    >>> shown_location("postgresql://gis:secret@db/clues?schema=a")
    'postgresql://gis@db/clues?schema=a'
    """
    from changji_geo.clues.ledger.opening import is_database

    if not is_database(location):
        return location
    from changji_geo.clues.ledger.postgis.address import parse_address

    return parse_address(location).shown


@contextlib.contextmanager
def opened_ledger(ledger: str | None) -> Iterator[Ledger]:
    """Open the ledger for one command, its notice on standard error, and close it."""
    from changji_geo.clues.ledger.opening import open_ledger

    with open_ledger(require_location(ledger)) as opened:
        show_notice(opened)
        yield opened


def require_new_name(location: str) -> None:
    """Refuse to make a ledger file of a name by which no program would open it.

    Raises
    ------
    InputError
        When it is a path that does not end in ``.gpkg``.
    """
    from changji_geo.clues.ledger.opening import is_database

    if not is_database(location) and Path(location).suffix.lower() != ".gpkg":
        raise InputError(
            "没有这个台账，也不能按这个名字新建",
            where=location,
            expected="以 .gpkg 结尾的文件名",
            fix="核对台账的路径，或改文件名",
        )


def show_notice(ledger: Ledger) -> None:
    """What a ledger says of itself, for the person."""
    if ledger.notice:
        warn(f"注意：{ledger.notice}")


def evidence_dir(ledger: str | None, given: Path | None) -> Path:
    """The folder of evidence files: the one given, else the one that goes with the ledger's file.

    Raises
    ------
    InputError
        When the ledger is a database and no folder was given.
    """
    from changji_geo.clues.ledger.opening import is_database

    if given is not None:
        return given
    location = require_location(ledger)
    if is_database(location):
        raise InputError(
            "数据库台账没有固定的证据文件夹",
            where="--evidence-dir",
            expected="各人都能到达的一个文件夹",
            fix="加 --evidence-dir 目录",
        )
    from changji_geo.clues.desk.evidence import evidence_folder_of

    return evidence_folder_of(location)


def known_evidence_dir(ledger: str | None, given: Path | None) -> Path | None:
    """The folder of evidence files where there is one to look into; None for a database's without ``--evidence-dir``.

    Raises
    ------
    InputError
        When the folder that was given does not exist.
    """
    from changji_geo.clues.ledger.opening import is_database

    if given is not None and not given.is_dir():
        raise InputError("没有这个证据文件夹", where=str(given), expected="已有的文件夹", fix="核对 --evidence-dir")
    if given is None and is_database(require_location(ledger)):
        return None
    folder = evidence_dir(ledger, given)
    return folder if folder.is_dir() else None
