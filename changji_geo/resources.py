"""Where ``layers/`` and ``maps/`` are: the user's workspace first, then what the package ships."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from changji_geo.errors import InputError, LayerError, SpecError, near_match

ENV_WORKSPACE = "CHANGJI_GEO_WORKSPACE"


def packaged_root() -> Path:
    """Folder that holds the shipped ``layers/`` and ``maps/``.

    Inside a wheel they lie in ``changji_geo/_data``; in a checkout (editable install) beside the package.
    """
    here = Path(__file__).resolve().parent
    for root in (here / "_data", here.parent):
        if (root / "layers").is_dir() and (root / "maps").is_dir():
            return root
    raise InputError("安装不完整：找不到随包图层 layers/ 和地图 maps/", where=str(here), fix="重新安装 changji-geo")


@dataclass(frozen=True)
class Workspace:
    """The folders searched for layers and maps, best first; the last is always the shipped one.

    A user's layer or map wins over the shipped one of the same id, one by one.
    """

    roots: tuple[Path, ...]

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Ids of all layers, sorted; looked up anew each time, for an import adds to them."""
        return tuple(
            sorted({f.parent.name for r in self.roots for f in (r / "layers").glob("*/layer.toml") if f.is_file()})
        )

    @cached_property
    def map_ids(self) -> tuple[str, ...]:
        """Ids of all map descriptions, sorted."""
        return tuple(sorted({f.stem for r in self.roots for f in (r / "maps").glob("*.toml") if f.is_file()}))

    @cached_property
    def theme_ids(self) -> tuple[str, ...]:
        """Ids of all themes, sorted."""
        return tuple(
            sorted({f.stem for r in self.roots for f in (r / "maps" / "themes").glob("*.toml") if f.is_file()})
        )

    def layer_dir(self, layer_id: str) -> Path:
        """Folder of a layer; raises `LayerError` with a near match when there is none."""
        found = self._first(Path("layers") / layer_id / "layer.toml") if layer_id in self.layer_ids else None
        if found is None:
            raise LayerError(f"没有图层“{layer_id}”", fix=near_match(layer_id, self.layer_ids))
        return found.parent

    def map_file(self, map_id: str) -> Path:
        """File of a map description; raises `SpecError` with a near match when there is none."""
        found = self._first(Path("maps") / f"{map_id}.toml") if map_id in self.map_ids else None
        if found is None:
            raise SpecError(f"没有地图“{map_id}”", fix=near_match(map_id, self.map_ids))
        return found

    def theme_file(self, theme_id: str) -> Path:
        """File of a theme; raises `SpecError` with a near match when there is none."""
        found = self._first(Path("maps") / "themes" / f"{theme_id}.toml") if theme_id in self.theme_ids else None
        if found is None:
            raise SpecError(f"没有主题“{theme_id}”", fix=near_match(theme_id, self.theme_ids))
        return found

    def indicator_dirs(self) -> tuple[Path, ...]:
        """Existing ``layers/indicators`` folders, the shipped one first so that later ones override."""
        found = (r / "layers" / "indicators" for r in reversed(self.roots))
        return tuple(d for d in found if d.is_dir())

    @property
    def series_ids(self) -> tuple[str, ...]:
        """Ids of all series, sorted; looked up anew each time, for commands add to them."""
        found = (f for r in self.roots for f in (r / "layers" / "series").glob("*.toml"))
        return tuple(sorted({f.stem for f in found if f.is_file()}))

    def series_file(self, series_id: str) -> Path:
        """Description of a series; raises `LayerError` with a near match when there is none."""
        found = self._first(Path("layers") / "series" / f"{series_id}.toml") if series_id in self.series_ids else None
        if found is None:
            raise LayerError(f"没有时间序列“{series_id}”", fix=near_match(series_id, self.series_ids))
        return found

    def alias_files(self) -> tuple[Path, ...]:
        """Existing ``layers/aliases.toml`` files, the shipped one first so that later ones override."""
        found = (r / "layers" / "aliases.toml" for r in reversed(self.roots))
        return tuple(f for f in found if f.is_file())

    def _first(self, relative: Path) -> Path | None:
        return next((r / relative for r in self.roots if (r / relative).is_file()), None)


def own_root(workspace: Workspace) -> Path:
    """The folder of the user's own workspace, the only one that is written to.

    Raises
    ------
    InputError
        There is only the shipped data.
    """
    root = workspace.roots[0]
    if root == packaged_root():
        raise InputError(
            "没有自己的工作区，随包数据不能改",
            where=str(root),
            fix="先用 changji-geo init 目录 新建一个，再到那个目录里运行，或加 --workspace 目录",
        )
    return root


def find_workspace(path: Path | str | None = None) -> Workspace:
    """The workspace in force.

    Parameters
    ----------
    path : path, optional
        A folder with ``layers/`` and/or ``maps/``. Without it: the environment variable ``CHANGJI_GEO_WORKSPACE``,
        else the current folder when it has both, else only the shipped data.

    Raises
    ------
    InputError
        When a folder was named that has neither ``layers/`` nor ``maps/``.
    """
    shipped = packaged_root()
    named = path if path is not None else os.environ.get(ENV_WORKSPACE)
    if named:
        root = Path(named).resolve()
        if not (_is_folder(root / "layers") or _is_folder(root / "maps")):
            raise InputError(
                "这里不是工作区：没有 layers/ 或 maps/ 文件夹",
                where=str(root)[:300],
                fix="用 changji-geo init 目录 新建一个，或检查路径",
            )
    else:
        root = Path.cwd()
        if not ((root / "layers").is_dir() and (root / "maps").is_dir()):
            return Workspace((shipped,))
    return Workspace((shipped,) if root == shipped else (root, shipped))


def _is_folder(path: Path) -> bool:
    """`Path.is_dir` that also answers for a path that no system accepts."""
    try:
        return path.is_dir()
    except OSError:
        return False
