"""Files for phones, QField and other programs: GDAL reads them, nothing foreign lives in them, and they come back by id."""

import datetime
import io
import json
import xml.etree.ElementTree as ET
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from PIL import Image

from changji_geo.clues.desk.deeds import evidence_event, outline_event, set_event
from changji_geo.clues.exchange.exporting import companion_files, export_clues
from changji_geo.clues.exchange.kml import kmz_bytes
from changji_geo.clues.exchange.photos import find_photo, photo_stem, photos_of, small_jpeg
from changji_geo.clues.exchange.rows import export_rows
from changji_geo.clues.exchange.updating import FoundPhoto, RefusedRow, plan_update
from changji_geo.clues.fields import FIELDS
from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.settings import load_settings
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import InputError
from tests.exchange_clues import AT, FORMULA, HOSTILE, SHAPES, TODAY, clue_id, imports

KML, GPX = "{http://www.opengis.net/kml/2.2}", "{http://www.topografix.com/GPX/1/1}"
NOTICE = "示意图层，不作为执法依据"
SUFFIXES = (".kml", ".kmz", ".gpx", ".gpkg", ".geojson")


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        opened.append(imports(), at=AT)
        yield opened


@pytest.fixture
def clues(ledger):
    return ledger.clues()


@pytest.fixture
def pictures(ledger, tmp_path):
    """Two pictures and a paper as evidence of clue 1, a link that leads out as that of clue 2."""
    folder = tmp_path / "台账_证据"
    folder.mkdir()
    Image.new("RGB", (2600, 1300), "green").save(folder / "前.jpg")
    Image.new("RGBA", (20, 10), "red").save(folder / "后.png")
    (folder / "批文.pdf").write_bytes(b"%PDF")
    (folder / "坏.jpg").write_bytes(b"no picture")
    files = [register_evidence(folder / name, folder) for name in ("前.jpg", "后.png", "批文.pdf", "坏.jpg")]
    clue = ledger.clue(clue_id(1))
    ledger.append([evidence_event(clue, actor="张三", evidence=files[:3])], at=AT)
    ledger.append([evidence_event(ledger.clue(clue_id(2)), actor="张三", evidence=files[3:])], at=AT)
    Image.new("RGB", (5, 5)).save(tmp_path / "外.jpg")
    (folder / "坏.jpg").unlink()
    (folder / "坏.jpg").symlink_to(tmp_path / "外.jpg")
    return folder


def export(clues, path, **options):
    return export_clues(clues, path, today=TODAY, **options)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_comes_back_untouched_changes_nothing(clues, tmp_path, suffix):
    path = export(clues, tmp_path / f"线索{suffix}")
    for file, count in [(path, 5 if suffix == ".gpkg" else 6), *((beside, 1) for beside in companion_files(path))]:
        plan = plan_update(file, clues, actor="李四", outlines=True)
        found = (plan.changes, plan.refused, plan.events, plan.outlines, plan.photos, plan.notes)
        assert (found, plan.unchanged) == (((), (), (), (), (), ()), count)
        assert plan.row_word == "个要素"


@pytest.mark.parametrize("suffix", [".kml", ".kmz"])
def test_gdal_reads_the_kml_with_ids_as_names_and_the_same_outlines(clues, tmp_path, suffix):
    path = export(clues, tmp_path / f"线索{suffix}")
    frame = pyogrio.read_dataframe(path)
    assert frame["Name"].tolist() == [clue_id(n) for n in SHAPES]
    for shape, expected in zip(frame.geometry, SHAPES.values(), strict=True):
        patch = shapely.union_all([p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")])
        whole = shapely.force_2d(shape) if expected.geom_type == "Point" else patch
        assert shapely.hausdorff_distance(whole, expected) < 1e-9
    assert frame.crs.to_epsg() == 4326


def kml_of(path):
    return ET.fromstring(path.read_bytes())


def test_markup_in_a_name_is_text_in_the_description_of_a_placemark(clues, tmp_path):
    root = kml_of(export(clues, tmp_path / "线索.kml"))
    mark = root.find(f".//{KML}Placemark")
    assert mark.find(f"{KML}name").text == clue_id(1)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;" in mark.find(f"{KML}description").text
    assert "<script" not in mark.find(f"{KML}description").text
    assert NOTICE in mark.find(f"{KML}description").text and NOTICE in root.find(f".//{KML}description").text
    data = {d.get("name"): d.find(f"{KML}value").text for d in mark.iter(f"{KML}Data")}
    assert data["clue_name"] == HOSTILE and data["overdue_days"] == "15"
    assert {f.key for f in FIELDS if f.desk} <= set(data) and "close_date" not in data


def test_a_placemark_has_the_style_of_its_status_and_a_label_point_inside_its_patch(clues, tmp_path):
    root = kml_of(export(clues, tmp_path / "线索.kml"))
    styles = {s.get("id") for s in root.iter(f"{KML}Style")}
    used = [m.find(f"{KML}styleUrl").text[1:] for m in root.iter(f"{KML}Placemark")]
    assert set(used) <= styles and used == ["s3", "s0", "s0", "dropped", "s4", "s5"]
    point = root.find(f".//{KML}Placemark/{KML}MultiGeometry/{KML}Point/{KML}coordinates").text
    assert shapely.contains_xy(SHAPES[1], *map(float, point.split(",")))


def test_gpx_has_the_elements_in_the_order_of_its_schema_and_gdal_reads_it(clues, tmp_path):
    path = export(clues, tmp_path / "线索.gpx", outlines=True)
    root = ET.fromstring(path.read_bytes())
    assert [c.tag.removeprefix(GPX) for c in root] == ["metadata", *["wpt"] * 6, *["trk"] * 5]
    assert [c.tag.removeprefix(GPX) for c in root[0]] == ["name", "desc", "bounds"]
    assert [c.tag.removeprefix(GPX) for c in root[1]] == ["name", "desc", "type", "extensions"]
    assert "WGS-84" in root[0][1].text and "GCJ-02" in root[0][1].text and NOTICE in root[0][1].text
    frame = pyogrio.read_dataframe(path, layer="waypoints")
    assert frame["name"].tolist() == [clue_id(n) for n in SHAPES]
    assert frame["cg_status"].tolist()[:2] == ["整改中", "待核查"]
    for spot, shape in zip(frame.geometry, SHAPES.values(), strict=True):
        assert shapely.distance(shape, spot) < 1e-9
    tracks = pyogrio.read_dataframe(path, layer="tracks")
    assert tracks["name"].tolist() == [clue_id(n) for n in (1, 2, 4, 5, 6)]
    assert shapely.get_num_geometries(tracks.geometry[1]) == 3  # a shell, its hole and the second part


def test_a_geopackage_has_one_geometry_type_typed_columns_and_stable_ids(clues, tmp_path):
    path = export(clues, tmp_path / "线索.gpkg")
    (beside,) = companion_files(path)
    info, other = pyogrio.read_info(path), pyogrio.read_info(beside)
    assert (info["geometry_type"], other["geometry_type"]) == ("MultiPolygon", "Point")
    assert beside.name == "线索_点.gpkg" and pyogrio.list_layers(path).tolist() == [["clues", "MultiPolygon"]]
    assert info["crs"] == "EPSG:4490"
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert (types["deadline"], types["area_m2"], types["overdue_days"], types["remark"]) == (
        "OFTDate", "OFTReal", "OFTInteger64", "OFTString",
    )  # fmt: skip
    frame = gpd.read_file(path).set_index("id")
    assert frame.index.tolist() == [clue_id(n) for n in (1, 2, 4, 5, 6)]
    assert frame.loc[clue_id(1), "deadline"] == np.datetime64("2026-03-01")
    assert frame.loc[clue_id(2), "remark"] == FORMULA and frame.loc[clue_id(1), "notice"] == NOTICE


def test_points_of_an_earlier_export_are_not_mixed_with_a_new_one(clues, tmp_path):
    export(clues, tmp_path / "线索.gpkg")
    before = (tmp_path / "线索.gpkg").read_bytes()
    with pytest.raises(InputError, match=r"线索_点.gpkg：旁边有以前导出的同名点文件"):
        export([c for c in clues if c.id != clue_id(3)], tmp_path / "线索.gpkg")
    assert (tmp_path / "线索.gpkg").read_bytes() == before


def test_geojson_follows_rfc_7946_and_keeps_areas(clues, tmp_path):
    path = export(clues, tmp_path / "线索.geojson")
    data = json.loads(path.read_text(encoding="utf-8"))
    assert "crs" not in data and data["notice"] == NOTICE
    assert [f["id"] for f in data["features"]] == [f["properties"]["id"] for f in data["features"]]
    assert data["features"][0]["properties"]["deadline"] == "2026-03-01"
    assert data["features"][2]["geometry"]["coordinates"] == [88.123456789, 44.25]
    shapes = gpd.read_file(path).geometry
    assert all(p.exterior.is_ccw for s in shapes for p in shapely.get_parts(s) if p.geom_type == "Polygon")
    polygons = [n for n in SHAPES if n != 3]
    np.testing.assert_allclose(
        area_m2(shapes.iloc[[n - 1 for n in polygons]]), area_m2([SHAPES[n] for n in polygons]), rtol=1e-7
    )


def test_fields_changed_in_geojson_come_back(ledger, tmp_path):
    path = export(ledger.clues(), tmp_path / "线索.geojson")
    data = json.loads(path.read_text(encoding="utf-8"))
    rows = {f["id"][-1]: f["properties"] for f in data["features"]}
    rows["1"]["progress"] = "已拆除"
    rows["2"].update(finding=None, status="已核查-待整改")
    rows["5"]["status"] = "已销号"
    rows["6"].update(area_m2=1.5)
    rows["3"]["新字段"] = "x"
    path.write_text(json.dumps(data), encoding="utf-8")
    plan = plan_update(path, ledger.clues(), actor="李四")
    assert {(c.clue_id[-1], c.field, c.after) for c in plan.changes} == {
        ("1", "progress", "已拆除"), ("2", "finding", None), ("2", "status", "已核查-待整改"),
    }  # fmt: skip
    assert [(r.row, r.reason[:8]) for r in plan.refused] == [(5, "不能在表中改为“"), (6, "“面积（平方米）")]
    assert plan.notes == ("没有读的字段：新字段",) and plan.unchanged == 2
    ledger.append(plan.events, at=AT)
    assert ledger.verify() == ()


def test_a_date_set_in_qfield_comes_back_as_a_date(clues, tmp_path):
    path = export(clues, tmp_path / "线索.gpkg")
    frame = gpd.read_file(path)
    frame.loc[0, "check_date"] = datetime.datetime(2026, 4, 1)
    frame.loc[0, "deadline"] = None
    frame.to_file(tmp_path / "回.gpkg", layer="clues", engine="pyogrio")
    plan = plan_update(tmp_path / "回.gpkg", clues, actor="李四")
    assert {(c.field, c.before, c.after) for c in plan.changes} == {
        ("check_date", None, "2026-04-01"), ("deadline", "2026-03-01", None),
    }  # fmt: skip
    assert plan.refused == ()


def redrawn(clues, path, shape):
    export(clues, path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["features"][0]["geometry"] = None if shape is None else json.loads(shapely.to_geojson(shape))
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_redrawn_outline_is_reported_and_taken_only_on_request(ledger, tmp_path):
    half = shapely.box(88.01, 44, 88.011, 44.002)
    path = redrawn(ledger.clues(), tmp_path / "线索.geojson", half)
    told = plan_update(path, ledger.clues(), actor="李四")
    (outline,) = told.outlines
    assert (outline.clue_id, outline.row, outline.stale, told.events) == (clue_id(1), 1, False, ())
    assert outline.change.iou == pytest.approx(0.5, abs=1e-6) and told.unchanged == 5
    plan = plan_update(path, ledger.clues(), actor="李四", outlines=True)
    assert [e.kind for e in plan.events] == ["outline"] and plan.refused == ()
    ledger.append(plan.events, at=AT)
    assert ledger.clue(clue_id(1)).geometry.equals(half) and ledger.clue(clue_id(1)).original.equals(SHAPES[1])


def test_an_outline_that_the_ledger_redrew_since_is_not_overwritten(ledger, tmp_path):
    path = export(ledger.clues(), tmp_path / "线索.geojson")
    ledger.append(
        [outline_event(ledger.clue(clue_id(1)), shapely.box(88, 44, 88.1, 44.1), actor="王五", reason="改")], at=AT
    )
    assert [o.stale for o in plan_update(path, ledger.clues(), actor="李四").outlines] == [True]
    plan = plan_update(path, ledger.clues(), actor="李四", outlines=True)
    assert plan.events == ()
    assert plan.refused == (
        RefusedRow(1, clue_id(1), "图形在导出后台账里已改过，或文件没有导出戳，不能套用；重新导出后再画"),
    )


def test_an_outline_that_crosses_itself_refuses_its_row(clues, tmp_path):
    bow = shapely.Polygon([(88.01, 44), (88.012, 44.002), (88.012, 44), (88.01, 44.002)])
    path = redrawn(clues, tmp_path / "线索.geojson", bow)
    plan = plan_update(path, clues, actor="李四", outlines=True)
    assert plan.events == () and plan.refused[0].reason.startswith("图形无效：自相交，位置 88.011 44.001")


def test_waypoints_of_a_phone_that_keeps_no_extensions_are_known_by_name(clues, tmp_path):
    path = tmp_path / "手机.gpx"
    path.write_text(
        f'<gpx version="1.1" creator="p" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="44" lon="88"><name>{clue_id(1)}'
        f'</name></wpt><wpt lat="44.3" lon="88.2"><name>{clue_id(3)}</name></wpt><wpt lat="44" lon="88"><name>新点</name>'
        "</wpt></gpx>",
        encoding="utf-8",
    )
    plan = plan_update(path, clues, actor="李四")
    assert plan.changes == () and plan.unchanged == 1
    assert [(o.clue_id, o.stale) for o in plan.outlines] == [(clue_id(3), True)]  # a point that moved, on nobody's word
    assert plan.refused == (RefusedRow(3, "新点", "台账中没有线索 新点；核对编号，新线索请用 clues import 导入"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<gpx><wpt lat='44' lon='88'>", "GPX 已损坏"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><gpx/>", "DTD 或实体定义"),
        ("<gpx><trk/></gpx>", "没有航点"),
        ("<gpx><wpt lat='88' lon='44'/><wpt lat='x' lon='88'/></gpx>", "第 2 个航点的位置（lat=x，lon=88）不是经纬度"),
    ],
)
def test_a_broken_gpx_is_refused_with_what_is_wrong(clues, tmp_path, text, message):
    (tmp_path / "坏.gpx").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        plan_update(tmp_path / "坏.gpx", clues, actor="李四")


def test_a_field_changed_in_gpx_comes_back_with_its_leading_zero(clues, tmp_path):
    path = export(clues, tmp_path / "线索.gpx")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<cg:permit></cg:permit>", "<cg:permit>0991</cg:permit>", 1), encoding="utf-8")
    plan = plan_update(path, clues, actor="李四")
    assert [(c.clue_id, c.field, c.after) for c in plan.changes] == [(clue_id(1), "permit", "0991")]


def test_a_kml_that_lost_its_extended_data_changes_nothing(clues, tmp_path):
    path = export(clues, tmp_path / "线索.kml")
    root = kml_of(path)
    for mark in root.iter(f"{KML}Placemark"):
        mark.remove(mark.find(f"{KML}ExtendedData"))
    path.write_bytes(ET.tostring(root, encoding="utf-8"))
    plan = plan_update(path, clues, actor="李四")
    assert (plan.changes, plan.refused, plan.events, plan.outlines, plan.unchanged) == ((), (), (), (), 6)


@pytest.mark.parametrize(
    ("name", "kept", "known"),
    [("LD2025-0001 已看", "", True), ("我的点", "description", True), ("我的点", "", False),
     ("LD2025-0001、LD2025-0002", "description", True)],
)  # fmt: skip
def test_a_placemark_that_another_program_renamed_is_known_by_an_id_in_its_name_or_description(
    clues, tmp_path, name, kept, known
):
    path = export(clues, tmp_path / "线索.kml")
    root = kml_of(path)
    for mark in root.iter(f"{KML}Placemark"):
        mark.remove(mark.find(f"{KML}ExtendedData"))
        if mark.find(f"{KML}name").text == clue_id(1):
            mark.find(f"{KML}name").text = name
            if not kept:
                mark.remove(mark.find(f"{KML}description"))
    path.write_bytes(ET.tostring(root, encoding="utf-8"))
    plan = plan_update(path, clues, actor="李四")
    assert plan.unchanged == (6 if known else 5)
    assert [row.clue_id for row in plan.refused] == ([] if known else [name])


def test_a_geopackage_of_several_layers_is_read_by_ours_and_a_ledger_is_no_form(ledger, tmp_path):
    path = export([c for c in ledger.clues() if c.id != clue_id(3)], tmp_path / "外业.gpkg")
    pyogrio.write_dataframe(
        gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(88, 44)], crs=4490), path, layer="别的"
    )
    assert plan_update(path, ledger.clues(), actor="李四").unchanged == 5
    with pytest.raises(InputError, match="这是一本台账，不是填好的导出文件"):
        plan_update(tmp_path / "台账.gpkg", ledger.clues(), actor="李四")


def test_an_outline_that_was_deleted_in_the_field_is_said_and_kept_in_the_ledger(clues, tmp_path):
    path = redrawn(clues, tmp_path / "线索.geojson", None)
    plan = plan_update(path, clues, actor="李四", outlines=True)
    assert plan.notes == ("1 个要素没有图形；台账里的图形不动",) and plan.events == ()


def test_an_outline_dragged_to_another_county_refuses_its_row(clues, tmp_path):
    """Clue 1 ends at 88.012; one degree of longitude at 44 degrees north is 80.2 km. A hundredth of it is near enough."""
    path = redrawn(clues, tmp_path / "线索.geojson", shapely.box(89.01, 44, 89.012, 44.002))
    plan = plan_update(path, clues, actor="李四", outlines=True)
    assert plan.events == () and plan.refused[0].reason == (
        "图形离台账里的 80.0 千米，像是误拖或坐标系不对；确要移动，用 clues outline 单独办理"
    )
    near = redrawn(clues, tmp_path / "近.geojson", shapely.box(88.022, 44, 88.024, 44.002))
    assert [e.kind for e in plan_update(near, clues, actor="李四", outlines=True).events] == ["outline"]


def test_a_kmz_carries_small_upright_pictures(ledger, pictures, tmp_path):
    path = export(ledger.clues(), tmp_path / "线索.kmz", events=ledger.events(), evidence_folder=pictures)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["doc.kml", "files/LD2025-0001.jpg", "files/LD2025-0001_2.jpg"]
        with archive.open("files/LD2025-0001_2.jpg") as handle, Image.open(handle) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1280, 640))
        text = archive.read("doc.kml").decode()
    assert "&lt;img src=&quot;files/LD2025-0001.jpg&quot;" in text or '&lt;img src="files/LD2025-0001.jpg"' in text
    assert "外" not in text and "照片未放入" not in text


def test_photos_beyond_the_limit_stay_out_of_a_kmz_and_are_counted(ledger, pictures):
    rows = export_rows(ledger.clues(), today=TODAY, settings=load_settings())
    photos = photos_of(ledger.events(), pictures, per_clue=3)
    limit = len(small_jpeg(pictures / "后.png"))
    for room, names in ((limit, ["doc.kml", "files/LD2025-0001.jpg"]), (limit - 1, ["doc.kml"])):
        with zipfile.ZipFile(io.BytesIO(kmz_bytes(rows, title="线索", photos=photos, max_photo_bytes=room))) as archive:
            assert archive.namelist() == names
            assert f"另有 {3 - len(names)} 张照片未放入" in archive.read("doc.kml").decode()


def test_a_geopackage_has_the_latest_picture_by_a_relative_path(ledger, pictures, tmp_path):
    path = export(ledger.clues(), tmp_path / "出" / "线索.gpkg", events=ledger.events(), evidence_folder=pictures)
    frame = gpd.read_file(path).set_index("id")
    assert frame["photo"].dropna().to_dict() == {clue_id(1): "files/LD2025-0001.jpg"}
    with Image.open(path.parent / "files" / "LD2025-0001.jpg") as picture:
        assert picture.size == (20, 10)
    assert plan_update(path, ledger.clues(), actor="李四").photos == ()


def test_photos_taken_in_the_field_are_found_inside_the_folder_only(clues, tmp_path):
    path = export(clues, tmp_path / "回" / "线索.gpkg")
    (path.parent / "DCIM").mkdir()
    (path.parent / "DCIM" / "现场.jpg").write_bytes(b"x")
    (tmp_path / "秘密.jpg").write_bytes(b"x")
    (path.parent / "DCIM" / "链.jpg").symlink_to(tmp_path / "秘密.jpg")
    frame = gpd.read_file(path)
    frame["photo"] = ["DCIM/现场.jpg", "../秘密.jpg", "DCIM/链.jpg", str(tmp_path / "秘密.jpg"), "DCIM/没有.jpg"]
    frame.to_file(path, layer="clues", engine="pyogrio")
    plan = plan_update(path, clues, actor="李四")
    assert plan.photos == (FoundPhoto(clue_id(1), 1, path.parent / "DCIM" / "现场.jpg"),)
    assert [r.reason[-11:] for r in plan.refused[:3]] == ["不在文件所在的文件夹内"] * 3
    assert plan.refused[3].reason == "没有照片“DCIM/没有.jpg”"


@pytest.mark.parametrize("text", ["C:\\x.jpg", "\\\\host\\x.jpg", "a/../../x.jpg", "/x.jpg", "a\0.jpg"])
def test_a_path_out_of_the_folder_is_refused_however_it_is_written(tmp_path, text):
    with pytest.raises(InputError, match="不在文件所在的文件夹内"):
        find_photo(text, tmp_path)


def test_what_is_no_picture_is_left_out(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    Image.new("1", (20_000, 10_000)).save(tmp_path / "b.png")
    assert small_jpeg(tmp_path / "a.jpg") is None and small_jpeg(tmp_path / "b.png") is None
    assert photos_of([], tmp_path) == {}


def test_an_id_never_names_a_file_elsewhere():
    assert photo_stem("LD2025-0001") == "LD2025-0001"
    assert photo_stem("../x").startswith("_x_") and photo_stem("../x") != photo_stem("/.x")
    assert len(photo_stem("甲" * 300)) < 100


def test_the_same_change_in_both_is_nothing_and_different_ones_are_a_conflict(ledger, tmp_path):
    path = export(ledger.clues(), tmp_path / "线索.geojson")
    data = json.loads(path.read_text(encoding="utf-8"))
    for feature in data["features"]:
        feature["properties"]["duty_unit"] = "奇台县林草局"
    path.write_text(json.dumps(data), encoding="utf-8")
    events = [
        set_event(ledger.clue(clue_id(n)), actor="王五", values={"duty_unit": u})
        for n, u in ((1, "奇台县林草局"), (2, "林场"))
    ]
    ledger.append(events, at=AT)
    plan = plan_update(path, ledger.clues(), actor="李四")
    assert [c.clue_id for c in plan.changes] == [clue_id(n) for n in (3, 4, 5, 6)]
    assert plan.refused == (
        RefusedRow(2, clue_id(2), "“责任单位”有冲突：台账在导出后改为“林场”，表内改为“奇台县林草局”"),
    )


def test_a_file_without_ids_is_refused(tmp_path, clues):
    path = tmp_path / "无编号.geojson"
    path.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":null}]}')
    with pytest.raises(InputError, match="没有线索编号"):
        plan_update(path, clues, actor="李四")
