"""The shipped overview through the public API: HTML, PNG at 300 dpi on A4, PDF."""

import sys
from pathlib import Path

import changji_geo as cg

out = Path(sys.argv[1])
scene = cg.build_scene("overview")
cg.render_html(scene, out / "overview.html")
cg.render_static(scene, out / "overview.png", out / "overview.pdf")
