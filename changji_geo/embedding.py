"""A map -> an ``<iframe>`` fragment to paste into a web page; the whole map lies inside the fragment."""

from __future__ import annotations

import html
import re
from pathlib import Path

from changji_geo.errors import InputError, system_reason
from changji_geo.files import write_atomic
from changji_geo.render.html import html_page
from changji_geo.render.page import MARK
from changji_geo.scene_model import Scene

_POLICY = re.compile(
    r"default-src 'none'; script-src (?P<scripts>[^;]+); style-src [^;]+; (?:style-src-attr 'unsafe-inline'; )?"
    r"img-src data:[^;]*; connect-src 'none'; base-uri 'none'; form-action 'none'"
)
_TITLE = re.compile(r"<title>([^<]*)</title>")
_FIX = "先用 changji-geo render 或 build 生成地图网页，再嵌入该文件"


def embed(scene_or_html: Scene | str, *, height: int = 640, title: str | None = None) -> str:
    """An HTML fragment that shows a map inside another page, offline and walled off from it.

    Parameters
    ----------
    scene_or_html : Scene or str
        The map, or the text of a page that `render_html` wrote.
    height : int
        Height in CSS pixels, 200 to 4000; the width is that of the place it is put in.
    title : str, optional
        What a screen reader announces; the map's title by default.

    Returns
    -------
    str
        One ``<iframe>`` element. It may run its own scripts and nothing else: it has no access to the page around it. A host
        page whose own security policy forbids inline scripts also forbids them in the fragment.

    Raises
    ------
    InputError
        The text is not one of our pages, or the height is out of range.

    Examples
    --------
    >>> embed("<p>hello</p>")
    Traceback (most recent call last):
        ...
    changji_geo.errors.InputError: 这不是 changji-geo 生成的地图网页。处理：先用 changji-geo render 或 build 生成地图网页，再嵌入该文件。
    """
    if isinstance(height, bool) or not isinstance(height, int) or not 200 <= height <= 4000:
        raise InputError(f"高度 {height!r} 不对", where="height", expected="200 到 4000 之间的整数（像素）")
    page = html_page(scene_or_html) if isinstance(scene_or_html, Scene) else scene_or_html
    _require_our_page(page)
    found = _TITLE.search(page)
    name = title if title is not None else html.unescape(found[1]) if found else "地图"
    return (
        f'<iframe title="{html.escape(name)}" width="100%" height="{height}" frameborder="0" loading="lazy" '
        'sandbox="allow-scripts allow-modals" allow="fullscreen" referrerpolicy="no-referrer" '
        f'srcdoc="{html.escape(page)}"></iframe>\n'
    )


def embed_file(html_path: Path | str, out_path: Path | str, *, height: int = 640, title: str | None = None) -> Path:
    """Read a map page and write its fragment.

    Parameters
    ----------
    html_path : path
        A page that `render_html` wrote.
    out_path : path
        The fragment's file; replaced as a whole.
    height : int
        Height in CSS pixels, 200 to 4000.
    title : str, optional
        As in `embed`.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        The page is missing, unreadable, or not one of ours; or both paths are the same file.
    """
    source = Path(html_path)
    try:
        page = source.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as cause:
        raise InputError(f"无法读取（{system_reason(cause)}）", where=str(source), fix="检查路径和权限") from cause
    except UnicodeDecodeError as cause:
        raise InputError("不是 UTF-8 编码的网页", where=str(source), fix=_FIX) from cause
    if Path(out_path).resolve() == source.resolve():
        raise InputError("输出文件就是输入文件", where=str(source), fix="给片段另起一个文件名")
    try:
        fragment = embed(page, height=height, title=title)
    except InputError as cause:
        raise InputError(
            cause.problem, where=cause.where or str(source), expected=cause.expected, fix=cause.fix
        ) from cause
    return write_atomic(out_path, fragment)


def _require_our_page(page: str) -> None:
    """Our mark, and the policy that our pages have: without it the fragment would run whatever it contains."""
    head = page[:20_000]
    policy = html.unescape(head[len(MARK) :].split('"', 2)[1]) if head.startswith(MARK) and head.count('"') > 6 else ""
    match = _POLICY.fullmatch(policy)
    if match is None or any(not word.startswith(("'sha256-", "http")) for word in match["scripts"].split()):
        raise InputError("这不是 changji-geo 生成的地图网页", fix=_FIX)
    if not page.rstrip().endswith("</html>"):
        raise InputError("地图网页不完整，末尾缺了一段", fix=_FIX)
