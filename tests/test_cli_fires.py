"""``fires``: from a FIRMS file to bulletin, map and clues, through the real command line."""

from __future__ import annotations

import openpyxl
import pytest

HEADER = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight"


def viirs(lon, lat, *, day="2026-03-26", time="0612", confidence="n", frp=5.0):
    return f"{lat},{lon},330,0.4,0.4,{day},{time},N,VIIRS,{confidence},2.0NRT,290,{frp},D"


FIELD = (87.25, 44.0)
"""In 昌吉市."""
EAST = (89.6, 44.0)
"""In 奇台县."""
HOT = (89.2, 44.75)
"""In the mask of 五彩湾, 吉木萨尔县."""


@pytest.fixture
def firms(tmp_path):
    """A file with the rows given."""

    def make(*rows, name="firms.csv"):
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return path

    return make


def sheet(path, name):
    rows = list(openpyxl.load_workbook(path)[name].values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_a_bulletin_counts_a_field_and_lists_heat_and_low_confidence_with_reasons(firms, run, tmp_path):
    path = firms(viirs(*FIELD), viirs(*EAST, confidence="l"), viirs(*HOT))
    code, out, err = run("fires", "import", path, "--bulletin", tmp_path / "b.xlsx")
    assert code == 0
    assert "昌吉市\t1\t0\t1" in out
    assert "2026-03-26\t合计\t1\t2\t3" in out
    assert "固定热源图层的精度是“近似”，剔除和提示都待核实" in err
    rows = sheet(tmp_path / "b.xlsx", "疑似火点日报")
    assert [(r["序号"], r["县（市、区）"], r["是否计入"], r["未计入原因"]) for r in rows] == [
        (1, "昌吉市", "是", None),
        (None, "奇台县", "否", "低置信度：VIIRS l"),
        (None, "吉木萨尔县", "否", "在固定热源“准东五彩湾”内：准东煤田五彩湾矿区一带（图层精度：近似）"),
    ]
    assert sheet(tmp_path / "b.xlsx", "分县市")[-1]["疑似火点数"] == 1


def test_a_utc_day_is_two_days_in_beijing_and_each_has_its_numbers(firms, run, tmp_path):
    path = firms(viirs(*FIELD, time="1559"), viirs(*FIELD, time="1600"))
    assert run("fires", "import", path, "--bulletin", tmp_path / "b.xlsx")[0] == 0
    rows = sheet(tmp_path / "b.xlsx", "疑似火点日报")
    assert [(r["序号"], str(r["卫星过境日期"])[:10], r["卫星过境时间（北京时间）"]) for r in rows] == [
        (1, "2026-03-26", "23:59"),
        (1, "2026-03-27", "00:00"),
    ]
    assert run("fires", "import", path, "--date", "2026-03-27", "--bulletin", tmp_path / "c.xlsx")[0] == 0
    assert len(sheet(tmp_path / "c.xlsx", "疑似火点日报")) == 1


def test_a_region_or_a_county_limits_the_bulletin_and_says_so(firms, run, tmp_path):
    path = firms(viirs(*FIELD), viirs(*EAST))
    code, out, err = run("fires", "import", path, "--area", "东部三县", "--bulletin", tmp_path / "b.xlsx")
    assert code == 0
    assert "只列奇台县、吉木萨尔县、木垒哈萨克自治县的火点" in err
    assert [r["县（市、区）"] for r in sheet(tmp_path / "b.xlsx", "疑似火点日报")] == ["奇台县"]
    assert "昌吉市" not in out
    assert "2026-03-26\t合计\t1\t0\t1" in run("fires", "import", path, "--area", "652301")[1]
    assert "五家渠市不是本州的县市，没有单独列出" in run("fires", "import", path, "--area", "with_bingtuan")[2]
    code, _, err = run("fires", "import", path, "--area", "奇台市")
    assert code == 2
    assert "是不是“奇台县”？" in err


def test_a_row_that_cannot_be_read_is_left_out_named_and_makes_exit_code_1(firms, run, tmp_path):
    path = firms(viirs(*FIELD), viirs(44, 120), viirs(*FIELD))
    code, out, err = run("fires", "import", path, "--findings", tmp_path / "f.csv")
    assert code == 1
    assert "1 个文件，1 个探测点，重复 1 个；2026-03-26。" in out
    assert "有 1 行读不懂，没有计入" in err
    text = (tmp_path / "f.csv").read_text(encoding="utf-8-sig")
    assert "错误,row,没有计入：纬度 120 超出 -90 到 90 度，经度和纬度可能写反了,1,latitude,firms.csv,3" in text
    assert "提示,rows,共 3 行：采用 1，重复 1，没有计入 1,3,,firms.csv," in text


@pytest.mark.parametrize("target", ["clues.csv", "clues.xlsx", "clues.gpkg", "folder"])
def test_fires_become_clues_that_the_desk_imports(firms, run, tmp_path, target):
    path = firms(viirs(*FIELD), viirs(*HOT))
    code, out, _ = run("fires", "import", path, "--as-clues", tmp_path / target)
    assert code == 0
    assert "1 个疑似点，用 changji-geo clues import 导入" in out
    written = tmp_path / target / "疑似火点线索.csv" if target == "folder" else tmp_path / target
    ledger = tmp_path / "ledger.gpkg"
    code, out, err = run("clues", "import", written, "--ledger", ledger, "--batch", "火点2026-3", "--by", "张三")
    assert code == 0, err
    assert run("clues", "check", "--ledger", ledger, "--by", "张三")[0] == 0
    code, out, _ = run("clues", "list", "--ledger", ledger, "--county", "昌吉市")
    assert "LD2026-0001\t疑似火点（昌吉市）\t待核查\t昌吉市" in out
    code, out, err = run("clues", "list", "--ledger", ledger, "--county", "乌-昌-石区域西部四县市")
    assert "1 条线索" in out
    assert "没有一条线索" not in err
    assert "0 条线索" in run("clues", "list", "--ledger", ledger, "--county", "east3")[1]
    exported = tmp_path / "export.xlsx"
    assert (
        run("clues", "export", exported, "--ledger", ledger, "--county", "wcs_west4", "--today", "2026-03-28")[0] == 0
    )


def test_no_fire_counted_writes_no_clues_and_says_so(firms, run, tmp_path):
    code, _, err = run("fires", "import", firms(viirs(*HOT)), "--as-clues", tmp_path / "c.csv")
    assert code == 0
    assert "没有计入的火点，没有写" in err
    assert not (tmp_path / "c.csv").exists()


def test_the_map_of_a_day_is_drawn_in_both_forms(firms, run, tmp_path):
    page, picture = tmp_path / "m.html", tmp_path / "m.png"
    code, _, err = run("fires", "import", firms(viirs(*FIELD), viirs(*HOT)), "--html", page, "--png", picture)
    assert code == 0, err
    text = page.read_text(encoding="utf-8")
    assert "2026 年 3 月 26 日（北京时间），疑似火点 1 处，不计入 1 处" in text
    assert "示例" not in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_day_without_fires_has_a_map_that_says_it_and_zero_rows(firms, run, tmp_path):
    path = firms(viirs(*FIELD))
    page, table = tmp_path / "m.html", tmp_path / "b.xlsx"
    code, out, _ = run("fires", "import", path, "--date", "2026-03-20", "--html", page, "--bulletin", table)
    assert code == 0
    assert "州内没有探测到火点，不等于没有火" in page.read_text(encoding="utf-8")
    assert sheet(table, "疑似火点日报") == []
    assert "2026-03-20\t合计\t0\t0\t0" in out


def test_an_empty_file_has_no_day_to_draw(firms, run, tmp_path):
    code, _, err = run("fires", "import", firms(), "--html", tmp_path / "m.html")
    assert code == 2
    assert "文件里没有火点，不知道画哪一天" in err
    assert run("fires", "import", firms())[1].strip().endswith("1 个文件，0 个探测点，重复 0 个；没有火点。")


def test_the_detections_keep_those_outside_with_their_reason(firms, run, tmp_path):
    path = firms(viirs(*FIELD), viirs(87.6, 43.8))
    assert run("fires", "import", path, "--out", tmp_path / "d.csv")[0] == 0
    lines = (tmp_path / "d.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "州外" in lines[1] + lines[2]
    assert "不在昌吉州内（州外）" in lines[1] + lines[2]
    assert "合并规则" in (tmp_path / "d_说明.md").read_text(encoding="utf-8")


def test_the_sample_says_it_is_made_up_wherever_it_goes(run, tmp_path):
    file = tmp_path / "s.csv"
    code, out, _ = run("fires", "sample", file)
    assert code == 0
    assert "示例数据，不是卫星火点" in out
    again = file.read_bytes()
    assert run("fires", "sample", file)[0] == 2
    assert run("fires", "sample", file, "--replace")[0] == 0
    assert file.read_bytes() == again
    outputs = [tmp_path / n for n in ("d.csv", "b.csv", "c.csv", "f.csv", "m.html")]
    pairs = zip(("--out", "--bulletin", "--as-clues", "--findings", "--html"), outputs, strict=True)
    code, _, err = run("fires", "import", file, *(word for pair in pairs for word in pair))
    assert code == 0
    assert "其中有示例数据" in err
    for path in outputs:
        assert "示例" in path.read_text(encoding="utf-8-sig"), path
    bulletin = (tmp_path / "b.csv").read_text(encoding="utf-8-sig").splitlines()
    assert all("示例数据" in line for line in bulletin[1:])
    assert "示例疑似火点" in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")


def test_outputs_that_would_destroy_something_are_refused_before_any_work(firms, run, tmp_path):
    path = firms(viirs(*FIELD))
    for arguments, words in (
        (("--out", path), "结果会覆盖要读的文件"),
        (("--out", tmp_path / "a.csv", "--findings", tmp_path / "a.csv"), "两种结果写到同一个文件"),
        (("--out", tmp_path / "a.xls"), "表格不能写成“.xls”"),
        (("--html", tmp_path / "a.htm"), "文件名的后缀与格式 html 不符"),
        (("--as-clues", tmp_path / "a.shp"), "线索不能写成这种文件"),
        (("--date", "3月26日"), "--date"),
    ):
        code, _, err = run("fires", "import", path, *arguments)
        assert (code, words in err) == (2, True), err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["firms.csv"]


def test_a_file_that_is_no_firms_table_is_named(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("县市,户数\n昌吉市,3\n", encoding="gbk")
    code, _, err = run("fires", "import", path)
    assert code == 2
    assert "不是 FIRMS 火点表：第一行是“县市，户数”" in err


def test_a_file_inside_the_folder_that_is_read_is_not_replaced(firms, run, tmp_path):
    path = firms(viirs(87.3, 44.0))
    before = path.read_bytes()
    code, _, err = run("fires", "import", path.parent, "--out", path)
    assert (code, path.read_bytes()) == (2, before)
    assert "结果会覆盖要读的文件" in err


def test_the_bulletins_second_table_is_not_replaced_by_the_findings(firms, run, tmp_path):
    path = firms(viirs(87.3, 44.0))
    given = ["--bulletin", tmp_path / "b.csv", "--findings", tmp_path / "b_分县市.csv"]
    code, _, err = run("fires", "import", path, *given)
    assert (code, (tmp_path / "b.csv").exists()) == (2, False)
    assert "b_分县市.csv：两种结果写到同一个文件" in err


def test_points_whose_longitude_and_latitude_changed_places_are_named(firms, run, tmp_path):
    code, _, err = run("fires", "import", firms(viirs(44.0, 87.3), viirs(116.4, 39.9)), "--out", tmp_path / "o.csv")
    assert code == 0
    assert "有 1 个州外的探测点，经度和纬度对调后在州内，可能写反了" in err


def test_no_detection_is_called_left_out_when_every_day_has_its_bulletin(firms, run, tmp_path):
    path = firms(viirs(87.3, 44.0), viirs(87.3, 44.0, day="2026-03-28"))
    assert "没有列入" not in run("fires", "import", path, "--bulletin", tmp_path / "b.csv")[2]
    _, _, err = run("fires", "import", path, "--date", "2026-03-26", "--bulletin", tmp_path / "c.csv")
    assert "另有 1 个探测点属于其他日期，没有列入" in err
