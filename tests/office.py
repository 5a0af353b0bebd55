"""Programs that open or print what we write as a person's would: LibreOffice, poppler, Chromium."""

import os
import shutil

import pytest


def _needs(program, requirement, name):
    return pytest.mark.skipif(shutil.which(program) is None and not os.environ.get(requirement), reason=f"needs {name}")


needs_office = _needs("soffice", "CHANGJI_GEO_REQUIRE_OFFICE", "LibreOffice")
"""Skips without LibreOffice; where CHANGJI_GEO_REQUIRE_OFFICE is set the test runs, and fails without it."""

needs_poppler = _needs("pdftotext", "CHANGJI_GEO_REQUIRE_OFFICE", "poppler-utils")
"""As `needs_office`, for pdftotext, pdftoppm and pdfinfo."""

needs_chromium = _needs("chromium", "CHANGJI_GEO_REQUIRE_BROWSER", "Chromium")
"""Skips without ``chromium`` on the path; where CHANGJI_GEO_REQUIRE_BROWSER is set the test runs, and fails without it."""
