"""5. A map without a file: describe it in Python, check it like a file, draw it."""

import sys
from pathlib import Path

import changji_geo as cg

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples")

spec = cg.MapSpec.model_validate(
    {
        "title": "玛纳斯县空气站",
        "extent": "counties:652324",
        "layers": [
            {"source": "neighbours", "kind": "fill", "symbol": "context", "legend": False, "interactive": False},
            {"source": "counties", "kind": "fill", "symbol": "county", "label": "name"},
            {"source": "air_stations", "kind": "point", "symbol": "station", "label": "name"},
        ],
    }
)
scene = cg.build_scene(spec, map_id="manas_air")
cg.render_static(scene, out / "manas_air.svg")
cg.render_html(scene, out / "manas_air.html")

print("、".join(layer.title for layer in scene.layers))
