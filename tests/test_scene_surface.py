"""A surface layer of the Scene: classes by the scale, areas that fill the mask, and what legend and popups say of it."""

import dataclasses

import numpy as np
import pyproj
import pytest
import shapely

from changji_geo.catalog import Layer, load_layer
from changji_geo.classify import ScaleSpec, classify
from changji_geo.crs import CGCS2000, CHANGJI_ALBERS
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import LayerError, SpecError
from changji_geo.scene.surfaces import VALUE_SCALE, build_surface
from changji_geo.scene_model import Symbol
from changji_geo.spatial.surface.estimating import estimate_surface
from changji_geo.spec import LayerSpec
from changji_geo.theme import load_theme
from changji_geo.types import BBox
from tests.tiny import squares, tiny_workspace, write_layer

MASK = shapely.union_all([shapely.box(87.0, 44.0, 87.6, 44.5), shapely.box(88.0, 44.0, 88.6, 44.5)])
BOX = BBox(86.9, 43.9, 88.7, 44.6)
_rng = np.random.default_rng(11)
LON, LAT = _rng.uniform(86.9, 88.7, 16).round(4), _rng.uniform(43.9, 44.6, 16).round(4)
VALUES = (30 + 8 * (LON - 87.8) + _rng.normal(0, 1.5, 16)).round(1).tolist()


def station_layer(root, values=VALUES, *, accuracy="published", at=None):
    at = at or [shapely.Point(x, y) for x, y in zip(LON, LAT, strict=True)]
    rows = [
        {"id": f"s{i}", "name": f"站{i}", "pm2_5": value, "side": "西" if LON[i] < 87.8 else "东"}
        for i, value in enumerate(values)
    ]
    write_layer(
        root, "stations", rows, at[: len(rows)], geometry="point", accuracy=accuracy,
        titles={"pm2_5": "PM2.5"}, units={"pm2_5": "μg/m³"},
    )  # fmt: skip
    return load_layer("stations", tiny_workspace(root))


def surface_spec(method="idw", *, show="value", cell_km=4.0, power=2.0, **keys):
    asked = {"method": method, "show": show, "cell_km": cell_km, "power": power}
    return LayerSpec(**{"source": "stations", "kind": "surface", "column": "pm2_5", "surface": asked} | keys)


def built(layer, spec, *, mask=MASK, value_title=""):
    workspace = tiny_workspace(layer.meta.folder.parent.parent)
    return build_surface(
        spec, layer, mask, number=3, theme=load_theme("report", workspace), bbox=BOX, value_title=value_title,
        where="地图 试 的 layers[3]",
    )  # fmt: skip


@pytest.fixture
def layer(tmp_path):
    return station_layer(tmp_path)


def rows_of(feature):
    return {row.caption: row.text for row in feature.popup}


@pytest.mark.parametrize("spec", [surface_spec(), surface_spec("kriging"), surface_spec("kriging", show="error")])
def test_the_classes_fill_the_mask_and_do_not_overlap(layer, spec):
    drawn = built(layer, spec)
    shapes = [f.geometry for f in drawn.features]
    assert len(shapes) >= 3 and all(s.is_valid for s in shapes)
    assert area_m2(shapes).sum() == pytest.approx(float(area_m2([MASK])[0]), rel=1e-6)
    assert max(a.intersection(b).area for i, a in enumerate(shapes) for b in shapes[:i]) < 1e-9
    assert sorted({f.class_index for f in drawn.features}) == [f.class_index for f in drawn.features]
    assert [c.count for c in drawn.classes] == [
        sum(f.class_index == i for f in drawn.features) for i in range(len(drawn.classes))
    ]


def test_the_class_of_a_cell_is_the_class_of_its_area(layer):
    scale = ScaleSpec(breaks=[27.0, 30.0, 32.5])
    drawn = built(layer, surface_spec(scale=scale, cell_km=5.0))
    surface = estimate_surface(LON, LAT, VALUES, MASK, method="idw", cell_m=5000)
    lon, lat = pyproj.Transformer.from_crs(CHANGJI_ALBERS, CGCS2000, always_xy=True).transform(
        *np.meshgrid(surface.x, surface.y)
    )
    expected = classify(surface.estimate[surface.inside], scale).index
    for feature in drawn.features:
        of_class = expected == feature.class_index
        assert (
            shapely.contains_xy(feature.geometry, lon[surface.inside], lat[surface.inside]).tolist()
            == of_class.tolist()
        )


def test_a_map_without_a_scale_has_round_bounds_and_open_ends(layer):
    drawn = built(layer, surface_spec())
    labels = [c.label for c in drawn.classes]
    assert labels[0].startswith("≤ ") and labels[-1].startswith("> ")
    assert all(c.upper is None or c.upper * 2 == round(c.upper * 2) for c in drawn.classes)
    assert drawn.classes[0].lower is None and drawn.classes[-1].upper is None


def test_given_bounds_are_kept_even_where_a_class_has_no_area(layer):
    drawn = built(layer, surface_spec(scale=ScaleSpec(breaks=[10.0, 30.0, 90.0])))
    assert [c.label for c in drawn.classes] == ["≤ 10", "10 – 30", "30 – 90", "> 90"]
    assert [c.count for c in drawn.classes] == [0, 1, 1, 0]


def test_a_national_scale_classes_a_surface(tmp_path):
    drawn = built(station_layer(tmp_path, [v * 3 for v in VALUES]), surface_spec(scale=ScaleSpec(standard="aqi")))
    assert [c.label for c in drawn.classes if c.count] == ["良（51 – 100）", "轻度污染（101 – 150）"]
    assert [c.symbol.fill for c in drawn.classes if c.count] == ["#ffff00", "#ff7e00"]


def test_the_layer_says_method_stations_and_that_these_are_estimates(layer):
    drawn = built(layer, surface_spec())
    assert (drawn.id, drawn.kind, drawn.geometry, drawn.unit) == ("03-stations", "surface", "area", "μg/m³")
    assert drawn.title == "PM2.5 反距离加权插值面"
    assert drawn.note == "反距离加权，16 个站点，估计值"
    assert not drawn.show_counts
    rows = rows_of(drawn.features[0])
    assert list(rows) == ["PM2.5", "方法", "站点", "格网", "逐站留出检验"]
    assert rows["PM2.5"] == f"{drawn.classes[0].label} μg/m³（估计值）"
    assert rows["方法"] == "反距离加权（幂 2，全部 16 个站点参与）"
    assert rows["站点"] == "16 个"
    assert rows["格网"].startswith("4 km，最远处离站点 ")


def test_a_kriged_layer_says_its_variogram_its_error_and_its_doubt(layer):
    drawn = built(layer, surface_spec("kriging"), value_title="PM2.5 年均值")
    surface = estimate_surface(LON, LAT, VALUES, MASK, method="kriging", cell_m=4000)
    assert drawn.title == "PM2.5 年均值普通克里金插值面"
    assert drawn.note.startswith("普通克里金，16 个站点，估计值；站点少于 50 个，变异函数不确定")
    rows = rows_of(drawn.features[0])
    assert rows["方法"] == surface.method
    assert rows["标准误差"].startswith("本级范围内 ") and rows["标准误差"].endswith(" μg/m³")
    assert f"均方根误差 {surface.rmse:.2g} μg/m³" in rows["逐站留出检验"]
    assert rows["注意"].startswith("站点只有 16 个（少于 50 个），变异函数和标准误差都不确定")


def test_the_error_map_classes_the_standard_error(layer):
    drawn = built(layer, surface_spec("kriging", show="error"))
    surface = estimate_surface(LON, LAT, VALUES, MASK, method="kriging", cell_m=4000)
    assert drawn.title == "PM2.5 普通克里金标准误差"
    inner = [c.upper for c in drawn.classes[:-1]]
    cells = surface.error[surface.inside]
    assert cells.min() < inner[0] and inner[-1] < cells.max()
    assert "PM2.5 标准误差" in rows_of(drawn.features[0])


def test_stations_without_a_value_and_at_one_place_are_named(tmp_path):
    at = [shapely.Point(x, y) for x, y in zip(LON, LAT, strict=True)]
    at[5] = at[4]
    layer = station_layer(tmp_path, [None, *VALUES[1:]], at=at)
    rows = rows_of(built(layer, surface_spec()).features[0])
    assert rows["站点"] == "15 个，另有 1 个没有数值，未用（站0），1 处有位置相同的站点，取平均（站4、站5）"


def test_too_few_stations_say_where_in_the_map(layer):
    with pytest.raises(LayerError, match=r"地图 试 的 layers\[3\]：给出 \d+ 个站点.*普通克里金至少要 12 个"):
        built(layer, surface_spec("kriging", where={"side": "西"}))


def test_a_selection_without_rows_is_refused(layer):
    with pytest.raises(SpecError, match="列“side”中没有取值“北”"):
        built(layer, surface_spec(where={"side": "北"}))


def test_text_among_the_values_is_refused(layer):
    frame = layer.frame.copy()
    frame["pm2_5"] = frame["pm2_5"].astype(object)
    frame.loc[3, "pm2_5"] = "未检出"
    with pytest.raises(LayerError, match="列“pm2_5”的取值“未检出”不是数字"):
        built(Layer(layer.meta, frame), surface_spec())


def test_a_column_that_is_not_there_is_refused(layer):
    with pytest.raises(SpecError, match="图层没有列“pm25”.*是不是“pm2_5”"):
        built(layer, surface_spec(column="pm25"))


@pytest.mark.parametrize("key", [{"label": "name"}, {"popup": ["name"]}, {"dissolve": "side"}])
def test_keys_of_features_mean_nothing_for_a_surface(layer, key):
    with pytest.raises(SpecError, match=f"插值面没有自己的要素，不能写 {next(iter(key))}"):
        built(layer, surface_spec(**key))


def test_a_scale_of_single_values_is_refused(layer):
    with pytest.raises(SpecError, match="不能逐值分级"):
        built(layer, surface_spec(scale=ScaleSpec(scheme="unique")))


def test_areas_are_no_stations(tmp_path):
    squares(tmp_path, pm2_5=[1.0, 2.0, 3.0])
    layer = load_layer("squares", tiny_workspace(tmp_path))
    with pytest.raises(SpecError, match="需要单点图层，而“squares”的要素“west”是 Polygon"):
        built(layer, surface_spec(source="squares"))


def test_a_station_without_a_place_is_refused(layer):
    frame = layer.frame.copy()
    frame.loc[2, "geometry"] = None
    with pytest.raises(LayerError, match="要素“s2”没有几何"):
        built(Layer(layer.meta, frame), surface_spec())


def test_stations_that_all_agree_are_one_class(tmp_path):
    drawn = built(station_layer(tmp_path, [35.0] * 16), surface_spec())
    assert [(c.label, c.count) for c in drawn.classes] == [("35", 1)]
    assert drawn.features[0].geometry.equals(MASK)


@pytest.mark.parametrize("scheme", ["equal_interval", "quantiles", "fisher_jenks", "head_tail", "std_mean", "pretty"])
def test_every_scheme_makes_classes_that_have_cells(layer, scheme):
    drawn = built(layer, surface_spec(scale=ScaleSpec(scheme=scheme, k=4)))
    assert 2 <= len(drawn.features) <= 6
    assert area_m2([f.geometry for f in drawn.features]).sum() == pytest.approx(float(area_m2([MASK])[0]), rel=1e-6)


def test_areas_have_no_outline_of_another_colour_unless_the_map_asks(layer):
    plain = built(layer, surface_spec()).classes[0].symbol
    assert isinstance(plain, Symbol) and plain.stroke == plain.fill and plain.stroke_width < 0.5
    assert built(layer, surface_spec(style={"stroke": "#ffffff"})).classes[0].symbol.stroke == "#ffffff"


def test_approximate_places_make_an_approximate_surface(tmp_path):
    assert built(station_layer(tmp_path, accuracy="approximate"), surface_spec()).accuracy == "approximate"
    schematic = built(station_layer(tmp_path, accuracy="schematic"), surface_spec())
    assert schematic.note.endswith("示意图层，不作为执法依据")


def test_made_up_values_say_so_in_the_legend_and_in_every_popup(layer):
    """As `attach_series` and `attach_indicators` leave them, whatever the words of the layer's note."""
    sample = Layer(dataclasses.replace(layer.meta, note="编造的", sample=True), layer.frame)
    drawn = built(sample, surface_spec())
    assert drawn.note == "反距离加权，16 个站点，估计值；示例数据"
    assert {rows_of(f)["数据"] for f in drawn.features} == {"示例数据，不是真实数据"}
    assert "数据" not in rows_of(built(layer, surface_spec()).features[0])


def test_the_same_input_gives_the_same_layer(layer):
    first, second = (built(layer, surface_spec("kriging")) for _ in range(2))
    assert [f.geometry.wkb for f in first.features] == [f.geometry.wkb for f in second.features]
    assert first.classes == second.classes and first.note == second.note


def test_the_prefecture_with_its_two_blocks_is_filled(tmp_path):
    mask = shapely.union_all(load_layer("prefecture").frame.geometry.to_numpy())
    frame = load_layer("air_stations").frame
    found = station_layer(tmp_path, np.linspace(20, 60, 16).tolist(), at=list(frame.geometry[:16]))
    drawn = built(found, surface_spec(), mask=mask)
    assert len(shapely.get_parts(mask)) == 2
    assert area_m2([f.geometry for f in drawn.features]).sum() == pytest.approx(float(area_m2([mask])[0]), rel=1e-6)
    urumqi = shapely.Point(87.61, 43.82)
    assert not any(f.geometry.contains(urumqi) for f in drawn.features)


EIGHT_BY_TWO = [shapely.Point(x, y) for y in (44.1, 44.4) for x in np.linspace(87.0, 88.6, 8)]


def test_zero_everywhere_is_one_class(tmp_path):
    drawn = built(station_layer(tmp_path, [0.0] * 16), surface_spec())
    assert [(c.label, c.count) for c in drawn.classes] == [("0", 1)]


def test_bounds_that_are_given_make_any_scheme_one_of_classes(layer):
    drawn = built(layer, surface_spec(scale=ScaleSpec(scheme="unique", breaks=[30.0])))
    assert [c.label for c in drawn.classes] == ["≤ 30", "> 30"]
    assert drawn.label_style == load_theme("report", tiny_workspace(layer.meta.folder.parent.parent)).label


def test_the_error_of_a_class_has_two_digits_and_is_that_of_its_own_cells(layer):
    drawn = built(layer, surface_spec("kriging", scale=ScaleSpec(breaks=[30.0])))
    surface = estimate_surface(LON, LAT, VALUES, MASK, method="kriging", cell_m=4000)
    low = surface.error[surface.inside & (surface.estimate <= 30)]
    assert rows_of(drawn.features[0])["标准误差"] == f"本级范围内 {low.min():.2g} – {low.max():.2g} μg/m³"


def test_a_mask_of_few_cells_has_classes_all_the_same(layer):
    mask = shapely.box(87.30, 44.20, 87.36, 44.24)
    drawn = built(layer, surface_spec(), mask=mask)
    assert drawn.features
    assert area_m2([f.geometry for f in drawn.features]).sum() == pytest.approx(float(area_m2([mask])[0]), rel=1e-6)


def test_negative_estimates_are_counted_in_the_legend_but_not_under_the_error(tmp_path):
    values = [100.0 * (p.x > 87.9) + 60.0 * (p.x > 88.2) for p in EIGHT_BY_TWO]
    layer = station_layer(tmp_path, values, at=EIGHT_BY_TWO)
    surface = estimate_surface(
        [p.x for p in EIGHT_BY_TWO], [p.y for p in EIGHT_BY_TWO], values, MASK, method="kriging", cell_m=4000
    )
    assert surface.negative > 0
    assert built(layer, surface_spec("kriging")).note.endswith(f"；有 {surface.negative} 个格网为负，未截断")
    assert "格网为负" not in built(layer, surface_spec("kriging", show="error")).note


def test_values_without_spatial_correlation_say_so_in_legend_and_popup(tmp_path):
    values = [float((i + i // 8) % 2) for i in range(16)]
    drawn = built(station_layer(tmp_path, values, at=EIGHT_BY_TWO), surface_spec("kriging"))
    assert drawn.note == "普通克里金，16 个站点，估计值；站点少于 50 个，变异函数不确定；看不出空间相关"
    assert "看不出空间相关，估计值处处等于平均值" in rows_of(drawn.features[0])["注意"]


def test_inverse_distance_has_no_error_map(layer):
    drawn = built(layer, surface_spec("idw"))
    assert "标准误差" not in rows_of(drawn.features[0])
    surface = estimate_surface(LON, LAT, VALUES, MASK, method="idw", cell_m=4000)
    said = f"均方根误差 {surface.rmse:.2g} μg/m³，平均误差 "
    assert rows_of(drawn.features[0])["逐站留出检验"].startswith(said)


@pytest.mark.parametrize(("turn", "sign"), [(1, "+"), (-1, "\u2212")])
def test_a_mean_error_has_its_sign(tmp_path, turn, sign):
    values = [turn * v for v in VALUES]
    surface = estimate_surface(LON, LAT, values, MASK, method="idw", cell_m=4000)
    text = rows_of(built(station_layer(tmp_path, values), surface_spec()).features[0])["逐站留出检验"]
    flip = "+" if surface.mean_error > 0 else "\u2212"
    assert f"平均误差 {flip}{abs(surface.mean_error):.2g} μg/m³（估计减实测）" in text
    assert (flip == sign) == (surface.mean_error * turn > 0)


def test_the_scale_of_an_error_map_is_its_own(layer):
    value, error = (built(layer, surface_spec("kriging", show=show)) for show in ("value", "error"))
    assert {c.symbol.fill for c in value.classes}.isdisjoint(c.symbol.fill for c in error.classes)
    assert value.classes == built(layer, surface_spec("kriging", scale=VALUE_SCALE)).classes
