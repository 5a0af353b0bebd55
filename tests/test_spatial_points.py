"""Points get their zone by one rule, and zones the figures of their points; frames of any CRS, never a missing one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, box

from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.spatial.attach import take_rows
from changji_geo.spatial.points import aggregate_points, join_points, zone_of_points
from changji_geo.spatial.threads import in_threads

SQUARES = [box(87, 44, 88, 45), box(88, 44, 89, 45)]


def zones(shapes=SQUARES, crs="EPSG:4490", **columns):
    data = columns or {"code": [652301, 652302][: len(shapes)], "county": ["昌吉市", "阜康市"][: len(shapes)]}
    return gpd.GeoDataFrame(data, geometry=shapes, crs=crs)


def points(*shapes, crs="EPSG:4490", index=None, **columns):
    columns = columns or {"site": [f"点{i}" for i in range(len(shapes))]}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs, index=index)


def test_each_point_gets_the_columns_of_its_zone():
    sites = points(Point(88.5, 44.5), Point(87.5, 44.5), index=[17, 4])
    out = join_points(sites, zones())
    assert list(out.columns) == ["site", "geometry", "code", "county"]
    assert out["county"].to_dict() == {17: "阜康市", 4: "昌吉市"}
    assert out["code"].dtype == np.int64
    assert out.crs == sites.crs
    assert out.geometry.tolist() == sites.geometry.tolist()
    assert list(sites.columns) == ["site", "geometry"]


def test_a_point_on_a_border_or_corner_belongs_to_the_first_zone():
    sites = points(Point(88, 44.5), Point(88, 44), Point(87, 44.2), Point(89, 45))
    assert join_points(sites, zones())["county"].tolist() == ["昌吉市", "昌吉市", "昌吉市", "阜康市"]
    turned = zones().iloc[::-1]
    assert join_points(sites, turned)["county"].tolist() == ["阜康市", "阜康市", "昌吉市", "阜康市"]


def test_where_zones_overlap_the_first_one_counts():
    core = zones([box(87, 44, 88, 45), box(87.4, 44.4, 87.6, 44.6)], name=["全区", "核心区"])
    assert join_points(points(Point(87.5, 44.5)), core, columns=["name"])["name"].tolist() == ["全区"]
    assert join_points(points(Point(87.5, 44.5)), core.iloc[::-1])["name"].tolist() == ["核心区"]


def test_a_point_in_a_hole_is_outside():
    ring = box(87, 44, 88, 45) - box(87.4, 44.4, 87.6, 44.6)
    sites = points(Point(87.5, 44.5), Point(87.4, 44.5), Point(87.1, 44.1))
    assert zone_of_points(sites, zones([ring])).tolist() == [-1, 0, 0]


def test_outside_missing_and_empty_points_keep_their_rows_with_missing_values():
    sites = points(Point(10, 10), None, Point(), Point(87.5, 44.5))
    out = join_points(sites, zones(code=[1, 2], flag=[True, False], share=[0.5, 1.5], name=["甲", "乙"]))
    assert len(out) == 4
    assert out[["code", "flag", "share", "name"]].isna().all(axis=1).tolist() == [True, True, True, False]
    assert (str(out["code"].dtype), str(out["flag"].dtype), out["share"].dtype) == ("Int64", "boolean", np.float64)
    assert out.iloc[3][["code", "flag", "share", "name"]].tolist() == [1, True, 0.5, "甲"]


def test_inner_drops_the_points_outside_and_keeps_the_types():
    sites = points(Point(10, 10), Point(88.5, 44.5), index=["a", "b"])
    out = join_points(sites, zones(), how="inner")
    assert out.index.tolist() == ["b"]
    assert out["code"].tolist() == [652302]
    assert out["code"].dtype == np.int64
    with pytest.raises(InputError, match="how = “outer”不能用.*left"):
        join_points(sites, zones(), how="outer")


def test_empty_frames_keep_their_columns():
    out = join_points(points(), zones())
    assert (len(out), list(out.columns)) == (0, ["site", "geometry", "code", "county"])
    assert len(join_points(points(), zones(), how="inner")) == 0
    none = join_points(points(Point(87.5, 44.5)), zones().iloc[:0])
    assert none["code"].isna().tolist() == [True]
    assert join_points(points(Point(87.5, 44.5)), zones([None, box(87, 44, 88, 45)]))["code"].tolist() == [652302]


def test_points_are_taken_to_the_crs_of_the_zones():
    # 29th zone: central meridian 87°; a zone edge straight in metres bows in degrees, so the CRS of the zones decides.
    edge = zones([box(29_400_000, 4_870_000, 29_500_000, 4_980_000), box(29_500_000, 4_870_000, 29_600_000, 4_980_000)])
    edge = edge.set_crs("EPSG:4517", allow_override=True)
    sites = points(Point(86.99999, 44.2), Point(87.00001, 44.2), Point(87, 50))
    assert zone_of_points(sites, edge).tolist() == [0, 1, -1]
    assert zone_of_points(sites.to_crs("EPSG:3857"), edge).tolist() == [0, 1, -1]
    # Along the south edge, 100 km from the meridian, the straight line in metres lies 600 m from the parallel's arc.
    south = gpd.GeoSeries([Point(29_400_000, 4_870_000 + 1), Point(29_450_000, 4_870_000 - 1)], crs="EPSG:4517")
    assert zone_of_points(gpd.GeoDataFrame(geometry=south.to_crs(4490)), edge).tolist() == [0, -1]


def test_wgs84_and_cgcs2000_degrees_are_the_same_place():
    sites = points(Point(88, 44.5), Point(87.00000001, 44.00000001), Point(86.99999999, 44.5), crs="EPSG:4326")
    assert zone_of_points(sites, zones()).tolist() == [0, 0, -1]


def test_a_missing_crs_is_refused_on_either_side():
    bare = points(Point(87.5, 44.5), crs=None)
    with pytest.raises(CRSError, match="点图层：没有坐标系信息"):
        join_points(bare, zones())
    with pytest.raises(CRSError, match="面图层：没有坐标系信息"):
        join_points(points(Point(87.5, 44.5)), zones(crs=None))


def test_degrees_labelled_as_metres_are_reported_with_their_row():
    with pytest.raises(CRSError, match=r"点图层：第 2 个要素（索引 1）的坐标无法从"):
        join_points(points(Point(500000, 4870000), Point(1e12, 1e12), crs="EPSG:4538"), zones())


def test_several_points_in_one_feature_are_refused_with_the_row():
    sites = points(Point(87.5, 44.5), MultiPoint([(87, 44), (88, 44)]), index=[5, 9])
    with pytest.raises(LayerError, match=r"点图层：第 2 个要素（索引 9）是 MultiPoint。.*explode"):
        join_points(sites, zones())


def test_lines_and_invalid_zones_are_refused_with_the_row():
    bow_tie = shapely.Polygon([(87, 44), (88, 45), (88, 44), (87, 45)])
    with pytest.raises(LayerError, match=r"面图层：第 2 个要素（索引 1）的几何无效（Self-intersection.*先修复"):
        join_points(points(Point(87.5, 44.5)), zones([SQUARES[0], bow_tie]))
    with pytest.raises(LayerError, match=r"第 1 个要素（索引 0）不是面，而是线"):
        join_points(points(Point(87.5, 44.5)), zones([shapely.LineString([(87, 44), (88, 44)])]))


def test_a_clash_of_names_and_an_unknown_column_are_refused():
    sites = points(Point(87.5, 44.5), county=["?"], pm25=[1.0])
    with pytest.raises(LayerError, match="点图层：已有列“county”，结果会重名"):
        join_points(sites, zones())
    assert join_points(sites, zones(), columns=["code"])["code"].tolist() == [652301]
    with pytest.raises(LayerError, match="面图层：没有列“cod”.*是不是“code”？"):
        join_points(sites, zones(), columns=["cod"])


@given(st.integers(0, 2**32 - 1), st.sampled_from(["left", "inner"]))
@settings(max_examples=40, deadline=None)
def test_left_keeps_the_row_count_and_inner_only_what_a_zone_covers(seed, how):
    rng = np.random.default_rng(seed)
    shapes = shapely.points(rng.integers(86 * 4, 90 * 4, 50) / 4, rng.integers(43 * 4, 46 * 4, 50) / 4)
    sites = points(*shapes, index=rng.permutation(50), n=np.arange(50))
    out = join_points(sites, zones(), how=how)
    covering = np.array([[z.covers(p) for z in SQUARES] for p in shapes])
    expected = np.where(covering.any(axis=1), covering.argmax(axis=1), -1)
    kept = np.arange(50) if how == "left" else np.flatnonzero(expected >= 0)
    assert out["n"].tolist() == kept.tolist()
    assert out.index.tolist() == sites.index[kept].tolist()
    assert out["county"].map({"昌吉市": 0, "阜康市": 1}).fillna(-1).tolist() == expected[kept].tolist()


def measured(values, weights=None, where=None):
    columns = {"pm25": values} | ({} if weights is None else {"w": weights})
    return points(*(where or [Point(87.5, 44.5)] * len(values)), **columns)


def test_statistics_worked_out_on_paper():
    sites = measured([10.0, 40.0, 20.0, 30.0, np.nan])
    asked = ["count", "mean", "min", "max", "sum", "median", "p90", "p0", "p100", "p97.5"]
    out = aggregate_points(zones(), sites, {"pm25": asked})
    row = out.iloc[0][[f"pm25_{name}" for name in asked]].tolist()
    # Of 4 values the 90th percentile is at place 1 + 3 x 0.9 = 3.7: 30 + 0.7 x 10.
    assert row == pytest.approx([4, 25, 10, 40, 100, 25, 37, 10, 40, 39.25])
    assert out["count"].tolist() == [5, 0]
    assert out.iloc[1][[f"pm25_{name}" for name in asked]].isna().tolist() == [False] + [True] * 9
    assert out["pm25_count"].tolist() == [4, 0]
    assert list(out.columns)[:3] == ["code", "county", "geometry"]
    assert list(zones().columns) == ["code", "county", "geometry"]


def test_without_statistics_points_are_counted():
    out = aggregate_points(zones(), measured([1.0, 2.0], where=[Point(88, 44.5), Point(9, 9)]), {})
    assert out["count"].tolist() == [1, 0]
    assert list(out.columns) == ["code", "county", "geometry", "count"]
    assert aggregate_points(zones(), measured([]), {"pm25": "mean"})["count"].tolist() == [0, 0]
    assert len(aggregate_points(zones().iloc[:0], measured([1.0]), {"pm25": ["mean", "p5"]})) == 0


def test_weights_act_on_mean_and_sum_only():
    sites = measured([10.0, 20.0, 90.0, np.nan], [1.0, 3.0, np.nan, 5.0])
    out = aggregate_points(zones(), sites, {"pm25": ["mean", "sum", "max", "count"]}, weights="w").iloc[0]
    assert out["pm25_mean"] == pytest.approx((10 + 60) / 4)
    assert (out["pm25_sum"], out["pm25_max"], out["pm25_count"]) == (70, 90, 3)
    none = aggregate_points(zones(), measured([10.0], [0.0]), {"pm25": ["mean", "sum"]}, weights="w").iloc[0]
    assert np.isnan(none["pm25_mean"])
    assert none["pm25_sum"] == 0


def test_whole_numbers_yes_no_and_nullable_columns_are_numbers():
    sites = points(*[Point(87.5, 44.5)] * 3, n=pd.array([1, None, 4], dtype="Int64"), ok=[True, True, False])
    out = aggregate_points(zones(), sites, {"n": "mean", "ok": "mean"}).iloc[0]
    assert out[["n_mean", "ok_mean"]].tolist() == pytest.approx([2.5, 2 / 3])


def test_what_cannot_be_summarised_is_refused():
    with pytest.raises(InputError, match="不认识的统计量“avg”.*count、mean"):
        aggregate_points(zones(), measured([1.0]), {"pm25": "avg"})
    with pytest.raises(InputError, match="不认识的统计量“p101”"):
        aggregate_points(zones(), measured([1.0]), {"pm25": ["p101"]})
    with pytest.raises(InputError, match="点图层：列“pm25”不是数值"):
        aggregate_points(zones(), measured(["12"]), {"pm25": "mean"})
    with pytest.raises(InputError, match=r"第 2 个要素（索引 1）的“pm25”是无穷大"):
        aggregate_points(zones(), measured([1.0, np.inf]), {"pm25": "mean"})
    with pytest.raises(InputError, match=r"第 1 个要素（索引 0）的权重“w”是 -1"):
        aggregate_points(zones(), measured([1.0], [-1.0]), {"pm25": "mean"}, weights="w")
    with pytest.raises(LayerError, match="没有列“pm2.5”.*是不是“pm25”"):
        aggregate_points(zones(), measured([1.0]), {"pm2.5": "mean"})
    with pytest.raises(LayerError, match="面图层：已有列“count”"):
        aggregate_points(zones(count=[1, 2]), measured([1.0]), {})


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 7, 60]))
@settings(max_examples=40, deadline=None)
def test_statistics_agree_with_pandas_zone_by_zone(seed, count):
    rng = np.random.default_rng(seed)
    where = [Point(x, 44.5) for x in rng.uniform(86.5, 89.5, count)]
    values = np.where(rng.random(count) < 0.2, np.nan, rng.integers(-5, 6, count).astype(float))
    sites = measured(values, where=where)
    out = aggregate_points(zones(), sites, {"pm25": ["mean", "sum", "median", "p5", "p98"]})
    for k, square in enumerate(SQUARES):
        inside = pd.Series(values[[square.covers(p) for p in where]]).dropna()
        expected = [inside.mean(), inside.sum(min_count=1), inside.median(), *inside.quantile([0.05, 0.98])]
        assert out.iloc[k, -5:].to_numpy(dtype=float) == pytest.approx(expected, nan_ok=True)
    assert out["pm25_sum"].sum() == pytest.approx(
        np.nansum(np.where([any(s.covers(p) for s in SQUARES) for p in where], values, 0))
    )


def test_taken_rows_keep_their_type_unless_one_is_missing():
    categories = pd.Series(["甲", "乙"], dtype="category")
    assert take_rows(categories, np.array([1, -1])).tolist() == ["乙", np.nan]
    assert str(take_rows(pd.Series([1, 2], dtype="int16"), np.array([0, -1])).dtype) == "Int16"
    assert take_rows(pd.Series([1, 2], dtype="uint8"), np.array([1, 0])).dtype == "uint8"
    days = pd.Series(pd.to_datetime(["2026-03-01"]))
    assert pd.isna(take_rows(days, np.array([-1, 0]))).tolist() == [True, False]


def test_threads_give_the_same_as_one_call():
    shapes = shapely.points(np.arange(40_000), 0.5)
    assert np.array_equal(in_threads(shapely.get_x, shapes), np.arange(40_000))


def test_threads_take_several_arrays_and_put_rows_side_by_side():
    shapes = shapely.points(np.arange(10), 0.5)
    assert in_threads(shapely.distance, shapes, shapes[::-1], block=3).tolist() == [9, 7, 5, 3, 1, 1, 3, 5, 7, 9]
    both = in_threads(lambda some: np.stack([shapely.get_x(some), shapely.get_y(some)]), shapes, block=4)
    assert both.tolist() == [list(range(10)), [0.5] * 10]
    assert in_threads(shapely.is_valid, shapes[:0]).tolist() == []
