"""The corpus: files as staff really have them, written by real writers from true places; `GOOD` import, `BAD` are refused."""

from __future__ import annotations

from tests.corpus import faulty, hostile, shapefiles, tables, vectors

GOOD = (*shapefiles.CASES, *vectors.CASES, *tables.CASES)
BAD = (*hostile.CASES, *faulty.CASES)
