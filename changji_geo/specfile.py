"""TOML a person wrote -> a checked pydantic model; every mistake becomes one Chinese message with file and key."""

from __future__ import annotations

import ast
import datetime
import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from changji_geo.errors import ChangjiGeoError, InputError, near_match, system_reason

M = TypeVar("M", bound=BaseModel)

_TYPES_ZH = {
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "int_from_float": "整数",
    "float_type": "数字",
    "float_parsing": "数字",
    "bool_type": "true 或 false",
    "bool_parsing": "true 或 false",
    "list_type": "列表 [...]",
    "tuple_type": "列表 [...]",
    "dict_type": "表 { ... }",
    "model_type": "表 { ... }",
    "date_type": "日期，如 2026-03-15",
    "date_from_datetime_parsing": "日期，如 2026-03-15",
    "finite_number": "有限的数字",
}


SLUG = r"^[a-z][a-z0-9_]*$"
"""How ids of layers, columns, series, indicators and maps are written."""

Slug = Annotated[str, Field(pattern=SLUG, max_length=60)]


class Strict(BaseModel):
    """Base of everything a person writes: unknown keys are errors, values are never coerced, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read_toml(path: Path, *, error: type[ChangjiGeoError] = InputError) -> dict[str, Any]:
    """Read a TOML file; a missing, unreadable, non-UTF-8 or malformed file raises `error` with the place."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as cause:
        raise error("文件不存在", where=str(path), fix="检查路径和文件名") from cause
    except IsADirectoryError as cause:
        raise error("这是文件夹，不是文件", where=str(path), fix="给出 .toml 文件的路径") from cause
    except UnicodeDecodeError as cause:
        raise error(
            f"不是 UTF-8 编码（第 {cause.start + 1} 字节）", where=str(path), fix="在编辑器中另存为 UTF-8"
        ) from cause
    except OSError as cause:
        raise error(f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查文件权限") from cause
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as cause:
        raise error(
            f"TOML 语法错误（{_toml_fault_zh(str(cause))}）",
            where=str(path),
            fix="检查该行的引号、等号和括号（都用英文半角）；文字要加引号",
        ) from cause
    except RecursionError as cause:
        raise error("括号套了太多层", where=str(path), fix="检查是否少了右括号") from cause


def toml_value(value: object) -> str:
    r"""A Python value as TOML text.

    Examples
    --------
    >>> toml_value(["甲", 1.5, True])
    '["甲", 1.5, true]'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    if isinstance(value, str):  # JSON's escapes are TOML's, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _toml_fault_zh(fault: str) -> str:
    """``Invalid value (at line 1, column 9)`` -> ``第 1 行第 9 列，取值写法不对``; a rare reason stays in English."""
    reason, _, place = fault.rpartition(" (at ")
    spot = re.match(r"line (\d+), column (\d+)", place)
    known = next((chinese for english, chinese in _TOML_ZH.items() if reason.startswith(english)), reason)
    return f"第 {spot[1]} 行第 {spot[2]} 列，{known}" if spot else f"文件末尾，{known}"


_TOML_ZH = {
    "Invalid value": "取值写法不对",
    "Invalid statement": "这一行不是“键 = 取值”",
    "Invalid initial character for a key": "键的写法不对",
    "Expected '=' after a key": "键后面缺少等号",
    "Expected newline or end of document": "取值后面有多余的内容",
    "Illegal character": "文字里有换行或控制字符，多半是引号没有配对",
    "Unterminated string": "引号没有配对",
    "Unclosed array": "方括号没有配对",
    "Unclosed inline table": "花括号没有配对",
    "Cannot overwrite a value": "同一个键写了两次",
    "Cannot declare": "同一个表写了两次",
    "Duplicate inline table key": "同一个键写了两次",
    "Unescaped '\\' in a string": "反斜杠要写成 \\\\，或改用单引号",
}


def check_model(model: type[M], data: object, *, where: str, error: type[ChangjiGeoError] = InputError) -> M:
    """Validate `data`; the first fault raises `error` naming the key path, what was given and what is right.

    Parameters
    ----------
    model : type
        A pydantic model.
    data : object
        Parsed TOML.
    where : str
        The file, for the message.
    error : type
        The error class to raise.
    """
    try:
        return model.model_validate(data)
    except ValidationError as cause:
        faults = cause.errors(include_url=False)
        first = _most_telling(faults)
        problem, expected, fix = _explain(model, first)
        key = _key_path(first["loc"])
        same = [f for f in faults if _key_path(f["loc"]) == key]
        if len(same) > 1 and all(f["type"] in _TYPES_ZH for f in same):  # one value refused by each member of a union
            expected = "，或".join(dict.fromkeys(_TYPES_ZH[f["type"]] for f in same))
        others = {_key_path(f["loc"]) for f in faults if not key.startswith(_key_path(f["loc"]))}
        more = f"（另有 {len(others)} 处问题）" if others else ""
        raise error(problem + more, where=f"{where} 的 {key}" if key else where, expected=expected, fix=fix) from cause


def _most_telling(faults: Sequence[Any]) -> Any:
    """An unknown key explains a missing one, so it is told first; of a union's refusals, the one that got furthest."""
    first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    key = _key_path(first["loc"])
    return next((f for f in faults if _key_path(f["loc"]).startswith(f"{key}[")), first)


def _key_path(loc: Sequence[int | str]) -> str:
    """``("layers", 1, "scale", "k")`` -> ``layers[2].scale.k`` (counting from 1, as people do); "" for the whole."""
    out = ""
    for part in loc:
        if isinstance(part, int):
            out += f"[{part + 1}]"
        elif part in ("str", "int", "float", "bool"):  # a member of a union, not a key
            continue
        elif part.isidentifier() or "-" in part:
            out += f".{part}" if out else part
    return out


def _explain(model: type[BaseModel], fault: Any) -> tuple[str, str | None, str | None]:
    kind, given, context = fault["type"], fault.get("input"), fault.get("ctx", {})
    shown = _shorten(given)
    if kind == "extra_forbidden":
        key = str(fault["loc"][-1])
        return f"未知的键“{key}”", None, near_match(key, _known_keys(model, fault["loc"][:-1]))
    if kind == "missing" and isinstance(fault["loc"][-1], int):
        return "列表的项数不够", None, "补上这一项"
    if kind == "missing":
        return "缺少必填的键", None, f"补上 {fault['loc'][-1]}"
    if kind == "literal_error":
        choices = [str(ast.literal_eval(c)) for c in re.findall(r"'(?:[^'\\]|\\.)*'", str(context.get("expected", "")))]
        hint = near_match(str(given), choices)
        listed = "、".join(c or '""（空）' for c in choices)
        return f"不认识的取值 {shown}", listed, hint if hint.startswith("是不是") else None
    if kind in _TYPES_ZH:
        return f"取值 {shown} 的类型不对", _TYPES_ZH[kind], None
    if kind == "string_too_long":
        return f"文字有 {len(str(given))} 个字，过长", f"不超过 {context['max_length']} 个字", "缩短文字"
    if kind == "string_too_short":
        return "文字是空的", f"至少 {context['min_length']} 个字", None
    if kind == "string_pattern_mismatch":
        return f"取值 {shown} 的写法不对", _PATTERNS_ZH.get(context["pattern"], context["pattern"]), None
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        sign = {"greater_than_equal": "≥", "greater_than": ">", "less_than_equal": "≤", "less_than": "<"}[kind]
        return f"取值 {shown} 超出范围", f"{sign} {next(iter(context.values()))}", None
    if kind in ("too_short", "too_long"):
        return f"列表有 {context.get('actual_length')} 项，个数不对", _length_text(context), None
    if kind == "value_error":
        return str(context.get("error", fault["msg"])), None, None
    return f"取值 {shown} 不对（{fault['msg']}）", None, None


_PATTERNS_ZH = {
    r"^#[0-9a-fA-F]{6}$": "颜色，如 #1f78b4",
    SLUG: "小写英文字母开头的标识，如 water_sources",
}


def _length_text(context: dict[str, Any]) -> str:
    if "min_length" in context:
        return f"至少 {context['min_length']} 项"
    return f"至多 {context.get('max_length')} 项"


def _shorten(value: object) -> str:
    text = str(value).replace("\n", " ")
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _known_keys(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """The keys allowed at a place, by walking the JSON schema (the one thing that sees through unions and lists)."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def options(node: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in node:
            return options(definitions[node["$ref"].rsplit("/", 1)[-1]])
        for word in ("anyOf", "oneOf", "allOf"):
            if word in node:
                return [o for n in node[word] for o in options(n)]
        return [node]

    nodes = options(schema)
    for part in loc:
        if isinstance(part, int):
            nodes = [o for n in nodes if "items" in n for o in options(n["items"])]
        else:
            following = [n["properties"][part] for n in nodes if part in n.get("properties", {})]
            following += [n["additionalProperties"] for n in nodes if isinstance(n.get("additionalProperties"), dict)]
            # A union adds the member's own name to the path; it names no property, so stay where we are.
            nodes = [o for n in following for o in options(n)] or nodes
    return sorted({key for n in nodes for key in n.get("properties", {})})
