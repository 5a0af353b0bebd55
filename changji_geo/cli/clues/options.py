"""Options that the commands of ``clues`` share, and what they mean once read: who, where, when, which clues."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.options import parse_day
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.clues.model import EvidenceRole, Status

ENV_LEDGER, ENV_BY = "CHANGJI_GEO_LEDGER", "CHANGJI_GEO_BY"

CHINA_TIME = datetime.timezone(datetime.timedelta(hours=8))
"""Of Asia/Shanghai, the same all year; needs no table of time zones."""

LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        "-l",
        metavar="台账",
        envvar=ENV_LEDGER,
        help=f"台账文件（.gpkg）或 postgresql:// 地址；不写则用环境变量 {ENV_LEDGER}",
    ),
]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="姓名", envvar=ENV_BY, help=f"经办人，记入台账；不写则用环境变量 {ENV_BY}"),
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="文字", help="为什么这样办，记入台账")]
EvidenceDirOption = Annotated[
    Path | None,
    typer.Option("--evidence-dir", metavar="目录", help="证据文件夹；不写则为台账旁的“台账名_证据”"),
]
RoleOption = Annotated[
    str, typer.Option("--role", metavar="用途", help="证据说明什么：整改前、整改后、现场核查、文件（不写为其他）")
]
SettingsOption = Annotated[
    Path | None, typer.Option("--settings", metavar="文件", help="改过的阈值与权重（TOML）；不写则用随包的")
]
IdArgument = Annotated[str, typer.Argument(metavar="线索编号", help="如 LD2025-0001")]
TodayOption = Annotated[str | None, typer.Option("--today", metavar="日期", hidden=True)]
"""The day by which deadlines are judged; for tests."""

StatusOption = Annotated[str | None, typer.Option("--status", metavar="状态", help="只取这一状态，如 待核查、整改中")]
CountyOption = Annotated[
    str | None,
    typer.Option("--county", metavar="县市", help="只取这个县市或区域（图层 regions）的，如 奇台县、东部三县"),
]
ReserveOption = Annotated[str | None, typer.Option("--reserve", metavar="保护地", help="只取这个保护地的")]
BatchOption = Annotated[str | None, typer.Option("--batch", metavar="批次", help="只取这一批，如 绿盾2025-1")]
YearOption = Annotated[int | None, typer.Option("--year", metavar="年", help="只取这一年的")]
OverdueOption = Annotated[bool, typer.Option("--overdue", help="只取整改时限已过而未办结的")]
DroppedOption = Annotated[bool, typer.Option("--dropped", help="只取已剔除的；不写则剔除的也列出并注明")]
KeptOption = Annotated[bool, typer.Option("--kept", help="不取已剔除的")]


def require_actor(by: str | None) -> str:
    """The name that goes into the ledger. The login name is never taken for it: it says who sat there, not who decided.

    Raises
    ------
    InputError
        When nobody was named.
    """
    if by is None or not by.strip():
        raise InputError(
            "没有写明经办人", where="--by", expected="经办人姓名", fix=f"加 --by 姓名，或设环境变量 {ENV_BY}"
        )
    from changji_geo.clues.desk.written import require_person

    return require_person(by, where="--by")


def local_now() -> datetime.datetime:
    """The present moment with the machine's time zone; China's where the machine has none or only UTC, as servers have."""
    now = datetime.datetime.now().astimezone()
    return now.astimezone(CHINA_TIME) if now.tzname() in (None, "", "UTC") else now


def day_or_today(text: str | None) -> datetime.date:
    """The day of ``--today``, today without one."""
    return parse_day("--today", text) or local_now().date()


def evidence_role(text: str) -> EvidenceRole:
    """The role a Chinese word names; "" for 其他 or nothing.

    Raises
    ------
    InputError
        When there is no such role.
    """
    from changji_geo.clues.model import EVIDENCE_ROLES_ZH

    roles: dict[str, EvidenceRole] = {chinese: role for role, chinese in EVIDENCE_ROLES_ZH.items()}
    if not text:
        return ""
    if text not in roles:
        raise InputError(f"--role 没有“{text}”这一种", expected="、".join(roles), fix=near_match(text, roles))
    return roles[text]


def require_status(text: str | None) -> Status | None:
    """One of the statuses; None for an option not given.

    Raises
    ------
    InputError
        When there is no such status.
    """
    from changji_geo.clues.fields import choice_of, field_of
    from changji_geo.standards.reserves import STATUSES

    status = None if text is None else choice_of(field_of("status"), text)
    if status is not None and status not in STATUSES:
        raise InputError(
            f"没有状态“{status}”", where="--status", expected="、".join(STATUSES), fix=near_match(status, STATUSES)
        )
    return status  # type: ignore[return-value]
