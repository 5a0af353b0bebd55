"""A map description and the workspace's data -> a `Scene` in which everything is decided; see `build_scene`."""

from changji_geo.scene.building import FILTER_LIMIT, INTERNAL_USE, PAGE_SIZES_MM, build_scene

__all__ = ["FILTER_LIMIT", "INTERNAL_USE", "PAGE_SIZES_MM", "build_scene"]
