"""Laws of files that come back: nothing is taken for a change that is none, and what was typed in arrives."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.updating import plan_update
from changji_geo.clues.fields import DESK_FIELDS
from changji_geo.clues.ledger.states import build_clue, geometry_hex
from tests.exchange_clues import SHAPES, TODAY, Form, clue_id, plain


@pytest.mark.parametrize(
    "text", ["2026/03/05", "2026-03-05T10:00:00Z", "007", "1e5", "true", '{"a":1}', "=1+1", "_x0041_"]
)
def test_text_that_some_program_takes_for_something_else_comes_back_as_text(tmp_path, text):
    values = {"batch": text, "original_id": text, "remark": text, "deadline": text, "attributes": {"名称": text}}
    clue = build_clue(clue_id(1), {"original": geometry_hex(SHAPES[1]), **values})
    for suffix in (".kml", ".gpx", ".gpkg", ".geojson", ".xlsx"):
        plan = plan_update(export_clues([clue], tmp_path / f"线索{suffix}", today=TODAY), [clue], actor="李四")
        assert (suffix, plan.changes, plan.refused) == (suffix, (), ())


@settings(max_examples=10, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=30),
        min_size=4,
        max_size=4,
    )
)
def test_no_text_is_taken_for_a_change_when_it_comes_back(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("texts")
    name, *rest = texts
    values = {key: text for key, text in zip(("finding", "remark", "county"), rest, strict=True) if text.strip()}
    values |= {"batch": "绿盾2025-1", "original_id": "SL-1", "attributes": {"名称": name}}
    clue = build_clue(clue_id(1), {"original": geometry_hex(SHAPES[1]), **values})
    for suffix in (".kml", ".gpx", ".gpkg", ".geojson", ".xlsx"):
        plan = plan_update(
            export_clues([clue], folder / f"线索{suffix}", today=TODAY), [clue], actor="李四", outlines=True
        )
        assert (suffix, plan.changes, plan.refused, plan.unchanged) == (suffix, (), (), 1)


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
_VALUES = st.fixed_dictionaries(
    {},
    optional={
        f.key: st.dates(datetime.date(1950, 1, 1), datetime.date(2099, 12, 31)).map(str) if f.kind == "date" else
        st.sampled_from(f.choices) if f.kind == "choice" and not f.open_choice else _TEXT
        for f in DESK_FIELDS
    },
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(exported=_VALUES, edited=_VALUES)
def test_whatever_a_form_holds_comes_back_as_it_was_and_what_is_typed_into_it_arrives(
    tmp_path_factory, exported, edited
):
    folder = tmp_path_factory.mktemp("form")
    clue = plain(1, **{key: text for key, text in exported.items() if text.strip()})
    form = Form([clue], folder / "表.xlsx")
    untouched = form.plan([clue])
    assert (untouched.changes, untouched.refused) == ((), ())
    for key, text in edited.items():
        form.cell(1, key).value = text
        form.cell(1, key).data_type = "s"
    plan = form.plan([clue])
    wanted = {key: text.strip() or None for key, text in edited.items()}
    assert plan.refused == ()
    changed = {c.field: c.after for c in plan.changes}
    assert changed == {k: v for k, v in wanted.items() if v != (str(clue.fields.get(k) or "").strip() or None)}
