"""Surfaces from stations: weights and kriging systems worked out on paper or solved another way, and areas that fill the mask."""

import inspect

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pykrige import variogram_models
from pykrige.ok import OrdinaryKriging
from scipy.optimize import least_squares

from changji_geo.crs import CGCS2000, CHANGJI_ALBERS
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import LayerError, SpecError
from changji_geo.spatial.surface.contouring import class_areas
from changji_geo.spatial.surface.estimating import estimate_surface, plain_number, variogram_text
from changji_geo.spatial.surface.inverse_distance import idw_estimate, idw_leave_one_out
from changji_geo.spatial.surface.ordinary_kriging import choose_variogram, krige_estimate, krige_leave_one_out
from changji_geo.spatial.surface.samples import Samples, collect_samples
from changji_geo.spatial.surface.variogram import MODELS, Lags, Variogram, experimental_variogram, fit_variogram

TWO_BLOCKS = shapely.union_all([shapely.box(87.0, 44.0, 87.6, 44.5), shapely.box(88.0, 44.0, 88.6, 44.5)])
SPHERICAL = Variogram("spherical", psill=20.0, range_m=60_000.0, nugget=0.0)
WITH_NUGGET = Variogram("exponential", psill=15.0, range_m=80_000.0, nugget=4.0)
GAUSSIAN = Variogram("gaussian", psill=10.0, range_m=30_000.0, nugget=1.0)


def samples(*rows):
    x, y, values = np.array(rows, dtype=float).T
    return Samples(x, y, values, len(values))


def scattered(count=14, seed=3):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 100_000, (2, count))
    return Samples(x, y, 30 + x / 20_000 + rng.normal(0, 2, count), count)


def solved(found, variogram, x, y):
    """Ordinary kriging straight from the textbook: one dense system for each place."""
    n = len(found)
    places = list(zip(found.x, found.y, strict=True))
    apart = np.array([[np.hypot(a - c, b - d) for c, d in places] for a, b in places])
    system = np.block([[variogram.gamma(apart), np.ones((n, 1))], [np.ones((1, n)), np.zeros((1, 1))]])
    system[np.arange(n), np.arange(n)] = 0.0
    estimates, errors, sums = [], [], []
    for at_x, at_y in zip(x, y, strict=True):
        right = np.append(variogram.gamma(np.hypot(found.x - at_x, found.y - at_y)), 1.0)
        weights = np.linalg.solve(system, right)
        estimates.append(weights[:n] @ found.values)
        errors.append(np.sqrt(max(weights @ right, 0.0)))
        sums.append(weights[:n].sum())
    return np.array(estimates), np.array(errors), np.array(sums)


# --- samples


def test_stations_at_one_place_are_one_sample_with_their_mean():
    found = collect_samples([0, 0.6, 1.2, 900], [0, 0, 0, 0], [1, 2, 6, 9], names="甲乙丙丁", needed=2)
    assert found.values.tolist() == [3.0, 9.0]
    assert found.x.tolist() == [0.0, 900.0]
    assert found.merged == (("甲", "乙", "丙"),)
    assert found.given == 4


def test_values_that_are_not_finite_are_left_out_and_named():
    found = collect_samples(range(5), [0] * 5, [1, np.nan, 3, np.inf, 5], names="甲乙丙丁戊", needed=1)
    assert (found.missing, found.values.tolist(), found.given) == (("乙", "丁"), [1.0, 3.0, 5.0], 3)


def test_too_few_positions_say_how_many_were_given_and_which_have_none():
    with pytest.raises(LayerError) as caught:
        collect_samples(
            [0, 0, 9, 50], [0] * 4, [1, 2, np.nan, 4], names="甲乙丙丁", what="普通克里金", needed=12, where="图"
        )
    assert str(caught.value) == (
        "图：给出 4 个站点，1 个没有数值（丙），甲、乙位置相同，能用的位置只有 2 个。"
        "应为：普通克里金至少要 12 个位置不同、有数值的站点（本软件的规定）。"
        "处理：补齐数值，加上周边站点，或不画插值面、直接画站点。"
    )


def test_no_station_at_all_is_too_few():
    with pytest.raises(LayerError, match="给出 0 个站点，能用的位置只有 0 个"):
        collect_samples([], [], [])


def test_more_stations_than_memory_bears_are_refused():
    with pytest.raises(LayerError, match="有数值的站点有 2001 个.*最多用 2000 个"):
        collect_samples(np.arange(2001) * 10.0, np.zeros(2001), np.ones(2001))


# --- inverse distance


def test_two_points_weigh_by_the_inverse_square_of_their_distance():
    two = samples((0, 0, 10), (30, 0, 40))
    assert idw_estimate(np.array([10.0, 15.0, 40.0]), np.zeros(3), two).tolist() == pytest.approx(
        [(10 / 100 + 40 / 400) / (1 / 100 + 1 / 400), 25.0, (10 / 1600 + 40 / 100) / (1 / 1600 + 1 / 100)]
    )


def test_the_power_is_that_of_the_distance():
    two = samples((0, 0, 10), (30, 0, 40))
    at = (np.array([10.0]), np.zeros(1))
    assert idw_estimate(*at, two, power=1)[0] == pytest.approx((10 / 10 + 40 / 20) / (1 / 10 + 1 / 20))
    assert idw_estimate(*at, two, power=3)[0] == pytest.approx((10 / 1000 + 40 / 8000) / (1 / 1000 + 1 / 8000))


def test_at_a_station_the_estimate_is_its_value():
    found = scattered()
    assert idw_estimate(found.x, found.y, found).tolist() == found.values.tolist()


def test_a_high_power_far_away_does_not_overflow():
    far = idw_estimate(np.array([1e7]), np.array([1e7]), samples((0, 0, 1), (1, 0, 3)), power=8)
    assert far[0] == pytest.approx(2.0, abs=1e-5)


def test_the_middle_of_a_square_has_the_mean_of_its_corners():
    square = samples((0, 0, 1), (0, 10, 2), (10, 0, 3), (10, 10, 10))
    middle = (np.array([5.0]), np.array([5.0]))
    assert idw_estimate(*middle, square)[0] == pytest.approx(4.0)
    assert krige_estimate(*middle, square, SPHERICAL)[0][0] == pytest.approx(4.0)


def test_leaving_out_one_of_two_gives_the_other():
    assert idw_leave_one_out(samples((0, 0, 10), (30, 0, 40))).tolist() == [30.0, -30.0]


def test_leaving_out_one_is_the_estimate_from_the_others():
    found = scattered()
    by_hand = []
    for i in range(len(found)):
        keep = np.arange(len(found)) != i
        rest = Samples(found.x[keep], found.y[keep], found.values[keep], len(found) - 1)
        by_hand.append(idw_estimate(found.x[[i]], found.y[[i]], rest, power=3)[0] - found.values[i])
    assert idw_leave_one_out(found, power=3).tolist() == pytest.approx(by_hand)


@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.floats(-1e6, 1e6)),
        min_size=2, max_size=12, unique_by=lambda row: row[:2],
    ),
    st.floats(0.1, 8),
)  # fmt: skip
def test_inverse_distance_never_passes_the_least_and_the_greatest_value(rows, power):
    found = samples(*rows)
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(-80, 80, 9), np.linspace(-80, 80, 9)))
    estimate = idw_estimate(x, y, found, power=power)
    assert found.values.min() <= estimate.min() and estimate.max() <= found.values.max()


# --- variogram


@pytest.mark.parametrize("model", MODELS)
def test_models_are_those_of_pykrige(model):
    ours = Variogram(model, psill=7.0, range_m=40_000.0, nugget=2.0)
    theirs = getattr(variogram_models, f"{model}_variogram_model")
    apart = np.linspace(0, 90_000, 31)
    assert ours.gamma(apart) == pytest.approx(theirs([7.0, 40_000.0, 2.0], apart), rel=1e-12)


def test_the_experimental_variogram_on_paper():
    """Five in a row, 1 apart, values 0 1 0 1 0: half the greatest distance is 2; four pairs at 1, three at 2."""
    lags = experimental_variogram(samples(*[(i, 0, i % 2) for i in range(5)]))
    assert lags.distance.tolist() == [1.0, 2.0]
    assert lags.semivariance.tolist() == [0.5, 0.0]
    assert lags.pairs.tolist() == [4.0, 3.0]


def test_values_that_differ_only_between_far_clusters_use_pairs_of_every_distance():
    lags = experimental_variogram(samples((0, 0, 1), (1, 0, 1), (100, 0, 5), (101, 0, 5)))
    assert lags.semivariance.tolist() == [0.0, 8.0]


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_finds_the_model_that_made_the_lags(model):
    truth = Variogram(model, psill=12.0, range_m=45_000.0, nugget=3.0)
    distance = np.linspace(5_000, 95_000, 10)
    found = fit_variogram(Lags(distance, truth.gamma(distance), np.full(10, 20.0), 190_000.0), model)
    assert (found.psill, found.range_m, found.nugget) == pytest.approx((12.0, 45_000.0, 3.0), rel=0.03)
    assert not found.at_limit


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(5))
def test_a_fit_is_at_least_as_near_as_a_general_solver_finds(model, seed):
    lags = experimental_variogram(scattered(26, seed))
    weight = np.sqrt(lags.pairs) / lags.distance

    def residuals(p):
        return weight * (Variogram(model, p[0], p[1] * 1000, p[2]).gamma(lags.distance) - lags.semivariance)

    top = float(lags.semivariance.max())
    bounds = ([0, lags.distance[0] / 1000, 0], [1e4 * top, lags.longest / 1000, 10 * top])
    theirs = least_squares(residuals, [top / 2, lags.longest / 3000, top / 4], bounds=bounds).cost
    ours = fit_variogram(lags, model)
    assert 0.5 * float(np.sum(residuals([ours.psill, ours.range_m / 1000, ours.nugget]) ** 2)) <= theirs * 1.002 + 1e-15


@given(st.lists(st.integers(0, 9), min_size=12, max_size=12).filter(lambda v: len(set(v)) > 1))
def test_sills_are_never_negative(values):
    base = scattered(12)
    lags = experimental_variogram(Samples(base.x, base.y, np.array(values, float), 12))
    for model in MODELS:
        found = fit_variogram(lags, model)
        assert found.psill >= 0 and found.nugget >= 0 and found.sill > 0


def test_neighbours_that_differ_more_than_far_ones_are_a_pure_nugget():
    found, _ = choose_variogram(samples(*[(10_000 * i, 10_000 * j, (i + j) % 2) for i in range(4) for j in range(3)]))
    assert found.psill == 0
    assert variogram_text(found).startswith("纯块金，块金 0.")


def test_the_chosen_model_has_the_least_leave_one_out_error():
    found = scattered(26, 8)
    lags = experimental_variogram(found)
    scores = {m: float(np.sqrt(np.mean(krige_leave_one_out(found, fit_variogram(lags, m)) ** 2))) for m in MODELS}
    best, errors = choose_variogram(found)
    assert scores[best.model] == pytest.approx(min(scores.values()))
    assert float(np.sqrt(np.mean(errors**2))) == pytest.approx(scores[best.model])


# --- kriging


@pytest.mark.parametrize("variogram", [SPHERICAL, WITH_NUGGET, GAUSSIAN])
def test_kriging_is_the_dense_solution_of_its_system(variogram):
    found, rng = scattered(), np.random.default_rng(1)
    x, y = rng.uniform(-20_000, 120_000, (2, 200))
    estimate, error, sums = solved(found, variogram, x, y)
    ours = krige_estimate(x, y, found, variogram)
    assert ours[0] == pytest.approx(estimate, rel=1e-9)
    assert ours[1] == pytest.approx(error, rel=1e-7)
    assert sums == pytest.approx(np.ones(200), abs=1e-9)


def test_kriging_is_pykrige_with_the_same_parameters():
    found, rng = scattered(), np.random.default_rng(2)
    x, y = rng.uniform(0, 100_000, (2, 50))
    theirs = OrdinaryKriging(found.x, found.y, found.values, "exponential", [19.0, 80_000.0, 4.0])
    estimate, variance = theirs.execute("points", x, y)
    ours = krige_estimate(x, y, found, WITH_NUGGET)
    assert ours[0] == pytest.approx(np.asarray(estimate), rel=1e-10)
    assert ours[1] == pytest.approx(np.sqrt(np.asarray(variance)), rel=1e-9)


def test_without_a_nugget_kriging_meets_the_stations_and_has_no_error_there():
    found = scattered()
    estimate, error = krige_estimate(found.x, found.y, found, SPHERICAL)
    assert estimate == pytest.approx(found.values, rel=1e-9)
    assert error == pytest.approx(np.zeros(len(found)), abs=1e-4)


def test_with_a_nugget_the_surface_does_not_leap_at_a_station():
    found = scattered()
    at, beside = (krige_estimate(found.x + shift, found.y, found, WITH_NUGGET) for shift in (0.0, 0.01))
    assert at[0] == pytest.approx(beside[0], abs=1e-4)
    assert at[1] == pytest.approx(beside[1], abs=1e-4)
    assert at[1].min() >= 2.0  # a new measurement has the nugget's error, the root of 4, and more
    assert np.abs(at[0] - found.values).max() > 0.1


def test_a_pure_nugget_gives_the_mean_and_its_error():
    four = samples((0, 0, 1), (9, 0, 2), (0, 9, 3), (9, 9, 6))
    estimate, error = krige_estimate(
        np.array([4.0, 100.0]), np.array([1.0, 0.0]), four, Variogram("spherical", 0, 5, 8)
    )
    assert estimate.tolist() == pytest.approx([3.0, 3.0])
    assert error.tolist() == pytest.approx([np.sqrt(8 * 1.25)] * 2)


@given(st.floats(-1e3, 1e3))
@settings(max_examples=20, deadline=None)
def test_kriging_moves_with_the_values_and_keeps_its_error(shift):
    found = scattered()
    x, y = np.array([1000.0, 50_000.0, 130_000.0]), np.array([0.0, 40_000.0, 90_000.0])
    moved = Samples(found.x, found.y, found.values + shift, len(found))
    plain, more = krige_estimate(x, y, found, WITH_NUGGET), krige_estimate(x, y, moved, WITH_NUGGET)
    assert more[0] == pytest.approx(plain[0] + shift, abs=1e-8)
    assert more[1] == pytest.approx(plain[1], abs=1e-12)


def test_a_constant_field_stays_constant():
    found = scattered()
    flat = Samples(found.x, found.y, np.full(len(found), 7.0), len(found))
    x, y = np.linspace(0, 1e5, 30), np.linspace(1e5, 0, 30)
    assert krige_estimate(x, y, flat, WITH_NUGGET)[0] == pytest.approx(np.full(30, 7.0), rel=1e-12)
    assert idw_estimate(x, y, flat).tolist() == [7.0] * 30


@pytest.mark.parametrize("variogram", [SPHERICAL, WITH_NUGGET])
def test_leave_one_out_is_solving_without_that_station(variogram):
    found = scattered()
    by_hand = []
    for i in range(len(found)):
        keep = np.arange(len(found)) != i
        rest = Samples(found.x[keep], found.y[keep], found.values[keep], len(found) - 1)
        by_hand.append(solved(rest, variogram, found.x[[i]], found.y[[i]])[0][0] - found.values[i])
    assert krige_leave_one_out(found, variogram).tolist() == pytest.approx(by_hand, rel=1e-8)


# --- the surface


def stations(count=14, seed=5):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(86.9, 88.7, count), rng.uniform(43.9, 44.6, count)
    return lon, lat, 30 + 8 * (lon - 87.8) + rng.normal(0, 1, count)


@pytest.mark.parametrize("method", ["idw", "kriging"])
def test_a_surface_covers_its_mask_and_says_which_cells_are_inside(method):
    surface = estimate_surface(*stations(), TWO_BLOCKS, method=method, cell_m=5000)
    assert np.isfinite(surface.estimate[surface.inside]).all()
    assert (surface.x % 5000 == 0).all() and (surface.y % 5000 == 0).all()
    to_degrees = pyproj.Transformer.from_crs(CHANGJI_ALBERS, CGCS2000, always_xy=True)
    lon, lat = to_degrees.transform(*np.meshgrid(surface.x, surface.y))
    assert (shapely.contains_xy(TWO_BLOCKS, lon, lat) == surface.inside).all()
    between = (lon > 87.75) & (lon < 87.85)
    assert not surface.inside[between].any() and np.isnan(surface.estimate[between]).all()
    inside_km2 = surface.inside.sum() * 25
    assert inside_km2 == pytest.approx(float(area_m2([TWO_BLOCKS])[0]) / 1e6, rel=0.05)
    assert (surface.error is None) == (method == "idw")


def test_the_order_of_the_stations_does_not_matter():
    lon, lat, values = stations()
    turned = [v[::-1] for v in (lon, lat, values)]
    first, second = (
        estimate_surface(*rows, TWO_BLOCKS, method="kriging", cell_m=10_000) for rows in ((lon, lat, values), turned)
    )
    assert first.method == second.method
    assert np.nan_to_num(first.estimate) == pytest.approx(np.nan_to_num(second.estimate), rel=1e-9)


def test_a_kriged_surface_says_its_parameters_its_errors_and_its_doubts():
    surface = estimate_surface(*stations(), TWO_BLOCKS, method="kriging", cell_m=10_000)
    assert surface.variogram is not None
    assert surface.method == f"普通克里金（{variogram_text(surface.variogram)}）"
    assert "站点只有 14 个（少于 50 个），变异函数和标准误差都不确定" in surface.cautions
    assert 0 < surface.rmse < 5 and abs(surface.mean_error) < surface.rmse
    assert 5_000 < surface.farthest_m < 60_000


@pytest.mark.parametrize(
    ("seed", "weak", "endless"), [(38, False, False), (11, True, False), (1, False, True), (7, True, True)]
)
def test_a_variogram_that_shows_little_says_so(seed, weak, endless):
    lon, lat, _ = stations(20, seed)
    values = 30 + 2 * (lon - 87.8) + np.random.default_rng(seed + 500).normal(0, 3, 20)
    surface = estimate_surface(lon, lat, values, TWO_BLOCKS, method="kriging", cell_m=20_000)
    assert surface.variogram is not None
    assert (0.75 < surface.variogram.nugget / surface.variogram.sill < 1) == weak
    assert surface.variogram.at_limit == endless
    assert ("块金占基台 75% 以上，空间相关很弱" in surface.cautions) == weak
    assert ("变程取到了站点间的最大距离，数据中看不到基台，可能有趋势" in surface.cautions) == endless


def test_negative_estimates_of_positive_values_are_kept_and_counted():
    """A steep, smooth rise: kriging overshoots below the zeros beside it."""
    lon, lat = (v.ravel() for v in np.meshgrid(np.linspace(87.0, 88.6, 8), [44.1, 44.4]))
    values = np.where(lon > 87.9, 100.0, 0.0) + np.where(lon > 88.2, 60.0, 0.0)
    surface = estimate_surface(lon, lat, values, TWO_BLOCKS, method="kriging", cell_m=2000)
    below = surface.estimate[surface.inside] < 0
    assert surface.negative == below.sum() > 0
    assert f"数值都不小于 0，而有 {surface.negative} 个格网的估计值为负：如实保留，没有截断" in surface.cautions
    shifted = estimate_surface(lon, lat, values - 50, TWO_BLOCKS, method="kriging", cell_m=2000)
    assert shifted.negative == 0


def test_kriging_needs_twelve_positions_and_inverse_distance_five():
    lon, lat, values = stations(11)
    with pytest.raises(LayerError, match="给出 11 个站点，能用的位置只有 11 个.*普通克里金至少要 12 个"):
        estimate_surface(lon, lat, values, TWO_BLOCKS, method="kriging")
    with pytest.raises(LayerError, match="能用的位置只有 4 个.*反距离加权至少要 5 个"):
        estimate_surface(lon[:4], lat[:4], values[:4], TWO_BLOCKS, method="idw")
    assert len(estimate_surface(lon[:5], lat[:5], values[:5], TWO_BLOCKS, method="idw", cell_m=10_000).samples) == 5


def test_kriging_of_values_all_alike_is_refused_with_the_way_out():
    lon, lat, _ = stations()
    with pytest.raises(LayerError) as caught:
        estimate_surface(lon, lat, np.full(14, 35.0), TWO_BLOCKS, method="kriging")
    assert str(caught.value) == (
        "14 个站点的数值都是 35，没有变异函数，不能做普通克里金。"
        "处理：改用 method = idw（结果处处是这个值），或直接写明各站相同。"
    )


def test_a_grid_that_is_too_fine_is_refused_with_a_side_that_is_not():
    with pytest.raises(SpecError, match="格网有 .* 个，边长 0.05 km 太小.*cell_km 写成 0.") as caught:
        estimate_surface(*stations(), TWO_BLOCKS, method="idw", cell_m=50)
    side_m = float(str(caught.value).split("写成 ")[1].split(" ")[0]) * 1000
    assert np.isfinite(estimate_surface(*stations(), TWO_BLOCKS, method="idw", cell_m=side_m).rmse)


@pytest.mark.parametrize("mask", [shapely.Polygon(), shapely.Point(88, 44), shapely.LineString([(87, 44), (88, 44)])])
def test_a_mask_that_is_no_area_is_refused(mask):
    with pytest.raises(LayerError, match="插值面的范围不是面"):
        estimate_surface(*stations(), mask, method="idw")


def test_a_mask_smaller_than_a_cell_has_a_surface_and_no_cell_inside():
    tiny = shapely.box(88.001, 44.001, 88.002, 44.002)
    surface = estimate_surface(*stations(), tiny, method="idw", cell_m=2000)
    assert not surface.inside.any() and surface.farthest_m == 0.0
    (whole,) = class_areas(surface.x, surface.y, surface.estimate, [], tiny)
    assert whole.equals(tiny)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.0412, "−0.0412"), (1_234_567.0, "1230000"), (99.96, "100")]
)
def test_numbers_have_three_digits_and_no_exponent(value, text):
    assert plain_number(value) == text


# --- areas between contours


def test_contours_of_an_inclined_plane_are_straight_and_where_they_belong():
    x, y = np.arange(-60_000, 60_001, 5000.0), np.arange(-60_000, 60_001, 5000.0)
    to_metres = pyproj.Transformer.from_crs(CGCS2000, CHANGJI_ALBERS, always_xy=True)
    low, middle, high = class_areas(
        x, y, np.tile(x, (25, 1)), [-7_300.0, 12_100.0], shapely.box(88.2, 43.8, 88.8, 44.2)
    )
    border = shapely.get_coordinates(shapely.intersection(low.boundary, middle.boundary))
    assert to_metres.transform(border[:, 0], border[:, 1])[0] == pytest.approx(np.full(len(border), -7_300.0), abs=1.0)
    assert shapely.get_coordinates(high)[:, 0].max() == 88.8


@given(st.integers(0, 10_000))
@example(38)  # a contour through a cell's centre that touches itself
@settings(max_examples=25, deadline=None)
def test_classes_fill_the_mask_without_overlap_and_hold_their_cells(seed):
    rng = np.random.default_rng(seed)
    surface = estimate_surface(*stations(), TWO_BLOCKS, method="idw", cell_m=8000)
    grid = np.where(np.isnan(surface.estimate), np.nan, np.round(rng.normal(0, 1, surface.estimate.shape), 1))
    bounds = [-1.0, -0.25, 0.0, 0.7]
    areas = class_areas(surface.x, surface.y, grid, bounds, TWO_BLOCKS)
    drawn = [a for a in areas if a is not None]
    assert all(a.is_valid and a.geom_type == "MultiPolygon" for a in drawn)
    assert sum(a.area for a in drawn) == pytest.approx(TWO_BLOCKS.area, rel=1e-6)
    assert area_m2(drawn).sum() == pytest.approx(float(area_m2([TWO_BLOCKS])[0]), rel=1e-6)
    assert shapely.union_all(drawn).symmetric_difference(TWO_BLOCKS).area < 1e-6 * TWO_BLOCKS.area
    overlaps = [a.intersection(b).area for i, a in enumerate(drawn) for b in drawn[:i]]
    assert max(overlaps, default=0.0) < 1e-9
    to_degrees = pyproj.Transformer.from_crs(CHANGJI_ALBERS, CGCS2000, always_xy=True)
    lon, lat = to_degrees.transform(*np.meshgrid(surface.x, surface.y))
    free = surface.inside & ~np.isin(grid, bounds)  # a cell on a bound lies on the line between two areas
    for index, area in enumerate(areas):
        of_class = free & (np.searchsorted(bounds, grid, side="left") == index)
        assert of_class.sum() == 0 or (
            area is not None and shapely.contains_xy(area, lon[of_class], lat[of_class]).all()
        )


def test_a_class_without_area_is_none():
    surface = estimate_surface(*stations(), TWO_BLOCKS, method="idw", cell_m=10_000)
    below, whole, above = class_areas(surface.x, surface.y, surface.estimate, [-1.0, 1000.0], TWO_BLOCKS)
    assert below is None and above is None and whole.equals(TWO_BLOCKS)


def test_pykrige_is_imported_where_it_is_used_only():
    import changji_geo.spatial.surface.ordinary_kriging as module

    assert "pykrige" not in {line.split()[1].split(".")[0] for line in inspect.getsource(module).splitlines()
                             if line.startswith(("import ", "from "))}  # fmt: skip


def test_the_last_lag_holds_the_pairs_at_half_the_greatest_distance():
    """Twenty-one in a row, 1 apart, two values in turn: lags 1 to 8 alone, 9 and 10 in the last of the ten."""
    lags = experimental_variogram(samples(*[(i, 0, i % 2) for i in range(21)]))
    assert lags.pairs.tolist() == [20, 19, 18, 17, 16, 15, 14, 13, 12 + 11]
    assert lags.distance.tolist() == [*range(1, 9), (9 * 12 + 10 * 11) / 23]
    assert lags.semivariance.tolist() == pytest.approx([0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5 * 12 / 23])


def test_a_mask_that_crosses_itself_is_refused_and_not_cut_in_half():
    crossed = shapely.Polygon([(87.0, 44.0), (87.6, 44.5), (87.6, 44.0), (87.0, 44.5)])
    with pytest.raises(
        LayerError, match=r"^图：插值面的范围几何无效（Self-intersection\[87\.3 44\.25\]）。处理：先修复几何"
    ):
        estimate_surface(*stations(), crossed, method="idw", cell_m=2000, where="图")
