"""stated_size: a FlatGeobuf or FileGDB whose data is cut off is damaged, not empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from changji_geo.errors import LayerError
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.files.stated_size import require_whole_filegdb, require_whole_flatgeobuf


def points(count: int) -> gpd.GeoDataFrame:
    shapes = shapely.points(86 + np.arange(count) * 1e-3, 44.0)
    return gpd.GeoDataFrame({"n": np.arange(count, dtype="int32")}, geometry=shapes, crs="EPSG:4490")


def write(count: int, path: Path, **options: Any) -> Path:
    driver = "OpenFileGDB" if path.suffix == ".gdb" else "FlatGeobuf"
    pyogrio.write_dataframe(points(count), path, driver=driver, geometry_type="Point", **options)
    return path


@pytest.mark.parametrize("index", ["YES", "NO"])
@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 300])
def test_a_whole_flatgeobuf_passes_with_any_count_with_or_without_an_index(
    tmp_path: Path, count: int, index: str
) -> None:
    path = write(count, tmp_path / "a.fgb", SPATIAL_INDEX=index)
    require_whole_flatgeobuf(path)
    if count:
        assert len(open_source(path).frame) == count


@pytest.mark.parametrize("size", [9, 13, 100, 1_000, 15_000])
def test_a_flatgeobuf_that_ends_before_its_features_is_damaged(tmp_path: Path, size: int) -> None:
    path = write(300, tmp_path / "点.fgb")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(LayerError, match=rf"点\.fgb：文件不完整：.*{size} 字节.*重新复制"):
        open_source(path)


def test_the_message_names_the_count_that_the_header_states(tmp_path: Path) -> None:
    path = write(300, tmp_path / "点.fgb", SPATIAL_INDEX="NO")
    path.write_bytes(path.read_bytes()[:2_000])
    with pytest.raises(LayerError, match="文件头写明 300 个要素，至少应有 .* 字节，实际 2000 字节"):
        open_source(path)


def test_a_header_of_noise_is_damaged(tmp_path: Path) -> None:
    path = write(3, tmp_path / "点.fgb")
    whole = path.read_bytes()
    path.write_bytes(whole[:12] + b"\xff" * (len(whole) - 12))
    with pytest.raises(LayerError, match="已损坏|不完整"):
        require_whole_flatgeobuf(path)


def test_a_whole_filegdb_passes(tmp_path: Path) -> None:
    path = write(300, tmp_path / "数据.gdb")
    require_whole_filegdb(path)
    assert len(open_source(path).frame) == 300


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
@pytest.mark.parametrize("suffix", [".gdbtable", ".gdbtablx"])
def test_a_filegdb_with_a_cut_table_is_damaged(tmp_path: Path, suffix: str, share: float) -> None:
    path = write(300, tmp_path / "数据.gdb")
    table = max(path.glob(f"*{suffix}"))
    table.write_bytes(table.read_bytes()[: int(table.stat().st_size * share)])
    with pytest.raises(
        LayerError, match=rf"数据\.gdb：{table.stem}\{suffix} 不完整：应有 .* 字节，实际 .*重新复制整个"
    ):
        open_source(path)


def test_a_filegdb_without_a_table_names_it(tmp_path: Path) -> None:
    path = write(3, tmp_path / "数据.gdb")
    table = max(path.glob("*.gdbtable"))
    table.unlink()
    with pytest.raises(LayerError, match=f"缺少 {table.name}"):
        open_source(path)
