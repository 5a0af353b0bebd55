"""Map descriptions ``maps/<id>.toml`` -> `MapSpec`, and the JSON Schema that editors check them with."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from changji_geo.classify import ScaleSpec
from changji_geo.errors import SpecError
from changji_geo.resources import Workspace, find_workspace
from changji_geo.specfile import Slug, Strict, check_model, read_toml
from changji_geo.theme import Color, LabelStyle, Share, SymbolSpec
from changji_geo.types import Kind, Marker, looks_swapped

Cell = str | int | float | bool
Furniture = Literal["title", "legend", "scale_bar", "north_arrow", "graticule", "inset", "credits", "figures"]


class CategorySpec(Strict):
    """One value of a category column and its look."""

    value: Cell
    label: str | None = Field(default=None, max_length=40)
    color: Color | None = None
    marker: Marker | None = None
    style: SymbolSpec = SymbolSpec()


class SurfaceSpec(Strict):
    """How the values of a point layer become a surface: estimated on a grid, clipped, and drawn as classes."""

    method: Literal["idw", "kriging"] = Field(description="idw 反距离加权；kriging 普通克里金")
    show: Literal["value", "error"] = Field(default="value", description="error：普通克里金的标准误差，单位同数值")
    mask: str = Field(default="prefecture", description="只画在这个面图层（或 图层:要素）之内")
    power: float = Field(default=2.0, gt=0, le=8, description="反距离加权的幂")
    cell_km: float = Field(default=2.0, ge=0.2, le=50, description="格网边长，千米")

    @model_validator(mode="after")
    def _has_error(self) -> Self:
        if self.show == "error" and self.method != "kriging":
            raise ValueError("反距离加权没有标准误差，show = error 只用于 method = kriging")
        return self


class LayerSpec(Strict):
    """One layer of a map, drawn in the order written, first at the bottom."""

    source: Slug = Field(description="图层标识，见 changji-geo layers list")
    kind: Kind
    title: str | None = Field(default=None, max_length=60, description="图例和图层开关中的名称；不写则用图层名称")
    where: dict[str, Cell | list[Cell]] = Field(
        default_factory=dict, description="只画这些要素：列 = 取值，或列 = [取值, ...]"
    )
    dissolve: str | None = Field(
        default=None, description="按这一列合并要素：同值的画成一个、标注一次，如把各功能区合成保护区"
    )
    symbol: str | None = Field(default=None, description="主题中的符号名")
    style: SymbolSpec = SymbolSpec()
    indicator: Slug | None = None
    period: str | None = None
    series: Slug | None = Field(default=None, description="时间序列的标识（layers/series），和 column 一起用")
    at: str | None = Field(
        default=None, max_length=10, description="只画序列的这一时刻（2025-04-01、2025-04）；不写则随时间变化"
    )
    surface: SurfaceSpec | None = None
    column: str | None = Field(default=None, description="分级、分类或定大小所用的列；有 indicator 时不写")
    scale: ScaleSpec | None = None
    categories: list[CategorySpec] = Field(default_factory=list, max_length=40)
    size_range: tuple[float, float] = Field(
        default=(6.0, 30.0), strict=False, description="比例符号的最小、最大直径，点"
    )
    size_value: float | None = Field(
        default=None, gt=0, description="最大直径对应的数值；几个图层写同一个值，符号大小就可以互相比较"
    )
    label: str | None = Field(default=None, description="标注所用的列；{name}：{value} 这样的写法可组合几列")
    label_style: LabelStyle | None = None
    popup: list[str] = Field(default_factory=list, max_length=40)
    outline: str | None = Field(
        default=None,
        description="点图层中存放图斑轮廓（WKT，经纬度）的列：网页放大后在符号下画出轮廓，印刷图只画符号",
    )
    legend: bool = True
    counts: bool = Field(default=True, description="图例中注明各类的要素个数")
    visible: bool = True
    opacity: Share = 1.0
    interactive: bool = Field(default=True, description="能否悬停、点击、检索")

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.period and not self.indicator:
            raise ValueError("period 只和 indicator 一起用，这里没有 indicator")
        if self.categories and self.kind != "category":
            raise ValueError(f"categories 只用于 kind = category，这里的 kind 是 {self.kind}")
        values = [str(c.value) for c in self.categories]
        twice = next((v for v in values if values.count(v) > 1), None)
        if twice is not None:
            raise ValueError(f"categories 里的取值“{twice}”写了两次")
        if self.dissolve and self.indicator:
            raise ValueError("dissolve 合并后的要素没有指标数值，不能和 indicator 一起用")
        if self.indicator and self.column:
            raise ValueError("indicator 和 column 只能写一个")
        self._fits_series()
        if (self.kind == "surface") != (self.surface is not None):
            raise ValueError("kind = surface 和 surface = { method = ... } 要一起写")
        if self.kind in ("choropleth", "proportional", "surface") and not (self.indicator or self.column):
            raise ValueError(f"kind = {self.kind} 需要 indicator 或 column")
        if self.kind == "category" and not (self.column or self.indicator):
            raise ValueError("kind = category 需要 column")
        if self.kind == "label" and not self.label:
            raise ValueError("kind = label 需要 label")
        if self.outline and self.kind not in ("point", "category"):
            raise ValueError(f"outline 只用于 kind = point 或 category，这里的 kind 是 {self.kind}")
        if self.kind in ("raster", "packed"):
            raise ValueError(f"kind = {self.kind} 尚未提供")
        low, high = self.size_range
        if not 1 <= low <= high <= 120:
            raise ValueError(f"size_range 应为 1 到 120 之间的两个数、小的在前，给出的是 {[low, high]}")
        return self

    def _fits_series(self) -> None:
        if self.at and not self.series:
            raise ValueError("at 只和 series 一起用，这里没有 series")
        if not self.series:
            return
        if self.indicator:
            raise ValueError("series 和 indicator 只能写一个")
        if not self.column:
            raise ValueError("series 需要 column：序列中的哪一列")
        if self.dissolve or self.outline:
            raise ValueError("series 不能和 dissolve、outline 一起用")
        if not self.at and self.kind not in ("choropleth", "category"):
            raise ValueError(
                f"随时间变化的图层，kind 应为 choropleth 或 category，这里是 {self.kind}；要画一个时刻，写 at"
            )

    @property
    def moves(self) -> bool:
        """Whether the layer changes with the map's time."""
        return self.series is not None and self.at is None


class FigureSpec(Strict):
    """One figure of the key-figures panel: an indicator's value for one area, always a value of the table."""

    indicator: Slug
    area: str
    period: str | None = None
    label: str | None = Field(default=None, max_length=40)


class BasemapSpec(Strict):
    """An online or local tile background of the HTML map; without it the page makes no request."""

    kind: Literal["tianditu", "xyz", "tiles"] = Field(
        description="tianditu 天地图；xyz 内网瓦片服务（XYZ 或 WMTS 地址）；tiles 本地瓦片文件夹或 .mbtiles"
    )
    layer: Literal["vec", "img", "ter"] = "vec"
    labels: bool = Field(default=True, description="天地图中文注记")
    url: str | None = Field(default=None, max_length=500, description="瓦片地址，含 {z} {x} {y}")
    path: str | None = Field(default=None, max_length=500, description="本地瓦片文件夹（z/x/y.png）或 .mbtiles")
    attribution: str = Field(default="", max_length=200)
    min_zoom: int = Field(default=3, ge=0, le=22)
    max_zoom: int = Field(default=18, ge=0, le=22)
    opacity: Share = 1.0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "xyz" and not (
            self.url
            and self.url.startswith(("http://", "https://"))
            and all(p in self.url for p in ("{z}", "{x}", "{y}"))
        ):
            raise ValueError("kind = xyz 需要 url，以 http:// 或 https:// 开头并含 {z} {x} {y}")
        if self.kind == "tiles" and not self.path:
            raise ValueError("kind = tiles 需要 path（瓦片文件夹或 .mbtiles）")
        if self.min_zoom > self.max_zoom:
            raise ValueError("min_zoom 大于 max_zoom")
        return self


class HtmlSpec(Strict):
    """What only the interactive map has."""

    basemap: BasemapSpec | None = None
    search: bool = True
    graticule: bool = False
    filters: list[str] = Field(
        default_factory=list, max_length=6, description="可筛选的列：有这些列的图层在网页上可按取值筛选，印刷图不受影响"
    )

    @model_validator(mode="after")
    def _filters_once(self) -> Self:
        twice = next((c for c in self.filters if self.filters.count(c) > 1), None)
        if twice is not None:
            raise ValueError(f"filters 里的列“{twice}”写了两次")
        return self


class TimeSpec(Strict):
    """The moments of a map whose layers change with time; without it, all that its series have."""

    start: str | None = Field(default=None, max_length=10, description="第一个时刻，如 2025-04-01；不写则从序列开头")
    end: str | None = Field(default=None, max_length=10, description="最后一个时刻")
    shown: str | None = Field(default=None, max_length=10, description="打开网页时显示的时刻；不写则为最后一个")
    panels: list[Annotated[str, Field(max_length=10)]] = Field(
        default_factory=list, max_length=12, description="印刷图上的时刻，一个一幅；不写则在 12 个以内时全部印出"
    )
    speed: float = Field(default=4.0, ge=0.5, le=30, description="播放速度，帧/秒")


class StaticSpec(Strict):
    """What only the printed map has."""

    size: Literal["A4 landscape", "A4 portrait", "A3 landscape", "A3 portrait", "16:9"] = "A4 landscape"
    dpi: int = Field(default=300, ge=72, le=1200)
    crs: str = Field(default="changji_albers", description="changji_albers，或 EPSG:4517 这样的投影坐标系")
    furniture: list[Furniture] = Field(default_factory=lambda: list(get_args(Furniture)))
    legend: Literal["auto", "left", "right"] = "auto"


class MapSpec(Strict):
    """A whole map: one description, from which the interactive and the printed map are both drawn."""

    title: str = Field(min_length=1, max_length=60)
    subtitle: str = Field(default="", max_length=90)
    description: str = Field(
        default="", max_length=400, description="一两句话：图上有什么、怎么读；用作替代文字和图库说明"
    )
    order: int = Field(default=100, description="图库中的先后")
    extent: str | list[float] = Field(
        default="counties", description="图层标识、图层:要素标识，或 [西, 南, 东, 北]（度）"
    )
    padding: float = Field(default=0.04, ge=0, le=1, description="四周留白，占范围宽高的比例")
    theme: Slug = "report"
    approval_number: str = Field(default="", max_length=40, description="审图号；不写则注明内部使用")
    credits: str = Field(default="", max_length=200)
    date: datetime.date | None = Field(default=None, description="制图日期，如 2026-11-23；不写则取数据的最晚日期")
    notes: list[Annotated[str, Field(max_length=160)]] = Field(default_factory=list, max_length=6)
    layers: list[LayerSpec] = Field(min_length=1, max_length=60)
    figures: list[FigureSpec] = Field(default_factory=list, max_length=12)
    time: TimeSpec | None = None
    html: HtmlSpec = HtmlSpec()
    static: StaticSpec = StaticSpec()

    @model_validator(mode="after")
    def _box(self) -> Self:
        if not any(c.isprintable() and not c.isspace() for c in self.title):
            raise ValueError("title 是空白的，应写图名")
        if self.time is not None and not any(layer.moves for layer in self.layers):
            raise ValueError("time 只用于有随时间变化的图层（series）的地图，这里没有")
        if isinstance(self.extent, list):
            if len(self.extent) != 4:
                raise ValueError(f"extent 应为 [西, 南, 东, 北] 四个数，给出的是 {self.extent}")
            west, south, east, north = self.extent
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError(f"extent 应为 [西, 南, 东, 北]（度），西 < 东、南 < 北，给出的是 {self.extent}")
            if looks_swapped(west, south, east, north):
                raise ValueError(f"extent 像是把纬度写在了经度前面，应为 [西, 南, 东, 北]，给出的是 {self.extent}")
        return self


def map_spec_file(map_id_or_file: str | Path, workspace: Workspace | None = None) -> Path:
    """The file of a map description, given as an id (``overview``) or as a ``.toml`` file.

    Raises
    ------
    SpecError
        An id that the workspace does not have.
    """
    if isinstance(map_id_or_file, Path) or map_id_or_file.lower().endswith(".toml"):
        return Path(map_id_or_file)
    return (workspace or find_workspace()).map_file(map_id_or_file)


def load_map_spec(map_id_or_file: str | Path, workspace: Workspace | None = None) -> tuple[str, MapSpec]:
    """Read a map description.

    Parameters
    ----------
    map_id_or_file : str or path
        An id (``overview``) looked up in the workspace, or a ``.toml`` file.
    workspace : Workspace, optional
        Where ids are looked up; the one in force by default.

    Returns
    -------
    map_id : str
        The id: the file's stem.
    spec : MapSpec

    Raises
    ------
    SpecError
        File missing or malformed, key unknown, value of the wrong type or out of range; the message names file and key.
    """
    path = map_spec_file(map_id_or_file, workspace)
    return path.stem, check_model(MapSpec, read_toml(path, error=SpecError), where=str(path), error=SpecError)


def map_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a map description, for editors that complete and check TOML."""
    schema = MapSpec.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "changji-geo 地图描述"
    return schema


def map_schema_text() -> str:
    """`map_schema` as text, ready for a file."""
    return json.dumps(map_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
