"""Files and tables of water samples -> classes of sections, basins, wells, drinking sources; trophic index of lakes; findings."""

from changji_geo.monitoring.water.basins import rate_basins
from changji_geo.monitoring.water.cell_findings import water_findings
from changji_geo.monitoring.water.lakes import rate_lakes
from changji_geo.monitoring.water.monthly_classes import class_series
from changji_geo.monitoring.water.reading import WaterTable, read_water
from changji_geo.monitoring.water.sections import classify_sections, section_items
from changji_geo.monitoring.water.sources import check_sources
from changji_geo.monitoring.water.wells import classify_wells

__all__ = [
    "WaterTable",
    "check_sources",
    "class_series",
    "classify_sections",
    "classify_wells",
    "rate_basins",
    "rate_lakes",
    "read_water",
    "section_items",
    "water_findings",
]
