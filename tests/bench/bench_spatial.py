"""Joins against geopandas and sedonadb, in turn, one process: ``python tests/bench/bench_spatial.py [runs] [--quick]``.

Same seeded input for all; results are compared before any time is printed. Zones are read afresh for each run, so nobody
profits from what an earlier run prepared. A run that took over 5 s is not repeated. ``--quick``: a tenth of the input.
"""

import argparse
import statistics
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from changji_geo import load_layer
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.spatial.overlay import overlay_shares
from changji_geo.spatial.points import join_points
from changji_geo.spatial.zone_index import build_zone_index, cells_for, locate_points

try:
    import sedonadb
except ImportError:
    sedonadb = None

CRS = "EPSG:4490"
SLOW_S = 5.0
GAP = 1e-9
GEOD_NOISE_M2 = 1e-3
"""`pyproj.Geod` sums areas down to the equator; parcels keep 5e-4 m² of rounding, whatever their size."""


def counties():
    return load_layer("counties").frame[["id", "geometry"]]


def voronoi(count=300):
    """A tiling of the prefecture's two blocks into about `count` zones."""
    whole = shapely.union_all(counties().geometry.array)
    west, south, east, north = whole.bounds
    seeds = np.random.default_rng(3).uniform((west, south), (east, north), (count * 2, 2))
    seeds = seeds[shapely.intersects_xy(whole, *seeds.T)][:count]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=whole))
    zones = shapely.intersection(cells, whole)
    return gpd.GeoDataFrame({"id": [f"z{i}" for i in range(len(zones))]}, geometry=zones, crs=CRS)


def wiggly(vertices=50_000):
    """The counties with about `vertices` vertices each, borders bent by waves of 0.4 to 6 km, neighbours still touching."""
    frame = counties()
    step = float(shapely.length(frame.geometry.array).mean()) / vertices * 1.12

    def bend(xy):
        out = xy.copy()
        for length, turn in ((0.07, 0.3), (0.021, 1.1), (0.0052, 2.0)):
            phase = xy @ (np.array([np.cos(turn), np.sin(turn)]) * 2 * np.pi / length)
            out += 0.03 * length * np.column_stack([np.sin(phase), np.cos(1.3 * phase)])
        return out

    bent = shapely.transform(shapely.segmentize(frame.geometry.array, step), bend)
    return frame.set_geometry(gpd.GeoSeries(shapely.make_valid(bent), crs=CRS))


def random_points(zones, count):
    west, south, east, north = zones.total_bounds
    rng = np.random.default_rng(1)
    xy = rng.uniform((west, south), (east, north), (count, 2))
    return gpd.GeoDataFrame({"v": rng.normal(size=count)}, geometry=shapely.points(xy), crs=CRS)


def parcels(zones, count):
    """Polygons of 5 to 30 vertices, 50 to 500 m across, anywhere in the extent; every third is L- or U-shaped."""
    rng = np.random.default_rng(2)
    west, south, east, north = zones.total_bounds
    number = rng.integers(5, 31, count)
    owner = np.repeat(np.arange(count), number)
    place = np.arange(len(owner)) - (np.cumsum(number) - number)[owner]
    angle = (place + rng.uniform(0.05, 0.95, len(owner))) * 2 * np.pi / number[owner]
    radius = rng.uniform(25, 250, count)
    ring = radius[owner] * rng.uniform(0.6, 1.0, len(owner))
    unit = np.column_stack([np.cos(angle), np.sin(angle)]) * ring[:, None]
    centre = rng.uniform((west, south), (east, north), (count, 2))
    degrees = np.array([1 / 80_000, 1 / 111_000])
    shapes = shapely.polygons(shapely.linearrings(centre[owner] + unit * degrees, indices=owner))
    third = np.arange(0, count, 3)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (0.4, 1), (0.4, -0.5), (-0.5, -0.5), (-0.5, 0.8), (-1, 0.8)])
    shapes[third] = shapely.polygons(centre[third, None] + corners * (0.7 * radius[third, None, None]) * degrees)
    return gpd.GeoDataFrame({"fid": np.arange(count)}, geometry=shapes, crs=CRS)


def fresh(frame):
    return frame.set_geometry(
        gpd.GeoSeries(shapely.from_wkb(frame.geometry.to_wkb()), crs=frame.crs, index=frame.index)
    )


def sedona_sql(tables, query, loaded):
    """A function that runs a query; with `loaded` the tables are put into sedonadb's own format beforehand."""
    session = sedonadb.connect()
    names = list(tables)

    def load(**frames):
        for name, frame in frames.items():
            session.create_data_frame(frame).to_memtable().to_view(name, overwrite=True)

    if loaded:
        load(**tables)
        return lambda *_: session.sql(query).execute()
    return lambda *frames: (load(**dict(zip(names, frames, strict=True))), session.sql(query).execute())


def measure(contestants, runs, inputs):
    """Median seconds and the last result of each contestant, in turn."""
    times, results = {name: [] for name in contestants}, {}
    for _ in range(runs):
        for name, work in contestants.items():
            if times[name] and times[name][-1] > SLOW_S:
                continue
            given = inputs()
            start = time.perf_counter()
            results[name] = work(*given)
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}, results


def report(case, ours, peers, times):
    for peer in peers:
        if times.get(peer) is None:
            print(f"{case:<34}{times[ours]:>9.3f} s  {peer:<34}{'未安装':>9}")
        else:
            print(
                f"{case:<34}{times[ours]:>9.3f} s  {peer:<34}{times[peer]:>9.3f} s{times[peer] / times[ours]:>8.1f} x"
            )
        case = ""


def compare_points(name, zones, count, runs):
    points = random_points(zones, count)

    def kernel(x, y, zones):
        return locate_points(build_zone_index(np.asarray(zones.geometry.array), cells_for(len(x))), x, y)

    query = "SELECT p.v, z.id FROM p LEFT JOIN z ON ST_Intersects(p.geometry, z.geometry)"
    contestants = {
        "ours": join_points,
        "geopandas.sjoin": lambda p, z: gpd.sjoin(p, z, how="left", predicate="within"),
    }
    if sedonadb:
        contestants["sedonadb, from the frame"] = sedona_sql({"p": points, "z": zones}, query, loaded=False)
        contestants["sedonadb, tables loaded"] = sedona_sql({"p": points, "z": zones}, query, loaded=True)
    times, results = measure(contestants, runs, lambda: (points, fresh(zones)))
    x, y = shapely.get_coordinates(points.geometry.array).T.copy()
    kernel_times, found = measure({"kernel": kernel}, runs, lambda: (x, y, fresh(zones)))
    expected = results["geopandas.sjoin"]
    expected = expected[~expected.index.duplicated()]["id"]
    assert results["ours"]["id"].fillna("").tolist() == expected.fillna("").tolist()
    assert zones["id"].reindex(found["kernel"]).fillna("").tolist() == expected.fillna("").tolist()
    case = f"点 {count:,} × {name}"
    report(case, "ours", ["geopandas.sjoin", "sedonadb, from the frame"], times)
    report("  坐标数组（建索引＋查询）", "kernel", ["sedonadb, tables loaded"], times | kernel_times)


def overlay_areas(features, zones):
    out = gpd.overlay(features, zones, how="intersection", keep_geom_type=True)
    return out.assign(area_m2=area_m2(out.geometry.array))


def compare_overlay(name, zones, count, runs, sedona=True):
    features = parcels(zones, count)
    query = "SELECT f.fid, z.id, ST_Area(ST_Intersection(f.geometry, z.geometry)) a FROM f JOIN z ON ST_Intersects(f.geometry, z.geometry)"
    contestants = {
        "ours": lambda f, z: overlay_shares(f, z, feature_id="fid", zone_id="id"),
        "geopandas.overlay + area_m2": overlay_areas,
    }
    if sedonadb and sedona:
        contestants["sedonadb, tables loaded, flat area"] = sedona_sql({"f": features, "z": zones}, query, loaded=True)
    times, results = measure(contestants, runs, lambda: (features, fresh(zones)))
    check_areas(results["ours"], results["geopandas.overlay + area_m2"], features)
    peers = ["geopandas.overlay + area_m2", *(["sedonadb, tables loaded, flat area"] if sedona else [])]
    report(f"面 {count:,} × {name}", "ours", peers, times)
    floor, _ = measure(
        {"floor": flat_areas}, runs, lambda: (np.concatenate([features.geometry.array, zones.geometry.array]),)
    )
    report_floor(floor["floor"], times["geopandas.overlay + area_m2"])


def flat_areas(shapes):
    """What no method can do without: read all coordinates, and one pass for the areas, the plainest there is."""
    shapely.get_coordinates(shapes)
    return shapely.area(shapes)


def report_floor(seconds, peer):
    print(
        f"{'  物理下限（取坐标＋一遍面积）':<34}{seconds:>9.3f} s  {'此时 geopandas.overlay 为其':<34}{'':>11}{peer / seconds:>8.1f} x"
    )


def check_areas(ours, oracle, features):
    """Areas equal those of plain intersections to 1e-9 of the feature, and a sample those of pyproj.Geod."""
    own = pd.Series(area_m2(features.geometry.array), index=features["fid"])
    plain = oracle.groupby(["fid", "id"])["area_m2"].sum()
    both = ours.set_index(["feature_id", "zone_id"])["area_m2"].rename_axis(["fid", "id"])
    gap = (
        both.sub(plain, fill_value=0.0).abs()
        / own.reindex(both.index.union(plain.index).get_level_values(0)).to_numpy()
    )
    assert gap.max() < GAP, gap.nlargest(3)
    share = ours.groupby("feature_id")["share"].sum()
    assert share.max() < 1 + GAP
    for row in oracle.sample(300, random_state=0).itertuples():
        shape = shapely.segmentize(shapely.orient_polygons(row.geometry), 1e-4)
        densified = abs(geod().geometry_area_perimeter(shape)[0])
        assert abs(densified - both[row.fid, row.id]) < GAP * own[row.fid] + GEOD_NOISE_M2


def main(runs, quick):
    part = 10 if quick else 1
    layers = {"7 县市": counties(), "300 泰森分区": voronoi(), "7 区，每区约 5 万顶点": wiggly()}
    for name, zones in layers.items():
        vertices = shapely.get_num_coordinates(zones.geometry.array)
        print(f"{name}：{len(zones)} 区，{vertices.sum():,} 个顶点，最多 {vertices.max():,}")
    print(f"\n{'':<34}{'ours':>11}  {'peer':<34}{'':>11}{'ratio':>10}")
    for name, zones in layers.items():
        compare_points(name, zones, 1_000_000 // part, runs)
    for name, zones in layers.items():
        count = 10_000 if zones is layers["7 区，每区约 5 万顶点"] else 100_000
        compare_overlay(name, zones, count // part, runs, sedona=zones is layers["7 县市"])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("runs", nargs="?", type=int, default=3)
    arguments.add_argument("--quick", action="store_true")
    given = arguments.parse_args()
    main(given.runs, given.quick)
