"""LibreOffice, which opens what we write as a person's office program would."""

import os
import shutil

import pytest

needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CHANGJI_GEO_REQUIRE_OFFICE"), reason="needs LibreOffice"
)
"""Skips without LibreOffice; where CHANGJI_GEO_REQUIRE_OFFICE is set the test runs, and fails without it."""
