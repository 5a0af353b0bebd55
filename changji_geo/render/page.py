"""Scripts, styles, texts and data -> one self-contained HTML page under a strict content security policy.

The policy names the hash of every script and style of the page, so nothing that came with the data can run, and it allows
no connection; images may come from the page itself and, when the map asks for an online basemap, from that basemap's hosts.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from changji_geo.errors import EnvironmentFault
from changji_geo.render.time_payload import moving_layers
from changji_geo.scene_model import Scene
from changji_geo.theme import Theme

MARK = '<!DOCTYPE html>\n<html lang="zh-CN" data-generator="changji-geo">\n<head>\n<meta http-equiv="Content-Security-Policy"'
"""How every page of ours begins; `embed` knows our pages by it."""

SCRIPTS = (
    "dom.js",
    "decode.js",
    "symbols.js",
    "layers.js",
    "labels.js",
    "details.js",
    "legend.js",
    "search.js",
    "filters.js",
    "panels.js",
    "controls.js",
    "fit.js",
    "graticule.js",
    "basemap.js",
    "printing.js",
    "app.js",
)
"""Our script files in the order they are joined; they share one scope."""

TIME_SCRIPTS = ("time.js", "timebar.js", "chart.js")
"""What a map in time has besides; an ordinary map does not carry them."""

CRS_TEXT = "坐标系：2000国家大地坐标系（CGCS2000）经纬度；网页显示：Web 墨卡托投影"
"""What the page shows: `Scene.crs_text` names the printed map's projection, which is not this one's."""

_SURROGATE = re.compile("[\ud800-\udfff\x00]")


@dataclass(frozen=True)
class Extras:
    """What a user added to the folium map in Python: folium's own markup, trusted as the user's own code.

    ``head`` holds links and styles, ``body`` elements, ``script`` the statements that run after the map stands.
    """

    head: str = ""
    body: str = ""
    script: str = ""


def compose(scene: Scene, data: str, *, map_name: str, extras: Extras | None = None) -> str:
    """Put a page together.

    Parameters
    ----------
    scene : Scene
        For the texts outside the map.
    data : str
        The data block (`payload.scene_json`).
    map_name : str
        Id of the map's element.
    extras : Extras, optional
        Additions of a folium user; the policy is then widened to exactly these scripts, styles and addresses.

    Returns
    -------
    str
        The page; the same arguments give the same text.
    """
    more = extras or Extras()
    moves = bool(moving_layers(scene))
    styles = [leaflet_css(with_images=extras is not None), asset("page.css"), _theme_css(scene.theme)]
    if moves:
        styles.insert(2, asset("time.css"))
    scripts = [leaflet_js(), app_js(in_time=moves)]
    if extras is not None:
        scripts.append(asset("folium_compat.js"))
    policy = _policy(
        scripts=[*scripts, *([more.script] if more.script else []), *_inline(more.head, "script")],
        styles=[*styles, *_inline(more.head, "style")],
        addresses=_addresses(more.head),
        image_hosts=scene.basemap.hosts if scene.basemap else (),
        open_styles=extras is not None,
    )
    title = _text(scene.title)
    return "\n".join(
        [
            f'{MARK} content="{html.escape(policy)}">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            *(f"<style>{text}</style>" for text in styles),
            *([more.head] if more.head else []),
            "</head>",
            "<body>",
            *_shell(scene, map_name),
            f'<script type="application/json" id="changji-data">{data}</script>',
            *([more.body] if more.body else []),
            *(f"<script>{text}</script>" for text in scripts),
            *([f"<script>{more.script}</script>"] if more.script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def _shell(scene: Scene, map_name: str) -> list[str]:
    """The page's frame: what must be readable even before, or without, the script."""
    title, subtitle = _text(scene.title), _text(scene.subtitle)
    approval = f"审图号：{scene.approval_number}" if scene.approval_number else ""
    basemap = f"底图：{scene.basemap.attribution}" if scene.basemap and scene.basemap.attribution else ""
    imprint = "".join(
        [
            _items([scene.credits]),
            _items([approval], name="stays"),
            _items([scene.date_text, CRS_TEXT]),
            _items([basemap], name="stays"),
        ]
    )
    moment = _moment(scene)
    return [
        f'<div class="app{" in-time" if moment else ""}" id="changji-app">',
        '<header class="masthead">',
        f"<h1>{title}</h1>",
        *([f'<p class="subtitle">{subtitle}</p>'] if subtitle else []),
        "</header>",
        '<section class="figures" id="changji-figures" aria-label="关键数字" tabindex="-1" hidden></section>',
        '<main class="stage">',
        f'<div class="folium-map" id="{map_name}" role="region" aria-label="地图：{title}"></div>',
        f"<noscript><p>此地图需要浏览器启用 JavaScript。{_text(scene.description)}</p></noscript>",
        "</main>",
        '<aside class="panel" id="changji-panel" aria-label="图例与说明" tabindex="-1"></aside>',
        *moment,
        '<nav class="tabs" id="changji-tabs" aria-label="面板" hidden></nav>',
        '<footer class="imprint">',
        *([f'<ul class="notices">{_items(scene.notices)}</ul>'] if scene.notices else []),
        f'<ul class="credits">{imprint}</ul>',
        "</footer>",
        "</div>",
    ]


def _moment(scene: Scene) -> list[str]:
    """Chart and time bar of a map in time, with the moment that the map opens with; nothing for an ordinary map."""
    if scene.time is None or not moving_layers(scene):
        return []
    label, remark = scene.time.labels[scene.time.shown], scene.time.remarks[scene.time.shown]
    return [
        '<section class="chart" id="changji-chart" aria-label="变化过程" hidden></section>',
        '<section class="time" id="changji-time" aria-label="时间">',
        f'<p class="moment" id="changji-moment"><b>{_text(label)}</b><span>{_text(remark)}</span></p>',
        "</section>",
    ]


def _items(texts: Sequence[str], *, name: str = "") -> str:
    """List items of the texts that are not empty. A small screen shows only those of class ``stays`` under the map."""
    tag = f'<li class="{name}">' if name else "<li>"
    return "".join(f"{tag}{_text(text)}</li>" for text in texts if text)


def _text(text: str) -> str:
    """Any text as HTML text or attribute value; characters that UTF-8 or HTML cannot carry become U+FFFD."""
    return html.escape(_SURROGATE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n"))


@cache
def asset(name: str) -> str:
    """One of our own files, with Unix line ends (the browser hashes the text after it has normalised them)."""
    text = resources.files("changji_geo.render").joinpath("assets", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


@cache
def app_js(*, in_time: bool = False) -> str:
    """Our whole script in one strict scope: the files of `SCRIPTS`, for a map in time `TIME_SCRIPTS` before the last."""
    names = (*SCRIPTS[:-1], *TIME_SCRIPTS, SCRIPTS[-1]) if in_time else SCRIPTS
    return "(() => {\n'use strict';\n" + "\n".join(asset(name) for name in names) + "})();\n"


@cache
def leaflet_js() -> str:
    """Leaflet's script without the link to its source map, which a browser's tools would fetch."""
    text = _leaflet("leaflet.js").decode("utf-8").replace("\r\n", "\n")
    return re.sub(r"//# sourceMappingURL=\S*\s*$", "", text)


@cache
def leaflet_css(*, with_images: bool = False) -> str:
    """Leaflet's style sheet; its three images as data URIs, or left out (only its layer switch and default pin need them)."""
    text = _leaflet("leaflet.css").decode("utf-8").replace("\r\n", "\n")

    def image(match: re.Match[str]) -> str:
        if not with_images:
            return "none"
        return f"url({_data_uri(match[1])})"

    return re.sub(r"url\((images/[\w.-]+)\)", image, text)


def _data_uri(name: str) -> str:
    return "data:image/png;base64," + base64.b64encode(_leaflet(name)).decode("ascii")


def _leaflet(name: str) -> bytes:
    try:
        from xstatic.pkg import leaflet  # a namespace package of one data folder

        return (Path(leaflet.BASE_DIR) / name).read_bytes()
    except (ImportError, OSError) as cause:
        raise EnvironmentFault(
            f"缺少网页地图所需的 Leaflet 文件 {name}",
            fix="重新安装：pip install --force-reinstall XStatic-Leaflet==1.9.3.0",
        ) from cause


def _theme_css(theme: Theme) -> str:
    """The theme as CSS variables; font names are the only free text, so every odd character of theirs is escaped."""
    colors = {
        "page": theme.page,
        "frame": theme.frame,
        "map-background": theme.map_background,
        "text": theme.text,
        "muted": theme.muted_text,
        "accent": theme.accent,
        "notice": theme.notice,
    }
    fonts = ", ".join([*(_css_string(name) for name in theme.fonts), "system-ui", "sans-serif"])
    lines = "".join(f"--{name}:{value};" for name, value in colors.items())
    return f":root{{{lines}--fonts:{fonts}}}"


def _css_string(text: str) -> str:
    return '"' + "".join(c if c.isalnum() or c in " -_" else f"\\{ord(c):x} " for c in text) + '"'


def _policy(
    *,
    scripts: Sequence[str],
    styles: Sequence[str],
    addresses: Sequence[str],
    image_hosts: Sequence[str],
    open_styles: bool,
) -> str:
    """The content security policy. A folium user's own additions may carry style attributes; nothing else may."""
    rules = [
        "default-src 'none'",
        f"script-src {' '.join([*map(_hash, scripts), *addresses])}",
        f"style-src {' '.join([*map(_hash, styles), *addresses])}",
        f"img-src {' '.join(['data:', *image_hosts])}",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if open_styles:
        rules.insert(3, "style-src-attr 'unsafe-inline'")
    return "; ".join(rules)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"


def _inline(markup: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}>(.*?)</{tag}>", markup, flags=re.DOTALL)


def _addresses(markup: str) -> list[str]:
    """Exact addresses of the scripts and style sheets a folium plugin links to."""
    found = re.findall(r'<(?:script|link)\b[^>]*?\b(?:src|href)="(https?://[^"\s;,\']+)"', markup)
    return list(dict.fromkeys(found))
