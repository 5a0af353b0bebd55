"""What a result is flagged with: one number per row while computing, words for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from changji_geo.standards.air.lookup import (
    CAPPED,
    CAPPED_BY_PRACTICE,
    IMPLAUSIBLE,
    MISSING,
    NEGATIVE,
    REFERRED,
)

ROW_SHIFT = 24
"""Below it three bits of state for each item, from it on the notes on the whole row."""

NO_DATE, INCOMPLETE, NO_SUBSTITUTE, ROUNDED, HOURLY, EARLY, LATE, ZERO = (np.uint8(1 << k) for k in range(8))

_STATE_WORDS = {
    MISSING: "缺测",
    NEGATIVE: "为负值，未计",
    IMPLAUSIBLE: "大得不合理，未计",
    CAPPED: "超出分级表，按上限计",
    REFERRED: "超出本平均时间的分级表，改报另一平均时间的分指数",
    CAPPED_BY_PRACTICE: "超出分级表，按上限计（HJ 633-2012 未写明，惯例）",
}

_ROW_WORDS = (
    (NO_DATE, "没有日期，不能选定标准"),
    (INCOMPLETE, "缺项，其余项目不高于 100，按 HJ 633-2026 不发布 AQI"),
    (NO_SUBSTITUTE, "缺少应改报的分指数，不给出 AQI"),
    (ROUNDED, "浓度先按 GB/T 8170 修约（HJ 633-2012 未写明，惯例）"),
    (HOURLY, "小时指数只计六项 1 小时值，颗粒物用 24 小时分级（HJ 633-2012 未写明，惯例）"),
    (EARLY, "早于 HJ 633-2012 全国实施日期 2016-01-01"),
    (LATE, "GB 3095-2026 终期限值已实施，分级表仍是 HJ 633-2026 的，请核对有无修订"),
    (ZERO, "各项都为 0，不在 HJ 633-2026 的 1–500 之内"),
)


def flag_words(flags: int, names: Sequence[str]) -> str:
    """The words of one row's flags.

    Parameters
    ----------
    flags : int
        Three bits per item, in the order of `names`; from bit 24 on the notes on the row.
    names : sequence of str
        Columns of the items.

    Returns
    -------
    str
        "" where there is nothing to note.

    Examples
    --------
    >>> flag_words(1 | 2 << 3, ["so2", "no2", "co"])
    'so2 缺测；no2 为负值，未计'
    """
    states = [flags >> 3 * k & 7 for k in range(len(names))]
    if len(names) > 1 and all(state == MISSING for state in states):
        said = ["各项全部缺测"]
    else:
        said = [f"{name} {_STATE_WORDS[s]}" for name, s in zip(names, states, strict=True) if s in _STATE_WORDS]
    said += [words for bit, words in _ROW_WORDS if flags >> ROW_SHIFT & int(bit)]
    return "；".join(said)


def word_column(codes: npt.NDArray[Any], words: Sequence[str], *, ordered: bool = False) -> pd.Categorical[Any]:
    """Codes as words: a category, so that no text is made per row; code -1 is missing.

    Examples
    --------
    >>> list(word_column(np.array([1, 0]), ["优", "良"]))
    ['良', '优']
    """
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(words)), ordered=ordered)


def flag_column(flags: npt.NDArray[np.uint32], names: Sequence[str]) -> pd.Categorical[Any]:
    """Flags of many rows as words; only the combinations that occur become text.

    Parameters
    ----------
    flags : ndarray of uint32
        As in `flag_words`.
    names : sequence of str
        Columns of the items.

    Returns
    -------
    Categorical
        Category "" first.
    """
    codes = np.zeros(len(flags), dtype=np.int32)
    marked = np.flatnonzero(flags)
    found, kinds = (
        pd.factorize(flags[marked], sort=True) if len(marked) else (np.empty(0, np.intp), np.empty(0, np.uint32))
    )
    words = [flag_words(int(kind), names) for kind in kinds]
    categories = list(dict.fromkeys(["", *words]))
    place = np.array([categories.index(w) for w in words], dtype=np.int32)
    codes[marked] = place[found] if len(marked) else 0
    return word_column(codes, categories)
