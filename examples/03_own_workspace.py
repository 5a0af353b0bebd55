"""3. An office's own layer and map: a workspace folder wins over what the package ships, layer by layer."""

import sys
from pathlib import Path

import changji_geo as cg


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples")
    work = out / "my_workspace"
    if not work.exists():
        cg.init_workspace(work)  # layers/, maps/ with an example, schemas for the editor

    description = (work / "maps" / "example.toml").read_text(encoding="utf-8")
    mine = description.replace("昌吉州生态环境“一张图”", "我的第一张图")
    (work / "maps" / "mine.toml").write_text(mine, encoding="utf-8")

    report = cg.build_maps(["mine"], out=work / "out", workspace=cg.find_workspace(work), formats=("html", "png"))
    for built in report.maps:
        print(f"{built.id}：{built.seconds:.1f} 秒")


if __name__ == "__main__":  # maps are drawn in parallel processes
    main()
