"""The sample is made up, says so in every row, and is the same for the same seed."""

import numpy as np
import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.clues.incoming.comparing import compare_shapes
from changji_geo.clues.incoming.planning import plan_import
from changji_geo.clues.incoming.reading import read_clues
from changji_geo.clues.sample import NOTE, SAMPLE_BATCH, build_sample, write_sample
from changji_geo.errors import InputError


@pytest.fixture(scope="module")
def sample():
    return build_sample()


def test_there_are_35_clues_and_every_row_is_labelled(sample):
    assert len(sample) == 35 and sample["点位编号"].is_unique
    assert set(sample["备注"]) == {NOTE} and sample["名称"].str.startswith("示例").all()
    assert sample["后时相"].isna().sum() == 1


def test_32_touch_a_reserve_and_3_lie_outside_all_protected_areas(sample):
    reserves = shapely.union_all(load_layer("reserves").frame.geometry.array)
    areas = shapely.union_all(load_layer("protected_areas").frame.geometry.array)
    home = shapely.union_all(load_layer("prefecture").frame.geometry.array)
    shapes = sample.geometry.array
    assert int(shapely.intersects(reserves, shapes).sum()) == 32
    assert np.flatnonzero(~shapely.intersects(areas, shapes)).tolist() == [30, 31, 32]
    assert shapely.intersects(home, shapes).all()


def test_every_patch_is_valid_and_between_10_and_600_metres_across(sample):
    assert shapely.is_valid(sample.geometry.array).all()
    across = 2 * shapely.minimum_bounding_radius(sample.geometry.to_crs("EPSG:4517").array)
    assert across.min() > 10 and across.max() <= 601


def test_two_rows_draw_an_earlier_one_again(sample):
    for twin, first in ((33, 4), (34, 17)):
        assert 0.5 < compare_shapes(sample.geometry[first], sample.geometry[twin]).iou < 1


def test_the_clue_of_the_earlier_batch_has_doubled_since(sample):
    earlier = build_sample(part="earlier")
    assert len(earlier) == 1 and earlier["后时相"][0] == "2024-07-02"
    change = compare_shapes(earlier.geometry[0], sample.geometry[8])
    assert change.iou == pytest.approx(0.49, abs=0.01)  # 0.7 times 0.7, all of it inside


@pytest.mark.parametrize("name", ["示例.gpkg", "示例.xlsx"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, name):
    one = write_sample(tmp_path / "a" / name).read_bytes()
    assert write_sample(tmp_path / "b" / name).read_bytes() == one
    assert write_sample(tmp_path / "c" / name, seed=7).read_bytes() != one


def test_both_files_come_in_whole(tmp_path):
    outlines = read_clues(write_sample(tmp_path / "面.gpkg"), batch=SAMPLE_BATCH)
    points = read_clues(write_sample(tmp_path / "点.xlsx"), batch=SAMPLE_BATCH)
    assert len(outlines.clues) == len(points.clues) == 35
    assert [c.original_id for c in outlines.clues] == [c.original_id for c in points.clues]
    assert [c.observed for c in outlines.clues] == [c.observed for c in points.clues]
    assert all(a.geometry.covers(b.geometry) for a, b in zip(outlines.clues, points.clues, strict=True))
    assert not [f for f in outlines.findings if f.level in ("error", "repair")]
    plan = plan_import(outlines, [], actor="示例")
    assert plan.new[0] == "LD2025-0001" and plan.new[-1] == "LD2025-0035"


def test_another_format_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"不会写“\.kml”格式的示例。应为：\.gpkg 或 \.xlsx"):
        write_sample(tmp_path / "示例.kml")
