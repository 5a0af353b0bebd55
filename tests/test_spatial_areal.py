"""areal_interpolate: amounts are split and conserved, rates averaged, and the coverage says how much stands behind them."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from changji_geo.ellipsoid import area_m2
from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.spatial.areal import areal_interpolate


def frame(*shapes: shapely.Geometry | None, crs: object = "EPSG:4490", **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def strip(west: float, east: float) -> Polygon:
    """Between two meridians and the same two parallels: areas are as the differences of longitude."""
    return box(west, 44.0, east, 44.1)


def test_amounts_are_split_by_the_share_of_the_source_and_rates_averaged_by_area() -> None:
    source = frame(strip(87.0, 87.3), strip(87.3, 87.4), households=[900, 50], pm25=[40.0, 80.0])
    target = frame(strip(87.0, 87.1), strip(87.1, 87.4))
    found = areal_interpolate(source, target, extensive=["households"], intensive=["pm25"])
    assert found["households"].to_numpy() == pytest.approx([300, 650], rel=1e-9)
    assert found["pm25"].to_numpy() == pytest.approx([40, (2 * 40 + 1 * 80) / 3], rel=1e-9)
    assert found["coverage"].to_numpy() == pytest.approx([1, 1], rel=1e-9)


def test_weights_are_ellipsoidal_areas_not_degrees() -> None:
    halves = [box(87, 43, 88, 44), box(87, 44, 88, 45)]
    found = areal_interpolate(frame(box(87, 43, 88, 45), t=[1.0]), frame(*halves), extensive=["t"])
    assert found["t"].to_numpy() == pytest.approx(area_m2(halves) / area_m2(halves).sum(), rel=1e-9)
    assert found["t"][0] - found["t"][1] == pytest.approx(0.0084, abs=1e-4)


def test_what_is_not_covered_is_neither_counted_nor_scaled_up() -> None:
    source = frame(strip(87.0, 87.2), people=[200.0], rate=[7.0])
    found = areal_interpolate(
        source, frame(strip(87.1, 87.5), strip(88, 89), strip(87.2, 87.3)), extensive=["people"], intensive=["rate"]
    )
    assert found["people"][0] == pytest.approx(100, rel=1e-9)
    assert found["rate"][0] == pytest.approx(7, rel=1e-12)
    assert found["coverage"].to_numpy() == pytest.approx([0.25, 0, 0], rel=1e-9)
    # Neither the far target nor the one that only touches gets a number: no data is not 0.
    assert found.loc[1:, ["people", "rate"]].isna().all(axis=None)


def test_a_missing_value_counts_neither_as_a_number_nor_as_area() -> None:
    source = frame(strip(87.0, 87.1), strip(87.1, 87.4), n=pd.array([30, None], dtype="Int64"), rate=[5.0, 9.0])
    target = frame(strip(87.0, 87.4), strip(87.2, 87.3))
    amounts = areal_interpolate(source, target, extensive=["n"])
    assert amounts["n"][0] == pytest.approx(30, rel=1e-9)
    assert np.isnan(amounts["n"][1])
    assert amounts["coverage"].to_numpy() == pytest.approx([0.25, 0], rel=1e-9)
    rates = areal_interpolate(source, target, intensive="rate")
    assert rates["rate"].to_numpy() == pytest.approx([8, 9], rel=1e-9)
    assert rates["coverage"].to_numpy() == pytest.approx([1, 1], rel=1e-9)
    # With both columns the coverage is that of the sources which have both.
    both = areal_interpolate(source, target, extensive=["n"], intensive=["rate"])
    assert both["coverage"].to_numpy() == pytest.approx([0.25, 0], rel=1e-9)
    assert both["rate"].to_numpy() == pytest.approx([8, 9], rel=1e-9)


def test_overlapping_sources_each_count_in_full() -> None:
    source = frame(strip(87.0, 87.2), strip(87.0, 87.2), n=[10.0, 30.0])
    found = areal_interpolate(source, frame(strip(87.0, 87.2)), extensive=["n"])
    assert found["n"][0] == pytest.approx(40, rel=1e-9)
    assert found["coverage"][0] == pytest.approx(2, rel=1e-9)


def test_holes_and_parts_are_respected() -> None:
    ring = Polygon(strip(87.0, 87.4).exterior, [box(87.1, 44.02, 87.3, 44.08).exterior.coords])
    pair = MultiPolygon([strip(88.0, 88.1), strip(88.3, 88.4)])
    found = areal_interpolate(
        frame(ring, pair, n=[5.0, 8.0]), frame(box(87.1, 44.02, 87.3, 44.08), strip(88.2, 88.5)), extensive=["n"]
    )
    assert np.isnan(found["n"][0])
    assert found["n"][1] == pytest.approx(4, rel=1e-9)


def test_missing_and_empty_areas_give_nothing() -> None:
    source = frame(strip(87.0, 87.1), None, Polygon(), n=[1.0, 2.0, 4.0])
    found = areal_interpolate(source, frame(strip(87.0, 87.1), None, Polygon()), extensive=["n"])
    assert found["n"][0] == pytest.approx(1, rel=1e-9)
    assert found.loc[1:, ["n", "coverage"]].isna().all(axis=None)


def test_an_empty_frame_on_either_side() -> None:
    nothing = areal_interpolate(frame(strip(87, 88), n=[1.0]).iloc[:0], frame(strip(87, 88)), extensive=["n"])
    assert np.isnan(nothing["n"][0])
    assert nothing["coverage"].tolist() == [0.0]
    none = areal_interpolate(frame(strip(87, 88), n=[1.0]), frame(strip(87, 88)).iloc[:0], extensive=["n"])
    assert list(none.columns) == ["geometry", "n", "coverage"]
    assert len(none) == 0


def test_any_pair_of_crs_gives_the_same_figures() -> None:
    source, target = frame(strip(87.0, 87.02), n=[100.0]), frame(strip(87.01, 87.03), strip(87.0, 87.005))
    degrees = areal_interpolate(source, target, extensive=["n"])
    projected = areal_interpolate(source.to_crs(32645), target.to_crs(4517), extensive=["n"])
    # Edges of a projected frame go straight between vertices converted one by one; the parallels here are short.
    assert projected["n"].to_numpy() == pytest.approx(degrees["n"].to_numpy(), rel=1e-6)


def test_rows_index_crs_and_the_given_frames_are_left_alone() -> None:
    source = frame(strip(87.0, 87.1), strip(87.1, 87.2), n=[1.0, 2.0]).set_axis(["x", "x"])
    target = frame(strip(87.1, 87.2), strip(87.0, 87.1), 名称=["东", "西"]).set_axis([9, 4]).to_crs(4517)
    before = source.copy(), target.copy()
    found = areal_interpolate(source, target, extensive=["n"])
    assert list(found.columns) == ["名称", "geometry", "n", "coverage"]
    assert found["n"].round(6).to_dict() == {9: 2.0, 4: 1.0}
    assert found.crs == target.crs
    pd.testing.assert_frame_equal(source, before[0])
    pd.testing.assert_frame_equal(target, before[1])


def test_bad_requests_are_refused() -> None:
    source = frame(strip(87, 88), n=[1.0], 浓度=["0.05L"], flag=[True])
    target = frame(strip(87, 88), level=[3])
    with pytest.raises(LayerError, match="源图层：列“浓度”不是数字（类型 .*，如“0.05L”）。应为：数字列，缺测留空。"):
        areal_interpolate(source, target, intensive=["浓度"])
    with pytest.raises(LayerError, match="源图层：列“flag”不是数字（类型 bool）"):
        areal_interpolate(source, target, extensive=["flag"])
    with pytest.raises(LayerError, match="源图层：没有列“浓渡”"):
        areal_interpolate(source, target, intensive=["浓渡"])
    with pytest.raises(LayerError, match="目标图层：已有列“n”，结果会重名"):
        areal_interpolate(source, target.rename(columns={"level": "n"}), extensive=["n"])
    with pytest.raises(LayerError, match="目标图层：已有列“coverage”"):
        areal_interpolate(source, target.rename(columns={"level": "coverage"}), extensive=["n"])
    with pytest.raises(InputError, match="列“n”给出了两次。应为：每列只属于 extensive"):
        areal_interpolate(source, target, extensive=["n"], intensive=["n"])
    with pytest.raises(InputError, match="没有指定要换算的列"):
        areal_interpolate(source, target)
    with pytest.raises(CRSError, match="源图层：没有坐标系信息"):
        areal_interpolate(frame(strip(87, 88), crs=None, n=[1.0]), target, extensive=["n"])
    with pytest.raises(LayerError, match="目标图层：第 1 个要素（索引 0）不是面，而是点"):
        areal_interpolate(source, frame(Point(87, 44)), extensive=["n"])


CUTS = st.lists(st.floats(0.02, 0.98), max_size=5, unique=True).map(lambda cuts: [0.0, *sorted(cuts), 1.0])
SHAPES = st.builds(
    lambda x, y, w, h, k: Polygon([(x, y), (x + w, y + k * h), (x + w, y + h), (x + w / 3, y + h)]),
    st.floats(87.05, 87.5), st.floats(44.05, 44.5), st.floats(0.01, 0.4), st.floats(0.01, 0.4), st.floats(0, 0.9),
)  # fmt: skip


@given(st.lists(SHAPES, min_size=1, max_size=4), CUTS, CUTS, st.data())
@settings(max_examples=40, deadline=None)
def test_a_tiling_that_covers_the_sources_conserves_every_amount(
    shapes: list[Polygon], across: list[float], up: list[float], data: st.DataObject
) -> None:
    amounts = data.draw(st.lists(st.floats(0, 1e6), min_size=len(shapes), max_size=len(shapes)))
    tiles = [
        box(87 + west, 44 + south, 87 + east, 44 + north)
        for west, east in itertools.pairwise(across)
        for south, north in itertools.pairwise(up)
    ]
    found = areal_interpolate(frame(*shapes, n=amounts, rate=[6.5] * len(shapes)), frame(*tiles), extensive=["n"], intensive=["rate"])  # fmt: skip
    assert found["n"].sum() == pytest.approx(sum(amounts), rel=1e-8, abs=1e-9)
    assert found["rate"].dropna().to_numpy() == pytest.approx(6.5, rel=1e-12)
    covered = (found["coverage"] * area_m2(found.geometry)).sum()
    assert covered == pytest.approx(area_m2(shapes).sum(), rel=1e-8)
