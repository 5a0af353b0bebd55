"""The numbered examples run as a user runs them, stay short, and leave what they promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("[0-9]*.py"))
LEAVES = {
    "01_render_a_map": ["overview.html", "overview.png", "overview.pdf"],
    "02_attach_indicators": [],
    "03_own_workspace": ["my_workspace/out/index.html", "my_workspace/out/mine.html", "my_workspace/out/mine.png"],
    "04_embed_in_a_report": ["report.html"],
    "05_map_in_code": ["manas_air.svg", "manas_air.html"],
    "06_import_and_join": [],
    "07_green_shield": [
        "green_shield/报告/报告.docx",
        "green_shield/报告/统计.xlsx",
        "green_shield/报告/线索地图.html",
        "green_shield/核查卡/线索核查卡.pdf",
        "green_shield/线索.xlsx",
        "green_shield/线索.kml",
    ],
    "08_monitoring": ["monitoring/空气质量.html", "monitoring/日历.png"],
}
SAYS = {
    "01_render_a_map": "昌吉州生态环境“一张图”：10 个图层",
    "02_attach_indicators": "玛纳斯县：65.6 %",
    "03_own_workspace": "mine：",
    "04_embed_in_a_report": "报告已写入",
    "05_map_in_code": "环境空气站",
    "06_import_and_join": "三号点：奇台县，89.593100°，44.018600°",
    "07_green_shield": "核查 35 条示例线索",
    "08_monitoring": "14 个示例站点",
}


def test_there_are_eight_examples():
    assert [e.stem for e in EXAMPLES] == list(LEAVES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.stem)
def test_an_example_runs(example, tmp_path):
    source = example.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 36 and sum(bool(line.strip()) for line in source.splitlines()) < 30
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example), str(tmp_path / "out")],
        cwd=tmp_path, env=os.environ | {"PYTHONUTF8": "1"}, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert SAYS[example.stem] in done.stdout
    for name in LEAVES[example.stem]:
        assert (tmp_path / "out" / name).stat().st_size > 1000
