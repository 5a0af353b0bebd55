"""``changji-geo``: the command tree, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
import typer.main

import changji_geo
from changji_geo.cli import build, doctor, embed, indicators, init, layers, render, schema, series
from changji_geo.cli.air import tree as air_tree
from changji_geo.cli.clues import tree
from changji_geo.cli.console import say, use_utf8, warn
from changji_geo.cli.fires import tree as fires_tree
from changji_geo.cli.help import CLICK_ERROR, Command, Group, explain_usage_error
from changji_geo.cli.water import tree as water_tree
from changji_geo.errors import ChangjiGeoError, system_reason

ENV_DEBUG = "CHANGJI_GEO_DEBUG"
FAULT, INTERRUPTED = 3, 130

app = typer.Typer(
    name="changji-geo",
    cls=Group,
    help="昌吉州生态环境制图工具：一份描述，同时生成可交互的网页地图和可印刷的静态地图。",
    epilog="""
例：
  changji-geo build --out out          生成全部地图和图库 out/index.html
  changji-geo render overview --png 总览.png
  changji-geo layers list
  changji-geo clues list --ledger 台账.gpkg
  changji-geo doctor                   出问题时先运行这个

退出码：0 完成；1 完成但有发现需要处理；2 输入或用法有误；3 环境故障。
""",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (build, render, schema, embed, init, doctor):
    app.command(module.NAME, cls=Command, help=module.HELP, epilog=module.EPILOG)(module.command)
app.add_typer(layers.app, name="layers")
app.add_typer(indicators.app, name="indicators")
app.add_typer(series.app, name="series")
app.add_typer(tree.app, name="clues")
app.add_typer(air_tree.app, name="air")
app.add_typer(fires_tree.app, name="fires")
app.add_typer(water_tree.app, name="water")


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"changji-geo {changji_geo.__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    version: Annotated[bool, typer.Option("--version", help="显示版本", is_eager=True, callback=_show_version)] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help=f"程序内部出错时显示完整追踪信息（也可设环境变量 {ENV_DEBUG}=1）")
    ] = False,
) -> None:
    if debug:
        os.environ[ENV_DEBUG] = "1"  # also seen by the worker processes of build


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; what the shell gave by default.

    Returns
    -------
    int
        0 done, 1 done with findings, 2 bad input or usage, 3 environment or internal fault, 130 interrupted.
    """
    use_utf8()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = typer.main.get_command(app).main(words or ["--help"], prog_name="changji-geo", standalone_mode=False)
        sys.stdout.flush()
    except ChangjiGeoError as fault:
        _warn_error(str(fault))
        return fault.exit_code
    except CLICK_ERROR as fault:
        if type(fault).__name__ == "NoArgsIsHelpError":
            say(str(fault).rstrip())
            return 0
        _warn_error(explain_usage_error(fault))
        return 2
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click turns a broken pipe into an exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered goes nowhere, silently
        return 0
    except OSError as fault:  # the disk, or a place that vanished, outside the writes that explain themselves
        named = f"{str(fault.filename)[:300]}：" if fault.filename else ""
        warn(f"错误：{named}系统拒绝了读写（{system_reason(fault)}）。处理：检查路径、权限和磁盘空间。")
        if os.environ.get(ENV_DEBUG):
            traceback.print_exception(fault)
        return FAULT
    except Exception as fault:
        return _internal_fault(fault)
    if result == INTERRUPTED:
        warn("已中断。")
    return result if isinstance(result, int) else 0


def _warn_error(text: str) -> None:
    """The message, which may repeat words of the command line: a database's password among them is not shown."""
    shown = re.sub(r"(?i)(postgres(?:ql)?://[^:@/\s]*):[^\s“”]*@", r"\1:***@", text)
    warn("错误：" + re.sub(r"(?i)([?&](?:ssl)?password=)[^&\s“”]*", r"\1***", shown))


def run() -> NoReturn:
    """Entry point of the installed command."""
    sys.exit(main())


def _internal_fault(fault: Exception) -> int:
    if os.environ.get(ENV_DEBUG):
        traceback.print_exception(fault)
    warn(f"程序内部错误：{type(fault).__name__}: {fault}")
    if not os.environ.get(ENV_DEBUG):
        warn("处理：加 --debug 重新运行（changji-geo --debug ...），把全部输出发给维护人员。")
    return FAULT
