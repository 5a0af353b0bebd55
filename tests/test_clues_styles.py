"""A ledger file opens in a GIS with its zones and styles, and neither touches the chain of events."""

import contextlib
import datetime
import hashlib
import sqlite3
import xml.etree.ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.clues.checks.context import ZONE_COLUMNS
from changji_geo.clues.ledger.gpkg import styles
from changji_geo.clues.ledger.gpkg.styles import write_styles, write_zones
from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.clues.looks import STATUS_LOOKS
from changji_geo.clues.model import LayerUse, NewEvent
from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.resources import Workspace, packaged_root
from changji_geo.types import SCHEMATIC_NOTICE
from tests.crash_ledger import AT, imported

SHIPPED = Workspace((packaged_root(),))
USE = LayerUse("reserves", "1.0", "ab" * 32, "schematic")
SQUARE, OTHER = shapely.box(88, 44, 89, 45), shapely.box(89, 44, 90, 45)


def zones(**more):
    cells = {
        "id": ["a", "b"], "name": ["甲·核心区", "甲·实验区"], "reserve": ["甲", "甲"], "zone_old": ["核心区", "实验区"],
        "zone_new": ["核心保护区", None],
    }  # fmt: skip
    return gpd.GeoDataFrame(cells | more, geometry=[SQUARE, OTHER], crs="EPSG:4490")


@pytest.fixture
def path(tmp_path):
    """A ledger of two clues, an outline and a point."""
    file = tmp_path / "台账.gpkg"
    with create_ledger(file) as ledger:
        ledger.append([imported("LD2025-0001"), imported("LD2025-0002", shape=shapely.Point(88.5, 44.5))], at=AT)
    return file


def put_zones(path, frame, **more):
    with open_ledger(path) as ledger:
        return ledger.show_zones(frame, **more)


@contextlib.contextmanager
def opened(path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def rows(path, sql, *values):
    with opened(path) as connection:
        return connection.execute(sql, values).fetchall()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_clues_events_and_zones_open_as_layers_with_geometry(path):
    assert put_zones(path, zones(), use=USE, at=AT) is True
    found = dict(pyogrio.list_layers(path).tolist())
    assert found["zones"] == "MultiPolygon" and {"clues", "events"} <= set(found)
    clues, events = (pyogrio.read_dataframe(path, layer=name) for name in ("clues", "events"))
    assert clues.geom_type.tolist() == ["Polygon", "Point"] and len(events) == 2
    frame = pyogrio.read_dataframe(path, layer="zones")
    assert frame.crs.to_epsg() == 4490
    assert [
        g.normalize().equals(shapely.multipolygons([s]).normalize())
        for g, s in zip(frame.geometry, (SQUARE, OTHER), strict=True)
    ] == [True, True]
    assert frame["zone_old"].tolist() == ["核心区", "实验区"] and frame["zone_new"].tolist()[0] == "核心保护区"
    assert frame["zone_new"].isna().tolist() == [False, True]
    assert set(frame["notice"]) == {SCHEMATIC_NOTICE} and set(frame["accuracy"]) == {"schematic"}
    assert set(frame["layer_sha256"]) == {"ab" * 32}


def test_the_shipped_reserves_go_in_whole(path):
    reserves = load_layer("reserves", SHIPPED).frame
    put_zones(path, reserves, use=USE, at=AT)
    frame = pyogrio.read_dataframe(path, layer="zones")
    assert len(frame) == 9
    assert shapely.area(frame.geometry.to_numpy()).sum() == pytest.approx(
        shapely.area(reserves.geometry.to_numpy()).sum()
    )
    assert pyogrio.read_info(path, layer="zones")["total_bounds"] == pytest.approx(tuple(reserves.total_bounds))


def test_the_ledger_still_verifies_and_takes_events(path):
    put_zones(path, zones(), use=USE, at=AT)
    with create_ledger(path.with_name("空.gpkg")) as empty:
        put_zones(empty.path, zones(), use=USE, at=AT)
        assert empty.verify() == ()
    with open_ledger(path) as ledger:
        assert ledger.verify() == ()
        ledger.append([NewEvent("LD2025-0001", "set", "张三", {}, {"county": "奇台县"})], at=AT)
        assert ledger.verify() == () and ledger.head().count == 3


def test_a_second_time_changes_no_byte_and_another_layer_does(path):
    put_zones(path, zones(), use=USE, at=AT)
    before = digest(path)
    assert put_zones(path, zones(), use=USE, at=AT + datetime.timedelta(days=1)) is False
    assert digest(path) == before
    newer = LayerUse("reserves", "2.0", "cd" * 32, "published")
    assert put_zones(path, zones(zone_new=["核心保护区", "一般控制区"]), use=newer, at=AT) is True
    frame = pyogrio.read_dataframe(path, layer="zones")
    assert frame["zone_new"].tolist() == ["核心保护区", "一般控制区"]
    assert frame["notice"].isna().all() and set(frame["layer_version"]) == {"2.0"}
    (words,) = rows(path, "SELECT description FROM gpkg_contents WHERE table_name = 'zones'")[0]
    assert words == "线索核查所依据的功能区：图层 reserves，版本 2.0"


def test_the_contents_name_zones_and_styles_as_the_standard_asks(path):
    put_zones(path, zones(), use=USE, at=AT)
    assert rows(path, "SELECT table_name, data_type, srs_id FROM gpkg_contents WHERE table_name IN ('zones', 'layer_styles') ORDER BY 1") == [
        ("layer_styles", "attributes", None), ("zones", "features", 4490),
    ]  # fmt: skip
    assert rows(path, "SELECT * FROM gpkg_geometry_columns WHERE table_name = 'zones'") == [
        ("zones", "geom", "MULTIPOLYGON", 4490, 0, 0)
    ]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_every_style_is_well_formed_and_covers_every_status_or_zone(path):
    with opened(path) as connection:
        write_styles(connection)
    found = rows(path, "SELECT f_table_name, styleName, styleQML, useAsDefault FROM layer_styles ORDER BY id")
    assert [(table, name, default) for table, name, _, default in found] == [
        ("clues", "按状态（图斑）", 1), ("clues", "按状态（点）", 0), ("zones", "功能区（三区）", 1), ("zones", "功能区（两区）", 0),
    ]  # fmt: skip
    values = []
    for _, _, text, _ in found:
        root = ET.fromstring(text)
        categories = root.findall("renderer-v2/categories/category")
        symbols = {s.get("name") for s in root.findall("renderer-v2/symbols/symbol")}
        assert {c.get("symbol") for c in categories} == symbols
        values.append([c.get("value") for c in categories])
    assert values[0] == values[1] == list(STATUS_LOOKS)
    assert values[2:] == [["核心区", "缓冲区", "实验区"], ["核心保护区", "一般控制区"]]


def test_the_styles_expression_gives_every_clue_a_category(path):
    """QGIS evaluates the expression; its CASE is SQL, too, so the file's own database can be asked."""
    with create_ledger(path.with_name("另一本.gpkg")) as ledger:
        ledger.append([imported("甲"), imported("乙")], at=AT)
        ledger.append([NewEvent("乙", "drop", "李四", {"dropped": ""}, {"dropped": "duplicate"})], at=AT)
        target = ledger.path
    with opened(target) as connection:
        write_styles(connection)
    text = rows(target, "SELECT styleQML FROM layer_styles WHERE styleName = '按状态（图斑）'")[0][0]
    expression = ET.fromstring(text).find("renderer-v2").get("attr")
    assert rows(target, f"SELECT clue_id, {expression} FROM clues ORDER BY clue_id") == [
        ("乙", "已剔除"),
        ("甲", "待核查"),
    ]


def test_a_style_that_a_user_saved_stays_and_stays_the_default(path):
    with opened(path) as connection:
        write_styles(connection)
        connection.execute("UPDATE layer_styles SET useAsDefault = 0 WHERE styleName = '按状态（图斑）'")
        connection.execute(
            "INSERT INTO layer_styles (f_table_name, f_geometry_column, styleName, styleQML, useAsDefault, owner) "
            "VALUES ('clues', 'geom', '我的样式', '<qgis/>', 1, '王五')"
        )
        write_styles(connection)
    assert rows(path, "SELECT styleName FROM layer_styles WHERE f_table_name = 'clues' AND useAsDefault") == [
        ("我的样式",)
    ]
    assert rows(path, "SELECT count(*) FROM layer_styles") == [(5,)]


def test_inside_a_callers_transaction_nothing_is_committed_early(path):
    with opened(path) as connection:
        connection.execute("DROP TABLE layer_styles")
        connection.execute("BEGIN IMMEDIATE")
        write_styles(connection)
        write_zones(connection, zones(), use=USE, at=AT)
        connection.execute("ROLLBACK")
    assert rows(path, "SELECT name FROM sqlite_master WHERE name IN ('zones', 'layer_styles')") == []


def test_a_table_of_somebody_else_is_not_overwritten(path):
    with opened(path) as connection:
        connection.execute("CREATE TABLE zones (id INTEGER, mine TEXT)")
        connection.execute("INSERT INTO zones VALUES (1, '手绘')")
    with pytest.raises(InputError, match="不是本程序所建的表 zones，不会覆盖"):
        put_zones(path, zones(), use=USE, at=AT)
    assert rows(path, "SELECT * FROM zones") == [(1, "手绘")]
    assert rows(path, "SELECT table_name FROM gpkg_contents WHERE table_name = 'zones'") == []


def test_zones_in_another_system_or_without_an_area_are_refused(path):
    with pytest.raises(CRSError, match="图层“reserves”：功能区的坐标系不对"):
        put_zones(path, zones().to_crs("EPSG:4517"), use=USE, at=AT)
    lines = zones().set_geometry([SQUARE, shapely.LineString([(88, 44), (89, 45)])], crs="EPSG:4490")
    with pytest.raises(LayerError, match="要素“b”不是面"):
        put_zones(path, lines, use=USE, at=AT)


def test_a_reserve_without_its_own_column_goes_by_its_name(path):
    put_zones(path, zones()[["id", "name", "geometry"]], use=USE, at=AT)
    frame = pyogrio.read_dataframe(path, layer="zones")
    assert frame["reserve"].tolist() == ["甲·核心区", "甲·实验区"]
    assert frame["zone_old"].isna().all()


def test_columns_are_those_of_the_checks():
    assert dict(ZONE_COLUMNS) == styles.ZONES_COLUMN
