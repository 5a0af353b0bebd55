"""Imports go one way, every module has its level, and each stays small and to its subject."""

import ast
from pathlib import Path

import changji_geo

PACKAGE = Path(changji_geo.__file__).parent

LEVELS = {
    0: ("archive", "errors", "sample_words", "types"),
    1: (
        "anchors",
        "cellvalue",
        "crs",
        "csvfile",
        "ellipsoid",
        "files",
        "gcj02",
        "geojson",
        "moments",
        "palettes",
        "resources",
        "scratch",
        "specfile",
        "xlsxfile",
    ),
    2: ("gauss_kruger", "gisfile", "layer_description", "series_table", "spatial", "standards", "tablefile", "theme"),
    3: ("catalog", "classify", "scene_model"),
    4: ("indicators", "layer_check", "layer_export", "regions", "scene_frames", "scene_text", "series", "spec"),
    5: ("basemap", "intake", "new_workspace"),
    6: ("clues", "monitoring"),
    7: ("scene", "render"),
    8: ("embedding",),
    9: ("report",),
    10: ("__init__",),
    11: ("cli",),
    12: ("__main__",),
}
"""Level -> modules and rooms. A room is a folder; its modules may import each other, but not in a circle."""


def modules_of(package):
    """Dotted name below the package -> file; a folder's ``__init__`` has the folder's name."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        if "_data" in parts:
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = file
    return found


def imports_of(name, file, modules, package_name):
    """Modules of the package that a file imports, anywhere in it."""
    here = name.split(".") if file.name == "__init__.py" and name != "__init__" else name.split(".")[:-1]
    out = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        targets = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = here[: len(here) - node.level + 1]
                base = ".".join([package_name, *up, *([base] if base else [])])
            targets = [f"{base}.{a.name}" for a in node.names] if base.split(".")[0] == package_name else []
        for target in targets:
            if target.split(".")[0] != package_name:
                continue
            inner = target.split(".")[1:]
            while inner and ".".join(inner) not in modules:
                inner = inner[:-1]
            out.add(".".join(inner) or "__init__")
    return out - {name}


def graph_of(package):
    modules = modules_of(package)
    return {name: imports_of(name, file, modules, package.name) for name, file in modules.items()}


def violations(package, levels):
    """Each as a sentence, sorted."""
    level_of = {room: level for level, rooms in levels.items() for room in rooms}
    graph = graph_of(package)
    out = []
    for name, targets in graph.items():
        room = name.split(".")[0]
        if room not in level_of:
            out.append(f"{name} is not in the table of levels")
            continue
        for target in sorted(targets):
            other = target.split(".")[0]
            if other != room and level_of.get(other, -1) >= level_of[room]:
                out.append(f"{name} ({level_of[room]}) imports {target} ({level_of[other]})")
    return sorted(out) + circles(graph)


def circles(graph):
    """Import circles, one sentence for each way round."""
    out, done = [], set()

    def walk(name, path):
        if name in path:
            ring = path[path.index(name) :]
            start = ring.index(min(ring))
            out.append("circle: " + " -> ".join([*ring[start:], *ring[:start], min(ring)]))
            return
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            walk(target, [*path, name])
        done.add(name)

    for name in sorted(graph):
        walk(name, [])
    return sorted(set(out))


def plant(folder, **files):
    package = folder / "pack"
    for name, text in {"__init__": "", **files}.items():
        file = package.joinpath(*name.split("/")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return package


def test_every_import_goes_down():
    assert violations(PACKAGE, LEVELS) == []


def test_the_table_names_only_what_exists():
    rooms = {name.split(".")[0] for name in modules_of(PACKAGE)}
    assert {room for rooms_of in LEVELS.values() for room in rooms_of} - rooms == set()


def test_the_check_finds_an_import_that_goes_up(tmp_path):
    package = plant(
        tmp_path, catalog="def f():\n    from pack.cli import main\n", **{"cli/main": "", "cli/__init__": ""}
    )
    levels = {0: ("__init__",), 2: ("catalog",), 10: ("cli",)}
    assert violations(package, levels) == ["catalog (2) imports cli.main (10)"]


def test_the_check_finds_an_import_within_a_level(tmp_path):
    package = plant(tmp_path, a="import pack.b", b="")
    assert violations(package, {0: ("__init__",), 1: ("a", "b")}) == ["a (1) imports b (1)"]


def test_the_check_finds_relative_imports(tmp_path):
    package = plant(tmp_path, **{"low": "from .room import x", "room/__init__": "", "room/x": "from ..low import y"})
    assert violations(package, {0: ("__init__",), 1: ("low",), 2: ("room",)})[0] == "low (1) imports room.x (2)"


def test_the_check_finds_a_module_without_a_level(tmp_path):
    assert violations(plant(tmp_path, stray=""), {0: ("__init__",)}) == ["stray is not in the table of levels"]


def test_the_check_finds_a_circle_inside_a_room(tmp_path):
    package = plant(
        tmp_path, **{"room/__init__": "", "room/a": "import pack.room.b", "room/b": "from pack.room import a"}
    )
    assert violations(package, {0: ("__init__",), 1: ("room",)}) == ["circle: room.a -> room.b -> room.a"]


def test_no_module_is_longer_than_it_can_be_read():
    long = {name: n for name, f in modules_of(PACKAGE).items() if (n := len(f.read_text("utf-8").splitlines())) > 420}
    assert long == {}


def calls_of(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def test_only_the_command_line_prints():
    chatty = {n for n, f in modules_of(PACKAGE).items() if n.split(".")[0] != "cli" and "print" in set(calls_of(f))}
    assert chatty == set()


def test_no_renderer_reads_a_file_of_the_workspace():
    """A renderer gets everything from its Scene: it imports no reader, and opens nothing but its own assets."""
    readers = {"catalog", "layer_description", "indicators", "spec", "specfile", "basemap", "scene", "layer_check"}
    graph = graph_of(PACKAGE)
    renderers = [name for name in graph if name.split(".")[0] in ("render", "embedding")]
    assert {(n, t) for n in renderers for t in graph[n] if t.split(".")[0] in readers} == set()
    modules = modules_of(PACKAGE)
    opening = {"open", "read_file", "read_dataframe", "read_csv", "loads"}
    assert {n for n in renderers if n.startswith("render.") and opening & set(calls_of(modules[n]))} == set()


def test_no_path_of_a_machine_and_no_foreign_host_in_the_code():
    wrong = [
        "/" + "home/",
        "/" + "root/",
        "/" + "work/",
        "/" + "tmp/",
        "cdn.jsdelivr",
        "cdnjs.",
        "unpkg.com",
        "code.jquery",
    ]
    found = {
        (str(file.relative_to(PACKAGE)), text)
        for file in [*modules_of(PACKAGE).values(), *PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css")]
        for text in wrong
        if text in file.read_text(encoding="utf-8")
    }
    assert found == set()
