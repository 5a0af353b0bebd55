"""Tables of water samples -> classes of sections, basins, wells, drinking sources; trophic index of lakes."""
