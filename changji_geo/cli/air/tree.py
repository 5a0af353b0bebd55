"""The commands of ``air``: name, function, one line of help, examples."""

from __future__ import annotations

import typer

from changji_geo.cli.air import evaluating, figures, importing
from changji_geo.cli.help import Command, Group

app = typer.Typer(
    cls=Group,
    help="环境空气：逐小时数据的整理、日报、时段统计、排名和日历图；按日期选用标准，并在结果中注明。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：用示例数据从头走一遍
  changji-geo air sample 示例
  changji-geo air import 示例/小时数据 --stations 示例/示例站点表.csv --out 小时.parquet --findings 发现.xlsx
  changji-geo air daily 小时.parquet --stations 示例/示例站点表.csv --out 日报.xlsx
  changji-geo air stats 小时.parquet --stations 示例/示例站点表.csv --period month --out 月统计.xlsx
  changji-geo air rank 小时.parquet --stations 示例/示例站点表.csv --period 2025 --value pm2_5 --out 排名.xlsx
  changji-geo air calendar 小时.parquet --stations 示例/示例站点表.csv --out 日历.png

来源可以是总站存档格式的逐小时文件，也可以是长表（时间、站点编码、污染物、浓度、单位）；时刻是北京时间，是该小时的结束。
2026-03-01 起按 HJ 633-2026、GB 3095-2026 评价，此前按 2012 版；跨这一天的时段两版分列，优良天数不可直接比较。
退出码：0 完成（发现写在表里）；2 输入或用法有误；3 环境故障。
""",
)

_COMMANDS = (
    (
        "import",
        importing.import_command,
        "把逐小时文件整理成一个文件，列出全部发现：缺测、重复、负值、9999、单位、时区、站点变动等。",
        """
例：
  changji-geo air import 2025/ --out 小时.parquet --findings 发现.xlsx
  changji-geo air import 全国.csv --unknown leave_out --out 本州.parquet
  changji-geo air import 2024/ 2025/ --station 2692A --station 3613A --out 昌吉市.csv

数值原样保留，只去掉不能用的读数；写出的文件可作下面各命令的来源，读回来数值相同。
""",
    ),
    (
        "daily",
        evaluating.daily_command,
        "日均值、臭氧日最大 8 小时、AQI、类别和首要污染物。",
        """
例：
  changji-geo air daily 小时.parquet --out 日报.xlsx
  changji-geo air daily 小时.parquet --by station --area 2692A --out 新区政务中心.csv
  changji-geo air daily 小时.parquet --by county --out 日报.xlsx --series air_daily_2025 --workspace 我的工作区
""",
    ),
    (
        "stats",
        evaluating.stats_command,
        "月、年、采暖季、考核年度的优良天数、均值、百分位数、综合指数和同比。",
        """
例：
  changji-geo air stats 小时.parquet --period month --out 月统计.xlsx
  changji-geo air stats 2024/ 2025/ --period heating --by region --compare --out 采暖季.xlsx
  changji-geo air stats 小时.parquet --period 2025 --dust 沙尘日.csv --out 年统计.xlsx
  changji-geo air stats 小时.parquet --period 2025 --out air_2025.xlsx --indicators --workspace 我的工作区

2026-03-01 起的综合指数没有核实过的权重，不计算；自备核实过的表用 --composite-table 给出。
--indicators 写成 layers/indicators/<结果文件名>.csv，地图里写 indicator = "air_pm2_5_mean"、period = "2025" 即可。
""",
    ),
    (
        "rank",
        figures.rank_command,
        "按综合指数、优良率或某项浓度给县市、区域或站点排名。",
        """
例：
  changji-geo air rank 小时.parquet --period 2025-01 --out 排名.xlsx --png 排名.png
  changji-geo air rank 小时.parquet --period month --value good_rate --out 优良率排名.xlsx
  changji-geo air rank 小时.parquet --period 2025 --by county --area wcs_all --value pm2_5 --out 排名.csv
""",
    ),
    (
        "calendar",
        figures.calendar_command,
        "每一天的空气质量画成日历图。",
        """
例：
  changji-geo air calendar 小时.parquet --out 日历.png
  changji-geo air calendar 小时.parquet --area 昌吉市 --out 昌吉市.pdf
""",
    ),
    (
        "sample",
        importing.sample_command,
        "写一套示例逐小时数据（随机生成，带真实文件里常见的毛病），供试用以上命令。",
        """
例：
  changji-geo air sample 示例
  changji-geo air sample 示例 --stations 60 --year 2025
""",
    ),
)
for name, function, text, examples in _COMMANDS:
    app.command(name, cls=Command, help=text, epilog=examples)(function)
