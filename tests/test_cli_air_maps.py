"""What ``air stats --indicators`` and ``--series`` write is drawn by maps as it is."""

import pytest

from changji_geo.catalog import load_layer
from changji_geo.indicators import attach_indicators, load_indicators
from changji_geo.resources import find_workspace
from changji_geo.scene import build_scene
from changji_geo.series import load_series
from tests.air_hour_files import hour_rows, write_hours

MAP = 'title = "PM2.5"\nextent = "counties"\ndate = 2026-11-23\n\n[[layers]]\nsource = "{source}"\nkind = "{kind}"\n'


@pytest.fixture
def spring(tmp_path):
    """March and April 2025 of two stations of 昌吉市 and one of 玛纳斯县."""
    return write_hours(
        tmp_path / "in.csv",
        hour_rows("2692A", "2025-03-01", 61, pm2_5=[30] * 31 + [50] * 30),
        hour_rows("3613A", "2025-03-01", 61, pm2_5=[41] * 31 + [50] * 30),
        hour_rows("mns_seat", "2025-03-01", 61, pm2_5=[80] * 31 + [20] * 30),
    )


@pytest.fixture
def space(tmp_path):
    """An empty workspace of one's own."""
    (tmp_path / "ws" / "layers").mkdir(parents=True)
    return tmp_path / "ws"


def values_of(scene, layer=0):
    """Name -> value of the features of a layer."""
    return {feature.id: feature.value for feature in scene.layers[layer].features if feature.value is not None}


def map_text(source, kind, *lines):
    return MAP.format(source=source, kind=kind) + "\n".join(lines) + "\n"


def scene_of(text, space):
    file = space / "maps" / "karte.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return build_scene("karte", workspace=find_workspace(space))


def test_indicators_are_attached_and_mapped_by_name_and_period(run, spring, space, tmp_path):
    code, out, err = run(
        "air", "stats", spring, "--period", "month", "--out", tmp_path / "air_2025.xlsx", "--indicators", "-w", space
    )
    assert code == 0, err
    assert f"指标写入 {space / 'layers' / 'indicators' / 'air_2025.csv'}：64 个数值" in out
    joined = attach_indicators(
        load_layer("counties", find_workspace(space)), "air_pm2_5_mean", period="2025-03",
        table=load_indicators(find_workspace(space)),
    )  # fmt: skip
    frame = joined.frame.set_index("id")
    assert frame["value"].dropna().to_dict() == {"652301": 36, "652324": 80}
    assert frame.loc["652301", "unit"] == "微克/立方米"
    assert frame.loc["652301", "source"] == "环境空气逐小时数据（2025-03-01 至 2025-04-30）计算，HJ 663-2013"
    scene = scene_of(
        map_text("counties", "choropleth", 'indicator = "air_good_rate"', 'period = "2025-04"',
                 "scale = { breaks = [50.0, 90.0] }"),
        space,
    )  # fmt: skip
    assert values_of(scene) == {"652301": 100, "652324": 100}


def test_a_second_run_needs_replace_and_then_adds_no_definition_twice(run, spring, space, tmp_path):
    words = ["air", "stats", spring, "--period", "month", "--out", tmp_path / "a.xlsx", "--indicators", "-w", space]
    run(*words)
    definitions = (space / "layers" / "indicators" / "indicators.toml").read_bytes()
    values = (space / "layers" / "indicators" / "a.csv").read_bytes()
    (tmp_path / "a.xlsx").unlink()
    code, _, err = run(*words)
    assert code == 2 and "工作区里已有 a.csv，不会覆盖" in err and not (tmp_path / "a.xlsx").exists()
    assert run(*words, "--replace")[0] == 0
    assert (space / "layers" / "indicators" / "indicators.toml").read_bytes() == definitions
    assert (space / "layers" / "indicators" / "a.csv").read_bytes() == values


def test_definitions_that_a_workspace_has_stay_and_others_of_the_same_id_are_refused(run, spring, space, tmp_path):
    folder = space / "layers" / "indicators"
    folder.mkdir()
    own = (
        '# 自己的\n[[indicators]]\nid = "air_good_days"\nname = "优良天数"\nunit = "天"\ndirection = "higher_better"\n'
    )
    (folder / "indicators.toml").write_text(own, encoding="utf-8")
    words = ["air", "stats", spring, "--period", "month", "--out", tmp_path / "a.xlsx", "--indicators", "-w", space]
    assert run(*words)[0] == 0
    text = (folder / "indicators.toml").read_text(encoding="utf-8")
    assert text.startswith(own) and text.count('id = "air_good_days"') == 1
    (folder / "indicators.toml").write_text(own.replace('"天"', '"%"'), encoding="utf-8")
    (folder / "a.csv").unlink()
    code, _, err = run(*words)
    assert code == 2 and "指标“air_good_days”已有定义：优良天数，单位 %" in err
    assert not (folder / "a.csv").exists()


def test_indicators_of_regions_and_stations_belong_to_their_layers(run, spring, space, tmp_path):
    for kind, layer, area in (("region", "regions", "wcs_west4"), ("station", "air_stations", "2692A")):
        run("air", "stats", spring, "--by", kind, "--area", area, "--period", "2025-03", "--out",
            tmp_path / f"{kind}.csv", "--indicators", "-w", space)  # fmt: skip
        table = load_indicators(find_workspace(space))
        (value,) = table.select("air_pm2_5_mean", layer=layer, area=area)
        assert value.value == {"region": 50, "station": 30}[kind]


def test_a_daily_series_moves_on_a_map_with_its_standards(run, tmp_path, space):
    source = write_hours(
        tmp_path / "in.csv",
        hour_rows("2692A", "2026-02-27", 4, pm2_5=[30, 70, 70, ""]),
        hour_rows("mns_seat", "2026-02-28", 1, pm2_5=30),
    )
    code, out, err = run(
        "air", "daily", source, "--out", tmp_path / "d.csv", "--series", "air_days", "--workspace", space
    )
    assert code == 0, err
    assert "时间序列写入" in out and "2 处，2026-02-27 至 2026-03-02 共 4 个时刻，图层 counties。" in out
    series = load_series("air_days", find_workspace(space))
    assert series.areas == ("652301", "652324") and series.meta.standard == "standard"
    assert series.column("pm2_5").tolist()[1] == [70, 30]
    assert series.column("standard")[:, 0].tolist() == ["HJ 633-2012"] * 2 + ["HJ 633-2026"] * 2
    assert series.column("category")[0, 0] == "优" and not series.meta.sample
    assert [str(series.column(c)[3, 0]) for c in ("aqi", "category", "primary", "pm10")] == ["nan", "", "", "40.0"]
    scene = scene_of(
        map_text("counties", "choropleth", 'series = "air_days"', 'column = "aqi"', 'scale = { standard = "aqi" }'),
        space,
    )
    layer = scene.layers[0]
    at = [feature.id for feature in layer.features].index("652301")
    shown = [float(layer.series.values[frame][at]) for frame in range(3)]
    assert shown[:2] == [43, 94] and shown[2] > 100
    assert any("2026-03-01" in notice and "不可直接比较" in notice for notice in scene.notices)


def test_a_series_of_stations_has_the_stations_of_the_layer(run, spring, space, tmp_path):
    run("air", "daily", spring, "--by", "station", "--out", tmp_path / "d.csv", "--series", "tage", "-w", space)
    series = load_series("tage", find_workspace(space))
    assert (series.meta.layer, series.meta.step) == ("air_stations", "day")
    assert series.areas == ("2692A", "3613A", "mns_seat") and len(series.times) == 61
    scene = scene_of(
        map_text("air_stations", "point", 'series = "tage"', 'column = "pm2_5"', 'at = "2025-03-01"',
                 "scale = { breaks = [35.0, 75.0] }"),
        space,
    )  # fmt: skip
    assert values_of(scene) == {"2692A": 30, "3613A": 41, "mns_seat": 80}


def test_a_series_of_months_leaves_months_without_enough_days_empty(run, space, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2025-03-01", 35, pm2_5=30))
    run("air", "stats", source, "--period", "month", "--out", tmp_path / "m.csv", "--series", "monate", "-w", space)
    series = load_series("monate", find_workspace(space))
    assert (series.meta.step, series.times) == ("month", ("2025-03", "2025-04"))
    assert series.column("pm2_5")[0, 0] == 30 and series.column("good_rate")[0, 0] == 100
    assert [str(v) for v in (series.column("pm2_5")[1, 0], series.column("good_days")[1, 0])] == ["nan", "nan"]
    code, _, err = run(
        "air", "stats", source, "--period", "2025-03", "--out", tmp_path / "n.csv", "--series", "x", "-w", space
    )
    assert code == 2 and "--series 不能用于时段“2025-03”" in err and not (tmp_path / "n.csv").exists()


def test_made_up_days_are_made_up_on_the_map(run, space, tmp_path):
    source = write_hours(tmp_path / "示例.csv", hour_rows("2692A", "2025-03-01", 2))
    run("air", "daily", source, "--out", tmp_path / "d.csv", "--series", "s", "-w", space)
    run(
        "air",
        "stats",
        source,
        "--period",
        "2025-03-01/2025-03-02",
        "--out",
        tmp_path / "k.csv",
        "--indicators",
        "-w",
        space,
    )
    assert load_series("s", find_workspace(space)).meta.sample
    table = load_indicators(find_workspace(space))
    assert table.select("air_pm2_5_mean")[0].source.startswith("示例数据，不是真实数据；")


def test_an_id_that_is_there_or_cannot_be_one_is_refused_before_the_work(run, spring, space, tmp_path):
    words = ["air", "daily", spring, "--out", tmp_path / "d.csv", "-w", space, "--series"]
    assert run(*words, "tage")[0] == 0
    (tmp_path / "d.csv").unlink()
    code, _, err = run(*words, "tage")
    assert code == 2 and "工作区里已有时间序列 tage，不会覆盖" in err and not (tmp_path / "d.csv").exists()
    assert run(*words, "tage", "--replace")[0] == 0
    code, _, err = run(*words, "日值")
    assert code == 2 and "--series 的“日值”不能作标识" in err
