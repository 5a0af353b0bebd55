"""Concentrations of the pollutants -> index, class and primary pollutant of each row, by the edition of its date."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.standards.air.arguments import Dated, Dates, Numbers, dated_rows, days_of, numbers_of
from changji_geo.standards.air.editions import RULES, Averaging, IndexRules, PollutantId, index_item
from changji_geo.standards.air.grading import Graded, Report, grade_item, grade_rows, items_of
from changji_geo.standards.air.lookup import INDEX_BITS, VALID
from changji_geo.standards.air.notes import flag_column, word_column


def iaqi(pollutant: PollutantId, concentration: Numbers, *, averaging: Averaging, date: Dates) -> pd.DataFrame:
    """Individual air quality indices (IAQI) of one pollutant, by the edition of HJ 633 that each date calls for.

    Parameters
    ----------
    pollutant : {"so2", "no2", "pm10", "pm2_5", "co", "o3"}
        Which one.
    concentration : float or 1-D array-like
        In ug/m3, CO in mg/m3, gases at 298.15 K. Missing is NaN or None.
    averaging : {"1h", "8h", "24h"}
        Averaging time of the concentration: "8h" for ozone only, where "24h" does not exist.
    date : date, str or one per row
        Day of the observation. A time stamp that is the end of its hour is moved back by an hour first: the hour that ends
        on 2026-03-01 00:00 belongs to 2026-02-28.

    Returns
    -------
    DataFrame
        ``iaqi`` (float, whole numbers 0-500, NaN where there is none), ``standard`` (category, the edition's code) and
        ``notes`` (category, "" or words), one row per concentration, with the index of a Series.

        The concentration is rounded half to even to whole ug/m3 (CO 0.1 mg/m3), the index rounded up. Negative and
        implausible values (see ``air_aqi.toml``) have NaN and a note, and so have missing ones. Above the table: 500; SO2
        1 h and O3 8 h above 800 have no index in 2012 and 200 and 300 in 2026. Where the edition of 2012 leaves a rule to
        practice (rounding, values above the table, hourly particles), the row says so.

    Raises
    ------
    InputError
        Unknown pollutant or averaging time, concentrations that are no numbers, dates that are none or have a time zone.

    Notes
    -----
    IAQI = ceil((I_hi - I_lo) / (BP_hi - BP_lo) * (C - BP_lo) + I_lo), HJ 633-2012 4.2 and table 1, HJ 633-2026 table 1.

    Examples
    --------
    >>> days = ["2026-02-28", "2026-03-01"]
    >>> iaqi("pm2_5", [60, 60], averaging="24h", date=days)[["iaqi", "standard"]].values.tolist()
    [[82.0, 'HJ 633-2012'], [100.0, 'HJ 633-2026']]
    >>> iaqi("o3", 801, averaging="8h", date="2026-03-01").notes[0]
    'o3 超出分级表，按上限计'
    """
    item = index_item(pollutant, averaging)
    values, index = numbers_of(concentration, pollutant)
    dated = dated_rows(days_of(date, index, pollutant), len(index), RULES)
    packed, flags = grade_item(item, values, dated, RULES)
    absent = ((packed & VALID) == 0) | dated.missing
    return pd.DataFrame(
        {
            "iaqi": _floats(packed & INDEX_BITS, absent),
            "standard": _standards(dated, RULES),
            "notes": flag_column(flags, [pollutant]),
        },
        index=index,
    )


def aqi(frame: pd.DataFrame, *, averaging: Report, date: Dates | None = None, with_iaqi: bool = False) -> pd.DataFrame:
    """Air quality index, class and primary pollutants of each row, by the edition of HJ 633 that its date calls for.

    Parameters
    ----------
    frame : DataFrame
        Columns ``so2 no2 pm10 pm2_5 o3`` in ug/m3 and ``co`` in mg/m3; other columns are not looked at. Daily: day means,
        ``o3_8h`` the day's largest 8 h mean, and ``o3`` the day's largest 1 h mean, which only days before 2026-03-01
        need. Hourly: 1 h means; ``so2_24h``, where there is one, serves rows of 2012 with SO2 above 800. What is not
        monitored is a column of blanks, never an absent one.
    averaging : {"24h", "1h"}
        Daily or hourly index.
    date : date, str or one per row, optional
        Day of the observation, see `iaqi`; without it the column ``date``.
    with_iaqi : bool
        Add ``iaqi_so2`` and so on.

    Returns
    -------
    DataFrame
        With the index of the frame: ``aqi`` (float, whole numbers, NaN where none may be given), ``category`` (优 ...),
        ``level`` (一级 ...), ``color`` (绿色 ...), ``primary`` (ties joined by 、; — where AQI <= 50), ``standard`` and
        ``notes``, the words all as categories.

        A row that lacks a pollutant, or has an unusable value: by HJ 633-2026 the index of the rest counts only above
        100, else ``aqi`` is NaN; HJ 633-2012 has no such rule, the index is that of the rest. Both are noted.

    Raises
    ------
    InputError
        A column is absent, holds text, or the date is missing as an argument and as a column.

    Examples
    --------
    >>> day = {"so2": 9, "no2": 30, "pm10": 150, "pm2_5": 75, "co": 0.9, "o3": 90, "o3_8h": 80}
    >>> table = pd.DataFrame([day, day], index=["old", "new"])
    >>> out = aqi(table, averaging="24h", date=["2026-02-28", "2026-03-01"])
    >>> out[["aqi", "category", "primary", "standard"]].values.tolist()
    [[100.0, '良', 'PM10、PM2.5', 'HJ 633-2012'], [114.0, '轻度污染', 'PM2.5', 'HJ 633-2026']]
    """
    if averaging not in ("1h", "24h"):
        raise InputError(
            f"没有平均时间“{averaging}”的空气质量指数",
            expected='averaging="24h"（日报）或 "1h"（实时报）',
            fix="改成其中一个",
        )
    if date is None and "date" not in frame.columns:
        raise InputError(
            "没有日期", where="空气质量表", expected="参数 date，或名为 date 的列", fix="按观测日期选用标准，请给出日期"
        )
    days = days_of(frame["date"] if date is None else date, frame.index, "date")
    dated = dated_rows(days, len(frame), RULES)
    columns = _columns(frame, averaging, dated)
    graded = grade_rows(columns, dated, averaging, RULES, keep=with_iaqi)
    return _frame(graded, dated, RULES, frame.index)


def column_of(item: str) -> str:
    """The column an item is read from: its pollutant, but ``o3_8h`` and the substitute ``so2_24h`` by their full name."""
    return item if item == "o3_8h" else item.rpartition("_")[0]


def _columns(frame: pd.DataFrame, averaging: Report, dated: Dated) -> dict[str, npt.NDArray[np.generic]]:
    """Item -> its values; the items that the editions of the dates have, all of them present."""
    known = dated.edition[~dated.missing]
    present = [k for k in range(len(RULES.editions)) if (known == k).any()] or [len(RULES.editions) - 1]
    wanted = [i for k, e in enumerate(RULES.editions) if k in present for i in items_of(e, averaging)]
    out: dict[str, npt.NDArray[np.generic]] = {}
    for item in dict.fromkeys(wanted):
        name = column_of(item)
        if name not in frame.columns:
            hint = near_match(name, map(str, frame.columns))
            raise InputError(
                f"没有 {name} 列",
                where="空气质量表",
                expected="、".join(dict.fromkeys(map(column_of, wanted))),
                fix=f"{hint if hint.startswith('是不是') else ''}没有监测的项目，请加一个空列",
            )
        out[item] = _one(frame, name)
    if averaging == "1h" and "so2_24h" in frame.columns:
        out["so2_24h"] = _one(frame, "so2_24h")
    return out


def _one(frame: pd.DataFrame, name: str) -> npt.NDArray[np.generic]:
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise InputError(
            f"{name} 列有 {column.shape[1]} 个", where="空气质量表", expected="一列", fix="删去或改名多余的列"
        )
    return numbers_of(column, f"{name} 列")[0]


def _frame(graded: Graded, dated: Dated, rules: IndexRules, index: pd.Index[Any]) -> pd.DataFrame:
    uppers = [c.upper for c in rules.classes]
    places = np.searchsorted(uppers, np.arange(rules.steps[-1] + 1)).astype(np.int8)
    codes = np.where(graded.absent, np.int8(-1), places[graded.index])
    out: dict[str, Any] = {"aqi": _floats(graded.index, graded.absent)}
    for field in ("category", "level", "color"):
        words = [getattr(c, field) for c in rules.classes]
        out[field] = word_column(codes, words, ordered=field != "color")
    out["primary"] = _primaries(graded, rules)
    out["standard"] = _standards(dated, rules)
    out["notes"] = flag_column(graded.flags, [column_of(i) for i in graded.items])
    for item, packed in graded.packed.items():
        out[f"iaqi_{column_of(item)}"] = _floats(packed & INDEX_BITS, ((packed & VALID) == 0) | dated.missing)
    return pd.DataFrame(out, index=index)


def _primaries(graded: Graded, rules: IndexRules) -> pd.Categorical[Any]:
    """Words for the sets of primary pollutants that occur; "—" where the index is 50 or less."""
    names = [rules.label(item) for item in graded.items]
    counts = np.bincount(graded.leaders, minlength=1 << len(names))
    sets = [m for m in np.flatnonzero(counts).tolist() if m]
    sets.sort(key=lambda m: (m.bit_count(), m))
    words = ["—", *("、".join(n for k, n in enumerate(names) if m >> k & 1) for m in sets)]
    place = np.zeros(len(counts), dtype=np.int16)
    place[sets] = np.arange(1, len(words))
    codes = place[graded.leaders]
    codes[graded.absent] = -1
    return word_column(codes, words)


def _standards(dated: Dated, rules: IndexRules) -> pd.Categorical[Any]:
    codes = np.where(dated.missing, np.int8(-1), dated.edition)
    return word_column(codes, [e.code for e in rules.editions], ordered=True)


def _floats(index: npt.NDArray[np.uint16], absent: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    out = index.astype(np.float64)
    out[absent] = np.nan
    return out
