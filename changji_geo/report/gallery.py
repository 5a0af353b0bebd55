"""Entries of built maps -> one offline page that shows them all: a pure function, no file read or written.

The thumbnails are data URIs, not files beside the page: under a content security policy Firefox does not count
``file://`` neighbours as ``'self'``, so a gallery opened from a folder would lose its pictures there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

TITLE = "昌吉州生态环境图集"

_LABELS = {
    "html": ("交互地图", "网页，可离线打开"),
    "png": ("PNG", "位图，可插入文档"),
    "pdf": ("PDF", "矢量，供印刷"),
    "svg": ("SVG", "矢量，可再编辑"),
}


@dataclass(frozen=True, slots=True)
class GalleryFile:
    """One link: format, file name relative to the page, length in bytes."""

    format: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One map of the gallery; all texts are plain text, never markup."""

    id: str
    title: str
    subtitle: str
    description: str
    date_text: str
    approval_number: str
    notices: tuple[str, ...]
    layers: tuple[str, ...]
    files: tuple[GalleryFile, ...]
    thumbnail_png: bytes


def gallery_page(entries: Sequence[GalleryEntry], *, title: str = TITLE) -> str:
    """The gallery as one HTML text; same entries, same text.

    Parameters
    ----------
    entries : sequence of GalleryEntry
        In the order to show. An empty sequence gives a page that says so.
    title : str
        Heading of the page.

    Returns
    -------
    str
        A complete page that makes no request: its policy allows its own style and pictures inside the page only.

    Notes
    -----
    A notice that every map carries is shown once, above the maps; the others stay with their maps.
    """
    common = [n for n in entries[0].notices if all(n in e.notices for e in entries)] if len(entries) > 1 else []
    style_hash = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    cards = "\n".join(_card(entry, number, common) for number, entry in enumerate(entries, start=1))
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{_CSS}</style>
</head>
<body>
<header class="top"><div class="wide">
<h1>{escape(title)}</h1>
<p class="facts">{_facts(entries)}</p>
</div></header>
<main class="wide">
{_common(common)}{_contents(entries)}<div class="cards">
{cards or '<p class="none">没有生成的地图。</p>'}
</div>
</main>
<footer class="wide">坐标系 CGCS2000。位置精度为“示意”“近似”的图层不作为执法依据，以各图注明为准。</footer>
</body>
</html>
"""


def size_text(size_bytes: int) -> str:
    """``"1.2 MB"`` or ``"85 KB"``, in decimal units."""
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1e6:.1f} MB"
    return f"{max(round(size_bytes / 1e3), 1)} KB"


def _facts(entries: Sequence[GalleryEntry]) -> str:
    out = [f"共 {len(entries)} 幅地图"]
    latest = max((e.date_text for e in entries if e.date_text), default="")
    if latest:
        out.append(f"最近制图日期 {latest}")
    return " · ".join(escape(text) for text in out)


def _common(notices: Sequence[str]) -> str:
    if not notices:
        return ""
    lines = "".join(f"<li>{escape(n)}</li>" for n in notices)
    return f'<section class="common" aria-label="全部地图的说明"><b>全部地图</b><ul>{lines}</ul></section>\n'


def _contents(entries: Sequence[GalleryEntry]) -> str:
    if len(entries) < 3:
        return ""
    links = "".join(
        f'<li><a href="#map-{number}">{escape(e.title)}</a></li>' for number, e in enumerate(entries, start=1)
    )
    return f'<nav aria-label="目录"><ol>{links}</ol></nav>\n'


def _card(entry: GalleryEntry, number: int, common: Sequence[str]) -> str:
    picture = base64.b64encode(entry.thumbnail_png).decode()
    first = _href(entry.files[0].name) if entry.files else "#"
    own = [n for n in entry.notices if n not in common]
    parts = [
        f'<article class="card" id="map-{number}">',
        f'<a class="thumb" href="{first}"><img src="data:image/png;base64,{picture}" alt="{escape(entry.title)}缩略图"></a>',
        '<div class="body">',
        f"<h2>{escape(entry.title)}</h2>",
    ]
    if entry.subtitle:
        parts.append(f'<p class="subtitle">{escape(entry.subtitle)}</p>')
    if entry.description:
        parts.append(f"<p>{escape(entry.description)}</p>")
    if entry.layers:
        shown = "、".join(dict.fromkeys(entry.layers))
        parts.append(f'<p class="layers"><span>图层</span>{escape(shown)}</p>')
    if own:
        parts.append('<ul class="notices">' + "".join(f"<li>{escape(n)}</li>" for n in own) + "</ul>")
    facts = [f"制图日期 {entry.date_text}"] if entry.date_text else []
    facts += [f"审图号：{entry.approval_number}"] if entry.approval_number else []
    parts.append(f'<p class="date">{escape(" · ".join(facts))}</p>')
    parts.append('<p class="files">' + "".join(_link(f) for f in entry.files) + "</p>")
    parts.append("</div></article>")
    return "\n".join(parts)


def _link(file: GalleryFile) -> str:
    label, hint = _LABELS.get(file.format, (file.format.upper(), ""))
    kind = ' class="main"' if file.format == "html" else ""
    return (
        f'<a{kind} href="{_href(file.name)}" title="{escape(hint)}">{escape(label)}'
        f"<small>{size_text(file.size_bytes)}</small></a>"
    )


def _href(name: str) -> str:
    return escape(f"./{quote(name)}")


_CSS = """
:root{--ink:#1d2b33;--muted:#5a6a73;--line:#d9e1e4;--paper:#fff;--ground:#f3f6f6;--deep:#12505c;--accent:#1a6b78;
--warn:#8a3b12;--warn-ground:#fdf6ef}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.7 "Microsoft YaHei","PingFang SC",
"Noto Sans CJK SC","Source Han Sans SC","WenQuanYi Micro Hei",sans-serif;text-spacing-trim:trim-start}
a{color:var(--accent)}
a:focus-visible{outline:3px solid #e0a030;outline-offset:2px}
.wide{max-width:1240px;margin:0 auto;padding:0 24px}
.top{background:var(--deep);color:#fff;border-bottom:4px solid #c9a24a}
.top .wide{padding-top:30px;padding-bottom:26px}
h1{margin:0;font-size:30px;line-height:1.3;letter-spacing:.06em;font-weight:600}
.facts{margin:6px 0 0;color:#d5e6e8;font-size:15px}
.common{display:flex;gap:14px;margin:22px 0 0;padding:11px 16px;background:var(--warn-ground);
border-left:4px solid #c9773a;color:var(--warn);font-size:14px}
.common b{flex:none}
.common ul{margin:0;padding:0;list-style:none}
nav ol{display:flex;flex-wrap:wrap;gap:4px 22px;margin:18px 0 0;padding:0;list-style:none;counter-reset:map;font-size:15px}
nav li{counter-increment:map}
nav li::before{content:counter(map) " ";color:var(--muted);font-variant-numeric:tabular-nums}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,500px),1fr));gap:26px;margin:22px 0 34px}
.card{display:flex;flex-direction:column;background:var(--paper);border:1px solid var(--line);border-radius:6px;
overflow:hidden;scroll-margin-top:16px}
.card:target{border-color:var(--accent);box-shadow:0 0 0 2px var(--accent)}
.thumb{display:block;background:#fff;border-bottom:1px solid var(--line);aspect-ratio:297/210}
.thumb img{display:block;width:100%;height:100%;object-fit:contain}
.body{display:flex;flex-direction:column;flex:1;padding:16px 20px 18px}
h2{margin:0;font-size:20px;line-height:1.4;font-weight:600}
.body p{margin:8px 0 0;font-size:15px}
.body .subtitle{margin-top:2px;color:var(--muted)}
.body .layers{color:var(--muted);font-size:14px}
.layers span{margin-right:8px;padding:1px 7px;border:1px solid var(--line);border-radius:3px;font-size:13px}
.notices{margin:10px 0 0;padding:7px 12px;list-style:none;background:var(--warn-ground);color:var(--warn);font-size:14px;
line-height:1.6}
.body .date{margin-top:auto;padding-top:12px;color:var(--muted);font-size:14px;font-variant-numeric:tabular-nums}
.files{display:flex;flex-wrap:wrap;gap:10px}
.files a{display:inline-flex;align-items:baseline;gap:7px;min-height:44px;padding:9px 14px;border:1px solid #b9cbd0;
border-radius:4px;text-decoration:none;color:var(--deep);line-height:1.6}
.files a:hover{background:#eaf2f3}
.files a.main{background:var(--accent);border-color:var(--accent);color:#fff}
.files a.main:hover{background:var(--deep)}
.files small{font-size:13px;opacity:.85;font-variant-numeric:tabular-nums}
.none{color:var(--muted)}
footer{padding-top:4px;padding-bottom:36px;color:var(--muted);font-size:14px}
@media (max-width:600px){.wide{padding:0 14px}h1{font-size:24px;letter-spacing:.02em}.body{padding:14px 14px 16px}
.cards{gap:18px}.common{flex-direction:column;gap:2px}nav ol{flex-direction:column;gap:0}
nav li{display:flex;gap:6px;align-items:center}nav a{flex:1;padding:8px 0}}
@media print{body{background:#fff}.top{background:none;color:#000}.facts{color:#333}.card{break-inside:avoid}
.files,nav{display:none}}
"""
