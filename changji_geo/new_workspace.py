"""A folder -> a new workspace: an example map, its theme, and the schemas that let an editor complete and check them."""

from __future__ import annotations

import json
from pathlib import Path

from changji_geo.errors import InputError, OutputError, system_reason
from changji_geo.files import write_atomic
from changji_geo.resources import Workspace, packaged_root
from changji_geo.spec import load_map_spec, map_schema_text
from changji_geo.theme import Theme

_README = """\
# 工作区

- `maps/example.toml`：示例地图，改名后修改即可；一个 .toml 文件就是一幅地图。
- `maps/themes/`：主题（颜色、字号、符号）。与随包主题同名的以这里为准。
- `layers/`：自己的图层，每个一个文件夹（layer.toml 加数据文件）。与随包图层同名的以这里为准。
- `layers/series/`：随时间变化的数值（标识.toml 加 标识.csv），写法见 `changji-geo series --help`。
- `map.schema.json`、`theme.schema.json`、`.taplo.toml`：VS Code 装 Even Better TOML 后，写错的键会当场标出。

命令：

    changji-geo build example --out out    生成示例地图
    changji-geo build --out out            生成全部地图和图库
    changji-geo layers list                可用的图层
    changji-geo layers check               检查图层
"""

_TAPLO = """\
[[rule]]
include = ["maps/*.toml"]
[rule.schema]
path = "map.schema.json"
enabled = true

[[rule]]
include = ["maps/themes/*.toml"]
[rule.schema]
path = "theme.schema.json"
enabled = true
"""


def init_workspace(folder: Path | str) -> tuple[Path, ...]:
    """Make a workspace in a folder that is new or empty.

    Parameters
    ----------
    folder : path
        Where.

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    InputError
        When the folder holds anything, or a file is in its place.
    OutputError
        When it cannot be written.
    """
    folder = Path(folder)
    try:
        taken = folder.is_file() or (folder.is_dir() and any(folder.iterdir()))
    except OSError as cause:
        raise OutputError(
            f"这个目录不能用（{system_reason(cause)}）", where=str(folder)[:300], fix="换一个目录名"
        ) from cause
    if taken:
        raise InputError("这里已有内容，不会覆盖", where=str(folder), expected="新的或空的文件夹", fix="换一个目录名")
    shipped = Workspace((packaged_root(),))
    if not shipped.map_ids:
        raise InputError("安装不完整：没有随包地图", where=str(shipped.roots[0]), fix="重新安装 changji-geo")
    specs = {map_id: load_map_spec(map_id, shipped)[1] for map_id in shipped.map_ids}
    first = min(specs, key=lambda map_id: (specs[map_id].order, map_id))
    example = shipped.map_file(first).read_text(encoding="utf-8-sig")
    theme_id = specs[first].theme
    theme = shipped.theme_file(theme_id).read_text(encoding="utf-8-sig")
    theme_schema = json.dumps(Theme.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    files = {
        "README.md": _README,
        ".taplo.toml": _TAPLO,
        "map.schema.json": map_schema_text(),
        "theme.schema.json": theme_schema,
        "layers/README.md": "把自己的图层放在这里：每个图层一个文件夹，内有 layer.toml 和数据文件。\n",
        "maps/example.toml": "#:schema ../map.schema.json\n" + _without_pointer(example),
        f"maps/themes/{theme_id}.toml": "#:schema ../../theme.schema.json\n" + _without_pointer(theme),
    }
    return tuple(write_atomic(folder / name, text) for name, text in files.items())


def _without_pointer(text: str) -> str:
    first, _, rest = text.partition("\n")
    return rest if first.startswith("#:schema") else text
