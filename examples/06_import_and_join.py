"""6. A table with coordinates as people type them, and a join: in which county each sampling point lies."""

import sys
from pathlib import Path

import changji_geo as cg

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples")
out.mkdir(parents=True, exist_ok=True)

table = out / "采样点（示例数据）.csv"
table.write_text(
    "编号,名称,经度,纬度,氨氮\n"
    "s1,一号点,87°18′30″E,44°00′36″N,0.42\n"
    "s2,二号点,东经86度12分05秒,北纬44度18分20秒,0.15\n"
    "s3,三号点,89.5931,44.0186,<0.025\n",
    encoding="gbk",
)

found = cg.read_any(table)
for finding in found.findings:
    print(f"［{finding.level}］{finding.message}")

counties = cg.load_layer("counties").frame[["name", "geometry"]].rename(columns={"name": "county"})
for row in cg.join_points(found.frame, counties).itertuples():
    print(f"{row.name}：{row.county}，{row.geometry.x:.6f}°，{row.geometry.y:.6f}°")
