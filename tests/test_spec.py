"""Map descriptions: what a person may write, and what they are told when it is wrong."""

import json

import jsonschema
import pytest

from changji_geo.errors import SpecError
from changji_geo.resources import find_workspace, packaged_root
from changji_geo.spec import load_map_spec, map_schema, map_schema_text
from changji_geo.specfile import read_toml

SHIPPED = find_workspace(packaged_root())
LAYER = '[[layers]]\nsource = "counties"\nkind = "fill"\n'


@pytest.fixture
def load(tmp_path):
    def from_text(text):
        path = tmp_path / "my_map.toml"
        path.write_text(text, encoding="utf-8")
        return load_map_spec(path)[1]

    return from_text


def refusal(load, text):
    with pytest.raises(SpecError) as caught:
        load(text)
    message = str(caught.value)
    assert "my_map.toml" in message
    return message


def test_the_smallest_description(load):
    spec = load('title = "图"\n' + LAYER)
    assert (spec.title, spec.theme, spec.extent, len(spec.layers)) == ("图", "report", "counties", 1)
    assert spec.static.dpi == 300
    assert spec.html.basemap is None


def test_the_id_is_the_files_stem(tmp_path):
    (tmp_path / "my_map.toml").write_text('title = "图"\n' + LAYER, encoding="utf-8")
    assert load_map_spec(tmp_path / "my_map.toml")[0] == "my_map"
    assert load_map_spec(str(tmp_path / "my_map.toml"))[0] == "my_map"


@pytest.mark.parametrize("map_id", SHIPPED.map_ids)
def test_every_shipped_description_is_right(map_id):
    assert load_map_spec(map_id, SHIPPED)[0] == map_id


def test_an_unknown_map_gets_the_nearest():
    with pytest.raises(SpecError, match="没有地图“overveiw”.*是不是“overview”"):
        load_map_spec("overveiw", SHIPPED)


def test_a_missing_file(tmp_path):
    with pytest.raises(SpecError, match="文件不存在"):
        load_map_spec(tmp_path / "x.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAYER, ["title", "缺少必填的键"]),
        ('title = "图"\n', ["layers", "缺少必填的键"]),
        ('title = "图"\nlayers = []\n', ["layers", "列表有 0 项"]),
        ('titel = "图"\n' + LAYER, ["titel", "是不是“title”"]),
        (f'title = "{"长" * 61}"\n' + LAYER, ["title", "不超过 60 个字"]),
        ('title = "图"\nextent = [85, 43, 92]\n' + LAYER, ["四个数"]),
        ('title = "图"\nextent = [92, 43, 85, 46]\n' + LAYER, ["西 < 东"]),
        ('title = "图"\nextent = [43, 85, 46, 92]\n' + LAYER, ["南 < 北"]),  # latitude first puts north past the pole
        ('title = "图"\npadding = 2\n' + LAYER, ["padding", "≤ 1"]),
        ('title = "图"\ntheme = "../report"\n' + LAYER, ["theme", "小写英文字母开头"]),
        ('title = "图"\ndate = "今天"\n' + LAYER, ["date", "日期"]),
        ('title = "图"\n' + LAYER.replace("fill", "choroplet"), ["layers[1].kind", "是不是“choropleth”"]),
        ('title = "图"\n' + LAYER.replace("fill", "choropleth"), ["layers[1]", "需要 indicator 或 column"]),
        ('title = "图"\n' + LAYER.replace("fill", "proportional"), ["需要 indicator 或 column"]),
        ('title = "图"\n' + LAYER.replace("fill", "category"), ["需要 column"]),
        ('title = "图"\n' + LAYER.replace("fill", "label"), ["需要 label"]),
        ('title = "图"\n' + LAYER.replace("fill", "raster"), ["尚未提供"]),
        ('title = "图"\n' + LAYER.replace("fill", "packed"), ["尚未提供"]),
        ('title = "图"\n' + LAYER + 'colum = "name"\n', ["layers[1].colum", "是不是“column”"]),
        ('title = "图"\n' + LAYER + 'indicator = "a"\ncolumn = "b"\n', ["只能写一个"]),
        ('title = "图"\n' + LAYER + "size_range = [30, 6]\n", ["size_range", "小的在前"]),
        ('title = "图"\n' + LAYER + "scale = { breaks = [3, 2] }\n", ["从小到大"]),
        ('title = "图"\n' + LAYER + "scale = { breaks = [1, 1] }\n", ["不重复"]),
        ('title = "图"\n' + LAYER + 'scale = { breaks = [1], standard = "aqi" }\n', ["breaks 和 standard"]),
        ('title = "图"\n' + LAYER + 'scale = { scheme = "jenks" }\n', ["layers[1].scale.scheme", "fisher_jenks"]),
        ('title = "图"\n' + LAYER + 'style = { fill = "红" }\n', ["layers[1].style.fill", "#1f78b4"]),
        ('title = "图"\n' + LAYER + '[html.basemap]\nkind = "xyz"\n', ["{z} {x} {y}"]),
        ('title = "图"\n' + LAYER + '[html.basemap]\nkind = "xyz"\nurl = "file:///{z}/{x}/{y}"\n', ["http"]),
        ('title = "图"\n' + LAYER + '[html.basemap]\nkind = "tiles"\n', ["需要 path"]),
        ('title = "图"\n' + LAYER + '[html.basemap]\nkind = "tianditu"\nmin_zoom = 9\nmax_zoom = 8\n', ["min_zoom"]),
        ('title = "图"\n' + LAYER + '[static]\nfurniture = ["titel"]\n', ["static.furniture[1]", "是不是“title”"]),
        ('title = "图"\n' + LAYER + "[static]\ndpi = 10\n", ["static.dpi", "≥ 72"]),
        ('title = "图"\n' + LAYER + '[static]\nsize = "A5"\n', ["static.size", "A4 landscape"]),
    ],
)
def test_a_wrong_description_is_refused_with_key_and_remedy(load, text, said):
    message = refusal(load, text)
    assert [part for part in said if part not in message] == []


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(map_schema())


def test_the_schema_text_is_the_same_every_time():
    assert map_schema_text() == map_schema_text()
    assert json.loads(map_schema_text()) == map_schema()


@pytest.mark.parametrize("map_id", SHIPPED.map_ids)
def test_the_schema_accepts_every_shipped_description(map_id):
    data = json.loads(json.dumps(read_toml(SHIPPED.map_file(map_id)), default=str))
    jsonschema.validate(data, map_schema())


def test_the_schema_refuses_what_the_model_refuses():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"title": "图", "layers": [], "titel": 1}, map_schema())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "  "\n' + LAYER, ["title 是空白的"]),
        ('title = "图"\nextent = [43.5, 86.0, 45.0, 89.0]\n' + LAYER, ["像是把纬度写在了经度前面", "[西, 南, 东, 北]"]),
        ('title = "图"\nextent = 5\n' + LAYER, ["的 extent：取值 “5” 的类型不对。应为：文字，或列表 [...]。"]),
        (
            'title = "图"\nextent = ["87", "44", "90", "45"]\n' + LAYER,
            ["extent[1]：取值 “87” 的类型不对", "应为：数字"],
        ),
        ('title = "图"\npadding = nan\n' + LAYER, ["padding"]),
        ('title = "图"\n' + LAYER + 'period = "2023"\n', ["layers[1]：period 只和 indicator 一起用"]),
        ('title = "图"\n' + LAYER + 'categories = [{ value = "a" }]\n', ["categories 只用于 kind = category"]),
        (
            'title = "图"\n[[layers]]\nsource = "counties"\nkind = "category"\ncolumn = "name"\n'
            'categories = [{ value = "a" }, { value = "a" }]\n',
            ["layers[1]：categories 里的取值“a”写了两次"],
        ),
        ('title = "图"\n' + LAYER + "size_range = [6.0]\n", ["size_range[2]：列表的项数不够"]),
        ('title = "图"\n' + LAYER + "scale = { breaks = [1.0, inf] }\n", ["scale.breaks[2]", "应为：有限的数字"]),
        ('title = "图"\n' + LAYER + 'style = { hatch = "|" }\n', ['应为：""（空）、/、\\、x、.。']),
        ('title = "图"\n' + LAYER + 'at = "2025"\n', ["layers[1]：at 只和 series 一起用"]),
        ('title = "图"\n' + LAYER + 'series = "a"\n', ["layers[1]：series 需要 column"]),
        ('title = "图"\n' + LAYER + 'series = "a"\nindicator = "b"\n', ["series 和 indicator 只能写一个"]),
        (
            'title = "图"\n' + LAYER + 'series = "a"\ncolumn = "b"\n',
            ["应为 choropleth 或 category，这里是 fill", "写 at"],
        ),
        (
            'title = "图"\n' + LAYER + 'series = "a"\ncolumn = "b"\nat = "2025"\ndissolve = "c"\n',
            ["series 不能和 dissolve、outline 一起用"],
        ),
        ('title = "图"\n' + LAYER.replace("fill", "surface") + 'column = "a"\n', ["kind = surface 和 surface"]),
        ('title = "图"\n' + LAYER + 'surface = { method = "idw" }\n', ["kind = surface 和 surface"]),
        ('title = "图"\n' + LAYER + 'surface = { method = "krige" }\n', ["surface.method", "是不是“kriging”"]),
        (
            'title = "图"\n'
            + LAYER.replace("fill", "surface")
            + 'column = "a"\nsurface = { method = "idw", show = "error" }\n',
            ["layers[1].surface", "反距离加权没有标准误差"],
        ),
        ('title = "图"\n' + LAYER + "[time]\nspeed = 2.0\n", ["time 只用于有随时间变化的图层"]),
        ('title = "图"\n' + LAYER + "[time]\nspeed = 60.0\n", ["time.speed", "≤ 30"]),
        ('title = "图"\n' + LAYER + f"[time]\npanels = {['2025'] * 13}\n", ["time.panels", "至多 12 项"]),
    ],
)
def test_a_slip_is_told_with_its_key(load, text, said):
    message = refusal(load, text)
    assert [part for part in said if part not in message] == []


def test_a_file_may_have_its_ending_in_capitals(tmp_path):
    (tmp_path / "M.TOML").write_text('title = "图"\n' + LAYER, encoding="utf-8")
    assert load_map_spec(str(tmp_path / "M.TOML"))[1].title == "图"
