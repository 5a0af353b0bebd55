"""The commands of ``fires``: name, function, one line of help, examples."""

from __future__ import annotations

import typer

from changji_geo.cli.fires import importing, sampling
from changji_geo.cli.help import Command, Group

app = typer.Typer(
    cls=Group,
    help="卫星火点：FIRMS 表格到县市归属、日报、地图和疑似点线索。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：用示例数据从头走一遍
  changji-geo fires sample 示例火点.csv
  changji-geo fires import 示例火点.csv --bulletin 日报.xlsx --html 火点.html --png 火点.png
  changji-geo fires import 示例火点.csv --as-clues 火点线索.csv --findings 发现.xlsx

火点是卫星热异常线索，经现场核实前一律称疑似火点；固定热源图层是近似的起始掩膜，剔除和提示都待核实。
""",
)

app.command(
    "import",
    cls=Command,
    help="读 FIRMS 的 MODIS、VIIRS 表格，定位、筛选、合并，写出日报、地图和线索。",
    epilog="""
例：
  changji-geo fires import 2026-03-26.csv --out 探测点.csv --bulletin 日报.xlsx
  changji-geo fires import 下载 --date 2026-03-26 --area 乌-昌-石区域西部四县市 --bulletin 日报.xlsx --png 火点.png
  changji-geo fires import 火点.csv --as-clues 火点线索.csv --reserves-only

一个 UTC 日的文件跨北京时间两天；不写 --date 则各天都写。
退出码 1：有行读不懂，没有计入；逐行列在 --findings 里。
""",
)(importing.import_command)
app.command(
    "sample",
    cls=Command,
    help="写一个随机生成的示例文件，FIRMS 格式，每行注明示例数据。",
    epilog="""
例：
  changji-geo fires sample 示例火点.csv
""",
)(sampling.sample_command)
