"""A workspace's map descriptions -> a folder with every map as HTML, PNG, PDF and SVG, and a gallery page.

Each map is built in a process of its own, so several processors help and one bad map cannot take the others with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from changji_geo.errors import ChangjiGeoError, EnvironmentFault, InputError, OutputError, near_match, system_reason
from changji_geo.files import write_atomic
from changji_geo.report.gallery import GalleryEntry, GalleryFile, gallery_page
from changji_geo.resources import Workspace, find_workspace
from changji_geo.scene import build_scene
from changji_geo.scene_model import Scene
from changji_geo.spec import MapSpec, load_map_spec, map_spec_file

Format = Literal["html", "png", "pdf", "svg"]
FORMATS: tuple[Format, ...] = get_args(Format)
THUMB_WIDTH_PX = 720
ENV_DEBUG = "CHANGJI_GEO_DEBUG"
_INTERNAL = 3

Progress = Callable[[int, int, str], None]
"""Called with (maps done, maps in all, id of the map just done); first with (0, all, "")."""


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file written; ``size_bytes`` is its length."""

    format: Format
    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BuiltMap:
    """One map done: its files, and the seconds that its process spent on it."""

    id: str
    title: str
    files: tuple[BuiltFile, ...]
    seconds: float
    order: int
    entry: GalleryEntry

    @property
    def size_bytes(self) -> int:
        """Length of all files together."""
        return sum(f.size_bytes for f in self.files)


@dataclass(frozen=True, slots=True)
class FailedMap:
    """One map that could not be built, why, and the exit code that stands for it."""

    id: str
    message: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What `build_maps` did.

    ``gallery`` is None when no map was built. ``seconds`` is wall time, processes running side by side.
    """

    out: Path
    maps: tuple[BuiltMap, ...]
    failures: tuple[FailedMap, ...]
    gallery: Path | None
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 when all was built, else the worst of the failures' codes: 2 bad input, 3 environment."""
        return max((f.exit_code for f in self.failures), default=0)


def parse_formats(text: str) -> tuple[Format, ...]:
    """``"html, png"`` -> ``("html", "png")``, in the order of `FORMATS`, each once.

    Raises
    ------
    InputError
        When a format is unknown or none is given.
    """
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in FORMATS:
            raise InputError(f"没有格式“{word}”", where="formats", fix=near_match(word, FORMATS))
    if not words:
        raise InputError("没有写格式", where="formats", expected="、".join(FORMATS))
    return tuple(f for f in FORMATS if f in words)


def render_map(
    map_id: str | Path, targets: Mapping[str, Path], *, workspace: Workspace | None = None
) -> tuple[Path, ...]:
    """Draw one map into the files named.

    Parameters
    ----------
    map_id : str or path
        An id of the workspace, or a ``.toml`` file.
    targets : mapping of str to path
        Format (``html``, ``png``, ``pdf``, ``svg``) -> file. A suffix that says another format is refused.
    workspace : Workspace, optional
        The one in force by default.

    Returns
    -------
    tuple of pathlib.Path
        The files written, in the order of `FORMATS`.

    Raises
    ------
    InputError
        The description, a layer or an indicator cannot be used, or a suffix does not fit its format.
    EnvironmentFault
        No Chinese font, or a place that cannot be written.
    """
    for name, path in targets.items():
        if path.suffix.lower() != f".{name}":
            raise InputError(f"文件名的后缀与格式 {name} 不符", where=str(path), expected=f"以 .{name} 结尾")
    scene = _settle(map_id, workspace or find_workspace())[1]
    return _write(scene, {f: targets[f] for f in FORMATS if f in targets})


def build_maps(
    map_ids: Sequence[str | Path] | None = None,
    *,
    out: Path | str,
    workspace: Workspace | None = None,
    formats: Sequence[Format] = FORMATS,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Build maps and the gallery ``index.html``; same input, same bytes.

    Parameters
    ----------
    map_ids : sequence of str or path, optional
        Ids of the workspace or ``.toml`` files; every map of the workspace by default.
    out : path
        Folder for ``<map id>.<format>`` and ``index.html``; made when missing. Other files in it are left alone.
    workspace : Workspace, optional
        The one in force by default.
    formats : sequence of {"html", "png", "pdf", "svg"}
        What to write of each map.
    jobs : int, optional
        Processes side by side: the number of processors by default, never more than maps. With 1 everything runs in
        this process, which a script without ``if __name__ == "__main__":`` needs.
    progress : callable, optional
        Called as ``progress(done, total, map_id)``.

    Returns
    -------
    BuildReport
        Maps in gallery order (``order`` of the description, then id); maps that failed with their messages.

    Raises
    ------
    InputError
        Nothing to build, an unknown map, two descriptions with one id, an unknown format, or `jobs` below 1.
    OutputError
        When `out` cannot be written.
    """
    started = time.perf_counter()
    space = workspace or find_workspace()
    wanted = _wanted(map_ids, space)
    chosen = parse_formats(",".join(formats))
    if jobs is not None and jobs < 1:
        raise InputError(f"进程数 {jobs} 不对", where="jobs", expected="≥ 1")
    folder = _writable(Path(out))
    report = progress or (lambda done, total, map_id: None)
    report(0, len(wanted), "")
    maps: list[BuiltMap] = []
    failures: list[FailedMap] = []
    workers = min(jobs or os.cpu_count() or 1, len(wanted))
    for done, result in enumerate(_run(wanted, folder, space, chosen, workers), start=1):
        (maps if isinstance(result, BuiltMap) else failures).append(result)  # type: ignore[arg-type]
        report(done, len(wanted), result.id)
    maps.sort(key=lambda m: (m.order, m.id))
    failures.sort(key=lambda f: f.id)
    gallery = write_atomic(folder / "index.html", gallery_page([m.entry for m in maps])) if maps else None
    return BuildReport(folder, tuple(maps), tuple(failures), gallery, time.perf_counter() - started)


def _wanted(map_ids: Sequence[str | Path] | None, space: Workspace) -> dict[str, str | Path]:
    """Id -> what `load_map_spec` takes; an unknown id is told before any work starts."""
    named: Sequence[str | Path] = space.map_ids if map_ids is None else map_ids
    out: dict[str, str | Path] = {}
    for given in named:
        is_file = isinstance(given, Path) or given.lower().endswith(".toml")
        if not is_file:
            space.map_file(str(given))
        name = Path(given).stem if is_file else str(given)
        if name.lower() == "index":
            raise InputError("地图不能叫“index”，它的网页会被图库 index.html 覆盖", where=str(given), fix="改文件名")
        if name in out and out[name] != given:
            raise InputError(f"两个地图描述的标识都是“{name}”", where=str(given), fix="改其中一个的文件名")
        out[name] = given
    if not out:
        raise InputError("没有地图可生成", where=str(space.roots[0] / "maps"), fix="在 maps/ 中放入 .toml 地图描述")
    return out


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise OutputError(
            f"无法建立输出文件夹（{system_reason(cause)}）",
            where=str(folder),
            fix="换一个位置，或检查路径中是否有同名文件、是否有写权限",
        ) from cause
    return folder


def _run(
    wanted: Mapping[str, str | Path], folder: Path, space: Workspace, formats: tuple[Format, ...], workers: int
) -> Iterator[BuiltMap | FailedMap]:
    """Results as they come; `spawn` because it is what every system has and no state leaks into a worker."""
    if workers == 1:
        for name, given in wanted.items():
            yield _build_one(name, given, folder, space, formats)
        return
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,  # Ctrl-C reaches the whole group; this process answers it, a worker ends its map
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        futures: dict[Future[BuiltMap | FailedMap], str] = {
            pool.submit(_build_one, name, given, folder, space, formats): name for name, given in wanted.items()
        }
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                fault = EnvironmentFault(
                    "制图进程意外结束",
                    where=futures[future],
                    fix="内存不足时用 --jobs 1；在脚本中调用时把调用放进 if __name__ == '__main__': 之内",
                )
                yield FailedMap(futures[future], str(fault), fault.exit_code)
    finally:
        pool.shutdown(cancel_futures=True)


def _build_one(
    name: str, given: str | Path, folder: Path, space: Workspace, formats: tuple[Format, ...]
) -> BuiltMap | FailedMap:
    """Build one map; whatever goes wrong becomes a `FailedMap`, so that the other maps go on."""
    started = time.perf_counter()
    try:
        spec, scene = _settle(given, space)
        paths = _write(scene, {f: folder / f"{name}.{f}" for f in formats})
        files = tuple(BuiltFile(f, p, p.stat().st_size) for f, p in zip(formats, paths, strict=True))
        entry = _entry(scene, files, _thumbnail(scene, files))
    except ChangjiGeoError as fault:
        return FailedMap(name, str(fault), fault.exit_code)
    except Exception as fault:
        if os.environ.get(ENV_DEBUG):
            import traceback

            return FailedMap(name, traceback.format_exc(), _INTERNAL)
        return FailedMap(name, f"程序内部错误：{type(fault).__name__}: {fault}（加 --debug 看详情）。", _INTERNAL)
    return BuiltMap(name, scene.title, files, time.perf_counter() - started, spec.order, entry)


def _settle(given: str | Path, space: Workspace) -> tuple[MapSpec, Scene]:
    """The description and its Scene; a local tile path in it is relative to the description's own folder."""
    name, spec = load_map_spec(given, space)
    return spec, build_scene(spec, map_id=name, workspace=space, base_dir=map_spec_file(given, space).parent)


def _write(scene: Scene, targets: Mapping[Format, Path]) -> tuple[Path, ...]:
    if "html" in targets:
        from changji_geo.render.html import render_html

        render_html(scene, targets["html"])
    printed = [path for name, path in targets.items() if name != "html"]
    if printed:
        from changji_geo.render.static import render_static

        render_static(scene, *printed)
    return tuple(targets.values())


def _thumbnail(scene: Scene, files: Iterable[BuiltFile]) -> bytes:
    """A small picture of the printed map, as PNG with a palette: about 60 KB, the same bytes every time."""
    import io

    from PIL import Image

    with tempfile.TemporaryDirectory() as scratch:
        source = next((f.path for f in files if f.format == "png"), None)
        if source is None:
            source = Path(scratch) / "map.png"
            _write(scene, {"png": source})
        with Image.open(source) as picture:
            picture.load()
            height = round(picture.height * THUMB_WIDTH_PX / picture.width)
            small = picture.convert("RGB").resize((THUMB_WIDTH_PX, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = io.BytesIO()
    small.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _entry(scene: Scene, files: Iterable[BuiltFile], thumbnail: bytes) -> GalleryEntry:
    return GalleryEntry(
        id=scene.id,
        title=scene.title,
        subtitle=scene.subtitle,
        description=scene.description,
        date_text=scene.date_text,
        approval_number=scene.approval_number,
        notices=scene.notices,
        layers=tuple(layer.title for layer in scene.layers if layer.legend),
        files=tuple(GalleryFile(f.format, f.path.name, f.size_bytes) for f in files),
        thumbnail_png=thumbnail,
    )
