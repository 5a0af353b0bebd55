"""Which folder a layer, a map or a theme comes from."""

import pickle

import pytest

from changji_geo.errors import InputError, LayerError, SpecError
from changji_geo.resources import Workspace, find_workspace, packaged_root


@pytest.fixture
def roots(tmp_path):
    """A user's folder over a shipped one: ``both`` is in each, the others in one."""
    for root, names in (("user", ("both", "mine")), ("shipped", ("both", "theirs"))):
        for name in names:
            folder = tmp_path / root / "layers" / name
            folder.mkdir(parents=True)
            (folder / "layer.toml").write_text(root)
            (tmp_path / root / "maps" / "themes").mkdir(parents=True, exist_ok=True)
            (tmp_path / root / "maps" / f"{name}.toml").write_text(root)
            (tmp_path / root / "maps" / "themes" / f"{name}.toml").write_text(root)
    return Workspace((tmp_path / "user", tmp_path / "shipped"))


def test_ids_of_both_roots_are_listed_once_and_sorted(roots):
    assert roots.layer_ids == roots.map_ids == roots.theme_ids == ("both", "mine", "theirs")


def test_the_users_own_wins_one_by_one(roots):
    assert (roots.layer_dir("both") / "layer.toml").read_text() == "user"
    assert roots.map_file("both").read_text() == "user"
    assert roots.theme_file("both").read_text() == "user"
    assert roots.map_file("theirs").read_text() == "shipped"


def test_a_series_is_found_by_its_description_the_users_own_first(roots, tmp_path):
    for root, names in (("user", ("days", "years")), ("shipped", ("days", "months"))):
        (tmp_path / root / "layers" / "series").mkdir()
        for name in names:
            (tmp_path / root / "layers" / "series" / f"{name}.toml").write_text(root)
            (tmp_path / root / "layers" / "series" / f"{name}.csv").write_text("")
    assert roots.series_ids == ("days", "months", "years")
    assert [roots.series_file(name).read_text() for name in roots.series_ids] == ["user", "shipped", "user"]
    assert roots.layer_ids == ("both", "mine", "theirs")
    for name in ("dayz", "../series/days", ""):
        with pytest.raises(LayerError, match="没有时间序列"):
            roots.series_file(name)


def test_an_unknown_id_gets_the_nearest(roots):
    with pytest.raises(LayerError, match="没有图层“theirz”.*是不是“theirs”"):
        roots.layer_dir("theirz")
    with pytest.raises(SpecError, match="没有地图“bot”.*是不是“both”"):
        roots.map_file("bot")
    with pytest.raises(SpecError, match="没有主题“dark”.*可用：both、mine、theirs"):
        roots.theme_file("dark")


@pytest.mark.parametrize("name", ["../shipped/maps/theirs", "..", "", ".", "themes/both"])
def test_an_id_is_no_path(roots, name):
    with pytest.raises(SpecError):
        roots.map_file(name)


def test_a_folder_without_layer_toml_is_no_layer(roots, tmp_path):
    (tmp_path / "user" / "layers" / "indicators").mkdir()
    assert "indicators" not in roots.layer_ids


def test_indicator_folders_come_shipped_first(roots, tmp_path):
    assert roots.indicator_dirs() == ()
    for root in ("user", "shipped"):
        (tmp_path / root / "layers" / "indicators").mkdir()
    assert [d.parts[-3] for d in roots.indicator_dirs()] == ["shipped", "user"]


def test_alias_files_come_shipped_first(roots, tmp_path):
    assert roots.alias_files() == ()
    for root in ("user", "shipped"):
        (tmp_path / root / "layers" / "aliases.toml").write_text("")
    assert [f.parts[-3] for f in roots.alias_files()] == ["shipped", "user"]


def test_a_workspace_can_be_sent_to_another_process(roots):
    assert roots.map_ids
    assert pickle.loads(pickle.dumps(roots)).roots == roots.roots


def test_a_named_folder_comes_first_and_the_shipped_one_last(tiny):
    assert find_workspace(tiny).roots == (tiny.resolve(), packaged_root())


def test_the_environment_variable_names_a_folder(tiny, monkeypatch):
    monkeypatch.setenv("CHANGJI_GEO_WORKSPACE", str(tiny))
    assert find_workspace().roots[0] == tiny.resolve()


def test_the_argument_wins_over_the_environment_variable(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("CHANGJI_GEO_WORKSPACE", str(tmp_path / "missing"))
    assert find_workspace(tiny).roots[0] == tiny.resolve()


def test_the_current_folder_counts_when_it_has_both(tiny, monkeypatch):
    monkeypatch.chdir(tiny)
    assert find_workspace().roots[0] == tiny.resolve()


def test_the_current_folder_without_them_gives_the_shipped_data(tmp_path, monkeypatch):
    (tmp_path / "maps").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_workspace().roots == (packaged_root(),)


def test_a_named_folder_that_is_no_workspace_is_refused(tmp_path):
    with pytest.raises(InputError, match="不是工作区.*changji-geo init"):
        find_workspace(tmp_path)


def test_the_shipped_folder_is_not_listed_twice():
    assert find_workspace(packaged_root()).roots == (packaged_root(),)


def test_what_is_shipped_is_there():
    shipped = find_workspace(packaged_root())
    assert {"counties", "prefecture"} <= set(shipped.layer_ids)
    assert shipped.map_ids
    assert "report" in shipped.theme_ids


def test_a_folder_in_the_place_of_a_file_is_no_map_and_no_layer(tmp_path):
    for name in ("maps/x.toml", "maps/themes/x.toml", "layers/x/layer.toml"):
        (tmp_path / name).mkdir(parents=True)
    space = Workspace((tmp_path,))
    assert (space.map_ids, space.theme_ids, space.layer_ids) == ((), (), ())


def test_a_path_that_no_system_accepts_is_no_workspace():
    with pytest.raises(InputError, match="不是工作区"):
        find_workspace("y" * 5000)
