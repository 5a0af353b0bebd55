"""No number of the water tables can be off by one step without a check failing."""

from tests.mutate_water_tables import all_mutants


def test_every_number_changed_by_one_step_is_noticed():
    found = list(all_mutants())
    assert len(found) > 700
    assert [text for text, seen in found if not seen] == []
