"""Active-fire files of FIRMS -> fire points with county, zone and standing, merged into fires, a daily bulletin, clues."""

from changji_geo.monitoring.fires.bulletin import Bulletin, daily_bulletin
from changji_geo.monitoring.fires.clue_rows import fires_as_clues
from changji_geo.monitoring.fires.locating import LocatedFires, locate_fires
from changji_geo.monitoring.fires.mapping import fire_layer, fire_map_spec
from changji_geo.monitoring.fires.merging import MergedFires, merge_fires
from changji_geo.monitoring.fires.reading import FireTable, read_fires
from changji_geo.monitoring.fires.screening import screen_fires

__all__ = [
    "Bulletin",
    "FireTable",
    "LocatedFires",
    "MergedFires",
    "daily_bulletin",
    "fire_layer",
    "fire_map_spec",
    "fires_as_clues",
    "locate_fires",
    "merge_fires",
    "read_fires",
    "screen_fires",
]
