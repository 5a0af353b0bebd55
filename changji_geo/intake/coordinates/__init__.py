"""Texts and numbers of any habit -> geometry in EPSG:4490 (`placing.place_rows`, `georef.settle_crs`)."""
