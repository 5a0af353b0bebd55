"""Polygons over zones: how much of each feature lies in each zone, in ellipsoidal square metres and as a share."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from changji_geo.crs import to_cgcs2000
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import LayerError, near_match
from changji_geo.spatial.boxes import pair_boxes
from changji_geo.spatial.clip import clip_pairs
from changji_geo.spatial.polygons import feature_words, require_polygons
from changji_geo.spatial.threads import in_threads
from changji_geo.spatial.zone_index import build_zone_index, cells_for

_FEATURES, _ZONES = "要素图层", "面图层"

_ROUNDING = 1e-9
"""A piece smaller than this share of both its feature and its zone is rounding along a common border."""


def overlay_shares(
    features: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    feature_id: str | None = None,
    zone_id: str | None = None,
) -> pd.DataFrame:
    """Area of each feature within each zone, and the share of the feature's own area.

    Parameters
    ----------
    features : GeoDataFrame
        Valid polygons in any CRS; not altered. They may overlap.
    zones : GeoDataFrame
        Valid polygons in any CRS; not altered. They may overlap and leave gaps.
    feature_id, zone_id : str, optional
        Columns that name the features and zones, unique and without gaps; the index labels by default.

    Returns
    -------
    DataFrame
        One row for each pair that shares an area, in the order of the features, then of the zones; RangeIndex. Columns
        ``feature_id``, ``zone_id``, ``area_m2`` (ellipsoidal area on CGCS2000, 椭球面积), ``share`` (of the feature's own area,
        0 to 1). Pairs that only touch have no row, nor have features outside all zones, missing or empty ones. The shares of
        a feature add up to 1 (to 1e-9) where zones that do not overlap cover it.

    Raises
    ------
    CRSError
        When a frame has no CRS, or coordinates that cannot be in it.
    LayerError
        When a geometry is no polygon or an invalid one (repair first); when an id column is absent, or an id missing or
        there twice.

    Notes
    -----
    Areas are those of `changji_geo.ellipsoid.area_m2`: edges are straight in longitude/latitude, the convention of the
    national land surveys (TD/T 1055-2019), not geodesics. A projected frame is converted vertex by vertex; add vertices
    before where its edges are long. The two kinds of edge differ little for parcels and visibly for long borders: a geodesic
    between two points on the parallel 44°N runs north of it by 0.19 m over 3.2 km, 19 m over 32 km and 189 m over 100 km
    (there the two lines enclose 12.6 km²).

    A piece is left out when it is smaller than 1e-9 of both its feature and its zone: it is rounding along a border that
    they share.

    Features that no border comes near are settled by a grid (`changji_geo.spatial.zone_index`); the others are cut with the
    part of the zone near them, so the cost does not grow with the vertices of a zone.

    Examples
    --------
    >>> zones = gpd.GeoDataFrame(geometry=[shapely.box(87, 44, 88, 45), shapely.box(88, 44, 89, 45)], crs="EPSG:4490")
    >>> parcel = gpd.GeoDataFrame({"id": ["甲"]}, geometry=[shapely.box(87.9, 44.1, 88.3, 44.2)], crs="EPSG:4490")
    >>> overlay_shares(parcel, zones, feature_id="id").round({"area_m2": 0, "share": 4})
      feature_id  zone_id      area_m2  share
    0          甲        0   88896400.0   0.25
    1          甲        1  266689199.0   0.75
    """
    feature_ids = _ids(features, feature_id, _FEATURES)
    zone_ids = _ids(zones, zone_id, _ZONES)
    shapes = require_polygons(to_cgcs2000(features, what=_FEATURES), what=_FEATURES)
    targets = require_polygons(to_cgcs2000(zones, what=_ZONES), what=_ZONES)

    bounds = in_threads(lambda some: shapely.bounds(some).T, shapes).T
    pairs = pair_boxes(build_zone_index(targets, cells_for(8 * len(shapes))), bounds)
    feature = np.concatenate([pairs.whole_box, pairs.cut_box])
    zone = np.concatenate([pairs.whole_zone, pairs.cut_zone])
    own = np.full(len(shapes), np.nan)
    met = np.bincount(feature, minlength=len(shapes)) > 0
    own[met] = area_m2(shapes[met])
    area = own[feature]
    area[len(pairs.whole_box) :] = area_m2(clip_pairs(shapes, targets, pairs.cut_box, pairs.cut_zone))

    keep = area > 0
    doubtful = np.flatnonzero(area < _ROUNDING * own[feature])
    keep[doubtful] &= area[doubtful] >= _ROUNDING * area_m2(targets[zone[doubtful]])
    order = np.flatnonzero(keep)
    order = order[np.lexsort((zone[order], feature[order]))]
    feature, zone, area = feature[order], zone[order], area[order]
    return pd.DataFrame(
        {
            "feature_id": feature_ids.take(feature),
            "zone_id": zone_ids.take(zone),
            "area_m2": area,
            "share": np.minimum(area / own[feature], 1.0),
        }
    )


def _ids(frame: gpd.GeoDataFrame, column: str | None, what: str) -> pd.Index:
    """The names of the rows, which must tell them apart."""
    if column is not None and column not in frame.columns:
        raise LayerError(f"没有列“{column}”", where=what, fix=near_match(column, map(str, frame.columns)))
    ids: pd.Index = frame.index if column is None else pd.Index(frame[column])
    named = "索引" if column is None else f"列“{column}”"
    for wrong, words in ((ids.isna(), "没有编号"), (ids.duplicated(), "的编号与前面的重复")):
        at = np.flatnonzero(wrong)
        if len(at):
            raise LayerError(
                f"{feature_words(frame, at)}{words}",
                where=f"{what}的{named}",
                expected="每个要素一个不同的编号",
                fix="改正编号，或用 feature_id、zone_id 指定另一列"
                if column
                else "先 reset_index(drop=True)，或指定编号列",
            )
    return ids
