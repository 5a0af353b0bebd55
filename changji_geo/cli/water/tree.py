"""The commands of ``water``: name, function, one line of help, examples."""

from __future__ import annotations

import typer

from changji_geo.cli.help import Command, Group
from changji_geo.cli.water import classifying

app = typer.Typer(
    cls=Group,
    help="水质：断面、地下水类别，湖库营养状态，饮用水水源地达标，都按观测日期选标准并写明。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：
  changji-geo water classify 断面月报.xlsx --out 断面类别.xlsx
  changji-geo water tli 湖库.csv --out 营养状态.csv
  changji-geo water compliance 水源地.xlsx --kind lakes --out 水源地达标.xlsx

表里要有断面（点位）名称、日期、各项目的值和单位；单位写在列名的括号里、单位列里或格子里。
""",
)

_COMMANDS = (
    (
        "classify",
        classifying.classify_command,
        "按单因子法定水质类别：地表水断面（21 项）或地下水（39 项），并逐月评价流域。",
        """
例：
  changji-geo water classify 断面.csv --kind rivers --units standard --out 断面类别.xlsx --findings 发现.csv
  changji-geo water classify 断面.xlsx --target Ⅱ --out 类别.xlsx --series water_class --workspace 我的工作区
  changji-geo water classify 监测井.xlsx --kind wells --out 地下水.xlsx

溶解氧的饱和度不在这里推算：表里有“溶解氧饱和度(%)”，或按水温和海拔查得的“饱和溶解氧(mg/L)”一列时，按它判定Ⅰ类。
流域按月评价；同一断面一月多次采样的，各项先取算术平均，pH 取最差，结果里注明。
结果写成 .xlsx 时，类别、项目、流域各一个工作表；.csv 则各一个文件。
退出码 1：有不能用的值或跳过的行，列在 --findings 里。
""",
    ),
    (
        "tli",
        classifying.tli_command,
        "湖库综合营养状态指数：叶绿素a、总磷、总氮、透明度、高锰酸盐指数五项。",
        """
例：
  changji-geo water tli 天池.xlsx --out 营养状态.xlsx
  changji-geo water tli 湖库.csv --missing renormalise --out 营养状态.csv
""",
    ),
    (
        "compliance",
        classifying.compliance_command,
        "饮用水水源地（地表水）是否达标：表 1 按Ⅲ类，表 2 和表 3 按限值。",
        """
例：
  changji-geo water compliance 水源地.xlsx --kind lakes --out 达标.xlsx

只对所测的项目下结论，未测的逐项列出。地下水水源地用 water classify --kind wells --target Ⅲ。
""",
    ),
)

for _name, _function, _help, _epilog in _COMMANDS:
    app.command(_name, cls=Command, help=_help, epilog=_epilog)(_function)
