"""``changji-geo doctor``: what this machine has, for the person and for whoever helps them."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import typer

import changji_geo
from changji_geo.cli.console import say, table, warn
from changji_geo.cli.options import WorkspaceOption
from changji_geo.errors import ChangjiGeoError

NAME = "doctor"
HELP = "检查运行环境：Python 和各库版本、中文字体、工作区、坐标转换；缺中文字体等故障时退出码为 3。"
EPILOG = """
求助时请附上本命令的全部输出。
"""

State = Literal["ok", "fault"]
_STATES_ZH: dict[State, str] = {"ok": "正常", "fault": "故障"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at, how it is, and the details."""

    subject: str
    state: State
    detail: str


def diagnose(workspace: Path | None = None) -> list[Diagnosis]:
    """Look at everything a map needs; a fault never stops the rest.

    Parameters
    ----------
    workspace : path, optional
        As for the other commands.

    Returns
    -------
    list of Diagnosis
        Python, libraries, coordinate conversion, fonts, workspace.
    """
    out = [
        Diagnosis("系统", "ok", platform.platform()),
        Diagnosis("Python", "ok", f"{platform.python_version()}（{sys.executable}）"),
        Diagnosis("changji-geo", "ok", f"{changji_geo.__version__}（{Path(changji_geo.__file__).parent}）"),
        *(_library(name) for name in _requirements()),
    ]
    looks = (
        ("GDAL", _gdal),
        ("坐标转换", _projection),
        ("中文字体", _fonts),
        ("工作区", lambda: _workspace(workspace)),
    )
    for subject, look in looks:
        try:
            out.append(Diagnosis(subject, "ok", look()))
        except ChangjiGeoError as fault:
            out.append(Diagnosis(subject, "fault", str(fault)))
        except Exception as fault:  # a broken library may raise anything; that is what a doctor is asked about
            out.append(Diagnosis(subject, "fault", f"{type(fault).__name__}: {fault}"))
    return out


def command(workspace: WorkspaceOption = None) -> None:
    """Print the diagnosis."""
    found = diagnose(workspace)
    table(("项目", "状态", "详情"), [(d.subject, _STATES_ZH[d.state], d.detail) for d in found])
    faults = [d for d in found if d.state == "fault"]
    if faults:
        warn("有故障：" + "、".join(d.subject for d in faults) + "。")
        raise typer.Exit(3)
    say("一切正常。")


def _requirements() -> list[str]:
    """Names of the distributions that this one needs, extras left out; empty in a checkout that is not installed."""
    try:
        lines = metadata.requires("changji-geo") or []
    except metadata.PackageNotFoundError:
        return []
    return sorted({re.split(r"[^\w.-]", line)[0] for line in lines if "extra ==" not in line}, key=str.lower)


def _library(name: str) -> Diagnosis:
    """Version of a distribution, and whether the module of its name can be imported (a damaged one cannot)."""
    try:
        version = metadata.version(name)
        module = name.lower().replace("-", "_")
        if importlib.util.find_spec(module) is not None:
            importlib.import_module(module)
    except Exception as fault:  # as above
        return Diagnosis(name, "fault", f"{type(fault).__name__}: {fault}；请重新安装 changji-geo")
    return Diagnosis(name, "ok", version)


def _gdal() -> str:
    import pyogrio
    import rasterio

    return f"pyogrio {pyogrio.__gdal_version_string__}，rasterio {rasterio.__gdal_version__}"


def _projection() -> str:
    import pyproj

    from changji_geo.crs import CHANGJI_ALBERS

    x, y = pyproj.Transformer.from_crs(4490, CHANGJI_ALBERS, always_xy=True).transform(87.3, 44.0)
    if not (abs(x) < 1e7 and abs(y) < 1e7):
        raise RuntimeError(f"CGCS2000 到阿尔伯斯投影的结果不对：{x}，{y}")
    return f"PROJ {pyproj.proj_version_str}"


def _fonts() -> str:
    from changji_geo.render.fonts import resolve_fonts
    from changji_geo.theme import SymbolSpec, Theme

    theme = Theme(title="doctor", fonts=["Microsoft YaHei"], symbols={"default": SymbolSpec()})
    fonts = resolve_fonts(theme, ["昌吉回族自治州生态环境"])
    return f"{fonts.regular[0].family}（{fonts.regular[0].path}）"


def _workspace(folder: Path | None) -> str:
    from changji_geo.resources import find_workspace

    space = find_workspace(folder)
    roots = "，".join(str(root) for root in space.roots)
    return f"{roots}；图层 {len(space.layer_ids)} 个，地图 {len(space.map_ids)} 幅"
