"""What a file holds, before anything in it is interpreted."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from changji_geo.intake.findings import IntakeFinding

if TYPE_CHECKING:
    import pandas as pd
    import pyproj

Datum = Literal["cgcs2000", "gcj02", "bd09"]
"""What the coordinates mean: true ones (CGCS2000 = WGS 84 here), 高德/腾讯/谷歌中国 (GCJ-02), 百度 (BD-09)."""


@dataclass(frozen=True)
class Source:
    """One layer, sheet or folder tree of a file.

    ``frame`` is a GeoDataFrame (geometry column ``geometry``, no CRS set on it, Z and M as in the file) when the format has
    geometry, else a DataFrame of cells; nothing is converted or repaired. Its index holds the row numbers the user sees
    (integers, rising, unique): the sheet's row, or the feature's number from 1. Column names are unique non-empty texts.

    ``crs`` is what the file itself declares, None when it says nothing (a .prj, a GeoPackage entry, or a format that
    defines it: KML, GPX and RFC 7946 GeoJSON are EPSG:4326). ``datum_hint`` is "gcj02" when the file's kind says so (奥维
    ovkml/ovkmz), with the reason in the findings; None: nothing is known.
    """

    path: Path
    format: str
    layer: str
    frame: pd.DataFrame
    crs: pyproj.CRS | None = None
    encoding: str = ""
    datum_hint: Datum | None = None
    findings: tuple[IntakeFinding, ...] = ()

    @property
    def row_word(self) -> str:
        """``行`` for tables, ``个要素`` for features: what `findings` count."""
        return "个要素" if self.has_geometry else "行"

    @property
    def has_geometry(self) -> bool:
        """Whether the format brings geometry; a table's must be made from its columns."""
        return "geometry" in self.frame.columns and str(self.frame["geometry"].dtype) == "geometry"

    def note(self, *findings: IntakeFinding) -> Source:
        """The same source with more findings."""
        return dataclasses.replace(self, findings=(*self.findings, *findings))
