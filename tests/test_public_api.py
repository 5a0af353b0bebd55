"""The names users import: complete, importable, documented."""

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import changji_geo
from changji_geo import errors

PUBLIC = [name for name in changji_geo.__all__ if name != "__version__"]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(changji_geo, name))]


def test_all_has_each_name_once_and_in_order():
    names = changji_geo.__all__
    assert len(names) == len(set(names))
    assert [n for n in names if n[0].isupper()] == sorted(n for n in names if n[0].isupper())
    assert [n for n in names if n[0].islower()] == sorted(n for n in names if n[0].islower())


@pytest.mark.parametrize("name", changji_geo.__all__)
def test_every_name_can_be_imported(name):
    assert getattr(changji_geo, name) is not None
    assert name in dir(changji_geo)


def test_the_lookup_table_and_all_agree():
    assert {*changji_geo._HOME, "__version__"} == set(changji_geo.__all__)


def test_type_checkers_see_the_same_names():
    source = inspect.getsource(changji_geo)
    block = source.split("if TYPE_CHECKING:")[1].split("\n_HOME")[0]
    seen = set(re.findall(r"\b[A-Za-z_]\w*\b", re.sub(r"from [\w.]+ import|: str", "", block)))
    assert seen == set(changji_geo.__all__)


def test_every_error_class_is_public():
    classes = {n for n, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__}
    assert classes <= set(changji_geo.__all__)


def test_a_wrong_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="lod_layer"):
        changji_geo.lod_layer  # noqa: B018


def test_the_version_is_that_of_the_distribution():
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", changji_geo.__version__)


def test_a_public_function_survives_the_import_of_its_neighbours():
    """A submodule of the same name as a function would replace it on the package; no public name may be one."""
    modules = {module.name for module in pkgutil.iter_modules(changji_geo.__path__)}
    assert modules & set(PUBLIC) == set()


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_is_documented(name):
    doc = inspect.getdoc(getattr(changji_geo, name)) or ""
    assert len(doc.splitlines()[0]) > 10


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_documents_its_parameters_and_result(name):
    function = getattr(changji_geo, name)
    doc = inspect.getdoc(function)
    signature = inspect.signature(function)
    sections = re.findall(r"^(\w+)\n-{3,}$", doc, re.MULTILINE)
    if signature.parameters:
        assert "Parameters" in sections
        for parameter in signature.parameters:
            entry = rf"^(?:\w+, )*\*{{0,2}}{parameter}(?:, \w+)*(?: : .|$)"
            assert re.search(entry, doc, re.MULTILINE), f"{name}: {parameter} is not documented"
    assert "Raises" in sections or "Returns" in sections


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_full_annotations(name):
    signature = inspect.signature(getattr(changji_geo, name))
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    assert signature.return_annotation is not signature.empty


def all_modules():
    found = pkgutil.walk_packages(changji_geo.__path__, "changji_geo.")
    return [module.name for module in found if not module.name.endswith("__main__")]


@pytest.mark.parametrize("name", all_modules())
def test_the_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    scope = vars(module) | {"changji_geo": changji_geo}
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for test in finder.find(module, module.__name__, globs=dict(scope)):
        runner.run(test)
    assert runner.failures == 0


def test_python_m_is_the_command():
    out = subprocess.run(
        [sys.executable, "-m", "changji_geo", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert out.stdout == f"changji-geo {changji_geo.__version__}\n"
