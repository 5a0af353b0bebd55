"""A layer handed on: same shapes, same cells, and its accuracy never left behind."""

import csv
import io

import openpyxl
import pyogrio
import pytest
import shapely

from changji_geo import InputError, export_layer, load_layer, read_any
from changji_geo.cli.main import main
from tests.tiny import SQUARES, tiny_workspace, write_layer


@pytest.fixture
def space(tmp_path):
    root = tmp_path / "ws"
    rows = [
        {"id": "a", "name": "=1+1", "depth": -4.5, "accuracy": "surveyed"},
        {"id": "b", "name": "乙", "depth": None, "accuracy": "schematic"},
    ]
    points = [shapely.Point(87.5, 44.25), shapely.Point(88.5, 44.5)]
    write_layer(root, "wells", rows, points, geometry="point", accuracy="schematic", titles={"depth": "井深"})
    return tiny_workspace(root)


def test_a_table_of_points_has_captions_positions_and_the_notice(space, tmp_path):
    text = export_layer(load_layer("wells", space), tmp_path / "井.csv").read_bytes().decode("utf-8-sig")
    header, first, second = csv.reader(io.StringIO(text))
    assert header == ["id", "name", "井深", "accuracy", "使用限制", "经度（度，CGCS2000）", "纬度（度，CGCS2000）"]
    assert first == ["a", "'=1+1", "-4.5", "实测", "", "87.5", "44.25"]
    assert second == ["b", "乙", "", "示意", "示意图层，不作为执法依据", "88.5", "44.5"]


def test_a_workbook_says_whose_layer_it_is_and_holds_no_formula(space, tmp_path):
    book = openpyxl.load_workbook(export_layer(load_layer("wells", space), tmp_path / "井.xlsx"))
    assert book.worksheets[0]["B2"].data_type == "s" and book.worksheets[0]["C2"].value == -4.5
    assert ["精度", "示意：示意图层，不作为执法依据"] in [[c.value for c in row] for row in book["说明"].iter_rows()]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_a_gis_file_comes_back_as_it_went_and_is_the_same_bytes_each_time(space, tmp_path, suffix):
    layer = load_layer("wells", space)
    first, second = (export_layer(layer, tmp_path / f"{n}{suffix}") for n in (1, 2))
    assert first.read_bytes() == second.read_bytes()
    back = read_any(first, workspace=space)
    assert shapely.equals_exact(back.frame.geometry.array, layer.frame.geometry.array, 1e-9).all()
    assert back.frame["name"].tolist() == ["=1+1", "乙"]
    assert pyogrio.read_info(first)["features"] == 2


def test_areas_have_no_position_columns(tmp_path):
    write_layer(tmp_path, "squares", [{"id": "a", "name": "甲"}], [SQUARES["west"]])
    text = export_layer(load_layer("squares", tiny_workspace(tmp_path)), tmp_path / "a.csv").read_bytes()
    assert text.decode("utf-8-sig") == "id,name\r\na,甲\r\n"


def test_another_suffix_names_the_ones_there_are(space, tmp_path):
    with pytest.raises(InputError, match=r"不能写成“\.shp”。应为：\.gpkg、\.geojson、\.csv、\.xlsx"):
        export_layer(load_layer("wells", space), tmp_path / "井.shp")


def test_the_command_says_what_it_wrote_and_warns_of_the_accuracy(space, tmp_path, capsys):
    assert main(["layers", "export", "wells", str(tmp_path / "井.gpkg"), "-w", str(space.roots[0])]) == 0
    shown = capsys.readouterr()
    assert "2 个要素" in shown.out and "示意图层，不作为执法依据，文件里已注明" in shown.err
