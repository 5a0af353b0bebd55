"""4. The same offline map inside a report page that someone else wrote."""

import sys
from pathlib import Path

import changji_geo as cg

out = Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples")
out.mkdir(parents=True, exist_ok=True)

fragment = cg.embed(cg.build_scene("water_sources"), height=560)
page = f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>饮用水水源地季报</title>
<body style="max-width:960px;margin:2em auto;font-family:sans-serif">
<h1>饮用水水源地季报</h1><p>下图离线可用，可点击水源地查看信息。</p>
{fragment}
<p>（报告正文……）</p></body></html>"""
(out / "report.html").write_text(page, encoding="utf-8")

print(f"报告已写入 {out / 'report.html'}")
