"""Chinese help pages and usage errors for typer's commands.

typer words its own headings and errors in English and takes a translation only through an installed ``gettext``
catalogue, so the pages are written here. Only attributes that typer and click have had for years are used.
"""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from changji_geo.cli.console import pad, page_width, text_width, wrap
from changji_geo.errors import InputError, near_match

_CLICK_ERRORS = typer.BadParameter.__mro__
USAGE_ERROR: type[Exception] = next(c for c in _CLICK_ERRORS if c.__name__ == "UsageError")
CLICK_ERROR: type[Exception] = next(c for c in _CLICK_ERRORS if c.__name__ == "ClickException")


def help_page(command: Any, ctx: Any) -> str:
    """The help of one command: what it does, usage, arguments, commands, options, examples."""
    params = [p for p in command.get_params(ctx) if not getattr(p, "hidden", False)]
    arguments = [p for p in params if p.param_type_name == "argument"]
    options = [p for p in params if p.param_type_name == "option"]
    children = {name: child for name, child in getattr(command, "commands", {}).items() if not child.hidden}
    out = [_plain(command.help), "", "用法：", f"  {usage_line(command, ctx)}"]
    sections = [
        ("参数：", [(_argument_name(p), _described(p)) for p in arguments if p.help]),
        ("命令：", [(name, _plain(child.help).split("\n")[0]) for name, child in children.items()]),
        ("选项：", [(_option_name(p), _described(p)) for p in options]),
    ]
    for heading, rows in sections:
        if rows:
            out += ["", heading, *_columns(rows)]
    if command.epilog:
        out += ["", textwrap.dedent(command.epilog).strip("\n")]
    return "\n".join(out) + "\n"


def usage_line(command: Any, ctx: Any) -> str:
    """``changji-geo render [选项] 地图``."""
    pieces = [ctx.command_path, "[选项]"]
    if getattr(command, "commands", None):
        pieces.append("命令 [参数]...")
    pieces += [_argument_name(p) for p in command.get_params(ctx) if p.param_type_name == "argument"]
    return " ".join(pieces)


def explain_usage_error(fault: Any) -> str:
    """A usage error of typer in Chinese, with a near match where there is one and where to look further.

    Parameters
    ----------
    fault : ClickException
        Any error typer raises about the command line.

    Returns
    -------
    str
    """
    kind = type(fault).__name__
    ctx = getattr(fault, "ctx", None)
    param = getattr(fault, "param", None)
    is_option = param is not None and param.param_type_name == "option"
    name = "" if param is None else max(param.opts, key=len) if is_option else _argument_name(param)
    if kind == "NoSuchOption":
        known = [] if ctx is None else [o for p in ctx.command.get_params(ctx) for o in p.opts if o.startswith("--")]
        text = f"没有选项“{fault.option_name}”。{near_match(fault.option_name, known)}"
    elif kind == "MissingParameter":
        text = f"缺少{'选项' if is_option else '参数'} {name}。"
    elif kind == "BadOptionUsage":
        wants_none = "does not take" in fault.message
        text = f"选项 {fault.option_name} {'不带取值' if wants_none else '后面缺少取值'}。"
    elif kind == "BadParameter":
        reason = "应为整数" if "integer" in fault.message else fault.message
        text = f"{name or '参数'} 的取值不对：{reason}。"
    elif "unexpected extra argument" in fault.message:
        text = f"多余的参数：{fault.message.partition('(')[2].rpartition(')')[0].removeprefix('s) (')}。"
    elif "Missing command" in fault.message:
        text = "没有写命令。"
    else:
        text = f"命令行不对：{fault.message}"
    if ctx is not None:
        text += f"\n用法：{usage_line(ctx.command, ctx)}\n详见：{ctx.command_path} --help"
    return text


class Command(TyperCommand):
    """A command with a Chinese help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(help_page(self, ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """Translate the one line of help that typer writes itself."""
        return _in_chinese(super().get_help_option(ctx))


class Group(TyperGroup):
    """A group of commands with a Chinese help page and a near match for a mistyped command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(help_page(self, ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """Translate the one line of help that typer writes itself."""
        return _in_chinese(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; an unknown one is an `InputError` with the nearest names."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise InputError(
                f"没有命令“{args[0]}”",
                where=ctx.command_path,
                fix=f"{near_match(args[0], self.commands)} 全部命令见 {ctx.command_path} --help",
            )
        return super().resolve_command(ctx, args)


def _in_chinese(option: Any) -> Any:
    if option is not None:
        option.help = "显示本说明"
    return option


def _plain(text: str | None) -> str:
    return inspect.cleandoc(text or "").strip()


def _argument_name(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _option_name(param: Any) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    takes_value = not getattr(param, "is_flag", False)
    return f"{names} {param.metavar}" if takes_value and param.metavar else names


def _described(param: Any) -> str:
    text = _plain(param.help)
    if param.required:
        text += "（必填）"
    return text


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    """Two columns, the second wrapped under itself; widths count a Chinese character as two."""
    left = min(max(text_width(name) for name, _ in rows), 30)
    room = max(page_width() - left - 4, 24)
    out: list[str] = []
    for name, text in rows:
        lines = wrap(text, room) or [""]
        head = f"  {pad(name, left)}  "
        if text_width(name) > left:
            out.append(f"  {name}")
            head = " " * (left + 4)
        out += [(head + lines[0]).rstrip(), *(" " * (left + 4) + line for line in lines[1:])]
    return out
