"""Values and a scale -> classes: bounds, labels, colours and each value's class. Pure; nothing here draws.

An interval excludes its lower bound and includes its upper one (左开右闭); the first also includes its lower bound. This is
what mapclassify does, and what "PM2.5 ≤ 35" means.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from changji_geo.errors import SpecError
from changji_geo.palettes import palette
from changji_geo.specfile import Strict
from changji_geo.standards.scales import STANDARD_SCALES

Values = NDArray[np.float64]
Scheme = Literal["equal_interval", "quantiles", "fisher_jenks", "head_tail", "std_mean", "pretty", "unique"]


class ScaleSpec(Strict):
    """How values become classes and colours: a scheme with `k`, or fixed `breaks`, or a national standard."""

    scheme: Scheme = "fisher_jenks"
    k: int = Field(default=5, ge=2, le=9)
    breaks: list[float] | None = Field(
        default=None, min_length=1, max_length=12, description="分级界限，从小到大；界限值归入较小的一级"
    )
    standard: Literal["aqi", "surface_water"] | None = None
    palette: str = "YlOrRd"
    reverse: bool = False
    decimals: int | None = Field(default=None, ge=0, le=6, description="图例小数位；不写则自动")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.breaks is not None and self.standard is not None:
            raise ValueError("breaks 和 standard 只能写一个")
        if self.breaks is not None and any(b <= a for a, b in zip(self.breaks, self.breaks[1:], strict=False)):
            raise ValueError(f"breaks 必须从小到大且不重复，给出的是 {self.breaks}")
        return self


@dataclass(frozen=True)
class ValueClass:
    """One class of a numeric scale: label, colour, bounds (``-inf``/``inf`` when open)."""

    label: str
    color: str
    lower: float
    upper: float


@dataclass(frozen=True)
class Classification:
    """Classes in rising order, and for every value the number of its class (-1: no value)."""

    classes: tuple[ValueClass, ...]
    index: NDArray[np.int64]


def classify(values: Values, scale: ScaleSpec) -> Classification:
    """Put values into classes.

    Parameters
    ----------
    values : array of float, shape (n,)
        NaN means no value.
    scale : ScaleSpec
        Scheme and number of classes, or fixed breaks, or a national standard.

    Returns
    -------
    Classification
        When no more different values than classes exist, every value is its own class. No value at all: no classes.

    Raises
    ------
    SpecError
        Infinite values, a standard that does not class numbers, or an unknown palette.
    """
    if np.isinf(values).any():
        raise SpecError("数值中有无穷大，不能分级", fix="检查指标表")
    known = values[~np.isnan(values)]
    if scale.standard is not None:
        return _standard(values, scale.standard)
    if scale.breaks is not None:
        return _intervals(values, [-math.inf, *scale.breaks, math.inf], scale)
    if known.size == 0:
        return Classification((), np.full(values.shape, -1, dtype=np.int64))
    distinct = np.unique(known)
    if scale.scheme == "unique" or distinct.size <= scale.k:
        return _unique(values, distinct, scale)
    uppers = _SCHEMES[scale.scheme](known, scale.k)
    inner = sorted({float(u) for u in uppers if known.min() <= u < known.max()})
    return _intervals(values, [float(known.min()), *inner, float(known.max())], scale)


def _standard(values: Values, name: str) -> Classification:
    steps = STANDARD_SCALES[name]
    if any(step.upper is None for step in steps):
        raise SpecError(f"标准 {name} 是类别，不能对数值分级", fix='把该图层写成 kind = "category"，列中为Ⅰ、Ⅱ、Ⅲ……')
    lowers = [0.0, *(float(s.upper) for s in steps[:-1] if s.upper is not None)]
    classes = tuple(
        ValueClass(s.label, s.color, low, math.inf if s is steps[-1] else float(s.upper or 0))
        for s, low in zip(steps, lowers, strict=True)
    )
    return Classification(classes, _place(values, [0.0, *(c.upper for c in classes)]))


def _unique(values: Values, distinct: Values, scale: ScaleSpec) -> Classification:
    colors = palette(scale.palette, len(distinct), reverse=scale.reverse)
    decimals = _decimals(distinct, scale)
    classes = tuple(
        ValueClass(format_number(float(v), decimals), color, float(v), float(v))
        for v, color in zip(distinct, colors, strict=True)
    )
    index = np.searchsorted(distinct, values).astype(np.int64)
    index[np.isnan(values)] = -1
    return Classification(classes, index)


def _intervals(values: Values, bounds: list[float], scale: ScaleSpec) -> Classification:
    colors = palette(scale.palette, len(bounds) - 1, reverse=scale.reverse)
    finite = np.array([b for b in bounds if math.isfinite(b)])
    decimals = _decimals(finite, scale)
    classes = tuple(
        ValueClass(_interval_label(low, high, decimals), color, low, high)
        for low, high, color in zip(bounds[:-1], bounds[1:], colors, strict=True)
    )
    return Classification(classes, _place(values, bounds))


def _place(values: Values, bounds: list[float]) -> NDArray[np.int64]:
    """Class numbers by upper bounds; a value below the first bound or above the last is in the first or last class."""
    index = np.searchsorted(np.array(bounds[1:-1]), values, side="left").astype(np.int64)
    index[np.isnan(values)] = -1
    return index


def _interval_label(low: float, high: float, decimals: int) -> str:
    if low == -math.inf:
        return f"≤ {format_number(high, decimals)}"
    if high == math.inf:
        return f"> {format_number(low, decimals)}"
    first, last = format_number(low, decimals), format_number(high, decimals)
    return first if first == last else f"{first} – {last}"


def _decimals(numbers: Values, scale: ScaleSpec) -> int:
    """Fewest decimals (at most 4) that keep the numbers apart and, when they are short themselves, exact."""
    if scale.decimals is not None:
        return scale.decimals
    spread = float(np.ptp(numbers)) or abs(float(numbers[0])) or 1.0
    for decimals in range(5):
        rounded = np.round(numbers, decimals)
        if len(np.unique(rounded)) == len(np.unique(numbers)) and np.abs(rounded - numbers).max() <= spread * 0.005:
            return decimals
    return 4


def format_number(value: float, decimals: int | None = None) -> str:
    """A number for a reader: thousands apart by a thin space, minus sign as such, no trailing noise.

    Parameters
    ----------
    value : float
        Finite number.
    decimals : int, optional
        Fixed decimals; without it up to 6 significant digits and no trailing zeros.
    """
    if decimals is None:
        text = f"{value:,.6f}" if abs(value) < 1 else f"{value:,.{max(0, 6 - len(str(int(abs(value)))))}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace(",", "\u2009").replace("-", "\u2212")


def _equal_interval(known: Values, k: int) -> Values:
    return np.linspace(known.min(), known.max(), k + 1)[1:]


def _quantiles(known: Values, k: int) -> Values:
    return np.quantile(known, np.linspace(0, 1, k + 1)[1:])


def _pretty(known: Values, k: int) -> Values:
    """Round bounds (1, 2, 2.5 or 5 times a power of ten) whose number of classes comes nearest to `k`."""
    low, high = float(known.min()), float(known.max())
    magnitude = 10.0 ** math.floor(math.log10((high - low) / k))
    steps = [magnitude * m for m in (1, 2, 2.5, 5, 10)]
    step = min(steps, key=lambda s: (abs(math.ceil(high / s) - math.floor(low / s) - k), s))
    first = math.floor(low / step) + 1
    return np.array([step * i for i in range(first, math.ceil(high / step) + 1)])


def _fisher_jenks(known: Values, k: int) -> Values:
    """Least squared deviation within classes; jenkspy, since mapclassify costs 2 s to import and is slow without numba."""
    from jenkspy import jenks_breaks

    return np.asarray(jenks_breaks(known, n_classes=k)[1:], dtype=np.float64)


def _head_tail(known: Values, k: int) -> Values:
    """Means of ever smaller heads (Jiang 2013), at most `k` classes."""
    bounds: list[float] = []
    head = known
    while len(bounds) < k - 1 and head.size > 1 and np.ptp(head) > 0:
        bounds.append(float(head.mean()))
        head = head[head > bounds[-1]]
    return np.array(bounds)


def _std_mean(known: Values, k: int) -> Values:
    """Mean plus and minus one and two standard deviations (``ddof=1``); always at most five classes."""
    mean, std = known.mean(), known.std(ddof=1)
    return np.array([mean - 2 * std, mean - std, mean + std, mean + 2 * std])


_SCHEMES: dict[str, Callable[[Values, int], Values]] = {
    "equal_interval": _equal_interval,
    "quantiles": _quantiles,
    "fisher_jenks": _fisher_jenks,
    "head_tail": _head_tail,
    "std_mean": _std_mean,
    "pretty": _pretty,
}
