"""The command line as its user meets it: help, results, messages, exit codes."""

import contextlib
import errno
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from changji_geo.cli import console
from changji_geo.cli.main import app
from changji_geo.errors import FontError
from changji_geo.resources import find_workspace, packaged_root

COMMANDS = ("build", "render", "schema", "embed", "init", "doctor", "layers", "indicators", "series", "clues")


@pytest.fixture
def broken(tiny):
    (tiny / "maps" / "bad.toml").write_text("title = “坏”\n", encoding="utf-8")
    return tiny


# --- help


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_is_chinese_and_lists_every_command(run, words):
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert all(re.search(rf"^  {name} ", out, re.MULTILINE) for name in COMMANDS)
    assert [word for word in ("用法：", "命令：", "选项：", "退出码") if word not in out] == []
    assert [word for word in ("Usage", "Options", "Commands", "Show this") if word in out] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_chinese_help_with_an_example(name):
    out = CliRunner().invoke(app, [name, "--help"])
    assert out.exit_code == 0
    assert "用法：\n  " in out.output and "选项：" in out.output
    assert "显示本说明" in out.output
    assert [
        word for word in ("Usage", "Options", "Arguments", "[default", "[required", "Show this") if word in out.output
    ] == []
    assert name == "doctor" or f"changji-geo {name}" in out.output.partition("例：")[2]


@pytest.mark.parametrize("words", [("layers", "list"), ("layers", "show"), ("layers", "check"), ("indicators", "list")])
def test_subcommands_have_help(run, words):
    code, out, _ = run(*words, "--help")
    assert code == 0
    assert f"changji-geo {' '.join(words)} [选项]" in out


def test_a_group_alone_shows_its_help(run):
    code, out, _ = run("layers")
    assert code == 0
    assert "检查全部图层" in out


def test_help_fits_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = run("build", "--help")
    described = out.partition("例：")[0]
    assert max(console.text_width(line) for line in described.splitlines()) <= 60


# --- usage errors


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["biuld"], ["没有命令“biuld”", "是不是“build”"]),
        (["制图"], ["没有命令“制图”", "build"]),
        (["layers", "chek"], ["没有命令“chek”", "是不是“check”"]),
        (["build", "--ouput", "x"], ["没有选项“--ouput”", "“--out”"]),
        (["--verison"], ["没有选项“--verison”", "是不是“--version”"]),
        (["build", "-z"], ["没有选项“-z”"]),
        (["render"], ["缺少参数 地图", "changji-geo render --help"]),
        (["build", "--out"], ["--out 后面缺少取值"]),
        (["build", "--jobs", "many"], ["--jobs 的取值不对", "应为整数"]),
        (["schema", "a", "b"], ["多余的参数：a b"]),
        (["layers", "list", "--json=1"], ["--json 不带取值"]),
    ],
)
def test_wrong_usage_is_told_in_chinese(run, words, said):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("错误：")
    assert [part for part in said if part not in err] == []
    assert [word for word in ("Usage", "Error", "No such", "Try ", "Traceback", "Missing", "Got ") if word in err] == []


# --- input errors


def test_an_unknown_map(run, tiny):
    code, out, err = run("render", "alpah", "--workspace", tiny)
    assert (code, out) == (2, "")
    assert "没有地图“alpah”" in err and "是不是“alpha”" in err


def test_an_unknown_map_stops_a_build_before_it_starts(run, tiny, tmp_path):
    code, _, err = run("build", "alpha", "bteta", "--workspace", tiny, "--out", tmp_path / "out")
    assert code == 2
    assert "没有地图“bteta”" in err
    assert not (tmp_path / "out").exists()


def test_a_corrupt_description(run, broken):
    code, _, err = run("render", "bad", "--workspace", broken)
    assert code == 2
    assert "bad.toml" in err and "TOML 语法错误" in err and "第 1 行" in err


def test_a_folder_that_is_no_workspace(run, tmp_path):
    code, _, err = run("layers", "list", "--workspace", tmp_path)
    assert code == 2
    assert "不是工作区" in err


def test_an_unknown_format(run, tiny, tmp_path):
    code, _, err = run("build", "--workspace", tiny, "--out", tmp_path / "out", "--formats", "html,pgn")
    assert code == 2
    assert "没有格式“pgn”" in err and "png" in err


def test_a_suffix_that_says_another_format(run, tiny, tmp_path):
    code, _, err = run("render", "alpha", "--workspace", tiny, "--png", tmp_path / "a.jpg")
    assert code == 2
    assert "a.jpg" in err and "以 .png 结尾" in err


def test_no_jobs_at_all(run, tiny, tmp_path):
    code, _, err = run("build", "--workspace", tiny, "--out", tmp_path / "out", "--jobs", 0)
    assert code == 2
    assert "进程数 0" in err


def test_a_page_to_embed_that_is_not_there(run, tmp_path):
    code, _, err = run("embed", tmp_path / "x.html")
    assert code == 2
    assert "x.html" in err


# --- environment and internal faults


@pytest.mark.parametrize("words", [["build", "--out"], ["render", "alpha", "--html"], ["schema", "--out"]])
def test_a_place_that_cannot_be_written(run, tiny, tmp_path, words, monkeypatch):
    monkeypatch.setenv("CHANGJI_GEO_WORKSPACE", str(tiny))
    (tmp_path / "file").write_text("x")
    code, _, err = run(*words, tmp_path / "file" / "deeper" / "x.html")
    assert code == 3
    assert "是文件，不是文件夹" in err or "已有同名文件" in err


def test_a_missing_font_is_exit_code_three(run, monkeypatch):
    from changji_geo.cli import doctor

    def none():
        raise FontError("没有找到可用的中文字体", fix='运行 pip install "changji-geo[fonts]"')

    monkeypatch.setattr(doctor, "_fonts", none)
    code, out, err = run("doctor")
    assert code == 3
    assert "中文字体\t故障\t没有找到可用的中文字体" in out
    assert "有故障：中文字体" in err


def test_an_internal_fault_is_short_without_debug_and_full_with_it(run, monkeypatch):
    import changji_geo.resources

    def fall(_path=None):
        raise ZeroDivisionError("除以零")

    monkeypatch.setattr(changji_geo.resources, "find_workspace", fall)
    code, _, err = run("layers", "list")
    assert code == 3
    assert "程序内部错误：ZeroDivisionError: 除以零" in err
    assert "--debug" in err and "Traceback" not in err
    code, _, err = run("--debug", "layers", "list")
    assert code == 3
    assert "Traceback" in err and "in fall" in err


def test_ctrl_c_is_130(run, monkeypatch):
    import changji_geo.resources

    def stop(_path=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(changji_geo.resources, "find_workspace", stop)
    code, _, err = run("layers", "list")
    assert code == 130
    assert "已中断" in err and "Traceback" not in err


# --- what the commands do


def test_layers_list_is_tab_separated_in_a_pipe(run, tiny):
    code, out, _ = run("layers", "list", "--workspace", tiny)
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert rows[0] == ["标识", "名称", "几何", "要素数", "精度", "取得日期"]
    assert ["squares", "测试图层", "面", "3", "实测", "2026-11-22"] in rows
    assert {"counties", "squares"} <= {row[0] for row in rows}


def test_layers_list_as_json(run, tiny):
    _, out, _ = run("layers", "list", "--workspace", tiny, "--json")
    assert {entry["id"]: entry["feature_count"] for entry in json.loads(out)}["squares"] == 3


def test_layers_show(run, tiny):
    code, out, _ = run("layers", "show", "squares", "--workspace", tiny)
    assert code == 0
    assert "坐标系\tEPSG:4490" in out
    assert "people\tpeople\tnumber" in out


def test_layers_check_is_quiet_about_good_layers(run):
    code, out, err = run("layers", "check", "--workspace", packaged_root())
    assert (code, err) == (0, "")
    assert "错误 0 处" in out


def test_layers_check_exits_with_one_when_something_is_wrong(run, tiny):
    data = tiny / "layers" / "squares" / "squares.geojson"
    data.write_text(data.read_text("utf-8").replace("west县", "东县"), encoding="utf-8")
    code, out, err = run("layers", "check", "--workspace", tiny)
    assert code == 1
    assert "错误\tsquares" in out
    assert "有错误需要处理" in err
    code, out, _ = run("layers", "check", "--workspace", tiny, "--json")
    assert code == 1
    assert {"level", "layer", "feature_id", "rule", "message"} <= set(json.loads(out)[0])


def test_indicators_list(run):
    code, out, _ = run("indicators", "list")
    assert code == 0
    assert out.startswith("标识\t名称\t单位")
    assert len(out.splitlines()) > 1


def test_schema_is_printed_or_written(run, tmp_path):
    code, out, _ = run("schema")
    assert code == 0
    assert json.loads(out)["title"] == "changji-geo 地图描述"
    run("schema", "--out", tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text("utf-8")) == json.loads(out)


def test_render_writes_exactly_what_is_named(run, tiny, tmp_path):
    code, out, _ = run(
        "render", "alpha", "--workspace", tiny, "--html", tmp_path / "甲.html", "--svg", tmp_path / "甲.svg"
    )
    assert code == 0
    assert out.splitlines() == [str(tmp_path / "甲.html"), str(tmp_path / "甲.svg")]
    assert "甲图" in (tmp_path / "甲.html").read_text("utf-8")


def test_render_without_a_file_writes_page_and_picture_here(run, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, _ = run("render", tiny / "maps" / "alpha.toml", "--workspace", tiny)
    assert code == 0
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["alpha.html", "alpha.png"]


def test_build_reports_each_map_and_the_gallery(run, tiny, tmp_path):
    words = ["build", "alpha", "beta", "--workspace", tiny, "--out", tmp_path / "out", "--formats", "html", "--jobs", 1]
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert [line.split("\t")[0] for line in out.splitlines()[1:3]] == ["beta", "alpha"]
    assert "已生成 2 幅地图" in out and str(tmp_path / "out" / "index.html") in out


def test_build_goes_on_after_a_bad_map_and_says_so(run, broken, tmp_path):
    words = [
        "build",
        "alpha",
        "bad",
        "--workspace",
        broken,
        "--out",
        tmp_path / "out",
        "--formats",
        "html",
        "--jobs",
        1,
    ]
    code, out, err = run(*words)
    assert code == 2
    assert "已生成 1 幅地图" in out
    assert "地图 bad 未生成" in err and "bad.toml" in err
    assert (tmp_path / "out" / "alpha.html").is_file()


def test_embed_writes_a_fragment_beside_the_page(run, tiny, tmp_path):
    run("render", "alpha", "--workspace", tiny, "--html", tmp_path / "a.html")
    code, out, _ = run("embed", tmp_path / "a.html")
    assert (code, out) == (0, f"{tmp_path / 'a.fragment.html'}\n")
    assert "<iframe" in (tmp_path / "a.fragment.html").read_text("utf-8")


def test_init_makes_a_workspace_that_builds(run, tmp_path):
    folder = tmp_path / "我的地图"
    code, out, _ = run("init", folder)
    assert code == 0
    assert "changji-geo build example" in out
    assert find_workspace(folder).map_file("example").is_relative_to(folder)
    assert (folder / "maps" / "example.toml").read_text("utf-8").startswith("#:schema ../map.schema.json\n")
    assert json.loads((folder / "map.schema.json").read_text("utf-8"))["$defs"]
    code, _, err = run("render", "example", "--workspace", folder, "--html", tmp_path / "e.html")
    assert (code, err) == (0, "")


def test_init_refuses_a_folder_with_anything_in_it(run, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    code, _, err = run("init", tmp_path)
    assert code == 2
    assert "已有内容" in err
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_doctor_is_content_here(run):
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    assert "一切正常" in out
    assert re.search(r"^中文字体\t正常\t", out, re.MULTILINE)


# --- as a process


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--version"], 0), (["nonsense"], 2), (["build", "--nonsense"], 2), (["render", "nonsense"], 2)],
)
def test_exit_codes_of_the_process(shell, tmp_path, words, code):
    out = shell(*words, cwd=tmp_path)
    assert out.returncode == code
    assert "Traceback" not in out.stderr


def test_findings_are_exit_code_one_of_the_process(shell, tiny):
    (tiny / "layers" / "squares" / "squares.geojson").write_text("{", encoding="utf-8")
    assert shell("layers", "check", "--workspace", tiny).returncode == 1


def test_an_unwritable_place_is_exit_code_three_of_the_process(shell, tmp_path):
    (tmp_path / "file").write_text("x")
    out = shell("schema", "--out", tmp_path / "file" / "s.json")
    assert out.returncode == 3
    assert out.stderr.startswith("错误：") and "Traceback" not in out.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups that a signal can be sent to")
def test_ctrl_c_during_a_build_is_quiet_and_leaves_no_half_files(tiny, tmp_path):
    words = [
        sys.executable,
        "-m",
        "changji_geo",
        "build",
        "--workspace",
        tiny,
        "--out",
        tmp_path / "out",
        "--jobs",
        "2",
    ]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background shell starts us with it ignored
    )  # fmt: skip
    out = tmp_path / "out"
    while not (out.is_dir() and any(out.iterdir())):  # until the first map is done and others are under way
        with contextlib.suppress(subprocess.TimeoutExpired):
            assert process.wait(timeout=0.05) is None
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "已中断。\n"
    assert [p.name for p in (tmp_path / "out").iterdir() if p.name.endswith(".tmp")] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "gbk"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
)
def test_output_is_utf8_whatever_the_locale(shell, tmp_path, settings):
    out = shell("biuld", cwd=tmp_path, **settings)
    assert out.returncode == 2
    assert "没有命令“biuld”" in out.stderr
    assert "昌吉州生态环境制图工具" in shell("--help", cwd=tmp_path, **settings).stdout


def test_a_reader_that_stops_early_is_no_fault():
    command = f"'{sys.executable}' -m changji_geo schema | head -n 1; echo ${{PIPESTATUS[0]}}"
    out = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert out.stderr == ""
    assert out.stdout.splitlines() == ["{", "0"]


def test_an_old_terminal_setting_does_not_hide_errors(shell, tmp_path):
    assert "没有命令" in shell("x", cwd=tmp_path, TERM="dumb", NO_COLOR="1", COLUMNS="20").stderr


# --- console pieces


def test_text_width_counts_chinese_twice():
    assert console.text_width("昌吉ab") == 6
    assert console.pad("昌", 4) == "昌  "


def test_wrap_keeps_words_whole_and_no_line_starts_with_a_comma():
    assert console.wrap("用 changji-geo 制图", 12) == ["用", "changji-geo", "制图"]
    assert console.wrap("昌吉州，生态", 6) == ["昌吉州，", "生态"]
    assert console.wrap("", 10) == [""]


def test_a_table_cell_cannot_break_the_table(capsys):
    console.table(("甲", "乙"), [("a\tb\nc", None), ("\x1b[31m红", 1.5)])
    assert capsys.readouterr().out == "甲\t乙\na b c\t\n[31m红\t1.5\n"


def test_a_table_on_a_terminal_is_drawn_and_takes_markup_as_text(capsys, monkeypatch):
    monkeypatch.setattr(console, "is_terminal", lambda stream=None: True)
    console.table(("标识", "名称"), [("a", "[red]红[/red]")])
    out = capsys.readouterr().out
    assert "[red]红[/red]" in out and "─" in out


def test_progress_is_silent_in_a_pipe(capsys):
    with console.progress_bar("制图") as step:
        step(0, 2, "")
        step(1, 2, "a")
    assert capsys.readouterr() == ("", "")


def test_progress_shows_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(console, "is_terminal", lambda stream=None: True)
    monkeypatch.setitem(os.environ, "TTY_COMPATIBLE", "1")
    with console.progress_bar("制图") as step:
        step(1, 2, "alpha")
    out = capsys.readouterr()
    assert out.out == ""
    assert "制图" in out.err


def test_a_map_called_index_would_lose_its_page_to_the_gallery(run, tiny, tmp_path):
    (tiny / "maps" / "alpha.toml").rename(tiny / "maps" / "index.toml")
    code, _, err = run("build", "--workspace", tiny, "--out", tmp_path / "out")
    assert code == 2
    assert "地图不能叫“index”" in err and not (tmp_path / "out").exists()


def test_a_folder_name_that_is_too_long(run, tmp_path):
    code, _, err = run("init", tmp_path / ("x" * 300))
    assert (code, "这个目录不能用（文件名或路径太长）" in err, "Traceback" in err) == (3, True, False)


def test_a_full_disk_behind_the_output_is_no_internal_fault(run, monkeypatch):
    import changji_geo.resources

    def full(path=None):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(changji_geo.resources, "find_workspace", full)
    code, _, err = run("layers", "list")
    assert (code, err) == (3, "错误：系统拒绝了读写（磁盘已满）。处理：检查路径、权限和磁盘空间。\n")


def test_init_names_a_folder_with_a_space_so_that_it_can_be_pasted(run, tmp_path):
    code, out, _ = run("init", tmp_path / "我的 地图")
    assert code == 0 and f'--workspace "{tmp_path / "我的 地图"}"' in out
