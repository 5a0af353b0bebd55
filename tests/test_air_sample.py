"""The seeded sample: labelled, the same bytes each time, and the loader finds exactly the faults that were put in."""

import datetime

import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.areas import area_daily, county_members
from changji_geo.monitoring.air.evaluation.daily import build_daily
from changji_geo.monitoring.air.evaluation.periods import month_period, year_period
from changji_geo.monitoring.air.evaluation.statistics import build_periods
from changji_geo.monitoring.air.reading.loading import load_hours
from changji_geo.monitoring.air.sample import sample_stations, write_sample_hours


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_sample_hours(tmp_path_factory.mktemp("sample"), 2024, 8, seed=3)


@pytest.fixture(scope="module")
def loaded(written):
    return load_hours(written.files, register=written.register)


def count(data, rule):
    return sum(f.count for f in data.findings if f.rule == rule)


def test_the_loader_finds_the_faults_that_were_put_in(written, loaded):
    told = {"negative": "value-negative", "sentinel": "value-sentinel", "mark": "value-mark", "repeated-hour": "repeated-hour",
            "conflicting-hour": "conflicting-hour", "other-year": "other-year", "moved-station": "moved-station"}  # fmt: skip
    assert {fault: count(loaded, rule) for fault, rule in told.items()} == {f: written.faults[f] for f in told}
    assert len([f for f in loaded.findings if f.rule == "ozone-swapped"]) == 1
    assert count(loaded, "encoding") == written.faults["gbk-file"]
    of_year = loaded.gaps[loaded.gaps["start"] >= "2024-01-01"]["hours"].sum()
    assert abs(of_year - written.faults["gap"]) <= 24


def test_the_same_seed_gives_the_same_bytes_and_every_name_says_sample(written, tmp_path):
    again = write_sample_hours(tmp_path, 2024, 8, seed=3)
    assert [f.read_bytes() for f in again.files] == [f.read_bytes() for f in written.files]
    assert all(f.name.startswith("示例") for f in written.files)
    assert written.register["name"].str.startswith("示例").all()
    head = written.files[0].read_text("utf-8").splitlines()
    assert head[0].startswith(
        "timepoint,stationcode,longitude,latitude,area,positionname,primarypollutant,aqi,pm10,pm10_24h"
    )
    assert head[1].startswith("2024-01-01T01:00:00,S001,")
    assert "不是监测结果" in (written.files[0].parent / "示例数据说明.md").read_text("utf-8")


def test_the_sample_goes_through_to_county_statistics(loaded):
    assert loaded.sample
    members, _ = county_members(loaded.stations)
    daily = area_daily(build_daily(loaded), members)
    assert sorted(members) == sorted(daily["place"].unique())
    tables = build_periods(daily, [year_period(2024), *(month_period(2024, m) for m in range(1, 13))])
    year = tables.values[(tables.values["period"] == "2024") & (tables.values["pollutant"] == "pm2_5")]
    assert year["valid"].all()
    by_month = tables.values[(tables.values["pollutant"] == "pm2_5")].groupby("period")["mean"].mean()
    assert by_month["2024-01"] > 2 * by_month["2024-07"]
    ozone = tables.values[(tables.values["pollutant"] == "o3_8h")].groupby("period")["mean"].mean()
    assert ozone["2024-07"] > 2 * ozone["2024-01"]
    assert not {"ozone-ppb", "time-zone", "unusual-unit", "daylight-saving"} & {f.rule for f in loaded.findings}


def test_without_faults_there_are_none(tmp_path):
    sample = write_sample_hours(tmp_path, 2023, 2, seed=1, faults=False)
    data = load_hours(sample.files, register=sample.register)
    assert {f.level for f in data.findings} == {"info", "repair"}
    assert data.days == (datetime.date(2023, 1, 1), datetime.date(2023, 12, 31))
    assert len(data.gaps) == 0


def test_a_number_of_stations_must_make_sense():
    with pytest.raises(InputError, match="示例站点数 0 不对"):
        sample_stations(0, 1)
    assert sample_stations(60, 1)["code"].is_unique
