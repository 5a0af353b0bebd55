"""Air over time: hourly readings -> daily values and AQI -> periods, areas, rankings; every row names its standard."""

from changji_geo.monitoring.air.air_findings import AirFinding
from changji_geo.monitoring.air.evaluation.areas import area_daily, county_members, region_members
from changji_geo.monitoring.air.evaluation.comparing import compare_days, compare_values, rank_places
from changji_geo.monitoring.air.evaluation.composite import CompositeTable, composite_index, load_composite_table
from changji_geo.monitoring.air.evaluation.daily import build_daily
from changji_geo.monitoring.air.evaluation.dust import deduct_dust, load_dust_days, periods_with_and_without_dust
from changji_geo.monitoring.air.evaluation.evaluating import Evaluation, evaluate_periods
from changji_geo.monitoring.air.evaluation.period_text import parse_periods
from changji_geo.monitoring.air.evaluation.periods import (
    Period,
    any_period,
    assessment_period,
    heating_period,
    month_period,
    periods_between,
    year_period,
)
from changji_geo.monitoring.air.evaluation.places import AirPlaces, build_place_daily, choose_places
from changji_geo.monitoring.air.evaluation.ranking import Ranking, rank_evaluation
from changji_geo.monitoring.air.evaluation.statistics import PeriodTables, build_periods
from changji_geo.monitoring.air.hours import HourlyAir
from changji_geo.monitoring.air.reading.loading import load_hours
from changji_geo.monitoring.air.register_file import load_register
from changji_geo.monitoring.air.results.air_series import daily_series, period_series
from changji_geo.monitoring.air.results.indicator_values import indicator_values
from changji_geo.monitoring.air.sample import write_sample_hours
from changji_geo.monitoring.air.stations import station_register

__all__ = [
    "AirFinding",
    "AirPlaces",
    "CompositeTable",
    "Evaluation",
    "HourlyAir",
    "Period",
    "PeriodTables",
    "Ranking",
    "any_period",
    "area_daily",
    "assessment_period",
    "build_daily",
    "build_periods",
    "build_place_daily",
    "choose_places",
    "compare_days",
    "compare_values",
    "composite_index",
    "county_members",
    "daily_series",
    "deduct_dust",
    "evaluate_periods",
    "heating_period",
    "indicator_values",
    "load_composite_table",
    "load_dust_days",
    "load_hours",
    "load_register",
    "month_period",
    "parse_periods",
    "period_series",
    "periods_between",
    "periods_with_and_without_dust",
    "rank_evaluation",
    "rank_places",
    "region_members",
    "station_register",
    "write_sample_hours",
    "year_period",
]
