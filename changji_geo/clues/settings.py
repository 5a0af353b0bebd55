"""Thresholds, layers, weights and drop reasons of the clue checks: ``settings.toml``, or a copy that the desk changed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from changji_geo.specfile import Strict, check_model, read_toml

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Change = Literal["新增", "扩大", "缩小", "无变化"]
Zone = Literal["核心区", "缓冲区", "实验区", "核心保护区", "一般控制区"]


class LayerIds(Strict):
    """Which layers of the workspace the checks use; the last three may be absent."""

    counties: str
    prefecture: str
    reserves: str
    protected_areas: str
    water_zones: str
    red_line: str


class BorderTolerance(Strict):
    """Metres within which a border may as well be on the other side, by the accuracy of its layer."""

    surveyed: Amount
    published: Amount
    approximate: Amount
    schematic: Amount

    def of(self, accuracy: str) -> float:
        """The tolerance for an accuracy."""
        return {
            "surveyed": self.surveyed,
            "published": self.published,
            "approximate": self.approximate,
            "schematic": self.schematic,
        }[accuracy]


class EarlierSettings(Strict):
    """When two patches are the same place, and when its area has changed."""

    same_iou: Share
    same_cover: Share
    change_share: Share
    change_m2: Amount
    point_m: Amount


class DuplicateSettings(Strict):
    """When two clues of a batch are one."""

    same_iou: Share
    point_m: Amount


class AreaStep(Strict):
    """Points for an area of at least ``from_m2``."""

    from_m2: Amount
    points: float


class PrioritySettings(Strict):
    """The table of weights of the priority score."""

    focus: float
    change: dict[Change, float]
    zones: dict[Zone, float]
    red_line: float
    water_zones: float
    other_areas: float
    area_steps: tuple[AreaStep, ...] = Field(strict=False)


class ClueSettings(Strict):
    """Everything in ``settings.toml``."""

    activity_fields: tuple[str, ...] = Field(strict=False)
    edge_share: Share
    tiny_m2: Amount
    repair_share: Share
    far_m: Amount
    layers: LayerIds
    border_tolerance_m: BorderTolerance
    earlier: EarlierSettings
    duplicates: DuplicateSettings
    priority: PrioritySettings
    drop_reasons: dict[str, str]


def load_settings(path: Path | str | None = None) -> ClueSettings:
    """Read the settings.

    Parameters
    ----------
    path : path, optional
        A changed copy; the shipped file by default.

    Raises
    ------
    InputError
        When the file is missing or malformed, a key is unknown or absent, or a value out of its range.

    Examples
    --------
    >>> load_settings().drop_reasons["duplicate"]
    '与其他线索重复'
    """
    return _shipped() if path is None else _read(Path(path))


def _read(path: Path) -> ClueSettings:
    return check_model(ClueSettings, read_toml(path), where=str(path))


@functools.lru_cache(maxsize=1)
def _shipped() -> ClueSettings:
    return _read(Path(__file__).with_name("settings.toml"))
