"""ZIP archives (XLSX, DOCX, KMZ) without the moment of their making: the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry: the earliest that ZIP can say."""

_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def undated(archive: bytes, *, change: Callable[[str, bytes], bytes] | None = None) -> bytes:
    """The same archive with every entry dated alike, and the last-modified stamp of an Office file fixed.

    Parameters
    ----------
    archive : bytes
    change : callable, optional
        Given the name and the content of each entry; gives the content it shall have.

    Examples
    --------
    >>> buffer = io.BytesIO()
    >>> with zipfile.ZipFile(buffer, "w") as new:
    ...     new.writestr("a.txt", "甲")
    >>> with zipfile.ZipFile(io.BytesIO(undated(buffer.getvalue()))) as same:
    ...     same.infolist()[0].date_time, same.read("a.txt").decode()
    ((1980, 1, 1, 0, 0, 0), '甲')
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == _PROPERTIES:
                content = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            content = content if change is None else change(entry.filename, content)
            new.writestr(zipfile.ZipInfo(entry.filename, EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
