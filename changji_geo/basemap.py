"""`BasemapSpec` -> a settled tile background: addresses for an online service, or local tiles read into memory.

A page never reads a folder: local tiles of the map's extent are embedded, so the page stays one self-contained file.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from changji_geo.errors import InputError, system_reason
from changji_geo.scene_model import Basemap, TileImage
from changji_geo.spec import BasemapSpec
from changji_geo.types import BBox

ENV_TIANDITU_KEY = "TIANDITU_KEY"

MAX_TILE_BYTES = 30_000_000
"""Most that embedded tiles may weigh together, as files; the page grows by a third more (base64)."""

TIANDITU_LABELS = {"vec": "cva", "img": "cia", "ter": "cta"}
"""Tianditu layer (天地图 vec 矢量, img 影像, ter 地形晕渲) -> its layer of Chinese names."""

TIANDITU_MAX_ZOOM = {"vec": 18, "img": 18, "ter": 14}

_TIANDITU_URL = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_SUBDOMAINS = "abc"
_MERCATOR_LIMIT = 85.0511287798066
_TILE_FILE = re.compile(r"(\d+)\.(?:png|jpe?g|webp)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")


def resolve_basemap(spec: BasemapSpec, bbox: BBox, *, base_dir: Path) -> Basemap:
    """Settle a basemap.

    Parameters
    ----------
    spec : BasemapSpec
        What the map description asks for.
    bbox : BBox
        Extent of the map in degrees; local tiles that touch it are taken.
    base_dir : pathlib.Path
        Folder of the map description; a local path is relative to it and must stay inside.

    Returns
    -------
    Basemap
        Tile addresses in Web Mercator numbering (EPSG:3857, row 0 in the north) and their hosts, or the tiles themselves.

    Raises
    ------
    InputError
        No Tianditu key in the environment; an address that is not usable; a path that leaves `base_dir`; no tile in the
        extent; more than `MAX_TILE_BYTES` of tiles.
    """
    if spec.kind == "tianditu":
        return _tianditu(spec)
    if spec.kind == "xyz":
        return _xyz(spec)
    return _local(spec, bbox, base_dir)


def _tianditu(spec: BasemapSpec) -> Basemap:
    key = os.environ.get(ENV_TIANDITU_KEY, "").strip()
    if not key:
        raise InputError(
            "天地图底图需要密钥，环境变量 TIANDITU_KEY 没有设置",
            where="html.basemap",
            fix="在天地图网站申请浏览器端密钥，运行前设置 TIANDITU_KEY；或去掉底图（离线可用）",
        )
    if not re.fullmatch(r"[A-Za-z0-9]{16,64}", key):
        raise InputError(
            "环境变量 TIANDITU_KEY 不像天地图密钥",
            where="html.basemap",
            expected="32 位字母和数字",
            fix="检查是否多复制了引号、空格或网址",
        )
    names = [spec.layer, *([TIANDITU_LABELS[spec.layer]] if spec.labels else [])]
    return Basemap(
        urls=tuple(_TIANDITU_URL.format(layer=name, key=key) for name in names),
        subdomains="01234567",
        hosts=tuple(f"https://t{n}.tianditu.gov.cn" for n in range(8)),
        attribution=spec.attribution or "天地图（国家地理信息公共服务平台）",
        min_zoom=max(1, spec.min_zoom),
        max_zoom=max(1, spec.min_zoom, min(spec.max_zoom, TIANDITU_MAX_ZOOM[spec.layer])),
        opacity=spec.opacity,
    )


def _xyz(spec: BasemapSpec) -> Basemap:
    url = spec.url or ""
    where = "html.basemap.url"
    unknown = sorted(set(re.findall(r"\{[^}]*\}", url)) - {"{z}", "{x}", "{y}", "{s}"})
    if unknown:
        raise InputError(
            f"瓦片地址里有不认识的占位符 {'、'.join(unknown)}", where=where, expected="{z} {x} {y}，可加 {s}"
        )
    if re.search(r"[\s\"'<>`\\]", url):
        raise InputError("瓦片地址里有空格、引号或尖括号", where=where, fix="删去，或按网址规则编码（空格写 %20）")
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise InputError("瓦片地址里写了用户名或密码，会随网页泄露", where=where, fix="去掉 @ 及其前面的部分")
    hosts = tuple(_origin(parts.scheme, parts.netloc.replace("{s}", s), where) for s in _servers(parts.netloc))
    return Basemap(
        urls=(url,),
        subdomains=_SUBDOMAINS if "{s}" in url else "",
        hosts=hosts,
        attribution=spec.attribution,
        min_zoom=spec.min_zoom,
        max_zoom=spec.max_zoom,
        opacity=spec.opacity,
    )


def _servers(netloc: str) -> tuple[str, ...]:
    return tuple(_SUBDOMAINS) if "{s}" in netloc else ("",)


def _origin(scheme: str, netloc: str, where: str) -> str:
    """``http://host:port`` as the page's security policy writes it; a Chinese host name in its ASCII form."""
    try:
        ascii_name = netloc.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_name = ""
    if scheme not in ("http", "https") or not _HOST.fullmatch(ascii_name):
        raise InputError(f"瓦片地址的主机名“{netloc}”不能用", where=where, expected="http://主机名或IPv4地址[:端口]/…")
    return f"{scheme}://{ascii_name}"


def _local(spec: BasemapSpec, bbox: BBox, base_dir: Path) -> Basemap:
    where = f"html.basemap.path = {spec.path}"
    root = base_dir.resolve()
    try:
        source = (root / (spec.path or "")).resolve()
        source.is_file()
    except (OSError, ValueError) as cause:  # too long, or a character that no path may have
        reason = system_reason(cause) if isinstance(cause, OSError) else "含有不能用于路径的字符"
        raise InputError(f"路径不能用（{reason}）", where=where[:200], fix="改正 path") from cause
    if not source.is_relative_to(root):
        raise InputError(
            "路径（或它指向的链接）不在地图文件所在的文件夹内",
            where=where,
            fix=f"把瓦片放到 {root} 里面，写相对路径",
        )
    attribution = spec.attribution
    if source.is_dir():
        found = _folder_tiles(source, spec, bbox, where)
    elif source.is_file():
        found = _mbtiles(source, spec, bbox, where)
        attribution = attribution or _mbtiles_attribution(source)
    else:
        raise InputError("没有这个文件夹或文件", where=where, expected="z/x/y.png 瓦片文件夹，或 .mbtiles 文件")
    tiles = _collect(found, where)
    if not tiles:
        raise InputError(
            f"地图范围内没有第 {spec.min_zoom} 到 {spec.max_zoom} 级的瓦片",
            where=where,
            expected="Web 墨卡托 z/x/y.png、.jpg 或 .webp",
            fix="检查瓦片的范围、级别（min_zoom、max_zoom）和编号方式",
        )
    zooms = [z for z, _, _ in tiles]
    return Basemap(
        tiles=tiles,
        attribution=attribution,
        min_zoom=min(zooms),
        max_zoom=max(zooms),
        opacity=spec.opacity,
    )


def _collect(found: Iterator[tuple[tuple[int, int, int], bytes]], where: str) -> dict[tuple[int, int, int], TileImage]:
    tiles: dict[tuple[int, int, int], TileImage] = {}
    total = 0
    for place, data in found:
        total += len(data)
        if total > MAX_TILE_BYTES:
            raise InputError(
                f"地图范围内的瓦片到第 {place[0]} 级时已超过 {MAX_TILE_BYTES // 1_000_000} MB，网页会过大",
                where=where,
                fix=f"把 max_zoom 降到 {max(0, place[0] - 1)} 或更小，或缩小地图范围 extent",
            )
        mime = _mime(data)
        if mime is None:
            z, x, y = place
            raise InputError(f"瓦片 {z}/{x}/{y} 不是图片", where=where, expected="PNG、JPEG 或 WebP（不支持矢量瓦片）")
        tiles[place] = TileImage(mime, data)
    return tiles


def _mime(data: bytes) -> str | None:
    """Kind of image by its first bytes; a name proves nothing."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def tile_range(bbox: BBox, zoom: int) -> tuple[range, range]:
    """Columns and rows of the Web Mercator tiles that touch a box, row 0 in the north.

    Parameters
    ----------
    bbox : BBox
        Degrees.
    zoom : int
        Level; there are ``2**zoom`` columns.

    Returns
    -------
    columns, rows : range

    Examples
    --------
    >>> tile_range(BBox(-180, -85, 180, 85), 1)
    (range(0, 2), range(0, 2))
    >>> tile_range(BBox(87.2, 43.9, 87.4, 44.1), 8)
    (range(190, 191), range(92, 94))
    """
    count = 1 << zoom

    def column(lon: float) -> int:
        return min(count - 1, max(0, math.floor((lon + 180) / 360 * count)))

    def row(lat: float) -> int:
        phi = math.radians(min(_MERCATOR_LIMIT, max(-_MERCATOR_LIMIT, lat)))
        return min(count - 1, max(0, math.floor((1 - math.asinh(math.tan(phi)) / math.pi) / 2 * count)))

    return range(column(bbox.west), column(bbox.east) + 1), range(row(bbox.north), row(bbox.south) + 1)


def _folder_tiles(
    folder: Path, spec: BasemapSpec, bbox: BBox, where: str
) -> Iterator[tuple[tuple[int, int, int], bytes]]:
    """Walk what exists, not what could: at level 18 the prefecture has millions of possible tiles."""
    for zoom in range(spec.min_zoom, spec.max_zoom + 1):
        columns, rows = tile_range(bbox, zoom)
        level = folder / str(zoom)
        names = sorted(int(d.name) for d in level.iterdir() if d.name.isdecimal()) if level.is_dir() else []
        for column in names:
            if column not in columns or not (level / str(column)).is_dir():
                continue
            files = sorted((level / str(column)).iterdir(), key=lambda f: (len(f.name), f.name))
            for file in files:
                match = _TILE_FILE.fullmatch(file.name)
                if match and int(match[1]) in rows:
                    yield (zoom, column, int(match[1])), _read_inside(file, folder, where)


def _read_inside(file: Path, folder: Path, where: str) -> bytes:
    if not file.resolve().is_relative_to(folder):
        raise InputError(f"瓦片 {file.name} 是指向文件夹之外的链接", where=where, fix="换成文件本身")
    try:
        return file.read_bytes()
    except OSError as cause:
        raise InputError(
            f"瓦片 {file.name} 无法读取（{system_reason(cause)}）", where=where, fix="检查文件权限"
        ) from cause


def _mbtiles(file: Path, spec: BasemapSpec, bbox: BBox, where: str) -> Iterator[tuple[tuple[int, int, int], bytes]]:
    query = (
        "SELECT tile_column, tile_row, tile_data FROM tiles WHERE zoom_level = ? "
        "AND tile_column BETWEEN ? AND ? AND tile_row BETWEEN ? AND ? ORDER BY tile_column, tile_row"
    )
    try:
        with contextlib.closing(_open_readonly(file)) as database:
            for zoom in range(spec.min_zoom, spec.max_zoom + 1):
                columns, rows = tile_range(bbox, zoom)
                top = (1 << zoom) - 1  # MBTiles counts rows from the south (TMS)
                box = (zoom, columns[0], columns[-1], top - rows[-1], top - rows[0])
                for column, row, data in database.execute(query, box):
                    yield (zoom, int(column), top - int(row)), bytes(data)
    except (sqlite3.Error, TypeError, ValueError) as cause:
        raise InputError(
            f"不是可读的 MBTiles 文件（{cause}）", where=where, expected="含 tiles 表的 SQLite 文件"
        ) from cause


def _mbtiles_attribution(file: Path) -> str:
    """The file's own attribution as plain text; some writers put links there."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_open_readonly(file)) as database:
        row = database.execute("SELECT value FROM metadata WHERE name = 'attribution'").fetchone()
        return re.sub(r"<[^>]*>", "", str(row[0])).strip()[:200] if row else ""
    return ""


def _open_readonly(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(file.as_posix())}?mode=ro&immutable=1", uri=True)
