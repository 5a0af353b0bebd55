"""3. An office's own layer and map: a workspace folder wins over what the package ships, layer by layer."""

import sys
from pathlib import Path

import changji_geo as cg

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples")
work = out / "my_workspace"
cg.init_workspace(work)  # layers/, maps/ with an example, editor schema

description = (work / "maps" / "example.toml").read_text(encoding="utf-8")
(work / "maps" / "mine.toml").write_text(
    description.replace("title =", 'subtitle = "我的第一张图"\ntitle =', 1), encoding="utf-8"
)
report = cg.build_maps(["mine"], out=work / "out", workspace=cg.find_workspace(work), formats=("html", "png"))

for built in report.maps:
    print(f"{built.map_id}：{built.seconds:.1f} 秒")
