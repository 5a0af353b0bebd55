"""``water``: files as a county office has them, through the real command line, to classes, indices and findings."""

from __future__ import annotations

import openpyxl
import pytest

from changji_geo.resources import Workspace, packaged_root
from changji_geo.series import load_series
from changji_geo.xlsxfile import SheetData, workbook_bytes

MONTH = """昌吉州地表水断面监测结果,,,,,,,,
断面名称,监测日期,水体类型,流域,水质目标,氨氮(mg/L),总磷(mg/L),高锰酸盐指数(mg/L),汞(mg/L)
三屯河渠首,2024-03-05,河流,三屯河,Ⅱ,0.12,<0.01,1.8,未检出
开垦河老奇台,2024-03-05,河流,开垦河,Ⅱ,1.2,0.02L,2.4,0.00002L
头屯河八钢,2024-03-06,河流,头屯河,Ⅲ,—,0.31,-5,<0.00004
"""


@pytest.fixture
def month(tmp_path):
    """A month's table as WPS saves it: GBK, with a title line."""
    path = tmp_path / "月报.csv"
    path.write_bytes(MONTH.encode("gb18030"))
    return path


def sheet(path, name):
    rows = list(openpyxl.load_workbook(path)[name].values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def write_csv(folder, text, name="table.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_gbk_month_becomes_classes_items_basins_and_findings(month, run, tmp_path):
    code, out, err = run("water", "classify", month, "--out", tmp_path / "c.xlsx", "--findings", tmp_path / "f.csv")
    assert code == 1
    assert "开垦河老奇台\t2024-03-05\tⅣ\t轻度污染\t氨氮\t否\t氨氮" in out
    assert "有 2 个样品含不能用的值" in err
    rows = {r["断面（点位）"]: r for r in sheet(tmp_path / "c.xlsx", "断面类别")}
    assert rows["三屯河渠首"]["水质类别"] is None
    assert rows["三屯河渠首"]["不能用的值"] == "汞“未检出”没有写检出限，不能按一半计"
    assert rows["开垦河老奇台"]["水质类别"] == "Ⅳ"
    assert rows["开垦河老奇台"]["是否达标"] == "否"
    assert rows["开垦河老奇台"]["超标项目和倍数"] == "氨氮 1.40"  # 1.2 / 0.5 - 1
    assert {r["执行标准"] for r in rows.values()} == {"GB 3838-2002；环办〔2011〕22号"}
    assert len(sheet(tmp_path / "c.xlsx", "逐项结果")) == 11
    assert [r["流域（水系）"] for r in sheet(tmp_path / "c.xlsx", "流域评价")] == ["三屯河", "开垦河", "头屯河"]
    found = (tmp_path / "f.csv").read_text(encoding="utf-8-sig")
    assert "“头屯河八钢”2024-03-06 的高锰酸盐指数“-5”是负数，没有评价,1,高锰酸盐指数,月报.csv,5" in found
    assert "汞“未检出”没有写检出限，不能按一半计，没有评价,1,汞,月报.csv,3" in found
    assert "总磷（河流）未检出 2 个，按检出限的一半计,2,总磷（河流）,月报.csv,3、4" in found
    assert "表头上方的文字没有当作数据：昌吉州地表水断面监测结果" in found


def test_non_detects_count_as_zero_when_asked_and_the_output_says_so(month, run, tmp_path):
    code, _, err = run("water", "classify", month, "--non-detects", "零", "--out", tmp_path / "c.csv")
    assert code == 1  # the negative value stays
    assert "未检出按零计" in err
    assert "不能按一半计" not in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")
    assert "- 未检出按零计\n" in (tmp_path / "c_说明.md").read_text(encoding="utf-8")
    assert (tmp_path / "c_逐项结果.csv").exists()
    assert (tmp_path / "c_流域评价.csv").exists()


def test_a_detection_limit_that_the_table_lacks_can_be_given(month, run, tmp_path):
    run("water", "classify", month, "--detection-limit", "汞=0.00004", "--out", tmp_path / "c.xlsx")
    first = sheet(tmp_path / "c.xlsx", "断面类别")[0]
    assert (first["水质类别"], first["不能用的值"]) == ("Ⅰ", None)


def test_values_without_unit_are_refused_by_name_and_taken_when_declared(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,氨氮,总磷,pH\n甲,2024-05-06,0.4,0.15,8\n")
    code, _, err = run("water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv")
    assert code == 2
    assert "没有写单位：氨氮、总磷" in err
    assert "加 --units standard 声明" in err
    assert not (tmp_path / "c.csv").exists()
    code, out, _ = run(
        "water", "classify", path, "--kind", "rivers", "--units", "standard", "--out", tmp_path / "c.csv",
        "--findings", tmp_path / "f.csv",
    )  # fmt: skip
    assert code == 0
    assert "甲\t2024-05-06\tⅢ\t良好\t总磷（河流）" in out
    assert "单位由使用者声明：standard" in (tmp_path / "f.csv").read_text(encoding="utf-8-sig")


def test_total_phosphorus_of_lakes_has_other_limits(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,总磷(mg/L)\n甲,2024-05-06,0.15\n")
    assert "\tⅢ\t" in run("water", "classify", path, "--kind", "rivers", "--out", tmp_path / "r.csv")[1]
    assert "\tⅤ\t" in run("water", "classify", path, "--kind", "湖库", "--out", tmp_path / "l.csv")[1]
    code, _, err = run("water", "classify", path, "--out", tmp_path / "s.csv")
    assert code == 2
    assert "不知道水体类型" in err
    assert "--kind rivers" in err


def test_a_long_workbook_with_a_title_and_mixed_units_is_converted_and_told(run, tmp_path):
    path = tmp_path / "长表.xlsx"
    rows = [
        ("断面", "日期", "项目", "监测值", "单位"),
        ("甲", "2024-05-06", "氨氮", 400, "ug/L"),
        ("乙", "2024-05-06", "氨氮", 1.2, "mg/L"),
        ("乙", "2024-05-06", "汞", "没测", "mg/L"),
    ]
    path.write_bytes(workbook_bytes(SheetData("监测", ("2024 年 5 月断面监测结果",), rows)))
    code, out, _ = run(
        "water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv", "--findings", tmp_path / "f.csv"
    )
    assert code == 1
    assert "甲\t2024-05-06\tⅡ" in out
    found = (tmp_path / "f.csv").read_text(encoding="utf-8-sig")
    assert "氨氮的单位不一（mg/L、ug/L），各按自己的单位换算" in found
    line = next(x for x in found.splitlines() if "没测" in x)
    assert line.endswith("长表.xlsx,5")


def test_a_refusal_names_the_file_and_the_row_as_the_user_sees_it(run, tmp_path):
    path = write_csv(tmp_path, "五月监测结果,,\n断面,日期,氨氮(mg/L)\n甲,2024-05-06,0.4\n乙,,0.4\n")
    code, _, err = run("water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv")
    assert code == 2
    assert f"{path} 第 4 行：没有日期" in err


def test_wells_are_classified_by_the_groundwater_standard(run, tmp_path):
    path = write_csv(tmp_path, "井号,日期,总硬度(mg/L),pH,嗅和味\nJ1,2024-05-06,520,7.6,无\n")
    code, out, err = run("water", "classify", path, "--kind", "wells", "--target", "3", "--out", tmp_path / "w.csv")
    assert code == 0
    assert "J1\t2024-05-06\tⅣ\t总硬度（以CaCO3计）\t否" in out
    assert "GB/T 14848-2017" in err
    assert run("water", "classify", path, "--kind", "wells", "--basin", "三屯河", "--out", tmp_path / "w.csv")[0] == 2
    assert run("water", "compliance", path, "--kind", "wells", "--out", tmp_path / "w.csv")[0] == 2


def test_the_trophic_index_has_its_five_parts_and_is_left_out_where_one_is_missing(run, tmp_path):
    header = "湖库名称,日期,叶绿素a(μg/L),总磷(mg/L),总氮(mg/L),透明度(cm),高锰酸盐指数(mg/L)\n"
    path = write_csv(tmp_path, header + "天池,2024-07,10,0.05,1.0,100,4.0\n石门子水库,2024-07,10,0.05,,100,4.0\n")
    code, out, err = run("water", "tli", path, "--out", tmp_path / "t.xlsx")
    assert code == 1
    assert "天池\t2024-07\t48.0\t中营养" in out
    assert "有 1 个样品五项不全" in err
    rows = sheet(tmp_path / "t.xlsx", "营养状态")
    assert [r["综合营养状态指数"] for r in rows] == [48.0, None]
    assert rows[1]["未测项目"] == "总氮（湖、库）"
    parts = ("叶绿素a分指数", "总磷分指数", "总氮分指数", "透明度分指数", "高锰酸盐指数分指数")
    assert all(isinstance(rows[0][p], float) for p in parts)
    assert run("water", "tli", path, "--missing", "renormalise", "--out", tmp_path / "t.xlsx")[0] == 0
    assert sheet(tmp_path / "t.xlsx", "营养状态")[1]["是否缺项重算权重"] == "是"


def test_a_source_is_judged_by_three_tables_on_what_was_measured(run, tmp_path):
    path = write_csv(tmp_path, "水源地,日期,氨氮(mg/L),铁(mg/L),苯(μg/L)\n甲水源地,2024-05-06,0.4,0.36,1.4L\n")
    code, out, _ = run("water", "compliance", path, "--kind", "lakes", "--out", tmp_path / "s.xlsx")
    assert code == 0
    assert "甲水源地\t2024-05-06\t否\t铁" in out
    (row,) = sheet(tmp_path / "s.xlsx", "水源地达标")
    assert (row["超标项目和倍数"], row["表 1 所测项数"], row["表 2 所测项数"], row["表 3 所测项数"]) == (
        "铁 0.20",
        1,
        1,
        1,
    )
    assert "只对所测项目" in row["说明"]


@pytest.fixture
def own(tmp_path, run):
    """A workspace of the user's own."""
    assert run("init", tmp_path / "mine")[0] == 0
    return tmp_path / "mine"


def test_classes_by_month_become_a_series_that_maps_can_draw(run, tmp_path, own):
    text = "断面,日期,氨氮(mg/L)\n三屯河渠首,2024-01-05,0.1\n三屯河渠首,2024-03-05,2.5\nW1494,2024-03,0.4\n某处,2024-03,1\n"
    path = write_csv(tmp_path, text)
    code, _, err = run(
        "water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv", "--series", "water_class", "-w", own
    )
    assert code == 0, err
    assert "图层“water_sections”里没有某处，没有写进序列" in err
    series = load_series("water_class", Workspace((own, packaged_root())))
    assert series.times == ("2024-01", "2024-02", "2024-03")
    assert series.areas == ("W1501", "W1494")
    assert series.column("water_class").tolist() == [["Ⅰ", ""], ["", ""], ["劣Ⅴ", "Ⅱ"]]
    assert series.meta.standard == "standard"
    assert not series.meta.sample


def test_made_up_samples_make_a_made_up_series(run, tmp_path, own):
    path = write_csv(tmp_path, "断面,日期,氨氮(mg/L)\n三屯河渠首,2024-01-05,0.1\n", name="示例断面.csv")
    code, _, err = run(
        "water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv", "--series", "made_up", "-w", own
    )
    assert code == 0
    assert "示例数据，不是真实数据，不得引用" in err
    assert load_series("made_up", Workspace((own, packaged_root()))).meta.sample


def test_a_series_that_cannot_be_written_is_refused(run, tmp_path, own):
    path = write_csv(tmp_path, "断面,日期,氨氮(mg/L)\n三屯河渠首,2024-01-05,0.1\n三屯河渠首,2024-01-15,0.1\n")
    base = ("water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv", "--series")
    for arguments, words in (
        (("a",), "没有自己的工作区"),
        (("A-1", "-w", own), "“A-1”不能作标识"),
        (("a", "-w", own, "--layer", "nowhere"), "nowhere"),
        (("a", "-w", own), "“三屯河渠首”在 2024-01 有两个样品"),
        (("a", "-w", own, "--layer", "lakes"), "图层“lakes”里没有这些断面：三屯河渠首"),
    ):
        code, _, err = run(*base, *arguments)
        assert (code, words in err) == (2, True), err


def test_options_that_cannot_be_are_refused_before_the_file_is_read(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,氨氮(mg/L)\n甲,2024-01-05,0.1\n")
    for arguments, words in (
        (("--kind", "river", "--out", tmp_path / "c.csv"), "是不是“rivers”"),
        (("--non-detects", "third", "--out", tmp_path / "c.csv"), "half（检出限的一半）或 zero（零）"),
        (("--units", "氨氮", "--out", tmp_path / "c.csv"), "--units 的写法不对：“氨氮”"),
        (("--detection-limit", "汞=0", "--out", tmp_path / "c.csv"), "不是大于零的数"),
        (("--date", "2024-01-05", "--out", tmp_path / "c.csv", "--kind", "rivers"), "表里有日期列，又另给了日期"),
        (("--out", path), "结果会覆盖要读的文件"),
        (("--out", tmp_path / "c.doc"), "表格不能写成“.doc”"),
    ):
        code, _, err = run("water", "classify", path, *arguments)
        assert (code, words in err) == (2, True), err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]


def test_a_foreign_text_stays_text_in_the_tables(run, tmp_path):
    path = write_csv(tmp_path, '断面,日期,氨氮(mg/L)\n"=HYPERLINK(""x"")",2024-01-05,0.1\n')
    assert run("water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv")[0] == 0
    assert "'=HYPERLINK" in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")


def test_the_second_column_of_a_name_is_refused_instead_of_left_out(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,水体类型,氨氮(mg/L),氨氮(mg/L)\n甲,2024-05,河流,1,2\n")
    code, _, err = run("water", "classify", path, "--out", tmp_path / "c.csv")
    assert code == 2
    assert "“氨氮(mg/L)”和“氨氮(mg/L)_2”两列都是氨氮" in err
    path = write_csv(tmp_path, "断面,日期,日期,水体类型,氨氮(mg/L)\n甲,2024-05,2024-06,河流,1\n")
    assert "“日期”和“日期_2”两列都是" in run("water", "classify", path, "--out", tmp_path / "c.csv")[2]


def test_a_table_beside_the_result_neither_replaces_the_input_nor_the_findings(run, tmp_path):
    text = "断面,日期,水体类型,氨氮(mg/L)\n甲,2024-05,河流,1\n"
    path = write_csv(tmp_path, text, "c_逐项结果.csv")
    code, _, err = run("water", "classify", path, "--out", tmp_path / "c.csv")
    assert (code, path.read_text(encoding="utf-8")) == (2, text)
    assert "结果会覆盖要读的文件" in err
    code, _, err = run(
        "water", "classify", path, "--out", tmp_path / "d.csv", "--findings", tmp_path / "d_流域评价.csv"
    )
    assert (code, "d_流域评价.csv：两种结果写到同一个文件" in err) == (2, True)
    assert run("water", "classify", path, "--out", tmp_path / "c.xlsx")[0] == 0  # a workbook has its tables inside
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith("d")] == []


def test_made_up_data_is_known_by_a_remark_in_any_column_and_by_a_note_below(run, tmp_path):
    head = "断面,日期,水体类型,氨氮(mg/L),备注\n甲,2024-05,河流,1,"
    for text in (f"{head}示例数据\n", f"{head}\n注：以上为示例数据,,,,\n"):
        _, _, err = run("water", "classify", write_csv(tmp_path, text), "--out", tmp_path / "c.xlsx")
        assert "示例数据，不是真实数据，不得引用" in err
        assert sheet(tmp_path / "c.xlsx", "说明")[0]["说明"] == "示例数据，不是真实数据，不得引用"


def test_a_coliform_count_or_a_formula_error_that_cannot_be_used_makes_exit_code_1(run, tmp_path):
    head = "断面,日期,水体类型,氨氮(mg/L),粪大肠菌群(个/L)\n"
    for cells in ("0.5,>24000", "#DIV/0!,200"):
        path = write_csv(tmp_path, f"{head}甲,2024-05,河流,{cells}\n")
        code, _, err = run("water", "classify", path, "--out", tmp_path / "c.csv")
        assert code == 1
        assert "另有 1 处要核对" in err


def test_a_well_is_groundwater_and_a_river_is_not_classified_as_a_well(run, tmp_path):
    text = "点位,日期,水体类型,氨氮(mg/L)\nJ1,2024-05-06,地下水,0.6\n"
    code, out, _ = run("water", "classify", write_csv(tmp_path, text), "--kind", "wells", "--out", tmp_path / "c.csv")
    assert (code, "J1\t2024-05-06\tⅣ" in out) == (0, True)
    path = write_csv(tmp_path, f"{text}三屯河,2024-05-06,河流,0.6\n")
    code, _, err = run("water", "classify", path, "--kind", "wells", "--out", tmp_path / "d.csv")
    assert (code, (tmp_path / "d.csv").exists()) == (2, False)
    assert "第 3 行：水体类型是“河流”，不按地下水评价" in err


def test_a_spreadsheets_day_number_is_refused_with_the_day_it_may_be(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,水体类型,氨氮(mg/L)\n甲,45418,河流,1\n")
    code, _, err = run("water", "classify", path, "--out", tmp_path / "c.csv")
    assert code == 2
    assert "“45418”不是时段（像是 Excel 的日期序号，若是则为 2024-05-06；" in err
    assert "如 2024-03-05、2024/3/5" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--units", "氨淡=mg/L"], "声明了“氨淡”，没有这个项目，表里也没有这一列"),
        (["--detection-limit", "贡=0.1"], "声明了“贡”，没有这个项目"),
        (["--units", "氨氮=斤"], "声明的氨氮的单位“斤”不认识"),
        (["--target", "劣Ⅴ"], "--target：“劣Ⅴ”不是水质类别"),
    ],
)
def test_an_option_about_nothing_in_the_table_is_refused(run, tmp_path, options, said):
    path = write_csv(tmp_path, "断面,日期,水体类型,氨氮(mg/L)\n甲,2024-05,河流,1\n")
    code, _, err = run("water", "classify", path, *options, "--out", tmp_path / "c.csv")
    assert (code, said in err) == (2, True)


def test_a_multiple_below_a_hundredth_is_not_zero(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,水体类型,高锰酸盐指数(mg/L),氨氮(mg/L)\n甲,2024-05,河流,6.01,1.336\n")
    run("water", "classify", path, "--out", tmp_path / "c.xlsx")
    rows = sheet(tmp_path / "c.xlsx", "逐项结果")
    assert [r["超标倍数"] for r in rows] == [0.0017, 0.34]  # 0.01 / 6 and 0.336


def test_a_series_is_replaced_only_when_asked(run, tmp_path, own):
    def classify(date, value, *more):
        path = write_csv(tmp_path, f"断面,日期,水体类型,氨氮(mg/L)\n三屯河渠首,{date},河流,{value}\n")
        return run("water", "classify", path, "--out", tmp_path / "c.csv", "--series", "classes", "-w", own, *more)

    def series():
        found = load_series("classes", Workspace((own, packaged_root())))
        return found.times, found.column("water_class").tolist()

    assert classify("2024-05", 0.1)[0] == 0
    (tmp_path / "c.csv").unlink()
    code, _, err = classify("2025-06", 2.5)
    assert (code, (tmp_path / "c.csv").exists()) == (2, False)
    assert "工作区里已有时间序列 classes，不会覆盖" in err
    assert "要替换就加 --replace；要并存就换一个标识" in err
    assert series() == (("2024-05",), [["Ⅰ"]])
    assert classify("2025-06", 2.5, "--replace")[0] == 0
    assert series() == (("2025-06",), [["劣Ⅴ"]])


def test_the_own_workspace_is_found_from_inside_it(run, tmp_path, own, monkeypatch):
    path = write_csv(tmp_path, "断面,日期,水体类型,氨氮(mg/L)\n三屯河渠首,2024-05,河流,1\n")
    monkeypatch.chdir(own)
    code, _, err = run("water", "classify", path, "--out", tmp_path / "c.csv", "--series", "classes")
    assert code == 0, err
    assert (own / "layers" / "series" / "classes.toml").exists()


def test_a_finding_names_the_row_of_its_value_in_a_long_table_with_brackets_in_the_name(run, tmp_path):
    rows = "甲,2024-05-06,氨氮,0.1,mg/L\n甲,2024-05-06,铬（六价）,>0.3,mg/L\n甲,2024-05-06,汞,<0.00004,mg/L\n"
    path = write_csv(tmp_path, f"断面,日期,项目,监测值,单位\n{rows}")
    run(
        "water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv", "--findings", tmp_path / "f.csv"
    )  # fmt: skip
    found = (tmp_path / "f.csv").read_text(encoding="utf-8-sig").splitlines()
    (line,) = (x for x in found if "超出测定上限" in x)
    assert line.endswith(",table.csv,3")
    (line,) = (x for x in found if "汞未检出 1 个" in x)
    assert line.endswith(",table.csv,4")


def test_the_terminal_says_on_how_little_a_class_and_a_compliance_stand(run, tmp_path):
    path = write_csv(tmp_path, "断面,日期,水体类型,氨氮(mg/L)\n甲,2024-05,河流,0.1\n")
    _, out, _ = run("water", "classify", path, "--out", tmp_path / "c.csv")
    assert "只测了 1 项，缺 20 项" in out
    path = write_csv(tmp_path, "水源地,日期,氨氮(mg/L),总氮(mg/L),粪大肠菌群(个/L)\n甲,2024-05,0.4,3.0,50000\n")
    _, out, _ = run("water", "compliance", path, "--kind", "lakes", "--out", tmp_path / "s.csv")
    head, row = (line.split("\t") for line in out.splitlines() if line.startswith(("断面", "甲")))
    shown = dict(zip(head, row, strict=True))
    assert shown["是否达标（所测项目）"] == "是"
    assert (shown["总氮类别（单独评价）"], shown["粪大肠菌群类别（单独评价）"]) == ("劣Ⅴ", "劣Ⅴ")
    assert shown["说明"] == "只对所测项目，测了 1/106 项；粪大肠菌群 劣Ⅴ、总氮 劣Ⅴ，单独评价，未计入"


def test_sections_sampled_on_several_days_are_rated_as_one_basin(run, tmp_path):
    lines = "".join(f"S{n},2024-05-{n + 6:02d},河流,三屯河,{0.1 if n < 2 else 2.5}\n" for n in range(5))
    path = write_csv(tmp_path, f"断面,日期,水体类型,流域,氨氮(mg/L)\n{lines}")
    assert run("water", "classify", path, "--out", tmp_path / "c.xlsx")[0] == 0
    (row,) = sheet(tmp_path / "c.xlsx", "流域评价")
    assert (row["日期"], row["断面数"], row["水质状况"], row["劣Ⅴ类比例（%）"]) == ("2024-05", 5, "重度污染", 60)


def test_nothing_is_written_when_the_series_cannot_be(run, tmp_path):
    run("init", tmp_path / "w")
    path = write_csv(tmp_path, "断面,日期,水体类型,氨氮(mg/L)\n没有的断面,2024-05,河流,1\n")
    given = ["--series", "classes", "--workspace", tmp_path / "w"]
    code, _, err = run("water", "classify", path, "--out", tmp_path / "c.csv", *given)
    assert (code, (tmp_path / "c.csv").exists()) == (2, False)
    assert "图层“water_sections”里没有这些断面：没有的断面" in err


def test_a_series_is_not_dated_before_its_last_sample(run, tmp_path):
    run("init", tmp_path / "w")
    for date, last in (("2024-02", "2024-02-29"), ("2024-03-05", "2024-03-05")):
        path = write_csv(tmp_path, f"断面,日期,水体类型,氨氮(mg/L)\n三屯河渠首,{date},河流,1\n")
        given = ["--series", "classes", "--workspace", tmp_path / "w", "--replace"]
        assert run("water", "classify", path, "--out", tmp_path / "c.csv", *given)[0] == 0
        assert load_series("classes", Workspace((tmp_path / "w", packaged_root()))).meta.retrieved == last


def test_a_series_that_cannot_be_written_is_refused_before_the_table_is(run, tmp_path, own):
    path = write_csv(tmp_path, "断面,日期,氨氮(mg/L)\n三屯河渠首,2024-01-05,0.1\n")
    out = tmp_path / "c.csv"
    for layer, workspace in (("nowhere", own), ("water_sections", None)):
        where = () if workspace is None else ("-w", workspace)
        code, _, err = run(
            "water", "classify", path, "--kind", "rivers", "--out", out, "--series", "a", "--layer", layer, *where
        )
        assert (code, out.exists()) == (2, False), err


@pytest.mark.parametrize("date", ["2024年一季度", "2024"])
def test_a_quarter_and_a_year_are_no_month_of_a_series(run, tmp_path, own, date):
    path = write_csv(tmp_path, f"断面,日期,氨氮(mg/L)\n三屯河渠首,{date},0.1\n")
    code, _, err = run(
        "water", "classify", path, "--kind", "rivers", "--out", tmp_path / "c.csv", "--series", "a", "-w", own
    )
    assert code == 2
    assert "不是一天或一个月，写不进逐月的序列" in err and "如 2024-03、2024-03-05" in err


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("断面,氨氮(mg/L)\n甲,1\n", (), "日期列，或 --date 观测日期，二者取一"),
        ("断面,日期,流域,氨氮(mg/L)\n甲,2024-05,三屯河,1\n乙,2024-05,,1\n", (), "流域列，或 --basin 流域名称"),
        ("断面,日期,氨氮(mg/L)\n甲,2024-05,1\n", ("--units", "氨氮=ug/L"), "的单位在表里是“mg/L”，--units 说是“ug/L”"),
        ("断面,日期,氨氮(mg/L)\n甲,2024-05,1\n", ("--units", "氨氮=ug/L"), "以表里的为准就去掉这个 --units；"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_options_of_the_command_line(run, tmp_path, text, options, said):
    path = write_csv(tmp_path, text)
    code, _, err = run("water", "classify", path, "--kind", "rivers", *options, "--out", tmp_path / "c.csv")
    assert (code, said in err, str(path) in err) == (2, True, True), err
