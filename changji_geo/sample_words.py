"""How made-up data are called: the words that every map, table and command says of them."""

from __future__ import annotations

SAMPLE_MARK = "示例"
"""What a foreign file or the names in it begin with, or hold, when they say of themselves that they are made up."""

SAMPLE_DATA = "示例数据"
SAMPLE_TITLE = f"（{SAMPLE_DATA}）"
"""End of the title of a made-up layer, series or map."""

SAMPLE_NOTICE = f"{SAMPLE_DATA}，不是真实数据"
