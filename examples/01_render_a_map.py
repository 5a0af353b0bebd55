"""1. One description, two maps: the interactive page and the printed page of "一张图"."""

import sys
from pathlib import Path

import changji_geo as cg

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples")

scene = cg.build_scene("overview")
cg.render_html(scene, out / "overview.html")
cg.render_static(scene, out / "overview.png", out / "overview.pdf")

print(f"{scene.title}：{len(scene.layers)} 个图层，提示 {len(scene.notices)} 条")
