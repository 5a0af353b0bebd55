"""A GIS file is whole: every shape in its spatial index, or the write is refused."""

import contextlib
import datetime
import errno
import sqlite3

import geopandas as gpd
import pyogrio
import pytest
import shapely

from changji_geo import gisfile
from changji_geo.errors import OutputError
from changji_geo.gisfile import gis_bytes, write_gis_file

DAY = datetime.date(2026, 3, 1)
SHAPES = [shapely.Point(87.3, 44.0), None, shapely.Point(), shapely.Point(88.3, 44.5)]
FRAME = gpd.GeoDataFrame({"name": ["甲", "乙", "丙", "丁"]}, geometry=SHAPES, crs="EPSG:4490")


def cut_short(monkeypatch, statement):
    """What a full disk does to GDAL's file, after it was written."""
    write = pyogrio.write_dataframe

    def cut(frame, path, **options):
        write(frame, path, **options)
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute(statement)

    monkeypatch.setattr(pyogrio, "write_dataframe", cut)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_rows_without_a_shape_are_written_too_and_the_bytes_are_the_same_each_time(tmp_path, suffix):
    write_gis_file(tmp_path / f"a{suffix}", FRAME, layer="a", date=DAY)
    assert pyogrio.read_info(tmp_path / f"a{suffix}")["features"] == 4
    again = gis_bytes(tmp_path / f"b{suffix}", FRAME, layer="a", date=DAY)
    assert again == (tmp_path / f"a{suffix}").read_bytes()
    assert not (tmp_path / f"b{suffix}").exists()


@pytest.mark.parametrize("statement", ['DROP TABLE "rtree_a_geom"', 'DELETE FROM "rtree_a_geom" WHERE id = 1'])
def test_a_geopackage_whose_index_lacks_a_shape_is_refused(tmp_path, monkeypatch, statement):
    cut_short(monkeypatch, statement)
    with pytest.raises(OSError, match="less than it was given") as caught:
        write_gis_file(tmp_path / "a.gpkg", FRAME, layer="a", date=DAY)
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(OutputError, match="临时文件没有写成（磁盘已满）"):
        gis_bytes(tmp_path / "b.gpkg", FRAME, layer="a", date=DAY)


def test_a_file_that_is_no_database_any_more_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pyogrio, "write_dataframe", lambda _frame, path, **_options: path.write_bytes(b"x" * 5000))
    with pytest.raises(OSError, match="less than it was given"):
        gisfile.write_gis_file(tmp_path / "a.gpkg", FRAME, layer="a", date=DAY)
