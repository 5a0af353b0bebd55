"""Air: indices of HJ 633-2012 and HJ 633-2026 and limits of GB 3095, chosen by the day of the observation.

Concentrations in ug/m3, CO in mg/m3. See `iaqi`, `aqi`, `limit`, `exceeds`.
"""

from changji_geo.standards.air.editions import (
    AIR_CLASSES,
    AirClass,
    Averaging,
    Edition,
    Pollutant,
    PollutantId,
    index_edition,
)
from changji_geo.standards.air.grading import Report
from changji_geo.standards.air.indices import aqi, iaqi
from changji_geo.standards.air.limits import PERIODS, AreaClass, AverageTime, Limit, LimitPeriod, exceeds, limit

__all__ = [
    "AIR_CLASSES",
    "PERIODS",
    "AirClass",
    "AreaClass",
    "AverageTime",
    "Averaging",
    "Edition",
    "Limit",
    "LimitPeriod",
    "Pollutant",
    "PollutantId",
    "Report",
    "aqi",
    "exceeds",
    "iaqi",
    "index_edition",
    "limit",
]
