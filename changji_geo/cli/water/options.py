"""How a table of water samples is read and where results go: options that the commands of ``water`` share."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.options import parse_day
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.monitoring.water.measured import NonDetect

FileArgument = Annotated[
    Path,
    typer.Argument(metavar="文件", help="宽表（一项一列）或长表（项目、值、单位各一列），.xlsx、.csv、.txt、.parquet"),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="文件", help="结果表，.xlsx、.csv 或 .parquet")]

_NON_DETECTS = {"half": "half", "一半": "half", "zero": "zero", "零": "zero"}


@dataclass(frozen=True, slots=True)
class WaterOptions:
    """How the file is read."""

    date: Annotated[
        str | None,
        typer.Option("--date", metavar="日期", help="表里没有日期列时指明，如 2024-05-06；标准按观测日期选用"),
    ] = None
    units: Annotated[
        list[str] | None,
        typer.Option(
            "--units", metavar="单位", help="表里没写单位时声明：standard 表示都是标准所用单位；或 氨氮=mg/L，可写多次"
        ),
    ] = None
    non_detects: Annotated[
        str,
        typer.Option(
            "--non-detects", metavar="取值", help="未检出按 half 检出限的一半（不写时）或 zero 零计，结果里注明"
        ),
    ] = "half"
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--detection-limit",
            metavar="项目=数",
            help="“未检出”没写检出限时指明，标准所用单位，如 汞=0.00004；可写多次",
        ),
    ] = None
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="名称", help="有几个工作表时取哪一个")] = None
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="编码", help="文字编码，如 gbk；不写则自行判断并说明")
    ] = None
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="跳过读不出的行（格数不对、公式没有结果），逐行列出原因")
    ] = False
    findings: Annotated[
        Path | None, typer.Option("--findings", metavar="文件", help="全部发现，.xlsx、.csv 或 .parquet")
    ] = None

    @property
    def non_detect(self) -> NonDetect:
        """``half`` or ``zero``."""
        word = self.non_detects.strip().lower()
        if word not in _NON_DETECTS:
            raise InputError(
                f"--non-detects 没有“{self.non_detects}”这一种",
                expected="half（检出限的一半）或 zero（零）",
                fix=near_match(word, _NON_DETECTS),
            )
        return "half" if _NON_DETECTS[word] == "half" else "zero"

    @property
    def day(self) -> datetime.date | None:
        """The day of all rows."""
        return parse_day("--date", self.date)

    def arguments(self) -> dict[str, Any]:
        """What the functions of `changji_geo.monitoring.water` take."""
        return {
            "date": self.day,
            "non_detect": self.non_detect,
            "units": _units(self.units or ()),
            "detection_limits": dict(_limit(text) for text in self.limits or ()),
        }


def require_class(text: str) -> None:
    """Refuse a ``--target`` that is no class.

    Raises
    ------
    InputError
        Anything but Ⅰ to Ⅴ in the forms that staff write.
    """
    from changji_geo.standards.water_items import parse_class

    try:
        parse_class(text)
    except InputError as fault:
        raise InputError(fault.problem, where="--target", expected=fault.expected, fix=fault.fix) from fault


def _units(given: Sequence[str]) -> Any:
    if not given:
        return None
    if [text.strip().lower() for text in given] == ["standard"]:
        return "standard"
    if "standard" in [text.strip().lower() for text in given]:
        raise InputError("--units standard 不能和别的 --units 一起写", fix="只留 standard，或逐项写 项目=单位")
    return dict(_pair("--units", text, "氨氮=mg/L") for text in given)


def _limit(text: str) -> tuple[str, float]:
    name, number = _pair("--detection-limit", text, "汞=0.00004")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"检出限“{number}”不是大于零的数", where="--detection-limit", expected="如 汞=0.00004")
    return name, value


def _pair(option: str, text: str, like: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InputError(f"{option} 的写法不对：“{text}”", expected=f"项目=值，如 {like}")
    return name.strip(), value.strip()
