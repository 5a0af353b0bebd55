"""Tables of water samples -> classes of sections, basins, wells, drinking sources; trophic index of lakes."""

from changji_geo.monitoring.water.basins import rate_basins
from changji_geo.monitoring.water.lakes import rate_lakes
from changji_geo.monitoring.water.sections import classify_sections, section_items
from changji_geo.monitoring.water.sources import check_sources
from changji_geo.monitoring.water.wells import classify_wells

__all__ = ["check_sources", "classify_sections", "classify_wells", "rate_basins", "rate_lakes", "section_items"]
