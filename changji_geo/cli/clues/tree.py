"""The commands of ``clues``: name, function, one line of help, examples."""

from __future__ import annotations

import typer

from changji_geo.cli.clues import (
    auditing,
    checking,
    importing,
    listing,
    outlining,
    outputs,
    updating,
    verifying,
    working,
)
from changji_geo.cli.help import Command, Group

app = typer.Typer(
    cls=Group,
    help="绿盾线索：从卫星图斑到销号，导入、检查、核查、整改、归档，全程留痕。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：用示例数据从头走一遍
  changji-geo clues sample 示例.gpkg
  changji-geo clues import 示例.gpkg --ledger 台账.gpkg --batch 示例2025-1 --by 张三
  changji-geo clues check --ledger 台账.gpkg --by 张三
  changji-geo clues cards --ledger 台账.gpkg --out 核查卡
  changji-geo clues export 台账.xlsx --ledger 台账.gpkg
  changji-geo clues update 台账.xlsx --ledger 台账.gpkg --by 张三
  changji-geo clues report --ledger 台账.gpkg --out 报告
  changji-geo clues verify --ledger 台账.gpkg

台账和经办人可由环境变量 CHANGJI_GEO_LEDGER、CHANGJI_GEO_BY 给出，下面各命令的例子就这样省去。
退出码：0 完成；1 完成但有发现需要处理；2 输入或用法有误，什么也没写；3 环境故障。
""",
)

_COMMANDS = (
    (
        "import",
        importing.import_command,
        "把一个文件里的线索导入台账；台账不存在则新建，同一文件再导入不增加任何东西。",
        """
例：
  changji-geo clues import 线索.shp --ledger 台账.gpkg --batch 绿盾2025-1 --by 张三
  changji-geo clues import 点位.xlsx --ledger 台账.gpkg --batch 绿盾2025-2 --datum gcj02 --buffer 50 --by 张三

退出码 1：有行不能用，跳过了（--skip-bad-rows）。
""",
    ),
    (
        "check",
        checking.check_command,
        "检查线索：功能区、县市、重点问题、以前批次、重复等；列出与上次不同之处。",
        """
例：
  changji-geo clues check
  changji-geo clues check --batch 绿盾2025-1 --json 检查结果.json

检查只陈述证据，由人决定。退出码 1：以前查过的线索有结果变了，需要看一看；只是图层换了版本而结果没变，不算。
""",
    ),
    (
        "set",
        working.set_command,
        "改一条线索的状态或字段，附上证据。",
        """
例：
  changji-geo clues set LD2025-0001 --status 已核查-待整改 --field 核查情况=属实 --field 整改时限=2026-06-30
  changji-geo clues set LD2025-0001 --status 退回重办 --reason 回头看发现反弹 --evidence 现场.jpg --role 现场核查
""",
    ),
    (
        "close",
        working.close_command,
        "销号：须已验收，整改前、后各有证据，并写文号。",
        """
例：
  changji-geo clues close LD2025-0001 --document 昌州环函〔2026〕1号 --evidence-before 前.jpg --evidence-after 后.jpg
""",
    ),
    (
        "drop",
        working.drop_command,
        "剔除一条线索，写明原因；它仍留在台账里，可以恢复。",
        """
例：
  changji-geo clues drop LD2025-0034 --code duplicate --remark 与LD2025-0005是同一处
""",
    ),
    (
        "restore",
        working.restore_command,
        "恢复一条剔除了的线索。",
        """
例：
  changji-geo clues restore LD2025-0034 --reason 现场核实是另一处
""",
    ),
    (
        "outline",
        outlining.outline_command,
        "按一个文件重画一条线索的图形；原图形留在台账里。",
        """
例：
  changji-geo clues outline LD2025-0001 实测边界.shp --reason 现场实测
""",
    ),
    (
        "audit",
        auditing.audit_command,
        "复核：从有结论的线索里抽样，由另一个人同意或退回。",
        """
例：
  changji-geo clues audit sample --count 5 --seed 7
  changji-geo clues audit LD2025-0003 --agree --by 李四
  changji-geo clues audit LD2025-0007 --send-back --reason 照片不是这一处 --by 李四

结论是谁下的，谁就不能复核它。
""",
    ),
    (
        "evidence",
        working.evidence_command,
        "登记证据：文件复制到证据文件夹，记下 SHA-256。",
        """
例：
  changji-geo clues evidence LD2025-0001 前1.jpg 前2.jpg --role 整改前
""",
    ),
    (
        "update",
        updating.update_command,
        "读回填好的表：逐格列出改动，能改的一次写入，不能改的逐行说明原因。",
        """
例：
  changji-geo clues update 台账.xlsx --dry-run
  changji-geo clues update 台账.xlsx --yes

退出码 1：有行被退回，其余的已写入（--dry-run 时什么也不写）。
""",
    ),
    (
        "list",
        listing.list_command,
        "列出线索，可按状态、县市、保护地、批次、年份、逾期、剔除筛选。",
        """
例：
  changji-geo clues list --overdue
  changji-geo clues list --county 奇台县 --status 整改中 --out 奇台整改中.xlsx
""",
    ),
    (
        "history",
        listing.history_command,
        "一条线索的全部事件：谁、何时、改了什么、为什么、凭什么。",
        """
例：
  changji-geo clues history LD2025-0001
""",
    ),
    (
        "verify",
        verifying.verify_command,
        "核对台账：散列链、当前状态、证据文件；有问题逐条指出。",
        """
例：
  changji-geo clues verify
  changji-geo clues verify --anchor "17 5f2c……"

锚记是末号和散列值那一行：印在纸上或发给同事，以后凭它证明此前的事件没有被换过。
退出码 1：有问题。
""",
    ),
    (
        "cards",
        outputs.cards_command,
        "每条线索一页核查卡：位置图、功能区图、坐标、检查结果、现场填写栏。",
        """
例：
  changji-geo clues cards --out 核查卡 --status 待核查
  changji-geo clues cards --out 核查卡 --id LD2025-0001 --id LD2025-0002 --format pdf
""",
    ),
    (
        "export",
        outputs.export_command,
        "写成可填写的 XLSX 台账、外业手机用的 KML/KMZ/GPX、QField 用的 GeoPackage 或 GeoJSON。",
        """
例：
  changji-geo clues export 台账.xlsx
  changji-geo clues export 外业.kmz --county 奇台县 --status 待核查
""",
    ),
    (
        "report",
        outputs.report_command,
        "一个时段的报告：交互地图、静态地图、统计表和 Word 文档。",
        """
例：
  changji-geo clues report --out 报告 --from 2025-01-01 --to 2025-12-31
""",
    ),
    (
        "copy",
        importing.copy_command,
        "把台账连同全部事件复制到另一处：文件到数据库、数据库到文件都可以。",
        """
例：
  changji-geo clues copy 台账.gpkg postgresql://gis@服务器/clues
""",
    ),
    (
        "sample",
        importing.sample_command,
        "写出一个示例数据文件：随机生成的线索，不是真实线索。",
        """
例：
  changji-geo clues sample 示例.gpkg
  changji-geo clues sample 上期.gpkg --part 上期
""",
    ),
)

for _name, _function, _help, _epilog in _COMMANDS:
    app.command(_name, cls=Command, help=_help, epilog=_epilog)(_function)
