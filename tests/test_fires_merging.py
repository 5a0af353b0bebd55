"""Detections of one fire become one: same day, within a pixel, link by link, whatever their order."""

from __future__ import annotations

import datetime
import itertools
import math

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.ellipsoid import geod
from changji_geo.errors import InputError
from changji_geo.monitoring.fires.merging import FIRE_COLUMNS, merge_fires
from changji_geo.monitoring.fires.sensors import SENSORS

LON, LAT = 87.3, 44.1
UTC = datetime.UTC
BEIJING = datetime.timezone(datetime.timedelta(hours=8))


def point(name, east_m=0.0, *, sensor="VIIRS", day=12, hour=6, frp=5.0, counted=None, north_m=0.0, start=(LON, LAT)):
    lon, lat, _ = geod().fwd(*start, 90, east_m)
    lon, lat, _ = geod().fwd(lon, lat, 0, north_m)
    utc = datetime.datetime(2026, 3, day, hour, tzinfo=UTC)
    row = {
        "id": name, "sensor": sensor, "satellite": {"VIIRS": "S-NPP", "MODIS": "Aqua"}[sensor], "utc": utc,
        "beijing": utc.astimezone(BEIJING), "date": utc.astimezone(BEIJING).date(), "lon": lon, "lat": lat,
        "pixel_m": SENSORS[sensor].pixel_m, "frp_mw": frp, "confidence": "n", "version": "2.0NRT",
    }  # fmt: skip
    return (
        row
        if counted is None
        else row
        | {
            "counted": counted,
            "reasons": "" if counted else "低",
            "hints": "",
            "reason_codes": "" if counted else "low_confidence",
        }
    )


def frame(*rows):
    table = pd.DataFrame(list(rows))
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4490")


def partition(points):
    members = merge_fires(points).members
    return {frozenset(ids) for _, ids in members.groupby("fire_id")["id"]}


def groups(*rows):
    return sorted(sorted(g) for g in partition(frame(*rows)))


@pytest.mark.parametrize(
    ("first", "second", "metres", "merged"),
    [
        ("VIIRS", "VIIRS", 374.9, True),
        ("VIIRS", "VIIRS", 375.1, False),
        ("MODIS", "VIIRS", 999.9, True),
        ("MODIS", "VIIRS", 1000.1, False),
        ("VIIRS", "MODIS", 999.9, True),
        ("MODIS", "MODIS", 999.9, True),
        ("MODIS", "MODIS", 1000.1, False),
        ("VIIRS", "VIIRS", 0.0, True),
    ],
)
def test_two_points_are_one_fire_up_to_the_larger_pixel_of_the_two(first, second, metres, merged):
    found = groups(point("a", sensor=first), point("b", metres, sensor=second))
    assert (len(found) == 1) is merged


@pytest.mark.parametrize("north", [374.9, 375.1])
def test_the_distance_is_the_same_to_the_north(north):
    assert (len(groups(point("a"), point("b", north_m=north))) == 1) is (north < 375)


def test_the_exact_pixel_still_counts():
    points = frame(point("a"), point("b", 300))
    _, _, metres = geod().inv(*points.loc[0, ["lon", "lat"]], *points.loc[1, ["lon", "lat"]])
    assert len(partition(points.assign(pixel_m=metres))) == 1
    assert len(partition(points.assign(pixel_m=math.nextafter(metres, 0)))) == 2


def test_another_day_in_beijing_is_another_fire():
    late = point("a", day=12, hour=15)
    assert groups(late, point("b", day=12, hour=16)) == [["a"], ["b"]]
    assert groups(late, point("b", day=11, hour=16)) == [["a", "b"]]


def test_links_join_what_is_far_apart():
    chain = [point(f"p{i}", 300.0 * i) for i in range(6)]
    assert groups(*chain) == [[f"p{i}" for i in range(6)]]
    assert groups(*chain[:2], *chain[3:]) == [["p0", "p1"], ["p3", "p4", "p5"]]


def test_a_modis_pixel_joins_two_viirs_pixels_that_do_not_reach_each_other():
    a, b, m = point("a"), point("b", 1500), point("m", 750, sensor="MODIS")
    assert groups(a, b) == [["a"], ["b"]]
    assert groups(a, b, m) == [["a", "b", "m"]]


def test_what_does_not_count_never_joins_what_does():
    rows = [point("a", counted=True), point("x", 300, counted=False), point("b", 600, counted=True)]
    merged = merge_fires(frame(*rows))
    assert groups(*rows) == [["a"], ["b"], ["x"]]
    assert merged.fires.sort_values("main")[["main", "counted", "reasons"]].values.tolist() == [
        ["a", True, ""], ["b", True, ""], ["x", False, "低"],
    ]  # fmt: skip


def test_a_fire_keeps_its_members_and_stands_at_one_of_them():
    rows = [point("m", sensor="MODIS", hour=5, frp=50), point("v", 400, frp=3, hour=6), point("w", 500, frp=4, hour=7)]
    fire = merge_fires(frame(*rows)).fires.iloc[0]
    assert (fire["detections"], fire["members"], fire["main"]) == (3, "m、v、w", "w")
    assert (fire["lon"], fire["lat"]) == (rows[2]["lon"], rows[2]["lat"])
    assert (fire["satellites"], fire["sensors"], fire["frp_max_mw"]) == ("Aqua、S-NPP", "MODIS、VIIRS", 50)
    assert (fire["times"], fire["confidences"]) == ("13:00、14:00、15:00", "MODIS n、VIIRS n")
    assert (fire["first"].hour, fire["last"].hour) == (13, 15)
    assert fire["merge_rule"] == "same-day-one-pixel"


def test_a_later_pass_does_not_change_the_name_of_a_fire():
    early = [point("a", hour=5), point("b", 300, hour=6)]
    name = merge_fires(frame(*early)).fires["fire_id"][0]
    assert name.startswith("HD-20260312-")
    assert merge_fires(frame(*early, point("c", 600, hour=7))).fires["fire_id"].tolist() == [name]


def test_missing_power_stays_missing_and_does_not_choose_the_main_point():
    fire = merge_fires(frame(point("a", frp=math.nan), point("b", 100, frp=0.0))).fires.iloc[0]
    assert (fire["main"], fire["frp_max_mw"]) == ("b", 0.0)
    assert math.isnan(merge_fires(frame(point("a", frp=math.nan))).fires["frp_max_mw"][0])


def test_no_points_are_no_fires():
    merged = merge_fires(frame(point("a")).iloc[:0])
    assert (len(merged.fires), list(merged.fires.columns)) == (0, [*FIRE_COLUMNS, "geometry"])
    assert len(merged.members) == 0


def test_points_without_a_column_or_with_one_id_twice_are_refused():
    with pytest.raises(InputError, match="缺少列 pixel_m"):
        merge_fires(frame(point("a")).drop(columns="pixel_m"))
    with pytest.raises(InputError, match="编号重复：a"):
        merge_fires(frame(point("a"), point("a", 5000)))


@pytest.mark.parametrize("start", [(179.9999, 10.0), (87.3, 89.5), (87.3, -60.0), (0.0, 0.0)])
def test_points_merge_anywhere_on_earth(start):
    assert groups(point("a", start=start), point("b", 300, start=start)) == [["a", "b"]]
    assert groups(point("a", start=start), point("b", 400, start=start)) == [["a"], ["b"]]


def test_the_callers_frame_is_not_altered_and_the_members_keep_their_order():
    points = frame(point("b", 300), point("a"))
    before = points.copy()
    merged = merge_fires(points)
    assert points.equals(before)
    assert merged.members["id"].tolist() == ["b", "a"]
    assert merged.members.drop(columns="fire_id").equals(before)


def reference(rows):
    """The same by every pair, in plain Python."""
    group = {r["id"]: {r["id"]} for r in rows}
    for a, b in itertools.combinations(rows, 2):
        _, _, metres = geod().inv(a["lon"], a["lat"], b["lon"], b["lat"])
        if a["date"] == b["date"] and metres <= max(a["pixel_m"], b["pixel_m"]):
            joined = group[a["id"]] | group[b["id"]]
            for name in joined:
                group[name] = joined
    return {frozenset(g) for g in group.values()}


POINTS = st.lists(
    st.tuples(
        st.integers(-8, 8), st.integers(-8, 8), st.sampled_from(["MODIS", "VIIRS"]), st.integers(11, 13), st.integers(0, 23)
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(POINTS, st.randoms(use_true_random=False))
def test_the_groups_are_those_of_every_pair_and_no_order_changes_them(places, random):
    rows = [
        point(f"p{i:02d}", x * 140.0, north_m=y * 140.0, sensor=sensor, day=day, hour=hour)
        for i, (x, y, sensor, day, hour) in enumerate(places)
    ]
    points = frame(*rows)
    merged = merge_fires(points)
    assert partition(points) == reference(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    other = merge_fires(points.iloc[order])
    pd.testing.assert_frame_equal(pd.DataFrame(other.fires), pd.DataFrame(merged.fires))
    assert merged.fires["detections"].sum() == len(rows)


def test_a_pixel_one_step_larger_or_smaller_changes_a_group():
    """One deliberate step in the table of pixels: the pairs of the first test fall the other way."""
    for name, metres in (("VIIRS", 375.0), ("MODIS", 1000.0)):
        for step in (-1.0, 1.0):
            pair = frame(point("a", sensor=name), point("b", metres + step / 2, sensor=name))
            right, changed = len(partition(pair)), len(partition(pair.assign(pixel_m=metres + step)))
            assert (right, changed) == ((1, 2) if step < 0 else (2, 1))
