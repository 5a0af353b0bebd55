"""What an import costs, each in a process of its own."""

import json
import subprocess
import sys

HEAVY = ("branca", "docx", "folium", "geopandas", "mapclassify", "matplotlib", "numpy", "pandas", "PIL", "pyogrio",
         "pyproj", "rasterio", "rich", "scipy", "shapely", "sqlalchemy")  # fmt: skip
"""pydantic is not among them: typer itself reads option values with it."""


def loaded_by(code):
    """Top-level packages that a fresh process holds after `code`, the standard library left out."""
    script = (
        f"import sys, json; before = set(sys.modules)\n{code}\n"
        "tops = {m.split('.')[0] for m in set(sys.modules) - before}\n"
        "sys.stdout.write('\\n' + json.dumps(sorted(tops - set(sys.stdlib_module_names))))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    return set(json.loads(out.stdout.splitlines()[-1]))


def test_the_package_itself_imports_nothing_else():
    assert loaded_by("import changji_geo") == {"changji_geo"}


def test_errors_and_version_need_no_library():
    assert loaded_by("import changji_geo; changji_geo.SpecError, changji_geo.__version__, dir(changji_geo)") == {
        "changji_geo"
    }


def test_help_loads_typer_and_no_gis_library():
    found = loaded_by("from changji_geo.cli.main import main\nmain(['--help'])\nmain(['build', '--help'])")
    assert found & set(HEAVY) == set()
    assert "typer" in found


def test_a_description_is_checked_without_a_gis_library():
    found = loaded_by("import changji_geo; changji_geo.load_map_spec('overview')")
    assert found & {"folium", "geopandas", "matplotlib", "pandas", "rasterio", "shapely"} == set()


def test_help_takes_well_under_a_second_of_cpu():
    code = "import time, sys\nfrom changji_geo.cli.main import main\nmain(['--help'])\nsys.stderr.write(str(time.process_time()))"
    best = min(
        float(
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stderr
        )
        for _ in range(3)
    )
    assert best < 0.5
