"""Change every number of the water tables by one step of its last digit, in memory, and show that a check notices.

Run by `test_standards_water_mutation`; as a script it writes what it changed: ``python -m tests.mutate_water_tables``.
"""

import contextlib
import copy
import re
import sys
from decimal import Decimal

import pytest

from changji_geo.standards import groundwater, surface_water, trophic
from changji_geo.standards.water_items import ItemIndex
from tests import test_standards_groundwater as ground
from tests import test_standards_surface_water as surface
from tests import test_standards_trophic as lakes


def steps(text):
    """A text with each of its numbers in turn one step larger and one smaller."""
    for found in re.finditer(r"\d+(?:\.\d+)?", text):
        number = Decimal(found[0])
        step = Decimal(1).scaleb(number.as_tuple().exponent)
        for changed in (number + step, number - step):
            yield text[: found.start()] + f"{changed:f}" + text[found.end() :]


@contextlib.contextmanager
def put(holder, name, value):
    before = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, before)


def noticed(check, *args):
    try:
        check(*args)
    except (Exception, pytest.fail.Exception):
        return True
    return False


def csv_mutants(module, build, columns, check, printed=None):
    """For each limit of a CSV file: where it stands, what became of it, whether the check noticed."""
    rows = []

    def planted(path):
        if not rows:
            rows.extend(read(path))
        return rows

    read = module.read_items
    with put(module, "read_items", planted):
        assert not noticed(check, ItemIndex(build()))
        for row in rows:
            for column in columns:
                original = row[column]
                for changed in steps(original):
                    row[column] = changed
                    seen = noticed(lambda: check(ItemIndex(build())))
                    seen = seen or (printed is not None and noticed(printed, rows))
                    yield f"{row['id']} {column}: {original} -> {changed}", seen
                row[column] = original


def leaves(node, path=()):
    """Paths to the numbers of a TOML table."""
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(value, (*path, key))
    elif isinstance(node, int) or (isinstance(node, str) and re.fullmatch(r"-?\d+(\.\d+)?", node)):
        yield path, node


def toml_mutants(module, checks, apply=None):
    """The same for the numbers of a TOML file."""
    for path, number in leaves(module._TABLES):
        for changed in (number + 1, number - 1) if isinstance(number, int) else steps(number):
            tables = copy.deepcopy(module._TABLES)
            inner = tables
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = changed
            with contextlib.ExitStack() as stack:
                stack.enter_context(put(module, "_TABLES", tables))
                for name, value in (apply(tables) if apply else {}).items():
                    stack.enter_context(put(module, name, value))
                seen = any(noticed(check) for check in checks)
            yield f"{module.__name__.rsplit('.', 1)[-1]} {path}: {number} -> {changed}", seen


def surface_constants(tables):
    return {
        "CLASS_ONE_SATURATION": Decimal(tables["dissolved_oxygen"]["class_one_saturation_percent"]),
        "FEWEST_SECTIONS": tables["basin"]["sections"],
    }


def all_mutants():
    classes = ("I", "II", "III", "IV", "V")
    yield from csv_mutants(surface_water, surface_water._items, classes, surface.check_table_1)
    yield from csv_mutants(surface_water, surface_water._source_items, ("limit",), surface.check_tables_2_3)
    yield from csv_mutants(groundwater, groundwater._items, classes, ground.check_limits, ground.check_printed)
    checks = (surface.check_basin_rules, surface.check_saturation, surface.test_four_sections_are_too_few_for_shares)
    yield from toml_mutants(surface_water, checks, surface_constants)
    yield from toml_mutants(trophic, (lakes.check_formula, lakes.check_classes))


if __name__ == "__main__":
    found = list(all_mutants())
    missed = [text for text, seen in found if not seen]
    sys.stdout.write(f"{len(found)} changes, {len(missed)} unnoticed\n" + "\n".join(missed) + "\n")
