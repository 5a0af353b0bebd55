"""Import and check of 100,000 clues, from the file to the ledger: ``python -m tests.bench.bench_clues [count] [folder] [each]``.

Seeded patches of 0.01 to 20 hectares with 5 to 12 corners, spread over the prefecture's box; half of them in and round the
reserves. They come from a GeoPackage, go into a ledger file, and are checked against the shipped counties, reserves and protected
areas and against water-source zones made up here (two circles round each shipped source). ``phase`` lines are the steps one by one,
``desk`` lines the two functions that the commands call; ``wall`` is what a person waits, ``cpu`` what all threads and
processes used. With ``each`` as third word every check is timed by itself, too.
"""

import datetime
import hashlib
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from changji_geo.catalog import load_layer
from changji_geo.clues.checks.batch import read_batch
from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.running import CHECKS
from changji_geo.clues.desk.checking import check_batches, check_clues, check_event
from changji_geo.clues.desk.importing import import_clues
from changji_geo.clues.desk.workers import Workers
from changji_geo.clues.incoming.planning import plan_import
from changji_geo.clues.incoming.reading import read_clues
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.resources import Workspace, packaged_root

BOXES = ((85.6, 43.2, 91.5, 45.4), (88.0, 43.7, 90.2, 46.0))
KINDS = ("采石场", "旅游设施", "道路", "水电站", "")
AT = datetime.datetime(2026, 3, 16, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
BATCH, ACTOR = "绿盾2025-2", "张三"


def patches(count, seed):
    """Star-shaped patches."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(count):
        west, south, east, north = BOXES[k % 2]
        corners = int(rng.integers(5, 13))
        angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = np.exp(rng.uniform(np.log(1e-4), np.log(3e-3))) * rng.uniform(0.6, 1.0, corners)
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        out.append(shapely.Polygon(np.column_stack([x + 1.4 * radius * np.cos(angle), y + radius * np.sin(angle)])))
    shapes = np.array(out, dtype=object)
    return shapely.make_valid(shapes, method="structure")


def write_file(path, count):
    """The file of clues."""
    columns = {
        "图斑编号": [f"T{k:06d}" for k in range(count)],
        "名称": [f"{KINDS[k % 5] or '地块'}{k}" for k in range(count)],
        "后时相": ["2025-09-01"] * count,
        "活动类型": [KINDS[k % 5] for k in range(count)],
        "备注": ["自动提取"] * count,
    }
    gpd.GeoDataFrame(columns, geometry=patches(count, 20261123), crs=4490).to_file(path, layer="图斑")


def make_workspace(root):
    """The shipped layers and zones round the shipped water sources."""
    shipped = packaged_root()
    centres = load_layer("water_sources", Workspace((shipped,))).frame.representative_point()
    inner = shapely.buffer(centres.array, 0.02, quad_segs=32)
    outer = shapely.difference(shapely.buffer(centres.array, 0.08, quad_segs=64), inner)
    count = len(centres)
    columns = {
        "id": [f"w{k}" for k in range(2 * count)],
        "name": [f"{k}号水源地{level}保护区" for level in ("一级", "二级") for k in range(count)],
    }
    zones = gpd.GeoDataFrame(columns, geometry=[*inner, *outer], crs=4490)
    folder = root / "layers" / "water_source_zones"
    folder.mkdir(parents=True)
    file = folder / "water_source_zones.geojson"
    zones.to_file(file, driver="GeoJSON")
    head = {
        "id": "water_source_zones", "title": "水源保护区（合成）", "geometry": "area", "crs": "EPSG:4490", "source": "合成",
        "licence": "无", "attribution": "合成", "version": "1.0", "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "accuracy": "schematic", "note": "只供测速",
    }  # fmt: skip
    lines = [f'{key} = "{value}"' for key, value in head.items()]
    lines += ["retrieved = 2026-11-23", f"feature_count = {len(zones)}", f"bbox = {zones.total_bounds.tolist()}"]
    for name in columns:
        lines += [
            "[[columns]]",
            f'name = "{name}"',
            f'title = "{name}"',
            'type = "text"',
            'unit = ""',
            f'meaning = "{name}"',
        ]
    (folder / "layer.toml").write_text("\n".join(lines), encoding="utf-8")
    return Workspace((root, shipped))


@contextmanager
def clock(name):
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    yield
    # Processes count once they have ended.
    print(f"{name:<22}{time.perf_counter() - wall:>8.2f} s wall{sum(os.times()[:4]) - cpu:>8.2f} s cpu", flush=True)


def phases(file, path, space):
    """The flow step by step."""
    with clock("phase read"):
        incoming = read_clues(file, batch=BATCH, workspace=space)
    ledger = create_ledger(path)
    with clock("phase plan"):
        plan = plan_import(incoming, ledger.clues(), actor=ACTOR)
    with clock("phase write imports"):
        ledger.append(plan.new_events, at=AT)
    with clock("phase clues"):
        clues = ledger.clues()
    context = build_context(space)
    with clock("phase checks"), Workers() as workers:
        results = check_batches(ledger, clues, context, workers=workers)
    with clock("phase check events"), rest_collector():
        events = [check_event(clue, results[clue.id], actor=ACTOR) for clue in clues]
    with clock("phase write checks"):
        ledger.append(events, at=AT)
    return ledger


def desk(file, path, space):
    """The flow as the commands run it."""
    with create_ledger(path) as ledger, clock("desk import + check"):
        with clock("desk import"):
            import_clues(ledger, file, batch=BATCH, actor=ACTOR, at=AT, workspace=space)
        with clock("desk check"):
            report = check_clues(ledger, actor=ACTOR, at=AT, workspace=space)
    print(f"{report.written:,} check events, layers: {', '.join(use.id for use in report.layers)}")


def each_check(clues, space):
    context, batch = build_context(space), read_batch(clues)
    for name, (_, check) in CHECKS.items():
        with clock(f"check {name}"):
            check(batch, context)


def main(count=100_000, parent=None, each=""):
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        root = Path(folder)
        file, space = root / "线索.gpkg", make_workspace(root / "工作区")
        write_file(file, count)
        print(f"{count:,} clues; target: import + check <= 30 s wall for 100,000 on two idle cores")
        with phases(file, root / "分步.gpkg", space) as ledger:
            with clock("clues() with checks"):
                clues = ledger.clues()
            with clock("verify()"):
                faults = ledger.verify()
            print(f"{len(faults)} faults, {ledger.path.stat().st_size / 1e6:,.0f} MB")
            if each:
                each_check(clues, space)
            del clues
        desk(file, root / "一步.gpkg", space)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:4])
